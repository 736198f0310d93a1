"""From the nodes of a finished page to Markdown: everything that only the book's tool chain understands is gone.

The page is taken as Sphinx is about to write it. References, citations, measured numbers, and the numbers of figures,
equations and exercises are words and links by then.
"""

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.util import logging

from booksite.notebooks.boxes import Boxes, is_folded
from booksite.notebooks.inline import SILENT, Inline
from booksite.notebooks.text import (
    details,
    display_math,
    escape,
    escape_start,
    fence,
    inner_environment,
    link,
    listed,
    quoted,
    table,
    wrapped,
)

logger = logging.getLogger(__name__)

#: Nodes whose children stand for them.
TRANSPARENT = {"compound", "container", "document", "section", "start_of_file", "topic"}
#: Nodes that only the page's script brings to life.
INTERACTIVE = {"quiz_overview"}

_LANGUAGES = {"ipython3": "python", "ipython": "python", "python3": "python", "default": "", "none": "", "text": ""}


@dataclass
class Piece:
    """A part of a notebook: Markdown, or the page's cell number `cell`."""

    text: str = ""
    cell: int | None = None


@dataclass
class Page:
    """What the writer has to know about the page and the book.

    Attributes
    ----------
    docname : str
    sources : list of str
        Source of each cell, by its number.
    numbers : dict
        Of figures, tables and exercises: by kind and id, as Sphinx keeps them in ``toc_fignumbers``.
    formats : dict of str to str
        How a number is written, by kind: ``numfig_format``.
    place : booksite.notebooks.addresses.Place
    notebooks : set of str
        Pages that become notebooks.
    title : str
        Of the book.
    number_equations_like_figures : bool
    files : dict of str to str
        Filled by the writer: pictures and files that lie beside the notebooks, and their sources below the root.
    cited : dict of int to str
        Filled by the writer: the works that the page refers to, by their numbers.
    """

    docname: str
    sources: list
    numbers: dict
    formats: dict
    place: object
    notebooks: set
    title: str = ""
    number_equations_like_figures: bool = False
    files: dict = field(default_factory=dict)
    cited: dict = field(default_factory=dict)


