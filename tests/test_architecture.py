"""What is read from a model, against Keras, TensorFlow's profiler and what moves when a pixel moves."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers

from cnnbook import architecture, experiments, models, training


def network(*stack, size=12):
    image = x = keras.Input((size, size, 3))
    for layer in stack:
        x = layer(x)
    return keras.Model(image, x)


def test_the_notation_of_table_1():
    model = models.deeper_cnn(filters=(8, 16), convolutions=(1, 2), batch_norm=True, dropout=0.1, residual=True)
    assert architecture.describe(model) == [
        "CONV D=8, w=h=3, S=1, P='same'",
        "BATCHNORM",
        "MAXPOOL w=h=2, S=2, P='valid'",
        *("CONV D=16, w=h=3, S=1, P='same'", "BATCHNORM") * 2,
        "ADD 5+7",  # the two batch normalisations, each with a ReLU that is left out
        "GLOBAL AVGPOOL",
        "DROPOUT 0.1",
        "DENSE D=10",
    ]


def test_the_notation_follows_kernel_stride_and_padding():
    model = network(layers.Conv2D(4, (3, 5), strides=2), layers.AveragePooling2D(3, strides=1, padding="same"))
    assert architecture.describe(model) == ["CONV D=4, w=5, h=3, S=2, P='valid'", "AVGPOOL w=h=3, S=1, P='same'"]


def test_a_sum_names_its_layers_only_where_all_of_them_are_in_the_table():
    image = keras.Input((8, 8, 4))
    first = layers.Conv2D(4, 3, padding="same")(image)
    summed = layers.Add()([first, layers.Conv2D(4, 1)(first)])
    model = keras.Model(image, layers.Add()([image, summed]))
    assert [words for words in architecture.describe(model) if "ADD" in words] == ["ADD 1+2", "ADD"]


@pytest.mark.parametrize("function", [architecture.describe, architecture.multiply_adds, architecture.receptive_fields])
def test_a_layer_that_is_not_known_is_named(function):
    with pytest.raises(ValueError, match=r"'odd' is a ZeroPadding2D, which cnnbook\.architecture does not know"):
        function(network(layers.ZeroPadding2D(name="odd")))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the profiler is TensorFlow's")
@pytest.mark.parametrize(
    "name", [recipe.name for recipe in (*experiments.DEEPER, experiments.SIMPLE_CNN)] + ["strided"]
)
def test_multiply_adds_are_half_of_the_operations_that_tensorflow_counts(name):
    """Its profiler counts a multiplication and its addition as two operations."""
    import tensorflow as tf

    if name == "strided":
        model = network(layers.Conv2D(4, 5, strides=2), layers.Flatten(), layers.Dense(10), size=32)
    else:
        model = training.build(experiments.recipe(name))
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((1, 32, 32, 3))).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
    options["account_type_regexes"] = ["Conv2D", "MatMul"]
    operations = tf.compat.v1.profiler.profile(graph, options=options).total_float_ops
    assert operations == 2 * architecture.multiply_adds(model)


STACKS = {
    "simple": [layers.Conv2D(2, 3, padding="same"), layers.MaxPooling2D(2)],
    "strided": [layers.Conv2D(2, 3, strides=2, padding="same"), layers.Conv2D(2, 3), layers.AveragePooling2D(2, 1)],
    "dilated": [layers.Conv2D(2, 3, dilation_rate=2), layers.ReLU(), layers.Conv2D(2, 2, padding="same")],
}


def moved_by(model, layer, place):
    """First and last input row, and column, whose change moves the layer's cell (place, place)."""
    inside = keras.Model(model.input, model.get_layer(layer).output)
    side = model.input.shape[1]
    still = np.asarray(inside(np.full((1, side, side, 3), 0.5, "float32")))[0, place, place]
    touched = np.full((side * side, side, side, 3), 0.5, "float32")
    for cell in range(side * side):
        touched[cell, cell // side, cell % side] += 1
    moved = np.abs(np.asarray(inside(touched))[:, place, place] - still).max(axis=-1) > 1e-7
    rows, columns = np.nonzero(moved.reshape(side, side))
    return rows.min(), rows.max(), columns.min(), columns.max()


def positive(model):
    """Positive weights, so that nothing cancels and no ReLU is silent."""
    for layer in model.layers:
        layer.set_weights([np.abs(weight) + 0.01 for weight in layer.get_weights()])
    return model


@pytest.mark.parametrize("name", STACKS)
def test_receptive_fields_are_what_moves_a_cell(name):
    model = positive(network(*[type(layer).from_config(layer.get_config()) for layer in STACKS[name]]))
    fields = architecture.receptive_fields(model)
    for layer in model.layers[1:]:
        size, jump, start = fields[layer.name]
        for place in range(layer.output.shape[1]):
            first, last = start + place * jump, start + place * jump + size - 1
            if isinstance(layer, layers.MaxPooling2D):
                continue  # only its largest input moves it
            assert moved_by(model, layer.name, place) == (max(0, first), min(11, last)) * 2


def test_where_paths_meet_the_field_is_what_all_see():
    image = keras.Input((12, 12, 3))
    first = layers.Conv2D(2, 3, padding="same", name="first")(image)
    second = layers.Conv2D(2, 3, padding="same")(layers.Conv2D(2, 3, padding="same")(first))
    model = positive(keras.Model(image, layers.Add(name="sum")([first, second])))
    assert architecture.receptive_fields(model)["sum"] == (7, 1, -3)
    assert moved_by(model, "sum", 5) == (2, 8, 2, 8)


def test_axes_that_differ_have_no_single_field():
    with pytest.raises(ValueError, match="'wide' treats height and width differently"):
        architecture.receptive_fields(network(layers.Conv2D(2, (1, 3), name="wide")))


def test_a_shuffle_in_front_of_a_network_costs_no_products():
    assert architecture.multiply_adds(models.shuffled(network="simple_cnn")) == 966656
    assert architecture.multiply_adds(models.shuffled(network="dense")) == 3072 * 128 + 128 * 10


def test_a_shortcut_spans_all_that_it_leads_past():
    """Two convolutions past a bare shortcut; the one on the shortcut counts too, and what lies before the fork not."""
    image = x = keras.Input((8, 8, 4))
    x = layers.ReLU()(layers.Conv2D(4, 3, padding="same")(x))
    y = layers.Conv2D(4, 3, padding="same")(layers.ReLU()(layers.Conv2D(4, 3, padding="same")(x)))
    x = layers.ReLU()(layers.Add()([x, y]))
    y = layers.Conv2D(6, 3, padding="same")(layers.ReLU()(layers.Conv2D(6, 3, strides=2, padding="same")(x)))
    x = layers.Add()([layers.Conv2D(6, 1, strides=2)(x), y])
    blocks = architecture.blocks(keras.Model(image, x))
    assert [block.spans for block in blocks if block.kind == "sum"] == [2, 3]


@pytest.mark.parametrize("recipe", experiments.DEEPER, ids=lambda recipe: recipe.name)
def test_blocks_are_the_volumes_of_the_described_layers(recipe):
    model = models.deeper_cnn(**recipe.arguments)
    blocks = architecture.blocks(model)
    words = {"CONV": "convolution", "MAXPOOL": "pooling", "GLOBAL": "pooling", "ADD": "sum", "DENSE": "dense"}
    described = [words[part.split()[0]] for part in architecture.describe(model) if part.split()[0] in words]
    assert [block.kind for block in blocks] == ["image", *described]
    convolutions = [block.channels for block in blocks if block.kind == "convolution"]
    assert convolutions == [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert blocks[0] == ("image", 32, 3, 0)
    assert blocks[-1] == ("dense", 1, 10, 0)
    assert {block.spans for block in blocks if block.kind == "sum"} <= {1}  # past the second convolution of a pair
    for before, block in itertools.pairwise(blocks[:-1]):
        assert block.side in (before.side, before.side // 2, 1)
        assert block.kind == "pooling" or block.side == before.side
