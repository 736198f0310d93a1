"""`cnnbook.checkers`: right functions pass, wrong ones do not, and the reader is told what is wrong with them."""

import ast
import copy
import dataclasses
import functools
import re
import sys
import time
from fractions import Fraction

import numpy as np
import pytest

from cnnbook import checkers, reference, shapes
from cnnbook.checkers import convolutions, parameters, pooling, run, sizes
from cnnbook.checkers.limit import TimeUp, call_within
from cnnbook.mistakes import MISTAKES
from fresh_python import modules_after
from pages import BOOK, code_cells

PAGES = ("review/write-it-yourself.md", "review/write-convolutions.md")
EXERCISES = {
    "output_size": lambda: sizes.OUTPUT_SIZE,
    "receptive_field": lambda: sizes.RECEPTIVE_FIELD,
    "count_parameters": parameters.count_parameters_exercise,
    "convolve_1d": lambda: convolutions.CONVOLVE_1D,
    "convolve_2d": lambda: convolutions.CONVOLVE_2D,
    "fast_convolve_2d": lambda: convolutions.FAST_CONVOLVE_2D,
    "max_pool": lambda: pooling.MAX_POOL,
}
every_exercise = pytest.mark.parametrize("name", EXERCISES)


def exercise(name):
    return EXERCISES[name]()


def check(name, function, **options):
    return getattr(checkers, f"check_{name}")(function, **options)


@functools.cache
def cells_about(name, pattern):
    """The cells of the pages, in order, that have a line with the pattern."""
    return [cell.source for page in PAGES for cell in code_cells(page) if re.search(pattern, cell.source, re.M)]


@functools.cache
def solution(name):
    """The source of a page's own solution, without the call of its checker."""
    tree = ast.parse(cells_about(name, rf"^def {name}\(")[-1])
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return ast.unparse(tree)


class Silent(Exception):
    """An error, or a result, whose text cannot be had."""

    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


class Odd(int):
    """An int whose own methods do not do what those of an int do."""

    def __eq__(self, other):
        raise RuntimeError

    __hash__, __repr__, __str__ = int.__hash__, __eq__, __eq__


def built(name, source=None):
    """The function that a source defines; without a source, the page's solution."""
    values = {
        "np": np,
        "Silent": Silent,
        "Odd": Odd,
        "Fraction": Fraction,
        "sliding_window_view": np.lib.stride_tricks.sliding_window_view,
    }
    if "keras" in sys.modules:
        values["layers"] = sys.modules["keras"].layers
    exec(compile(source or solution(name), f"<{name}>", "exec"), values)
    return values[name]


def changed(name, old, new):
    """A page's solution with a piece of its source replaced."""
    source = solution(name)
    assert old in source, f"{old!r} is not in the solution:\n{source}"
    return built(name, source.replace(old, new))


@pytest.fixture(autouse=True)
def _keras(request):
    """Import Keras before a test that names the exercise on models: its solution uses ``layers``."""
    if "count_parameters" in request.node.name:
        pytest.importorskip("keras")


def test_every_checker_has_an_exercise():
    assert {f"check_{name}" for name in EXERCISES} == {name for name in checkers.__all__ if name.startswith("check_")}


# --- the pages ---


@every_exercise
def test_solution_of_the_page_is_right(name):
    report = check(name, built(name))
    assert report
    assert (report.right, report.reason, report.mistake) == (True, "", None)
    assert repr(report) == f"Right: all {report.cases} cases."
    assert report.cases >= 8


@every_exercise
def test_starter_of_the_page_is_made_of_its_solution(name):
    starter, solved = cells_about(name, rf"^def {name}\(")
    assert starter.removeprefix("from keras import layers\n\n\n") == checkers.starter(solved)
    assert f"def {exercise(name).signature}:" in starter.splitlines()
    # The checker is called on the starter, and on the solution in its own cell.
    assert cells_about(name, rf"^check_{name}\({name}\)$")[1] == solved
    report = check(name, built(name, starter))
    assert report.reason == "none"
    assert "yours returned None" in report.sentence
    assert "`return`" in repr(report)


@every_exercise
def test_hints_of_an_exercise(name):
    assert all(case.nudge for case in exercise(name).cases)
    titles = {re.search(r"^# (.*)$", path.read_text("utf-8"), re.M)[1] for path in BOOK.rglob("*.md")}
    named = re.findall('"([A-Z][^"]*)"', exercise(name).third)
    assert named
    assert set(named) <= titles


# --- wrong functions: the page's solution with a piece replaced, and the mistake that is to be recognised ---

