"""NumPy's narrow numbers: integers of every width count like Python's, and 16-bit floats add up in 32 bits."""

import inspect

import ml_dtypes
import numpy as np
import pytest

from cnnbook import conventions, reference, shapes

WIDTHS = [np.dtype(kind).type for kind in "bBhHiIlLqQ"]

#: Names of arguments that are whole numbers, and the most that each is drawn; 127 still fits into 8 bits.
LARGEST = {
    "n": 127,
    "kernel_size": 100,
    "stride": 127,
    "dilation": 100,
    "channels_in": 127,
    "filters": 127,
    "groups": 1,
    "units_in": 127,
    "units": 127,
    "output": 127,
    "padding": 127,
    "output_padding": 3,
}


def counting_functions():
    """The public functions of both modules whose required arguments are whole numbers alone."""
    for module in (shapes, conventions):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = inspect.signature(function).parameters.values()
            required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
            if function.__module__ == module.__name__ and name[0] != "_" and {*required} <= {*LARGEST, "padding"}:
                yield pytest.param(function, id=f"{module.__name__}.{name}")


def drawn(function, generator):
    """Arguments for a function: each number as large as it may be, as small, or anything between."""
    arguments = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in LARGEST and (parameter.default is parameter.empty or generator.random() < 0.7):
            largest, least = LARGEST[parameter.name], int("padding" not in parameter.name)
            arguments[parameter.name] = int(generator.choice([least, generator.integers(least, largest + 1), largest]))
        elif parameter.name == "ceil_mode":
            arguments["ceil_mode"] = bool(generator.integers(2))
    return arguments


def narrowed(value, width):
    """The same nested lists and tuples with integers of another width."""
    if isinstance(value, tuple | list):
        return type(value)(narrowed(part, width) for part in value)
    return value if isinstance(value, str | bool) else width(value)


def outcome(function, arguments):
    try:
        return function(**arguments)
    except ValueError as error:
        return str(error)


def types(result):
    return [type(part) for part in result] if isinstance(result, tuple | list) else type(result)


@pytest.mark.parametrize("function", list(counting_functions()))
def test_integers_of_every_width_count_like_those_of_python(function):
    sizes, generator = 0, np.random.default_rng(12)
    for _ in range(40):
        arguments = drawn(function, generator)
        expected = outcome(function, arguments)
        sizes += not isinstance(expected, str)
        for width in WIDTHS:
            narrow = {name: narrowed(value, width) for name, value in arguments.items()}
            result = outcome(function, narrow)
            if isinstance(expected, str):  # the words may show a number as it came in
                assert isinstance(result, str), (arguments, width)
            else:
                assert (result, types(result)) == (expected, types(expected)), (arguments, width)
    assert sizes > 5


def test_most_functions_of_both_modules_are_tried():
    names = {parameter.id for parameter in counting_functions()}
    assert len(names) >= 15
    assert {"cnnbook.shapes.conv_parameters", "cnnbook.conventions.exact_size"} <= names


@pytest.mark.parametrize("width", WIDTHS)
def test_tuples_and_layers_of_narrow_integers(width):
    layers = [(3, 2, 2, 1), (5, 3, 1, (2, 0)), (7, 4, 1, "valid")]
    fields = shapes.receptive_fields(narrowed(layers, width), width(120))
    assert fields == shapes.receptive_fields(layers, 120)
    assert {type(number) for field in fields for number in field} == {int}
    side = (width(100), width(100))
    assert shapes.conv_multiply_adds(side, width(100), width(100), side) == 100**6
    assert shapes.conv_parameters(side, width(100), width(100)) == 100**4 + 100
    kernel = np.arange(100 * 2).reshape(100, 2)
    flattened = (5, 5, 4)
    weights = conventions.dense_to_pytorch(kernel, narrowed(flattened, width))
    np.testing.assert_array_equal(weights, conventions.dense_to_pytorch(kernel, flattened))
    large = np.zeros((1024, 1))
    assert conventions.dense_to_pytorch(large, narrowed((16, 16, 4), width)).shape == (1, 1024)


@pytest.mark.parametrize("width", WIDTHS)
def test_options_of_narrow_integers_filter_alike(width):
    generator = np.random.default_rng(12)
    x = generator.integers(-9, 10, (1, 120, 9, 4))
    kernel = generator.integers(-9, 10, (3, 2, 2, 6))
    options = {"stride": (2, 3), "dilation": (50, 1), "padding": (100, 1), "groups": 2}
    narrow = {name: narrowed(value, width) for name, value in options.items()}
    y = reference.conv2d(x, kernel, **options)
    np.testing.assert_array_equal(reference.conv2d(x, kernel, **narrow), y)
    products = reference.products(x[0], kernel, width(100), width(2), width(5), **narrow)
    assert products.sum() == y[0, 100, 2, 5]
    pool, cells = {"stride": (2, 2), "padding": (60, 0)}, (121, 3)
    narrow = {name: narrowed(value, width) for name, value in pool.items()}
    for function in (reference.max_pool2d, reference.average_pool2d):
        np.testing.assert_array_equal(function(x, narrowed(cells, width), **narrow), function(x, cells, **pool))
    back = {"stride": (100, 3), "dilation": (100, 1)}
    narrow = {name: narrowed(value, width) for name, value in back.items()}
    np.testing.assert_array_equal(
        reference.conv2d_transpose(x[:, :5], kernel[..., :4], **narrow, output_padding=width(2)),
        reference.conv2d_transpose(x[:, :5], kernel[..., :4], **back, output_padding=2),
    )


