"""Wheels that lie in the site: the book's module, and what its Python kernel would otherwise take from PyPI."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import cnnbook
from booksite import scripts, zip_files
from booksite.lite import LiteError
from cnnbook.records import EPOCHS

#: The file name of the book's module as a wheel.
OWN = f"cnnbook-{cnnbook.__version__}-py3-none-any.whl"

#: What the kernel installs at its start and Pyodide has not. The versions are those that the book is built with.
FOR_KERNEL = ("comm",)

#: What the module is built from, relative to the root of the repository.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "code/cnnbook", "book/assets/scripts", "book/assets/lab.css")

#: The time of what is packed, in seconds: the first that a zip file can hold, so that a build depends on no clock.
EPOCH = "315532800"

#: What installing adds to the files of a wheel.
_OF_INSTALLER = tuple(f".dist-info/{name}" for name in ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"))


def sources(root: Path) -> list[Path]:
    """List what the module is built from, sorted."""
    files = [file for name in SOURCES for file in (root / name, *(root / name).rglob("*")) if file.is_file()]
    return sorted(file for file in files if "__pycache__" not in file.parts)


def for_browsers(files: Iterable[Path]) -> list[Path]:
    """What of the module JupyterLite's wheel has: no notebook there shows the weights of every epoch."""
    return [file for file in files if not file.name.endswith(EPOCHS)]


def build_own(root: Path, folder: Path, files: Iterable[Path]) -> Path:
    """Build the wheel of the book's module, or of some of its `files`, without a network.

    It declares Keras, but notebooks in the browser install it alone.
    """
    copy = folder / "sources"  # setuptools leaves folders of its own beside what it builds
    for source in files:
        target = copy / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    (copy / "code/cnnbook" / scripts.WIDGET).write_text(scripts.join_widget(root), "utf-8")
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, copy],
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(copy)
    if done.returncode:
        raise LiteError(f"The wheel of the book's module cannot be built: {(done.stderr or done.stdout).strip()}")
    return folder / OWN


def pack_installed(name: str, folder: Path) -> Path:
    """Make a wheel again of a package of pure Python that is installed here: same version, and no network."""
    package = metadata.distribution(name)
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    rows = {row.partition(",")[0]: row for row in sorted((package.read_text("RECORD") or "").splitlines())}
    for inside in list(rows):
        if inside.startswith("../") or inside.endswith((".pyc", *_OF_INSTALLER)):
            del rows[inside]
    files = {inside: Path(str(package.locate_file(inside))).read_bytes() for inside in rows}
    files[f"{stem}.dist-info/RECORD"] = "\n".join([*rows.values(), ""]).encode()
    path = folder / f"{stem}-py3-none-any.whl"
    path.write_bytes(zip_files.zipped(files))
    return path
