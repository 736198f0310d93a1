"""`cnnbook.shapes` and `cnnbook.reference` against Keras, over grids of settings.

Most cases call ``keras.ops``, which builds no layer and so takes a millisecond; a few real layers come at the end.
Integer-valued inputs in float32 make sums exact, so that results must be equal, not merely close.
"""

import itertools

import keras
import numpy as np
import pytest

from cnnbook import reference, shapes


def whole_numbers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype("float32")


def test_conv1d_over_the_grid():
    checked = 0
    for n, kernel_size, stride, padding, dilation in itertools.product(
        (1, 4, 7, 8), (1, 2, 3, 4, 5), (1, 2, 3), ("valid", "same", 1, (0, 2)), (1, 2, 3)
    ):
        before, after = shapes.resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
        if (stride > 1 and dilation > 1) or n + before + after < shapes.kernel_span(kernel_size, dilation):
            continue  # Keras refuses a stride with a dilation, and empty outputs
        x, kernel = whole_numbers(2, n, 3), whole_numbers(kernel_size, 3, 4, seed=1)
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        result = reference.conv1d(x, kernel, **options)
        if not isinstance(padding, str):  # Keras knows no number: the zeros are put around `x` first
            x, padding = np.pad(x, [(0, 0), (before, after), (0, 0)]), "valid"
        expected = np.asarray(keras.ops.conv(x, kernel, stride, padding, "channels_last", dilation))
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, expected, err_msg=f"n={n}, kernel_size={kernel_size}, {options}")
        checked += 1
    assert checked > 250


def test_depthwise_convolution_is_one_group_for_each_channel():
    x, kernel = whole_numbers(2, 8, 7, 5), whole_numbers(3, 3, 5, 2, seed=1)
    for stride, padding in itertools.product((1, 2), ("valid", "same")):
        expected = np.asarray(keras.ops.depthwise_conv(x, kernel, stride, padding))
        result = reference.conv2d(x, kernel.reshape(3, 3, 1, 10), stride=stride, padding=padding, groups=5)
        np.testing.assert_array_equal(result, expected)


def test_conv2d_transpose_over_the_grid():
    """Without a dilation, which some machines' TensorFlow lacks; the adjoint holds it everywhere."""
    checked = 0
    for kernel_size, stride, padding, output_padding in itertools.product(
        (1, 2, 3, 4), (1, 2, 3), ("valid", "same"), (None, 0, 1)
    ):
        if (output_padding or 0) >= stride:
            continue  # Keras refuses
        if padding == "same" and output_padding is not None and not 1 <= kernel_size % 2 + output_padding <= stride:
            continue  # TensorFlow refuses: no input of that size has as many outputs
        x, kernel = whole_numbers(2, 4, 5, 3), whole_numbers(kernel_size, kernel_size, 2, 3, seed=1)
        options = {"padding": padding, "output_padding": output_padding}
        result = reference.conv2d_transpose(x, kernel, stride=stride, **options)
        expected = np.asarray(keras.ops.conv_transpose(x, kernel, stride, **options, data_format="channels_last"))
        np.testing.assert_array_equal(
            result, expected, err_msg=f"kernel_size {kernel_size}, stride {stride}, {options}"
        )
        checked += 1
    assert checked > 40


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
        ("Conv1D", {"kernel_size": 3, "groups": 3, "dilation_rate": 2}, {"groups": 3, "dilation": 2}),
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


def test_parameters_of_dense_layers_and_of_three_axes():
    dense, volume = keras.layers.Dense(10), keras.layers.Conv3D(2, (2, 3, 4), use_bias=False)
    dense.build((None, 3072))
    volume.build((None, 9, 9, 9, 3))
    assert dense.count_params() == shapes.dense_parameters(3072, 10)
    assert volume.count_params() == shapes.conv_parameters((2, 3, 4), 3, 2, bias=False)
