"""Figures of a kernel on a row of cells: windows, padding, output size, dilation; and of pooling a row."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import reference, shapes
from cnnbook.plotting.primitives import (
    KINDS,
    arrow,
    box,
    indexed,
    outline,
    runs,
    schematic,
    value_cell,
    write,
)
from cnnbook.plotting.style import NOTE_SIZE, POINT, SMALL_SIZE, line
from cnnbook.shapes import Padding

_NAMES = 0.36  # cells; room at the left for the letters x, w and y


def windows_1d(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    chosen: int | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw a row of cells, below it the window of every output, and below those the outputs.

    The weights stand in the windows, under the cells that they are multiplied by, and each output under the middle of
    its window. Padding is dashed; cells that no window touches are hatched and labelled "never seen". Used in
    `arithmetic/one-dimension`.

    Parameters
    ----------
    x : array, (steps,)
        With its padding at most nine cells, for cells of full size.
    kernel : array, (kernel_size,)
    stride, padding, dilation
        As for `cnnbook.shapes.output_size`.
    chosen : int
        The window, counted from 0, whose cells of the row are framed, too.
    """
    x, kernel = np.asarray(x), np.asarray(kernel)
    windows = shapes.seen(len(x), len(kernel), stride=stride, padding=padding, dilation=dilation)
    before, after = shapes.resolve_padding(padding, len(x), len(kernel), stride=stride, dilation=dilation)
    options = {"stride": stride, "padding": (before, after), "dilation": dilation}
    outputs = reference.conv1d(x[None, :, None], kernel[:, None, None], **options).ravel()

    all_seen = {*range(-before, len(x) + after)} <= {cell for window in windows for cell in window}
    top, height, pitch = 0.4 if all_seen else 0.8, 0.78, 0.95
    first, bottom = top + 1.25, top + 1.35 + pitch * len(windows)
    axes = schematic(_NAMES + before + len(x) + after, bottom + 1.4, axes)
    left = _NAMES + before
    _input_row(axes, left, top, x, before, after, windows)
    if chosen is not None:
        cells = windows[chosen]
        outline(axes, left + cells[0], top, cells[-1] - cells[0] + 1, 1, label="chosen")
    for name, y in (("x", top + 0.5), ("w", first + height / 2), ("y", bottom + 0.5)):
        write(axes, 0, y, name, style="italic", ha="left")
    for index, (window, output) in enumerate(zip(windows, outputs, strict=True)):
        y, middle = first + pitch * index, left + (window[0] + window[-1] + 1) / 2
        _window(axes, left, y, window, kernel, height)
        covered = [
            first + pitch * below for below in range(index + 1, len(windows)) if _covers(windows[below], middle - left)
        ]
        _line_down(axes, middle, y + height, bottom, [(top, top + height) for top in covered])
        value_cell(axes, middle - 0.5, bottom, output, tint="output", label="output")
        write(axes, middle, bottom + 1.22, str(index), color="muted", size=SMALL_SIZE)
    return axes


def row_and_filter_1d(x: ArrayLike, kernel: ArrayLike, *, axes: Axes | None = None) -> Axes:
    """Draw a row of cells and, below it, a filter that has not been laid on it yet. Used in questions.

    Parameters
    ----------
    x : array, (steps,)
        At most nine cells, for cells of full size.
    kernel : array, (kernel_size,)
    """
    x, kernel = np.asarray(x), np.asarray(kernel)
    axes = schematic(_NAMES + max(len(x), len(kernel)), 2.9, axes)
    _input_row(axes, _NAMES, 0.4, x, 0, 0, [range(len(x))])
    for position, weight in enumerate(kernel):
        value_cell(axes, _NAMES + position, 1.9, weight, tint="filter", label="weight")
    for name, y in (("x", 0.9), ("w", 2.4)):
        write(axes, 0, y, name, style="italic", ha="left")
    return axes


def _covers(window, place):
    return window[0] < place < window[-1] + 1


def _line_down(axes, x, top, bottom, gaps=()):
    """Join a window with its output; not through the windows in between, whose skipped cells are transparent."""
    ends = [top, *(end for gap in gaps for end in gap), bottom]
    for start, stop in zip(ends[::2], ends[1::2], strict=True):
        line(axes, [x, x], [start, stop], color="muted", linewidth=POINT, zorder=0.5, label="leads to")


