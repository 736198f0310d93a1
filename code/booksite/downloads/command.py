"""``python -m booksite downloads``: make the downloads of the whole book from the built site, and link them there."""

import posixpath
from pathlib import Path

from booksite.downloads import DownloadError
from cnnbook.data.files import write_atomically

#: No file may be larger, in bytes: readers on telephones pay for it.
LARGEST = 25_000_000

#: File names without ending; also the folder in an archive.
NAME, NOTEBOOKS_NAME = "convolutional-networks", "convolutional-networks-notebooks"

HELP = "make the whole book as PDF and EPUB, the site and the notebooks as zip files, from the built site"


def add_arguments(parser):
    """Declare what the command takes."""
    parser.add_argument(
        "--site",
        type=Path,
        default=Path("_build", "html"),
        metavar="FOLDER",
        help="the built site (default: %(default)s)",
    )


def run(options):
    """Make all four; only when each is there and small enough, write them and the links on the front page.

    Raises
    ------
    DownloadError
        Something is missing, or a file would be too large. Older downloads stay as they were.
    """
    for path in make_downloads(options.site, progress=print):
        print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")


def make_downloads(site, *, progress=lambda text: None):
    """Make the downloads.

    Parameters
    ----------
    site : path
    progress : callable
        Is told in words what is being done.

    Returns
    -------
    list of Path
        The four files in ``downloads`` of the site.
    """
    from booksite.downloads import archives, epub, front_page, pdf, reading

    site = Path(site)
    front = reading.front_page_of(site)
    filled = Path(site, front).read_text("utf-8")
    progress("reading the site")
    book = reading.read_book(site)
    # The quick ones first: they refuse a site that is not whole, or has no place for the links, before the long print.
    made = [
        ("Notebooks and worksheets", f"{NOTEBOOKS_NAME}.zip", archives.make_notebooks_zip(site, NOTEBOOKS_NAME)),
        ("Site to open from disk", f"{NAME}-site.zip", archives.make_site_zip(site, f"{NAME}-site", book.address)),
        ("EPUB", f"{NAME}.epub", epub.make_epub(book)),
        ("PDF", f"{NAME}.pdf", pdf.make_pdf(book, progress=progress)),
    ][::-1]
    for _, name, content in made:
        check_size(name, len(content))
    paths = []
    for _, name, content in made:
        paths.append(site / "downloads" / name)
        write_atomically(paths[-1], content)
    prefix = posixpath.relpath(".", posixpath.dirname(front) or ".") + "/"
    files = [(what, name, len(content)) for what, name, content in made]
    write_atomically(site / front, front_page.fill(filled, front_page.links(files, prefix)).encode())
    return paths


def check_size(name, size):
    """Refuse a file that is too large.

    >>> check_size("book.pdf", 30_000_000)
    Traceback (most recent call last):
    booksite.downloads.DownloadError: book.pdf would have 30.0 MB, and 25.0 MB is the most: use smaller pictures.
    """
    if size > LARGEST:
        raise DownloadError(
            f"{name} would have {size / 1e6:.1f} MB, and {LARGEST / 1e6:.1f} MB is the most: use smaller pictures."
        )
