"""Counts and fields of models that students build, on a few hundred drawn ones: right, or refused in a sentence.

The oracles share nothing with `cnnbook.architecture`: what Keras' layers multiply when the model runs, the operations
that TensorFlow's profiler counts, and the input cells that move a cell of the output.
"""

import math

import keras
import numpy as np
import pytest
from keras import layers

from cnnbook import architecture, models

KINDS = {
    "conv": [layers.Conv1D, layers.Conv2D, layers.Conv3D],
    "depthwise": [layers.DepthwiseConv1D, layers.DepthwiseConv2D, None],
    "separable": [layers.SeparableConv1D, layers.SeparableConv2D, None],
    "transposed": [layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose],
    "pool": [layers.AveragePooling1D, layers.AveragePooling2D, layers.AveragePooling3D],
    "mean": [layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D, layers.GlobalAveragePooling3D],
}
SIDES = {1: 40, 2: 24, 3: 14}
FILTERS = 2


class Draw:
    """A model drawn from a seed: a stack of layers and blocks along one, two or three axes."""

    def __init__(self, seed, *, axes=None, transposed=False, profiled=False, poked=False):
        self.generator = np.random.default_rng(seed)
        self.axes = axes or int(self.generator.choice([1, 1, 2, 2, 2, 2, 3]))
        self.transposed = transposed
        self.grouped = not (profiled or poked)  # Keras compiles each convolution with groups anew
        self.dilated = not profiled

    def pick(self, *values):
        return values[self.generator.integers(len(values))]

    def kind(self, name):
        return KINDS[name][self.axes - 1]

    def sliding(self, *, keep=False):
        """A layer that slides a kernel or a window; with `keep` one that keeps size and channels."""
        name = "conv" if keep else self.pick("conv", "conv", "depthwise", "separable", "pool", "transposed")
        if self.kind(name) is None or (name == "transposed" and not self.transposed):
            name = "conv"
        size, padding = self.pick(1, 2, 3), "same" if keep else self.pick("valid", "same")
        stride, dilation = (1, self.pick(1, 2)) if keep or self.pick(True, False) else (2, 1)
        if name == "pool":
            return self.kind(name)(self.pick(2, 3), stride, padding)
        options = {"strides": stride, "padding": padding, "use_bias": self.pick(True, False)}
        if name == "transposed":
            return self.kind(name)(FILTERS, size, **options)
        # The profiler counts nothing for groups, and too much where TensorFlow pads a map to split it for a dilation.
        options["dilation_rate"] = dilation if self.dilated else 1
        if name == "depthwise":
            return self.kind(name)(size, depth_multiplier=1, **options)
        if name == "separable":
            return self.kind(name)(FILTERS, size, depth_multiplier=self.pick(1, 2), **options)
        if self.axes == 1 and padding == "same" and self.pick(True, False):
            options["padding"] = "causal"
        return self.kind(name)(FILTERS, size, groups=self.pick(1, 2) if self.grouped else 1, **options)

    def plain(self):
        return self.pick(
            layers.Dense(FILTERS), layers.ReLU(), layers.BatchNormalization(), layers.Activation("relu"), self.sliding()
        )

    def block(self, x):
        """Send `x` through the next piece of the model."""
        name = self.pick("plain", "plain", "twice", "branches", "residual", "sum", "sequential", "model", "models")
        if name == "plain":
            return self.plain()(x)
        if name == "twice":
            layer = self.sliding(keep=True)
            return layer(layer(x))
        if name == "branches":  # one layer, called at the same depth of both branches
            layer = self.sliding(keep=True)
            return layers.Concatenate()([layer(x), layer(layers.ReLU()(x))])
        if name in ("residual", "sum"):
            y = self.sliding(keep=True)(x)
            y = self.sliding(keep=True)(y)
            x = layers.Dense(FILTERS)(x)
            return layers.Add()([x, y]) if name == "residual" else x + y
        if name == "sequential":
            return keras.Sequential([self.sliding(), keras.Sequential([self.plain(), layers.ReLU()])])(x)
        # A model that is defined for any size, and called once or twice on the size at hand.
        inner = keras.Input((None,) * self.axes + (x.shape[-1],))
        hidden = self.sliding(keep=True)(inner)
        block = keras.Model(inner, self.kind("conv")(x.shape[-1], 3, padding="same")(hidden))
        return block(block(x)) if name == "models" else block(x)

    def channels(self, x):
        """Bring the channels back to a number that two groups divide."""
        return x if x.shape[-1] == FILTERS else layers.Dense(FILTERS)(x)

    def map(self):
        image = keras.Input((SIDES[self.axes],) * self.axes + (FILTERS,))
        x = image
        for _ in range(self.generator.integers(1, 6)):
            if x.shape[1] < 7:
                break
            x = self.channels(self.block(x))
        return keras.Model(image, x)

    def network(self):
        body = self.map()
        x = body.outputs[0]
        x = layers.Flatten()(x) if self.pick(True, False) else self.kind("mean")()(x)
        return keras.Model(body.inputs[0], layers.Dense(3)(layers.Dense(4)(x)))


