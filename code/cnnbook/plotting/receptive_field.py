"""The figure of the receptive field: the cells behind one output, layer by layer."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from cnnbook import shapes
from cnnbook.plotting.primitives import box, outline, pixels_per_cell, schematic, write
from cnnbook.plotting.style import PIXEL, POINT, SMALL_SIZE, line

_SHARE = 0.86  # of its place that a layer's cell fills; those of the input fill it


def receptive_field_1d(layers: Sequence[tuple], *, axes: Axes | None = None) -> Axes:
    """Draw which input cells one output sees through a stack of layers.

    The input is the lowest row, with a frame around what is seen. Cells on the way from the output are filled, the rest
    of each row is dotted. Padding moves a receptive field and does not change its size, so it is not drawn. Used in
    `arithmetic/receptive-field`.

    Parameters
    ----------
    layers : sequence of (kernel_size, stride, ...)
        From input to output, as for `cnnbook.shapes.receptive_field`; entries left out are 1.
    """
    layers = [shapes.Layer(*layer)._replace(padding="valid") for layer in layers]
    fields = [shapes.receptive_field(layers[:depth]) for depth in range(len(layers) + 1)]
    sources = _sources(layers)
    rows = [*(sorted(set().union(*below.values())) for below in sources), [0]]
    # Beside the receptive field: the cell after the last one of a row.
    shares = [1, *[_SHARE] * len(layers)]
    ends = [
        _middle(cells[-1] + 1, field) + share / 2 * field.jump
        for cells, field, share in zip(rows, fields, shares, strict=True)
    ]
    margin = max(ends) - fields[-1].size
    across = fields[-1].size + 2 * margin  # input cells
    cell = min(36, 208 / across) * PIXEL  # beside names as long as "kernel 3, stride 2"
    left, height = 128 * PIXEL / cell + margin, 72 * PIXEL / cell
    axes = schematic(left + across - margin, height * (len(layers) + 0.4), axes, cell=cell)
    for depth, (cells, field) in enumerate(zip(rows, fields, strict=True)):
        y = height * (len(layers) - depth + 0.06)
        if depth:
            _field_row(axes, left, y, cells, field, tint="output")
            _field_lines(axes, left, y, height, sources[depth - 1], field, fields[depth - 1])
        else:
            _field_row(axes, left, y, cells, field)
            outline(axes, left, y, fields[-1].size, height / 3)
        text = "1 output" if depth == len(layers) else f"{len(cells)} cell{'s' * (len(cells) > 1)}"
        text += " seen" * (depth == 0)
        name, *settings = _layer_name(depth, layers)
        write(axes, 0, y + 0.06 * height, f"{name}: {text}", ha="left")
        for index, setting in enumerate(settings):
            write(axes, 0, y + (0.29 + 0.2 * index) * height, setting, ha="left", size=SMALL_SIZE, color="muted")
    return axes


def _layer_name(depth, layers):
    """Return the name of a layer and its settings, in lines."""
    if depth == 0:
        return ["input"]
    kernel_size, stride, dilation, _ = layers[depth - 1]
    return [f"layer {depth}", f"kernel {kernel_size}, stride {stride}", *[f"dilation {dilation}"] * (dilation > 1)]


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


def _field_row(axes, left, y, cells, field, **look):
    width, height = (_SHARE if look else 1) * field.jump, 24 / pixels_per_cell(axes)
    for cell in range(cells[0] - 1, cells[-1] + 2):
        kind = {"label": "seen", **look} if cell in cells else {"kind": "skipped"}
        box(axes, left + _middle(cell, field) - width / 2, y, width, height, **kind)


def _field_lines(axes, left, y, height, sources, field, below):
    """Join each cell of a layer with the cells of the layer below that it reads."""
    ys = [y + 24 / pixels_per_cell(axes), y + height]
    for cell in sorted(sources):
        for source in sources[cell]:
            xs = [left + _middle(cell, field), left + _middle(source, below)]
            line(axes, xs, ys, color="muted", linewidth=POINT, label="reads")
