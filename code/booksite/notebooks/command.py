"""``python -m booksite notebooks FOLDER``: a copy of the notebooks that the build of the site made."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from booksite import notebooks
from booksite.notebooks.addresses import find_place
from cnnbook import CnnBookError

#: What notebooks are made from, relative to the root of the book.
SOURCES = ("book/**/*", "code/cnnbook/**/*", "_config.yml", "_toc.yml", "requirements.txt")


class NotebooksError(CnnBookError):
    """The notebooks cannot be made."""


def add_arguments(parser):
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where they go")


def run(options):
    root = Path()
    if reason := stale(root):
        print(f"building the book first, for {reason}")
        build(root)
    for path in copy_notebooks(root, options.folder):
        print(f"wrote {path}")


def stale(root):
    """Say why the notebooks have to be made anew; empty where they are up to date.

    Parameters
    ----------
    root : path
        The root of the book.

    Raises
    ------
    NotebooksError
        There is no book at `root`.
    """
    root = Path(root)
    if not (root / "_config.yml").is_file() or not (root / "_toc.yml").is_file():
        raise NotebooksError(
            f"There is no book in {root.resolve()}: run this in the root of a clone, where _toc.yml is."
        )
    manifest = root / "_build" / "html" / notebooks.FOLDER / notebooks.MANIFEST
    if not manifest.is_file():
        return "it has not been built here"
    content, made = json.loads(manifest.read_text(encoding="utf-8")), manifest.stat().st_mtime
    place = find_place(root)
    for name in ("repository", "commit"):
        if content[name] != getattr(place, name):
            return f"its {name} was {content[name] or 'not known'} and is now {getattr(place, name) or 'not known'}"
    for pattern in SOURCES:
        for path in root.glob(pattern):
            if path.is_file() and path.suffix != ".pyc" and path.stat().st_mtime > made:
                return f"{path.relative_to(root)} has changed since"
    return ""


def build(root):
    """Build the book, as ``make book`` does.

    Raises
    ------
    NotebooksError
        The build failed; its own output, which is shown, says why.
    """
    program = Path(sys.executable).with_name("jupyter-book")
    if not program.exists():
        raise NotebooksError(f"{program} is not installed: run `make setup`, then use .venv/bin/python.")
    if subprocess.run([program, "build", "."], cwd=root, check=False).returncode:
        raise NotebooksError("The book does not build, so there are no notebooks: mend what is named above.")


def copy_notebooks(root, folder):
    """Copy the notebooks and their pictures; gives the path of each notebook."""
    source = Path(root, "_build", "html", notebooks.FOLDER)
    names = json.loads((source / notebooks.MANIFEST).read_text(encoding="utf-8"))["notebooks"]
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(notebooks.MANIFEST))
    return [Path(folder, name) for name in names]
