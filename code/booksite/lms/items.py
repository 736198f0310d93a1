"""An item as every format takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from booksite.quiz.values import Number


@dataclass(frozen=True)
class Answer:
    """An answer that the item knows.

    `value` is the words of a choice or of a left side of a match as a tree of `markup`, a number, or a tuple of whole
    numbers. The feedback is None where there is nothing to say; `partner` belongs to a left side.
    """

    value: Any
    right: bool
    feedback: Element | None = None
    partner: str = ""


@dataclass(frozen=True)
class Item:
    """A question.

    `name` is unique, and `category` is where it belongs: the title of a page, or a kind of problem. The kinds are
    `choice`, `multiple`, `number`, `shape`, `row` (of whole numbers) and `match`.
    """

    name: str
    category: str
    title: str
    kind: str
    question: Element
    answers: Sequence[Answer]
    explanation: Element
    tolerance: Number = 0
    partners: Sequence[str] = ()

    @property
    def right(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.right]


def spellings(kind: str, value: Sequence[int]) -> list[str]:
    """Write a shape or a row in the ways in which students type it; the first is the one to show.

    >>> spellings("shape", (30, 8))
    ['30×8', '30x8', '30 × 8', '30 x 8', '30, 8', '30,8', '(30, 8)', '(30,8)']
    >>> spellings("row", (1, -2))
    ['1, -2', '1,-2', '1 -2', '(1, -2)', '(1,-2)']
    """
    separators = ("×", "x", " × ", " x ", ", ", ",") if kind == "shape" else (", ", ",", " ")
    written = [separator.join(map(str, value)) for separator in separators]
    return list(dict.fromkeys([*written, *(f"({way})" for way in written if "," in way)]))


def by_category(items: Sequence[Item]) -> Mapping[str, list[Item]]:
    """Gather items by category, both in their order."""
    gathered: dict[str, list[Item]] = {}
    for item in items:
        gathered.setdefault(item.category, []).append(item)
    return gathered
