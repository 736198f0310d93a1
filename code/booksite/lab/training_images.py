"""Images of CIFAR-10 for the lab in which a reader trains: pictures that hold many of them, in scripts of the site.

They are made at build time from the verified data set where it is on this machine, and never enter the repository: the
data set has no licence, and whoever publishes a site decides whether it carries them. ``cnnbook_training_images`` in
``_config.yml`` says how many there are to train on: 2,000, 10,000 or none (0). 500 test images come with them.

A picture is a WebP file, since 2,500 images without loss are eight times as large; a page reads its pixels, so that a
reader trains on what is seen. Images take turns by class, so the class of each is its number modulo ten.
"""

import base64
import io
import json

import numpy as np
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from booksite.scripts import module_of, write_if_new
from booksite.theme.npm_packages import vendored_folder
from cnnbook import data, experiments
from cnnbook.data import sources

#: How many images the setting may offer, and how many of them a script brings first.
COUNTS = (0, 2_000, 10_000)
FIRST, TESTED = 2_000, 500

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


def scripts(images: data.CIFAR10, count: int) -> dict[str, str]:
    """The scripts with `count` images to train on, by file name; the first has the test images before them."""
    tested = by_turns(images.x_test, images.y_test, 0, TESTED)
    train = images.x_train, images.y_train
    files = {"training-images-0.js": script(np.concatenate([tested, by_turns(*train, 0, FIRST)]))}
    if count > FIRST:
        files["training-images-1.js"] = script(by_turns(*train, FIRST, count - FIRST))
    return files


def local_images() -> data.CIFAR10 | None:
    """The data set if it is on this machine, without a download."""
    return data.cifar10(progress=False) if sources.look() else None


def write_scripts(app: Sphinx, config: Config) -> None:
    """Write the scripts that the lab loads after a click, if the book has it: weights of all epochs, and images.

    Afterwards the setting says how many images the site has; where the data set is not at hand it has none.
    """
    count = config.cnnbook_training_images
    if count not in COUNTS:
        raise ConfigError(f"cnnbook_training_images is {count!r}; use one of {', '.join(map(str, COUNTS))}")
    if not module_of(app.srcdir, "lab-train").is_file():
        return
    folder = vendored_folder(app)
    write_if_new(
        folder / "epochs-simple-cnn.js", f"globalThis.bookEpochs = {json.dumps(experiments.recorded_epochs())};"
    )
    images = local_images() if count else None
    files = scripts(images, count) if images else {}
    for old in folder.glob("training-images-*.js"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        write_if_new(folder / name, text)
    config.cnnbook_training_images = count if files else 0


def offered(config: Config) -> list[int]:
    """How many images a reader may train on, as the lab wants it."""
    return [count for count in COUNTS if 0 < count <= config.cnnbook_training_images]


def setup(app: Sphinx) -> None:
    app.add_config_value("cnnbook_training_images", FIRST, "env", types=[int])
    app.connect("config-inited", write_scripts)
