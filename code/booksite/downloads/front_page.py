"""The place on the front page that links to the downloads: the directive ``book-downloads``, filled in by the command.

The directive leaves a sentence that says how the downloads are made, and a build that writes a page puts it back and
removes the downloads, which are of the book as it was. A site that is published always has them: its workflow runs the
command before the upload.
"""

import html
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from booksite.downloads import DownloadError
from cnnbook.data.files import write_atomically

#: Of the site.
FOLDER = "downloads"

BEGIN, END = '<div class="book-downloads">', "<!-- end of book-downloads --></div>"
_PLACE = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)

HOW_TO_MAKE_THEM = (
    "<p>This copy of the site was built without the downloads of the whole book (PDF, EPUB, the site and the notebooks "
    'as zip files); <code class="docutils literal notranslate">make downloads</code> makes them.</p>'
)


def fill(page, content):
    """Put HTML in the place, whatever stood there before.

    Parameters
    ----------
    page : str
        The HTML of the front page.
    content : str

    Returns
    -------
    str

    Raises
    ------
    DownloadError
        The page has no such place.

    Examples
    --------
    >>> fill('<div class="book-downloads">old<!-- end of book-downloads --></div>', "new")
    '<div class="book-downloads">new<!-- end of book-downloads --></div>'
    """
    if not _PLACE.search(page):
        raise DownloadError(
            "The front page has no place for the downloads: write the directive `book-downloads` in its source "
            "and run `make book`."
        )
    return _PLACE.sub(lambda _: BEGIN + content + END, page)


def links(files, prefix):
    """Make the list of the downloads.

    Parameters
    ----------
    files : list of (str, str, int)
        What a file is, its name in ``downloads``, and its size in bytes.
    prefix : str
        From the front page to the site's root, such as ``../``.
    """
    rows = "".join(
        f'<li><p><a class="reference download" href="{prefix}{FOLDER}/{html.escape(name)}" download>'
        f"{html.escape(what)}</a> ({size_in_words(size)})</p></li>"
        for what, name, size in files
    )
    return f'<ul class="simple">{rows}</ul>'


def for_disk(address):
    """What stands there in a copy of the site on disk, which does not hold the downloads."""
    return f'<p>The newest edition is at <a href="{address}">{html.escape(address)}</a>.</p>' if address else ""


def size_in_words(size):
    """Write a size as readers know it, in units of a thousand.

    >>> size_in_words(987), size_in_words(5_734_694), size_in_words(480_400)
    ('1 kB', '5.7 MB', '480 kB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 999_500 else f"{max(1, round(size / 1e3))} kB"


class BookDownloads(SphinxDirective):
    """The place, with the sentence that the command replaces."""

    def run(self):
        return [nodes.raw("", BEGIN + HOW_TO_MAKE_THEM + END, format="html", of_this_copy=True)]


def note_page(app, pagename, templatename, context, doctree):
    """Note that a page of the book is written, not only one that Sphinx adds to it."""
    app.cnnbook_wrote = getattr(app, "cnnbook_wrote", False) or doctree is not None


def forget_downloads(app, exception):
    """Remove downloads of an earlier build, and the links to them, when pages were written since."""
    folder = Path(app.outdir, FOLDER)
    if exception or app.builder.name != "html" or not getattr(app, "cnnbook_wrote", False) or not folder.is_dir():
        return
    shutil.rmtree(folder)
    page = Path(app.outdir, f"{app.config.root_doc}.html")
    text = page.read_text("utf-8")
    if _PLACE.search(text):
        write_atomically(page, fill(text, HOW_TO_MAKE_THEM).encode())


def setup(app):
    app.add_directive("book-downloads", BookDownloads)
    app.connect("html-page-context", note_page)
    app.connect("build-finished", forget_downloads)
