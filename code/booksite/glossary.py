"""Words and symbols are explained where a page first uses them, from the page that has the glossary; and the index.

The first time that a page uses a word of the glossary in a sentence, the word becomes a link to it, and shows what it
means when it is pointed at or has the focus. A page that defines the word itself, in bold, is left alone; the index
lists it. Formulas explain the symbols of the first table beside the glossary, and citations their sources. Where there
is room, the style sheet writes into the margin what the first of a page means. A page that uses the glossary's words or
letters for something else says ``glossary: none`` in its front matter.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, NavigableString, Tag
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.indexentries import IndexEntries

from booksite.notebooks import is_site
from booksite.placeholders import Placeholder

INDEX = Placeholder("word-index")

#: Where sentences stand; exercises, solutions, questions, tables and captions are none of these.
_SENTENCES = "section > p, section > ul > li > p, section > ol > li > p, .chapter-frame > p"
#: In the metadata of a page: its glossary, and that with which it was written.
_WORDS, _WRITTEN_WITH = "glossary of the book", "written with glossary"

_LEFT_ALONE = ("a", "code", "strong", "span")

#: A symbol, or what only looks like one: a command, or an index.
_TOKEN = re.compile(r"[a-z]_\\text\{\w+\}|\\[a-zA-Z]+(?:\{[^{}]*\})?|_(?:\{[^{}]*\}|\w)|[a-z]")


@dataclass(frozen=True)
class Word:
    """A word of the glossary, where it stands there, what it means, and the label of the section that teaches it."""

    name: str
    docname: str
    anchor: str
    definition: str
    taught: str = ""


@dataclass
class Glossary:
    """Words in lower case, and the symbols of formulas in LaTeX, with what they mean."""

    words: dict[str, Word] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)

    def find(self, text: str) -> Iterator[tuple[re.Match[str], Word]]:
        """The words of the glossary in a text, in the singular or the plural; of two at one place the longer."""
        words = sorted(filter(str.isascii, self.words), key=len, reverse=True)
        if words:
            pattern = rf"(?<![\w-])({'|'.join(map(re.escape, words))})(?:e?s)?(?![\w-])"
            for match in re.finditer(pattern, text, re.IGNORECASE):
                yield match, self.words[match[1].lower()]


def read_glossary(doctree: nodes.document, docname: str) -> Glossary:
    """The glossary of a page, without the references at the ends of its definitions."""
    glossary = Glossary()
    for item in doctree.findall(nodes.definition_list_item):
        if isinstance(item.parent.parent, addnodes.glossary):
            texts = [text for text in item[-1].findall(nodes.Text) if not _is_reference(text)]
            definition = " ".join("".join(texts).split()).removesuffix(" See .")
            taught = next((link["reftarget"] for link in item[-1].findall(addnodes.pending_xref)), "")
            for term in item.findall(nodes.term):
                name = term.astext()
                glossary.words[name.lower()] = Word(name, docname, term["ids"][0], definition, taught)
    rows = next(iter(doctree.findall(nodes.tbody)), nodes.tbody()).children
    symbols = {row[0].astext(): row[-1].astext() for row in rows if glossary.words}
    glossary.symbols = {latex: meaning for latex, meaning in symbols.items() if "," not in latex}
    return glossary


def has_heading(node: nodes.Node) -> bool:
    """Whether a node is a section of the page; exercises hold what they ask in one without a heading."""
    return isinstance(node, nodes.section) and isinstance(node[0], nodes.title)


def _is_reference(text: nodes.Text) -> bool:
    return isinstance(text.parent.parent, addnodes.pending_xref)


def keep_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the glossary of a page that has one."""
    if any(doctree.findall(addnodes.glossary)):
        app.env.metadata[app.env.docname][_WORDS] = read_glossary(doctree, app.env.docname)


def glossary_of(env: BuildEnvironment) -> Glossary:
    """The glossary of the book, empty for a book without one."""
    return next((data[_WORDS] for data in env.metadata.values() if _WORDS in data), Glossary())