STOPS = "(cells - span) // stride + 1"
# After `range(0, stops, stride)`, and no longer `stop * stride`: what is written where.
MORE = [
    ":\n        y[stop] = (kernel * x[stop : stop + len(kernel)]).sum()\n    for stop in ()",
    ":\n        y[stop // stride] = (kernel * x[stop : stop + len(kernel)]).sum()\n    for stop in ()",
]
WRONG = {
    "output_size": [
        (STOPS, "cells - span + 1", "stride-forgotten"),
        (STOPS, "-((cells - span) // -stride) + 1", "rounded-up"),
        (STOPS, "round((cells - span) / stride) + 1", "rounded-to-nearest"),
        (STOPS, "(cells - span) // stride", "plus-one-forgotten"),
        (STOPS, "(cells - span + 1) // stride", "one-before-division"),
        ("2 * padding", "padding", "padding-once"),
        ("n + 2 * padding", "n", "padding-forgotten"),
        (STOPS, "cells - span // stride + 1", "brackets-lost"),
        (STOPS, "(n - span) + 2 * padding // stride + 1", "brackets-lost"),
        (STOPS, "n - span + (2 * padding // stride + 1)", "brackets-lost"),
        ("dilation * (kernel_size - 1) + 1", "kernel_size", "dilation-forgotten"),
        ("dilation * (kernel_size - 1) + 1", "dilation * kernel_size", "span-product"),
        ("dilation * (kernel_size - 1) + 1", "(dilation + 1) * (kernel_size - 1) + 1", "dilation-skips-d"),
        ("span > cells", "False", "kernel-does-not-fit"),
    ],
    "receptive_field": [
        ("jump *= stride", "pass", "strides-forgotten"),
        ("(kernel_size - 1)", "kernel_size", ""),
        ("size, jump = (1, 1)", "size, jump = (0, 1)", "input-cell-forgotten"),
        ("(kernel_size - 1) * jump", "(kernel_size - 1) * stride", "earlier-strides-forgotten"),
        ("jump *= stride", "jump = stride", "one-stride-back"),
        ("jump *= stride", "jump += stride - 1", "strides-added"),
        ("size += (kernel_size - 1) * jump", "size *= kernel_size", "kernels-multiplied"),
        ("size += (kernel_size - 1) * jump", "size = (size - 1) * stride + kernel_size", "field-backwards"),
        ("size += (kernel_size - 1) * jump", "size += (kernel_size - 1) * jump * stride", "stride-too-early"),
        ("return size", "return jump", "jump-for-size"),
        ("return size", "return sum(kernel_size for kernel_size, stride in layers)", "kernels-added"),
    ],
    "count_parameters": [
        ("(weights + layer.use_bias)", "weights", "bias-forgotten"),
        ("+ layer.use_bias", "+ 0", "bias-forgotten"),
        (
            "(weights + layer.use_bias) * layer.filters",
            "weights * layer.filters + layer.use_bias",
            "one-bias-per-layer",
        ),
        (" * layer.input.shape[-1]\n", "\n", "one-channel"),
        ("width * layer.input.shape[-1]", "width * model.inputs[0].shape[-1]", "image-channels"),
        ("height * width", "height * height", "square-kernel"),
        ("height * width", "(height + width)", "sides-added"),
        ("layer.use_bias", "1", "use-bias-ignored"),
        ("isinstance(layer, layers.Dense)", "False", "dense-forgotten"),
        ("total +=", "total =", "last-layer-only"),
        (
            "(weights + layer.use_bias) * layer.filters",
            "(height * width + 1) * layer.input.shape[-1] * layer.filters",
            "one-bias-per-channel",
        ),
    ],
    "convolve_1d": [
        ("kernel[tap]", "kernel[-1 - tap]", "flipped-kernel"),
        ("np.pad(x, padding)", "np.pad(x, (padding, 0))", "padding-before-only"),
        ("np.pad(x, padding)", "np.pad(x, (0, padding))", "padding-after-only"),
        ("np.pad(x, padding)", "np.pad(x, (2 * padding, 0))", "all-padding-before"),
        ("np.pad(x, padding)", "np.pad(x, (0, 2 * padding))", "all-padding-after"),
        ("np.pad(x, padding)", "np.pad(x, padding, 'edge')", "edge-repeated"),
        ("np.pad(x, padding)", "np.pad(x, padding, 'wrap')", "edge-wrapped"),
        ("np.pad(x, padding)", "x", "padding-forgotten"),
        ("stops = ", "stride = 1\n    stops = ", "stride-forgotten"),
        ("stops = ", "stride = len(kernel)\n    stops = ", "moved-by-window"),
        ("// stride + 1", "// stride", "plus-one-forgotten"),
        ("np.zeros(stops)", "np.zeros(stops, int)", "whole-numbers"),
        ("np.zeros(stops)", "np.zeros_like(x[:stops])", "whole-numbers"),
        ("return y", "return y / len(kernel)", "mean-for-sum"),
        ("stop * stride + tap", "stop + tap", "window-not-moved"),
        ("in range(stops)", "in range(0, stops, stride)", "stride-over-windows"),
        *(
            ("for stop in range(stops)", f"for stop in range(0, stops, stride){more}", "stride-over-windows")
            for more in MORE
        ),
        ("return y", "return y[range(0, stops, stride)]", "stride-over-windows"),
    ],
    "max_pool": [
        ("window.max(", "window.mean(", "average-for-max"),
        ("window.max(", "window.min(", "min-for-max"),
        ("window.max(axis=(0, 1))", "window[0, 0]", "first-cell-of-window"),
        ("stride = kernel_size if stride is None else stride", "stride = kernel_size", "stride-forgotten"),
        ("stride = kernel_size if", "stride = 1 if", "stride-default-one"),
        ("window.max(axis=(0, 1))", "window.max()", "channels-pooled"),
        ("window.max(axis=(0, 1))", "np.maximum(0, window.max(axis=(0, 1)))", "started-from-zero"),
        ("window.max(", "abs(window).max(", "largest-magnitude"),
        ("return pooled", "return pooled.max(axis=-1)", "channels-lost"),
        ("return pooled", "return pooled[..., :1]", "first-channel-only"),
        ("row * stride, column * stride", "row, column", "window-not-moved"),
        ("return pooled", "return pooled[::stride, ::stride]", "stride-over-windows"),
        ("return pooled", "return pooled.swapaxes(0, 1)", "map-transposed"),
        ("- kernel_size) // stride + 1", "- kernel_size + stride - 1) // stride + 1", "rounded-up"),
        ("channels))", "channels), int)", "whole-numbers"),
    ],
}
BOTH_2D = [
    ("sides = (padding, padding)", "sides = (padding, 0)", "padding-before-only"),
    ("sides = (padding, padding)", "sides = (0, padding)", "padding-after-only"),
    ("sides = (padding, padding)", "sides = (2 * padding, 0)", "all-padding-before"),
    ("sides = (padding, padding)", "sides = (0, 2 * padding)", "all-padding-after"),
    ("sides = (padding, padding)", "sides = (0, 0)", "padding-forgotten"),
    ("(sides, sides, (0, 0))", "(sides, (0, 0), (0, 0))", "padding-rows-only"),
    ("sides =", "stride = 1; sides =", "stride-forgotten"),
    ("sides =", "kernel = kernel[::-1, ::-1]; sides =", "flipped-kernel"),
    ("sides =", "bias = bias * image.shape[2]; sides =", "one-bias-per-channel"),
    ("sides =", "bias = bias * kernel[..., 0].size; sides =", "bias-per-product"),
    ("sides =", "bias = 0 * bias; sides =", "bias-forgotten"),
    ("sides =", "bias = bias[[0] * len(bias)]; sides =", "bias-of-first-filter"),
    ("sides =", "image = image[..., :1]; kernel = kernel[:, :, :1]; sides =", "one-channel"),
    ("sides =", "image = image[..., -1:]; kernel = kernel[:, :, -1:]; sides =", "last-channel-only"),
    ("sides =", "kernel = kernel / kernel[..., 0].size; sides =", "mean-for-sum"),
]
WRONG["convolve_2d"] = [
    *BOTH_2D,
    ("kernel[..., filter]", "kernel.swapaxes(0, 1)[..., filter]", "kernel-transposed"),
    ("return maps", "return maps.swapaxes(0, 1)", "map-transposed"),
    ("return maps", "return maps.sum(axis=-1)", "filters-added"),
    ("return maps", "return np.moveaxis(maps, -1, 0)", "channels-first"),
    ("return maps", "return maps[..., :1]", "first-filter-only"),
    ("return maps", "return np.maximum(maps, 0)", "relu-applied"),
    ("filters))", "filters), int)", "whole-numbers"),
    ("row * stride, column * stride", "row, column", "window-not-moved"),
    ("products =", "if row % stride or column % stride: continue\n        products =", "stride-over-windows"),
    ("return maps", "return maps[::stride, ::stride]", "stride-over-windows"),
]
WRONG["fast_convolve_2d"] = [
    *BOTH_2D,
    ("windows[::stride, ::stride]", "windows[::stride]", "stride-rows-only"),
    ("windows[::stride, ::stride]", "windows[:, ::stride]", "stride-columns-only"),
    (
        "windows[::stride, ::stride]",
        "windows[: (windows.shape[0] - 1) // stride + 1, : (windows.shape[1] - 1) // stride + 1]",
        "window-not-moved",
    ),
    (" + bias", "", "bias-forgotten"),
    ("->rcf", "->fcr", ""),
    ("->rcf", "->crf", "map-transposed"),
]
CASES = [(name, *wrong) for name, wrongs in WRONG.items() for wrong in wrongs]


