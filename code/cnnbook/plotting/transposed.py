"""The figure of a transposed convolution: one copy of the filter for each input cell, and their sum."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import reference
from cnnbook.plotting.primitives import outline, schematic, value_cell, write
from cnnbook.plotting.style import POINT, SMALL_SIZE, line

_NAMES = 0.36  # cells; room at the left for the letters x and y


def transposed_1d(x: ArrayLike, kernel: ArrayLike, *, stride: int = 1, axes: Axes | None = None) -> Axes:
    """Draw a row of cells, below each the filter times that cell, and below those the outputs, their sums.

    Each copy of the filter starts `stride` cells after the one before it. Where copies overlap, an output has several
    numbers above it. Used in `arithmetic/output-size`.

    Parameters
    ----------
    x : array, (steps,)
        With at most nine outputs, cells have their full size.
    kernel : array, (kernel_size,)
    """
    x, kernel = np.asarray(x), np.asarray(kernel)
    outputs = reference.conv2d_transpose(
        x[None, None, :, None], kernel[None, :, None, None], stride=(1, stride)
    ).ravel()
    top, height, pitch = 0.4, 0.78, 0.95
    first, bottom = top + 1.35, top + 1.45 + pitch * len(x)
    axes = schematic(_NAMES + len(outputs), bottom + 1.4, axes)
    for name, y in (("x", top + 0.5), ("y", bottom + 0.5)):
        write(axes, 0, y, name, style="italic", ha="left")
    for index, value in enumerate(x):
        left, y = _NAMES + stride * index, first + pitch * index
        middle = left + len(kernel) / 2
        write(axes, middle, top - 0.22, str(index), color="muted", size=SMALL_SIZE)
        value_cell(axes, middle - 0.5, top, value)
        look = {"color": "muted", "linewidth": POINT, "zorder": 0.5, "label": "leads to"}
        line(axes, [middle, middle], [top + 1, y], **look)
        for place, product in enumerate(value * kernel):
            value_cell(axes, left + place, y, product, height=height, tint="filter", label="copy")
        outline(axes, left, y, len(kernel), height)
    for index, output in enumerate(outputs):
        value_cell(axes, _NAMES + index, bottom, output, tint="output", label="output")
        write(axes, _NAMES + index + 0.5, bottom + 1.22, str(index), color="muted", size=SMALL_SIZE)
    return axes
