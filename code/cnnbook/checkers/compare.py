"""Compare what a function should give with what it gave, and put the difference into words."""

import numbers
from typing import Any, NamedTuple

import numpy as np

# So many cells of a row are shown; of larger arrays the first cell that differs.
_SHOWN = 12


class Difference(NamedTuple):
    """The `reason` as in `Report`, the `sentence` after the call, a `nudge`, and whether fractions were cut off."""

    reason: str
    sentence: str
    nudge: str = ""
    whole: bool = False


def difference(expected: Any, result: Any) -> Difference | None:
    """Say how a result differs from the expected one, an int or an array; None if it does not.

    >>> difference(2, 3).sentence
    'should be 2, yours gave 3'
    >>> difference(2, 2.0).reason
    'type'
    >>> difference(np.array([1, 2]), np.array([1.0, 2.0])) is None
    True
    """
    if is_array(expected):
        return _array_difference(expected, result)
    if _is_whole(result):
        return None if result == expected else Difference("value", f"should be {expected}, yours gave {result}")
    nudge = "The result is one whole number: an int, nothing around it."
    if isinstance(result, float | np.floating):
        nudge = "`/` makes a float even where nothing is left over; `//` divides and floors."
    sentence = f"should be the whole number {expected}, yours gave {words(result)}, {kind(result)}"
    return Difference("type", sentence, nudge)


def equal(result: Any, expected: Any) -> bool:
    """Whether two results are the same: ints, or arrays of the same shape, up to rounding."""
    if is_array(result) and is_array(expected):
        numeric = _is_numeric(result) and _is_numeric(expected)
        return numeric and result.shape == expected.shape and bool(_close(result, expected).all())
    return bool(_is_whole(result) and _is_whole(expected) and result == expected)


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def can_change(argument: Any) -> bool:
    """Whether a function can change an argument of this kind in place."""
    return isinstance(argument, np.ndarray | list)


def unchanged(argument: Any, original: Any) -> bool:
    """Whether an argument that can be changed in place is as it was, to the last bit."""
    return bool(np.array_equal(argument, original) if is_array(original) else argument == original)


def words(value: Any) -> str:
    """Show a number or a short row; say of anything else what it is."""
    if is_array(value):
        return str(value.tolist()) if _is_short(value) else f"an array of shape {value.shape}"
    if isinstance(value, np.generic):
        value = value.item()
    return repr(value) if isinstance(value, numbers.Number) else kind(value)


def literal(argument: Any) -> str:
    """Write an argument as in a program, or give an empty string where an array is too large for that."""
    if is_array(argument):
        return f"np.array({argument.tolist()})" if _is_short(argument) else ""
    return repr(argument)


def kind(value: Any) -> str:
    """Name the type of a value, with its article.

    >>> kind(2.5), kind([1]), kind(np.float32(1)), kind(None)
    ('a float', 'a list', 'a float32', 'None')
    """
    if value is None:
        return "None"
    if is_array(value):
        return "a NumPy array"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _array_difference(expected: np.ndarray, result: Any) -> Difference | None:
    if not is_array(result):
        sentence = f"should be {words(expected)} in a NumPy array, yours gave {kind(result)}"
        nudge = (
            "np.array(result) makes an array of a list." if isinstance(result, list | tuple) else "Return the array."
        )
        return Difference("type", sentence, nudge)
    if not _is_numeric(result):
        sentence = f"should give an array of numbers, yours has the data type {result.dtype}"
        return Difference("type", sentence, "np.zeros(shape) makes an array of floats; write the results into it.")
    if result.shape != expected.shape:
        if _is_short(expected) and _is_short(result):
            return Difference("shape", _both(expected, result))
        return Difference("shape", f"should have the shape {expected.shape}, yours has {result.shape}")

    close = _close(expected, result)
    if close.all():
        return None
    whole = result.dtype.kind in "iu" and not np.array_equal(expected, np.trunc(expected))
    if _is_short(expected):
        return Difference("value", _both(expected, result), whole=whole)
    cell = tuple(int(i) for i in np.argwhere(~close)[0])
    sentence = (
        f"should have {expected[cell]:.6g} in cell {list(cell)}, yours has {result[cell]:.6g}; "
        f"{np.count_nonzero(~close)} of {expected.size} cells differ"
    )
    return Difference("value", sentence, whole=whole)


def _both(expected: np.ndarray, result: np.ndarray) -> str:
    return f"should be {expected.tolist()}, yours gave {result.tolist()}"


def _close(result: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.isclose(expected, result, rtol=1e-5, atol=1e-6)


def _is_short(array: np.ndarray) -> bool:
    return array.ndim == 1 and array.size <= _SHOWN


def _is_numeric(array: np.ndarray) -> bool:
    return array.dtype.kind in "iuf"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
