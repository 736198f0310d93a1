"""`cnnbook.checkers`: right functions pass, wrong ones do not, and the reader is told what is wrong with them."""

import ast
import copy
import functools
import itertools
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from cnnbook import checkers, reference, shapes
from cnnbook.checkers import one_dimension, parameters, pooling, sizes, two_dimensions
from cnnbook.checkers.limit import TimeUp, call_within
from cnnbook.checkers.report import Report
from pages import BOOK, code_cells

PAGES = ("review/write-it-yourself.md", "review/write-convolutions.md")
CHECKERS = sorted(name for name in checkers.__all__ if name.startswith("check_"))
NAMES = [name.removeprefix("check_") for name in CHECKERS]


def defines(source):
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


@functools.cache
def cells_of(name):
    """The cells of the pages that define the function `name`, in order: the starter, then the solution."""
    return [cell.source for page in PAGES for cell in code_cells(page) if name in defines(cell.source)]


@functools.cache
def solution(name):
    """The source of a page's own solution, without the call of its checker."""
    tree = ast.parse(cells_of(name)[-1])
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return ast.unparse(tree)


def namespace():
    found = {"np": np, "sliding_window_view": np.lib.stride_tricks.sliding_window_view}
    if "keras" in sys.modules:
        found["layers"] = sys.modules["keras"].layers
    return found


def built(source, name):
    """Run the source of a function and give the function."""
    values = namespace()
    exec(compile(source, f"<{name}>", "exec"), values)
    return values[name]


def changed(name, *changes):
    """A page's solution with pieces of its source replaced."""
    source = solution(name)
    for old, new in changes:
        assert source.count(old) >= 1, f"{old!r} is not in the solution:\n{source}"
        source = source.replace(old, new)
    return built(source, name)


def checker(name):
    return getattr(checkers, f"check_{name}")


def exercise(name):
    return {
        "output_size": lambda: sizes.OUTPUT_SIZE,
        "receptive_field": lambda: sizes.RECEPTIVE_FIELD,
        "count_parameters": parameters.count_parameters_exercise,
        "convolve_1d": lambda: one_dimension.CONVOLVE_1D,
        "convolve_2d": lambda: two_dimensions.CONVOLVE_2D,
        "fast_convolve_2d": lambda: two_dimensions.FAST_CONVOLVE_2D,
        "max_pool": lambda: pooling.MAX_POOL,
    }[name]()


@pytest.fixture(autouse=True)
def _keras(request):
    """Import Keras before a test that names the exercise on models: its solution uses ``layers``."""
    if "count_parameters" in request.node.name:
        pytest.importorskip("keras")


def test_there_are_seven_exercises():
    assert len(NAMES) == 7


# The pages


@pytest.mark.parametrize("name", NAMES)
def test_solution_of_the_page_is_right(name):
    report = checker(name)(built(solution(name), name))
    assert report
    assert report.passed
    assert repr(report) == f"Right: all {report.cases} cases."
    assert report.cases >= 8


@pytest.mark.parametrize("name", NAMES)
def test_starter_of_the_page_is_made_of_its_solution(name):
    starter, solved = cells_of(name)
    assert starter == checkers.starter(solved)
    assert f"check_{name}({name})" in solved
    assert starter.splitlines()[0] == f"def {exercise(name).signature}:"


@pytest.mark.parametrize("name", NAMES)
def test_starter_is_told_to_return(name):
    report = checker(name)(built(cells_of(name)[0], name))
    assert report.reason == "none"
    assert "yours returned None" in repr(report).replace("\n", " ")
    assert "`return`" in repr(report)


@pytest.mark.parametrize("name", NAMES)
def test_page_calls_the_checker_on_the_starter_and_on_the_solution(name):
    calls = [
        cell.source
        for page in PAGES
        for cell in code_cells(page)
        if f"check_{name}({name})" in cell.source.splitlines()
    ]
    assert len(calls) == 2


@pytest.mark.parametrize("name", NAMES)
def test_third_hint_names_a_page_of_the_book(name):
    titles = {re.search(r"^# (.*)$", path.read_text("utf-8"), re.M)[1] for path in BOOK.rglob("*.md")}
    assert set(re.findall('"([A-Z][^"]*)"', exercise(name).third)) <= titles
    assert re.findall('"([A-Z][^"]*)"', exercise(name).third)


# Wrong functions: the page's solution with a piece replaced, and the mistake that is to be recognised.

