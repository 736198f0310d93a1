"""The command line: ``python -m booksite COMMAND``. Exit code 0 only when the command did the whole of its work."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cnnbook import CnnBookError
from cnnbook.__main__ import folder_or_file, sentence_of

SITE = Path("_build", "html")


def command_parser() -> argparse.ArgumentParser:
    """The parser of all commands; what a command needs is imported when it runs."""
    top = argparse.ArgumentParser(prog="python -m booksite", description="What builds and publishes the site.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    notebooks = commands.add_parser("notebooks", help="write every executable page as a clean notebook")
    notebooks.add_argument("folder", type=folder_or_file, metavar="FOLDER", help="where they go")
    notebooks.add_argument("--force", action="store_true", help="write over files that may have been edited")
    notebooks.set_defaults(run=_notebooks)

    publish = commands.add_parser("publish", help="push the notebooks of the built site to a branch of their own")
    publish.add_argument("--remote", required=True, metavar="NAME", help="name or address of the repository to push to")
    publish.add_argument("--branch", default="notebooks", metavar="NAME", help="default: %(default)s")
    publish.set_defaults(run=_publish)

    downloads = commands.add_parser("downloads", help="make PDF, EPUB and zip files of the whole book from the site")
    downloads.add_argument("--site", type=folder_or_file, default=SITE, metavar="FOLDER", help="default: %(default)s")
    downloads.set_defaults(run=_downloads)

    lms = commands.add_parser("lms", help="write the questions of the built site as Moodle XML, QTI 2.1 and QTI 1.2")
    lms.add_argument("folder", type=folder_or_file, metavar="FOLDER", help="where they go")
    lms.add_argument("--seeds", metavar="FIRST-LAST", help="a bank of practice problems of these seeds instead")
    lms.add_argument("--kind", nargs="+", metavar="KIND", help="of its problems (default: all)")
    lms.add_argument("--level", nargs="+", type=int, metavar="N", help="of its problems (default: 1 2 3)")
    lms.add_argument("--site", type=folder_or_file, default=SITE, metavar="FOLDER", help="default: %(default)s")
    lms.add_argument("--force", action="store_true", help="write over files that may have been edited")
    lms.set_defaults(run=_lms)

    gate = commands.add_parser("gate", help="say what keeps the built site from being published")
    gate.add_argument("site", type=folder_or_file, metavar="SITE", help=f"the built site, for example {SITE}")
    gate.add_argument(
        "--notebooks", type=folder_or_file, metavar="FOLDER", help="notebooks that are to be published with it"
    )
    gate.add_argument(
        "--records", type=folder_or_file, metavar="FOLDER", help="of the site's runs (default: the module's)"
    )
    gate.set_defaults(run=_gate)

    links = commands.add_parser("links", help="follow the links of the built site to other sites")
    links.add_argument("site", type=folder_or_file, metavar="SITE", help=f"the built site, for example {SITE}")
    links.set_defaults(run=_links)
    return top


def _notebooks(options: argparse.Namespace) -> None:
    from booksite.notebooks.publish import copy_notebooks

    for path in copy_notebooks(Path(), options.folder, force=options.force):
        print(f"wrote {path}")


def _publish(options: argparse.Namespace) -> None:
    from booksite.notebooks.publish import publish

    commit = publish(SITE, Path(), options.remote, options.branch)
    print(f"{options.branch} of {options.remote} is now {commit}")


def _downloads(options: argparse.Namespace) -> None:
    from booksite.downloads.making import make_downloads

    make_downloads(options.site)


def _lms(options: argparse.Namespace) -> None:
    from booksite.lms import LmsError, export
    from cnnbook.data.files import write_unless_edited
    from cnnbook.practice import KINDS, LEVELS

    if options.seeds:
        seeds = export.read_seeds(options.seeds)
        files = export.bank(options.site, seeds, kinds=options.kind or KINDS, levels=options.level or LEVELS)
    elif options.kind or options.level:
        raise LmsError("--kind and --level choose practice problems: add --seeds, such as 1-50")
    else:
        files = export.questions(options.site)
    contents = {options.folder / name: content for name, content in files.items()}
    for path in write_unless_edited(contents, force=options.force):
        (place,) = (place for name, place in export.IMPORTS.items() if path.name.endswith(name))
        print(f"wrote {path}\n  {place}")
    if not options.seeds:
        print("For a bank of practice problems add --seeds, such as 1-50.")


def _gate(options: argparse.Namespace) -> None:
    from booksite.gate import check_site
    from cnnbook.records import RESULTS

    print(check_site(options.site, notebooks=options.notebooks, records_folder=options.records or RESULTS))


def _links(options: argparse.Namespace) -> int:
    from booksite.link_check import check_links

    return check_links(options.site)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = command_parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except ModuleNotFoundError as error:
        print(f"booksite: {error.name} is not installed; type `make setup`", file=sys.stderr)
    except (CnnBookError, OSError) as error:
        print(f"booksite {options.command}: {sentence_of(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\nbooksite {options.command}: stopped", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
