"""Checkers for the coding exercises of the book: each runs a function that you wrote and says what it gives.

``check_output_size(output_size)`` runs `output_size` through a list of cases, from easy to hard, and stops at the
first that fails. The report names the case, what it should give and what it gave, and a hint. ``hint=2`` adds which
usual mistake gives the same result, ``hint=3`` the formula and the page that derives it. Nothing is remembered from
call to call: the same call gives the same report.

Every checker takes the function, and by keyword

``hint`` : 1, 2 or 3
    How many hints the report gives.
``seconds`` : float or None
    How long one call may take, 5 unless given. None waits for ever, which a debugger needs: while a time limit is
    watched, a debugger's breakpoints in the function are passed over.

and returns a `Report`, which is true if all cases are right. It raises a ValueError if there is no such hint.

The pages *Write it yourself: predict a network* and *Write convolutions and pooling* hold the exercises.
Importing this package imports no Keras.

>>> def output_size(n, kernel_size, *, stride=1, padding=0, dilation=1):
...     return n - kernel_size + 1
>>> check_output_size(output_size, hint=2)
Not yet: output_size(8, 2, stride=2) should be 4, yours gave 7.
Hint: This is the first case with a stride: the kernel moves 2 cells at each step.
Hint: You left the stride out. The window moves by s cells.
check_output_size(output_size, hint=3) tells more.
"""

from cnnbook.checkers import convolutions, parameters, pooling, sizes
from cnnbook.checkers.exercise import Function
from cnnbook.checkers.report import Report
from cnnbook.checkers.run import check
from cnnbook.checkers.starters import starter

__all__ = [
    "Report",
    "check_convolve_1d",
    "check_convolve_2d",
    "check_count_parameters",
    "check_fast_convolve_2d",
    "check_max_pool",
    "check_output_size",
    "check_receptive_field",
    "starter",
]


def check_output_size(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``output_size(n, kernel_size, *, stride=1, padding=0, dilation=1)``, which gives an int.

    It raises a ValueError where the kernel does not fit into the padded input. See `cnnbook.checkers`.
    """
    return check(sizes.OUTPUT_SIZE, function, hint=hint, seconds=seconds)


def check_receptive_field(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``receptive_field(layers)``, which gives an int.

    `layers` is a list of pairs (kernel_size, stride) from the input to the output. See `cnnbook.checkers`.
    """
    return check(sizes.RECEPTIVE_FIELD, function, hint=hint, seconds=seconds)


def check_count_parameters(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``count_parameters(model)``, which gives an int without asking Keras for it.

    `model` is a ``keras.Model`` of Conv2D, Dense and layers without weights. See `cnnbook.checkers`. The first call
    imports Keras.
    """
    return check(parameters.count_parameters_exercise(), function, hint=hint, seconds=seconds)


def check_convolve_1d(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``convolve_1d(x, kernel, *, stride=1, padding=0)``, which gives an array (positions,).

    `x` has the shape (n,) and `kernel` (taps,); `padding` is the number of zeros on each side. See `cnnbook.checkers`.
    """
    return check(convolutions.CONVOLVE_1D, function, hint=hint, seconds=seconds)


def check_convolve_2d(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``convolve_2d(image, kernel, bias, *, stride=1, padding=0)``.

    It gives an array (rows, columns, filters). `image` has the shape (height, width, channels), `kernel` (height,
    width, channels, filters) and `bias` (filters,), as in Keras. See `cnnbook.checkers`.
    """
    return check(convolutions.CONVOLVE_2D, function, hint=hint, seconds=seconds)


def check_fast_convolve_2d(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``fast_convolve_2d``: as `check_convolve_2d`, and without a loop over rows, columns, channels or filters.

    Whether there is a loop is measured: the steps that Python takes must not grow with the image. See
    `cnnbook.checkers`.
    """
    return check(convolutions.FAST_CONVOLVE_2D, function, hint=hint, seconds=seconds)


def check_max_pool(function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Check ``max_pool(image, kernel_size, *, stride=None)``, which gives an array (rows, columns, channels).

    `image` has the shape (height, width, channels); without a stride the windows lie side by side. See
    `cnnbook.checkers`.
    """
    return check(pooling.MAX_POOL, function, hint=hint, seconds=seconds)
