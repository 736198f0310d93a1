"""Figures of the receptive field: the cells behind one output, on an image, and how their number grows with depth."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import shapes
from cnnbook.plotting.primitives import box, canvas, inches_per_cell, outline, write
from cnnbook.plotting.style import LINE_STYLES, MARKERS, SERIES, WIDTH, label_point, line, plot_axes


def receptive_field_1d(layers: Sequence[tuple], *, axes: Axes | None = None) -> Axes:
    """Draw which input cells one output sees through a stack of layers.

    The input is the lowest row. Cells on the way from the output are filled, the rest of each row is dotted. Padding
    moves a receptive field and does not change its size, so it is not drawn. Used in `arithmetic/receptive-field`.

    Parameters
    ----------
    layers : sequence of (kernel_size, stride, ...)
        From input to output, as for `cnnbook.shapes.receptive_field`; entries left out are 1.
    """
    layers = [shapes.Layer(*layer)._replace(padding="valid") for layer in layers]
    fields = [shapes.receptive_field(layers[:depth]) for depth in range(len(layers) + 1)]
    sources = _sources(layers)
    margin = max(field.jump for field in fields)
    inches = min(0.45, (WIDTH - 3.3) / (fields[-1].size + 2 * margin))
    left = 1.75 / inches + margin
    height = 0.95 / inches
    axes = canvas(left + fields[-1].size + margin + 1.45 / inches, height * len(fields), axes, cell=inches)
    for depth, field in enumerate(fields):
        cells = sorted(set().union(*sources[depth].values())) if depth < len(layers) else [0]
        y = height * (len(layers) - depth) + 0.25 * height
        _field_row(axes, left, y, cells, field)
        if depth:
            _field_lines(axes, left, y, height, sources[depth - 1], field, fields[depth - 1])
        middle = y + 0.22 * height
        write(axes, 0.1 / inches, middle, _layer_name(depth, layers), ha="left", linespacing=1.25)
        text = "1 output" if depth == len(layers) else f"{len(cells)} cell{'s' * (len(cells) > 1)}"
        text += " seen" * (depth == 0)
        write(axes, left + fields[-1].size + margin + 0.12 / inches, middle, text, ha="left")
    return axes


def _layer_name(depth, layers):
    if depth == 0:
        return "input"
    kernel_size, stride, dilation, _ = layers[depth - 1]
    extra = f", dilation {dilation}" if dilation > 1 else ""
    return f"layer {depth}\nkernel {kernel_size}, stride {stride}{extra}"


def _sources(layers):
    """Map, for each layer, its cells on the way to output 0 of the last layer to the cells below that they read."""
    sources: list[dict] = []
    cells = {0}
    for depth in range(len(layers) - 1, -1, -1):
        n = shapes.receptive_field(layers[depth:]).size
        kernel_size, stride, dilation, _ = layers[depth]
        windows = shapes.seen(n, kernel_size, stride=stride, dilation=dilation)
        sources.insert(0, {cell: windows[cell] for cell in cells})
        cells = set().union(*sources[0].values())
    return sources


def _middle(cell, field):
    """Return where the middle of a cell of a layer lies, in cells of the input."""
    return cell * field.jump + field.size / 2


def _field_row(axes, left, y, cells, field):
    width, height = 0.86 * field.jump, 0.42 / inches_per_cell(axes)
    for cell in range(cells[0] - 1, cells[-1] + 2):
        look = {"tint": "filter", "label": "seen"} if cell in cells else {"kind": "skipped"}
        box(axes, left + _middle(cell, field) - width / 2, y, width, height, **look)


def _field_lines(axes, left, y, height, sources, field, below):
    """Join each cell of a layer with the cells of the layer below that it reads."""
    ys = [y + 0.42 / inches_per_cell(axes), y + height]
    for cell in sorted(sources):
        for source in sources[cell]:
            xs = [left + _middle(cell, field), left + _middle(source, below)]
            line(axes, xs, ys, color="blue", linewidth=0.9, alpha=0.6, label="reads")


def receptive_field_growth(stacks: Mapping[str, Sequence[tuple]], *, axes: Axes | None = None) -> Axes:
    """Plot how the receptive field grows with each layer of one or several networks.

    Used in `arithmetic/receptive-field`.

    Parameters
    ----------
    stacks : dict of str to sequence of (kernel_size, stride, ...)
        Layers of each network, by the name to write at its curve.
    """
    axes = plot_axes(axes, height=3.4)
    for index, (name, layers) in enumerate(stacks.items()):
        sizes = [1, *(field.size for field in shapes.receptive_fields(layers))]
        color = SERIES[index % len(SERIES)]
        look = {"linestyle": LINE_STYLES[index % len(LINE_STYLES)], "marker": MARKERS[index % len(MARKERS)]}
        line(axes, range(len(sizes)), sizes, color=color, label=name, **look)
        label_point(axes, f"{name}: {sizes[-1]}", (len(layers), sizes[-1]), color=color)
    axes.set_xlabel("layers")
    axes.set_ylabel("receptive field (input cells)")
    axes.locator_params(integer=True)
    axes.grid(axis="y")
    return axes


def receptive_fields_on_image(
    image: ArrayLike,
    fields: Mapping[str, tuple[int, int, int]],
    *,
    columns: int = 4,
    axes: Axes | None = None,
) -> Axes:
    """Frame on an image what the middle cell of each layer sees; what it does not see is dimmed.

    A frame ends where the image ends, and the caption of each picture gives the field's full size. Show it with
    `cnnbook.plotting.png`. Used in `experiments/what-a-layer-sees`.

    Parameters
    ----------
    image : array, (side, side, 3), uint8
    fields : dict of str to (size, jump, start)
        By the layer's name, as `cnnbook.architecture.receptive_fields` gives them.
    """
    image = np.asarray(image)
    side = len(image)
    gap, head = 0.06 * side, 0.3 * side
    rows = -(-len(fields) // columns)
    axes = canvas((side + gap) * columns, (side + head + gap) * rows, axes, cell=1.6 / side)
    for index, (name, (size, jump, start)) in enumerate(fields.items()):
        x, y = (side + gap) * (index % columns), (side + head + gap) * (index // columns) + head
        first = start + (side // jump // 2) * jump
        low, high = max(0, first), min(side, first + size)
        seen = np.zeros((side, side, 1), bool)
        seen[low:high, low:high] = True
        dimmed = np.where(seen, image, 190 + image // 5).astype(np.uint8)
        axes.imshow(dimmed, extent=(x, x + side, y + side, y), interpolation="nearest")
        outline(axes, x + low, y + low, high - low, high - low, label="field")
        write(axes, x + side / 2, y - head / 2, f"{name}\n{size} × {size}", linespacing=1.2)
    return axes
