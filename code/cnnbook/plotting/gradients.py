"""Figures of the way back: the loss along a step, and what a ReLU and a max pooling hand on."""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import reference, shapes
from cnnbook.plotting.axes import grid_rows, ticks
from cnnbook.plotting.primitives import arrow, outline, schematic, value_cell, write
from cnnbook.plotting.svg import BothWidths, Drawing, Scale, text_width

_GAP = 1.9  # cells between the way there and the way back


def loss_along_step(loss: Callable[[float], float], rates: Sequence[float]) -> BothWidths:
    """Plot the loss after a step, from none to a little more than the longest of `rates`, which are named.

    Used in `experiments/filter-learns`.

    Parameters
    ----------
    loss : function of float
        The loss after a step with a learning rate; 0 is no step.
    rates : sequence of float
        Learning rates above 0.

    Raises
    ------
    ValueError
        If there is no rate, or one is not above 0.
    """
    if not rates or min(rates) <= 0:
        raise ValueError(f"expected learning rates above 0; got {list(rates)}")
    steps = np.linspace(0, 1.08 * max(rates), 81)
    curve = [(step, loss(step)) for step in steps]
    return BothWidths(functools.partial(_along_step, curve, [(rate, loss(rate)) for rate in (0, *rates)]))


def _along_step(curve, points, width):
    drawing = Drawing(width, 270)
    bottom, right = drawing.height - 42, width - 10  # half of the last number stands beyond the axis
    y = Scale(0, 1.08 * max(after for _, after in curve), bottom, 26)
    left = 8 + max(text_width(number) for number in ticks(y))
    x = Scale(0, curve[-1][0], left, right)
    grid_rows(drawing, y, left, right, "loss after the step")
    drawing.line([(left, bottom), (right, bottom)], kind="axis")
    for number, rate in ticks(x).items():
        drawing.text(x(rate), bottom + 17, number, kind="tick", anchor="middle")
    drawing.text(right, bottom + 36, "learning rate", kind="title", anchor="end")
    drawing.line([(x(rate), y(after)) for rate, after in curve], kind="loss", width=2)
    lowest = x(min(curve, key=lambda point: point[1])[0])
    for rate, after in points:
        at = x(rate)
        drawing.dot(at, y(after), kind="step", radius=4)
        text = f"{rate:g}: {after:.2f}" if rate else f"before: {after:.2f}"
        # Inside of the valley there is room, and above its foot.
        if abs(at - lowest) < 15:
            drawing.text(at, y(after) - 11, text, anchor="middle")
        else:
            drawing.text(at + (9 if at < lowest else -9), y(after) - 3, text, anchor="start" if at < lowest else "end")
    return drawing


def relu_and_pooling(y: ArrayLike, told: ArrayLike, *, window: int = 2, axes: Axes | None = None) -> Axes:
    """Draw a row on its way through a ReLU and a max pooling, and beside it what comes back through both.

    Cells that no window sees are hatched. Used in `experiments/filter-learns`.

    Parameters
    ----------
    y : array, (steps,)
        What arrives at the ReLU; at most five cells are large enough to read on a phone.
    told : array, (outputs,)
        The gradient that arrives at the outputs of the pooling.
    window : int
        Size and stride of the pooling.

    Raises
    ------
    ValueError
        If `told` is not one number for each window.
    """
    y, told = np.asarray(y, float), np.asarray(told, float)
    windows = shapes.seen(len(y), window, stride=window)
    if told.shape != (len(windows),):
        raise ValueError(f"expected one number for each of {len(windows)} windows; got an array of shape {told.shape}")
    positive = reference.relu(y)
    winners = [max(cells, key=lambda cell: positive[cell]) for cells in windows]
    back = np.zeros(len(y))
    back[winners] = told

    axes = schematic(2 * len(y) + _GAP, 6.3, axes)
    right = len(y) + _GAP
    write(axes, 0, 0.25, "there", ha="left", weight="bold")
    write(axes, right, 0.25, "back", ha="left", weight="bold")
    for top, name in ((0.8, "y"), (2.9, "ReLU"), (5.3, "max")):
        write(axes, len(y) + _GAP / 2, top + 0.5, name, style="italic" if name == "y" else "normal")
    unseen = set(range(len(y))).difference(*windows)
    for x, upper, lower, last in ((0, y, positive, positive[winners]), (right, back * (y > 0), back, told)):
        way = slice(None, None, 1 if x == 0 else -1)
        for cell in range(len(y)):
            look = {"kind": "unseen"} if cell in unseen else {"color": "ink" if lower[cell] else "muted"}
            value_cell(axes, x + cell, 0.8, upper[cell])
            value_cell(axes, x + cell, 2.9, lower[cell], **look)
            if (y > 0)[cell]:
                arrow(axes, *[(x + cell + 0.5, 1.85), (x + cell + 0.5, 2.85)][way], label="passes")
        for cells, winner, value in zip(windows, winners, last, strict=True):
            middle = x + (cells[0] + cells[-1] + 1) / 2
            arrow(axes, *[(x + winner + 0.5, 4), (middle, 5.25)][way], label="wins")
            outline(axes, x + cells[0], 2.9, len(cells), 1)
            value_cell(axes, middle - 0.5, 5.3, value, **({"tint": "output", "label": "output"} if x == 0 else {}))
    return axes
