"""Calls of GitHub's command line, for scripts that hold a token: they need Python and ``gh`` alone."""

import os
import subprocess


def gh(*arguments: str) -> str:
    """Standard output of ``gh``; a call that fails ends the script."""
    return subprocess.run(["gh", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def run_address(run: str) -> str:
    """Address of a run of this repository's workflows."""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/".format_map(os.environ) + run
