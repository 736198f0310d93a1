"""What must hold for every page of the built site: each check takes a page and returns what is wrong with it.

`test_checks.py` shows each of them a page on which it must find something.
"""

import functools
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from built import ROOT

_NOT_ALT = re.compile(
    r"^$|_images/|_static/|^[\w./%-]+\.(?:png|jpe?g|gif|svg|webp)$|^[0-9a-f]{16,}$|^(?:image|img|figure|plot|output)$",
    re.I,
)
_LEFTOVERS = re.compile(
    r"\{(?:glue|ref|numref|doc|eq|cite|math|term)[:\w]*\}|^:::+|\$\$|\$[^\s$][^$\n]*\$|\(\w+\)=\s*$", re.M
)
_AXE = ROOT / "node_modules/axe-core/axe.min.js"
_CODE = "pre, code, script, style, annotation, .katex"


def parse(html):
    """Parse a page, given as text or as a path."""
    return BeautifulSoup(html.read_text(encoding="utf-8") if isinstance(html, Path) else html, "html.parser")


def headings(soup):
    """There is one h1, and below it no level is left out."""
    levels = [int(heading.name[1]) for heading in soup.select("h1, h2, h3, h4, h5, h6")]
    faults = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of level 1"]
    return faults + [f"h{level} after h{above}" for above, level in pairwise(levels) if level > above + 1]


def alternative_texts(soup):
    """Pictures in the article say what there is to see; a file's name or hash does not."""
    texts = {
        image: image.get("alt", image.get("aria-label", ""))
        for image in soup.select("article img, article svg.drawing")
    }
    return [str(picture)[:120] for picture, text in texts.items() if _NOT_ALT.search(text.strip())]


def repeated_ids(soup):
    """No id stands twice."""
    return [name for name, times in Counter(element["id"] for element in soup.find_all(id=True)).items() if times > 1]


def markup_left_over(soup):
    """Every directive, role, formula and table outside of code is rendered."""
    article = BeautifulSoup(str(soup.find("article") or ""), "html.parser")
    for element in article.select(_CODE):
        element.decompose()
    rows = [text for p in article.find_all("p") if (text := p.get_text()).startswith("|") and text.count("|") > 2]
    return [match.strip() for match in _LEFTOVERS.findall(article.get_text("\n"))] + rows


def failures_shown(soup):
    """There is no output on standard error, and no traceback where no exception was announced."""
    announced = {id(output) for output in soup.select(".cell.tag_raises-exception .output.traceback")}
    outputs = soup.select(".output.stderr, .output.traceback")
    return [output.get_text()[:200] for output in outputs if id(output) not in announced]


def head(soup):
    """The page has a title, a description, a language and an icon."""
    parts = {
        "title": soup.title and soup.title.get_text(strip=True),
        "description": any(tag.get("content") for tag in soup.select('meta[name="description"]')),
        "language": soup.html and soup.html.get("lang"),
        "icon": soup.select_one('link[rel~="icon"]'),
    }
    return [f"no {name}" for name, part in parts.items() if not part]


#: The checks of a page by itself.
PAGE_CHECKS = (headings, alternative_texts, repeated_ids, markup_left_over, failures_shown, head)


def links(page, soup, site):
    """Links, pictures and downloads into the site arrive, at the anchor too; `page` is the file of the page."""
    faults = []
    addresses = [(tag, tag[attribute]) for attribute in ("href", "src") for tag in soup.find_all(**{attribute: True})]
    for tag, address in addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address in ("#", ""):
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.is_file():
            faults.append(f"{address}: no such file")
        elif site not in target.parents:
            faults.append(f"{address}: outside of the site")
        elif parts.fragment and tag.name == "a" and target.suffix == ".html":
            ids = anchors(target) if target != page else {element["id"] for element in soup.find_all(id=True)}
            if unquote(parts.fragment) not in ids:
                faults.append(f"{address}: no such anchor")
    return faults


@functools.cache
def anchors(page):
    """The ids of a page's file, which does not change during a test run."""
    return set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))


#: Of axe-core's rules those whose result another theme can change.
RULES_OF_COLOUR = ("color-contrast", "link-in-text-block")


def accessibility(tab, part=None, rules=None):
    """What axe-core finds in a part of the page that is shown, of any impact, by all its rules or some."""
    if not tab.evaluate("Boolean(window.axe)"):
        assert _AXE.is_file(), "run `make test`, which installs axe-core, or `npm ci`"
        tab.evaluate(_AXE.read_text("utf-8"))
    options = {"resultTypes": ["violations"]}
    # The size of a target is off by itself, since only WCAG 2.2 asks for it.
    options |= {"runOnly": rules} if rules else {"rules": {"target-size": {"enabled": True}}}
    options["preload"] = not tab.url.startswith("file:")  # from disk no script may read a style sheet
    found = tab.evaluate("([part, options]) => axe.run(part ?? document, options)", [part, options])
    return [
        f"{finding['impact']} {finding['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
        for finding in found["violations"]
        for node in finding["nodes"]
    ]


def accessibility_in_both_themes(tab, part=None):
    """What axe-core finds in a part of the page that is shown, light and dark."""
    faults = []
    for theme in ("light", "dark"):
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        faults += [f"{theme}: {fault}" for fault in accessibility(tab, part)]
    return faults
