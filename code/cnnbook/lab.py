"""The labs of the book's pages in a live notebook: Jupyter, Colab, whatever shows widgets.

    lab.show("one-dimension", input=[2, -1, 0, 3, 1, -2, 1], kernel=[1, 0, -1], stride=2)

They are the same scripts as on the pages, and need the package anywidget.
"""

import base64
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from cnnbook import CnnBookError
from cnnbook.plotting.style import DARK, PALETTE, TINTS

KINDS = ("one-dimension", "volume", "designer", "filter", "pooling", "seeds", "learning", "network", "train")

#: Recorded networks that the lab "network" looks into.
NETWORKS = ("simple-cnn", "deeper-5")

# A wheel has the script beside this module; a clone has it in the site that `make book` built.
_SCRIPTS = (Path(__file__).with_name("labs.mjs"), Path(__file__).parents[2] / "_build/html/_static/labs.mjs")


class Note(str):
    """A sentence that a notebook shows in the place of a lab."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def show(kind: str, /, *, script: str = "", **state: Any) -> Any:
    """Return a lab as a widget, which a notebook shows; what a reader sets is its `state`, a dictionary.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    script : str
        The address of ``labs.mjs`` on a site of the book, for a copy of this package that came without it.
    **state
        What the lab shows first: for "one-dimension" `input` and `kernel`, rows of numbers, and `stride`, `padding`
        and `dilation` as for `cnnbook.reference.conv1d`; for "volume" `input` (rows, columns, channels), `filters`
        (filter, rows, columns, channels), `bias`, `stride` and `padding`; for "pooling" `input`, a plane, `kind` ("max"
        or "average"), and `pool_size`, `stride` and `padding` as Keras has them; for "designer" what
        `cnnbook.architecture.design` gives of a Keras model; for "filter" `kernel` (rows, columns, and perhaps
        channels), `bias` and `image`, the number of a sample image; for "seeds" the names of two recipes, `first` and
        `second`, and `seeds`, the numbers of recorded seeds; for "learning" `seed`, the number of the weights to start
        from, `learning_rate` and `steps`, and perhaps `input` (8 rows of 8 pixels from 0 to 1) and `target`, a kernel
        of 3×3; for "network" `network`, one of `NETWORKS`, `image`, the number of a sample image, and perhaps `layer`
        and `map`; for "train" `mode` ("recorded" or "train"), the `epoch` and the sample `image` of the recorded
        training, and for one of your own `seed`, `learning_rate`, `batch_size`, `filters`, `kernel_size`,
        `convolutions` and `flips`. Arrays are welcome.

    Returns
    -------
    anywidget.AnyWidget
        Or, where anywidget is not installed, a `Note` that says so: a notebook that is run from end to end goes on.

    Raises
    ------
    ValueError
        If the lab does not exist.
    CnnBookError
        If the script is missing; the message says how to get it.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown lab {kind!r}; use {', '.join(map(repr, KINDS))}")
    plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in state.items()}
    return widget(kind, plain, _view(kind), script=script)


def widget(kind: str, state: dict[str, Any], view: dict[str, Any], *, script: str = "") -> Any:
    """Return a lab with all that it needs as a widget, or a `Note` where anywidget is not installed."""
    if find_spec("anywidget") is None:
        return Note("This lab needs the package anywidget: type `pip install anywidget`, or use it on the book's page.")
    import anywidget
    import traitlets

    class Lab(anywidget.AnyWidget):
        _esm = script or script_text()
        kind = traitlets.Unicode().tag(sync=True)
        colors = traitlets.Unicode().tag(sync=True)
        state = traitlets.Dict().tag(sync=True)
        view = traitlets.Dict().tag(sync=True)

    return Lab(kind=kind, colors=colors(), state=state, view=view)


def script_text() -> str:
    """The labs' script as a text."""
    source = next((file.read_text("utf-8") for file in _SCRIPTS if file.is_file()), "")
    if not source:
        raise CnnBookError(
            "this copy of cnnbook has no labs.mjs: install the wheel that the book's site offers, run `make book` in "
            "a clone, or pass the address of the site's _static/labs.mjs as `script`"
        )
    return source


def _view(kind: str) -> dict[str, Any]:
    """What a lab needs besides its state."""
    from cnnbook import data, experiments

    if kind == "network":
        weights = {name: base64.b64encode(experiments.recorded_weights(name)).decode() for name in NETWORKS}
        return {**networks(), "weights": weights, "images": data.sample_texts(range(100))}
    if kind == "seeds":
        return {"data": experiments.compared()}
    if kind == "filter":
        learned = experiments.recorded_filters("simple-cnn", "conv")
        return {"learned": learned, "images": data.sample_texts(range(100)), "classes": data.CLASSES}
    if kind == "train":
        images = data.sample_texts(range(100))
        recorded = experiments.recorded_training(image=11)
        return {
            "recorded": recorded,
            "epochs": experiments.recorded_epochs(),
            "images": images,
            "classes": data.CLASSES,
        }
    return {}


def networks() -> dict[str, Any]:
    """What the lab "network" has to know before it has weights: what the networks are made of, and the classes."""
    from cnnbook import data, engine, experiments

    inside = {name: engine.describe_inside(experiments.trained_model(name)) for name in NETWORKS}
    return {"networks": inside, "classes": data.CLASSES}


def colors() -> str:
    """The colours of drawings as variables of a style sheet, for both themes of Jupyter."""
    names = {**PALETTE, **{f"{name}-fill": color for name, color in TINTS.items()}}
    light, dark = ("".join(f"--fig-{name}:{color};" for name, color in theme.items()) for theme in (names, DARK))
    return f':root{{{light}}}body[data-jp-theme-light="false"]{{{dark}}}'
