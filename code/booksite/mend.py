"""Repairs to the HTML that extensions write into a page, all in one pass over the page's body."""

import re
import struct
from itertools import count
from pathlib import Path

from bs4 import BeautifulSoup

#: Boxes that scroll sideways on a narrow screen: a keyboard must be able to reach them.
SCROLLING = (
    ".cell_output pre, div.highlight pre, .katex-display, .pst-scrollable-table-container, figure:has(img[src$='.svg'])"
)

_PIXELS_PER_POINT = 4 / 3


def number_repeated_ids(soup):
    """Append a number to every id that was already used, as exercises do with ``exercise-content``.

    The first element keeps its id, so links go where they went before.
    """
    elements = soup.find_all(id=True)
    taken, seen = {element["id"] for element in elements}, set()
    for element in elements:
        name = element["id"]
        if name in seen:
            element["id"] = next(new for number in count(2) if (new := f"{name}-{number}") not in taken)
            taken.add(element["id"])
        seen.add(name)


def let_keyboards_scroll(soup):
    """Make boxes that may scroll focusable."""
    for element in soup.select(SCROLLING):
        element["tabindex"] = "0"


def drop_misleading_roles(soup):
    """Remove what tells a screen reader something else than what is there.

    That is: roles of the bibliography that ARIA has given up, its list role without list items, and labels of folded
    cells that differ from the words that stand on them.
    """
    for element in soup.select(".citation-list[role], .citation[role]"):
        del element["role"]
    for element in soup.select("summary[aria-label]"):
        del element["aria-label"]


def let_titles_open(soup):
    """Take the link to the exercise out of a folded solution's title: a press on the title shall open it.

    The exercise stands right above.
    """
    for link in soup.select(".solution.dropdown > p.admonition-title a"):
        link.unwrap()


def state_sizes(soup, files):
    """Give every picture its width and height in pixels, so that the text does not jump when it arrives.

    Parameters
    ----------
    soup : BeautifulSoup
    files : dict of str to path
        Where the pictures lie, by the last part of their address.
    """
    for image in soup.find_all("img", src=True):
        file = files.get(image["src"].rsplit("/", 1)[-1])
        if file is None or image.has_attr("width") or image.has_attr("style"):
            continue
        if size := picture_size(Path(file)):
            image["width"], image["height"] = map(str, size)


def picture_size(path):
    """Read width and height in pixels from the head of an SVG or PNG file; None for other formats."""
    with path.open("rb") as file:
        head = file.read(2000)
    if head.startswith(b"\x89PNG"):
        return struct.unpack(">II", head[16:24])
    tag = re.search(rb"<svg[^>]*>", head)
    sides = [tag and re.search(rb'\b%s="([\d.]+)pt"' % name, tag[0]) for name in (b"width", b"height")]
    return tuple(round(float(side[1]) * _PIXELS_PER_POINT) for side in sides) if all(sides) else None


def mend_body(body, files=None):
    """Return the HTML of a page's body with every repair made; `files` as for `state_sizes`."""
    soup = BeautifulSoup(body, "html.parser")
    number_repeated_ids(soup)
    let_keyboards_scroll(soup)
    drop_misleading_roles(soup)
    let_titles_open(soup)
    state_sizes(soup, files or {})
    return str(soup)


def mend_page(app, pagename, templatename, context, doctree):
    """Mend the body of a page before its template is filled in."""
    if context.get("body") and app.builder.format == "html":
        files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
        context["body"] = mend_body(context["body"], files)


def setup(app):
    # After every extension that edits the body.
    app.connect("html-page-context", mend_page, priority=900)
