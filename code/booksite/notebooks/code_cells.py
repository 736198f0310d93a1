"""The code cells of a notebook: as the page has them, after one that installs the book's module."""

from collections.abc import Collection, Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from booksite.lite import wheels
from booksite.notebooks.addresses import Place

_WITH_ADDRESS = """\
# Installs the book's module, of the commit that this notebook was made from, unless it is there.
from importlib.util import find_spec

if find_spec("cnnbook") is None:
    %pip install -q "{requirement}\""""

# A copy of all notebooks has the wheel in its folder `files`, where the link of the front page leads.
_WITHOUT_ADDRESS = """\
# Installs the book's module, unless it is there, from {wheel}: a file that the site
# offers in the section “Run it yourself” of its front page. It belongs beside this notebook.
from importlib.util import find_spec
from pathlib import Path

if find_spec("cnnbook") is None:
    places = [Path(folder, "{wheel}") for folder in (".", "../files", "../../files")]
    wheel = next(filter(Path.is_file, places), None)
    if wheel is None:
        raise ModuleNotFoundError(
            "cnnbook is not installed. Download {wheel} from the section “Run it yourself” of the book's "
            f"front page{page}, put it into {{Path.cwd()}} and run this cell again; "
            "or type `pip install {wheel} tensorflow` where it lies"
        )
    backend = "" if find_spec("tensorflow") else "tensorflow"
    %pip install -q "{{wheel}}[labs]" {{backend}}"""


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
    page = place.site and f" ({place.site})"
    cell = new_code_cell(text.format(requirement=place.requirement, wheel=wheels.OWN, page=page))
    cell["metadata"]["cnnbook"] = {"role": "install"}
    return cell


def is_install_cell(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is the one that `install_cell` made."""
    return cell["metadata"].get("cnnbook") == {"role": "install"}
