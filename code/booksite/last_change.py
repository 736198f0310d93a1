"""A line below each page: when it was last changed, and where to change it or to report a mistake.

The date is that of the last commit to the page, so that two builds of one commit are the same. Without git, and in a
clone that does not have all commits, no date is known. Without an address of the repository there are no links.
"""

from collections.abc import Collection
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from booksite.notebooks import is_site, place_of
from booksite.notebooks.addresses import commit_dates


def update(app: Sphinx, env: BuildEnvironment) -> Collection[str]:
    """Keep the dates; a page is written again when its date has changed."""
    before, dates = getattr(env, "cnnbook_dates", {}), commit_dates(app.srcdir)
    names = {docname: env.doc2path(docname, base=False) for docname in env.found_docs}
    env.cnnbook_dates = {docname: dates[path] for docname, path in names.items() if path in dates}
    return [docname for docname in names if before.get(docname) != env.cnnbook_dates.get(docname)]


def add_line(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template of the line what it shows."""
    if doctree is not None and is_site(app):
        edit, report, _ = place_of(app.config).feedback(app.env.doc2path(pagename, base=False))
        context |= {"last_change": app.env.cnnbook_dates.get(pagename, ""), "edit": edit, "report": report}


def setup(app: Sphinx) -> None:
    app.connect("env-updated", update)
    app.connect("html-page-context", add_line)
