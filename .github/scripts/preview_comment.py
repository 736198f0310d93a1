"""Second stage of a preview: say on the pull request which pages it changes, and where to see them.

    python3 .github/scripts/preview_comment.py CHANGED_PAGES

The list was made by the code of a pull request, so it may hold anything: only names that look like sources of pages
are accepted. To which pull request the list belongs is asked of GitHub.
"""

import json
import os
import re
import sys
from pathlib import Path

from github import gh, run_address

MARK = "<!-- preview -->"  # the comment is found again by it
LARGEST = 100_000  # bytes of a list
MOST = 200  # pages named in a comment
BOT = "github-actions[bot]"

_SOURCE = re.compile(r"book/(?!.*\.\.)[A-Za-z0-9_./-]{1,150}\.md")


def read_sources(path: Path) -> list[str]:
    """The sources that a list names; ValueError if it is not such a list."""
    if path.is_symlink() or path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} is a link or larger than {LARGEST} bytes; expected a short list of pages")
    sources = path.read_bytes().decode("ascii").splitlines()
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise ValueError(f"got {source[:200]!r} in {path.name}; expected a name such as book/intro.md")
    return sources


def comment(sources: list[str], run: str) -> str:
    """The comment in Markdown; `run` is the address of the first stage's run."""
    count = {0: "no page's source changes", 1: "the source of 1 page changes"}
    lines = [MARK, f"**Preview: {count.get(len(sources), f'the sources of {len(sources)} pages change')}.**", ""]
    lines += [f"- `{source}`" for source in sources[:MOST]]
    if len(sources) > MOST:
        lines.append(f"- and {len(sources) - MOST} more")
    lines += [
        "",
        f"As the pull request's own build says. [Download `preview`]({run}#artifacts), the whole site: its "
        "`changed.html` links these pages.",
    ]
    return "\n".join(lines) + "\n"


def pull_request(pulls: list[dict], commit: str) -> int | None:
    """Number of the open pull request whose newest commit is `commit`."""
    return next((pull["number"] for pull in pulls if pull["head"]["sha"] == commit), None)


def earlier_comment(comments: list[dict]) -> int | None:
    """The comment of an earlier preview: ours by its mark and by its author, since anybody can write the mark."""
    ours = [entry["id"] for entry in comments if entry["user"]["login"] == BOT and entry["body"].startswith(MARK)]
    return ours[0] if ours else None


def main(path: str) -> int | str:
    try:
        text = comment(read_sources(Path(path)), run_address(os.environ["RUN"]))
    except (ValueError, OSError) as error:
        return f"preview_comment.py: {error}"
    repository = f"repos/{os.environ['GITHUB_REPOSITORY']}"
    pulls = gh("api", "--method", "GET", f"{repository}/pulls", "--raw-field", f"head={os.environ['HEAD']}")
    number = pull_request(json.loads(pulls), os.environ["HEAD_SHA"])
    if number is None:
        print("The pull request is closed or has newer commits: there is nothing to say.")
        return 0
    pages = gh("api", "--paginate", "--slurp", f"{repository}/issues/{number}/comments")
    earlier = earlier_comment([entry for page in json.loads(pages) for entry in page])
    target = f"{repository}/issues/" + (f"comments/{earlier}" if earlier else f"{number}/comments")
    gh("api", "--method", "PATCH" if earlier else "POST", target, "--raw-field", f"body={text}", "--silent")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
