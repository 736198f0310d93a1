"""Numbers as pixels: weights and activation maps as the images that `cnnbook.plotting.pictures` shows.

A map of numbers from 0 up is grey, in 16 steps from black to white. `signed_images` shows maps of numbers around 0,
with a mid-grey 0, and `filter_images` colour filters.
"""

import numpy as np
from numpy.typing import ArrayLike

_GREYS = 16  # of a map: the eye tells hardly more apart, and a page of 32 maps weighs a third less than with 256
_BELOW, _ZERO, _ABOVE = np.array([8, 40, 96]), 128, np.array([255, 214, 140])  # as in `labs/shades.js`


def grey_pixels(image: ArrayLike) -> np.ndarray:
    """Return an image as bytes: colours as they are, a map stretched from its lowest value to its highest."""
    image = np.asarray(image)
    if image.ndim == 3:
        return image
    lowest, highest = image.min(), image.max()
    steps = np.rint((image - lowest) * ((_GREYS - 1) / (highest - lowest or 1)))
    return (steps * (255 // (_GREYS - 1))).astype(np.uint8)


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


def signed_images(maps: ArrayLike, largest: float | None = None) -> np.ndarray:
    """Maps of numbers around 0, as images: 0 is mid-grey, above it is light orange, below it dark blue.

    The colours are those of the labs, in 15 steps on either side. Used in `arithmetic/photograph`.

    Parameters
    ----------
    maps : array, (..., height, width)
    largest : float
        What the strongest colour stands for; larger numbers have it too. By default the largest magnitude of all maps.

    Returns
    -------
    array, (..., height, width, 3), uint8

    Examples
    --------
    >>> signed_images([[1.0, 0.0, -2.0]]).tolist()
    [[[196, 174, 134], [128, 128, 128], [8, 40, 96]]]
    """
    maps = np.asarray(maps, dtype=np.float64)
    if maps.ndim < 2 or not np.isfinite(maps).all():
        raise ValueError(f"expected finite maps (..., height, width); got an array of shape {maps.shape}")
    if largest is None:
        largest = np.abs(maps).max(initial=0)
    if not largest >= 0:
        raise ValueError(f"largest must be at least 0; got {largest}")
    shares = np.rint((maps / (largest or 1)).clip(-1, 1) * (_GREYS - 1))[..., None] / (_GREYS - 1)
    ends = np.where(shares < 0, _BELOW, _ABOVE)
    return np.rint(_ZERO + np.abs(shares) * (ends - _ZERO)).astype(np.uint8)