def weighed(model, monkeypatch):
    """What the layers of a model multiply when it runs on one image: the size of each kernel times its places."""
    products = []
    call = keras.Layer.__call__

    def counted(layer, x, *args, **kwargs):
        y = call(layer, x, *args, **kwargs)
        kernels = [weight.shape for weight in layer._trainable_variables if "kernel" in weight.name]
        places = x if "Transpose" in type(layer).__name__ else y
        first = getattr(layer, "data_format", None) == "channels_first" and not isinstance(layer, layers.Dense)
        places = math.prod(places.shape[2:] if first else places.shape[1:-1])
        products.extend(math.prod(kernel) * places for kernel in kernels)
        return y

    images = [np.zeros((1, *tensor.shape[1:]), "float32") for tensor in model.inputs]
    with monkeypatch.context() as patch:
        patch.setattr(keras.Layer, "__call__", counted)
        model(images[0] if len(images) == 1 else images)
    return sum(products)


@pytest.mark.parametrize("seed", range(100))
def test_multiply_adds_are_what_the_kernels_of_keras_weigh(seed, monkeypatch):
    model = Draw(seed, transposed=True).network()
    expected = weighed(model, monkeypatch)
    assert expected > 0
    assert architecture.multiply_adds(model) == expected


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the profiler is TensorFlow's")
@pytest.mark.parametrize("seed", range(200, 240))
def test_multiply_adds_are_half_of_the_operations_that_the_profiler_counts(seed):
    import tensorflow as tf

    model = Draw(seed, axes=2, profiled=True).network()
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((1, *model.inputs[0].shape[1:]))).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
    options["account_type_regexes"] = ["Conv2D", "DepthwiseConv2dNative", "MatMul"]
    assert tf.compat.v1.profiler.profile(graph, options=options).total_float_ops == 2 * architecture.multiply_adds(
        model
    )


def reached(model):
    """Whether an output cell moves with an input cell, (input place, output place) along the first axis.

    One place after the other is set to 1 in an image of zeros. The weights are positive, so that nothing cancels and no
    ReLU is silent, and there is nothing to add: what no input reaches stays exactly 0.
    """
    for weight in model.weights:
        adds = any(name in weight.path for name in ("bias", "beta", "moving_mean"))
        weight.assign(np.full(weight.shape, 0 if adds else 0.5))
    n = model.inputs[0].shape[1]
    x = np.zeros((n, *model.inputs[0].shape[1:]), "float32")
    x[range(n), range(n)] = 1
    y = np.asarray(model(x))
    return (y > 0).any(axis=tuple(range(2, y.ndim)))


@pytest.mark.parametrize("seed", range(400, 480))
def test_receptive_fields_are_the_input_cells_that_move_a_cell(seed):
    model = Draw(seed, poked=True).map()
    size, jump, start = list(architecture.receptive_fields(model).values())[-1]
    n, inner = model.inputs[0].shape[1], 0
    for place, moves in enumerate(reached(model).T):
        cells, first = np.flatnonzero(moves), start + place * jump
        assert all(first <= cell < first + size for cell in cells)
        if first >= 0 and first + size <= n:  # no padding comes into it
            assert (cells[0], cells[-1]) == (first, first + size - 1)
            inner += 1
    assert inner or size > 0.5 * n


