"""A site is made of its commit, and of no clock: two builds of one commit are the same, byte for byte."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from built import ROOT, SITE

from booksite.downloads.front_page import FOLDER as DOWNLOADS
from booksite.downloads.front_page import PLACE

#: What differs from build to build, and why.
STAMPS = {
    ".buildinfo": re.compile(
        "^config: .*$", re.M
    ),  # Sphinx' digest of its settings, folders of this machine among them
    "built-from.json": re.compile('^"book/(status|intro).html": .*$', re.M),  # digests of two pages
    "book/status.html": re.compile('<div class="build-stamp"><p>.*?</p>'),  # when the site was built
}


def content(site, name):
    """The bytes of a file, without its stamp, and without the links that `make downloads` puts into the front page."""
    if name == "book/intro.html":
        return PLACE.fill((site / name).read_text("utf-8"), PLACE.default)
    stamp = STAMPS.get(name)
    return stamp.sub("", (site / name).read_text("utf-8")) if stamp else (site / name).read_bytes()


def names(site):
    """Names of all files but those that are made on demand."""
    files = (path.relative_to(site) for path in site.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if path.parts[0] != DOWNLOADS}


@pytest.mark.slow
def test_another_build_gives_the_same_bytes(tmp_path):
    """Into another folder and on another day, from the outputs that the site was built with."""
    shutil.copytree(SITE.parent / ".jupyter_cache", tmp_path / "_build/.jupyter_cache")
    # TensorFlow sets this when another test imports it, and the digest of the outputs counts it.
    inherited = {name: value for name, value in os.environ.items() if name != "TF2_BEHAVIOR"}
    # Sphinx takes this for today: a date of the day of the build would differ.
    another_day = str(int(datetime(datetime.now(UTC).year, 7, 1, tzinfo=UTC).timestamp()))
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--path-output", tmp_path]
    environment = inherited | {"SOURCE_DATE_EPOCH": another_day}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    assert "ran page" not in done.stdout
    again = tmp_path / "_build/html"
    assert names(again) <= names(SITE)  # where pictures of earlier builds may lie as well
    assert STAMPS.keys() <= names(again)
    assert [name for name in sorted(names(again)) if content(again, name) != content(SITE, name)] == []
    # A style sheet that has no digest in a first build has one in the second.
    pages = "".join(path.read_text("utf-8") for path in (again / "book").rglob("*.html"))
    assert re.findall(r'href="[^"]*_static/[^"/?]*\.css"', pages) == []
