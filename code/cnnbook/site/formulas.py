"""KaTeX from npm: formulas are rendered when the book is built, style sheet and fonts are served by the book itself."""

import re
import shutil
import tempfile
from pathlib import Path

from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinxcontrib import katex

logger = logging.getLogger(__name__)

#: Where the style sheet lies below ``_static``.
STYLESHEET = "katex/katex.min.css"

_SECONDS = 60  # a busy machine may start Node slowly


def find_katex(root, which=shutil.which):
    """Find the folder of the KaTeX distribution, or say in one sentence what is missing.

    Parameters
    ----------
    root : path
        The root of the book, where ``npm ci`` puts ``node_modules``.
    which : callable
        Finds a program, as `shutil.which` does.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    sphinx.errors.ConfigError
        Node.js or KaTeX is missing.
    """
    dist = Path(root, "node_modules", "katex", "dist")
    if which("node") is None:
        raise ConfigError("Formulas are rendered by Node.js, and no program `node` was found: install Node.js 20 or newer.")
    if not (dist / "katex.min.js").is_file():
        raise ConfigError(
            f"Formulas are rendered by KaTeX, and {dist.parent} does not hold it: run `npm ci` (or `make setup`)."
        )
    return dist


def woff2_only(css):
    """Leave the WOFF2 source of every ``@font-face`` and drop the older formats, which no current browser asks for.

    >>> woff2_only('src:url(fonts/A.woff2) format("woff2"),url(fonts/A.woff) format("woff")}')
    'src:url(fonts/A.woff2) format("woff2")}'
    """
    return re.sub(r'(url\([^)]*\.woff2\) format\("woff2"\))(?:,url\([^)]*\) format\("[^"]*"\))+', r"\1", css)


def copy_katex(dist, target):
    """Write KaTeX's style sheet and WOFF2 fonts to the folder `target`."""
    fonts = Path(target, "fonts")
    fonts.mkdir(parents=True, exist_ok=True)
    css = Path(dist, "katex.min.css").read_text(encoding="utf-8")
    Path(target, "katex.min.css").write_text(woff2_only(css), encoding="utf-8")
    for font in sorted(Path(dist, "fonts").glob("*.woff2")):
        shutil.copyfile(font, fonts / font.name)


def use_own_katex(app, config):
    """Point sphinxcontrib-katex at the KaTeX of ``node_modules``."""
    if not config.katex_prerender:
        raise ConfigError("katex_prerender must be true in _config.yml: the book's pages carry no formula script.")
    dist = find_katex(app.srcdir)
    config.katex_js_path = str(dist / "katex.min.js")
    config.katex_css_path = STYLESHEET
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = _SECONDS
    app._katex_files = tempfile.mkdtemp()
    copy_katex(dist, Path(app._katex_files, "katex"))
    config.html_static_path.append(app._katex_files)


def report_unreadable_formula(app, pagename, templatename, context, doctree):
    """KaTeX paints what it cannot read in red and says nothing; make it a warning, which fails the build."""
    for message in re.findall(r'class="katex-error" title="([^"]*)"', context.get("body", "")):
        logger.warning("KaTeX cannot read a formula: %s", message, location=pagename)


def remove_copies(app, exception):
    shutil.rmtree(getattr(app, "_katex_files", ""), ignore_errors=True)


def setup(app):
    app.setup_extension("sphinxcontrib.katex")
    app.connect("config-inited", use_own_katex)
    app.connect("html-page-context", report_unreadable_formula)
    app.connect("build-finished", remove_copies)
