"""Wheels that lie in the site: the book's module, and what its Python kernel would otherwise take from PyPI."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from booksite import zip_files
from booksite.lite.errors import LiteError

#: What the kernel installs at its start and Pyodide has not. The versions are those that the book is built with.
FOR_KERNEL = ("comm",)

#: What the module is built from, relative to the root of the repository.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "code/cnnbook")

#: What installing adds to the files of a wheel.
_OF_INSTALLER = tuple(
    f".dist-info/{name}" for name in ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json")
)


def sources(root: Path) -> list[Path]:
    """List what the module is built from, sorted."""
    files = [file for name in SOURCES for file in (root / name, *(root / name).rglob("*")) if file.is_file()]
    return sorted(file for file in files if "__pycache__" not in file.parts)


def build_own(root: Path, folder: Path) -> Path:
    """Build the wheel of the book's module without a network; it declares Keras, but notebooks install it alone."""
    if not (root / "pyproject.toml").is_file():
        raise LiteError(f"There is no pyproject.toml in {root.resolve()}: run this in the root of a clone of the book.")
    copy = folder / "sources"  # setuptools leaves folders of its own beside what it builds
    for source in sources(root):
        target = copy / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, copy],
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(copy)
    if done.returncode:
        raise LiteError(f"The wheel of the book's module cannot be built: {(done.stderr or done.stdout).strip()}")
    return next(folder.glob("cnnbook-*-py3-none-any.whl"))


def pack_installed(name: str, folder: Path) -> Path:
    """Make a wheel again of a package that is installed here: same version, and no network."""
    package = distribution(name)
    wheel = package.read_text("WHEEL") or ""
    tag = next((line.split(":")[1].strip() for line in wheel.splitlines() if line.startswith("Tag:")), "")
    if not tag.endswith("-none-any"):
        raise LiteError(f"{name} has the tag {tag!r}: only pure Python packages run in the browser.")
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    files = {
        file.as_posix(): Path(str(package.locate_file(file))).read_bytes()
        for file in package.files or []
        if not file.as_posix().startswith("../") and not file.as_posix().endswith((".pyc", *_OF_INSTALLER))
    }
    record = f"{stem}.dist-info/RECORD"
    files[record] = _record(files, record)
    path = folder / f"{stem}-{tag}.whl"
    path.write_bytes(zip_files.pack(files))
    return path


def distribution(name: str) -> metadata.Distribution:
    """Find an installed package."""
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise LiteError(f"{name} is not installed: run `make setup`, then use .venv/bin/python.") from error


def _record(files: Mapping[str, bytes], record: str) -> bytes:
    """List the files of a wheel with their digests, as its format asks."""
    lines = []
    for inside, content in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{inside},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{record},,"]) + "\n").encode()
