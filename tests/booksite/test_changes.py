"""The list of pages that differ between two builds."""

import json
import subprocess
import sys

import pytest

from booksite import changes

_PAGE = """<!doctype html><html lang="en"><head><title>T</title><link href="_static/book.css?v={stamp}"></head><body>
<nav>{nav}</nav><article><h1>A title<a class="headerlink" href="#a">#</a></h1><p>{text}</p>
<p>Built on {date} from commit {stamp}.<span class="build-stamp">{seconds} s</span></p>
<img src="../_images/{picture}.svg" alt="Bars"></article></body></html>"""


def write(
    site, name="book/one.html", *, text="Seven cells.", nav="", picture="3f0a9c1e22b7d4", drawn="M 0 1", **stamps
):
    """A page whose stamps differ from build to build, with one picture that is named after its content."""
    stamps = {"stamp": "0123456789abcdef0123456789abcdef01234567", "date": "2026-11-26", "seconds": "0.12"} | stamps
    for folder in ("book", "_images"):
        (site / folder).mkdir(parents=True, exist_ok=True)
    (site / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=book/front.html" />')
    (site / name).write_text(_PAGE.format(text=text, nav=nav, picture=picture, **stamps))
    (site / f"_images/{picture}.svg").write_text(f"<svg><dc:date>{stamps['date']}</dc:date><path d='{drawn}'/></svg>")
    return site


@pytest.fixture
def old(tmp_path):
    return write(tmp_path / "old")


def test_stamps_and_what_surrounds_the_text_make_no_difference(old, tmp_path):
    new = write(
        tmp_path / "new",
        nav="one more page",
        picture="aa01bb02cc03dd",
        stamp="fedcba9876543210fedcba9876543210fedcba98",
        date="2026-12-01T10:00:00+00:00",
        seconds="0.34",
    )
    assert changes.changes(old, new) == []


@pytest.mark.parametrize(
    ("difference", "lines"),
    [
        ({"text": "Eight cells."}, ("-Seven cells.", "+Eight cells.")),
        ({"text": "Seven <b>cells</b>."}, ("the markup differs, the words do not",)),
        ({"drawn": "M 0 2"}, ("a figure or a download differs",)),
    ],
)
def test_what_a_reader_sees_makes_a_difference(old, tmp_path, difference, lines):
    assert changes.changes(old, write(tmp_path / "new", **difference)) == [
        changes.Change("changed", "book/one.html", "A title", lines)
    ]


def test_numbers_are_no_stamps(old, tmp_path):
    """Nor are words made of the first six letters."""
    write(old, text="1234567 and facade and 0.71")
    (change,) = changes.changes(old, write(tmp_path / "new", text="1234568 and decade and 0.72"))
    assert change.lines == ("-1234567 and facade and 0.71", "+1234568 and decade and 0.72")


def test_pages_that_come_and_go(old, tmp_path):
    new = write(tmp_path / "new", "book/two.html")
    assert [(change.kind, change.page) for change in changes.changes(old, new)] == [
        ("added", "book/two.html"),
        ("removed", "book/one.html"),
    ]


def test_the_list_lands_on_the_front_page_and_its_links_arrive(old, tmp_path):
    new = write(tmp_path / "new", text="a < b")
    write(new, "book/two.html")
    report, data = tmp_path / "changes.html", tmp_path / "changes.json"
    command = [sys.executable, "-m", "booksite.changes", str(old), str(new), "--landing"]
    done = subprocess.run(
        [*command, "--report", str(report), "--json", str(data)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["added    book/two.html", "changed  book/one.html", "2 pages differ"]
    landing = (new / "index.html").read_text()
    for link in ('<a href="book/two.html">A title</a>', '<a href="book/one.html">A title</a>'):
        assert link in landing
    assert '<a href="book/front.html">The front page of the book</a>' in landing
    assert "+a &lt; b" in landing
    assert "<a " not in report.read_text()  # it opens by itself, where the pages are not
    assert "+a &lt; b" in report.read_text()
    assert json.loads(data.read_text()) == [
        {"kind": "added", "page": "book/two.html", "title": "A title", "lines": 0},
        {"kind": "changed", "page": "book/one.html", "title": "A title", "lines": 2},
    ]


def test_no_difference_is_said(old):
    assert "No page of the book differs." in changes.as_html(changes.changes(old, old))


def test_a_site_without_a_front_page_gets_no_list_for_one(old, capsys):
    (old / "index.html").unlink()
    assert changes.main([str(old), str(old)]) == 0
    assert changes.main([str(old), str(old), "--landing"]) == 1
    assert "There is no built site in" in capsys.readouterr().err
    assert not (old / "index.html").exists()


def test_a_folder_without_a_page_is_an_error(old, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert changes.main([str(old), str(tmp_path / "empty")]) == 1
    assert "empty holds no page to compare; build the site first" in capsys.readouterr().err
