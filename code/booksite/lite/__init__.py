"""JupyterLite inside the site: notebooks that run wholly in the reader's browser.

===================  ==========================================================================================
`browser_cells`      which cells run in a browser
`browser_notebooks`  a notebook for the browser: what needs Keras is shown with what it printed
`wheels`             the book's module, and what else must lie in the site, as wheels
`pyodide`            Python for browsers: where it comes from, or a copy of it inside the site
`folder`             the folder ``lite`` of the site, built by JupyterLite's own program
`errors`             the error of all these
===================  ==========================================================================================

No page of the book loads anything of it; a reader's click does.
"""

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from booksite.lite import folder
from booksite.lite.errors import LiteError

FOLDER = folder.FOLDER

#: Where Pyodide's packages come from when the site is to hold Pyodide itself: a folder, or an address.
PYODIDE = "CNNBOOK_PYODIDE"

logger = logging.getLogger(__name__)


def note_pyodide(app: Sphinx, config: Config) -> None:
    """Keep where Pyodide comes from; Sphinx writes all pages, which say it, again when that has changed."""
    config.cnnbook_pyodide = os.environ.get(PYODIDE, "")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put JupyterLite into the site that was just built; where it cannot be made, a warning fails the strict build."""
    if exception is not None or app.builder.name != "html":
        return
    site = Path(app.outdir)
    if not app.config.cnnbook_jupyterlite:
        folder.remove(site)
        return
    try:
        paths = folder.bring_up_to_date(Path(app.srcdir), site, vendored_from=app.config.cnnbook_pyodide)
    except LiteError as error:
        logger.warning("%s", error)
        return
    if paths:
        logger.info("JupyterLite runs %d notebooks in the reader's browser", len(paths))


def setup(app: Sphinx) -> None:
    """Connect JupyterLite to Sphinx."""
    app.add_config_value("cnnbook_jupyterlite", False, "html")
    app.add_config_value("cnnbook_pyodide", "", "html")
    app.connect("config-inited", note_pyodide)
    # After the notebooks are whole.
    app.connect("build-finished", finish, priority=900)
