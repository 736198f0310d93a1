"""What an earlier build left and this one does not stand behind: pages taken out of the book, reports of old failures.

Sphinx never removes a page that it wrote. A reader, or the search engine of a published site, would still find it.
"""

import shutil
from pathlib import Path

#: Pages that Sphinx and Jupyter Book write beside those of the book.
OTHERS = {"index.html", "search.html"}

#: Folders of the site with HTML files that are no pages of the book: the theme's, sheets to print, JupyterLite.
NOT_PAGES = {"_static", "_downloads", "lite"}


def page_files(site):
    """List the files of a site that are pages of the book, sorted; those that only lead to a page are among them."""
    site = Path(site)
    return [file for file in sorted(site.rglob("*.html")) if file.relative_to(site).parts[0] not in NOT_PAGES]


def forget_reports(app):
    """Remove the tracebacks of failed pages; a page that still fails is run, and reported, again."""
    shutil.rmtree(Path(app.outdir, "reports"), ignore_errors=True)


def remove_old_pages(app, exception):
    """Remove pages that the book no longer has."""
    if exception is not None or app.builder.format != "html":
        return
    pages = OTHERS | {f"{name}.html" for name in app.env.found_docs}
    for file in page_files(app.outdir):
        if file.relative_to(app.outdir).as_posix() not in pages:
            file.unlink()


def setup(app):
    app.connect("builder-inited", forget_reports)
    app.connect("build-finished", remove_old_pages)
