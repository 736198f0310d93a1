"""The book as PDF, printed by a headless Chromium: title page, contents with page numbers, solutions at the end.

Chromium counts pages when it prints and cannot say in the text on which page something will be. So the book is printed,
the places of all targets are read from the PDF, and it is printed again with their numbers, until none moves.
"""

import copy
import html
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pypdf
from pypdf.generic import Fit, IndirectObject

from booksite.downloads import DownloadError
from booksite.downloads.book import SOLUTIONS, Book, Chapter

#: Programs that print, in the order in which they are tried.
PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

STYLE = Path(__file__).parent / "print.css"
_MOST_PASSES = 5
#: Holds the place of a page number that is not known yet.
_UNKNOWN = "000"
_TIMEOUT_SECONDS = 600

#: No service of the browser's own, no other host, no dates or addresses in the margins.
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--allow-file-access-from-files",
    "--no-pdf-header-footer",
)


def make_pdf(book: Book, *, progress: Callable[[str], None]) -> bytes:
    """Print the book until its page numbers hold."""
    program = find_browser()
    numbers: dict[str, int] = {}
    for attempt in range(1, _MOST_PASSES + 1):
        progress(f"printing the book, pass {attempt}")
        printed = _print(program, compose(book, numbers))
        previous, numbers = numbers, page_numbers(printed)
        if numbers == previous:
            return _add_outline(book, printed)
    raise DownloadError(
        f"Page numbers still change after printing {_MOST_PASSES} times: a page of the book has no stable height."
    )


