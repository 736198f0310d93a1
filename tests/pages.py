"""The pages of the book as tests see them: their files, and their cells as MyST-NB reads them."""

from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook

BOOK = Path(__file__).parents[1] / "book"


def code_cells(page):
    """The code cells of a page (its path below ``book/``), as nbformat nodes with `source` and `metadata`."""
    notebook = read_myst_markdown_notebook((BOOK / page).read_text("utf8"))
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
