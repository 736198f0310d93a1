"""From the nodes of a finished page to Markdown: everything that only the book's own tools understand is gone.

The page is taken as Sphinx is about to write it. References, citations, measured numbers, and the numbers of figures,
equations and exercises are words and links by then.
"""

import json
import re

from docutils import nodes
from sphinx.locale import admonitionlabels

from booksite.notebooks.inline import Inline
from booksite.notebooks.markdown import (
    details,
    display_math,
    escape,
    escape_start,
    fence,
    link,
    listed,
    quoted,
    table,
)
from booksite.notebooks.page_context import PageContext

#: Nodes that show nothing; the last holds the link of a card, which `_card_title` takes.
SILENT = {"comment", "index", "meta", "target", "toctree", "quiz_dots", "quiz_more", "PassthroughTextElement"}
#: Nodes whose children stand for them.
TRANSPARENT = {"compound", "quiz_part", "section"}

_LANGUAGES = {"ipython3": "python", "default": "", "none": "", "text": ""}


class Code(str):
    """A code cell that the page does not have."""


class Writer(Inline):
    """Writes one page: a node of a kind that it does not know is a warning, at which the strict build fails."""

    def __init__(self, page: PageContext):
        self.page = page
        self._pieces: list[str | Code | int] = []
        self._blocks: list[str] = []
        self._anchor = ""

    def write(self, doctree: nodes.document) -> list[str | Code | int]:
        """Give a resolved page in order: Markdown, and between it labs, and the numbers of the page's code cells."""
        self._flow(doctree, 0)
        if self.page.cited:
            works = [f"{escape(f'[{number}]')} {escape(text)}" for number, text in sorted(self.page.cited.items())]
            self._blocks += ["## References", *works]
        self._end_text()
        return self._pieces

    # --- the flow of text and cells ----------------------------------------------------------------------------------

    def _flow(self, node: nodes.Element, level: int, start: int = 0) -> None:
        for child in node.children[start:]:
            self._emit(child, level)

    def _emit(self, node: nodes.Node, level: int) -> None:
        name = type(node).__name__
        if _is_cell(node):
            self._end_text()
            self._pieces.append(node["cell_index"])
            for figure in node.findall(nodes.figure):
                self._blocks += self._caption(figure)
        elif name == "lab_figure":
            self._end_text()
            self._pieces.append(Code(self._show_lab(node)))
            self._blocks += self._caption(node)
        elif isinstance(node, nodes.section) and isinstance(node[0], nodes.title):
            self._start_section(node, level + 1)
        elif name in ("exercise_node", "exercise_enumerable_node"):
            self._end_text()
            self._blocks.append(f"{'#' * min(level + 1, 6)} {self._exercise_title(node)}")
            self._flow(node, level + 1, start=1)
        elif name != "solution_node" and any(map(_is_code, node.findall(nodes.Element))):
            self._flow(node, level)
        else:
            self._blocks += self.block(node)

    def _start_section(self, node: nodes.section, level: int) -> None:
        self._end_text()
        self._anchor = node["ids"][0]
        self._blocks.append(f"{'#' * min(level, 6)} {self.inline(node[0])}")
        address = self.page.place.page(self.page.docname)
        if level == 1 and address:
            self._blocks.append(f"*{link(f'This page on the site of “{escape(self.page.book_title)}”', address)}*")
        self._flow(node, level, start=1)

    def _end_text(self) -> None:
        if self._blocks:
            self._pieces.append("\n\n".join(self._blocks))
        self._blocks = []

    # --- blocks ------------------------------------------------------------------------------------------------------

    def block(self, node: nodes.Node) -> list[str]:
        """Give the Markdown blocks of a node, without the empty lines between them."""
        for kind in type(node).__mro__:
            name = kind.__name__
            if name in SILENT:
                return []
            if method := getattr(self, f"_block_{name}", None):
                return method(node)
            if name in TRANSPARENT:
                return self.blocks(node)
        self.report_unknown(node)
        return []

    def blocks(self, node: nodes.Element, start: int = 0) -> list[str]:
        """Give the blocks of all children of a node, from number `start` on."""
        return [block for child in node.children[start:] for block in self.block(child)]

    def _block_paragraph(self, node: nodes.Element) -> list[str]:
        text = self.inline(node).strip()
        return [escape_start(text) if _starts_with_text(node) else text] if text else []

    _block_quiz_words = _block_paragraph

    def _block_container(self, node: nodes.Element) -> list[str]:
        if _is_cell(node):
            return [fence(self.page.sources[node["cell_index"]], "python")]
        return self._card_title(node) if node.get("design_component") == "card-title" else self.blocks(node)

    def _card_title(self, node: nodes.Element) -> list[str]:
        """Let the title of a card be its link, which on screen lies over the whole card, as the last of its parts."""
        last = node.parent.parent[-1]
        references = last.findall(nodes.reference) if type(last).__name__ in SILENT else ()
        return [f"**{link(self.inline(node).strip(), next(map(self.address, references), ''))}**"]

    def _block_bullet_list(self, node: nodes.Element) -> list[str]:
        return [listed([self.blocks(item) for item in node.children], ["-"] * len(node))]

    def _block_enumerated_list(self, node: nodes.Element) -> list[str]:
        first = node.get("start", 1)
        return [listed([self.blocks(item) for item in node.children], [f"{first + at}." for at in range(len(node))])]

    def _block_transition(self, node: nodes.Element) -> list[str]:
        return ["---"]

    def _block_literal_block(self, node: nodes.Element) -> list[str]:
        language = node.get("language", "")
        return [fence(node.astext(), _LANGUAGES.get(language, language))]

    def _block_math_block(self, node: nodes.Element) -> list[str]:
        if node.get("nowrap"):
            self.report_unknown(node, "formula in an amsmath environment of its own")
        return [display_math(node.astext(), self.number("displaymath", node) if node.get("number") else "")]

    def _block_raw(self, node: nodes.Element) -> list[str]:
        """Say where something interactive stands; a link to files of this copy of the site has no place here."""
        if node.get("of_this_copy"):
            return []
        address = self.page.place.page(self.page.docname, self._anchor)
        return [f"*This part is interactive: {link('use it on the book’s own page', address)}.*"]

    _block_challenge_section = _block_raw

    def _show_lab(self, node: nodes.Element) -> str:
        """The cell that shows a lab; the module of a repository has its script on the site alone."""
        script = self.page.place.file("_static/labs.mjs") if self.page.place.requirement else ""
        given = {**json.loads(node["state"]), **({"script": script} if script else {})}
        lines = [f"    {name}={value!r}," for name, value in given.items()]
        return "\n".join(["from cnnbook import lab", "", "lab.show(", f"    {node['kind']!r},", *lines, ")"])

    def _caption(self, figure: nodes.Element) -> list[str]:
        number = self.page.number_formats["figure"] % self.number("figure", figure)
        return [f"**{number}** {self.inline(caption).strip()}" for caption in figure.findall(nodes.caption)]

    def number(self, kind: str, node: nodes.Element) -> str:
        """Give the number of a figure, an equation or an exercise; empty for one without."""
        known = self.page.numbers.get(kind, {})
        return next((".".join(map(str, known[name])) for name in node["ids"] if name in known), "")

    def _block_table(self, node: nodes.Element) -> list[str]:
        above = [block for child in node.children if not isinstance(child, nodes.tgroup) for block in self.block(child)]
        self._in_table = True
        heads, rows = [
            [row for part in node.findall(kind) for row in part.children] for kind in (nodes.thead, nodes.tbody)
        ]
        cells = [[self._entry(entry) for entry in row.children] for row in (*heads, *rows)]
        self._in_table = False
        return [*above, table(cells, len(heads), [_alignment(entry) for entry in heads[0].children])]

    def _entry(self, entry: nodes.Element) -> str:
        lines = [line.strip() for block in self.blocks(entry) for line in block.splitlines()]
        return re.sub(r"(?<!\\)\|", r"\\|", "<br>".join(filter(None, lines)))

    def _block_footnote(self, node: nodes.Element) -> list[str]:
        first, *rest = self.blocks(node, 1)  # after its label
        return [f"<sup>{node[0].astext()}</sup> {first}", *rest]

    # --- boxes -------------------------------------------------------------------------------------------------------

    def _block_Admonition(self, node: nodes.Element) -> list[str]:
        if {"dropdown", "toggle"} & set(node["classes"]):
            self.report_unknown(node, "folded admonition")
        if isinstance(node[0], nodes.title):
            head, rest = self.inline(node[0]).strip(), self.blocks(node, 1)
        else:
            head, rest = admonitionlabels[type(node).__name__], self.blocks(node)
        return [quoted([f"**{head}**", *rest])]

    def _exercise_title(self, node: nodes.Element) -> str:
        number, name = self.number("exercise", node), self.inline(node[0]).strip()
        head = self.page.number_formats["exercise"] % number if number else "Exercise"
        if name.startswith("(") and name.endswith(")"):
            name = name[1:-1]
        return head.strip() + (f": {name}" if name and name != head else "")

    def _block_solution_node(self, node: nodes.Element) -> list[str]:
        return [details("Solution", self.blocks(node, 1))] if self.page.with_solutions else []

    def _block_quiz_item(self, node: nodes.Element) -> list[str]:
        return [f"**Question {node['number']}** · {node['task']}", *self.blocks(node)]

    def _block_quiz_picture(self, node: nodes.Element) -> list[str]:
        return [f"*{escape(node['alt'])}*"]

    def _block_quiz_cells(self, node: nodes.Element) -> list[str]:
        """Write the cells as a table; the first row and column count them."""
        columns = node["columns"]
        cells = [self.inline(choice).strip() for choice in node.children]
        rows = [[f"**{start // columns}**", *cells[start : start + columns]] for start in range(0, len(cells), columns)]
        head = ["", *map(str, range(columns))]
        return ["\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])]

    def _block_quiz_choice(self, node: nodes.Element) -> list[str]:
        return [f"**{node['letter']}** {self.inline(node).strip()}"]

    def _block_quiz_field(self, node: nodes.Element) -> list[str]:
        return [f"*{escape(node['hint'])}*" + (f" *Unit: {escape(node['unit'])}.*" if node["unit"] else "")]

    def _block_quiz_partners(self, node: nodes.Element) -> list[str]:
        return ["Choose from:", *self._quiz_list(node)]

    def _block_quiz_answer(self, node: nodes.Element) -> list[str]:
        return [details("Answer", self.blocks(node))]

    def _quiz_list(self, node: nodes.Element) -> list[str]:
        return [listed([self.block(child) for child in node.children], ["-"] * len(node))]

    _block_quiz_choices = _block_quiz_pairs = _block_quiz_notes = _quiz_list


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _is_code(node: nodes.Node) -> bool:
    """Whether a notebook has a code cell for a node."""
    return _is_cell(node) or type(node).__name__ == "lab_figure"


def _starts_with_text(node: nodes.Node) -> bool:
    """Whether plain words come first, which Markdown could take for the start of a list or a heading."""
    while node.children and type(node) in (nodes.paragraph, nodes.inline):
        node = node.children[0]
    return isinstance(node, nodes.Text)


def _alignment(entry: nodes.Element) -> str:
    return next((name.removeprefix("text-") for name in entry["classes"] if name.startswith("text-")), "")
