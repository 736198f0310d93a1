"""Figures of volumes, (height, width, channels): planes, one traced output, pooling."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import reference
from cnnbook.plotting.primitives import arrow, block, canvas, grid, number, outline, value_cell, write
from cnnbook.plotting.style import SERIES

# Letters say the channel; the tint only repeats it.
_CHANNEL_TINTS = ("red", "green", "blue", "plum", "teal", "orange")
_PRODUCT_WIDTH = 2  # cells; room for "2·(−1)"


def _channel_names(channels, count):
    """Return a name for each of `count` channels: those given, R, G, B for three, otherwise their numbers."""
    if channels is None:
        channels = "RGB" if count == 3 else [str(channel) for channel in range(count)]
    if len(channels) != count:
        raise ValueError(f"channels has {len(channels)} names, but the volume has {count} channels")
    return list(channels)


def _check_volume_and_filters(volume, filters, bias):
    if volume.ndim != 3 or filters.ndim != 4 or volume.shape[2] != filters.shape[2]:
        raise ValueError(
            f"expected a volume (height, width, channels) and filters (height, width, channels, filters) with the same "
            f"channels; got {volume.shape} and {filters.shape}"
        )
    if bias.shape != filters.shape[3:]:
        raise ValueError(f"expected one bias for each of {filters.shape[3]} filters; got shape {bias.shape}")


def volume_trace(
    volume: ArrayLike,
    filters: ArrayLike,
    bias: ArrayLike,
    *,
    row: int,
    column: int,
    filter: int = 0,
    stride: int = 1,
    channels: Sequence[str] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw how one output cell comes about: windows, filter slices, all products, sums, bias, activation map.

    One column for each channel, read from top to bottom. Used in `arithmetic/volumes`.

    Parameters
    ----------
    volume : array, (height, width, channels)
        Two to four channels and a filter of at most 3 x 3 read well.
    filters : array, (height, width, channels, filters)
    bias : array, (filters,)
    row, column, filter : int
        Which output cell, of which activation map, counted from 0.
    channels : sequence of str, optional
        Names of the channels; R, G and B where there are three.
    """
    volume, filters, bias = np.asarray(volume), np.asarray(filters), np.asarray(bias)
    _check_volume_and_filters(volume, filters, bias)
    names = _channel_names(channels, volume.shape[2])
    products = reference.products(volume, filters, row, column, filter, stride=stride)
    output = reference.conv2d(volume[None], filters, bias, stride=stride)[0, ..., filter]

    column_width = max(volume.shape[1], _PRODUCT_WIDTH * filters.shape[1])
    pitch = column_width + 0.5
    left = 0.2
    y = {"plane": 0.9}
    y["filter"] = y["plane"] + volume.shape[0] + 0.75
    y["products"] = y["filter"] + filters.shape[0] + 0.75
    y["sum"] = y["products"] + filters.shape[0] + 0.75
    y["output"] = y["sum"] + 1.9
    columns = 2 * left + pitch * len(names) - 0.5
    axes = canvas(columns, y["output"] + output.shape[0] + 0.85, axes, cell=0.46)

    centres = [left + channel * pitch + column_width / 2 for channel in range(len(names))]
    for channel, (name, centre) in enumerate(zip(names, centres, strict=True)):
        parts = volume[..., channel], filters[..., channel, filter], products[..., channel]
        _trace_channel(axes, centre, y, parts, (row * stride, column * stride), name, _CHANNEL_TINTS[channel % 6])
    _trace_total(axes, centres, y, products, bias[filter], output, (row, column), filter, columns - left)
    return axes


def _trace_channel(axes, centre, y, parts, corner, name, tint):
    """Draw the column of one channel: plane with its window, filter slice, products."""
    plane, weights, products = parts
    (top, left), (height, width) = corner, weights.shape
    x = centre - plane.shape[1] / 2
    write(axes, centre, y["plane"] - 0.42, name, size=13, weight="bold")
    look = {"tint": tint, "weight": "bold", "label": "seen"}
    grid(axes, x, y["plane"], plane, marks=dict.fromkeys(block(top, left, height, width), look))
    outline(axes, x + left, y["plane"] + top, width, height)

    write(axes, centre, y["filter"] - 0.38, "×", size=14)
    grid(axes, centre - width / 2, y["filter"], weights, tint="filter", label="weight")
    write(axes, centre, y["products"] - 0.38, "=", size=14)
    for (row, column), product in np.ndenumerate(products):
        text = f"{number(weights[row, column])}·{_signed(plane[top + row, left + column])}\n= {number(product)}"
        x = centre + _PRODUCT_WIDTH * (column - width / 2)
        value_cell(axes, x, y["products"] + row, text, width=_PRODUCT_WIDTH, size=11, label="product", tint=tint)


