"""First stage of a preview: link the pages whose sources differ from main on a page of the site.

    python3 .github/scripts/changed_pages.py BASE SITE

``changed.html`` in SITE links them.
"""

import html
import subprocess
import sys
from pathlib import Path


def changed_sources(base: str) -> list[str]:
    """Sources of pages that exist now and differ from those of the commit `base`."""
    command = [
        "git",
        "-c",
        "core.quotepath=off",
        "diff",
        "--name-only",
        "--diff-filter=d",
        base,
        "HEAD",
        "--",
        "book/*.md",
    ]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def page_of_links(sources: list[str]) -> str:
    """HTML with a link to the page of each source."""
    pages = [html.escape(source.removesuffix(".md") + ".html") for source in sources]
    items = "".join(f'<li><a href="{page}">{page}</a></li>' for page in pages)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Changed pages</title><h1>Changed pages</h1>'
        f"<ul>{items}</ul></html>\n"
    )


def main(base: str, site: str) -> None:
    sources = changed_sources(base)
    Path(site, "changed.html").write_text(page_of_links(sources), encoding="utf-8")
    print(f"{len(sources)} pages differ from {base}")


if __name__ == "__main__":
    main(*sys.argv[1:])
