"""What a site was built from, and what the build wrote: digests of the sources, of the records, and of every file.

A file that somebody edited in the built site is seen by the next build, which writes the site again, and by the gate.
Hidden files are left out, as they are when GitHub keeps the site for the next job.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from booksite.digests import file_digest
from cnnbook.data.files import write_atomically
from cnnbook.records import RESULTS

#: In the built site.
NAME = "built-from.json"

#: What pages are made of besides the module, relative to the root of the book.
_SOURCES = ("_config.yml", "_toc.yml", "book/**/*")


def write(site: Path, book: Path, *, records_folder: Path = RESULTS) -> None:
    """Write the manifest of a site that was just built."""
    _save(site, {**origin(book, records_folder), "files": file_digests(site)})


def origin(book: Path, records_folder: Path) -> dict[str, str]:
    """Digests of what a site is built from: the book's own files, and the recorded runs."""
    sources = [path for pattern in _SOURCES for path in _visible_files(book, pattern)]
    runs = [path for path in _visible_files(records_folder, "*") if path.suffix in (".json", ".npz")]
    return {"sources": file_digest(book, sources), "records": file_digest(records_folder, runs)}


def file_digests(site: Path, names: Iterable[str] | None = None) -> dict[str, str]:
    """SHA-256 of files of a site, by name; of all if no names are given."""
    if names is None:
        names = (path.relative_to(site).as_posix() for path in _visible_files(site, "**/*"))
    return {name: hashlib.sha256((site / name).read_bytes()).hexdigest() for name in sorted(names) if name != NAME}


def _visible_files(folder: Path, pattern: str) -> list[Path]:
    paths = [path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink()]
    return [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def read(site: Path) -> dict[str, Any] | None:
    """The manifest of a site; None if it has none that can be read: no build came to its end without a warning."""
    try:
        manifest = json.loads((site / NAME).read_bytes())
        return {**manifest, "files": {str(name): str(digest) for name, digest in manifest["files"].items()}}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def changes(site: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Sentences about the files of a site that are not what the build wrote."""
    written, there = manifest["files"], file_digests(site)
    for name in sorted(written.keys() | there.keys()):
        if name not in there:
            yield f"{name}: the build wrote this file, and it is not there."
        elif name not in written:
            yield f"{name}: the build did not write this file."
        elif written[name] != there[name]:
            yield f"{name}: this file is not as the build wrote it."


def add(site: Path, names: Iterable[str]) -> None:
    """Note files that were made or filled in after the build, if the site has a manifest."""
    if manifest := read(site):
        manifest["files"] |= file_digests(site, names)
        _save(site, manifest)


def _save(site: Path, manifest: dict[str, Any]) -> None:
    write_atomically(site / NAME, (json.dumps(manifest, indent=0, sort_keys=True) + "\n").encode())
