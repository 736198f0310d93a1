"""From a notebook of the book to one for the browser: cells that cannot run are shown with what they printed."""

import re
from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from posixpath import dirname, relpath

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from booksite.lite import LiteError
from booksite.lite.browser_cells import missing_modules, packages
from booksite.notebooks import number_cells
from booksite.notebooks.code_cells import is_install_cell
from booksite.notebooks.markdown import fence

#: Modules by the names that people say.
_SPOKEN = {"keras": "Keras", "tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
#: Links to other notebooks, and to the module's wheel, which JupyterLite has elsewhere.
_TO_NOTEBOOK = re.compile(r"\[([^\]]*)\]\(([^)\s:#]+\.(?:ipynb|whl))(#[^)]*)?\)")


def own_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Give the code cells of a notebook of the book, without the one that installs the module."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and not is_install_cell(cell)]


def for_browser(
    notebook: NotebookNode, recorded: Iterable[NotebookNode], path: str, *, origin: str, paths: Collection[str] = ()
) -> NotebookNode:
    """Make the copy of a notebook that runs in the browser from its first cell to its last.

    `recorded` are the page's cells with the outputs of the last build; `path` is the notebook's below the folder of all
    notebooks, and `paths` those of all that the browser gets: links to others become plain words. `origin` says where
    Pyodide comes from.
    """
    own = own_cells(notebook)
    missing = missing_modules(cell.source for cell in own)
    running = [cell.source for cell, modules in zip(own, missing, strict=True) if not modules]
    result = deepcopy(notebook)
    result.cells = [new_markdown_cell(_note(origin, set().union(*missing))), browser_install_cell(packages(running))]
    addresses = {relpath(target, dirname(path) or ".") for target in paths}
    modules_of_cells, waiting = iter(missing), list(recorded)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            result.cells.append(new_markdown_cell(_without_dead_links(cell.source, addresses)))
        elif not is_install_cell(cell):
            modules, outputs = next(modules_of_cells), _take_outputs(cell.source, waiting)
            if modules and outputs is None:
                first = cell.source.splitlines()[0]
                raise LiteError(f"The build has no output of a cell of {path}, {first!r}…: build the site again.")
            result.cells.append(_recorded_cell(cell, modules, outputs or []) if modules else deepcopy(cell))
    number_cells(result)
    return result


def browser_install_cell(names: Sequence[str]) -> NotebookNode:
    """Make the cell that installs the book's module from the site, and packages of Pyodide."""
    lines = [
        "# The book's module lies in this site; the other packages are a part of Pyodide.",
        # What it declares includes Keras; what this notebook needs of the rest stands in the next line.
        "%pip install -q --no-deps cnnbook",
    ]
    cell = new_code_cell("\n".join([*lines, *([f"%pip install -q {' '.join(names)}"] if names else [])]))
    cell["metadata"]["cnnbook"] = {"role": "install"}
    return cell


def spoken(names: Iterable[str], *, code: bool = True) -> str:
    """Name modules in a sentence, those without a name of their own as code or as words.

    >>> spoken({"keras"}), spoken({"torch", "keras", "onnx"})
    ('Keras', 'Keras, PyTorch and `onnx`')
    """
    quote = "`" if code else ""
    words = sorted(_SPOKEN.get(name, f"{quote}{name}{quote}") for name in names)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _note(origin: str, missing: Collection[str]) -> str:
    lines = [
        f"*This notebook runs in your browser, with Python (Pyodide) from {origin}. What you save stays in this "
        "browser. To have the site's notebook again, rename yours (“File”, “Rename…”) and open the page's link anew.*",
        "*Run the cells from the top with Shift+Enter. The first one waits until Python is loaded; if its `[*]` stays "
        f"for minutes, {origin} cannot be reached.*",
    ]
    if missing:
        lines.append(
            f"*{spoken(missing)} cannot run here: cells that need it are shown with what they printed when the book "
            "was built. The section “Run it yourself” of the book's front page says how to run them on your computer.*"
        )
    return "\n\n".join(lines)


def _take_outputs(source: str, recorded: list[NotebookNode]) -> list[NotebookNode] | None:
    """Take the first recorded cell with this source, and give its outputs; None where there is none."""
    at = next((at for at, cell in enumerate(recorded) if cell.source.strip() == source.strip()), None)
    return None if at is None else recorded.pop(at).get("outputs", [])


def _recorded_cell(cell: NotebookNode, missing: Collection[str], outputs: Iterable[NotebookNode]) -> NotebookNode:
    """Show a cell that does not run as text: its code, why it does not run, what it printed."""
    why, text = f"*This cell needs {spoken(missing)}, and is not run in the browser.", printed(outputs)
    parts = [fence(cell.source, "python"), f"{why} When the book was built, it gave:*" if text else f"{why}*"]
    if text:
        parts.append(fence(text, "text"))
    if any(map(_is_picture, outputs)):
        parts.append("*It also drew a figure: see the page of the book.*")
    return new_markdown_cell("\n\n".join(parts), metadata={"cnnbook": {"role": "recorded"}})


def _is_picture(output: NotebookNode) -> bool:
    return any(kind.startswith("image/") for kind in output.get("data", {}))


def printed(outputs: Iterable[NotebookNode]) -> str:
    """Give what a cell printed, returned as text or raised, but not the text that stands for a picture."""
    text = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            text.append(output["text"])
        elif output["output_type"] == "error":
            text.append(f"{output['ename']}: {output['evalue']}\n")
        elif "text/plain" in output.get("data", {}) and not _is_picture(output):
            text.append(f"{output['data']['text/plain']}\n")
    return _COLOR.sub("", "".join(text)).rstrip()


def _without_dead_links(text: str, addresses: Collection[str]) -> str:
    """Turn links to notebooks that the browser does not get into plain words; `addresses` are those that it gets."""
    return _TO_NOTEBOOK.sub(lambda match: match[0] if match[2] in addresses else match[1], text)
