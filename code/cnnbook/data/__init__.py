"""CIFAR-10: 60,000 colour images of 32x32 pixels in ten classes, verified, with a fixed validation split.

`cifar10` gives the whole data set and fetches it the first time (139 MB). `sample` gives the 100 images that ship
with the book and needs no network. Where the bytes come from is in
`cnnbook.data.sources`, how they are checked in `cnnbook.data.layouts`.

The data set is described in A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009.
"""

import hashlib
import importlib.resources
import io
from typing import NamedTuple

import numpy as np

from cnnbook.data import layouts, sources
from cnnbook.data.files import write_atomically
from cnnbook.data.layouts import DataError
from cnnbook.data.sources import Found

__all__ = [
    "CIFAR10",
    "CLASSES",
    "VALIDATION_PER_CLASS",
    "DataError",
    "Found",
    "Sample",
    "cifar10",
    "decode",
    "fetch",
    "fingerprint",
    "sample",
    "small",
    "split",
    "test_labels",
    "where",
    "write_sample",
]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
VALIDATION_PER_CLASS = 500
SAMPLE_PER_CLASS = 10


class CIFAR10(NamedTuple):
    """The data set in three parts. Images are uint8, (images, 32, 32, 3); labels int64, (images,), 0 to 9."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


class Sample(NamedTuple):
    """A few test images: uint8, (100, 32, 32, 3), their labels, and their places in the official test batch."""

    images: np.ndarray
    labels: np.ndarray
    indices: np.ndarray


def cifar10(*, progress=True):
    """CIFAR-10 in 45,000 training, 5,000 validation and 10,000 test images; fetched and verified if need be.

    Parameters
    ----------
    progress : bool
        Show a bar while the data set is downloaded.

    Returns
    -------
    CIFAR10
        ``x_train, y_train, x_valid, y_valid, x_test, y_test``: images uint8, 0 to 255, in the order
        (images, height, width, channels), channels red, green, blue; labels int64, places in `CLASSES`.
        Within each part the images keep their official order.

    Raises
    ------
    DataError
        If the data cannot be had or is not the official one; the message says what to do.
    """
    _, batches = sources.obtain(progress=progress)
    *training, test = (batches[batch.name] for batch in layouts.PUBLISHED.batches)
    x, y = decode(b"".join(training))
    train_indices, valid_indices = split(y)
    return CIFAR10(x[train_indices], y[train_indices], x[valid_indices], y[valid_indices], *decode(test))


def decode(content):
    """Images and labels from the official binary layout.

    Parameters
    ----------
    content : bytes
        For each image a label byte and 1,024 red, green and blue bytes each.

    Returns
    -------
    (array of uint8 (images, 32, 32, 3), array of int64 (images,))

    Examples
    --------
    >>> images, labels = decode(bytes([6]) + bytes([255] * 1024 + [0] * 2048))
    >>> labels, images.shape, images[0, 0, 0]
    (array([6]), (1, 32, 32, 3), array([255,   0,   0], dtype=uint8))
    """
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + layouts.PIXELS)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].astype(np.int64)


def split(labels, per_class=VALIDATION_PER_CLASS):
    """Which training images are held out for validation: the last of each class, in the official order.

    The official order is shuffled already, so the last ones are as random as any, and a rule without a random
    generator is the same under every version of NumPy.

    Parameters
    ----------
    labels : array of int, (images,)
        Labels in the official order.
    per_class : int
        How many of each class to hold out.

    Returns
    -------
    (array of int, array of int)
        The places of the training and of the validation images, both ascending.

    Raises
    ------
    ValueError
        If a class would keep no training image.

    Examples
    --------
    >>> split(np.array([0, 1, 1, 0, 0, 1]), per_class=1)
    (array([0, 1, 2, 3]), array([4, 5]))
    """
    labels = np.asarray(labels)
    held_out = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        if not 0 < per_class < len(places):
            raise ValueError(
                f"cannot hold out {per_class} images of class {label}, which has {len(places)}; "
                f"choose 1 to {len(places) - 1}"
            )
        held_out[places[-per_class:]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def fingerprint():
    """A digest of what the data is: the MD5 of each batch, and the rule of the split. It does not need the data.

    Returns
    -------
    str
        64 hexadecimal digits. Recorded runs keep it in their key: with other data they would be other runs.
    """
    rule = f"validation: the last {VALIDATION_PER_CLASS} of each class in the official order"
    return hashlib.sha256("\n".join([*(batch.md5 for batch in layouts.PUBLISHED.batches), rule]).encode()).hexdigest()


def where():
    """Where on this machine the verified data is, without fetching anything.

    Returns
    -------
    Found or None
        ``source`` in words and ``folder``; None if the data is not here yet.

    Raises
    ------
    DataError
        If ``CNNBOOK_DATA`` is set and wrong.
    """
    found = sources.look()
    return found[0] if found else None


def fetch(*, progress=True):
    """Make sure that the data is on this machine, complete and verified.

    Returns
    -------
    Found
        ``source`` in words, and the ``folder`` that holds the data now.

    Raises
    ------
    DataError
        As `cifar10`.
    """
    return sources.obtain(progress=progress)[0]


def sample():
    """The 100 test images that ship with the book, for figures and for work without a network.

    Returns
    -------
    Sample
        ``images`` uint8 (100, 32, 32, 3), ``labels`` int64 (100,), ``indices`` int64 (100,) in the test batch: of each
        class the first ten test images in their official order, class after class, so that
        ``images.reshape(10, 10, 32, 32, 3)`` has a row for each class.

    Examples
    --------
    >>> images, labels, indices = sample()
    >>> images.shape, [CLASSES[label] for label in labels[::10][:3]]
    ((100, 32, 32, 3), ['airplane', 'automobile', 'bird'])
    """
    arrays = _shipped()
    return Sample(arrays["images"], arrays["labels"].astype(np.int64), arrays["indices"].astype(np.int64))


def small():
    """The sample in three parts, in the form of `cifar10`: 60 images to train on, 20 to validate, 20 to test.

    For trying whether something runs at all, without a network; no accuracy on so few images means anything.

    Returns
    -------
    CIFAR10
        Of each class six, two and two images.

    Examples
    --------
    >>> [len(part) for part in small()]
    [60, 60, 20, 20, 20, 20]
    """
    shipped = sample()
    place = np.arange(len(shipped.labels)) % SAMPLE_PER_CLASS
    parts = (place < 6, (place >= 6) & (place < 8), place >= 8)
    return CIFAR10(*(array[part] for part in parts for array in (shipped.images, shipped.labels)))


def test_labels():
    """The labels of the 10,000 test images in their official order, int64, shipped with the book.

    With them the accuracy of recorded predictions can be checked without the data set.
    """
    return _shipped()["test_labels"].astype(np.int64)


test_labels.__test__ = False  # pytest takes the name for a test where a test module imports it


def write_sample(path):
    """Write the sample that ships with the book, from the verified data set.

    The same data gives the same file, byte for byte under one version of NumPy and zlib.

    Parameters
    ----------
    path : str or Path
        The ``.npz`` file to write: ``images``, ``labels``, ``indices`` as `sample` gives them, and ``test_labels``.

    Raises
    ------
    DataError
        As `cifar10`.
    """
    data = cifar10()
    indices = np.concatenate([np.flatnonzero(data.y_test == label)[:SAMPLE_PER_CLASS] for label in range(len(CLASSES))])
    arrays = {
        "images": data.x_test[indices],
        "labels": data.y_test[indices].astype(np.uint8),
        "indices": indices.astype(np.uint16),
        "test_labels": data.y_test.astype(np.uint8),
    }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_atomically(path, content.getvalue())


def _shipped():
    content = (importlib.resources.files("cnnbook") / "sample.npz").read_bytes()
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return dict(archive)
