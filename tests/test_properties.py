"""Rules that hold for every setting, tried on settings that Hypothesis chooses and shrinks."""

import itertools
import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnbook import reference, shapes
from cnnbook.shapes import Layer

# Two busy cores make single examples slow now and then; a deadline would only make the tests flaky.
settings.register_profile("book", deadline=None, max_examples=150, derandomize=True)
settings.load_profile("book")

SMALL = st.integers(1, 4)
PADDINGS = st.one_of(
    st.sampled_from(["valid", "same"]), st.integers(0, 4), st.tuples(st.integers(0, 4), st.integers(0, 4))
)
ONE_AXIS = st.fixed_dictionaries({"stride": SMALL, "padding": PADDINGS, "dilation": SMALL})


@st.composite
def images(draw, channels):
    """Whole numbers, so that sums are exact and equalities mean equality."""
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 9), st.integers(1, 9)))
    return np.random.default_rng(draw(st.integers(0, 99))).integers(-9, 10, (*shape, channels))


@st.composite
def kernels(draw, channels, filters):
    shape = draw(st.tuples(SMALL, SMALL))
    return np.random.default_rng(draw(st.integers(100, 199))).integers(-9, 10, (*shape, channels, filters))


def fits(n, kernel_size, options):
    before, after = shapes.resolve_padding(options["padding"], n, kernel_size, **without(options, "padding"))
    return n + before + after >= shapes.kernel_span(kernel_size, options["dilation"])


def leaves_something(n, kernel_size, options):
    """Whether a transposed convolution has any output left once explicit padding is cut off."""
    if isinstance(options["padding"], str):
        return True
    whole = (n - 1) * options["stride"] + shapes.kernel_span(kernel_size, options["dilation"])
    return whole > sum(shapes.resolve_padding(options["padding"], n, kernel_size))


def without(options, name):
    return {key: value for key, value in options.items() if key != name}


def padding_of_both_axes(x, kernel, options):
    """Write the padding of both axes out, for in two dimensions a pair alone means (height, width)."""
    rest = without(options, "padding")
    return tuple(
        shapes.resolve_padding(options["padding"], n, k, **rest)
        for n, k in zip(x.shape[1:3], kernel.shape[:2], strict=True)
    )


@given(st.integers(1, 30), st.integers(1, 7), ONE_AXIS)
def test_the_size_formula_counts_positions(n, kernel_size, options):
    assume(fits(n, kernel_size, options))
    before, after = shapes.resolve_padding(options["padding"], n, kernel_size, **without(options, "padding"))
    cells = range(-before, n + after)
    last = (kernel_size - 1) * options["dilation"]
    positions = [first for first in cells[:: options["stride"]] if first + last in cells]
    assert shapes.output_size(n, kernel_size, **options) == len(positions)
    assert [taps[0] for taps in shapes.seen(n, kernel_size, **options)] == positions


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4))
def test_same_padding_gives_one_output_for_each_stride_begun_with_as_few_zeros_as_possible(
    n, kernel_size, stride, dilation
):
    before, after = shapes.same_padding(n, kernel_size, stride=stride, dilation=dilation)
    options = {"stride": stride, "dilation": dilation}
    assert shapes.output_size(n, kernel_size, padding=(before, after), **options) == math.ceil(n / stride)
    assert after - before in (0, 1)
    span = shapes.kernel_span(kernel_size, dilation)
    if after and n + before + after > span:
        assert shapes.output_size(n, kernel_size, padding=(before, after - 1), **options) < math.ceil(n / stride)


@given(st.integers(1, 20), st.integers(1, 5), st.integers(1, 5))
def test_stride_1_keeps_the_size_if_and_only_if_twice_the_padding_is_the_kernel_less_one(n, kernel_size, padding):
    assume(n + 2 * padding >= kernel_size)
    assert (shapes.output_size(n, kernel_size, padding=padding) == n) == (2 * padding == kernel_size - 1)


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), PADDINGS, st.integers(1, 3))
def test_transposed_sizes_lead_back(n, kernel_size, stride, padding, dilation):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    assume(leaves_something(n, kernel_size, options))
    size = shapes.transposed_size(n, kernel_size, **options)
    assert shapes.output_size(size, kernel_size, **options) == n
    if padding not in ("valid", "same"):
        sizes = [shapes.transposed_size(n, kernel_size, output_padding=cells, **options) for cells in range(stride)]
        candidates = range(1, size + 3 * stride)
        back = [
            m
            for m in candidates
            if fits(m, kernel_size, options) and shapes.output_size(m, kernel_size, **options) == n
        ]
        assert sizes == back  # output_padding reaches every size that has n outputs, and no other


@given(images(channels=4), kernels(channels=2, filters=6), ONE_AXIS, st.integers(-5, 5))
def test_convolution_is_linear_in_the_input_and_in_the_kernel(x, kernel, options, factor):
    options = options | {"padding": padding_of_both_axes(x, kernel, options), "groups": 2}
    z = np.roll(x, 1, axis=2) - 3
    np.testing.assert_array_equal(
        reference.conv2d(x + factor * z, kernel, **options),
        reference.conv2d(x, kernel, **options) + factor * reference.conv2d(z, kernel, **options),
    )
    np.testing.assert_array_equal(
        reference.conv2d(x, kernel + factor * kernel[::-1], **options),
        reference.conv2d(x, kernel, **options) + factor * reference.conv2d(x, kernel[::-1], **options),
    )


