"""Pictures of pages: what they would not show right is an error."""

import subprocess
import sys
from pathlib import Path

_TAKE = """
import pathlib, sys, pictures
pictures.SITE = pictures.FOLDER = pathlib.Path(sys.argv[1])
pictures.take("page.html")
"""


def test_a_page_that_asks_for_a_missing_file_stops_the_pictures(tmp_path):
    page = '<!DOCTYPE html><title>A</title><link rel="icon" href="data:,"><link rel="stylesheet" href="gone.css">'
    (tmp_path / "page.html").write_text(page, "utf-8")
    # In a process of its own, since this one may already drive a browser.
    command, here = [sys.executable, "-c", _TAKE, tmp_path], Path(__file__).parent
    stopped = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert stopped.returncode != 0
    assert f"page.html asks for {(tmp_path / 'gone.css').as_uri()}; run" in stopped.stderr
