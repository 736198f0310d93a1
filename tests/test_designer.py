"""What the lab *Design a network* computes, copies and reads, against Keras and `cnnbook.architecture`."""

import contextlib
import io
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import javascript
from cnnbook import architecture, experiments, shapes
from designer_texts import REFUSED, RIGHT, SUMMARIES
from test_lab_results import results

STACKS = 1000
COPIED = 200

PROGRAM = """
import { check } from "./labs/designer/rows.js";
import { writeKeras } from "./labs/designer/write_keras.js";
const output = (states) => states.map((state) => writeKeras(check(state)).join("\\n"));
"""


class Stack:
    """A network drawn from a seed, as a state of the lab; about a third have a row that does not fit."""

    def __init__(self, random):
        self.random = random
        side = self.pick(8, 12, 15, 16, 24, 32)
        self.state = {"input": [side, self.pick(side, side, side, side + 5), self.pick(1, 3, 4, 8)], "layers": []}
        layers = self.state["layers"]
        for _ in range(random.integers(0, 9)):
            layers.append(getattr(self, self.pick("conv", "conv", "conv", "pool", "cell", "cell", "add"))())
        if random.random() < 0.6:
            layers.append({"type": self.pick("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D")})
        for _ in range(random.integers(0, 3)):
            layers += [self.dense(), self.cell()]
        layers.append(self.dense())

    def pick(self, *values):
        return values[self.random.integers(len(values))]

    def some(self, **options):
        """Each of the options, or its default: left out."""
        return {name: value for name, value in options.items() if self.random.random() < 0.5}

    def size(self, *values):
        side = self.pick(*values)
        return self.pick(side, side, [side, side], [side, self.pick(*values)])

    def conv(self):
        options = self.some(
            padding=self.pick("same", "same", "valid"),
            use_bias=self.pick(True, False),
            activation=self.pick("relu", "tanh", "linear", "gelu"),
            **self.pick(
                {"strides": self.size(1, 2, 3)}, {"dilation_rate": self.size(1, 2, 3)}, {"groups": self.pick(1, 2, 4)}
            ),
        )
        return {"type": "Conv2D", "filters": self.pick(4, 8, 12), "kernel_size": self.size(1, 2, 3, 3, 5)} | options

    def pool(self):
        kind = self.pick("MaxPooling2D", "AveragePooling2D")
        options = {
            "pool_size": self.size(2, 2, 3),
            "strides": self.size(1, 2, 3),
            "padding": self.pick("same", "valid"),
        }
        # Keras knows no default for the window of an average.
        return {"type": kind, "pool_size": options.pop("pool_size")} | self.some(**options)

    def dense(self):
        return {"type": "Dense", "units": self.pick(3, 10, 16)} | self.some(use_bias=False, activation="softmax")

    def cell(self):
        return self.pick(
            {"type": "BatchNormalization"} | self.some(scale=self.pick(True, False), center=self.pick(True, False)),
            {"type": "Dropout", "rate": self.pick(0, 0.25, 0.5)},
            {"type": "ReLU"},
            {"type": "LeakyReLU"},
            {"type": "Softmax"},
            {"type": "Activation", "activation": self.pick("relu", "sigmoid", "swish")},
            {"type": "Rescaling", "scale": self.pick(1 / 255, 2)} | self.some(offset=-1),
        )

    def add(self):
        earlier = len(self.state["layers"])
        return {"type": "Add", "row": int(self.random.integers(-1, earlier))} if earlier else self.conv()


def draw_stacks(seed, count):
    random = np.random.default_rng(seed)
    return [Stack(random).state for _ in range(count)]


def build(state):
    """The network in Keras, with its layers in the order of the rows; raises where a row does not fit."""
    image = x = keras.Input(state["input"])
    outputs = []
    for number, row in enumerate(state["layers"]):
        options = {name: value for name, value in row.items() if name not in ("type", "row")}
        layer = getattr(keras.layers, row["type"])(**options, name=f"row{number}")
        if row["type"] == "Add":
            other = outputs[row["row"]] if row["row"] >= 0 else image
            if other.shape != x.shape:  # Keras repeats sides of 1, which the lab refuses
                raise ValueError("shapes differ")
            x = layer([x, other])
        else:
            x = layer(x)
        outputs.append(x)
    return keras.Model(image, x), outputs


