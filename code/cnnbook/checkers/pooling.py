"""The exercise `max_pool`: cases, usual mistakes, hints. The oracle is `cnnbook.reference`."""

import numpy as np

from cnnbook import handout, reference
from cnnbook.checkers.exercise import Exercise, Mistake, case, signed_numbers


def _max_pool(image, size, *, stride=None):
    return reference.max_pool2d(image[None], size, stride=stride)[0]


def _steps(size, stride):
    return size if stride is None else stride


def _partial_windows(image, size, *, stride=None):
    """Windows that stick out at the end are kept; the cells outside never win."""
    step = _steps(size, stride)
    rest = [(0, -(n - size) % step) for n in image.shape[:2]]
    return reference.max_pool2d(image[None], size, stride=stride, padding=tuple(rest))[0]


def _every_window_start(image, size, *, stride=None):
    """The first cell of each window in place of its largest: what a stride without pooling gives."""
    rows, columns = _max_pool(image, size, stride=stride).shape[:2]
    step = _steps(size, stride)
    return image[::step, ::step][:rows, :columns]


MAX_POOL = Exercise(
    signature="max_pool(image, size, *, stride=None)",
    oracle=_max_pool,
    cases=(
        case(handout.VOLUME[:, :, 2:], 2, nudge="One channel: four windows side by side, the largest value of each."),
        case(handout.VOLUME, 2, nudge="Three channels. Pooling treats each on its own."),
        case(
            -np.abs(signed_numbers(27, 4, 4, 2)),
            2,
            nudge="All values are negative, so the largest of each window is, too.",
        ),
        case(signed_numbers(28, 4, 4, 2) / 4, 2, nudge="These values are no whole numbers."),
        case(signed_numbers(29, 4, 6, 2), 2, nudge="The image is wider than it is high."),
        case(signed_numbers(30, 9, 7, 1), 2, nudge="A row and a column are left over. No window is made for them."),
        case(
            signed_numbers(31, 6, 7, 2), 3, stride=1, nudge="This is the first case with a stride: the windows overlap."
        ),
        case(signed_numbers(32, 8, 7, 3), 3, stride=2, nudge="Overlapping windows, and a row is left over."),
        case(signed_numbers(33, 11, 7, 2), 2, stride=3, nudge="A stride larger than the window leaves gaps."),
    ),
    mistakes=(
        Mistake(
            "average instead of maximum",
            lambda image, size, *, stride=None: reference.average_pool2d(image[None], size, stride=stride)[0],
            "You took the mean. That is average pooling.",
        ),
        Mistake(
            "smallest instead of largest",
            lambda image, size, *, stride=None: -_max_pool(-image, size, stride=stride),
            "You took the smallest value of each window.",
        ),
        Mistake(
            "every second cell",
            _every_window_start,
            "You kept the first cell of each window. That is a stride without pooling.",
        ),
        Mistake(
            "stride of 1 by default",
            lambda image, size, *, stride=None: _max_pool(image, size, stride=1 if stride is None else stride),
            "Your windows move by 1 where no stride is given. The default is the window's size, so that they lie side "
            "by side.",
        ),
        Mistake(
            "channels pooled together",
            lambda image, size, *, stride=None: np.broadcast_to(
                (pooled := _max_pool(image, size, stride=stride)).max(axis=-1, keepdims=True), pooled.shape
            ),
            "You took the largest value of all channels. Each channel is pooled on its own: max over axes 0 and 1 of "
            "the window.",
        ),
        Mistake(
            "channels gone",
            lambda image, size, *, stride=None: _max_pool(image, size, stride=stride).max(axis=-1),
            "Your result has lost its channels. It has as many as the image.",
        ),
        Mistake(
            "first channel only",
            lambda image, size, *, stride=None: _max_pool(image[..., :1], size, stride=stride),
            "You pooled the first channel only.",
        ),
        Mistake(
            "started from 0",
            lambda image, size, *, stride=None: np.maximum(_max_pool(image, size, stride=stride), 0),
            "You started from 0, which beats every negative value. Start from a cell of the window, or from -np.inf.",
        ),
        Mistake(
            "largest absolute value",
            lambda image, size, *, stride=None: _max_pool(np.abs(image), size, stride=stride),
            "You took absolute values. Of -3 and 1 the larger is 1.",
        ),
        Mistake(
            "rows and columns swapped",
            lambda image, size, *, stride=None: _max_pool(image, size, stride=stride).swapaxes(0, 1),
            "Rows and columns of your result are swapped: rows come first.",
        ),
        Mistake(
            "windows that stick out",
            _partial_windows,
            "You made windows for the rest. A window that sticks out is dropped: round down (floor), not up.",
        ),
        Mistake(
            "stride ignored",
            lambda image, size, *, stride=None: _max_pool(image, size),
            "You left the stride out, and your windows lie side by side.",
        ),
    ),
    second="Take the cell that is named, cut its window out of the image (report.arguments has it), and look for its "
    "largest value.",
    third="pooled[r, c] is the maximum of image[r * stride : r * stride + size, c * stride : c * stride + size] over "
    "rows and columns, for floor((n - size) / stride) + 1 rows and as many columns of their own n. The page "
    '"Pool a feature map" derives it.',
)