def image_oracle(image, kernel, bias, **options):
    return reference.conv2d(image[np.newaxis], kernel, bias, **options)[0]


def row_oracle(x, kernel, **options):
    return reference.conv1d(x[None, :, None], kernel[:, None, None], **options)[0, :, 0]


# Independent of the checkers' own: what the module and Keras say.
ORACLES = {
    "output_size": shapes.output_size,
    "receptive_field": lambda layers: shapes.receptive_field(layers).size,
    "count_parameters": lambda model: model.count_params(),
    "convolve_1d": row_oracle,
    "convolve_2d": image_oracle,
    "fast_convolve_2d": image_oracle,
    "max_pool": lambda image, kernel_size, **options: reference.max_pool2d(image[None], kernel_size, **options)[0],
}


def outcome(function, arguments, options):
    """The value of a call, or the kind of error that it raised."""
    has_model = any(hasattr(argument, "layers") for argument in arguments)
    try:
        return function(*arguments if has_model else copy.deepcopy(arguments), **options)
    except (ValueError, TypeError, IndexError, ZeroDivisionError, NameError, AttributeError, Warning) as error:
        return type(error)


def agree(expected, result):
    if isinstance(expected, np.ndarray):
        return isinstance(result, np.ndarray) and expected.shape == result.shape and np.allclose(expected, result)
    return type(expected) is type(result) and expected == result