STOPS = "(cells - span) // stride + 1"
PAD_2D = "sides = (padding, padding)"
WRONG = {
    "output_size": [
        (STOPS, "cells - span + 1", "stride ignored"),
        (STOPS, "-((cells - span) // -stride) + 1", "ceil instead of floor"),
        (STOPS, "round((cells - span) / stride) + 1", "rounded to the nearest"),
        (STOPS, "(cells - span) // stride", "one stop missing"),
        (STOPS, "(cells - span + 1) // stride", "one inside the division"),
        ("2 * padding", "padding", "padding on one side"),
        ("n + 2 * padding", "n", "padding ignored"),
        ("dilation * (kernel - 1) + 1", "kernel", "dilation ignored"),
        ("dilation * (kernel - 1) + 1", "dilation * kernel", "dilation times kernel"),
        ("dilation * (kernel - 1) + 1", "(dilation + 1) * (kernel - 1) + 1", "dilation counted from 0"),
        ("span > cells", "False", "a kernel that does not fit"),
    ],
    "receptive_field": [
        ("jump *= stride", "pass", "strides ignored"),
        ("(kernel - 1)", "kernel", ""),
        ("size, jump = (1, 1)", "size, jump = (0, 1)", "input cell forgotten"),
        ("(kernel - 1) * jump", "(kernel - 1) * stride", "own stride only"),
        ("jump *= stride", "jump = stride", "one stride back only"),
        ("jump *= stride", "jump += stride - 1", "strides added up"),
        ("size += (kernel - 1) * jump", "size *= kernel", "kernels multiplied"),
        ("size += (kernel - 1) * jump", "size = (size - 1) * stride + kernel", "from the wrong end"),
        ("size += (kernel - 1) * jump", "size += (kernel - 1) * jump * stride", "jump too early"),
        ("return size", "return jump", "the jump"),
        ("return size", "return sum(kernel for kernel, stride in layers)", "kernels added up"),
    ],
    "count_parameters": [
        ("(weights + layer.use_bias)", "weights", "bias forgotten"),
        ("+ layer.use_bias", "+ 0", "bias forgotten"),
        ("(weights + layer.use_bias) * layer.filters", "weights * layer.filters + layer.use_bias", "one bias a layer"),
        (" * layer.input.shape[-1]\n", "\n", "one channel only"),
        ("width * layer.input.shape[-1]", "width * model.inputs[0].shape[-1]", "channels of the image"),
        ("height * width", "height * height", "square kernel"),
        ("height * width", "(height + width)", "sides of the kernel added up"),
        ("layer.use_bias", "1", "use_bias ignored"),
        ("isinstance(layer, layers.Dense)", "False", "dense layers left out"),
        ("total +=", "total =", "last layer only"),
        (
            "(weights + layer.use_bias) * layer.filters",
            "(height * width + 1) * layer.input.shape[-1] * layer.filters",
            "bias once per channel",
        ),
    ],
    "convolve_1d": [
        ("kernel[tap]", "kernel[-1 - tap]", "flipped kernel"),
        ("np.pad(x, padding)", "np.pad(x, (padding, 0))", "padding on the left only"),
        ("np.pad(x, padding)", "np.pad(x, (0, padding))", "padding on the right only"),
        ("np.pad(x, padding)", "np.pad(x, (2 * padding, 0))", "all padding on the left"),
        ("np.pad(x, padding)", "np.pad(x, (0, 2 * padding))", "all padding on the right"),
        ("np.pad(x, padding)", "np.pad(x, padding, 'edge')", "ends repeated"),
        ("np.pad(x, padding)", "np.pad(x, padding, 'wrap')", "wrapped round"),
        ("np.pad(x, padding)", "x", "padding ignored"),
        ("stops = ", "stride = 1\n    stops = ", "stride ignored"),
        ("stops = ", "stride = len(kernel)\n    stops = ", "moved by the kernel"),
        ("// stride + 1", "// stride", "last stop missing"),
        ("np.zeros(stops)", "np.zeros(stops, int)", "whole numbers"),
        ("np.zeros(stops)", "np.zeros_like(x[:stops])", "whole numbers"),
        ("return y", "return y / len(kernel)", "mean instead of sum"),
    ],
    "max_pool": [
        ("window.max(", "window.mean(", "average instead of maximum"),
        ("window.max(", "window.min(", "smallest instead of largest"),
        ("window.max(axis=(0, 1))", "window[0, 0]", "every second cell"),
        ("stride = size if stride is None else stride", "stride = size", "stride ignored"),
        ("stride = size if", "stride = 1 if", "stride of 1 by default"),
        ("window.max(axis=(0, 1))", "window.max()", "channels pooled together"),
        ("window.max(axis=(0, 1))", "np.maximum(0, window.max(axis=(0, 1)))", "started from 0"),
        ("window.max(", "abs(window).max(", "largest absolute value"),
        ("return pooled", "return pooled.max(axis=-1)", "channels gone"),
        ("return pooled", "return pooled[..., :1]", "first channel only"),
        ("return pooled", "return pooled.swapaxes(0, 1)", "rows and columns swapped"),
        ("- size) // stride + 1", "- size + stride - 1) // stride + 1", "windows that stick out"),
        ("channels))", "channels), int)", "whole numbers"),
    ],
}
BOTH_2D = [
    (PAD_2D, "sides = (padding, 0)", "padding above and left only"),
    (PAD_2D, "sides = (0, padding)", "padding below and right only"),
    (PAD_2D, "sides = (2 * padding, 0)", "all padding above and left"),
    (PAD_2D, "sides = (0, 2 * padding)", "all padding below and right"),
    (PAD_2D, "sides = (0, 0)", "padding ignored"),
    ("(sides, sides, (0, 0))", "(sides, (0, 0), (0, 0))", "padding for rows only"),
    (PAD_2D, "stride, sides = 1, (padding, padding)", "stride ignored"),
    (PAD_2D, "kernels, sides = kernels[::-1, ::-1], (padding, padding)", "flipped kernel"),
    (PAD_2D, "biases, sides = biases * image.shape[2], (padding, padding)", "bias once per channel"),
    (PAD_2D, "biases, sides = biases * kernels[..., 0].size, (padding, padding)", "bias once per product"),
    (PAD_2D, "biases, sides = 0 * biases, (padding, padding)", "bias forgotten"),
    (PAD_2D, "biases, sides = biases[[0] * len(biases)], (padding, padding)", "bias of the first filter"),
    (PAD_2D, "image, sides = image[..., :1], (padding, padding); kernels = kernels[:, :, :1]", "one channel only"),
    (PAD_2D, "image, sides = image[..., -1:], (padding, padding); kernels = kernels[:, :, -1:]", "last channel only"),
    (PAD_2D, "kernels, sides = kernels / kernels[..., 0].size, (padding, padding)", "mean instead of sum"),
]
WRONG["convolve_2d"] = [
    *BOTH_2D,
    ("kernels[..., filter]", "kernels.swapaxes(0, 1)[..., filter]", "rows and columns of the kernel swapped"),
    ("return maps", "return maps.swapaxes(0, 1)", "rows and columns of the map swapped"),
    ("return maps", "return maps.sum(axis=-1)", "filters added up"),
    ("return maps", "return np.moveaxis(maps, -1, 0)", "filters first"),
    ("return maps", "return maps[..., :1]", "first filter only"),
    ("return maps", "return np.maximum(maps, 0)", "negative values cut off"),
    ("filters))", "filters), int)", "whole numbers"),
]
WRONG["fast_convolve_2d"] = [
    *BOTH_2D,
    ("windows[::stride, ::stride]", "windows[::stride]", "stride for rows only"),
    ("windows[::stride, ::stride]", "windows[:, ::stride]", "stride for columns only"),
    (" + biases", "", "bias forgotten"),
    ("->rcf", "->fcr", ""),
    ("->rcf", "->crf", "rows and columns of the map swapped"),
]
CASES = [(name, *wrong) for name, wrongs in WRONG.items() for wrong in wrongs]


