"""The folder ``lite`` of the site: JupyterLab for browsers, the notebooks that run there, the module as a wheel."""

import datetime
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import nbformat
from jupyter_cache import get_cache

from booksite import notebooks
from booksite.execution import execution_digest
from booksite.lite import FOLDER, LiteError, cells, convert, modules, pyodide, wheels
from booksite.notebooks.addresses import Place

#: JupyterLite's package with the Python kernel, and that kernel's name among JupyterLab's extensions.
KERNEL_PACKAGE, KERNEL = "jupyterlite-pyodide-kernel", "@jupyterlite/pyodide-kernel-extension"

#: In the folder: what it was made from, as a digest.
MADE_FROM = "made-from.txt"

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


def bring_up_to_date(root, site, *, vendored_from=""):
    """Put JupyterLite into the built site where what lies there was made from something else.

    Parameters
    ----------
    root : path
        Of the repository.
    site : path
        The built site.
    vendored_from : str
        A folder or an address that has Pyodide's packages: Pyodide is then put into the site too. Empty: it is not.

    Returns
    -------
    list of str
        Paths of the notebooks; empty where nothing had to be done.

    Raises
    ------
    LiteError
        The site has no notebooks, or none that runs in a browser; a part cannot be made. What lay there stays.
    """
    root, site = Path(root).resolve(), Path(site).resolve()
    source = site / notebooks.FOLDER
    made, title = convert_all(source, recorded_cells(root, site.parent), origin=pyodide.origin(vendored_from))
    state, note = _state(root, made, source, title, vendored_from), site / FOLDER / MADE_FROM
    if note.is_file() and note.read_text(encoding="utf-8") == state:
        return []
    # Beside the site, so that moving the whole is one step on one file system.
    with tempfile.TemporaryDirectory(dir=site.parent) as scratch:
        out = Path(scratch, FOLDER)
        _build_application(root, Path(scratch, "project"), out, title, vendored=bool(vendored_from))
        write_contents(out, made, source)
        if vendored_from:
            needed = modules.packages(cell.source for one in made.values() for cell in one.cells if _is_code(cell))
            pyodide.vendor(out / pyodide.VENDORED, root / "node_modules" / "pyodide", needed, source=vendored_from)
        (out / MADE_FROM).write_text(state, encoding="utf-8")
        shutil.rmtree(site / FOLDER, ignore_errors=True)
        out.rename(site / FOLDER)
    return list(made)


def remove(site):
    """Remove the folder that an earlier build put into a site."""
    if Path(site, FOLDER, MADE_FROM).is_file():
        shutil.rmtree(Path(site, FOLDER))


def _state(root, made, source, title, vendored_from):
    """Name all that the folder is made from."""
    digest = hashlib.sha256(repr((title, vendored_from, pyodide.VERSION)).encode())
    for package in ("jupyterlite-core", KERNEL_PACKAGE, *wheels.FOR_KERNEL):
        digest.update(f"{package} {_version(package)}".encode())
    for path, one in made.items():
        digest.update(f"{path}\0{nbformat.writes(one)}".encode())
        for file in _files(one, path, source):
            digest.update(f"{file}\0".encode() + Path(source, file).read_bytes())
    for path in wheels.sources(root):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _build_application(root, work, out, title, *, vendored):
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


def _completed(page, title):
    """Let a page of JupyterLite name its language and what it is, and say why it stays empty when opened from disk.

    >>> made = _completed("<html><head></head><body></body></html>", "A book")
    >>> made.startswith('<html lang="en"><head><meta name="description" content="A book: '), "web server" in made
    (True, True)
    """
    about = f"{html.escape(title)}: notebooks that run in the browser, with JupyterLite."
    page = re.sub(r"<html(?! lang)", '<html lang="en"', page, count=1)
    page = page.replace("<head>", f'<head><meta name="description" content="{about}">', 1)
    return re.sub(r"<body[^>]*>", lambda body: body[0] + _NOTE_FOR_DISK, page, count=1)


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
        The site was built from other sources, or its outputs were not kept.
    """
    place = Path(build_folder, ".jupyter_cache", execution_digest(root))
    if not place.is_dir():
        raise LiteError(
            f"There are no outputs in {place}: the site beside it was built from other sources, or without the "
            "execution cache. Build it again with `make book`, and `execute_notebooks: cache` in _config.yml."
        )
    cache = get_cache(place)

    def cells_of(path):
        # The page as it was run; the cache knows its outputs by its code, and keeps those of earlier versions too.
        page = Path(build_folder, "jupyter_execute", path)
        try:
            record = cache.match_cache_notebook(nbformat.read(page, as_version=4))
        except (FileNotFoundError, KeyError):
            return []
        return [cell for cell in cache.get_cache_bundle(record.pk).nb.cells if _is_code(cell)]

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
    """Write notebooks, pictures and files, and the lists of folders that JupyterLite reads instead of asking a server.

    Parameters
    ----------
    out : path
    made : dict of str to nbformat.NotebookNode
    source : path
        Where the pictures and files beside the notebooks are.
    """
    files = Path(out, "files")
    for path, one in made.items():
        notebooks.save(one, files / path)
        for file in _files(one, path, source):
            (files / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(source, file), files / file)
    for folder in [files, *(one for one in sorted(files.rglob("*")) if one.is_dir())]:
        listing = _listing(folder, files) | {
            "content": [_listing(one, files) for one in sorted(folder.iterdir())],
            "format": "json",
        }
        _write_json(Path(out, "api", "contents", folder.relative_to(files), "all.json"), listing)


def _files(notebook, path, source):
    """Pictures and files that a notebook leads to, below the folder of all notebooks; other notebooks left out."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for address in re.findall(r"\]\(([^):\s#]+)\)", cell.source):
                file = normpath(join(dirname(path), unquote(address)))
                if Path(source, file).is_file() and not file.endswith(".ipynb"):
                    yield file


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
            "appUrl": "./tree",  # where the folder itself leads: a list of the notebooks
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
        "apps": ["notebooks", "tree"],
        "output_dir": str(out),
        "no_libarchive": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": True,  # of this environment's extensions only the kernel
        "federated_extensions": [str(_kernel_extension())],
    }


def _kernel_extension():
    """Where the kernel's extension is installed."""
    _version(KERNEL_PACKAGE)
    end = f"labextensions/{KERNEL}/package.json"
    files = metadata.files(KERNEL_PACKAGE) or []
    return next(Path(file.locate()).resolve().parent for file in files if file.as_posix().endswith(end))


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise LiteError(f"{package} is not installed: run `make setup`, then use .venv/bin/python.") from error


def _write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
