"""What a page must keep so that all of its cells run when the book is built, and all is in sight: exceptions, and code.

MyST-NB lets a page of its own accord show stored outputs instead of running, go on after an error, or remove what a
cell printed, and IPython's commands swallow exceptions. Whoever reads the page could not tell.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util import logging

from booksite.notebooks.names import as_python
from booksite.undocumented import read_notebook, run_time

#: The tags of cells that the book uses.
TAGS = {"taught", "hide-input", "hide-output", "remove-cell", "raises-exception"}

#: With one of these a reader does not see that a cell failed.
_HIDES_OUTPUT = {"remove-cell", "hide-output"}

#: What a cell may set for MyST-NB: how a figure looks, and what a folded cell holds.
_SETTINGS = {"image", "figure", "code_prompt_show", "code_prompt_hide"}

#: A line of code that is longer is cut on a page, or scrolls.
LONGEST_LINE = 78

#: What IPython's commands (``%``, ``%%``, ``!``, ``?``) become in Python, and what runs code as a cell would.
_COMMAND = re.compile(r"\b(?:get_ipython|InteractiveShell|run_cell\w*|run_(?:line|cell)_magic)\b")

logger = logging.getLogger(__name__)


def faults(path: Path, notebook: NotebookNode | None) -> Iterator[str]:
    """What is wrong with the source of a page, in sentences; `notebook` is the page as MyST-NB reads it, None if it
    has no cells."""
    if path.suffix != ".md":
        yield f"{path.name} is not MyST Markdown: write the page as an .md file, which holds no stored outputs"
    if notebook is None:
        return
    if settings := notebook.metadata.get("mystnb"):
        yield f"remove `mystnb` ({_listed(settings)}) from the front matter: _config.yml says how all pages run"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for fault in _cell_faults(cell.metadata, cell.source):
                yield f"the cell {cell.source.strip().partition(chr(10))[0][:60]!r}: {fault}"


def _cell_faults(metadata: NotebookNode, source: str) -> Iterator[str]:
    tags, settings = metadata.get("tags", []), metadata.get("mystnb", {})
    if unknown := set(tags) - TAGS:
        yield f"it is tagged {_listed(unknown)}; the tags of the book are {', '.join(sorted(TAGS))}"
    elif "raises-exception" in tags and (hidden := _HIDES_OUTPUT.intersection(tags)):
        yield f"it is tagged raises-exception and {_listed(hidden)}, so nobody would see the exception; remove one"
    if not isinstance(settings, dict) or settings.keys() - _SETTINGS:
        yield f"it sets `mystnb` ({_listed(settings)}); a cell sets {_listed(_SETTINGS)} alone"
    if _COMMAND.search(as_python(source)):
        yield "it uses a command of IPython's (%, %%, !, ?, get_ipython), which may fail unseen; use Python"
    if "remove-cell" not in tags:
        for line in source.splitlines():
            if len(line) > LONGEST_LINE:
                yield f"a line has {len(line)} characters, of at most {LONGEST_LINE}; wrap it: {line.strip()}"


def _listed(words: object) -> str:
    return ", ".join(sorted(map(str, words))) if isinstance(words, dict | set) else str(words)


def check_page(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of what is wrong with a page that was read, and of cells that did not run."""
    docname = app.env.docname
    path = Path(app.env.doc2path(docname))
    notebook = read_notebook(path, app.env)
    for fault in faults(path, notebook):
        logger.warning("%s", fault, location=docname)
    has_code = notebook is not None and any(cell.cell_type == "code" for cell in notebook.cells)
    if has_code and run_time(app.env, docname) is None:
        logger.warning("The cells of this page did not run: let _config.yml run every page.", location=docname)


def require_errors_to_stop(app: Sphinx) -> None:
    """Refuse a book in which any cell may fail; the tag ``raises-exception`` announces a single one."""
    if app.config.nb_execution_allow_errors:
        raise ConfigError("Remove `allow_errors` from _config.yml: tag the one cell that fails `raises-exception`.")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", require_errors_to_stop)
    app.connect("doctree-read", check_page)