def _input_row(axes, x, y, values, before, after, windows):
    """Draw the padded input with its positions above; cell 0 of the input has its left edge at `x`."""
    positions = range(-before, len(values) + after)
    unseen = sorted(set(positions).difference(*windows))
    for position in positions:
        inside = 0 <= position < len(values)
        value, color, kind = (values[position], "ink", "plain") if inside else (0, "muted", "padding")
        linestyle = {}
        if position in unseen:
            linestyle, kind = {"linestyle": KINDS[kind].get("linestyle", "-")}, "unseen"
        value_cell(axes, x + position, y, value, color=color, kind=kind, **linestyle)
        write(axes, x + position + 0.5, y - 0.22, str(position) if inside else "pad", color="muted", size=SMALL_SIZE)
    for first, last in runs(unseen):
        # Over a single cell at an end of the row, the words reach inwards.
        place, align = (first + last + 1) / 2, "center"
        if first == last and first in (positions[0], positions[-1]):
            place, align = (first, "left") if first == positions[0] else (last + 1, "right")
        write(axes, x + place, y - 0.6, "never seen", size=SMALL_SIZE, ha=align)


def _window(axes, x, y, window, kernel, height=1):
    """Draw one window at height `y`: a weight at each position that it reads, dotted where dilation skips one."""
    for position in range(window[0], window[-1] + 1):
        if position in window:
            weight = kernel[window.index(position)]
            value_cell(axes, x + position, y, weight, height=height, tint="filter", label="weight")
        else:
            box(axes, x + position, y, 1, height, kind="skipped")
    outline(axes, x + window[0], y, window[-1] - window[0] + 1, height)


