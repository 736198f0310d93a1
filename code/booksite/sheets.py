"""The sheets of problems that the teachers' page offers as downloads, made from the module at each build."""

import tempfile
from pathlib import Path

from cnnbook.practice import sheet

#: Relative to the root of the book; pages refer to files in it as ``/_build/practice/NAME``.
FOLDER = "_build/practice"
#: Seed and level of each sheet.
SHEETS = ((1, 1), (2, 2))


def provide(app):
    """Write the sheets and their keys where the page looks for them; a file that would stay the same is not touched."""
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        for seed, level in SHEETS:
            for new in sheet.write(temporary, seed=seed, level=level, solutions=True):
                old = folder / new.name
                if not old.is_file() or old.read_bytes() != new.read_bytes():
                    new.replace(old)


def setup(app):
    app.connect("builder-inited", provide)
