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


# The shell has no window to draw around each page, which takes a second of a processor for each.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def launch(playwright):
    """Start the system's Chromium, else Playwright's own."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=program, args=[*_QUIET, *sandbox])
