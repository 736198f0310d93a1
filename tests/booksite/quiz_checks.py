"""Answer every quiz item of a page in a browser, right and wrong.

The functions return what is wrong, as the checks of `checks.py` do. The right answers come from the key that the page
carries for its script, and the words to expect from the answer box that readers without a script open; both have to
name the same answer.
"""

import base64
import itertools
import json
from dataclasses import dataclass

_ITEMS = """() => [...document.querySelectorAll('fieldset.quiz-item')].map(item => ({
    label: item.id,
    kind: item.dataset.kind,
    key: item.dataset.key,
    inputs: [...item.querySelectorAll('input, select')].map(control => control.id),
    notes: [...item.querySelectorAll('[data-note]')].flatMap(note => note.dataset.note.split(' ').map(number => [
        Number(number), note.querySelector('.quiz-note-text').textContent, note.querySelectorAll('a[href]').length])),
    explanation: [...item.querySelectorAll('.quiz-explanation')].map(part => part.textContent),
    solution: [...item.querySelectorAll('.quiz-solution > p > strong:' +
        (item.dataset.kind === 'match' ? 'last-child' : 'first-child'))].map(part => part.textContent),
    letters: [...item.querySelectorAll('.quiz-choice .quiz-letter')].map(part => part.textContent),
    options: [...(item.querySelector('select')?.options ?? [])].slice(1).map(option => option.textContent),
}))"""

# Put an answer in, press the button, and read what is said.
_ANSWER = """(item, answer) => {
    item.querySelectorAll('.quiz-choice input, .quiz-field input, .quiz-pair select').forEach((control, index) => {
        if (control.matches('select')) control.value = answer[index] ?? '';
        else if (control.type === 'text') control.value = answer;
        else control.checked = answer.includes(index);
    });
    item.querySelector('.quiz-check').click();
    const said = item.querySelector('.quiz-feedback');
    return {
        verdict: item.dataset.verdict,
        text: said.textContent,
        notes: [...said.querySelectorAll('.quiz-note-text')].map(note => note.textContent),
        explanation: [...said.querySelectorAll('.quiz-explanation')].map(part => part.textContent),
    };
}"""


@dataclass
class Item:
    """An item as the page shows it; a note is a number, a text, and how many links it has. A cell's letter is long."""

    label: str
    kind: str
    key: dict
    inputs: list
    notes: list
    explanation: list
    solution: list
    letters: list
    options: list

    def __post_init__(self):
        self.key = json.loads(base64.b64decode(self.key))
        self.is_typed = self.kind in ("number", "shape")


def items_on(tab):
    """Read the items of a page, in their order."""
    return [Item(**item) for item in tab.evaluate(_ITEMS)]


def right_answer(item):
    """Give the answer that counts as right: a text, a list of choices, or for each pair the number of its partner."""
    if item.kind == "number":
        return repr(item.key["answer"])
    return "×".join(map(str, item.key["answer"])) if item.kind == "shape" else item.key["right"]


def written_answer(item):
    """Give the right answer as the answer box has to write it: letters, a number, a shape, or partners."""
    if item.kind == "match":
        return [item.options[partner] for partner in item.key["right"]]
    if item.kind == "number":
        written = float(item.solution[0].replace(",", "").replace("−", "-"))
        is_near = abs(written - item.key["answer"]) <= item.key["tolerance"]
        return item.solution if is_near else [right_answer(item)]
    if item.kind == "shape":
        return [right_answer(item)]
    letters = [letter for choice, letter in enumerate(item.letters) if choice in item.key["right"]]
    if not letters or not letters[0].startswith(("cell ", "row ")):
        return letters
    # The cells of a row stand in one line.
    rows = itertools.groupby((letter.rpartition(" ")[::2] for letter in letters), key=lambda name: name[0])
    lines = [(row, [place for _, place in cells]) for row, cells in rows]
    return [f"{row}{'s' * (len(places) > 1)} {', '.join(places)}" for row, places in lines]


def wrong_answers(item):
    """Yield wrong answers, each with the numbers of the remarks that it must bring."""
    key = item.key
    if item.kind == "number":
        yield from ((repr(value), [index]) for index, value in enumerate(key["wrong"]))
        yield repr(max(key["answer"], *key["wrong"]) + 7 + 2 * key["tolerance"]), []
    elif item.kind == "shape":
        yield from ((str(tuple(shape)), [index]) for index, shape in enumerate(key["wrong"]))
        yield str(tuple(1000 + size for size in key["answer"])), []
    elif item.kind == "match":
        right = key["right"]
        moved = [(partner + 1) % len(item.options) for partner in right]
        yield from (([*right[:side], moved[side], *right[side + 1 :]], [side]) for side in range(len(right)))
        yield moved, list(range(len(right)))
    else:
        for index in set(range(len(item.inputs))) - set(key["right"]):
            yield [index], [index]
            if item.kind == "multiple":
                yield [*key["right"], index], [index]


def _answer(tab, item):
    """Answer one item in every way; yield what is wrong."""

    def say(answer):
        return tab.locator(f"#{item.label}").evaluate(_ANSWER, answer)

    if item.solution != written_answer(item):
        yield f"the answer box says {item.solution}, the script takes {written_answer(item)} for right"
    unreadable = ["", "some 12 or so"] if item.is_typed else [[]]
    if item.kind == "shape":
        unreadable.append(", ".join(["1"] * 9))  # no answer has so many axes: a slip of form
    for answer in unreadable:
        if (said := say(answer))["verdict"] != "unread" or len(said["text"].strip()) < 10:
            yield f"{answer!r} is no answer: {said}"
    texts = {number: text for number, text, _ in item.notes}
    for answer, numbers in wrong_answers(item):
        said, expected = say(answer), [texts.get(number, "a remark") for number in numbers]
        if said["verdict"] != "wrong" or said["notes"] != expected or said["explanation"]:
            yield f"wrong answer {answer!r} should bring {expected}: {said}"
        if "Not yet." not in said["text"] or not (expected or said["text"].replace("✗ Not yet.", "").strip()):
            yield f"wrong answer {answer!r} is not answered in words: {said}"
    said = say(right_answer(item))
    if said["verdict"] != "right" or "Right." not in said["text"] or said["explanation"] != item.explanation:
        yield f"right answer {right_answer(item)!r} should bring {item.explanation}: {said}"
    if "answered right" not in tab.locator(f"#{item.label} legend").inner_text():
        yield "the item does not say that it was answered right"
    # A remark on a right choice needs no link.
    for number, text, links in item.notes:
        if not links and (item.kind == "match" or number not in item.key.get("right", [])):
            yield f"“{text}” does not say where that is taught"


def answer_wrong(tab):
    """Answer all items of a page with the first mistake that each recognises."""
    for item in items_on(tab):
        tab.locator(f"#{item.label}").evaluate(_ANSWER, next(wrong_answers(item))[0])


def answer_every_item(tab):
    """Answer all items of a page: nothing, unreadable, every recognised mistake, unknown ones, right."""
    items = items_on(tab)
    if not items:
        return []
    faults = [f"{item.label}: {fault}" for item in items for fault in _answer(tab, item)]
    line = f"Answered right on this page: {len(items)} of {len(items)}."
    if line not in tab.locator(".quiz-progress").inner_text():
        faults.append(f"at the end the page does not say: {line}")
    return faults
