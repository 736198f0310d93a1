"""What `handin.check` says about answers: right ones in any usual form, usual mistakes, and anything else."""

import itertools
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pytest
from keras import layers
from students import OwnModel, conv, network, scores

from cnnbook import CnnBookError, handin, models, shapes
from cnnbook.handin import checks, tasks
from cnnbook.mistakes import MISTAKES
from cnnbook.plotting import normalise_channels

MAPS = [[[9, 8, 8], [5, 6, 8], [8, 6, 10]], [[3, 0, 0], [1, 3, -1], [0, 0, 0]]]
ROWS = {(1, 0): [2, -4, -1, 5, 0], (2, 0): [2, -1, 0], (4, 0): [2, 0], (1, 1): [1, 2, -4, -1, 5, 0, -2], (4, 1): [1, 5]}
COUNTS = {"a": (864, 32), "b": (51_200, 64), "c": (24, 2)}


def test_the_layers_of_task_4_6_are_those_that_are_counted():
    practical = "\n".join(cell.source for cell in tasks.template())
    assert "32 filters of 3×3 on an image with three channels" in practical
    assert "64 filters of 5×5 on the output of layer a" in practical
    for kernel_size, channels, filters in checks.LAYERS.values():
        layer = layers.Conv2D(filters, kernel_size)
        layer.build((None, 32, 32, channels))
        assert shapes.conv_parameters(kernel_size, channels, filters) == layer.count_params()


@pytest.mark.parametrize(
    "answer",
    [
        *(..., None, "", "two", "11", [], {}, set(), 0, -1, 2.5, float("nan"), [[1], [1, 2]], np.eye(2), print),
        *(object(), [(float("inf"), 1)], {(float("inf"), 1)}, np.array(5), np.array([np.inf]), [(1, 1, 1)], [None]),
        *([[...]], b"1", (1e300, 1, 1), (-1e300, 1, 1), (2**63, 1, 1), 10**30, [10**30], 1j, {(1, 0): 1}, {"a": 1}),
        *([print], np.array([[]]), keras.KerasTensor((2, 2)), keras.ops.zeros((2, 2)), np.array([{}, None])),
        *(range(3), itertools.count(), True, [MAPS[0]] * 3),
    ],
)
def test_a_check_takes_anything_and_gives_a_hint(answer):
    for name in checks.CHECKS:
        verdict = handin.check(name, answer)
        assert not verdict
        assert verdict.sentence.endswith((".", "−∞."))
        expected = {"name": name, "right": False, "hint": verdict.hint}
        assert verdict._repr_mimebundle_()[1][checks.CHECK_NOTE] == expected


def test_an_unknown_check_is_an_error():
    with pytest.raises(CnnBookError, match="unknown check 'output'; choose from output-1d, "):
        handin.check("output", 1)


# --- right answers ---


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("output-1d", ROWS),
        ("output-1d", {setting: tuple(map(float, row)) for setting, row in ROWS.items()}),
        ("output-1d", {setting: np.add(row, 1e-15) for setting, row in ROWS.items()}),
        *(("size-kept-1d", answer) for answer in [{(1, 1)}, [(1, 1)], ((1, 1),), [[1.0, 1]], np.array([[1, 1]])]),
        ("output-1d", {setting: np.array(row) + 1e-17j for setting, row in ROWS.items()}),
        ("output-1d", {setting: list(map(Fraction, row)) for setting, row in ROWS.items()}),
        ("output-1d", {setting: [Decimal(row[0]), *row[1:]] for setting, row in ROWS.items()}),
        ("size-kept-1d", {(Fraction(1), Decimal(1))}),
        ("activation-maps", 2 + 0j),
        ("activation-maps", np.int64(2)),
        ("volume-stride-1", [3, 3, 2]),
        ("volume-stride-2", np.array([2, 2, 2])),
        *(
            ("keeps-the-size", answer)
            for answer in [(3.0, 1.0, 1), (3, 1, 1), (1, 0, 1), (5, 2, 1), (2, 2, 2), (3, 3, 2)]
        ),
        ("output-2d", MAPS),
        ("output-2d", np.array(MAPS) - 1e-15),
        ("parameters", COUNTS),
        ("weight-pictures", [normalise_channels(np.random.default_rng(c).normal(size=(32, 32, 3))) for c in range(10)]),
    ],
)
def test_right_answers(name, answer):
    assert repr(handin.check(name, answer)) == f"{name}: right"


