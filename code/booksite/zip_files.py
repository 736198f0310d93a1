"""Zip files whose bytes depend on their contents alone: names are sorted, and every file has the same date."""

import io
import zipfile
from collections.abc import Mapping

#: The earliest day that a zip file can name.
_DATE = (1980, 1, 1, 0, 0, 0)


def zipped(files: Mapping[str, bytes], *, first: tuple[str, bytes] | None = None) -> bytes:
    """Pack files by their names; `first` stands in front of all, uncompressed, as an EPUB requires.

    >>> zipped({"b": b"2", "a": b"1"}) == zipped({"a": b"1", "b": b"2"})
    True
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        if first:
            archive.writestr(_entry(first[0], zipfile.ZIP_STORED), first[1])
        for name, content in sorted(files.items()):
            archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), content, compresslevel=9)
    return target.getvalue()


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    entry.compress_type = compression
    return entry
