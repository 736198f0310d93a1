"""Drawings of whole networks: their layers as blocks."""

import functools
import math
from collections.abc import Mapping, Sequence

from cnnbook.plotting.svg import SMALL, WIDE, BothWidths, Drawing, text_width

_HIGHEST, _HIGHEST_ALONE = 40, 96  # pixels, of the image; in a drawing of several networks, and of one
_APART = 3  # pixels between two blocks
_CLEAR = 6  # more behind the image, whose name and size are wider than it is
_SPILL = 0.5  # pixels that a number may reach beyond its block on either side
_GAP = 4  # pixels at least between two numbers
# How a block of each kind is drawn; the image, which is no layer, has a dashed outline.
_BLOCKS = {"convolution": "filter", "pooling": "", "dense": "output"}
_SHORT = {"image": "image", "convolution": "conv", "pooling": "pool", "dense": "dense"}


def architectures(
    networks: Mapping[str, Sequence[tuple[str, int, int, int]]],
    columns: Mapping[str, Mapping[str, str]],
    *,
    notes: Mapping[str, str],
    parameters: Sequence[int] = (),
) -> BothWidths:
    """Draw each network as a strip of blocks, with its numbers: table 1 of the practical, or a single network, larger.

    A block's height is the side of its maps, as a share of the image's; its width grows with the logarithm of their
    number, which stands below convolutions and dense layers where there is room; those of the first, the last and the
    one of most maps may be wider than their block. Above the blocks of a single network
    stands what they are, and below them the whole volume, if all its convolutions have the room. A bracket spans what
    a shortcut leads past. Used in `experiments/simple-cnn`, `deeper-cnns`, `famous-networks` and `speedrun`.

    Parameters
    ----------
    networks : dict of str to sequence of (kind, side, channels, spans)
        As `cnnbook.architecture.blocks` gives them.
    columns : dict of str to dict of str to str
        What stands at the right, or behind the note of a single network: by the head of a column each network's text.
    notes : dict of str to str
        What to say below each name.
    parameters : sequence of int
        Of a single network, the parameters of each layer: a bar below the strip shows their shares.
    """
    if not networks:
        raise ValueError("expected at least one network; got none")
    if len(networks) > 1 and len(parameters):
        raise ValueError(f"expected one network for a bar of parameters; got {len(networks)}")
    return BothWidths(functools.partial(_architectures, networks, columns, notes, parameters))


def _architectures(networks, columns, notes, parameters, width):
    if len(networks) == 1:
        (name,) = networks
        return _alone(name, networks[name], columns, notes, parameters, width)
    wide = width == WIDE  # names and numbers stand beside the strips, otherwise above them
    beside = max([*map(text_width, networks), *(text_width(note, SMALL) for note in notes.values())])
    step = 14 + max(text_width(text) for head, texts in columns.items() for text in (head, *texts.values()))
    left, right = (12 + beside, width - step * len(columns)) if wide else (0.5, width - 0.5)
    ends = [width - step * (len(columns) - 1 - index) for index in range(len(columns))]
    unit = min(_unit(blocks, right - left, 0) for blocks in networks.values())
    head, pitch = 30, _HIGHEST + (38 if wide else 72)
    drawing = Drawing(width, head + pitch * len(networks))
    for title, end in zip(columns, ends, strict=True):
        drawing.text(end, 14, title, kind="title", color="muted", anchor="end")
    for row, (name, blocks) in enumerate(networks.items()):
        top = head + pitch * row
        drawing.line([(0, top - 8), (width, top - 8)], kind="rule", color="grid")
        drawing.text(0, top + 10, name, kind="row", bold=True)
        drawing.text(0, top + 26, notes[name], kind="note", size=SMALL, color="muted")
        for texts, end in zip(columns.values(), ends, strict=True):
            drawing.text(end, top + 10, texts[name], kind="number", anchor="end")
        base = top + pitch - 26
        groups = _strip(drawing, blocks, left, base, unit, _HIGHEST, 0)
        _label_groups(drawing, groups, base)
    return drawing


def _alone(name, blocks, columns, notes, parameters, width):
    base = 50 + _HIGHEST_ALONE
    drawing = Drawing(width, base + (62 if len(parameters) else 18))
    texts = [notes[name], *(f"{texts[name]} {title}" for title, texts in columns.items())]
    drawing.text(0, 12, name, kind="row", bold=True)
    drawing.text(0, 28, " · ".join(filter(None, texts)), kind="note", size=SMALL, color="muted")
    _, side, channels, _ = blocks[0]
    image = text_width(_volume(side, channels), SMALL)
    groups = _strip(drawing, blocks, 0.5, base, _unit(blocks, width - 1, image), _HIGHEST_ALONE, image)
    _label_groups(drawing, groups, base, volumes=True)
    _name_groups(drawing, groups)
    if len(parameters):
        _shares(drawing, parameters, base + 34)
    return drawing


def _width(channels):
    return max(1, math.log2(channels))  # one channel has a width, too


def _unit(blocks, width, image):
    """Return the pixels of a block for each doubling of its maps, in a strip whose image takes at least `image`."""
    first, *others = [_width(channels) for kind, _, channels, _ in blocks if kind != "sum"]
    space = width - _APART * len(others) - _CLEAR
    return min(space / (first + sum(others)), (space - image) / sum(others))


