"""Atomic file writes, and reads of files that are no larger than expected."""

import errno
import os
import stat
import tempfile
from pathlib import Path


def write_atomically(path: str | os.PathLike, content: bytes) -> None:
    """Write `content` to `path` so that no reader, and no later start, ever sees half of it.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take their name in one step.
    Whatever goes wrong on the way, the temporary file is removed and an older file at `path` stays as it was. Folders
    that are missing are created; an `OSError` says that the disk is full, the folder cannot be written, and the like.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_at_most(path: str | os.PathLike, most: int) -> bytes:
    """The content of a regular file of at most that many bytes; an `OSError` says that it is larger, or something else.

    A file of any size would fill the memory, and a pipe would be waited for.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"it has {status.st_size:,} bytes, expected at most {most:,}", str(path))
    return Path(path).read_bytes()
