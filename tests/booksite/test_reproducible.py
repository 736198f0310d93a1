"""A site is made of its commit, and of no clock: two builds of one commit are the same, byte for byte."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from built import ROOT

_BUILD = "_build"

#: What differs from build to build, and why.
STAMPS = {
    ".buildinfo": re.compile(
        "^config: .*$", re.M
    ),  # Sphinx' digest of its settings, folders of this machine among them
    "built-from.json": re.compile('^"book/status.html": .*$', re.M),  # the digest of that page
    "book/status.html": re.compile('<div class="build-stamp"><p>.*?</p>'),  # when the site was built
}


def start_build(folder, **environment):
    """Build the book into a folder, with the outputs that the site was built with."""
    shutil.copytree(ROOT / _BUILD / ".jupyter_cache", folder / _BUILD / ".jupyter_cache")
    # TensorFlow sets this when another test imports it, and the digest of the outputs counts it.
    inherited = {name: value for name, value in os.environ.items() if name != "TF2_BEHAVIOR"}
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--path-output", folder]
    return subprocess.Popen(
        command, cwd=ROOT, env=inherited | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def content(site, name):
    """The bytes of a file, without its stamp."""
    stamp = STAMPS.get(name)
    return stamp.sub("", (site / name).read_text("utf-8"), count=1) if stamp else (site / name).read_bytes()


@pytest.mark.slow
def test_two_builds_give_the_same_bytes(tmp_path):
    # Sphinx takes this for today: a date of the day of the build would differ.
    another_day = str(int(datetime(datetime.now(UTC).year, 7, 1, tzinfo=UTC).timestamp()))
    processes = [
        start_build(tmp_path / "today"),
        start_build(tmp_path / "another-day", SOURCE_DATE_EPOCH=another_day),
    ]
    for process in processes:
        printed, _ = process.communicate(timeout=1200)
        assert process.returncode == 0, printed[-2000:]
        assert "ran page" not in printed
    sites = [tmp_path / name / _BUILD / "html" for name in ("today", "another-day")]
    names = [{path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} for site in sites]
    assert names[0] == names[1]
    assert STAMPS.keys() <= names[0]
    assert [name for name in sorted(names[0]) if content(sites[0], name) != content(sites[1], name)] == []
    # A style sheet that has no digest in a first build has one in the second.
    pages = "".join(path.read_text("utf-8") for path in (sites[0] / "book").rglob("*.html"))
    assert re.findall(r'href="[^"]*_static/[^"/?]*\.css"', pages) == []
