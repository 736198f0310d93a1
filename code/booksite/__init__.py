"""The book's Sphinx extension, and the commands that publish the site.

`PARTS` lists the modules of the extension, one idea each. Beside them stand `placeholders` (parts of a page that are
filled when the build ends), `undocumented` (what we use of other packages beyond their documented interface), and what
looks at a built site: `site_manifest`, `gate` and `link_check`. ``python -m booksite`` lists the commands.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Modules with a ``setup``, in the order in which their handlers of one event run.
PARTS = {
    "execution": "names the execution cache after what the pages import, and runs pages side by side",
    "strict": "makes plain `jupyter-book build .` fail on every warning, and keeps it failing",
    "page_rules": "refuses pages that do not run, or hide that a cell failed",
    "theme.look": "writes every page again after a change of this extension, a style sheet or a picture",
    "theme.npm_packages": "says what is missing in `node_modules`",
    "theme.fonts": "cuts the typeface down to the characters in use",
    "theme.formulas": "gives KaTeX its library, style sheet and fonts from `node_modules`",
    "theme.overrides": "our templates, a description for every page, and no script that no page uses",
    "theme.icons": "cuts the theme's icon fonts and styles down to the icons in use",
    "quiz": "questions that answer back, and the pages that list them",
    "lab": "figures that a reader can touch",
    "lab.links": "links to a lab in another state, and to a page on the projector",
    "lab.training_images": "what the lab of training loads after a click: recorded weights, and images",
    "lab.challenges": "goals to reach with a lab, and the list of what a reader has done",
    "mistakes_table": "a table of the usual mistakes, for teachers",
    "conformance": "what is tested of accessibility, criterion by criterion",
    "glossary": "words and symbols explained where a page first uses them, and the index",
    "search": "what search knows: every section as a title, its words and its code",
    "scripts": "bundles the browser's scripts, and gives each to the pages that need it",
    "notebooks": "every executable page as a clean notebook",
    "last_change": "when each page was last changed, and where to change it or to report a mistake",
    "site_files": "favicons, a card for messages, a sitemap, the page for wrong addresses, whom to tell of a hole",
    "launch": "links to run a page, below its title",
    "run": "cells that a reader edits and runs in the page, and exercises that are checked there",
    "lite.folder": "JupyterLite: notebooks that run wholly in the reader's browser",
    "build_stamp": "which commit the site was built from, when, and how long each page ran",
    "downloads.front_page": "links to the whole book as PDF, EPUB and zip files, which are made on demand",
    "lms.export": "all questions and a bank of problems for learning management systems, linked for teachers",
    "theme.drawings": "the colours of drawings, which stand in the page, for both themes",
    "theme.html_fixes": "repairs what extensions write into a page: repeated ids, boxes that a keyboard cannot scroll",
    "solutions": "solutions of exercises below them, at the end of a page, or in a teacher's key alone",
    "generated": "files that pages offer for download: worksheets, practice sheets, the practical to hand in",
    "theme.bundles": "one style sheet and one script for what every page needs, without the rules that no page uses",
    "theme.leftovers": "removes pages and reports of earlier builds",
}


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect every part of the extension to Sphinx; ``_config.yml`` lists it under ``extra_extensions``."""
    for name in PARTS:
        importlib.import_module(f"booksite.{name}").setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
