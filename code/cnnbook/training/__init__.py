"""One recipe and one seed become one run.

Training goes through Keras' own `compile` and `fit`, so the same code runs on TensorFlow, JAX and PyTorch. What this
module adds to the lines that stand on the pages: the seed, batches that are the same everywhere
(`cnnbook.training.batches`), the time each epoch took, the test predictions, and a note of the device and the versions.
Keras is imported when something is built or trained, so that recipes can be defined and records read without it.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np

from cnnbook.data import CLASSES, cifar10
from cnnbook.training import epochs, settings
from cnnbook.training.recipe import TRAINING_VERSION, FastRecipe, Recipe, TrainingError
from cnnbook.training.threads import thread_count

__all__ = [
    "TRAINING_VERSION",
    "FastRecipe",
    "Recipe",
    "Run",
    "TrainingError",
    "build",
    "evaluate",
    "train",
]

PREDICTION_BATCH = 1000


@dataclasses.dataclass(frozen=True)
class Run:
    """What one training gave: `record` (plain JSON types), `test_predictions` (uint8, `(images,)`) and `weights`.

    `epochs` has the arrays of `cnnbook.training.epochs`, if the recipe keeps them.
    """

    record: Mapping
    test_predictions: np.ndarray
    weights: Mapping
    epochs: Mapping


def train(recipe: Recipe, seed: int, *, data=None, on_epoch: Callable[[], object] | None = None) -> Run:
    """Train `recipe` once, from `seed`.

    Parameters
    ----------
    recipe : Recipe
    seed : int
        Sets the initial weights and the order of the images.
    data : cnnbook.data.CIFAR10, optional
        By default the real CIFAR-10.
    on_epoch : callable, optional
        Called without arguments after each epoch, to move a progress bar, for example.

    Returns
    -------
    Run
        Losses in it are cross-entropies in nats per image without any penalty, accuracies lie between 0 and 1. The
        history is what Keras reports after each epoch; its ``loss`` is the objective, penalties included.

    Raises
    ------
    TrainingError
        If the recipe cannot be built or compiled, if the loss becomes NaN or infinite, or if Keras is set to train
        otherwise than the book's runs were.
    """
    settings.require_backend()
    settings.require_usual()
    import keras

    from cnnbook.training import machine

    if isinstance(recipe, FastRecipe):
        raise TrainingError(f"{_label(recipe, seed)} is for a time, not for epochs; use cnnbook.training.speedrun.run")
    data = cifar10() if data is None else data
    x, y = data.x_train, data.y_train
    if not recipe.hold_out:
        x, y = np.concatenate([x, data.x_valid]), np.concatenate([y, data.y_valid])
    if not len(x) or not len(data.x_valid) or not len(data.x_test):
        raise TrainingError(
            f"{_label(recipe, seed)}: expected images to train, validate and test on, got {len(x)}, "
            f"{len(data.x_valid)} and {len(data.x_test)}; check the data set with `python -m cnnbook data`"
        )

    keras.utils.set_random_seed(seed)
    model = build(recipe, seed)
    seconds: list[float] = []
    callbacks = [_epoch_timer(_label(recipe, seed), seconds, on_epoch)]
    weights_of_epochs = [_weights(model)] if seed in recipe.keep_epochs else []
    if weights_of_epochs:  # after the timer, whose seconds are the training's alone
        keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: weights_of_epochs.append(_weights(model)))
        callbacks.append(keep)
    history = _fit(model, recipe, seed, x, y, data, callbacks)

    splits = {"train": (x, y), "valid": (data.x_valid, data.y_valid), "test": (data.x_test, data.y_test)}
    results = {name: evaluate(model, *images_and_labels) for name, images_and_labels in splits.items()}
    later_epochs = seconds[1:] or seconds
    record = {
        "name": recipe.name,
        "recipe": recipe.settings(),
        "seed": seed,
        "parameters": int(model.count_params()),
        "history": {name: [round(float(value), 6) for value in values] for name, values in history.items()},
        **{name: {"loss": loss, "accuracy": accuracy} for name, (loss, accuracy, _) in results.items()},
        "seconds_first_epoch": round(seconds[0], 3),  # apart: it contains compilation
        "seconds_per_epoch": round(sum(later_epochs) / len(later_epochs), 3),
        "device": machine.device(),
        "threads": thread_count(),
        "backend": keras.backend.backend(),
        "onednn": machine.onednn(),
        "versions": machine.versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    weights = {}
    if seed in recipe.keep_weights:
        weights = {name: value.astype("float16") for name, value in _weights(model).items()}
    kept = {}
    if weights_of_epochs:
        confusions = [_confusion(model, values, data.x_valid, data.y_valid) for values in weights_of_epochs]
        kept = epochs.kept(weights_of_epochs, confusions)
    return Run(record, results["test"][2], weights, kept)


def build(recipe: Recipe, seed: int | None = None):
    """The uncompiled network of `recipe`; an error names the recipe, and the seed if there is one."""
    settings.require_backend()
    settings.require_usual()
    import keras

    from cnnbook import models

    label = _label(recipe, seed)
    builder = getattr(models, recipe.builder, None)
    if not callable(builder):
        raise TrainingError(f"{label}: cnnbook.models has no builder {recipe.builder!r}; check its name")
    try:
        model = builder(**recipe.arguments)
    except (TypeError, ValueError) as error:
        raise TrainingError(
            f"{label}: the builder {recipe.builder!r} does not take {dict(recipe.arguments)} ({error}); "
            f"look at its signature"
        ) from error
    if not isinstance(model, keras.Model):
        raise TrainingError(
            f"{label}: the builder {recipe.builder!r} returned a {type(model).__name__}, "
            f"expected an uncompiled keras.Model; return the model from it"
        )
    return model


def evaluate(model, images: np.ndarray, labels: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Cross-entropy (nats per image, no penalty), accuracy (0 to 1) and predicted classes (uint8, `(images,)`)."""
    probabilities = model.predict(images, batch_size=PREDICTION_BATCH, verbose=0)
    predictions = probabilities.argmax(axis=1).astype("uint8")
    of_the_label = probabilities[np.arange(len(labels)), labels].astype("float64")
    loss = -np.log(np.maximum(of_the_label, 1e-7)).mean()  # the floor that Keras uses, so that log(0) cannot occur
    return round(float(loss), 6), float((predictions == labels).mean()), predictions


