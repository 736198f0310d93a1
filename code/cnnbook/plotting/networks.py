"""Drawings of whole networks: their layers as blocks."""

import functools
import math
from collections.abc import Mapping, Sequence

from cnnbook.plotting.svg import SMALL, WIDE, BothWidths, Drawing, text_width

_HIGHEST, _HIGHEST_ALONE = 40, 96  # pixels, of the image; in a drawing of several networks, and of one
# How a block of each kind is drawn.
_BLOCKS = {"image": "grey", "convolution": "filter", "pooling": "", "dense": "output"}
_SHORT = {"image": "image", "convolution": "conv", "pooling": "pool", "dense": "dense"}


def architectures(
    networks: Mapping[str, Sequence[tuple[str, int, int, int]]],
    columns: Mapping[str, Mapping[str, str]],
    *,
    notes: Mapping[str, str],
) -> BothWidths:
    """Draw each network as a strip of blocks, with its numbers: table 1 of the practical, or a single network, larger.

    A block's height is the side of its maps, as a share of the image's; its width grows with the logarithm of their
    number, which stands below convolutions and dense layers where there is room. Above the blocks of a single network
    without shortcuts stands what they are, and below them the whole volume, if all its convolutions have the room. A
    bracket spans what a shortcut leads past. Used in `experiments/simple-cnn`, `deeper-cnns`, `famous-networks` and
    `speedrun`.

    Parameters
    ----------
    networks : dict of str to sequence of (kind, side, channels, spans)
        As `cnnbook.architecture.blocks` gives them.
    columns : dict of str to dict of str to str
        What stands at the right, or behind the note of a single network: by the head of a column each network's text.
    notes : dict of str to str
        What to say below each name.
    """
    if not networks:
        raise ValueError("expected at least one network; got none")
    return BothWidths(functools.partial(_architectures, networks, columns, notes))


def _architectures(networks, columns, notes, width):
    if len(networks) == 1:
        (name,) = networks
        return _alone(name, networks[name], columns, notes, width)
    wide = width == WIDE  # names and numbers stand beside the strips, otherwise above them
    left = 12 + max([*map(text_width, networks), *(text_width(note, SMALL) for note in notes.values())]) if wide else 0
    step = 14 + max(text_width(text) for head, texts in columns.items() for text in (head, *texts.values()))
    right = width - step * len(columns) if wide else width
    ends = [width - step * (len(columns) - 1 - index) for index in range(len(columns))]
    across = max(_strip_width(blocks) for blocks in networks.values())
    gaps = 3 * max(map(len, networks.values()))
    unit = (right - left - gaps) / across
    head, pitch = 30, _HIGHEST + (50 if wide else 70)
    drawing = Drawing(width, head + pitch * len(networks))
    for title, end in zip(columns, ends, strict=True):
        drawing.text(end, 14, title, kind="title", color="muted", anchor="end")
    for row, (name, blocks) in enumerate(networks.items()):
        top = head + pitch * row
        base = top + pitch - 38
        drawing.line([(0, top - 8), (width, top - 8)], kind="rule", color="grid")
        drawing.text(0, top + 10, name, kind="row", bold=True)
        drawing.text(0, top + 26, notes[name], kind="note", size=SMALL, color="muted")
        for texts, end in zip(columns.values(), ends, strict=True):
            drawing.text(end, top + 10, texts[name], kind="number", anchor="end")
        _strip(drawing, blocks, left, base, unit, _HIGHEST)
    return drawing


def _alone(name, blocks, columns, notes, width):
    drawing = Drawing(width, 80 + _HIGHEST_ALONE)
    texts = [notes[name], *(f"{texts[name]} {title}" for title, texts in columns.items())]
    drawing.text(0, 12, name, kind="row", bold=True)
    drawing.text(0, 28, " · ".join(filter(None, texts)), kind="note", size=SMALL, color="muted")
    _strip(drawing, blocks, 0, 50 + _HIGHEST_ALONE, (width - 3 * len(blocks)) / _strip_width(blocks), _HIGHEST_ALONE)
    return drawing


def _strip_width(blocks):
    return sum(_width(channels) for kind, _, channels, _ in blocks if kind != "sum")


def _width(channels):
    return max(1, math.log2(channels))  # one channel has a width, too


def _strip(drawing, blocks, x, base, unit, highest):
    """Draw the blocks; blocks of one kind and volume that follow each other are labelled together."""
    share = highest / blocks[0][1]
    starts: list[float] = []
    groups: list[dict] = []
    for kind, side, channels, spans in blocks:
        height, width = max(2, share * side), unit * _width(channels)
        if kind == "sum":
            start, end, top = starts[-spans] + 1, x - 5, base - height - 3
            drawing.line([(start, top), (start, top - 4), (end, top - 4), (end, top)], kind="shortcut")
            continue
        drawing.box(x, base - height, width, height, kind=kind, tint=_BLOCKS[kind], edge="muted")
        volume = {"kind": kind, "side": side, "channels": channels}
        if not groups or not volume.items() <= groups[-1].items():
            groups.append({**volume, "start": x, "count": 0, "top": base - height})
        groups[-1] |= {"end": x + width, "count": groups[-1]["count"] + 1}
        starts.append(x)
        x += width + 3
    _label_groups(drawing, groups, base, alone=highest == _HIGHEST_ALONE)
    if highest == _HIGHEST_ALONE and not any(kind == "sum" for kind, *_ in blocks):
        _name_groups(drawing, groups)


def _label_groups(drawing, groups, base, *, alone):
    """Write below each group its volume, or the number of its maps, in a second row where the first has no room."""
    volumes = ["×".join(map(str, (group["side"], group["side"], group["channels"]))) for group in groups]
    whole = alone and all(
        text_width(volume, SMALL) <= group["end"] - group["start"]
        for volume, group in zip(volumes, groups, strict=True)
        if group["kind"] == "convolution"
    )
    ends = [0.0, 0.0]
    for volume, group in zip(volumes, groups, strict=True):
        is_volume = whole and group["side"] > 1
        if not is_volume and group["kind"] not in ("convolution", "dense"):
            continue
        label = volume if is_volume else f"{group['channels']:,}"
        half = text_width(label, SMALL) / 2
        middle = max(half, min((group["start"] + group["end"]) / 2, drawing.width - half))
        row = next((row for row, end in enumerate(ends) if middle - half >= end), None)
        if row is not None:
            kind = "volume" if is_volume else "channels"
            drawing.text(middle, base + 13 + 12 * row, label, kind=kind, size=SMALL, anchor="middle")
            ends[row] = middle + half + 5


def _name_groups(drawing, groups):
    end = 0.0
    for group in groups:
        word, place = _SHORT[group["kind"]], max(group["start"], end)
        counted = f"{group['count']} × {word}"
        texts = [counted, word] if group["count"] > 1 else [word]
        for text in texts:
            if place + text_width(text, SMALL) <= group["end"] + 8:
                drawing.text(place, group["top"] - 5, text, kind="layer", size=SMALL, color="muted")
                end = place + text_width(text, SMALL) + 4
                break