def as_list(field):
    return field if field is None or isinstance(field, int) else list(field)


def axis_field(network, axis, row):
    """The field of a row along one axis by `shapes`, of a network without `Add`."""
    stack = []
    for layer in network["layers"][: row + 1]:
        size = layer.get("kernel_size", layer.get("pool_size", 2 if "Pooling" in layer["type"] else 1))
        stride = layer.get("strides", size if "Pooling" in layer["type"] else 1)
        options = (size, stride, layer.get("dilation_rate", 1))
        sides = [value[axis] if isinstance(value, list) else value for value in options]
        stack.append(shapes.Layer(*sides, layer.get("padding", "valid")))
    return shapes.receptive_field(stack, network["input"][axis])


def check_fields(state, model, shown):
    """Receptive fields, by `architecture` where it knows squares alone, else by `shapes`."""
    try:
        fields = architecture.receptive_fields(model)
    except ValueError:
        if any(row["type"] == "Add" for row in state["layers"]):
            return 0
        maps = [number for number, row in enumerate(shown["layers"]) if row["receptive_field"] is not None]
        for number in maps:
            sizes = [axis_field(state, axis, number).size for axis in (0, 1)]
            assert shown["layers"][number]["receptive_field"] == (sizes[0] if sizes[0] == sizes[1] else sizes), state
        return 1
    for number, row in enumerate(shown["layers"]):
        field = fields.get(f"row{number}")
        assert row["receptive_field"] == (field and field.size), (state, number)
    return 1


def test_rows_are_those_of_keras_and_of_the_module():
    states = draw_stacks(0, STACKS)
    misfits = with_fields = 0
    for state, shown in zip(states, results("designer", states), strict=True):
        try:
            model, outputs = build(state)
        except ValueError:
            misfits += 1
            assert shown["error"].startswith("Row "), state
            continue
        assert "error" not in shown, (state, shown)
        layers = [model.get_layer(f"row{number}") for number in range(len(outputs))]
        assert [row["shape"] for row in shown["layers"]] == [list(output.shape[1:]) for output in outputs], state
        assert [row["parameters"] for row in shown["layers"]] == [layer.count_params() for layer in layers], state
        products = [architecture.layer_multiply_adds(layer) for layer in layers]
        assert [row["multiply_adds"] for row in shown["layers"]] == products, state
        assert shown["parameters"] == model.count_params()
        assert shown["multiply_adds"] == architecture.multiply_adds(model)
        with_fields += check_fields(state, model, shown)
    assert STACKS / 10 < misfits < STACKS / 2
    assert with_fields > STACKS / 3


@pytest.mark.weekly
def test_copied_code_runs_and_is_the_network():
    states = draw_stacks(1, 3 * COPIED)
    pairs = [
        (state, shown) for state, shown in zip(states, results("designer", states), strict=True) if "error" not in shown
    ]
    assert len(pairs) >= COPIED
    del pairs[COPIED:]
    copied = javascript.run(PROGRAM, [state for state, _ in pairs])
    for code, (state, shown) in zip(copied, pairs, strict=True):
        names = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, names)
        model = names["model"]
        assert model.count_params() == shown["parameters"], code
        assert architecture.multiply_adds(model) == shown["multiply_adds"], code
        assert list(model.output_shape[1:]) == shown["layers"][-1]["shape"], code
        rows = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        assert [type(layer).__name__ for layer in rows] == [row["type"] for row in state["layers"]], code


READING = """
import "./labs/designer/readers.js";
import { check, result } from "./labs/designer/rows.js";
const output = (texts) => texts.map((text) => {
  const { refused, input, layers } = globalThis.bookReaders.network(text);
  if (refused) return { error: refused };
  try {
    const state = check({ input: input ?? [1], layers });
    return { state, ...result(state) };
  } catch (error) { return { error: error.message }; }
});
"""


def read(texts):
    return javascript.run(READING, texts)


