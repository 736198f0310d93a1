"""What search knows: every section of the book as a title, its words and its code, in a script that works from disk.

A section that teaches words of the glossary has what they mean; the glossary itself is not repeated. A page begins with
its description instead of the frame that says what it is for.

A page whose front matter says ``nosearch: true`` is left out. So are questions and solutions: nobody finds an answer by
accident.
"""

import builtins
import dataclasses
import itertools
import json
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from booksite.glossary import Word, has_heading, read_glossary

FILE = "search-sections.js"

#: Nodes whose text is not what a section says; by name, since several extensions make them.
LEFT_OUT = (
    *("quiz_item", "solution_node", "math_block", "raw", "image", "substitution_definition", "comment"),
    "glossary",  # its meanings stand where they are taught
)


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a page under one heading, without the parts below it; `page` is the title of the page.

    `means` has the words of the glossary that it teaches: lists of names, each with their meaning at its end.
    """

    url: str
    page: str
    title: str
    text: str
    code: str
    means: list[list[str]]


def sections_of(
    doctree: nodes.document,
    docname: str,
    titles: Mapping[str, str] = MappingProxyType({}),
    taught: Mapping[str, list[list[str]]] = MappingProxyType({}),
) -> Iterator[Section]:
    """The sections of a page, in the order of the page; one without words of its own is left out.

    Links without words of their own get those that `titles` has for their labels; `taught` has the words of the
    glossary that the page teaches, by the ids of its sections.
    """
    _name_links(doctree, titles)
    page = ""
    for section in filter(has_heading, doctree.findall(nodes.section)):
        title = section[0].astext()
        page = page or title
        words: dict[str, list[str]] = {"text": [], "code": []}
        if title == page:
            named = (meta for meta in doctree.findall(nodes.meta) if meta.get("name") == "description")
            words["text"] += [meta["content"] for meta in named]
        for child in section.children[1:]:
            _collect(child, words)
        anchor = f"#{section['ids'][0]}" if title != page else ""
        text = " ".join(" ".join(words["text"]).split())
        text = re.sub(r" ([.,;:)])(?!\S)", r"\1", text)  # where a citation stood
        means = [meaning for id in section["ids"] for meaning in taught.get(id, [])]
        if text or words["code"]:
            code = _names(" ".join(words["code"]), said=f"{title} {text}")
            yield Section(f"{docname}.html{anchor}", page, title, text, code, means)


def _names(code: str, said: str) -> str:
    """The names in code, which is found and not read: without words of Python's own, and what the text says as well."""
    known = {*keyword.kwlist, *dir(builtins), *re.findall(r"\w+", said.lower())}
    names = dict.fromkeys(re.findall(r"[^\W\d][\w.]*", code))
    return " ".join(name for name in names if len(name) > 1 and name not in known and name.lower() not in known)


def _name_links(doctree: nodes.document, titles: Mapping[str, str]) -> None:
    for link in doctree.findall(addnodes.pending_xref):
        title = titles.get(link["reftarget"])
        if title and link["reftype"] in ("ref", "numref") and not link.get("refexplicit"):
            link.children = []
            link += nodes.Text(title)


def _collect(node: nodes.Node, words: dict[str, list[str]]) -> None:
    if type(node).__name__ in LEFT_OUT or has_heading(node) or _is_frame(node):
        return
    if isinstance(node, nodes.literal_block):
        # What it printed is not searched, nor is the code of a figure.
        if "cell_input" in node.parent["classes"] and "tag_hide-input" not in node.parent.parent["classes"]:
            words["code"].append(node.astext())
    elif isinstance(node, (nodes.paragraph, nodes.term, nodes.title, nodes.caption, nodes.entry)):
        text = _text(node)
        if isinstance(node, nodes.entry) and not re.search(r"[^\W\d]{3}", text):
            return  # a number of a table, which nobody looks for
        stop = "." if isinstance(node, nodes.title) and text[-1:] not in ".?!" else ""  # that of an exercise
        words["text"].append(text + stop)
    else:
        for child in node.children:
            _collect(child, words)


def _is_frame(node: nodes.Node) -> bool:
    return isinstance(node, nodes.admonition) and "chapter-frame" in node["classes"]


def _text(node: nodes.Element) -> str:
    """The words of a node, without keys of citations; of the formulas among them those that read the same in LaTeX."""
    parts = [part for part in node.findall(nodes.Text) if type(part.parent).__name__ not in LEFT_OUT]
    text = "".join(_word(part) for part in parts if not _is_citation(part.parent.parent))
    return text.lstrip(",;: ")  # what follows a citation


def _is_citation(node: nodes.Node) -> bool:
    return isinstance(node, addnodes.pending_xref) and node.get("refdomain") == "cite"


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


def taught_words(words: Iterable[Word], env: BuildEnvironment) -> dict[str, dict[str, list[list[str]]]]:
    """Where words of a glossary are taught: by page and by the id of the section, as in `Section.means`."""
    taught: dict[str, dict[str, list[list[str]]]] = {}
    for (label, meaning), same in itertools.groupby(words, lambda word: (word.taught, word.definition)):
        docname, id, _ = env.domaindata["std"]["labels"][label]
        taught.setdefault(docname, {}).setdefault(id, []).append([*(word.name for word in same), meaning])
    return taught


def write_sections(app: Sphinx, exception: Exception | None) -> None:
    """Write the sections of all pages; a file that would stay the same is not touched."""
    if exception is not None or app.builder.format != "html":
        return
    titles = titles_of_labels(app.env)
    pages = {name: app.env.get_doctree(name) for name in sorted(app.env.found_docs)}
    words = [word for name, page in pages.items() for word in read_glossary(page, name).words.values()]
    taught = taught_words(words, app.env)
    found = [
        {name: value for name, value in dataclasses.asdict(section).items() if value}
        for name, page in pages.items()
        if not app.env.metadata[name].get("nosearch")
        for section in sections_of(page, name, titles, taught.get(name, {}))
    ]
    text = f"globalThis.bookSections = {json.dumps(found, ensure_ascii=False, separators=(',', ':'))};\n"
    file = Path(app.outdir, "_static", FILE)
    if not file.is_file() or file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write_sections)