def three_by_three(**options):
    return layers.Conv2D(3, 3, padding="same", **options)


def called_twice():
    image, layer = keras.Input((16, 16, 3)), three_by_three(name="shared")
    return keras.Model(image, layer(layer(image)))


def test_a_layer_that_is_called_twice_counts_twice_and_sees_twice_as_far():
    model = called_twice()
    assert architecture.multiply_adds(model) == 2 * 16 * 16 * 81 == 41_472
    assert architecture.receptive_fields(model) == {"shared": (5, 1, -2)}
    with pytest.raises(ValueError, match=r"'shared' is called in 2 places.*use multiply_adds with the whole model"):
        architecture.layer_multiply_adds(model.get_layer("shared"))


def test_one_layer_on_two_outputs_of_one_model_is_called_in_two_places():
    image = keras.Input((16, 16, 3))
    block = keras.Model(image, [three_by_three()(image), layers.MaxPooling2D(2)(image)])
    head = three_by_three(name="head")
    model = keras.Model(image, [head(output) for output in block(image)])
    assert architecture.multiply_adds(model) == (2 * 16 * 16 + 8 * 8) * 81
    with pytest.raises(ValueError, match="'head' is called in 2 places"):
        architecture.layer_multiply_adds(head)


@pytest.mark.parametrize(
    ("built_from", "call"),
    [
        (list, lambda inner, x, y: inner([y, x])),
        (list, lambda inner, x, y: inner({"a": x, "b": y})),
        (list, lambda inner, x, y: inner({"b": y, "a": x, "c": x})),
        (list, lambda inner, x, y: inner(inputs={"a": x, "b": y})),
        (lambda tensors: dict(zip("ba", tensors, strict=True)), lambda inner, x, y: inner({"a": x, "b": y})),
    ],
    ids=range(5),
)
def test_the_inputs_of_a_model_inside_are_those_that_keras_gives_it(built_from, call):
    a, b = keras.Input((8, 8, 3), name="a"), keras.Input((16, 16, 3), name="b")
    paths = [layers.Conv2D(2, 3, name="of_b")(b), layers.Conv2D(5, 5, name="of_a")(a)]
    inner = keras.Model(built_from([b, a]), paths, name="inner")
    x, y = keras.Input((8, 8, 3)), keras.Input((16, 16, 3))
    model = keras.Model([x, y], call(inner, x, y))
    products = 14 * 14 * 2 * 27 + 4 * 4 * 5 * 75
    assert architecture.multiply_adds(model) == architecture.layer_multiply_adds(inner) == products == 16_584
    sizes = {name: field.size for name, field in architecture.receptive_fields(model).items()}
    assert sizes == {"inner/of_b": 3, "inner/of_a": 5}


def test_calls_of_another_model_do_not_count():
    """The layers of a network are often called again, as the base of the next one."""
    base = models.simple_cnn()
    image = x = keras.Input((16, 16, 3))
    for layer in base.layers[:-2]:
        x = layer(x)
    assert architecture.multiply_adds(keras.Model(image, x)) == 16 * 16 * 32 * 27
    assert architecture.multiply_adds(base) == 966_656


def test_a_sequential_that_grows_layer_by_layer_calls_each_layer_once():
    model = keras.Sequential([keras.Input((8, 8, 3))])
    for _ in range(3):
        model.add(three_by_three())
    assert [architecture.layer_multiply_adds(layer) for layer in model.layers] == [8 * 8 * 81] * 3
    assert architecture.multiply_adds(model) == 3 * 8 * 8 * 81


@pytest.mark.parametrize(
    ("shape", "units", "products"), [((8, 8, 64), 10, 40_960), ((12, 16), 10, 1_920), ((3, 4, 5, 6), 7, 2_520)]
)
def test_a_dense_layer_on_a_map_is_a_1x1_convolution(shape, units, products):
    model = keras.Sequential([keras.Input(shape), layers.Dense(units, name="dense")])
    assert architecture.multiply_adds(model) == architecture.layer_multiply_adds(model.layers[0]) == products
    if len(set(shape[:-1])) == 1:
        assert architecture.receptive_fields(model) == {"dense": (1, 1, 0)}


