"""The folder ``lite`` of the site: JupyterLab for browsers, the notebooks that run there, the module as a wheel."""

import datetime
import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from posixpath import dirname, join, normpath

import nbformat
from jupyter_cache import get_cache

from cnnbook.site import notebooks
from cnnbook.site.execution import execution_digest
from cnnbook.site.lite import FOLDER, LiteError, cells, convert, modules, pyodide, wheels
from cnnbook.site.notebooks.addresses import Place

#: JupyterLite's package with the Python kernel, and that kernel's name among JupyterLab's extensions.
KERNEL_PACKAGE, KERNEL = "jupyterlite-pyodide-kernel", "@jupyterlite/pyodide-kernel-extension"

#: What no browser asks for: notes of the build, and forms of the icon font that browsers of today do not take.
_UNUSED = (
    "jupyterlite.schema.v0.json",
    "package.json",
    "build/fa-*.svg",
    "build/fa-*.eot",
    "build/fa-*.ttf",
    "build/fa-*.woff",
)


def build(root, site, *, vendor=False, packages=pyodide.CDN, core=None):
    """Put JupyterLite into the built site; an older one is replaced once the new one is whole.

    Parameters
    ----------
    root : path
        Of the repository.
    site : path
        The built site.
    vendor : bool
        Put Pyodide into the site too.
    packages : str or path
        Where Pyodide's packages come from, if so.
    core : path, optional
        The npm package ``pyodide``, that of the repository where it is left out.

    Returns
    -------
    (Path, list of str)
        The folder, and the paths of the notebooks in it.

    Raises
    ------
    LiteError
        The site has no notebooks, or none that runs in a browser; a part cannot be made.
    """
    root, site = Path(root), Path(site)
    source = site / notebooks.FOLDER
    origin = "this site (Pyodide)" if vendor else "cdn.jsdelivr.net (Pyodide)"
    made, title = convert_all(source, recorded_cells(root, site.parent), origin=origin)
    with tempfile.TemporaryDirectory(dir=site.parent) as scratch:
        work, out = Path(scratch, "project"), Path(scratch, FOLDER)
        (work / "pypi").mkdir(parents=True)
        wheels.build_own(root, work / "pypi")
        for name in wheels.FOR_KERNEL:
            wheels.pack_installed(name, work / "pypi")
        _write_json(work / "jupyter-lite.json", _settings(title, vendor))
        _write_json(work / "jupyter_lite_config.json", {"LiteBuildConfig": _build_settings(out)})
        _run(work)
        _trim(out)
        write_contents(out, made, source)
        if vendor:
            needed = modules.packages(cell.source for one in made.values() for cell in one.cells if _is_code(cell))
            pyodide.vendor(out / pyodide.VENDORED, core or root / "node_modules" / "pyodide", needed, source=packages)
        # The temporary folder lies beside the site, so this is one step on one file system.
        shutil.rmtree(site / FOLDER, ignore_errors=True)
        out.rename(site / FOLDER)
    return site / FOLDER, list(made)


def recorded_cells(root, build_folder):
    """Read the outputs that the pages were built with.

    Parameters
    ----------
    root : path
        Of the repository.
    build_folder : path
        Beside the site: the execution cache lies there.

    Returns
    -------
    callable
        Gives the code cells of a notebook, by its path below the root; none for one that was not run.

    Raises
    ------
    LiteError
        The site was built from other sources.
    """
    place = Path(build_folder, ".jupyter_cache", execution_digest(root))
    if not place.is_dir():
        raise LiteError(f"The site beside {place} was built from other sources: build it again, with `make book`.")
    cache, found = get_cache(place), {}
    for record in sorted(cache.list_cache_records(), key=lambda record: record.pk):
        # The root may have been another folder when the pages ran.
        found[Path(record.uri).with_suffix(".ipynb").as_posix()] = record.pk

    def cells_of(path):
        key = next((pk for uri, pk in found.items() if uri.endswith(f"/{path}")), None)
        return [] if key is None else [cell for cell in cache.get_cache_bundle(key).nb.cells if _is_code(cell)]

    return cells_of


