"""``python -m cnnbook handin FOLDER``: begin, check, pack."""

import argparse
import math
from pathlib import Path

from cnnbook.handin import folders, packing
from cnnbook.handin.folders import HandInError


def add_arguments(parser):
    """Give the command its arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="with the notebook and the report")
    parser.add_argument(
        "--start",
        action="store_true",
        help=f"write {folders.NOTEBOOK}, {folders.REPORT} and {folders.WORKSHEET}; nothing is overwritten",
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
    parser.add_argument(
        "--anyway", action="store_true", help="make the zip although the notebook stops or there is no report"
    )


def run(options):
    """Do what was asked; an error where the zip was not made or something is missing."""
    if options.start:
        for path in folders.write(options.folder):
            print(f"wrote {path}")
        return
    # What keeps the zip back and shows at once is said before hours of training.
    packing.zip_path(options.folder, name=options.name, anyway=options.anyway)
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
    path = packing.pack(options.folder, name=options.name, anyway=options.anyway, reviewed=reviewed)
    print(f"wrote {path}")
    if reviewed.failure:
        raise HandInError(f"the zip is made, but {reviewed.notebook.name} does not run to its end: {reviewed.failure}")
    if reviewed.missing:
        count = len(reviewed.missing)
        things = "1 thing is" if count == 1 else f"{count} things are"
        raise HandInError(f"the zip is made, but {things} missing; the list is above")


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text} is no time; give a number of seconds above 0, such as 600")
    return seconds


def _count(text):
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError(
            f"{text} is no number of architectures; give a whole number from 1 on, such as 5"
        )
    return count