@pytest.mark.parametrize(("name", "old", "new", "mistake"), CASES)
def test_wrong_function_is_told_its_mistake(name, old, new, mistake):
    function = changed(name, old, new)
    report = check(name, function, hint=2)
    assert not report
    assert report.reason in ("value", "shape", "accepted")
    assert repr(report).startswith("Not yet: ")
    call = report.arguments, report.options
    assert not agree(outcome(ORACLES[name], *call), outcome(function, *call)), "it fails the case that the report keeps"
    if mistake:
        assert report.mistake.name == mistake
        assert report.hints[1] == MISTAKES[mistake].sentence
        assert report.page == MISTAKES[mistake].page
    else:
        assert (report.mistake, report.page) == (None, "")
        assert report.hints[1] == exercise(name).second


@every_exercise
def test_every_known_mistake_is_recognised_and_never_passes(name):
    assert len(exercise(name).mistakes) >= 4
    named = {mistake: set() for mistake in exercise(name).mistakes}
    for mistake, wrong in exercise(name).wrong_functions:
        if not (report := check(name, wrong)):
            named[mistake].add(report.mistake and report.mistake.name)
    assert named == {mistake: {mistake} for mistake in named}


@every_exercise
def test_oracle_of_the_checker(name):
    for case in exercise(name).cases:
        call = case.arguments, case.options
        assert agree(outcome(exercise(name).oracle, *call), outcome(ORACLES[name], *call))


@every_exercise
def test_a_mistake_that_the_checker_does_not_know_is_never_taken_for_another(name):
    """Many agree with another at the first case that fails; the later cases tell them apart."""
    taken = {}
    for mistake, wrong in exercise(name).wrong_functions:
        others = {other: function for other, function in exercise(name).mistakes.items() if other != mistake}
        report = run.check(dataclasses.replace(exercise(name), mistakes=others), wrong)
        if report.mistake:
            taken[mistake] = report.mistake.name
    assert not taken


@pytest.mark.parametrize(
    ("name", "source", "mistake"),
    [
        ("output_size", "(n, kernel_size, *, stride=1): return n - kernel_size + 1", "stride-forgotten"),
        ("output_size", "(n, kernel_size, **_): return n - kernel_size + 1", "stride-forgotten"),
        ("output_size", "(n, kernel_size, **_): return n - kernel_size if n < 8 else n", ""),
        ("convolve_1d", "(x, kernel, **_): return np.convolve(x, kernel, 'valid')", "flipped-kernel"),
        ("convolve_1d", "(x, kernel, **_): return np.convolve(x, kernel[::-1], 'valid')", "stride-forgotten"),
    ],
)  # fmt: skip
def test_who_has_not_come_to_the_later_options_is_told_the_mistake_all_the_same(name, source, mistake):
    report = check(name, built(name, f"def {name}{source}"))
    assert (report.mistake.name if report.mistake else "") == mistake


def test_input_and_padding_that_are_divided_apart_are_seen():
    def size(n, kernel_size, *, stride=1, padding=0, dilation=1):
        if padding and n + 2 * padding < dilation * (kernel_size - 1) + 1:
            raise ValueError
        shapes.output_size(n + 2 * padding, kernel_size, dilation=dilation)
        return (n - dilation * (kernel_size - 1) - 1) // stride + 2 * padding // stride + 1

    def cut(arrays, length, taps, stride, padding):
        return arrays[: size(length, taps, stride=stride, padding=padding)]

    def row(x, kernel, *, stride=1, padding=0):
        return cut(row_oracle(x, kernel, stride=stride, padding=padding), len(x), len(kernel), stride, padding)

    def maps(image, kernel, bias, *, stride=1, padding=0):
        right = image_oracle(image, kernel, bias, stride=stride, padding=padding)
        return cut(right, len(image), len(kernel), stride, padding)

    for name, function in {"output_size": size, "convolve_1d": row, "convolve_2d": maps}.items():
        report = check(name, function)
        assert report.reason in ("value", "shape"), name
        assert report.options == {"stride": 3, "padding": 1}


