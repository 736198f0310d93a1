"""Figures of volumes, (height, width, channels): planes, one traced output, pooling."""

import numpy as np

from cnnbook import shapes
from cnnbook.plotting.cells import arrow, block, canvas, grid, number, outline, value_cell, write
from cnnbook.plotting.style import SERIES

# Letters say the channel; the tint only repeats it.
_CHANNEL_TINTS = ("red", "green", "blue", "plum", "teal", "orange")
_CHANNELS = ("R", "G", "B")
_PRODUCT_WIDTH = 2  # cells; room for "2·(−1)"


def _channel_names(channels, count):
    """Return a name for each of `count` channels: those given, R, G, B for three, otherwise their numbers."""
    if channels is None:
        channels = _CHANNELS if count == 3 else [str(channel) for channel in range(count)]
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


def products(volume, filters, *, row, column, filter, stride=1):
    """Return the products behind one output cell, before they are added up.

    Parameters
    ----------
    volume : ndarray
        Input, (height, width, channels).
    filters : ndarray
        (height, width, channels, filters).
    row, column, filter : int
        Which output cell, of which activation map, counted from 0.

    Returns
    -------
    ndarray
        (height, width, channels) of one filter.

    Raises
    ------
    ValueError
        If the output has no such cell.
    """
    height, width, _, maps = filters.shape
    rows = shapes.output_size(volume.shape[0], height, stride=stride)
    columns = shapes.output_size(volume.shape[1], width, stride=stride)
    if not (0 <= row < rows and 0 <= column < columns and 0 <= filter < maps):
        raise ValueError(
            f"the output has {rows} rows, {columns} columns and {maps} maps, counted from 0; "
            f"it has no cell at row {row}, column {column}, map {filter}"
        )
    top, left = row * stride, column * stride
    return volume[top : top + height, left : left + width] * filters[..., filter]


def _activation_map(volume, filters, bias, filter, stride):
    rows = shapes.output_size(volume.shape[0], filters.shape[0], stride=stride)
    columns = shapes.output_size(volume.shape[1], filters.shape[1], stride=stride)
    return np.array(
        [
            [
                products(volume, filters, row=row, column=column, filter=filter, stride=stride).sum() + bias[filter]
                for column in range(columns)
            ]
            for row in range(rows)
        ]
    )


def volume_trace(volume, filters, bias, *, row, column, filter=0, stride=1, channels=None, axes=None):
    """Draw how one output cell comes about: windows, filter slices, all products, sums, bias, activation map.

    One column for each channel, read from top to bottom. Taught in `arithmetic/volumes`.

    Parameters
    ----------
    volume : array_like
        Input, (height, width, channels); two to four channels and a filter of at most 3 x 3 read well.
    filters : array_like
        (height, width, channels, filters).
    bias : array_like
        (filters,).
    row, column, filter : int
        Which output cell, of which activation map, counted from 0.
    stride : int
    channels : sequence of str, optional
        Names of the channels; R, G and B where there are three.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If shapes do not fit together or the output has no such cell.
    """
    volume, filters, bias = np.asarray(volume), np.asarray(filters), np.asarray(bias)
    _check_volume_and_filters(volume, filters, bias)
    names = _channel_names(channels, volume.shape[2])
    terms = products(volume, filters, row=row, column=column, filter=filter, stride=stride)
    output = _activation_map(volume, filters, bias, filter, stride)

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
        parts = volume[..., channel], filters[..., channel, filter], terms[..., channel]
        _trace_channel(axes, centre, y, parts, (row * stride, column * stride), name, _CHANNEL_TINTS[channel % 6])
    _trace_total(axes, centres, y, terms, bias[filter], output, (row, column), filter, columns - left)
    return axes


def _trace_channel(axes, centre, y, parts, corner, name, tint):
    """Draw the column of one channel: plane with its window, filter slice, products."""
    plane, weights, terms = parts
    (top, left), (height, width) = corner, weights.shape
    x = centre - plane.shape[1] / 2
    write(axes, centre, y["plane"] - 0.42, name, size=13, weight="bold")
    look = {"tint": tint, "weight": "bold", "label": "seen"}
    grid(axes, x, y["plane"], plane, marks=dict.fromkeys(block(top, left, height, width), look))
    outline(axes, x + left, y["plane"] + top, width, height)

    write(axes, centre, y["filter"] - 0.38, "×", size=14)
    grid(axes, centre - width / 2, y["filter"], weights, tint="grey", label="weight")
    write(axes, centre, y["products"] - 0.38, "=", size=14)
    seen = plane[top : top + height, left : left + width]
    for (row, column), product in np.ndenumerate(terms):
        text = f"{number(weights[row, column])}·{_signed(seen[row, column])}\n= {number(product)}"
        corner = centre + _PRODUCT_WIDTH * (column - width / 2), y["products"] + row
        value_cell(axes, *corner, text, width=_PRODUCT_WIDTH, size=11, label="product", tint=tint)


