"""`cnnbook.shapes` and `cnnbook.reference` against Keras, over grids of settings.

Most cases call ``keras.ops``, which builds no layer and so takes a millisecond; a few real layers come at the end.
Integer-valued inputs in float32 make sums exact, so that results must be equal, not merely close.
"""

import itertools

import keras
import numpy as np
import pytest

from cnnbook import reference, shapes

PADDINGS = ("valid", "same", 1, (0, 2))


def whole_numbers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype("float32")


def keras_conv(x, kernel, *, stride, padding, dilation):
    """Convolve in Keras; it knows "valid" and "same", for pairs of numbers the zeros are put around `x` first."""
    if not isinstance(padding, str):
        x, padding = np.pad(x, [(0, 0), *padding, (0, 0)]), "valid"
    return np.asarray(keras.ops.conv(x, kernel, stride, padding, "channels_last", dilation))


def keras_conv_transpose(x, kernel, *, stride, dilation, **options):
    """Return what Keras computes, or None where the machine's kernels of TensorFlow cannot: dilated, without oneDNN."""
    options |= {"data_format": "channels_last", "dilation_rate": dilation}
    try:
        return np.asarray(keras.ops.conv_transpose(x, kernel, stride, **options))
    except Exception as error:
        if dilation > 1 and "do not yet support dilation rates larger than 1" in str(error):
            return None
        raise


def settings(sizes, kernel_sizes, strides=(1, 2, 3), dilations=(1, 2, 3)):
    """Every legal combination along one axis: Keras refuses a stride with a dilation, and empty outputs."""
    for n, size, stride, padding, dilation in itertools.product(sizes, kernel_sizes, strides, PADDINGS, dilations):
        added = {"valid": 0, "same": size * dilation, 1: 2, (0, 2): 2}[padding]
        if (stride == 1 or dilation == 1) and n + added >= dilation * (size - 1) + 1:
            yield n, size, stride, padding, dilation


def test_conv1d_over_the_grid():
    cases = list(settings(sizes=(1, 4, 7, 8), kernel_sizes=(1, 2, 3, 4, 5)))
    assert len(cases) > 250
    for n, kernel_size, stride, padding, dilation in cases:
        x, kernel = whole_numbers(2, n, 3), whole_numbers(kernel_size, 3, 4, seed=1)
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        resolved = padding if isinstance(padding, str) else [shapes.resolve_padding(padding, n, kernel_size)]
        expected = keras_conv(x, kernel, stride=stride, padding=resolved, dilation=dilation)
        result = reference.conv1d(x, kernel, **options)
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, expected, err_msg=f"n={n}, kernel={kernel_size}, {options}")
        assert shapes.output_size(n, kernel_size, **options) == expected.shape[1], (n, kernel_size, options)


