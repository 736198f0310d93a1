"""The practical to hand in: its notebook and report, the checks and the table in it, the review and the zip."""

import argparse
import copy
import itertools
import json
import os
import re
import sys
import zipfile
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
from keras import layers
from myst_nb.core.read import read_myst_markdown_notebook

from cnnbook import CnnBookError, experiments, handin, models, shapes
from cnnbook.handin import answers, arithmetic, command, folders, pictures, reports, running, tasks, worksheets
from cnnbook.handin.running import HandInError
from cnnbook.handin.table import TableError
from cnnbook.plotting import normalise_channels
from pages import BOOK, code_cells

TESTS = Path(__file__).parents[1]
PRACTICAL = Path(handin.__file__).with_name("practical.md").read_text("utf-8")
ASKED = [f"{exercise}.{task}" for exercise, count in ((1, 7), (2, 4), (3, 4)) for task in range(1, count + 1)]
OPTIONAL = [f"4.{task}" for task in range(1, 8)]


# --- what a student might write, task by task: code and words in the order of the cells ---

WORDS = "Two windows of the same row see each other's cells."
COMPILE_AND_FIT = """
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, np.eye(10)[y_train], batch_size=128, epochs=1, verbose=0)
"""
DENSE = """
model = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), layers.Flatten(), HIDDEN
    layers.Dense(10, activation="softmax", kernel_regularizer="l2", name="scores")])
"""
ANSWERS = {
    "1.1": [
        "outputs = {(1, 0): [2, -4, -1, 5, 0], (2, 0): [2, -1, 0], (4, 0): [2, 0],\n"
        "           (1, 1): [1, 2, -4, -1, 5, 0, -2], (4, 1): [1, 5]}\n"
        'handin.check("output-1d", outputs)'
    ],
    "1.2": ['handin.check("size-kept-1d", [(1, 1)])', WORDS],
    "1.3": ['handin.check("activation-maps", 2)'],
    "1.4": ['handin.check("volume-stride-1", (3, 3, 2))'],
    "1.5": ['handin.check("volume-stride-2", (2, 2, 2))'],
    "1.6": ['handin.check("keeps-the-size", (3, 1, 1))'],
    "1.7": [
        "maps = [[[9, 8, 8], [5, 6, 8], [8, 6, 10]], [[3, 0, 0], [1, 3, -1], [0, 0, 0]]]\n"
        'handin.check("output-2d", maps)',
        WORDS,
    ],
    "2.1": [DENSE.replace("HIDDEN", "") + COMPILE_AND_FIT, WORDS],
    "2.2": [
        'kernel = keras.ops.convert_to_numpy(model.get_layer("scores").kernel)\n'
        "templates = kernel.T.reshape(10, 32, 32, 3)\n"
        "low, high = templates.min(axis=(1, 2), keepdims=True), templates.max(axis=(1, 2), keepdims=True)\n"
        'pictures = np.round(255 * (templates - low) / (high - low)).astype("uint8")\n'
        'handin.check("weight-pictures", pictures)',
        "plotting.picture_grid(pictures, data.CLASSES, columns=5).figure",
        WORDS,
    ],
    "2.3": [DENSE.replace("HIDDEN", 'layers.Dense(128, activation="relu"),') + COMPILE_AND_FIT, WORDS],
    "2.4": [DENSE.replace("HIDDEN", 'layers.Dense(64, activation="relu"),') + COMPILE_AND_FIT, WORDS],
    "3.1": [
        "simple_cnn = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(32, 3, padding='same'),\n"
        "    layers.ReLU(), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
        'handin.check("simple-cnn", simple_cnn)',
        WORDS,
    ],
    "3.2": ["model = simple_cnn" + COMPILE_AND_FIT, WORDS],
    "3.3": [
        "for filters in (1, 2, 3, 4, 5):\n"
        "    model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(filters, 3, strides=2),\n"
        "        layers.MaxPooling2D(4), layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
        "    table.add(model, train=(x_train, y_train), test=(x_test, y_test), settings='untrained')"
    ],
    "3.4": [WORDS],
    "4.6": ['handin.check("parameters", {"a": (864, 32), "b": (51_200, 64), "c": (24, 2)})'],
} | {number: [WORDS] for number in OPTIONAL if number != "4.6"}


def student_cells(answered=ANSWERS):
    """The cells of the notebook with the answer cells of some tasks filled in."""
    rest = {number: list(parts) for number, parts in answered.items()}
    cells, numbers = tasks.template(), tasks.of_each_cell(tasks.template())
    for index, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        if cell.asks() and rest.get(number) and number:
            answer = rest[number].pop(0)
            filled = answer if cell.kind == "code" else cell.source.replace(tasks.WORDS_MARK, answer)
            cells[index] = tasks.Cell(cell.kind, filled)
    assert not any(rest.values()), "every answer found its cell"
    return cells


def report_text(rows=5, names="Ada Lovelace, Émile B."):
    """The report, filled in."""
    table = "\n".join(["| CNN | Architecture |", "|--:|---|", *(f"| {n} | CONV |" for n in range(rows))])
    text = reports.template().replace("*Your table*", table).replace("*Your text*", WORDS)
    return text.replace("*Your names*", names)


def put_notebook(folder, cells, name="practical.ipynb"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(tasks.notebook(cells)), "utf-8")
    return folder / name


def code(*sources):
    return [tasks.Cell("code", source) for source in sources]


