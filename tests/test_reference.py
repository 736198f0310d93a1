"""`cnnbook.reference` against definitions, and what it does with odd input. Keras and ONNX have files of their own.

Everything is made of whole numbers, so that sums are exact and equalities mean equality.
"""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from cnnbook import reference, shapes


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape)


SMALL = st.integers(1, 4)
CELLS = st.integers(0, 3)
# One option for both axes, one for height and width each, and for padding also (before, after) for each.
PER_AXIS = st.one_of(SMALL, st.tuples(SMALL, SMALL))
PADDINGS = st.one_of(
    st.sampled_from(["valid", "same"]),
    *(CELLS, st.tuples(CELLS, CELLS), st.tuples(st.tuples(CELLS, CELLS), st.tuples(CELLS, CELLS))),
)
OPTIONS = st.fixed_dictionaries({"stride": PER_AXIS, "padding": PADDINGS, "dilation": PER_AXIS})
IMAGES = st.builds(numbers, st.integers(1, 2), st.integers(1, 7), st.integers(1, 7), st.just(4))
KERNEL_SIZES = st.tuples(SMALL, SMALL)


def windows(cells, kernel_size, options):
    """The cells that each window reads, for each axis; some may lie outside of the image."""
    options = {name: option if isinstance(option, tuple) else (option, option) for name, option in options.items()}
    for axis in (0, 1):
        along = {name: pair[axis] for name, pair in options.items()}
        try:
            yield shapes.seen(cells[axis], kernel_size[axis], **along)
        except ValueError:  # the kernel does not fit
            yield []


def convolution(x, kernel, bias, groups, options):
    """Convolution as its definition reads, window by window; a cell outside of `x` counts as zero."""
    height, width, channels_in = x.shape[1:]
    kernel_h, kernel_w, channels, filters = kernel.shape
    of_all_channels = np.zeros((kernel_h, kernel_w, channels_in, filters), int)
    for f in range(filters):
        first = f // (filters // groups) * channels
        of_all_channels[:, :, first : first + channels, f] = kernel[..., f]
    rows, columns = windows((height, width), (kernel_h, kernel_w), options)
    y = np.zeros((len(x), len(rows), len(columns), filters), int) + bias
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        for (u, r), (v, c) in itertools.product(enumerate(row), enumerate(column)):
            if 0 <= r < height and 0 <= c < width:
                y[:, i, j] += x[:, r, c] @ of_all_channels[u, v]
    return y


@given(IMAGES, KERNEL_SIZES, OPTIONS, st.sampled_from([1, 2, 4]), st.data())
def test_convolution_and_its_single_products_follow_the_definition(x, kernel_size, options, groups, data):
    kernel, bias = numbers(*kernel_size, 4 // groups, 4, seed=1), numbers(4, seed=2)
    expected = convolution(x, kernel, bias, groups, options)
    np.testing.assert_array_equal(reference.conv2d(x, kernel, bias, groups=groups, **options), expected)
    assume(expected.size)
    row, column, f = (data.draw(st.integers(0, size - 1)) for size in expected.shape[1:])
    products = reference.products(x[0], kernel, row, column, f, groups=groups, **options)
    assert products.shape == kernel.shape[:3]
    assert products.sum() + bias[f] == expected[0, row, column, f]


@given(IMAGES, KERNEL_SIZES, OPTIONS, st.data())
def test_the_transposed_convolution_is_the_adjoint(x, kernel_size, options, data):
    """The sum of conv(y) * x equals the sum of y * conv_transpose(x), for the y of every size that is possible."""
    kernel = numbers(*kernel_size, 3, 4, seed=1)
    output_padding = data.draw(st.one_of(st.none(), st.integers(0, np.min(options["stride"]) - 1)))
    try:
        back = reference.conv2d_transpose(x, kernel, output_padding=output_padding, **options)
    except ValueError:  # no input has that size; the tests of `shapes` say which
        reject()
    y = numbers(*back.shape, seed=7)
    forth = reference.conv2d(y, kernel, **options)
    assert forth.shape == x.shape
    assert (forth * x).sum() == (y * back).sum()


@given(IMAGES, KERNEL_SIZES, OPTIONS)
def test_pooling_means_what_its_name_says(x, kernel_size, options):
    """Cells of padding take no part, neither in a maximum of negative numbers nor in a mean."""
    x = x - 10
    rows, columns = windows(x.shape[1:3], kernel_size, options)
    rows, columns = (
        [[cell for cell in window if 0 <= cell < n] for window in axis]
        for axis, n in zip((rows, columns), x.shape[1:3], strict=True)
    )
    assume(all(rows) and all(columns))
    largest, mean = reference.max_pool2d(x, kernel_size, **options), reference.average_pool2d(x, kernel_size, **options)
    assert largest.shape == mean.shape == (len(x), len(rows), len(columns), 4)
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        window = x[:, row][:, :, column]
        np.testing.assert_array_equal(largest[:, i, j], window.max(axis=(1, 2)))
        np.testing.assert_allclose(mean[:, i, j], window.mean(axis=(1, 2)))


@pytest.mark.parametrize("value", [-7.0, False])
def test_padding_wins_no_maximum_of_other_data_types(value):
    assert reference.max_pool2d(np.full((1, 3, 3, 1), value), 3, stride=1, padding="same").max() == value


def test_no_images_and_no_cells_give_empty_outputs():
    assert reference.conv1d(numbers(1, 2, 3), numbers(3, 3, 4)).shape == (1, 0, 4)
    assert reference.conv1d(numbers(1, 0, 3), numbers(3, 3, 4)).shape == (1, 0, 4)  # behind an empty output, empty
    assert reference.conv2d(numbers(0, 4, 7, 2), numbers(3, 3, 2, 6)).shape == (0, 2, 5, 6)


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
        (lambda: reference.conv2d(np.full((1, 3, 3, 4), "a"), KERNEL), "x must hold real numbers; got data type <U1"),
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
