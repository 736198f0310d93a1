"""CIFAR-10 as the student's notebook gets it: all of it, or 100 images in the short mode."""

from cnnbook import data
from cnnbook.data import CIFAR10
from cnnbook.records import SHORT, is_short

IMAGES_NOTE = "cnnbook images"  # the key in an output's metadata under which a review finds what was shown


class Images(CIFAR10):
    """`cnnbook.data.CIFAR10` that says how many images it has, in words and for a review."""

    __slots__ = ()

    def __repr__(self):
        counts = f"{len(self.x_train):,} training, {len(self.x_valid):,} validation, {len(self.x_test):,} test images"
        if is_short():
            counts += f". {SHORT} is set: these are the sample's, and no accuracy on them means anything"
        return counts

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self)}, {IMAGES_NOTE: {"short": is_short()}}


def images() -> Images:
    """Load CIFAR-10 in its three parts; in the short mode, the 100 images that ship with the book, cut into three.

    Returns
    -------
    Images
        ``x_train, y_train, x_valid, y_valid, x_test, y_test`` as `cnnbook.data.cifar10` gives them: images uint8
        (images, 32, 32, 3), labels int64 (images,). The short mode has 60, 20 and 20 images with all ten classes in
        each part, and needs no network.

    Raises
    ------
    cnnbook.data.DataError
        As `cnnbook.data.cifar10`; never in the short mode.
    """
    return Images(*(data.small() if is_short() else data.cifar10()))
