"""The pages of the book as tests see them: their files, and their cells as MyST-NB reads them."""

import re
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook

BOOK = Path(__file__).parents[1] / "book"


def code_cells(page):
    """The code cells of a page (its path below ``book/``), as nbformat nodes with `source` and `metadata`."""
    notebook = read_myst_markdown_notebook((BOOK / page).read_text("utf8"))
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def words(text):
    """Count the words that a reader reads: no code, no formula, no table, and a role counts as one word."""
    for pattern, replacement in (
        (r"\A---\n.*?\n---\n", ""),
        (r"^(`{3,})\{code-cell\}.*?^\1$", ""),
        (r"\$\$.*?\$\$|\$[^$\n]+\$", "x"),
        (r"\{[\w:]+\}`[^`]*`", "word"),
        (r"^[ \t]*(:[\w-]+:|[:`]{3}|\||\().*$", ""),  # options, borders of directives, rows of tables, labels
        (r"\]\([^)]*\)", "]"),  # the addresses of links
    ):
        text = re.sub(pattern, replacement, text, flags=re.M | re.S if ".*?" in pattern else re.M)
    return len(re.findall(r"[^\W\d_][\w'’-]*", text))
