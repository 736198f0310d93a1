"""Atomic file writes that keep what readers edited, and reads of files that are no larger than expected."""

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cnnbook import CnnBookError


def write_atomically(path: str | os.PathLike, content: bytes) -> None:
    """Write `content` to `path` so that no reader, and no later start, ever sees half of it.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take their name in one step.
    Whatever goes wrong on the way, the temporary file is removed and an older file at `path` stays as it was. Folders
    that are missing are created; an `OSError` says that the disk is full, the folder cannot be written, and the like.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _errors_name(path):
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


@contextlib.contextmanager
def _errors_name(path):
    """Let an `OSError` name the file that was meant, and not the temporary one."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def require_writable(path: str | os.PathLike) -> None:
    """Find out, before costly work, whether `write_atomically` can write there; an `OSError` says why not.

    Nothing is left behind: a folder that is missing is not made, but the one that it would be made in is tried.
    """
    path = Path(path).absolute()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    with contextlib.suppress(FileNotFoundError):
        os.stat(path.parent)  # which also says that a name is too long
    folder = next(parent for parent in path.parents if os.path.lexists(parent))
    with _errors_name(path):
        tempfile.NamedTemporaryFile(dir=folder, prefix=f".{path.name}.", suffix=".part").close()


def write_unless_edited(contents: Mapping[Path, bytes], *, force: bool = False) -> list[Path]:
    """Write files that readers edit; returns their paths.

    Where another content is, it may be a reader's work: it stays, unless `force` says otherwise, the other files are
    written, and a `CnnBookError` names those that were kept.
    """
    kept = [] if force else [path for path, content in contents.items() if _is_other(path, content)]
    for path, content in contents.items():
        if path not in kept:
            write_atomically(path, content)
    if kept:
        raise CnnBookError(
            f"kept as it was, because it may have been edited: {', '.join(map(str, kept))}; "
            f"{len(contents) - len(kept)} of {len(contents)} files were written. Move or rename what was kept, or add "
            f"--force (in Python force=True) to write over it"
        )
    return list(contents)


def _is_other(path, content):
    """Whether something is at `path`, and not that content."""
    try:
        return os.path.lexists(path) and read_at_most(path, len(content)) != content
    except OSError:
        return True


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
