"""The build stamp: which commit the site was built from and when, and how long the cells of each page ran."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime

from sphinx.application import Sphinx

from booksite.notebooks import is_site
from booksite.notebooks.addresses import is_edited
from booksite.placeholders import Placeholder
from booksite.undocumented import run_time

STAMP = Placeholder("build-stamp")


def stamp_html(
    commit: str, date: datetime, run_times: Sequence[tuple[str, str, float]], *, edited: bool = False
) -> str:
    """The stamp: a sentence, and a table of pages by title, address and seconds; `commit` is empty outside of git.

    >>> stamp = stamp_html("c0ffee", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), [("A <page>", "a.html", 1.26)])
    >>> print(stamp.partition(" Its pages")[0])
    <p>Built on 2026-01-02 at 03:04 UTC from commit <code>c0ffee</code>.
    """
    source = f"from commit <code>{html.escape(commit)}</code>" if commit else "outside a git checkout"
    source += ", with changes that are not committed" if commit and edited else ""
    rows = "".join(
        f'<tr><td><p><a class="reference internal" href="{html.escape(address)}">{html.escape(title)}</a></p></td>'
        f'<td class="text-right"><p>{seconds:.1f}</p></td></tr>'
        for title, address, seconds in run_times
    )
    total = sum(seconds for *_, seconds in run_times)
    return (
        f"<p>Built on {date:%Y-%m-%d} at {date:%H:%M} UTC {source}. Its pages ran for {total:.1f} s in all, each when "
        "it or what it imports was last changed.</p><details><summary>Seconds of each page</summary>"
        '<div class="pst-scrollable-table-container"><table class="table"><thead><tr><th class="head">'
        '<p>page</p></th><th class="head text-right"><p>seconds</p></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def fill_stamps(app: Sphinx, exception: Exception | None) -> None:
    """Fill the stamp on every page that has one; a build without a change writes no page, yet is another build."""
    if exception or not is_site(app):
        return
    run_times = {name: run_time(app.env, name) for name in sorted(app.env.found_docs)}
    for page, path in STAMP.pages(app).items():
        rows = [
            (app.env.titles[name].astext(), app.builder.get_relative_uri(page, name) or path.name, seconds)
            for name, seconds in run_times.items()
            if seconds is not None
        ]
        stamp = stamp_html(app.config.cnnbook_commit, datetime.now(UTC), rows, edited=is_edited(app.srcdir))
        path.write_text(STAMP.fill(path.read_text("utf-8"), stamp), "utf-8")


def setup(app: Sphinx) -> None:
    STAMP.add_to(app)
    app.connect("build-finished", fill_stamps)
