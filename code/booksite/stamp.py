"""The directive ``build-stamp``: which commit the site was built from and when, and how long each page took to run.

It is filled in when the build ends, since a build without a change writes no page and yet is another build.
"""

import html
import re
from datetime import UTC, datetime
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.util.docutils import SphinxDirective

from booksite.notebooks import is_site
from booksite.notebooks.addresses import is_edited

BEGIN, END = '<div class="build-stamp">', "<!-- end of build-stamp --></div>"
_PLACE = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)


class BuildStamp(SphinxDirective):
    """The place that `stamp` fills in."""

    def run(self):
        pages = self.env.cnnbook_stamped = getattr(self.env, "cnnbook_stamped", set())
        pages.add(self.env.docname)
        return [nodes.raw("", BEGIN + END, format="html", of_this_copy=True)]


def table(commit, date, times, *, edited=False):
    """Make the stamp.

    Parameters
    ----------
    commit : str
        Empty outside a git checkout.
    date : datetime.datetime
        With its time zone.
    times : list of (str, str, float)
        Of each page its title, its address from the page of the stamp, and the seconds that its cells took.
    edited : bool
        Whether the checkout differs from the commit.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> made = table("c0ffee", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), [("A <page>", "a.html", 1.26)])
    >>> print(made.partition("<details>")[0])
    <p>Built on 2026-01-02 at 03:04 UTC from commit <code>c0ffee</code>.</p>
    """
    source = f"from commit <code>{html.escape(commit)}</code>" if commit else "outside a git checkout"
    source += ", with changes that are not committed" if commit and edited else ""
    rows = "".join(
        f'<tr><td><p><a class="reference internal" href="{html.escape(address)}">{html.escape(title)}</a></p></td>'
        f'<td class="text-right"><p>{seconds:.1f}</p></td></tr>'
        for title, address, seconds in times
    )
    total = sum(seconds for *_, seconds in times)
    return (
        f"<p>Built on {date:%Y-%m-%d} at {date:%H:%M} UTC {source}.</p>"
        f"<details><summary>Its pages ran for {total:.1f} s in all, each when it or what it imports was last changed."
        '</summary><div class="pst-scrollable-table-container"><table class="table"><thead><tr><th class="head">'
        '<p>page</p></th><th class="head text-right"><p>seconds</p></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def run_times(app):
    """Seconds that the cells of each executed page took when they last ran, by the page's name."""
    runs = {name: NbMetadataCollector.get_exec_data(app.env, name) for name in sorted(app.env.found_docs)}
    return {name: run["runtime"] for name, run in runs.items() if run and run["runtime"] is not None}


def stamp(app, exception):
    """Fill in the place on every page that has it."""
    if exception or not is_site(app):
        return
    for page in sorted(getattr(app.env, "cnnbook_stamped", set()) & app.env.found_docs):
        path = Path(app.outdir, f"{page}.html")
        times = [
            (app.env.titles[name].astext(), app.builder.get_relative_uri(page, name) or path.name, taken)
            for name, taken in run_times(app).items()
        ]
        new = table(app.cnnbook_place.commit, datetime.now(UTC), times, edited=is_edited(app.srcdir))
        text = path.read_text("utf-8")
        found = _PLACE.search(text)
        if not found:
            raise RuntimeError(f"{path} has lost the place of its build stamp; something has rewritten it")
        before, _, after = text.partition(found[0])
        path.write_text(before + BEGIN + new + END + after, "utf-8")


def setup(app):
    app.add_directive("build-stamp", BuildStamp)
    app.connect("build-finished", stamp)
