"""Which settings train fast on this machine's processor: oneDNN, threads, 16 bits and the batch, for each network.

usage: python benchmarks/settings.py [--rounds 3] [--seconds 4] [--networks simple-cnn deeper-5 fast-narrow ...]

A network is trained on random images for some seconds, in a process of its own, since oneDNN and threads are chosen
before Keras is imported; compilation is not counted. The settings take turns, so that a busy machine slows all alike.
Prints images per second, and how many times as fast that is as what TensorFlow does by itself: the median of the
rounds, with the range. `cnnbook.training.settings.FASTER` and `cnnbook.training.machine.fast_in_16_bits` follow what
was found. With its defaults it takes over half an hour.
"""

import argparse
import dataclasses
import itertools
import os
import statistics
import subprocess
import sys
import time

from cnnbook import experiments
from cnnbook.training import threads

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
#: By name: environment variables, and what is changed in the network's training.
SETTINGS = {
    "as TensorFlow does": ({}, {}),
    "oneDNN off": ({ONEDNN: "0"}, {}),
    "oneDNN on": ({ONEDNN: "1"}, {}),
    "on, one thread": ({ONEDNN: "1"} | threads.limit(1), {}),
    "on, bfloat16": ({ONEDNN: "1"}, {"precision": "mixed_bfloat16"}),
    "on, batch of 32": ({ONEDNN: "1"}, {"batch_size": 32}),
    "on, batch of 512": ({ONEDNN: "1"}, {"batch_size": 512}),
}
NETWORKS = ("one-layer", "two-layer", "simple-cnn", "deeper-1", "deeper-5", "tutorial", "fast-narrow", "fast-middle")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--networks", nargs="+", metavar="NAME", choices=recipes(), default=NETWORKS)
    parser.add_argument("--one", metavar="SETTING", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(images_per_second(options.networks[0], options.one, options.seconds))
        return
    if options.rounds < 1 or options.seconds <= 0:
        parser.error(f"got {options.rounds} rounds of {options.seconds:g} seconds; both must be above 0")
    speeds = {pair: [] for pair in itertools.product(options.networks, SETTINGS)}
    for _, (network, setting) in itertools.product(range(options.rounds), speeds):
        command = [sys.executable, __file__, "--networks", network, "--one", setting, "--seconds", str(options.seconds)]
        environment = {name: value for name, value in os.environ.items() if name not in (ONEDNN, *threads.limit(1))}
        environment |= SETTINGS[setting][0]
        run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        speeds[network, setting].append(float(run.stdout))
    print(f"{'network':14}{'setting':20}{'images/s':>10}{'times as fast':>24}")
    for (network, setting), values in speeds.items():
        usual = speeds[network, next(iter(SETTINGS))]
        ratios = [one / other for one, other in zip(values, usual, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{network:14}{setting:20}{statistics.median(values):10.0f}{spread:>24}")


def recipes():
    return experiments.RECIPES | experiments.AGAINST_THE_CLOCK


def images_per_second(network, setting, seconds):
    """How many images a network is trained on in a second, from the second step on."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy as np

    from cnnbook import models, training

    changes = dict(SETTINGS[setting][1])
    precision = changes.pop("precision", "float32")
    recipe = dataclasses.replace(recipes()[network], **changes)
    arguments = dict(recipe.arguments)
    if recipe.builder == "fast_cnn":
        arguments["precision"] = precision  # its last layer has 32 bits
    else:
        keras.config.set_dtype_policy(precision)
    model = getattr(models, recipe.builder)(**arguments)
    keras.config.set_dtype_policy("float32")
    training.compile_model(model, recipe, 0)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (recipe.batch_size, 32, 32, 3)).astype("uint8")
    targets = np.eye(10, dtype="float32")[generator.integers(0, 10, recipe.batch_size)]
    model.train_on_batch(images, targets)
    steps, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        model.train_on_batch(images, targets)
        steps += 1
    return steps * recipe.batch_size / passed


if __name__ == "__main__":
    main()
