"""The code cells of a notebook: as the page has them, after one that installs the book's module."""

from collections.abc import Collection, Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from booksite.notebooks.addresses import Place

_WITH_ADDRESS = """\
# Installs the book's module, of the commit that this notebook was made from, unless it is there.
from importlib.util import find_spec

if find_spec("cnnbook") is None:
    %pip install -q "{requirement}\""""

_WITHOUT_ADDRESS = """\
# This notebook needs the book's module, and Keras needs a backend: type `pip install . tensorflow` in a clone of the
# book's repository. The copy that this notebook comes from does not know the repository's address.
from importlib.util import find_spec

if find_spec("cnnbook") is None:
    raise ModuleNotFoundError(
        "cnnbook is not installed: type `pip install . tensorflow` in a clone of the book's repository"
    )"""


def make_cell(source: str, tags: Collection[str] = ()) -> NotebookNode:
    """Make a code cell; what a page hides is collapsed in Jupyter, and shown as a form in Colab."""
    cell = new_code_cell(source)
    view = {}
    if "hide-input" in tags:
        view["source_hidden"] = True
        cell["metadata"]["cellView"] = "form"
    if "hide-output" in tags:
        view["outputs_hidden"] = True
    if view:
        cell["metadata"]["jupyter"] = view
    if "raises-exception" in tags:
        cell["metadata"]["tags"] = ["raises-exception"]  # so that a run from end to end goes on
    return cell


def install_cell(place: Place) -> NotebookNode:
    """Make the first cell of a notebook: it installs the module where it is missing, and does nothing else."""
    text = _WITH_ADDRESS if place.requirement else _WITHOUT_ADDRESS
    cell = new_code_cell(text.format(requirement=place.requirement))
    cell["metadata"]["cnnbook"] = {"role": "install"}
    return cell


def is_install_cell(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is the one that `install_cell` made."""
    return cell["metadata"].get("cnnbook") == {"role": "install"}
