"""Code run in a Python of its own, where nothing is imported yet."""

import subprocess
import sys
from pathlib import Path


def run(code, **options):
    """Run `code` in the folder of the tests, and return what it prints; show its traceback where it fails."""
    options = {"cwd": Path(__file__).parent, "capture_output": True, "text": True, "check": False, **options}
    done = subprocess.run([sys.executable, "-c", code], **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def modules_after(code):
    """Return the names of the modules that `code` has imported."""
    return set(run(f"{code}\nimport sys\nprint(*sys.modules)").split())
