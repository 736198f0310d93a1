"""The command line: ``python -m booksite COMMAND``. Exit code 0 only when the command did the whole of its work."""

import argparse
import importlib
import sys
from pathlib import Path

from cnnbook import CnnBookError

#: The module of each command, imported when it is asked for, and what the command is for.
COMMANDS = {
    "notebooks": ("notebooks.command", "write every executable page as a clean notebook"),
}


def parser(chosen=None):
    """The parser; only the chosen command has its arguments."""
    top = argparse.ArgumentParser(prog="python -m booksite", description="What builds and publishes the site.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, words) in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        if name == chosen:
            chosen_module = importlib.import_module(f"booksite.{module}")
            chosen_module.add_arguments(command)
            command.set_defaults(run=chosen_module.run)
    downloads = commands.add_parser("downloads", help="the whole book as PDF, EPUB and zip files, from the built site")
    downloads.add_argument(
        "--site", type=Path, default=Path("_build/html"), metavar="FOLDER", help="the built site (default: %(default)s)"
    )
    downloads.set_defaults(run=_downloads)
    gate = commands.add_parser("gate", help="say what keeps a built site from being published")
    gate.add_argument("site", type=Path, metavar="SITE", help="the built site, for example _build/html")
    gate.add_argument("--notebooks", type=Path, metavar="FOLDER", help="notebooks that are to be published with it")
    gate.add_argument("--records", type=Path, metavar="FOLDER", help="the site's recorded runs (default: the book's)")
    gate.set_defaults(run=_gate)
    return top


def _downloads(options):
    from booksite.downloads.making import make_downloads

    make_downloads(options.site)


def _gate(options):
    from booksite.gate import check_site
    from cnnbook.records import RESULTS

    print(check_site(options.site, notebooks=options.notebooks, folder=options.records or RESULTS))


def main(arguments=None):
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = parser(*arguments[:1]).parse_args(arguments)
        return options.run(options) or 0
    except ModuleNotFoundError as error:
        print(f"booksite: {error.name} is not installed; type `make setup`", file=sys.stderr)
    except (CnnBookError, OSError) as error:
        print(f"booksite {arguments[0]}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\nbooksite {arguments[0]}: stopped", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
