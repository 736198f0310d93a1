"""The practical's table of architectures, written by code from models and their runs."""

import math
import numbers
from typing import NamedTuple

import numpy as np

from cnnbook import CnnBookError, intervals
from cnnbook.handin.identity import configuration, unlike
from cnnbook.handin.networks import opened

NOTE = "cnnbook table"  # in an output's metadata, of what the command reads there
HEAD = ("CNN", "Architecture", "Acc. train %", "Acc. test %")
PREDICTION_BATCH = 1000


class TableError(CnnBookError):
    """Something that cannot become a row of the table."""


class _Only(NamedTuple):
    """A model of one layer, as far as `cnnbook.architecture.describe` looks at it."""

    layers: list


class _Row(NamedTuple):
    """What the runs of one row share: the network, in full and in the practical's notation, and how it was trained."""

    configuration: str
    text: str
    parameters: int
    settings: str


class Table:
    """One row for each architecture with its settings; runs of the same one become mean ± standard deviation.

    Two models are of one architecture if their layers were built with the same options: activations, regularisers,
    dilations and whatever else there is. Where two rows read alike in the practical's notation, the later one says in
    what it differs. As the last line of a cell it shows as a table; `markdown` gives the text for a report.

    Examples
    --------
    >>> from cnnbook import models
    >>> table = Table()
    >>> for test in (0.61, 0.63):
    ...     table.add(models.simple_cnn(), train=0.75, test=test, settings="Adam, 10 epochs")
    >>> print(table.markdown().splitlines()[2].split("|", 3)[3])
     75.0 ± 0.0 (n=2) | 62.0 ± 1.4 (n=2) |
    """

    def __init__(self):
        self._runs = {}  # by `_Row`: (train, test) of each run, in percent

    def add(self, model, *, train, test, settings=""):
        """Record one run of a trained model.

        Parameters
        ----------
        model : keras.Model
            Any layers; those that the practical's notation has no word for appear by the name of their class.
        train, test : float, or pair (images, labels)
            An accuracy between 0 and 1; or what the model is asked about now: images as it takes them, and their labels
            as numbers `(images,)` or one-hot rows `(images, classes)`.
        settings : str
            How it was trained, in words: optimiser, learning rate, epochs, batch size. Runs with the same architecture
            and the same settings share a row.

        Raises
        ------
        TableError
            If `model` is no Keras model, or an accuracy is neither of the two.
        """
        import keras

        if not isinstance(model, keras.Model):
            raise TableError(
                f"expected a Keras model, was given {type(model).__name__}; add the model that you trained"
            )
        run = tuple(100 * _accuracy(model, value, name) for name, value in (("train", train), ("test", test)))
        text = " ; ".join(f"Layer {number} : {part}" for number, part in enumerate(_parts(model), start=1))
        key = _Row(configuration(model), text, int(model.count_params()), str(settings).strip())
        self._runs.setdefault(key, []).append(run)

    def __len__(self):
        return len(self._runs)

    def markdown(self):
        """The table as Markdown, with the four columns of the practical."""
        lines = [_line(HEAD), "|--:|---|--:|--:|"]
        first = {}  # of rows that read alike: the number and the configuration of the first
        for number, (row, runs) in enumerate(self._runs.items(), start=1):
            before, other = first.setdefault(row.text, (number, row.configuration))
            remark = f"unlike CNN {before}: {unlike(row.configuration, other)}" if row.configuration != other else ""
            details = ", ".join(filter(None, (f"{row.parameters:,} parameters", row.settings, remark)))
            # A bar would end the cell and begin another.
            cells = (
                number,
                f"{row.text} ({details})".replace("|", "\\|"),
                *(_percent(values) for values in zip(*runs, strict=True)),
            )
            lines.append(_line(cells))
        return "\n".join(lines)

    def __repr__(self):
        return self.markdown() if self._runs else "no runs yet: table.add(model, train=..., test=...) adds one"

    def _repr_mimebundle_(self, include=None, exclude=None):
        counts = {"rows": len(self._runs), "architectures": len({row.configuration for row in self._runs})}
        return {"text/plain": repr(self), "text/markdown": repr(self)}, {NOTE: counts}


def _parts(model):
    """The layers in the practical's notation; models inside a model are opened, unknown layers named by their class."""
    from cnnbook import architecture

    for layer in opened(model):
        try:
            yield from architecture.describe(_Only([layer]))
        except ValueError:  # a layer that the notation does not know
            yield type(layer).__name__.upper()


def _accuracy(model, value, name):
    """Between 0 and 1: the number that was given, or what the model reaches on the images that were given."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        if not (math.isfinite(value) and 0 <= value <= 1):
            raise TableError(
                f"expected an accuracy between 0 and 1 for {name}, was given {value}; divide percent by 100"
            )
        return float(value)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TableError(
            f"expected an accuracy between 0 and 1 or a pair (images, labels) for {name}, was given a "
            f"{type(value).__name__}; for example {name}=(x_{name}, y_{name})"
        )
    images, labels = value[0], np.asarray(value[1])
    if labels.ndim not in (1, 2) or not len(labels) or len(images) != len(labels):
        raise TableError(
            f"expected a label for each image for {name}, was given {len(images)} images and labels of shape "
            f"{labels.shape}; look at the pair"
        )
    if labels.ndim == 2:
        labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0]
    predictions = model.predict(images, batch_size=PREDICTION_BATCH, verbose=0).argmax(axis=1)
    return float((predictions == labels).mean())


def _percent(values):
    if len(values) == 1:
        return f"{values[0]:.1f} (1 run)"
    mean, sd = intervals.mean_sd(values)
    return f"{mean:.1f} ± {sd:.1f} (n={len(values)})"


def _line(cells):
    return f"| {' | '.join(map(str, cells))} |"
