"""The table of architectures: which runs share a row, what tells rows apart, and what is no row."""

import keras
import numpy as np
import pytest
from keras import layers
from students import OwnModel, conv, network, scores

from cnnbook import experiments, handin, models
from pages import code_cells


def table_of(*models, **options):
    table = handin.Table()
    for model in models:
        table.add(model, **{"train": 0.5, "test": 0.5} | options)
    return table


def note(table):
    return table._repr_mimebundle_()[1]["cnnbook table"]


def test_runs_of_one_architecture_share_a_row():
    table = handin.Table()
    for test in (0.61, 0.62, 0.63):
        table.add(models.simple_cnn(), train=0.7, test=test, settings="10 epochs")
    table.add(models.simple_cnn(), train=0.5, test=0.5, settings="1 epoch")
    table.add(models.dense(), train=1, test=np.float32(0.5))
    cnn = "CONV D=32, w=h=3, S=1, P='same' ; Layer 2 : MAXPOOL w=h=2, S=2, P='valid' ; Layer 3 : DENSE D=10"
    assert table.markdown().splitlines() == [
        "| CNN | Architecture | Acc. train % | Acc. test % |",
        "|--:|---|--:|--:|",
        f"| 1 | Layer 1 : {cnn} (82,826 parameters, 10 epochs) | 70.0 ± 0.0 (n=3) | 62.0 ± 1.0 (n=3) |",
        f"| 2 | Layer 1 : {cnn} (82,826 parameters, 1 epoch) | 50.0 (1 run) | 50.0 (1 run) |",
        "| 3 | Layer 1 : DENSE D=128 ; Layer 2 : DENSE D=10 (394,634 parameters) | 100.0 (1 run) | 50.0 (1 run) |",
    ]
    assert len(table) == 3
    assert note(table) == {"architectures": 2}


def test_the_table_asks_the_model_about_images():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 32, 32, 3)).astype("uint8"), rng.integers(0, 10, 40)
    model = models.one_layer()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    _, expected = model.evaluate(x, y, verbose=0)
    for labels in (y, y[:, None], np.eye(10)[y]):
        table = table_of(model, train=(x, labels), test=[x, labels])
        assert f"| {100 * expected:.1f} (1 run) | {100 * expected:.1f} (1 run) |" in table.markdown()


def simple(activation="relu", *, tail=(), seed=None, **options):
    first = conv(8, activation=activation, kernel_initializer=keras.initializers.HeNormal(seed=seed), **options)
    return network(first, layers.MaxPooling2D(2), *tail, *scores())


class Scale(layers.Layer):
    """A layer that names its factor only where it has one."""

    def __init__(self, factor=None):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return x * (self.factor or 1)

    def get_config(self):
        return super().get_config() | ({"factor": self.factor} if self.factor else {})


def wired(connect):
    """A network whose layers are `conv`, `other` and `join`; `connect` says what they work on."""
    image = keras.Input((32, 32, 3))
    end, *scored = connect(image, conv(3, padding="same"), conv(3, padding="same")), *scores()
    return keras.Model(image, scored[1](scored[0](end)))


def concatenated(choose):
    def connect(x, first, second):
        y = first(x)
        return layers.Concatenate()(choose(x, y, second(y)))

    return wired(connect)


def averaged(size):
    return keras.Sequential([keras.Input((size, size, 3)), conv(), layers.GlobalAveragePooling2D()])


