"""Right and wrong answers: computed from the module when the book is built, written as pages write numbers."""

import ast
import importlib
import math
import numbers
from typing import Any

from cnnbook import CnnBookError

#: What an expression may name, and the module behind it; a module is imported when an expression first asks for it.
NAMES = {
    **{
        name: f"cnnbook.{name}"
        for name in ("shapes", "reference", "handout", "experiments", "intervals", "architecture", "data", "lab")
    },
    "plotting": "cnnbook.plotting",
    "svg": "cnnbook.plotting.svg",
    "np": "numpy",
    "math": "math",
}

#: Browsers compute with doubles; up to here every whole number is one.
_LARGEST = 2**53
_DECIMALS_TYPED = 6

Number = int | float
Shape = tuple[int, ...]


class QuizError(CnnBookError):
    """A quiz item is not written as it has to be."""


def evaluate(expression: str) -> Any:
    """Evaluate an expression of a page: Python, with the names of `NAMES` and the built-in functions.

    >>> evaluate("shapes.output_size(32, 3, stride=2)")
    15
    """
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise QuizError(f"`{expression}` is not a Python expression ({error.msg}).") from error
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = {name: importlib.import_module(module) for name, module in NAMES.items() if name in used}
    try:
        return eval(compile(tree, "<quiz>", "eval"), names)
    except Exception as error:  # whatever it raises, the mistake is the page's, and is reported there
        raise QuizError(f"`{expression}` raises {type(error).__name__}: {error}.") from error


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def read_number(expression: str) -> Number:
    """Evaluate an expression that has to give a number that a browser can hold.

    >>> read_number("np.float32(0.5)"), read_number("shapes.conv_parameters(3, 3, 32)")
    (0.5, 896)
    """
    value = evaluate(expression)
    if _is_whole(value) and abs(value) <= _LARGEST:
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral) and math.isfinite(value):
        return float(value)
    raise QuizError(f"`{expression}` gives {value!r}; a number up to 2**53 is needed.")


def read_shape(expression: str) -> Shape:
    """Evaluate an expression that has to give whole numbers, one for each axis.

    >>> read_shape("np.zeros((32, 32, 3)).shape")
    (32, 32, 3)
    """
    value = evaluate(expression)
    if isinstance(value, tuple | list) and value and all(_is_whole(size) and size >= 0 for size in value):
        return tuple(int(size) for size in value)
    raise QuizError(f"`{expression}` gives {value!r}; a tuple of whole numbers is needed, one for each axis.")


def read_tolerance(text: str | None, answer: Number | Shape) -> Number:
    """Give the absolute tolerance of an answer: none for whole numbers and shapes unless the page says so.

    >>> read_tolerance(None, 896), read_tolerance("0.01", 1 / 3)
    (0, 0.01)
    """
    if text is None:
        if isinstance(answer, float):
            raise QuizError(f"The answer is the float {answer!r}: say with `:tolerance:` how near counts as right.")
        return 0
    if isinstance(answer, tuple):
        raise QuizError("A shape is right or wrong: :tolerance: is for numbers.")
    try:
        tolerance = float(text)
    except ValueError as error:
        raise QuizError(f"`:tolerance: {text}` is not a number; write for example 0.01.") from error
    if not 0 <= tolerance < math.inf:
        raise QuizError(f"`:tolerance: {text}` has to be a number from 0 up.")
    return int(tolerance) if tolerance.is_integer() else tolerance


def check_apart(answer: Number | Shape, wrong: list[tuple[str, Number | Shape]], tolerance: Number = 0) -> None:
    """Refuse wrong answers that count as right, that another expression gives too, or that have too many decimals.

    >>> check_apart(896, [("a", 864), ("b", 864)])
    Traceback (most recent call last):
    booksite.quiz.values.QuizError: The wrong answers `a` and `b` both give 864: keep one.
    """

    def same(left, right):
        return left == right if isinstance(left, tuple) else abs(left - right) <= tolerance

    for place, (expression, value) in enumerate(wrong):
        if same(value, answer):
            raise QuizError(f"The wrong answer `{expression}` gives {value}, which counts as right ({answer}).")
        for earlier, earlier_value in wrong[:place]:
            if same(value, earlier_value):
                raise QuizError(f"The wrong answers `{earlier}` and `{expression}` both give {value}: keep one.")
        if isinstance(value, float) and not tolerance and round(value, _DECIMALS_TYPED) != value:
            raise QuizError(
                f"The wrong answer `{expression}` gives {value!r}, which has too many decimals to type: "
                "set `:tolerance:` or round it."
            )


def write_value(value: Number | Shape, tolerance: Number = 0) -> str:
    """Write an answer as the pages do: thousands apart, a minus, and as many decimals as the tolerance asks for.

    >>> write_value(-1728), write_value(1 / 3, 0.01), write_value(0.5), write_value((32, 32, 3))
    ('−1,728', '0.33', '0.5', '32×32×3')
    """
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    decimals = f".{max(0, math.ceil(-math.log10(tolerance)))}f" if tolerance and isinstance(value, float) else ""
    return f"{value:,{decimals}}".replace("-", "−")
