"""The exercises `convolve_1d`, `convolve_2d` and `fast_convolve_2d`: cases, usual mistakes, hints.

The oracle is `cnnbook.reference`, and a mistake is the oracle with other arguments wherever that gives the same.
"""

from typing import Literal

import numpy as np

from cnnbook import handout, reference
from cnnbook.checkers import loops
from cnnbook.checkers.exercise import Case, Exercise, Function, Wrong, case, misplaced_windows, signed_numbers, then


def _convolve_1d(x, kernel, *, stride=1, padding=0):
    return reference.conv1d(x[None, :, None], kernel[:, None, None], stride=stride, padding=padding)[0, :, 0]


def _convolve_2d(image, kernel, bias, *, stride=1, padding=0):
    return reference.conv2d(image[None], kernel, bias, stride=stride, padding=padding)[0]


def _first(oracle: Function, change: Function) -> Function:
    """The oracle with other arrays: `change` gives them as a tuple."""
    return lambda *arrays, **options: oracle(*change(*arrays), **options)


def _options(oracle: Function, change: Function) -> Function:
    """The oracle with other options: `change` gives stride and padding."""

    def wrong(*arrays, stride=1, padding=0):
        stride, padding = change(stride, padding)
        return oracle(*arrays, stride=stride, padding=padding)

    return wrong


def _stride_and_padding(oracle: Function, axes: int) -> dict[str, Function]:
    """The mistakes with the options, which are the same along one axis and along two."""

    def sides(before, after):
        return (before, after) if axes == 1 else ((before, after),) * axes

    changes = {
        "stride-forgotten": lambda s, p: (1, p),
        "padding-forgotten": lambda s, p: (s, 0),
        "padding-before-only": lambda s, p: (s, sides(p, 0)),
        "padding-after-only": lambda s, p: (s, sides(0, p)),
        "all-padding-before": lambda s, p: (s, sides(2 * p, 0)),
        "all-padding-after": lambda s, p: (s, sides(0, 2 * p)),
    }
    return {name: _options(oracle, change) for name, change in changes.items()}


def _padded_with(mode: Literal["edge", "wrap"]) -> Function:
    """The cells beyond the ends are not zeros but what `mode` of `numpy.pad` puts there."""
    return lambda x, kernel, *, stride=1, padding=0: _convolve_1d(np.pad(x, padding, mode), kernel, stride=stride)


CONVOLVE_1D = Exercise(
    name="convolve_1d",
    oracle=_convolve_1d,
    cases=(
        case(handout.X, handout.W, nudge="Put the kernel on the first three cells: which products, which sum?"),
        case(np.array([2, 5, 1, 4]), np.array([3]), nudge="A kernel of one cell multiplies each cell."),
        case(np.array([1, 2, 3, 5, 8]), np.array([0.5, -0.25]), nudge="These weights have fractions."),
        case(handout.X, handout.W, stride=2, nudge="This is the first case with a stride of 2: every second stop."),
        case(handout.X, np.array([1, 2]), stride=3, nudge="The last cells are left over. No stop is made for them."),
        case(handout.X, handout.W, padding=1, nudge="This is the first case with padding: a zero on each side."),
        case(handout.X, handout.W, stride=4, padding=1, nudge="Pad first, then move by the stride."),
        case(signed_numbers(1, 9), np.array([1, -2, 3, 2]), padding=2, nudge="Two zeros on each side, an even kernel."),
        case(signed_numbers(2, 10), np.array([2, -1]), stride=3, padding=1, nudge="A stride larger than the kernel."),
        case(signed_numbers(3, 20) / 4, signed_numbers(4, 5), stride=3, padding=2, nudge="A longer row, nothing new."),
    ),
    mistakes={
        "flipped-kernel": _first(_convolve_1d, lambda x, kernel: (x, kernel[::-1])),
        "plus-one-forgotten": then(_convolve_1d, lambda row: row[:-1]),
        "moved-by-window": lambda x, kernel, *, padding=0, **_: _convolve_1d(
            x, kernel, stride=len(kernel), padding=padding
        ),
        "mean-for-sum": _first(_convolve_1d, lambda x, kernel: (x, kernel / len(kernel))),
        **_stride_and_padding(_convolve_1d, axes=1),
        **misplaced_windows(_convolve_1d, axes=1),
        "edge-repeated": _padded_with("edge"),
        "edge-wrapped": _padded_with("wrap"),
    },
    second="Do this case by hand, stop by stop, print what your loop sees at each stop, and compare.",
    third="y[i] is the sum of kernel[t] * x[i * stride + t] over all t, with x padded first. There are "
    'floor((n + 2 * padding - len(kernel)) / stride) + 1 of them. The page "Slide a filter along a row" derives it.',
)


def _drawn(
    seed: int, image_shape: tuple, kernel_shape: tuple, bias: tuple, *, unit: float = 1, nudge: str, **options: int
) -> Case:
    """A case with drawn arrays; the weights are multiples of `unit`."""
    arrays = signed_numbers(seed, *image_shape), signed_numbers(seed + 1, *kernel_shape) * unit, np.array(bias)
    return case(*arrays, nudge=nudge, **options)


