"""From a notebook of the book to one for the browser."""

import re
from copy import deepcopy
from posixpath import dirname, relpath

from nbformat.v4 import new_code_cell, new_markdown_cell

from booksite.lite import LiteError, modules
from booksite.lite import cells as code
from booksite.notebooks.cells import without_glue
from booksite.notebooks.text import fence

#: Modules by the names that people say.
_SPOKEN = {"keras": "Keras", "tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX", "psutil": "psutil"}

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_TO_NOTEBOOK = re.compile(r"\[([^\]]*)\]\(([^)\s:#]+\.ipynb)(#[^)]*)?\)")


def for_browser(notebook, recorded, path, *, origin, paths=(), pictures=""):
    """Make the copy of a notebook that runs in the browser from its first cell to its last.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As `booksite.notebooks` wrote it; it is not changed.
    recorded : list of nbformat.NotebookNode
        The code cells of the page with the outputs of the last build, in order.
    path : str
        Of the notebook below the folder of all notebooks.
    origin : str
        Where Pyodide comes from, in words.
    paths : collection of str
        Of all notebooks that the browser gets: links to others become plain words.
    pictures : str
        Address of pictures on the branch of the notebooks; the copies inside the site are used instead.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    LiteError
        A cell that does not run in the browser was not recorded either: the page has changed since the last build.
    """
    made = deepcopy(notebook)
    own = [cell for cell in notebook.cells if cell.cell_type == "code" and not _installs(cell)]
    verdicts = code.judge([cell.source for cell in own])
    running = [cell.source for cell, verdict in zip(own, verdicts, strict=True) if verdict.runs]
    running += [verdict.kept for verdict in verdicts]
    absent = frozenset().union(*(verdict.missing for verdict in verdicts))
    outputs = _outputs(own, recorded)
    if lost := [
        cell.source
        for cell, verdict, one in zip(own, verdicts, outputs, strict=True)
        if not verdict.runs and one is None
    ]:
        raise LiteError(
            f"The build has no output of a cell of {path}, {lost[0].splitlines()[0]!r}…: build the site again."
        )
    made.cells = [new_markdown_cell(_note(origin, absent)), install_cell(modules.packages(running))]
    waiting = iter(zip(verdicts, outputs, strict=True))
    for cell in notebook.cells:
        if cell.cell_type != "code":
            made.cells.append(new_markdown_cell(_local(cell.source, path, paths, pictures)))
        elif not _installs(cell):
            verdict, output = next(waiting)
            made.cells += [deepcopy(cell)] if verdict.runs else list(_shown(cell, verdict, output))
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"
    return made


def install_cell(packages):
    """Make the cell that installs the book's module from the site, and packages of Pyodide.

    >>> print(install_cell(["numpy"]).source)
    # The book's module lies in this site; the other packages are a part of Pyodide.
    %pip install -q --no-deps cnnbook
    %pip install -q numpy
    """
    lines = [
        "# The book's module lies in this site; the other packages are a part of Pyodide.",
        # What it declares includes Keras; what this notebook needs of the rest stands in the next line.
        "%pip install -q --no-deps cnnbook",
    ]
    cell = new_code_cell("\n".join([*lines, *([f"%pip install -q {' '.join(packages)}"] if packages else [])]))
    cell["metadata"]["cnnbook"] = {"role": "install"}
    return cell


def spoken(names, *, code=True):
    """Name modules in a sentence, those without a name of their own as code or as words.

    >>> spoken({"keras"}), spoken({"torch", "keras", "onnx"})
    ('Keras', 'Keras, PyTorch and `onnx`')
    """
    quote = "`" if code else ""
    words = sorted(_SPOKEN[name] for name in names if name in _SPOKEN)
    words += sorted(f"{quote}{name}{quote}" for name in names if name not in _SPOKEN)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _installs(cell):
    return cell["metadata"].get("cnnbook", {}).get("role") == "install"


def _note(origin, absent):
    lines = [
        f"*This notebook runs in your browser, with Python (Pyodide) from {origin}. Your changes stay here.*",
        "*Run the cells from the top with Shift+Enter. The first one waits until Python is loaded; if its `[*]` stays "
        f"for minutes, {origin} cannot be reached.*",
    ]
    if absent:
        lines.append(
            f"*{spoken(absent)} cannot run here: cells that need it are shown with what they printed when the book "
            "was built.*"
        )
    return "\n\n".join(lines)


def _shown(cell, verdict, outputs):
    """A cell that does not run, as text: its code, why it does not run, what it printed; then what later cells need."""
    parts = [fence(cell.source, "python")]
    printed = _printed(outputs)
    said = f"*This cell needs {spoken(verdict.missing)}, and is not run in the browser."
    if printed:
        parts += [f"{said} When the book was built, it gave:*", fence(printed, "text")]
    else:
        parts.append(f"{said}*")
    if any(kind.startswith("image/") for output in outputs for kind in output.get("data", {})):
        parts.append("*It also drew a figure: see the page of the book.*")
    text = new_markdown_cell("\n\n".join(parts))
    text["metadata"]["cnnbook"] = {"role": "recorded"}
    yield text
    if verdict.kept:
        yield new_code_cell(f"# From the cell above: what later cells need of it.\n{verdict.kept}")


def _outputs(own, recorded):
    """Find the recorded outputs of each cell by its source, in order; None where there is no such cell."""
    waiting = list(recorded)
    found = []
    for cell in own:
        at = next((at for at, one in enumerate(waiting) if _same(one.source, cell.source)), None)
        found.append(None if at is None else waiting.pop(at).get("outputs", []))
    return found


def _same(of_page, of_notebook):
    """Whether two cells are one: the notebook's has lost what puts numbers into the page's text."""
    return without_glue(of_page).strip() == of_notebook.strip()


def _printed(outputs):
    text = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            text.append(output["text"])
        elif output["output_type"] == "error":
            text.append(f"{output['ename']}: {output['evalue']}\n")
        elif "text/plain" in output.get("data", {}) and not any(kind.startswith("image/") for kind in output["data"]):
            text.append(f"{output['data']['text/plain']}\n")
    return _COLOR.sub("", "".join(text)).rstrip()


def _local(text, path, paths, pictures):
    """Point pictures to the copies beside the notebook, and take links to notebooks that are not there off."""
    folder = dirname(path) or "."
    if pictures:
        shown = re.compile(rf"(!\[[^\]]*\]\(){re.escape(pictures)}([^)\s]+)")
        text = shown.sub(lambda match: f"{match[1]}{relpath(match[2], folder)}", text)
    there = {relpath(one, folder) for one in paths}
    return _TO_NOTEBOOK.sub(lambda match: match[0] if match[2] in there else match[1], text)