def same_padding_1d(cases: Sequence[tuple[int, int, int]], *, dilation: int = 1, axes: Axes | None = None) -> Axes:
    """Draw where "same" puts its zeros, one case below the other.

    Each bar below a row is the window of one output, with the output's number. Where the zeros cannot be shared
    evenly, the extra one goes after the input. Used in `arithmetic/padding`.

    Parameters
    ----------
    cases : sequence of (n, kernel_size, stride)
        Two to four read well.
    dilation : int
        Of every kernel.
    """
    paddings = [shapes.same_padding(n, size, stride=stride, dilation=dilation) for n, size, stride in cases]
    # This many rows of bars keep the windows of one case from overlapping.
    levels = [-(-shapes.kernel_span(size, dilation) // stride) for _, size, stride in cases]
    heights = [2.6 + 0.7 * rows for rows in levels]
    columns = max(n + sum(padding) for (n, _, _), padding in zip(cases, paddings, strict=True))
    axes = schematic(columns, sum(heights) - 0.45, axes)
    top = 0.0
    for case, padding, rows, height in zip(cases, paddings, levels, heights, strict=True):
        _same_panel(axes, top, *case, dilation, padding, rows)
        top += height
    return axes


def paddings_1d(
    x: ArrayLike, kernel: ArrayLike, paddings: Mapping[str, Padding], *, stride: int = 1, axes: Axes | None = None
) -> Axes:
    """Draw one row with several paddings, one below the other, and the windows and outputs of each.

    A cell of the input keeps its column, so that windows which start elsewhere are seen to. Used in
    `arithmetic/padding` and `review/libraries`.

    Parameters
    ----------
    x : array, (steps,)
        With its padding at most ten cells, for cells of nearly full size.
    kernel : array, (kernel_size,)
    paddings : dict of str to padding
        By what to write above it, each as for `cnnbook.shapes.output_size`.
    """
    x, kernel = np.asarray(x), np.asarray(kernel)
    sides = {name: shapes.resolve_padding(p, len(x), len(kernel), stride=stride) for name, p in paddings.items()}
    left = max(before for before, _ in sides.values())
    levels = -(-len(kernel) // stride)
    height = 3.4 + 0.84 * levels
    columns = left + len(x) + max(after for _, after in sides.values())
    axes = schematic(columns, height * len(sides) - 0.6, axes)
    for index, (name, (before, after)) in enumerate(sides.items()):
        top = height * index
        write(axes, 0, top + 0.25, f"{name}: {before} before, {after} after", ha="left", weight="bold")
        for position in range(-before, len(x) + after):
            inside = 0 <= position < len(x)
            value, color, kind = (x[position], "ink", "plain") if inside else (0, "muted", "padding")
            value_cell(axes, left + position, top + 0.6, value, color=color, kind=kind)
        windows = shapes.seen(len(x), len(kernel), stride=stride, padding=(before, after))
        outputs = reference.conv1d(x[None, :, None], kernel[:, None, None], stride=stride, padding=(before, after))
        bottom = top + 1.76 + 0.84 * levels
        for number, (window, output) in enumerate(zip(windows, outputs.ravel(), strict=True)):
            y, middle = top + 1.7 + 0.84 * (number % levels), left + (window[0] + window[-1] + 1) / 2
            _window(axes, left, y, window, kernel, 0.7)
            _line_down(axes, middle, y + 0.7, bottom)
            value_cell(axes, middle - 0.5, bottom, output, tint="output", label="output")
    return axes


def pooled_rows(rows: ArrayLike, *, window: int = 2, axes: Axes | None = None) -> Axes:
    """Draw rows of cells, one below the other, and beside each what max pooling makes of it.

    Windows lie side by side and are framed; cells of 0 are paler than the others. Used in `arithmetic/pooling`.

    Parameters
    ----------
    rows : array, (rows, steps)
        With its outputs at most seven cells, for cells of full size.
    window : int
        Size and stride of the pooling.
    """
    rows = np.asarray(rows)
    count, steps = rows.shape
    windows = shapes.seen(steps, window, stride=window)
    pooled = reference.max_pool2d(rows[None, :, :, None], (1, window))[0, :, :, 0]
    first, pitch, right = 0.6, 1.3, steps + 1.2
    axes = schematic(right + len(windows), first + pitch * count - 0.3, axes)
    for position in range(steps):
        write(axes, position + 0.5, first - 0.25, str(position), color="muted", size=SMALL_SIZE)
    write(axes, right + len(windows) / 2, first - 0.3, "max")
    for index, (row, outputs) in enumerate(zip(rows, pooled, strict=True)):
        y = first + pitch * index
        for position, value in enumerate(row):
            value_cell(axes, position, y, value, color="ink" if value else "muted")
        for cells in windows:
            outline(axes, cells[0], y, window, 1)
        arrow(axes, (steps + 0.25, y + 0.5), (right - 0.25, y + 0.5))
        for position, value in enumerate(outputs):
            value_cell(axes, right + position, y, value, tint="output", label="output")
    return axes


def _same_panel(axes, top, n, kernel_size, stride, dilation, padding, levels):
    windows = shapes.seen(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    holes = f", dilation {dilation}" if dilation > 1 else ""
    share = f"{padding[0]} before, {padding[1]} after" if any(padding) else "no padding"
    plural = "s" if len(windows) > 1 else ""
    write(axes, 0, top + 0.25, f"{n} cells, kernel {kernel_size}, stride {stride}{holes}", ha="left", weight="bold")
    write(axes, 0, top + 0.75, f"{share}: {len(windows)} output{plural}", ha="left")
    y = top + 1.1
    _named_row(axes, padding[0], y, n, *padding)
    for index, window in enumerate(windows):
        _bar(axes, padding[0] + window[0], y + 1.16 + 0.7 * (index % levels), window[-1] - window[0] + 1, str(index))


def _named_row(axes, x, y, n, before, after):
    """Draw the padded input with names for its numbers."""
    for position in range(-before, n + after):
        text, look = indexed("x", position), {"style": "italic"}
        if not 0 <= position < n:
            text, look = "0", {"color": "muted", "kind": "padding"}
        value_cell(axes, x + position, y, text, **look)


def _bar(axes, x, y, span, text):
    """Draw the window of one output as a framed bar over `span` cells."""
    place = x + 0.06, y, span - 0.12, 0.54
    value_cell(axes, *place[:2], text, width=place[2], height=place[3], size=NOTE_SIZE, tint="filter", label="bar")
    outline(axes, *place)
