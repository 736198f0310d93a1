"""One recipe and one seed become one run.

Training goes through Keras' own `compile` and `fit`, so the same code runs on TensorFlow, JAX and PyTorch. What this
module adds to the lines that stand on the pages: the seed, batches that are the same everywhere
(`cnnbook.training.batches`), the time each epoch took, the test predictions, and a note of the device and the versions.
"""

import contextlib
import dataclasses
import importlib
import json
import os
import platform
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import numpy as np

from cnnbook import CnnBookError, __version__
from cnnbook.data import CLASSES, cifar10
from cnnbook.training import threads

# Goes up when training would give other results (another shuffle, another loss): it is part of every record's key.
# A test trains a tiny recipe against a stored loss curve, so that the meaning cannot change while the number stays.
TRAINING_VERSION = 2

PREDICTION_BATCH = 1000
IMAGE_SIZE = 32  # pixels along each side


class TrainingError(CnnBookError):
    """A recipe that cannot be trained, or whose training went wrong; names the recipe and the seed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a run depends on, apart from its seed and the data.

    Attributes
    ----------
    name : str
        What pages and the command line call it; not part of what a run depends on.
    builder : str
        Name of a function in `cnnbook.models`.
    arguments : mapping
        Keyword arguments of the builder.
    optimizer : str
        A name that `keras.optimizers.get` knows.
    optimizer_arguments : mapping
        For example ``{"learning_rate": 0.01}``.
    warm_up : float, optional
        Share of all steps, between 0 and 1, in which the learning rate climbs from 0 to the optimiser's; from there it
        falls to 0 along half a cosine. Left out, it stays constant.
    loss : str
        Name of a class of `keras.losses`.
    loss_arguments : mapping
        For example ``{"label_smoothing": 0.1}``.
    batch_size, epochs : int
        Images per step; passes over the training images.
    flip, shift : bool, int
        Whether training images are mirrored in every second epoch, and by how many pixels at most they are moved; see
        `cnnbook.training.batches.Batches`.
    hold_out : bool
        Whether the 5,000 validation images are kept out of training. Where they are not, the record's validation
        figures are those of images that were trained on.
    keep_weights : tuple of int
        Seeds whose weights are stored with the record because a page shows them; not part of what a run depends on.
    seeds : int
        How many seeds the book records, from 0 on; not part of what a run depends on.
    """

    name: str
    builder: str
    arguments: Mapping = dataclasses.field(default_factory=dict)
    optimizer: str = "adam"
    optimizer_arguments: Mapping = dataclasses.field(default_factory=dict)
    warm_up: float | None = None
    loss: str = "CategoricalCrossentropy"
    loss_arguments: Mapping = dataclasses.field(default_factory=dict)
    batch_size: int = 128
    epochs: int = 1
    flip: bool = False
    shift: int = 0
    hold_out: bool = True
    keep_weights: tuple = ()
    seeds: int = 5

    def __post_init__(self):
        for field in ("epochs", "batch_size", "seeds"):
            if getattr(self, field) < 1:
                raise TrainingError(
                    f"recipe {self.name!r} has {field} {getattr(self, field)}; give it at least one, in its definition"
                )
        if self.warm_up is not None and not 0 <= self.warm_up < 1:
            raise TrainingError(
                f"recipe {self.name!r} has warm_up {self.warm_up}; give a share of the steps from 0 to below 1, or None"
            )
        if not 0 <= self.shift < IMAGE_SIZE:
            raise TrainingError(
                f"recipe {self.name!r} has shift {self.shift}; give 0 to {IMAGE_SIZE - 1} pixels of {IMAGE_SIZE}"
            )

    def settings(self):
        """What a run depends on, as plain JSON types: every field but `name`, `keep_weights` and `seeds`."""
        fields = dataclasses.asdict(self)
        del fields["name"], fields["keep_weights"], fields["seeds"]
        return json.loads(json.dumps(fields))


@dataclasses.dataclass(frozen=True)
class Run:
    """What one training gave: `record` (plain JSON types), `test_predictions` (uint8, `(images,)`) and `weights`."""

    record: Mapping
    test_predictions: np.ndarray
    weights: Mapping


