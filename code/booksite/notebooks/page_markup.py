"""Markup that only the book's own tools understand, and that must not be left in a notebook."""

import re
from collections.abc import Mapping
from typing import Any

_IN_CODE = re.compile(r"^:::|^```|myst_nb")
#: Directives, roles, targets, comments.
_IN_TEXT = re.compile(
    r"^\s*:{3,}|`{3,}\{|\{[a-z][\w:.+-]*\}`|^\([\w-]+\)=\s*$|^%+ |^\+\+\+|^:(?:label|class|tags|name):"
)


def page_markup(notebook: Mapping[str, Any]) -> list[str]:
    """List the lines of a notebook that still hold markup of a page, in its text and in its code."""
    return [
        line
        for cell in notebook["cells"]
        for line in "".join(cell["source"]).splitlines()
        if (_IN_CODE if cell["cell_type"] == "code" else _IN_TEXT).search(line)
    ]
