"""Cells that a reader edits and runs in the page, and exercises that are checked there.

===============  ===================================================================================================
`runner`         runs cells and asks checkers, inside the reader's browser
`keras_layers`   Keras' layers as descriptions, for the exercise that counts their parameters there
===============  ===================================================================================================

The scripts are ``run.js``, ``exercises.js`` and the folder ``run`` of ``book/assets/scripts``. Which cells run in a
browser is what JupyterLite's notebooks are made by: `booksite.lite.browser_cells`. This module marks the cells of a
page that is written: ``data-run`` is a cell's number, ``data-exercise`` the function of its exercise, ``data-check``
the cell that asks its checker, as *Check* does, and ``data-needs`` says what a cell lacks that does not run.
"""

import ast
import html
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from booksite import notebooks
from booksite.lite import FOLDER as LITE
from booksite.lite import browser_cells, pyodide, wheels
from booksite.lite.browser_cells import missing_modules, page_runs
from booksite.lite.browser_notebooks import spoken
from booksite.notebooks.names import as_python, names_of

logger = logging.getLogger(__name__)

_INPUT = re.compile(r'<div class="cell_input\b[^"]*"')
_STARTER = re.compile(r"^def (\w+)\(.*\n    \.\.\.$", re.DOTALL | re.MULTILINE)


def _checker_call(name: str) -> str:
    """Give the source of the cell that asks an exercise's checker."""
    return f"check_{name}({name})"


def exercises(sources: Sequence[str]) -> dict[int, str]:
    """Find the starters of exercises among a page's cells: the function's name by the number of the cell.

    A starter is a function without a body that a later cell checks.

    >>> exercises(["def f(x):\\n    ...", "check_f(f)", "def g(x):\\n    ..."])
    {0: 'f'}
    """
    starters = {number: match[1] for number, source in enumerate(sources) if (match := _STARTER.search(source))}
    return {number: name for number, name in starters.items() if _checker_call(name) in sources[number + 1 :]}


def shown_sources(cells: Iterable[NotebookNode]) -> list[str]:
    """Give the code that a page shows, in order: also that of solutions, which a notebook holds as text."""
    code = (cell for cell in cells if cell["cell_type"] == "code")
    return [cell["source"] for cell in code if "remove-cell" not in cell["metadata"].get("tags", [])]


def lacking(sources: Sequence[str]) -> list[set[str]]:
    """Give the modules that each cell lacks in the page: as in a notebook for the browser, and less for an exercise.

    Where its function is about Keras' layers, `keras_layers` stands in for Keras.
    """
    names = set(exercises(sources).values())
    about_exercise = [bool(names & set().union(*names_of(source))) for source in sources]
    return [
        missing - ({"keras"} if is_about else set())
        for missing, is_about in zip(missing_modules(sources), about_exercise, strict=True)
    ]


