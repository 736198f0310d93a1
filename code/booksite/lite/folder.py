"""The folder ``lite`` of the site: JupyterLab for browsers, the notebooks that run there, the module as a wheel."""

import datetime
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from nbformat import NotebookNode

from booksite import notebooks
from booksite.digests import file_digest
from booksite.execution import execution_digest
from booksite.lite import browser_notebooks, pyodide, wheels
from booksite.lite.browser_cells import packages, page_runs
from booksite.lite.errors import LiteError

#: Of the site.
FOLDER = "lite"

#: JupyterLite's package with the Python kernel, and that kernel's name among JupyterLab's extensions.
KERNEL_PACKAGE, KERNEL = "jupyterlite-pyodide-kernel", "@jupyterlite/pyodide-kernel-extension"

#: In the folder: what it was made from, as a digest.
MADE_FROM = "made-from.txt"

#: Beside the site: JupyterLab as it was built last, without notebooks, since an edit of a page leaves it as it is.
APPLICATIONS = ".jupyterlab"

#: A browser gives no file to a page that it opened from disk, so JupyterLite would stay empty and say nothing.
_NOTE_FOR_DISK = """
<script>
  if (location.protocol === "file:") {
    document.body.innerHTML =
      "<main style='font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem'>" +
      "<h1>JupyterLite needs a web server</h1><p>A browser gives JupyterLite no files when its page is opened from " +
      "disk. In the folder of the book type <code>make serve</code>, or <code>python -m http.server</code> in the " +
      "folder of the site, and open the address that it prints. The pages of the book work from disk.</p></main>";
  }
</script>
"""

#: What no browser asks for: notes of the build, and forms of the icon font that browsers of today do not take.
_UNUSED = (
    "jupyterlite.schema.v0.json",
    "package.json",
    "build/fa-*.svg",
    "build/fa-*.eot",
    "build/fa-*.ttf",
    "build/fa-*.woff",
)


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
    application = _application(root, site.parent / APPLICATIONS, title, vendored=bool(vendored_from))
    # Beside the site, so that moving the whole is one step on one file system.
    with tempfile.TemporaryDirectory(dir=site.parent) as scratch:
        out = Path(scratch, FOLDER)
        shutil.copytree(application, out)
        write_contents(out, converted, source)
        if vendored_from:
            running = [cell.source for notebook in converted.values() for cell in notebook.cells if _is_code(cell)]
            core = root / "node_modules" / "pyodide"
            pyodide.vendor(out / pyodide.VENDORED, core, packages(running), source=vendored_from)
        (out / MADE_FROM).write_text(state, encoding="utf-8")
        shutil.rmtree(site / FOLDER, ignore_errors=True)
        out.rename(site / FOLDER)
    return list(converted)


def remove(site: Path) -> None:
    """Remove the folder that an earlier build put into a site."""
    if (site / FOLDER / MADE_FROM).is_file():
        shutil.rmtree(site / FOLDER)


def _state(root: Path, source: Path, vendored_from: str) -> str:
    """Digest of all that the folder is made from; the digest of the execution stands for module, outputs and pins."""
    files = [file for file in source.rglob("*") if file.is_file()]
    return file_digest(source, files, execution_digest(root), _own_digest(), vendored_from)


def _own_digest() -> str:
    folder = Path(__file__).parent
    return file_digest(folder, folder.glob("*.py"))


def _application(root: Path, cache: Path, title: str, *, vendored: bool) -> Path:
    """JupyterLab for browsers, as an earlier build left it in the cache if it was made from the same."""
    versions = [wheels.distribution(name).version for name in ("jupyterlite-core", KERNEL_PACKAGE, *wheels.FOR_KERNEL)]
    place = cache / file_digest(root, wheels.sources(root), _own_digest(), versions, title, vendored)
    if not place.is_dir():
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            out = Path(scratch, FOLDER)
            _build_application(root, Path(scratch, "project"), out, title, vendored=vendored)
            shutil.rmtree(cache, ignore_errors=True)
            cache.mkdir()
            out.rename(place)
    return place


