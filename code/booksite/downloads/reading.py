"""Reads the built site as one book: pages in the order of the contents, unique ids, links that know where they go.

Every id is unique in the whole book afterwards: ``padding`` on the page ``book/arithmetic/padding`` becomes
``arithmetic-padding--padding``. A link to a page or a place in the book is ``#`` and such an id, in every format.
"""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag

from booksite.downloads import DownloadError, cleaning
from booksite.downloads.book import SOLUTIONS, Book, Chapter, Part

#: Names of what the book has besides its pages: chapters in the PDF, files in the EPUB.
_RESERVED = (SOLUTIONS, "contents", "nav", "title")

#: A section title on more pages than this belongs to the frame of a page ("Summary") and stands in no contents.
_MOST_PAGES_OF_A_SECTION = 3

#: Attributes that name other elements, which are widgets of the screen or gone.
_REFERRING = ("aria-describedby", "aria-labelledby", "aria-controls", "for")


def read_book(site: Path) -> Book:
    """Read the built site; refuse one that lacks a page or a picture, or has a link inside the book to nowhere."""
    front = front_page_of(site)
    soup = _parse(site, front)
    contents = [(None, [front]), *_contents(soup, front)]
    slugs = _slugs([path for _, paths in contents for path in paths])
    canonical = _attribute(soup, "link[rel=canonical]", "href")
    address = canonical.removesuffix(front) if canonical.endswith(f"/{front}") else None
    parts = [Part(caption, [_read_page(site, path, slugs, address) for path in paths]) for caption, paths in contents]
    book = Book(
        site=site,
        title=parts[0].chapters[0].title,
        description=_attribute(soup, "meta[name=description]", "content"),
        copyright=_words(soup.select_one(".copyright")),
        language=_attribute(soup, "html", "lang") or "en",
        licence="".join(sentence.decode_contents() for sentence in soup.select(".extra_footer")),
        address=address,
        styles=[_resolve(front, link["href"])[0] for link in soup.select("link[rel=stylesheet]")],
        parts=parts,
    )
    for chapter, link in _dead_links(book.chapters):
        raise DownloadError(f"A link of the page {chapter.path} goes to {link['href']}, which does not exist.")
    solutions = [(chapter, cleaning.clean(chapter, address)) for chapter in book.chapters]
    _choose_sections(book.chapters)
    if last := _solutions_chapter(solutions):
        book.parts.append(Part(None, [last]))
    for _, link in _dead_links(book.chapters):  # to what works on screen only, such as a practice sheet
        link["href"] = link["href"].partition("--")[0]
    return book


def front_page_of(site: Path) -> str:
    """Give the path of the front page in the site: ``index.html`` sends readers there."""
    index = site / "index.html"
    if not index.is_file():
        raise DownloadError(f"There is no built site in {site}: run `make book` first.")
    refresh = _attribute(_parse(site, "index.html"), "meta[http-equiv=Refresh]", "content")
    return refresh.partition("url=")[2] or "index.html"


def page_paths(site: Path) -> list[str]:
    """The paths of all pages in the site, in the order of the contents."""
    front = front_page_of(site)
    return [front, *(path for _, paths in _contents(_parse(site, front), front) for path in paths)]


def _parse(site: Path, path: str) -> BeautifulSoup:
    file = site / path
    if not file.is_file():
        raise DownloadError(f"The contents of the site list {path}, which is not in {site}: run `make book` again.")
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


def _contents(soup: BeautifulSoup, front: str) -> list[tuple[str | None, list[str]]]:
    """Give the parts of the navigation: caption, and paths of pages in the site."""
    navigation = soup.select_one("nav.bd-links")
    if navigation is None:
        raise DownloadError("The front page of the site has no contents (nav.bd-links): run `make book` again.")
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    for element in navigation.select("p.caption, a.reference.internal"):
        if element.name == "p":
            parts.append((_words(element), []))
        else:
            parts[-1][1].append(_resolve(front, element["href"])[0])
    return [(caption, paths) for caption, paths in parts if paths]


