"""Figures of volumes, (height, width, channels): planes, one traced output, pooling."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import reference
from cnnbook.plotting.primitives import (
    CELL,
    PLANE_CELL,
    arrow,
    block,
    grid,
    number,
    outline,
    schematic,
    value_cell,
    write,
)
from cnnbook.plotting.style import SMALL_SIZE


def _channel_names(channels, count):
    """Return a name for each of `count` channels: those given, R, G, B for three, otherwise their numbers."""
    if channels is None:
        channels = "RGB" if count == 3 else [str(channel) for channel in range(count)]
    if len(channels) != count:
        raise ValueError(f"channels has {len(channels)} names, but the volume has {count} channels")
    return list(channels)


def _channel_tints(count):
    """Return the tints of red, green and blue where there are three channels; letters say them, too."""
    return ("red", "green", "blue") if count == 3 else (None,) * count


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

    One column for each channel, read from top to bottom; each product stands where its weight does. Used in
    `arithmetic/kinds`.

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
    names, tints = _channel_names(channels, volume.shape[2]), _channel_tints(volume.shape[2])
    products = reference.products(volume, filters, row, column, filter, stride=stride)
    output = reference.conv2d(volume[None], filters, bias, stride=stride)[0, ..., filter]

    height, width = filters.shape[:2]
    column_width = max(volume.shape[1], width + 2)
    pitch = column_width + 1
    y = {"plane": 0.8}
    y["filter"] = y["plane"] + volume.shape[0] + 0.5
    y["products"] = y["filter"] + height + 0.5
    y["sum"] = y["products"] + height + 0.5
    y["output"] = y["sum"] + 2.3
    columns = pitch * len(names) - 1
    axes = schematic(columns, y["output"] + output.shape[0] + 0.7, axes, cell=PLANE_CELL)

    centres = [channel * pitch + column_width / 2 for channel in range(len(names))]
    for channel, (name, centre) in enumerate(zip(names, centres, strict=True)):
        parts = volume[..., channel], filters[..., channel, filter], products[..., channel]
        look = {"tint": tints[channel], "label": "product"}
        _trace_channel(axes, centre, y, parts, (row * stride, column * stride), name, tints[channel], look)
    _trace_total(axes, centres, y, products, bias[filter], output, (row, column), filter, columns)
    return axes


def _trace_channel(axes, centre, y, parts, corner, name, tint, look):
    """Draw the column of one channel: plane with its window, filter slice, and their result, which has a `look`."""
    plane, weights, products = parts
    (row, column), (height, width) = corner, weights.shape
    x = centre - plane.shape[1] / 2
    write(axes, centre, y["plane"] - 0.4, name, weight="bold")
    seen = {"tint": tint, "label": "seen"}
    grid(axes, x, y["plane"], plane, marks=dict.fromkeys(block(row, column, height, width), seen), tint=tint)
    outline(axes, x + column, y["plane"] + row, width, height)
    for sign, part, values, of_part in (
        ("×", "filter", weights, {"tint": "filter", "label": "weight"}),
        ("=", "products", products, look),
    ):
        left = centre - values.shape[1] / 2
        write(axes, left - 0.5, y[part] + values.shape[0] / 2, sign)
        grid(axes, left, y[part], values, **of_part)


def _signed(value):
    """Return a factor as text, a negative one in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def _trace_total(axes, centres, y, products, bias, output, cell, filter, right):
    """Draw the sums of the channels, the line that adds them to the bias, and the activation map."""
    sums = products.sum(axis=(0, 1))
    for channel, centre in enumerate(centres):
        write(axes, centre - 0.9, y["sum"] + 0.5, "sum", size=SMALL_SIZE, color="muted", ha="right")
        value_cell(axes, centre - 0.75, y["sum"], sums[channel], width=1.5, label="sum")
        if channel:
            write(axes, (centre + centres[channel - 1]) / 2, y["sum"] + 0.5, "+")
    map_left, level = right - output.shape[1], y["output"] + 0.5 + cell[0]
    equation = f"{' + '.join(_signed(value) for value in sums)} + bias {_signed(bias)} = {number(output[cell])}"
    write(axes, map_left - 1.6, level, equation, ha="right")
    arrow(axes, (map_left - 1.4, level), (map_left - 0.2, level))
    write(axes, right, y["output"] - 0.45, f"activation map of filter {filter + 1}", ha="right")
    grid(axes, map_left, y["output"], output, marks={cell: {"tint": "output", "label": "output"}})
    below, place = y["output"] + output.shape[0] + 0.4, f"row {cell[0]}, column {cell[1]}"
    write(axes, right, below, place, size=SMALL_SIZE, color="muted", ha="right")