def find_browser() -> str:
    """Find a Chromium or Chrome: the system's, else the one that Playwright has installed."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None) or _browser_of_playwright()
    if program is None:
        raise DownloadError(
            "The PDF is printed by Chromium or Chrome, and neither was found: "
            "install one (Debian: chromium; anywhere: `pip install playwright`, `playwright install chromium`)."
        )
    return program


def _browser_of_playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return shutil.which(playwright.chromium.executable_path)


# --- what is printed --------------------------------------------------------------------------------------------------


def compose(book: Book, numbers: dict[str, int]) -> str:
    """Make one HTML document of the whole book, with the numbers of the pages on which targets stand."""
    styles = "".join(f'<link rel="stylesheet" href="{_file_address(book, path)}">\n' for path in book.styles)
    pieces = [_title_page(book), _contents(book, numbers)]
    for caption, chapters in book.parts:
        if caption:
            pieces.append(f'<p class="part-title" id="{_part_id(chapters)}">{html.escape(caption)}</p>')
        pieces += [_article(chapter, book, numbers) for chapter in chapters]
    body = "\n".join(pieces)
    return (
        f'<!DOCTYPE html>\n<html lang="{book.language}" data-theme="light" data-mode="light">\n'
        f'<head><meta charset="utf-8"><title>{html.escape(book.title)}</title>\n'
        f"{styles}<style>{STYLE.read_text('utf-8')}</style></head>\n"
        f'<body><div class="bd-article-container">\n{body}\n</div></body></html>\n'
    )


def _file_address(book: Book, path: str) -> str:
    return (book.site / path).resolve().as_uri()


def _part_id(chapters: list[Chapter]) -> str:
    return f"part--{chapters[0].slug}"


def _article(chapter: Chapter, book: Book, numbers: dict[str, int]) -> str:
    """Write a chapter with pictures by their place on this machine, and page numbers behind links that want them."""
    content = copy.copy(chapter.content)
    for picture in content.find_all("img"):
        picture["src"] = _file_address(book, picture["src"])
    for link in content.select("a.page-of[href^='#']"):
        link.insert_after(f", page {numbers.get(link['href'][1:], _UNKNOWN)}")
    content.name, content["id"], content["class"] = "article", chapter.slug, ["bd-article"]
    return str(content)


def _title_page(book: Book) -> str:
    return (
        f'<section class="title-page"><p class="book-title">{html.escape(book.title)}</p>'
        f'<p class="book-description">{html.escape(book.description)}</p>'
        f'<div class="book-rights">{book.imprint}</div></section>\n'
    )


def _contents(book: Book, numbers: dict[str, int]) -> str:
    """Make the contents: parts and chapters with their numbers, and the sections of each chapter."""

    def row(target: str, title: str, kind: str) -> str:
        return (
            f'<p class="{kind}"><a href="#{target}"><span>{html.escape(title)}</span>'
            f'<span class="number">{numbers.get(target, _UNKNOWN)}</span></a></p>'
        )

    rows = []
    for caption, chapters in book.parts:
        if caption:
            rows.append(row(_part_id(chapters), caption, "contents-part"))
        for chapter in chapters:
            rows.append(row(chapter.slug, chapter.title, f"contents-{'part' if chapter.slug == SOLUTIONS else 'page'}"))
            if chapter.sections:
                links = [f'<a href="#{target}">{html.escape(title)}</a>' for target, title in chapter.sections]
                rows.append(f'<p class="contents-sections">{" · ".join(links)}</p>')
    return f'<nav class="book-contents" id="contents"><h1>Contents</h1>{"".join(rows)}</nav>\n'


# --- printing ---------------------------------------------------------------------------------------------------------


def _print(program: str, document: str) -> bytes:
    """Let the browser print a document."""
    with tempfile.TemporaryDirectory(prefix="cnnbook-") as folder:
        page, target = Path(folder, "book.html"), Path(folder, "book.pdf")
        page.write_text(document, "utf-8")
        # In a container everything runs as root, where Chromium has no sandbox.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        profile = f"--user-data-dir={folder}/profile"
        command = [program, *_OPTIONS, *sandbox, profile, f"--print-to-pdf={target}", page.as_uri()]
        try:
            browser = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise DownloadError(f"{program} has not printed the book in {_TIMEOUT_SECONDS} seconds.") from None
        if browser.returncode or not target.is_file():
            last = (browser.stderr.strip().splitlines() or ["it printed no message"])[-1]
            raise DownloadError(f"{program} could not print the book (exit code {browser.returncode}): {last}")
        return target.read_bytes()


def page_numbers(printed: bytes) -> dict[str, int]:
    """Give the page, from 1, on which every target of a link stands."""
    return {target: page + 1 for target, (page, _) in _places(printed).items()}


def _places(printed: bytes) -> dict[str, tuple[int, float]]:
    """Give page, from 0, and height on it, in points, of every target of a link."""
    reader = pypdf.PdfReader(io.BytesIO(printed))
    places = {}
    for name, destination in reader.named_destinations.items():
        page, top = reader.get_destination_page_number(destination), destination.top
        if page is None or top is None:
            raise DownloadError(f"The PDF does not say where {name} stands: print it with a newer Chromium.")
        places[name.removeprefix("/")] = (page, float(top))
    return places


def _add_outline(book: Book, printed: bytes) -> bytes:
    """Add the outline, which Chromium would make of all headings alike, and what viewers show about the file."""
    places = _places(printed)
    writer = pypdf.PdfWriter(io.BytesIO(printed), incremental=True)

    def add_entry(target: str, title: str, parent: IndirectObject | None = None) -> IndirectObject:
        page, top = places[target]
        fit = Fit.xyz(left=0, top=top)
        return writer.add_outline_item(title=title, page_number=page, parent=parent, fit=fit, is_open=parent is None)

    for caption, chapters in book.parts:
        part = add_entry(_part_id(chapters), caption) if caption else None
        for chapter in chapters:
            entry = add_entry(chapter.slug, chapter.title, part)
            for target, title in chapter.sections:
                add_entry(target, title, entry)
    writer.metadata = {"/Title": book.title, "/Subject": book.description, "/Creator": "cnnbook"}
    writer.create_viewer_preferences().display_doctitle = True  # type: ignore[assignment]  # set through a property
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