@pytest.mark.parametrize("value", [np.bool_(True), np.float16(3), np.array([3, 3]), "3", None])
def test_what_is_no_whole_number_is_refused_in_a_sentence(value):
    for size in (shapes.output_size, conventions.pytorch_pool_size, conventions.pytorch_transposed_size):
        with pytest.raises(ValueError, match="kernel_size must be a whole number, at least 1; got"):
            size(32, value)
    with pytest.raises(ValueError, match="output_padding must be a whole number; got"):
        conventions.pytorch_transposed_size(4, 3, stride=2, output_padding=value)


def sums():
    """Name, function of an array, and the shape of the array: each adds up many terms."""
    kernel, row = np.ones((9, 9, 8, 2)), np.ones((81, 8, 2))
    return {
        "conv1d": (lambda x, dtype: reference.conv1d(x, row.astype(dtype), np.ones(2, dtype)), (1, 90, 8)),
        "conv2d": (lambda x, dtype: reference.conv2d(x, kernel.astype(dtype), np.ones(2, dtype)), (1, 10, 12, 8)),
        "grouped": (lambda x, dtype: reference.conv2d(x, kernel[:, :, :4].astype(dtype), groups=2), (1, 10, 12, 8)),
        "conv2d_transpose": (
            lambda x, dtype: reference.conv2d_transpose(x, kernel.swapaxes(2, 3).astype(dtype), np.ones(2, dtype)),
            (1, 9, 9, 8),
        ),
        "average_pool2d": (lambda x, dtype: reference.average_pool2d(x, (40, 50), padding="same"), (1, 80, 70, 3)),
        "softmax": (lambda x, dtype: reference.softmax(x, axis=0), (3000, 2)),
        "softmax of rows": (lambda x, dtype: reference.softmax(x), (2, 3000)),
    }


@pytest.mark.parametrize("name", sums())
@pytest.mark.parametrize("seed", range(5))
def test_sums_of_16_bit_floats_are_those_of_64_bits_rounded_once(name, seed):
    function, shape = sums()[name]
    x = np.random.default_rng(seed).uniform(0, 9, shape).astype(np.float16)
    y, exact = function(x, np.float16), function(x.astype(float), float)
    assert y.dtype == np.float16
    assert exact.dtype == float
    # Adding up in 32 bits may tip a tie of the last rounding, so one step of 16 bits is allowed.
    np.testing.assert_allclose(y.astype(float), exact, rtol=2**-10, atol=2**-24)


def test_16_bit_floats_of_either_byte_order_add_up_in_32_bits():
    x = np.full((1, 64, 64, 1), 255.0)
    for order in ("<f2", ">f2"):
        assert (reference.average_pool2d(x.astype(order), 64) == 255).all()
        np.testing.assert_allclose(reference.softmax(np.zeros(100_000, order)), 1e-5, rtol=0.01)


def test_sizes_of_any_length_are_whole_numbers():
    assert shapes.same_padding(2**53 + 1, 3) == (1, 1)
    assert shapes.output_size(10**400, 3) == 10**400 - 2
    assert conventions.pytorch_pool_size(10**400, 3, stride=2, ceil_mode=True) == (10**400 - 2) // 2 + 1


def test_large_windows_of_16_bit_floats():
    """What the docstrings promise is a mean, and probabilities, whatever the running sum would round to."""
    ones = np.ones((1, 64, 64, 8), np.float16)
    assert (reference.average_pool2d(ones, 64) == 1).all()
    assert (reference.average_pool2d(255 * ones[:, :32, :32], 32) == 255).all()
    np.testing.assert_allclose(reference.softmax(np.zeros(100_000, np.float16)), 1e-5, rtol=0.01)
    opposite = np.concatenate([255 * ones, -255 * ones], axis=-1)  # a sum of 16 bits leaves 65,504 on the way
    kernel = np.ones((64, 64, 16, 1), np.float16)
    assert reference.conv2d(opposite, kernel).item() == 0
    assert reference.products(opposite[0], 300 * kernel, 0, 0).sum() == 0
    assert reference.conv2d_transpose(opposite[:, :16, :16], kernel[:16, :16].swapaxes(2, 3)).max() == 0


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e5m2", "complex64", "object", "str"])
def test_other_data_types_are_refused_by_every_function(dtype):
    functions = [function for function, _ in sums().values()]
    functions += [lambda x, _: reference.relu(x), lambda x, _: reference.max_pool2d(x)]
    functions.append(lambda x, _: reference.products(x[0], np.ones((1, 1, 8, 1)), 0, 0))
    dtype = np.dtype(getattr(ml_dtypes, dtype, dtype))
    for function in functions:
        with pytest.raises(ValueError, match=r"x must hold real numbers; got data type .*; convert to float32 first"):
            function(np.ones((1, 9, 9, 8)).astype(dtype), float)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_wider_floats_keep_their_type(dtype):
    for name, (function, shape) in sums().items():
        assert function(np.ones(shape, dtype), dtype).dtype == dtype, name
