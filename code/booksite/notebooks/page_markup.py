"""Markup that only the book's own tools understand, and that must not be left in a notebook."""

import re
from collections.abc import Mapping
from typing import Any

#: Directives, roles, targets, comments.
_MARKUP = re.compile(
    r"^\s*:{3,}|`{3,}\{|\{[a-z][\w:.+-]*\}`|^\([\w-]+\)=\s*$|^%+ |^\+\+\+|^:(?:label|class|tags|name):"
)


def page_markup(notebook: Mapping[str, Any]) -> list[str]:
    """List the lines of a notebook that still hold markup of a page, in its text and in its code.

    >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    >>> text = new_markdown_cell("See {ref}`padding`.\\n\\n:::{note}\\nWords.")
    >>> page_markup(new_notebook(cells=[text, new_code_cell("from myst_nb import glue")]))
    ['See {ref}`padding`.', ':::{note}', 'from myst_nb import glue']
    """
    lines: dict[str, list[str]] = {"markdown": [], "code": []}
    for cell in notebook["cells"]:
        lines.get(cell["cell_type"], []).extend("".join(cell["source"]).splitlines())
    return [line for line in lines["markdown"] if _MARKUP.search(line)] + [
        line for line in lines["code"] if line.startswith((":::", "```")) or "myst_nb" in line
    ]
