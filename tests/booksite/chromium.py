"""The headless Chromium that tests and pictures share."""

import os
import shutil

# The browser's own services stay quiet, and no name but that of the test's own server resolves.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


# The shell is a quarter faster, but under load a page may not yet see what the page before it has kept in this browser.
_PROGRAMS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")


def launch(playwright):
    """Start the system's Chromium, else Playwright's own."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=program, args=[*_QUIET, *sandbox])
