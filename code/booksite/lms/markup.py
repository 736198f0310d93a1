"""The words of an item: a tree of a few plain elements below a ``div``, with formulas as MathML that knows its TeX.

What a learning management system would not show goes: classes, drawings, links that lead nowhere from there.
"""

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from bs4 import BeautifulSoup, Comment, NavigableString, PageElement, Tag

MATHML = "http://www.w3.org/1998/Math/MathML"

#: Elements that stay; of all others the content stays.
_KEPT = {"p", "ul", "ol", "li", "em", "strong", "code", "pre", "br", "sub", "sup"}
_KEPT |= {"table", "caption", "thead", "tbody", "tr", "th", "td"}

_GONE = {"button", "script", "style", "input", "select"}
_PICTURES = {"img", "svg", "figure", "picture"}


def words_of(tag: Tag | None, address: str = "") -> Element:
    """The content of an element of a page; `address` is where the page is published, for its links.

    >>> page = BeautifulSoup('<div class="note">Read <a href="b.html#c"><span>on</span></a>.</div>', "html.parser")
    >>> to_html(words_of(page.div)), to_html(words_of(page.div, "https://a.org/book/a.html"))
    ('Read <em>on</em>.', 'Read <a href="https://a.org/book/b.html#c">on</a>.')
    """
    words = Element("div")
    if tag is not None:
        _take(words, tag.children, address)
    return words


def _take(parent: Element, children: Iterable[PageElement], address: str) -> None:
    for child in children:
        if isinstance(child, Comment):
            continue
        if isinstance(child, NavigableString):
            add_text(parent, str(child) if parent.tag == "pre" else re.sub(r"\s+", " ", child))
        elif isinstance(child, Tag) and child.name not in _GONE:
            _take_element(parent, child, address)


def _take_element(parent: Element, tag: Tag, address: str) -> None:
    if "katex" in tag.get("class", []):
        formula = tag.select_one(".katex-mathml > math")
        formula.attrs.pop("xmlns", None)
        parent.append(ElementTree.fromstring(str(formula)))
    elif tag.name in _PICTURES:
        picture = tag if tag.name == "img" else tag.find("img") or tag
        alt = picture.get("alt") or picture.get("aria-label") or "see the page"
        SubElement(parent, "em").text = f"[picture: {alt}]"
    elif tag.name == "a":
        target = urljoin(address, tag.get("href", ""))
        link = SubElement(parent, "a", href=target) if urlsplit(target).scheme else SubElement(parent, "em")
        _take(link, tag.children, address)
    elif tag.name in _KEPT:
        _take(SubElement(parent, tag.name), tag.children, address)
    else:
        _take(parent, tag.children, address)


def add_text(parent: Element, text: str) -> None:
    """Add text behind what is in an element."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def paragraphs(*texts: str) -> Element:
    """Plain texts as paragraphs; what stands in backticks is code.

    >>> to_html(paragraphs('With `padding="same"`', "1 < 2"))
    '<p>With <code>padding="same"</code></p><p>1 &lt; 2</p>'
    """
    words = Element("div")
    for text in texts:
        words.append(rich("p", text))
    return words


def rich(tag: str, text: str) -> Element:
    """An element with a text in which what stands in backticks is code."""
    element = Element(tag)
    for place, part in enumerate(text.split("`")):
        if place % 2:
            SubElement(element, "code").text = part
        else:
            add_text(element, part)
    return element


def joined(*parts: Element | None) -> Element:
    """The content of several trees, one after the other."""
    words = Element("div")
    for part in parts:
        if part is not None:
            copy = with_tex(part, keep=True)
            add_text(words, copy.text or "")
            words.extend(copy)
    return words


def with_tex(words: Element, *, keep: bool = False) -> Element:
    """A copy of a tree with formulas as TeX between ``\\(`` and ``\\)``, or ``\\[`` and ``\\]``; `keep` leaves them."""
    copy = Element(words.tag, words.attrib)
    copy.text = words.text
    for child in words:
        if child.tag == "math" and not keep:
            add_text(copy, _tex(child) + (child.tail or ""))
            continue
        inner = with_tex(child, keep=keep)
        inner.tail = child.tail
        copy.append(inner)
    return copy


def _tex(formula: Element) -> str:
    tex = (formula.findtext(".//annotation[@encoding='application/x-tex']") or "").strip()
    return rf"\[{tex}\]" if formula.get("display") == "block" else rf"\({tex}\)"


def to_html(words: Element | None) -> str:
    """The content of a tree as HTML, with formulas in TeX; a table has lines, for there is no style sheet of ours."""
    if words is None:
        return ""
    copy = with_tex(words)
    for table in copy.iter("table"):
        table.set("border", "1")
    return ElementTree.tostring(copy, encoding="unicode", method="html").removeprefix("<div>").removesuffix("</div>")


def to_text(words: Element) -> str:
    """The content of a tree as plain text on one line, with formulas in TeX."""
    return " ".join("".join(with_tex(words).itertext()).split())


def with_mathml(words: Element) -> Element:
    """A copy of a tree whose formulas say that they are MathML."""
    copy = with_tex(words, keep=True)
    for formula in copy.iter("math"):
        formula.set("xmlns", MATHML)
    return copy


def cut(page: str, pattern: str) -> Iterable[Tag]:
    """Parse the parts of a page that match, and nothing else."""
    for match in re.finditer(pattern, page, re.DOTALL):
        yield BeautifulSoup(match[0], "html.parser").find(True)


def plain(page: str, pattern: str) -> str:
    """The words of the first part of a page that matches; empty if none does."""
    for tag in cut(page, pattern):
        for link in tag.select(".headerlink"):
            link.decompose()
        return " ".join(tag.get_text().split())
    return ""
