"""What must hold for every page of the built site: each check takes a page and returns what is wrong with it.

`test_checks.py` shows each of them a page on which it must find something.
"""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

_NOT_ALT = re.compile(
    r"^$|_images/|_static/|^[\w./%-]+\.(?:png|jpe?g|gif|svg|webp)$|^[0-9a-f]{16,}$|^(?:image|img|figure|plot|output)$",
    re.I,
)
_LEFTOVERS = re.compile(
    r"\{(?:glue|ref|numref|doc|eq|cite|math|term)[:\w]*\}|^:::+|\$\$|\$[^\s$][^$\n]*\$|\(\w+\)=\s*$", re.M
)
_CODE = "pre, code, script, style, annotation, .katex"


def parse(html):
    """Parse a page, given as text or as a path."""
    return BeautifulSoup(html.read_text(encoding="utf-8") if isinstance(html, Path) else html, "html.parser")


def headings(soup):
    """One h1, and no level left out below it."""
    levels = [int(heading.name[1]) for heading in soup.select("h1, h2, h3, h4, h5, h6")]
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of level 1"]
    return found + [f"h{now} after h{last}" for last, now in pairwise(levels) if now > last + 1]


def alternative_texts(soup):
    """Pictures in the article say what is to be seen; not a file's name or hash."""
    return [str(image)[:120] for image in soup.select("article img") if _NOT_ALT.search(image.get("alt", "").strip())]


def repeated_ids(soup):
    """No id twice."""
    return [name for name, times in Counter(element["id"] for element in soup.find_all(id=True)).items() if times > 1]


def markup_left_over(soup):
    """No directive, role or formula that was not rendered, outside of code."""
    article = BeautifulSoup(str(soup.find("article") or ""), "html.parser")
    for element in article.select(_CODE):
        element.decompose()
    found = [match.strip() for match in _LEFTOVERS.findall(article.get_text("\n"))]
    # A table row that stayed text.
    return found + [
        text for p in article.find_all("p") if (text := p.get_text()).startswith("|") and text.count("|") > 2
    ]


def failures_shown(soup):
    """No output on standard error, and no traceback where no exception was announced."""
    announced = soup.select(".cell.tag_raises-exception .output.traceback")
    outputs = soup.select(".output.stderr, .output.traceback")
    return [output.get_text()[:200] for output in outputs if not any(output is one for one in announced)]


def head(soup):
    """A title, a description, a language and an icon."""
    wanted = {
        "title": soup.title and soup.title.get_text(strip=True),
        "description": any(tag.get("content") for tag in soup.select('meta[name="description"]')),
        "language": soup.html and soup.html.get("lang"),
        "icon": soup.select_one('link[rel~="icon"]'),
    }
    return [f"no {name}" for name, there in wanted.items() if not there]


def links(page, soup, site):
    """Links, pictures and downloads that lead into the site arrive, at the anchor too.

    Parameters
    ----------
    page : Path
        The page's file.
    soup : BeautifulSoup
    site : Path
        The folder of the site.
    """
    found = []
    for element, attribute in [(one, "href") for one in soup.find_all(href=True)] + [
        (one, "src") for one in soup.find_all(src=True)
    ]:
        address = urlsplit(element[attribute])
        if address.scheme or address.netloc or element[attribute] in ("#", ""):
            continue
        target = (page.parent / unquote(address.path)).resolve() if address.path else page
        if not target.is_file():
            found.append(f"{element[attribute]}: no such file")
        elif site not in target.parents:
            found.append(f"{element[attribute]}: outside of the site")
        elif address.fragment and element.name == "a" and target.suffix == ".html":
            ids = anchors(target) if target != page else {one["id"] for one in soup.find_all(id=True)}
            if unquote(address.fragment) not in ids:
                found.append(f"{element[attribute]}: no such anchor")
    return found


def anchors(page, _known={}):  # noqa: B006 (a cache: pages do not change during a test run)
    """The ids of a page's file."""
    if page not in _known:
        _known[page] = set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))
    return _known[page]
