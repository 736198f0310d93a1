"""The lab that looks into a network, for a model of the reader's own: one HTML file that needs no network, or a widget.

    explorer.show(model, images, labels)                                # in a notebook
    python -m cnnbook explorer my_model.keras --images folder           # writes my_model.html

It knows the layers of `cnnbook.engine.describe`.
"""

import base64
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, UnidentifiedImageError

from cnnbook import CnnBookError, data, engine, lab

#: As many images, and as many pixels of a side, fit into one file that opens quickly.
MOST_IMAGES, MOST_PIXELS = 200, 128

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval';
 style-src 'unsafe-inline'; img-src data: blob:; worker-src blob:; connect-src data: blob:">
<title>{title}</title>
<style>body {{ max-width: 46rem; margin: 0 auto; padding: 1rem; font-family: system-ui, sans-serif; line-height: 1.5; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #14181f; color: #e6e8ee; }} }}</style>
</head>
<body data-jp-theme-light="true">
<main class="bd-article"><h1>{title}</h1><div id="place"></div></main>
<script type="application/json" id="model">{model}</script>
<script type="module">
document.body.dataset.jpThemeLight = String(!matchMedia("(prefers-color-scheme: dark)").matches);
{script}
const values = JSON.parse(document.getElementById("model").textContent);
const model = {{ get: (name) => values[name], set() {{}}, save_changes() {{}}, on() {{}}, off() {{}} }};
{labs}.render({{ model, el: document.getElementById("place") }});
</script>
</body>
</html>
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
        square, with one or three channels. Where its last layer gives scores, a softmax is put behind it.
    images : array, (images, height, width) or (images, height, width, channels), values 0 to 255
        At most 200, of the model's size. Without them, for a model of 32x32 colour images, the book's sample.
    labels : sequence of int, (images,)
        Their classes, counted from 0; without them the lab does not count how many are right.
    classes : sequence of str
        Names of the classes.
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
        If the model has a layer that the lab does not know, or the images do not fit it.
    """
    state, view = _contents(model, images, labels, **options)
    script = lab.script_text()
    export = re.search(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$", script)
    if not export:
        raise CnnBookError("the script labs.mjs does not end with what it exports; make it again with `make book`")
    contents = {"kind": "network", "state": state, "view": view, "colors": lab.colors()}
    return _PAGE.format(
        title=html.escape(f"Look inside {state['network']}"),
        model=json.dumps(contents).replace("<", "\\u003c"),
        script=script[: export.start()].replace("</script", "<\\/script"),
        labs=export[1],
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
    description = engine.describe_inside(model)
    rows, columns, channels = (*description["input"], 0, 0)[:3]
    if rows != columns or channels not in (1, 3) or rows > MOST_PIXELS:
        raise ValueError(
            f"the model takes {'x'.join(map(str, description['input']))}; the lab shows square images of up to "
            f"{MOST_PIXELS} pixels, with 1 or 3 channels"
        )
    last = description["layers"][-1]
    if "softmax" not in (last.get("activation"), last["type"].lower()):
        description["layers"].append({"name": "softmax of the scores", "type": "Softmax", "shape": last["shape"]})
    weights = engine.flat_weights(model)
    if unusable := np.count_nonzero(~np.isfinite(weights)):
        raise ValueError(
            f"{unusable:,} of the model's weights are NaN or infinite; the lab needs weights that are finite"
        )
    if not divide > 0:
        raise ValueError(f"got divide={divide}; use what the pixels are divided by, such as 255")
    description["divide"] = divide
    if images is None:
        if (rows, channels) != (32, 3):
            raise ValueError(
                f"images are needed, since the book's sample is 32x32x3 and the model takes {rows}x{rows}x{channels}"
            )
        sample = data.sample()
        images, labels, classes = sample.images, sample.labels.tolist(), classes or data.CLASSES
    pictures = _as_colour(np.asarray(images), rows)
    if labels is not None and len(labels) != len(pictures):
        raise ValueError(f"there are {len(pictures)} images and {len(labels)} labels; give one for each")
    texts = {number: base64.b64encode(picture.tobytes()).decode() for number, picture in enumerate(pictures)}
    known = list(range(len(pictures))) if labels is None else [int(label) for label in labels]
    view = {
        "networks": {name: description},
        "single": {name: base64.b64encode(weights.astype("<f4").tobytes()).decode()},
        "set": {"images": texts, "size": [rows, rows], "labels": known if labels is not None else [None] * len(known)},
        "classes": list(classes or []),
        "isOwn": True,
    }
    return {"network": name, "image": 0}, view


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
    if not np.isfinite(pictures).all() or pictures.min() < 0 or pictures.max() > 255 or 0 < pictures.max() <= 1:
        raise ValueError(
            f"the images have values from {pictures.min()} to {pictures.max()}; give them from 0 to 255, and `divide` "
            "what the model takes them divided by"
        )
    return np.repeat(pictures, 3 // pictures.shape[3], axis=3).round().astype("uint8")


def read_folder(folder: Path, labels: Path | None, side: int) -> tuple[np.ndarray, list[int] | None, list[str] | None]:
    """Read the images of a folder, cut to their middle square and scaled, with their classes.

    Parameters
    ----------
    folder : Path
        With image files; or with a folder of them for each class, which then is their label.
    labels : Path
        A text file with a line for each image: its name, a comma, and its class, a name or a number from 0. Classes
        that are names are counted in their alphabetical order, as Keras does.
    side : int
        Rows and columns of the model's images.

    Returns
    -------
    (array, list of int, list of str)
        Images (images, side, side, 3), uint8; their labels and the names of the classes, None where nothing tells them.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)[:MOST_IMAGES]
    if not files:
        raise CnnBookError(
            f"there is no image in {folder}; it needs files that end with {', '.join(sorted(_SUFFIXES))}"
        )
    named = {path: path.parent.name for path in files} if all(path.parent != folder for path in files) else {}
    if labels:
        lines = [line.rsplit(",", 1) for line in labels.read_text("utf-8").splitlines() if line.strip()]
        if any(len(line) != 2 for line in lines):
            raise CnnBookError(
                f"{labels} has a line without a comma; write on each an image's name, a comma, its class"
            )
        told = {file.strip(): label.strip() for file, label in lines}
        missing = [path.name for path in files if path.name not in told]
        if missing:
            raise CnnBookError(f"{labels} does not name the image {missing[0]}")
        named = {path: told[path.name] for path in files}
    pictures = np.stack([_read(path, side) for path in files])
    if not named:
        return pictures, None, None
    if all(label.isdecimal() for label in named.values()):
        return pictures, [int(named[path]) for path in files], None
    classes = sorted(set(named.values()))
    return pictures, [classes.index(named[path]) for path in files], classes


def _read(path: Path, side: int) -> np.ndarray:
    try:
        with Image.open(path) as image:
            width, height = image.size
            edge = min(width, height)
            left, top = (width - edge) // 2, (height - edge) // 2
            square = image.convert("RGB").crop((left, top, left + edge, top + edge))
            return np.asarray(square.resize((side, side), Image.Resampling.LANCZOS))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise CnnBookError(f"{path} cannot be read as an image: {error}") from error
