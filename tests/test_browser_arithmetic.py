"""The browser's arithmetic, ``book/assets/scripts/arithmetic.js``, against `cnnbook.shapes` and `cnnbook.reference`."""

import numpy as np
import pytest

import javascript
from cnnbook import reference, shapes

CASES = 60
PROGRAM = """
import * as arithmetic from "./arithmetic.js";
const output = (calls) => calls.map(([name, given]) => arithmetic[name](...given));
"""


# --- what the functions are called with ---


def draw_int(random, low, high):
    return int(random.integers(low, high + 1))


def draw_options(random, paddings=("valid", "same", 0, 1, 2, [1, 0], [0, 2])):
    """Options of a layer, each left out now and then."""
    options = {
        "stride": draw_int(random, 1, 3),
        "padding": paddings[random.integers(len(paddings))],
        "dilation": draw_int(random, 1, 3),
    }
    return {name: value for name, value in options.items() if random.random() < 0.7}


def draw_sizes(random):
    return [draw_int(random, 1, 12), draw_int(random, 1, 6), draw_options(random)]


def draw_same(random):
    n, kernel_size, options = draw_sizes(random)
    return [n, kernel_size, {name: value for name, value in options.items() if name != "padding"}]


def draw_transposed(random):
    options = draw_options(random)
    if options.get("padding") not in ("same", "valid", None):
        options["output_padding"] = draw_int(random, 0, options.get("stride", 1) - 1)
    return [draw_int(random, 1, 12), draw_int(random, 1, 6), options]


def draw_parameters(random):
    groups = draw_int(random, 1, 3)
    kernel_size = (
        draw_int(random, 1, 5) if random.integers(2) else random.integers(1, 6, draw_int(random, 1, 3)).tolist()
    )
    channels, filters = groups * draw_int(random, 1, 8), groups * draw_int(random, 1, 8)
    return [kernel_size, channels, filters, {"groups": groups, "bias": bool(random.integers(2))}]


def draw_layers(random):
    names = ("kernel_size", "stride", "dilation")
    layers = random.integers(1, 5, (draw_int(random, 0, 4), len(names))).tolist()
    return [[dict(zip(names, layer, strict=True)) for layer in layers]]


def draw_row(random, most=8):
    return random.integers(-9, 10, random.integers(1, most)).tolist()


def draw_map(random, most=8):
    return random.integers(-9, 10, random.integers(1, most, 2)).tolist()


def draw_volume(random):
    """A volume, some filters as deep, their biases, and options; padding may be one pair for each axis."""
    rows, columns, channels, filters, height, width = random.integers(1, [9, 9, 5, 5, 5, 5]).tolist()
    options = draw_options(random, ("valid", "same", 0, 1, 2, [1, 0], [0, 2], [[1, 0], [0, 2]], [[0, 0], [2, 1]]))
    options.pop("dilation", None)
    shape = (filters, height, width, channels)
    drawn = [random.integers(-9, 10, shape).tolist() for shape in ((rows, columns, channels), shape, filters)]
    return [*drawn, options]


def draw_products(random):
    """A volume, a filter as deep, and the rows and columns that an output reads, some of them in the padding."""
    volume, [filter, *_], *_ = draw_volume(random)
    height, width = np.shape(filter)[:2]
    row, column = random.integers(-1, 6, 2).tolist()
    return [volume, filter, list(range(row, row + height)), list(range(column, column + width))]


def draw_pool(random):
    return [draw_map(random), draw_int(random, 2, 3), draw_options(random, paddings=("valid", "same", 1, [0, 1]))]


# --- what Python says ---


def plain(value):
    """What comes from JSON, as Python takes it."""
    return tuple(value) if isinstance(value, list) else value


def keywords(options):
    return {name: plain(value) for name, value in options.items()}


def on_both_axes(options):
    """Where the browser's pair of paddings is (before, after) on both axes, Python's is one for each."""
    return {name: (value, value) if isinstance(value, tuple) else value for name, value in keywords(options).items()}


def or_nothing(function, nothing):
    """A kernel that does not fit is an error in Python, and has no outputs in the browser."""

    def oracle(n, kernel_size, options):
        try:
            return function(n, kernel_size, **keywords(options))
        except ValueError:
            return nothing

    return oracle


