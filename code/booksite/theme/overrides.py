"""Our templates over the theme's, a description for every page, and no script that no page uses."""

import base64
import hashlib
import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

import cnnbook
from booksite.undocumented import copy_styles_early, disconnect_extensions

TEMPLATES = Path(__file__).parent / "templates"

#: Extensions that Jupyter Book always loads; they put scripts on every page, for buttons that this book does not have.
UNUSED = ("sphinx_thebe", "sphinx_comments")

DESCRIPTION_LENGTH = 200

#: What docutils writes into the head of each page, and Sphinx' own template too.
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')

#: Runs before anything is drawn. A browser that keeps nothing for the site gets what its system prefers.
THEME_SCRIPT = """(root => {
let mode = "auto";
try { mode = ["light", "dark"].find(name => name === localStorage.getItem("mode")) || mode } catch { }
root.dataset.mode = mode;
root.dataset.theme = mode != "auto" ? mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})(document.documentElement)"""

#: Runs when the style sheet has arrived. The fonts in it are ready a moment later; text that stood there before, in
#: another font, would move.
FONTS_SCRIPT = """(root => {
const show = () => root.classList.remove("waits-for-fonts");
root.classList.add("waits-for-fonts");
setTimeout(show, 2000);
const fonts = ["1em 'Source Sans 3'", "italic 1em 'Source Sans 3'", "1em KaTeX_Main", "italic 1em KaTeX_Math"];
Promise.all(fonts.map(font => document.fonts.load(font))).then(show, show);
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


def css_string(text: str) -> str:
    """`text` as a string of a style sheet that stands in a page."""
    return '"' + re.sub(r"""["\\<\n]""", lambda sign: f"\\{ord(sign[0]):x} ", text) + '"'


def add_head_and_foot(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Give the layout what the head and the foot of every page need."""
    policy = "; ".join(f"{name} {sources}" for name, sources in SECURITY_POLICY.items())
    title = html.unescape(re.sub("<[^>]+>", "", context.get("title") or ""))
    book = app.config.html_title
    context |= {
        "print_title": css_string(title if title == book else f"{book} · {title}"),  # at the head of each printed page
        "book_version": cnnbook.__version__,  # at the foot of each page
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


def describe_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add a description to the head of a page unless its front matter has one; drop a second viewport."""
    metatags = context["metatags"] = _VIEWPORT.sub("", context.get("metatags", ""))
    if 'name="description"' in metatags:
        return
    own = describe(doctree) if doctree is not None else ""  # the search page has no text of its own
    text = own or f"{context.get('title', '')} – {app.config.html_title}"
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


def setup(app: Sphinx) -> None:
    disconnect_extensions(app, UNUSED, css_prefix="sphinx-thebe")
    app.connect("config-inited", put_templates_first)
    app.connect("html-page-context", describe_page)
    app.connect("builder-inited", copy_styles_early)
    app.connect("build-finished", write_redirect, priority=400)  # before sphinx-external-toc
    app.connect("html-page-context", add_head_and_foot)
