"""What the arithmetic diagrams are drawn with: cells with numbers in them, frames, arrows and text.

Coordinates are in cells: x to the right, y downwards, and a cell at (x, y) has its upper left corner there. Each
patch carries its kind as its Matplotlib label, so that a figure can be asked what it shows.

Text is plain, one line for each call: on a page it is set in another typeface, and lines and formulas that Matplotlib
puts together would fall apart there.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from cnnbook.plotting.style import (
    MARGIN,
    NARROW,
    NOTE_SIZE,
    PALETTE,
    PIXEL,
    POINT,
    SMALL_SIZE,
    TINTS,
    VALUE_SIZE,
    WIDTH,
    figure,
    typographic,
)

CELL = 36 * PIXEL  # inches; a cell of a row
PLANE_CELL = 24 * PIXEL  # of a plane, of which three stand side by side

# What each kind of cell looks like; line and hatch tell them apart, colour only helps.
_CELL_LINE: dict[str, Any] = {"facecolor": "none", "edgecolor": PALETTE["muted"], "linewidth": POINT}
KINDS: dict[str, dict[str, Any]] = {
    "plain": _CELL_LINE,
    "padding": {**_CELL_LINE, "linestyle": (0, (4, 3))},
    "unseen": {**_CELL_LINE, "facecolor": TINTS["grey"], "hatch": "////"},
    "skipped": {**_CELL_LINE, "linestyle": (0, (1, 2)), "zorder": 0.9},
}

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# Widths of characters in DejaVu Sans, of the sign without its margins; digits have 0.64. A page's are narrower.
_EMS = {"−": 0.71, ".": 0.32}
_MIDDLE = 0.33  # ems from the base line to the middle of a digit in Source Sans, as on a page


def number(value, digits=2):
    """Return `value` as text: no needless zeros, a true minus sign.

    >>> number(-1.50), number(10), number(-0.001)
    ('−1.5', '10', '0')
    """
    text = f"{float(value):.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def indexed(name, index):
    """Return a name with its index.

    >>> indexed("x", 10)
    'x₁₀'
    """
    return name + str(index).translate(_SUBSCRIPTS)


def canvas(columns, rows, axes=None, *, cell=CELL, width=WIDTH) -> Axes:
    """Return Axes that measure `columns` x `rows` cells, without frame or ticks.

    A new figure gives each cell `cell` inches, or less where the whole would be wider than `width` inches.
    """
    if axes is None:
        size = min(cell, width / columns)
        axes = figure(columns * size, rows * size).add_axes((0, 0, 1, 1))
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def schematic(columns, rows, axes=None, *, cell=CELL) -> Axes:
    """Return a `canvas` that a phone shows whole."""
    return canvas(columns, rows, axes, cell=cell, width=NARROW - 2 * MARGIN)


def pixels_per_cell(axes):
    """Return the pixels that one cell of a `canvas` measures on a page."""
    return axes.figure.get_figwidth() * axes.get_position().width / np.ptp(axes.get_xlim()) / PIXEL


def box(axes, x, y, width=1, height=1, *, kind="plain", tint=None, **look):
    """Draw one cell of a kind of `KINDS`, filled with `tint` of `TINTS` if there is one; return the patch."""
    look = {**KINDS[kind], "label": kind, "clip_on": False, **({"facecolor": TINTS[tint]} if tint else {}), **look}
    return axes.add_patch(Rectangle((x, y), width, height, **look))


def outline(axes, x, y, width, height, *, label="window"):
    """Draw the frame of a window around cells."""
    look: dict[str, Any] = {"edgecolor": PALETTE["orange"], "linewidth": 2.5 * POINT, "joinstyle": "miter"}
    axes.add_patch(Rectangle((x, y), width, height, label=label, facecolor="none", clip_on=False, zorder=3, **look))


def write(axes, x, y, text, *, size=NOTE_SIZE, color="ink", **look):
    """Write `text` centred at (x, y); return the text.

    Digits have their middle there: Matplotlib's own would be that of a line of DejaVu Sans.
    """
    lower = ScaledTranslation(0, -_MIDDLE * size / 72, axes.figure.dpi_scale_trans)
    look = {"ha": "center", "va": "baseline", "transform": axes.transData + lower, **look}
    return axes.text(x, y, typographic(text), fontsize=size, color=PALETTE[color], **look)


def _fitted(axes, value, width):
    """Return a number as text and its size in points; in a narrow cell it loses decimals, then gets smaller.

    A number below ten keeps one decimal.
    """
    points = 0.92 * width * pixels_per_cell(axes) * POINT
    for digits in (2, 1, 0):
        text = number(value, digits)
        size = min(VALUE_SIZE, points / sum(_EMS.get(letter, 0.64) for letter in text))
        if size >= SMALL_SIZE or (digits == 1 and abs(value) < 10):
            break
    return text, size


def value_cell(axes, x, y, value, *, width=1, height=1, size=None, color="ink", style="normal", **look):
    """Draw one cell with a number (or a text) in it, which is made to fit unless it has a `size`, in points."""
    patch = box(axes, x, y, width, height, **look)
    text, fitting = (value, VALUE_SIZE) if isinstance(value, str) else _fitted(axes, value, width)
    text = write(axes, x + width / 2, y + height / 2, text, size=size or fitting, color=color, style=style)
    if patch.get_hatch():  # keep the lines out of the number
        text.set_bbox({"facecolor": patch.get_facecolor(), "edgecolor": "none", "boxstyle": "round,pad=0.15"})


def grid(axes, x, y, values, *, marks=None, **look):
    """Draw a matrix of numbers, (rows, columns), of one size, with its upper left corner at (x, y).

    `marks` gives single cells, by (row, column), a look of their own.
    """
    values = np.asarray(values)
    size = min(_fitted(axes, value, 1)[1] for value in values.flat)
    for cell, value in np.ndenumerate(values):
        value_cell(axes, x + cell[1], y + cell[0], value, size=size, **((marks or {}).get(cell) or look))


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


def arrow(axes, start, stop, *, label="arrow"):
    """Draw an arrow from `start` to `stop`, (x, y) each."""
    look = {"arrowstyle": "-|>", "color": PALETTE["muted"], "linewidth": POINT, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=stop, xytext=start, arrowprops=look, label=label)
