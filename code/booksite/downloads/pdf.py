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
from pathlib import Path

from booksite.downloads import DownloadError
from booksite.downloads.reading import SOLUTIONS, own_sections, solutions_chapter

#: Programs that print, in the order in which they are tried.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

STYLE = Path(__file__).parent / "print.css"
_PASSES = 5
_UNKNOWN = "000"
_SECONDS = 600

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


def make_pdf(book, *, progress=lambda text: None):
    """Print the book.

    Parameters
    ----------
    book : booksite.downloads.reading.Book
    progress : callable
        Is told in words what is being done.

    Returns
    -------
    bytes

    Raises
    ------
    DownloadError
        There is no Chromium, pypdf is not installed, or printing fails.
    """
    _pypdf()
    program = find_browser()
    numbers = {}
    for attempt in range(1, _PASSES + 1):
        progress(f"printing the book, pass {attempt}")
        printed = _print(program, compose(book, numbers))
        found = page_numbers(printed)
        if found == numbers:
            return _finish(book, printed)
        numbers = found
    raise DownloadError(
        f"Page numbers still change after printing {_PASSES} times: a page of the book has no stable height."
    )


def find_browser():
    """Find a Chromium or Chrome: the system's, else the one that Playwright has installed.

    Raises
    ------
    DownloadError
        There is none.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None and _ON_A_MAC.exists():
        program = str(_ON_A_MAC)
    if program is None:
        program = _browser_of_playwright()
    if program is None:
        raise DownloadError(
            "The PDF is printed by Chromium or Chrome, and neither was found: "
            "install one (Debian: chromium; anywhere: `pip install playwright`, `playwright install chromium`)."
        )
    return program


def _browser_of_playwright():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    return str(program) if program.exists() else None


def _pypdf():
    try:
        import pypdf
    except ImportError:
        raise DownloadError(
            "The page numbers of the PDF are read by pypdf, which is missing: `pip install pypdf`."
        ) from None
    return pypdf


# --- what is printed --------------------------------------------------------------------------------------------------


def compose(book, numbers):
    """Make one HTML document of the whole book.

    Parameters
    ----------
    book : booksite.downloads.reading.Book
    numbers : dict of str to int
        The page on which a target stands; an unknown one is held a place of three digits.
    """
    styles = "".join(f'<link rel="stylesheet" href="{_local(book.site, path)}">\n' for path in book.styles)
    pieces = [_title_page(book), _contents(book, numbers)]
    for caption, pages in book.parts:
        if caption:
            pieces.append(f'<p class="part-title" id="{_part_id(pages)}">{html.escape(caption)}</p>')
        pieces += [_article(page.slug, page.content, book, numbers) for page in pages]
    if last := solutions_chapter(book):
        pieces.append(_article(SOLUTIONS, last, book, numbers))
    body = "\n".join(pieces)
    return (
        f'<!DOCTYPE html>\n<html lang="{book.language}" data-theme="light" data-mode="light">\n'
        f'<head><meta charset="utf-8"><title>{html.escape(book.title)}</title>\n'
        f"{styles}<style>{STYLE.read_text('utf-8')}</style></head>\n"
        f'<body><div class="bd-article-container">\n{body}\n</div></body></html>\n'
    )


def _local(site, path):
    return Path(site, path).resolve().as_uri()


def _part_id(pages):
    return f"part--{pages[0].slug}"


def _article(slug, content, book, numbers):
    """Write a page with pictures by their place on this machine, and page numbers behind links that want them."""
    content = copy.copy(content)
    for picture in content.find_all("img"):
        if not picture["src"].startswith("data:"):
            picture["src"] = _local(book.site, picture["src"])
    for link in content.select("a.page-of[href^='#']"):
        link.insert_after(f", page {numbers.get(link['href'][1:], _UNKNOWN)}")
    content.name, content["id"], content["class"] = "article", slug, ["bd-article"]
    return str(content)


def _title_page(book):
    licence = book.licence.decode_contents() if book.licence else ""
    address = f'<p>On the web: <a href="{book.address}">{book.address}</a></p>' if book.address else ""
    return (
        f'<section class="title-page"><p class="book-title">{html.escape(book.title)}</p>'
        f'<p class="book-description">{html.escape(book.description)}</p>'
        f'<div class="book-rights">{address}<p>{html.escape(book.copyright)}</p><p>{licence}</p></div></section>\n'
    )


def _contents(book, numbers):
    """Make the contents: parts, pages with their numbers, and their sections; only what is linked to has a number."""
    rows = []

    def row(target, title, kind):
        rows.append(
            f'<p class="{kind}"><a href="#{target}"><span>{html.escape(title)}</span>'
            f'<span class="number">{numbers.get(target, _UNKNOWN)}</span></a></p>'
        )

    for caption, pages in book.parts:
        if caption:
            row(_part_id(pages), caption, "contents-part")
        for page in pages:
            row(page.slug, page.title, "contents-page")
            links = [f'<a href="#{target}">{html.escape(title)}</a>' for target, title in own_sections(book, page)]
            if links:
                rows.append(f'<p class="contents-sections">{" · ".join(links)}</p>')
    if any(page.solutions for page in book.pages):
        row(SOLUTIONS, "Solutions", "contents-part")
    return f'<nav class="book-contents" id="contents"><h1>Contents</h1>{"".join(rows)}</nav>\n'


# --- printing ---------------------------------------------------------------------------------------------------------


def _print(program, document):
    """Let the browser print a document; give the PDF."""
    with tempfile.TemporaryDirectory(prefix="cnnbook-") as folder:
        page, target = Path(folder, "book.html"), Path(folder, "book.pdf")
        page.write_text(document, "utf-8")
        # In a container everything runs as root, where Chromium has no sandbox.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [program, *_OPTIONS, *sandbox, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}"]
        try:
            done = subprocess.run(
                [*command, page.as_uri()],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DownloadError(f"{program} has not printed the book in {_SECONDS} seconds.") from None
        if done.returncode or not target.is_file():
            last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
            raise DownloadError(f"{program} could not print the book (exit code {done.returncode}): {last}")
        return target.read_bytes()


def page_numbers(printed):
    """Read on which page every target of a link stands.

    Parameters
    ----------
    printed : bytes
        A PDF with named destinations.

    Returns
    -------
    dict of str to int
        Pages count from 1.
    """
    return {name: number for name, (number, _) in _places(_pypdf().PdfReader(io.BytesIO(printed))).items()}


def _places(reader):
    """Give page (from 1) and height on it, in points, of every target by name."""
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}
    found = reader.named_destinations
    return {name.removeprefix("/"): (pages[target.page.idnum], target.top) for name, target in found.items()}


def _finish(book, printed):
    """Add the outline, which Chromium would make of all headings alike, and what viewers show about the file."""
    pypdf = _pypdf()
    writer = pypdf.PdfWriter(io.BytesIO(printed), incremental=True)
    places = _places(pypdf.PdfReader(io.BytesIO(printed)))

    def entry(name, title, parent=None):
        number, top = places[name]
        fit = pypdf.generic.Fit.xyz(left=0, top=top)
        return writer.add_outline_item(
            title=title, page_number=number - 1, parent=parent, fit=fit, is_open=parent is None
        )

    for caption, pages in book.parts:
        part = entry(_part_id(pages), caption) if caption else None
        for page in pages:
            chapter = entry(page.slug, page.title, part)
            for target, title in own_sections(book, page):
                entry(target, title, chapter)
    if SOLUTIONS in places:
        entry(SOLUTIONS, "Solutions")
    writer.metadata = {"/Title": book.title, "/Subject": book.description, "/Creator": "cnnbook"}
    writer.create_viewer_preferences().display_doctitle = True
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
