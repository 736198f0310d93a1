"""The layouts in which CIFAR-10 is distributed, and its published checksums.

Each is brought into the official binary layout: six batches, and in each one record per image, a label byte followed
by 1,024 red, 1,024 green and 1,024 blue bytes, row by row (https://www.cs.toronto.edu/~kriz/cifar.html). In this form
each batch has one right MD5, so it does not matter who we got it from.
"""

import hashlib
import io
import json
import pickle
import warnings
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnbook import CnnBookError


class DataError(CnnBookError):
    """CIFAR-10 could not be obtained, or is not the official data set."""


class Batch(NamedTuple):
    """One of the six batches: its name, the MD5 of the binary file and that of the Python pickle."""

    name: str
    md5: str
    pickle_md5: str


class Published(NamedTuple):
    """What is known of the data set before it is downloaded; the last batch is the test batch."""

    batches: tuple[Batch, ...]
    images: int  # in each batch


# The checksums of the pickles are those that torchvision checks (torchvision/datasets/cifar.py).
PUBLISHED = Published(
    batches=(
        Batch("data_batch_1", "5dd7e06a14cb22eb9f671a540d1b7c25", "c99cafc152244af753f735de768cd75f"),
        Batch("data_batch_2", "5ea93a67294ea407fff1d09f752e9692", "d4bba439e000b95fd0a9bffe97cbabec"),
        Batch("data_batch_3", "942cd6a4bcdd0dd3c604fbe906cb4421", "54ebc095f3ab1f0389bbae665268c751"),
        Batch("data_batch_4", "ae636b3ba5c66a11e91e8cb52e771fcb", "634d18415352ddfa80567beed471001a"),
        Batch("data_batch_5", "53f37980c15c3d472c316c40844f3f0d", "482c414d41f54cd18b22e5b47cb7c3cb"),
        Batch("test_batch", "803d5f7f4d78ea53de84dbe85f74fb6d", "40351d587109b95175f43aff81a1287e"),
    ),
    images=10_000,
)
PIXELS = 3 * 32 * 32
LABEL_FILES = ("train_lables.json", "test_lables.json")  # spelled like this in the package

Read = Callable[[str], bytes]


def most_bytes(name: str) -> int:
    """How large a file of that name may be: a batch has 31 million bytes, a list of labels a hundred thousand."""
    return 1_000_000 if name.endswith(".json") else 100_000_000


def verified(batches: dict[str, bytes]) -> dict[str, bytes]:
    """Return `batches` (binary layout, by name), or raise a `DataError` at the first that is not the official one."""
    for batch in PUBLISHED.batches:
        require_md5(f"the content of {batch.name}", batches[batch.name], batch.md5)
    return batches


def table() -> dict[str, tuple[list[str], Callable[[Read], dict[str, bytes]]]]:
    """Of each layout its name, the files it consists of, and the function that decodes them.

    Such a function takes another one, ``read``, that gives the bytes of a file by its name, and returns the batches in
    the binary layout, by name, not yet `verified`.
    """
    names = [batch.name for batch in PUBLISHED.batches]
    return {
        "binary files": ([f"{name}.bin" for name in names], decode_binary),
        "Python pickles": (names, decode_pickles),
        "files of the mirror": ([*(f"{name}.png" for name in names), *LABEL_FILES], decode_mirror),
    }


def encode(labels: np.ndarray, pixels: np.ndarray) -> bytes:
    """One batch in the binary layout, 3,073 bytes per image.

    `labels` are uint8, `(images,)`; `pixels` are uint8, `(images, 3072)`: the red plane of each image, then the green,
    then the blue, row by row.

    Examples
    --------
    >>> len(encode(np.array([7], np.uint8), np.zeros((1, 3072), np.uint8)))
    3073
    """
    return np.concatenate([labels[:, None], pixels], axis=1).tobytes()


def decode_binary(read: Read) -> dict[str, bytes]:
    """Read the batches as they are."""
    return {batch.name: read(f"{batch.name}.bin") for batch in PUBLISHED.batches}


def decode_pickles(read: Read) -> dict[str, bytes]:
    """Unpickle each batch, but only once its file is known to be the published one: a pickle can run any code."""
    batches = {}
    for batch in PUBLISHED.batches:
        content = read(batch.name)
        require_md5(f"the pickle {batch.name}", content, batch.pickle_md5)
        with warnings.catch_warnings():
            # NumPy 2.4.0 to 2.4.4 warn about how files this old describe their arrays (numpy pull 31177).
            warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
            values = pickle.loads(content, encoding="bytes")
        batches[batch.name] = encode(np.array(values[b"labels"], np.uint8), values[b"data"])
    return batches


def decode_mirror(read: Read) -> dict[str, bytes]:
    """Decode PNG files with one image per row, (10000, 1024, RGB), and two lists of labels."""
    train_labels, test_labels = (_labels(read(name), name) for name in LABEL_FILES)
    images = PUBLISHED.images
    batches = {}
    for number, batch in enumerate(PUBLISHED.batches):
        last = number == len(PUBLISHED.batches) - 1
        labels = test_labels if last else train_labels[number * images : (number + 1) * images]
        pixels = _png(read(f"{batch.name}.png"), f"{batch.name}.png")
        if len(labels) != len(pixels):
            raise DataError(f"there are {len(labels)} labels for {len(pixels)} images in {batch.name}")
        batches[batch.name] = encode(labels, pixels.transpose(0, 2, 1).reshape(images, PIXELS))
    return batches


def _labels(content, name):
    try:
        return np.frombuffer(bytes(list(json.loads(content))), np.uint8)
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{name} is not a list of labels ({error})") from error


def _png(content, name):
    from PIL import Image

    size = (PIXELS // 3, PUBLISHED.images)
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            # Checked before the pixels are decoded: a small file can claim to be an image of any size.
            if image.size != size or image.mode != "RGB":
                raise DataError(f"{name} is {image.size}, {image.mode}, expected {size}, RGB (width, height)")
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, zlib.error, Image.DecompressionBombError) as error:
        raise DataError(f"{name} is not a readable PNG file ({error})") from error


def require_md5(what: str, content: bytes, expected: str) -> None:
    """Raise a `DataError` that names `what` if the MD5 of `content` is not `expected`."""
    # MD5 is enough here: making other bytes with a *given* MD5 is still out of reach, only collisions are not.
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if md5 != expected:
        raise DataError(f"{what} has the MD5 {md5}, expected {expected}")
