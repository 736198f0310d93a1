"""What only the book's own tool chain understands, and so must not be left in a notebook."""

import re

#: Directives, roles, targets, comments.
_RAW = re.compile(r"^\s*:{3,}|`{3,}\{|\{[a-z][\w:.+-]*\}`|^\([\w-]+\)=\s*$|^%+ |^\+\+\+|^:(?:label|class|tags|name):")


def raw_constructs(notebook):
    """List the lines of a notebook that still hold markup of a page, in its text and in its code.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    list of str

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    >>> text = new_markdown_cell("See {ref}`padding`.\\n\\n:::{note}\\nWords.")
    >>> raw_constructs(new_notebook(cells=[text, new_code_cell("from myst_nb import glue")]))
    ['See {ref}`padding`.', ':::{note}', 'from myst_nb import glue']
    """
    lines = {"markdown": [], "code": []}
    for cell in notebook["cells"]:
        lines.get(cell["cell_type"], []).extend("".join(cell["source"]).splitlines())
    return [line for line in lines["markdown"] if _RAW.search(line)] + [
        line for line in lines["code"] if line.startswith((":::", "```")) or "myst_nb" in line
    ]
