"""The practical's table of architectures, written by code from models and their runs."""

import numbers
import reprlib
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
            If `model` is not a Keras model that has been built; if an accuracy is neither of the two, or is a number
            that Keras reported as the model's loss; if the model does not give each image a score for each class.
        """
        import keras

        from cnnbook.handin.configurations import configuration, notation

        if not isinstance(model, keras.Model):
            raise HandInError(f"expected a Keras model, got {type(model).__name__}; add the model that you trained")
        run = 100 * _accuracy(model, train, "train"), 100 * _accuracy(model, test, "test")
        if not model.built:
            raise HandInError("the model has no weights yet: begin it with keras.Input, train it, and add it then")
        row = _Row(configuration(model), notation(model), int(model.count_params()), " ".join(str(settings).split()))
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
    if isinstance(value, tuple | list) and len(value) == 2 and any(_number(part) is None for part in value):
        images, labels = value
        return _measured(model, images, labels, name)
    number = _number(value)
    if number is None or not 0 <= number <= 1:
        remedy = "divide percent by 100" if number is not None else "of what evaluate returns, give the accuracy alone"
        raise HandInError(
            f"expected an accuracy between 0 and 1 or a pair (images, labels) for {name}, got "
            f"{_short(value)}; {remedy}, or write {name}=(x_{name}, y_{name})"
        )
    if number in _losses(model):
        raise HandInError(
            f"{name}={number} is no accuracy but what Keras reported as a loss of this model; compile it with "
            f'metrics=["accuracy"] and give that, or write {name}=(x_{name}, y_{name})'
        )
    return number


def _number(value) -> float | None:
    """A single number, whether Python's, NumPy's or a backend's; None for anything else."""
    if isinstance(value, bool | np.bool_ | str | list | tuple | dict):
        return None
    if not isinstance(value, numbers.Real) and (np.ndim(value) or np.asarray(value).dtype.kind not in "iuf"):
        return None
    return float(value)


def _short(value) -> str:
    shape = getattr(value, "shape", ())
    if len(shape):
        return f"an array of shape {tuple(shape)}"
    is_plain = isinstance(value, numbers.Real | str | list | tuple | dict)
    return reprlib.repr(value) if is_plain else type(value).__name__


def _losses(model) -> set[float]:
    """What Keras last reported for the model under other names than that of an accuracy: a loss is a number too."""
    reported = dict(getattr(getattr(model, "history", None), "history", {}))
    reported |= {f"last {metric.name}": [float(metric.result())] for metric in model.metrics if metric.name == "loss"}
    losses = {value for name, values in reported.items() if "acc" not in name for value in values}
    return losses - {value for name, values in reported.items() if "acc" in name for value in values} - {0.0, 1.0}


def _measured(model, images, labels, name: str) -> float:
    """The accuracy of the model on images, whose labels are numbers or one-hot rows."""
    import keras

    try:
        scores = model.predict(images, batch_size=PREDICTION_BATCH, verbose=0)
        labels = keras.ops.convert_to_numpy(labels)
    except Exception as error:  # of any class: it depends on the layer and on the backend
        raise HandInError(
            f"the model cannot predict for {name} ({' '.join(str(error).split())[:200]}); expected a pair of images as "
            f"the model takes them, and their labels"
        ) from error
    if not isinstance(scores, np.ndarray):
        raise HandInError(f"the model has {len(scores)} outputs, expected one; give {name} as an accuracy")
    shape = scores.shape[1:]
    if not shape or shape[-1] < 2 or scores[0].size != shape[-1]:
        raise HandInError(
            f"the model gives an output of shape {shape} for each image, expected a score for each class, as in (10,); "
            f"flatten before the last dense layer, or give {name} as an accuracy"
        )
    scores = scores.reshape(len(scores), shape[-1])
    if np.isnan(scores).any():
        raise HandInError(f"the model gives NaN for images of {name}; train it again, with a smaller learning rate")
    return float((scores.argmax(axis=1) == _classes(labels, scores.shape, name)).mean())


def _classes(labels: np.ndarray, shape: tuple[int, int], name: str) -> np.ndarray:
    """The classes, as numbers, that labels for scores of shape (images, classes) stand for."""
    count, classes = shape
    if len(labels.shape) == 0 or len(labels) != count:
        raise HandInError(f"expected a label for each image for {name}, got {count} images, labels {labels.shape}")
    if labels.shape == shape and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all():
        return labels.argmax(axis=1)
    if labels.shape in ((count,), (count, 1)) and labels.dtype.kind in "iuf":
        numbers = labels.ravel()
        if np.isin(numbers, range(classes)).all():
            return numbers
    raise HandInError(
        f"expected labels for {name} that are numbers from 0 to {classes - 1} or one-hot rows, got shape "
        f"{labels.shape} and type {labels.dtype}, such as {reprlib.repr(labels.ravel()[:6].tolist())}"
    )


def _percent(values: tuple[float, ...]) -> str:
    if len(values) == 1:
        return f"{values[0]:.1f} (1 run)"
    mean, sd = intervals.mean_sd(values)
    return f"{mean:.1f} ± {sd:.1f} (n={len(values)})"


def _line(*cells) -> str:
    return f"| {' | '.join(map(str, cells))} |"