def _build_application(root: Path, work: Path, out: Path, title: str, *, vendored: bool) -> None:
    """Make JupyterLab for browsers with its kernel and wheels, and no notebook yet."""
    (work / "pypi").mkdir(parents=True)
    wheels.build_own(root, work / "pypi")
    for name in wheels.FOR_KERNEL:
        wheels.pack_installed(name, work / "pypi")
    _write_json(work / "jupyter-lite.json", _settings(title, vendored))
    _write_json(work / "jupyter_lite_config.json", {"LiteBuildConfig": _build_settings(out)})
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(work)]
    # Whoever builds the book may have settings for a JupyterLite of their own, which add files.
    settings = {"JUPYTER_NO_CONFIG": "1", "JUPYTER_CONFIG_DIR": str(work / "no-settings"), "JUPYTER_CONFIG_PATH": ""}
    done = subprocess.run(
        command, cwd=work, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LiteError(f"JupyterLite cannot be built: {(done.stderr or done.stdout).strip()[-2000:]}")
    for file in (file for pattern in _UNUSED for file in out.glob(pattern)):
        file.unlink()
    shutil.rmtree(out / "doc", ignore_errors=True)  # leads to JupyterLab, which is not built
    for page in out.rglob("index.html"):
        page.write_text(_completed(page.read_text(encoding="utf-8"), title), encoding="utf-8")


def _completed(page: str, title: str) -> str:
    """Let a page of JupyterLite name its language and what it is, and say why it stays empty when opened from disk.

    >>> page = _completed("<html><head></head><body></body></html>", "A book")
    >>> page.startswith('<html lang="en"><head><meta name="description" content="A book: '), "web server" in page
    (True, True)
    """
    about = f"{html.escape(title)}: notebooks that run in the browser, with JupyterLite."
    page = re.sub(r"<html(?! lang)", '<html lang="en"', page, count=1)
    page = page.replace("<head>", f'<head><meta name="description" content="{about}">', 1)
    return re.sub(r"<body[^>]*>", lambda body: body[0] + _NOTE_FOR_DISK, page, count=1)


def recorded_cells(root: Path, build_folder: Path) -> Callable[[str], list[NotebookNode]]:
    """Find the outputs that the pages were built with, in the execution cache beside the site.

    Gives a function from a notebook's path to its code cells, none for a page that was not run.
    """
    place = build_folder / ".jupyter_cache" / execution_digest(root)
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
    if not running:
        raise LiteError(f"None of the {len(pages)} notebooks in {source} runs in a browser: no page is without Keras.")
    converted = {
        path: browser_notebooks.for_browser(page, recorded(path), path, origin=origin, paths=running)
        for path, page in running.items()
    }
    return converted, content["title"]


def write_contents(out: Path, converted: Mapping[str, NotebookNode], source: Path) -> None:
    """Write notebooks, pictures and files, and the lists of folders that JupyterLite reads instead of asking a server.

    `source` is the folder that has the pictures and files beside the notebooks.
    """
    files = out / "files"
    for path, notebook in converted.items():
        notebooks.save(notebook, files / path)
        for file in _files(notebook, path, source):
            (files / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, files / file)
    for folder in [files, *(path for path in sorted(files.rglob("*")) if path.is_dir())]:
        listing = _listing(folder, files) | {
            "content": [_listing(path, files) for path in sorted(folder.iterdir())],
            "format": "json",
        }
        _write_json(out / "api" / "contents" / folder.relative_to(files) / "all.json", listing)


def _files(notebook: NotebookNode, path: str, source: Path) -> Iterator[str]:
    """Pictures and files that a notebook leads to, other notebooks left out."""
    return (file for file in notebooks.linked_files(notebook, path, source) if not file.endswith(".ipynb"))


def _is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code"


def _listing(path: Path, files: Path) -> dict[str, Any]:
    """An entry as Jupyter's contents service gives it, without content."""
    day = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
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


def _settings(title: str, vendored: bool) -> dict[str, Any]:
    address = f"./{pyodide.VENDORED}/{pyodide.ENTRY}" if vendored else f"{pyodide.CDN}{pyodide.ENTRY}"
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": title,
            "appUrl": "./tree",  # where the folder itself leads: a list of the notebooks
            "litePluginSettings": {
                # Nothing but Pyodide comes from elsewhere.
                f"{KERNEL}:kernel": {"pyodideUrl": address, "disablePyPIFallback": True}
            },
        },
    }


def _build_settings(out: Path) -> dict[str, Any]:
    return {
        "apps": ["notebooks", "tree"],
        "output_dir": str(out),
        "no_libarchive": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": True,  # of this environment's extensions only the kernel
        "federated_extensions": [str(_kernel_extension())],
    }


def _kernel_extension() -> Path:
    """Where the kernel's extension is installed."""
    end = f"labextensions/{KERNEL}/package.json"
    files = wheels.distribution(KERNEL_PACKAGE).files or []
    return next(Path(str(file.locate())).resolve().parent for file in files if file.as_posix().endswith(end))


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
