"""Tables: a line above one that a cell computed becomes its caption, with a number; and those too wide for a phone.

What their numbers are about goes above them, or each row becomes a card. Where all but the first column are short, they
stay columns, which can be compared: the first cell of a row stands above the others. A row with longer texts is a card,
each cell below the heading of its column. The style sheet does both; what it needs of a table stands in it since the
page was built.
"""

import re
import textwrap

from bs4 import BeautifulSoup, NavigableString, Tag
from docutils import nodes
from sphinx.application import Sphinx

#: About as many characters fit beside each other on a phone.
PHONE = 50

#: Characters that fit into a line of text; a table with longer rows is as wide as code, so that there are two widths.
LINE = 72

#: A column with a longer cell than `SHORT` is one of text, which has a line of its own on a card; in a table, it may be
#: as narrow as `TEXT`.
SHORT, TEXT = 22, 20

#: A word with a hyphen, at which a narrow column would break it: a name of a recipe, a date.
_HYPHENATED = re.compile(r"(?<!\S)\w[\w.]*(?:-\w+)+(?=[\s,;.]|$)")


def set_captions(app: Sphinx, doctree: nodes.document) -> None:
    """Make the line above a computed table its caption; with an id it gets a number from Sphinx, as figures do."""
    outputs = [node for node in doctree.findall(nodes.table) if node.parent.get("mime_type") == "text/markdown"]
    for table in outputs:
        place = table.parent.index(table)
        line = table.parent[place - 1] if place else None
        if isinstance(line, nodes.paragraph):
            table.parent.remove(line)
            table.insert(0, nodes.title(line.rawsource, "", *line.children))
            table["names"].append(nodes.fully_normalize_name(line.astext()))
            doctree.set_id(table)


def lay_out(soup: BeautifulSoup) -> None:
    """Say of each wide table what it becomes; of a card's cells, below which heading they stand and which are text.

    Short labels at the head of rows stay on their lines, in every table, and a row with a label alone heads a group.
    """
    for table in soup.select("table:has(> thead):has(> tbody)"):
        head = [cell.get_text(" ", strip=True) for cell in table.select("thead th")]
        rows = [row.find_all(["td", "th"], recursive=False) for row in table.select("tbody > tr")]
        for row in rows:
            for cell in row:
                _keep_names_whole(cell)
            if len(row) > 1 and not any(cell.get_text(strip=True) or cell.select_one(":not(p)") for cell in row[1:]):
                row[0].parent["class"] = [*row[0].parent.get("class", []), "group"]
        if not rows or any(len(row) != len(head) for row in rows):
            continue
        if drawn := {number for row in rows for number, cell in enumerate(row) if cell.select_one(".interval")}:
            head = [label for number, label in enumerate(head) if number not in drawn]  # a phone shows them not
            rows = [[cell for number, cell in enumerate(row) if number not in drawn] for row in rows]
        widest = [max(_length(cell) for cell in column) for column in zip(*rows, strict=True)]
        if widest[0] <= SHORT:
            for first, *_ in rows:
                first["class"] = [*first.get("class", []), "whole"]
        if sum(widest) + 3 * len(widest) > LINE:  # with the room between columns
            table["class"] = [*table.get("class", []), "wide"]
        if _needs(head, widest) <= PHONE:
            continue
        if max(widest[1:]) <= SHORT:
            table["class"] = [*table.get("class", []), "figures"]
            widths = map(_of_four_lines, head, _words(head, widest))
            table["style"] = f"--columns: {' '.join(f'{width}fr' for width in [*widths][1:])}"
            continue
        table["class"] = [*table.get("class", []), "cards"]
        for row in rows:
            for number, (label, cell, length) in enumerate(zip(head, row, widest, strict=True)):
                if number and cell.get_text(strip=True):
                    cell["data-label"] = label
                if length > SHORT:
                    cell["class"] = [*cell.get("class", []), "text"]


def _length(cell: Tag) -> int:
    """About how many characters a cell shows; a formula is in it twice."""
    formulas = sum(len(formula.get_text()) for formula in cell.select(".katex-mathml"))
    return len(cell.get_text(" ", strip=True)) - formulas


def _needs(head: list[str], widest: list[int]) -> int:
    """Characters that all columns need beside each other, with the gaps between them."""
    return sum(width + 2 for width in _words(head, [min(length, TEXT) for length in widest]))


def _words(head: list[str], widest: list[int]) -> list[int]:
    """Characters that each column needs: of its heading, which may break, the longest word."""
    words = (max(map(len, label.split()), default=0) for label in head)
    return [max(pair) for pair in zip(widest, words, strict=True)]


def _of_four_lines(label: str, width: int) -> int:
    """Characters that a column needs, at least `width`, so that its heading has four lines at most."""
    width = max(width, 1)  # of a column without a heading or a text, too
    while len(textwrap.wrap(label, width)) > 4:
        width += 1
    return width


def _keep_names_whole(cell: Tag) -> None:
    for text in cell.find_all(string=_HYPHENATED):
        if text.find_parent(["code", "math", "svg"]):
            continue
        parts, end = [], 0
        for name in _HYPHENATED.finditer(text):
            if len(name[0]) > SHORT:
                continue
            whole = Tag(name="span", attrs={"class": "whole"})
            whole.string = name[0]
            parts += [NavigableString(text[end : name.start()]), whole]
            end = name.end()
        if parts:
            text.replace_with(*(part for part in [*parts, NavigableString(text[end:])] if part.get_text()))
