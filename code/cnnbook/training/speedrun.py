"""The speedrun: networks for more and more computation, and a run against the clock with one of them.

The ideas are those of K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv:2404.00498, 2024, but for the
images that grow and the rate that follows the clock. Light to import: Keras is imported when a run begins.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

from tqdm import tqdm

from cnnbook import CnnBookError, data
from cnnbook.training.recipe import FastRecipe, Recipe

BAR = "{percentage:3.0f} % |{bar}| {desc}, {n} of {total} s"


def fast(name: str, filters: list[int], **changes) -> FastRecipe:
    """A network of these filters, trained as all of the speedrun's are, but for `changes`."""
    settings: dict[str, Any] = {
        "builder": "fast_cnn",
        "arguments": {"filters": filters},
        "optimizer": "SGD",
        "optimizer_arguments": {"learning_rate": 0.5, "momentum": 0.85, "nesterov": True, "weight_decay": 0.009},
        "rates": {"norm.*/beta": 64},
        "warm_up": 0.23,
        "loss_arguments": {"label_smoothing": 0.2},
        "batch_size": 250,
        "flip": True,
        "shift": 2,
        "small": {0.4: 20, 0.8: 26},
    }
    return FastRecipe(name=name, **settings | changes)


def in_16_bits(recipe: FastRecipe) -> FastRecipe:
    """The same network, whose layers compute in bfloat16."""
    arguments = {**recipe.arguments, "precision": "mixed_bfloat16"}
    return dataclasses.replace(recipe, name=f"{recipe.name}-16", arguments=arguments)


#: By the least work, in minutes of a processor's core, from which the wider network is taken: estimates, from how many
#: epochs fit into the time. `benchmarks/speedrun.py` compares the networks.
BY_WORK = {
    0: fast("fast-narrow", [32, 64, 64]),
    5: fast("fast-middle", [64, 128, 128]),
    20: fast("fast-wide", [64, 256, 256]),
}
GAIN_OF_16_BITS = 2.5  # where the processor is made for them, so many times the work fits into a minute, roughly

RECIPES = {recipe.name: recipe for wide in BY_WORK.values() for recipe in (wide, in_16_bits(wide))}


class Result(NamedTuple):
    """What a run against the clock gave; accuracies from 0 to 1."""

    recipe: str
    seed: int
    seconds: float  # of training, with compilation and the looks at the validation images
    epochs: float  # passes over the training images
    stopped: bool  # by the reader, before the time had gone
    valid: float
    test: float
    valid_views: float  # with the mean over six views of each image
    test_views: float
    machine: str


def recipe_called(name: str) -> FastRecipe:
    """One of `RECIPES`; the error for an unknown name lists the known ones."""
    if name not in RECIPES:
        raise CnnBookError(f"the speedrun has no network {name!r}; choose from {', '.join(RECIPES)}")
    return RECIPES[name]


def choose(minutes: float, cores: int, *, gpu: bool = False, fast_in_16_bits: bool = False) -> FastRecipe:
    """The recipe for so much time: the widest that a GPU or so many cores should train far enough.

    Examples
    --------
    >>> choose(1, cores=2).name
    'fast-narrow'
    >>> choose(1, cores=16).name
    'fast-middle'
    >>> choose(1, cores=2, fast_in_16_bits=True).name
    'fast-middle-16'
    """
    work = minutes * cores * (GAIN_OF_16_BITS if fast_in_16_bits else 1)
    widest = [recipe for least, recipe in BY_WORK.items() if gpu or work >= least][-1]
    return in_16_bits(widest) if fast_in_16_bits else widest


def run(
    minutes: float,
    chosen: Recipe | None = None,
    seed: int = 0,
    *,
    images: data.CIFAR10 | None = None,
    bar: bool = False,
) -> Result:
    """Train for some minutes, then ask the network once about the validation images and once about the test images.

    Parameters
    ----------
    minutes : float
        Of training. Loading the images and the last questions come on top.
    chosen : Recipe, optional
        By default the one that makes the most of the time on this machine.
    seed : int
    images : cnnbook.data.CIFAR10, optional
        By default the real CIFAR-10.
    bar : bool
        Whether a line shows the progress.
    """
    images = data.cifar10() if images is None else images
    from cnnbook import training
    from cnnbook.training import budget, machine
    from cnnbook.training.threads import thread_count

    if chosen is None:
        here = {"gpu": bool(machine.gpus()), "fast_in_16_bits": machine.fast_in_16_bits()}
        chosen = choose(minutes, thread_count(), **here)
    with tqdm(total=round(60 * minutes), bar_format=BAR, disable=not bar) as line:

        def show(progress):
            line.n = min(line.total, round(progress.seconds))
            seen = "" if progress.accuracy is None else f", {100 * progress.accuracy:.1f} % of the validation images"
            line.set_description_str(f"{chosen.name}: {progress.epochs:.1f} epochs{seen}")

        model, progress = budget.train_for(chosen, seed, 60 * minutes, images, on_step=show)
    accuracies = {}
    for split, x, y in (("valid", images.x_valid, images.y_valid), ("test", images.x_test, images.y_test)):
        accuracies[split] = training.evaluate(model, x, y)[1]
        accuracies[f"{split}_views"] = float((budget.view_probabilities(model, x).argmax(axis=1) == y).mean())
    return Result(
        recipe=chosen.name,
        seed=seed,
        seconds=round(progress.seconds, 1),
        epochs=round(progress.epochs, 2),
        stopped=progress.stopped,
        machine=machine_line(),
        **accuracies,
    )


def until(target: float, chosen: Recipe | None = None, seed: int = 0) -> Iterator[Result]:
    """Runs of 1, 2, 4, ... minutes, each from the start, until `target` percent of the validation images are right.

    Each yields its result. They end early if one is stopped from the keyboard.
    """
    images, minutes = data.cifar10(), 1.0
    while True:
        result = run(minutes, chosen, seed, images=images, bar=True)
        yield result
        if result.stopped or 100 * result.valid >= target:
            return
        minutes *= 2


def machine_line() -> str:
    """The device, what computes on it, and the versions, in one line."""
    from cnnbook.training import machine
    from cnnbook.training.threads import thread_count

    versions = {name: version for name, version in machine.versions().items() if name not in ("python", "numpy")}
    onednn = {True: ", oneDNN", False: ", no oneDNN", None: ""}[machine.onednn()]
    return f"{machine.device()}, {thread_count()} threads{onednn}; {', '.join(map(' '.join, versions.items()))}"


def line(result: Result) -> str:
    """A run in one line, to stand beside another's."""
    ended = "stopped after" if result.stopped else "after"
    return (
        f"{100 * result.test:.2f} % of the test images ({100 * result.test_views:.2f} % with six views; validation "
        f"{100 * result.valid:.2f} and {100 * result.valid_views:.2f} %) {ended} {result.seconds:.0f} s and "
        f"{result.epochs:.1f} epochs of {result.recipe}, seed {result.seed}; {result.machine}"
    )
