"""How far networks come in some minutes: runs against the clock, in turns, so that a busy machine slows all alike.

usage: python benchmarks/speedrun.py [--minutes 1] [--seeds 5] [--networks fast-narrow tutorial deeper-5] [--write]

Each run has a process of its own, whose compilation counts. Prints each, then mean and standard deviation for each
network, and its difference from the one before, seed by seed, with an interval of 95 %. Besides the networks of
``python -m cnnbook speedrun``, which alone get six views of each image, there are those that they are held against.
With ``--write`` each run is kept at once in the file that *Make the most of a minute* reads, and those that are there
already are not run again: let nothing else run. Needs CIFAR-10.
"""

import argparse
import itertools
import json
import subprocess
import sys

from cnnbook import experiments, intervals
from cnnbook.records import speedruns
from cnnbook.records.keys import require_imported
from cnnbook.training import settings, speedrun
from cnnbook.training.fast_recipes import RECIPES

FIELDS = ("valid", "valid_views", "test", "test_views", "epochs", "seconds")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seeds", type=int, default=5)
    names, usual = experiments.AGAINST_THE_CLOCK, ["fast-narrow", "tutorial", "deeper-5"]
    parser.add_argument("--networks", nargs="+", metavar="NAME", choices=names, default=usual)
    parser.add_argument("--write", action="store_true", help=f"keep each run in {speedruns.FILE.name}")
    parser.add_argument("--one", type=int, metavar="SEED", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        (name,) = options.networks
        recipe = experiments.AGAINST_THE_CLOCK[name]
        require_imported(recipe.builder)
        key = speedruns.key(recipe, options.one)
        run = speedrun.run(options.minutes, recipe, options.one, views=name in RECIPES)
        if run.stopped:
            sys.exit(f"stopped; {name}, seed {options.one}, is not kept")
        print(json.dumps({"key": key, **run._asdict()}))
        return
    if options.seeds < 2 or options.minutes < 0.1:
        parser.error(f"got --seeds {options.seeds} --minutes {options.minutes:g}; expected at least 2 and 0.1")
    settings.prefer_faster()
    from cnnbook.training import machine

    amx, names = machine.fast_in_16_bits(), options.networks
    runs = {name: [] for name in names}
    for seed, name in itertools.product(range(options.seeds), names):
        recipe = experiments.AGAINST_THE_CLOCK[name]
        run = speedruns.kept(recipe, options.minutes, seed, amx=amx) if options.write else None
        if run is None:
            run = in_own_process(name, seed, options.minutes)
            if options.write:
                speedruns.keep(run)
        runs[name].append(run)
        result = speedrun.Result(**{field: run[field] for field in speedrun.Result._fields})
        print(f"seed {seed}: {speedrun.line(result)}", flush=True)
    for name, field in itertools.product(names, FIELDS):
        values = [run[field] for run in runs[name]]
        if None in values:
            continue
        mean, sd = intervals.mean_sd(values)
        line = f"{name:20} {field:12} {mean:8.4f} ± {sd:.4f}, n = {options.seeds}"
        before = names[max(0, names.index(name) - 1)]
        if before != name and None not in (others := [run[field] for run in runs[before]]):
            line += f"; {intervals.paired(values, others):+.4f} against {before}"
        print(line)


def in_own_process(name, seed, minutes):
    """The fields of a run's `speedrun.Result`, and its key."""
    command = [sys.executable, __file__, "--minutes", str(minutes), "--networks", name, "--one", str(seed)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    main()
