"""``python -m cnnbook handin FOLDER``: begin, check, pack."""

import argparse
import math
from pathlib import Path

from cnnbook.handin import folders
from cnnbook.handin.folders import HandInError

HELP = "check the practical in a folder and make the zip to hand in (--start: write the notebook to begin with)"


def add_arguments(parser):
    """Give the command its arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="with the notebook and the report")
    parser.add_argument(
        "--start", action="store_true", help=f"write {folders.NOTEBOOK} and {folders.REPORT}; nothing is overwritten"
    )
    parser.add_argument(
        "--short", action="store_true", help="run it on 100 images, and hand in the results that you saved"
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=folders.TIMEOUT,
        metavar="SECONDS",
        help=f"of each cell (default: {folders.TIMEOUT})",
    )
    parser.add_argument("--name", metavar="NAMES", help="for the zip's name (default: the report's authors)")
    parser.add_argument(
        "--architectures",
        type=_count,
        default=folders.ARCHITECTURES,
        metavar="N",
        help=f"that the table shall have (default: {folders.ARCHITECTURES})",
    )
    parser.add_argument("--anyway", action="store_true", help="make the zip although the notebook stops")


def run(options):
    """Do what was asked; an error where the zip was not made or something is missing."""
    if options.start:
        for path in folders.write(options.folder):
            print(f"wrote {path}")
        return
    reviewed = folders.review(
        options.folder,
        timeout=options.timeout,
        short=True if options.short else None,
        architectures=options.architectures,
        before=lambda place: print(place, end=" ", flush=True),
        after=lambda place, seconds: print(f"{seconds:.1f} s", flush=True),
    )
    print(f"\nstopped: {reviewed.failure}" if reviewed.failure else "It runs from top to bottom.")
    for title, sentences in (
        ("Missing:", reviewed.missing),
        ("To look at again (keeps nothing back):", reviewed.hints),
    ):
        if sentences:
            print(title, *(f"  - {sentence}" for sentence in sentences), sep="\n")
    path = folders.pack(options.folder, name=options.name, anyway=options.anyway, reviewed=reviewed)
    print(f"wrote {path}")
    if reviewed.failure:
        raise HandInError(f"the zip is made, but {reviewed.notebook.name} does not run to its end: {reviewed.failure}")
    if reviewed.missing:
        count = len(reviewed.missing)
        things = "1 thing is" if count == 1 else f"{count} things are"
        raise HandInError(f"the zip is made, but {things} missing; the list is above")


def _seconds(text):
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text} is no time; give seconds above 0")
    return seconds


def _count(text):
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is not at least 1")
    return count
