"""Pages of a built site: that each of the contents is there and ran to its end, and where its addresses lead."""

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from bs4 import BeautifulSoup

from booksite.lite import FOLDER as LITE
from booksite.theme.leftovers import EXTRA_PAGES, page_files

#: The first line of what Python prints when an exception ends a program.
TRACEBACK = "Traceback (most recent call last)"

#: What a page may link to on other sites.
SCHEMES = ("http", "https", "mailto")

#: Ends of names that no server on the Internet has.
_PRIVATE = ("localhost", "localdomain", "local", "internal", "lan", "home.arpa", "test", "invalid", "example")

#: Attributes with an address, and those relations of `link` elements for which a browser fetches nothing.
_ADDRESSES = {"href", "xlink:href", "src", "srcset", "poster", "data", "action", "formaction", "background", "ping"}
_NOT_FETCHED = {"author", "bookmark", "canonical", "help", "license", "me", "next", "prev", "search", "up"}

#: What style sheets, pictures and styles in a page fetch from other sites.
_FETCHED = re.compile(
    r"""(?:url\(\s*['"]?|@import\s*['"]|<(?:image|use|script|feImage)\b[^<>]*href\s*=\s*['"])"""
    r"""\s*((?:https?:)?//[^'")\s]+)""",
    re.IGNORECASE,
)

_FOREIGN = re.compile(r"(?:https?:)?[/\\]{2}", re.IGNORECASE)


class Address(NamedTuple):
    """An address on a page, by the element that has it; `fetched` if a browser follows it without a click."""

    tag: str
    text: str
    fetched: bool


@dataclass
class BuiltPage:
    """A file of the site with its name in it, its HTML, the addresses on it, anchors for links, and what it breaks."""

    path: Path
    name: str
    html: str
    links: list[Address] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    fault: str = ""


class _AddressReader(HTMLParser):
    """Collects addresses and anchors. A parser of its own, because a tree of every page would take a minute."""

    def __init__(self, page: BuiltPage) -> None:
        super().__init__()
        self.page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        relations = set(values.get("rel", "").lower().split())
        clicked = tag in ("a", "area") or (tag == "link" and relations and relations <= _NOT_FETCHED)
        for name in sorted(values.keys() & _ADDRESSES):
            texts = [text.split()[0] for text in values[name].split(",") if text.strip()]
            texts = texts if name == "srcset" else [values[name].strip()]
            self.page.links += [Address(tag, text, not (clicked and name == "href")) for text in texts]
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            target = re.search(r"url\s*=\s*['\"]?([^'\"]*)", values.get("content", ""), re.IGNORECASE)
            self.page.links.append(Address(tag, target[1].strip() if target else "", True))
        self.page.anchors |= {values[name] for name in ("id", "name" if tag == "a" else "id") if name in values}


def book_pages(site: Path) -> list[BuiltPage]:
    """Read every page of a site."""
    return [read_page(path, site) for path in page_files(site)]


def read_page(path: Path, site: Path) -> BuiltPage:
    """Read a file of HTML; one that is not UTF-8 or not HTML has a `fault`."""
    content = path.read_bytes()
    page = BuiltPage(path, path.relative_to(site).as_posix(), content.decode("utf-8", errors="replace"))
    try:
        content.decode("utf-8")
        _AddressReader(page).feed(page.html)
    except UnicodeDecodeError as error:
        page.fault = f"it is not UTF-8 at byte {error.start}"
    except AssertionError as error:  # of Python's parser
        page.fault = f"it is not HTML ({error})"
    return page


def pages_at_fault(pages: Collection[BuiltPage], contents: Collection[str]) -> Iterator[str]:
    """Find pages that cannot be read, that the contents have and the site lacks, and the other way round."""
    if not pages:
        yield "The site has no pages."
    yield from (f"{page.name}: the page cannot be read: {page.fault}." for page in pages if page.fault)
    if contents:
        expected, there = {f"{name}.html" for name in contents}, {page.name for page in pages}
        yield from (f"{name}: the page is in _toc.yml and not in the site." for name in sorted(expected - there))
        for name in sorted(there - expected - EXTRA_PAGES):
            yield f"{name}: the page is in the site and not in _toc.yml."


