"""Time of a build of the book: from nothing, again without a change, and after an edit of one page.

usage: python benchmarks/build.py [PAGE]

The unit is a build without a change of the book that `jupyter-book create` makes, measured in the same run, since
machines differ. Works on copies below the temporary folder, so the tree and its ``_build`` stay as they are; the set-up
(virtual environment, npm) is taken from the tree. Ends with exit code 1 when a target is missed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = "book/arithmetic/output-size.md"  # imports Keras, as most pages do
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")

#: In units.
TARGETS = {"cold": 60, "no change": 2, "one page edited": 3}


def copy_book(folder: Path) -> None:
    """Copy what a build reads into `folder`, and link the npm packages."""
    skipped = shutil.ignore_patterns("_build", ".git", ".venv", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, folder, ignore=skipped)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")


def seconds_of_build(folder: Path, *options: str) -> float:
    """Build the book in `folder` and return the seconds that it took."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "code")}
    start = time.perf_counter()
    process = subprocess.run(
        [JUPYTER_BOOK, "build", ".", *options], cwd=folder, env=environment, capture_output=True, text=True
    )
    if process.returncode:
        sys.exit(f"the build failed:\n{process.stdout[-2000:]}\n{process.stderr[-4000:]}")
    return time.perf_counter() - start


def edit(page: Path) -> None:
    """Change the first code cell of a page, so that the page runs again."""
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("ipython3\n", "ipython3\n# an edit\n", 1), encoding="utf-8")


def main(page: str = PAGE) -> bool:
    """Measure, print what was measured beside the targets, and return whether one is missed."""
    strict = ("-W", "--keep-going", "-n")  # as `make book`
    with tempfile.TemporaryDirectory() as temporary:
        book, template = Path(temporary, "book"), Path(temporary, "template")
        copy_book(book)
        subprocess.run([JUPYTER_BOOK, "create", template], check=True, capture_output=True)
        seconds_of_build(template)
        units, builds = [], {}
        for name in TARGETS:
            if name == "one page edited":
                edit(book / page)
            units.append(seconds_of_build(template))
            builds[name] = seconds_of_build(book, *strict)
        unit = statistics.median(units)
    print(f"one unit         {unit:7.1f} s")
    for name, seconds in builds.items():
        verdict = "ok" if seconds <= TARGETS[name] * unit else "MISSED"
        print(f"{name:16} {seconds:7.1f} s  {seconds / unit:5.1f} units, at most {TARGETS[name]}: {verdict}")
    return any(seconds > TARGETS[name] * unit for name, seconds in builds.items())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