def test_conv2d_over_the_grid():
    """Height and width have different settings, so that a swap of the axes shows."""
    rows = list(settings(sizes=(5, 8), kernel_sizes=(1, 2, 3), strides=(1, 2), dilations=(1, 2)))
    columns = list(settings(sizes=(4, 7), kernel_sizes=(2, 3, 5), strides=(1, 3), dilations=(1, 2)))
    generator, checked = np.random.default_rng(2), 0
    for (h, kernel_h, stride_h, padding_h, dilation_h), (w, kernel_w, stride_w, padding_w, dilation_w) in zip(
        [rows[i] for i in generator.integers(len(rows), size=1000)],
        [columns[i] for i in generator.integers(len(columns), size=1000)],
        strict=True,
    ):
        stride, dilation = (stride_h, stride_w), (dilation_h, dilation_w)
        if (max(stride) > 1 and max(dilation) > 1) or isinstance(padding_h, str) != isinstance(padding_w, str):
            continue  # Keras has neither
        if isinstance(padding_h, str):
            if padding_h != padding_w:
                continue
            padding = padding_h
        else:
            padding = (shapes.resolve_padding(padding_h, h, kernel_h), shapes.resolve_padding(padding_w, w, kernel_w))
        x, kernel = whole_numbers(2, h, w, 3), whole_numbers(kernel_h, kernel_w, 3, 2, seed=1)
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        expected = keras_conv(x, kernel, **options)
        np.testing.assert_array_equal(reference.conv2d(x, kernel, **options), expected, err_msg=f"{x.shape} {options}")
        assert expected.shape[1:3] == (
            shapes.output_size(h, kernel_h, stride=stride_h, padding=padding_h, dilation=dilation_h),
            shapes.output_size(w, kernel_w, stride=stride_w, padding=padding_w, dilation=dilation_w),
        )
        checked += 1
    assert checked > 200


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_groups(groups):
    """Few, for on a CPU Keras compiles each grouped convolution with XLA."""
    for options in ({"stride": 1, "padding": "same"}, {"stride": 2, "padding": "valid"}):
        x, kernel = whole_numbers(2, 7, 6, 6), whole_numbers(3, 2, 6 // groups, 12, seed=1)
        expected = keras_conv(x, kernel, dilation=1, **options)
        np.testing.assert_array_equal(reference.conv2d(x, kernel, groups=groups, **options), expected)
    x, kernel = whole_numbers(2, 9, 6), whole_numbers(3, 6 // groups, 6, seed=1)
    expected = keras_conv(x, kernel, stride=1, padding="same", dilation=2)
    np.testing.assert_array_equal(reference.conv1d(x, kernel, groups=groups, padding="same", dilation=2), expected)


def test_depthwise_convolution_is_one_group_for_each_channel():
    x, kernel = whole_numbers(2, 8, 7, 5), whole_numbers(3, 3, 5, 2, seed=1)
    for stride, padding in itertools.product((1, 2), ("valid", "same")):
        expected = np.asarray(keras.ops.depthwise_conv(x, kernel, stride, padding))
        result = reference.conv2d(x, kernel.reshape(3, 3, 1, 10), stride=stride, padding=padding, groups=5)
        np.testing.assert_array_equal(result, expected)


def test_conv2d_transpose_over_the_grid():
    checked = {1: 0, 2: 0}
    for kernel_size, stride, padding, dilation, output_padding in itertools.product(
        (1, 2, 3, 4), (1, 2, 3), ("valid", "same"), (1, 2), (None, 0, 1)
    ):
        span = shapes.kernel_span(kernel_size, dilation)
        if (stride > 1 and dilation > 1) or (output_padding or 0) >= stride:
            continue  # Keras refuses both
        if padding == "same" and output_padding is not None and not 1 <= span % 2 + output_padding <= stride:
            continue  # TensorFlow refuses: no input of that size has as many outputs
        x, kernel = whole_numbers(2, 4, 5, 3), whole_numbers(kernel_size, kernel_size, 2, 3, seed=1)
        options = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
        result = reference.conv2d_transpose(x, kernel, **options)
        assert result.shape[1:3] == tuple(shapes.transposed_size(n, kernel_size, **options) for n in (4, 5))
        expected = keras_conv_transpose(x, kernel, **options)
        if expected is not None:
            np.testing.assert_array_equal(result, expected, err_msg=f"kernel_size {kernel_size}, {options}")
            checked[dilation] += 1
    assert checked[1] > 40
    assert checked[2] in (0, 16)  # all or none: the properties and the adjoint hold the dilated ones everywhere


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(reference.max_pool2d, keras.ops.max_pool), (reference.average_pool2d, keras.ops.average_pool)],
    ids=["max", "average"],
)
def test_pooling_over_the_grid(ours, theirs):
    for size, stride, padding, (h, w) in itertools.product(
        (1, 2, 3, (2, 3)), (None, 1, 2, (3, 2)), ("valid", "same"), ((6, 6), (5, 7), (3, 4))
    ):
        x = whole_numbers(2, h, w, 3) - 10  # all negative: a zero from the padding would win, or shift the mean
        expected = np.asarray(theirs(x, size, stride, padding, "channels_last"))
        result = ours(x, size, stride=stride, padding=padding)
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, expected, rtol=1e-6, err_msg=f"{(h, w)} {size} {stride} {padding}")
        pairs = [option if isinstance(option, tuple) else (option,) * 2 for option in (size, stride or size)]
        assert expected.shape[1:3] == tuple(
            shapes.output_size(n, k, stride=s, padding=padding) for n, k, s in zip((h, w), *pairs, strict=True)
        )


