"""Find loops in a reader's convolution by counting the steps that Python takes. The rule of `fast_convolve_2d`."""

from cnnbook.checkers.exercise import Exercise, Failure, Function, case, signed_numbers
from cnnbook.checkers.run import attempt
from cnnbook.mistakes import mistake

# Cells added to one axis at a time. A loop over the axis takes a step more at least for each of them; code without
# loops takes the same number of steps for every size.
_ADDED = 32
_SIZES = {"rows": 8, "columns": 8, "channels": 2, "filters": 2}


def over_axes(exercise: Exercise, function: Function, seconds: float | None) -> Failure | None:
    """Find the axes that `function` loops over in Python, from the steps it takes on images of several sizes.

    That sees comprehensions, `map`, recursion and helper functions as well as `for` and `while`, and it needs no
    source. A loop over the cells of the kernel passes: they are few, whatever the size of the image.
    """
    steps: dict[str, int] = {}
    for axis in ("", *_SIZES):
        sizes = _SIZES | ({axis: _SIZES[axis] + _ADDED} if axis else {})
        rows, columns, channels, filters = sizes.values()
        arrays = signed_numbers(21, rows, columns, channels), signed_numbers(22, 3, 3, channels, filters)
        larger = case(*arrays, signed_numbers(23, filters), nudge="Nothing is new here but the size.")
        failure, steps[axis] = attempt(exercise, larger, function, seconds)
        if failure:
            return failure
    looped = [axis for axis in _SIZES if steps[axis] - steps[""] >= _ADDED]
    if not looped:
        return None
    most = max(looped, key=lambda axis: steps[axis])
    axes = ", ".join(looped[:-1]) + " and " * (len(looped) > 1) + looped[-1]
    return Failure(
        "rule",
        f"the values are right, but there is a loop over {axes}: with {_SIZES[most]} {most} the "
        f"function takes {steps['']:,} steps in Python, with {_SIZES[most] + _ADDED} it takes {steps[most]:,}.",
        "Let NumPy loop: sliding_window_view makes all windows at once, and np.einsum multiplies and adds them up.",
        mistake("python-loop"),
    )
