"""Second stage of a preview: say on the pull request which pages it changes, and where to see them.

    python3 .github/scripts/preview_comment.py

Which pages those are is asked of GitHub, and so is the pull request that was built: its own code could say anything.
"""

import json
import os
import re
import sys

from github import gh, run_address

MARK = "<!-- preview -->"  # the comment is found again by it
MOST = 200  # pages named in a comment
BOT = "github-actions[bot]"

_PAGE = re.compile(r"book/.+\.md", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./-]{1,150}")  # nothing that Markdown reads as more than a name


def changed_pages(files: list[dict]) -> list[str]:
    """The sources of pages among the files that a pull request adds or changes."""
    return [file["filename"] for file in files if file["status"] != "removed" and _PAGE.fullmatch(file["filename"])]


def comment(sources: list[str], run: str) -> str:
    """The comment in Markdown; `run` is the address of the first stage's run."""
    count = {0: "changes no page's source", 1: "changes the source of 1 page"}
    said = count.get(len(sources), f"changes the sources of {len(sources)} pages")
    named = [source for source in sources if _PLAIN.fullmatch(source)][:MOST]
    lines = [MARK, f"**Preview: by GitHub's list of its files, this pull request {said}.**", ""]
    lines += [f"- `{source}`" for source in named]
    if len(sources) > len(named):
        lines.append(f"- and {len(sources) - len(named)} more")
    lines += [
        "",
        f"[Download `preview`]({run}#artifacts), the whole site: its `changed.html` links these pages. It was built by "
        "the pull request's own code, which decides what it shows; nobody has checked it.",
    ]
    return "\n".join(lines) + "\n"


def pull_request(pulls: list[dict], commit: str) -> int | None:
    """Number of the open pull request whose newest commit is `commit`."""
    return next((pull["number"] for pull in pulls if pull["head"]["sha"] == commit), None)


def earlier_comment(comments: list[dict]) -> int | None:
    """The comment of an earlier preview: ours by its mark and by its author, since anybody can write the mark."""
    ours = [entry["id"] for entry in comments if entry["user"]["login"] == BOT and entry["body"].startswith(MARK)]
    return ours[0] if ours else None


def main() -> int:
    repository = f"repos/{os.environ['GITHUB_REPOSITORY']}"
    pulls = gh("api", "--method", "GET", f"{repository}/pulls", "--raw-field", f"head={os.environ['HEAD']}")
    number = pull_request(json.loads(pulls), os.environ["HEAD_SHA"])
    if number is None:
        print("The pull request is closed or has newer commits: there is nothing to say.")
        return 0
    text = comment(changed_pages(_all(f"{repository}/pulls/{number}/files")), run_address(os.environ["RUN"]))
    earlier = earlier_comment(_all(f"{repository}/issues/{number}/comments"))
    target = f"{repository}/issues/" + (f"comments/{earlier}" if earlier else f"{number}/comments")
    gh("api", "--method", "PATCH" if earlier else "POST", target, "--raw-field", f"body={text}", "--silent")
    return 0


def _all(address: str) -> list[dict]:
    """All entries of a list that GitHub gives page by page."""
    return [entry for page in json.loads(gh("api", "--paginate", "--slurp", address)) for entry in page]


if __name__ == "__main__":
    sys.exit(main())