def _weights(model):
    """A copy of the model's weights, by layer and variable."""
    import keras

    variables = ((f"{layer.name}/{variable.name}", variable) for layer in model.layers for variable in layer.weights)
    return {name: np.array(keras.ops.convert_to_numpy(variable)) for name, variable in variables}


def _confusion(model, weights, images, labels):
    """How often the model with these weights says each class (columns) of each class (rows); they stay in the model."""
    model.set_weights(list(weights.values()))
    counts = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(counts, (labels, evaluate(model, images, labels)[2]), 1)
    return counts


def batches_of(recipe: Recipe, seed: int, images: np.ndarray, labels: np.ndarray):
    """What `recipe` is trained on: batches of uint8 images, `(images, 32, 32, 3)`, and their one-hot labels."""
    from cnnbook.training.batches import Batches

    augmentation = {"flip": recipe.flip, "shift": recipe.shift}
    return Batches(images, _one_hot(labels), batch_size=recipe.batch_size, seed=seed, **augmentation)


def _fit(model, recipe, seed, x, y, data, callbacks):
    """Compile and train the model; returns Keras' history."""
    batches = batches_of(recipe, seed, x, y)
    compile_model(model, recipe, seed, steps=recipe.epochs * len(batches))
    return model.fit(
        batches,
        epochs=recipe.epochs,
        validation_data=(data.x_valid, _one_hot(data.y_valid)) if recipe.hold_out else None,
        validation_batch_size=PREDICTION_BATCH,
        callbacks=callbacks,
        verbose=0,
    ).history


def compile_model(model, recipe: Recipe, seed: int, steps: int | None = None) -> None:
    """Compile the model as the recipe says; without a number of `steps` its learning rate stays the highest."""
    import keras

    optimizer = _by_name(keras.optimizers, "optimizer", recipe, seed, "a name from keras.optimizers, such as 'adam'")
    if isinstance(recipe, FastRecipe):
        from cnnbook.training.optimizers import by_variable

        optimizer = by_variable(optimizer, recipe.rates, recipe.muon)
    elif recipe.warm_up is not None and steps:
        warm_up = round(recipe.warm_up * steps)
        optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warm_up, warmup_target=float(optimizer.learning_rate), warmup_steps=warm_up
        )
    loss = _by_name(keras.losses, "loss", recipe, seed, "a class of keras.losses, such as 'CategoricalCrossentropy'")
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy", "categorical_crossentropy"])


def _by_name(module, field, recipe, seed, expected):
    """The recipe's optimizer or loss, made by Keras from its name and arguments."""
    name, arguments = getattr(recipe, field), dict(getattr(recipe, f"{field}_arguments"))
    try:
        return module.get({"class_name": name, "config": arguments})
    except (ValueError, TypeError) as error:
        unknown = f"unknown {field} {name!r}" + (f", or unknown arguments {arguments}" if arguments else "")
        raise TrainingError(f"{_label(recipe, seed)}: {unknown}; use {expected}") from error


def _epoch_timer(label, seconds, on_epoch):
    """A callback that adds each epoch's duration to `seconds`, and stops when the loss is NaN or infinite."""
    import keras

    starts: list[float] = []

    def end(epoch, logs):
        seconds.append(time.perf_counter() - starts[-1])
        if not np.isfinite(logs["loss"]):
            raise TrainingError(
                f"{label}: the loss is {logs['loss']} after epoch {epoch + 1}; nothing is recorded. "
                f"A smaller learning rate usually helps"
            )
        if on_epoch:
            on_epoch()

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: starts.append(time.perf_counter()), on_epoch_end=end
    )


def _label(recipe, seed):
    return f"recipe {recipe.name!r}" + (f", seed {seed}" if seed is not None else "")


def _one_hot(labels):
    return np.eye(len(CLASSES), dtype="float32")[labels]
