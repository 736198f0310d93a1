"""The place on the front page that links to the downloads: the directive ``book-downloads``.

The directive leaves a sentence that says how the downloads are made. A build that writes a page puts that sentence back
and removes the downloads, which show the book as it was. A published site has them: they are made before the upload.
"""

import html
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from booksite.downloads import DownloadError
from cnnbook.data.files import write_atomically

#: The folder of the downloads in the site.
FOLDER = "downloads"

BEGIN, END = '<div class="book-downloads">', "<!-- end of book-downloads --></div>"
_PLACE = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)

HOW_TO_MAKE_THEM = (
    "<p>This copy of the site was built without the downloads of the whole book (PDF, EPUB, the site and the notebooks "
    'as zip files); <code class="docutils literal notranslate">make downloads</code> makes them.</p>'
)


def fill(page: str, content: str) -> str:
    """Replace what stands in the place on the front page.

    >>> fill('<div class="book-downloads">old<!-- end of book-downloads --></div>', "new")
    '<div class="book-downloads">new<!-- end of book-downloads --></div>'
    """
    if not _PLACE.search(page):
        raise DownloadError(
            "The front page has no place for the downloads: write the directive `book-downloads` in its source "
            "and run `make book`."
        )
    return _PLACE.sub(lambda _: BEGIN + content + END, page)


def links(files: Iterable[tuple[str, str, int]], root: str) -> str:
    """List the downloads by label, file name and size; `root` leads from the front page to the site's folder."""
    rows = "".join(
        f'<li><p><a class="reference download" href="{root}/{FOLDER}/{html.escape(name)}" download>'
        f"{html.escape(label)}</a> ({size_in_words(size)})</p></li>"
        for label, name, size in files
    )
    return f'<ul class="simple">{rows}</ul>'


def for_disk(address: str | None) -> str:
    """Say where the newest edition is, for a copy of the site on disk, which does not hold the downloads."""
    return f'<p>The newest edition is at <a href="{address}">{html.escape(address)}</a>.</p>' if address else ""


def size_in_words(size: int) -> str:
    """Write a size as readers know it, in units of a thousand.

    >>> size_in_words(987), size_in_words(5_734_694), size_in_words(480_400)
    ('1 kB', '5.7 MB', '480 kB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 999_500 else f"{max(1, round(size / 1e3))} kB"


class BookDownloads(SphinxDirective):
    """The place, with the sentence that the links replace."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", BEGIN + HOW_TO_MAKE_THEM + END, format="html", of_this_copy=True)]


def note_page(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Note that a page of the book is written, not only one that Sphinx adds to it."""
    app.cnnbook_wrote = getattr(app, "cnnbook_wrote", False) or doctree is not None


def forget_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Remove downloads of an earlier build, and the links to them, when pages were written since."""
    folder = Path(app.outdir, FOLDER)
    if exception or app.builder.name != "html" or not getattr(app, "cnnbook_wrote", False) or not folder.is_dir():
        return
    shutil.rmtree(folder)
    page = Path(app.outdir, f"{app.config.root_doc}.html")
    text = page.read_text("utf-8")
    if _PLACE.search(text):
        write_atomically(page, fill(text, HOW_TO_MAKE_THEM).encode())


def setup(app: Sphinx) -> None:
    app.add_directive("book-downloads", BookDownloads)
    app.connect("html-page-context", note_page)
    app.connect("build-finished", forget_downloads)
