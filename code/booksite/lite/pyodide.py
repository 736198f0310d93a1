"""Pyodide, Python for browsers: where it comes from, or a copy of it inside the site.

Its core is the npm package ``pyodide``, pinned with the site's other packages. The packages that it runs, NumPy among
them, are not on npm: `CDN` has them, and a folder or another address may. Each must have the SHA-256 that the core's
list names.
"""

import base64
import hashlib
import http.client
import json
import re
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import platformdirs

from booksite.lite import LiteError

#: Its Python is 3.14, its NumPy 2.4.3, its Matplotlib 3.10.8: all within what the book's module asks for.
VERSION = "314.0.4"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"

#: The same CDN's copy of the npm package, so that a browser can hold each file against ours.
CORE_CDN = f"https://cdn.jsdelivr.net/npm/pyodide@{VERSION}/"

ENTRY, LOCK = "pyodide.mjs", "pyodide-lock.json"
CORE = (ENTRY, "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

#: What the kernel loads at its start.
FOR_KERNEL = ("micropip", "ipython", "jedi")

#: Inside the folder of JupyterLite.
VENDORED = "static/pyodide"

SECONDS = 120

#: Kilobytes that a browser loads, compressed: of the core, and of the packages that cells of pages need.
CORE_KILOBYTES = 6_315
KILOBYTES = {
    "contourpy": 118,
    "cycler": 8,
    "fonttools": 1_153,
    "kiwisolver": 37,
    "matplotlib": 6_972,
    "numpy": 2_916,
    "packaging": 96,
    "pillow": 1_038,
    "pyparsing": 123,
    "python-dateutil": 230,
    "pytz": 510,
    "scipy": 14_009,
    "six": 11,
}


def origin(vendored_from: str = "") -> str:
    """Say where a reader's browser takes Pyodide from; `vendored_from` is empty where the site does not hold it."""
    return "this site" if vendored_from else urllib.parse.urlsplit(CDN).netloc


def integrity(core: Path) -> list[str]:
    """Give the digests of the core's files, and of its list of packages, in the form that a browser's `fetch` takes."""
    digests = [hashlib.sha256((core / name).read_bytes()).digest() for name in (*CORE, LOCK)]
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


def megabytes(core: Path, packages: Iterable[str], module: int) -> int:
    """Give how much a browser loads until cells can run that need these packages and the book's module, in bytes."""
    names = closure(read_lock(core), packages)
    if unknown := [name for name in names if name not in KILOBYTES]:
        raise LiteError(f"KILOBYTES in {__name__} has no size of {', '.join(unknown)}: add what a browser loads of it.")
    return round((CORE_KILOBYTES + sum(KILOBYTES[name] for name in names) + module / 1000) / 1000)


def vendor(folder: Path, core: Path, packages: Iterable[str], *, source: str = CDN) -> list[str]:
    """Copy Pyodide's core (its npm package) and packages with all that they and the kernel need; gives their names.

    `source` is an address or a folder that has the packages' files; those from an address are kept in the user's cache.
    """
    lock = read_lock(core)
    names = closure(lock, [*FOR_KERNEL, *packages])
    folder.mkdir(parents=True, exist_ok=True)
    for name in CORE:
        shutil.copyfile(core / name, folder / name)
    for name in names:
        entry = lock["packages"][name]
        content = _read(entry["file_name"], entry["sha256"], source)
        (folder / entry["file_name"]).write_bytes(content)
    # Only what is there: whatever else is asked for is then looked for among the site's own wheels.
    lock["packages"] = {name: lock["packages"][name] for name in names}
    (folder / LOCK).write_text(json.dumps(lock, sort_keys=True), encoding="utf-8")
    return names


def closure(lock: Mapping[str, Any], packages: Iterable[str]) -> list[str]:
    """Give packages with all that they need, sorted."""
    needed: set[str] = set()
    waiting = set(map(_plain, packages))
    while waiting:
        name = waiting.pop()
        if name not in lock["packages"]:
            raise LiteError(f"Pyodide {VERSION} has no package {name}: leave out the notebook that needs it.")
        needed.add(name)
        waiting |= set(map(_plain, lock["packages"][name]["depends"])) - needed
    return sorted(needed)


def _plain(name: str) -> str:
    """A package's name as lists have it: some write ``prompt_toolkit``, others ``prompt-toolkit``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(core: Path) -> dict[str, Any]:
    """Read Pyodide's list of its packages."""
    try:
        return json.loads((core / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LiteError(f"{core} does not hold Pyodide: run `npm ci` first, which `make setup` does.") from error


def _read(name: str, digest: str, source: str) -> bytes:
    """Read a file of Pyodide's packages from the folder, the cache or the address that has it, and verify it."""
    kept = platformdirs.user_cache_path("cnnbook") / f"pyodide-{VERSION}" / name
    is_address = bool(re.match(r"https?://", source))
    if is_address and kept.is_file() and _sha256(content := kept.read_bytes()) == digest:
        return content
    folder = source.rstrip("/") if is_address else Path(source).resolve().as_uri()
    content = _download(f"{folder}/{urllib.parse.quote(name)}")
    if _sha256(content) != digest:
        raise LiteError(
            f"{name} of {source} has the SHA-256 {_sha256(content)[:12]}…, but Pyodide {VERSION} names {digest[:12]}…: "
            "it is the wrong file, or a damaged one."
        )
    if is_address:
        from cnnbook.data.files import write_atomically  # here, since its package imports NumPy

        write_atomically(kept, content)
    return content


def _download(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return answer.read()
    except (OSError, http.client.HTTPException) as error:  # also a connection that breaks off
        raise LiteError(
            f"{address} cannot be read ({error}): let CNNBOOK_PYODIDE name a folder with the packages of Pyodide "
            f"{VERSION}."
        ) from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