def depthwise(
    volume: ArrayLike, filters: ArrayLike, *, channels: Sequence[str] | None = None, axes: Axes | None = None
) -> Axes:
    """Draw a depthwise convolution: below each plane its own filter, and below that the map that the two give.

    The first window is framed, and its output filled. Used in `arithmetic/kinds`.

    Parameters
    ----------
    volume : array, (height, width, channels)
        Three channels of at most 4 x 4 cells read well.
    filters : array, (height, width, channels)
        One for each channel, without bias.
    channels : sequence of str, optional
        Names of the channels; R, G and B where there are three.
    """
    volume, filters = np.asarray(volume), np.asarray(filters)
    if volume.ndim != 3 or filters.ndim != 3 or volume.shape[2] != filters.shape[2]:
        raise ValueError(
            f"expected a volume and filters, (height, width, channels) each, with the same channels; got "
            f"{volume.shape} and {filters.shape}"
        )
    names, tints = _channel_names(channels, volume.shape[2]), _channel_tints(volume.shape[2])
    maps = reference.conv2d(volume[None], filters[:, :, None], groups=len(names))[0]
    width = max(volume.shape[1], filters.shape[1] + 1.6)  # with room for the signs
    y = {"plane": 0.8, "filter": 1.3 + len(volume), "products": 1.8 + len(volume) + len(filters)}
    axes = schematic((width + 0.6) * len(names) - 0.6, y["products"] + len(maps), axes, cell=PLANE_CELL)
    for channel, (name, tint) in enumerate(zip(names, tints, strict=True)):
        parts = volume[..., channel], filters[..., channel], maps[..., channel]
        look = {"marks": {(0, 0): {"tint": "output", "label": "output"}}, "tint": tint}
        _trace_channel(axes, (width + 0.6) * channel + width / 2, y, parts, (0, 0), name, tint, look)
    return axes


def planes(
    volume: ArrayLike,
    filters: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    *,
    title: str = "input",
    channels: Sequence[str] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw a volume plane by plane, and below it each filter with its bias: figure 2 of the practical.

    Used in `arithmetic/volumes` and `arithmetic/kinds`, and in questions.

    Parameters
    ----------
    volume : array, (height, width, channels)
    filters : array, (height, width, channels, filters), optional
    bias : array, (filters,), optional
        Zeros where it is left out.
    title : str
        What the volume is, to stand above it with its size; none where it is empty.
    channels : sequence of str, optional
        Names of the channels; R, G and B where there are three.
    """
    volume = np.asarray(volume)
    names, tints = _channel_names(channels, volume.shape[2]), _channel_tints(volume.shape[2])
    filters = np.zeros((1, 1, len(names), 0)) if filters is None else np.asarray(filters)
    bias = np.zeros(filters.shape[3]) if bias is None else np.asarray(bias)
    _check_volume_and_filters(volume, filters, bias)

    slices = np.moveaxis(filters, 3, 0)
    titles = [f"filter {index + 1}, {_size(part)}, bias {number(bias[index])}" for index, part in enumerate(slices)]
    width = max(volume.shape[1], filters.shape[1])
    height = 1.6 + volume.shape[0] + (1.4 + filters.shape[0]) * len(slices)
    axes = schematic((width + 1) * len(names) - 1, height, axes, cell=PLANE_CELL if len(names) > 1 else CELL)
    if title:
        write(axes, 0, 0.3, f"{title}, {_size(volume)}", ha="left")
    for channel, name in enumerate(names):
        write(axes, channel * (width + 1) + width / 2, 1.15, name, weight="bold")
    y = 1.6
    for title, part in zip(["", *titles], [volume, *slices], strict=True):
        write(axes, 0, y - 0.5, title, ha="left")
        for channel, tint in enumerate(tints):
            x = channel * (width + 1) + (width - part.shape[1]) / 2
            look = {"tint": tint} if part is volume else {"tint": "filter", "label": "weight"}
            grid(axes, x, y, part[..., channel], **look)
        y += part.shape[0] + 1.4
    return axes


def flatten_orders(volume: ArrayLike, *, axes: Axes | None = None) -> Axes:
    """Draw a volume plane by plane, and the two rows that it becomes when it is flattened: Keras' and PyTorch's.

    Used in `review/libraries`.

    Parameters
    ----------
    volume : array, (height, width, channels)
        Of at most 14 numbers, for cells of full size.
    """
    volume = np.asarray(volume)
    if volume.ndim != 3:
        raise ValueError(f"expected a volume (height, width, channels); got shape {volume.shape}")
    height, width, count = volume.shape
    names, tints = _channel_names(None, count), _channel_tints(count)
    channels = np.broadcast_to(np.arange(count), volume.shape)
    orders = {"Keras: place by place": (0, 1, 2), "PyTorch: channel by channel": (2, 0, 1)}
    axes = schematic(max(volume.size, (width + 1) * count), height + 5.1, axes, cell=PLANE_CELL)
    for channel, (name, tint) in enumerate(zip(names, tints, strict=True)):
        write(axes, channel * (width + 1) + width / 2, 0.4, name, weight="bold")
        grid(axes, channel * (width + 1), 0.8, volume[..., channel], tint=tint)
    for index, (title, order) in enumerate(orders.items()):
        top = height + 1.4 + 2.2 * index
        write(axes, 0, top, title, ha="left")
        row, of = (array.transpose(order).reshape(1, -1) for array in (volume, channels))
        grid(axes, 0, top + 0.5, row, marks={(0, x): {"tint": tints[of[0, x]]} for x in range(volume.size)})
    return axes


def _size(part):
    return "×".join(map(str, part.shape))
