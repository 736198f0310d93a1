"""The directive ``conformance``: what the page on accessibility says of the tests, criterion by criterion.

``conformance.toml`` beside this module has the rows. What the audit measures with comes from its own settings, so that
the page names no other widths and versions than were used.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from booksite.notebooks import place_of

CRITERIA = Path(__file__).with_suffix(".toml")
BUDGETS, PACKAGES = "tests/booksite/budgets.toml", "package-lock.json"

PARTS = ("audit", "contact", "A", "AA")

#: The audit's test has a short name, and what it is called on the page.
_AUDIT = ("page in a browser", "the audit of every page")


def criteria(level: str | None = None) -> list[dict]:
    """The rows of the report, of one level or all: number, name, level, conformance, remark and tests."""
    rows = tomllib.loads(CRITERIA.read_text("utf-8"))["criterion"]
    return [row for row in rows if level in (None, row["level"])]


def table(rows: Iterable[Mapping]) -> str:
    """Rows of the report as a table in Markdown.

    >>> row = {"number": "2.3.1", "name": "Flashes", "conformance": "supports", "remark": "None.", "tests": []}
    >>> print(table([row]).splitlines()[-1])
    | 2.3.1 Flashes | supports | None. *Judged by reading.* |
    """
    lines = ["| criterion | conformance | remark |", "|---|---|---|"]
    for row in rows:
        names = [name.partition("::test_")[2].replace("_", " ").replace(*_AUDIT) for name in row["tests"]]
        how = f"*Tests: {'; '.join(names)}.*" if names else "*Judged by reading.*"
        lines.append(f"| {row['number']} {row['name']} | {row['conformance']} | {row['remark']} {how} |")
    return "\n".join(lines)


def audit(root: Path) -> str:
    """What the audit of every page opens it with, in a sentence."""
    budgets = tomllib.loads((root / BUDGETS).read_text("utf-8"))
    packages = json.loads((root / PACKAGES).read_text("utf-8"))["packages"]
    versions = {name: packages[f"node_modules/{name}"]["version"] for name in ("axe-core", "vnu-jar")}
    *others, widest = budgets["widths"]
    return (
        f"Chromium opens every page in windows that are {', '.join(map(str, others))} and {widest} CSS pixels wide, "
        f"and narrows it to {budgets['narrowest']}. axe-core {versions['axe-core']} looks at it with all of its rules "
        f"for WCAG 2.1, level A and AA, and its further ones, the Nu checker {versions['vnu-jar']} at its HTML."
    )


def contact(report: str) -> str:
    """Whom to tell: where a mistake is reported, if that is known."""
    if report:
        return f"[Report it]({report}): say which page, what you use to read it, and what happened."
    return "Tell whoever gave you this copy of the book: it does not know the address of its repository."


class Conformance(SphinxDirective):
    """A part of the page on accessibility: ``audit``, ``contact``, or the table of a level."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        part = directives.choice(self.arguments[0].lower(), [name.lower() for name in PARTS])
        root = Path(self.env.srcdir)
        for path in (CRITERIA, root / BUDGETS, root / PACKAGES):
            self.env.note_dependency(str(path))
        if part == "audit":
            return self.parse_text_to_nodes(audit(root))
        if part == "contact":
            _, report, _ = place_of(self.config).feedback(f"{self.env.docname}.md")
            return self.parse_text_to_nodes(contact(report))
        return self.parse_text_to_nodes(table(criteria(part.upper())))


def setup(app: Sphinx) -> None:
    app.add_directive("conformance", Conformance)