def _strip(drawing, blocks, x, base, unit, highest, image):
    """Draw the blocks and return their groups, which are blocks of one kind and volume that follow each other."""
    share = highest / blocks[0][1]
    starts: list[float] = []
    groups: list[dict] = []
    for kind, side, channels, spans in blocks:
        height, width = max(2, share * side), max(5 * (kind == "image"), unit * _width(channels))
        top = base - height
        if kind == "sum":
            _bracket(drawing, groups, starts[-spans] + 2, x - _APART - 2, top - _APART)
            continue
        if kind == "image":
            corners = [(x, base), (x, top), (x + width, top), (x + width, base), (x, base)]
            drawing.line(corners, kind=kind, dash="3 2")
        else:
            drawing.box(x, top, width, height, kind=kind, tint=_BLOCKS[kind], edge="muted")
        volume = {"kind": kind, "side": side, "channels": channels}
        if not groups or not volume.items() <= groups[-1].items():
            groups.append({**volume, "start": x, "count": 0, "top": top})
        room = max(width, image) if kind == "image" else width
        groups[-1] |= {"end": x + room, "count": groups[-1]["count"] + 1}
        starts.append(x)
        x += room + _APART + _CLEAR * (kind == "image")
    return groups


def _bracket(drawing, groups, start, end, foot):
    """Draw a shortcut past the last blocks, above which their groups now end."""
    top = foot - 4
    drawing.line([(start, foot), (start, top), (end, top), (end, foot)], kind="shortcut")
    for group in groups:
        if group["end"] > start:
            group["top"] = min(group["top"], top)


def _volume(side, channels):
    return f"{side}×{side}×{channels}"


def _label_groups(drawing, groups, base, *, volumes=False):
    """Write below each group what has room there: the number of its maps, or its volume if all convolutions have it.

    The first, the last and the widest group with weights may be narrower than their numbers.
    """

    def has_room(group, label):
        return text_width(label, SMALL) <= group["end"] - group["start"] + 2 * _SPILL

    def write(middle, label, kind):
        half = text_width(label, SMALL) / 2
        taken.append((middle - half, middle + half))
        drawing.text(middle, base + 13, label, kind=kind, size=SMALL, anchor="middle")

    weighted = [group for group in groups if group["kind"] in ("convolution", "dense")]
    outstanding = [weighted[0], max(weighted, key=lambda group: group["channels"]), weighted[-1]] if weighted else []
    taken: list[tuple[float, float]] = []
    narrow = []
    texts = [_volume(group["side"], group["channels"]) for group in groups]
    whole = all(
        has_room(group, text) for text, group in zip(texts, groups, strict=True) if group["kind"] == "convolution"
    )
    for text, group in zip(texts, groups, strict=True):
        is_volume = volumes and group["side"] > 1 and (whole or group["kind"] == "image")
        label = text if is_volume else f"{group['channels']:,}"
        kind, middle = "volume" if is_volume else "channels", (group["start"] + group["end"]) / 2
        if not has_room(group, label):
            narrow += [(middle, label, kind)] * (group in outstanding)
        elif is_volume or group in weighted:
            write(middle, label, kind)
    for middle, label, kind in narrow:
        place = _free(middle, text_width(label, SMALL), taken, drawing.width)
        if place is not None:
            write(place, label, kind)


def _free(middle, size, taken, width):
    """Return the middle of a free place for a text, as near to `middle` as others allow and below it; or None."""
    first = max([0.0, *(end + _GAP for start, end in taken if start + end <= 2 * middle)]) + size / 2
    last = min([width, *(start - _GAP for start, end in taken if start + end > 2 * middle)]) - size / 2
    place = min(max(middle, first), last)
    return place if first <= place and abs(place - middle) <= size / 2 else None


def _name_groups(drawing, groups):
    """Write above each group what it is, unless that would run into a neighbour that is as high."""
    names = [(0.0, 0.0)]  # where each ends, and its base line
    for place, group in enumerate(groups):
        word, base = _SHORT[group["kind"]], group["top"] - 5
        start = max([group["start"], *(end + 4 for end, other in names if abs(other - base) < SMALL)])
        limits = [other["start"] for other in groups[place + 1 :] if other["top"] < group["top"] + SMALL + 3]
        limit = min([drawing.width, *(limit + _APART for limit in limits)])
        for text in [f"{group['count']} × {word}", word] if group["count"] > 1 else [word]:
            end = start + text_width(text, SMALL)
            if end <= limit:
                drawing.text(start, base, text, kind="layer", size=SMALL, color="muted")
                names.append((end, base))
                break


def _shares(drawing, parameters, y):
    """Draw each layer's share of the parameters as a bar, the largest in the accent's colour."""
    drawing.text(0, y, "parameters of each layer", kind="note", size=SMALL, color="muted")
    x, largest = 0.0, max(parameters)
    for count in filter(None, parameters):
        width = drawing.width * count / sum(parameters)
        accent = count == largest
        drawing.box(x, y + 5, width, 8, kind="share", fill="orange" if accent else "grid", edge="muted", edge_width=0.5)
        if accent:
            percent = f"{100 * count / sum(parameters):.0f} %"
            drawing.text(x + width / 2, y + 25, percent, kind="percent", color="orange", anchor="middle")
        x += width