_CONVOLVE_2D_CASES = (
    _drawn(
        *(5, (4, 4, 1), (2, 2, 1, 1), (0,)),
        nudge="One channel, one filter, a bias of 0. Cell [0, 0, 0] is a sum of four products: which?",
    ),
    _drawn(5, (4, 4, 1), (2, 2, 1, 1), (3,), nudge="The case before with a bias of 3."),
    case(
        *(handout.VOLUME, handout.FILTERS, handout.BIAS),
        nudge='Three channels and two filters, those of the page "Filter a volume": each cell is a sum of 12 products '
        "and a bias.",
    ),
    _drawn(7, (5, 4, 2), (3, 3, 2, 3), (0.5, -0.25, 1), unit=1 / 4, nudge="These weights have fractions."),
    _drawn(
        *(9, (5, 8, 2), (3, 3, 2, 3), (1, 2, 3)),
        nudge="The image is wider than it is high: rows and columns differ in number.",
    ),
    _drawn(11, (6, 6, 2), (2, 3, 2, 2), (-1, 2), nudge="The kernel is not square: two rows, three columns."),
    _drawn(
        *(13, (7, 7, 2), (3, 3, 2, 2), (2, -2)),
        stride=2,
        nudge="This is the first case with a stride: every second row, every second column.",
    ),
    _drawn(
        *(15, (6, 9, 1), (2, 2, 1, 2), (1, -1)),
        stride=3,
        nudge="Rows are left over at the lower end. No stop is made for them.",
    ),
    _drawn(
        *(17, (4, 5, 2), (3, 3, 2, 2), (5, 4)),
        padding=1,
        nudge="This is the first case with padding: zeros on all four sides, but no channel of zeros. np.pad takes a "
        "pair for each axis.",
    ),
    _drawn(
        *(19, (8, 7, 3), (4, 3, 3, 4), (1, 0, -1, 2)),
        unit=1 / 2,
        stride=3,
        padding=1,
        nudge="All together: pad, then move by the stride.",
    ),
)

# Arrays that are changed before the convolution, maps that are changed after it, and other options.
_BEFORE = {
    "flipped-kernel": lambda image, kernel, bias: (image, kernel[::-1, ::-1], bias),
    "kernel-transposed": lambda image, kernel, bias: (image, kernel.swapaxes(0, 1), bias),
    "mean-for-sum": lambda image, kernel, bias: (image, kernel / kernel[..., 0].size, bias),
    "bias-forgotten": lambda image, kernel, bias: (image, kernel, 0 * bias),
    "one-bias-per-channel": lambda image, kernel, bias: (image, kernel, bias * image.shape[-1]),
    "bias-per-product": lambda image, kernel, bias: (image, kernel, bias * kernel[..., 0].size),
    "bias-of-first-filter": lambda image, kernel, bias: (image, kernel, np.full_like(bias, bias[0])),
    "one-channel": lambda image, kernel, bias: (image[..., :1], kernel[:, :, :1], bias),
    "last-channel-only": lambda image, kernel, bias: (image[..., -1:], kernel[:, :, -1:], bias),
    "first-filter-only": lambda image, kernel, bias: (image, kernel[..., :1], bias[:1]),
}
_AFTER = {
    "map-transposed": lambda maps: maps.swapaxes(0, 1),
    "filters-added": lambda maps: maps.sum(axis=-1),
    "channels-first": lambda maps: np.moveaxis(maps, -1, 0),
    "relu-applied": lambda maps: np.maximum(maps, 0),
}
_OPTIONS = {
    "stride-rows-only": lambda s, p: ((s, 1), p),
    "stride-columns-only": lambda s, p: ((1, s), p),
    "padding-rows-only": lambda s, p: (s, (p, 0)),
}
_CONVOLVE_2D_MISTAKES: dict[str, Wrong] = {
    **{name: _first(_convolve_2d, change) for name, change in _BEFORE.items()},
    **{name: then(_convolve_2d, change) for name, change in _AFTER.items()},
    **_stride_and_padding(_convolve_2d, axes=2),
    **{name: _options(_convolve_2d, change) for name, change in _OPTIONS.items()},
    **misplaced_windows(_convolve_2d, axes=2),
}

CONVOLVE_2D = Exercise(
    name="convolve_2d",
    oracle=_convolve_2d,
    cases=_CONVOLVE_2D_CASES,
    mistakes=_CONVOLVE_2D_MISTAKES,
    second="Take the cell that is named, cut its patch out of the image (report.arguments has the arrays, where "
    "report = check_convolve_2d(convolve_2d)), and work it out: multiply, add up, add the bias.",
    third="maps[r, c, f] is the sum of image[r * stride + i, c * stride + j, d] * kernel[i, j, d, f] over all i, j and "
    'd, plus bias[f], with the image padded first. The page "Filter a volume" derives it.',
)

FAST_CONVOLVE_2D = Exercise(
    name="fast_convolve_2d",
    oracle=_convolve_2d,
    cases=_CONVOLVE_2D_CASES + loops.CASES,
    mistakes=_CONVOLVE_2D_MISTAKES,
    second="Print windows.shape: sliding_window_view(image, (height, width), axis=(0, 1)) puts the cells of the window "
    "last, behind the channels.",
    third="windows[::stride, ::stride] has the axes (rows, columns, channels, height, width), kernel (height, width, "
    'channels, filters): np.einsum("rcdij,ijdf->rcf", windows, kernel) + bias. The page "Filter a volume" derives '
    "the sum.",
    rule=loops.over_axes,
)
