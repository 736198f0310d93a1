"""The place on the front page that links to the downloads: the directive ``book-downloads``.

The directive leaves an empty place. A build that writes a page empties it again and removes the downloads, which show
the book as it was. A published site has them: they are made before the upload.
"""

import html
import shutil
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from booksite.notebooks import is_site
from booksite.placeholders import Placeholder

#: The folder of the downloads in the site.
FOLDER = "downloads"

PLACE = Placeholder("book-downloads", "")


def links(files: Iterable[tuple[str, str, int]], root: str) -> str:
    """List the downloads by label, file name and size; `root` leads from the front page to the site's folder."""
    rows = "".join(
        f'<li><p><a class="reference download" href="{root}/{FOLDER}/{html.escape(name)}" download>'
        f"{html.escape(label)}</a> ({size_in_words(size)})</p></li>"
        for label, name, size in files
    )
    words = "Take the whole book along (in the PDF and the EPUB the solutions come at the end):"
    return f'<p>{words}</p><ul class="simple">{rows}</ul>'


def for_disk(address: str | None) -> str:
    """Say where the newest edition is, for a copy of the site on disk, which does not hold the downloads."""
    return f'<p>The newest edition is at <a href="{address}">{html.escape(address)}</a>.</p>' if address else ""


def size_in_words(size: int) -> str:
    """Write a size as readers know it, in units of a thousand.

    >>> size_in_words(987), size_in_words(5_734_694), size_in_words(480_400)
    ('1 kB', '5.7 MB', '480 kB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 999_500 else f"{max(1, round(size / 1e3))} kB"


def remove_downloads(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Remove the downloads of an earlier build once a page of the book, and not of Sphinx alone, is written."""
    if doctree is not None:
        shutil.rmtree(Path(app.outdir, FOLDER), ignore_errors=True)


def empty_place(app: Sphinx, exception: Exception | None) -> None:
    """Remove links that lead to downloads that are gone."""
    if exception or not is_site(app) or Path(app.outdir, FOLDER).is_dir():
        return
    for page in PLACE.pages(app).values():
        page.write_text(PLACE.fill(page.read_text("utf-8"), PLACE.default), "utf-8")


def setup(app: Sphinx) -> None:
    PLACE.add_to(app)
    app.connect("html-page-context", remove_downloads)
    app.connect("build-finished", empty_place)
