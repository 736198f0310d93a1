"""The notebook and the report to hand in, made for download at each build instead of kept in git."""

from pathlib import Path

from cnnbook.data.files import write_atomically
from cnnbook.handin import NOTEBOOK, REPORT
from cnnbook.handin.folders import start_notebook, start_report

#: Relative to the root of the book; pages refer to files in it as ``/_build/handin/NAME``.
FOLDER = "_build/handin"


def provide(app):
    """Write both where the page looks for them.

    A file that would stay the same is not touched: a new date would make Sphinx read its page again.
    """
    for name, content in ((NOTEBOOK, start_notebook()), (REPORT, start_report())):
        path = Path(app.srcdir, FOLDER, name)
        if not path.is_file() or path.read_bytes() != content:
            write_atomically(path, content)


def setup(app):
    app.connect("builder-inited", provide)
