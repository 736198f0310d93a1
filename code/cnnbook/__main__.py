"""The command line: ``python -m cnnbook COMMAND``. Exit code 0 only when the command did all of its work."""

import os
import sys

if __name__ == "__main__" and sys.path[0] in ("", os.getcwd()):
    # The folder that `python -m` was called in may be a student's: no nbformat.py there is to be imported for ours.
    del sys.path[0]

import argparse
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from cnnbook import CnnBookError

Command = Callable[[argparse.Namespace], None]

DESCRIPTION = "Data, recorded runs, worksheets, problems and the practical of the book."
MOST = 1000  # seeds, runs at a time, threads: more is a slip
LONGEST = 10**7  # seconds, four months
STOPPED = {
    "handin": "No zip was made.",
    "record": "Finished seeds are kept; the same call continues with the others.",
    "data": "Nothing was kept.",
}


# Each of these declares the options of a command and returns what it does; its docstring is the command's help.


def data(parser: argparse.ArgumentParser) -> Command:
    """download CIFAR-10 if it is not on this machine, verify it, and say where it came from"""
    parser.add_argument(
        "--sample", type=folder_or_file, metavar="FILE", help="also write the sample that ships with the book"
    )
    _add_force(parser)

    def run(options):
        from cnnbook import data
        from cnnbook.data.files import require_writable

        if options.sample:
            require_writable(options.sample)
            if options.sample.exists() and not options.force:
                raise CnnBookError(f"there is a file {options.sample}; name another, or add --force to write over it")
        source, folder = data.fetch(progress=True)
        print(f"CIFAR-10 is complete and verified (six MD5 sums): {source}, in {folder}")
        if options.sample:
            data.write_sample(options.sample)
            print(f"wrote the sample of 100 images and the 10,000 test labels to {options.sample}")

    return run


def record(parser: argparse.ArgumentParser) -> Command:
    """train recipes and keep the results; finished seeds are not repeated"""
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes (listed by `results`)")
    parser.add_argument("--all", action="store_true", help="every recipe of the book")
    parser.add_argument("--seeds", type=_at_least_one, metavar="N", help="seeds 0 to N-1 (default: the book's)")
    parser.add_argument("--fresh", action="store_true", help="also train what has a valid record")
    parser.add_argument("--jobs", type=_at_least_one, metavar="N", help="runs at a time (default: 1; on a cluster all)")
    parser.add_argument("--threads", type=_at_least_one, metavar="N", help="per run (default: an equal share of cores)")
    parser.add_argument("--backend", choices=("loky", "dask", "ray"), default="loky", help="loky trains here (default)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of the cluster, for example tcp://10.0.0.5:8786")
    parser.add_argument(
        "--folder", type=folder_or_file, metavar="FOLDER", help="where records go (default, in a clone: the book's)"
    )

    def run(options):
        from cnnbook import experiments, records
        from cnnbook.records import cluster, recording
        from cnnbook.training import settings

        settings.prefer_faster()
        if records.is_short():
            raise CnnBookError(f"{records.SHORT} is set, and a short training is kept nowhere; unset it to record runs")
        if options.all == bool(options.names):
            raise CnnBookError(f"give either recipes or --all; the recipes are {', '.join(experiments.RECIPES)}")
        folder = options.folder or records.RESULTS
        recipes = [experiments.recipe(name) for name in dict.fromkeys(options.names or experiments.RECIPES)]
        runs = [(recipe, seed) for recipe in recipes for seed in range(options.seeds or recipe.seeds)]
        missing = [run for run in runs if options.fresh or not records.is_valid(*run, folder=folder)]
        print(f"{len(runs)} runs requested, {len(runs) - len(missing)} already recorded, {len(missing)} to train")
        with cluster.connected(options.backend, options.scheduler):
            for record in recording.record(missing, jobs=options.jobs, threads=options.threads, folder=folder):
                _print_above_bar(
                    f"{record.content['name']:24} seed {record.seed}   {_choosing_accuracy(record)} %   "
                    f"{record.content['seconds_per_epoch']:.1f} s per epoch"
                )

    return run


