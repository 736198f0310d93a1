"""Cats against dogs with few images: a network from nothing, and two that know eight other classes of CIFAR-10.

usage: python benchmarks/transfer.py [--write]

The first network of *Build deeper CNNs* learns, for five epochs, the eight classes that are neither cat nor dog. Then a
few images of cats and dogs are drawn, and three networks learn them: one that is new, the trained one with a new last
layer alone, and the trained one as a whole. Each is trained at every rate of `RATES`; the validation images of cats and
dogs choose one, and their test images are read once. With ``--write`` the numbers become the file that *Use your own
photograph* reads. Needs CIFAR-10, and about twenty minutes on two cores.
"""

import argparse
import dataclasses
import os
from datetime import UTC, datetime

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from cnnbook import data, experiments, intervals, training
from cnnbook.training import machine
from cnnbook.training.transfer import with_new_head

MEASUREMENT, SETTINGS = experiments.TRANSFER, experiments.TRANSFER.settings
BASE, SEEDS = MEASUREMENT.recipe, MEASUREMENT.seeds
NEW = [data.CLASSES.index(name) for name in SETTINGS["new"]]
COUNTS, RATES = SETTINGS["counts"], SETTINGS["rates"]
WAYS = ("from nothing", "new last layer", "fine-tuned")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {MEASUREMENT.path.name}")
    options = parser.parse_args()
    images = data.cifar10()
    old = _filtered(images, new=False)
    cats_and_dogs = _filtered(images, new=True)
    runs = []
    for seed in range(SEEDS):
        base = training.train(dataclasses.replace(BASE, keep_weights=(seed,)), seed, data=old)
        print(f"seed {seed}: {100 * base.record['test']['accuracy']:.1f} % of the other eight classes", flush=True)
        run = {"seed": seed, "base": base.record["test"]["accuracy"], "accuracies": {}}
        for count in COUNTS:
            x, y = _drawn(cats_and_dogs, count, seed)
            run["accuracies"][str(count)] = {}
            for way in WAYS:
                trials = [_trained(way, base, x, y, rate, seed) for rate in RATES]
                chosen = max(trials, key=lambda network: _accuracy(network, cats_and_dogs, "valid"))
                right = _accuracy(chosen, cats_and_dogs, "test")
                run["accuracies"][str(count)][way] = right
                print(f"seed {seed}, {count} of each, {way}: {100 * right:.1f} %", flush=True)
        runs.append(run)
    content = {
        "device": machine.device(),
        "versions": machine.versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": runs,
    }
    if options.write:
        MEASUREMENT.write(content, __file__)
    for count in COUNTS:
        for way in WAYS:
            mean, sd = intervals.mean_sd(100 * run["accuracies"][str(count)][way] for run in runs)
            print(f"{count:4} of each, {way:15} {mean:.1f} ± {sd:.1f} % of 2,000 test images ({SEEDS} seeds)")


def _filtered(images, *, new):
    """CIFAR-10 with the images of `NEW` alone, or without them."""
    parts = {}
    for name in ("train", "valid", "test"):
        x, y = getattr(images, f"x_{name}"), getattr(images, f"y_{name}")
        kept = np.isin(y, NEW) == new
        parts |= {f"x_{name}": x[kept], f"y_{name}": y[kept]}
    return images._replace(**parts)


def _drawn(images, count, seed):
    """`count` training images of each new class, with the number of their class in `NEW`."""
    rng = np.random.default_rng(seed)
    places = np.concatenate([rng.choice(np.flatnonzero(images.y_train == label), count, False) for label in NEW])
    return images.x_train[places], np.repeat(range(len(NEW)), count)


def _trained(way, base, x, y, rate, seed):
    keras.utils.set_random_seed(seed)
    network = training.build(BASE)
    if way == "from nothing":
        network = with_new_head(network, len(NEW))
        return _fit(network, x, y, rate, SETTINGS["epochs"])
    for layer in network.layers:
        weights = [base.weights[f"{layer.name}/{variable.name}"] for variable in layer.weights]
        layer.set_weights(weights)
        layer.trainable = False
    network = with_new_head(network, len(NEW))
    if way == "new last layer":
        return _fit(network, x, y, rate, SETTINGS["epochs"])
    _fit(network, x, y, max(RATES), SETTINGS["head_epochs"])
    network.trainable = True
    return _fit(network, x, y, rate, SETTINGS["epochs"] - SETTINGS["head_epochs"])


def _fit(network, x, y, rate, epochs):
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    network.fit(x, y, batch_size=SETTINGS["batch_size"], epochs=epochs, verbose=0)
    return network


def _accuracy(network, images, name):
    x, y = getattr(images, f"x_{name}"), getattr(images, f"y_{name}")
    said = network.predict(x, batch_size=500, verbose=0).argmax(axis=1)
    return float(np.mean(np.array(NEW)[said] == y))


if __name__ == "__main__":
    main()