def test_relu_and_softmax():
    x = whole_numbers(5, 10) * 3
    np.testing.assert_array_equal(reference.relu(x), np.asarray(keras.ops.relu(x)))
    np.testing.assert_allclose(reference.softmax(x), np.asarray(keras.ops.softmax(x)), rtol=1e-5)
    np.testing.assert_allclose(reference.softmax(x, axis=0), np.asarray(keras.ops.softmax(x, axis=0)), rtol=1e-5)


def test_sizes_that_layers_predict_over_a_large_grid():
    """Keras predicts a layer's shape without an array, so thousands of cases take a second."""
    checked = 0
    for kernel_size, stride, dilation, padding in itertools.product(
        range(1, 9), range(1, 5), range(1, 4), ("valid", "same")
    ):  # fmt: skip
        if stride > 1 and dilation > 1:
            continue
        options = {"padding": padding, "stride": stride}
        layers = {
            keras.layers.Conv1D(1, kernel_size, stride, padding, dilation_rate=dilation): shapes.output_size,
            keras.layers.Conv1DTranspose(1, kernel_size, stride, padding, dilation_rate=dilation): (
                shapes.transposed_size
            ),
        }
        if dilation == 1:
            layers[keras.layers.MaxPooling1D(kernel_size, stride, padding)] = shapes.output_size
        for (layer, size), n in itertools.product(layers.items(), range(1, 40)):
            if size is shapes.output_size and padding == "valid" and n < shapes.kernel_span(kernel_size, dilation):
                continue
            expected = layer.compute_output_shape((1, n, 1))[1]
            case = (layer.name, n, kernel_size, dilation, options)
            assert size(n, kernel_size, dilation=dilation, **options) == expected, case
            checked += 1
    assert checked > 8_000


@pytest.mark.parametrize(
    ("kind", "arguments", "options"),
    [
        ("Conv1D", {"kernel_size": 4, "strides": 3, "padding": "same"}, {"stride": 3, "padding": "same"}),
        ("Conv2D", {"kernel_size": 3, "padding": "same"}, {"padding": "same"}),
        ("Conv2D", {"kernel_size": (2, 5), "strides": (2, 1)}, {"stride": (2, 1)}),
        ("Conv2D", {"kernel_size": 3, "dilation_rate": (2, 1), "use_bias": False}, {"dilation": (2, 1)}),
        ("Conv2D", {"kernel_size": 3, "groups": 3}, {"groups": 3}),
        ("Conv2DTranspose", {"kernel_size": (2, 3), "strides": (2, 3)}, {"stride": (2, 3)}),
    ],
)
def test_layers(kind, arguments, options):
    convolve = {"Conv1D": reference.conv1d, "Conv2D": reference.conv2d, "Conv2DTranspose": reference.conv2d_transpose}
    layer = getattr(keras.layers, kind)(filters=6, **arguments)
    x = whole_numbers(2, *(9, 8)[: len(layer.kernel_size)], 3)
    layer.build(x.shape)
    layer.set_weights([whole_numbers(*weight.shape, seed=seed) for seed, weight in enumerate(layer.get_weights())])
    np.testing.assert_array_equal(convolve[kind](x, *layer.get_weights(), **options), np.asarray(layer(x)))
    parameters = shapes.conv_parameters(
        layer.kernel_size, 3, layer.filters, bias=layer.use_bias, groups=options.get("groups", 1)
    )
    assert layer.count_params() == parameters


def test_zero_padding_layer_and_explicit_padding():
    x, kernel, bias = whole_numbers(2, 5, 6, 3), whole_numbers(3, 3, 3, 4, seed=1), whole_numbers(4, seed=2)
    padding = ((1, 0), (2, 3))
    layer = keras.layers.Conv2D(4, 3, strides=2)
    model = keras.Sequential([keras.Input((5, 6, 3)), keras.layers.ZeroPadding2D(padding), layer])
    layer.set_weights([kernel, bias])
    np.testing.assert_array_equal(reference.conv2d(x, kernel, bias, stride=2, padding=padding), np.asarray(model(x)))


def test_parameters_of_dense_layers_and_of_three_axes():
    dense, volume = keras.layers.Dense(10), keras.layers.Conv3D(2, (2, 3, 4), use_bias=False)
    dense.build((None, 3072))
    volume.build((None, 9, 9, 9, 3))
    assert dense.count_params() == shapes.dense_parameters(3072, 10)
    assert volume.count_params() == shapes.conv_parameters((2, 3, 4), 3, 2, bias=False)