def speedrun(parser: argparse.ArgumentParser) -> Command:
    """train for some minutes on whatever this machine has, and say how far that went"""
    parser.add_argument("--minutes", type=_minutes, metavar="M", help="of training, with compilation (default: 5)")
    parser.add_argument(
        "--target",
        type=_percent,
        metavar="P",
        help="instead: 1 minute, then 2, 4, ..., each from the start, until P % of the validation images are right",
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the weights and batches (default: 0)")
    parser.add_argument("--network", metavar="NAME", help="default: the one that makes the most of the time")

    def run(options):
        from cnnbook.training import fast_recipes, settings, speedrun

        settings.prefer_faster()
        if options.minutes and options.target:
            raise CnnBookError("give either --minutes or --target: a target takes as long as it takes")
        recipe = fast_recipes.recipe_called(options.network) if options.network else None
        if not options.target:
            print(speedrun.line(speedrun.run(options.minutes or 5, recipe, options.seed, bar=True)))
            return
        for result in speedrun.until(options.target, recipe, options.seed):
            _print_above_bar(speedrun.line(result))
        if 100 * result.valid < options.target:
            raise CnnBookError(f"stopped before {options.target:g} % of the validation images were right")

    return run


def results(parser: argparse.ArgumentParser) -> Command:
    """print a table of all records"""
    parser.add_argument(
        "--folder", type=folder_or_file, metavar="FOLDER", help="where they are (default: inside the package)"
    )

    def run(options):
        from cnnbook import experiments, records

        folder = options.folder or records.RESULTS
        all_records, unread = records.read_all(folder), experiments.unread()
        print(f"{'record':24} seed  train %  valid %  test %  epochs  s/epoch  date        device")
        for record in all_records:
            content, recipe = record.content, experiments.RECIPES.get(record.content["name"])
            stale = recipe is None or not records.is_valid(recipe, record.seed, folder=folder)
            # If nothing was held out, the validation images were trained on: no accuracy on them is shown.
            valid = f"{record.accuracy('valid'):7.2f}" if content["recipe"]["hold_out"] else "      -"
            test = "     -" if content["name"] in unread else f"{record.accuracy('test'):6.2f}"
            print(
                f"{content['name']:24} {record.seed:4}  {record.accuracy('train'):7.2f}  {valid}  "
                f"{test}  {len(record.history['loss']):6}  {content['seconds_per_epoch']:7.2f}  "
                f"{content['date'][:10]}  {content['device']} ({record.computed_with}){'  STALE' * stale}"
            )

    return run


def worksheet(parser: argparse.ArgumentParser) -> Command:
    """write the two spreadsheets of exercise 1"""
    parser.add_argument(
        "folder", nargs="?", type=folder_or_file, default=Path(), metavar="FOLDER", help="default: here"
    )
    _add_force(parser)

    def run(options):
        from cnnbook.handin import worksheets

        _print_written(worksheets.write_worksheets(options.folder, force=options.force))

    return run


def practice(parser: argparse.ArgumentParser) -> Command:
    """write a printable sheet of problems, with its key"""
    from cnnbook.practice import KINDS, sheet

    parser.add_argument("--seed", type=int, metavar="N", help="number of the sheet (default: a new one)")
    parser.add_argument(
        "--count",
        type=int,
        default=sheet.USUAL,
        metavar="N",
        help=f"problems, 1 to {sheet.MOST} (default: %(default)s)",
    )
    parser.add_argument("--level", type=int, metavar="N", help="1, 2 or 3 (default: rising)")
    parser.add_argument("--kind", nargs="+", metavar="KIND", help=f"of {', '.join(KINDS)} (default: all)")
    parser.add_argument("--solutions", action="store_true", help="also write the key, with the usual mistakes")
    parser.add_argument(
        "--folder", type=folder_or_file, default=Path(), metavar="FOLDER", help="where to write (default: here)"
    )
    _add_force(parser)

    def run(options):
        paths = sheet.write(
            options.folder,
            seed=options.seed,
            count=options.count,
            level=options.level,
            kinds=options.kind,
            solutions=options.solutions,
            force=options.force,
        )
        _print_written(paths)

    return run


def handin(parser: argparse.ArgumentParser) -> Command:
    """check a student's folder and make the zip to hand in (--start: begin a new one)"""
    from cnnbook.handin import folders

    parser.epilog = (
        "A notebook can do whatever you can do on this machine: run somebody else's where nothing is at stake. Inside "
        "such a folder call `cnnbook`, or `python -P -m cnnbook`: without -P Python imports modules that lie there. It "
        "does so too where PYTHONPATH has an empty or relative entry: `python -I -m cnnbook` does not read PYTHONPATH."
    )
    parser.add_argument("folder", type=folder_or_file, metavar="FOLDER", help="with the notebook and the report")
    parser.add_argument(
        "--start",
        action="store_true",
        help=f"write {folders.NOTEBOOK}, {folders.REPORT} and {folders.WORKSHEET}; nothing is overwritten",
    )
    parser.add_argument("--short", action="store_true", help="run it on 100 images, and hand in the results you saved")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=folders.TIMEOUT,
        metavar="SECONDS",
        help="for each cell (default: %(default)s)",
    )
    parser.add_argument("--name", metavar="NAMES", help="for the zip's name (default: the report's authors)")
    parser.add_argument(
        "--architectures",
        type=_at_least_one,
        default=folders.ARCHITECTURES,
        metavar="N",
        help="how many the table must have (default: %(default)s)",
    )
    parser.add_argument(
        "--anyway", action="store_true", help="make the zip although the notebook stops or there is no report"
    )

    def run(options):
        from cnnbook import handin

        if options.start:
            _print_written(handin.start(options.folder))
        else:
            handin.pack(
                options.folder,
                name=options.name,
                anyway=options.anyway,
                short=options.short or None,
                timeout=options.timeout,
                architectures=options.architectures,
            )

    return run


