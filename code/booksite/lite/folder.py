"""The folder ``lite`` of the site: JupyterLab for browsers, and the notebooks that run there."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from booksite import notebooks
from booksite.digests import file_digest
from booksite.execution import build_digest
from booksite.lite import FOLDER, LiteError, browser_notebooks, jupyterlab, pyodide
from booksite.lite.browser_cells import packages, page_runs
from booksite.notebooks.addresses import commit_time

#: Where Pyodide's packages come from when the site is to hold Pyodide itself: a folder, or an address.
PYODIDE = "CNNBOOK_PYODIDE"

#: In the folder: what it was made from, as a digest, and the digest of each notebook, which `saved_copy.js` reads.
MADE_FROM, EDITIONS = "made-from.txt", "editions.json"

logger = logging.getLogger(__name__)


def bring_up_to_date(root: Path, site: Path, *, vendored_from: str = "") -> list[str]:
    """Put JupyterLite into the built site, unless what is there was made from the same; gives the notebooks' paths.

    Where `vendored_from` names a folder or an address with Pyodide's packages, Pyodide is put into the site too. A
    build that fails leaves the older folder as it was.
    """
    root, site = root.resolve(), site.resolve()
    source = site / notebooks.FOLDER
    state, note = _state(root, source, vendored_from), site / FOLDER / MADE_FROM
    if note.is_file() and note.read_text(encoding="utf-8") == state:
        return []
    converted, title = convert_all(source, recorded_cells(root, site.parent), origin=pyodide.origin(vendored_from))
    application = jupyterlab.application(root, site.parent / jupyterlab.CACHE, title, vendored=bool(vendored_from))
    # Beside the site, so that moving the whole is one step on one file system.
    with tempfile.TemporaryDirectory(dir=site.parent) as scratch:
        out = Path(scratch, FOLDER)
        shutil.copytree(application, out)
        write_contents(out, converted, source, commit_time(root))
        if vendored_from:
            running = [cell.source for notebook in converted.values() for cell in notebook.cells if _is_code(cell)]
            core = root / "node_modules" / "pyodide"
            pyodide.vendor(out / pyodide.VENDORED, core, packages(running), source=vendored_from)
        (out / MADE_FROM).write_text(state, encoding="utf-8")
        shutil.rmtree(site / FOLDER, ignore_errors=True)
        out.rename(site / FOLDER)
    return list(converted)


def _state(root: Path, source: Path, vendored_from: str) -> str:
    """Digest of all that the folder is made from; the digest of the execution stands for module, outputs and pins."""
    files = [file for file in source.rglob("*") if file.is_file()]
    return file_digest(source, files, build_digest(root), commit_time(root), jupyterlab.own_digest(), vendored_from)


def recorded_cells(root: Path, build_folder: Path) -> Callable[[str], list[NotebookNode]]:
    """Find the outputs that the pages were built with, in the execution cache beside the site.

    Gives a function from a notebook's path to its code cells, none for a page that was not run.
    """
    place = build_folder / ".jupyter_cache" / build_digest(root)
    if not place.is_dir():
        raise LiteError(
            f"There are no outputs in {place}: the site beside it was built from other sources, or without the "
            "execution cache. Build it again with `make book`, and `execute_notebooks: cache` in _config.yml."
        )
    cache = get_cache(place)

    def cells_of(path: str) -> list[NotebookNode]:
        # The page as it was run; the cache knows its outputs by its code, and keeps those of earlier versions too.
        page = build_folder / "jupyter_execute" / path
        try:
            record = cache.match_cache_notebook(nbformat.read(page, as_version=4))
        except (FileNotFoundError, KeyError):
            return []
        return [cell for cell in cache.get_cache_bundle(record.pk).nb.cells if _is_code(cell)]

    return cells_of


def convert_all(
    source: Path, recorded: Callable[[str], list[NotebookNode]], *, origin: str
) -> tuple[dict[str, NotebookNode], str]:
    """Convert the notebooks that run in a browser; gives them by their paths, and the book's title."""
    manifest = source / notebooks.MANIFEST
    if not manifest.is_file():
        raise LiteError(f"There are no notebooks in {source}: build the site first, with `make book`.")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    pages = {path: nbformat.read(source / path, as_version=4) for path in content["notebooks"]}
    running = {
        path: page for path, page in pages.items() if page_runs([c.source for c in browser_notebooks.own_cells(page)])
    }
    converted = {
        path: browser_notebooks.for_browser(page, recorded(path), path, origin=origin, paths=running)
        for path, page in running.items()
    }
    return converted, content["title"]


def write_contents(out: Path, converted: Mapping[str, NotebookNode], source: Path, time: datetime) -> None:
    """Write notebooks, pictures and files, and the lists of folders that JupyterLite reads instead of asking a server.

    `source` is the folder that has the pictures and files beside the notebooks; `time` is shown as that of each.
    """
    files, editions = out / "files", {}
    for path, notebook in converted.items():
        editions[path] = hashlib.sha256(nbformat.writes(notebook).encode()).hexdigest()[:16]
        notebook.metadata["cnnbook"] = {"edition": editions[path]}
        notebooks.save(notebook, files / path)
        for file in notebooks.linked_files(notebook, path, source):
            if not file.endswith(".ipynb"):
                (files / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / file, files / file)
    jupyterlab.write_json(out / EDITIONS, editions)
    for folder in [files, *(path for path in sorted(files.rglob("*")) if path.is_dir())]:
        listing = _listing(folder, files, time) | {
            "content": [_listing(path, files, time) for path in sorted(folder.iterdir())],
            "format": "json",
        }
        jupyterlab.write_json(out / "api" / "contents" / folder.relative_to(files) / "all.json", listing)


def _is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code"


def _listing(path: Path, files: Path, time: datetime) -> dict[str, Any]:
    """An entry as Jupyter's contents service gives it, without content."""
    day = f"{time:%Y-%m-%dT%H:%M:%SZ}"
    inside = path.relative_to(files).as_posix()
    kind = "directory" if path.is_dir() else "notebook" if path.suffix == ".ipynb" else "file"
    return {
        "name": "" if inside == "." else path.name,
        "path": "" if inside == "." else inside,
        "last_modified": day,
        "created": day,
        "content": None,
        "format": None,
        "mimetype": None,
        "size": None if path.is_dir() else path.stat().st_size,
        "writable": True,
        "hash": None,
        "hash_algorithm": None,
        "type": kind,
    }


def note_pyodide(app: Sphinx, config: Config) -> None:
    """Keep where Pyodide comes from; Sphinx writes all pages, which say it, again when that has changed."""
    config.cnnbook_pyodide = os.environ.get(PYODIDE, "")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put JupyterLite into the site that was just built; where it cannot be made, a warning fails the strict build."""
    if exception is not None or not notebooks.is_site(app):
        return
    site = Path(app.outdir)
    if not app.config.cnnbook_jupyterlite:
        shutil.rmtree(site / FOLDER, ignore_errors=True)
        return
    try:
        paths = bring_up_to_date(Path(app.srcdir), site, vendored_from=app.config.cnnbook_pyodide)
    except LiteError as error:
        logger.warning("%s", error)
        return
    if paths:
        logger.info("JupyterLite runs %d notebooks in the reader's browser", len(paths))


def setup(app: Sphinx) -> None:
    """Connect JupyterLite to Sphinx."""
    app.add_config_value("cnnbook_jupyterlite", False, "html")
    app.add_config_value("cnnbook_pyodide", "", "html")
    app.connect("config-inited", note_pyodide)
    # After the notebooks are whole.
    app.connect("build-finished", finish, priority=900)
