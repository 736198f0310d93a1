"""Write the comment of a preview from the list that its first stage left, to standard output.

The list was made by the code of a pull request, so that anything may stand in it. Taken over are kinds of change and
names of pages that look like names, nothing else. It runs from main, with Python alone.
"""

import json
import os
import re
import sys
from pathlib import Path

MARK = "<!-- preview -->"  # by which the comment is found again
KINDS = ("added", "changed", "removed")
LARGEST = 1_000_000  # bytes
MOST = 200  # pages named in a comment

_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_./-]{0,150}\.html")


def read(path):
    """Pairs of kind and page.

    Raises
    ------
    ValueError
        If the file is not such a list.
    """
    path = Path(path)
    if path.is_symlink() or path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} is larger than {LARGEST} bytes, or no file of its own")
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, list):
        raise ValueError(f"{path.name} is no list")
    return [_checked(one) for one in content]


def _checked(one):
    kind, page = (one.get("kind"), one.get("page")) if isinstance(one, dict) else (None, None)
    if kind not in KINDS or not isinstance(page, str) or not _NAME.fullmatch(page):
        raise ValueError(f"{one!r:.200} is no change of a page; expected its kind, and a name such as book/intro.html")
    return kind, page


def comment(found, run):
    """The comment's text, in Markdown.

    Parameters
    ----------
    found : list of (str, str)
        Pairs of kind and page.
    run : str
        Address of the first stage's run, where what it built can be had.
    """
    count = {0: "no page differs", 1: "1 page differs"}.get(len(found), f"{len(found)} pages differ")
    lines = [MARK, f"**Preview: {count}.**", ""]
    lines += [f"- {kind}: `{page}`" for kind, page in found[:MOST]]
    if len(found) > MOST:
        lines.append(f"- and {len(found) - MOST} more")
    lines += [
        "",
        f"[Where to see them]({run}#artifacts): `changes.html` opens in the browser and shows the changed lines; "
        f"`preview` is the site, whose `index.html` is the same list with links.",
    ]
    return "\n".join(lines) + "\n"


def main(arguments):
    address = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{RUN}".format_map(os.environ)
    try:
        found = read(*arguments)
    except (ValueError, OSError) as error:
        return f"preview_comment.py: {error}"
    print(comment(found, address), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
