"""`cnnbook.shapes`: its rules on settings that Hypothesis chooses, what is refused, and that importing it stays cheap.

Keras, the cases of ONNX and the examples in docstrings have test files of their own.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnbook import reference, shapes
from cnnbook.shapes import Layer, ReceptiveField
from fresh_python import modules_after, run

SMALL = st.integers(1, 4)
PADDINGS = st.one_of(
    st.sampled_from(["valid", "same"]), st.integers(0, 4), st.tuples(st.integers(0, 4), st.integers(0, 4))
)
OPTIONS = st.fixed_dictionaries({"stride": SMALL, "padding": PADDINGS, "dilation": SMALL})


def size_or_none(size, n, kernel_size, **options):
    try:
        return size(n, kernel_size, **options)
    except ValueError:
        return None


@given(st.integers(1, 30), st.integers(1, 7), OPTIONS)
def test_a_size_counts_the_windows_that_fit(n, kernel_size, options):
    stride, dilation = options["stride"], options["dilation"]
    before, after = shapes.resolve_padding(options["padding"], n, kernel_size, stride=stride, dilation=dilation)
    cells = range(-before, n + after)
    windows = [range(first, first + kernel_size * dilation, dilation) for first in cells[::stride]]
    windows = [window for window in windows if window[-1] in cells]
    assert size_or_none(shapes.output_size, n, kernel_size, **options) == (len(windows) or None)
    assume(windows)
    assert shapes.seen(n, kernel_size, **options) == [tuple(window) for window in windows]
    not_seen = set(range(n)).difference(*windows)
    assert shapes.unseen(n, kernel_size, **options) == sorted(not_seen)


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


@given(st.integers(1, 12), st.integers(1, 5), OPTIONS)
def test_transposed_sizes_lead_back(n, kernel_size, options):
    candidates = range(1, 80)
    back = [size for size in candidates if size_or_none(shapes.output_size, size, kernel_size, **options) == n]
    size = size_or_none(shapes.transposed_size, n, kernel_size, **options)
    if isinstance(options["padding"], str):
        assert size in back
    else:  # output_padding reaches every size that has n outputs, and no other
        paddings = range(options["stride"])
        sizes = [
            size_or_none(shapes.transposed_size, n, kernel_size, output_padding=cells, **options) for cells in paddings
        ]
        assert [size for size in sizes if size] == back
        assert size == sizes[0]


def test_integers_of_numpy_give_one_of_python():
    size = shapes.output_size(np.int64(7), np.int64(3), stride=np.int64(2))
    assert size == 3
    assert type(size) is int


def test_multiply_adds():
    assert shapes.conv_multiply_adds(3, 3, 32, 32) == 32 * 32 * 32 * 27
    assert shapes.conv_multiply_adds((3, 5), 8, 4, (10, 7), groups=2) == 10 * 7 * 4 * 3 * 5 * 4
    assert shapes.conv_multiply_adds((3,), 3, 2, (5,)) == 5 * 2 * 9
    assert shapes.dense_multiply_adds(8192, 10) == 81_920


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
    x = np.eye(n, dtype=int)[:, :, None]  # a batch in which each sequence has another single cell set
    for kernel_size, stride, dilation, padding in layers:
        ones = np.ones((kernel_size, 1, 1), int)
        x = np.minimum(reference.conv1d(x, ones, stride=stride, padding=padding, dilation=dilation), 1)
    reaches = x[:, :, 0].astype(bool)  # (input cell, output cell)
    outputs = reaches.shape[1]
    assume(outputs)

    field = shapes.receptive_fields(layers, n)[-1]
    inner = 0
    for output in range(outputs):
        first = field.start + output * field.jump
        cells = np.flatnonzero(reaches[:, output])
        assert all(first <= cell < first + field.size for cell in cells)
        # Where neither the field nor the padding of a layer between touches a border, it is reached end to end.
        if len(cells) and first >= 0 and first + field.size <= n:
            assert (cells[0], cells[-1]) == (first, first + field.size - 1)
            inner += 1
    assume(inner)  # only stacks with at least one whole field inside count as tried


def test_receptive_field_of_known_networks():
    assert shapes.receptive_field([Layer(3)] * 3).size == 7  # three 3x3 see as far as one 7x7
    assert shapes.receptive_field([Layer(3, dilation=2**i) for i in range(4)]).size == 31  # doubles, minus one
    # VGG16 up to its last pooling layer: 212, after Araujo, Norris and Sim (2019).
    vgg = [layer for convolutions in (2, 2, 3, 3, 3) for layer in [Layer(3, padding=1)] * convolutions + [Layer(2, 2)]]
    assert shapes.receptive_field(vgg) == ReceptiveField(size=212, jump=32, start=-90)
    assert shapes.receptive_fields([]) == []
    assert shapes.receptive_field([]) == (1, 1, 0)


def test_the_start_of_a_strided_same_layer_depends_on_the_size():
    layers = [Layer(3, stride=2, padding="same")]
    assert shapes.receptive_field(layers, n=8).start == 0
    assert shapes.receptive_field(layers, n=7).start == -1
    with pytest.raises(ValueError, match="give n"):
        shapes.receptive_field(layers)


def test_every_kernel_has_to_fit_where_the_size_is_given():
    assert shapes.receptive_field([Layer(3, 2), Layer(3)]).size == 7
    with pytest.raises(ValueError, match=r"spans 3 cells .* has 2"):
        shapes.receptive_field([Layer(3, 2), Layer(3)], n=6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.output_size(7.0, 3), r"n must be a whole number, at least 1; got 7\.0"),
        (lambda: shapes.output_size("7", 3), "n must be a whole number"),
        (lambda: shapes.output_size(0, 3, padding=5), "n must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 0), "kernel_size must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 3, stride=0), "stride must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 3, stride=-1), "stride must be at least 1; got -1"),
        (lambda: shapes.output_size(7, 3, stride=True), "stride must be a whole number"),
        (lambda: shapes.output_size(7, 3, stride=1.5), "stride must be a whole number"),
        (lambda: shapes.output_size(7, 3, dilation=0), "dilation must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 3, padding=-1), "padding must be at least 0; got -1"),
        (lambda: shapes.output_size(7, 3, padding=(1, -2)), "padding after must be at least 0; got -2"),
        (lambda: shapes.output_size(7, 3, padding=(1, 2, 3)), "got 3 numbers"),
        (lambda: shapes.output_size(7, 3, padding="causal"), "'causal'"),
        (lambda: shapes.output_size(7, 3, padding=None), "padding must be a whole number"),
        (
            lambda: shapes.output_size(4, 3, dilation=2),
            r"spans 5 cells \(kernel_size 3, dilation 2\) .* has 4 \(4 and pad",
        ),
        (lambda: shapes.resolve_padding("valid", 7, 3, stride=0), "stride must be at least 1"),
        (lambda: shapes.conv_parameters((), 3, 32), "kernel_size is empty"),
        (lambda: shapes.conv_parameters((3, 0), 3, 32), r"kernel_size\[1\] must be at least 1"),
        (lambda: shapes.conv_parameters(3, 0, 32), "channels_in must be at least 1"),
        (lambda: shapes.conv_parameters(3, 3, 32, groups=2), "3 input channels and 32 filters .* 2 equal groups"),
        (lambda: shapes.conv_parameters(3, 4, 3, groups=2), "4 input channels and 3 filters .* 2 equal groups"),
        (lambda: shapes.conv_multiply_adds((3,), 3, 32, 32), r"kernel_size has 1 axes .* output has 2"),
        (lambda: shapes.dense_parameters(3, -1), "units must be at least 1; got -1"),
        (lambda: shapes.transposed_size(4, 3, stride=2, output_padding=2), "smaller than the stride 2; got 2"),
        (lambda: shapes.transposed_size(1, 3, padding=2), "no input of -1 cells has 1 outputs"),
        (lambda: shapes.transposed_size(4, 2, padding="same", output_padding=0), "no input of 3 cells has 4 outputs"),
        *[
            (function, r"padding must be .* whole number.*; got array\(\[1, 1\]\)")
            for function in (
                lambda: shapes.output_size(7, 3, padding=np.array([1, 1])),
                lambda: shapes.transposed_size(7, 3, padding=np.array([1, 1])),
                lambda: shapes.receptive_field([Layer(3, stride=2, padding=np.array([1, 1]))]),
            )
        ],
        (lambda: shapes.output_size(7, 3, stride=np.array([1, 1])), r"stride must be .*; got array\(\[1, 1\]\)"),
        (lambda: shapes.conv_parameters(3, 3, 2, bias=np.ones(2)), r"bias must be True or False; got array\(\[1"),
        (lambda: shapes.dense_parameters(3, 2, bias="no"), "bias must be True or False; got 'no'"),
        (lambda: shapes.receptive_field([3]), "layer 0 must be a Layer or a tuple"),
        (lambda: shapes.receptive_field([Layer(3, stride=0)]), "stride must be at least 1"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_importing_shapes_imports_neither_numpy_nor_keras():
    modules = modules_after("import cnnbook.shapes")
    assert "cnnbook.shapes" in modules
    assert not {"numpy", "keras", "tensorflow", "matplotlib"} & modules


def test_importing_the_package_takes_milliseconds():
    code = "import time; start = time.perf_counter(); import cnnbook; print(time.perf_counter() - start)"
    assert min(float(run(code)) for _ in range(3)) < 0.05
