"""A data set small enough to train on in a second, and a recipe for it."""

import dataclasses

import numpy as np

from cnnbook.data import CIFAR10
from cnnbook.training import Recipe

SIZES = {"train": 200, "valid": 40, "test": 60}
RECIPE = Recipe(name="tiny", builder="one_layer", arguments={"l2": 0.01}, epochs=2, batch_size=20)
LONGER = dataclasses.replace(RECIPE, name="longer", epochs=40)


def images(count, first):
    """Images and labels from arithmetic alone, so that no random generator's version can change them.

    The label shows in the brightness of the image's left half.
    """
    labels = (np.arange(count) * 7 + first) % 10
    cells = np.arange(count * 32 * 32 * 3, dtype=np.int64).reshape(count, 32, 32, 3)
    noise = (cells * 7919 + first * 104729) % 251 // 4
    noise[:, :, :16] += 18 * labels[:, None, None, None]
    return noise.astype("uint8"), labels


DATA = CIFAR10(*images(SIZES["train"], 0), *images(SIZES["valid"], 3), *images(SIZES["test"], 5))
