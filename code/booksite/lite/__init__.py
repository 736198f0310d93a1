"""JupyterLite inside the site: notebooks that run wholly in the reader's browser.

===================  ==========================================================================================
`browser_cells`      which cells run in a browser
`browser_notebooks`  a notebook for the browser: what needs Keras is shown with what it printed
`wheels`             the book's module, and what else must lie in the site, as wheels
`pyodide`            Python for browsers: where it comes from, or a copy of it inside the site
`jupyterlab`         JupyterLab for browsers, built by JupyterLite's own program
`folder`             the folder ``lite`` of the site: JupyterLab, and the notebooks that run there
===================  ==========================================================================================

No page of the book loads anything of it; a reader's click does.
"""

from cnnbook import CnnBookError

#: Of the site.
FOLDER = "lite"


class LiteError(CnnBookError):
    """JupyterLite cannot be put into the site."""
