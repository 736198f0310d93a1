"""Repairs to the HTML that extensions write into a page, all in one pass over the page's body."""

from collections import Counter

from bs4 import BeautifulSoup

#: Boxes that scroll sideways on a narrow screen: a keyboard must be able to reach them.
SCROLLING = ".cell_output pre, div.highlight pre, .katex-display, .pst-scrollable-table-container"


def number_repeated_ids(soup):
    """Append a number to every id that was already used, as exercises do with ``exercise-content``.

    The first element keeps its id, so links go where they went before.
    """
    seen = Counter()
    for element in soup.find_all(id=True):
        name = element["id"]
        seen[name] += 1
        if seen[name] > 1:
            element["id"] = f"{name}-{seen[name]}"


def let_keyboards_scroll(soup):
    """Make boxes that may scroll focusable."""
    for element in soup.select(SCROLLING):
        element["tabindex"] = "0"


def drop_deprecated_roles(soup):
    """Remove roles of the bibliography that ARIA has given up, and the list role that has no list items below it."""
    for element in soup.select(".citation-list[role], .citation[role]"):
        del element["role"]


def mend_body(body):
    """Return the HTML of a page's body with every repair made."""
    soup = BeautifulSoup(body, "html.parser")
    number_repeated_ids(soup)
    let_keyboards_scroll(soup)
    drop_deprecated_roles(soup)
    return str(soup)


def mend_page(app, pagename, templatename, context, doctree):
    if context.get("body") and app.builder.format == "html":
        context["body"] = mend_body(context["body"])


def setup(app):
    # After every extension that edits the body.
    app.connect("html-page-context", mend_page, priority=900)
