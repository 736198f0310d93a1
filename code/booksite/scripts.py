"""The book's own browser scripts: esbuild joins the modules of ``book/assets/scripts``, and a page loads what it uses.

A page gets a classic script, since browsers load no module from disk and a downloaded copy of the book has to work.
"""

import re
import subprocess
from pathlib import Path

from sphinx.errors import ConfigError
from sphinx.util import logging

from booksite.vendored import find_package, vendored_folder

logger = logging.getLogger(__name__)

#: Where the modules lie, relative to the root of the book.
FOLDER = Path("book", "assets", "scripts")

#: Each module that is an entry, and the tag in a page that asks for it.
ENTRIES = {
    "quiz": re.compile(r'<(?:fieldset|div)\b[^<>]*\sclass="quiz-(?:item|overview)"'),
    "practice": re.compile(r"<[a-z]+\b[^<>]*\sdata-practice\b"),
}

#: Entries with a style sheet that no other page needs, in ``book/assets``.
STYLED = ("practice",)

_OPTIONS = ("--bundle", "--format=iife", "--minify", "--charset=utf8", "--target=es2020", "--log-level=error")


def wanted(body):
    """Name the scripts that a page's HTML asks for.

    >>> wanted('<p>A <code>data-practice</code> attribute</p>'), wanted('<div id="a" data-practice="x">')
    ([], ['practice'])
    """
    return [name for name, tag in ENTRIES.items() if tag.search(body)]


def bundle(root, name, target):
    """Join a module and all that it imports to one small classic script.

    Parameters
    ----------
    root : path
        The root of the book.
    name : str
        One of `ENTRIES`.
    target : path
        The script to write; it is not touched when it would stay the same.

    Raises
    ------
    sphinx.errors.ConfigError
        esbuild is not installed, or refuses the module.
    """
    program = find_package(root, "esbuild") / "bin" / "esbuild"
    source = Path(root, FOLDER, f"{name}.js")
    done = subprocess.run([program, source, *_OPTIONS], capture_output=True, check=False)
    if done.returncode:
        raise ConfigError(f"esbuild cannot join {source}: {done.stderr.decode(errors='replace').strip()}")
    target = Path(target)
    if not target.is_file() or target.read_bytes() != done.stdout:
        target.write_bytes(done.stdout)


def bundle_all(app, config):
    """Make the script of every entry that the book has, and keep the modules themselves out of the site."""
    config.exclude_patterns.append(f"**/{FOLDER.name}")
    for name in ENTRIES:
        if Path(app.srcdir, FOLDER, f"{name}.js").is_file():
            bundle(app.srcdir, name, vendored_folder(app) / f"{name}.js")


def add_scripts(app, pagename, templatename, context, doctree):
    """Add to a page the scripts that it asks for, and no other."""
    for name in wanted(context.get("body") or ""):
        if Path(app.srcdir, FOLDER, f"{name}.js").is_file():
            app.add_js_file(f"{name}.js", loading_method="defer")
            if name in STYLED:
                app.add_css_file(f"{name}.css")
        else:
            logger.warning("The page needs the script %s, and there is none.", FOLDER / f"{name}.js", location=pagename)


def setup(app):
    app.connect("config-inited", bundle_all)
    # After the parts that edit the body.
    app.connect("html-page-context", add_scripts, priority=950)