class Writer(Inline, Boxes):
    """Writes one page.

    Parameters
    ----------
    page : Page
    """

    def __init__(self, page):
        self.page = page
        self.pieces = []
        self._blocks = []
        self._anchor = ""

    def write(self, doctree):
        """Give the pieces of a page in order.

        Parameters
        ----------
        doctree : docutils.nodes.document
            Resolved; it is not changed.

        Returns
        -------
        list of Piece
        """
        self._flow(doctree, 0)
        if self.page.cited:
            works = [f"{escape(f'[{number}]')} {escape(text)}" for number, text in sorted(self.page.cited.items())]
            self._blocks += ["## References", *works]
        self._end_text()
        return self.pieces

    # --- the flow of text and cells ----------------------------------------------------------------------------------

    def _flow(self, node, level):
        for child in node.children:
            self._emit(child, level)

    def _emit(self, node, level):
        name = type(node).__name__
        if _is_cell(node):
            self._end_text()
            self.pieces.append(Piece(cell=node["cell_index"]))
            for figure in node.findall(nodes.figure):
                self._add(self._caption(figure))
        elif isinstance(node, nodes.section) and node.children and isinstance(node[0], nodes.title):
            self._start_section(node, level + 1)
        elif name in ("exercise_node", "exercise_enumerable_node"):
            self._end_text()
            self._add([f"{'#' * min(level + 1, 6)} {self._exercise_title(node)}"])
            for child in node.children[1:]:
                self._emit(child, level + 1)
        elif name != "solution_node" and not is_folded(node) and any(map(_is_cell, node.findall(nodes.container))):
            self._flow(node, level)
        else:
            self._add(self.block(node))

    def _start_section(self, node, level):
        self._end_text()
        self._anchor = node["ids"][0] if node["ids"] else ""
        self._add([f"{'#' * min(level, 6)} {self.inline(node[0])}"])
        if level == 1:
            name, address = self.page.title, self.page.place.page(self.page.docname)
            self._add([f"*{link(f'This page on the site of “{escape(name)}”', address)}*"] if name and address else [])
        for child in node.children[1:]:
            self._emit(child, level)

    def _add(self, blocks):
        self._blocks += [block for block in blocks if block.strip()]

    def _end_text(self):
        blocks = [block for at, block in enumerate(self._blocks) if at == 0 or block != self._blocks[at - 1]]
        if blocks:
            self.pieces.append(Piece(text="\n\n".join(blocks)))
        self._blocks = []

    # --- blocks ------------------------------------------------------------------------------------------------------

    def block(self, node):
        """Give the Markdown blocks of a node, without the empty lines between them."""
        if isinstance(node, nodes.Text):
            return [escape(str(node))] if str(node).strip() else []
        for kind in type(node).__mro__:
            name = kind.__name__
            if name in SILENT:
                return []
            if name in INTERACTIVE:
                return self._interactive()
            if method := getattr(self, f"_block_{name}", None):
                return method(node)
            if name in TRANSPARENT:
                return self.blocks(node)
        if isinstance(node, nodes.Inline | nodes.TextElement):
            return self._block_paragraph(node)
        logger.warning("The notebooks do not know what a %s is: teach booksite.notebooks.writer.", type(node).__name__)
        return self.blocks(node)

    def blocks(self, node, start=0):
        """Give the blocks of all children of a node, from number `start` on."""
        return [block for child in node.children[start:] for block in self.block(child)]

    def _block_paragraph(self, node):
        text = self.inline(node).strip()
        return [escape_start(text) if _starts_with_text(node) else text] if text else []

    def _block_container(self, node):
        if _is_cell(node):
            return [fence(self.page.sources[node["cell_index"]], "python")]
        component = node.get("design_component")
        if component == "card":
            return self._card(node)
        if node.get("literal_block") and node.children and isinstance(node[0], nodes.caption):
            return [*self._caption(node), *self.blocks(node, 1)]
        if "toggle" in node["classes"]:
            return [details("Show", self.blocks(node))]
        return self.blocks(node)

    def _block_section(self, node):
        return self.blocks(node)

    def _block_title(self, node):
        return [f"**{self.inline(node).strip()}**"]

    _block_rubric = _block_title

    def _block_bullet_list(self, node):
        return [listed([self.blocks(item) for item in node.children], ["-"] * len(node))] if len(node) else []

    def _block_enumerated_list(self, node):
        first = node.get("start", 1)
        return [listed([self.blocks(item) for item in node.children], [f"{first + at}." for at in range(len(node))])]

    def _block_definition_list(self, node):
        written = []
        for item in node.children:
            terms = [wrapped("**", self.inline(one)) for one in item.children if isinstance(one, nodes.term)]
            meanings = [one for one in item.children if isinstance(one, nodes.definition)]
            written.append(["  \n".join(terms), *(block for one in meanings for block in self.blocks(one))])
        return [listed(written, ["-"] * len(written))]

    def _block_field_list(self, node):
        return [
            listed([[f"**{self.inline(one[0])}**", *self.blocks(one[1])] for one in node.children], ["-"] * len(node))
        ]

    def _block_line_block(self, node):
        return ["  \n".join(self.inline(line) for line in node.findall(nodes.line))]

    def _block_block_quote(self, node):
        return [quoted(self.blocks(node))]

    def _block_attribution(self, node):
        return [f"— {self.inline(node)}"]

    def _block_transition(self, node):
        return ["---"]

    def _block_literal_block(self, node):
        language = node.get("language", "")
        return [fence(node.astext(), _LANGUAGES.get(language, language))]

    _block_doctest_block = _block_literal_block

    def _block_math_block(self, node):
        text, number = inner_environment(node.astext()) if node.get("nowrap") else node.astext(), ""
        if node.get("number"):
            number = self._equation_number(node)
        if node.get("nowrap") and text == node.astext():
            return [text.strip()]  # an environment that can stand alone only
        return [display_math(text, number)]

    def _equation_number(self, node):
        if self.page.number_equations_like_figures:
            return ".".join(map(str, self._number("displaymath", node) or ()))
        return str(node["number"])

    def _block_raw(self, node):
        text = node.astext().strip()
        if "html" not in node.get("format", "") or not BeautifulSoup(text, "html.parser").find(True):
            return []  # for another format, or nothing but a comment
        if node.get("of_this_copy"):
            return []  # says something about this copy of the site
        return self._interactive()

    def _interactive(self):
        address = self.page.place.page(self.page.docname, self._anchor)
        if not address:
            return ["*Here stands, on the book's own page, something that answers to clicks.*"]
        return [f"*What stands here answers to clicks: {link('open it on the book’s page', address)}.*"]

    def _block_figure(self, node):
        return [*(self.inline(one) for one in node.findall(nodes.image)), *self._caption(node), *self._legend(node)]

    def _block_image(self, node):
        return [self._inline_image(node)]

    def _legend(self, node):
        return [block for one in node.children if isinstance(one, nodes.legend) for block in self.blocks(one)]

    def _caption(self, node):
        captions = [one for one in node.children if isinstance(one, nodes.caption)]
        kind = "code-block" if node.get("literal_block") else "figure"
        return [f"{self._label(kind, node)}{self.inline(one).strip()}" for one in captions]

    def _label(self, kind, node):
        number = self._number(kind, node)
        if not number:
            return ""
        return f"**{self.page.formats.get(kind, '%s') % '.'.join(map(str, number))}** "

    def _number(self, kind, node):
        known = self.page.numbers.get(kind, {})
        return next((known[one] for one in node["ids"] if one in known), None)

    def _block_table(self, node):
        title = [
            f"{self._label('table', node)}{self.inline(one)}" for one in node.children if isinstance(one, nodes.title)
        ]
        self._in_table = True
        heads, bodies = [list(node.findall(kind)) for kind in (nodes.thead, nodes.tbody)]
        rows = [[self._entry(entry) for entry in row.children] for part in (*heads, *bodies) for row in part.children]
        self._in_table = False
        first = next(iter(node.findall(nodes.row)))
        return [*title, table(rows, sum(map(len, heads)), [_alignment(entry) for entry in first.children])]

    def _entry(self, entry):
        lines = [line.strip() for block in self.blocks(entry) for line in block.splitlines()]
        return re.sub(r"(?<!\\)\|", r"\\|", "<br>".join(filter(None, lines)))

    def _block_footnote(self, node):
        label = next((one.astext() for one in node.children if isinstance(one, nodes.label)), "")
        rest = [block for one in node.children if not isinstance(one, nodes.label) for block in self.block(one)]
        return [f"<sup>{label}</sup> {rest[0]}", *rest[1:]] if rest else []

    def _block_citation(self, node):
        label = next((one.astext() for one in node.children if isinstance(one, nodes.label)), "")
        rest = [block for one in node.children if not isinstance(one, nodes.label) for block in self.block(one)]
        return [f"**[{label}]** {rest[0]}", *rest[1:]] if rest else []


def _is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _starts_with_text(node):
    """Whether plain words come first, which Markdown could take for the start of a list or a heading."""
    while node.children:
        node = node[0]
        if isinstance(node, nodes.Text):
            return True
        if type(node) is not nodes.inline:
            break
    return False


def _alignment(entry):
    return next((one.removeprefix("text-") for one in entry["classes"] if one.startswith("text-")), "")
