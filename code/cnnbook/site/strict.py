"""Any warning fails the build, also the next one.

Sphinx fails on warnings only when asked to (``-W --keep-going -n``), and Jupyter Book has no setting for it: without,
a page with a failing cell is published with exit code 0. And Sphinx forgets: a second build finds the page unchanged,
does not look at it again, and succeeds. Here every build is strict, and a build with warnings is not remembered.
"""

from pathlib import Path

ENVIRONMENT = "environment.pickle"


def forget_a_failed_build(app, exception):
    """Remove Sphinx's memory of pages when the build warned, so that the next build reads every page again.

    Outputs of pages that ran without error stay in the execution cache, so this costs seconds, not minutes.
    """
    if exception is None and app._warncount:
        Path(app.doctreedir, ENVIRONMENT).unlink(missing_ok=True)


def setup(app):
    # With `keep_going`, Sphinx reports every warning and then ends with exit code 1.
    app.keep_going = True
    # Late: other parts may still warn when the build is finished.
    app.connect("build-finished", forget_a_failed_build, priority=900)
