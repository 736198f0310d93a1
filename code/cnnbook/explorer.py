"""The lab that looks into a network, for a model of the reader's own: one HTML file that needs no network, or a widget.

    explorer.show(model, images, labels)                                # in a notebook
    python -m cnnbook explorer my_model.keras --images folder           # writes my_model.html

It knows the layers of `cnnbook.engine.describe`.
"""

import base64
import hashlib
import html
import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnbook import CnnBookError, data, engine, lab

#: As many images, and as many pixels of a side, fit into one file that opens quickly.
MOST_IMAGES, MOST_PIXELS = 200, 128

#: Of a file that is cut and scaled, as in the lab.
MOST_PIXELS_READ = 50_000_000

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{digest}' 'wasm-unsafe-eval';
 style-src 'unsafe-inline'; img-src data: blob:; worker-src blob:; connect-src data: blob:; base-uri 'none';
 form-action 'none'">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }}
body {{ max-width: 46rem; margin: 0 auto; padding: 1rem; font-family: system-ui, sans-serif; line-height: 1.5; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #14181f; color: #e6e8ee; }} }}</style>
</head>
<body data-jp-theme-light="true">
<main class="bd-article"><h1>{title}</h1><div id="place"></div></main>
<script type="application/json" id="model">{model}</script>
<script type="module">{script}</script>
</body>
</html>
"""

_SCRIPT = """
document.body.dataset.jpThemeLight = String(!matchMedia("(prefers-color-scheme: dark)").matches);
{script}
const values = JSON.parse(document.getElementById("model").textContent);
const model = {{ get: (name) => values[name], set() {{}}, save_changes() {{}}, on() {{}}, off() {{}} }};
{labs}.render({{ model, el: document.getElementById("place") }});
"""


def show(
    model: keras.Model, images: ArrayLike | None = None, labels: Sequence[int] | None = None, **options: Any
) -> Any:
    """Return the lab as a widget, which a notebook shows.

    Parameters
    ----------
    model, images, labels, **options
        As for `write`.

    Returns
    -------
    anywidget.AnyWidget
        Or, where anywidget is not installed, a `cnnbook.lab.Note` that says so.
    """
    state, view = _contents(model, images, labels, **options)
    return lab.widget("network", state, view)


def write(
    model: keras.Model, images: ArrayLike | None = None, labels: Sequence[int] | None = None, **options: Any
) -> str:
    """Write the lab as one HTML page, which loads nothing.

    Parameters
    ----------
    model : keras.Model
        Sequential, or with shortcuts that are added, of the layers that `cnnbook.engine.describe` knows; its input is
        square, with one or three channels, its output a number for each class. Where its last layer gives scores, a
        softmax is put behind it.
    images : array, (images, height, width) or (images, height, width, channels), values 0 to 255
        At most 200, of the model's size. Without them, for a model of 32x32 colour images, the book's sample.
    labels : sequence of int, (images,)
        Their classes, counted from 0; without them the lab does not count how many are right.
    classes : sequence of str
        Names of the classes, one for each output of the model.
    divide : float
        What the pixels are divided by, for a model that takes values from 0 to 1: 255.
    name : str
        What the page calls the model.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the model has a layer that the lab does not know, or the images or their classes do not fit it.
    """
    state, view = _contents(model, images, labels, **options)
    script = lab.script_text()
    export = re.search(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$", script)
    if not export:
        raise CnnBookError("the script labs.mjs does not end with what it exports; make it again with `make book`")
    contents = {"kind": "network", "state": state, "view": view, "colors": lab.colors()}
    # The page's policy allows this script alone, by its digest.
    script = _SCRIPT.format(script=script[: export.start()].replace("</script", "<\\/script"), labs=export[1])
    return _PAGE.format(
        title=html.escape(f"Look inside {state['network']}"),
        model=json.dumps(contents, allow_nan=False).replace("<", "\\u003c"),
        script=script,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _contents(
    model: keras.Model,
    images: ArrayLike | None,
    labels: Sequence[int] | None,
    *,
    classes: Sequence[str] | None = None,
    divide: float = 1,
    name: str = "",
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lab's first state, and what it needs besides."""
    name = name or model.name
    rows, channels, outputs = _sizes(model)
    description = engine.describe_inside(model)
    last = description["layers"][-1]
    if "softmax" not in (last.get("activation"), last["type"].lower()):
        description["layers"].append({"name": "softmax of the scores", "type": "Softmax", "shape": last["shape"]})
    weights = engine.flat_weights(model)
    if unusable := np.count_nonzero(~np.isfinite(weights)):
        raise ValueError(
            f"{unusable:,} of the model's weights are NaN or infinite; the lab needs weights that are finite"
        )
    if not 0 < divide < math.inf:
        raise ValueError(f"got divide={divide}; use what the pixels are divided by, such as 255")
    description["divide"] = divide
    if images is None:
        if (rows, channels) != (32, 3):
            raise ValueError(
                f"images are needed, since the book's sample is 32x32x3 and the model takes {rows}x{rows}x{channels}"
            )
        if outputs != len(data.CLASSES):
            raise ValueError(
                f"images are needed, since the book's sample has {len(data.CLASSES)} classes and the model {outputs}"
            )
        sample = data.sample()
        images, labels, classes = sample.images, sample.labels.tolist(), classes or data.CLASSES
    pictures = _as_colour(np.asarray(images), rows)
    if classes and len(classes) != outputs:
        raise ValueError(
            f"there are names of {len(classes)} classes ({', '.join(list(classes)[:12])}), and the model has {outputs} "
            f"outputs; name them all, in the order of the outputs, or give the images' classes as numbers from 0"
        )
    numbers: Sequence[int | None] = [None] * len(pictures)
    if labels is not None:
        numbers = _class_numbers(labels, len(pictures), outputs)
    texts = {number: base64.b64encode(picture.tobytes()).decode() for number, picture in enumerate(pictures)}
    view = {
        "networks": {name: description},
        "single": {name: base64.b64encode(weights.astype("<f4").tobytes()).decode()},
        "set": {"images": texts, "size": [rows, rows], "labels": numbers},
        "classes": list(classes or []),
        "isOwn": True,
    }
    return {"network": name, "image": 0}, view


def _sizes(model: keras.Model) -> tuple[int, int, int]:
    """The side and the channels of the images that a model takes, and how many outputs it has.

    Raises
    ------
    ValueError
        If the lab cannot show such a model.
    """
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"the model {model.name!r} does not say what it takes in: the lab shows sequential and functional models; "
            "begin yours with a keras.Input of fixed size, such as keras.Input((32, 32, 3))"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"the model has {_count(model.inputs, 'input')} and {_count(model.outputs, 'output')}; the lab shows "
            "models with one of each"
        )
    inside, out = model.inputs[0].shape[1:], model.outputs[0].shape[1:]
    if len(inside) != 3 or None in inside:
        raise ValueError(
            f"the model takes {_by(inside)}; the lab shows images of a fixed size, with rows, columns and channels: "
            "build it with a keras.Input such as (32, 32, 3)"
        )
    rows, columns, channels = inside
    if rows != columns or channels not in (1, 3) or rows > MOST_PIXELS:
        first = " (channels come last)" if rows in (1, 3) else ""
        raise ValueError(
            f"the model takes {_by(inside)}; the lab shows square images of up to {MOST_PIXELS} pixels, with 1 or 3 "
            f"channels{first}"
        )
    if len(out) != 1 or out[0] in (None, 1):
        raise ValueError(
            f"the model gives {_by(out)} for an image; the lab shows networks that give a row of at least two numbers, "
            "one for each class: let yours end with a Dense layer of as many units"
        )
    return rows, channels, out[0]


def _count(values: Sequence[Any], noun: str) -> str:
    return f"{len(values)} {noun}{'s' * (len(values) != 1)}"


def _by(shape: Sequence[int | None]) -> str:
    """A shape in words: 32x32x3, where any size goes ?x?x3."""
    sizes = "x".join("?" if size is None else str(size) for size in shape)
    return f"{sizes} numbers" if len(shape) == 1 else sizes


def _class_numbers(labels: ArrayLike, count: int, outputs: int) -> list[int]:
    """The images' classes as numbers, if they are that."""
    numbers = np.asarray(labels)
    if numbers.shape == (count, 1):  # as Keras gives the labels of CIFAR-10
        numbers = numbers[:, 0]
    if len(numbers) != count:
        raise ValueError(f"there are {count} images and {len(numbers)} labels; give one for each")
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise ValueError(
            f"the labels have the shape {numbers.shape} and the type {numbers.dtype}; give the number of a class for "
            "each image"
        )
    wrong = numbers[(numbers < 0) | (numbers >= outputs)]
    if len(wrong):
        raise ValueError(
            f"an image has the class {wrong[0]}, and the model has {outputs} outputs; classes are numbers from 0 to "
            f"{outputs - 1}"
        )
    return numbers.tolist()


def _as_colour(images: np.ndarray, side: int) -> np.ndarray:
    """Images as bytes, red, green and blue."""
    pictures = images[..., None] if images.ndim == 3 else images
    if (
        pictures.ndim != 4
        or pictures.shape[1:3] != (side, side)
        or pictures.shape[3] not in (1, 3)
        or not len(pictures)
    ):
        raise ValueError(
            f"the images have the shape {images.shape}; the model takes (images, {side}, {side}, channels)"
        )
    if len(pictures) > MOST_IMAGES:
        raise ValueError(f"there are {len(pictures)} images; up to {MOST_IMAGES} fit into the page")
    are_shares = pictures.dtype.kind == "f" and 0 < pictures.max() <= 1
    if not np.isfinite(pictures).all() or pictures.min() < 0 or pictures.max() > 255 or are_shares:
        raise ValueError(
            f"the images have values from {pictures.min()} to {pictures.max()}; give them from 0 to 255, and `divide` "
            "what the model takes them divided by"
        )
    return np.repeat(pictures, 3 // pictures.shape[3], axis=3).round().astype("uint8")


class Images(NamedTuple):
    """What a folder has for the lab; `left_out` says in a sentence what of it the lab does not take, if anything."""

    images: np.ndarray
    labels: list[int] | None
    classes: list[str] | None
    left_out: str


def read_folder(folder: Path, labels: Path | None, model: keras.Model) -> Images:
    """Read the images of a folder, cut to their middle square and scaled to the model's size, with their classes.

    More than 200 images do not fit: then there are equally many of each class, as far as they go.

    Parameters
    ----------
    folder : Path
        With image files; or with a folder of them for each class. The folders are counted in the alphabetical order of
        their names, as ``keras.utils.image_dataset_from_directory`` does, also where the names are digits; one without
        images counts too. What begins with a dot is left out.
    labels : Path
        A text file with a line for each image: its name, or its path from the folder on, a comma, and its class. Where
        all classes are whole numbers, they are the numbers of the model's outputs, from 0; else they are names, and
        counted in their alphabetical order.
    model : keras.Model
        What the images are for.

    Returns
    -------
    Images
        Images (images, side, side, 3), uint8; their labels and the names of the classes, None where nothing tells them.

    Raises
    ------
    CnnBookError
        If there is no image, one cannot be read, or its class is not told.
    """
    if not folder.is_dir():
        raise CnnBookError(f"there is no image in {folder}, since it is not a folder; name one that has images")
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not _is_hidden(path.relative_to(folder))
    )
    if not files:
        raise CnnBookError(
            f"there is no image in {folder}; it needs files that end with {', '.join(sorted(_SUFFIXES))}"
        )
    names = _names_in_file(labels, files, folder) if labels else _names_of_folders(files, folder)
    chosen = _evenly(files, names)
    pictures = np.stack([_read(path, _sizes(model)[0]) for path in chosen])
    left_out = f"{len(chosen)} of {len(files)} images fit into the page, " if len(chosen) < len(files) else ""
    if not names:
        return Images(pictures, None, None, left_out and f"{left_out}taken at equal distances")
    left_out = left_out and f"{left_out}equally many of each class as far as they go"
    if labels and all(re.fullmatch(r"[+-]?\d+", name) for name in names.values()):
        return Images(pictures, [int(names[path]) for path in chosen], None, left_out)
    folders = (
        set()
        if labels
        else {path.name for path in folder.iterdir() if path.is_dir() and not _is_hidden(Path(path.name))}
    )
    classes = sorted({*names.values(), *folders})
    return Images(pictures, [classes.index(names[path]) for path in chosen], classes, left_out)


def _is_hidden(path: Path) -> bool:
    """Whether a file lies in a folder that systems hide, or is hidden itself: Keras leaves those out, too."""
    return any(part.startswith(".") for part in path.parts)


def _names_of_folders(files: Sequence[Path], folder: Path) -> dict[Path, str]:
    """The class of each file by the folder that it lies in; none where all lie in the one folder."""
    names = {path: path.relative_to(folder).parts[0] for path in files if path.parent != folder}
    if names and len(names) < len(files):
        loose = next(path for path in files if path not in names)
        raise CnnBookError(
            f"{loose} lies beside folders of images; move it into the folder of its class, or tell the classes in a "
            "file of labels"
        )
    return names


def _names_in_file(labels: Path, files: Sequence[Path], folder: Path) -> dict[Path, str]:
    """The class of each file as a file of labels tells it, by the file's path or, where that is enough, its name."""
    told: dict[str, str] = {}
    try:
        lines = labels.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise CnnBookError(
            f"{labels} is not text in UTF-8; save it as that, in a spreadsheet as “CSV UTF-8”"
        ) from error
    except OSError as error:
        raise CnnBookError(f"{labels} cannot be read ({error.strerror}); name a file of labels") from error
    for line in filter(str.strip, lines):
        name, comma, label = (part.strip() for part in line.rpartition(","))
        if not comma or not label:
            raise CnnBookError(f"{labels} has the line {line!r}; write on each an image's name, a comma, its class")
        if told.setdefault(name, label) != label:
            raise CnnBookError(
                f"{labels} says of {name} that it is {told[name]}, and that it is {label}; keep one line"
            )
    names = {}
    counts = Counter(path.name for path in files)
    for path in files:
        inside = path.relative_to(folder).as_posix()
        if inside not in told and path.name in told and counts[path.name] > 1:
            raise CnnBookError(
                f"{labels} names {path.name}, and there are {counts[path.name]} files of this name, {inside} among "
                "them; write their paths from the folder on"
            )
        name = inside if inside in told else path.name
        if name not in told:
            raise CnnBookError(f"{labels} does not name the image {inside}; write a line for it")
        names[path] = told[name]
    return names


def _evenly(files: Sequence[Path], names: dict[Path, str]) -> list[Path]:
    """As many files as the lab takes: of each class equally many while there are; without classes, spread over all."""
    if len(files) <= MOST_IMAGES:
        return list(files)
    if not names:
        return [files[number * len(files) // MOST_IMAGES] for number in range(MOST_IMAGES)]
    groups = [[path for path in files if names[path] == name] for name in sorted(set(names.values()))]
    by_turns = filter(None, chain.from_iterable(zip_longest(*groups)))
    return sorted(path for path, _ in zip(by_turns, range(MOST_IMAGES), strict=False))


def _read(path: Path, side: int) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # said below, of fewer pixels
            image = Image.open(path)
        with image:
            if image.width * image.height > MOST_PIXELS_READ:
                raise CnnBookError(
                    f"{path} has {image.width * image.height / 1e6:.0f} million pixels; up to "
                    f"{MOST_PIXELS_READ / 1e6:.0f} million fit: make it smaller first"
                )
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            white = Image.new("RGBA", upright.size, "white")  # behind what is transparent, as in the lab
            opaque = Image.alpha_composite(white, upright).convert("RGB")
            return np.asarray(ImageOps.fit(opaque, (side, side), Image.Resampling.LANCZOS))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise CnnBookError(f"{path} cannot be read as an image: {error}") from error
