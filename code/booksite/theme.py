"""Our templates over the theme's, a description for every page, and no script that no page uses."""

import html
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

TEMPLATES = Path(__file__).parent / "templates"

#: Extensions that Jupyter Book always loads; they put scripts on every page, for buttons that this book does not have.
UNUSED = ("sphinx_thebe", "sphinx_comments")

DESCRIPTION_LENGTH = 200

#: What Sphinx's search leaves out of the lines that it shows of a page, and what it shall leave out besides: a formula
#: is on the page three times, for eyes, for screen readers and as its source.
_LEFT_OUT = '[".headerlink", "script", "style"'
_MORE = '".katex-html", "annotation", ".launch", "div.cell details > summary"'


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


def shorten_search_results(app, exception):
    """Let search show the words of a page and nothing else.

    Raises
    ------
    sphinx.errors.ExtensionError
        Sphinx's script for it is not the one that this was written for.
    """
    script = Path(app.outdir, "_static", "searchtools.js")
    if exception is not None or app.builder.format != "html" or not script.is_file():
        return
    text = script.read_text("utf-8")
    if _MORE in text:
        return
    if _LEFT_OUT not in text:
        raise ExtensionError(f"{script} has no list {_LEFT_OUT}…]: see what it leaves out now, and mend _LEFT_OUT.")
    script.write_text(text.replace(_LEFT_OUT, f"{_LEFT_OUT}, {_MORE}"), "utf-8")


def setup(app):
    silence_unused(app)
    app.connect("config-inited", put_templates_first)
    app.connect("html-page-context", add_description)
    app.connect("build-finished", shorten_search_results)
