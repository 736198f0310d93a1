"""Any warning fails the build, and the next one too.

Sphinx fails on warnings only when asked to (``-W``), and Jupyter Book has no setting for it: without, a page with a
failing cell is published with exit code 0. And Sphinx forgets: a second build sees that the page did not change, skips
it, and succeeds. The same happens after a build that was interrupted while it wrote: Sphinx remembers what it read, not
what it wrote. Here every build is strict, and only one that finishes without a warning is remembered.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from booksite.undocumented import warning_count

ENVIRONMENT = "environment.pickle"
UNFINISHED = "unfinished"  # lies beside it during a build, and after one that failed


def begin(app: Sphinx, config: Config) -> None:
    """Remove Sphinx's memory of pages if the last build did not finish, so that this one reads every page again.

    Outputs of pages that ran without error stay in the execution cache, so this costs seconds, not minutes.
    """
    mark = Path(app.doctreedir, UNFINISHED)
    if mark.exists():
        Path(app.doctreedir, ENVIRONMENT).unlink(missing_ok=True)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def end(app: Sphinx, exception: Exception | None) -> None:
    """Remember that the build finished without a warning; with one, end it with exit code 1."""
    if warning_count(app):
        app.statuscode = 1
    elif exception is None:
        Path(app.doctreedir, UNFINISHED).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    app.connect("config-inited", begin)
    # Last: other parts may still warn when the build is finished.
    app.connect("build-finished", end, priority=999)
