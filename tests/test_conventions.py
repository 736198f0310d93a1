"""`cnnbook.conventions` against what PyTorch computed, and each difference that the page on libraries shows.

PyTorch is not needed: ``conventions/make_pytorch_cases.py`` ran it once and stored sizes, outputs, errors and defaults.
Keras is run here.
"""

import itertools
import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from scipy import signal

from cnnbook import conventions, reference, shapes
from fresh_python import modules_after
from pages import BOOK

STORED = json.loads((Path(__file__).parent / "conventions" / "pytorch_cases.json").read_text("utf-8"))
PAGE = (BOOK / "review" / "libraries.md").read_text("utf-8")
ROW = np.arange(1.0, 9).reshape(1, 8, 1)
PADDED, FOUR = np.pad(ROW, [(0, 0), (1, 1), (0, 0)]), ROW[:, :4]
MIDDLE, TENS, EVEN = [0, 1, 0], [1, 10, 100], [1, 10, 100, 1000]


def size_or_none(size, *args, **options):
    try:
        return size(*args, **options)
    except ValueError:
        return None


def stored_row(name):
    return np.array(STORED["rows"][name])


def along(kernel):
    return np.reshape(kernel, (-1, 1, 1)).astype(float)


def run(layer, x, kernel=None):
    """Return what a Keras layer along one axis gives for a row, as a flat array."""
    if kernel is not None:
        layer.build(x.shape)
        layer.set_weights([along(kernel)])
    return np.ravel(layer(x))


def conv(x, kernel, strides=1, padding="valid", dilation=1):
    layer = layers.Conv1D(1, len(kernel), strides, padding, dilation_rate=dilation, use_bias=False)
    return run(layer, x, kernel)


def transposed(x, kernel, **options):
    return run(layers.Conv1DTranspose(1, len(kernel), 2, use_bias=False, **options), x, kernel)


def channels_last(array):
    array = np.array(array)
    return np.moveaxis(array, 1, -1) if array.ndim > 2 else array


# --- the formulas ----------------------------------------------------------------------------------------------------


SIZES = {
    "conv": conventions.pytorch_conv_size,
    "pool": conventions.pytorch_pool_size,
    "transposed": conventions.pytorch_transposed_size,
}


def stored_sizes(name):
    """Return a list of (options of a call, the size that PyTorch gave or None)."""
    grid = STORED[f"{name} sizes"]
    names, values = grid["options"].keys(), grid["options"].values()
    cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
    return list(zip(cases, itertools.chain(*grid["sizes"]), strict=True))


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_those_of_pytorch(name):
    cases = stored_sizes(name)
    assert len(cases) > 500
    assert 20 < sum(size is None for _, size in cases) < len(cases) / 2
    for options, size in cases:
        assert size_or_none(SIZES[name], **options) == size, options


def test_there_are_as_many_stored_cases_as_the_page_says():
    assert 1_900 < sum(len(stored_sizes(name)) for name in SIZES) < 2_200
    assert "about two thousand sizes" in PAGE
    assert f"PyTorch {STORED['versions']['torch'].split('+')[0]} computed" in PAGE


@given(st.integers(1, 60), st.integers(1, 7), st.integers(1, 5), st.integers(0, 3), st.integers(1, 3))
def test_the_strict_reading_refuses_exactly_what_the_floor_cuts(n, kernel_size, stride, padding, dilation):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    exact = size_or_none(conventions.exact_size, n, kernel_size, **options)
    steps = (n + 2 * padding - dilation * (kernel_size - 1) - 1) / stride
    assert exact == (steps + 1 if steps >= 0 and steps.is_integer() else None)
    if exact is not None:
        assert exact == shapes.output_size(n, kernel_size, **options)


