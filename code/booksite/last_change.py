"""A line below each page: when it was last changed, and where to change it or to report a mistake.

The date is that of the last commit to the page, so that two builds of one commit are the same. Without git, and in a
clone that does not have all commits, no date is known. Without an address of the repository there are no links.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from booksite.notebooks import is_site, place_of
from booksite.notebooks.addresses import commit_dates

#: In the metadata of a page: the date, empty where it is not known.
CHANGED = "changed"


def update(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Keep the date of each page; let Sphinx write those again whose date has changed."""
    dates, outdated = commit_dates(app.srcdir), []
    for page in env.found_docs:
        date = dates.get(str(env.doc2path(page, base=False)), "")
        if env.metadata[page].get(CHANGED) != date:
            env.metadata[page][CHANGED] = date
            outdated.append(page)
    return outdated


def add_line(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template of the line what it shows."""
    if doctree is not None and is_site(app):
        edit, report, _ = place_of(app.config).feedback(str(app.env.doc2path(pagename, base=False)))
        context |= {"last_change": app.env.metadata[pagename][CHANGED], "edit": edit, "report": report}


def setup(app: Sphinx) -> None:
    app.connect("env-updated", update)
    app.connect("html-page-context", add_line)
