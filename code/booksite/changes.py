"""Which pages differ between two builds of the site: what a reviewer of a change reads first.

``python -m booksite.changes OLD NEW --landing`` makes the list the front page of the new site; ``--report FILE``
writes it, with the changed lines, as one file that opens by itself; ``--json FILE`` writes it for a program. Stamps of
commits and dates do not count, and neither does what carries the class ``build-stamp``, such as run times.
"""

import argparse
import dataclasses
import difflib
import hashlib
import html
import json
import re
import sys
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup

from booksite.downloads import DownloadError
from booksite.downloads.reading import front_page_of
from booksite.gate import book_pages

#: Differ from build to build although nothing was written: names of commits and of files by their content, and dates.
_STAMPS = re.compile(
    r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b"
    r"|\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_NOT_READ = "script, style, .headerlink, .build-stamp"
_BLOCKS = ["h1", "h2", "h3", "h4", "p", "li", "dt", "dd", "tr", "pre", "div", "figcaption", "summary"]
_KINDS = ("added", "changed", "removed")


@dataclasses.dataclass(frozen=True)
class Change:
    """A page that differs: its `kind` ("added", "changed" or "removed"), file, title, and lines of the difference."""

    kind: str
    page: str
    title: str
    lines: tuple = ()


@dataclasses.dataclass(frozen=True)
class _Content:
    title: str
    markup: str
    lines: tuple
    files: tuple


def changes(old, new):
    """Pages that differ between two built sites.

    Parameters
    ----------
    old, new : path
        Folders of the sites.

    Returns
    -------
    list of Change
        Added, then changed, then removed; by name.

    Raises
    ------
    FileNotFoundError
        If one of the folders holds no page.
    """
    before, after = _contents(old), _contents(new)
    added = [Change("added", name, after[name].title) for name in after if name not in before]
    changed = [
        Change("changed", name, after[name].title, _difference(before[name], after[name]))
        for name in after
        if name in before and (before[name].markup, before[name].files) != (after[name].markup, after[name].files)
    ]
    removed = [Change("removed", name, before[name].title) for name in before if name not in after]
    return added + changed + removed


def _contents(site):
    site = Path(site).resolve()
    pages = {page.name: _content(page, site) for page in book_pages(site) if page.name != "index.html"}
    if not pages:
        raise FileNotFoundError(f"{site} holds no page to compare; build the site first with `make book`")
    return pages


def _content(page, site):
    """What a reader sees of a page: its article, without stamps, and the content of the files that it shows."""
    tree = BeautifulSoup(page.html, "html.parser")
    article = tree.find("article") or tree
    for element in article.select(_NOT_READ):
        element.decompose()
    files = []
    for element in article.select("[src], a.download[href]"):
        attribute = "src" if element.has_attr("src") else "href"
        address = urlsplit(element[attribute])
        file = (page.path.parent / unquote(address.path)).resolve()
        if not address.scheme and site in file.parents and file.is_file():
            files.append(hashlib.sha256(re.sub(rb"<dc:date>[^<]*", b"", file.read_bytes())).hexdigest())
            element[attribute] = file.suffix  # its name may hold its digest
    heading, markup = article.find("h1"), str(article)
    for block in article.find_all(_BLOCKS):
        block.insert_after("\n")
    text = (" ".join(line.split()) for line in _STAMPS.sub("…", article.get_text()).splitlines())
    return _Content(
        title=" ".join(heading.get_text().split()) if heading else page.name,
        markup=_STAMPS.sub("…", markup),
        lines=tuple(line for line in text if line),
        files=tuple(files),
    )


def _difference(before, after):
    lines = difflib.unified_diff(before.lines, after.lines, n=0, lineterm="")
    found = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    if before.files != after.files:
        found.append("a figure or a download differs")
    return tuple(found or ["the markup differs, the words do not"])


# --- as a page and as data -------------------------------------------------------------------------------------------

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Changed pages</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ overflow: auto; white-space: pre-wrap; border-left: 3px solid; padding-left: 1rem }}
:root {{ color-scheme: light dark }}
</style>
</head>
<body>
<h1>Changed pages</h1>
{body}
</body>
</html>
"""


def as_html(found, *, front=None):
    """The list as one page of its own.

    Parameters
    ----------
    found : list of Change
    front : str, optional
        Where the pages lie beside the list, so that it can link to them, the path of the book's front page.
    """
    parts = []
    for kind in _KINDS:
        of_kind = [change for change in found if change.kind == kind]
        if of_kind:
            items = "\n".join(f"<li>{_item(change, links=front is not None)}</li>" for change in of_kind)
            parts.append(f"<h2>{kind.capitalize()}</h2>\n<ul>\n{items}\n</ul>")
    if not found:
        parts.append("<p>No page of the book differs.</p>")
    if front is not None:
        parts.append(f'<p><a href="{html.escape(quote(front))}">The front page of the book</a></p>')
    return _PAGE.format(body="\n".join(parts))


def _item(change, *, links):
    title, name = html.escape(change.title), html.escape(change.page)
    if links and change.kind != "removed":
        title = f'<a href="{html.escape(quote(change.page))}">{title}</a>'
    lines = html.escape("\n".join(change.lines))
    details = f"\n<details><summary>What differs</summary>\n<pre>{lines}</pre></details>" if lines else ""
    return f"{title} <small>{name}</small>{details}"


def as_json(found):
    """The list for a program; of each page's difference only the number of lines."""
    return json.dumps([dataclasses.asdict(change) | {"lines": len(change.lines)} for change in found], indent=1) + "\n"


def main(arguments=None):
    """List the pages that differ between two built sites; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m booksite.changes", description=main.__doc__)
    parser.add_argument("old", type=Path, metavar="OLD", help="the site as it was")
    parser.add_argument("new", type=Path, metavar="NEW", help="the site as it is")
    parser.add_argument("--landing", action="store_true", help="make the list the front page of NEW")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the list, with changed lines, as one page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the list for a program")
    options = parser.parse_args(arguments)
    try:
        found = changes(options.old, options.new)
        front = front_page_of(options.new) if options.landing else None
    except (FileNotFoundError, DownloadError) as error:
        print(f"booksite.changes: {error}", file=sys.stderr)
        return 1
    for change in found:
        print(f"{change.kind:8} {change.page}")
    print(f"{len(found)} page differs" if len(found) == 1 else f"{len(found)} pages differ")
    if options.landing:
        Path(options.new, "index.html").write_text(as_html(found, front=front), encoding="utf-8")
    if options.report:
        options.report.write_text(as_html(found), encoding="utf-8")
    if options.json:
        options.json.write_text(as_json(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
