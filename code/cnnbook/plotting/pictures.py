"""Pictures made of pixels: sample images and weight images. Pages show them with `cnnbook.plotting.png`."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook.plotting.primitives import canvas, write
from cnnbook.plotting.style import PNG_DPI


def _picture(axes, image, x, y, **look):
    """Show `image` on the unit square with its upper left corner at (x, y), pixel by pixel."""
    axes.imshow(image, extent=(x, x + 1, y + 1, y), interpolation="nearest", **look)


def class_samples(
    images: np.ndarray,
    labels: ArrayLike,
    class_names: Sequence[str],
    *,
    columns: int = 10,
    axes: Axes | None = None,
) -> Axes:
    """Show the first `columns` images of every class, a row for each class: figure 3 of the practical.

    Show it with `cnnbook.plotting.png`. Used in `experiments/data`.

    Parameters
    ----------
    images : array, (images, height, width, 3)
        uint8, or floats in 0-1.
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
    pitch, left = 34 / 32, 68 / 32  # whole pixels of 32 x 32 images: none is drawn wider than the next
    axes = canvas(left + pitch * columns, pitch * len(class_names), axes, cell=64 / PNG_DPI)
    for row, (name, indices) in enumerate(zip(class_names, chosen, strict=True)):
        write(axes, left - 0.15, pitch * row + 0.5, name, size=11, ha="right")
        for column, index in enumerate(indices):
            _picture(axes, images[index], left + pitch * column, pitch * row)
    return axes


def normalise_channels(image: ArrayLike) -> np.ndarray:
    """Stretch each channel of an image to 0-255 on its own.

    The lowest value of a channel becomes 0 and its highest 255. A channel of one value holds no contrast to show and
    becomes mid-grey, 128. Used in `experiments/one-layer`.

    Parameters
    ----------
    image : array, (height, width, channels)
        Finite numbers.

    Returns
    -------
    array, (height, width, channels), uint8

    Examples
    --------
    >>> normalise_channels([[[-1.0, 5.0], [1.0, 5.0]]]).tolist()
    [[[0, 128], [255, 128]]]
    """
    image = np.asarray(image, dtype=np.float64)
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(f"expected an image (height, width, channels); got an array of shape {image.shape}")
    if not np.isfinite(image).all():
        raise ValueError(f"expected finite values; {np.count_nonzero(~np.isfinite(image))} of {image.size} are not")
    # Scaled by the largest magnitude first: the range of very large values would overflow, of very small ones vanish.
    scaled = image / np.maximum(np.abs(image).max(axis=(0, 1)), np.finfo(np.float64).tiny)
    lowest = scaled.min(axis=(0, 1))
    width = scaled.max(axis=(0, 1)) - lowest
    constant = width == 0
    stretched = np.where(constant, 128.0, (scaled - lowest) / np.where(constant, 1.0, width) * 255.0)
    return np.rint(stretched).astype(np.uint8)


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


