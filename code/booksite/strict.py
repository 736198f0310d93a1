"""Any warning fails the build, and the next one too.

Sphinx fails on warnings only when asked to (``-W``), and Jupyter Book has no setting for it: without, a page with a
failing cell is published with exit code 0. And Sphinx forgets: a second build sees that the page did not change, skips
it, and succeeds. The same happens after a build that was interrupted while it wrote, and after an edit of the built
site: Sphinx remembers what it read, not what it wrote. Here every build is strict, and a site has a manifest of its
files only if its build finished without a warning.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from booksite import site_manifest
from booksite.notebooks import is_site
from booksite.undocumented import warning_count

ENVIRONMENT = "environment.pickle"


def begin(app: Sphinx, config: Config) -> None:
    """Remove Sphinx's memory of pages if the site is not what a finished build wrote, so that all is written again.

    Outputs of pages that ran without error stay in the execution cache, so this costs seconds, not minutes.
    """
    site = Path(app.outdir)
    manifest, files = site_manifest.read(site), site_manifest.file_digests(site)
    if manifest is None or manifest["files"].items() - files.items():
        Path(app.doctreedir, ENVIRONMENT).unlink(missing_ok=True)
        for name in files.keys() & manifest["files"].keys() if manifest else ():
            (site / name).unlink()
    (site / site_manifest.NAME).unlink(missing_ok=True)


def end(app: Sphinx, exception: Exception | None) -> None:
    """Remember that the build finished without a warning; with one, end it with exit code 1."""
    if warning_count(app):
        app.statuscode = 1
    elif exception is None and is_site(app):
        site_manifest.write(Path(app.outdir), Path(app.srcdir))


def setup(app: Sphinx) -> None:
    app.connect("config-inited", begin)
    # Last: other parts may still write and warn when the build is finished.
    app.connect("build-finished", end, priority=999)
