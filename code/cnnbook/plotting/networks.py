"""Drawings of whole networks: their layers as blocks, and what each layer stores and computes."""

import functools
import math
from collections.abc import Mapping, Sequence

from cnnbook.plotting.svg import SMALL, WIDE, BothWidths, Drawing, text_width

# How a block of each kind is drawn.
_BLOCKS = {"image": "blue", "convolution": "filter", "pooling": "", "dense": "output"}


def architectures(
    networks: Mapping[str, Sequence[tuple[str, int, int]]],
    columns: Mapping[str, Mapping[str, str]],
    *,
    notes: Mapping[str, str],
) -> BothWidths:
    """Draw each network as a strip of blocks, with numbers to its right: table 1 of the practical.

    A block's height is the side of its maps, its width grows with the logarithm of their number, which stands below
    convolutions and dense layers. A bracket spans the convolution whose output a shortcut is added to. Used in
    `experiments/deeper-cnns`.

    Parameters
    ----------
    networks : dict of str to sequence of (kind, side, channels)
        As `cnnbook.architecture.blocks` gives them.
    columns : dict of str to dict of str to str
        What stands right of the strips: by the head of a column the text of each network.
    notes : dict of str to str
        What to say below each name.
    """
    if not networks:
        raise ValueError("expected at least one network; got none")
    return BothWidths(functools.partial(_architectures, networks, columns, notes))


def _architectures(networks, columns, notes, width):
    wide = width == WIDE
    left = 12 + max([*map(text_width, networks), *(text_width(note, SMALL) for note in notes.values())]) if wide else 0
    step = 14 + max(text_width(text) for head, texts in columns.items() for text in (head, *texts.values()))
    right = width - step * len(columns) if wide else width
    ends = [width - step * (len(columns) - 1 - index) for index in range(len(columns))]
    across = max(_strip_width(blocks) for blocks in networks.values())
    gaps = 3 * max(map(len, networks.values()))
    unit = (right - left - gaps) / across
    head, pitch = 30, 80 if wide else 100
    drawing = Drawing(width, head + pitch * len(networks))
    for title, end in zip(columns, ends, strict=True):
        drawing.text(end, 14, title, kind="title", color="muted", anchor="end")
    for row, (name, blocks) in enumerate(networks.items()):
        top = head + pitch * row
        base = top + pitch - 28
        drawing.line([(0, top - 8), (width, top - 8)], kind="rule", color="grid")
        drawing.text(0, top + 10, name, kind="row", bold=True)
        drawing.text(0, top + 26, notes[name], kind="note", size=SMALL, color="muted")
        for texts, end in zip(columns.values(), ends, strict=True):
            drawing.text(end, top + 10, texts[name], kind="number", anchor="end")
        _strip(drawing, blocks, left, base, unit)
    return drawing


def _strip_width(blocks):
    return sum(math.log2(channels) for kind, _, channels in blocks if kind != "sum")


def _strip(drawing, blocks, x, base, unit):
    before = x, 0.0
    for kind, side, channels in blocks:
        height, width = max(2, 1.25 * side), unit * math.log2(channels)
        if kind == "sum":  # from the output of the convolution before the last to that of the last
            start, top = before[0] - 1.5, base - height - 3
            drawing.line([(start, top), (start, top - 4), (x - 3, top - 4), (x - 3, top)], kind="shortcut")
            continue
        drawing.box(x, base - height, width, height, kind=kind, tint=_BLOCKS[kind], edge="muted")
        if kind in ("convolution", "dense"):
            drawing.text(x + width / 2, base + 13, str(channels), kind="channels", size=SMALL, anchor="middle")
        before, x = (x, width), x + width + 3


def layer_bills(bills: Mapping[str, Mapping[str, int]]) -> BothWidths:
    """Draw what each layer of a network costs: a row of bars for each layer, a column for each bill.

    Bars of one bill have one scale, and its sum stands above them. Used in `arithmetic/parameters`.

    Parameters
    ----------
    bills : dict of str to dict of str to int
        By the name of a bill, such as "parameters", what each layer has of it; all name the same layers.
    """
    layers = [list(bill) for bill in bills.values()]
    if not layers or not layers[0] or any(names != layers[0] for names in layers):
        raise ValueError(f"expected at least one bill, and the same layers in each; got {layers}")
    return BothWidths(functools.partial(_bills, bills, layers[0]))


def _bills(bills, layers, width):
    wide = width == WIDE
    left = 16 + max(map(text_width, layers)) if wide else 0
    pitch, head, gap = 30 if wide else 44, 44, 20
    drawing = Drawing(width, head + pitch * len(layers))
    column = (width - left + gap) / len(bills)
    base = [head + pitch * row + (14 if wide else 31) for row in range(len(layers))]
    for name, y in zip(layers, base, strict=True):
        drawing.text(0, y if wide else y - 18, name, kind="row")
    for index, (title, bill) in enumerate(bills.items()):
        x, most = left + column * index, max(1, *bill.values())
        longest = column - gap - 6 - max(text_width(f"{count:,}") for count in bill.values())
        drawing.text(x, 14, title, kind="title")
        drawing.text(x, 31, f"{sum(bill.values()):,} in all", kind="sum", color="muted")
        for count, y in zip(bill.values(), base, strict=True):
            length = longest * count / most
            drawing.box(x, y - 11, max(length, 1), 14, kind="bar", fill="ink")
            drawing.text(x + max(length, 1) + 6, y, f"{count:,}", kind="number")
    return drawing