def differs(function, report, oracle):
    """Whether `function` really fails the case that the report keeps."""
    expected = outcome(oracle, report.arguments, report.options)
    return not agree(expected, outcome(function, report.arguments, report.options))


def outcome(function, arguments, options):
    """The value of a call, or the kind of error that it raised."""
    try:
        return function(*copy.deepcopy(arguments) if not has_model(arguments) else arguments, **options)
    except (ValueError, TypeError, IndexError, ZeroDivisionError, NameError, AttributeError, Warning) as error:
        return type(error)


def has_model(arguments):
    return any(hasattr(argument, "layers") for argument in arguments)


def agree(one, other):
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.shape == other.shape and np.allclose(one, other)
    return type(one) is type(other) and one == other


def image_oracle(image, kernels, biases, **options):
    return reference.conv2d(image[np.newaxis], kernels, biases, **options)[0]


# Independent of the checkers' own: what the module and Keras say.
ORACLES = {
    "output_size": shapes.output_size,
    "receptive_field": lambda layers: shapes.receptive_field(layers).size,
    "count_parameters": lambda model: model.count_params(),
    "convolve_1d": lambda x, kernel, **options: reference.conv1d(x[None, :, None], kernel[:, None, None], **options)[
        0, :, 0
    ],
    "convolve_2d": image_oracle,
    "fast_convolve_2d": image_oracle,
    "max_pool": lambda image, size, **options: reference.max_pool2d(image[None], size, **options)[0],
}


