"""What a student might write and type: answers task by task, the filled-in notebook and report, and the command."""

import json
import re
from typing import NamedTuple

import keras
from keras import layers

from cnnbook import __main__
from cnnbook.handin import report, tasks

WORDS = "Two windows of the same row see each other's cells."
TRAIN = """
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, np.eye(10)[y_train], batch_size=128, epochs=1, verbose=0)
"""
DENSE = """model = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), layers.Flatten(), *HIDDEN,
    layers.Dense(10, activation="softmax", kernel_regularizer="l2", name="scores")])"""
TASKS = [f"{exercise}.{task}" for exercise, count in ((1, 7), (2, 4), (3, 4)) for task in range(1, count + 1)]
OPTIONAL = [f"4.{task}" for task in range(1, 8)]

# For each task code and words, in the order of its cells.
ANSWERS = {number: [WORDS] for number in OPTIONAL} | {
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
    "2.1": [DENSE.replace("HIDDEN", "[]") + TRAIN, WORDS],
    "2.2": [
        'kernel = keras.ops.convert_to_numpy(model.get_layer("scores").kernel)\n'
        "templates = kernel.T.reshape(10, 32, 32, 3)\n"
        "low, high = templates.min(axis=(1, 2), keepdims=True), templates.max(axis=(1, 2), keepdims=True)\n"
        'pictures = np.round(255 * (templates - low) / (high - low)).astype("uint8")\n'
        'handin.check("weight-pictures", pictures)',
        "plotting.picture_grid(pictures, data.CLASSES, columns=5)",
        WORDS,
    ],
    "2.3": [DENSE.replace("HIDDEN", "[layers.Dense(128, 'relu')]") + TRAIN, WORDS],
    "2.4": [DENSE.replace("HIDDEN", "[layers.Dense(64, 'relu')]") + TRAIN, WORDS],
    "3.1": [
        "simple_cnn = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(32, 3, padding='same'),\n"
        "    layers.ReLU(), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
        'handin.check("simple-cnn", simple_cnn)',
        WORDS,
    ],
    "3.2": ["model = simple_cnn" + TRAIN, WORDS],
    "3.3": [
        "for filters in (1, 2, 3, 4, 5):\n"
        "    model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(filters, 3, strides=2),\n"
        "        layers.MaxPooling2D(4), layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
        "    table.add(model, train=(x_train, y_train), test=(x_test, y_test), settings='untrained')"
    ],
    "3.4": [WORDS],
    "4.6": ['handin.check("parameters", {"a": (864, 32), "b": (51_200, 64), "c": (24, 2)})'],
}


class Answer(NamedTuple):
    """What a command left behind: its exit code and what it printed."""

    code: int
    out: str
    err: str


def command(capsys, *arguments):
    """Type ``python -m cnnbook handin ...``."""
    code = __main__.main(["handin", *map(str, arguments)])
    return Answer(code, *capsys.readouterr())


def cells():
    """The cells of the notebook with every answer cell filled in."""
    answers, filled, number = {number: list(parts) for number, parts in ANSWERS.items()}, [], None
    for cell in tasks.template():
        number = [number, *re.findall(r"^### Task (\d\.\d)", cell.source, re.M)][-1]
        if cell.is_for_answer() and number:
            answer = answers[number].pop(0)
            source = answer if cell.cell_type == "code" else cell.source.replace(tasks.WORDS_MARK, answer)
            cell = tasks.Cell(cell.cell_type, source)
        filled.append(cell)
    assert not any(answers.values()), "every answer has a cell"
    return filled


def report_text():
    """The report, filled in."""
    text = report.template().replace("*Your names*", "Ada Lovelace, Émile B.")
    return re.sub(r"\*Your (table|text)\*", WORDS, text)


REPORT = {"report.md": report_text().encode()}


def code(*sources):
    return [tasks.Cell("code", source) for source in sources]


def write_notebook(folder, cells, name="practical.ipynb", **first_cell):
    """Write a notebook into a folder that may not be there; `first_cell` changes fields of its first cell."""
    content = json.loads(tasks.notebook(cells))
    for field, value in first_cell.items():
        content["cells"][0][field] = value
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content), "utf-8")
    return folder / name


def write(folder, contents):
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- networks ---


def conv(filters=32, kernel_size=3, **options):
    return layers.Conv2D(filters, kernel_size, **{"padding": "same", "activation": "relu"} | options)


def scores(activation="softmax"):
    return [layers.Flatten(), layers.Dense(10, activation=activation)]


def network(*stack):
    """A network on the images of CIFAR-10."""
    return keras.Sequential([keras.Input((32, 32, 3)), *stack])


class OwnModel(keras.Model):
    """A model whose layers Keras does not see connected."""

    def __init__(self):
        super().__init__()
        self.convolution = layers.Conv2D(32, 3)

    def call(self, x):
        return self.convolution(x)