WEIGHTS = np.random.default_rng(3).normal(scale=0.02, size=(10, 32, 32, 3))
KEPT_AS = {
    "floats": lambda pictures: pictures,
    "almost floats": lambda pictures: pictures * (1 - 1e-5),
    "cut off": lambda pictures: pictures.astype("uint8"),
    "rounded": lambda pictures: np.round(pictures).astype(np.int16),
    "a tensor": keras.ops.convert_to_tensor,
    "lists": lambda pictures: pictures.tolist(),
}


def stretched(axes):
    low, high = WEIGHTS.min(axis=axes, keepdims=True), WEIGHTS.max(axis=axes, keepdims=True)
    return 255 * (WEIGHTS - low) / (high - low)


@pytest.mark.parametrize("keep", KEPT_AS.values(), ids=KEPT_AS)
def test_pictures_of_weights_may_be_rounded_in_any_usual_way(keep):
    assert handin.check("weight-pictures", keep(stretched((1, 2))))


@pytest.mark.parametrize("axes", [None, (1, 2, 3), (0, 1, 2)], ids=str)
def test_pictures_on_another_scale_are_not_right(axes):
    verdict = handin.check("weight-pictures", stretched(axes).astype("uint8"))
    assert "each channel" in verdict.sentence


def functional():
    x = image = keras.Input((32, 32, 3))
    for layer in (layers.Conv2D(32, 5, padding="same"), layers.Activation("relu"), layers.MaxPool2D()):
        x = layer(x)
    return keras.Model(image, layers.Softmax()(layers.Dense(10)(layers.Flatten()(x))))


POOL = layers.MaxPooling2D(2)


@pytest.mark.parametrize(
    "build",
    [
        models.simple_cnn,
        functional,
        lambda: network(layers.Rescaling(1 / 255), keras.Sequential([conv(), POOL]), *scores()),
        lambda: network(conv(activation=None), layers.ReLU(), POOL, *scores()),
        lambda: network(conv(activation=layers.ReLU(), kernel_size=(2, 7)), POOL, *scores()),
        lambda: network(conv(activation=keras.ops.relu), POOL, *scores(keras.ops.softmax)),
    ],
)
def test_the_simple_cnn_may_be_written_in_other_ways(build):
    assert repr(handin.check("simple-cnn", build())) == "simple-cnn: right"


# --- mistakes ---