def _slugs(paths: list[str]) -> dict[str, str]:
    """Name pages by their path without the folder that all share."""
    shared = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    slugs, owners = {}, dict.fromkeys(_RESERVED, "a part that the book adds itself")
    for path in paths:
        slug = posixpath.relpath(path, shared or ".").removesuffix(".html").replace("/", "-")
        # An EPUB may be unpacked on a disk that does not tell capital letters from small ones.
        owner = owners.setdefault(slug.casefold(), path)
        if owner != path:
            raise DownloadError(f"The page {path} would be called {slug} in the book, and so is {owner}: rename it.")
        slugs[path] = slug
    return slugs


def _attribute(soup: BeautifulSoup, selector: str, name: str) -> str:
    element = soup.select_one(selector)
    return element.get(name, "") if element else ""


def _words(element: Tag | None) -> str:
    return " ".join(element.get_text().split()) if element else ""


def _resolve(page: str, href: str) -> tuple[str, str]:
    """Split a link of a page into a path in the site and a fragment."""
    address, fragment = urldefrag(href)
    path = unquote(urlsplit(address).path)
    return (posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page), unquote(fragment)


def _read_page(site: Path, path: str, slugs: dict[str, str], address: str | None) -> Chapter:
    """Read a page and give it ids, links and pictures of the book."""
    article = _parse(site, path).select_one("article")
    heading = article and article.find("h1")
    if heading is None:
        raise DownloadError(f"The page {path} of the site has no article with a title: run `make book` again.")
    slug = slugs[path]
    for permalink in article.select("a.headerlink"):
        permalink.decompose()
    for element in article.find_all(True):
        if element.get("id"):
            element["id"] = f"{slug}--{element['id']}"
        for name in _REFERRING:
            element.attrs.pop(name, None)
        if element.name == "img":
            element["src"] = _picture(site, path, element["src"])
            element.attrs.pop("loading", None)
        elif element.name == "a" and element.get("href"):
            _relink(element, path, slugs, address)
    return Chapter(slug, _words(heading), article, path)


def _picture(site: Path, path: str, src: str) -> str:
    """Give the path of a picture in the site."""
    picture = _resolve(path, src)[0]
    if urlsplit(src).scheme or not (site / picture).is_file():
        raise DownloadError(f"The picture {src} of the page {path} is not in the site: run `make book` again.")
    return picture


def _relink(link: Tag, path: str, slugs: dict[str, str], address: str | None) -> None:
    """Point a link to its place in the book, or to the published site; where there is neither, leave its words."""
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


def _dead_links(chapters: Collection[Chapter]) -> Iterator[tuple[Chapter, Tag]]:
    """Give the links to ids that the book does not have, with their chapters."""
    ids = {element["id"] for chapter in chapters for element in chapter.content.find_all(id=True)}
    ids |= {chapter.slug for chapter in chapters}
    for chapter in chapters:
        for link in chapter.content.select("a[href^='#']"):
            if link["href"][1:] not in ids:
                yield chapter, link


def _choose_sections(chapters: list[Chapter]) -> None:
    """List the sections of each chapter that stand in the contents, without those that most pages have."""
    headings = [chapter.content.select("section[id] > h2") for chapter in chapters]
    pages_of = Counter(_words(heading) for of_chapter in headings for heading in of_chapter)
    for chapter, of_chapter in zip(chapters, headings, strict=True):
        titles = [(heading.parent["id"], _words(heading)) for heading in of_chapter]
        chapter.sections = [(id, title) for id, title in titles if pages_of[title] <= _MOST_PAGES_OF_A_SECTION]


def _solutions_chapter(solutions: list[tuple[Chapter, list[Tag]]]) -> Chapter | None:
    """Gather the solutions of all chapters in one, with a section for each chapter that has any."""
    soup = BeautifulSoup("<article><h1>Solutions</h1></article>", "html.parser")
    for chapter, elements in solutions:
        if elements:
            heading = soup.new_tag("h2")
            heading.append(soup.new_tag("a", href=f"#{chapter.slug}", string=chapter.title))
            section = soup.new_tag("section", id=f"{SOLUTIONS}--{chapter.slug}")
            section.extend([heading, *elements])
            soup.article.append(section)
    return Chapter(SOLUTIONS, "Solutions", soup.article) if soup.section else None