def explorer(parser: argparse.ArgumentParser) -> Command:
    """write one HTML page that looks into a Keras model: every map and cell, Grad-CAM, your own images"""
    parser.add_argument("model", type=folder_or_file, metavar="MODEL", help="a model that Keras saved, such as a.keras")
    parser.add_argument("--images", type=folder_or_file, metavar="FOLDER", help="images for it (default: the sample)")
    parser.add_argument(
        "--labels",
        type=folder_or_file,
        metavar="FILE",
        help="a line for each image: its name, a comma, its class, a number from 0 or a name (default: the folder of "
        "FOLDER that it lies in; names are counted in alphabetical order)",
    )
    parser.add_argument(
        "--divide", type=float, default=1, metavar="N", help="what the model takes pixels divided by, such as 255"
    )
    parser.add_argument("--output", type=folder_or_file, metavar="FILE", help="the page (default: MODEL.html)")
    _add_force(parser)

    def run(options):
        import keras

        from cnnbook import explorer
        from cnnbook.data.files import write_atomically

        if options.labels and not options.images:
            raise CnnBookError("--labels tells the classes of the images in --images FOLDER; give both, or neither")
        page = options.output or options.model.with_suffix(".html")
        sources = [path for path in (options.model, options.labels) if path and path.exists()]
        if page.exists() and any(map(page.samefile, sources)):
            raise CnnBookError(f"the page is made of {page} and would replace it; name another with --output")
        if page.exists() and not options.force:
            raise CnnBookError(f"there is a file {page}; name another with --output, or add --force to write over it")
        if not options.model.is_file():
            raise CnnBookError(f"there is no file {options.model}; name a model that Keras saved, such as a.keras")
        if options.model.suffix == ".keras" and not zipfile.is_zipfile(options.model):
            raise CnnBookError(f"{options.model} is not a model, or is cut short; save yours once more")
        try:
            model = keras.saving.load_model(options.model, compile=False)
            folder = options.images
            images, labels, classes, left_out = (
                explorer.read_folder(folder, options.labels, model) if folder else (None, None, None, "")
            )
            text = explorer.write(
                model, images, labels, classes=classes, divide=options.divide, name=options.model.stem
            )
        except (ValueError, TypeError) as error:
            raise CnnBookError(str(error)) from error
        write_atomically(page, text.encode())
        print(f"wrote {page}" + (f"; {left_out}" if left_out else ""))

    return run


