"""Pyodide, Python for browsers: where it comes from, or a copy of it inside the site.

Its core is the npm package ``pyodide``, pinned with the site's other packages. The packages that it runs, NumPy among
them, are not on npm: `CDN` has them, and a folder or another address may. Each must have the SHA-256 that the core's
list names.
"""

import hashlib
import http.client
import json
import re
import shutil
import urllib.parse
import urllib.request
from pathlib import Path

from booksite.lite import LiteError
from cnnbook.data.files import write_atomically

#: Its Python is 3.12, its NumPy 2.0.2, its Matplotlib 3.8.4: all within what the book's module asks for.
VERSION = "0.27.7"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"

ENTRY, LOCK = "pyodide.js", "pyodide-lock.json"
CORE = (ENTRY, "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")

#: What the kernel loads at its start.
FOR_KERNEL = ("micropip", "ssl", "sqlite3", "ipython", "jedi")

#: Inside the folder of JupyterLite.
VENDORED = "static/pyodide"

SECONDS = 120


def origin(vendored_from=""):
    """Say where a reader's browser takes Pyodide from.

    Parameters
    ----------
    vendored_from : str
        Where its packages came from when the site was built; empty where the site does not hold it.

    Examples
    --------
    >>> origin(), origin("some/folder")
    ('cdn.jsdelivr.net', 'this site')
    """
    return "this site" if vendored_from else urllib.parse.urlsplit(CDN).netloc


def vendor(folder, core, packages, *, source=CDN, cache=None):
    """Copy Pyodide and packages of it.

    Parameters
    ----------
    folder : path
        Made where it is not there.
    core : path
        The npm package.
    packages : iterable of str
        What notebooks need; what that needs, and the kernel, is added.
    source : str or path
        Address or folder that has the files of the packages.
    cache : path, optional
        Where files that came from an address are kept, the user's cache where it is left out.

    Returns
    -------
    list of str
        The packages that were copied.

    Raises
    ------
    LiteError
        The core is missing or of another version; a package is unknown, cannot be had, or is not the one it should be.
    """
    folder, core = Path(folder), Path(core)
    lock = _read_lock(core)
    names = closure(lock, [*FOR_KERNEL, *packages])
    folder.mkdir(parents=True, exist_ok=True)
    for name in CORE:
        shutil.copyfile(core / name, folder / name)
    for name in names:
        entry = lock["packages"][name]
        content = _take(entry["file_name"], entry["sha256"], source, cache)
        (folder / entry["file_name"]).write_bytes(content)
    # Only what is there: whatever else is asked for is then looked for among the site's own wheels.
    lock["packages"] = {name: lock["packages"][name] for name in names}
    (folder / LOCK).write_text(json.dumps(lock, sort_keys=True), encoding="utf-8")
    return names


def closure(lock, packages):
    """Give packages with all that they need.

    Parameters
    ----------
    lock : dict
        Pyodide's list of its packages.
    packages : iterable of str

    Returns
    -------
    list of str
        In alphabetical order.

    Raises
    ------
    LiteError
        Pyodide has no such package.

    Examples
    --------
    >>> closure({"packages": {"a": {"depends": ["b"]}, "b": {"depends": []}, "c": {"depends": []}}}, ["a"])
    ['a', 'b']
    """
    found, waiting = set(), set(map(_plain, packages))
    while waiting:
        name = waiting.pop()
        if name not in lock["packages"]:
            raise LiteError(f"Pyodide {VERSION} has no package {name}: leave out the notebook that needs it.")
        found.add(name)
        waiting |= set(map(_plain, lock["packages"][name]["depends"])) - found
    return sorted(found)


def _plain(name):
    """A package's name as lists have it: some write ``prompt_toolkit``, others ``prompt-toolkit``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_lock(core):
    try:
        lock = json.loads((core / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LiteError(f"{core} does not hold Pyodide: run `npm ci` first, which `make setup` does.") from error
    version = lock["info"]["version"]
    if version != VERSION:
        raise LiteError(f"{core} holds Pyodide {version}, and the notebooks need {VERSION}: pin that in package.json.")
    return lock


def _take(name, digest, source, cache):
    if re.match(r"https?://", str(source)):
        kept = Path(cache or _user_cache(), name)
        if kept.is_file() and hashlib.sha256(content := kept.read_bytes()).hexdigest() == digest:
            return content
        content = _checked(name, digest, _download(f"{str(source).rstrip('/')}/{urllib.parse.quote(name)}"), source)
        write_atomically(kept, content)
        return content
    path = Path(source, name)
    if not path.is_file():
        raise LiteError(f"{source} has no {name}: give a folder with the packages of Pyodide {VERSION}.")
    return _checked(name, digest, path.read_bytes(), source)


def _checked(name, digest, content, source):
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise LiteError(
            f"{name} of {source} has the SHA-256 {found[:12]}…, and Pyodide {VERSION} names {digest[:12]}…: "
            "it is another file, or damaged."
        )
    return content


def _download(address):
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return answer.read()
    except (OSError, http.client.HTTPException) as error:  # also a connection that breaks off
        raise LiteError(
            f"{address} cannot be had ({error}): let CNNBOOK_PYODIDE name a folder that has the file."
        ) from error


def _user_cache():
    import platformdirs

    return platformdirs.user_cache_path("cnnbook") / f"pyodide-{VERSION}"
