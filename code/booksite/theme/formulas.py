"""KaTeX from npm: formulas are rendered when the book is built; style sheet and fonts are served by the book itself.

sphinxcontrib-katex talks to Node.js over a socket, which on a busy machine it uses before Node.js listens. Here a pipe,
which cannot be too early and leaves no process behind, replaces the one function that renders.
"""

import html
import re
import shutil
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from booksite.json_process import JsonProcess
from booksite.theme.fonts import subset_fonts
from booksite.theme.leftovers import page_files
from booksite.theme.npm_packages import find_package, vendored_folder
from booksite.undocumented import replace_katex_renderer

logger = logging.getLogger(__name__)

#: Where the style sheet lies below ``_static``.
STYLESHEET = "katex/katex.min.css"
#: Fonts whose letters, figures and usual signs ``book.css`` takes from the typeface of the text.
AS_TEXT = ("KaTeX_Main-Regular", "KaTeX_Math-Italic")
TEXT = {*string.ascii_letters, *string.digits, *" ()*+,.=×−"}
SCRIPT = Path(__file__).with_name("render_formulas.js")


def find_katex(root: Path | str, which: Callable[[str], str | None] = shutil.which) -> Path:
    """Folder of the KaTeX distribution in ``node_modules``, or an error that says what to install."""
    if which("node") is None:
        raise ConfigError(
            "Formulas are rendered by Node.js, and no program `node` was found: install Node.js 20 or newer."
        )
    return find_package(root, "katex") / "dist"


def woff_only(css: str) -> str:
    """Leave the WOFF source of every ``@font-face``: `cut_fonts` writes no other format.

    >>> woff_only('src:url(fonts/A.woff2) format("woff2"),url(fonts/A.woff) format("woff"),url(fonts/A.ttf)}')
    'src:url(fonts/A.woff) format("woff")}'
    """
    return re.sub(r"src:[^;}]*?(url\([^)]*\.woff\))[^;}]*", r'src:\1 format("woff")', css)


def formula_characters(page: str) -> set[str]:
    """Characters that the formulas of a page show; its HTML is searched for what KaTeX has rendered.

    >>> sorted(formula_characters('<p>so <span aria-hidden="true" class="katex-html"><span>n</span>+1</span> cells'))
    ['+', '1', 'n']
    """
    characters: set[str] = set()
    for formula in re.finditer(r'<span aria-hidden="true" class="katex-html"', page):
        depth = 0
        for token in re.finditer(r"<span\b|</span\b|>([^<]+)", page[formula.start() :]):
            depth += {"<span": 1, "</span": -1}.get(token[0], 0)
            if depth == 0:
                break
            characters |= set(html.unescape(token[1] or ""))
    return characters


def cut_fonts(app: Sphinx, exception: Exception | None) -> None:
    """Write KaTeX's fonts with the characters of the book's formulas."""
    if exception is not None or app.builder.format != "html":
        return
    characters = set().union(*(formula_characters(page.read_text("utf-8")) for page in page_files(app.outdir)))
    folder = Path(app.outdir, "_static", "katex", "fonts")
    fonts = set(find_katex(app.srcdir).glob("fonts/*.ttf"))
    as_text = {font for font in fonts if font.stem in AS_TEXT}
    for name, sources, shown in (("", fonts - as_text, characters), ("-text", as_text, characters - TEXT)):
        note = Path(app.outdir).parent / f".katex{name}-made-from"
        subset_fonts(sorted(sources), folder, shown, note=note, suffix=".woff")


def use_own_katex(app: Sphinx, config: Config) -> None:
    """Point sphinxcontrib-katex at the KaTeX of ``node_modules``, and copy what pages need of it."""
    if not config.katex_prerender:
        raise ConfigError("katex_prerender must be true in _config.yml: the book's pages carry no formula script.")
    dist = find_katex(app.srcdir)
    config.katex_js_path = str(dist / "katex.min.js")
    config.katex_css_path = STYLESHEET
    renderer = Renderer(dist / "katex.min.js")
    replace_katex_renderer(renderer.render)
    app.connect("build-finished", lambda app, exception: renderer.close())
    target = vendored_folder(app) / "katex"
    target.mkdir(exist_ok=True)
    css = woff_only((dist / "katex.min.css").read_text(encoding="utf-8"))
    (target / Path(STYLESHEET).name).write_text(css, encoding="utf-8")


class Renderer:
    """Turns formulas into HTML by Node.js, which starts with the first formula; `library` is ``katex.min.js``."""

    def __init__(self, library: Path):
        self._command: list[str | Path] = ["node", SCRIPT, library]
        self._node: JsonProcess | None = None

    def render(self, latex: str, options: dict[str, Any] | None = None) -> str:
        """The HTML of a formula; what KaTeX cannot read is a warning, and stays LaTeX on the page.

        The signature is that of `sphinxcontrib.katex.render_latex`.
        """
        self._node = self._node or JsonProcess(self._command)
        answer = self._node.ask({"latex": latex, "display": bool(options and options.get("displayMode"))})
        if "error" in answer:
            logger.warning("KaTeX cannot read the formula %r: %s", latex, answer["error"])
        return answer.get("html", html.escape(latex))

    def close(self) -> None:
        """End the process, if it started."""
        if self._node is not None:
            self._node.close()


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinxcontrib.katex")
    app.connect("config-inited", use_own_katex)
    app.connect("build-finished", cut_fonts)
