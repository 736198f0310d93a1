"""What search knows: every section of the book as a title, its words and its code, in a script that works from disk.

A page whose front matter says ``nosearch: true`` is left out. So are questions and solutions: nobody finds an answer by
accident.
"""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

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


def sections_of(
    doctree: nodes.document, docname: str, titles: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Section]:
    """The sections of a page, in the order of the page; one without words of its own is left out.

    Links without words of their own get those that `titles` has for their labels.
    """
    _name_links(doctree, titles)
    page = ""
    for section in filter(has_heading, doctree.findall(nodes.section)):
        title = section[0].astext()
        page = page or title
        words: dict[str, list[str]] = {"text": [], "code": []}
        for child in section.children[1:]:
            _collect(child, words)
        anchor = f"#{section['ids'][0]}" if title != page else ""
        text = " ".join(" ".join(words["text"]).split())
        code = " ".join(dict.fromkeys(re.findall(r"[^\W\d][\w.]*", " ".join(words["code"]))))  # it is found, not read
        if text or code:
            yield Section(f"{docname}.html{anchor}", page, title, text, code)


def _name_links(doctree: nodes.document, titles: Mapping[str, str]) -> None:
    for link in doctree.findall(addnodes.pending_xref):
        title = titles.get(link["reftarget"])
        if title and link["reftype"] in ("ref", "numref") and not link.get("refexplicit"):
            link.children = []
            link += nodes.Text(title)


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
    return "".join(map(_word, parts))


def _word(part: nodes.Text) -> str:
    if isinstance(part.parent, nodes.math) and re.search(r"[\\{}^_]", part):
        return "…"
    return f": {part}" if type(part.parent).__name__ == "exercise_subtitle" else part


def titles_of_labels(env: BuildEnvironment) -> dict[str, str]:
    """What a link to a label says when it has no words of its own: the title of a section, the number of a figure."""
    labels = env.domaindata["std"]
    titles = {label: title for label, (_, _, title) in labels["labels"].items()}
    for label, (docname, id) in labels["anonlabels"].items():
        for kind, word in (("figure", "Fig."), ("table", "Table")):
            if number := env.toc_fignumbers.get(docname, {}).get(kind, {}).get(id):
                titles[label] = f"{word} {'.'.join(map(str, number))}"
    return titles


def write_sections(app: Sphinx, exception: Exception | None) -> None:
    """Write the sections of all pages; a file that would stay the same is not touched."""
    if exception is not None or app.builder.format != "html":
        return
    titles = titles_of_labels(app.env)
    found = [
        dataclasses.asdict(section)
        for name in sorted(app.env.found_docs)
        if not app.env.metadata[name].get("nosearch")
        for section in sections_of(app.env.get_doctree(name), name, titles)
    ]
    text = f"globalThis.bookSections = {json.dumps(found, ensure_ascii=False, separators=(',', ':'))};\n"
    file = Path(app.outdir, "_static", FILE)
    if not file.is_file() or file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write_sections)
