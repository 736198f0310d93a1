"""The command line: ``python -m cnnbook COMMAND``. Exit code 0 only when the command did the whole of its work."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from cnnbook import CnnBookError

DESCRIPTION = "Data, recorded runs, worksheets, problems and the practical of the book."
STOPPED = {
    "handin": "No zip is made.",
    "record": "Finished seeds are kept; the same call goes on with the others.",
    "data": "Nothing is kept.",
}

# Commands with a module of their own, which has their arguments and what they do; it is imported when it is asked for.
OTHERS = {
    "practice": ("practice.command", "a printable sheet of problems, with its key"),
    "handin": ("handin.command", "check a student's folder and make the zip to hand in (--start: begin one)"),
}


def main(arguments=None):
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser(*arguments[:1]).parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up notices would break the progress bars
    try:
        options.run(options)
    except (CnnBookError, OSError) as error:
        print(f"cnnbook {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ncnnbook {options.command}: stopped. {STOPPED.get(options.command, '')}", file=sys.stderr)
        return 130
    return 0


def parser(chosen=None):
    """The parser; of the commands in `OTHERS` only the chosen one has its arguments."""
    top = argparse.ArgumentParser(prog="python -m cnnbook", description=DESCRIPTION)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    data = commands.add_parser("data", help="fetch CIFAR-10 if it is not here, verify it, say where it came from")
    data.add_argument("--sample", type=Path, metavar="FILE", help="also write the sample that ships with the book")
    data.set_defaults(run=_data)

    record = commands.add_parser("record", help="train recipes and keep the results; finished seeds are not repeated")
    record.add_argument("names", nargs="*", metavar="NAME", help="recipes (see `results`)")
    record.add_argument("--all", action="store_true", help="every recipe of the book")
    record.add_argument("--seeds", type=_at_least_one, metavar="N", help="seeds 0 to N-1 (default: the book's)")
    record.add_argument("--fresh", action="store_true", help="train again what has a valid record")
    record.add_argument("--jobs", type=_at_least_one, metavar="N", help="runs at a time (default: 1; cluster: all)")
    record.add_argument(
        "--threads", type=_at_least_one, metavar="N", help="of each run (default: the cores shared out)"
    )
    record.add_argument(
        "--backend", choices=("loky", "dask", "ray"), default="loky", help="where runs train (loky: here)"
    )
    record.add_argument("--scheduler", metavar="ADDRESS", help="of the cluster, for example tcp://10.0.0.5:8786")
    record.add_argument("--folder", type=Path, metavar="FOLDER", help="where records go (default: inside the package)")
    record.set_defaults(run=_record)

    results = commands.add_parser("results", help="a table of all records")
    results.add_argument(
        "--folder", type=Path, metavar="FOLDER", help="where records are (default: inside the package)"
    )
    results.set_defaults(run=_results)

    worksheet = commands.add_parser("worksheet", help="write the two spreadsheets of exercise 1")
    worksheet.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="FOLDER", help="default: here")
    worksheet.set_defaults(run=_worksheet)

    for name, (module, words) in OTHERS.items():
        other = commands.add_parser(name, help=words)
        if name == chosen:
            command = importlib.import_module(f"cnnbook.{module}")
            command.add_arguments(other)
            other.set_defaults(run=command.run)
    return top


def _data(options):
    from cnnbook import data

    found = data.fetch(progress=True)
    print(f"CIFAR-10 is complete and verified (six MD5 sums): {found.source}, in {found.folder}")
    if options.sample:
        data.write_sample(options.sample)
        print(f"wrote the sample of 100 images and the 10,000 test labels to {options.sample}")


def _record(options):
    from cnnbook import experiments, records
    from cnnbook.records import cluster, recording

    if options.all == bool(options.names):
        raise CnnBookError(f"name recipes or say --all, one of the two; there are {', '.join(experiments.RECIPES)}")
    folder = options.folder or records.RESULTS
    recipes = [experiments.recipe(name) for name in dict.fromkeys(options.names or experiments.RECIPES)]
    wanted = [(recipe, seed) for recipe in recipes for seed in range(options.seeds or recipe.seeds)]
    todo = [run for run in wanted if options.fresh or not records.is_valid(*run, folder=folder)]
    print(f"{len(wanted)} runs asked for, {len(wanted) - len(todo)} recorded before, {len(todo)} to train")
    with cluster.connected(options.backend, options.scheduler):
        for record in recording.record(todo, jobs=options.jobs, threads=options.threads, folder=folder):
            _progress_line(
                f"{record.content['name']:24} seed {record.seed}   {_judged_by(record)} %   "
                f"{record.content['seconds_per_epoch']:.1f} s an epoch"
            )


def _judged_by(record):
    """The accuracy to look at while recipes are still being chosen: validation, unless nothing was held out for it."""
    split = "valid" if record.content["recipe"]["hold_out"] else "train"
    return f"{split} {record.accuracy(split):.2f}"


def _results(options):
    from cnnbook import experiments, records

    folder = options.folder or records.RESULTS
    found, unread = records.read_all(folder), experiments.unread()
    print(f"{'record':24} seed  train %  valid %  test %  epochs  s/epoch  date        device")
    for record in found:
        content, recipe = record.content, experiments.RECIPES.get(record.content["name"])
        stale = recipe is None or not records.is_valid(recipe, record.seed, folder=folder)
        # Where nothing was held out, the validation images were trained on: no figure of theirs is shown.
        valid = f"{record.accuracy('valid'):7.2f}" if content["recipe"]["hold_out"] else "      -"
        test = "     -" if content["name"] in unread else f"{record.accuracy('test'):6.2f}"
        print(
            f"{content['name']:24} {record.seed:4}  {record.accuracy('train'):7.2f}  {valid}  "
            f"{test}  {len(record.history['loss']):6}  {content['seconds_per_epoch']:7.2f}  "
            f"{content['date'][:10]}  {content['device']} ({content['backend']}){'  STALE' * stale}"
        )


def _worksheet(options):
    from cnnbook.handin import worksheets

    for path in worksheets.write_worksheets(options.folder):
        print(f"wrote {path}")


def _progress_line(text):
    """Print a line above the progress bar rather than through it."""
    from tqdm import tqdm

    tqdm.write(text)


def _at_least_one(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
