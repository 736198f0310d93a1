"""Pictures made of pixels: sample images, weights, activation maps, and what is framed on them.

An image is shown pixel by pixel, enlarged by a whole number, in its own colours in both themes;
`cnnbook.plotting.pixels` makes images of numbers.
"""

import functools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from cnnbook.plotting.pixels import grey_pixels, normalise_channels, signed_images
from cnnbook.plotting.primitives import runs
from cnnbook.plotting.style import PALETTE
from cnnbook.plotting.svg import LABEL, NARROW, SMALL, BothWidths, Drawing, text_width

_GAP = 4
_APART = 8  # pixels at least between the titles of neighbours
_FRAME = PALETTE["orange"].upper()  # stays as it is, like the photograph below it; see `booksite.theme.drawings`
_LINE = 15  # pixels from one line of a title to the next
_DIMMED = 0.6  # of the brightness, where nothing is outlined
_LARGEST = 160  # pixels of the page; a larger picture shows no more


def _grid(drawing, tiles, *, columns, x=0.0, y=0.0, width=None, titles=(), names=(), lines=(), thick=2.5, largest=0):
    """Show tiles, each a column of images, in rows of `columns`; return where the last row ends.

    A tile has its title above it and `lines` on it, in the pixels of its images; the images of the first tile of a row
    have `names` on their left. Fewer stand in a row where their titles would not fit beside each other. All are as
    large as one of `largest` pixels a side, which the others divide.
    """
    left = x + (8 + max(map(text_width, names)) if any(names) else 0)
    largest = largest or max(len(image) for tile in tiles for image in tile)
    titles = [title.split("\n") for title in titles] if any(titles) else [[]] * len(tiles)
    widest = max((text_width(text, SMALL) for title in titles for text in title), default=0)
    while True:
        space = (x + (width or drawing.width) - left - _GAP * (columns - 1)) / columns
        side = largest * max(1, int(min(space, _LARGEST)) // largest)
        if columns == 1 or widest + _APART <= side + _GAP:
            break
        columns -= 1  # a title would run into the next
    longest = max((text_width(text) for title in titles for text in title), default=0)
    size = LABEL if longest + _APART <= side + _GAP else SMALL
    head = _LINE * max(map(len, titles))
    head, below = (head + 3, 10) if head else (0, 0)  # a title is nearer to its own picture than to the one above
    height = head + (side + _GAP) * len(tiles[0]) + below
    corners, edges = [(0, 0), (side + 1, 0), (side + 1, side + 1), (0, side + 1), (0, 0)], []
    for index, images in enumerate(tiles):
        place, top = left + (side + _GAP) * (index % columns), y + height * (index // columns)
        for row, text in enumerate(titles[index]):
            drawing.text(place, top + _LINE * row + 11, text, kind="title", size=size)
        for row, image in enumerate(images):
            edge = top + head + (side + _GAP) * row
            drawing.image(image, place, edge, side // len(image))
            if image.ndim == 2:  # a black rim would melt into a dark page, a white one into a light page
                edges.append([(place - 0.5 + side_x, edge - 0.5 + side_y) for side_x, side_y in corners])
            if any(names) and index % columns == 0:
                drawing.text(x, edge + side / 2 + 4, names[row], kind="row")
        if lines:
            _frame(drawing, lines[index], place, top + head, side, len(images[0]), thick)
    if edges:
        drawing.line(*edges, kind="edge", color="muted", opacity=0.7)
    bottom = y + height * math.ceil(len(tiles) / columns)
    drawing.height = bottom - _GAP - below
    return bottom


def _frame(drawing, lines, x, y, side, pixels, thick):
    """Draw lines on an image, on a white ground, so that they are seen on any; at its border they stay inside."""
    placed = [np.clip(np.array(points) * side / pixels, 1.25, side - 1.25) + np.array([x, y]) for points in lines]
    drawing.line(*placed, kind="halo", color="white", width=1.8 * thick)
    drawing.line(*placed, kind="frame", color=_FRAME, width=thick)


def class_samples(images: np.ndarray, labels: ArrayLike, class_names: Sequence[str], *, columns: int = 4) -> BothWidths:
    """Show the first `columns` images of every class: figure 3 of the practical. Used in `experiments/data`.

    Parameters
    ----------
    images : array, (images, height, width, 3)
        uint8.
    labels : array, (images,) or (images, 1)
        Index into `class_names`.
    """
    labels = np.asarray(labels).reshape(-1)
    if len(labels) != len(images):
        raise ValueError(f"expected one label for each image; got {len(images)} images and {len(labels)} labels")
    chosen = [np.flatnonzero(labels == label)[:columns] for label in range(len(class_names))]
    for name, indices in zip(class_names, chosen, strict=True):
        if len(indices) < columns:
            raise ValueError(f"{name} has {len(indices)} images, but {columns} columns were asked for; ask for fewer")
    groups = {name: list(images[indices]) for name, indices in zip(class_names, chosen, strict=True)}
    return picture_grid(groups, columns=columns, narrow=columns, beside=2)


def _class_images(kernel, classes):
    """Return the weights of a dense layer on colour images as images, (classes, height, width, 3)."""
    kernel = np.asarray(kernel)
    if kernel.ndim == 2:
        side = math.isqrt(kernel.shape[0] // 3)
        if side * side * 3 == kernel.shape[0]:
            kernel = kernel.reshape(side, side, 3, -1)
    if kernel.ndim != 4 or kernel.shape[2:] != (3, classes):
        raise ValueError(
            f"expected weights (height * width * 3, {classes}) of square images or (height, width, 3, {classes}), "
            f"for {classes} class names; got shape {kernel.shape}"
        )
    return np.moveaxis(kernel, -1, 0)


def weight_images(kernels: ArrayLike | Mapping[str, ArrayLike], class_names: Sequence[str]) -> BothWidths:
    """Show the weights of each class as an image, each channel stretched on its own: figure 4 of the practical.

    Several kernels stand in rows one above the other, class by class. Used in `experiments/one-layer`.

    Parameters
    ----------
    kernels : array, (height * width * 3, classes) or (height, width, 3, classes); or a dict of them
        Weights of a dense layer on images; or of several, by the label of their row.
    """
    kernels = kernels if isinstance(kernels, Mapping) else {"": kernels}
    images = [_class_images(kernel, len(class_names)) for kernel in kernels.values()]
    tiles = [[normalise_channels(of_classes[index]) for of_classes in images] for index in range(len(class_names))]

    def draw(width):
        drawing = Drawing(width)
        _grid(drawing, tiles, columns=4 if width == NARROW else 5, titles=class_names, names=list(kernels))
        return drawing.crop()

    return BothWidths(draw)


def picture_grid(
    images: Sequence[ArrayLike] | Mapping[str, Sequence[ArrayLike]],
    titles: Sequence[str] = (),
    *,
    columns: int = 8,
    narrow: int = 4,
    beside: int = 1,
    key: float | None = None,
) -> BothWidths:
    """Show images side by side, in rows of `columns`, or of `narrow` on a phone, each with its title above.

    Used on most pages of the experiments.

    Parameters
    ----------
    images : sequence of arrays, or dict of such sequences
        Colour images (height, width, 3), uint8; or maps (height, width), each in 16 greys from its own lowest value,
        black, to its highest, white. Of a dict each sequence begins a row, with its name above.
    titles : sequence of str
        One for each image; line breaks are kept.
    beside : int
        Sequences of a dict that stand side by side where there is room.
    key : float
        What the strongest colour of maps from `signed_images` stands for, to be said by a bar of their colours below.
    """
    groups = images if isinstance(images, Mapping) else {"": images}
    pixels = {name: [[grey_pixels(image)] for image in of_group] for name, of_group in groups.items()}
    count = sum(map(len, pixels.values()))
    if not all(pixels.values()) or len(titles) not in (0, count) or not count:
        raise ValueError(f"expected at least one image and a title for each or none; got {count} and {len(titles)}")
    if key is not None and not key > 0:
        raise ValueError(f"key is the largest magnitude of the maps, above 0; got {key}")
    return BothWidths(functools.partial(_groups, pixels, list(titles), columns, narrow, beside, key))


def _groups(groups, titles, columns, narrow, beside, key, width):
    drawing = Drawing(width)
    if width == NARROW:
        columns, beside = narrow, 1
    pitch = (width + _GAP) / beside
    y, done, bottom = 0.0, 0, 0.0
    largest = max(len(image) for tiles in groups.values() for (image,) in tiles)
    for index, (name, tiles) in enumerate(groups.items()):
        x = pitch * (index % beside)
        y = bottom if x == 0 else y
        if name:
            drawing.text(x, y + 13, name, kind="group")
        shown = titles[done : done + len(tiles)]
        place = {"x": x, "y": y + 20 * bool(name), "width": pitch - _GAP, "largest": largest}
        bottom = 8 + _grid(drawing, tiles, columns=columns, titles=shown, **place)
        done += len(tiles)
    if key:
        _key(drawing, bottom + 4, key)
    return drawing.crop()


def _key(drawing, y, most):
    """Draw the colours from -`most` to `most`, with these numbers and 0 below their places."""
    steps, zoom = 31, 4
    drawing.image(signed_images(np.linspace(-1, 1, steps) * np.ones((2, 1))), 0, y, zoom)
    places = {f"−{most:.2g}": "start", "0": "middle", f"{most:.2g}": "end"}
    for index, (number, anchor) in enumerate(places.items()):
        drawing.text(index * steps * zoom / 2, y + 21, number, kind="key", size=SMALL, anchor=anchor)
    drawing.height = y + 24


def heat_on_images(images: Sequence[ArrayLike], heat: Sequence[ArrayLike], titles: Sequence[str]) -> BothWidths:
    """Outline on each image where a coarse map is at least half as high as at its highest, and dim the rest.

    The outline follows the map's cells, for it knows no more than that. Used in `experiments/what-a-layer-sees`.

    Parameters
    ----------
    images : sequence of arrays, (height, width, 3), uint8
    heat : sequence of arrays, (rows, columns)
        One for each image, at least 0; an image's height and width are the same multiple of `rows` and `columns`.
    titles : sequence of str
        One for each image.
    """
    photographs, maps = [np.asarray(image) for image in images], [np.asarray(cells, dtype=float) for cells in heat]
    if not len(photographs) == len(maps) == len(titles):
        raise ValueError(
            f"expected a map and a title for each of {len(images)} images; got {len(heat)} maps, {len(titles)} titles"
        )
    lines, tiles = [], []
    for image, cells in zip(photographs, maps, strict=True):
        side = len(image) // len(cells)
        if (len(cells) * side, cells.shape[1] * side) != image.shape[:2]:
            raise ValueError(f"an image of shape {image.shape} cannot be divided into cells of a map {cells.shape}")
        hot = cells >= cells.max() / 2 if cells.any() else np.zeros(cells.shape, bool)
        lines.append(_around(hot, side))
        shares = np.where(np.kron(hot, np.ones((side, side))), 1, _DIMMED if cells.any() else 1)[..., np.newaxis]
        tiles.append([np.rint(image * shares).astype(np.uint8)])
    return _framed(tiles, lines, titles, 4, 2, thick=1.75)


def _around(mask, side):
    """Return the lines around the true cells of a mask, whose cells measure `side` pixels."""
    lines = []
    for flipped in (False, True):
        cells = np.pad(mask.T if flipped else mask, 1).astype(int)
        for row, changes in enumerate(np.diff(cells, axis=0)[:, 1:-1]):
            for first, last in runs(np.flatnonzero(changes).tolist()):
                ends = [(side * first, side * row), (side * (last + 1), side * row)]
                lines.append([end[::-1] for end in ends] if flipped else ends)
    return lines


def _framed(tiles, lines, titles, columns, narrow, thick=2.5):
    def draw(width):
        drawing = Drawing(width)
        _grid(drawing, tiles, columns=narrow if width == NARROW else columns, titles=titles, lines=lines, thick=thick)
        return drawing.crop()

    return BothWidths(draw)


def receptive_fields_on_image(
    image: ArrayLike, fields: Mapping[str, tuple[int, int, int]], *, columns: int = 5, narrow: int = 2
) -> BothWidths:
    """Frame on an image what the middle cell of each layer sees.

    A frame ends where the image ends, and above each picture stands the field's full size. Used in
    `experiments/what-a-layer-sees`.

    Parameters
    ----------
    image : array, (side, side, 3), uint8
    fields : dict of str to (size, jump, start)
        By the layer's name, as `cnnbook.architecture.receptive_fields` gives them.
    """
    image = np.asarray(image)
    side = len(image)
    lines = []
    for size, jump, start in fields.values():
        first = start + (side // jump // 2) * jump
        end = first + size
        lines.append([[(first, first), (end, first), (end, end), (first, end), (first, first)]])
    titles = [f"{name}\n{size}×{size}" for name, (size, *_) in fields.items()]
    return _framed([[image]] * len(fields), lines, titles, columns, narrow)
