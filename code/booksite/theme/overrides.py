"""Our templates over the theme's, a description for every page, and no script that no page uses."""

import base64
import hashlib
import html
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from booksite.undocumented import disconnect_extensions

TEMPLATES = Path(__file__).parent / "templates"

#: Extensions that Jupyter Book always loads; they put scripts on every page, for buttons that this book does not have.
UNUSED = ("sphinx_thebe", "sphinx_comments")

DESCRIPTION_LENGTH = 200

#: Runs before anything is drawn. A browser that keeps nothing for the site gets what its system prefers.
THEME_SCRIPT = """(root => {
let mode = "auto";
try { mode = localStorage.getItem("mode") || mode } catch { }
root.dataset.mode = mode;
root.dataset.theme = mode != "auto" ? mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})(document.documentElement)"""

#: Runs when the style sheet has arrived. The fonts in it are ready a moment later; text that stood there before, in
#: another font, would move.
FONTS_SCRIPT = """(root => {
const show = () => root.classList.remove("waits-for-fonts");
root.classList.add("waits-for-fonts");
setTimeout(show, 400);
Promise.all(["1em 'Source Sans 3'", "1em KaTeX_Main", "italic 1em KaTeX_Math"].map(font => document.fonts.load(font)))
  .then(show, show);
})(document.documentElement)"""

#: What a page may load and run. From disk a browser knows no "self", so files have a scheme of their own.
SECURITY_POLICY = {
    "default-src": "'self' file:",
    "script-src": "'self' file: 'wasm-unsafe-eval' {digests}",
    "style-src": "'self' file: 'unsafe-inline'",
    "img-src": "'self' file: data: blob:",
    "font-src": "'self' file: data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self' file:",
}


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def add_head(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Give the layout what the head of every page needs."""
    policy = "; ".join(f"{name} {sources}" for name, sources in SECURITY_POLICY.items())
    context |= {
        "theme_script": THEME_SCRIPT,
        "fonts_script": FONTS_SCRIPT,
        "content_security_policy": policy.format(digests=f"{_digest(THEME_SCRIPT)} {_digest(FONTS_SCRIPT)}"),
    }


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


def add_description(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add a description to the head of a page unless its front matter (``html_meta``) has one."""
    metatags = context.get("metatags", "")
    if doctree is None or 'name="description"' in metatags:
        return
    text = describe(doctree) or f"{context.get('title', '')} – {app.config.html_title}"
    context["metatags"] = f'{metatags}\n<meta name="description" content="{html.escape(text)}" />'


def setup(app: Sphinx) -> None:
    disconnect_extensions(app, UNUSED, css_prefix="sphinx-thebe")
    app.connect("config-inited", put_templates_first)
    app.connect("html-page-context", add_description)
    app.connect("html-page-context", add_head)
