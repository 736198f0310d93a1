"""The book as every format takes it: parts with their chapters, and what a title page says."""

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bs4 import Tag

#: The name of the last chapter, which holds the solutions of all others.
SOLUTIONS = "solutions"


@dataclass
class Chapter:
    """A page of the site, or all solutions; its ids are unique in the book, and its links lead to ids of the book."""

    #: The chapter's name, such as ``arithmetic-padding``; also the id of its beginning.
    slug: str
    title: str
    content: Tag
    #: Where the page lies in the site, such as ``book/arithmetic/padding.html``; empty for the solutions.
    path: str = ""
    #: Id and title of each section that stands in the table of contents.
    sections: list[tuple[str, str]] = field(default_factory=list)


class Part(NamedTuple):
    """Chapters below one caption; the front page and the solutions are parts of their own, without a caption."""

    caption: str | None
    chapters: list[Chapter]


@dataclass
class Book:
    """All parts, and what a title page says."""

    site: Path
    title: str
    description: str
    copyright: str
    language: str
    #: A sentence in HTML.
    licence: str
    #: Where the site is published, with a slash at the end, if the site says so (``html_baseurl``).
    address: str | None
    #: Paths of the front page's style sheets in the site.
    styles: list[str]
    parts: list[Part]

    @property
    def chapters(self) -> list[Chapter]:
        return [chapter for part in self.parts for chapter in part.chapters]

    @property
    def imprint(self) -> str:
        """The paragraphs below the title: where the site is published, copyright and licence."""
        address = f'<p>On the web: <a href="{self.address}">{self.address}</a></p>' if self.address else ""
        return f"{address}<p>{html.escape(self.copyright)}</p><p>{self.licence}</p>"