@pytest.fixture(scope="module")
def texts_read():
    texts = [*RIGHT.values(), *(text for text, *_ in (*REFUSED.values(), *SUMMARIES.values()))]
    assert len(texts) >= 60
    return dict(zip(texts, read(texts), strict=True))


# Older texts tell the first layer the input's shape, which Keras 3 does not like but takes.
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_code_is_read_as_keras_reads_it(text, texts_read):
    shown = texts_read[text]
    names = {
        "keras": keras,
        "layers": keras.layers,
        "models": keras.models,
        "regularizers": keras.regularizers,
        "np": np,
    }
    names |= {name: getattr(keras.layers, name) for name in dir(keras.layers)} | {"Sequential": keras.Sequential}
    names["tf"] = SimpleNamespace(keras=keras, nn=SimpleNamespace(relu=keras.activations.relu))
    source = "\n".join(line.removeprefix(">>> ").removeprefix("... ") for line in text.split("\n"))
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, names)
    model = names["model"]
    assert "error" not in shown, shown
    assert tuple(shown["state"]["input"]) == model.input_shape[1:]
    assert shown["parameters"] == model.count_params()
    assert shown["multiply_adds"] == architecture.multiply_adds(model)
    assert tuple(shown["layers"][-1]["shape"]) == model.output_shape[1:]


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused_by_its_line(text, words, texts_read):
    assert words in texts_read[text]["error"]


@pytest.mark.parametrize(("text", "image", "types", "parameters"), SUMMARIES.values(), ids=SUMMARIES)
def test_tables_are_read(text, image, types, parameters, texts_read):
    shown = texts_read[text]
    assert "error" not in shown, shown
    assert tuple(shown["state"]["input"]) == image
    assert [layer["type"] for layer in shown["state"]["layers"]] == types
    assert shown["parameters"] == parameters


@pytest.mark.weekly
def test_tables_that_keras_prints_are_read_or_refused():
    """Whatever is read has the shapes and parameters of the table; what Keras prints of squares is mostly read."""
    models, texts = [], []
    for state in draw_stacks(2, 200):
        with contextlib.suppress(ValueError):
            model, _ = build(state)
            lines = []
            model.summary(print_fn=lines.append)
            models.append(model)
            texts.append("\n".join(lines))
    was_read = 0
    for model, text, shown in zip(models, texts, read(texts), strict=True):
        if "error" in shown:
            assert shown["error"].startswith("Line "), text
            continue
        was_read += 1
        assert shown["parameters"] == model.count_params(), text
        assert [tuple(row["shape"]) for row in shown["layers"]] == [
            layer.output.shape[1:] for layer in model.layers[1:]
        ], text
    assert was_read > len(models) / 3


def test_designs_of_the_book_are_its_networks():
    recipes = (experiments.SIMPLE_CNN, *experiments.DEEPER)
    networks = [experiments.build(recipe) for recipe in recipes]
    for network, shown in zip(networks, results("designer", list(map(architecture.design, networks))), strict=True):
        assert shown["parameters"] == network.count_params()
        assert shown["multiply_adds"] == architecture.multiply_adds(network)


def test_presets_of_papers_have_their_published_sizes():
    program = 'import presets from "./labs/designer/presets.js"; const output = () => presets;'
    presets = javascript.run(program, [])
    lenet, vgg = results("designer", [presets["LeNet-5"], presets["VGG-16"]])
    assert lenet["parameters"] == 61_706
    assert vgg["parameters"] == 138_357_544  # keras.applications.VGG16
    assert vgg["multiply_adds"] == 15_470_264_320