@pytest.mark.parametrize(("name", "old", "new", "mistake"), CASES)
def test_wrong_function_is_told_its_mistake(name, old, new, mistake):
    function = changed(name, (old, new))
    report = checker(name)(function, hint=2)
    assert not report
    assert report.reason in ("value", "shape", "accepted")
    assert report.mistake == mistake
    assert repr(report).startswith("Not yet: ")
    if mistake:
        remarks = [m.remark for m in exercise(name).mistakes if m.name == report.mistake]
        assert list(report.hints[1:]) == remarks or report.mistake == "whole numbers"
    assert differs(function, report, ORACLES[name])


@pytest.mark.parametrize("name", NAMES)
def test_there_are_at_least_four_wrong_functions(name):
    assert len({mistake for other, *_, mistake in CASES if other == name and mistake}) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_every_known_mistake_is_recognised_and_never_passes(name):
    for mistake in exercise(name).mistakes:
        report = checker(name)(mistake.function)
        assert not report, mistake.name
        assert report.mistake == mistake.name
    names = [mistake.name for mistake in exercise(name).mistakes]
    assert len(set(names)) == len(names) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_oracle_of_the_checker(name):
    for case in exercise(name).cases + exercise(name).large:
        assert agree(
            outcome(exercise(name).oracle, case.arguments, case.options),
            outcome(ORACLES[name], case.arguments, case.options),
        )


# Whatever is changed in a solution, the checker sees it.


def mutants(source):
    """Every program that differs from `source` in one operator, number, name or keyword."""
    tree = ast.parse(source)
    function = tree.body[0]
    names = sorted(
        {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} - {"np", "range", "isinstance"}
    )
    for position in range(len(list(ast.walk(function)))):
        for change in itertools.count():
            mutant = copy.deepcopy(tree)
            node = list(ast.walk(mutant.body[0]))[position]
            if not mutate(node, change, names):
                break
            yield ast.unparse(ast.fix_missing_locations(mutant))


OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.Is, ast.IsNot)