def failed_cells(pages: Iterable[BuiltPage]) -> Iterator[str]:
    """Find cells that ended with an unannounced exception, and tracebacks anywhere else on a page."""
    for page in pages:
        if page.fault or "traceback" not in page.html.lower():
            continue
        tree = BeautifulSoup(page.html, "html.parser")
        for announced in tree.select(".cell.tag_raises-exception .output"):
            announced.decompose()
        failures = tree.select(".output.traceback")
        for output in failures:
            lines = output.get_text().strip().splitlines() or ["no output"]
            yield f"{page.name}: a cell failed with “{lines[-1].strip()[:200]}”."
        if not failures and TRACEBACK in tree.get_text():
            yield f"{page.name}: a traceback is on the page, and no cell is tagged `raises-exception` for it."


def error_reports(site: Path) -> Iterator[str]:
    """Find what a build writes beside the pages when one of them did not run to its end."""
    for file in sorted((site / "reports").rglob("*")):
        if file.is_file():
            yield f"{file.relative_to(site).as_posix()}: the build left this report of a page that failed."


# --- addresses -------------------------------------------------------------------------------------------------------


def broken_links(pages: Iterable[BuiltPage], site: Path) -> Iterator[str]:
    """Find links, pictures and downloads of the site's own that lead nowhere, including their anchors."""
    pages_by_path = {page.path: page for page in pages}
    for page in pages_by_path.values():
        for tag, address, fetched in dict.fromkeys(page.links):
            fault = outward_fault(address, fetched=fetched) or _link_fault(page, tag, address, site, pages_by_path)
            if fault:
                yield f"{page.name}: the link {address} leads nowhere: {fault}."


def outward_fault(address: str, *, fetched: bool = False) -> str | None:
    """Say why no reader of a published site arrives at an address of another site; None for the site's own, too."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"it is not an address ({error})"
    if not parts.scheme + parts.netloc or (parts.scheme == "data" and fetched):
        return None
    if parts.scheme not in ("", *SCHEMES):
        return f"a page may link to {', '.join(SCHEMES)}, not to {parts.scheme}"
    if parts.scheme != "mailto" and _is_private(host or ""):
        return f"{host or 'it'} is no host that readers reach"
    return None


def _is_private(host: str) -> bool:
    """Whether a host is known on one machine or in one network only."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    try:
        return not ipaddress.ip_address(socket.inet_aton(host)).is_global  # short forms such as 127.1
    except (OSError, UnicodeEncodeError):
        name = host.lower().rstrip(".")
        return "." not in name or name.endswith(tuple(f".{end}" for end in _PRIVATE))


def _link_fault(page: BuiltPage, tag: str, address: str, site: Path, pages: dict[Path, BuiltPage]) -> str | None:
    """Say what is wrong with an address; None where it arrives, or leads to another site."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    try:
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if target.is_dir():
            target /= "index.html"
        if site not in target.parents:
            return "it leaves the site"
        if not target.is_file():
            return "there is no such file"
    except (OSError, ValueError) as error:
        return f"it is not the name of a file ({error})"
    for notebook in parse_qs(parts.query).get("path", []) if site / LITE in target.parents else []:
        if not (site / LITE / "files" / notebook).is_file():
            return f"JupyterLite has no {notebook}"
    anchor = unquote(parts.fragment)
    if tag == "a" and anchor and target in pages and anchor not in pages[target].anchors:
        return f"{pages[target].name} has no such anchor"
    return None


def foreign_parts(pages: Iterable[BuiltPage], site: Path) -> Iterator[str]:
    """Find what a reader's browser would fetch from another site without a click: scripts, styles, pictures, frames.

    JupyterLite is not searched: it loads Python from elsewhere, which the link to it says.
    """
    for page in [*pages, *(read_page(path, site) for path in sorted((site / "_downloads").rglob("*.html")))]:
        for tag, address, fetched in dict.fromkeys(page.links):
            if fetched and _FOREIGN.match(address):
                yield f"{page.name}: its `{tag}` comes from another site, {address}; take it into the book."
        yield from _fetched_by_styles(page.name, page.html)
    for file in sorted(site.rglob("*")):
        name = file.relative_to(site).as_posix()
        if file.suffix in (".css", ".svg") and file.is_file() and not name.startswith(f"{LITE}/"):
            yield from _fetched_by_styles(name, file.read_text("utf-8", errors="replace"))


def _fetched_by_styles(name: str, text: str) -> Iterator[str]:
    for address in dict.fromkeys(_FETCHED.findall(text)):
        yield f"{name}: a style or a part of a picture comes from another site, {address}; take it into the book."
