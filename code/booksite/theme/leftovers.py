"""Leftovers of earlier builds: pages that were taken out of the book, and reports of failures.

Sphinx never removes a page that it wrote. A reader, or the search engine of a published site, would still find it.
"""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

#: Pages that Sphinx, Jupyter Book and `site_files` write beside those of the book.
EXTRA_PAGES = {"index.html", "search.html", "404.html"}

#: Folders of the site with HTML files that are not pages of the book: the theme's, sheets to print, JupyterLite.
FOLDERS_WITHOUT_PAGES = {"_static", "_downloads", "lite"}


def page_files(site: Path | str) -> list[Path]:
    """Files of a site that are pages of the book, sorted; those that only redirect to a page are among them."""
    site = Path(site)
    return [
        file for file in sorted(site.rglob("*.html")) if file.relative_to(site).parts[0] not in FOLDERS_WITHOUT_PAGES
    ]


def remove_reports(app: Sphinx) -> None:
    """Remove the tracebacks of failed pages; a page that still fails is run, and reported, again."""
    shutil.rmtree(Path(app.outdir, "reports"), ignore_errors=True)


def remove_old_pages(app: Sphinx, exception: Exception | None) -> None:
    """Remove pages that the book no longer has."""
    if exception is not None or app.builder.format != "html":
        return
    pages = EXTRA_PAGES | {f"{name}.html" for name in app.env.found_docs}
    for file in page_files(app.outdir):
        if file.relative_to(app.outdir).as_posix() not in pages:
            file.unlink()


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", remove_reports)
    app.connect("build-finished", remove_old_pages)