@pytest.mark.parametrize(
    ("build", "build_second", "says"),
    [
        (simple, lambda: simple("tanh"), "Conv2D 1 with activation=tanh"),
        (simple, lambda: simple(dilation_rate=2), "Conv2D 1 with dilation_rate=(2, 2)"),
        (simple, lambda: simple(kernel_regularizer="l2"), "Conv2D 1 with kernel_regularizer=L2(l2=0.01)"),
        (simple, lambda: simple(use_bias=False), "Conv2D 1 with use_bias=False"),
        (simple, lambda: simple(dtype="mixed_float16"), "Conv2D 1 with dtype=mixed_float16"),
        (simple, lambda: simple(tail=[layers.ReLU()]), "made of Conv2D, MaxPooling2D, ReLU, Flatten, Dense"),
        (
            lambda: simple(tail=[conv(8)]),
            lambda: simple(tail=[conv(8, activation="elu")]),
            "Conv2D 2 with activation=elu",
        ),
        (
            lambda: simple(tail=[layers.Lambda(lambda x: 2 * x)]),
            lambda: simple(tail=[layers.Lambda(lambda x: 3 * x)]),
            "Lambda 1 with…",
        ),
        (lambda: averaged(32), lambda: averaged(16), "keras.Input((16, 16, 3))"),
        (
            lambda: wired(lambda x, conv, other: other(conv(x))),
            lambda: wired(lambda x, conv, other: other(conv(x)) + x),
            "step 3 is Add on step 2 and input 1; ",
        ),
        (
            lambda: wired(lambda x, conv, other: conv(x)),
            lambda: wired(lambda x, conv, other: conv(conv(x))),
            "step 2 is Conv2D 1 on step 1; ",
        ),
        (
            lambda: concatenated(lambda x, y, z: [x, z]),
            lambda: concatenated(lambda x, y, z: [y, z]),
            "step 3 is Concatenate 1 on step 1 and step 2",
        ),
        (
            lambda: wired(lambda x, conv, other: conv(x) * 2),
            lambda: wired(lambda x, conv, other: conv(x) * 3),
            "step 2 is Multiply on step 1 and 3",
        ),
        (
            lambda: wired(lambda x, conv, other: keras.ops.leaky_relu(conv(x), 0.1)),
            lambda: wired(lambda x, conv, other: keras.ops.leaky_relu(conv(x), 0.2)),
            "step 2 is LeakyRelu negative_slope=0.2 on step 1",
        ),
        (lambda: network(Scale(2), *scores()), lambda: network(Scale(), *scores()), "without Scale 1 with factor=2"),
    ],
)
def test_networks_that_the_notation_does_not_tell_apart_have_rows_of_their_own(build, build_second, says):
    table = table_of(build(), build_second(), build(), build_second(), settings="Adam")
    _, _, first, second = table.markdown().splitlines()
    assert "unlike" not in first
    assert f", Adam, unlike CNN 1: {says}" in second
    assert first.count("(n=2)") == second.count("(n=2)") == 2
    assert note(table) == {"architectures": 2}


def test_seeds_names_and_the_way_of_building_make_no_other_network():
    image = keras.Input((32, 32, 3), name="mine")
    x = conv(8, kernel_initializer=keras.initializers.HeNormal(seed=5), name="first")(image)
    flatten, dense = scores()
    built_by_calls = keras.Model(image, dense(flatten(layers.MaxPooling2D(2)(x))), name="m")
    inside = network(keras.Model(image, x), layers.MaxPooling2D(2), *scores())
    table = table_of(simple(seed=1), simple(seed=2), built_by_calls, inside)
    assert len(table) == 1
    assert "(n=4)" in table.markdown()


def test_layers_that_cannot_say_what_they_were_built_with_are_known_by_their_class():
    class Own(layers.Layer):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def call(self, x):
            return self.function(x)

    own_model = OwnModel()
    own_model(np.zeros((1, 32, 32, 3)))
    table = table_of(*[network(Own(lambda x: 2 * x), *scores()), own_model] * 2)
    assert len(table) == 2
    assert "Layer 1 : OWN ; Layer 2 : DENSE D=10" in table.markdown()


def test_the_table_takes_layers_that_the_notation_does_not_know():
    inner = keras.Sequential([layers.SeparableConv2D(4, 3), layers.LeakyReLU()])
    table = table_of(network(inner, layers.MaxPooling2D(2), *scores()), settings="a|b")
    assert "Layer 1 : SEPARABLECONV2D ; Layer 2 : LEAKYRELU ; Layer 3 : MAXPOOL w=h=2" in table.markdown()
    assert r"a\|b" in table.markdown()


GOOD = {"train": 0.5, "test": 0.5}
IMAGES = np.zeros((2, 32, 32, 3), "uint8")
PAIR = {"test": (IMAGES, [0, 1])}


def last(*, units, flatten=False, activation=None, bias="zeros"):
    """A network of one dense layer."""
    bias = keras.initializers.Constant(np.nan) if bias == "nan" else bias
    dense = layers.Dense(units, activation=activation, bias_initializer=bias)
    return network(*[layers.Flatten()] * flatten, dense)


def two_outputs(*, named=False):
    image = keras.Input((32, 32, 3))
    outputs = [layers.Dense(10)(layers.Flatten()(image)) for _ in range(2)]
    return keras.Model(image, dict(zip("ab", outputs, strict=True)) if named else outputs)


def test_an_output_of_one_place_counts_as_a_row_of_scores():
    """As in fully convolutional networks; here the mean of each colour is a score."""
    model = network(layers.AveragePooling2D(32))
    images = np.zeros((4, 32, 32, 3), "uint8")
    images[np.arange(4), :, :, [0, 1, 2, 2]] = 9
    table = table_of(model, train=(images, [0, 1, 2, 2]), test=(images, [[0], [1], [2], [0]]))
    assert "| 100.0 (1 run) | 75.0 (1 run) |" in table.markdown()