def imports_above(sources: Sequence[str], number: int) -> str:
    """Give what a page imports above a cell, but for the checkers: what the reader's function may use elsewhere.

    >>> imports_above(["import numpy as np\\nnp.ones(1)", "from cnnbook.checkers import check_f", "def f(): ..."], 2)
    'import numpy as np'
    """
    statements = [node for source in sources[:number] for node in ast.parse(as_python(source)).body]
    lines = [ast.unparse(node) for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(line for line in lines if not line.startswith("from cnnbook.checkers"))


def mark(body: str, sources: Sequence[str]) -> str:
    """Mark the code cells in a page's body, which have these sources; a ValueError where there are more or less."""
    starters, missing = exercises(sources), lacking(sources)
    # What has no *Check* keeps its cell.
    checks = {_checker_call(name) for number, name in starters.items() if not missing[number]}
    if (there := len(_INPUT.findall(body))) != len(sources):
        raise ValueError(f"the page shows {there} code cells, and its source has {len(sources)}")
    numbers = iter(range(len(sources)))

    def marked(tag: re.Match[str]) -> str:
        number = next(numbers)
        if sources[number] in checks:
            return f"{tag[0]} data-check"
        if missing[number]:
            return f'{tag[0]} data-needs="{html.escape(spoken(missing[number], code=False))}"'
        exercise = f' data-exercise="{starters[number]}"' if number in starters else ""
        return f'{tag[0]} data-run="{number}"{exercise}'

    return _INPUT.sub(marked, body)


def settings(app: Sphinx, docname: str, sources: Sequence[str]) -> dict[str, Any]:
    """Give the page's script where Python comes from, and the sentence that says so before anything is loaded."""
    up, vendored_from = "../" * docname.count("/"), app.config.cnnbook_pyodide
    running = [source for source, missing in zip(sources, lacking(sources), strict=True) if not missing]
    # The worker brings what a function asks for when that is called.
    packages = browser_cells.packages(running, in_functions=False)
    origin = pyodide.origin(vendored_from)
    # The wheel that `generated` made for readers to download; the browsers' own, made later, goes without some files.
    root = Path(app.srcdir)
    core = root / "node_modules/pyodide"
    left_out = set(wheels.sources(root)).difference(wheels.for_browsers(wheels.sources(root)))
    files = [root / "_build/wheel" / wheels.OWN, *left_out]
    whole, *others = (file.stat().st_size for file in files)
    size = pyodide.megabytes(core, packages, whole - sum(others))
    own = f"{up}{LITE}/{pyodide.VENDORED}/"
    return {
        "core": own if vendored_from else pyodide.CORE_CDN,
        "wheels": own if vendored_from else pyodide.CDN,
        "integrity": [] if vendored_from else pyodide.integrity(core),
        "wheel": f"{up}{LITE}/pypi/{wheels.OWN}",
        "origin": origin,
        "packages": packages,
        "note": f"The first run loads Python (Pyodide, about {size} MB) from {origin}; your browser keeps it.",
    }


def mark_cells(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Mark the cells of a page that runs in a browser, and give its script what it has to know."""
    if doctree is None or not notebooks.is_site(app) or not app.config.cnnbook_jupyterlite:
        return
    if not notebooks.is_executable(app, pagename):
        return
    sources = shown_sources(notebooks.page_cells(app, pagename))
    if not page_runs(sources):
        return
    try:
        body = mark(context["body"], sources)
    except ValueError as error:
        logger.warning("%s", error, location=pagename)
        return
    data = html.escape(json.dumps(settings(app, pagename, sources)))
    context["body"] = f'{body}\n<div data-python="{data}" hidden></div>\n'


class exercise_overview(nodes.General, nodes.Element):
    """The place of the list of exercises."""


class ExerciseOverview(SphinxDirective):
    """``{exercise-overview}``: all exercises that are checked in the page, for the script to say which are solved."""

    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname]["exercise-overview"] = True
        return [exercise_overview("")]


def note_exercises(app: Sphinx, doctree: nodes.document) -> None:
    """Keep with a page its exercises: the function, and what the page imports above it."""
    sources = shown_sources(notebooks.page_cells(app, app.env.docname))
    noted = [(name, imports_above(sources, number)) for number, name in exercises(sources).items()]
    app.env.metadata[app.env.docname]["exercises"] = noted


def write_overview(translator: Any, node: exercise_overview) -> None:
    env, builder = translator.builder.env, translator.builder
    rows = []
    for page in env.collect_relations():
        address = html.escape(builder.get_relative_uri(builder.current_docname, page))
        for name, imports in env.metadata[page].get("exercises", []):
            rows.append(
                f'<li data-exercise="{name}" data-imports="{html.escape(imports)}">'
                f'<a href="{address}#ex-write-{name.replace("_", "-")}"><code>{name}</code></a> '
                f'<span>{html.escape(env.titles[page].astext())}</span> <span class="run-state" hidden>open</span></li>'
            )
    translator.body.append(f'<div class="exercise-overview"><ul>{"".join(rows)}</ul></div>\n')
    raise nodes.SkipNode


def rewrite_overview(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the list written again: any page may have another exercise."""
    return [page for page, data in env.metadata.items() if data.get("exercise-overview")]


def setup(app: Sphinx) -> None:
    app.add_node(exercise_overview, html=(write_overview, None))
    app.add_directive("exercise-overview", ExerciseOverview)
    app.connect("doctree-read", note_exercises)
    app.connect("env-updated", rewrite_overview)
    # Before the finished HTML of a page is repaired, which moves cells.
    app.connect("html-page-context", mark_cells, priority=880)
