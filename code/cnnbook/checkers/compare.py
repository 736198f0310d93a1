"""Compare what a function should give with what it gave, and put the difference into words."""

import numbers
from typing import NamedTuple

import numpy as np

# So many cells of a row are shown; of larger arrays the first cell that differs.
_SHOWN = 12


class Difference(NamedTuple):
    """The `reason` as in `Report`, the `sentence` after the call, a `nudge`, and whether fractions were cut off."""

    reason: str
    sentence: str
    nudge: str = ""
    whole: bool = False


def difference(expected, given):
    """Say how `given` differs from `expected`, an int or an array; None if it does not.

    >>> difference(2, 3).sentence
    'should be 2, yours gave 3'
    >>> difference(2, 2.0).reason
    'type'
    >>> difference(np.array([1, 2]), np.array([1.0, 2.0])) is None
    True
    """
    if is_array(expected):
        return _array_difference(expected, given)
    if _is_whole(given):
        return None if given == expected else Difference("value", f"should be {expected}, yours gave {given}")
    sentence = f"should be the whole number {expected}, yours gave {words(given)}, {kind(given)}"
    if isinstance(given, float | np.floating):
        return Difference(
            "type", sentence, "`/` makes a float even where nothing is left over; `//` divides and floors."
        )
    return Difference("type", sentence, "The result is one whole number: an int, nothing around it.")


def equal(one, other):
    """Whether two results are the same: ints, or arrays of the same shape, up to rounding."""
    if is_array(one) and is_array(other):
        return one.shape == other.shape and _is_numeric(one) and _is_numeric(other) and _close(one, other).all()
    if is_array(one) or is_array(other):
        return False
    return _is_whole(one) and _is_whole(other) and one == other


def is_array(value):
    return isinstance(value, np.ndarray)


def can_change(argument):
    """Whether a function can change an argument of this kind in place."""
    return isinstance(argument, np.ndarray | list)


def same(argument, original):
    """Whether an argument that can be changed in place is as it was, to the last bit."""
    return np.array_equal(argument, original) if is_array(original) else argument == original


def should(expected):
    """What comes after "should" where there is nothing to compare with."""
    return f"be {words(expected)}"


def words(value):
    """Show a number or a short row; say of anything else what it is."""
    if is_array(value):
        return str(value.tolist()) if _is_short(value) else f"an array of shape {value.shape}"
    if isinstance(value, np.generic):
        value = value.item()
    return repr(value) if isinstance(value, numbers.Number) else kind(value)


def literal(argument):
    """Write an argument as in a program, or give an empty string where an array is too large for that."""
    if is_array(argument):
        return f"np.array({argument.tolist()})" if _is_short(argument) else ""
    return repr(argument)


def kind(value):
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


def _array_difference(expected, given):
    if not is_array(given):
        sentence = f"should {should(expected)} in a NumPy array, yours gave {kind(given)}"
        nudge = "np.array(result) makes an array of a list." if isinstance(given, list | tuple) else "Return the array."
        return Difference("type", sentence, nudge)
    if not _is_numeric(given):
        sentence = f"should give an array of numbers, yours has the data type {given.dtype}"
        return Difference("type", sentence, "np.zeros(shape) makes an array of floats; write the results into it.")
    if given.shape != expected.shape:
        if _is_short(expected) and _is_short(given):
            return Difference("shape", _both(expected, given))
        return Difference("shape", f"should have the shape {expected.shape}, yours has {given.shape}")

    close = _close(expected, given)
    if close.all():
        return None
    whole = given.dtype.kind in "iu" and not np.array_equal(expected, np.trunc(expected))
    if _is_short(expected):
        return Difference("value", _both(expected, given), whole=whole)
    cell = tuple(int(i) for i in np.argwhere(~close)[0])
    sentence = (
        f"should have {expected[cell]:.6g} in cell {list(cell)}, yours has {given[cell]:.6g}; "
        f"{np.count_nonzero(~close)} of {expected.size} cells differ"
    )
    return Difference("value", sentence, whole=whole)


def _both(expected, given):
    return f"should be {expected.tolist()}, yours gave {given.tolist()}"


def _close(expected, given):
    return np.isclose(expected, given, rtol=1e-5, atol=1e-6)


def _is_short(array):
    return array.ndim == 1 and array.size <= _SHOWN


def _is_numeric(array):
    return array.dtype.kind in "iuf"


def _is_whole(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
