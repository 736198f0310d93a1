"""Compare what a function should give with what it gave, and put the difference into words."""

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnbook.checkers.report import Failure

# At most this many cells of a row are shown; of larger arrays the first cell that differs.
_SHOWN = 12
_LONGEST_TEXT = 200  # characters of what a reader's object says of itself

#: The mistake that cuts off fractions.
WHOLE_NUMBERS = "whole-numbers"


def difference(expected: Any, result: Any) -> Failure | None:
    """Say how a result differs from the expected one, an int or an array; None if it does not.

    The sentence is what follows the call.

    >>> difference(2, 3).sentence
    'should be 2, yours gave 3'
    >>> difference(2, 2.0).reason
    'type'
    >>> difference(np.array([1, 2]), np.array([1.0, 2.0])) is None
    True
    """
    if equal(result, expected):
        return None
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, result)
    if _is_whole(result):
        return Failure("value", f"should be {expected}, yours gave {words(result)}")
    nudge = "The result is one whole number: an int, nothing around it."
    if isinstance(result, float | np.floating):
        nudge = "`/` makes a float even where nothing is left over; `//` divides and floors."
    what = ", ".join(dict.fromkeys([words(result), kind(result)]))  # of many things, the words are their kind
    return Failure("type", f"should be the whole number {expected}, yours gave {what}", nudge)


def plain(result: Any) -> Any:
    """Take an int or an array out of a class of the reader's own, whose methods may do anything."""
    if isinstance(result, np.ndarray) and not np.ma.is_masked(result):
        return np.ndarray.view(result, np.ndarray)
    return int.__int__(result) if isinstance(result, int) and not isinstance(result, bool) else result


def equal(result: Any, expected: Any) -> bool:
    """Whether two results are the same: ints, or arrays of the same shape, up to rounding."""
    if isinstance(result, np.ndarray) and isinstance(expected, np.ndarray):
        numeric = not np.ma.is_masked(result) and _is_numeric(result) and _is_numeric(expected)
        return numeric and result.shape == expected.shape and bool(_close(result, expected).all())
    return bool(_is_whole(result) and _is_whole(expected) and result == expected)


def words(value: Any) -> str:
    """Show a number or a short row; say of anything else what it is."""
    if isinstance(value, np.ndarray):
        return text(value.tolist()) if _is_short(value) else f"an array of shape {value.shape}"
    if isinstance(value, np.generic):
        value = value.item()
    return (
        text(value) or f"{kind(value)} that cannot be written out" if isinstance(value, numbers.Number) else kind(value)
    )


def text(value: Any, write: Callable[[Any], str] = repr) -> str:
    """Write a reader's object on one line, shortened; empty where that fails, be it for an error in its own class.

    >>> text(12), text(10**5000), len(text("x" * 1000))
    ('12', '', 201)
    """
    try:
        line = " ".join(write(value).split())
    except Exception:
        return ""
    return line[:_LONGEST_TEXT] + "…" * (len(line) > _LONGEST_TEXT)


def literal(argument: Any) -> str:
    """Write an argument as in a program, or give an empty string where an array is too large for that."""
    if isinstance(argument, np.ndarray):
        return f"np.array({argument.tolist()})" if _is_short(argument) else ""
    return repr(argument)


def kind(value: Any) -> str:
    """Name the type of a value, with its article.

    >>> kind(2.5), kind([1]), kind(np.float32(1)), kind(None)
    ('a float', 'a list', 'a float32', 'None')
    """
    if value is None:
        return "None"
    name = "NumPy array" if isinstance(value, np.ndarray) else type(value).__name__
    return f"{'an' if name[:1] in tuple('aeiouAEIOU') else 'a'} {name}"


def _array_difference(expected: np.ndarray, result: Any) -> Failure:
    if not isinstance(result, np.ndarray):
        sentence = f"should be {words(expected)} in a NumPy array, yours gave {kind(result)}"
        is_list = isinstance(result, list | tuple)
        return Failure(
            "type", sentence, "np.array(result) makes an array of a list." if is_list else "Return the array."
        )
    if np.ma.is_masked(result):
        sentence = (
            f"should give an array without a mask, yours masks {np.ma.count_masked(result)} of {result.size} cells"
        )
        return Failure("type", sentence, "A masked cell has no value: np.zeros(shape) makes an array without a mask.")
    if not _is_numeric(result):
        sentence = f"should give an array of numbers, yours has the data type {result.dtype}"
        return Failure("type", sentence, "np.zeros(shape) makes an array of floats; write the results into it.")

    same_shape = result.shape == expected.shape
    if _is_short(expected) and (same_shape or _is_short(result)):
        sentence = f"should be {expected.tolist()}, yours gave {result.tolist()}"
    elif not same_shape:
        sentence = f"should have the shape {expected.shape}, yours has {result.shape}"
    else:
        wrong = np.argwhere(~_close(expected, result)).tolist()
        cell = tuple(wrong[0])
        sentence = (
            f"should have {expected[cell]:.6g} in cell {wrong[0]}, yours has {result[cell]:.6g}; "
            f"{len(wrong)} of {expected.size} cells differ"
        )
    if not same_shape:
        return Failure("shape", sentence)
    cut_off = result.dtype.kind in "iu" and not np.array_equal(expected, np.trunc(expected))
    return Failure("value", sentence, mistake=WHOLE_NUMBERS if cut_off else "")


def _close(result: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.isclose(expected, result, rtol=1e-5, atol=1e-6)


def _is_short(array: np.ndarray) -> bool:
    return array.ndim == 1 and array.size <= _SHOWN


def _is_numeric(array: np.ndarray) -> bool:
    return array.dtype.kind in "iuf"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
