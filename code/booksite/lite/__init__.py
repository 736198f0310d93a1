"""JupyterLite inside the site: notebooks that run wholly in the reader's browser.

============  ===============================================================================================
`modules`     what code imports, and whether Pyodide has it
`cells`       which cells run in a browser, and which statements of the others later cells need
`convert`     a notebook for the browser: what needs Keras is shown with what it printed
`wheels`      the book's module, and what else must lie in the site, as wheels
`pyodide`     Python for browsers: where it comes from, or a copy of it inside the site
`folder`      the folder ``lite`` of the site, built by JupyterLite's own program
============  ===============================================================================================

No page of the book loads anything of it; a reader's click does.
"""

import os

from sphinx.util import logging

from cnnbook import CnnBookError

#: Of the site.
FOLDER = "lite"

#: Where Pyodide's packages come from when the site is to hold Pyodide itself: a folder, or an address.
PYODIDE = "CNNBOOK_PYODIDE"

logger = logging.getLogger(__name__)


class LiteError(CnnBookError):
    """JupyterLite cannot be put into the site."""


def note_pyodide(app, config):
    """Keep where Pyodide comes from; Sphinx writes all pages, which say it, again when that has changed."""
    config.cnnbook_pyodide = os.environ.get(PYODIDE, "")


def finish(app, exception):
    """Put JupyterLite into the site that was just built, unless what is there was made from the same.

    Where it cannot be made, an older folder stays as it was, and a warning, at which the strict build fails, says why.
    """
    if exception is not None or app.builder.name != "html":
        return
    from booksite.lite import folder

    if not app.config.cnnbook_jupyterlite:
        folder.remove(app.outdir)
        return

    try:
        paths = folder.bring_up_to_date(app.srcdir, app.outdir, vendored_from=app.config.cnnbook_pyodide)
    except LiteError as error:
        logger.warning("%s", error)
        return
    if paths:
        logger.info("JupyterLite runs %d notebooks in the reader's browser", len(paths))


def setup(app):
    app.add_config_value("cnnbook_jupyterlite", False, "html")
    app.add_config_value("cnnbook_pyodide", "", "html")
    app.connect("config-inited", note_pyodide)
    # After the notebooks are whole.
    app.connect("build-finished", finish, priority=900)
