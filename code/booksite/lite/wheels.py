"""Wheels that lie in the site: the book's module, and what its Python kernel would otherwise take from PyPI."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from booksite import zip_files
from booksite.lite import LiteError

#: What the kernel installs at its start and Pyodide has not. The versions are those that the book is built with.
FOR_KERNEL = ("comm",)

#: What the module is built from, relative to the root of the repository.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "code")


def build_own(root, folder):
    """Build the wheel of the book's module, without a network.

    Parameters
    ----------
    root : path
        Of the repository; nothing is left in it.
    folder : path

    Returns
    -------
    Path

    Raises
    ------
    LiteError
        There is no module, or it cannot be built; what pip says is in the message.
    """
    root, folder = Path(root), Path(folder)
    if not (root / "pyproject.toml").is_file():
        raise LiteError(f"There is no pyproject.toml in {root.resolve()}: run this in the root of a clone of the book.")
    copy = folder / "sources"
    for source in sources(root):
        target = copy / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
    ]
    done = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", folder, copy],
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(copy)
    found = sorted(folder.glob("cnnbook-*-py3-none-any.whl"))
    if done.returncode or not found:
        raise LiteError(f"The wheel of the book's module cannot be built: {(done.stderr or done.stdout).strip()}")
    return found[0]


def sources(root):
    """List what the module is built from, sorted.

    Parameters
    ----------
    root : path
        Of the repository.

    Returns
    -------
    list of Path
    """
    named = [Path(root, name) for name in SOURCES]
    files = [file for one in named for file in ([one] if one.is_file() else one.rglob("*")) if file.is_file()]
    made = ("__pycache__", "build")
    return sorted(
        file
        for file in files
        if not any(part in made or part.endswith(".egg-info") for part in file.relative_to(root).parts)
    )


def pack_installed(name, folder):
    """Make a wheel again of a package that is installed here: same version, and no network.

    Parameters
    ----------
    name : str
    folder : path

    Returns
    -------
    Path

    Raises
    ------
    LiteError
        The package is not installed, or has compiled parts.
    """
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise LiteError(f"{name} is not installed: run `make setup`, then use .venv/bin/python.") from error
    wheel = package.read_text("WHEEL") or ""
    tag = next((line.split(":")[1].strip() for line in wheel.splitlines() if line.startswith("Tag:")), "")
    if not tag.endswith("-none-any"):
        raise LiteError(f"{name} has the tag {tag or 'of no wheel'}: only pure Python packages run in the browser.")
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    path, record = Path(folder, f"{stem}-{tag}.whl"), f"{stem}.dist-info/RECORD"
    files = {}
    for file in package.files or []:
        inside = file.as_posix()
        if _is_content(inside):
            files[inside] = Path(package.locate_file(file)).read_bytes()
    files[record] = _record(files, record)
    path.write_bytes(zip_files.pack(files))
    return path


def _is_content(inside):
    """Whether a file came in the wheel; installing adds programs, compiled files and notes of its own."""
    of_installer = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", "uv_build.json")
    return not inside.startswith("../") and not inside.endswith(
        (".pyc", *(f".dist-info/{one}" for one in of_installer))
    )


def _record(files, record):
    lines = []
    for inside, content in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{inside},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{record},,"]) + "\n").encode()