@pytest.mark.parametrize(
    ("name", "answer", "mistake"),
    [
        ("output-1d", ROWS | {(1, 0): [-2, 4, 1, -5, 0]}, "S=1, P=0: flipped-kernel"),
        ("output-1d", ROWS | {(1, 1): ROWS[1, 0]}, "S=1, P=1: padding-forgotten"),
        ("output-1d", ROWS | {(4, 1): [1, 5, 0]}, "S=4, P=1: rounded-up"),
        ("output-1d", ROWS | {(2, 0): [2, -1]}, "S=2, P=0: plus-one-forgotten"),
        ("output-1d", ROWS | {(1, 0): [2, 4, 1, 5, 0]}, "S=1, P=0: sign-forgotten"),
        ("output-1d", ROWS | {(2, 0): [2, -4, -1], (4, 0): [2, -4], (4, 1): [1, 2]}, "S=2, P=0: window-not-moved"),
        ("output-1d", ROWS | {(2, 0): [2, -1], (4, 0): [2], (4, 1): [1]}, "S=2, P=0: stride-over-windows"),
        ("output-1d", ROWS | {(1, 1): [1, 2, -4, -1, 5, 0]}, "S=1, P=1: padding-before-only"),
        ("output-1d", ROWS | {(1, 1): [1, 2, -4, -1, 5, 0], (4, 1): [1]}, "S=1, P=1: plus-one-forgotten"),
        ("activation-maps", 3, "depth-of-input"),
        ("activation-maps", 6, "map-per-channel"),
        ("volume-stride-1", (3, 3), "depth-forgotten"),
        ("volume-stride-1", (3, 3, 3), "depth-of-input"),
        ("volume-stride-1", (2, 3, 3), "channels-first"),
        ("volume-stride-1", (4, 4, 2), "size-kept-unpadded"),
        ("volume-stride-2", (1, 1, 2), "plus-one-forgotten"),
        ("output-2d", [np.subtract(MAPS[0], 1), MAPS[1]], "Filter 1: bias-forgotten"),
        ("output-2d", [np.add(MAPS[0], 2), MAPS[1]], "Filter 1: one-bias-per-channel"),
        ("output-2d", [MAPS[0], np.add(MAPS[1], 2)], "Filter 2: bias-of-first-filter"),
        ("output-2d", [np.subtract(MAPS[0], 2), np.add(MAPS[1], 2)], "Filter 1: bias-subtracted"),
        ("output-2d", [MAPS[0], np.maximum(MAPS[1], 0)], "Filter 2: relu-applied"),
        ("output-2d", MAPS[::-1], "Filter 1: other-filter"),
        ("output-2d", [np.transpose(MAPS[0]), MAPS[1]], "Filter 1: map-transposed"),
        ("output-2d", [[[4, 2, 3], [3, 2, 4], [3, 4, 4]], MAPS[1]], "Filter 1: channel-alone"),
        ("output-2d", [[[3, 1, 2], [2, 1, 3], [2, 3, 3]], MAPS[1]], "Filter 1: channel-alone"),
        ("parameters", COUNTS | {"a": (288, 32)}, "Layer a: one-channel"),
        ("parameters", {"a": (288, 32), "b": (1600, 64), "c": (8, 2)}, "Layer a: one-channel"),
        ("parameters", {"a": (288, 32), "b": (10_240, 64), "c": (12, 2)}, "Layer a: one-side-of-kernel"),
        ("parameters", COUNTS | {"a": (27, 32)}, "Layer a: one-filter"),
        ("parameters", COUNTS | {"b": (10_240, 64)}, "Layer b: one-side-of-kernel"),
        ("parameters", COUNTS | {"c": (24, 0)}, "Layer c: bias-forgotten"),
        ("parameters", COUNTS | {"c": (24, 1)}, "Layer c: one-bias-per-layer"),
        ("parameters", COUNTS | {"c": (24, 6)}, "Layer c: one-bias-per-channel"),
    ],
)
def test_usual_mistakes_are_recognised(name, answer, mistake):
    where, _, mistake = mistake.rpartition(": ")
    verdict = handin.check(name, answer)
    assert verdict.sentence == f"{where}: {MISTAKES[mistake].sentence}".removeprefix(": ")
    assert (verdict.mistake, verdict.page) == (MISTAKES[mistake], MISTAKES[mistake].page)


def test_a_verdict_names_the_page_of_a_mistake():
    verdict = handin.check("volume-stride-1", (4, 4, 2))
    hint = 'You kept the size. Without padding the output is smaller. See the page "Keep the size with padding".'
    assert repr(verdict) == f"volume-stride-1: not yet. {hint}"
    assert verdict._repr_mimebundle_()[1][checks.CHECK_NOTE]["hint"] == hint
    assert "See the page" not in repr(handin.check("volume-stride-1", (9, 9, 2)))


def pixels(low, high):
    return np.linspace(low, high, 10 * 32 * 32 * 3).reshape(10, 32, 32, 3)