def train(recipe, seed, *, data=None, on_epoch=None):
    """Train `recipe` once, from `seed`.

    Parameters
    ----------
    recipe : Recipe
    seed : int
        Sets the initial weights and the order of the images.
    data : cnnbook.data.CIFAR10, optional
        Left out, the real CIFAR-10.
    on_epoch : callable, optional
        Called without arguments after each epoch; a progress bar, for example.

    Returns
    -------
    Run
        Losses in it are cross-entropies in nats per image without any penalty, accuracies lie between 0 and 1. The
        history is what Keras reports after each epoch; its ``loss`` is the objective, penalties included.

    Raises
    ------
    TrainingError
        If the recipe cannot be built or compiled, or the loss stops being a number.
    """
    import keras

    data = cifar10() if data is None else data
    if recipe.hold_out:
        x, y = data.x_train, data.y_train
    else:
        x, y = np.concatenate([data.x_train, data.x_valid]), np.concatenate([data.y_train, data.y_valid])
    if not len(x) or not len(data.x_valid) or not len(data.x_test):
        raise TrainingError(
            f"{_who(recipe, seed)}: expected images to train, validate and test on, was given {len(x)}, "
            f"{len(data.x_valid)} and {len(data.x_test)}; look at `python -m cnnbook data`"
        )

    with _undisturbed_randomness(seed):
        model = build(recipe, seed)
        timer = _EpochTimer(recipe, seed, on_epoch)
        history = _fit(model, recipe, seed, x, y, data, timer)

    results = {
        name: evaluate(model, images, labels)
        for name, images, labels in (
            ("train", x, y),
            ("valid", data.x_valid, data.y_valid),
            ("test", data.x_test, data.y_test),
        )
    }
    rest = timer.seconds[1:] or timer.seconds
    record = {
        "name": recipe.name,
        "recipe": recipe.settings(),
        "seed": seed,
        "parameters": int(model.count_params()),
        "history": {name: [round(float(value), 6) for value in values] for name, values in history.items()},
        **{name: {"loss": loss, "accuracy": accuracy} for name, (loss, accuracy, _) in results.items()},
        "seconds_first_epoch": round(timer.seconds[0], 3),  # apart: it contains compilation
        "seconds_per_epoch": round(sum(rest) / len(rest), 3),
        "device": device(),
        "threads": threads.limit() or os.cpu_count(),
        "backend": keras.backend.backend(),
        "versions": versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    weights = {}
    if seed in recipe.keep_weights:
        weights = {
            f"{layer.name}/{variable.name}": keras.ops.convert_to_numpy(variable).astype("float16")
            for layer in model.layers
            for variable in layer.weights
        }
    return Run(record, results["test"][2], weights)


@contextlib.contextmanager
def _undisturbed_randomness(seed):
    """Seed every generator, and keep other threads from Python's.

    Keras draws the seeds of its layers and the order of its batches from Python's generator, where it uses these two
    functions. In the worker of a cluster other threads draw from the same one, at times that nobody knows.
    """
    import keras

    keras.utils.set_random_seed(seed)
    own = random.Random(seed)
    with mock.patch.multiple(random, randint=own.randint, shuffle=own.shuffle):
        yield


def _fit(model, recipe, seed, x, y, data, timer):
    """Compile and train the model; returns Keras' history."""
    from cnnbook.training.batches import Batches

    augmentation = {"flip": recipe.flip, "shift": recipe.shift}
    batches = Batches(x, _one_hot(y), batch_size=recipe.batch_size, seed=seed, **augmentation)
    _compile(model, recipe, seed, steps=recipe.epochs * len(batches))
    return model.fit(
        batches,
        epochs=recipe.epochs,
        validation_data=(data.x_valid, _one_hot(data.y_valid)) if recipe.hold_out else None,
        validation_batch_size=PREDICTION_BATCH,
        callbacks=[timer.callback()],
        verbose=0,
    ).history


def evaluate(model, images, labels):
    """Cross-entropy (nats per image, no penalty), accuracy (0 to 1) and predicted classes (uint8, `(images,)`)."""
    probabilities = model.predict(images, batch_size=PREDICTION_BATCH, verbose=0)
    predictions = probabilities.argmax(axis=1).astype("uint8")
    of_the_label = probabilities[np.arange(len(labels)), labels].astype("float64")
    loss = -np.log(np.maximum(of_the_label, 1e-7)).mean()  # the floor that Keras uses, so that log(0) cannot occur
    return round(float(loss), 6), float((predictions == labels).mean()), predictions


def device():
    """What Keras computes on, in words: the GPU's name, or the processor's and its number of cores."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
        names = [details.get("device_name", "GPU") for details in gpus]
    elif backend == "jax":
        import jax

        names = [gpu.device_kind for gpu in jax.devices() if gpu.platform != "cpu"]
    else:
        import torch

        names = [torch.cuda.get_device_name()] if torch.cuda.is_available() else []
        names += ["Apple GPU"] if torch.backends.mps.is_available() else []
    return names[0] if names else f"{_processor()}, {os.cpu_count()} cores"


def versions():
    """Versions of whatever can move a result: Python, the packages that compute, and ours."""
    import keras

    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: importlib.import_module(backend).__version__,  # its distribution has several names, its module one
        "numpy": np.__version__,
        "cnnbook": __version__,
    }


class _EpochTimer:
    """Seconds that each epoch took, and a stop as soon as the loss is no number."""

    def __init__(self, recipe, seed, on_epoch):
        self.seconds = []
        self._recipe, self._seed, self._on_epoch = recipe, seed, on_epoch

    def callback(self):
        import keras

        return keras.callbacks.LambdaCallback(on_epoch_begin=self._begin, on_epoch_end=self._end)

    def _begin(self, epoch, logs):
        self._start = time.perf_counter()

    def _end(self, epoch, logs):
        self.seconds.append(time.perf_counter() - self._start)
        if not np.isfinite(logs["loss"]):
            raise TrainingError(
                f"{_who(self._recipe, self._seed)}: the loss is {logs['loss']} after epoch {epoch + 1}; a smaller "
                f"learning rate is the usual cure. Nothing is recorded."
            )
        if self._on_epoch:
            self._on_epoch()


def build(recipe, seed=None):
    """The uncompiled network of `recipe`; an error names the recipe, and the seed where one is given."""
    import keras

    from cnnbook import models

    who = _who(recipe, seed)
    builder = getattr(models, recipe.builder, None)
    if not callable(builder):
        raise TrainingError(f"{who}: cnnbook.models has no builder {recipe.builder!r}; check its name")
    try:
        model = builder(**recipe.arguments)
    except (TypeError, ValueError) as error:
        raise TrainingError(
            f"{who}: the builder {recipe.builder!r} does not take {dict(recipe.arguments)} ({error}); "
            f"look at its signature"
        ) from error
    if not isinstance(model, keras.Model):
        raise TrainingError(
            f"{who}: the builder {recipe.builder!r} returned a {type(model).__name__}, "
            f"expected an uncompiled keras.Model; return the model from it"
        )
    return model


def _compile(model, recipe, seed, steps):
    import keras

    try:
        optimizer = keras.optimizers.get({"class_name": recipe.optimizer, "config": dict(recipe.optimizer_arguments)})
    except (ValueError, TypeError) as error:
        raise TrainingError(
            f"{_who(recipe, seed)}: Keras knows no optimiser {recipe.optimizer!r} with the arguments "
            f"{dict(recipe.optimizer_arguments)}; use a name from keras.optimizers, such as 'adam'"
        ) from error
    if recipe.warm_up is not None:
        warm_up = round(recipe.warm_up * steps)
        optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warm_up, warmup_target=float(optimizer.learning_rate), warmup_steps=warm_up
        )
    try:
        loss = keras.losses.get({"class_name": recipe.loss, "config": dict(recipe.loss_arguments)})
    except (ValueError, TypeError) as error:
        raise TrainingError(
            f"{_who(recipe, seed)}: Keras knows no loss {recipe.loss!r} with the arguments "
            f"{dict(recipe.loss_arguments)}; use a class of keras.losses, such as 'CategoricalCrossentropy'"
        ) from error
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy", "categorical_crossentropy"])


def _who(recipe, seed):
    return f"recipe {recipe.name!r}" + (f", seed {seed}" if seed is not None else "")


def _one_hot(labels):
    return np.eye(len(CLASSES), dtype="float32")[labels]


def _processor():
    """The processor's name where the platform tells it, else its kind ("x86_64")."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
