"""Time of a build of the book: from nothing, again without a change, and after an edit of one page.

usage: python benchmarks/build.py [PAGE ...]

The unit is a build without a change of the book that `jupyter-book create` makes, measured in turn with the book, since
machines differ. Beside the seconds on the clock stand those of the processor, which move less where other programs run
too; kernels of a build from nothing are forked and do not count there. Works on copies below the temporary folder, so
the tree and its ``_build`` stay as they are; the set-up (virtual environment, npm) is taken from the tree. Ends with
exit code 1 when a target is missed.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("book/arithmetic/output-size.md", "book/experiments/data.md")  # with Keras, as most pages, and without
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")

#: At most, in units.
COLD, NO_CHANGE, ONE_EDIT = 60, 2, 3

#: A build from nothing runs once, every other one as often as this; the median counts.
REPEATS = 3


class Seconds(NamedTuple):
    """What a build took, on the clock and on the processor."""

    clock: float
    processor: float


def median(builds: list[Seconds]) -> Seconds:
    return Seconds(*map(statistics.median, zip(*builds, strict=True)))


def copy_book(folder: Path) -> None:
    """Copy what a build reads into `folder`, and link the npm packages."""
    skipped = shutil.ignore_patterns("_build", ".git", ".venv", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, folder, ignore=skipped)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")


def processor_seconds() -> float:
    """Seconds that finished processes of ours, and theirs, have taken so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def build(folder: Path, *options: str) -> Seconds:
    """Build the book in `folder` and return what that took."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "code")}
    clock, processor = time.perf_counter(), processor_seconds()
    process = subprocess.run(
        [JUPYTER_BOOK, "build", ".", *options], cwd=folder, env=environment, capture_output=True, text=True
    )
    if process.returncode:
        sys.exit(f"the build failed:\n{process.stdout[-2000:]}\n{process.stderr[-4000:]}")
    return Seconds(time.perf_counter() - clock, processor_seconds() - processor)


def edit(page: Path) -> None:
    """Change the first code cell of a page, so that the page runs again."""
    text = page.read_text(encoding="utf-8")
    edited = text.replace("ipython3\n", "ipython3\n# an edit\n", 1)
    if edited == text:
        sys.exit(f"{page} has no code cell to edit; name a page of the book with one, such as {PAGES[0]}")
    page.write_text(edited, encoding="utf-8")


def main(*pages: str) -> bool:
    """Measure, print what was measured beside the targets, and return whether one is missed."""
    missed = False
    with tempfile.TemporaryDirectory() as temporary:
        book, template = Path(temporary, "book"), Path(temporary, "template")
        copy_book(book)
        subprocess.run([JUPYTER_BOOK, "create", template], check=True, capture_output=True)
        build(template)
        for name, page, target, repeats in [
            ("cold", None, COLD, 1),
            ("no change", None, NO_CHANGE, REPEATS),
            *((f"{page} edited", page, ONE_EDIT, REPEATS) for page in pages or PAGES),
        ]:
            units, builds = [], []
            for _ in range(repeats):
                if page:
                    edit(book / page)
                units.append(build(template))
                builds.append(build(book, "-W", "--keep-going", "-n"))  # as `make book`
            unit, seconds = median(units), median(builds)
            ratio = Seconds(seconds.clock / unit.clock, seconds.processor / unit.processor)
            missed |= ratio.clock > target
            print(
                f"{name}: {seconds.clock:.1f} s, {ratio.clock:.1f} units, at most {target}: "
                f"{'MISSED' if ratio.clock > target else 'ok'}\n"
                f"    on the processor {seconds.processor:.1f} s, {ratio.processor:.1f} units; "
                f"one unit is {unit.clock:.1f} s, on the processor {unit.processor:.1f} s",
                flush=True,
            )
    return missed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
