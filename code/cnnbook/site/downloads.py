"""The worksheets that a page offers are made from the module when the book is built; git holds none."""

from pathlib import Path

from cnnbook.spreadsheet import write_worksheets

#: The page beside which Sphinx looks for them.
PAGE = "book/arithmetic/spreadsheet"


def make_worksheets(app):
    """Write the worksheets beside their page, if this book has that page."""
    folder = Path(app.srcdir, PAGE).parent
    if Path(app.srcdir, f"{PAGE}.md").exists():
        write_worksheets(folder)


def setup(app):
    app.connect("builder-inited", make_worksheets)
