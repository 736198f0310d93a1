"""What each idea of the speedrun contributes to what a network learns from the same number of images.

usage: python benchmarks/ideas.py [--write] [--at-once 2]

Trains each rung of `cnnbook.training.fast_recipes.LADDER`, and the network that they lead to, for as many epochs from
each seed, in a process of its own with one thread, and asks about the validation images. How fast the machine is makes
no difference. Prints mean and standard deviation, and the difference from the rung before, seed by seed, with an
interval of 95 %; with ``--write`` writes the file that *Make the most of a minute* reads. Needs CIFAR-10, and about
half an hour on two cores.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from cnnbook import data, experiments, intervals
from cnnbook.records.keys import require_imported
from cnnbook.training import settings, speedrun, threads

MEASUREMENT = experiments.IDEAS
RUNGS = [*MEASUREMENT.settings["ladder"], MEASUREMENT.recipe.name]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {MEASUREMENT.path.name}")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="trainings at a time (default: 2)")
    parser.add_argument("--one", nargs=2, metavar=("RUNG", "SEED"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(trained(options.one[0], int(options.one[1]))))
        return
    if options.at_once < 1:
        parser.error(f"got --at-once {options.at_once}; expected at least 1")
    settings.prefer_faster()
    places = list(itertools.product(range(MEASUREMENT.seeds), RUNGS))
    with ThreadPoolExecutor(options.at_once) as workers:
        ends = dict(zip(places, tqdm(workers.map(in_own_process, places), total=len(places)), strict=True))
    runs = [
        {"seed": seed, "valid": {rung: ends[seed, rung]["valid"] for rung in RUNGS}}
        for seed in range(MEASUREMENT.seeds)
    ]
    if options.write:
        (machine,) = {end["machine"] for end in ends.values()}
        MEASUREMENT.write({"machine": machine, "runs": runs}, __file__)
    valid = {rung: [100 * run["valid"][rung] for run in runs] for rung in RUNGS}
    for before, rung in zip([None, *RUNGS], RUNGS, strict=False):
        mean, sd = intervals.mean_sd(valid[rung])
        gained = f"; {intervals.paired(valid[rung], valid[before]):+.2f}" if before else ""
        print(f"{rung:16} {mean:6.2f} ± {sd:.2f}{gained}")


def in_own_process(place):
    seed, rung = place
    command = [sys.executable, __file__, "--one", rung, str(seed)]
    environment = os.environ | threads.limit(1)
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)


def trained(rung, seed):
    """The accuracy on the validation images, from 0 to 1, after so many epochs, and what computed it."""
    from cnnbook import training
    from cnnbook.training import budget

    recipe = experiments.AGAINST_THE_CLOCK[rung]
    require_imported(recipe.builder)
    images = data.cifar10()
    model, progress = budget.train_for(recipe, seed, MEASUREMENT.settings["epochs"], images, per="epochs")
    if progress.stopped:
        sys.exit("stopped; nothing is kept")
    valid = training.evaluate(model, images.x_valid, images.y_valid)[1]
    return {"valid": valid, "machine": speedrun.machine_line()}


if __name__ == "__main__":
    main()
