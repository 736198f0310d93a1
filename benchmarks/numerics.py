"""One recipe and one seed, computed in other ways: with other threads, and with layers in 16 bits.

usage: python benchmarks/numerics.py [--write]

The simple CNN is trained for three epochs, in a process of its own for each seed and each way. Prints how far each way
ends from the first one, and with ``--write`` writes the file that *Ask how sure a number is* reads. Needs CIFAR-10, and
about five minutes on two cores. (float16 is no way here: a processor needs minutes for an epoch.)
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cnnbook import data, experiments, intervals
from cnnbook.training import threads

MEASUREMENT = experiments.NUMERICS
WAYS = MEASUREMENT.settings["ways"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {MEASUREMENT.path.name}")
    parser.add_argument("--train", nargs=3, metavar=("SEED", "POLICY", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        seed, policy, file = options.train
        np.savez(file, **trained(int(seed), policy))
        return
    runs = [{"seed": seed, "ways": compared(seed)} for seed in range(MEASUREMENT.seeds)]
    if options.write:
        MEASUREMENT.write(about_this_machine() | {"runs": runs}, __file__)
    for way in WAYS:
        for figure in ("accuracy", "agrees", "difference"):
            mean, sd = intervals.mean_sd(run["ways"][way][figure] for run in runs)
            print(f"{way:18} {figure:10} {mean:.5f} ± {sd:.5f}")


def compared(seed):
    """What each way gives from this seed."""
    ends = {}
    for way, settings in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "end.npz")
            command = [sys.executable, __file__, "--train", str(seed), settings["policy"], file]
            subprocess.run(command, env=os.environ | threads.limit(settings["threads"]), check=True)
            ends[way] = dict(np.load(file))
            print(f"seed {seed}, {way}", flush=True)
    first = next(iter(ends.values()))
    return {
        way: {
            "accuracy": float(np.mean(end["predictions"] == data.test_labels())),
            "agrees": float(np.mean(end["predictions"] == first["predictions"])),
            "difference": float(np.abs(end["weights"] - first["weights"]).max()),
        }
        for way, end in ends.items()
    }


def trained(seed, policy):
    """The weights of a run, all in one row, and its predictions."""
    import keras

    from cnnbook import models, training
    from cnnbook.training.batches import Batches

    recipe, images = MEASUREMENT.recipe, data.cifar10()
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(seed)
    network = getattr(models, recipe.builder)(**recipe.arguments)
    network.layers[-1].dtype_policy = "float32"  # in 16 bits a small probability is 0, and has no logarithm
    network.compile(recipe.optimizer, recipe.loss)
    labels = np.eye(len(data.CLASSES), dtype="float32")[images.y_train]
    batches = Batches(images.x_train, labels, batch_size=recipe.batch_size, seed=seed)
    network.fit(batches, epochs=recipe.epochs, verbose=0)
    return {
        "weights": np.concatenate([weight.ravel() for weight in network.get_weights()]),
        "predictions": training.evaluate(network, images.x_test, images.y_test)[2],
    }


def about_this_machine():
    from cnnbook.training import machine

    return {
        "device": machine.device(),
        "onednn": machine.onednn(),
        "versions": machine.versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    main()
