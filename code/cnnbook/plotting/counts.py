"""Figures of what is counted, at its real size: where a kernel stops along a row, and what layers store.

Coordinates are pixels of a page, since cells get as small as the row is long.
"""

import itertools
import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.textpath import TextPath

from cnnbook import shapes
from cnnbook.plotting.primitives import box, canvas, write
from cnnbook.plotting.style import MARGIN, NARROW, NOTE_SIZE, PIXEL, POINT, line, typographic
from cnnbook.shapes import Padding

_ROOM = (NARROW - 2 * MARGIN) / PIXEL
_LEVELS = 4  # of brackets that overlap
_CELL, _BEHIND = 14, 6  # a weight, and how far each slice shows behind the one before
_SLICES, _COLUMNS = 4, 10  # drawn at most


def stops_1d(
    n: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    begun: bool = False,
    axes: Axes | None = None,
) -> Axes:
    """Draw a row of empty cells and below it a bracket for every stop of a kernel, counted in the line at the foot.

    Padding is dashed, cells that no stop reaches are hatched. Of very many stops the first three and the last are
    drawn. `begun` draws the first alone, never all of several, without what counts them. Used in questions.

    Parameters
    ----------
    n : int
        Cells of the row; with its padding at most 64, for cells that can be told apart.
    kernel_size, stride, padding, dilation
        As for `cnnbook.shapes.output_size`.
    """
    windows = shapes.seen(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    before, after = shapes.resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
    unseen = set() if begun else set(shapes.unseen(n, kernel_size, stride=stride, padding=padding, dilation=dilation))
    total, span = before + n + after, shapes.kernel_span(kernel_size, dilation)
    if total > 64:
        raise ValueError(f"got {total} cells with their padding; at most 64 can be told apart")
    unit, height = min(24, _ROOM / total), 18
    levels = min(_LEVELS, math.ceil(span / stride))
    zeros = f", {before} and {after} at the ends" if before != after else f", {before} on each side" if before else ""
    left = total - before - max((window[-1] + 1 for window in windows), default=-before)
    if begun:
        windows = windows[: max(1, min(3, len(windows) - 1))]
        words = f"{n} cells{zeros}, and the first stops"
    else:
        words = f"{n} cells{zeros}: {len(windows)} stop{'s' * (len(windows) != 1)}" + f", {left} left over" * (left > 0)
    low = height + 8 + 7 * (levels - 1)
    axes = canvas(max(total * unit, _width(words)), low + 26, axes, cell=PIXEL)
    for place in range(-before, n + after):
        kind = "plain" if 0 <= place < n else "padding"
        box(axes, (place + before) * unit, 0, unit, height, kind="unseen" if place in unseen else kind)
    many = len(windows) > (16 if levels < _LEVELS else 5)
    for index, window in enumerate(windows):
        if many and 2 < index < len(windows) - 1:
            continue
        ends = (window[0] + before) * unit + 1.5, (window[-1] + before + 1) * unit - 1.5
        y = height + 8 + 7 * (index % levels)
        corners = [ends[0], *ends, ends[1]], [y - 5, y, y, y - 5]
        line(axes, *corners, color="orange", linewidth=1.5 * POINT, label="stop")
    if many:
        between = (windows[2][-1] + 1 + windows[-1][0]) / 2 + before
        write(axes, between * unit, height + 10, "…", color="muted")
    write(axes, 0, low + 17, words, color="muted", ha="left")
    return axes


def stored(
    layers: Sequence[tuple[int, ...]], *, bias: bool = True, begun: bool = False, axes: Axes | None = None
) -> Axes:
    """Draw one filter or unit of each layer with its bias, and how many numbers all of them store. Used in questions.

    `begun` leaves the counting to the reader.

    Parameters
    ----------
    layers : sequence of tuple
        (height, width, depth, filters) of a convolution, where the depth is the channels that one filter sees, or
        (inputs, units) of a dense layer. Four slices and ten cells in a row are drawn at most.
    bias : bool
        Whether each filter or unit has one.
    """
    rows = [_row(layer) for layer in layers]
    totals = [
        shapes.conv_parameters((height, width), depth, count, bias=bias) for height, width, depth, count, _ in rows
    ]
    lines = []
    for (height, width, depth, count, noun), total in zip(rows, totals, strict=True):
        if begun:
            lines.append(f"one of {count} {noun}")
            continue
        product = f"{width:,}" if height * depth == 1 else f"{height}·{width}·{depth}"
        lines.append(f"{f'({product} + 1)' if bias else product} · {count} {noun} = {total:,}")
    tops = [1]
    for height, _, depth, _, _ in rows:
        tops.append(tops[-1] + _CELL * height + _BEHIND * (min(depth, _SLICES) - 1) + 34)
    together = (
        f"{' + '.join(f'{total:,}' for total in totals)} = {sum(totals):,}" if len(rows) > 1 and not begun else ""
    )
    beside = 52 if bias else 20  # the bias, or dots
    widths = [
        _CELL * min(width, _COLUMNS) + _BEHIND * (min(depth, _SLICES) - 1) + beside for _, width, depth, _, _ in rows
    ]
    wide = max(*widths, *map(_width, filter(None, [*lines, together])))
    axes = canvas(wide, tops[-1] - 12 + 20 * bool(together), axes, cell=PIXEL)
    for (height, width, depth, _, _), words, top in zip(rows, lines, tops, strict=False):
        shown, columns = min(depth, _SLICES), min(width, _COLUMNS)
        for back, row, column in itertools.product(reversed(range(shown)), range(height), range(columns)):
            x, y = back * _BEHIND + column * _CELL, top + (shown - 1 - back) * _BEHIND + row * _CELL
            box(axes, x, y, _CELL, _CELL, tint="filter", label="weight")
        right, low = (shown - 1) * _BEHIND + columns * _CELL, top + (shown - 1) * _BEHIND + height * _CELL
        if columns < width or shown < depth:
            write(axes, right + 12, top + _CELL / 2, "…", color="muted")
        if bias:
            write(axes, right + 28, low - _CELL / 2, "+")
            box(axes, right + 38, low - _CELL, _CELL, _CELL, tint="filter", label="weight")
        write(axes, 0, low + 14, words, ha="left")
    if together:
        write(axes, 0, tops[-1], together, ha="left", weight="bold")
    return axes


def _row(layer: tuple[int, ...]) -> tuple[int, int, int, int, str]:
    if len(layer) == 2:  # as a convolution of one place
        return 1, layer[0], 1, layer[1], "units"
    if len(layer) != 4:
        raise ValueError(
            f"expected (height, width, depth, filters) or (inputs, units) of each layer; got {tuple(layer)!r}"
        )
    height, width, depth, count = layer
    return height, width, depth, count, "filters"


def _width(words: str) -> float:
    """Return how wide Matplotlib sets a line of a drawing, in pixels."""
    return TextPath((0, 0), typographic(words), size=NOTE_SIZE).get_extents().x1 / POINT
