"""The exercise `max_pool`: cases, usual mistakes, hints. The oracle is `cnnbook.reference`."""

import numpy as np

from cnnbook import handout, reference
from cnnbook.checkers.exercise import Exercise, case, misplaced_windows, signed_numbers, then


def _max_pool(image, kernel_size, *, stride=None):
    return reference.max_pool2d(image[None], kernel_size, stride=stride)[0]


def _partial_windows(image, kernel_size, *, stride=None):
    """Windows that stick out at the end are kept; the cells outside never win."""
    step = stride or kernel_size
    rest = tuple((0, -(n - kernel_size) % step) for n in image.shape[:2])
    return reference.max_pool2d(image[None], kernel_size, stride=stride, padding=rest)[0]


def _first_cells(image, kernel_size, *, stride=None):
    """The first cell of each window in place of its largest: what a stride without pooling gives."""
    rows, columns = _max_pool(image, kernel_size, stride=stride).shape[:2]
    step = stride or kernel_size
    return image[::step, ::step][:rows, :columns]


MAX_POOL = Exercise(
    name="max_pool",
    oracle=_max_pool,
    cases=(
        case(handout.VOLUME[:, :, 2:], 2, nudge="One channel: four windows side by side, the largest value of each."),
        case(handout.VOLUME, 2, nudge="Three channels. Pooling treats each on its own."),
        case(-np.abs(signed_numbers(27, 4, 4, 2)), 2, nudge="All values are negative, and so is the largest of each."),
        case(signed_numbers(28, 4, 4, 2) / 4, 2, nudge="These values have fractions."),
        case(signed_numbers(29, 4, 6, 2), 2, nudge="The image is wider than it is high."),
        case(signed_numbers(30, 9, 7, 1), 2, nudge="A row and a column are left over. No window is made for them."),
        case(signed_numbers(31, 6, 7, 2), 3, stride=1, nudge="The first case with a stride: the windows overlap."),
        case(signed_numbers(32, 8, 7, 3), 3, stride=2, nudge="Overlapping windows, and a row is left over."),
        case(signed_numbers(33, 11, 7, 2), 2, stride=3, nudge="A stride larger than the window leaves gaps."),
    ),
    mistakes={
        "average-for-max": lambda image, kernel_size, *, stride=None: reference.average_pool2d(
            image[None], kernel_size, stride=stride
        )[0],
        "min-for-max": lambda image, *arguments, **options: -_max_pool(-image, *arguments, **options),
        "first-cell-of-window": _first_cells,
        "stride-default-one": lambda *arguments, stride=None: _max_pool(*arguments, stride=stride or 1),
        "channels-pooled": then(
            _max_pool, lambda pooled: np.broadcast_to(pooled.max(axis=-1, keepdims=True), pooled.shape)
        ),
        "channels-lost": then(_max_pool, lambda pooled: pooled.max(axis=-1)),
        "first-channel-only": then(_max_pool, lambda pooled: pooled[..., :1]),
        "started-from-zero": then(_max_pool, lambda pooled: np.maximum(pooled, 0)),
        "largest-magnitude": lambda image, *arguments, **options: _max_pool(abs(image), *arguments, **options),
        "map-transposed": then(_max_pool, lambda pooled: pooled.swapaxes(0, 1)),
        "rounded-up": _partial_windows,
        "stride-forgotten": lambda image, kernel_size, *, stride=None: _max_pool(image, kernel_size),
        **misplaced_windows(_max_pool, axes=2, usual_stride=lambda image, kernel_size: kernel_size),
    },
    second="Take the cell that is named, cut its window out of the image (report.arguments has it, where report = "
    "check_max_pool(max_pool)), and look for its largest value.",
    third="pooled[r, c] is the maximum of image[r * stride : r * stride + kernel_size, c * stride : c * stride + "
    "kernel_size] over rows and columns, for floor((n - kernel_size) / stride) + 1 rows and as many columns of their "
    'own n. The page "Pool a feature map" derives it.',
)
