"""Seconds of a build of the book: from nothing, again without a change, and after an edit of one page.

usage: python benchmarks/build.py [PAGE]

Works on a copy of the book below the temporary folder, so the tree and its ``_build`` stay as they are. The set-up
(virtual environment, npm) is taken from the tree; what it adds to a first ``make book`` is measured by hand.
Ends with exit code 1 when a target is missed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = "book/arithmetic/output-size.md"  # imports Keras, as most pages do

#: Seconds on two cores; the first for `make book` with its set-up.
TARGETS = {"cold": 180, "no change": 6, "one page edited": 12}


def copy_book(folder):
    """Copy what a build reads into `folder`, and link the npm packages."""
    skipped = shutil.ignore_patterns("_build", ".git", ".venv", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, folder, ignore=skipped)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")


def seconds_of_build(folder):
    """Build the book in `folder` with the command of ``make book`` and return its seconds."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "--keep-going", "-n"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "code")}
    start = time.perf_counter()
    built = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if built.returncode:
        sys.exit(f"the build failed:\n{built.stdout[-2000:]}\n{built.stderr[-4000:]}")
    return time.perf_counter() - start


def edit(page):
    """Change the first code cell of a page, so that the page runs again."""
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("ipython3\n", "ipython3\n# an edit\n", 1), encoding="utf-8")


def main(page=PAGE):
    """Measure the three builds and print them beside their targets."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "book")
        copy_book(folder)
        measured = {"cold": seconds_of_build(folder), "no change": seconds_of_build(folder)}
        edit(folder / page)
        measured["one page edited"] = seconds_of_build(folder)
    for name, seconds in measured.items():
        verdict = "ok" if seconds < TARGETS[name] else "MISSED"
        print(f"{name:16} {seconds:7.1f} s   target {TARGETS[name]:4} s   {verdict}")
    return any(seconds >= TARGETS[name] for name, seconds in measured.items())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
