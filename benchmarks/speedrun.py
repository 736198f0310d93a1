"""How far networks come in some minutes: runs against the clock, in turns, so that a busy machine slows all alike.

usage: python benchmarks/speedrun.py [--minutes 1] [--seeds 5] [--networks fast-middle-16 tutorial deeper-5]

Each run has a process of its own, whose compilation counts. Prints each, then mean and standard deviation for each
network, and its difference from the first, seed by seed, with an interval of 95 %. Besides the networks of ``python -m
cnnbook speedrun`` there are those that they are held against, and one of them without each of its ideas. Needs
CIFAR-10.
"""

import argparse
import dataclasses
import json
import subprocess
import sys

from cnnbook import experiments, intervals
from cnnbook.training import Recipe, speedrun

WHOLE = speedrun.RECIPES["fast-middle-16"]


def without(idea, arguments=None, **changes):
    """The whole recipe with other arguments of its builder, or other settings."""
    arguments = {**WHOLE.arguments, **(arguments or {})}
    return dataclasses.replace(WHOLE, name=f"without-{idea}", arguments=arguments, **changes)


ABLATION = (
    without("whitening", {"whitened": False}),
    without("identity", {"identity": False}),
    without("small-images", small={}),
    without("fast-biases", rates={}),
    without("falling-rate", warm_up=None),
    without("16-bits", {"precision": "float32"}),
)
# The network and training of TensorFlow's tutorial, and the book's best for a processor.
PEERS = Recipe(name="tutorial", builder="tutorial_cnn", batch_size=32, epochs=10), experiments.recipe("deeper-5")
NETWORKS = speedrun.RECIPES | {recipe.name: recipe for recipe in (*ABLATION, *PEERS)}
FIELDS = ("valid", "valid_views", "test", "test_views", "epochs", "seconds")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--networks", nargs="+", metavar="NAME", choices=NETWORKS, default=[WHOLE.name, "tutorial"])
    parser.add_argument("--one", type=int, metavar="SEED", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        result = speedrun.run(options.minutes, NETWORKS[options.networks[0]], options.one)
        print(json.dumps(result._asdict()))
        return
    if options.seeds < 2:
        parser.error(f"got {options.seeds} for --seeds; a spread needs at least 2")
    runs = {name: [] for name in options.networks}
    for seed in range(options.seeds):
        for name in options.networks:
            runs[name].append(in_own_process(name, seed, options.minutes))
            print(f"seed {seed}: {speedrun.line(speedrun.Result(**runs[name][-1]))}", flush=True)
    first = runs[options.networks[0]]
    for name, field in ((name, field) for name in runs for field in FIELDS):
        mean, sd = intervals.mean_sd(run[field] for run in runs[name])
        line = f"{name:20} {field:12} {mean:8.4f} ± {sd:.4f}, n = {options.seeds}"
        if runs[name] is not first:
            line += f"; {intervals.paired([run[field] for run in runs[name]], [run[field] for run in first]):+.4f}"
        print(line)


def in_own_process(name, seed, minutes):
    """The fields of a run's `speedrun.Result`."""
    command = [sys.executable, __file__, "--minutes", str(minutes), "--networks", name, "--one", str(seed)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    main()
