"""The book's Sphinx extension: what Jupyter Book and its theme leave to be done, one idea per module.

=================  ==========================================================================================
`execution`        names the execution cache after what the pages import, and runs pages side by side
`strict`           makes plain ``jupyter-book build .`` fail on every warning, and keeps it failing
`vendored`         takes the typeface from ``node_modules``, and says what is missing there
`formulas`         gives KaTeX its library, style sheet and fonts from ``node_modules``
`theme`            our templates, and the removal of scripts that no page uses
`icons`            cuts the theme's icon fonts and styles down to the icons in use
`mend`             repairs what extensions write into a page: repeated ids, boxes that a keyboard cannot scroll
`worksheets`       makes the spreadsheets that pages offer as downloads
`sheets`           makes the sheets of problems that the teachers' page offers
`handin`           makes the practical's notebook and report
`quiz`             the questions that answer back, and the pages that list them
`notebooks`        every executable page as a clean notebook
`launch`           links to run a page, below its title
`lite`             JupyterLite: notebooks that run wholly in the reader's browser
`downloads`        the whole book as PDF, EPUB and zip files, made on demand, linked from the front page
`scripts`          joins the browser's scripts, and gives each to the pages that need it
`stamp`            which commit built the site, when, and how long each page ran
`tidy`             removes pages and reports that an earlier build left
=================  ==========================================================================================

Listed under ``sphinx: extra_extensions`` in ``_config.yml``. Beside it stand what looks at a built site before it is
published (`gate`, `changes`, `outside`).
"""

import hashlib
from pathlib import Path

from booksite import (
    execution,
    formulas,
    handin,
    icons,
    launch,
    lite,
    mend,
    notebooks,
    quiz,
    scripts,
    sheets,
    stamp,
    strict,
    theme,
    tidy,
    vendored,
    worksheets,
)
from booksite.downloads import front_page

__all__ = ["look_digest", "setup"]

_PARTS = (
    execution,
    strict,
    vendored,
    formulas,
    theme,
    icons,
    quiz,
    scripts,
    notebooks,
    launch,
    lite,
    stamp,
    front_page,
    mend,
    worksheets,
    sheets,
    handin,
    tidy,
)


def look_digest(root):
    """Name the state of this extension and of the book's style sheets and pictures.

    Parameters
    ----------
    root : path
        The root of the book.
    """
    files = [path for path in Path(__file__).parent.rglob("*") if path.suffix in {".py", ".js"}]
    files += Path(root, "code", "cnnbook", "practice").glob("*.json")  # texts that the browser's script takes in
    files += [path for path in Path(root, "book", "assets").rglob("*") if path.is_file()]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(files))).hexdigest()[:16]


def note_look(app, config):
    """Set the digest; Sphinx writes all pages and copies all assets again when a value of its kind has changed."""
    config.cnnbook_look = look_digest(app.srcdir)


def setup(app):
    """Connect every part of the extension to the Sphinx application."""
    app.add_config_value("cnnbook_look", "", "html")
    app.connect("config-inited", note_look)
    for part in _PARTS:
        part.setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
