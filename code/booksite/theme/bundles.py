"""What every page needs, in one style sheet and one script; a page asks by itself for what it needs beside them.

The theme and the extensions bring a dozen style sheets and as many scripts. Rules that no page uses are left out of
theirs; ours stay whole, since our scripts make what no page has yet. `PURGE` switches that off. Scripts and icons of
the theme that no page uses are named in `SCRIPTS` below, in `booksite.theme.overrides` and in `booksite.theme.icons`.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from booksite.scripts import EVERYWHERE
from booksite.theme.leftovers import page_files
from booksite.theme.npm_packages import find_package

#: False builds the site with every rule that the theme and the extensions bring: to see whether one is missed.
PURGE = True

#: Style sheets of the theme and of extensions, below ``_static``; later ones win. Left out: togglebutton's, since
#: `theme.html_fixes` folds boxes when a page is written, and sphinx-design's, of which pages have a `div` alone.
STYLES = (
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "copybutton.css",
    "mystnb.*.css",
    "katex/katex.min.css",
    "katex-math.css",
)

#: Of an extension that not every book has.
OPTIONAL_STYLES = ("exercise.css",)

#: Ours, which win over all of them.
OWN_STYLES = ("drawings.css", "launch.css", "book.css", "quiz.css", "run.css")

_THEME_SCRIPT = "scripts/pydata-sphinx-theme.js"

#: Scripts below ``_static``, in the order in which they use each other. Left out: Sphinx's for
#: search, togglebutton's, sphinx-design's for tabs, and Bootstrap's but for the part that follows a reader through the
#: outline (`SCROLL_SPY`, in its npm package).
SCRIPTS = (
    "documentation_options.js",
    "clipboard.min.js",
    "copybutton.js",
    "scripts/sphinx-book-theme.js",
    _THEME_SCRIPT,
)
OWN_SCRIPTS = tuple(f"{name}.js" for name in EVERYWHERE)
SCROLL_SPY = "js/dist/scrollspy.js"

#: Fonts that are a part of the style sheet: no text is shown in another font first, and none moves when they arrive.
#: A browser that reads the book from disk may not preload them. So is the logo, which every page shows.
EMBEDDED = (
    "fonts/source-sans-3-latin-wght-normal.woff2",
    "fonts/source-sans-3-latin-wght-italic.woff2",
    "katex/fonts/KaTeX_Main-Regular.woff",
    "katex/fonts/KaTeX_Math-Italic.woff",
    "vendor/fontawesome/webfonts/fa-solid-900.woff",
    "logo.svg",
)

#: What a page may ask for beside the bundles, by the first word of the file's name.
OF_SOME_PAGES = ("challenges", "exercises", "lab", "overview", "practice", "quiz", "review", "run")

STYLE_SHEET, SCRIPT = "site.css", "site.js"

_JOIN_STYLES = Path(__file__).with_name("join_styles.mjs")
_ADDRESS = re.compile(rf"\b({re.escape(STYLE_SHEET)}|{re.escape(SCRIPT)})(?:\?v=[0-9a-f]+)?(?=\")")


def leave_to_bundles(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Let a page ask by itself for files of `OF_SOME_PAGES` alone; our layout asks for the bundles."""

    def is_its_own(file: Any) -> bool:
        name = Path(str(file.filename or "")).name
        return name.startswith(OF_SOME_PAGES) and name not in OWN_STYLES

    for kind in ("css_files", "script_files"):
        context[kind] = [file for file in context[kind] if is_its_own(file)]


def join_styles(root: Path, static: Path, pages: Iterable[Path]) -> str:
    """One style sheet for `pages`, from those in the folder `static`."""
    files = [file for pattern in STYLES for file in _find(static, pattern)]
    others = [file.relative_to(static).as_posix() for file in files] + _there(static, OPTIONAL_STYLES)
    request = {
        "static": str(static),
        "others": others,
        "own": _there(static, OWN_STYLES),
        "embedded": EMBEDDED,
        "purge": PURGE,
        "content": [str(file) for file in [*pages, *_that_add_elements(static)]],
    }
    find_package(root, "purgecss")
    return _run(["node", _JOIN_STYLES], root, json.dumps(request))


def _that_add_elements(static: Path) -> list[Path]:
    """The scripts that make what no page has yet. The theme's is none: its version switcher is not ours."""
    of_all = [static / name for name in _there(static, (*SCRIPTS, *OWN_SCRIPTS)) if name != _THEME_SCRIPT]
    return [*of_all, *(file for file in static.glob("*.js") if file.name.startswith(OF_SOME_PAGES))]


def join_scripts(root: Path, static: Path) -> str:
    """One classic script of all in `SCRIPTS`: they know each other by global names."""
    program = find_package(root, "esbuild") / "bin" / "esbuild"
    spy = find_package(root, "bootstrap") / SCROLL_SPY
    parts = [_run([program, spy, "--bundle", "--format=iife", "--minify"], root)]
    parts += [file.read_text("utf-8") for name in SCRIPTS for file in _find(static, name)]
    parts += [(static / name).read_text("utf-8") for name in _there(static, OWN_SCRIPTS)]
    text = re.sub(r"^//# sourceMappingURL=.*$", "", "\n;".join(parts), flags=re.MULTILINE)
    return _run([program, "--minify-whitespace", "--minify-syntax", "--charset=utf8"], root, text)


def _there(static: Path, names: Iterable[str]) -> list[str]:
    return [name for name in names if (static / name).is_file()]


def _find(static: Path, pattern: str) -> list[Path]:
    if found := sorted(static.glob(pattern)):
        return found
    raise ExtensionError(
        f"the theme and the extensions have no file {pattern} any more: look up what they have now, and correct "
        f"booksite.theme.bundles"
    )


def _run(command: list[str | Path], root: Path, text: str = "") -> str:
    process = subprocess.run(command, input=text.encode(), capture_output=True, cwd=root, check=False)
    if process.returncode:
        raise ExtensionError(f"{command[0]} cannot join the site's files: {process.stderr.decode(errors='replace')}")
    return process.stdout.decode()


def write_bundles(app: Sphinx, exception: Exception | None) -> None:
    """Write both bundles if anything changed that they are made of, and name their present state in each page."""
    if exception is not None or app.builder.format != "html":
        return
    static, root, pages = Path(app.outdir, "_static"), Path(app.srcdir), page_files(app.outdir)
    targets = {name: static / name for name in (STYLE_SHEET, SCRIPT)}
    sources = [file for file in static.rglob("*") if file.suffix in {".css", ".js"} and file not in targets.values()]
    made = min((target.stat().st_mtime for target in targets.values() if target.is_file()), default=0)
    if made < max(file.stat().st_mtime for file in [*pages, *sources, _JOIN_STYLES, Path(__file__)]):
        targets[STYLE_SHEET].write_text(join_styles(root, static, pages), "utf-8")
        targets[SCRIPT].write_text(join_scripts(root, static), "utf-8")
    states = {name: hashlib.sha256(target.read_bytes()).hexdigest()[:8] for name, target in targets.items()}
    for page in pages:
        text = page.read_text("utf-8")
        named = _ADDRESS.sub(lambda address: f"{address[1]}?v={states[address[1]]}", text)
        if named != text:
            page.write_text(named, "utf-8")
    for target in targets.values():
        target.touch()


def setup(app: Sphinx) -> None:
    # After the parts that add files to a page, and those that change static files.
    app.connect("html-page-context", leave_to_bundles, priority=990)
    app.connect("build-finished", write_bundles, priority=900)