def mutate(node, change, names):
    """Change `node` in the way that has the number `change`; False if there is no such way."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and change < len(OPERATORS):
        node.op = OPERATORS[change]()
    elif isinstance(node, ast.Compare) and change < len(COMPARISONS):
        node.ops = [COMPARISONS[change]()]
    elif isinstance(node, ast.Constant) and type(node.value) is int and change < 3:
        node.value += (-1, 1, 2)[change]
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names and change < len(names):
        node.id = names[change]
    else:
        return False
    return True


def random_call(name, random):
    """Arguments and options that the exercise allows, drawn at random."""
    stride, padding = int(random.integers(1, 4)), int(random.integers(0, 3))
    options = {"stride": stride, "padding": padding}
    if name == "output_size":
        n, kernel, dilation = (int(random.integers(1, top)) for top in (12, 6, 4))
        return (n, kernel), options | {"dilation": dilation}
    if name == "receptive_field":
        return ([tuple(int(i) for i in pair) for pair in random.integers(1, 4, (random.integers(0, 5), 2))],), {}
    rows, columns, kernel_h, kernel_w, channels, filters = random.integers((4, 4, 1, 1, 1, 1), (8, 8, 4, 4, 4, 4))
    image = random.normal(size=(rows, columns, channels))
    if name == "convolve_1d":
        return (image[:, 0, 0], random.normal(size=kernel_h)), options
    if name == "max_pool":
        return (image, int(kernel_h)), {"stride": random.choice([None, stride])}
    return (image, random.normal(size=(kernel_h, kernel_w, channels, filters)), random.normal(size=filters)), options


@functools.cache
def random_models():
    import keras

    random = np.random.default_rng(0)
    models = []
    for _ in range(10):
        kernel = tuple(int(i) for i in random.integers(1, 4, 2))
        bias, other = (bool(i) for i in random.integers(0, 2, 2))
        filters, more, units = (int(i) for i in random.integers(2, 9, 3))
        layers = [
            keras.Input((9, 9, int(random.integers(1, 5)))),
            keras.layers.Conv2D(filters, kernel, use_bias=bias),
            keras.layers.ReLU(),
            keras.layers.Conv2D(more, kernel[::-1], use_bias=other),
            keras.layers.Flatten(),
            keras.layers.Dense(units, use_bias=bias),
            keras.layers.Dense(3, use_bias=other),
        ]
        models.append(keras.Sequential(layers))
    return models


@functools.cache
def random_calls(name):
    if name == "count_parameters":
        return [((model,), {}) for model in random_models()]
    random = np.random.default_rng(0)
    return [random_call(name, random) for _ in range(100)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_change_of_a_solution_passes_unless_it_changes_nothing(name):
    right, passed, tried = built(solution(name), name), [], 0
    calls = [(*call, outcome(right, *call)) for call in random_calls(name)]
    # A kernel that does not fit into an image is out of the exercise: NumPy refuses it in its own ways.
    calls = [call for call in calls if not isinstance(call[-1], type) or name == "output_size"]
    for source in mutants(solution(name)):
        if source == solution(name):
            continue
        tried += 1
        mutant = built(source, name)
        if checker(name)(mutant, seconds=1) and not all(
            agree(expected, outcome(mutant, *call)) for *call, expected in calls
        ):
            passed.append(source)
    assert passed == []
    assert tried > 40


# What else functions do


def test_function_that_raises():
    def output_size(n, kernel, *, stride=1, padding=0, dilation=1):
        size = n - kernel + 1
        return [size][stride - 1]

    report = checkers.check_output_size(output_size)
    assert report.reason == "raised"
    assert "output_size(8, 2, stride=2) should be 4, yours raised IndexError: list index out of range" in report.problem
    assert "in line 3 of your function" in report.problem
    assert report.arguments == (8, 2)
    assert report.options == {"stride": 2}
    with pytest.raises(IndexError):
        output_size(*report.arguments, **report.options)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [ValueError("no"), NotImplementedError(), SystemExit(3), KeyError("stride")])
def test_any_error_is_reported(name, error):
    def function(*arguments, **options):
        raise error

    report = checker(name)(function)
    assert report.reason == "raised"
    assert type(error).__name__ in report.problem


def test_stop_button_is_not_swallowed():
    def function(*arguments, **options):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkers.check_output_size(function)


def test_endless_recursion():
    def output_size(n, kernel, *, stride=1, padding=0, dilation=1):
        return output_size(n, kernel, stride=stride)

    report = checkers.check_output_size(output_size)
    assert report.reason == "raised"
    assert "RecursionError" in report.problem


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("output_size", "// stride", "/ stride", "yours gave 5.0, a float"),
        ("output_size", STOPS, "np.floor((cells - span) / stride) + 1", "5.0, a float64"),
        ("output_size", STOPS, "str(cells)", "a str"),
        ("output_size", STOPS, "True", "True, a bool"),
        ("receptive_field", "return size", "return size, jump", "a tuple"),
        ("receptive_field", "return size", "return np.array(size)", "a NumPy array"),
        ("count_parameters", "return total", "return float(total)", "40.0, a float"),
        ("count_parameters", "return total", "return [total]", "a list"),
        ("convolve_1d", "return y", "return list(y)", "a list"),
        ("convolve_1d", "return y", "return y.sum()", "a float64"),
        ("convolve_1d", "return y", "return (value for value in y)", "a generator"),
        ("convolve_2d", "return maps", "return maps.tolist()", "a list"),
        ("convolve_2d", "return maps", "return maps.astype(str)", "the data type <U"),
        ("fast_convolve_2d", "return ", "return 1j * ", "the data type complex128"),
        ("max_pool", "return pooled", "return pooled, stride", "a tuple"),
        ("max_pool", "return pooled", "return pooled > 0", "the data type bool"),
    ],
)
def test_wrong_type(name, old, new, words):
    report = checker(name)(changed(name, (old, new)))
    assert report.reason == "type"
    assert words in report.problem


def test_numbers_of_numpy_are_numbers():
    assert checkers.check_output_size(changed("output_size", ("return (", "return np.int64(1) * (")))
    single = changed("convolve_1d", ("return y", "return y.astype('float32')"))
    assert checkers.check_convolve_1d(single)


def test_print_is_no_return(capsys):
    report = checkers.check_output_size(printing)
    assert report.reason == "none"
    assert "yours returned None. It printed: 5" in report.problem
    assert "`return` gives it" in report.hints[0]
    assert capsys.readouterr().out == ""


def printing(n, kernel, *, stride=1, padding=0, dilation=1):
    print(n - kernel + 1)


def test_what_a_failing_case_printed_is_shown():
    def output_size(n, kernel, *, stride=1, padding=0, dilation=1):
        print("stride", stride, "x" * 1000)
        return n - kernel + 1

    report = checkers.check_output_size(output_size)
    assert "yours gave 7. It printed: stride 2 xxx" in report.problem
    assert len(report.problem) < 400


@pytest.mark.parametrize(
    ("name", "old", "new", "argument"),
    [
        ("convolve_1d", "x = np.pad", "x *= 2\n    x = np.pad", "x"),
        ("convolve_1d", "return y", "kernel[:] = kernel[::-1].copy()\n    return y", "kernel"),
        ("convolve_2d", "return maps", "biases += 1\n    return maps", "biases"),
        ("fast_convolve_2d", PAD_2D, "image -= 1; image += 2; sides = (padding, padding)", "image"),
        ("max_pool", "window.max(axis=(0, 1))", "window.max(axis=(0, 1)); window[:] = 0", "image"),
        ("receptive_field", "return size", "layers.append((1, 1))\n    return size", "layers"),
    ],
)
def test_changed_arguments(name, old, new, argument):
    report = checker(name)(changed(name, (old, new)))
    assert report.reason == "changed"
    assert f"changed its argument {argument}." in report.problem
    assert checker(name)(built(solution(name), name)), "the cases themselves stay as they are"


def test_signature():
    report = checkers.check_output_size(lambda n, kernel, *, stride=1: (n - kernel) // stride + 1)
    assert report.reason == "signature"
    assert (
        "output_size(7, 3, padding=1) is not possible: got an unexpected keyword argument 'padding'" in report.problem
    )
    assert report.hints == ("The first line is def output_size(n, kernel, *, stride=1, padding=0, dilation=1):",)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("given", "kind"), [(5, "an int"), (None, "None"), (np.ones(3), "a NumPy array")])
def test_result_in_place_of_the_function(name, given, kind):
    report = checker(name)(given)
    assert report.reason == "function"
    assert repr(report).count(".") == 1
    assert f"check_{name}({name}), not its result; it was given {kind}." in report.problem


def test_built_in_function():
    assert checkers.check_output_size(getattr).reason == "raised"


# Time


def endless(*arguments, **options):
    while True:
        pass


def endless_on_one_line(*arguments, **options):
    while True: pass  # noqa: E701 - Python 3.11 reports no new line there # fmt: skip


def endless_within_except(*arguments, **options):
    while True:
        try:
            int("no")
        except Exception:
            continue


def endless_comprehension(*arguments, **options):
    return [number for number in itertools.count() if number < 0]


def endless_generator(*arguments, **options):
    return sum(0 for _ in itertools.count())


def endless_printing(*arguments, **options):
    while True:
        print("still here")


@pytest.mark.parametrize("name", NAMES)
def test_endless_loop_is_stopped(name):
    started = time.monotonic()
    report = checker(name)(endless, seconds=0.2)
    assert time.monotonic() - started < 5 or name == "count_parameters"
    assert report.reason == "late"
    assert "gave no result within 0.2 seconds" in report.problem


@pytest.mark.parametrize(
    "function",
    [endless_on_one_line, endless_within_except, endless_comprehension, endless_generator, endless_printing],
)
def test_other_endless_loops(function):
    assert checkers.check_output_size(function, seconds=0.2).reason == "late"


def test_function_that_swallows_the_end_is_late_all_the_same():
    def function(*arguments, **options):
        try:
            endless()
        except:  # noqa: E722 - what a reader may write
            return 5

    assert checkers.check_output_size(function, seconds=0.1).reason == "late"


def test_without_a_limit():
    assert call_within(None, sorted, ([2, 1],), {"reverse": True}).value == [2, 1]
    assert checkers.check_output_size(built(solution("output_size"), "output_size"), seconds=None)


def raising():
    raise ValueError("no")


@pytest.mark.parametrize(("function", "error"), [(endless, TimeUp), (raising, ValueError), (dict, None)])
def test_tracing_function_is_put_back(function, error):
    seen = []

    def debugger(frame, event, argument):
        seen.append(frame.f_code.co_name)

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        if error:
            with pytest.raises(error):
                call_within(0.05, function)
        else:
            call_within(0.05, function)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is debugger
    assert function.__name__ not in seen, "the debugger sees nothing of the call"


def test_no_tracing_function_stays_behind():
    before = sys.gettrace()
    for function in (endless, raising, built(solution("convolve_1d"), "convolve_1d")):
        checkers.check_convolve_1d(function, seconds=0.1)
        assert sys.gettrace() is before


def test_steps_are_counted():
    def loop(turns):
        for _ in range(turns):
            pass

    few, many = (call_within(5, loop, (turns,)).steps for turns in (10, 110))
    assert many - few >= 100


def test_steps_are_lines_and_not_the_instructions_that_a_line_is_made_of():
    def straight():
        a = b = c = d = e = f = g = h = 1
        return a + b + c + d + e + f + g + h

    # One call, two lines, one return; as many whether the clock is looked at or not.
    assert call_within(5, straight).steps == call_within(None, straight).steps == 4


# Loops in what is to be without


LOOPS = {
    "for": "return np.stack([one(image, r) for r in range(rows)])",
    "while": """maps, r = [], 0
    while r < rows:
        maps.append(one(image, r))
        r += 1
    return np.stack(maps)""",
    "map": "return np.stack(list(map(lambda r: one(image, r), range(rows))))",
    "recursion": "return np.stack(each(rows - 1))",
}
BY_ROWS = """
def fast_convolve_2d(image, kernels, biases, *, stride=1, padding=0):
    image = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    height, width = kernels.shape[:2]
    rows = (len(image) - height) // stride + 1
    def one(image, row):
        part = image[row * stride : row * stride + height]
        windows = sliding_window_view(part, (height, width), axis=(0, 1))[0, ::stride]
        return np.einsum("cdij,ijdf->cf", windows, kernels) + biases
    def each(row):
        return [] if row < 0 else [*each(row - 1), one(image, row)]
    """


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_loop_over_rows_is_found_however_it_is_written(loop):
    report = checkers.check_fast_convolve_2d(built(BY_ROWS + loop, "fast_convolve_2d"), hint=2)
    assert report.reason == "rule"
    assert "the values are right, but there is a loop over rows:" in report.problem
    assert report.mistake == "a loop"


def test_loops_over_cells_channels_and_filters_are_named():
    report = checkers.check_fast_convolve_2d(built(solution("convolve_2d"), "convolve_2d"))
    assert "a loop over rows, columns and filters:" in report.problem
    source = """
