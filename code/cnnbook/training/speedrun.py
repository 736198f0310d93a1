"""A run against the clock. Light to import: Keras is imported when a run begins."""

from collections.abc import Iterator
from typing import NamedTuple

from tqdm import tqdm

from cnnbook import data
from cnnbook.training.fast_recipes import choose
from cnnbook.training.recipe import Recipe

BAR = "{percentage:3.0f} % |{bar}| {desc}, {n} of {total} s"


class Result(NamedTuple):
    """What a run against the clock gave; accuracies from 0 to 1."""

    recipe: str
    minutes: float  # that there were
    seed: int
    seconds: float  # of training, with compilation and the looks at the validation images
    epochs: float  # passes over the training images
    stopped: bool  # by the reader, before the time had gone
    machine: str
    valid: float
    test: float
    # With the mean over six views of each image; None where that was not asked for.
    valid_views: float | None = None
    test_views: float | None = None


def run(
    minutes: float,
    chosen: Recipe | None = None,
    seed: int = 0,
    *,
    images: data.CIFAR10 | None = None,
    views: bool = True,
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
    views : bool
        Whether to ask once more with six views of each image.
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
        if views:
            accuracies[f"{split}_views"] = float((budget.view_probabilities(model, x).argmax(axis=1) == y).mean())
    return Result(
        recipe=chosen.name,
        minutes=minutes,
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
    threads = f"{thread_count()} thread{'s' * (thread_count() > 1)}"
    amx = ", AMX" * machine.fast_in_16_bits()
    return f"{machine.device()}, {threads}{onednn}{amx}; {', '.join(map(' '.join, versions.items()))}"


def line(result: Result) -> str:
    """A run in one line, to stand beside another's."""
    asked = {"test": (result.test, result.test_views), "validation": (result.valid, result.valid_views)}
    reached = ", ".join(
        f"{100 * alone:.2f} %{'' if views is None else f' ({100 * views:.2f} % with six views)'} of the {images} images"
        for images, (alone, views) in asked.items()
    )
    ended = "stopped after" if result.stopped else "after"
    return (
        f"{reached} {ended} {result.seconds:.0f} s and {result.epochs:.1f} epochs of {result.recipe}, seed "
        f"{result.seed}; {result.machine}"
    )