@given(images(channels=3), st.integers(1, 5))
def test_a_1x1_kernel_is_a_matrix_product(x, filters):
    matrix = np.arange(3 * filters).reshape(3, filters) - 4
    np.testing.assert_array_equal(reference.conv2d(x, matrix[None, None]), x @ matrix)


@given(images(channels=3), ONE_AXIS)
def test_a_kernel_with_a_single_one_shifts_the_image(x, options):
    kernel = np.zeros((3, 3, 3, 3), int)
    kernel[1, 1] = np.eye(3)
    y = reference.conv2d(x, kernel, padding=options["dilation"], dilation=options["dilation"])
    np.testing.assert_array_equal(y, x)


@given(images(channels=2), kernels(channels=2, filters=3), SMALL, SMALL, st.integers(0, 4), SMALL)
def test_a_stride_takes_every_so_manieth_output(x, kernel, stride_h, stride_w, padding, dilation):
    options = {"padding": padding, "dilation": dilation}
    every = reference.conv2d(x, kernel, **options)
    strided = reference.conv2d(x, kernel, stride=(stride_h, stride_w), **options)
    np.testing.assert_array_equal(strided, every[:, ::stride_h, ::stride_w])


@given(images(channels=2), kernels(channels=2, filters=3), ONE_AXIS)
def test_a_dilated_kernel_is_a_kernel_with_zeros_between(x, kernel, options):
    padding, dilation = padding_of_both_axes(x, kernel, options), options["dilation"]
    spread = np.zeros((*(shapes.kernel_span(k, dilation) for k in kernel.shape[:2]), *kernel.shape[2:]), int)
    spread[::dilation, ::dilation] = kernel
    np.testing.assert_array_equal(
        reference.conv2d(x, kernel, **options | {"padding": padding}),
        reference.conv2d(x, spread, stride=options["stride"], padding=padding),
    )


@given(images(channels=3), kernels(channels=2, filters=3), ONE_AXIS, st.data())
def test_the_transposed_convolution_is_the_adjoint(x, kernel, options, data):
    """The sum of conv(y) * x equals the sum of y * conv_transpose(x), for the y of every size that is possible."""
    assume(all(leaves_something(n, k, options) for n, k in zip(x.shape[1:3], kernel.shape[:2], strict=True)))
    explicit = not isinstance(options["padding"], str)
    output_padding = data.draw(st.integers(0, options["stride"] - 1)) if explicit else None
    options = options | {"padding": (options["padding"],) * 2}
    back = reference.conv2d_transpose(x, kernel, output_padding=output_padding, **options)
    y = np.random.default_rng(7).integers(-9, 10, back.shape)
    forth = reference.conv2d(y, kernel, **options)
    assert forth.shape == x.shape
    assert (forth * x).sum() == (y * back).sum()


@given(images(channels=2), st.integers(1, 4), ONE_AXIS)
def test_pooling_means_what_its_name_says(x, kernel_size, options):
    paddings = [
        shapes.resolve_padding(
            options["padding"], n, kernel_size, stride=options["stride"], dilation=options["dilation"]
        )
        for n in x.shape[1:3]
    ]
    options = options | {"padding": tuple(paddings)}
    axes = [(n, options | {"padding": padding}) for n, padding in zip(x.shape[1:3], paddings, strict=True)]
    assume(all(fits(n, kernel_size, along) for n, along in axes))
    rows, columns = (
        [[cell for cell in taps if 0 <= cell < n] for taps in shapes.seen(n, kernel_size, **along)] for n, along in axes
    )
    assume(all(rows) and all(columns))
    largest, mean = reference.max_pool2d(x, kernel_size, **options), reference.average_pool2d(x, kernel_size, **options)
    assert largest.shape == mean.shape == (x.shape[0], len(rows), len(columns), 2)
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        window = x[:, row][:, :, column]
        np.testing.assert_array_equal(largest[:, i, j], window.max(axis=(1, 2)))
        np.testing.assert_allclose(mean[:, i, j], window.mean(axis=(1, 2)))


LAYERS = st.lists(
    st.builds(
        Layer,
        kernel_size=st.integers(1, 3),
        stride=st.integers(1, 3),
        dilation=st.integers(1, 2),
        padding=st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 2)),
    ),
    min_size=1,
    max_size=4,
)


@given(LAYERS, st.integers(20, 60))
def test_the_receptive_field_is_what_a_changed_input_cell_reaches(layers, n):
    """Change one input cell at a time and note which outputs change: no formula, only convolutions of ones."""
    size = n
    for layer in layers:
        assume(fits(size, layer.kernel_size, without(layer._asdict(), "kernel_size")))
        size = shapes.output_size(size, **layer._asdict())

    x = np.eye(n, dtype=int)[:, :, None]  # a batch in which each sequence has another single cell set
    for layer in layers:
        options = without(layer._asdict(), "kernel_size")
        x = np.minimum(reference.conv1d(x, np.ones((layer.kernel_size, 1, 1), int), **options), 1)
    reaches = x[:, :, 0].astype(bool)  # (input cell, output cell)

    field = shapes.receptive_fields(layers, n)[-1]
    assert reaches.shape[1] == size
    inner = 0
    for output in range(size):
        first = field.start + output * field.jump
        cells = np.flatnonzero(reaches[:, output])
        assert all(first <= cell < first + field.size for cell in cells)
        # Where neither the field nor the padding of a layer between touches a border, it is reached end to end.
        if len(cells) and first >= 0 and first + field.size <= n:
            assert (cells[0], cells[-1]) == (first, first + field.size - 1)
            inner += 1
    assume(inner)  # only stacks with at least one whole field inside count as tried
