"""The directive ``mistakes-table``: every usual mistake of `cnnbook.mistakes`, and what recognises it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

from cnnbook.mistakes import MISTAKES

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: In a page's metadata: the table that it holds.
TABLE = "mistakes table"

#: What recognises mistakes: its sources below the root of the book, and how one names a mistake there.
RECOGNISED_BY = {
    "question": ("book/**/*.md", r"\{mistake\}`([a-z-]+)`"),
    "practice": ("code/cnnbook/practice/*.py", r'"([a-z-]+)"'),
    "checker": ("code/cnnbook/checkers/*.py", r'"([a-z-]+)"'),
    "hand-in": ("code/cnnbook/handin/*.py", r'"([a-z-]+)"'),
}


def recognised(root: Path) -> dict[str, list[str]]:
    """For each mistake, by its name, what recognises it."""
    places: dict[str, list[str]] = {name: [] for name in MISTAKES}
    for place, (sources, pattern) in RECOGNISED_BY.items():
        names = {name for path in root.glob(sources) for name in re.findall(pattern, path.read_text("utf-8"))}
        for name in names & MISTAKES.keys():
            places[name].append(place)
    return places


class MistakesTable(SphinxDirective):
    """A table with the name of each mistake, what is said about it, where it is taught, and what recognises it."""

    def run(self) -> list[nodes.Node]:
        table = write_table(Path(self.env.srcdir))
        self.env.metadata[self.env.docname][TABLE] = table
        return self.parse_text_to_nodes(table)


def write_table(root: Path) -> str:
    """The table in Markdown."""
    rows = ["| mistake | what the reader is told | taught in | recognised by |", "|---|---|---|---|"]
    for name, places in recognised(root).items():
        mistake = MISTAKES[name]
        rows.append(f"| {name} | {mistake.sentence} | {{ref}}`{mistake.label}` | {', '.join(places)} |")
    return "\n".join(rows)


def pages_with_old_tables(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Have Sphinx read a page again whose table would change; most edits of other pages leave it as it is."""
    table = write_table(Path(app.srcdir))
    return [page for page, metadata in env.metadata.items() if metadata.get(TABLE, table) != table]


def setup(app: Sphinx) -> None:
    app.add_directive("mistakes-table", MistakesTable)
    app.connect("env-get-outdated", pages_with_old_tables)
