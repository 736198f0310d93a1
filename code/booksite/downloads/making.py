"""Makes the downloads of the whole book from the built site, and links them on its front page."""

import posixpath
from collections.abc import Callable
from pathlib import Path

from booksite import site_manifest
from booksite.downloads import DownloadError, archives, epub, front_page, pdf, reading
from cnnbook.data.files import write_atomically

#: No file may be larger, in bytes: readers on telephones pay for it.
LARGEST = 25_000_000

#: File names without ending; also the folder in an archive.
NAME, NOTEBOOKS_NAME = "convolutional-networks", "convolutional-networks-notebooks"


def make_downloads(site: Path, *, progress: Callable[[str], None] = print) -> list[Path]:
    """Make all four files; only when each is there and small enough, write them and the links on the front page."""
    front = reading.front_page_of(site)
    page = (site / front).read_text("utf-8")
    if (manifest := site_manifest.read(site)) and site_manifest.file_digests(site, [front]).items() - manifest[
        "files"
    ].items():
        raise DownloadError(f"{site / front} is not as the build wrote it: run `make book` again.")
    progress("reading the site")
    book = reading.read_book(site)
    # The quick ones first: they refuse a site that is not whole, or has no place for the links, before the long print.
    notebooks = archives.make_notebooks_zip(site, NOTEBOOKS_NAME)
    site_copy = archives.make_site_zip(site, f"{NAME}-site", book.address)
    ebook = epub.make_epub(book)
    files = [
        ("PDF", f"{NAME}.pdf", pdf.make_pdf(book, progress=progress)),
        ("EPUB", f"{NAME}.epub", ebook),
        ("Site to open from disk", f"{NAME}-site.zip", site_copy),
        ("Notebooks and worksheets", f"{NOTEBOOKS_NAME}.zip", notebooks),
    ]
    for _, name, content in files:
        if len(content) > LARGEST:
            size, limit = front_page.size_in_words(len(content)), front_page.size_in_words(LARGEST)
            raise DownloadError(f"{name} would be {size}, and the limit is {limit}: use smaller pictures.")
    for _, name, content in files:
        write_atomically(site / front_page.FOLDER / name, content)
        progress(f"wrote {site / front_page.FOLDER / name} ({front_page.size_in_words(len(content))})")
    root = posixpath.relpath(".", posixpath.dirname(front) or ".")
    links = front_page.links([(label, name, len(content)) for label, name, content in files], root)
    write_atomically(site / front, front_page.PLACE.fill(page, links).encode())
    site_manifest.add(site, [front, *(f"{front_page.FOLDER}/{name}" for _, name, _ in files)])
    return [site / front_page.FOLDER / name for _, name, _ in files]