@given(st.integers(1, 9), st.integers(1, 4))
def test_same_without_a_stride_is_one_rule_in_both_libraries(kernel_size, dilation):
    before, after = conventions.pytorch_same_padding(kernel_size, dilation=dilation)
    assert before + after == dilation * (kernel_size - 1)
    assert (before, after) == shapes.same_padding(40, kernel_size, dilation=dilation)
    assert after - before in (0, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conventions.exact_size(8, 3, stride=3), "leave 2 over"),
        (lambda: conventions.exact_size(2, 3), "the kernel spans 3 cells"),
        (lambda: conventions.pytorch_conv_size(8, 3, stride=2, padding="same"), "stride 1 only; got stride 2"),
        (lambda: conventions.pytorch_conv_size(8, 3, padding=(0, 1)), r"one whole number .* got \(0, 1\)"),
        (lambda: conventions.pytorch_conv_size(8, 3, padding="full"), "one whole number .* got 'full'"),
        (
            lambda: conventions.pytorch_conv_size(8, 3, padding=np.array([1, 1])),
            r"padding must be .* got array\(\[1, 1\]\)",
        ),
        (
            lambda: conventions.pytorch_conv_size(8, 3, stride=np.array([1, 1]), padding="same"),
            r"stride must be .* got array\(\[1, 1\]\)",
        ),
        (lambda: conventions.pytorch_conv_size(8, 3, dilation=0), "dilation must be at least 1; got 0"),
        (lambda: conventions.pytorch_pool_size(8, 3, padding="same"), "one whole number .* got 'same'"),
        (lambda: conventions.pytorch_pool_size(8, 3, padding=2), "pad at most half of the window"),
        (lambda: conventions.pytorch_pool_size(8, 3, stride=0, ceil_mode=True), "stride must be at least 1"),
        (lambda: conventions.pytorch_pool_size(2, 3, stride=1, ceil_mode=True), "make the window fit"),
        (lambda: conventions.pytorch_transposed_size(8, 3, stride=2, output_padding=2), "smaller than the stride 2"),
        (lambda: conventions.pytorch_transposed_size(8, 3, output_padding=-1), "at least 0 .* got -1"),
        (lambda: conventions.pytorch_transposed_size(1, 3, padding=2), "1 cells would leave an output of -1"),
        (lambda: conventions.pytorch_transposed_size(1, 3, padding=-1), "padding must be at least 0"),
        (lambda: conventions.conv_from_pytorch(np.zeros((3, 4))), r"three axes or more; got shape \(3, 4\)"),
        (lambda: conventions.conv_to_pytorch(np.zeros(3)), "three axes or more"),
        (lambda: conventions.dense_from_pytorch(np.zeros(3)), r"two axes; got shape \(3,\)"),
        (lambda: conventions.dense_from_pytorch(np.zeros((2, 8)), (2, 2, 3)), r"inputs, 8; got \(2, 2, 3\)"),
        (lambda: conventions.dense_to_pytorch(np.zeros((8, 2)), (4, 2)), r"inputs, 8; got \(4, 2\)"),
    ],
)
def test_what_is_refused_is_refused_with_the_numbers(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_pytorch_refused_what_the_page_says_it_refuses():
    assert "not supported for strided" in STORED["messages"]["same with a stride"]
    assert "dilation should be greater than zero" in STORED["messages"]["dilation 0"]
    assert "output padding must be smaller" in STORED["messages"]["output padding"]
    assert "at most half of kernel size" in STORED["messages"]["pool padding"]


def test_importing_the_module_imports_neither_keras_nor_pytorch():
    modules = modules_after("import cnnbook.conventions")
    assert "cnnbook.conventions" in modules
    assert not {"keras", "tensorflow", "torch"} & modules


# --- each difference -------------------------------------------------------------------------------------------------


# What Keras gives where both agree, by the name of the row that PyTorch computed.
SAME_ROWS = {
    "max pool 3": lambda: run(layers.MaxPooling1D(3), ROW),
    "even kernel, same": lambda: conv(ROW, EVEN, padding="same"),
    "tens": lambda: conv(ROW, TENS),
    "middle, stride 2, padding 1": lambda: conv(PADDED, MIDDLE, strides=2),
    "middle, stride 2, padded (0, 1) by hand": lambda: conv(ROW, MIDDLE, strides=2, padding="same"),
    # Keras refuses a stride with a dilation; a slice replaces the stride.
    "middle, stride 2, dilation 2": lambda: conv(ROW, MIDDLE, dilation=2)[::2],
    "transposed even kernel, stride 2, padding 1": lambda: transposed(FOUR, EVEN, padding="same"),
    "transposed middle, stride 2, padding 1": lambda: transposed(FOUR, MIDDLE, padding="same", output_padding=0),
    "average pool 3, stride 1, padding 1": lambda: run(layers.AveragePooling1D(3, strides=1), PADDED),
    "average pool 3, stride 1, padding 1, not counted": lambda: run(
        layers.AveragePooling1D(3, strides=1, padding="same"), ROW
    ),
    "max pool 3 of the negatives, stride 1, padding 1": lambda: run(
        layers.MaxPooling1D(3, strides=1, padding="same"), -ROW
    ),
}


@pytest.mark.parametrize("name", SAME_ROWS)
def test_where_both_agree(name):
    np.testing.assert_allclose(SAME_ROWS[name](), stored_row(name), rtol=1e-6)


def test_left_over_cells():
    assert stored_row("max pool 3").tolist() == [3, 6]
    assert run(layers.MaxPooling1D(3, padding="same"), ROW).tolist() == [3, 6, 8]
    for n, name in ((8, "max pool 3, ceil"), (7, "max pool 3 of 7 cells, ceil")):
        more = conventions.pytorch_pool_size(n, 3, ceil_mode=True) * 3 - n
        ceil = reference.max_pool2d(ROW[:, None, :n], (1, 3), padding=((0, 0), (0, more)))
        np.testing.assert_array_equal(ceil.ravel(), stored_row(name))
    # On seven cells the windows of "same" stand elsewhere than those of ceil_mode.
    assert run(layers.MaxPooling1D(3, padding="same"), ROW[:, :7]).tolist() == [2, 5, 7]
    assert stored_row("max pool 3 of 7 cells, ceil").tolist() == [3, 6, 7]


def test_same_with_a_stride_reads_other_cells_than_padding_on_both_sides():
    theirs = stored_row("middle, stride 2, padding 1")
    ours = conv(ROW, MIDDLE, strides=2, padding="same")
    np.testing.assert_array_equal(ours, theirs + 1)  # every output comes from one cell further right
    np.testing.assert_array_equal(reference.conv1d(ROW, along(MIDDLE), stride=2, padding=1).ravel(), theirs)


@pytest.mark.parametrize("kernel_size", [3, 5, 7])
def test_odd_kernels_of_stride_2_agree_on_odd_sizes_only(kernel_size):
    """The kernel copies its middle cell, so that each output says where its window stands."""
    middle, half = np.eye(kernel_size)[kernel_size // 2], kernel_size // 2
    for n in range(8, 40):
        row = np.arange(1.0, n + 1).reshape(1, n, 1)
        ours = conv(row, middle, strides=2, padding="same")
        theirs = reference.conv1d(row, along(middle), stride=2, padding=half).ravel()
        assert len(ours) == len(theirs) == conventions.pytorch_conv_size(n, kernel_size, stride=2, padding=half)
        before, after = shapes.same_padding(n, kernel_size, stride=2)
        shift = half - before
        assert (shift, after - before) == ((0, 0) if n % 2 else (1, 1))
        np.testing.assert_array_equal(ours, theirs + shift)


def test_shifts_add_up_behind_strided_layers():
    starts = [shapes.receptive_field([(3, 2, 1, padding)] * 3, n=32).start for padding in ("same", 1)]
    assert starts == [0, -7]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dilation_rate": 0}, "dilation_rate=0"),
        ({"strides": 2, "dilation_rate": 2}, "not supported in conjunction"),
    ],
)
def test_what_keras_refuses_too(options, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv1D(1, 3, **options)


def test_layers_do_not_flip_and_scipy_convolve_does():
    ours = conv(ROW, TENS)
    np.testing.assert_array_equal(ours, signal.correlate(ROW.ravel(), TENS, mode="valid"))
    for convolve in (signal.convolve, np.convolve):
        flipped = convolve(ROW.ravel(), TENS, mode="valid")
        assert (flipped[0], ours[0]) == (123, 321)
        np.testing.assert_array_equal(flipped, conv(ROW, TENS[::-1]))


def test_transposed_same_stands_one_cell_further_right_than_padding_1():
    ours = transposed(FOUR, MIDDLE, padding="same")
    theirs = stored_row("transposed middle, stride 2, padding 1, output padding 1")
    assert len(ours) == len(theirs) == 8
    np.testing.assert_array_equal(ours[1:], theirs[:-1])
    assert not np.array_equal(ours, theirs)
    again = reference.conv2d_transpose(
        FOUR[:, None], np.reshape(MIDDLE, (1, 3, 1, 1)), stride=(1, 2), padding=(0, 1), output_padding=(0, 1)
    )
    np.testing.assert_array_equal(again.ravel(), theirs)
    # An output padding of 1 in Keras changes nothing here.
    np.testing.assert_array_equal(transposed(FOUR, MIDDLE, padding="same", output_padding=1), ours)


def test_transposed_sizes_of_keras_are_other_promises():
    for n, kernel_size, stride in itertools.product(range(1, 9), range(1, 6), range(1, 5)):
        valid, same = (
            layers.Conv1DTranspose(1, kernel_size, stride, padding).compute_output_shape((1, n, 1))[1]
            for padding in ("valid", "same")
        )
        assert same == n * stride
        assert valid == max(conventions.pytorch_transposed_size(n, kernel_size, stride=stride), same)


def test_padded_cells_in_pools():
    counted, left_out = (stored_row(f"average pool 3, stride 1, padding 1{end}")[0] for end in ("", ", not counted"))
    assert (counted, left_out) == (1, 1.5)
    by_hand = run(layers.MaxPooling1D(3, strides=1), -PADDED)  # the zeros win
    assert (by_hand[0], stored_row("max pool 3 of the negatives, stride 1, padding 1")[0]) == (0, -1)


# --- weights ---------------------------------------------------------------------------------------------------------


LAYERS = {
    "conv": (reference.conv2d, {"stride": (2, 1), "padding": (1, 0)}),
    "grouped": (reference.conv2d, {"groups": 2}),
    "transposed": (reference.conv2d_transpose, {"stride": 2, "padding": 1, "output_padding": (1, 0)}),
}


def stored_layer(name):
    """Return the input, the weights, the bias and the output of a layer of PyTorch, images with channels last."""
    case = {key: np.array(value) for key, value in STORED["layers"][name].items()}
    return channels_last(case["x"]), case["weight"], case["bias"], channels_last(case["output"])


@pytest.mark.parametrize("name", LAYERS)
def test_converted_convolutions_give_what_pytorch_gave(name):
    compute, options = LAYERS[name]
    x, weight, bias, output = stored_layer(name)
    kernel = conventions.conv_from_pytorch(weight)
    np.testing.assert_array_equal(compute(x, kernel, bias, **options), output)
    np.testing.assert_array_equal(conventions.conv_to_pytorch(kernel), weight)


def test_converted_depthwise_and_dense_layers_give_what_pytorch_gave():
    x, weight, bias, output = stored_layer("depthwise")
    layer = layers.DepthwiseConv2D(3, depth_multiplier=2)
    layer.build((None, 7, 6, 4))
    assert weight.shape == (4 * 2, 1, 3, 3)
    layer.set_weights([conventions.conv_from_pytorch(weight).reshape(3, 3, 4, 2), bias])
    np.testing.assert_array_equal(layer(x), output)

    x, weight, bias, output = stored_layer("linear")
    np.testing.assert_array_equal(x @ conventions.dense_from_pytorch(weight) + bias, output)


def port_network(flattened):
    """The stored network of PyTorch in Keras: its scores, and those that PyTorch computed."""
    state = {name: np.array(value) for name, value in STORED["network"]["state"].items()}
    network = keras.Sequential(
        [
            keras.Input((4, 6, 3)),
            layers.Conv2D(4, 3, padding="same"),
            layers.BatchNormalization(epsilon=conventions.PYTORCH_DEFAULTS["batch norm, epsilon"]),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )
    network.set_weights(
        [
            conventions.conv_from_pytorch(state["0.weight"]),
            state["0.bias"],
            *(state[f"1.{name}"] for name in ("weight", "bias", "running_mean", "running_var")),
            conventions.dense_from_pytorch(state["5.weight"], flattened),
            state["5.bias"],
        ]
    )
    return np.asarray(network(channels_last(STORED["network"]["x"]))), np.array(STORED["network"]["output"])


def test_a_ported_network_gives_the_scores_of_pytorch():
    ours, theirs = port_network((2, 3, 4))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_weights_behind_a_flatten_that_are_only_transposed_give_others_in_silence():
    ours, theirs = port_network(None)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() > 0.1


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_dense_weights_follow_the_flattened_cells(height, width, channels, units):
    maps = np.random.default_rng(0).integers(-4, 5, (2, height, width, channels))
    weight = np.arange(units * height * width * channels).reshape(units, -1)
    kernel = conventions.dense_from_pytorch(weight, (height, width, channels))
    np.testing.assert_array_equal(maps.reshape(2, -1) @ kernel, np.moveaxis(maps, -1, 1).reshape(2, -1) @ weight.T)
    np.testing.assert_array_equal(conventions.dense_to_pytorch(kernel, (height, width, channels)), weight)
    np.testing.assert_array_equal(conventions.dense_to_pytorch(weight.T), weight)


# --- defaults --------------------------------------------------------------------------------------------------------


KERAS_DEFAULTS = {
    "batch norm, epsilon": layers.BatchNormalization().epsilon,
    "batch norm, momentum": layers.BatchNormalization().momentum,
    "layer norm, epsilon": layers.LayerNormalization().epsilon,
    "leaky ReLU, slope": layers.LeakyReLU().negative_slope,
    "Adam, epsilon": keras.optimizers.Adam().epsilon,
    "RMSprop, decay": keras.optimizers.RMSprop().rho,
}


def test_the_table_of_the_page_holds_the_defaults_of_both_and_all_differ():
    theirs = conventions.PYTORCH_DEFAULTS
    assert STORED["defaults"]["values"] == theirs
    table = re.sub(r"\$10\^\{(-\d)\}\$", r"1e\1", PAGE)
    rows = re.findall(r"^\| ([^|]+) \| ([0-9.e-]+) \| ([0-9.e-]+) \|", table, re.M)
    on_page = {name: (float(ours), float(pytorch)) for name, ours, pytorch in rows}
    assert on_page == {name: (KERAS_DEFAULTS[name], theirs[name]) for name in KERAS_DEFAULTS}
    assert all(KERAS_DEFAULTS[name] != theirs[name] for name in theirs)


def test_running_averages_of_both():
    batch = np.array([[0.0], [2.0]], "float32")
    norm = layers.BatchNormalization()
    norm(batch, training=True)
    keep, new = norm.momentum, conventions.PYTORCH_DEFAULTS["batch norm, momentum"]
    np.testing.assert_allclose(np.ravel(norm.moving_mean), (1 - keep) * 1, rtol=1e-5)
    np.testing.assert_allclose(np.ravel(norm.moving_variance), keep * 1 + (1 - keep) * batch.var(), rtol=1e-5)
    stored = STORED["defaults"]["running mean and variance after a batch of 0 and 2"]
    np.testing.assert_allclose(stored, [new * 1, (1 - new) * 1 + new * batch.var(ddof=1)], rtol=1e-6)
    assert batch.var(ddof=1) == 2 * batch.var()


def test_first_weights_of_both_stay_below_their_bounds_and_come_close():
    keras.utils.set_random_seed(0)
    layer = layers.Conv2D(64, 3)
    layer.build((None, 8, 8, 64))
    kernel, bias = layer.get_weights()
    bound = np.sqrt(6 / (576 + 576))
    assert 0.99 * bound < np.abs(kernel).max() <= bound
    assert not bias.any()
    bound = 1 / np.sqrt(576)
    for weight, bias in STORED["defaults"]["largest of many weights and biases"].values():
        assert 0.99 * bound < weight <= bound
        assert 0.5 * bound < bias <= bound
