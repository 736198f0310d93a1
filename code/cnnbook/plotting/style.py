"""The look of the book's figures: one palette, one set of Matplotlib settings, and how a figure reaches a page.

Diagrams and curves are SVG on a transparent ground. In the dark theme the site turns them over with
``filter: invert(1) hue-rotate(180deg)``, which keeps every hue and swaps light for dark, so one picture serves both
themes; `PALETTE` holds the colours that stay readable either way. Pictures made of pixels (samples, weights) must not
be turned over: show those with `png`, which puts them on a white card.
"""

import io
import sys
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

# Each strong colour has a contrast of at least 4.5 to 1 with white, and with the dark page once turned over, so it may
# colour text. Blue, orange, teal and plum, in this order, are told apart with every common colour blindness.
PALETTE = {
    "ink": "#1b2430",
    "muted": "#566171",
    "grid": "#ccd3db",
    "blue": "#1f4f8f",
    "orange": "#b8530e",
    "teal": "#0b746e",
    "plum": "#7a3b82",
    "red": "#b02a30",
    "green": "#2c7433",
}

# Light fills for cells that carry ink on top. Turned over they become dark fills under light ink.
TINTS = {
    "blue": "#d6e4f5",
    "orange": "#fbdfc8",
    "teal": "#cdeae6",
    "plum": "#ecd9f0",
    "red": "#f8d9d8",
    "green": "#d7ecd5",
    "grey": "#e8ebef",
}

# The order in which series take colours; line styles and markers change with them, for readers without colour.
SERIES = ("blue", "orange", "teal", "plum", "red", "green")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (3, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

WIDTH = 7.0  # inches; a page column of 700 px shows it at about its own size
VALUE_SIZE = 12  # points; numbers in cells, still 9 px high on a phone 360 px wide
NOTE_SIZE = 10  # points; labels and remarks
PNG_DPI = 120  # a little more than a page shows; a sharper picture weighs three times as much on a phone

_SETTINGS: dict[Any, Any] = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "auto",
    "savefig.transparent": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with Matplotlib: the same letters on every machine
    "font.size": NOTE_SIZE,
    "axes.titlesize": 11,
    "axes.labelsize": NOTE_SIZE,
    "xtick.labelsize": NOTE_SIZE,
    "ytick.labelsize": NOTE_SIZE,
    "text.color": PALETTE["ink"],
    "axes.labelcolor": PALETTE["ink"],
    "axes.titlecolor": PALETTE["ink"],
    "axes.edgecolor": PALETTE["muted"],
    "xtick.color": PALETTE["ink"],
    "ytick.color": PALETTE["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": PALETTE["grid"],
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=[PALETTE[name] for name in SERIES], linestyle=LINE_STYLES, marker=MARKERS),
    "svg.fonttype": "path",  # letters as outlines: no font is loaded and no reader lacks it
    "svg.hashsalt": "cnnbook",  # element names, and so whole files, are the same in every build
}


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

    options: dict[str, Any] = {"metadata": {"Date": None}, "pad_inches": 0.04}
    # The import of pyplot reads the formats from this object once more; setting only one of the two would not last.
    backend = InlineBackend.instance()
    backend.figure_formats = {"svg"}
    backend.print_figure_kwargs = {"bbox_inches": "tight", **options}
    set_matplotlib_formats("svg", **options)


def figure(width: float = WIDTH, height: float = 3.6, **options) -> Figure:
    """Return a transparent `Figure` of `width` x `height` inches that pyplot knows nothing of.

    Such a figure is freed with its last reference, so a page of many figures leaks none. `options` go to
    `matplotlib.figure.Figure`.
    """
    return Figure(figsize=(width, height), facecolor="none", **options)


def plot_axes(axes: Axes | None = None, width: float = WIDTH, height: float = 3.6) -> Axes:
    """Return `axes`, or the one Axes of a new figure for a curve or a chart."""
    return figure(width, height, layout="constrained").add_subplot() if axes is None else axes


def line(axes, x, y, *, color, label, **look):
    """Draw a line in a colour of `PALETTE`; solid and without markers, whose cycle is for series."""
    axes.plot(x, y, **{"color": PALETTE[color], "linestyle": "-", "marker": "", "label": label, **look})


def label_point(axes, text, point, *, offset=(8, 0), color="ink", **look):
    """Write `text` beside a point, `offset` points away; it may reach beyond the axes."""
    look = {"textcoords": "offset points", "va": "center", "fontsize": NOTE_SIZE, "annotation_clip": False, **look}
    axes.annotate(text, point, xytext=offset, color=PALETTE[color], **look)


class Picture:
    """PNG bytes that a notebook shows as an image."""

    def __init__(self, data: bytes):
        self.data = data

    def _repr_png_(self) -> bytes:
        return self.data


def png(drawn, *, dpi: int = PNG_DPI) -> Picture:
    """Return what a figure function drew as a PNG on a white card, for pictures made of pixels.

    As the last expression of a cell it is shown as an image; ``.data`` holds the bytes. With `dpi` (pixels for each
    inch) at a multiple of 60 the pixels of 32 x 32 images are all of one size.

    >>> png(figure(1, 1)).data[1:4]
    b'PNG'
    """
    picture = drawn.figure  # of an Axes its figure, of a figure itself
    buffer = io.BytesIO()
    options = {"facecolor": "white", "bbox_inches": "tight", "pad_inches": 0.1, "metadata": {"Software": None}}
    picture.savefig(buffer, format="png", dpi=dpi, **options)
    return Picture(buffer.getvalue())
