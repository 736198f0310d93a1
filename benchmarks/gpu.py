"""How long a GPU needs to reach a mean of 94 %: a network of the speedrun, with its steps fused.

usage: KERAS_BACKEND=jax python benchmarks/gpu.py [--target 94] [--epochs N] [--runs 10] [--network fast-long-16]
       [--images N]

Looks for the fewest epochs, from 8 on in steps of two, after which the mean of three seeds reaches the target on the
validation images, with six views of each. Then the script starts afresh, trains other seeds for so many epochs, and
asks each network about the test images, with one view and with six; the training images are 45,000. Seconds count from
a seed's first random number to its last step, with the images in memory. The first run is cold: it compiles the steps.
To compare, run another program on the same card in the same hour, such as *airbench94.py* in PyTorch, which trains on
all 50,000. Needs CIFAR-10, and JAX with what it asks for on the card. A rehearsal on a processor takes a quarter of an
hour: ``--images 500 --target 10 --runs 3 --network fast-narrow``.
"""

import argparse
import os
import statistics
import sys

from cnnbook import data, intervals, training
from cnnbook.training import budget, speedrun
from cnnbook.training.fast_recipes import RECIPES, recipe_called
from cnnbook.training.fused import FusedTraining

CHOOSING = range(3)  # seeds that choose the epochs; the runs that count have others
EPOCHS = range(8, 101, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=float, default=94, help="percent of the images (default: 94)")
    parser.add_argument("--epochs", type=int, help="train for so many, without a search")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--network", choices=RECIPES, default="fast-long-16")
    parser.add_argument("--images", type=int, help="train and ask with the first so many of each part (default: all)")
    options = parser.parse_args()
    if options.images is not None and options.images < 1:
        parser.error(f"got --images {options.images}; expected at least 1")
    if options.runs < 2 or not 10 <= options.target < 100 or (options.epochs is not None and options.epochs < 1):
        got = f"--runs {options.runs} --target {options.target:g} --epochs {options.epochs}"
        parser.error(
            f"got {got}; expected at least 2 runs, a target from 10 to below 100, and at least 1 epoch or none"
        )
    recipe, images = recipe_called(options.network), first(options.images, data.cifar10())
    if options.epochs is None:
        epochs = chosen(recipe, images, options.target)
        os.execv(sys.executable, [sys.executable, *sys.argv, "--epochs", str(epochs)])  # gives the memory back
    train = FusedTraining(recipe, options.epochs, images)
    runs = []
    for seed in range(len(CHOOSING), len(CHOOSING) + options.runs):
        model, seconds = train(seed)
        right = asked(model, images.x_test, images.y_test)
        runs.append((seconds, *right))
        print(f"seed {seed}: {seconds:.2f} s, {right[0]:.2f} %, {right[1]:.2f} % with six views", flush=True)
    (cold, *_), *warm = runs
    print(f"{recipe.name}, {options.epochs} epochs; {speedrun.machine_line()}")
    print(f"cold {cold:.2f} s; warm, median of {len(warm)}: {statistics.median(run[0] for run in warm):.2f} s")
    for name, values in zip(("one view", "six views"), zip(*(run[1:] for run in runs), strict=True), strict=True):
        mean, sd = intervals.mean_sd(values)
        print(f"{name}: {mean:.2f} ± {sd:.2f} % of the test images, n = {len(values)}")


def first(count, images):
    """The first `count` images and labels of each part, or all."""
    return type(images)(*(part[:count] for part in images))


def chosen(recipe, images, target):
    """The fewest epochs, in steps of two, whose mean on the validation images reaches the target."""
    for epochs in EPOCHS:
        train = FusedTraining(recipe, epochs, images)
        right = statistics.mean(asked(train(seed)[0], images.x_valid, images.y_valid)[1] for seed in CHOOSING)
        print(f"{epochs} epochs: {right:.2f} % of the validation images with six views", flush=True)
        if right >= target:
            return epochs
    sys.exit(f"{recipe.name} does not reach {target:g} % of the validation images within {EPOCHS[-1]} epochs")


def asked(model, images, labels):
    """Percent that are right, with one view and with six."""
    alone = training.evaluate(model, images, labels)[1]
    views = (budget.view_probabilities(model, images).argmax(axis=1) == labels).mean()
    return 100 * alone, 100 * float(views)


if __name__ == "__main__":
    main()
