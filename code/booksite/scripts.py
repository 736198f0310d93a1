"""The book's own browser scripts: esbuild bundles the modules of ``book/assets/scripts``; a page loads what it uses.

A page gets a classic script, since browsers load no module from disk and a downloaded copy of the book must work.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from booksite.theme.npm_packages import find_package, vendored_folder

logger = logging.getLogger(__name__)

#: Where the modules lie, relative to the root of the book.
FOLDER = Path("book", "assets", "scripts")

#: Each module that is an entry, and the tag in a page that asks for it.
ENTRIES = {
    "quiz": re.compile(r'<(?:fieldset|div)\b[^<>]*\sclass="quiz-(?:item|overview)"'),
    "practice": re.compile(r"<[a-z]+\b[^<>]*\sdata-practice\b"),
    "enlarge": re.compile(r"<image\b"),
}

#: Entries that are a part of every page, in the bundle of `theme.bundles`.
EVERYWHERE = ("search", "glossary")

#: Entries with a style sheet that no other page needs, in ``book/assets``.
STYLED = ("practice",)

_OPTIONS = ("--bundle", "--format=iife", "--minify", "--charset=utf8", "--target=es2020", "--log-level=error")


def scripts_of(body: str) -> list[str]:
    """Names of the scripts that a page's HTML asks for.

    >>> scripts_of('<div id="a" data-practice="x">'), scripts_of('<p>A <code>data-practice</code> attribute</p>')
    (['practice'], [])
    """
    return [name for name, tag in ENTRIES.items() if tag.search(body)]


def bundle(root: Path | str, name: str, target: Path | str) -> None:
    """Bundle a module of `ENTRIES` and all that it imports into one small classic script, `target`.

    A script that would stay the same is not touched.
    """
    program = find_package(root, "esbuild") / "bin" / "esbuild"
    source = Path(root, FOLDER, f"{name}.js")
    process = subprocess.run([program, source, *_OPTIONS], capture_output=True, check=False)
    if process.returncode:
        raise ConfigError(f"esbuild cannot bundle {source}: {process.stderr.decode(errors='replace').strip()}")
    target = Path(target)
    if not target.is_file() or target.read_bytes() != process.stdout:
        target.write_bytes(process.stdout)


def bundle_all(app: Sphinx, config: Config) -> None:
    """Bundle every entry that the book has, and keep the modules themselves out of the site."""
    config.exclude_patterns.append(f"**/{FOLDER.name}")
    for name in (*ENTRIES, *EVERYWHERE):
        if Path(app.srcdir, FOLDER, f"{name}.js").is_file():
            bundle(app.srcdir, name, vendored_folder(app) / f"{name}.js")


def add_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Add to a page the scripts that it asks for, and no others."""
    for name in scripts_of(context.get("body") or ""):
        if Path(app.srcdir, FOLDER, f"{name}.js").is_file():
            app.add_js_file(f"{name}.js", loading_method="defer")
            if name in STYLED:
                app.add_css_file(f"{name}.css")
        else:
            logger.warning(
                "The page needs the script %s, which does not exist.", FOLDER / f"{name}.js", location=pagename
            )


def setup(app: Sphinx) -> None:
    app.connect("config-inited", bundle_all)
    # After the parts that edit the body.
    app.connect("html-page-context", add_scripts, priority=950)
