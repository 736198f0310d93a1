"""Read what a student wrote, and keep what a run gave."""

import errno
import tempfile
from pathlib import Path

from cnnbook.data.files import read_at_most
from cnnbook.handin.errors import HandInError

LARGEST = 100_000_000  # bytes of a notebook or a report, ten times what a usual one has


def read(path: Path) -> bytes:
    """Read a student's file; a HandInError if it is a link, no file, or larger than anybody writes."""
    try:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a link", str(path))  # what it leads to is not for the zip
        return read_at_most(path, LARGEST)
    except OSError as error:
        raise HandInError(
            f"{path} cannot be read ({error.strerror}); put the file itself there, as you wrote it"
        ) from error


def require_writable(path: Path) -> None:
    """Find out before hours of training whether the zip could be written."""
    try:
        if path.is_dir():
            raise OSError(errno.EISDIR, "it is a folder", str(path))
        tempfile.TemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part").close()
    except OSError as error:
        raise HandInError(
            f"no zip is made, because {path} cannot be written ({error.strerror}); copy the folder to where you may "
            "write, or give another name with --name"
        ) from error


def keep(name: str, content: bytes) -> str:
    """Keep a notebook as it ran, outside the student's folder, and say where."""
    try:
        path = Path(tempfile.mkdtemp(prefix="cnnbook-"), name)
        path.write_bytes(content)
    except OSError as error:
        return f"lost ({error.strerror})"
    return f"in {path}"
