"""A copy of all notebooks in a folder, from a site that is up to date."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from booksite.notebooks import FOLDER, MANIFEST
from cnnbook import CnnBookError


class NotebooksError(CnnBookError):
    """The notebooks cannot be made."""


def build(root: Path) -> None:
    """Build the book as ``make book`` does, which takes seconds where nothing has changed."""
    if not (root / "_config.yml").is_file() or not (root / "_toc.yml").is_file():
        raise NotebooksError(f"There is no book in {root.resolve()}; go to the root of a clone, where _toc.yml is.")
    program = Path(sys.executable).with_name("jupyter-book")
    if not program.exists():
        raise NotebooksError(f"{program} is not installed; type `make setup`, then use .venv/bin/python.")
    if subprocess.run([program, "build", "."], cwd=root, check=False).returncode:
        raise NotebooksError("The book does not build, so there are no notebooks; mend what is named above.")


def copy_notebooks(root: Path, folder: Path) -> list[Path]:
    """Copy the notebooks of the built site and their pictures; gives the path of each notebook."""
    source = root / "_build" / "html" / FOLDER
    names = json.loads((source / MANIFEST).read_text(encoding="utf-8"))["notebooks"]
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
    return [folder / name for name in names]
