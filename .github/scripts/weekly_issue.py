"""Keep one issue about the weekly run: opened when a job fails, brought up to date while it does, closed after.

JOBS is the results of the jobs (GitHub's ``toJSON(needs)``). It runs with Python alone, and talks through ``gh``.
"""

import json
import os
import subprocess
import sys

TITLE = "The weekly run fails"
AUTHOR = "github-actions"  # whose token the workflow has


def call(jobs, run, issue):
    """What to tell GitHub, as arguments of ``gh``; None if there is nothing to tell.

    Parameters
    ----------
    jobs : dict
        By name; each with a ``result``: success, failure, cancelled or skipped.
    run : str
        Address of this run.
    issue : int or None
        Number of the open issue, if there is one.
    """
    failed = sorted(name for name, job in jobs.items() if job["result"] != "success")
    if not failed:
        if issue is None:
            return None
        return ["issue", "close", str(issue), "--comment", f"Every job of [the weekly run]({run}) has succeeded again."]
    body = f"[The last weekly run]({run}) did not succeed in: {', '.join(failed)}."
    if issue is None:
        return ["issue", "create", "--title", TITLE, "--body", body]
    return ["issue", "edit", str(issue), "--body", body]


def number_of(issues):
    """Number of the issue that an earlier week opened, among the open ones; None if there is none.

    Anybody can open an issue of that title, so that it counts only from the workflow's own bot.
    """
    ours = [issue["number"] for issue in issues if issue["title"] == TITLE and _is_ours(issue["author"])]
    return min(ours, default=None)


def _is_ours(author):
    # `gh` writes app/ before a bot's name, and older ones do not.
    return author.get("is_bot", False) and author["login"].removeprefix("app/") == AUTHOR


def gh(*arguments):
    repository = ["--repo", os.environ["GITHUB_REPOSITORY"]]
    return subprocess.run(["gh", *arguments, *repository], check=True, stdout=subprocess.PIPE, text=True).stdout


def main():
    run = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(os.environ)
    listed = gh("issue", "list", "--state", "open", "--limit", "1000", "--json", "number,title,author")
    wanted = call(json.loads(os.environ["JOBS"]), run, number_of(json.loads(listed)))
    if wanted:
        print(gh(*wanted))


if __name__ == "__main__":
    sys.exit(main())
