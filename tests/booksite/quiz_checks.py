"""Answer every quiz item of a page that a browser shows, right and wrong, by keyboard alone.

The functions return what is wrong, as the checks of `checks.py` do. The right answers come from the key that the page
carries for its script, and the words to expect from the answer box that readers without a script open; both have to
name the same answer.
"""

import base64
import json
import string
from dataclasses import dataclass

_ITEMS = """() => [...document.querySelectorAll('fieldset.quiz-item')].map(item => ({
    label: item.id,
    kind: item.dataset.kind,
    key: item.dataset.key,
    inputs: [...item.querySelectorAll('input, select')].map(control => control.id),
    notes: Object.fromEntries([...item.querySelectorAll('[data-note]')].map(
        note => [note.dataset.note, note.querySelector('.quiz-note-text').textContent])),
    explanation: item.querySelector('.quiz-explanation')?.textContent ?? null,
    solution: [...item.querySelectorAll('.quiz-solution > p > strong:' +
        (item.dataset.kind === 'match' ? 'last-child' : 'first-child'))].map(part => part.textContent),
    options: [...(item.querySelector('select')?.options ?? [])].slice(1).map(option => option.textContent),
    links: [...item.querySelectorAll('[data-note]')].map(note => note.querySelectorAll('a[href]').length),
}))"""

_SAID = """item => ({
    verdict: item.dataset.verdict ?? 'nothing',
    text: item.querySelector('.quiz-feedback').textContent,
    notes: [...item.querySelectorAll('.quiz-feedback .quiz-note-text')].map(note => note.textContent),
    explanations: [...item.querySelectorAll('.quiz-feedback .quiz-explanation')].map(part => part.textContent),
})"""

# How the focus stands to what is looked for: there, or in which direction to go on.
_DIRECTION = """selector => {
    const focus = document.activeElement, wanted = document.querySelector(selector);
    if (focus.matches(selector)) return 'there';
    if (focus === document.body) return 'Tab';
    return focus.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING ? 'Shift+Tab' : 'Tab';
}"""

_MOST_STEPS = 600


@dataclass
class Item:
    """An item as the page shows it; `notes` are the remarks of its answer box by number."""

    label: str
    kind: str
    key: dict
    inputs: list
    notes: dict
    explanation: str | None
    solution: list
    options: list
    links: list

    def __post_init__(self):
        self.key = json.loads(base64.b64decode(self.key))
        self.notes = {int(number): text for number, text in self.notes.items()}
        self.is_typed = self.kind in ("number", "shape")


def items_on(tab):
    """Read the items of a page, in their order."""
    return [Item(**item) for item in tab.evaluate(_ITEMS)]


def reach(tab, selector):
    """Press Tab, or Shift and Tab, until an element that matches has the focus."""
    for _ in range(_MOST_STEPS):
        step = tab.evaluate(_DIRECTION, selector)
        if step == "there":
            return
        tab.keyboard.press(step)
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def _arrow_to(tab, state, wanted):
    """Press arrows until `state`, an expression of the focused element, is `wanted`."""
    for _ in range(60):
        now = tab.evaluate(f"() => {{ const focus = document.activeElement; return {state}; }}")
        if now == wanted:
            return
        tab.keyboard.press("ArrowDown" if now < wanted else "ArrowUp")
    raise AssertionError(f"arrows do not reach {wanted}")


def give(tab, item, answer):
    """Put an answer in: a text, or a list of choices, or for each pair the number of its partner; do not check it."""
    if item.is_typed:
        reach(tab, f"#{item.inputs[0]}")
        tab.keyboard.press("Control+A")
        tab.keyboard.press("Delete")
        tab.keyboard.type(answer)
    elif item.kind == "choice":
        reach(tab, f"#{item.label} .quiz-choice input")
        _arrow_to(tab, "Number(focus.value)", answer[0])
        if not tab.evaluate("document.activeElement.checked"):
            tab.keyboard.press("Space")
    elif item.kind == "multiple":
        for index, name in enumerate(item.inputs):
            if tab.locator(f"#{name}").is_checked() != (index in answer):
                reach(tab, f"#{name}")
                tab.keyboard.press("Space")
    else:
        for name, partner in zip(item.inputs, answer, strict=True):
            reach(tab, f"#{name}")
            _arrow_to(tab, "focus.selectedIndex", partner + 1)


def check(tab, item):
    """Press Enter in a text field, else on the button; return what is said."""
    reach(tab, f"#{item.inputs[0]}" if item.is_typed else f"#{item.label} .quiz-check")
    tab.keyboard.press("Enter")
    return tab.locator(f"#{item.label}").evaluate(_SAID)