@pytest.mark.parametrize("metrics", [None, ["accuracy"]])
def test_a_loss_is_told_from_an_accuracy(metrics):
    """Without metrics, evaluate returns the loss alone: a number as well, and often one between 0 and 1."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (40, 32, 32, 3)).astype("uint8"), np.zeros(40, int)
    model = models.one_layer()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=metrics)
    history = model.fit(images, labels, epochs=5, verbose=0).history
    loss = model.evaluate(images, labels, verbose=0, return_dict=True)["loss"]
    assert 0 < loss < 1
    for wrong in (loss, history["loss"][-1] if history["loss"][-1] < 1 else loss):
        with pytest.raises(handin.HandInError, match="is no accuracy but what Keras reported as a loss"):
            table_of(model, test=wrong)
    if metrics:
        assert (
            len(table_of(model, train=history["accuracy"][-1], test=model.evaluate(images, labels, verbose=0)[1])) == 1
        )


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        (None, {}, "expected a Keras model, got NoneType"),
        (models.dense, {}, "expected a Keras model, got function"),
        (..., {"test": 62.4}, "for test, got 62.4; divide percent by 100"),
        (..., {"train": float("nan")}, "for train, got nan"),
        (
            ...,
            {"test": "62 %"},
            "got '62 %'; of what evaluate returns, give the accuracy alone, or write test=(x_test,",
        ),
        (..., {"test": True}, "for test, got True"),
        (..., {"test": [0.93, 0.62]}, "for test, got [0.93, 0.62]; of what evaluate returns, give the accuracy alone"),
        (..., {"test": (0.93, np.float32(0.62))}, "for test, got (0.93, "),
        (..., {"test": [0.93, 0.62, 0.9]}, "for test, got [0.93, 0.62, 0.9]"),
        (..., {"test": {"accuracy": 0.62, "loss": 0.93}}, "for test, got {'accuracy': 0.62, 'loss': 0.93}"),
        (..., {"test": np.array([0.93, 0.62])}, "got an array of shape (2,)"),
        (..., {"test": np.full((2, 10), 0.1)}, "got an array of shape (2, 10)"),
        (..., {"test": keras.callbacks.History()}, "got History"),
        (..., {"test": None}, "got NoneType"),
        (..., {"test": (IMAGES, [0])}, "a label for each image for test, got 2 images, labels (1,)"),
        (..., {"test": (IMAGES, 0)}, "got 2 images, labels ()"),
        (..., {"train": ([], [])}, "the model cannot predict for train"),
        (..., {"test": ([0, 1], IMAGES)}, "the model cannot predict for test"),
        (..., {"test": (np.full((2, 10), 0.1), [0, 1])}, "the model cannot predict for test"),
        (
            ...,
            {"test": (IMAGES, [1, 10])},
            "numbers from 0 to 9 or one-hot rows, got shape (2,) and type int64, such as [1",
        ),
        (..., {"test": (IMAGES, [0, 0.5])}, "numbers from 0 to 9"),
        (..., {"test": (IMAGES, [0, np.nan])}, "numbers from 0 to 9"),
        (..., {"test": (IMAGES, [True, False])}, "numbers from 0 to 9"),
        (..., {"test": (IMAGES, ["cat", "dog"])}, "numbers from 0 to 9"),
        (..., {"test": (IMAGES, np.full((2, 10), 0.1))}, "or one-hot rows, got shape (2, 10)"),
        (..., {"test": (IMAGES, np.eye(11)[:2])}, "or one-hot rows, got shape (2, 11)"),
        (lambda: last(flatten=True, units=1, activation="sigmoid"), PAIR, "shape (1,) for each image"),
        (
            lambda: last(units=10),
            PAIR,
            "an output of shape (32, 32, 10) for each image, expected a score for each class",
        ),
        (lambda: two_outputs(), PAIR, "the model has 2 outputs, expected one"),
        (lambda: two_outputs(named=True), PAIR, "the model has 2 outputs, expected one"),
        (lambda: last(flatten=True, units=10, bias="nan"), PAIR, "the model gives NaN for images of test"),
        (lambda: keras.Sequential([layers.Flatten(), layers.Dense(10)]), {}, "the model has no weights yet"),
    ],
)
def test_what_is_no_row_is_refused(model, options, says):
    if model not in (None, models.dense):
        model = models.one_layer() if model is ... else model()
    table = handin.Table()
    with pytest.raises(handin.HandInError) as error:
        table.add(model, **GOOD | options)
    assert says in str(error.value)
    assert str(error.value).count("\n") == 0
    assert len(table) == 0
    assert repr(table).startswith("no runs yet")


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
