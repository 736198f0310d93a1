"""The built site as one book: pages in the order of the contents, one space of ids, links that know where they go.

Every id is unique in the whole book afterwards: ``padding`` on the page ``book/arithmetic/padding`` becomes
``arithmetic-padding--padding``. A link to a page or a place in the book is ``#`` and such an id, in every format.
"""

import copy
import html
import posixpath
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from bs4 import BeautifulSoup

from booksite.downloads import DownloadError, cleaning

#: The last chapter's name in the book.
SOLUTIONS = "solutions"

#: Names of what the book has besides its pages: chapters in the PDF, files in the EPUB.
_TAKEN = (SOLUTIONS, "contents", "nav", "title")

#: A section's title that more pages have belongs to the frame of a page ("Summary"), and stands in no contents.
_PAGES_OF_A_TITLE = 3

#: Attributes that name other elements; what they name is a widget of the screen, or gone.
_NAMING = ("aria-describedby", "aria-labelledby", "aria-controls", "for")


@dataclass
class Page:
    """One page of the book.

    Attributes
    ----------
    path : str
        Where it lies in the site, such as ``book/arithmetic/padding.html``.
    slug : str
        Its name in the book, such as ``arithmetic-padding``; also the id of its beginning.
    title : str
    content : bs4.Tag
        The article, cleaned.
    solutions : list of bs4.Tag
        What was taken out of the article for the end of the book, in order.
    """

    path: str
    slug: str
    title: str
    content: object
    solutions: list = field(default_factory=list)


@dataclass
class Book:
    """All pages, and what a title page says.

    Attributes
    ----------
    site : Path
    title, description, copyright, language : str
    licence : bs4.Tag or None
        A sentence with links.
    address : str or None
        Where the site is published, with a slash at the end, if the site says so (``html_baseurl``).
    styles : list of str
        Style sheets of the front page, below the site.
    parts : list of (str, list of Page)
        The front page is a part of its own, without a caption.
    """

    site: Path
    title: str
    description: str
    copyright: str
    language: str
    licence: object
    address: str | None
    styles: list
    parts: list

    @property
    def pages(self):
        return [page for _, pages in self.parts for page in pages]


def read_book(site):
    """Read the built site.

    Parameters
    ----------
    site : path
        The folder with ``index.html``.

    Returns
    -------
    Book

    Raises
    ------
    DownloadError
        There is no site, a page of the contents is missing, two pages would have one name in the book, or a link
        inside the book goes nowhere.
    """
    site = Path(site)
    front = front_page_of(site)
    soup = _parse(site, front)
    entries = [(None, [front])] + [
        (caption, [_resolve(front, link["href"])[0] for link in links]) for caption, links in _contents(soup)
    ]
    paths = [path for _, group in entries for path in group]
    slugs = _slugs(paths)
    address = _address(soup, front)
    parts, targets = [], set(slugs.values())
    for caption, group in entries:
        pages = []
        for path in group:
            page = _read_page(site, path, slugs, address)
            targets.update(element["id"] for element in page.content.find_all(id=True))
            pages.append(page)
        parts.append((caption, pages))
    book = Book(
        site=site,
        title=parts[0][1][0].title,
        description=_meta(soup, "description"),
        copyright=" ".join(_text(soup.select_one(".copyright")).split()),
        language=soup.html.get("lang", "en"),
        licence=soup.select_one(".extra_footer"),
        address=address,
        styles=[_resolve(front, link["href"])[0] for link in soup.select("link[rel=stylesheet]")],
        parts=parts,
    )
    _check_links(book, targets)
    for page in book.pages:
        cleaning.clean(page, address)
    _forgive_links_to_what_was_dropped(book)
    return book


def front_page_of(site):
    """Give the path of the front page below the site: ``index.html`` sends readers there.

    Raises
    ------
    DownloadError
        There is no built site in the folder.
    """
    index = Path(site, "index.html")
    if not index.is_file():
        raise DownloadError(f"There is no built site in {site}: run `make book` first.")
    refresh = BeautifulSoup(index.read_text("utf-8"), "html.parser").find("meta", attrs={"http-equiv": "Refresh"})
    return refresh["content"].partition("url=")[2] if refresh else "index.html"


def _parse(site, path):
    file = Path(site, path)
    if not file.is_file():
        raise DownloadError(
            f"The contents of the site list {path}, and {site} does not hold it: run `make book` again."
        )
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


def _contents(soup):
    """Give the parts of the navigation: caption and links."""
    navigation = soup.select_one("nav.bd-links")
    if navigation is None:
        raise DownloadError("The front page of the site has no contents (nav.bd-links): run `make book` again.")
    parts = []
    for element in navigation.select("p.caption, a.reference.internal"):
        if element.name == "p":
            parts.append((_text(element).strip(), []))
        else:
            if not parts:
                parts.append((None, []))
            parts[-1][1].append(element)
    return [(caption, links) for caption, links in parts if links]


