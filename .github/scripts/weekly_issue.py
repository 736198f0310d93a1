"""Keep one issue about the weekly run: opened when a job fails, brought up to date while it does, closed after.

JOBS is the results of the jobs (GitHub's ``toJSON(needs)``). It runs with Python alone, and talks through ``gh``.
"""

import json
import os
import sys

from github import gh, run_address

TITLE = "The weekly run fails"
AUTHOR = "github-actions"  # whose token the workflow has


def gh_arguments(jobs: dict, run: str, issue: int | None) -> list[str] | None:
    """What to tell GitHub, as arguments of ``gh``; None if there is nothing to tell.

    `jobs` has each job's ``result`` (success, failure, cancelled or skipped) by its name, `run` is the address of this
    run, `issue` the number of the open issue, if there is one.
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


def open_issue_number(issues: list[dict]) -> int | None:
    """Number of the issue that an earlier week opened, among the open ones; None if there is none.

    Anybody can open an issue of that title, so it counts only if the workflow's own bot opened it.
    """
    ours = [issue["number"] for issue in issues if issue["title"] == TITLE and _is_ours(issue["author"])]
    return min(ours, default=None)


def _is_ours(author):
    # `gh` writes app/ before a bot's name, and older ones do not.
    return author.get("is_bot", False) and author["login"].removeprefix("app/") == AUTHOR


def main() -> None:
    repository = ["--repo", os.environ["GITHUB_REPOSITORY"]]
    issues = gh("issue", "list", "--state", "open", "--limit", "1000", "--json", "number,title,author", *repository)
    arguments = gh_arguments(
        json.loads(os.environ["JOBS"]), run_address(os.environ["GITHUB_RUN_ID"]), open_issue_number(json.loads(issues))
    )
    if arguments:
        print(gh(*arguments, *repository))


if __name__ == "__main__":
    sys.exit(main())
