"""The worksheets that pages offer as downloads, made from the module at each build instead of kept in git."""

import tempfile
from pathlib import Path

from cnnbook.handin.worksheets import write_worksheets

#: Relative to the root of the book; pages refer to files in it as ``/_build/worksheets/NAME``.
FOLDER = "_build/worksheets"


def provide(app):
    """Write the worksheets where the pages look for them.

    A file that would stay the same is not touched: a new date would make Sphinx read its page again.
    """
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        for new in write_worksheets(temporary):
            old = folder / new.name
            if not old.is_file() or old.read_bytes() != new.read_bytes():
                new.replace(old)


def setup(app):
    app.connect("builder-inited", provide)
