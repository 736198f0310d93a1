"""Time an epoch of the simple CNN and of the best CNN: `model.fit` on NumPy arrays against faster ways, side by side.

usage: python benchmarks/training.py [--rounds N] [--images N] [--profile]

All ways train the same network on the same images in batches of 128, and take turns, so that a busy machine slows all
of them alike. Each round gives one ratio of times for each way; the median of these is printed with its range.

fit        `model.fit` on NumPy arrays, with its defaults: what everything is compared with
batches    what the book's recordings use: `cnnbook.training.batches`, the same order of images on every backend
steps      as fit, eight steps in one call
tensors    images kept as tensors, batches gathered from them, eight steps in one call (TensorFlow only)
bfloat16   as batches, in mixed precision: half the memory, other numbers; fast where the processor has it

``--profile`` then asks oneDNN, which does TensorFlow's arithmetic on processors, where the time of `fit` goes.
Exit code 0 if the simple CNN trains at least 1.5 times as fast as with `fit` in one of the ways that leave its numbers
alone, 1 if not.
"""

import argparse
import collections
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before the import of Keras; TensorFlow greets on stderr

import keras
import numpy as np
from tqdm import tqdm

from cnnbook import experiments, training
from cnnbook.training import machine
from cnnbook.training.batches import Batches

TARGET = 1.5
BATCH, EPOCH = 128, 45_000
NETWORKS = ("simple-cnn", "deeper-5")
SAME_NUMBERS = ("batches", "steps", "tensors")  # the ways that compute what `fit` computes


def tensors(images, targets):
    """Shuffled batches gathered from tensors that stay where the model computes."""
    import tensorflow as tf

    x, y = tf.constant(images), tf.constant(targets)
    order = tf.data.Dataset.range(len(images)).shuffle(len(images)).batch(BATCH)
    return order.map(lambda chosen: (tf.gather(x, chosen), tf.gather(y, chosen))).prefetch(2)


def ways(images, targets):
    """By name: what to fit on, options of fit, options of compile, precision."""
    batches = Batches(images, targets, batch_size=BATCH, seed=0)
    options = {
        "fit": (images, {"y": targets, "batch_size": BATCH}, {}, "float32"),
        "batches": (batches, {}, {}, "float32"),
        "steps": (images, {"y": targets, "batch_size": BATCH}, {"steps_per_execution": 8}, "float32"),
        "bfloat16": (batches, {}, {}, "mixed_bfloat16"),
    }
    if keras.backend.backend() == "tensorflow":
        options["tensors"] = (tensors(images, targets), {"shuffle": False}, {"steps_per_execution": 8}, "float32")
    return options


def contestant(name, x, fit_options, compile_options, precision):
    """A function that trains the network called `name` for one pass over `x`."""
    keras.config.set_dtype_policy(precision)
    try:
        model = training.build(experiments.recipe(name))
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"], **compile_options)
    return lambda: model.fit(x, verbose=0, **fit_options)


def measure(contestants, rounds):
    """Seconds of each contestant in each round; a first round, which compiles, is not counted."""
    times = collections.defaultdict(list)
    for turn in tqdm(range(rounds + 1), desc="rounds", disable=None):
        for name, train in contestants.items():
            start = time.perf_counter()
            train()
            if turn:
                times[name].append(time.perf_counter() - start)
    return times


def report(network, times, images):
    """Print a line for each way; return the median ratio of each."""
    print(f"\n{network:<12}{'s/epoch':>10}{'images/s':>10}{'times as fast as fit':>24}")
    gained = {}
    for name, rounds in times.items():
        ratios = [fit / seconds for fit, seconds in zip(times["fit"], rounds, strict=True)]
        gained[name] = statistics.median(ratios)
        seconds = statistics.median(rounds)
        spread = f"{gained[name]:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{name:<12}{seconds * EPOCH / images:>10.1f}{images / seconds:>10.0f}{spread:>24}")
    return gained


def profile(network, images):
    """Print the share of each kind of oneDNN's work in an epoch of `fit`, and what is left for everything else."""
    code = f"import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r}); import training as t\n"
    code += f"t.profiled({network!r}, {images})"
    environment = os.environ | {"ONEDNN_VERBOSE": "profile_exec"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.returncode or "onednn_verbose" not in done.stdout:
        sys.exit(f"no profile: oneDNN reported nothing, or the process failed\n{done.stderr}")
    _, _, after = done.stdout.partition("MARK\n")
    spent, total = collections.Counter(), float(after.rsplit("TOTAL", 1)[1])
    for line in after.splitlines():
        if line.startswith("onednn_verbose") and ",exec," in line:
            fields = line.split(",")
            spent[f"{fields[5]}, {fields[7]}"] += float(fields[-1]) / 1000
    print(f"\nwhere an epoch of fit goes, {network}")
    for kind, seconds in spent.most_common():
        print(f"  {kind:<36}{100 * seconds / total:5.1f} %")
    print(f"  {'the rest of TensorFlow, and Python':<36}{100 * (1 - sum(spent.values()) / total):5.1f} %")


def profiled(network, images):
    """Train one epoch of `fit` between two marks, in a process that oneDNN reports from."""
    train = contestant(network, *ways(*examples(images))["fit"])
    train()
    print("MARK", flush=True)
    start = time.perf_counter()
    train()
    print("TOTAL", time.perf_counter() - start, flush=True)


def examples(count):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 10, count)
    return generator.integers(0, 256, (count, 32, 32, 3)).astype("uint8"), np.eye(10, dtype="float32")[labels]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (default: 5)")
    parser.add_argument("--images", type=int, default=6400, help="images of an epoch here (default: 6400)")
    parser.add_argument("--profile", action="store_true", help="say where the time goes (TensorFlow on a processor)")
    options = parser.parse_args()
    if min(options.rounds, options.images) < 1:
        parser.error(f"--rounds and --images must be at least 1; got {options.rounds} and {options.images}")
    backend = keras.backend.backend()
    print(f"Keras {keras.__version__} on {backend}, {machine.device()}; {options.images} images, batches of {BATCH}")
    gained = {}
    for network in NETWORKS:
        contestants = {name: contestant(network, *way) for name, way in ways(*examples(options.images)).items()}
        gained[network] = report(network, measure(contestants, options.rounds), options.images)
        if options.profile:
            profile(network, options.images)
    best = max(gained["simple-cnn"][name] for name in SAME_NUMBERS if name in gained["simple-cnn"])
    print(f"\nThe target, {TARGET} times as fast for the simple CNN, is {'met' if best >= TARGET else 'missed'}.")
    return 0 if best >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