@pytest.mark.parametrize("shape", [(3, 32, 32), (3, 3, 32), (32, 32, 32)])
def test_channels_first_counts_and_has_no_fields(shape):
    first = {"data_format": "channels_first"}
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(16, 3, padding="same", name="conv", **first),
            layers.SeparableConv2D(4, 3, padding="same", **first),
            layers.MaxPooling2D(2, padding="same", **first),
            layers.Conv2DTranspose(2, 2, strides=2, **first),
            layers.Flatten(**first),
            layers.Dense(10),
        ]
    )
    height, width = shape[1:]
    half = -(-height // 2) * -(-width // 2)
    expected = height * width * (shape[0] * 16 * 9 + 16 * 9 + 16 * 4) + half * (4 * 2 * 4 + 4 * 2 * 10)
    assert architecture.multiply_adds(model) == expected
    with pytest.raises(ValueError, match=r"'conv' takes its channels first .*channels_last"):
        architecture.receptive_fields(model)


def test_channels_first_as_the_issue_has_it():
    layer = layers.Conv2D(16, 3, padding="same", data_format="channels_first")
    assert architecture.multiply_adds(keras.Sequential([keras.Input((3, 32, 32)), layer])) == 442_368


def test_fields_along_one_and_three_axes():
    row = keras.Sequential(
        [keras.Input((32, 4)), *(layers.Conv1D(4, 3, name="a"), layers.AveragePooling1D(2), layers.Conv1D(4, 3))]
    )
    assert [field.size for field in architecture.receptive_fields(row).values()] == [3, 4, 8]
    volume = keras.Sequential([keras.Input((9, 9, 9, 1)), layers.Conv3D(2, 3), layers.MaxPooling3D(2)])
    assert [field.size for field in architecture.receptive_fields(volume).values()] == [3, 4]


def test_maximum_pooling_has_the_fields_of_average_pooling():
    fields = []
    for pool in (layers.MaxPooling2D, layers.AveragePooling2D):
        stack = [keras.Input((15, 15, 3)), three_by_three(), pool(3, 2, "same"), layers.Conv2D(1, 3)]
        fields.append(list(architecture.receptive_fields(keras.Sequential(stack)).values()))
    assert fields[0] == fields[1]


def test_layers_of_a_model_inside_are_named_by_their_path():
    block = keras.Sequential([three_by_three(name="conv"), layers.MaxPooling2D(2, name="pool")], name="block")
    model = keras.Sequential([keras.Input((16, 16, 3)), block, three_by_three(name="conv")])
    sizes = {name: field.size for name, field in architecture.receptive_fields(model).items()}
    assert sizes == {"block/conv": 3, "block/pool": 4, "block": 4, "conv": 8}
    assert architecture.layer_multiply_adds(block) == 16 * 16 * 81


def test_several_inputs_count_together_and_see_apart(monkeypatch):
    left, right = keras.Input((16, 16, 3), name="left"), keras.Input((8, 8, 3), name="right")
    layer = three_by_three(name="shared")
    a, b = layers.Flatten()(layer(left)), layers.Flatten()(layer(right))
    numbers = keras.Input((5,), name="numbers")
    model = keras.Model([left, right, numbers], layers.Dense(2)(layers.Concatenate()([a, b, numbers])))
    assert architecture.multiply_adds(model) == weighed(model, monkeypatch)
    assert architecture.receptive_fields(model) == {"shared": (3, 1, -1)}


def refused(name):
    """Models that have no answer, each as what Keras lets a student build."""
    image = keras.Input((16, 16, 3), name="image")
    if name == "open":
        return keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 3, 2, "same", name="conv")])
    if name == "no input":
        return keras.Sequential([layers.Conv2D(2, 3)], name="stack")
    if name == "class":

        class Network(keras.Model):
            pass

        return Network()
    if name == "inputs":
        second = keras.Input((16, 16, 3), name="second")
        return keras.Model([image, second], layers.Add(name="sum")([image, second]))
    if name == "strides":
        paths = [three_by_three(strides=2)(image), layers.Conv2D(3, 9)(image)]
        return keras.Model(image, layers.Add(name="sum")(paths))
    if name == "branches":
        layer = three_by_three(name="shared")
        return keras.Model(image, [layer(image), layer(layers.AveragePooling2D(2)(image))])
    if name == "broadcast":
        mean = layers.AveragePooling2D(16)(image)
        return keras.Model(image, layers.Add(name="sum")([image, layers.Conv2D(3, 1)(mean)]))
    if name == "vector beside":
        second = layers.Dense(3)(keras.Input((5,), name="second"))
        return keras.Model([image, second._keras_history[0].input], layers.Add(name="sum")([image, second]))
    if name == "half open":
        return keras.Sequential([keras.Input((None, 16, 3)), layers.Conv2D(2, 3, name="conv")])
    if name == "own call":

        class Twice(keras.Sequential):
            def call(self, x, **options):
                return super().call(super().call(x))

        return keras.Sequential([keras.Input((16, 16, 3)), Twice([three_by_three()], name="own")])
    if name == "vector":
        return keras.Sequential([keras.Input((10,)), layers.Dense(3)])
    operations = {
        "shuffle": lambda: layers.Permute((2, 1, 3), name="turned")(image),
        "reshape": lambda: layers.Reshape((8, 32, 3), name="turned")(image),
        "reshaped batch": lambda: keras.ops.reshape(image, (-1, 48)),
        "transposed": lambda: layers.Conv2DTranspose(2, 3, name="up")(image),
        "matmul": lambda: keras.ops.matmul(image, np.ones((3, 4), "float32")),
        "batch": lambda: layers.Concatenate(axis=0, name="joined")([image, image]),
        "own": lambda: type("Own", (layers.Conv2D,), {})(2, 3, name="own")(image),
    }
    return keras.Model(image, operations[name]())


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("open", "both", r"'conv' works on a size that is left open .* give keras\.Input a whole shape"),
        ("no input", "both", r"'stack' does not know the size of its input; begin it with keras\.Input"),
        ("class", "both", r"expected a keras\.Sequential or a keras\.Model\(inputs, outputs\); got <Network"),
        ("inputs", "fields", r"'sum' paths from different inputs meet \(image, second\).*a model of its own"),
        ("vector beside", "fields", r"'sum' paths from different inputs meet \(image, second\)"),
        ("half open", "both", r"'conv' (works on a size that is left open|treats height and width differently)"),
        ("own call", "both", r"the layer 'own' is a Twice, which cnnbook\.architecture does not know"),
        ("strides", "fields", r"'sum' paths from different strides meet \(1, 2\)"),
        ("broadcast", "fields", r"'sum' paths from different"),
        ("branches", "fields", r"'shared' is called in several places.*give each place a layer of its own"),
        ("vector", "fields", r"has no height and width"),
        ("shuffle", "fields", r"'turned' is a Permute that gives cells another place"),
        ("reshape", "fields", r"'turned' is a Reshape that gives cells another place"),
        ("transposed", "fields", r"'up' is a Conv2DTranspose, whose cells see parts of different sizes"),
        (
            "reshaped batch",
            "counts",
            r"the operation 'reshape.*' is a Reshape, which cnnbook\.architecture does not know",
        ),
        ("matmul", "both", r"the operation 'matmul.*' is a Matmul, which .* count by hand with cnnbook\.shapes"),
        ("batch", "counts", r"'joined' joins or chooses whole images \(axis 0\)"),
        ("own", "both", r"the layer 'own' is a Own, which cnnbook\.architecture does not know"),
    ],
)
def test_what_has_no_answer_is_refused(name, function, message):
    functions = {"counts": architecture.multiply_adds, "fields": architecture.receptive_fields}
    for kind, compute in functions.items():
        if function in (kind, "both"):
            with pytest.raises(ValueError, match=message):
                compute(refused(name))


def test_a_layer_outside_of_any_model_is_refused():
    with pytest.raises(ValueError, match="'alone' does not know the size of its input; put it into a model first"):
        architecture.layer_multiply_adds(layers.Dense(3, name="alone"))
    assert architecture.layer_multiply_adds(keras.Model(*[keras.Input((3,))] * 2).layers[0]) == 0
