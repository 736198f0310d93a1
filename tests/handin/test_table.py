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
    table = table_of(simple(seed=1), simple(seed=2), built_by_calls)
    assert len(table) == 1
    assert "(n=3)" in table.markdown()


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


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        (None, {}, "expected a Keras model, got NoneType"),
        (models.dense, {}, "expected a Keras model, got function"),
        (..., {"test": 62.4}, "for test, got 62.4; divide percent by 100"),
        (..., {"train": float("nan")}, "for train, got nan"),
        (..., {"test": "62 %"}, "got str; divide percent by 100, or write test=(x_test, y_test)"),
        (..., {"test": (np.zeros((2, 32, 32, 3)), [0])}, "expected a label for each image for test, got 2 and 1"),
        (..., {"train": ([], [])}, "got 0 and 0"),
    ],
)
def test_what_is_no_row_is_refused(model, options, says):
    table = handin.Table()
    with pytest.raises(handin.HandInError) as error:
        table.add(models.one_layer() if model is ... else model, **{"train": 0.5, "test": 0.5} | options)
    assert says in str(error.value)
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
