"""QTI 1.2 in a zip: one quiz for each page or kind of problem, with the metadata that Canvas goes by."""

import html
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from booksite.lms.items import Answer, Item, by_category, spellings
from booksite.lms.manifest import write_manifest
from booksite.lms.markup import to_html
from booksite.zip_files import zipped

NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"

TYPES = {
    "choice": "multiple_choice_question",
    "multiple": "multiple_answers_question",
    "number": "numerical_question",
    "shape": "short_answer_question",
    "row": "short_answer_question",
    "match": "matching_question",
}

#: Shown to whoever has it right.
_EXPLANATION = "explanation"


def write(items: Sequence[Item], title: str) -> bytes:
    """The quizzes and their manifest; each is called after the book and the page."""
    files: dict[str, bytes] = {}
    resources: dict[str, tuple[str, str, Sequence[str]]] = {}
    for number, (category, those) in enumerate(by_category(items).items(), 1):
        name = f"quiz-{number:02}"
        quiz = _quiz(name, f"{title}: {category}", those)
        files[f"{name}.xml"] = ElementTree.tostring(quiz, encoding="utf-8", xml_declaration=True)
        resources[name] = ("imsqti_xmlv1p2", f"{name}.xml", [])
    files["imsmanifest.xml"] = write_manifest(("IMS Content", "1.1.3"), resources)
    return zipped(files)


def _quiz(name: str, title: str, items: Sequence[Item]) -> Element:
    root = Element("questestinterop", xmlns=NAMESPACE)
    assessment = SubElement(root, "assessment", ident=name, title=title)
    section = SubElement(assessment, "section", ident="root_section")
    section.extend(map(_item, items))
    return root


def _item(item: Item) -> Element:
    element = Element("item", ident=item.name, title=item.title)
    metadata = SubElement(SubElement(element, "itemmetadata"), "qtimetadata")
    for label, entry in {"question_type": TYPES[item.kind], "points_possible": "1"}.items():
        field = SubElement(metadata, "qtimetadatafield")
        SubElement(field, "fieldlabel").text = label
        SubElement(field, "fieldentry").text = entry
    presentation = SubElement(element, "presentation")
    _material(presentation, to_html(item.question))
    presentation.extend(_responses(item))
    processing = SubElement(element, "resprocessing")
    score = {"maxvalue": "100", "minvalue": "0", "varname": "SCORE", "vartype": "Decimal"}
    SubElement(SubElement(processing, "outcomes"), "decvar", score)
    (_judge_pairs if item.kind == "match" else _judge)(processing, item)
    for number, answer in enumerate(item.answers):
        if answer.feedback is not None:
            _feedback(element, f"feedback-{number}", to_html(answer.feedback))
    _feedback(element, _EXPLANATION, to_html(item.explanation))
    return element


def _judge(processing: Element, item: Item) -> None:
    """Say what there is to say about an answer, then give the points."""
    for number, answer in enumerate(item.answers):
        if answer.feedback is not None:
            condition = SubElement(processing, "respcondition", {"continue": "Yes"})
            _says(SubElement(condition, "conditionvar"), item, number, answer)
            _show(condition, f"feedback-{number}")
    _give_all(processing, item)


def _judge_pairs(processing: Element, item: Item) -> None:
    """All pairs give all points, which shares do not add up to; else each gives its share, or brings its feedback.

    Canvas takes what it says of a pair from the last condition that names it: so what tells of all stands first.
    """
    _give_all(processing, item)
    for number, answer in enumerate(item.answers):
        pair, partner = _pair(item, number, answer)
        condition = SubElement(processing, "respcondition", {"continue": "Yes"})
        _equal(SubElement(condition, "conditionvar"), pair, partner)
        SubElement(condition, "setvar", action="Add", varname="SCORE").text = f"{100 / len(item.answers):.2f}"
        if answer.feedback is not None:
            condition = SubElement(processing, "respcondition", {"continue": "Yes"})
            _equal(SubElement(SubElement(condition, "conditionvar"), "not"), pair, partner)
            _show(condition, f"feedback-{number}")


def _give_all(processing: Element, item: Item) -> None:
    """All points and the explanation for whoever has it right, and no look at what follows."""
    condition = SubElement(processing, "respcondition", {"continue": "No"})
    _right(SubElement(condition, "conditionvar"), item)
    SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"
    _show(condition, _EXPLANATION)


def _material(parent: Element, words: str) -> None:
    SubElement(SubElement(parent, "material"), "mattext", texttype="text/html").text = words


def _responses(item: Item) -> Iterator[Element]:
    if item.kind == "match":
        for number, answer in enumerate(item.answers):
            response = Element("response_lid", ident=f"pair-{number}", rcardinality="Single")
            _material(response, to_html(answer.value))
            choices = SubElement(response, "render_choice")
            for place, partner in enumerate(item.partners):
                _material(SubElement(choices, "response_label", ident=f"partner-{place}"), html.escape(partner))
            yield response
    elif item.kind in ("choice", "multiple"):
        many = item.kind == "multiple"
        response = Element("response_lid", ident="response", rcardinality="Multiple" if many else "Single")
        choices = SubElement(response, "render_choice")
        for number, answer in enumerate(item.answers):
            _material(SubElement(choices, "response_label", ident=f"choice-{number}"), to_html(answer.value))
        yield response
    else:
        response = Element("response_str", ident="response", rcardinality="Single")
        field = SubElement(response, "render_fib", fibtype="Decimal" if item.kind == "number" else "String")
        SubElement(field, "response_label", ident="answer")
        yield response


def _equal(parent: Element, response: str, value: str) -> None:
    SubElement(parent, "varequal", respident=response).text = value


def _says(parent: Element, item: Item, number: int, answer: Answer) -> None:
    """The condition that a student gave this answer."""
    if item.kind in ("choice", "multiple"):
        _equal(parent, "response", f"choice-{number}")
        return
    either = SubElement(parent, "or")
    if item.kind == "number":
        _equal(either, "response", str(answer.value))
        both = SubElement(either, "and")
        SubElement(both, "vargte", respident="response").text = str(answer.value - item.tolerance)
        SubElement(both, "varlte", respident="response").text = str(answer.value + item.tolerance)
    else:
        for way in spellings(item.kind, answer.value):
            _equal(either, "response", way)


def _pair(item: Item, number: int, answer: Answer) -> tuple[str, str]:
    """The names of a left side's response and of its partner."""
    return f"pair-{number}", f"partner-{list(item.partners).index(answer.partner)}"


def _right(parent: Element, item: Item) -> None:
    """The condition that a student has it right."""
    if item.kind == "match":
        every = SubElement(parent, "and")
        for number, answer in enumerate(item.answers):
            _equal(every, *_pair(item, number, answer))
        return
    if item.kind != "multiple":
        number = next(number for number, answer in enumerate(item.answers) if answer.right)
        _says(parent, item, number, item.answers[number])
        return
    every = SubElement(parent, "and")
    for number, answer in enumerate(item.answers):
        _equal(every if answer.right else SubElement(every, "not"), "response", f"choice-{number}")


def _show(condition: Element, feedback: str) -> None:
    SubElement(condition, "displayfeedback", feedbacktype="Response", linkrefid=feedback)


def _feedback(parent: Element, name: str, words: str) -> None:
    _material(SubElement(SubElement(parent, "itemfeedback", ident=name), "flow_mat"), words)
