"""Reads the questions of the built site: what a page shows, and the key that its script judges by."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from bs4 import Tag

from booksite.downloads import reading
from booksite.lms import LmsError
from booksite.lms.items import Answer, Item
from booksite.lms.markup import add_text, cut, joined, paragraphs, plain, to_text, words_of

_ITEM = r'<fieldset\b[^>]*\bclass="quiz-item".*?</fieldset>'
_TITLE = r"<h1>.*?</h1>"
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')


def read_items(site: Path) -> list[Item]:
    """The questions of a built site that stand alone, in the order of the book."""
    items = [item for path in reading.page_paths(site) for item in items_on((site / path).read_text("utf-8"))]
    if not items:
        raise LmsError(f"The site in {site} has no questions.")
    return items


def title_of(site: Path) -> str:
    """The title of the book, which is that of its front page."""
    return plain(_front(site), _TITLE)


def address_of(site: Path) -> str:
    """Where the site is published, with a slash at its end; empty if it does not say."""
    front = reading.front_page_of(site)
    canonical = _CANONICAL.search(_front(site))
    return canonical[1].removesuffix(front) if canonical else ""


def _front(site: Path) -> str:
    return (site / reading.front_page_of(site)).read_text("utf-8")


def items_on(page: str) -> Iterator[Item]:
    """The questions of a page, given as its HTML, without those that speak of something else on it."""
    title = plain(page, _TITLE)
    canonical = _CANONICAL.search(page)
    for field in cut(page, _ITEM):
        if not field.select_one('.quiz-question a[href^="#"]'):
            yield _item(field, title, canonical[1] if canonical else "")


def _item(field: Tag, title: str, address: str) -> Item:
    kind, key = str(field["data-kind"]), json.loads(base64.b64decode(str(field["data-key"])))
    feedback = {
        int(index): words_of(note.select_one(".quiz-note-text"), address)
        for note in field.select("[data-note]")
        for index in str(note["data-note"]).split()
    }
    partners = [words.get_text() for words in field.select(".quiz-partner, .quiz-partners li")]
    answers = list(_answers(field, kind, key, feedback, partners, address))
    return Item(
        name=str(field["id"]),
        category=title,
        title=f"{title}: {field.select_one('.quiz-name').get_text()}",
        kind=kind,
        question=joined(words_of(field.select_one(".quiz-question"), address), _hint(field)),
        answers=answers,
        explanation=words_of(field.select_one(".quiz-explanation"), address),
        tolerance=key.get("tolerance", 0),
        partners=partners,
    )


def _answers(
    field: Tag, kind: str, key: dict[str, Any], feedback: dict[int, Element], partners: list[str], address: str
) -> Iterator[Answer]:
    if kind in ("choice", "multiple"):
        for index, words in enumerate(field.select(".quiz-text")):
            if cell := words.find_previous_sibling(class_="quiz-letter") if field.select(".quiz-cells") else None:
                words.insert(0, f"{cell.get_text()}: ")
            yield Answer(words_of(words, address), index in key["right"], feedback.get(index))
    elif kind == "match":
        for index, label in enumerate(field.select(".quiz-pair label")):
            label.select_one(".quiz-unseen").decompose()
            yield Answer(words_of(label, address), True, feedback.get(index), partners[key["right"][index]])
    else:
        read = tuple if kind == "shape" else (lambda number: number)
        yield Answer(read(key["answer"]), True)
        for index, value in enumerate(key["wrong"]):
            yield Answer(read(value), False, feedback.get(index))


def _hint(field: Tag) -> Element | None:
    """How to write an answer that is typed, and its unit."""
    if not (hint := field.select_one(".quiz-hint")):
        return None
    unit = words_of(field.select_one(".quiz-unit"))
    words = paragraphs(hint.get_text())
    if to_text(unit):
        add_text(words[0], f" Unit: {to_text(unit)}.")
    return words
