"""The answers of quiz items: computed from the module when the book is built, written as pages write numbers."""

import ast
import importlib
import math
import numbers

from cnnbook import CnnBookError

#: What an expression may name, and the module behind it; a module is imported when an expression first asks for it.
NAMES = {
    **{
        name: f"cnnbook.{name}"
        for name in ("shapes", "reference", "handout", "experiments", "intervals", "architecture", "models")
    },
    "np": "numpy",
    "math": "math",
}

#: Browsers compute with doubles; up to here every whole number is one.
_LARGEST = 2**53
_DECIMALS_TYPED = 6


class QuizError(CnnBookError):
    """A quiz item is not written as it has to be."""


def evaluate(expression):
    """Evaluate an expression of a page.

    Parameters
    ----------
    expression : str
        Python, with the names of `NAMES` and the built-in functions.

    Raises
    ------
    QuizError
        The expression cannot be parsed, or raises.

    Examples
    --------
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


def read_number(expression):
    """Evaluate an expression that has to give one number.

    Returns
    -------
    int or float

    Raises
    ------
    QuizError
        It gives something else, or a number that a browser cannot hold.

    Examples
    --------
    >>> read_number("np.float32(0.5)"), read_number("shapes.conv_parameters(3, 3, 32)")
    (0.5, 896)
    """
    value = evaluate(expression)
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral) and math.isfinite(value):
        return float(value)
    raise QuizError(f"`{expression}` gives {value!r}, and a number up to 2**53 is needed.")


def read_shape(expression):
    """Evaluate an expression that has to give a shape.

    Returns
    -------
    tuple of int

    Raises
    ------
    QuizError
        It gives something else than whole numbers, one for each axis.

    Examples
    --------
    >>> read_shape("np.zeros((32, 32, 3)).shape")
    (32, 32, 3)
    """
    value = evaluate(expression)
    whole = isinstance(value, tuple | list) and all(
        isinstance(size, numbers.Integral) and not isinstance(size, bool) and size >= 0 for size in value
    )
    if not whole or not value:
        raise QuizError(f"`{expression}` gives {value!r}, and a tuple of whole numbers is needed, one for each axis.")
    return tuple(int(size) for size in value)


def read_tolerance(text, answer):
    """Give the absolute tolerance of a number: none for a whole number unless the page says so.

    Parameters
    ----------
    text : str or None
        What the page says.
    answer : int or float

    Raises
    ------
    QuizError
        It is not a number from 0 up, or it is missing where the answer is a float.

    Examples
    --------
    >>> read_tolerance(None, 896), read_tolerance("0.01", 1 / 3)
    (0, 0.01)
    """
    if text is None:
        if isinstance(answer, float):
            raise QuizError(f"The answer is the float {answer!r}: say with `:tolerance:` how near counts as right.")
        return 0
    try:
        tolerance = float(text)
    except ValueError as error:
        raise QuizError(f"`:tolerance: {text}` is not a number; write for example 0.01.") from error
    if not 0 <= tolerance < math.inf:
        raise QuizError(f"`:tolerance: {text}` has to be a number from 0 up.")
    return int(tolerance) if tolerance.is_integer() else tolerance


def check_apart(answer, wrong, tolerance=0):
    """Refuse wrong answers that a reader could not be told apart by, or could not type.

    Parameters
    ----------
    answer : int, float or tuple of int
    wrong : dict of str to (int, float or tuple of int)
        The value of each expression.
    tolerance : float
        For numbers.

    Raises
    ------
    QuizError
        Names the two expressions that give the same.

    Examples
    --------
    >>> check_apart(896, {"a": 864, "b": 864})
    Traceback (most recent call last):
    booksite.quiz.answers.QuizError: The wrong answers `a` and `b` both give 864: keep one.
    """

    def same(one, other):
        return one == other if isinstance(one, tuple) else abs(one - other) <= tolerance

    seen = {}
    for expression, value in wrong.items():
        if same(value, answer):
            raise QuizError(f"The wrong answer `{expression}` gives {value}, which counts as right ({answer}).")
        for other, earlier in seen.items():
            if same(value, earlier):
                raise QuizError(f"The wrong answers `{other}` and `{expression}` both give {value}: keep one.")
        if isinstance(value, float) and not tolerance and round(value, _DECIMALS_TYPED) != value:
            raise QuizError(
                f"The wrong answer `{expression}` gives {value!r}, which nobody types: set `:tolerance:` or round it."
            )
        seen[expression] = value


def write_number(value, tolerance=0):
    """Write a number as the pages do: thousands apart, a minus, and as many decimals as the tolerance asks for.

    >>> write_number(-1728), write_number(1 / 3, 0.01), write_number(0.5)
    ('−1,728', '0.33', '0.5')
    """
    if isinstance(value, int) or not tolerance:
        text = f"{value:,}"
    else:
        text = f"{value:,.{max(0, math.ceil(-math.log10(tolerance)))}f}"
    return text.replace("-", "−")


def write_shape(shape):
    """Write a shape as the pages do.

    >>> write_shape((32, 32, 3))
    '32×32×3'
    """
    return "×".join(map(str, shape))
