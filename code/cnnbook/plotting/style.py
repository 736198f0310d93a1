"""The look of the book's figures: one palette, one set of Matplotlib settings, and how a figure reaches a page.

Figures are SVG on a transparent ground, with text that is text. On a page they take its typeface, and in the dark theme
each colour of `PALETTE` and `TINTS` becomes that of `DARK`. Pictures made of pixels keep their colours.
"""

import sys
from typing import Any

import matplotlib
from matplotlib.figure import Figure

# A colour is a role. Strong colours have a contrast of at least 4.5 to 1 with the page, in both themes, so they may
# colour text; they are told apart with every common colour blindness.
PALETTE = {
    "ink": "#1d2433",
    "muted": "#566171",
    "grid": "#ddd5c9",
    "blue": "#175a96",  # training
    "orange": "#b4431a",  # the book's accent: windows, validation, the row that the text speaks of
    "red": "#a8232f",  # wrong
    "green": "#2b6a3d",  # right
}

# Fills of cells that carry ink, at least 9 to 1 below it.
TINTS = {
    "filter": "#e4e1f2",
    "output": "#fbdec9",
    "red": "#f8d8d8",  # the channels of an image
    "green": "#d5ecd4",
    "blue": "#d6e4f7",
    "grey": "#e8ebef",  # never seen
}

# The same in the dark theme; fills by their name and "-fill".
DARK = {
    "ink": "#e6e8ee",
    "muted": "#8592a5",
    "grid": "#364050",
    "blue": "#85c1f5",
    "orange": "#ff9a6e",
    "red": "#ff9d9d",
    "green": "#8fd3a0",
    "filter-fill": "#35305a",
    "output-fill": "#5a2e12",
    "red-fill": "#55262a",
    "green-fill": "#1f4325",
    "blue-fill": "#1d3a5e",
    "grey-fill": "#2c3440",
}

PIXEL = 1 / 96  # inches; a pixel of a style sheet
POINT = 72 * PIXEL  # points for each such pixel, for sizes of letters and widths of lines
MARGIN = 1.5 * PIXEL  # around a cropped drawing; half of a frame's line
WIDTH = 7.0  # inches; a page column of 700 px shows it at about its own size
NARROW = 340 * PIXEL  # inches with the margins; a phone shows it whole
VALUE_SIZE = 16 * POINT  # numbers in cells
NOTE_SIZE = 13 * POINT  # labels
SMALL_SIZE = 11 * POINT  # remarks and counts; nothing is smaller

_SETTINGS: dict[Any, Any] = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "auto",
    "savefig.transparent": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with Matplotlib: the same letters on every machine
    "font.size": NOTE_SIZE,
    "text.color": PALETTE["ink"],
    "hatch.linewidth": 0.8,
    "svg.fonttype": "none",  # text stays text, in the typeface of the page
    "svg.hashsalt": "cnnbook",  # element names, and so whole files, are the same in every build
}


def typographic(text: str) -> str:
    """Return a text with the apostrophes of the book's sentences, which pages get from Sphinx and drawings do not.

    >>> typographic("TensorFlow's")
    'TensorFlow’s'
    """
    return text.replace("'", "’")


def use():
    """Set Matplotlib to the look of the book; in a notebook, show figures as SVG.

    Pages call it once, in the cell that imports. It is the only function of the package that changes settings.
    """
    matplotlib.rcParams.update(_SETTINGS)
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        _show_svg_in_notebook()


def _show_svg_in_notebook():
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    from matplotlib_inline.config import InlineBackend

    options: dict[str, Any] = {"metadata": {"Date": None}, "pad_inches": MARGIN}
    # The import of pyplot reads the formats from this object once more; setting only one of the two would not last.
    backend = InlineBackend.instance()
    backend.figure_formats = {"svg"}
    backend.print_figure_kwargs = {"bbox_inches": "tight", **options}
    set_matplotlib_formats("svg", **options)


def figure(width: float, height: float) -> Figure:
    """Return a transparent `Figure` of `width` x `height` inches that pyplot knows nothing of.

    Such a figure is freed with its last reference, so a page of many figures leaks none.
    """
    return Figure(figsize=(width, height), facecolor="none")


def line(axes, x, y, *, color, label, **look):
    """Draw a line in a colour of `PALETTE`."""
    axes.plot(x, y, color=PALETTE[color], label=label, **look)
