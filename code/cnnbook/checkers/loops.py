"""Find loops in a reader's convolution by counting the steps that Python takes. The rule of `fast_convolve_2d`."""

from collections.abc import Sequence

from cnnbook.checkers.exercise import Case, Function, case, signed_numbers
from cnnbook.checkers.report import Failure

#: The mistake that this module finds.
PYTHON_LOOP = "python-loop"

# A loop over an axis takes a step more at least for each cell added to it; code without loops takes the same number of
# steps for every size.
_ADDED = 32
_SIZES = {"rows": 8, "columns": 8, "channels": 2, "filters": 2}


def _case(rows: int, columns: int, channels: int, filters: int) -> Case:
    arrays = signed_numbers(21, rows, columns, channels), signed_numbers(22, 3, 3, channels, filters)
    return case(*arrays, signed_numbers(23, filters), nudge="Nothing is new here but the size.")


# A small image, and one that is larger along each of its axes.
CASES = (_case(**_SIZES), *(_case(**_SIZES | {axis: size + _ADDED}) for axis, size in _SIZES.items()))


def over_axes(function: Function, steps: Sequence[int]) -> Failure | None:
    """Find the axes that a function loops over in Python, from its steps in cases that end with `CASES`.

    That sees comprehensions, `map`, recursion and helper functions as well as `for` and `while`, and it needs no
    source. A loop over the cells of the kernel passes: they are few, whatever the size of the image.
    """
    small, *larger = steps[-len(CASES) :]
    looped = {axis: count for axis, count in zip(_SIZES, larger, strict=True) if count - small >= _ADDED}
    if not looped:
        return None
    *others, last = looped
    most = max(looped, key=lambda axis: looped[axis])
    return Failure(
        "rule",
        f"the values are right, but there is a loop over {' and '.join(filter(None, [', '.join(others), last]))}: with "
        f"{_SIZES[most]} {most} the function takes {small:,} steps in Python, with {_SIZES[most] + _ADDED} it takes "
        f"{looped[most]:,}.",
        "Let NumPy loop: sliding_window_view makes all windows at once, and np.einsum multiplies and adds them up.",
        PYTHON_LOOP,
    )
