"""What search knows: every section of the book as a title, its words and its code, in a script that works from disk.

A page whose front matter says ``nosearch: true`` is left out. So are questions and solutions: nobody finds an answer by
accident.
"""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

FILE = "search-sections.js"

#: Nodes whose text is not what a section says; by name, since several extensions make them.
LEFT_OUT = ("quiz_item", "solution_node", "math_block", "raw", "image", "substitution_definition", "comment")


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a page under one heading, without the parts below it; `page` is the title of the page."""

    url: str
    page: str
    title: str
    text: str
    code: str


def sections_of(doctree: nodes.document, docname: str) -> Iterator[Section]:
    """The sections of a page, in the order of the page; one without words of its own is left out."""
    page = ""
    for section in filter(has_heading, doctree.findall(nodes.section)):
        title = section[0].astext()
        page = page or title
        words: dict[str, list[str]] = {"text": [], "code": []}
        for child in section.children[1:]:
            _collect(child, words)
        anchor = f"#{section['ids'][0]}" if title != page else ""
        text, code = (" ".join(" ".join(words[kind]).split()) for kind in ("text", "code"))
        if text or code:
            yield Section(f"{docname}.html{anchor}", page, title, text, code)


def has_heading(node: nodes.Node) -> bool:
    """Whether a node is a section of the page; exercises hold what they ask in one without a heading."""
    return isinstance(node, nodes.section) and isinstance(node[0], nodes.title)


def _collect(node: nodes.Node, words: dict[str, list[str]]) -> None:
    if type(node).__name__ in LEFT_OUT or has_heading(node):
        return
    if isinstance(node, nodes.literal_block):
        if "cell_input" in node.parent["classes"]:  # what it printed is not searched
            words["code"].append(node.astext())
    elif isinstance(node, (nodes.paragraph, nodes.term, nodes.title, nodes.caption, nodes.entry)):
        words["text"].append(_text(node))
    else:
        for child in node.children:
            _collect(child, words)


def _text(node: nodes.Element) -> str:
    """The words of a node; of the formulas among them those that read the same in LaTeX."""
    parts = [part for part in node.findall(nodes.Text) if type(part.parent).__name__ not in LEFT_OUT]
    return "".join(
        "…" if isinstance(part.parent, nodes.math) and re.search(r"[\\{}^_]", part) else part for part in parts
    )


def write_sections(app: Sphinx, exception: Exception | None) -> None:
    """Write the sections of all pages; a file that would stay the same is not touched."""
    if exception is not None or app.builder.format != "html":
        return
    found = [
        dataclasses.asdict(section)
        for name in sorted(app.env.found_docs)
        if not app.env.metadata[name].get("nosearch")
        for section in sections_of(app.env.get_doctree(name), name)
    ]
    text = f"globalThis.bookSections = {json.dumps(found, ensure_ascii=False, separators=(',', ':'))};\n"
    file = Path(app.outdir, "_static", FILE)
    if not file.is_file() or file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write_sections)