def weight_images(
    kernels: ArrayLike | Mapping[str, ArrayLike],
    class_names: Sequence[str],
    *,
    columns: int = 5,
    axes: Axes | None = None,
) -> Axes:
    """Show the weights of each class as an image, each channel stretched on its own: figure 4 of the practical.

    Several kernels stand in rows one above the other, class by class. Show it with `cnnbook.plotting.png`. Used in
    `experiments/one-layer`.

    Parameters
    ----------
    kernels : array, (height * width * 3, classes) or (height, width, 3, classes); or a dict of them
        Weights of a dense layer on images; or of several, by the label of their row.
    columns : int
        Classes side by side.
    """
    kernels = kernels if isinstance(kernels, Mapping) else {"": kernels}
    images = {label: _class_images(kernel, len(class_names)) for label, kernel in kernels.items()}
    pitch, left, name_height = 34 / 32, 12 / 32 if any(images) else 2 / 32, 11 / 32
    block = name_height + pitch * len(images) + 4 / 32
    width, height = left + pitch * columns, block * math.ceil(len(class_names) / columns)
    axes = canvas(width, height, axes, cell=128 / PNG_DPI)
    for index, name in enumerate(class_names):
        x, top = left + pitch * (index % columns), block * (index // columns)
        write(axes, x + 0.5, top + 0.18, name, size=11)
        for row, (label, of_classes) in enumerate(images.items()):
            y = top + name_height + pitch * row
            _picture(axes, normalise_channels(of_classes[index]), x, y)
            if index % columns == 0:
                write(axes, left - 0.2, y + 0.5, label, size=11, rotation=90)
    return axes


def picture_grid(
    images: Sequence[ArrayLike],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    size: float = 0.8,
    axes: Axes | None = None,
) -> Axes:
    """Show images side by side, in rows of `columns`, each with its title above. Show it with `cnnbook.plotting.png`.

    Used in `experiments/simple-cnn`.

    Parameters
    ----------
    images : sequence of arrays
        Colour images (height, width, 3), uint8; or maps (height, width), each stretched from its own lowest value,
        dark, to its highest, light.
    titles : sequence of str, optional
        One for each image; line breaks are kept.
    size : float
        Inches of each image.
    """
    pixels = [np.asarray(image) for image in images]
    titles = [""] * len(pixels) if titles is None else list(titles)
    if not pixels or len(titles) != len(pixels):
        raise ValueError(f"expected at least one image and a title for each; got {len(pixels)} and {len(titles)}")
    lines = max(title.count("\n") + bool(title) for title in titles)
    gap, head = 0.06 / size, 0.17 * lines / size
    rows = math.ceil(len(pixels) / columns)
    width, height = gap + (1 + gap) * min(columns, len(pixels)), (1 + head + gap) * rows
    axes = canvas(width, height, axes, cell=size)
    for index, (image, title) in enumerate(zip(pixels, titles, strict=True)):
        x, y = gap + (1 + gap) * (index % columns), (1 + head + gap) * (index // columns)
        write(axes, x + 0.5, y + head / 2, title, size=9, linespacing=1.1)
        _picture(axes, image, x, y + head, **({} if image.ndim == 3 else {"cmap": "magma"}))
    return axes


def filter_images(kernel: ArrayLike) -> np.ndarray:
    """The filters of a convolution on colour images, as images: 0 is mid-grey, the largest weight of a filter 1 or 255.

    Each filter is scaled on its own and its channels together, so that its colour is what it looks for. Used in
    `experiments/simple-cnn`.

    Parameters
    ----------
    kernel : array, (height, width, 3, filters)

    Returns
    -------
    array, (filters, height, width, 3), uint8

    Examples
    --------
    >>> filter_images([[[[1.0], [0.0], [-2.0]]]]).tolist()
    [[[[192, 128, 1]]]]
    """
    kernel = np.asarray(kernel, dtype=np.float64)
    if kernel.ndim != 4 or kernel.shape[2] != 3:
        raise ValueError(f"expected a kernel (height, width, 3, filters); got shape {kernel.shape}")
    filters = np.moveaxis(kernel, -1, 0)
    largest = np.abs(filters).max(axis=(1, 2, 3), keepdims=True)
    return np.rint(128 + 127 * filters / np.where(largest == 0, 1, largest)).astype(np.uint8)


def heat_on_image(image: ArrayLike, heat: ArrayLike) -> np.ndarray:
    """Lay a coarse map over an image: the image in grey, red where the map is high.

    The map's cells are enlarged without smoothing, for it knows no more than that. Used in
    `experiments/what-a-layer-sees`.

    Parameters
    ----------
    image : array, (height, width, 3), uint8
    heat : array, (rows, columns)
        At least 0; the image's height and width are multiples of `rows` and `columns`.

    Returns
    -------
    array, (height, width, 3), uint8
    """
    image, heat = np.asarray(image), np.asarray(heat, dtype=np.float64)
    times = [side // cells for side, cells in zip(image.shape, heat.shape, strict=False)]
    if (heat.shape[0] * times[0], heat.shape[1] * times[1]) != image.shape[:2]:
        raise ValueError(f"an image of shape {image.shape} cannot be divided into cells of a map {heat.shape}")
    strength = np.kron(heat / (heat.max() or 1), np.ones(times))[..., None]
    grey = image.mean(axis=-1, keepdims=True) * np.ones(3)
    return np.rint(grey * (1 - 0.6 * strength) + 0.6 * strength * np.array([230.0, 40.0, 20.0])).astype(np.uint8)