def _slugs(paths):
    """Name pages by their path without the folder that all share.

    >>> _slugs(["book/intro.html", "book/arithmetic/padding.html"])
    {'book/intro.html': 'intro', 'book/arithmetic/padding.html': 'arithmetic-padding'}
    """
    shared = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    slugs, owners = {}, dict.fromkeys(_TAKEN, "a part that the book adds itself")
    for path in paths:
        slug = posixpath.relpath(path, shared or ".").removesuffix(".html").replace("/", "-")
        # An EPUB may be unpacked where capital letters make no other file.
        owner = owners.setdefault(slug.casefold(), path)
        if owner != path:
            raise DownloadError(f"The page {path} would have the name {slug} in the book, as {owner} has: rename it.")
        slugs[path] = slug
    return slugs


def _address(soup, front):
    """Find where the site is published: the front page's own address without its path."""
    canonical = soup.find("link", rel="canonical")
    address = canonical["href"] if canonical else ""
    return address.removesuffix(front) if address.endswith("/" + front) else None


def _meta(soup, name):
    element = soup.find("meta", attrs={"name": name})
    return element["content"] if element else ""


def _text(element):
    return element.get_text() if element else ""


def _resolve(page, href):
    """Split a link of a page into a path below the site and a fragment; the page itself has an empty path in `href`.

    >>> _resolve("book/review/practice.html", "../intro.html?v=3#front")
    ('book/intro.html', 'front')
    >>> _resolve("book/intro.html", "#front")
    ('book/intro.html', 'front')
    """
    address, fragment = urldefrag(href)
    path = unquote(urlsplit(address).path)
    return (posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page), unquote(fragment)


def _read_page(site, path, slugs, address):
    """Read a page and bring its ids, links and pictures into the book's space."""
    article = _parse(site, path).select_one("article")
    heading = article and article.find("h1")
    if heading is None:
        raise DownloadError(f"The page {path} of the site has no article with a title: run `make book` again.")
    slug = slugs[path]
    # A mark that the theme puts behind every heading.
    for mark in article.select("a.headerlink"):
        mark.decompose()
    for element in article.find_all(True):
        if element.get("id"):
            element["id"] = f"{slug}--{element['id']}"
        for name in _NAMING:
            element.attrs.pop(name, None)
        if element.name == "img":
            element["src"] = _picture(site, path, element["src"])
            element.attrs.pop("loading", None)
        elif element.name == "a" and element.get("href"):
            _relink(element, path, slugs, address)
    return Page(path, slug, heading.get_text().strip(), article)


def _picture(site, path, src):
    """Give the path of a picture below the site; data in the page stays as it is."""
    if src.startswith("data:"):
        return src
    picture = _resolve(path, src)[0]
    if urlsplit(src).netloc or not Path(site, picture).is_file():
        raise DownloadError(f"The picture {src} of the page {path} is not in the site: run `make book` again.")
    return picture


def _relink(link, path, slugs, address):
    """Point a link to the book's own place; to the published site for what is no page; else take it away."""
    href = link["href"]
    if urlsplit(href).scheme or href.startswith("//"):
        return
    target, fragment = _resolve(path, href)
    if target in slugs:
        link["href"] = f"#{slugs[target]}--{fragment}" if fragment else f"#{slugs[target]}"
    elif address:
        link["href"] = address + target
    else:
        link.name, link.attrs = "span", {key: link[key] for key in ("id", "class") if link.get(key)}


def _check_links(book, targets):
    for page in book.pages:
        for link in page.content.select("a[href^='#']"):
            if link["href"][1:] not in targets:
                raise DownloadError(
                    f"A link of the page {page.path} goes to {link['href']}, and there is no such place."
                )


def _forgive_links_to_what_was_dropped(book):
    """Send links to what is only on screen, such as a practice sheet, to the beginning of its page."""
    contents = [one for page in book.pages for one in (page.content, *page.solutions)]
    kept = {
        element["id"] for content in contents for element in [content, *content.find_all(id=True)] if element.get("id")
    }
    for content in contents:
        for link in content.select("a[href^='#']"):
            name = link["href"][1:]
            if name not in kept:
                link["href"] = "#" + name.partition("--")[0]


def own_sections(book, page):
    """List the sections of a page that are its own: pairs of id and title, without those that most pages have."""
    counted = Counter(title for other in book.pages for _, title in _sections(other))
    return [(target, title) for target, title in _sections(page) if counted[title] <= _PAGES_OF_A_TITLE]


def _sections(page):
    found = []
    for heading in page.content.find_all("h2"):
        if heading.parent.name == "section" and heading.parent.get("id"):
            found.append((heading.parent["id"], heading.get_text().strip()))
    return found


def solutions_chapter(book):
    """Gather the solutions of all pages in one chapter; None where there are none.

    Returns
    -------
    bs4.Tag or None
        A section for each page that has solutions, named by the page's title.
    """
    soup = BeautifulSoup("<article><h1>Solutions</h1></article>", "html.parser")
    for page in book.pages:
        if page.solutions:
            heading = f'<h2><a href="#{page.slug}">{html.escape(page.title)}</a></h2>'
            section = f'<section id="{SOLUTIONS}--{page.slug}">{heading}</section>'
            section = BeautifulSoup(section, "html.parser").section.extract()
            section.extend(copy.copy(solution) for solution in page.solutions)
            soup.article.append(section)
    return soup.article.extract() if soup.article.section else None
