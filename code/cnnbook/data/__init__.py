"""CIFAR-10: 60,000 colour images of 32x32 pixels in ten classes, verified, with a fixed validation split.

`cifar10` gives the whole data set and downloads it the first time (139 MB). `sample` gives the 100 images that ship
with the book; it needs no network and works in a browser. Where the bytes come from is in `cnnbook.data.sources`, which
is imported when the data set is needed, and how they are checked in `cnnbook.data.layouts`.

The data set is described in A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009.
"""

import base64
import hashlib
import importlib.resources
import io
import zipfile
import zlib
from typing import NamedTuple

import numpy as np

from cnnbook.data import layouts
from cnnbook.data.files import write_atomically
from cnnbook.data.layouts import DataError

__all__ = [
    "CIFAR10",
    "CLASSES",
    "VALIDATION_PER_CLASS",
    "DataError",
    "Sample",
    "cifar10",
    "decode",
    "fetch",
    "fingerprint",
    "sample",
    "sample_texts",
    "small",
    "split",
    "test_labels",
    "write_sample",
]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
VALIDATION_PER_CLASS = 500
SAMPLE_PER_CLASS = 10


class CIFAR10(NamedTuple):
    """The data set in three parts. Images are uint8, (images, 32, 32, 3); labels are int64, (images,), 0 to 9."""

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
    """CIFAR-10 in 45,000 training, 5,000 validation and 10,000 test images; downloaded and verified if necessary.

    Parameters
    ----------
    progress : bool
        Show a bar while the data set is downloaded.

    Returns
    -------
    CIFAR10
        ``x_train, y_train, x_valid, y_valid, x_test, y_test``: images uint8, 0 to 255, in the order
        (images, height, width, channels), channels red, green, blue; labels int64, indices into `CLASSES`.
        Within each part the images keep their official order.

    Raises
    ------
    DataError
        If the data cannot be obtained or is not the official one; the message says what to do.
    """
    from cnnbook.data import sources

    _, batches = sources.obtain(progress=progress)
    *training, test = (batches[batch.name] for batch in layouts.PUBLISHED.batches)
    x, y = decode(b"".join(training))
    train_indices, valid_indices = split(y)
    return CIFAR10(x[train_indices], y[train_indices], x[valid_indices], y[valid_indices], *decode(test))


def decode(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images (uint8, `(images, 32, 32, 3)`) and labels (int64, `(images,)`) from the official binary layout.

    For each image this has a label byte, then 1,024 red, 1,024 green and 1,024 blue bytes.

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

    The official order is already shuffled, so the last ones are as random as any, and a rule without a random
    generator gives the same under every version of NumPy.

    Parameters
    ----------
    labels : array of int, (images,)
        Labels in the official order.
    per_class : int
        How many of each class to hold out.

    Returns
    -------
    (array of int, array of int)
        The indices of the training and of the validation images, both ascending.

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
        indices = np.flatnonzero(labels == label)
        if not 0 < per_class < len(indices):
            raise ValueError(
                f"cannot hold out {per_class} images of class {label}, which has {len(indices)}; "
                f"choose 1 to {len(indices) - 1}"
            )
        held_out[indices[-per_class:]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def fingerprint() -> str:
    """A digest of what the data is: the MD5 of each batch, and the rule of the split. It does not need the data.

    Keys of recorded runs contain it, since with other data they would be other runs.
    """
    rule = f"validation: the last {VALIDATION_PER_CLASS} of each class in the official order"
    return hashlib.sha256("\n".join([*(batch.md5 for batch in layouts.PUBLISHED.batches), rule]).encode()).hexdigest()


def fetch(*, progress=True):
    """Make sure that the data is on this machine, complete and verified; raises as `cifar10` does.

    Returns
    -------
    cnnbook.data.sources.Location
        ``source`` in words, and the ``folder`` that holds the data now.
    """
    from cnnbook.data import sources

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
    images, labels, indices = _shipped("images", "labels", "indices")
    return Sample(images, labels.astype(np.int64), indices.astype(np.int64))


def sample_texts(indices):
    """Images of the sample as texts for a browser's script: the bytes of each, in base 64.

    Parameters
    ----------
    indices : iterable of int
        From 0 to 99.

    Returns
    -------
    dict of str, by index
        The bytes are in the order (height, width, channel).

    Examples
    --------
    >>> {index: text[:8] for index, text in sample_texts([11]).items()}
    {11: '2dfR0tDK'}
    """
    images = sample().images
    return {index: base64.b64encode(images[index].tobytes()).decode() for index in indices}


def small():
    """The sample in three parts, as a `CIFAR10`: 60 images to train on, 20 to validate, 20 to test.

    For trying whether something runs at all, without a network; no accuracy on so few images means anything. Each part
    has equally many images of each class.

    Examples
    --------
    >>> [len(part) for part in small()]
    [60, 60, 20, 20, 20, 20]
    """
    images, labels, _ = sample()
    place = np.arange(len(labels)) % SAMPLE_PER_CLASS
    parts = (place < 6, (place >= 6) & (place < 8), place >= 8)
    return CIFAR10(*(array[part] for part in parts for array in (images, labels)))


def test_labels():
    """The labels of the 10,000 test images in their official order, int64, shipped with the book.

    They allow the accuracy of recorded predictions to be checked without the data set.
    """
    (labels,) = _shipped("test_labels")
    return labels.astype(np.int64)


test_labels.__test__ = False  # type: ignore[attr-defined]  # pytest takes the name for a test where a test module imports it


def write_sample(path):
    """Write the sample that ships with the book to the ``.npz`` file `path`, from the verified data set.

    It holds ``images``, ``labels`` and ``indices`` as `sample` gives them, and ``test_labels``. The same data gives the
    same file, byte for byte under one version of NumPy and zlib. Raises as `cifar10` does.
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


def _shipped(*names):
    """Arrays of the file that ships with the book, by name."""
    content = (importlib.resources.files("cnnbook") / "sample.npz").read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return [archive[name] for name in names]
    except (ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"sample.npz of the package cnnbook is not the file that ships with the book ({error}); install the "
            f"package again, or in a clone fetch the file with `git lfs pull`"
        ) from error