def right_answer(item):
    """Give the answer that counts as right, in the form of `give`."""
    if item.kind == "number":
        return repr(item.key["answer"])
    return "×".join(map(str, item.key["answer"])) if item.kind == "shape" else item.key["right"]


def written_answer(item):
    """Give the right answer as the answer box has to write it: letters, a number, a shape, or partners."""
    key = item.key
    if item.kind == "match":
        return [item.options[partner] for partner in key["right"]]
    if item.kind == "number":
        written = float(item.solution[0].replace(",", "").replace("−", "-"))
        return item.solution[:1] if abs(written - key["answer"]) <= key["tolerance"] else [repr(key["answer"])]
    if item.kind == "shape":
        return [right_answer(item)]
    return [string.ascii_uppercase[choice] for choice in key["right"]]


def wrong_answers(item):
    """Yield wrong answers in the form of `give`, each with the numbers of the remarks that it must bring."""
    key = item.key
    right = key.get("right", [])
    if item.is_typed:
        write = repr if item.kind == "number" else lambda shape: str(tuple(shape))
        yield from ((write(value), [index]) for index, value in enumerate(key["wrong"]))
    if item.kind == "number":
        values = [key["answer"], *key["wrong"]]
        yield repr(max(values) + 7 + 2 * key["tolerance"]), []
        yield repr(min(values) - 7 - 2 * key["tolerance"]), []
    elif item.kind == "shape":
        shapes = [key["answer"], *key["wrong"]]
        yield "x".join(str(max(map(max, shapes)) + 1) for _ in key["answer"]), []
        yield ", ".join(["1"] * (max(map(len, shapes)) + 1)), []
    elif item.kind == "match":
        moved = [(partner + 1) % len(set(right)) for partner in right]
        yield from (([*right[:side], moved[side], *right[side + 1 :]], [side]) for side in range(len(right)))
        yield moved, list(range(len(right)))
    else:
        for index in set(range(len(item.inputs))) - set(right):
            yield [index], [index]
            if item.kind == "multiple":
                yield [*right, index], [index]
        if item.kind == "multiple" and len(right) > 1:
            yield right[1:], []


def _answer(tab, item):
    """Answer one item in every way; yield what is wrong."""
    if item.solution != written_answer(item):
        yield f"the answer box says {item.solution}, the script takes {written_answer(item)} for right"
    if (said := check(tab, item))["verdict"] != "unread" or not said["text"].strip():
        yield f"no answer at all: {said}"
    if item.is_typed:
        give(tab, item, "some 12 or so")
        if (said := check(tab, item))["verdict"] != "unread" or "cannot be read" not in said["text"]:
            yield f"an answer that nobody can read: {said}"
    for answer, numbers in wrong_answers(item):
        give(tab, item, answer)
        said = check(tab, item)
        expected = [item.notes.get(number, "a remark") for number in numbers]
        if said["verdict"] != "wrong" or said["notes"] != expected or said["explanations"]:
            yield f"wrong answer {answer!r} should bring {expected}: {said}"
        if "Not yet." not in said["text"] or not (expected or said["text"].replace("✗ Not yet.", "").strip()):
            yield f"wrong answer {answer!r} is not answered in words: {said}"
    give(tab, item, right_answer(item))
    said = check(tab, item)
    explained = [item.explanation] if item.explanation else []
    if said["verdict"] != "right" or "Right." not in said["text"] or said["explanations"] != explained:
        yield f"right answer {right_answer(item)!r} should bring {explained}: {said}"
    if "answered right" not in tab.locator(f"#{item.label} legend").inner_text():
        yield "the item does not say that it was answered right"


def answer_every_item(tab):
    """Answer all items of a page: nothing, unreadable, every recognised mistake, unknown ones, right."""
    items = items_on(tab)
    faults = [f"{item.label}: {fault}" for item in items for fault in _answer(tab, item)]
    line = f"{len(items)} of the {len(items)} question{'s' * (len(items) > 1)} on this page answered right."
    if items and line not in tab.locator(".quiz-progress").inner_text():
        faults.append(f"at the end the page does not say: {line}")
    return faults


def mistakes_without_link(tab):
    """List items with a recognised mistake that does not say where it is taught; a remark on a right choice may."""
    return [
        f"{item.label}: remark {number + 1}"
        for item in items_on(tab)
        for number, links in zip(item.notes, item.links, strict=True)
        if not links and (item.kind == "match" or number not in item.key.get("right", []))
    ]
