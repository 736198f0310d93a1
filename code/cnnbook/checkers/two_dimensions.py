"""The exercises `convolve_2d` and `fast_convolve_2d`: cases, usual mistakes, hints. The oracle is `cnnbook.reference`.

A mistake is the oracle with other arguments, wherever that gives the same.
"""

import numpy as np

from cnnbook import handout, reference
from cnnbook.checkers import loops
from cnnbook.checkers.exercise import Exercise, Mistake, case, signed_numbers


def _convolve_2d(image, kernels, biases, *, stride=1, padding=0):
    return reference.conv2d(image[None], kernels, biases, stride=stride, padding=padding)[0]


def _padded_2d(before, after):
    """A mistake: so many times the padding above and to the left, and below and to the right."""

    def function(image, kernels, biases, *, stride=1, padding=0):
        sides = (before * padding, after * padding)
        return _convolve_2d(image, kernels, biases, stride=stride, padding=(sides, sides))

    return function


_CONVOLVE_2D_MISTAKES = (
    Mistake(
        "flipped kernel",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels[::-1, ::-1], biases, **options),
        "You turned the kernels round. Signal processing does that, and so does scipy.signal.convolve2d; deep learning "
        "does not.",
    ),
    Mistake(
        "rows and columns of the kernel swapped",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels.swapaxes(0, 1), biases, **options),
        "You swapped rows and columns of the kernel. kernels[i, j] meets image[row + i, column + j].",
    ),
    Mistake(
        "rows and columns of the map swapped",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels, biases, **options).swapaxes(0, 1),
        "Rows and columns of your result are swapped: rows come first.",
    ),
    Mistake(
        "mean instead of sum",
        lambda image, kernels, biases, **options: _convolve_2d(
            image, kernels / kernels[..., 0].size, biases, **options
        ),
        "You took the mean of the products. A cell is their sum.",
    ),
    Mistake(
        "bias forgotten",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels, 0 * biases, **options),
        "You forgot the bias: one for each filter, added to each cell of its map.",
    ),
    Mistake(
        "bias once per channel",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels, biases * image.shape[-1], **options),
        "You added the bias once for each channel. It is added once to the sum over all channels.",
    ),
    Mistake(
        "bias once per product",
        lambda image, kernels, biases, **options: _convolve_2d(
            image, kernels, biases * kernels[..., 0].size, **options
        ),
        "You added the bias to every product. It is added once to their sum.",
    ),
    Mistake(
        "bias of the first filter",
        lambda image, kernels, biases, **options: _convolve_2d(
            image, kernels, np.full_like(biases, biases[0]), **options
        ),
        "You gave every filter the bias of the first. biases[f] belongs to filter f.",
    ),
    Mistake(
        "one channel only",
        lambda image, kernels, biases, **options: _convolve_2d(image[..., :1], kernels[:, :, :1], biases, **options),
        "You used the first channel only. A filter is as deep as its input: add up the products of all channels.",
    ),
    Mistake(
        "last channel only",
        lambda image, kernels, biases, **options: _convolve_2d(image[..., -1:], kernels[:, :, -1:], biases, **options),
        "Only the last channel counts. Do you overwrite the sum (=) where you should add to it (+=)?",
    ),
    Mistake(
        "first filter only",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels[..., :1], biases[:1], **options),
        "You used the first filter only. Each filter gives a map.",
    ),
    Mistake(
        "filters added up",
        lambda image, kernels, biases, **options: _convolve_2d(image, kernels, biases, **options).sum(axis=-1),
        "You added the maps of all filters. Each filter has a map of its own.",
    ),
    Mistake(
        "filters first",
        lambda image, kernels, biases, **options: np.moveaxis(_convolve_2d(image, kernels, biases, **options), -1, 0),
        "Your filters come first. The axes of the result are (height, width, filters).",
    ),
    Mistake(
        "negative values cut off",
        lambda image, kernels, biases, **options: np.maximum(_convolve_2d(image, kernels, biases, **options), 0),
        "Your negative values are gone. That is a ReLU, which is another layer.",
    ),
    Mistake(
        "stride ignored",
        lambda image, kernels, biases, *, stride=1, padding=0: _convolve_2d(image, kernels, biases, padding=padding),
        "You left the stride out. The kernel stops at every s-th row and every s-th column only.",
    ),
    Mistake(
        "stride for rows only",
        lambda image, kernels, biases, *, stride=1, padding=0: _convolve_2d(
            image, kernels, biases, stride=(stride, 1), padding=padding
        ),
        "You used the stride for the rows only. It holds for the columns as well.",
    ),
    Mistake(
        "stride for columns only",
        lambda image, kernels, biases, *, stride=1, padding=0: _convolve_2d(
            image, kernels, biases, stride=(1, stride), padding=padding
        ),
        "You used the stride for the columns only. It holds for the rows as well.",
    ),
    Mistake(
        "padding ignored",
        lambda image, kernels, biases, *, stride=1, padding=0: _convolve_2d(image, kernels, biases, stride=stride),
        "You left the padding out.",
    ),
    Mistake(
        "padding for rows only",
        lambda image, kernels, biases, *, stride=1, padding=0: _convolve_2d(
            image, kernels, biases, stride=stride, padding=(padding, 0)
        ),
        "You padded above and below only. Zeros go to the left and to the right as well.",
    ),
    Mistake(
        "padding above and left only",
        _padded_2d(1, 0),
        "You padded above and to the left only. As many zeros go below and to the right.",
    ),
    Mistake(
        "padding below and right only",
        _padded_2d(0, 1),
        "You padded below and to the right only. As many zeros go above and to the left.",
    ),
    Mistake(
        "all padding above and left",
        _padded_2d(2, 0),
        "The size is right, but all zeros lie above and to the left. Half of them belong below and to the right.",
    ),
    Mistake(
        "all padding below and right",
        _padded_2d(0, 2),
        "The size is right, but all zeros lie below and to the right. Half of them belong above and to the left.",
    ),
)

