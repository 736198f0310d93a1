"""`cnnbook.reference`: against loops, and what it does with odd input. The other oracles have files of their own."""

import itertools

import numpy as np
import pytest

from cnnbook import reference


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def loops(x, kernel, bias, stride, padding, dilation, groups):
    """Convolution as its definition reads, cell by cell; a cell outside of `x` counts as zero."""
    batch, height, width, _ = x.shape
    kernel_h, kernel_w, channels, filters = kernel.shape
    (top, bottom), (left, right) = padding
    rows = range(-top, height + bottom - dilation * (kernel_h - 1), stride)
    columns = range(-left, width + right - dilation * (kernel_w - 1), stride)
    y = np.zeros((batch, len(rows), len(columns), filters), int)
    for image, (i, row), (j, column), f in itertools.product(
        range(batch), enumerate(rows), enumerate(columns), range(filters)
    ):
        first = f // (filters // groups) * channels
        for u, v, c in np.ndindex(kernel_h, kernel_w, channels):
            cell = (row + u * dilation, column + v * dilation)
            if 0 <= cell[0] < height and 0 <= cell[1] < width:
                y[image, i, j, f] += x[image, *cell, first + c] * kernel[u, v, c, f]
        y[image, i, j, f] += bias[f]
    return y


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_conv2d_and_products_against_loops_with_a_stride_and_a_dilation_at_once(groups):
    """Keras refuses this combination, so the definition itself has to be the oracle."""
    x, kernel, bias = numbers(2, 11, 8, 4), numbers(3, 2, 4 // groups, 4, seed=1), numbers(4, seed=2)
    options = {"stride": 2, "padding": ((2, 1), (0, 3)), "dilation": 3, "groups": groups}
    expected = loops(x, kernel, bias, **options)
    assert expected.size > 100
    np.testing.assert_array_equal(reference.conv2d(x, kernel, bias, **options), expected)
    for row, column, f in np.ndindex(expected.shape[1:]):
        products = reference.products(x[1], kernel, row, column, f, **options)
        assert products.shape == kernel.shape[:3]
        assert products.sum() + bias[f] == expected[1, row, column, f]


def test_pairs_mean_height_then_width():
    x, kernel = numbers(1, 9, 9, 2), numbers(3, 3, 2, 1, seed=1)
    assert reference.conv2d(x, kernel, stride=(2, 1)).shape == (1, 4, 7, 1)
    assert reference.conv2d(x, kernel, dilation=(1, 3)).shape == (1, 7, 3, 1)
    assert reference.conv2d(x, kernel, padding=(0, 2)).shape == (1, 7, 11, 1)
    np.testing.assert_array_equal(
        reference.conv2d(x, kernel, padding=(1, 2)), reference.conv2d(x, kernel, padding=((1, 1), (2, 2)))
    )
    assert reference.conv1d(x[:, 0], kernel[0], padding=(0, 2)).shape == (1, 9, 1)  # along one axis: before, after


def test_a_kernel_that_does_not_fit_gives_an_empty_output():
    kernel = numbers(5, 3, 2, 6)
    y = reference.conv2d(numbers(2, 4, 7, 2), kernel, np.arange(6))
    assert y.shape == (2, 0, 5, 6)
    assert reference.conv2d(numbers(2, 4, 1, 2), kernel).shape == (2, 0, 0, 6)
    assert reference.conv2d(numbers(2, 4, 7, 2), kernel, stride=3, dilation=2).shape == (2, 0, 1, 6)
    assert reference.conv1d(numbers(1, 2, 3), numbers(3, 3, 4)).shape == (1, 0, 4)
    assert reference.conv1d(numbers(1, 0, 3), numbers(3, 3, 4)).shape == (1, 0, 4)  # behind an empty output, empty
    assert reference.max_pool2d(numbers(1, 1, 4, 3)).shape == (1, 0, 2, 3)
    assert reference.average_pool2d(numbers(1, 4, 1, 3)).shape == (1, 2, 0, 3)
    assert reference.conv2d(numbers(0, 4, 7, 2), numbers(3, 3, 2, 6)).shape == (0, 2, 5, 6)  # no images


def test_data_types():
    image, kernel = np.full((1, 2, 2, 1), 255, np.uint8), np.full((2, 2, 1, 1), 100, np.uint8)
    y = reference.conv2d(image, kernel)
    assert y.dtype == np.int64
    assert y.item() == 4 * 255 * 100  # would not fit into 8 or 16 bits
    assert reference.conv2d(image, kernel, np.array([0.5])).item() == 4 * 255 * 100 + 0.5
    assert reference.conv2d(image > 0, kernel > 0).item() == 4
    assert reference.conv2d_transpose(image, kernel).dtype == np.int64
    assert reference.products(image[0], kernel, 0, 0).tolist() == [[[25500], [25500]], [[25500], [25500]]]
    single = image.astype("float32")
    assert reference.conv2d(single, kernel.astype("float32")).dtype == np.float32
    assert reference.conv2d(single, kernel.astype("float32"), np.zeros(1)).dtype == np.float64
    assert reference.max_pool2d(image).dtype == np.uint8
    assert reference.max_pool2d(single).dtype == np.float32
    assert reference.average_pool2d(image).dtype == np.float64
    assert reference.average_pool2d(image).item() == 255
    assert reference.relu(image).dtype == np.uint8
    assert reference.relu(np.array([-1.5, np.nan, 2.0], "float32")).dtype == np.float32


def test_the_input_is_left_as_it_was():
    x, kernel, bias = numbers(1, 4, 4, 2), numbers(2, 2, 2, 3, seed=1), numbers(3, seed=2)
    copies = x.copy(), kernel.copy(), bias.copy()
    reference.conv2d(x, kernel, bias, padding="same")
    reference.max_pool2d(x, padding="same", stride=1)
    reference.conv2d_transpose(x, kernel[:, :, :1].repeat(2, axis=3)[:, :, :, :2], stride=2)
    for array, copy in zip((x, kernel, bias), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_padding_never_wins_a_maximum():
    assert reference.max_pool2d(np.full((1, 3, 3, 1), -7), 3, stride=1, padding=1).max() == -7
    assert reference.max_pool2d(np.full((1, 3, 3, 1), -7.0), 3, stride=1, padding="same").max() == -7
    assert reference.max_pool2d(np.zeros((1, 3, 3, 1), bool), 3, stride=1, padding="same").sum() == 0


def test_pooling_sees_dilated_windows():
    x = np.arange(25).reshape(1, 5, 5, 1)
    np.testing.assert_array_equal(reference.max_pool2d(x, 2, stride=1, dilation=3)[0, ..., 0], [[18, 19], [23, 24]])
    np.testing.assert_array_equal(reference.average_pool2d(x, 2, stride=1, dilation=3)[0, ..., 0], [[9, 10], [14, 15]])


def test_relu_and_softmax():
    assert reference.relu(np.array([-2.0, -0.0, 0.5])).tolist() == [0, 0, 0.5]
    assert np.isnan(reference.relu(np.array([np.nan])))
    np.testing.assert_allclose(reference.softmax(np.log([[1.0, 3.0]])), [[0.25, 0.75]])
    np.testing.assert_allclose(reference.softmax(np.array([[0, 1000], [-1000, 0]])), [[0, 1], [0, 1]])
    scores = np.array([1, 3], np.uint8)  # 1 - 3 is 254 in eight bits
    np.testing.assert_allclose(reference.softmax(scores), reference.softmax(scores.astype(float)))
    np.testing.assert_allclose(reference.softmax(np.eye(3), axis=0).sum(axis=0), 1)


X, KERNEL = np.ones((2, 5, 6, 4)), np.ones((3, 3, 4, 8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reference.conv2d(X[0], KERNEL), r"x must have 4 axes \(batch, .*\); got 3, shape \(5, 6, 4\)"),
        (lambda: reference.conv1d(X, KERNEL), r"x must have 3 axes \(batch, steps, channels\); got 4"),
        (lambda: reference.conv2d(X, KERNEL[0]), r"kernel must have 4 axes \(kernel_h, kernel_w, .*\); got 3"),
        (lambda: reference.conv2d(X, KERNEL[:, :, :3]), r"has 4 channels but the kernel .* with groups 1 is for 3"),
        (lambda: reference.conv2d(X, KERNEL, groups=2), "with groups 2 is for 8"),
        (lambda: reference.conv2d(X, KERNEL, groups=3), "4 input channels and 8 filters .* 3 equal groups"),
        (lambda: reference.conv2d(X, KERNEL, groups=0), "groups must be at least 1"),
        (lambda: reference.conv2d(X, KERNEL, np.ones(4)), "has 8 filters but there are 4 biases"),
        (lambda: reference.conv2d(X, KERNEL, 1), r"bias must have 1 axes \(filters,\)"),
        (lambda: reference.conv2d(X, KERNEL[:0]), "the kernel is empty"),
        (lambda: reference.conv2d(X, KERNEL, stride=0), "stride must be at least 1; got 0"),
        (
            lambda: reference.conv2d(X, KERNEL, stride=(1, 2, 3)),
            r"stride must be one .* for each of 2; got \(1, 2, 3\)",
        ),
        (lambda: reference.conv2d(X, KERNEL, padding="full"), "'full'"),
        (lambda: reference.conv2d(X, KERNEL, padding=-1), "padding must be at least 0; got -1"),
        (lambda: reference.conv2d(X, KERNEL, dilation=0.5), "dilation must be a whole number"),
        (lambda: reference.conv2d(np.full((1, 3, 3, 4), "a"), KERNEL), "x must hold numbers; got data type <U1"),
        (lambda: reference.conv2d_transpose(X, KERNEL), r"has 4 channels but the kernel .* is for 8"),
        (lambda: reference.conv2d_transpose(X, KERNEL.swapaxes(2, 3), np.ones(4)), "8 filters but there are 4 biases"),
        (lambda: reference.conv2d_transpose(X, KERNEL.swapaxes(2, 3), output_padding=1), "smaller than the stride 1"),
        (lambda: reference.max_pool2d(X[0]), r"x must have 4 axes"),
        (lambda: reference.max_pool2d(X, 0), "kernel_size must be at least 1"),
        (lambda: reference.max_pool2d(X, 2, padding=2), "see padding only"),
        (lambda: reference.average_pool2d(X, 2, padding=2), "see padding only"),
        (lambda: reference.products(X, KERNEL, 0, 0), r"x must have 3 axes \(height, width, channels\)"),
        (lambda: reference.products(X[0], KERNEL, 3, 0), "3 rows, 4 columns and 8 filters.*; got row 3, column 0"),
        (lambda: reference.products(X[0], KERNEL, 0, -1), "got row 0, column -1"),
        (lambda: reference.products(X[0], KERNEL, 0, 0, 8), "filter 8"),
    ],
)
def test_bad_input_is_refused_with_the_shapes(call, message):
    with pytest.raises(ValueError, match=message):
        call()