def test_the_later_cases_decide_between_two_mistakes():
    # Both give 4 for the first stack with a stride; only the longer ones tell them apart.
    for name in ("strides-forgotten", "field-backwards"):
        function = sizes.RECEPTIVE_FIELD.mistakes[name]
        report = checkers.check_receptive_field(function)
        assert report.arguments == ([(2, 2), (3, 1)],)
        assert function(*report.arguments) == 4
        assert report.mistake.name == name


# --- whatever is changed in a solution, the checker sees it ---


OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.Is, ast.IsNot)


def changes(node, names):
    """What a node of a syntax tree can be in its place: an attribute, and its other values."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return "op", [operator() for operator in OPERATORS]
    if isinstance(node, ast.Compare):
        return "ops", [[comparison()] for comparison in COMPARISONS]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return "value", [node.value + step for step in (-1, 1, 2)]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        return "id", names
    return "", []


def mutants(source):
    """Every program that differs from `source` in one operator, number or name."""
    tree = ast.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"np", "range", "isinstance"}
    for node in list(ast.walk(tree)):
        attribute, values = changes(node, sorted(used))
        before = getattr(node, attribute, None)
        for value in values:
            setattr(node, attribute, value)
            yield ast.unparse(tree)
        if attribute:
            setattr(node, attribute, before)


def random_call(name, random):
    """Arguments and options that the exercise allows, drawn at random."""
    stride, padding = int(random.integers(1, 4)), int(random.integers(0, 3))
    options = {"stride": stride, "padding": padding}
    if name == "output_size":
        n, kernel_size, dilation = (int(random.integers(1, top)) for top in (12, 6, 4))
        return (n, kernel_size), options | {"dilation": dilation}
    if name == "receptive_field":
        return ([tuple(int(i) for i in pair) for pair in random.integers(1, 4, (random.integers(0, 5), 2))],), {}
    rows, columns, kernel_h, kernel_w, channels, filters = random.integers((4, 4, 1, 1, 1, 1), (8, 8, 4, 4, 4, 4))
    image = random.normal(size=(rows, columns, channels))
    if name == "convolve_1d":
        return (image[:, 0, 0], random.normal(size=kernel_h)), options
    if name == "max_pool":
        return (image, int(kernel_h)), {"stride": random.choice([None, stride])}
    return (image, random.normal(size=(kernel_h, kernel_w, channels, filters)), random.normal(size=filters)), options


def random_model(random):
    from keras import Input, Sequential, layers

    bias, bias_behind = map(bool, random.integers(0, 2, 2))
    height, width, channels, filters, filters_behind, units = map(int, random.integers(1, (4, 4, 5, 9, 9, 9)))
    return Sequential(
        [
            Input((9, 9, channels)),
            layers.Conv2D(filters, (height, width), use_bias=bias),
            layers.Conv2D(filters_behind, (width, height), use_bias=bias_behind),
            layers.Flatten(),
            layers.Dense(units, use_bias=bias),
            layers.Dense(3, use_bias=bias_behind),
        ]
    )


@functools.cache
def random_calls(name):
    random = np.random.default_rng(0)
    if name == "count_parameters":
        return [((random_model(random),), {}) for _ in range(10)]
    return [random_call(name, random) for _ in range(100)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@every_exercise
def test_no_change_of_a_solution_passes_unless_it_changes_nothing(name):
    right, passed = built(name), []
    calls = [(*call, outcome(right, *call)) for call in random_calls(name)]
    # A kernel that does not fit into an image is out of the exercise: NumPy refuses it in its own ways.
    calls = [call for call in calls if not isinstance(call[-1], type) or name == "output_size"]
    sources = set(mutants(solution(name))) - {solution(name)}
    assert len(sources) > 40
    for source in sources:
        mutant = built(name, source)
        # No mutant is endless; without a limit a check is faster.
        if check(name, mutant, seconds=None) and not all(
            agree(expected, outcome(mutant, *call)) for *call, expected in calls
        ):
            passed.append(source)
    assert passed == []


# --- what else functions do ---


def test_function_that_raises():
    source = """def output_size(n, kernel_size, *, stride=1, padding=0, dilation=1):
        size = n - kernel_size + 1
        return [size][stride - 1]"""
    function = built("output_size", source)
    report = checkers.check_output_size(function)
    assert report.reason == "raised"
    assert "output_size(8, 2, stride=2) should be 4, yours raised IndexError: list index out of range in line 3 of " \
        "your function." in report.sentence  # fmt: skip
    assert (report.arguments, report.options) == ((8, 2), {"stride": 2})
    with pytest.raises(IndexError):
        function(*report.arguments, **report.options)


@every_exercise
@pytest.mark.parametrize("error", [ValueError("no"), NotImplementedError(), SystemExit(3), KeyError("stride")])
def test_any_error_is_reported(name, error):
    def function(*arguments, **options):
        raise error

    report = check(name, function)
    assert report.reason == "raised"
    assert type(error).__name__ in report.sentence


def test_stop_button_is_not_swallowed():
    def function(*arguments, **options):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkers.check_output_size(function)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason", "words"),
    [
        ("output_size", "// stride", "/ stride", "type", "yours gave 5.0, a float"),
        ("output_size", STOPS, "np.floor((cells - span) / stride) + 1", "type", "5.0, a float64"),
        ("output_size", STOPS, "str(cells)", "type", "a str"),
        ("output_size", STOPS, "True", "type", "True, a bool"),
        ("receptive_field", "return size", "return size, jump", "type", "a tuple"),
        ("receptive_field", "return size", "return np.array(size)", "type", "a NumPy array"),
        ("count_parameters", "return total", "return float(total)", "type", "40.0, a float"),
        ("count_parameters", "return total", "return [total]", "type", "a list"),
        ("convolve_1d", "return y", "return list(y)", "type", "a list"),
        ("convolve_1d", "return y", "return y.sum()", "type", "a float64"),
        ("convolve_1d", "return y", "return (value for value in y)", "type", "yours gave a generator."),
        ("output_size", "return ", "return iter, ", "type", "should be the whole number 5, yours gave a tuple."),
        ("output_size", "return (", "return (n for n in ()) or (", "type", "yours gave a generator."),
        ("output_size", "return (", "return 10**5000 + (", "value", "should be 5, yours gave an int that cannot be wr"),
        ("output_size", "return (", "return 10**1000 + (", "value", "should be 5, yours gave 1000000"),
        ("output_size", "return (", "return Silent(10**5000) or (", "type", "yours gave a Silent."),
        ("output_size", "return (", "return Fraction(10**5000) or (", "type", "gave a Fraction that cannot be"),
        ("output_size", "return (", "return Odd(13) or (", "value", "should be 5, yours gave 13."),
        ("output_size", "return (", "raise Silent() or (", "raised", "yours raised Silent in line"),
        ("output_size", "return (", "raise BaseException('own') or (", "raised", "yours raised BaseException: own"),
        ("convolve_1d", "return y", "return np.ma.masked_array(y, y > 2)", "type", "masks 1 of 5 cells"),
        ("max_pool", "return pooled", "return np.ma.masked_equal(pooled, 1)", "type", "without a mask"),
        ("convolve_2d", "return maps", "return maps.tolist()", "type", "a list"),
        ("convolve_2d", "return maps", "return maps.astype(str)", "type", "the data type <U"),
        ("fast_convolve_2d", "return ", "return 1j * ", "type", "the data type complex128"),
        ("max_pool", "return pooled", "return pooled, stride", "type", "a tuple"),
        ("max_pool", "return pooled", "return pooled > 0", "type", "the data type bool"),
        ("convolve_1d", "x = np.pad", "x *= 2\n    x = np.pad", "changed", "changed its argument x."),
        ("convolve_1d", "return y", "kernel[:] = kernel[::-1].copy()\n    return y", "changed", "argument kernel."),
        ("convolve_2d", "return maps", "bias += 1\n    return maps", "changed", "argument bias."),
        ("fast_convolve_2d", "sides =", "image -= 1; image += 2; sides =", "changed", "argument image."),
        ("max_pool", "window.max(axis=(0, 1))", "window.max(axis=(0, 1)); window[:] = 0", "changed", "argument image."),
        ("receptive_field", "return size", "layers.append((1, 1))\n    return size", "changed", "argument layers."),
        ("output_size", "span = ", "output_size(n, kernel_size)\n    span = ", "raised", "RecursionError"),
        ("output_size", "n, kernel_size, *", "n, *", "signature", "output_size(7, 3) is not possible: too many pos"),
        ("output_size", "return ", "print(5); return None and ", "none", "yours returned None. It printed: 5"),
        ("output_size", "return ", "print(stride, 'x' * 1000); return 1 + ", "value", "yours gave 6. It printed: 1 xx"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_result(name, old, new, reason, words, capsys):
    report = check(name, changed(name, old, new))
    assert report.reason == reason
    assert words in report.sentence
    assert len(report.sentence) < 500
    assert capsys.readouterr().out == ""
    assert check(name, built(name)), "the cases themselves stay as they are"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("output_size", "return (", "return np.int64(1) * ("),
        ("convolve_1d", "return y", "return y.astype('float32')"),
    ],
)
def test_numbers_of_numpy_are_numbers(name, old, new):
    assert check(name, changed(name, old, new))


def test_first_hint_about_a_call():
    missing = checkers.check_output_size(lambda n, kernel_size, *, stride=1: (n - kernel_size) // stride + 1)
    assert "output_size(7, 3, padding=1) is not possible: got an unexpected keyword" in missing.sentence
    assert missing.hints == ("The first line is def output_size(n, kernel_size, *, stride=1, padding=0, dilation=1):",)
    printing = checkers.check_output_size(changed("output_size", "return ", "print(5); return None and "))
    assert "`return` gives it" in printing.hints[0]


@every_exercise
@pytest.mark.parametrize(("value", "kind"), [(5, "an int"), (None, "None"), (np.ones(3), "a NumPy array")])
def test_result_in_place_of_the_function(name, value, kind):
    report = check(name, value)
    assert report.reason == "function"
    assert repr(report).count(".") == 1
    assert f"takes the function itself, check_{name}({name}); got {kind}." in report.sentence


def test_function_without_a_signature():
    assert checkers.check_output_size(getattr).reason == "raised"


# --- time ---


def endless(*arguments, **options):
    while True:
        pass


ENDLESS = {
    "on one line": "while True: pass",  # Python 3.11 reports no new line there
    "within except": "while True:\n        try: int('no')\n        except Exception: continue",
    "comprehension": "return [number for number in itertools.count() if number < 0]",
    "generator": "return sum(0 for _ in itertools.count())",
    "printing": "while True: print('still here')",
    "swallows the end": "try:\n        while True: pass\n    except: return 5",
}


@every_exercise
def test_endless_loop_is_stopped(name):
    started = time.monotonic()
    report = check(name, endless, seconds=0.2)
    assert time.monotonic() - started < 5 or name == "count_parameters"
    assert report.reason == "late"
    assert "gave no result within 0.2 seconds." in report.sentence


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_other_endless_loops(body):
    function = built("function", f"import itertools\ndef function(*arguments, **options):\n    {body}")
    assert checkers.check_output_size(function, seconds=0.2).reason == "late"


def test_one_second_is_not_seconds_and_what_is_printed_for_ever_is_not_kept():
    function = built("function", "def function(*arguments, **options):\n    while True: print('x' * 10**6)")
    assert "gave no result within 1 second." in checkers.check_output_size(function, seconds=1).sentence
    printed = run._Printed()
    assert printed.write("x" * 10**6) == 10**6
    assert len(printed.getvalue()) == 1000


def test_without_a_limit():
    assert call_within(None, sorted, [2, 1], reverse=True).value == [2, 1]
    assert checkers.check_output_size(built("output_size"), seconds=None)


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


def test_steps_are_lines_and_not_the_instructions_that_a_line_is_made_of():
    def straight():
        a = b = c = d = e = f = g = h = 1
        return a + b + c + d + e + f + g + h

    def loop(turns):
        for _ in range(turns):
            pass

    # One call, two lines, one return; as many whether the clock is looked at or not.
    assert call_within(5, straight).steps == call_within(None, straight).steps == 4
    few, many = (call_within(5, loop, turns).steps for turns in (10, 110))
    assert many - few >= 100


# --- loops where there should be none ---


LOOPS = {
    "comprehension": "return np.stack([by_row(image, r) for r in range(rows)])",
    "map": "return np.stack(list(map(lambda r: by_row(image, r), range(rows))))",
    "recursion": "return np.stack(each(rows - 1))",
}
PADDED = """
def fast_convolve_2d(image, kernel, bias, *, stride=1, padding=0):
    image = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    height, width = kernel.shape[:2]
    rows, columns = (image.shape[0] - height) // stride + 1, (image.shape[1] - width) // stride + 1
    """
BY_ROWS = """def by_row(image, row):
        part = image[row * stride : row * stride + height]
        windows = sliding_window_view(part, (height, width), axis=(0, 1))[0, ::stride]
        return np.einsum("cdij,ijdf->cf", windows, kernel) + bias
    def each(row):
        return [] if row < 0 else [*each(row - 1), by_row(image, row)]
    """
BY_CHANNELS = """windows = sliding_window_view(image, (height, width), axis=(0, 1))[::stride, ::stride]
    total = bias
    for channel in range(image.shape[2]):
        total = total + np.einsum("rcij,ijf->rcf", windows[:, :, channel], kernel[:, :, channel])
    return total"""
BY_KERNEL = """total = bias
    for i in range(height):
        for j in range(width):
            part = image[i : i + rows * stride : stride, j : j + columns * stride : stride][:rows, :columns]
            total = total + part @ kernel[i, j]
    return total"""


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_loop_over_rows_is_found_however_it_is_written(loop):
    report = checkers.check_fast_convolve_2d(built("fast_convolve_2d", PADDED + BY_ROWS + loop), hint=2)
    assert report.reason == "rule"
    assert "the values are right, but there is a loop over rows:" in report.sentence
    assert report.mistake.name == "python-loop"


def test_loops_over_cells_channels_and_filters_are_named():
    loops = built("convolve_2d")
    assert "a loop over rows, columns and filters:" in checkers.check_fast_convolve_2d(loops).sentence
    report = checkers.check_fast_convolve_2d(built("fast_convolve_2d", PADDED + BY_CHANNELS))
    assert "a loop over channels:" in report.sentence


def test_loop_over_the_kernel_is_allowed():
    assert checkers.check_fast_convolve_2d(built("fast_convolve_2d", PADDED + BY_KERNEL))


@pytest.mark.parametrize(
    "counted",
    [
        "model.count_params()",
        "sum(layer.count_params() for layer in model.layers)",
        "int(sum(np.prod(weight.shape) for weight in model.weights))",
        "int(sum(np.prod(a.shape) for l in model.layers if hasattr(l, 'units') or hasattr(l, 'filters')"
        " for a in (l.kernel, l.bias) if a is not None))",
        "int(sum(np.prod(l._kernel.shape) + l.use_bias * l._kernel.shape[-1]"
        " for l in model.layers if hasattr(l, '_kernel')))",
    ],
)
def test_count_parameters_by_keras_is_no_count(counted):
    function = built("count_parameters", f"def count_parameters(model):\n    return {counted}")
    report = checkers.check_count_parameters(function)
    assert report.reason == "rule"
    assert "Keras counted them" in report.sentence


def test_count_parameters_may_use_such_names_for_its_own_variables():
    source = solution("count_parameters").replace("weights", "kernel").replace("total = 0", "total = bias - bias")
    assert checkers.check_count_parameters(built("count_parameters", f"bias = 1\n{source}"))


# --- hints ---


@every_exercise
def test_hints_are_graded(name):
    function = changed(name, *WRONG[name][0][:2])
    reports = [check(name, function, hint=hint) for hint in (1, 2, 3)]
    for count, report in enumerate(reports, 1):
        assert report.hints == reports[2].hints[:count]
        assert repr(report).count("Hint: ") == count
        assert report.more == (f"check_{name}({name}, hint={count + 1}) tells more." if count < 3 else "")
        assert report.sentence == reports[0].sentence
        assert len(repr(report).splitlines()) == (count + 2 if count < 3 else 4)
    assert len(set(reports[2].hints)) == 3
    assert reports[2].hints[2] == exercise(name).third
    assert repr(check(name, function)) == repr(reports[0]), "nothing is remembered"


def test_hint_that_does_not_exist():
    with pytest.raises(ValueError, match=r"the hint must be 1, 2 or 3; got 4"):
        checkers.check_output_size(max, hint=4)


def test_name_of_the_function_is_that_of_the_reader():
    def mine(n, kernel_size, *, stride=1, padding=0, dilation=1):
        return 1

    report = checkers.check_output_size(mine)
    assert "mine(7, 3) should be 5, yours gave 1." in report.sentence
    assert report.more == "check_output_size(mine, hint=2) tells more."
    assert "output_size(7, 3)" in checkers.check_output_size(lambda *a, **b: 1).sentence


def test_difference_of_arrays_in_words():
    report = checkers.check_convolve_2d(changed("convolve_2d", "return maps", "maps[1, 0, 0] += 1\n    return maps"))
    assert re.search(
        r"with image \(4, 4, 1\), kernel \(2, 2, 1, 1\), bias \(1,\) should have -?\d+ in cell \[1, 0, 0\], "
        r"yours has -?\d+; 1 of 9 cells differ\.",
        report.sentence,
    )
    report = checkers.check_convolve_2d(changed("convolve_2d", "sides = (padding, padding)", "sides = (padding, 0)"))
    assert "padding=1) with image (4, 5, 2)" in report.sentence
    assert "should have the shape (4, 5, 2), yours has (3, 4, 2)" in report.sentence


# --- the starter ---


def test_starter_keeps_imports_signatures_and_docstrings():
    source = '''import numpy as np
import os

@np.vectorize
def first(x, *, y=1):
    """Say.

    More.
    """
    # a comment
    return x


def second(x):  # a comment
    if x: return 1
    return 2


first(1)'''
    assert (
        checkers.starter(source)
        == '''import numpy as np


import os


@np.vectorize
def first(x, *, y=1):
    """Say.

    More.
    """
    ...


def second(x):
    ...'''
    )


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [("x = 1", ValueError, "the source has no function"), ("def f(", SyntaxError, "closed")],
)
def test_starter_of_nothing(source, error, words):
    with pytest.raises(error, match=words):
        checkers.starter(source)


def test_importing_the_checkers_imports_no_keras():
    loaded = modules_after("import cnnbook.checkers")
    assert "cnnbook.checkers" in loaded
    assert not {"keras", "tensorflow", "matplotlib"} & loaded
