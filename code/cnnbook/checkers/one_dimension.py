"""The exercise `convolve_1d`: cases, usual mistakes, hints. The oracle is `cnnbook.reference`.

A mistake is the oracle with other arguments, wherever that gives the same.
"""

import numpy as np

from cnnbook import handout, reference
from cnnbook.checkers.exercise import Exercise, Mistake, case, signed_numbers


def _convolve_1d(x, kernel, *, stride=1, padding=0):
    return reference.conv1d(x[None, :, None], kernel[:, None, None], stride=stride, padding=padding)[0, :, 0]


def _padded_otherwise(mode):
    """The cells beyond the ends are not zeros but what `mode` of `numpy.pad` puts there."""
    return lambda x, kernel, *, stride=1, padding=0: _convolve_1d(np.pad(x, padding, mode), kernel, stride=stride)


CONVOLVE_1D = Exercise(
    signature="convolve_1d(x, kernel, *, stride=1, padding=0)",
    oracle=_convolve_1d,
    cases=(
        case(handout.X, handout.W, nudge="Put the kernel on the first three cells: which products, which sum?"),
        case(np.array([2, 5, 1, 4]), np.array([3]), nudge="A kernel of one cell multiplies each cell."),
        case(np.array([1, 2, 3, 5, 8]), np.array([0.5, -0.25]), nudge="These weights are no whole numbers."),
        case(handout.X, handout.W, stride=2, nudge="This is the first case with a stride of 2: every second stop."),
        case(handout.X, np.array([1, 2]), stride=3, nudge="The last cells are left over. No stop is made for them."),
        case(handout.X, handout.W, padding=1, nudge="This is the first case with padding: a zero on each side."),
        case(handout.X, handout.W, stride=4, padding=1, nudge="Pad first, then move by the stride."),
        case(
            signed_numbers(1, 9),
            np.array([1, -2, 3, 2]),
            padding=2,
            nudge="Two zeros on each side, and an even kernel.",
        ),
        case(signed_numbers(2, 11), np.array([2, -1]), stride=3, padding=1, nudge="A stride larger than the kernel."),
        case(
            signed_numbers(3, 20) / 4,
            signed_numbers(4, 5),
            stride=3,
            padding=2,
            nudge="A longer row. Nothing is new here.",
        ),
    ),
    mistakes=(
        Mistake(
            "flipped kernel",
            lambda x, kernel, **options: _convolve_1d(x, kernel[::-1], **options),
            "You turned the kernel round. Signal processing does that, and so does np.convolve; deep learning "
            "does not.",
        ),
        Mistake(
            "last stop missing",
            lambda x, kernel, **options: _convolve_1d(x, kernel, **options)[:-1],
            "You stop one stop too early. The kernel fits once more: there are floor((n - kernel) / stride) + 1 stops.",
        ),
        Mistake(
            "moved by the kernel",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, stride=len(kernel), padding=padding),
            "Your kernel moves by its own length. It moves by the stride, and its stops overlap.",
        ),
        Mistake(
            "mean instead of sum",
            lambda x, kernel, **options: _convolve_1d(x, kernel / len(kernel), **options),
            "You took the mean of the products. A cell is their sum.",
        ),
        Mistake(
            "stride ignored",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, padding=padding),
            "You left the stride out. The kernel stops at cells 0, s, 2s, ... only.",
        ),
        Mistake(
            "padding ignored",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, stride=stride),
            "You left the padding out.",
        ),
        Mistake(
            "padding on the left only",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, stride=stride, padding=(padding, 0)),
            "You padded on the left only. As many zeros go on the right.",
        ),
        Mistake(
            "padding on the right only",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, stride=stride, padding=(0, padding)),
            "You padded on the right only. As many zeros go on the left.",
        ),
        Mistake(
            "all padding on the left",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, stride=stride, padding=(2 * padding, 0)),
            "The size is right, but all zeros lie on the left. Half of them belong on the right.",
        ),
        Mistake(
            "all padding on the right",
            lambda x, kernel, *, stride=1, padding=0: _convolve_1d(x, kernel, stride=stride, padding=(0, 2 * padding)),
            "The size is right, but all zeros lie on the right. Half of them belong on the left.",
        ),
        Mistake(
            "ends repeated",
            _padded_otherwise("edge"),
            "You repeated the cells at the ends. The padding is zeros.",
        ),
        Mistake(
            "wrapped round",
            _padded_otherwise("wrap"),
            "Your row goes round in a circle: the left end sees the right one. The padding is zeros. A negative index "
            "counts from the end, is it that?",
        ),
    ),
    second="Do this case by hand, stop by stop, print what your loop sees at each stop, and compare.",
    third="y[i] is the sum of kernel[t] * x[i * stride + t] over all t, with x padded first. There are "
    'floor((n + 2 * padding - kernel) / stride) + 1 of them. The page "Slide a filter along a row" derives it.',
)
