"""The directive ``mistakes-table``: every usual mistake of `cnnbook.mistakes`, and what recognises it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

from cnnbook.checkers import compare, convolutions, loops, parameters, pooling, sizes
from cnnbook.handin import checks
from cnnbook.mistakes import MISTAKES, PRACTISED

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: In a page's metadata: the table that it holds.
TABLE = "mistakes table"

_EXERCISES = (
    *(sizes.OUTPUT_SIZE, sizes.RECEPTIVE_FIELD, pooling.MAX_POOL),
    *(convolutions.CONVOLVE_1D, convolutions.CONVOLVE_2D, convolutions.FAST_CONVOLVE_2D),
)


def recognised(root: Path) -> dict[str, list[str]]:
    """For each mistake, by its name, what recognises it."""
    names_by_place = {
        "question": _in_questions(root),
        "practice": PRACTISED,
        "checker": _by_checkers(),
        "hand-in": checks.told_mistakes(),
    }
    return {name: [place for place, names in names_by_place.items() if name in names] for name in MISTAKES}


def _in_questions(root: Path) -> set[str]:
    texts = (path.read_text("utf-8-sig") for path in root.glob("book/**/*.md"))
    return {name for text in texts for name in re.findall(r"\{mistake\}`([a-z-]+)`", text)}


def _by_checkers() -> set[str]:
    by_rules = {compare.WHOLE_NUMBERS, loops.PYTHON_LOOP}
    return by_rules.union(parameters.COUNT_PARAMETERS_MISTAKES, *(exercise.mistakes for exercise in _EXERCISES))


class MistakesTable(SphinxDirective):
    """The name of each mistake, what is said about it, where it is taught, and what recognises it."""

    def run(self) -> list[nodes.Node]:
        table = write_table(Path(self.env.srcdir))
        self.env.metadata[self.env.docname][TABLE] = table
        return self.parse_text_to_nodes(table)


def write_table(root: Path) -> str:
    """The list in Markdown."""
    by_page: dict[str, list[str]] = {}
    for name, places in recognised(root).items():
        mistake = MISTAKES[name]
        known = f"{{ref}}`{mistake.label}`; recognised by {', '.join(places)}"
        by_page.setdefault(mistake.page, []).append(f"- **{name}**: {mistake.sentence} ({known})")
    return "\n\n".join(
        "\n".join(
            [f":::{{admonition}} {{doc}}`/book/{page}` ({len(entries)})", ":class: dropdown page-fold", *entries, ":::"]
        )
        for page, entries in by_page.items()
    )


def pages_with_old_tables(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Have Sphinx read a page again whose table would change; most edits of other pages leave it as it is."""
    table = write_table(Path(app.srcdir))
    return [page for page, metadata in env.metadata.items() if metadata.get(TABLE, table) != table]


def setup(app: Sphinx) -> None:
    app.add_directive("mistakes-table", MistakesTable)
    app.connect("env-get-outdated", pages_with_old_tables)
