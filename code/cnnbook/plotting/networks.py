"""Drawings of whole networks: their layers as blocks."""

import functools
import math
from collections.abc import Mapping, Sequence

from cnnbook.plotting.svg import SMALL, WIDE, BothWidths, Drawing, text_width

_HIGHEST, _HIGHEST_ALONE = 40, 96  # pixels, of the image; in a drawing of several networks, and of one
# How a block of each kind is drawn.
_BLOCKS = {"image": "blue", "convolution": "filter", "pooling": "", "dense": "output"}


def architectures(
    networks: Mapping[str, Sequence[tuple[str, int, int, int]]],
    columns: Mapping[str, Mapping[str, str]],
    *,
    notes: Mapping[str, str],
) -> BothWidths:
    """Draw each network as a strip of blocks, with its numbers: table 1 of the practical, or a single network, larger.

    A block's height is the side of its maps, as a share of the image's; its width grows with the logarithm of their
    number, which stands below convolutions and dense layers where there is room; below the blocks of a single network
    stands the whole volume. A bracket spans what a shortcut leads past. Used in `experiments/simple-cnn`,
    `deeper-cnns`, `famous-networks` and `speedrun`.

    Parameters
    ----------
    networks : dict of str to sequence of (kind, side, channels, spans)
        As `cnnbook.architecture.blocks` gives them.
    columns : dict of str to dict of str to str
        What stands at the right: by the head of a column the text of each network.
    notes : dict of str to str
        What to say below each name.
    """
    if not networks:
        raise ValueError("expected at least one network; got none")
    return BothWidths(functools.partial(_architectures, networks, columns, notes))


def _architectures(networks, columns, notes, width):
    alone = len(networks) == 1
    wide = width == WIDE and not alone  # names and numbers stand beside the strips, otherwise above them
    highest = _HIGHEST_ALONE if alone else _HIGHEST
    left = 12 + max([*map(text_width, networks), *(text_width(note, SMALL) for note in notes.values())]) if wide else 0
    step = 14 + max(text_width(text) for head, texts in columns.items() for text in (head, *texts.values()))
    right = width - step * len(columns) if wide else width
    ends = [width - step * (len(columns) - 1 - index) for index in range(len(columns))]
    across = max(_strip_width(blocks) for blocks in networks.values())
    gaps = 3 * max(map(len, networks.values()))
    unit = (right - left - gaps) / across
    head, pitch = 30, highest + (40 if wide else 60)
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
        _strip(drawing, blocks, left, base, unit, highest)
    return drawing


def _strip_width(blocks):
    return sum(_width(channels) for kind, _, channels, _ in blocks if kind != "sum")


def _width(channels):
    return max(1, math.log2(channels))  # one channel has a width, too


def _strip(drawing, blocks, x, base, unit, highest):
    share, labelled = highest / blocks[0][1], 0.0
    starts: list[float] = []
    for kind, side, channels, spans in blocks:
        height, width = max(2, share * side), unit * _width(channels)
        if kind == "sum":
            start, top = starts[-spans] - 1.5, base - height - 3
            drawing.line([(start, top), (start, top - 4), (x - 3, top - 4), (x - 3, top)], kind="shortcut")
            continue
        drawing.box(x, base - height, width, height, kind=kind, tint=_BLOCKS[kind], edge="muted")
        label, volume = str(channels), f"{side}×{side}×{channels}"
        whole = highest == _HIGHEST_ALONE and side > 1 and text_width(volume, SMALL) <= width
        if whole:
            label = volume
        middle, half = x + width / 2, text_width(label, SMALL) / 2
        if (whole or kind in ("convolution", "dense")) and middle - half >= labelled:
            kind_of_label = "volume" if whole else "channels"
            drawing.text(middle, base + 13, label, kind=kind_of_label, size=SMALL, anchor="middle")
            labelled = middle + half + 5
        starts.append(x)
        x += width + 3