def own_model():
    model = OwnModel()
    model(np.zeros((1, 32, 32, 3)))
    return model


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("output-1d", {(1, 0): ROWS[1, 0]}, "S=2, P=0: There is no answer yet"),
        ("output-1d", ROWS | {(2, 0): np.array(ROWS[2, 0]) + 1e-3j}, "S=2, P=0: These are complex numbers. Write real"),
        ("activation-maps", Fraction(5, 2), "Count the filters"),
        ("activation-maps", Decimal("NaN"), "Write one number"),
        ("activation-maps", Fraction(10**400), "Write one number"),
        ("output-1d", ROWS | {(2, 0): [2, 7]}, "S=2, P=0: Write the outputs as a list"),
        ("output-1d", ROWS | {(1, 0): [2, -4, -1, 5, 9]}, "S=1, P=0: Output 5 is wrong"),
        ("size-kept-1d", [], "Write a list of pairs"),
        ("size-kept-1d", [(1, 1), (4, 1)], "Write a list of pairs"),
        ("size-kept-1d", [(3, 1)], "more or fewer outputs"),
        ("volume-stride-2", (9, 9, 2), "Count the stops"),
        ("keeps-the-size", (2, 1, 1), "With these 4 cells become 5."),
        ("keeps-the-size", (3, 0, 1), "With these 4 cells become 2."),
        ("keeps-the-size", (7, 0, 1), "has to fit"),
        ("keeps-the-size", (3, 1, 0), "three whole numbers"),
        ("keeps-the-size", (3, 1.5, 1), "three whole numbers"),
        ("activation-maps", np.ma.masked_array(2, True), "Write one number"),
        ("output-2d", keras.ops.convert_to_tensor([MAPS[0]]), "Filter 2: There is no answer yet"),
        ("output-2d", [MAPS[0], ...], "Filter 2: There is no answer yet"),
        ("output-2d", [MAPS[0], [[3, 0, 0], [1, 3, 1], [0, 0, 0]]], "Filter 2: The number in row 2, column 3 is wrong"),
        ("output-2d", [MAPS[0], np.add(MAPS[1], 1e-3)], "Filter 2: The number in row 1, column 1 is wrong"),
        ("output-2d", [MAPS[0], [[3, 0], [1, 3]]], "Filter 2: Write the map as 3 rows of 3 numbers"),
        ("parameters", COUNTS | {"a": (896, 32)}, "Layer a: A filter has a weight for each cell"),
        ("parameters", COUNTS | {"c": 26}, "Layer c: Write the pair"),
        ("weight-pictures", pixels(0, 255)[0], "of shape (10, 32, 32, 3)"),
        *(("weight-pictures", pixels(*ends), "0 and the largest 255") for ends in [(-2, 255), (0, 257), (0, 1)]),
    ],
)
def test_other_hints(name, answer, hint):
    verdict = handin.check(name, answer)
    assert not verdict
    assert hint in verdict.sentence


@pytest.mark.parametrize(
    ("build", "hint"),
    [
        (lambda: 5, "Give your model"),
        (own_model, "Step 1 is Conv2D; expected keras.Input((32, 32, 3)). The steps are keras.Input"),
        (lambda: keras.Sequential([keras.Input((16, 16, 3)), conv()]), "Step 1 is keras.Input((16, 16, 3)); expected"),
        (models.dense, "Step 2 is Flatten; expected Conv2D. The steps are keras.Input((32, 32, 3)), Conv2D, ReLU, "),
        (lambda: network(conv(), layers.AveragePooling2D(2), *scores()), "Step 4 is AveragePooling2D; expected MaxP"),
        (lambda: network(conv(activation="tanh"), POOL, *scores()), "Step 3 is tanh; expected ReLU"),
        (lambda: network(conv(activation=None), POOL, layers.ReLU(), *scores()), "Step 3 is MaxPooling2D; expected"),
        (lambda: network(conv(), POOL, *scores(None)), "Step 7 is nothing; expected Softmax"),
        (lambda: network(conv(), POOL, *scores(), layers.Reshape((10,))), "Step 8 is Reshape; expected nothing"),
        (lambda: network(conv(16), POOL, *scores()), "Conv2D has filters=16; expected 32"),
        (lambda: network(conv(padding="valid"), POOL, *scores()), "Conv2D has padding=valid; expected same"),
        (lambda: network(conv(strides=2), POOL, *scores()), "Conv2D has strides=(2, 2); expected (1, 1)"),
        (lambda: network(conv(dilation_rate=2), POOL, *scores()), "Conv2D has dilation_rate=(2, 2); expected (1, 1)"),
        (
            lambda: network(conv(data_format="channels_first"), POOL, *scores()),
            "Conv2D has data_format=channels_first; expected channels_last",
        ),
        (lambda: network(conv(kernel_size=31), POOL, *scores()), "Conv2D has kernel_size=(31, 31); expected (3, 3)"),
        (lambda: network(conv(kernel_size=1), POOL, *scores()), "Conv2D has kernel_size=(1, 1); expected (3, 3)"),
        (lambda: network(conv(), layers.MaxPooling2D(3, 2), *scores()), "pool_size=(3, 3); expected (2, 2)"),
        (lambda: network(conv(), POOL, layers.Flatten(), layers.Dense(9, "softmax")), "Dense has units=9; expected 10"),
    ],
)
def test_a_network_that_is_not_the_simple_cnn(build, hint):
    assert hint in handin.check("simple-cnn", build()).sentence
