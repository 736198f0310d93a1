"""What the arithmetic diagrams are drawn with: cells with numbers in them, frames, brackets, arrows and text.

Coordinates are in cells: x to the right, y downwards, and a cell at (x, y) has its upper left corner there. Each
patch carries its kind as its Matplotlib label, so that a figure can be asked what it shows.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnbook.plotting.style import NOTE_SIZE, PALETTE, TINTS, VALUE_SIZE, WIDTH, figure, line

# What each kind of cell looks like; line, hatch and weight tell them apart, colour only helps.
KINDS = {
    "plain": {"facecolor": "none", "edgecolor": PALETTE["ink"], "linewidth": 1.0},
    "padding": {"facecolor": "none", "edgecolor": PALETTE["muted"], "linewidth": 1.0, "linestyle": (0, (3, 2))},
    "unseen": {"facecolor": TINTS["grey"], "edgecolor": PALETTE["muted"], "linewidth": 1.0, "hatch": "////"},
    "skipped": {"facecolor": "none", "edgecolor": PALETTE["muted"], "linewidth": 0.8, "linestyle": ":", "zorder": 0.9},
}


def number(value, digits=2):
    """Return `value` as text: no needless zeros, a true minus sign.

    >>> number(-1.50), number(10), number(-0.001)
    ('−1.5', '10', '0')
    """
    text = f"{float(value):.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def canvas(columns, rows, axes=None, *, cell=0.45) -> Axes:
    """Return Axes that measure `columns` x `rows` cells, without frame or ticks.

    A new figure gives each cell `cell` inches, or less where the whole would be wider than a page.
    """
    if axes is None:
        size = min(cell, WIDTH / columns)
        axes = figure(columns * size, rows * size).add_axes((0, 0, 1, 1))
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def inches_per_cell(axes):
    """Return the inches that one cell of a `canvas` measures."""
    return axes.figure.get_figwidth() * axes.get_position().width / np.ptp(axes.get_xlim())


def box(axes, x, y, width=1, height=1, *, kind="plain", tint=None, **look):
    """Draw one cell of a kind of `KINDS`, filled with `tint` of `TINTS` if there is one; return the patch."""
    look = {**KINDS[kind], "label": kind, **({"facecolor": TINTS[tint]} if tint else {}), **look}
    return axes.add_patch(Rectangle((x, y), width, height, **look))


def outline(axes, x, y, width, height, *, color="orange", label="window"):
    """Draw a thick frame around cells."""
    look: dict[str, Any] = {"fill": False, "edgecolor": PALETTE[color], "linewidth": 2.8, "joinstyle": "miter"}
    axes.add_patch(Rectangle((x, y), width, height, label=label, zorder=3, **look))


def write(axes, x, y, text, *, size=NOTE_SIZE, color="ink", **look):
    """Write `text` centred at (x, y); return the text."""
    look = {"ha": "center", "va": "center", **look}
    return axes.text(x, y, text, fontsize=size, color=PALETTE[color], **look)


def value_cell(axes, x, y, value, *, width=1, height=1, size=VALUE_SIZE, color="ink", weight="normal", **look):
    """Draw one cell with a number (or a text) in it; to fit, a long number loses decimals, then gets smaller."""
    patch = box(axes, x, y, width, height, **look)
    if not isinstance(value, str):
        value = min((number(value, digits) for digits in (2, 1, 0)), key=lambda text: max(0, len(text) - 4 * width))
        size *= min(1, 3.3 * width / len(value))
    text = write(axes, x + width / 2, y + height / 2, value, size=size, color=color, weight=weight)
    if patch.get_hatch():  # keep the lines out of the number
        text.set_bbox({"facecolor": patch.get_facecolor(), "edgecolor": "none", "boxstyle": "round,pad=0.15"})


def grid(axes, x, y, values, *, marks=None, **look):
    """Draw a matrix of numbers, (rows, columns), with its upper left corner at (x, y).

    `marks` gives single cells, by (row, column), a look of their own.
    """
    for cell, value in np.ndenumerate(np.asarray(values)):
        value_cell(axes, x + cell[1], y + cell[0], value, **((marks or {}).get(cell) or look))


def block(top, left, height, width):
    """Return the (row, column) of all cells of a block, row by row."""
    return [(top + row, left + column) for row, column in np.ndindex(height, width)]


def runs(indices):
    """Return the runs of neighbours among sorted `indices` as (first, last) pairs.

    >>> runs([3, 7, 8])
    [(3, 3), (7, 8)]
    """
    firsts = [index for index in indices if index - 1 not in indices]
    lasts = [index for index in indices if index + 1 not in indices]
    return list(zip(firsts, lasts, strict=True))


def bracket(axes, start, stop, y, text):
    """Draw a bracket that opens upwards from x `start` to `stop` at height `y`, with `text` below it."""
    depth = 0.18
    heights = [y, y + depth, y + depth, y]
    line(axes, [start, start, stop, stop], heights, color="muted", linewidth=1.2, label="bracket")
    write(axes, (start + stop) / 2, y + depth + 0.34, text, color="muted")


def arrow(axes, start, stop, *, label="arrow", start_in="data"):
    """Draw an arrow from `start` to `stop`, (x, y) each; `start` may be a fraction of the artist `start_in`."""
    look = {"arrowstyle": "-|>", "color": PALETTE["muted"], "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=stop, xytext=start, textcoords=start_in, arrowprops=look, label=label)