def _signed(value):
    """Return a factor as text, a negative one in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def _trace_total(axes, centres, y, terms, bias, output, cell, filter, right):
    """Draw the sums of the channels, the line that adds them to the bias, and the activation map."""
    sums = terms.sum(axis=(0, 1))
    for channel, centre in enumerate(centres):
        write(axes, centre, y["sum"] - 0.38, "add up", size=9, color="muted")
        value_cell(axes, centre - 0.6, y["sum"], sums[channel], width=1.2, weight="bold", label="sum")
        if channel:
            write(axes, (centre + centres[channel - 1]) / 2, y["sum"] + 0.5, "+", size=14)
    map_left = right - output.shape[1]
    line = y["output"] + 0.5 + cell[0]
    total = " + ".join(_signed(value) for value in sums)
    equation = f"{total} + bias {_signed(bias)} = {number(output[cell])}"
    text = write(axes, 0.2, line, equation, size=13, ha="left", weight="bold")
    arrow(axes, (1.04, 0.5), (map_left - 0.2, line), start_in=text)
    write(axes, right, y["output"] - 0.38, f"activation map of filter {filter + 1}", ha="right")
    grid(axes, map_left, y["output"], output, marks={cell: {"tint": "orange", "weight": "bold", "label": "output"}})
    outline(axes, map_left + cell[1], y["output"] + cell[0], 1, 1, label="output frame")
    write(axes, map_left + output.shape[1] / 2, y["output"] + output.shape[0] + 0.4,
          f"row {cell[0]}, column {cell[1]}", size=9, color="muted")  # fmt: skip


def planes(volume, filters=None, bias=None, *, channels=None, axes=None):
    """Draw a volume plane by plane, and below it each filter with its bias: figure 2 of the practical.

    Taught in `arithmetic/volumes`.

    Parameters
    ----------
    volume : array_like
        (height, width, channels).
    filters : array_like, optional
        (height, width, channels, filters).
    bias : array_like, optional
        (filters,); zeros where it is left out.
    channels : sequence of str, optional
        Names of the channels; R, G and B where there are three.

    Returns
    -------
    matplotlib.axes.Axes
    """
    volume = np.asarray(volume)
    names = _channel_names(channels, volume.shape[2])
    filters = np.zeros((1, 1, len(names), 0)) if filters is None else np.asarray(filters)
    bias = np.zeros(filters.shape[3]) if bias is None else np.asarray(bias)
    _check_volume_and_filters(volume, filters, bias)

    rows = [("input", volume, None)]
    rows += [(f"filter {index + 1}", filters[..., index], bias[index]) for index in range(filters.shape[3])]
    width = max(volume.shape[1], filters.shape[1])
    left, pitch = 2.7, width + 0.6
    height = 0.9 + sum(part.shape[0] + 0.7 for _, part, _ in rows)
    axes = canvas(left + pitch * len(names) - 0.4, height, axes)
    for channel, name in enumerate(names):
        write(axes, left + channel * pitch + width / 2, 0.45, name, size=13, weight="bold")
    y = 0.9
    for label, part, its_bias in rows:
        shape = " × ".join(str(size) for size in part.shape)
        lines = [label, shape] if its_bias is None else [label, shape, f"bias {number(its_bias)}"]
        write(axes, 0.1, y + part.shape[0] / 2, "\n".join(lines), size=11, ha="left", linespacing=1.35)
        for channel in range(len(names)):
            look = {"tint": _CHANNEL_TINTS[channel % 6]} if its_bias is None else {"tint": "grey", "label": "weight"}
            grid(axes, left + channel * pitch + (width - part.shape[1]) / 2, y, part[..., channel], **look)
        y += part.shape[0] + 0.7
    return axes


def pooling(x, window=2, *, stride=None, axes=None):
    """Draw a plane, the blocks that pooling sees, and the results of max and of average pooling.

    Blocks that do not overlap are framed and tinted in turn, and so are their results; where they overlap only the
    first is framed. Taught in `arithmetic/pooling`.

    Parameters
    ----------
    x : array_like
        (height, width).
    window : int
        Side of the square window.
    stride : int, optional
        `window` where it is left out, as in Keras.

    Returns
    -------
    matplotlib.axes.Axes
    """
    x = np.asarray(x)
    stride = window if stride is None else stride
    rows, columns = (shapes.output_size(size, window, stride=stride) for size in x.shape)
    blocks = np.lib.stride_tricks.sliding_window_view(x, (window, window))[::stride, ::stride]
    tints = {start: _block_tint(*start) for start in block(0, 0, rows, columns)}
    if stride < window:
        tints = {(0, 0): tints[0, 0]}
    left, top, gap = 0.4, 0.9, 1.6
    axes = canvas(x.shape[1] + 2 * (columns + gap) + 2 * left, max(x.shape[0], rows) + 1.2, axes)
    _pooled_plane(axes, left, top, x, tints, window, stride)
    middle = top + x.shape[0] / 2
    for position, (name, results) in enumerate((("max", blocks.max((2, 3))), ("average", blocks.mean((2, 3))))):
        x_left = left + x.shape[1] + gap + position * (columns + gap)
        write(axes, x_left + columns / 2, middle - rows / 2 - 0.45, name, size=11)
        look = {"weight": "bold", "label": name}
        marks = {start: {"tint": tint, **look} for start, tint in tints.items()}
        grid(axes, x_left, middle - rows / 2, results, marks=marks, **look)
    arrow(axes, (left + x.shape[1] + 0.35, middle), (left + x.shape[1] + gap - 0.35, middle))
    return axes


def _pooled_plane(axes, x, y, plane, tints, window, stride):
    """Draw the input of pooling with the framed blocks, by the (row, column) of their result."""
    write(axes, x + plane.shape[1] / 2, y - 0.45, "input", size=11)
    marks = {}
    for (row, column), tint in tints.items():
        look = {"tint": tint, "label": "block"}
        marks.update(dict.fromkeys(block(row * stride, column * stride, window, window), look))
        outline(axes, x + column * stride, y + row * stride, window, window, color=tint)
    grid(axes, x, y, plane, marks=marks)


def _block_tint(row, column):
    """Return a tint that no neighbouring block has."""
    return SERIES[2 * (row % 2) + column % 2]
