"""Our templates over the theme's, a description for every page, and no script that no page uses."""

import html
from pathlib import Path

from docutils import nodes

TEMPLATES = Path(__file__).parent / "templates"

#: Extensions that Jupyter Book always loads; they put scripts on every page, for buttons that this book does not have.
UNUSED = ("sphinx_thebe", "sphinx_comments")

DESCRIPTION_LENGTH = 200


def silence_unused(app):
    """Disconnect the extensions of `UNUSED` and take back the style sheets they registered."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith(UNUSED)]
    app.registry.css_files[:] = [
        (name, attributes) for name, attributes in app.registry.css_files if not name.startswith("sphinx-thebe")
    ]


def put_templates_first(app, config):
    """Let our templates win over those of the theme."""
    config.templates_path.insert(0, str(TEMPLATES))


def describe(doctree):
    """Give the first paragraph of a page as plain text, for search engines and link previews.

    Parameters
    ----------
    doctree : docutils.nodes.document

    Returns
    -------
    str
        At most `DESCRIPTION_LENGTH` characters, cut between words; empty when the page has no paragraph.
    """
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue
        text = " ".join(paragraph.astext().split())
        if len(text) <= DESCRIPTION_LENGTH:
            return text
        return text[: DESCRIPTION_LENGTH - 1].rsplit(" ", 1)[0] + "…"
    return ""


def add_description(app, pagename, templatename, context, doctree):
    """Add a description to the head of a page unless its front matter (``html_meta``) has one."""
    metatags = context.get("metatags", "")
    if doctree is None or 'name="description"' in metatags:
        return
    text = describe(doctree) or f"{context.get('title', '')} – {app.config.html_title}"
    context["metatags"] = f'{metatags}\n<meta name="description" content="{html.escape(text)}" />'


def setup(app):
    silence_unused(app)
    app.connect("config-inited", put_templates_first)
    app.connect("html-page-context", add_description)
