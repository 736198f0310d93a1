"""What the writer of a notebook has to know about its page and the book."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from booksite.notebooks.addresses import Place


@dataclass
class PageContext:
    """A page: its cells' sources by number, its figures' numbers as Sphinx keeps them, and how numbers are written.

    The writer fills `files` (pictures and downloads beside the notebooks, with their sources below the book's root) and
    `cited` (the works that the page refers to, by their numbers).
    """

    docname: str
    place: Place
    book_title: str = ""
    sources: Sequence[str] = ()
    numbers: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    number_formats: Mapping[str, str] = field(default_factory=dict)
    notebooks: Collection[str] = ()
    with_solutions: bool = True
    files: dict[str, str] = field(default_factory=dict)
    cited: dict[int, str] = field(default_factory=dict)
