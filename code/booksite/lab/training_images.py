"""Images of CIFAR-10 for the lab in which a reader trains: pictures that hold many of them, in scripts of the site.

They are made at build time from the verified data set where it is on this machine, and never enter the repository: the
data set has no licence, and whoever publishes a site decides whether it carries them. ``cnnbook_training_images`` in
``_config.yml`` says how many there are to train on first: 2,000, or none (0). With them come 500 test images and, for a
reader who asks for more, another 8,000 in a script of their own.

A picture is a WebP file, since 2,500 images without loss are eight times as large; a page reads its pixels, so that a
reader trains on what is seen. Images take turns by class, so the class of each is its number modulo ten.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, features
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from booksite.digests import file_digest
from booksite.scripts import module_of, write_if_new
from booksite.theme.npm_packages import vendored_folder
from cnnbook import data, experiments
from cnnbook.data import sources

#: How many images a reader trains on first, on how many who asks for more, and on how many both are tested.
FIRST, MORE, TESTED = 2_000, 10_000, 500

#: Images side by side in a picture, and how good it is, of 100.
COLUMNS, QUALITY = 50, 70


def by_turns(images: np.ndarray, labels: np.ndarray, first: int, count: int) -> np.ndarray:
    """From `first` on `count` images, of each class equally many, which take turns: class 0, 1, ..., 9, 0, ...

    Examples
    --------
    >>> by_turns(np.arange(40), np.arange(40) // 4, 10, 20)
    array([ 1,  5,  9, 13, 17, 21, 25, 29, 33, 37,  2,  6, 10, 14, 18, 22, 26,
           30, 34, 38])
    """
    classes = len(data.CLASSES)
    chosen = [
        np.flatnonzero(labels == label)[first // classes : (first + count) // classes] for label in range(classes)
    ]
    return images[np.stack(chosen, axis=1).ravel()]


def script(images: np.ndarray) -> str:
    """A script that leaves a picture of these images as `bookTraining`, with the mean of all its numbers.

    Browsers that guard against fingerprints change what a page reads of a picture; by the mean the page sees it.
    """
    count, side = images.shape[:2]
    columns = min(COLUMNS, count)
    tiles = images.reshape(count // columns, columns, side, side, 3).swapaxes(1, 2)
    file = io.BytesIO()
    picture = Image.fromarray(tiles.reshape(-1, columns * side, 3))
    picture.save(file, "WEBP", quality=QUALITY, method=6)
    with Image.open(file) as decoded:
        mean = float(np.asarray(decoded.convert("RGB")).mean())
    address = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
    return f"globalThis.bookTraining = {json.dumps({'picture': address, 'columns': columns, 'mean': mean})};"


def scripts(images: data.CIFAR10) -> tuple[str, str]:
    """The script with the images to test on and those to train on first, and the script with more of the latter."""
    tested = by_turns(images.x_test, images.y_test, 0, TESTED)
    train = images.x_train, images.y_train
    return script(np.concatenate([tested, by_turns(*train, 0, FIRST)])), script(by_turns(*train, FIRST, MORE - FIRST))


def local_images() -> data.CIFAR10 | None:
    """The data set if it is on this machine, without a download."""
    return data.cifar10(progress=False) if sources.look() else None


def write_scripts(app: Sphinx, config: Config) -> None:
    """Write the scripts that the lab loads after a click, if the book has it: weights of all epochs, and images.

    Afterwards the setting says how many images the site has; where the data set is not at hand it has none.
    """
    count = config.cnnbook_training_images
    if count not in (0, FIRST):
        raise ConfigError(f"cnnbook_training_images is {count!r}; use {FIRST}, or 0 for none")
    if not module_of(app.srcdir, "lab-train").is_file():
        return
    folder = vendored_folder(app)
    write_if_new(
        folder / "epochs-simple-cnn.js", f"globalThis.bookEpochs = {json.dumps(experiments.recorded_epochs())};"
    )
    config.cnnbook_training_images = count if count and write_images(folder) else 0
    if not config.cnnbook_training_images:
        for file in image_files(folder):
            file.unlink(missing_ok=True)


def image_files(folder: Path) -> list[Path]:
    """The scripts of `scripts`, in their order."""
    return [folder / f"training-images-{number}.js" for number in range(2)]


def write_images(folder: Path) -> bool:
    """Write the scripts with images, unless they stand there from an earlier build; gives whether they do then.

    To read and verify the data set, and to make the pictures, takes half a minute. The note has a hidden name, so that
    it does not get into the site.
    """
    note, files = folder / ".training-images-made-from", image_files(folder)
    made_from = file_digest(Path(__file__).parent, [Path(__file__)], data.fingerprint(), features.version("webp"))
    if note.is_file() and note.read_text("utf-8") == made_from and all(file.is_file() for file in files):
        return True
    images = local_images()
    if not images:
        return False
    for file, text in zip(files, scripts(images), strict=True):
        write_if_new(file, text)
    note.write_text(made_from, "utf-8")
    return True


def offered(config: Config) -> list[int]:
    """How many images a reader may train on, as the lab wants it."""
    return [FIRST, MORE] if config.cnnbook_training_images else []


def setup(app: Sphinx) -> None:
    app.add_config_value("cnnbook_training_images", 0, "env", types=[int])
    app.connect("config-inited", write_scripts)
