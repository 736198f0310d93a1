"""``python -m cnnbook practice``: a printable sheet of problems."""

from pathlib import Path

from cnnbook import practice
from cnnbook.practice import sheet


def add_arguments(parser):
    """Tell an `argparse` parser what the command takes."""
    parser.add_argument("--seed", type=int, metavar="N", help="number of the sheet (default: a new one)")
    parser.add_argument(
        "--count",
        type=int,
        default=sheet.USUAL,
        metavar="N",
        help=f"problems, 1 to {sheet.MOST} (default: %(default)s)",
    )
    parser.add_argument("--level", type=int, metavar="N", help="1, 2 or 3 (default: rising)")
    parser.add_argument("--kind", nargs="+", metavar="KIND", help=f"of {', '.join(practice.KINDS)} (default: all)")
    parser.add_argument("--solutions", action="store_true", help="also write the key, with the usual mistakes")
    parser.add_argument("--folder", type=Path, default=Path(), metavar="FOLDER", help="where to write (default: here)")


def run(options):
    """Write the sheet and say where it is."""
    written = sheet.write(
        options.folder,
        seed=options.seed,
        count=options.count,
        level=options.level,
        kinds=options.kind,
        solutions=options.solutions,
    )
    for path in written:
        print(f"wrote {path}")
