"""Training for a time, or for epochs with the same course, and predicting from several views of an image.

The learning rate goes through its whole course in the time there is, so no budget ends in the middle of it.
"""

import dataclasses
import math
import time
from collections.abc import Callable

import keras
import numpy as np

from cnnbook import training
from cnnbook.data import CIFAR10
from cnnbook.training.batches import shifted
from cnnbook.training.recipe import FastRecipe, Recipe, TrainingError

ENDLESS = 10**6  # epochs: the clock ends training, not their number
BETWEEN_LOOKS = 0.1  # of the budget, at least, from one look at the validation images to the next


@dataclasses.dataclass
class Progress:
    """How far a training is: what a progress line shows while it runs, and what is left of it at its end."""

    seconds: float  # of training so far: compilation, steps, and looks at the validation images
    epochs: float  # passes over the training images so far
    accuracy: float | None = None  # on the validation images at the last look, from 0 to 1
    best: float | None = None  # the highest of them
    stopped: bool = False  # by the reader, before the budget had gone


def rate(recipe: Recipe, share: float) -> float:
    """The learning rate when a `share` of the training has gone, as a share of the recipe's highest.

    It climbs along a line, then falls along half a cosine, or along a line again if it is a `FastRecipe`; with no
    warm-up it stays as it is.

    Examples
    --------
    >>> recipe = FastRecipe(name="fast", builder="fast_cnn", warm_up=0.2)
    >>> [round(rate(recipe, share), 3) for share in (0, 0.1, 0.2, 0.6, 1)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if recipe.warm_up is None:
        return 1.0
    if share < recipe.warm_up:
        return share / recipe.warm_up
    left = max(0.0, 1 - share) / (1 - recipe.warm_up)
    return left if isinstance(recipe, FastRecipe) else (1 - math.cos(math.pi * left)) / 2


def train_for(
    recipe: Recipe,
    seed: int,
    budget: float,
    data: CIFAR10,
    *,
    per: str = "seconds",
    on_step: Callable[[Progress], object] = lambda progress: None,
) -> tuple[keras.Model, Progress]:
    """Train a recipe's network for some seconds, its number of epochs aside.

    The clock runs from the first step's compilation on, and stands still for nothing; the learning rate and the size of
    the images follow it. Interrupted from the keyboard, training ends with the weights that were best on the validation
    images so far.

    Parameters
    ----------
    recipe : Recipe
    seed : int
    budget : float
        Seconds, or epochs.
    data : cnnbook.data.CIFAR10
        Its validation images are looked at from time to time, its test images never.
    per : {"seconds", "epochs"}
        Of which of them `budget` is so many: a comparison in epochs does not depend on the machine's speed.
    on_step : callable, optional
        Called after every step.

    Returns
    -------
    model : keras.Model
    progress : Progress

    Raises
    ------
    TrainingError
        If the recipe cannot be trained, or the loss becomes NaN or infinite.
    """
    training.settings.require_backend()
    training.settings.require_usual()
    keras.utils.set_random_seed(seed)
    model = training.build(recipe, seed)
    training.compile_model(model, recipe, seed)
    batches = training.batches_of(recipe, seed, data.x_train, data.y_train)
    optimizers = getattr(model.optimizer, "optimizers", [model.optimizer])
    highest = [float(optimizer.learning_rate) for optimizer in optimizers]
    progress, best_weights, looked, steps, spent = Progress(0.0, 0.0), None, 0.0, 0, 0.0
    began = time.perf_counter()
    try:
        while spent < budget:
            for number in range(len(batches)):
                share = spent / budget
                for optimizer, rate_of_its_own in zip(optimizers, highest, strict=True):
                    optimizer.learning_rate = rate_of_its_own * rate(recipe, share)
                images, targets = batches[number]
                loss, *_ = model.train_on_batch(resized(images, recipe.size(share)), targets)
                steps += 1
                progress.seconds, progress.epochs = time.perf_counter() - began, steps / len(batches)
                if not np.isfinite(loss):
                    raise TrainingError(
                        f"recipe {recipe.name!r}: the loss is {loss} after {progress.seconds:.0f} seconds; a smaller "
                        f"learning rate usually helps"
                    )
                on_step(progress)
                spent = getattr(progress, per)
                if spent >= budget:
                    break
            else:
                batches.on_epoch_end()
                if spent - looked >= BETWEEN_LOOKS * budget:
                    looked = spent
                    progress.accuracy = training.evaluate(model, data.x_valid, data.y_valid)[1]
                    if progress.best is None or progress.accuracy > progress.best:
                        progress.best, best_weights = progress.accuracy, model.get_weights()
    except KeyboardInterrupt:
        progress.stopped = True
        if best_weights is not None:
            model.set_weights(best_weights)
    return model, progress


def resized(images: np.ndarray, size: int) -> np.ndarray:
    """Square images brought to `size` pixels along each side, each new pixel a mean of those that it stands for.

    Parameters
    ----------
    images : array of uint8, (images, height, width, channels)
    size : int

    Returns
    -------
    array, (images, size, size, channels)
        The images themselves if they have that size; otherwise float32.
    """
    if images.shape[1] == size:
        return images
    return keras.ops.convert_to_numpy(keras.ops.image.resize(images.astype("float32"), (size, size), antialias=True))


def view_probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Probabilities as the mean over six views of each image: as it is, moved by a pixel up and left, down and right,
    and these three mirrored; the moved ones count half.

    Known as test-time augmentation.

    Parameters
    ----------
    model : keras.Model
    images : array of uint8, (images, height, width, channels)

    Returns
    -------
    array of float32, (images, classes)
    """
    total = np.zeros(1)
    for weight, move in ((2, 0), (1, -1), (1, 1)):
        moved = shifted(images, np.full((len(images), 2), move), abs(move)) if move else images
        for view in (moved, moved[:, :, ::-1]):
            total = total + weight * model.predict(view, batch_size=training.PREDICTION_BATCH, verbose=0)
    return (total / 8).astype("float32")