def _signed(value):
    """Return a factor as text, a negative one in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def _trace_total(axes, centres, y, products, bias, output, cell, filter, right):
    """Draw the sums of the channels, the line that adds them to the bias, and the activation map."""
    sums = products.sum(axis=(0, 1))
    for channel, centre in enumerate(centres):
        write(axes, centre, y["sum"] - 0.38, "add up", size=9, color="muted")
        value_cell(axes, centre - 0.6, y["sum"], sums[channel], width=1.2, weight="bold", label="sum")
        if channel:
            write(axes, (centre + centres[channel - 1]) / 2, y["sum"] + 0.5, "+", size=14)
    map_left, below = right - output.shape[1], y["output"] + output.shape[0] + 0.4
    level = y["output"] + 0.5 + cell[0]
    total = " + ".join(_signed(value) for value in sums)
    equation = f"{total} + bias {_signed(bias)} = {number(output[cell])}"
    text = write(axes, 0.2, level, equation, size=13, ha="left", weight="bold")
    arrow(axes, (1.04, 0.5), (map_left - 0.2, level), start_in=text)
    write(axes, right, y["output"] - 0.38, f"activation map of filter {filter + 1}", ha="right")
    grid(axes, map_left, y["output"], output, marks={cell: {"tint": "output", "weight": "bold", "label": "output"}})
    outline(axes, map_left + cell[1], y["output"] + cell[0], 1, 1, label="output frame")
    write(axes, map_left + output.shape[1] / 2, below, f"row {cell[0]}, column {cell[1]}", size=9, color="muted")


def planes(
    volume: ArrayLike,
    filters: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    *,
    channels: Sequence[str] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw a volume plane by plane, and below it each filter with its bias: figure 2 of the practical.

    Used in `arithmetic/volumes`.

    Parameters
    ----------
    volume : array, (height, width, channels)
    filters : array, (height, width, channels, filters), optional
    bias : array, (filters,), optional
        Zeros where it is left out.
    channels : sequence of str, optional
        Names of the channels; R, G and B where there are three.
    """
    volume = np.asarray(volume)
    names = _channel_names(channels, volume.shape[2])
    filters = np.zeros((1, 1, len(names), 0)) if filters is None else np.asarray(filters)
    bias = np.zeros(filters.shape[3]) if bias is None else np.asarray(bias)
    _check_volume_and_filters(volume, filters, bias)

    # The description at the left of each row, its array, and what its cells look like where the channel has no tint.
    rows: list[tuple[list[str], np.ndarray, dict[str, str]]] = [(["input"], volume, {})]
    for index in range(filters.shape[3]):
        part, lines = filters[..., index], [f"filter {index + 1}", f"bias {number(bias[index])}"]
        rows.append((lines, part, {"tint": "filter", "label": "weight"}))
    width = max(volume.shape[1], filters.shape[1])
    left, pitch = 2.7, width + 0.6
    height = 0.9 + sum(part.shape[0] + 0.7 for _, part, _ in rows)
    axes = canvas(left + pitch * len(names) - 0.4, height, axes)
    for channel, name in enumerate(names):
        write(axes, left + channel * pitch + width / 2, 0.45, name, size=13, weight="bold")
    y = 0.9
    for (title, *rest), part, look in rows:
        lines = [title, " × ".join(str(size) for size in part.shape), *rest]
        write(axes, 0.1, y + part.shape[0] / 2, "\n".join(lines), size=11, ha="left", linespacing=1.35)
        for channel in range(len(names)):
            x = left + channel * pitch + (width - part.shape[1]) / 2
            grid(axes, x, y, part[..., channel], **{"tint": _CHANNEL_TINTS[channel % 6], **look})
        y += part.shape[0] + 0.7
    return axes


def pooling(x: ArrayLike, kernel_size: int = 2, *, stride: int | None = None, axes: Axes | None = None) -> Axes:
    """Draw a plane, the windows that pooling sees, and the results of max and of average pooling.

    Windows that do not overlap are framed and tinted in turn, and so are their results; where they overlap only the
    first is framed. Used in `arithmetic/pooling`.

    Parameters
    ----------
    x : array, (height, width)
    kernel_size, stride
        As for `cnnbook.reference.max_pool2d`; the window is square.
    """
    x = np.asarray(x)
    stride = kernel_size if stride is None else stride
    image = x[None, ..., None]
    pooled = {
        "max": reference.max_pool2d(image, kernel_size, stride=stride)[0, ..., 0],
        "average": reference.average_pool2d(image, kernel_size, stride=stride)[0, ..., 0],
    }
    rows, columns = pooled["max"].shape
    tints = {start: _window_tint(*start) for start in block(0, 0, rows, columns)}
    if stride < kernel_size:
        tints = {(0, 0): tints[0, 0]}
    left, top, gap = 0.4, 0.9, 1.6
    axes = canvas(x.shape[1] + 2 * (columns + gap) + 2 * left, max(x.shape[0], rows) + 1.2, axes)
    _pooled_plane(axes, left, top, x, tints, kernel_size, stride)
    middle = top + x.shape[0] / 2
    for position, (name, results) in enumerate(pooled.items()):
        x_left = left + x.shape[1] + gap + position * (columns + gap)
        write(axes, x_left + columns / 2, middle - rows / 2 - 0.45, name, size=11)
        look = {"weight": "bold", "label": name}
        marks = {start: {"tint": tint, **look} for start, tint in tints.items()}
        grid(axes, x_left, middle - rows / 2, results, marks=marks, **look)
    arrow(axes, (left + x.shape[1] + 0.35, middle), (left + x.shape[1] + gap - 0.35, middle))
    return axes


def _pooled_plane(axes, x, y, plane, tints, kernel_size, stride):
    """Draw the input of pooling with the framed windows, by the (row, column) of their result."""
    write(axes, x + plane.shape[1] / 2, y - 0.45, "input", size=11)
    marks: dict[tuple[int, int], dict] = {}
    for (row, column), tint in tints.items():
        top, left, look = row * stride, column * stride, {"tint": tint, "label": "block"}
        marks |= dict.fromkeys(block(top, left, kernel_size, kernel_size), look)
        outline(axes, x + left, y + top, kernel_size, kernel_size, color=tint)
    grid(axes, x, y, plane, marks=marks)


def _window_tint(row, column):
    """Return a tint that no neighbouring window has."""
    return SERIES[2 * (row % 2) + column % 2]