def hand_in(*arguments):
    """The command as typed; its error, if any, is the caller's."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args([str(argument) for argument in arguments]))


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- the notebook as it is given out ---


def test_the_notebook_is_valid_and_has_the_cells_that_myst_reads():
    made = nbformat.from_dict(json.loads(folders.start_notebook()))
    nbformat.validate(made)
    theirs = [cell for cell in read_myst_markdown_notebook(PRACTICAL).cells if cell.source.strip()]
    assert [(cell.cell_type, cell.source.strip()) for cell in theirs] == [
        (cell.cell_type, cell.source.strip()) for cell in made.cells
    ]


def test_every_task_has_a_place_for_an_answer_and_exercise_4_is_optional():
    found = tasks.by_number(tasks.template())
    assert list(found) == ASKED + OPTIONAL
    assert [number for number, task in found.items() if task.optional] == OPTIONAL
    assert all(any(cell.asks() for cell in task.cells) for task in found.values())


def test_every_check_is_asked_in_the_notebook():
    assert re.findall(r'handin\.check\("([\w-]+)"', PRACTICAL) == list(answers.CHECKS)


def test_pages_that_the_notebook_names_exist():
    titles = {re.search(r"^# (.+)$", path.read_text("utf-8"), re.M)[1] for path in BOOK.glob("arithmetic/*.md")}
    named = {"Slide a filter along a row", "Filter a volume", "Fill in the worksheet"}
    assert all(f"*{title}*" in PRACTICAL for title in named)
    assert named <= titles


def test_the_gain_that_task_3_2_lets_expect_is_a_claim_of_the_book():
    (claim,) = [claim for claim in experiments.CLAIMS if (claim.of, claim.minus) == ("simple-cnn", "two-layer")]
    assert claim.lower == 10
    assert "Expect ten points or more over the two layers." in PRACTICAL


def test_notebook_and_page_have_one_rule_for_the_test_images():
    page = (BOOK / "review" / "hand-in.md").read_text("utf-8")
    assert "use the test images once for each network that you report" in PRACTICAL
    assert "the test images were used once for each network that is reported" in page


def test_the_layers_of_task_4_6_are_those_that_are_counted():
    for kernel, channels, filters in arithmetic.LAYERS.values():
        layer = layers.Conv2D(filters, kernel)
        layer.build((None, 32, 32, channels))
        weights, biases = (int(np.prod(variable.shape)) for variable in layer.weights)
        assert shapes.conv_parameters(kernel, channels, filters) == weights + biases
    assert "32 filters of 3×3 on an image with three channels" in PRACTICAL
    assert "64 filters of 5×5 on the output of layer a" in PRACTICAL


def test_the_notebook_as_given_out_is_wholly_unanswered():
    missing, optional = tasks.unanswered(tasks.template())
    assert missing == [f"Task {number} is not answered" for number in ASKED]
    assert optional == [f"Task {number} is not answered" for number in OPTIONAL]


def test_a_filled_in_notebook_lacks_nothing():
    assert tasks.unanswered(student_cells()) == ([], [])


# --- what counts as an answer ---


def edited(number, edit):
    """What a filled-in notebook lacks after `edit` of the list of cells of one task."""
    cells, numbers = student_cells(), tasks.of_each_cell(student_cells())
    first = numbers.index(number)
    end = first + numbers[first:].count(number)
    return tasks.unanswered([*cells[:first], *edit(cells[first:end]), *cells[end:]])[0]


def given_out(number):
    return tasks.by_number(tasks.template())[number].cells


@pytest.mark.parametrize(
    ("number", "edit", "says"),
    [
        ("1.2", lambda cells: [*cells[:2], tasks.Cell("markdown", "*Your answer*")], ["has no answer in words"]),
        ("1.2", lambda cells: [cells[0], *cells[2:]], ["has no answer in code"]),
        ("2.2", lambda cells: [*cells, given_out("2.2")[2]], ["has a cell that is left empty"]),
        ("2.1", lambda cells: [*cells[:1], *code("# only a comment"), *cells[2:]], ["has no answer in code"]),
        ("1.1", lambda cells: [cells[0], *code("outputs = {(1, 0): [2], (2, 0): ...}")], ["still has ... where"]),
        ("3.4", lambda cells: [tasks.Cell("markdown", cells[0].source.replace(WORDS, "<!-- soon -->"))], ["is not"]),
        ("3.4", lambda cells: [], ["is not in the notebook: its heading is gone"]),
        ("1.3", lambda cells: given_out("1.3"), ["is not answered"]),
        ("1.3", lambda cells: [given_out("1.3")[0], *code("# mine:\n" + given_out("1.3")[1].source)], ["is not answ"]),
        # These are answers, written in other ways.
        ("1.3", lambda cells: [cells[0], *code("x = np.zeros((2, 2))[..., 0]")], []),
        ("1.3", lambda cells: [cells[0], *code("%matplotlib inline\nmaps_count = 2")], []),
        ("2.3", lambda cells: [cells[0], *code("", "units = 128", "%%time\nmodel"), *cells[2:]], []),
        ("2.1", lambda cells: [cells[0]._replace(source=cells[0].source + "\n\n32 %, that is a third."), cells[1]], []),
        ("2.1", lambda cells: [*cells[:2], tasks.Cell("markdown", "*Your answer*\n\n32 %")], []),
    ],
)
def test_what_counts_as_an_answer(number, edit, says):
    found = edited(number, edit)
    assert len(found) == len(says)
    assert all(sentence.startswith(f"Task {number} {what}") for sentence, what in zip(found, says, strict=True))


def test_headings_may_share_a_cell():
    cells = student_cells()
    merged = [tasks.Cell("markdown", "\n\n".join(cell.source for cell in cells if cell.kind == "markdown"))]
    missing, _ = tasks.unanswered(merged)
    assert missing == [
        f"Task {number} " + ("has no answer in code" if len(ANSWERS[number]) > 1 else "is not answered")
        for number in ASKED
        if number != "3.4"
    ]


# --- checks ---


@pytest.mark.parametrize("name", answers.CHECKS)
@pytest.mark.parametrize(
    "answer",
    [
        *(
            ...,
            None,
            "",
            "two",
            "11",
            [],
            {},
            set(),
            0,
            -1,
            2.5,
            float("nan"),
            [[1], [1, 2]],
            np.eye(2),
            print,
            object(),
        ),
        *(
            [(float("inf"), 1)],
            {(float("inf"), 1)},
            np.array(5),
            np.array([np.inf]),
            [(1, 1, 1)],
            [None],
            [[...]],
            b"1",
        ),
        *(
            (1e300, 1, 1),
            (-1e300, 1, 1),
            (2**63, 1, 1),
            10**30,
            [10**30],
            1j,
            {(1, 0): 1},
            {"a": 1},
            [print],
            np.array([[]]),
        ),
        *(keras.KerasTensor((2, 2)), keras.ops.zeros((2, 2)), np.array([{}, None]), range(3), itertools.count()),
    ],
)
def test_a_check_takes_anything_and_gives_a_hint(name, answer):
    verdict = handin.check(name, answer)
    assert not verdict.right
    assert verdict.hint.endswith(".")
    assert verdict._repr_mimebundle_()[1][answers.NOTE] == {"name": name, "right": False, "hint": verdict.hint}


def test_a_check_that_is_not_there_is_an_error():
    with pytest.raises(CnnBookError, match="there is no check 'output'; choose from output-1d, "):
        handin.check("output", 1)


MAPS = [[[9, 8, 8], [5, 6, 8], [8, 6, 10]], [[3, 0, 0], [1, 3, -1], [0, 0, 0]]]
ROWS = {(1, 0): [2, -4, -1, 5, 0], (2, 0): [2, -1, 0], (4, 0): [2, 0], (1, 1): [1, 2, -4, -1, 5, 0, -2], (4, 1): [1, 5]}
COUNTS = {"a": (864, 32), "b": (51_200, 64), "c": (24, 2)}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("output-1d", ROWS),
        ("output-1d", {setting: tuple(map(float, row)) for setting, row in ROWS.items()}),
        *(("size-kept-1d", answer) for answer in [{(1, 1)}, [(1, 1)], ((1, 1),), [[1.0, 1]], np.array([[1, 1]])]),
        ("activation-maps", np.int64(2)),
        ("volume-stride-1", [3, 3, 2]),
        ("volume-stride-2", np.array([2, 2, 2])),
        *(("keeps-the-size", answer) for answer in [(3, 1, 1), (1, 0, 1), (5, 2, 1), (2, 2, 2), (3, 3, 2)]),
        ("output-2d", MAPS),
        ("output-2d", np.array(MAPS, float)),
        ("parameters", COUNTS),
        (
            "weight-pictures",
            np.stack([normalise_channels(np.random.default_rng(c).normal(size=(32, 32, 3))) for c in range(10)]),
        ),
        ("simple-cnn", models.simple_cnn()),
    ],
)
def test_right_answers(name, answer):
    assert repr(handin.check(name, answer)) == f"{name}: right"


STRETCHED = {
    "255 times": lambda w, low, high: 255 * (w - low) / (high - low),
    "255 last": lambda w, low, high: (w - low) / (high - low) * 255,
    "a factor": lambda w, low, high: (w - low) * (255 / (high - low)),
    "a factor and a summand": lambda w, low, high: w * (255 / (high - low)) - low * 255 / (high - low),
    "interpolation": lambda w, low, high: np.stack(
        [
            np.stack(
                [np.interp(w[n, ..., c], (low[n, 0, 0, c], high[n, 0, 0, c]), (0, 255)) for c in range(3)], axis=-1
            )
            for n in range(10)
        ]
    ),
    "a small number against a division by 0": lambda w, low, high: 255 * (w - low) / (high - low + 1e-7),
    "by the range": lambda w, low, high: 255 * (w - low) / np.ptp(w, axis=(1, 2), keepdims=True),
}
KEPT_AS = {
    "floats": lambda pictures: pictures,
    "cut off": lambda pictures: pictures.astype("uint8"),
    "rounded": lambda pictures: np.round(pictures).astype("uint8"),
    "whole numbers": lambda pictures: pictures.astype(int),
    "clipped": lambda pictures: np.clip(pictures, 0, 255).astype(np.int16),
    "a tensor": lambda pictures: keras.ops.convert_to_tensor(pictures),
    "lists": lambda pictures: pictures.tolist(),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kept", KEPT_AS.values(), ids=KEPT_AS)
@pytest.mark.parametrize("stretch", STRETCHED.values(), ids=STRETCHED)
def test_pictures_of_weights_may_be_stretched_and_rounded_in_any_usual_way(stretch, kept, dtype):
    weights = np.random.default_rng(3).normal(scale=0.02, size=(10, 32, 32, 3)).astype(dtype)
    low, high = weights.min(axis=(1, 2), keepdims=True), weights.max(axis=(1, 2), keepdims=True)
    pictures = kept(stretch(weights, low, high))
    assert repr(handin.check("weight-pictures", pictures)) == "weight-pictures: right"


@pytest.mark.parametrize("axes", [None, (1, 2, 3), (0, 1, 2)], ids=str)
def test_pictures_on_another_scale_are_not_right(axes):
    weights = np.random.default_rng(3).normal(scale=0.02, size=(10, 32, 32, 3))
    low, high = (end(axis=axes, keepdims=True) for end in (weights.min, weights.max))
    verdict = handin.check("weight-pictures", (255 * (weights - low) / (high - low)).astype("uint8"))
    assert not verdict.right
    assert "each channel" in verdict.hint.lower() or "each of the three channels" in verdict.hint


def functional():
    x = image = keras.Input((32, 32, 3))
    for layer in (layers.Conv2D(32, 5, padding="same"), layers.Activation("relu"), layers.MaxPool2D()):
        x = layer(x)
    return keras.Model(image, layers.Softmax()(layers.Dense(10)(layers.Flatten()(x))))


def in_parts():
    body = keras.Sequential([keras.Input((32, 32, 3)), conv(), layers.MaxPooling2D(2)])
    return keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), body, *scores()])


@pytest.mark.parametrize(
    "build",
    [
        functional,
        in_parts,
        lambda: cnn(conv(activation=None), layers.ReLU(), layers.MaxPooling2D(2)),
        lambda: cnn(conv(activation=layers.ReLU()), layers.MaxPooling2D(2)),
        lambda: cnn(conv(activation=keras.ops.relu), layers.MaxPooling2D(2)),
        lambda: cnn(
            type("Mine", (layers.Conv2D,), {})(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)
        ),
    ],
)
def test_the_simple_cnn_may_be_written_in_other_ways(build):
    assert repr(handin.check("simple-cnn", build())) == "simple-cnn: right"


def rows_but(setting, row):
    return ROWS | {setting: row}


def pixels(low, high):
    return np.linspace(low, high, 10 * 32 * 32 * 3).reshape(10, 32, 32, 3)


def scores(activation="softmax"):
    return [layers.Flatten(), layers.Dense(10, activation=activation)]


def cnn(*stack, scores=True):
    last = [layers.Flatten(), layers.Dense(10, activation="softmax")] if scores else []
    return keras.Sequential([keras.Input((32, 32, 3)), *stack, *last])


def two_heads():
    image = keras.Input((32, 32, 3))
    x = layers.Flatten()(layers.MaxPooling2D(2)(conv()(image)))
    return keras.Model(image, [layers.Dense(10, activation="softmax")(x) for _ in range(2)])


def own_class():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.convolution = layers.Conv2D(32, 3)

        def call(self, x):
            return self.convolution(x)

    model = Own()
    model(np.zeros((1, 32, 32, 3)))
    return model


def conv(filters=32, **options):
    return layers.Conv2D(filters, 3, **{"padding": "same", "activation": "relu"} | options)


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("output-1d", {(1, 0): ROWS[1, 0]}, "S=2, P=0: There is no answer yet"),
        ("output-1d", rows_but((1, 0), [-2, 4, 1, -5, 0]), "S=1, P=0: you flipped the filter"),
        ("output-1d", rows_but((1, 1), ROWS[1, 0]), "S=1, P=1: you left the zeros out"),
        ("output-1d", rows_but((4, 1), [1, 5, -2]), "S=4, P=1: the last window sticks out"),
        ("output-1d", rows_but((2, 0), [2, -1]), "S=2, P=0: you have 2 outputs; count the stops"),
        ("output-1d", rows_but((1, 0), [2, 4, 1, 5, 0]), "S=1, P=0: look at the signs"),
        ("output-1d", rows_but((1, 0), [2, -4, -1, 5, 9]), "S=1, P=0: output number 5 is another"),
        ("size-kept-1d", (1, 1), "Write a list of pairs"),
        ("size-kept-1d", [(1, 1), (4, 1)], "S=4, P=1 is in your list"),
        ("size-kept-1d", [(1, 1), (3, 1)], "S=3, P=1 is none of the five settings"),
        ("size-kept-1d", [], "A setting is missing"),
        ("activation-maps", 3, "How many filters slide over it?"),
        ("activation-maps", 6, "added up over all channels"),
        ("volume-stride-1", (3, 3), "its depth is missing"),
        ("volume-stride-1", (3, 3, 3), "The depth is the number of filters"),
        ("volume-stride-1", (2, 3, 3), "the depth comes last"),
        ("volume-stride-1", (4, 4, 2), "only with padding"),
        ("volume-stride-2", (1, 1, 2), "One stop more fits"),
        ("volume-stride-2", (9, 9, 2), "Count the stops"),
        ("keeps-the-size", (2, 1, 1), "With these 4 cells become 5. An even filter"),
        ("keeps-the-size", (3, 0, 1), "With these 4 cells become 2. Start with stride 1"),
        ("keeps-the-size", (7, 0, 1), "That does not fit: the kernel spans 7 cells"),
        ("keeps-the-size", (3, 1, 0), "That does not fit: stride must be at least 1"),
        ("keeps-the-size", (10**6, 10**6, 1), "far larger than the input"),
        ("output-2d", [MAPS[0], ...], "Filter 2: There is no answer yet"),
        ("output-2d", [np.subtract(MAPS[0], 1), MAPS[1]], "Filter 1: the bias is missing"),
        ("output-2d", [np.add(MAPS[0], 2), MAPS[1]], "Filter 1: you added the bias once for each channel"),
        ("output-2d", [MAPS[0], np.add(MAPS[1], 2)], "Filter 2: you took the bias off"),
        ("output-2d", [MAPS[0], np.maximum(MAPS[1], 0)], "Filter 2: you applied a ReLU"),
        ("output-2d", MAPS[::-1], "Filter 1: this is the map of the other filter"),
        ("output-2d", [np.transpose(MAPS[0]), MAPS[1]], "Filter 1: rows and columns are swapped"),
        ("output-2d", [[[4, 2, 3], [3, 2, 4], [3, 4, 4]], MAPS[1]], "Filter 1: this is channel R alone"),
        ("output-2d", [MAPS[0], [[3, 0, 0], [1, 3, 1], [0, 0, 0]]], "Filter 2: the number in row 2, column 3"),
        ("output-2d", [MAPS[0], [[3, 0], [1, 3]]], "Filter 2: its map has 3 rows of 3 numbers"),
        ("parameters", {"a": (864, 32)}, "Layer b: There is no answer yet"),
        ("parameters", COUNTS | {"b": (..., 64)}, "Layer b: There is no answer yet"),
        ("parameters", COUNTS | {"a": (896, 32)}, "Layer a: the biases are counted apart"),
        ("parameters", COUNTS | {"a": (288, 32)}, "Layer a: your filters are as deep as one channel"),
        ("parameters", COUNTS | {"a": (27, 32)}, "Layer a: these are the weights of one filter"),
        ("parameters", COUNTS | {"b": (10_240, 64)}, "Layer b: a filter is as high as it is wide"),
        ("parameters", COUNTS | {"c": (24, 0)}, "Layer c: you forgot the bias"),
        ("parameters", COUNTS | {"c": (24, 1)}, "Layer c: each filter has a bias of its own"),
        ("parameters", COUNTS | {"c": (24, 6)}, "Layer c: a filter has one bias"),
        ("parameters", COUNTS | {"c": 26}, "Layer c: write the pair"),
        ("weight-pictures", pixels(0, 255)[0], "found the shape (32, 32, 3)"),
        ("weight-pictures", pixels(-1, 255), "yours between -1 and 255"),
        ("weight-pictures", pixels(0, 1), "These lie between 0 and 1"),
        ("weight-pictures", pixels(0, 255), "One scale for several channels"),
        ("weight-pictures", pixels(0, 256), "yours between 0 and 256"),
        ("weight-pictures", pixels(3, 200), "the smallest weight becomes 0 and the largest 255"),
        ("simple-cnn", models.dense(), "One convolution is asked for; your model has 0"),
        ("simple-cnn", own_class(), "Build it with keras.Sequential"),
        ("simple-cnn", keras.Sequential([conv()]), "The model does not know its input"),
        ("simple-cnn", cnn(conv(padding="valid")), "The convolution gives (30, 30, 32)"),
        ("simple-cnn", cnn(conv()), "No layer gives (16, 16, 32)"),
        ("simple-cnn", cnn(conv(), layers.MaxPooling2D(2), scores=False), "The output is (16, 16, 32)"),
        (
            "simple-cnn",
            cnn(conv(), layers.MaxPooling2D(2), layers.GlobalAveragePooling2D(), layers.Dense(10), scores=False),
            "No layer gives a row of 8,192 numbers",
        ),
        ("simple-cnn", cnn(conv(activation=None), layers.MaxPooling2D(2)), "There is no ReLU"),
        ("simple-cnn", cnn(conv(), layers.AveragePooling2D(2)), "by max pooling: MaxPooling2D(2) comes after the ReLU"),
        ("simple-cnn", cnn(conv(), layers.AveragePooling2D(2)), "yours has AveragePooling2D"),
        (
            "simple-cnn",
            cnn(conv(), layers.MaxPooling2D(2), *scores(activation=None), scores=False),
            "The scores have no softmax",
        ),
        (
            "simple-cnn",
            cnn(
                *(conv(activation=None), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, "relu")),
                layers.Softmax(),
                scores=False,
            ),
            "There is no ReLU after the convolution",
        ),
        (
            "simple-cnn",
            cnn(
                conv(),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(999),
                layers.Dense(10, "softmax"),
                scores=False,
            ),
            "One dense layer is asked for, that of the ten scores; your model has 2",
        ),
        (
            "simple-cnn",
            cnn(layers.Conv2D(32, 31, padding="same", activation="relu"), layers.MaxPooling2D(2)),
            "The kernel has 31×31 cells; take a small one",
        ),
        (
            "simple-cnn",
            cnn(layers.Conv2D(32, 1, activation="relu"), layers.MaxPooling2D(2)),
            "The kernel has 1×1 cells; take a small one that sees neighbours",
        ),
        ("simple-cnn", cnn(conv(dilation_rate=2), layers.MaxPooling2D(2)), "spread out by a dilation"),
        ("simple-cnn", cnn(conv(activation="tanh"), layers.MaxPooling2D(2)), "There is no ReLU after the convolution"),
        (
            "simple-cnn",
            cnn(conv(activation=None), layers.MaxPooling2D(2), layers.ReLU()),
            "There is no ReLU after the convolution: it comes before the pooling",
        ),
        ("simple-cnn", cnn(conv(), layers.MaxPooling2D(3, 2, "same")), "from windows of (3, 3)"),
        ("simple-cnn", cnn(conv(), layers.MaxPooling2D(2), layers.Dropout(0.5)), "more than is asked for: Dropout"),
        ("simple-cnn", cnn(conv(), layers.ReLU(), layers.MaxPooling2D(2)), "more than is asked for: ReLU"),
        ("simple-cnn", two_heads(), "your model has 2"),
    ],
)
def test_usual_mistakes_are_recognised(name, answer, hint):
    verdict = handin.check(name, answer)
    assert not verdict.right
    assert hint in verdict.hint


# --- images ---


def test_the_short_mode_needs_no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNBOOK_SHORT", "1")
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path / "nowhere"))
    found = handin.images()
    assert [len(part) for part in found] == [60, 60, 20, 20, 20, 20]
    assert all(set(labels) == set(range(10)) for labels in found[1::2])
    assert len({image.tobytes() for part in found[::2] for image in part}) == 100
    assert "no accuracy on them means anything" in repr(found)


def test_without_the_short_mode_the_data_set_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNBOOK_SHORT", "0")
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(CnnBookError, match="nowhere"):
        handin.images()


# --- the table ---


def test_runs_of_one_architecture_share_a_row():
    table = handin.Table()
    for test in (0.61, 0.62, 0.63):
        table.add(models.simple_cnn(), train=0.7, test=test, settings="10 epochs")
    table.add(models.simple_cnn(), train=0.5, test=0.5, settings="1 epoch")
    table.add(models.dense(), train=1, test=np.float32(0.5))
    assert table.markdown().splitlines() == [
        "| CNN | Architecture | Acc. train % | Acc. test % |",
        "|--:|---|--:|--:|",
        "| 1 | Layer 1 : CONV D=32, w=h=3, S=1, P='same' ; Layer 2 : MAXPOOL w=h=2, S=2, P='valid' ; Layer 3 : DENSE "
        "D=10 (82,826 parameters, 10 epochs) | 70.0 ± 0.0 (n=3) | 62.0 ± 1.0 (n=3) |",
        "| 2 | Layer 1 : CONV D=32, w=h=3, S=1, P='same' ; Layer 2 : MAXPOOL w=h=2, S=2, P='valid' ; Layer 3 : DENSE "
        "D=10 (82,826 parameters, 1 epoch) | 50.0 (1 run) | 50.0 (1 run) |",
        "| 3 | Layer 1 : DENSE D=128 ; Layer 2 : DENSE D=10 (394,634 parameters) | 100.0 (1 run) | 50.0 (1 run) |",
    ]
    assert len(table) == 3
    assert table._repr_mimebundle_()[1]["cnnbook table"] == {"rows": 3, "architectures": 2}


def test_the_table_asks_the_model_about_images():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 32, 32, 3)).astype("uint8"), rng.integers(0, 10, 40)
    model = models.one_layer()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    _, expected = model.evaluate(x, y, verbose=0)
    for labels in (y, y[:, None], np.eye(10)[y]):
        table = handin.Table()
        table.add(model, train=(x, labels), test=[x, labels])
        assert f"| {100 * expected:.1f} (1 run) | {100 * expected:.1f} (1 run) |" in table.markdown()


def simple(activation="relu", *, tail=(), seed=None, **options):
    first = conv(8, activation=activation, kernel_initializer=keras.initializers.HeNormal(seed=seed), **options)
    return cnn(first, layers.MaxPooling2D(2), *tail)


def linked(*places):
    """Three convolutions, and the sum of the outputs of those at `places`."""
    image = keras.Input((32, 32, 3))
    outputs = [conv(4)(image)]
    for _ in range(2):
        outputs.append(conv(4)(outputs[-1]))
    return keras.Model(image, layers.Add()([outputs[place] for place in places]))


@pytest.mark.parametrize(
    ("build", "other", "says"),
    [
        (simple, lambda: simple("tanh"), "Conv2D with activation=tanh"),
        (simple, lambda: simple(dilation_rate=2), "Conv2D with dilation_rate=(2, 2)"),
        (simple, lambda: simple(kernel_regularizer="l2"), "Conv2D with kernel_regularizer=L2(l2=0.01)"),
        (simple, lambda: simple(use_bias=False), "Conv2D with use_bias=False"),
        (simple, lambda: simple(dtype="mixed_float16"), "Conv2D with dtype=mixed_float16"),
        (simple, lambda: simple(tail=[layers.ReLU()]), "made of Conv2D, MaxPooling2D, ReLU, Flatten, Dense"),
        (
            lambda: simple(tail=[conv(8)]),
            lambda: simple(tail=[conv(8, activation="elu")]),
            "Conv2D 2 with activation=elu",
        ),
        (
            lambda: simple(tail=[layers.Lambda(lambda x: 2 * x)]),
            lambda: simple(tail=[layers.Lambda(lambda x: 3 * x)]),
            "Lambda with function=another lambda",
        ),
        (lambda: linked(0, 2), lambda: linked(1, 2), "layers linked otherwise"),
        (
            lambda: keras.Sequential([keras.Input((32, 32, 3)), conv(), layers.GlobalAveragePooling2D()]),
            lambda: keras.Sequential([keras.Input((16, 16, 3)), conv(), layers.GlobalAveragePooling2D()]),
            "input ((16, 16, 3))",
        ),
    ],
)
def test_networks_that_the_notation_does_not_tell_apart_have_rows_of_their_own(build, other, says):
    table = handin.Table()
    for model in (build(), other(), build(), other()):
        table.add(model, train=0.5, test=0.5, settings="Adam")
    _, _, first, second = table.markdown().splitlines()
    assert "unlike" not in first
    assert f", Adam, unlike CNN 1: {says})" in second
    assert first.count("(n=2)") == second.count("(n=2)") == 2
    assert table._repr_mimebundle_()[1]["cnnbook table"] == {"rows": 2, "architectures": 2}


def test_seeds_names_and_the_way_of_building_make_no_other_network():
    image = keras.Input((32, 32, 3), name="mine")
    x = layers.MaxPooling2D(2)(conv(8, kernel_initializer=keras.initializers.HeNormal(seed=5), name="first")(image))
    models_of_one = [simple(seed=1), simple(seed=2), keras.Model(image, scores()[1](layers.Flatten()(x)), name="m")]
    table = handin.Table()
    for model in models_of_one:
        table.add(model, train=0.5, test=0.5)
    assert len(table) == 1
    assert "(n=3)" in table.markdown()


def test_layers_that_cannot_say_what_they_were_built_with_are_known_by_their_class():
    class Own(layers.Layer):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def call(self, x):
            return self.function(x)

    table = handin.Table()
    for _ in range(2):
        table.add(cnn(Own(lambda x: 2 * x)), train=0.5, test=0.5)
        table.add(own_class(), train=0.5, test=0.5)
    assert len(table) == 2
    assert "Layer 1 : OWN ; Layer 2 : DENSE D=10" in table.markdown()


def test_the_table_takes_layers_that_the_notation_does_not_know():
    inner = keras.Sequential([layers.SeparableConv2D(4, 3), layers.LeakyReLU()])
    table = handin.Table()
    table.add(cnn(inner, layers.MaxPooling2D(2)), train=0, test=0.5, settings="a|b")
    assert "Layer 1 : SEPARABLECONV2D ; Layer 2 : LEAKYRELU ; Layer 3 : MAXPOOL w=h=2" in table.markdown()
    assert r"a\|b" in table.markdown()


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        (None, {}, "expected a Keras model, was given NoneType"),
        (models.dense, {}, "expected a Keras model, was given function"),
        (..., {"test": 62.4}, "between 0 and 1 for test, was given 62.4; divide percent by 100"),
        (..., {"train": float("nan")}, "for train, was given nan"),
        (..., {"test": True}, "was given a bool"),
        (..., {"test": "62 %"}, "was given a str; for example test=(x_test, y_test)"),
        (..., {"test": (np.zeros((2, 32, 32, 3)), [0])}, "was given 2 images and labels of shape (1,)"),
        (..., {"train": ([], [])}, "was given 0 images"),
    ],
)
def test_what_is_no_row_is_refused(model, options, says):
    table = handin.Table()
    with pytest.raises(TableError) as error:
        table.add(models.one_layer() if model is ... else model, **{"train": 0.5, "test": 0.5} | options)
    assert says in str(error.value)
    assert len(table) == 0
    assert repr(table).startswith("no runs yet")


# --- the report ---


def test_the_template_is_wholly_unwritten_and_a_filled_in_report_lacks_nothing():
    titles = list(reports.sections(reports.template()))
    lacking = reports.lacks(reports.template(), architectures=5)
    assert lacking[0] == "The report has no names in its line “Authors:”"
    assert lacking[1:] == [f"The section “{title}” of the report is as in the template" for title in titles[:-1]]
    assert titles[-1] == "Review questions (optional)"
    assert reports.lacks(report_text(), architectures=5) == []


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda text: text.replace("## Two layers", "## 2 layers"), "The report has no section “Two layers”"),
        (lambda text: report_text(rows=4), "has 4 rows; 5 architectures are asked for"),
        (lambda text: report_text(names="*Your names*"), "no names"),
        (lambda text: report_text(names=""), "no names"),
        (lambda text: re.sub("^Authors.*$", "", text, flags=re.M), "no names"),
        (lambda text: re.sub(r"^\|.*\n?", "", text, flags=re.M), "has 0 rows"),
    ],
)
def test_what_a_report_lacks(edit, says):
    (sentence,) = reports.lacks(edit(report_text()), architectures=5)
    assert says in sentence


@pytest.mark.parametrize("line", ["Authors: A. B.", "**Authors:** A. B.", "Author: A. B.  ", "*Authors*: A. B."])
def test_authors_may_be_set_in_bold(line):
    assert reports.authors(f"# Report\n\n{line}\n") == "A. B."


# --- starting ---


def test_start_writes_the_files_and_overwrites_nothing(tmp_path, capsys):
    folder = tmp_path / "new" / "mine"
    hand_in(folder, "--start")
    assert sorted(files(folder)) == ["cnn-ex1-stud.xlsx", "practical.ipynb", "report.md"]
    assert capsys.readouterr().out.count("wrote ") == 3
    mine = {"report.md": b"mine", "practical.ipynb": b"mine, too", "cnn-ex1-stud.xlsx": b"my sheet"}
    for name, content in mine.items():
        (folder / name).write_bytes(content)
    with pytest.raises(HandInError, match=r"has a notebook, practical\.ipynb, a report and the worksheet; nothing was"):
        hand_in(folder, "--start")
    assert files(folder) == mine


def test_start_gives_the_worksheet_and_never_its_solution(tmp_path):
    handin.write(tmp_path / "new")
    written, solved = worksheets.write_worksheets(tmp_path / "both")
    assert files(tmp_path / "new")[folders.WORKSHEET] == written.read_bytes()
    assert written.name == folders.WORKSHEET
    assert solved.read_bytes() not in files(tmp_path / "new").values()
    # What the student reads does not ask for the command that writes the solution, too.
    assert "cnnbook worksheet" not in PRACTICAL
    assert f"`{folders.WORKSHEET}`" in PRACTICAL


def test_start_adds_what_is_not_there(tmp_path):
    (tmp_path / "my-work.ipynb").write_text("mine")
    assert [path.name for path in handin.write(tmp_path)] == ["cnn-ex1-stud.xlsx", "report.md"]
    assert files(tmp_path)["my-work.ipynb"] == b"mine"
    (tmp_path / "my-work.ipynb").unlink()
    (tmp_path / "report.md").write_text("mine")
    assert [path.name for path in handin.write(tmp_path)] == ["practical.ipynb"]
    assert files(tmp_path)["report.md"] == b"mine"


def test_start_in_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HandInError, match="is a file; name a folder"):
        handin.write(tmp_path / "file")


# --- folders that cannot be reviewed ---


def test_no_folder(tmp_path):
    with pytest.raises(HandInError, match=r"there is no folder .*nowhere; check its name, or begin in it with --start"):
        handin.review(tmp_path / "nowhere")


def test_no_notebook(tmp_path):
    (tmp_path / ".hidden.ipynb").write_text("")
    with pytest.raises(HandInError, match="has no notebook; add --start"):
        handin.review(tmp_path)


def test_two_notebooks(tmp_path):
    for name in ("a.ipynb", "b.ipynb"):
        put_notebook(tmp_path, [], name)
    with pytest.raises(HandInError, match=r"has 2 notebooks \(a\.ipynb, b\.ipynb\); leave the one"):
        handin.review(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        *("", "hello", "3", "[]", "{}", '{"nbformat": 4}', '{"nbformat": 9, "metadata": {}, "cells": []}'),
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1]}',
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "x"}',
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": null, "cells": []}',
        '{"nbformat": 4, "nbformat_minor": 2, "metadata": {"kernelspec": []}, "cells": []}',
        b"\xff\xfe",
    ],
)
def test_not_a_notebook(tmp_path, content):
    (tmp_path / "practical.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(HandInError, match=r"practical\.ipynb is not a notebook \(.+\); save it once more"):
        handin.review(tmp_path)


def test_old_notebooks_are_read(tmp_path):
    cell = {"cell_type": "code", "input": "1 + 1", "outputs": [], "language": "python", "prompt_number": 1}
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(old))
    assert running.read(tmp_path / "old.ipynb").cells[0].source == "1 + 1"


def test_a_notebook_in_another_language(tmp_path):
    content = tasks.notebook([]) | {"metadata": {"kernelspec": {"language": "R", "name": "ir", "display_name": "R"}}}
    (tmp_path / "x.ipynb").write_text(json.dumps(content))
    with pytest.raises(HandInError, match="is a notebook in R; the practical is in Python"):
        handin.review(tmp_path)


@pytest.mark.parametrize("name", ["nbclient", "ipykernel"])
def test_a_package_that_is_not_installed(tmp_path, monkeypatch, name):
    put_notebook(tmp_path, code("1"))
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(HandInError, match=f"needs the package {name}; type `pip install nbclient ipykernel`"):
        handin.review(tmp_path)


def test_a_report_in_another_encoding(tmp_path):
    put_notebook(tmp_path, [])
    (tmp_path / "report.md").write_bytes("Authors: É".encode("latin-1"))
    with pytest.raises(HandInError, match=r"report\.md is not text in UTF-8"):
        handin.review(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK", b"x" * 2000 + b"%PDF-1.7"])
def test_a_report_that_is_no_pdf(tmp_path, content):
    put_notebook(tmp_path, [])
    (tmp_path / "report.pdf").write_bytes(content)
    with pytest.raises(HandInError, match=r"report\.pdf is no PDF, since it does not begin with %PDF-; export"):
        handin.review(tmp_path)


# --- what keeps a zip back and shows without a run ---


@pytest.fixture
def no_run(monkeypatch):
    """A notebook that is run after all is an error."""

    def run(*arguments, **options):
        raise AssertionError("the notebook was run")

    monkeypatch.setattr(running, "run", run)


KEPT_BACK = {
    "no report": ({}, [], r"there is no report\.md and no report\.pdf"),
    "nobody": ({"report.md": reports.template().encode()}, [], "nobody is named"),
    "nobody, with a PDF": ({"report.pdf": b"%PDF-1.7"}, [], "nobody is named"),
    "a bad name": ({"report.md": report_text().encode()}, ["--name", "..."], "nobody is named"),
    "a long name": ({"report.md": report_text().encode()}, ["--name", "x" * 101], "its name would have 101 letters"),
    "latin-1": ({"report.md": "Authors: É".encode("latin-1")}, [], "is not text in UTF-8"),
    "latin-1, named": ({"report.md": "Authors: É".encode("latin-1")}, ["--name", "A"], "is not text in UTF-8"),
    "no PDF": ({"report.md": report_text().encode(), "report.pdf": b""}, [], "is no PDF"),
}


@pytest.mark.parametrize("kind", KEPT_BACK)
def test_what_keeps_a_zip_back_is_said_before_the_run(tmp_path, no_run, kind):
    content, options, says = KEPT_BACK[kind]
    put_notebook(tmp_path, code("1"))
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    before = files(tmp_path)
    with pytest.raises(HandInError, match=says):
        hand_in(tmp_path, *options)
    with pytest.raises(HandInError, match=says):
        handin.pack(tmp_path, name=options[1] if options else None)
    assert files(tmp_path) == before


def test_anyway_needs_no_report_but_a_name(tmp_path, no_run):
    put_notebook(tmp_path, code("1"))
    with pytest.raises(HandInError, match="nobody is named"):
        hand_in(tmp_path, "--anyway")
    with pytest.raises(AssertionError, match="the notebook was run"):
        hand_in(tmp_path, "--anyway", "--name", "A")


# --- outputs that somebody else wrote ---


def with_note(folder, note, content):
    made = tasks.notebook(code("1"))
    made["cells"][0]["outputs"] = [{"output_type": "display_data", "data": {}, "metadata": {note: content}}]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "practical.ipynb").write_text(json.dumps(made))
    (folder / "report.md").write_text(report_text(), "utf-8")


@pytest.mark.parametrize(
    ("note", "content"),
    [
        *(("cnnbook table", content) for content in (3, None, [], {}, {"rows": 1}, {"rows": 1, "architectures": "5"})),
        ("cnnbook table", {"rows": True, "architectures": True}),
        ("cnnbook check", "x"),
        ("cnnbook check", {"name": "a", "right": 1, "hint": ""}),
        ("cnnbook check", {"name": [], "right": True, "hint": ""}),
        ("cnnbook images", [3]),
        ("cnnbook images", {"short": "no"}),
    ],
)
def test_outputs_that_the_package_did_not_write_are_refused_before_the_run(tmp_path, no_run, note, content):
    with_note(tmp_path, note, content)
    with pytest.raises(HandInError, match=f"the output of cell 1 holds something under “{note}” that"):
        handin.review(tmp_path, short=True)


def test_outputs_that_the_package_wrote_are_read(tmp_path, no_run):
    table = handin.Table()
    table.add(models.one_layer(), train=0.5, test=0.5)
    for shown in (table, handin.check("activation-maps", 3), handin.Images(*[()] * 6)):
        ((note, content),) = shown._repr_mimebundle_()[1].items()
        with_note(tmp_path, note, json.loads(json.dumps(content)))
        with pytest.raises(AssertionError, match="the notebook was run"):
            handin.review(tmp_path, short=True)


def test_outputs_that_the_run_itself_forged_are_refused(tmp_path):
    forged = "from IPython.display import display\ndisplay({'text/plain': ''}, raw=True, metadata={'cnnbook table': 3})"
    put_notebook(tmp_path, code(forged))
    with pytest.raises(HandInError, match="the output of cell 1 holds something under “cnnbook table”"):
        handin.review(tmp_path)


# --- notebooks that stop ---

STOPS = {
    "error": ("1 / 0", "cell 3 of 4, Task 1.2, stopped with ZeroDivisionError: division by zero"),
    "syntax": ("x = = 1", "cell 3 of 4, Task 1.2, stopped with SyntaxError"),
    "dies": ("import os\nos._exit(1)", "cell 3 of 4, Task 1.2, ended the kernel"),
    "endless": ("while True:\n    pass", "cell 3 of 4, Task 1.2, took longer than 1 s; give it more with --timeout"),
}


@pytest.mark.parametrize("kind", STOPS)
def test_a_cell_that_stops_the_notebook_is_named(tmp_path, kind):
    source, says = STOPS[kind]
    put_notebook(tmp_path, [*code("x = 1"), tasks.Cell("markdown", "## Task 1.2 by hand"), *code(source, "x")])
    (tmp_path / "report.md").write_text(report_text())
    before = files(tmp_path)
    with pytest.raises(HandInError) as error:
        handin.pack(tmp_path, timeout=1 if kind == "endless" else 60)
    assert f"no zip is made, because practical.ipynb does not run to its end: {says}" in str(error.value)
    assert files(tmp_path) == before


@pytest.mark.parametrize("tag", ["raises-exception", "skip-execution"])
def test_no_tag_makes_a_failing_cell_pass(tmp_path, tag):
    path = put_notebook(tmp_path, code("1", "1 / 0"))
    content = json.loads(path.read_bytes())
    content["cells"][1]["metadata"] = {"tags": [tag]}
    path.write_text(json.dumps(content))
    (tmp_path / "report.md").write_text(report_text(), "utf-8")
    with pytest.raises(HandInError, match=r"no zip is made, .*: cell 2 of 2, stopped with ZeroDivisionError"):
        handin.pack(tmp_path)


def test_anyway_packs_a_notebook_that_stops_and_still_ends_with_an_error(tmp_path, capsys):
    put_notebook(tmp_path, code("print('hello')", "no_such_name"))
    (tmp_path / "report.md").write_text(report_text())
    with pytest.raises(
        HandInError, match=r"the zip is made, but practical\.ipynb does not run to its end: cell 2 of 2"
    ):
        hand_in(tmp_path, "--anyway")
    shown = capsys.readouterr().out
    assert "stopped: cell 2 of 2, stopped with NameError: name 'no_such_name' is not defined" in shown
    assert "Task 3.4 is not in the notebook" in shown
    with zipfile.ZipFile(tmp_path / "practical-Ada-Lovelace-Émile-B.zip") as archive:
        assert sorted(archive.namelist()) == ["practical.ipynb", "report.md"]
        outputs = [cell["outputs"] for cell in json.loads(archive.read("practical.ipynb"))["cells"]]
    assert outputs[0][0]["text"] == ["hello\n"]
    assert outputs[1][0]["ename"] == "NameError"


def test_each_cell_runs_in_the_folder_with_this_python_and_says_how_long_it_took(tmp_path, capsys):
    (tmp_path / "numbers.txt").write_text("1 2")
    cells = code("import sys\nprint(sys.executable)", "", "print(open('numbers.txt').read())")
    put_notebook(tmp_path, cells)
    with pytest.raises(HandInError, match=r"the zip is made, but \d+ things are missing"):
        hand_in(tmp_path, "--anyway", "--name", "A")
    shown = capsys.readouterr().out
    assert re.findall(r"^cell (\d) of 3 \d+\.\d s$", shown, re.M) == ["1", "3"]
    assert "There is no report: report.md or report.pdf" in shown
    content = json.loads(handin.review(tmp_path).content)
    texts = [output["text"] for cell in content["cells"] for output in cell["outputs"]]
    assert texts == [[f"{sys.executable}\n"], ["1 2\n"]]


# --- packing, without a kernel ---


def reviewed(folder, **changes):
    """What a review of a folder without a fault might say."""
    (folder / "report.md").write_text(report_text())
    what = {"notebook": folder / "mine.ipynb", "report": folder / "report.md", "content": b"{}", "authors": "Ada L."}
    return folders.Review(**what | {"failure": None, "missing": (), "hints": ()} | changes)


def names_in(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def test_the_zip_holds_the_notebook_and_the_report_and_nothing_else(tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    path = handin.pack(tmp_path, reviewed=reviewed(tmp_path))
    assert path == tmp_path / "practical-Ada-L.zip"
    assert names_in(path) == ["mine.ipynb", "report.md"]


def test_a_pdf_is_handed_in_instead_of_the_markdown(tmp_path):
    put_notebook(tmp_path, [])
    (tmp_path / "report.md").write_text(report_text())
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    found = handin.review(tmp_path)
    assert found.report == tmp_path / "report.pdf"
    assert found.authors == "Ada Lovelace, Émile B."
    assert names_in(handin.pack(tmp_path, reviewed=found)) == ["practical.ipynb", "report.pdf"]


@pytest.mark.parametrize("text", [reports.template(), None])
def test_beside_a_pdf_the_template_is_not_judged(tmp_path, text):
    put_notebook(tmp_path, [])
    (tmp_path / "report.pdf").write_bytes(b"\n%PDF-1.7")
    if text is not None:
        (tmp_path / "report.md").write_text(text, "utf-8")
    found = handin.review(tmp_path)
    assert not [says for says in found.missing if "report" in says.lower()]
    assert found.authors is None


def test_a_zip_has_a_name_or_is_not_made(tmp_path):
    nobody = reviewed(tmp_path, authors=None)
    assert handin.pack(tmp_path, reviewed=nobody, name="../李 娜/").name == "practical-李-娜.zip"
    for name in (None, "", "--", "a" * 101):
        with pytest.raises(HandInError, match=r"no zip is made, because (nobody is named|its name would have 101)"):
            handin.pack(tmp_path, reviewed=nobody, name=name)


def test_without_a_report_there_is_no_zip_but_anyway(tmp_path):
    found = reviewed(tmp_path, report=None)
    with pytest.raises(HandInError, match=r"there is no report\.md"):
        handin.pack(tmp_path, reviewed=found)
    assert names_in(handin.pack(tmp_path, reviewed=found, anyway=True)) == ["mine.ipynb"]


def test_a_zip_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    found = reviewed(tmp_path)
    (tmp_path / "practical-Ada-L.zip").write_bytes(b"older")
    before = files(tmp_path)

    def full(*_):
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no room"):
        handin.pack(tmp_path, reviewed=found)
    assert files(tmp_path) == before
    monkeypatch.undo()
    assert names_in(handin.pack(tmp_path, reviewed=found)) == ["mine.ipynb", "report.md"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--timeout", "0"], "0 is no time; give a number of seconds above 0, such as 600"),
        (["--timeout", "nan"], "nan is no time; give a number of seconds above 0, such as 600"),
        (["--timeout", "abc"], "abc is no time; give a number of seconds above 0, such as 600"),
        (["--architectures", "0"], "0 is no number of architectures; give a whole number from 1 on, such as 5"),
        (["--architectures", "2.5"], "2.5 is no number of architectures; give a whole number from 1 on, such as 5"),
        (None, "the following arguments are required: FOLDER"),
    ],
)
def test_bad_options_are_refused(arguments, says, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        hand_in(*([tmp_path, *arguments] if arguments else []))
    assert stop.value.code == 2
    assert says in capsys.readouterr().err


# --- short mode: the results handed in are the saved ones ---

LOOK = code("from cnnbook import handin\nhandin.images()", "handin.check('activation-maps', 3)")


@pytest.fixture
def no_data(monkeypatch, tmp_path_factory):
    """No CIFAR-10 on this machine, and no way to it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.delenv("CNNBOOK_DATA", raising=False)
    monkeypatch.delenv("CNNBOOK_SHORT", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    monkeypatch.setenv("PATH", str(home))  # no npm
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    return home


def test_short_results_are_not_handed_in(tmp_path, no_data):
    path = put_notebook(tmp_path, LOOK)
    (tmp_path / "report.md").write_text(report_text())
    found = handin.review(tmp_path, short=True)
    assert found.failure is None
    (sentence,) = [says for says in found.missing if "saved" in says]
    assert sentence == "The saved notebook was not run from top to bottom up to cell 1 of 2: run all cells, and save it"
    assert json.loads(found.content)["cells"][0]["outputs"] == []

    ran, _ = running.run(running.read(path), tmp_path, [None, None], timeout=60, short=True)
    nbformat.write(ran, path)
    found = handin.review(tmp_path, short=True)
    (sentence,) = [says for says in found.missing if "saved" in says]
    assert sentence == "The saved results are those of 100 images: run all cells without CNNBOOK_SHORT, and save it"
    assert "Check activation-maps: The input has 3 channels. How many filters slide over it?" in found.hints

    for cell in ran.cells:
        for output in cell.outputs:
            output.metadata.pop(pictures.NOTE, None)
    nbformat.write(ran, path)
    assert not [says for says in handin.review(tmp_path, short=True).missing if "saved" in says]
    swapped = copy.deepcopy(ran)
    swapped.cells[0].execution_count, swapped.cells[1].execution_count = 2, 1
    nbformat.write(swapped, path)
    assert [says for says in handin.review(tmp_path, short=True).missing if "not run from top to bottom" in says]


def test_the_variable_asks_for_the_short_mode(tmp_path, no_data, monkeypatch):
    put_notebook(tmp_path, LOOK)
    monkeypatch.setenv("CNNBOOK_DATA", str(no_data))
    monkeypatch.setenv("CNNBOOK_SHORT", "1")
    assert handin.review(tmp_path).failure is None
    assert "DataError" in handin.review(tmp_path, short=False).failure


# --- from the first cell to the zip ---


@pytest.mark.slow
def test_the_notebook_as_given_out_runs_without_data_and_answers_nothing(tmp_path, no_data, capsys):
    hand_in(tmp_path, "--start")
    with pytest.raises(HandInError, match="nobody is named"):
        hand_in(tmp_path, "--short")
    with pytest.raises(HandInError, match=r"the zip is made, but \d+ things are missing"):
        hand_in(tmp_path, "--short", "--name", "A")
    shown = capsys.readouterr().out
    assert "It runs from top to bottom." in shown
    assert all(f"Task {number} is not answered" in shown for number in ASKED + OPTIONAL)
    assert names_in(tmp_path / "practical-A.zip") == ["practical.ipynb", "report.md"]


@pytest.mark.weekly
def test_a_filled_in_notebook_is_packed_in_both_modes(tmp_path, no_data, monkeypatch, capsys):
    """First with a small data set in the place of CIFAR-10, all of which is "trained" on; then in the short mode."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    cells = student_cells()
    (data_cell,) = [
        index for index, cell in enumerate(cells) if "handin.images()" in cell.source and cell.kind == "code"
    ]
    original = cells[data_cell].source
    small = original.replace("handin.images()", "handin.Images(*__import__('tiny').DATA)")
    cells[data_cell] = tasks.Cell("code", small)
    path = put_notebook(tmp_path, cells)
    (tmp_path / "report.md").write_text(report_text(), "utf-8")
    before = files(tmp_path)

    hand_in(tmp_path)
    shown = capsys.readouterr().out
    assert "Missing" not in shown
    assert "look at again" not in shown
    archive = tmp_path / "practical-Ada-Lovelace-Émile-B.zip"
    assert names_in(archive) == ["practical.ipynb", "report.md"]
    assert {name: content for name, content in files(tmp_path).items() if name in before} == before
    with zipfile.ZipFile(archive) as opened:
        handed_in = nbformat.reads(opened.read("practical.ipynb").decode(), as_version=4)
        assert opened.read("report.md").decode() == report_text()
    assert [cell.execution_count for cell in handed_in.cells if cell.cell_type == "code"] == list(
        range(1, 1 + sum(cell.kind == "code" for cell in cells))
    )
    outputs = [output.get("data", {}) for cell in handed_in.cells for output in cell.get("outputs", ())]
    (shown_table,) = [data["text/markdown"] for data in outputs if "text/markdown" in data]
    assert shown_table.count("CONV D=") == 5

    # The student saves this, and a teacher runs it without the data: the saved results are what is handed in.
    handed_in.cells[data_cell].source = original
    nbformat.write(handed_in, path)
    hand_in(tmp_path, "--short", "--name", "again")
    with zipfile.ZipFile(tmp_path / "practical-again.zip") as opened:
        assert json.loads(opened.read("practical.ipynb")) == json.loads(path.read_bytes())

    with pytest.raises(HandInError, match="the zip is made, but 2 things are missing"):
        hand_in(tmp_path, "--short", "--architectures", "6")
    shown = capsys.readouterr().out
    assert "The table of architectures has 5 of 6" in shown
    assert "has 5 rows; 6 architectures are asked for" in shown


# --- the page ---


def test_the_page_tells_every_option():
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    page = (BOOK / "review" / "hand-in.md").read_text("utf-8")
    for option in parser._option_string_actions:
        assert option in ("-h", "--help") or f"`{option}" in page or f" {option}\n" in page


def test_the_table_on_the_page_is_that_of_recorded_runs():
    """Run the page's own cell, and hold its rows against the accuracies that the records give by another way."""
    (cell,) = [cell for cell in code_cells("review/hand-in.md") if "handin.Table()" in cell.source]
    values = {"handin": handin}
    exec(cell.source, values)
    rows = values["table"].markdown().splitlines()[2:]
    for name, row in zip(("two-layer", "simple-cnn"), rows, strict=True):
        for split, shown in zip(("train", "test"), row.rstrip(" |").split(" | ")[-2:], strict=True):
            runs = experiments.accuracies(name, split)
            assert shown == f"{np.mean(runs):.1f} ± {np.std(runs, ddof=1):.1f} (n={len(runs)})"
