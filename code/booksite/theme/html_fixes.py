"""Repairs to the HTML that extensions write into a page, all in one pass over the page's body."""

import re
import struct
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

from booksite.glossary import Glossary, explain, glossary_of
from booksite.theme import drawings, lines, tables
from booksite.theme.folds import fold

#: Boxes that scroll sideways on a narrow screen: a keyboard must be able to reach them.
SCROLLING = ".katex-display, .pst-scrollable-table-container"

_PIXELS_PER_POINT = 4 / 3

_NUMBER = re.compile(r"[+-]?[\d.,]+")


def number_repeated_ids(soup: BeautifulSoup) -> None:
    """Number the ids that extensions repeat, such as ``exercise-content``; the first keeps its id, as links expect."""
    elements = soup.find_all(id=True)
    ids, seen = {element["id"] for element in elements}, set()
    for element in elements:
        name = element["id"]
        if name in seen:
            element["id"] = next(new for number in count(2) if (new := f"{name}-{number}") not in ids)
            ids.add(element["id"])
        seen.add(name)


def make_boxes_focusable(soup: BeautifulSoup) -> None:
    """Let a keyboard reach boxes that may scroll."""
    for element in soup.select(SCROLLING):
        element["tabindex"] = "0"


def drop_misleading_roles(soup: BeautifulSoup) -> None:
    """Remove what tells a screen reader something other than what is there.

    These are roles of the bibliography that ARIA has given up, its list role without list items, and labels of folded
    cells that differ from the words that stand on them.
    """
    for element in soup.select(".citation-list[role], .citation[role]"):
        del element["role"]
    for element in soup.select("summary[aria-label]"):
        del element["aria-label"]


def unlink_titles_of_folds(soup: BeautifulSoup) -> None:
    """Unlink what the title of a fold names, such as the exercise of a solution: a press must open the fold."""
    for link in soup.select(".dropdown > p.admonition-title a"):
        link.unwrap()


def mark_measured_numbers(soup: BeautifulSoup) -> None:
    """Mark numbers that the build pasted into the text, a mean with its deviation as one, and give them a minus."""
    for number in soup.select(".pasted-text"):
        if not _NUMBER.fullmatch(number.get_text()):
            continue
        number.string = number.get_text().replace("-", "−")
        before = number.previous_sibling
        mean = before.previous_sibling if before is not None and str(before) == " ± " else None
        if isinstance(mean, Tag) and "number" in mean.get("class", []):
            mean.append(before.extract())
            mean.append(number.extract())
        else:
            number.wrap(soup.new_tag("span", attrs={"class": "number"}))


def put_footnotes_where_they_belong(soup: BeautifulSoup) -> None:
    """Put each footnote behind the paragraph that refers to it, from where a wide screen moves it into the margin."""
    for note in soup.select("aside.footnote"):
        reference = soup.select_one(f'a.footnote-reference[href="#{note["id"]}"]')
        paragraph = reference and reference.find_parent("p")
        if paragraph:
            paragraph.wrap(soup.new_tag("div", attrs={"class": "has-footnote"})).append(note.extract())
    for notes in soup.select("aside.footnote-list"):
        if not notes.select("aside.footnote"):
            rule = notes.find_previous_sibling()
            if rule is not None and rule.name == "hr":
                rule.decompose()
            notes.decompose()


def set_picture_sizes(soup: BeautifulSoup, files: Mapping[str, Path]) -> None:
    """Give every picture its size, so that the text does not jump when it arrives; `files` are by last address part."""
    for image in soup.find_all("img", src=True):
        file = files.get(image["src"].rsplit("/", 1)[-1])
        if file is None or image.has_attr("width") or image.has_attr("style"):
            continue
        if size := picture_size(Path(file)):
            image["width"], image["height"] = map(str, size)


def picture_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels from the head of an SVG or PNG file; None for other formats."""
    with path.open("rb") as file:
        head = file.read(2000)
    if head.startswith(b"\x89PNG"):
        return struct.unpack(">II", head[16:24])
    tag = re.search(rb"<svg[^>]*>", head)
    sides = [re.search(rb'\b%s="([\d.]+)pt"' % name, tag[0] if tag else b"") for name in (b"width", b"height")]
    width, height = (round(float(side[1]) * _PIXELS_PER_POINT) if side else 0 for side in sides)
    return (width, height) if width and height else None


def fix_body(
    body: str, files: Mapping[str, Path] | None = None, glossary: Glossary | None = None, page: str = ""
) -> str:
    """The HTML of the body of `page` with every repair made; `files` as for `set_picture_sizes`."""
    soup = BeautifulSoup(body, "html.parser")
    explain(soup, glossary or Glossary(), page)
    number_repeated_ids(soup)
    make_boxes_focusable(soup)
    drop_misleading_roles(soup)
    unlink_titles_of_folds(soup)
    mark_measured_numbers(soup)
    put_footnotes_where_they_belong(soup)
    fold(soup)
    drawings.put_in(soup, files or {})
    set_picture_sizes(soup, files or {})
    lines.bind(soup)
    tables.lay_out(soup)
    return str(soup)


def fix_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Repair the body of a page before its template is filled in."""
    if context.get("body") and app.builder.format == "html":
        files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
        left_alone = app.env.metadata.get(pagename, {}).get("glossary") == "none"
        glossary = Glossary() if left_alone else glossary_of(app.env)
        context["body"] = fix_body(context["body"], files, glossary, pagename)


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", tables.set_captions)
    # After every extension that edits the body.
    app.connect("html-page-context", fix_page, priority=900)
