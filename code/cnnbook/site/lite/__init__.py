"""JupyterLite inside the site: notebooks that run wholly in the reader's browser.

============  ===============================================================================================
`modules`     what code imports, and whether Pyodide has it
`cells`       which cells run in a browser, and which statements of the others later cells need
`convert`     a notebook for the browser: what needs Keras is shown with what it printed
`wheels`      the book's module, and what else must lie in the site, as wheels
`pyodide`     Python for browsers: where it comes from, or a copy of it inside the site
`folder`      the folder ``lite`` of the site, built by JupyterLite's own program
`command`     ``python -m cnnbook lite``
============  ===============================================================================================

It is made from the built site on demand. No page of the book loads anything of it; a reader's click does.
"""

from cnnbook import CnnBookError

#: Of the site.
FOLDER = "lite"


class LiteError(CnnBookError):
    """JupyterLite cannot be put into the site."""