def with_options(function):
    return lambda n, kernel_size, options: function(n, kernel_size, **keywords(options))


def conv1d(x, kernel, bias, options):
    x, kernel = np.array(x)[None, :, None], np.array(kernel)[:, None, None]
    return reference.conv1d(x, kernel, np.array([bias]), **keywords(options))[0, :, 0]


def conv2d(x, kernel, bias, options):
    x, kernel = np.array(x)[None, ..., None], np.array(kernel)[..., None, None]
    return reference.conv2d(x, kernel, np.array([bias]), **on_both_axes(options))[0, ..., 0]


def conv2d_volume(x, filters, bias, options):
    x, kernel = np.array(x)[None], np.moveaxis(np.array(filters), 0, -1)
    options = keywords(options)
    if isinstance(options.get("padding"), tuple):
        options["padding"] = tuple(np.broadcast_to(options["padding"], (2, 2)).tolist())
    return reference.conv2d(x, kernel, np.array(bias), **options)[0]


def products(x, filter, rows, columns):
    padded = np.pad(x, ((9, 9), (9, 9), (0, 0)))  # with so many zeros the one output asked for is not at the border
    return reference.products(padded, np.array(filter)[..., None], rows[0] + 9, columns[0] + 9)


def pooling(function):
    return lambda x, size, options: function(np.array(x)[None, ..., None], size, **on_both_axes(options))[0, ..., 0]


def receptive_fields(layers):
    fields = shapes.receptive_fields([shapes.Layer(**layer) for layer in layers])
    return [{"size": field.size, "jump": field.jump} for field in fields]


#: Each function of the browser: how its arguments are drawn, and the same in Python.
FUNCTIONS = {
    "kernel_span": (lambda random: random.integers(1, 9, 2).tolist(), shapes.kernel_span),
    "same_padding": (draw_same, with_options(shapes.same_padding)),
    "resolve_padding": (
        lambda random: [draw_options(random).get("padding", 3), *draw_same(random)],
        lambda padding, *sizes: with_options(lambda *n, **o: shapes.resolve_padding(plain(padding), *n, **o))(*sizes),
    ),
    "output_size": (draw_sizes, or_nothing(shapes.output_size, 0)),
    "seen": (draw_sizes, or_nothing(shapes.seen, [])),
    "transposed_size": (draw_transposed, with_options(shapes.transposed_size)),
    "conv_parameters": (
        draw_parameters,
        lambda size, channels, filters, options: shapes.conv_parameters(plain(size), channels, filters, **options),
    ),
    "dense_parameters": (lambda random: random.integers(1, 99, 2).tolist(), shapes.dense_parameters),
    "receptive_fields": (draw_layers, receptive_fields),
    "conv1d": (lambda random: [draw_row(random), draw_row(random, 5), 3, draw_options(random)], conv1d),
    "conv2d": (lambda random: [draw_map(random), draw_map(random, 5), -2, draw_options(random)], conv2d),
    "conv2d_volume": (draw_volume, conv2d_volume),
    "products": (draw_products, products),
    "max_pool2d": (draw_pool, pooling(reference.max_pool2d)),
    "average_pool2d": (draw_pool, pooling(reference.average_pool2d)),
}


@pytest.fixture(scope="module")
def browser():
    """For each function the arguments that were drawn, and what the browser makes of them."""
    random = np.random.default_rng(0)
    calls = [[name, draw(random)] for name, (draw, _) in FUNCTIONS.items() for _ in range(CASES)]
    results = {name: [] for name in FUNCTIONS}
    for (name, arguments), result in zip(calls, javascript.run(PROGRAM, calls), strict=True):
        results[name].append((arguments, result))
    return results


@pytest.mark.parametrize("name", FUNCTIONS)
def test_browser_computes_what_python_does(name, browser):
    compared = 0
    for arguments, result in browser[name]:
        try:
            expected = FUNCTIONS[name][1](*arguments)
        except ValueError:  # no input has that size, or a window sees padding only
            continue
        compared += 1
        if np.size(expected) or np.size(result):  # an empty map has a shape in Python only
            np.testing.assert_equal(result, expected, err_msg=f"{name}{tuple(arguments)}")
    assert compared > CASES / 2
