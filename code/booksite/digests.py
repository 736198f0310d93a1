"""Digests of files: whether something must be made again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def file_digest(root: Path | str, files: Iterable[Path], *settings: object) -> str:
    """Digest of names, sizes and contents of files below `root`, and of settings, as 16 hexadecimal digits."""
    digest = hashlib.sha256(repr(settings).encode())
    for path in sorted(set(files)):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