def convert_all(source, recorded, *, origin):
    """Convert the notebooks that run in a browser.

    Parameters
    ----------
    source : path
        The folder of notebooks that the site's build wrote.
    recorded : callable
        Gives the cells with outputs, as that of `recorded_cells` does.
    origin : str
        Where Pyodide comes from, in words.

    Returns
    -------
    (dict of str to nbformat.NotebookNode, str)
        The notebooks by path, and the book's title.
    """
    manifest = Path(source, notebooks.MANIFEST)
    if not manifest.is_file():
        raise LiteError(f"There are no notebooks in {source}: build the site first, with `make book`.")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    found = {path: nbformat.read(Path(source, path), as_version=4) for path in content["notebooks"]}
    chosen = {path: one for path, one in found.items() if cells.runs(cells.own_sources(one))}
    if not chosen:
        raise LiteError(f"None of the {len(found)} notebooks in {source} runs in a browser: no page is without Keras.")
    pictures = Place(content["repository"]).on_branch("")
    made = {
        path: convert.for_browser(one, recorded(path), path, origin=origin, paths=chosen, pictures=pictures)
        for path, one in chosen.items()
    }
    return made, content["title"]


def write_contents(out, made, source):
    """Write notebooks and pictures, and the lists of folders that JupyterLite reads instead of asking a server.

    Parameters
    ----------
    out : path
    made : dict of str to nbformat.NotebookNode
    source : path
        Where the pictures beside the notebooks are.
    """
    files = Path(out, "files")
    for path, one in made.items():
        notebooks.save(one, files / path)
        for picture in _pictures(one, path, source):
            (files / picture).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(source, picture), files / picture)
    for folder in [files, *(one for one in sorted(files.rglob("*")) if one.is_dir())]:
        listing = _listing(folder, files) | {
            "content": [_listing(one, files) for one in sorted(folder.iterdir())],
            "format": "json",
        }
        _write_json(Path(out, "api", "contents", folder.relative_to(files), "all.json"), listing)


def _pictures(notebook, path, source):
    """Pictures that a notebook shows, below the folder of all notebooks."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for address in re.findall(r"!\[[^\]]*\]\(([^):\s]+)\)", cell.source):
                picture = normpath(join(dirname(path), address))
                if Path(source, picture).is_file():
                    yield picture


def _is_code(cell):
    return cell.cell_type == "code"


def _listing(path, files):
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


def _settings(title, vendored):
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": title,
            "litePluginSettings": {
                f"{KERNEL}:kernel": {
                    "pyodideUrl": f"./{pyodide.VENDORED}/{pyodide.ENTRY}"
                    if vendored
                    else f"{pyodide.CDN}{pyodide.ENTRY}",
                    "disablePyPIFallback": True,  # nothing but Pyodide comes from elsewhere
                }
            },
        },
    }


def _build_settings(out):
    return {
        "apps": ["lab"],
        "output_dir": str(out),
        "no_libarchive": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": True,  # of this environment's extensions only the kernel
        "federated_extensions": [str(_kernel_extension())],
    }


def _kernel_extension():
    """Where the kernel's extension is installed."""
    try:
        files = metadata.files(KERNEL_PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise LiteError(f"{KERNEL_PACKAGE} is not installed: run `make setup`, then use .venv/bin/python.") from error
    end = f"labextensions/{KERNEL}/package.json"
    return next(Path(file.locate()).resolve().parent for file in files if file.as_posix().endswith(end))


def _run(work):
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(work)]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LiteError(f"JupyterLite cannot be built: {(done.stderr or done.stdout).strip()[-2000:]}")


def _trim(out):
    for pattern in _UNUSED:
        for file in out.glob(pattern):
            file.unlink()


def _write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