def fast_convolve_2d(image, kernels, biases, *, stride=1, padding=0):
    image = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    windows = sliding_window_view(image, kernels.shape[:2], axis=(0, 1))[::stride, ::stride]
    total = biases
    for channel in range(image.shape[2]):
        total = total + np.einsum("rcij,ijf->rcf", windows[:, :, channel], kernels[:, :, channel])
    return total"""
    report = checkers.check_fast_convolve_2d(built(source, "fast_convolve_2d"))
    assert "a loop over channels:" in report.problem


def test_loop_over_the_kernel_is_allowed():
    source = """
def fast_convolve_2d(image, kernels, biases, *, stride=1, padding=0):
    image = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    height, width = kernels.shape[:2]
    rows, columns = (image.shape[0] - height) // stride + 1, (image.shape[1] - width) // stride + 1
    total = biases
    for i in range(height):
        for j in range(width):
            part = image[i : i + rows * stride : stride, j : j + columns * stride : stride][:rows, :columns]
            total = total + part @ kernels[i, j]
    return total"""
    assert checkers.check_fast_convolve_2d(built(source, "fast_convolve_2d"))


def test_each_call_of_the_rule_is_protected(capsys):
    """What a function does wrong at any of its calls, the checker reports; it is no error of the checker."""
    right, cases = built(solution("fast_convolve_2d"), "fast_convolve_2d"), len(exercise("fast_convolve_2d").cases)
    reports = []
    for wrong_at in range(1, cases + 12):
        calls = itertools.count(1)

        def function(image, kernels, biases, *, stride=1, padding=0, calls=calls, wrong_at=wrong_at):
            print("called")
            if next(calls) == wrong_at:
                raise TypeError("tired")
            return right(image, kernels, biases, stride=stride, padding=padding)

        reports.append(checkers.check_fast_convolve_2d(function))
    assert capsys.readouterr().out == ""
    failed = [report for report in reports if not report]
    assert {report.reason for report in failed} == {"raised"}
    # Each case, the small image, one larger along each of the four axes, the large image: one call each.
    assert len(failed) == cases + 1 + 4 + 1


@pytest.mark.parametrize(
    "body",
    [
        "return model.count_params()",
        "return sum(layer.count_params() for layer in model.layers)",
        "return int(sum(np.prod(weight.shape) for weight in model.weights))",
        "\n    ".join(
            (
                "return int(sum(np.prod(one.shape)",
                "for layer in model.layers if hasattr(layer, 'units') or hasattr(layer, 'filters')",
                "for one in (layer.kernel, layer.bias) if one is not None))",
            )
        ),
        "return int(sum(np.prod(layer._kernel.shape) + layer.use_bias * layer._kernel.shape[-1]"
        " for layer in model.layers if hasattr(layer, '_kernel')))",
    ],
)
def test_count_parameters_by_keras_is_no_count(body):
    function = built(f"def count_parameters(model):\n    {body}", "count_parameters")
    report = checkers.check_count_parameters(function)
    assert report.reason == "rule"
    assert "they are Keras'" in report.problem


def test_count_parameters_may_use_such_names_for_its_own_variables():
    source = solution("count_parameters").replace("weights", "kernel")
    function = built(f"bias = 1\n{source.replace('total = 0', 'total = bias - bias')}", "count_parameters")
    assert checkers.check_count_parameters(function)


# Hints


@pytest.mark.parametrize("name", NAMES)
def test_hints_are_graded(name):
    function = changed(name, WRONG[name][0][:2])
    reports = [checker(name)(function, hint=hint) for hint in (1, 2, 3)]
    assert [len(report.hints) for report in reports] == [1, 2, 3]
    assert reports[2].hints[:2] == reports[1].hints
    assert reports[1].hints[:1] == reports[0].hints
    assert len({*reports[2].hints}) == 3
    assert [report.more for report in reports] == [
        f"check_{name}({name}, hint=2) tells more.",
        f"check_{name}({name}, hint=3) tells more.",
        "",
    ]
    assert reports[2].hints[2] == exercise(name).third
    for report in reports:
        assert repr(report).count("Hint: ") == len(report.hints)
        assert report.problem == reports[0].problem
        assert max(map(len, repr(report).splitlines())) <= 80
    assert repr(checker(name)(function)) == repr(reports[0]), "nothing is remembered"


@pytest.mark.parametrize("name", NAMES)
def test_every_case_has_a_nudge(name):
    assert all(case.nudge for case in exercise(name).cases + exercise(name).large)


def test_hint_that_does_not_exist():
    with pytest.raises(ValueError, match=r"there are hints 1, 2 and 3; got 4"):
        checkers.check_output_size(max, hint=4)


def test_unknown_mistake_gets_the_second_hint_of_the_exercise():
    report = checkers.check_output_size(changed("output_size", (STOPS, "17")), hint=2)
    assert report.mistake == ""
    assert report.hints[1] == sizes.OUTPUT_SIZE.second


def test_the_later_cases_decide_between_two_mistakes():
    # Both give 4 for the first stack with a stride; only the longer ones tell them apart.
    for mistake in ("strides ignored", "from the wrong end"):
        function = next(m.function for m in sizes.RECEPTIVE_FIELD.mistakes if m.name == mistake)
        report = checkers.check_receptive_field(function)
        assert report.arguments == ([(2, 2), (3, 1)],)
        assert function(*report.arguments) == 4
        assert report.mistake == mistake


def test_name_of_the_function_is_that_of_the_reader():
    def mine(n, kernel, *, stride=1, padding=0, dilation=1):
        return 1

    report = checkers.check_output_size(mine)
    assert "mine(7, 3) should be 5, yours gave 1." in report.problem
    assert report.more == "check_output_size(mine, hint=2) tells more."
    assert "output_size(7, 3)" in checkers.check_output_size(lambda *a, **b: 1).problem


def test_difference_of_arrays_in_words():
    report = checkers.check_convolve_2d(changed("convolve_2d", ("return maps", "maps[1, 0, 0] += 1\n    return maps")))
    assert re.search(
        r"with image \(4, 4, 1\), kernels \(2, 2, 1, 1\), biases \(1,\) should have -?\d+ in cell \[1, 0, 0\], "
        r"yours has -?\d+; 1 of 9 cells differ\.",
        report.problem,
    )
    report = checkers.check_convolve_2d(changed("convolve_2d", (PAD_2D, "sides = (padding, 0)")))
    assert "padding=1) with image (4, 5, 2)" in report.problem
    assert "should have the shape (4, 5, 2), yours has (3, 4, 2)" in report.problem


# The starter


def test_starter():
    source = '''import numpy as np
import os


@np.vectorize
def first(
    x, *, y=1
):
    """Say.

    More.
    """
    # a comment
    return x


def second(x):
    # a comment

    if x:
        return 1
    return 2


first(1)
'''
    assert (
        checkers.starter(source)
        == '''import numpy as np


import os


@np.vectorize
def first(
    x, *, y=1
):
    """Say.

    More.
    """
    ...


def second(x):
    ...'''
    )


def test_starter_of_nothing():
    with pytest.raises(ValueError, match="the source has no function"):
        checkers.starter("x = 1")
    with pytest.raises(ValueError, match="the body of f stands on the line of its signature"):
        checkers.starter("def f(x): return x")
    with pytest.raises(SyntaxError):
        checkers.starter("def f(")


def test_importing_the_checkers_imports_no_keras():
    source = "import sys, cnnbook.checkers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout.split()
    assert "cnnbook.checkers" in loaded
    assert not {"keras", "tensorflow", "matplotlib"}.intersection(loaded)


def test_report_without_a_failure_is_true():
    assert Report(passed=True, cases=1)
    assert not Report(passed=False, cases=1)