STATE = {"input": [32, 32, 3], "layers": [{"type": "Conv2D", "filters": 8, "kernel_size": 3}]}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"input": [32, 32, 3], "layers": []}, "The network has 0 layers; this lab holds 1 to 40."),
        ({**STATE, "layers": [{"type": "Flatten"}] * 50}, "The network has 50 layers; this lab holds 1 to 40."),
        ({**STATE, "input": [0, 32, 3]}, "The input is 0; use a whole number from 1"),
        ({**STATE, "input": [1, 2, 3, 4]}, "The input has 4 entries; 1 to 3 fit here."),
        ({**STATE, "input": [32, 1e9, 3]}, "The input is 1,000,000,000; use a whole number from 1 to 65,536."),
        ({**STATE, "layers": "Flatten"}, "The layers are"),
        ({**STATE, "layers": [{"type": "Lambda"}]}, 'Row 1 is of type "Lambda", which this lab does not know'),
        ({**STATE, "layers": [{"type": "toString"}]}, "which this lab does not know"),
        ({**STATE, "layers": [{"type": ["Add"], "row": -1}]}, 'Row 1 is of type ["Add"], which this lab does not know'),
        ({**STATE, "layers": [{"type": ["Flatten"]}]}, 'Row 1 is of type ["Flatten"], which this lab does not know'),
        ({**STATE, "layers": [None]}, "Row 1 is null"),
        ({**STATE, "layers": [{"type": "Dense"}]}, "Row 1, Dense, has no units."),
        ({**STATE, "layers": [{"type": "Dense", "units": 1.5}]}, "Row 1, Dense: units is 1.5; use a whole number"),
        ({**STATE, "layers": [{"type": "Dense", "units": 2, "filters": 2}]}, "the argument “filters”"),
        ({**STATE, "layers": [{"type": "Dropout", "rate": 2}]}, "Row 1, Dropout: rate is 2; use a number from 0 to 1."),
        ({**STATE, "layers": [{"type": "Add", "row": 0}]}, "Row 1, Add, adds row 1, which does not come before it"),
        ({**STATE, "layers": [{"type": "Activation", "activation": "rule"}]}, "use one of"),
    ],
)  # fmt: skip
def test_a_network_that_is_none_is_refused_in_a_sentence(state, words):
    [shown] = results("designer", [state])
    assert words in shown["error"]


HUGE = {"type": "Conv2D", "filters": 65536, "kernel_size": 4096, "padding": "same"}


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([{"type": "Conv2D", "filters": 4, "kernel_size": 5, "dilation_rate": 2}], "a kernel_size of up to"),
        ([{"type": "MaxPooling2D", "pool_size": 9}], "Here a pool_size of up to 8 fits"),
        ([{"type": "Flatten"}, {"type": "MaxPooling2D"}], "Row 2, MaxPooling2D: MaxPooling2D needs height, width"),
        ([{"type": "MaxPooling2D"}, {"type": "Add", "row": -1}], "row 0 gives 8×8×3 and the row above 4×4×3"),
        ([{"type": "Conv2D", "filters": 4, "kernel_size": 3, "groups": 2}], "cannot be split into 2 equal groups"),
        ([{"type": "Dense", "units": 65536}] * 3 + [HUGE], "up to where a browser is exact"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_says_what_would(layers, words):
    [shown] = results("designer", [{"input": [8, 8, 3], "layers": layers}])
    assert words in shown["error"]


def test_a_kernel_that_does_not_fit_is_refused_in_the_words_of_the_module():
    layers = [{"type": "Conv2D", "filters": 4, "kernel_size": 5, "dilation_rate": 2}]
    [shown] = results("designer", [{"input": [8, 8, 3], "layers": layers}])
    with pytest.raises(ValueError, match="the kernel spans 9 cells") as refused:
        shapes.output_size(8, 5, dilation=2)
    assert shown["error"].startswith(f"Row 1, Conv2D: {refused.value}. Here a kernel_size of up to 4 fits")


def branched(layer):
    image = keras.Input((8, 8, 3))
    first = keras.layers.Conv2D(4, 3)(image)
    return keras.Model(image, layer(first, keras.layers.ReLU()(first)))


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (
            keras.Sequential([keras.Input((8, 8, 3)), keras.layers.UpSampling2D()]),
            "which cnnbook.architecture does not",
        ),
        (
            branched(lambda first, last: keras.layers.Concatenate()([first, last])),
            "which cnnbook.architecture does not",
        ),
        (
            branched(lambda first, last: keras.layers.Add()([first, last, first])),
            r"takes in 'conv2d\S*', 're_lu\S*', 'conv2d\S*', not .* pass a model whose layers",
        ),
    ],
)
def test_a_network_that_is_no_stack_has_no_design(network, words):
    with pytest.raises(ValueError, match=words):
        architecture.design(network)
