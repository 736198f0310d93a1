"""``python -m cnnbook handin FOLDER``: begin, check, pack."""

import argparse
import math
from pathlib import Path

from cnnbook.handin import folders, packing


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
        help=f"for each cell (default: {folders.TIMEOUT})",
    )
    parser.add_argument("--name", metavar="NAMES", help="for the zip's name (default: the report's authors)")
    parser.add_argument(
        "--architectures",
        type=_count,
        default=folders.ARCHITECTURES,
        metavar="N",
        help=f"how many the table must have (default: {folders.ARCHITECTURES})",
    )
    parser.add_argument(
        "--anyway", action="store_true", help="make the zip although the notebook stops or there is no report"
    )


def run(options):
    """Do what was asked."""
    if options.start:
        for path in folders.start(options.folder):
            print(f"wrote {path}")
        return
    packing.pack(
        options.folder,
        name=options.name,
        anyway=options.anyway,
        short=options.short or None,
        timeout=options.timeout,
        architectures=options.architectures,
    )


def _seconds(text):
    seconds = float(text) if text.replace(".", "", 1).isdigit() else math.nan
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"got {text}, expected a positive number of seconds, such as 600")
    return seconds


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text}, expected a whole number of at least 1, such as 5")
    return int(text)
