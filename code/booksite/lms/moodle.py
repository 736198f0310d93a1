"""Moodle XML, the format in which Moodle imports and exports its bank of questions."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from booksite.lms.items import Answer, Item, by_category, spellings
from booksite.lms.markup import joined, rich, to_html, to_text

#: What each kind is called there.
TYPES = {
    "choice": "multichoice",
    "multiple": "multichoice",
    "number": "numerical",
    "shape": "shortanswer",
    "row": "shortanswer",
    "match": "matching",
}


def write(items: Sequence[Item], title: str) -> bytes:
    """All items, each in the category of its page below one with the title of the book."""
    quiz = Element("quiz")
    for category, those in by_category(items).items():
        question = SubElement(quiz, "question", type="category")
        _text(question, "category", f"$course$/top/{_level(title)}/{_level(category)}", format=None)
        quiz.extend(map(_question, those))
    for question in quiz:
        question.tail = "\n"
    return ElementTree.tostring(quiz, encoding="utf-8", xml_declaration=True)


def _level(name: str) -> str:
    """A slash parts the levels of a category; doubled, it is a sign of its name."""
    return name.replace("/", "//")


def _text(parent: Element, tag: str, text: str, *, format: str | None = "html", **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes | ({"format": format} if format else {}))
    SubElement(element, "text").text = text
    return element


def _question(item: Item) -> Element:
    question = Element("question", type=TYPES[item.kind])
    _text(question, "name", item.title, format=None)
    _text(question, "questiontext", to_html(item.question))
    _text(question, "generalfeedback", to_html(joined(item.explanation, _matched_otherwise(item))))
    settings: dict[str, Any] = {"defaultgrade": 1, "penalty": "0.3333333", "hidden": 0, "idnumber": item.name}
    if item.kind in ("choice", "multiple"):
        settings |= {"single": str(item.kind == "choice").lower(), "shuffleanswers": "false", "answernumbering": "ABCD"}
    elif item.kind == "match":
        settings["shuffleanswers"] = "true"
    elif item.kind != "number":
        settings["usecase"] = 0
    for name, value in settings.items():
        SubElement(question, name).text = str(value)
    for answer in item.answers:
        if item.kind == "match":
            pair = _text(question, "subquestion", to_html(answer.value))
            _text(pair, "answer", answer.partner, format=None)
        else:
            _answer(question, item, answer)
    if item.kind == "number":
        for name, value in {"unitgradingtype": 0, "unitpenalty": "0.1", "showunits": 3, "unitsleft": 0}.items():
            SubElement(question, name).text = str(value)
    return question


def _answer(question: Element, item: Item, answer: Answer) -> None:
    if item.kind in ("choice", "multiple"):
        element = _text(question, "answer", to_html(answer.value), fraction=_fraction(item, answer))
        _text(element, "feedback", to_html(answer.feedback))
        return
    typed = [str(answer.value)] if item.kind == "number" else spellings(item.kind, answer.value)
    for way in typed:
        fraction = "100" if answer.right else "0"
        element = _text(question, "answer", way, format="moodle_auto_format", fraction=fraction)
        _text(element, "feedback", to_html(answer.feedback))
        if item.kind == "number":
            SubElement(element, "tolerance").text = str(item.tolerance)


def _fraction(item: Item, answer: Answer) -> str:
    """The share of the mark in percent, with the decimals that Moodle knows: all right choices are worth 100, and
    all wrong ones, where several may be chosen, take as much away."""
    if item.kind == "choice" and not answer.right:
        return "0"
    same = sum(other.right == answer.right for other in item.answers)
    share = f"{100 / same:.5f}".rstrip("0").rstrip(".")
    return share if answer.right else f"-{share}"


def _matched_otherwise(item: Item) -> Element | None:
    """Moodle has no feedback for a pair: what is said to whoever matches it otherwise stands below the explanation."""
    if item.kind != "match":
        return None
    notes = Element("div")
    listed = SubElement(notes, "ul")
    for answer in item.answers:
        note = SubElement(listed, "li")
        note.append(rich("strong", f"{to_text(answer.value)}: "))
        note.extend(joined(answer.feedback))
    return notes