_CONVOLVE_2D_CASES = (
    case(
        signed_numbers(5, 4, 4, 1),
        signed_numbers(6, 2, 2, 1, 1),
        np.array([0]),
        nudge="One channel, one filter, a bias of 0. Cell [0, 0, 0] is a sum of four products: which?",
    ),
    case(
        signed_numbers(5, 4, 4, 1),
        signed_numbers(6, 2, 2, 1, 1),
        np.array([3]),
        nudge="The case before with a bias of 3.",
    ),
    case(
        handout.VOLUME,
        handout.FILTERS,
        handout.BIAS,
        nudge='Three channels and two filters, those of the page "Filter a volume": each cell is a sum of 12 products '
        "and a bias.",
    ),
    case(
        signed_numbers(7, 5, 4, 2),
        signed_numbers(8, 3, 3, 2, 3) / 4,
        np.array([0.5, -0.25, 1]),
        nudge="These weights are no whole numbers.",
    ),
    case(
        signed_numbers(9, 5, 8, 2),
        signed_numbers(10, 3, 3, 2, 3),
        np.array([1, 2, 3]),
        nudge="The image is wider than it is high: rows and columns differ in number.",
    ),
    case(
        signed_numbers(11, 6, 6, 2),
        signed_numbers(12, 2, 3, 2, 2),
        np.array([-1, 2]),
        nudge="The kernel is no square: two rows, three columns.",
    ),
    case(
        signed_numbers(13, 7, 7, 2),
        signed_numbers(14, 3, 3, 2, 2),
        np.array([2, -2]),
        stride=2,
        nudge="This is the first case with a stride: every second row, every second column.",
    ),
    case(
        signed_numbers(15, 6, 9, 1),
        signed_numbers(16, 2, 2, 1, 2),
        np.array([1, -1]),
        stride=3,
        nudge="Rows are left over at the lower end. No stop is made for them.",
    ),
    case(
        signed_numbers(17, 4, 5, 2),
        signed_numbers(18, 3, 3, 2, 2),
        np.array([5, 4]),
        padding=1,
        nudge="This is the first case with padding: zeros on all four sides, but no channel of zeros. np.pad takes a "
        "pair for each axis.",
    ),
    case(
        signed_numbers(19, 8, 7, 3),
        signed_numbers(20, 4, 3, 3, 4) / 2,
        np.array([1, 0, -1, 2]),
        stride=2,
        padding=2,
        nudge="All together: pad, then move by the stride.",
    ),
)

_CONVOLVE_2D_SECOND = (
    "Take the cell that is named, cut its patch out of the image (report.arguments has the arrays), and work it out: "
    "multiply, add up, add the bias."
)
_CONVOLVE_2D_THIRD = (
    "maps[r, c, f] is the sum of image[r * stride + i, c * stride + j, d] * kernels[i, j, d, f] over all i, j and d, "
    'plus biases[f], with the image padded first. The page "Filter a volume" derives it.'
)

CONVOLVE_2D = Exercise(
    signature="convolve_2d(image, kernels, biases, *, stride=1, padding=0)",
    oracle=_convolve_2d,
    cases=_CONVOLVE_2D_CASES,
    mistakes=_CONVOLVE_2D_MISTAKES,
    second=_CONVOLVE_2D_SECOND,
    third=_CONVOLVE_2D_THIRD,
)

FAST_CONVOLVE_2D = Exercise(
    signature="fast_convolve_2d(image, kernels, biases, *, stride=1, padding=0)",
    oracle=_convolve_2d,
    cases=_CONVOLVE_2D_CASES,
    mistakes=_CONVOLVE_2D_MISTAKES,
    second="Print windows.shape: sliding_window_view(image, (height, width), axis=(0, 1)) puts the cells of the window "
    "last, behind the channels.",
    third="windows[::stride, ::stride] has the axes (rows, columns, channels, height, width), kernels (height, width, "
    'channels, filters): np.einsum("rcdij,ijdf->rcf", windows, kernels) + biases. The page "Filter a volume" derives '
    "the sum.",
    rule=loops.over_axes,
    large=(
        case(
            signed_numbers(24, 64, 64, 16),
            signed_numbers(25, 3, 3, 16, 32),
            signed_numbers(26, 32),
            padding=1,
            nudge="A large image. Nothing is new here but the size.",
        ),
    ),
)
