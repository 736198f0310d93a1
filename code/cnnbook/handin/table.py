"""The practical's table of architectures, written by code from models and their runs."""

import numbers
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnbook import intervals
from cnnbook.handin.errors import HandInError

if TYPE_CHECKING:
    from cnnbook.handin.configurations import Configuration

TABLE_NOTE = "cnnbook table"  # the key in an output's metadata under which a review finds what was shown
HEAD = ("CNN", "Architecture", "Acc. train %", "Acc. test %")
PREDICTION_BATCH = 1000


class _Row(NamedTuple):
    """What the runs of one row share: the network, in full and in the practical's notation, and how it was trained."""

    configuration: "Configuration"
    notation: str
    parameters: int
    settings: str


class Table:
    """One row for each architecture with its settings; runs of the same one become mean ± standard deviation.

    Two models are of one architecture if Keras gives their layers the same configuration: activations, regularisers,
    dilations and all other options. Where two rows read alike in the practical's notation, the later one says in what
    it differs. As the last line of a cell it shows as a table; `markdown` gives the text for a report.

    Examples
    --------
    >>> from cnnbook import models
    >>> table = Table()
    >>> for test in (0.61, 0.63):
    ...     table.add(models.simple_cnn(), train=0.75, test=test, settings="Adam, 10 epochs")
    >>> print(table.markdown().splitlines()[2].split("|", 3)[3])
     75.0 ± 0.0 (n=2) | 62.0 ± 1.4 (n=2) |
    """

    def __init__(self) -> None:
        self._runs: dict[_Row, list[tuple[float, float]]] = {}  # (train, test) of each run, in percent

    def add(self, model, *, train, test, settings=""):
        """Record one run of a trained model.

        Parameters
        ----------
        model : keras.Model
            Any layers; those that the practical's notation has no word for appear by the name of their class.
        train, test : float, or pair (images, labels)
            An accuracy between 0 and 1; or images as the model takes them with their labels, as numbers `(images,)` or
            one-hot rows `(images, classes)`: then the model is asked now.
        settings : str
            How it was trained, in words: optimiser, learning rate, epochs, batch size. Runs with the same architecture
            and the same settings share a row.

        Raises
        ------
        HandInError
            If `model` is not a Keras model, or an accuracy is neither of the two.
        """
        import keras

        from cnnbook.handin.configurations import configuration, notation

        if not isinstance(model, keras.Model):
            raise HandInError(f"expected a Keras model, got {type(model).__name__}; add the model that you trained")
        run = 100 * _accuracy(model, train, "train"), 100 * _accuracy(model, test, "test")
        row = _Row(configuration(model), notation(model), int(model.count_params()), str(settings).strip())
        self._runs.setdefault(row, []).append(run)

    def __len__(self):
        return len(self._runs)

    def markdown(self) -> str:
        """Write the table as Markdown, with the four columns of the practical."""
        from cnnbook.handin.configurations import unlike

        lines = [_line(*HEAD), "|--:|---|--:|--:|"]
        first: dict[str, tuple[int, Configuration]] = {}  # of the rows that read alike
        for number, (row, runs) in enumerate(self._runs.items(), start=1):
            alike, configuration = first.setdefault(row.notation, (number, row.configuration))
            details = [f"{row.parameters:,} parameters", row.settings]
            if row.configuration != configuration:
                details.append(f"unlike CNN {alike}: {unlike(row.configuration, configuration)}")
            text = f"{row.notation} ({', '.join(filter(None, details))})"
            # A bar would end the cell and begin another.
            lines.append(_line(number, text.replace("|", "\\|"), *map(_percent, zip(*runs, strict=True))))
        return "\n".join(lines)

    def __repr__(self):
        return self.markdown() if self._runs else "no runs yet: table.add(model, train=..., test=...) adds one"

    def _repr_mimebundle_(self, include=None, exclude=None):
        architectures = len({row.configuration for row in self._runs})
        return {"text/plain": repr(self), "text/markdown": repr(self)}, {TABLE_NOTE: {"architectures": architectures}}


def _accuracy(model, value, name: str) -> float:
    """Return the accuracy, between 0 and 1, that `value` is, or that the model reaches on the images in it."""
    if isinstance(value, tuple | list) and len(value) == 2:
        images, labels = value[0], np.asarray(value[1])
        if not 0 < len(images) == len(labels):
            raise HandInError(f"expected a label for each image for {name}, got {len(images)} and {len(labels)}")
        if labels.ndim == 2:
            labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0]
        predictions = model.predict(images, batch_size=PREDICTION_BATCH, verbose=0).argmax(axis=1)
        return float((predictions == labels).mean())
    if isinstance(value, numbers.Real) and 0 <= float(value) <= 1:
        return float(value)
    raise HandInError(
        f"expected an accuracy between 0 and 1 or a pair (images, labels) for {name}, got "
        f"{value if isinstance(value, numbers.Real) else type(value).__name__}; divide percent by 100, or write "
        f"{name}=(x_{name}, y_{name})"
    )


def _percent(values: tuple[float, ...]) -> str:
    if len(values) == 1:
        return f"{values[0]:.1f} (1 run)"
    mean, sd = intervals.mean_sd(values)
    return f"{mean:.1f} ± {sd:.1f} (n={len(values)})"


def _line(*cells) -> str:
    return f"| {' | '.join(map(str, cells))} |"