def update(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Let Sphinx write those pages again that were written with another glossary."""
    glossary = glossary_of(env)
    outdated = [page for page in env.found_docs if env.metadata[page].get(_WRITTEN_WITH) != glossary]
    for page in outdated:
        env.metadata[page][_WRITTEN_WITH] = glossary
    return outdated


# --- on a page -------------------------------------------------------------------------------------------------------


def explain(soup: BeautifulSoup, glossary: Glossary, page: str) -> None:
    """Explain words, symbols and citations in the body of a page, in place; the glossary's gets letters instead."""
    _explain_citations(soup)
    if any(word.docname == page for word in glossary.words.values()):
        _add_letters(soup)
        return
    up = "../" * page.count("/")
    anchors = {word.anchor: word for word in glossary.words.values()}
    bold = soup.find_all("strong")
    seen = {word.definition for strong in bold for _, word in glossary.find(strong.get_text())}
    for link in soup.select("a:has(> .std-term)"):  # an author's own
        word = anchors[link["href"].partition("#")[2]]
        link["class"], link["data-definition"], link["data-name"] = "word", word.definition, word.name
        seen.add(word.definition)
    for sentence in soup.select(_SENTENCES):
        box = sentence.find_parent(class_=["admonition", "quiz-item"])
        if box is None or "chapter-frame" in box["class"]:
            for text in list(sentence.find_all(string=True)):
                if not text.find_parent(_LEFT_ALONE):
                    _link_words(text, glossary, seen, up)
    _explain_symbols(soup, glossary.symbols)


def _add_letters(soup: BeautifulSoup) -> None:
    """Put a row of letters above the glossary, each a link to the first entry that begins with it, else to a word."""
    for entries in soup.select("dl.glossary"):
        terms = [*entries.select("dd + dt, dt:first-child"), *entries.select("dt")]
        anchors: dict[str, str] = {}
        for term in terms:
            anchors.setdefault(term.get_text()[:1].upper(), term["id"])
        row = Tag(name="p", attrs={"class": "glossary-letters d-print-none"})
        for letter in sorted(filter(str.isalpha, anchors)):
            link = Tag(name="a", attrs={"class": "reference internal", "href": f"#{anchors[letter]}"})
            link.string = letter
            row.extend([link, NavigableString(" ")])
        entries.insert_before(row)


def _link_words(text: NavigableString, glossary: Glossary, seen: set[str], up: str) -> None:
    """Link the words in a piece of text that are not in `seen`, and add them to it."""
    parts, end = [], 0
    for match, word in glossary.find(text):
        if word.definition not in seen:
            seen.add(word.definition)
            link = Tag(name="a", attrs={"class": "word", "href": f"{up}{word.docname}.html#{word.anchor}"})
            link["data-definition"], link["data-name"], link.string = word.definition, word.name, match[0]
            parts += [NavigableString(text[end : match.start()]), link]
            end = match.end()
    if parts:
        text.replace_with(*parts, NavigableString(text[end:]))


def _explain_symbols(soup: BeautifulSoup, symbols: Mapping[str, str]) -> None:
    """Let each formula say what its symbols mean; one with a symbol that no formula above has can have the focus."""
    seen: set[str] = set()
    for formula in soup.select(".math:has(annotation):not(.quiz-item *)"):
        latex = " ".join(part.get_text() for part in formula.select("annotation"))
        used = [symbol for symbol in dict.fromkeys(_TOKEN.findall(latex)) if symbol in symbols]
        if used:
            names = {symbol: re.sub(r"\\text\{(\w+)\}", r"\1", symbol) for symbol in used}
            formula["data-definition"] = "\n".join(f"{names[symbol]}: {symbols[symbol]}" for symbol in used)
            if not seen.issuperset(used) and formula.name == "span":  # others scroll, and so have it
                formula["tabindex"] = "0"
            seen.update(used)


def _explain_citations(soup: BeautifulSoup) -> None:
    """Let each citation say its source as a word says its meaning; the first in the text has a name in the margin."""
    seen: set[str] = set()
    for link in soup.select(".bibtex-citation > a[title]"):
        source = link["data-definition"] = re.sub(r" URL: \S+$", "", str(link.attrs.pop("title")))
        if source not in seen and not link.find_parent(class_=["admonition", "quiz-item"]):
            link["data-name"] = f"[{link.get_text()}]"
            seen.add(source)


# --- the index -------------------------------------------------------------------------------------------------------


def defined_words(doctree: nodes.document, glossary: Glossary) -> Iterator[tuple[str, str]]:
    """The words that a page defines in bold, each with the anchor of the first section that does."""
    found: dict[str, str] = {}
    for strong in doctree.findall(nodes.strong):
        section = strong.parent
        while section.parent and not has_heading(section):
            section = section.parent
        for match, word in glossary.find(strong.astext()):
            if match[0] == strong.astext():
                found.setdefault(word.name, section["ids"][0])
    yield from found.items()


def taught_words(env: BuildEnvironment, docname: str, glossary: Glossary) -> Iterator[tuple[str, str]]:
    """The words that a page teaches according to the glossary, each with the anchor of the section."""
    labels = env.domaindata["std"]["anonlabels"]
    for word in glossary.words.values():
        page, anchor = labels.get(word.taught, ("", ""))
        if page == docname:
            yield word.name, anchor


def fill_index(app: Sphinx, exception: Exception | None) -> None:
    """Write the index of all words, if a page asks for it."""
    pages = INDEX.pages(app) if exception is None and is_site(app) else {}
    if not pages:
        return
    glossary, entries = glossary_of(app.env), app.env.domaindata["index"]["entries"]
    for docname in app.env.found_docs:
        words = dict(defined_words(app.env.get_doctree(docname), glossary))
        words |= taught_words(app.env, docname, glossary)
        entries.setdefault(docname, []).extend(("single", word, anchor, "", None) for word, anchor in words.items())
    letters = IndexEntries(app.env).create_index(app.builder)
    for page, path in pages.items():
        path.write_text(INDEX.fill(path.read_text("utf-8"), index_html(app.env, letters, page)), "utf-8")


def index_html(env: BuildEnvironment, letters: list, page: str) -> str:
    """The index: a heading for each letter, and below it words with links to pages by their titles.

    Spellings that differ by a hyphen are one word, and each page is named once.
    """
    up = "../" * page.count("/")
    parts: list[str] = []
    for letter, words in letters:
        parts.append(f'<section id="index-{len(parts)}"><h2>{html.escape(letter)}</h2><ul>')
        places: dict[str, tuple[str, dict[str, str]]] = {}
        for word, (links, *_) in words:
            _, addresses = places.setdefault(word.replace("-", ""), (word, {}))
            for _, address in links:  # the glossary's first
                addresses.setdefault(address.partition(".html")[0], address)
        for word, addresses in places.values():
            titles = [word, *(env.titles[docname].astext() for docname in list(addresses)[1:])]
            targets = [
                f'<a class="reference internal" href="{html.escape(up + address)}">{html.escape(title)}</a>'
                for title, address in zip(titles, addresses.values(), strict=True)
            ]
            parts.append(f"<li><p>{' · '.join(targets)}</p></li>")
        parts.append("</ul></section>")
    return "".join(parts)


def setup(app: Sphinx) -> None:
    INDEX.add_to(app)
    app.connect("doctree-read", keep_glossary)
    app.connect("env-updated", update)
    app.connect("build-finished", fill_index)