def class_(parser: argparse.ArgumentParser) -> Command:
    """print which misconceptions a class has, from the files that its readers gave"""
    parser.add_argument(
        "folder", type=folder_or_file, metavar="FOLDER", help="with the files of *Give this file to your teacher*"
    )
    parser.add_argument("--figure", type=folder_or_file, metavar="FILE", help="also draw it, as SVG")
    _add_force(parser)

    def run(options):
        from cnnbook.data.files import write_atomically
        from cnnbook.handin import class_report

        if options.figure and options.figure.exists() and not options.force:
            raise CnnBookError(f"there is a file {options.figure}; name another, or add --force to write over it")
        sheets, replaced, refused = class_report.read_folder(options.folder)
        for sentence in replaced:
            print(sentence)
        if sheets:
            rows = class_report.misconceptions(sheets)
            print(class_report.table(rows, len(sheets)))
            if options.figure:
                write_atomically(options.figure, class_report.figure(rows, len(sheets)).encode())
                print(f"wrote {options.figure}")
        if refused:
            count = len(sheets) + len(replaced) + len(refused)
            others = "; the others are counted, and the exit code is 1 all the same" if sheets else ""
            raise CnnBookError("\n".join([f"left out {len(refused)} of {count} files{others}:", *refused]))

    return run


COMMANDS = {
    command.__name__.rstrip("_"): command
    for command in (data, record, results, speedrun, worksheet, practice, handin, explorer, class_)
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character shows its number
    options = command_parser(*arguments[:1]).parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up notices would break the progress bars
    try:
        options.run(options)
    except (CnnBookError, OSError) as error:
        print(f"cnnbook {options.command}: {sentence_of(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ncnnbook {options.command}: stopped. {STOPPED.get(options.command, '')}", file=sys.stderr)
        return 130
    return 0


def command_parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """The parser; only the chosen command declares its options, because that may import what it needs."""
    parser = argparse.ArgumentParser(prog="python -m cnnbook", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, declare in COMMANDS.items():
        command = commands.add_parser(name, help=declare.__doc__)
        if name == chosen:
            command.set_defaults(run=declare(command))
    return parser


def sentence_of(error: Exception) -> str:
    """What an error says, also where it is the operating system's; a file's name in it does not steer the terminal."""
    from cnnbook.handin.errors import printable

    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename!r} cannot be used ({error.strerror}); name a place where you may write"
    return "\n".join(map(printable, str(error).split("\n")))


def _choosing_accuracy(record):
    """The accuracy by which recipes are chosen: on the validation images, unless they were trained on."""
    split = "valid" if record.content["recipe"]["hold_out"] else "train"
    return f"{split} {record.accuracy(split):.2f}"


def _print_above_bar(text):
    """Print a line above the progress bar rather than through it."""
    from tqdm import tqdm

    tqdm.write(text)


def _print_written(paths):
    for path in paths:
        print(f"wrote {path}")


def _add_force(parser):
    parser.add_argument("--force", action="store_true", help="write over files that may have been edited")


def _at_least_one(text):
    if not text.isdecimal() or len(text) > 20 or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"got {text[:30]}, expected a whole number of at least 1, and at most {MOST}")
    return int(text)


def folder_or_file(text: str) -> Path:
    """The path that an argument names; an empty one would be that of the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("got an empty name; write . for the folder that you are in")
    return Path(text)


def _seconds(text):
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else 0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"got {text[:30]}, expected a positive number of seconds up to {LONGEST}, such as 600"
        )
    return seconds


def _minutes(text):
    return _between(text, 0.1, 10_000, "minutes")


def _percent(text):
    return _between(text, 10, 99, "percent")


def _between(text, least, most, what):
    number = float(text) if text.replace(".", "", 1).isdecimal() else -1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"got {text[:30]}, expected {least:g} to {most:,} {what}")
    return number


def _seed(text):
    if not text.isdecimal() or len(text) > 10 or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"got {text[:30]}, expected a whole number from 0 to {2**32 - 1:,}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
