"""Our templates over the theme's, a description for every page, and no script that no page uses."""

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from booksite.undocumented import copy_styles_early, disconnect_extensions, hide_in_search_results

TEMPLATES = Path(__file__).parent / "templates"

#: Extensions that Jupyter Book always loads; they put scripts on every page, for buttons that this book does not have.
UNUSED = ("sphinx_thebe", "sphinx_comments")

DESCRIPTION_LENGTH = 200

#: What docutils writes into the head of each page, and Sphinx' own template too.
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')

#: What search does not show: a formula is on the page three times, for eyes, for screen readers and as its source.
NOT_IN_SEARCH_RESULTS = (".katex-html", "annotation", ".launch", "div.cell details > summary")


def put_templates_first(app: Sphinx, config: Config) -> None:
    """Let our templates win over those of the theme."""
    config.templates_path.insert(0, str(TEMPLATES))


def describe(doctree: nodes.document) -> str:
    """The first paragraph of a page as plain text, cut between words at `DESCRIPTION_LENGTH`; empty without one."""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue
        text = " ".join(paragraph.astext().split())
        if len(text) <= DESCRIPTION_LENGTH:
            return text
        return text[: DESCRIPTION_LENGTH - 1].rsplit(" ", 1)[0] + "…"
    return ""


def describe_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add a description to the head of a page unless its front matter has one; drop a second viewport."""
    metatags = context["metatags"] = _VIEWPORT.sub("", context.get("metatags", ""))
    if doctree is None or 'name="description"' in metatags:
        return
    text = describe(doctree) or f"{context.get('title', '')} – {app.config.html_title}"
    context["metatags"] = f'{metatags}\n<meta name="description" content="{html.escape(text)}" />'


def write_redirect(app: Sphinx, exception: Exception | None) -> None:
    """Send whoever opens the site to its first page. sphinx-external-toc would write a lone tag, which is no page."""
    if exception is None and app.builder.format == "html" and app.config.root_doc != "index":
        first, title = f"{app.config.root_doc}.html", html.escape(app.config.html_title)
        Path(app.outdir, "index.html").write_text(
            f'<!DOCTYPE html>\n<html lang="{app.config.language}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
            f'<meta http-equiv="Refresh" content="0; url={first}">\n<p><a href="{first}">{title}</a></p>\n</html>\n',
            "utf-8",
        )


def shorten_search_results(app: Sphinx, exception: Exception | None) -> None:
    """Let search show the words of a page and nothing else."""
    script = Path(app.outdir, "_static", "searchtools.js")
    if exception is None and app.builder.format == "html" and script.is_file():
        hide_in_search_results(script, NOT_IN_SEARCH_RESULTS)


def setup(app: Sphinx) -> None:
    disconnect_extensions(app, UNUSED, css_prefix="sphinx-thebe")
    app.connect("config-inited", put_templates_first)
    app.connect("html-page-context", describe_page)
    app.connect("builder-inited", copy_styles_early)
    app.connect("build-finished", write_redirect, priority=400)  # before sphinx-external-toc
    app.connect("build-finished", shorten_search_results)
