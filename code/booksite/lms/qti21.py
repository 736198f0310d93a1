"""QTI 2.1 in a zip: a file for each item, a test with a section for each page, a manifest. Formulas are MathML."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from booksite.lms.items import Answer, Item, by_category, spellings
from booksite.lms.manifest import write_manifest
from booksite.lms.markup import with_mathml
from booksite.zip_files import zipped

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"

#: Shown to whoever has it right.
_EXPLANATION = "explanation"


def write(items: Sequence[Item], title: str) -> bytes:
    """The items, the test and the manifest of a package; `title` is that of the test."""
    files = {f"items/{item.name}.xml": _bytes(_item(item)) for item in items}
    files["test.xml"] = _bytes(_test(items, title))
    resources: dict[str, tuple[str, str, Sequence[str]]] = {
        item.name: ("imsqti_item_xmlv2p1", f"items/{item.name}.xml", []) for item in items
    }
    resources["test"] = ("imsqti_test_xmlv2p1", "test.xml", [item.name for item in items])
    files["imsmanifest.xml"] = write_manifest(("QTIv2.1 Package", "1.0.0"), resources)
    return zipped(files)


def _bytes(root: Element) -> bytes:
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _test(items: Sequence[Item], title: str) -> Element:
    test = Element("assessmentTest", xmlns=NAMESPACE, identifier="test", title=title)
    part = SubElement(test, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
    for number, (category, those) in enumerate(by_category(items).items(), 1):
        section = SubElement(part, "assessmentSection", identifier=f"section-{number}", title=category, visible="true")
        for item in those:
            SubElement(section, "assessmentItemRef", identifier=item.name, href=f"items/{item.name}.xml")
    return test


def _item(item: Item) -> Element:
    root = Element(
        "assessmentItem", xmlns=NAMESPACE, identifier=item.name, title=item.title, adaptive="false",
        timeDependent="false",
    )  # fmt: skip
    root.append(_declaration(item))
    _outcome(root, "SCORE", "single", "float", "0")
    _outcome(root, "FEEDBACK", "multiple", "identifier")
    body = SubElement(root, "itemBody")
    body.append(with_mathml(item.question))
    body.append(_interaction(item))
    processing = SubElement(root, "responseProcessing")
    for rule in _pairs(item) if item.kind == "match" else _rules(item):
        processing.append(rule)
    for number, answer in enumerate(item.answers):
        if answer.feedback is not None:
            _modal(root, f"feedback-{number}", answer.feedback)
    _modal(root, _EXPLANATION, item.explanation)
    return root


def _type(item: Item) -> str:
    """The type of a response."""
    if item.kind == "number":
        whole = not item.tolerance and all(isinstance(answer.value, int) for answer in item.answers)
        return "integer" if whole else "float"
    return {"choice": "identifier", "multiple": "identifier", "match": "directedPair"}.get(item.kind, "string")


def _declaration(item: Item) -> Element:
    cardinality = "multiple" if item.kind in ("multiple", "match") else "single"
    declaration = Element(
        "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType=_type(item)
    )  # fmt: skip
    correct = SubElement(declaration, "correctResponse")
    for number, answer in enumerate(item.answers):
        if answer.right:
            SubElement(correct, "value").text = _written(item, number, answer)[0]
    return declaration


def _written(item: Item, number: int, answer: Answer) -> list[str]:
    """An answer as a response has it, in all spellings."""
    if item.kind in ("choice", "multiple"):
        return [f"choice-{number}"]
    if item.kind == "match":
        return [f"side-{number} partner-{list(item.partners).index(answer.partner)}"]
    return [str(answer.value)] if item.kind == "number" else spellings(item.kind, answer.value)


def _outcome(root: Element, name: str, cardinality: str, base_type: str, default: str | None = None) -> None:
    outcome = SubElement(root, "outcomeDeclaration", identifier=name, cardinality=cardinality, baseType=base_type)
    if default is not None:
        SubElement(SubElement(outcome, "defaultValue"), "value").text = default


def _interaction(item: Item) -> Element:
    if item.kind in ("choice", "multiple"):
        most = "1" if item.kind == "choice" else "0"  # 0: as many as there are
        choices = Element("choiceInteraction", responseIdentifier="RESPONSE", shuffle="false", maxChoices=most)
        for number, answer in enumerate(item.answers):
            SubElement(choices, "simpleChoice", identifier=f"choice-{number}").append(with_mathml(answer.value))
        return choices
    if item.kind == "match":
        most = str(len(item.answers))
        match = Element("matchInteraction", responseIdentifier="RESPONSE", shuffle="false", maxAssociations=most)
        sides, partners = SubElement(match, "simpleMatchSet"), SubElement(match, "simpleMatchSet")
        for number, answer in enumerate(item.answers):
            side = SubElement(sides, "simpleAssociableChoice", identifier=f"side-{number}", matchMax="1")
            side.append(with_mathml(answer.value))
        for number, partner in enumerate(item.partners):
            choice = SubElement(partners, "simpleAssociableChoice", identifier=f"partner-{number}", matchMax=most)
            choice.text = partner
        return match
    line = Element("p")
    SubElement(line, "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="20")
    return line


# --- what a response brings -------------------------------------------------------------------------------------------


def _rules(item: Item) -> Iterator[Element]:
    """Feedback of each answer that was given; then, if the response is right, the point and the explanation."""
    for number, answer in enumerate(item.answers):
        if answer.feedback is not None:
            yield _if(_gave(item, number, answer), _shows(f"feedback-{number}"))
    yield _if(_right(item), _shows(_EXPLANATION), _point())


def _pairs(item: Item) -> Iterator[Element]:
    """Feedback of each pair that is not found; the point for all of them."""
    for number, answer in enumerate(item.answers):
        if answer.feedback is not None:
            missing = Element("not")
            member = SubElement(missing, "member")
            _value(member, "directedPair", _written(item, number, answer)[0])
            SubElement(member, "variable", identifier="RESPONSE")
            yield _if(missing, _shows(f"feedback-{number}"))
    yield _if(_match(), _shows(_EXPLANATION), _point())


def _right(item: Item) -> Element:
    if item.kind in ("choice", "multiple"):
        return _match()
    number = next(number for number, answer in enumerate(item.answers) if answer.right)
    return _gave(item, number, item.answers[number])


def _match() -> Element:
    same = Element("match")
    SubElement(same, "variable", identifier="RESPONSE")
    SubElement(same, "correct", identifier="RESPONSE")
    return same


def _gave(item: Item, number: int, answer: Answer) -> Element:
    """The condition that the response is, or holds, this answer."""
    written = _written(item, number, answer)
    if item.kind == "multiple":
        member = Element("member")
        _value(member, "identifier", written[0])
        SubElement(member, "variable", identifier="RESPONSE")
        return member
    if item.tolerance:
        both = Element("and")
        for sign, bound in (("gte", answer.value - item.tolerance), ("lte", answer.value + item.tolerance)):
            _compare(SubElement(both, sign), "float", str(bound))
        return both
    if item.kind in ("choice", "number"):
        same = Element("match") if item.kind == "choice" else Element("equal", toleranceMode="exact")
        return _compare(same, _type(item), written[0])
    either = Element("or")
    for way in written:
        _compare(SubElement(either, "stringMatch", caseSensitive="false", substring="false"), "string", way)
    return either


def _compare(condition: Element, base_type: str, value: str) -> Element:
    """Let a condition compare the response with a value."""
    SubElement(condition, "variable", identifier="RESPONSE")
    _value(condition, base_type, value)
    return condition


def _value(parent: Element, base_type: str, value: str) -> None:
    SubElement(parent, "baseValue", baseType=base_type).text = value


def _if(condition: Element, *consequences: Element) -> Element:
    rule = Element("responseCondition")
    SubElement(rule, "responseIf").extend([condition, *consequences])
    return rule


def _shows(feedback: str) -> Element:
    """One more feedback is shown."""
    outcome = Element("setOutcomeValue", identifier="FEEDBACK")
    several = SubElement(outcome, "multiple")
    SubElement(several, "variable", identifier="FEEDBACK")
    _value(several, "identifier", feedback)
    return outcome


def _point() -> Element:
    outcome = Element("setOutcomeValue", identifier="SCORE")
    _value(outcome, "float", "1")
    return outcome


def _modal(root: Element, name: str, words: Element) -> None:
    modal = SubElement(root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=name, showHide="show")
    modal.append(with_mathml(words))
