"""The kinds of quiz items: what the list of each is read as."""

import hashlib
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from docutils import nodes

from booksite.quiz.item_nodes import (
    brief,
    copies,
    quiz_cell,
    quiz_cells,
    quiz_choice,
    quiz_choices,
    quiz_field,
    quiz_lead,
    quiz_note,
    quiz_note_text,
    quiz_pair,
    quiz_pairs,
    quiz_part,
    quiz_partner,
    quiz_partners,
)
from booksite.quiz.values import (
    Number,
    QuizError,
    Shape,
    check_apart,
    read_number,
    read_shape,
    read_tolerance,
    write_value,
)

_MARK = re.compile(r"\[([ xX])\](?:\s+|$)")
_PLACE = "{answer}"
# Not the argument of a command, as in \text{answer}.
_PLACE_IN_FORMULA = re.compile(r"(?<![A-Za-z])\{answer\}")


@dataclass
class Form:
    """What a list is read as; `value` is the right number or shape as the page writes it."""

    inputs: list[quiz_part]
    key: dict[str, Any]
    solution: list[nodes.paragraph]
    notes: list[quiz_note]
    value: str | None = None


# --- reading the source ----------------------------------------------------------------------------------------------


def split_body(children: list[nodes.Node]) -> tuple[list, list, list]:
    """Split an item's nodes at its first bullet list: question, list items, explanation."""
    at = next((place for place, node in enumerate(children) if isinstance(node, nodes.bullet_list)), None)
    if at is None:
        raise QuizError("The item has no bullet list: list the choices, the wrong answers or the pairs.")
    if at == 0:
        raise QuizError("The item has no question: write it before the list.")
    return children[:at], children[at].children, children[at + 1 :]


def first_paragraph(item: nodes.list_item) -> nodes.paragraph:
    """Give the first paragraph of a list item, which names it."""
    if not item.children or not isinstance(item[0], nodes.paragraph):
        raise QuizError(f"The list item “{brief(item)}” has to begin with a paragraph.")
    return item[0]


def take_mark(item: nodes.list_item) -> bool:
    """Take ``[x]`` or ``[ ]`` from the front of a list item; return whether it was the right one."""
    paragraph = first_paragraph(item)
    mark = isinstance(paragraph[0], nodes.Text) and _MARK.match(paragraph[0])
    if not mark:
        raise QuizError(f"The choice “{brief(item)}” has no mark: begin it with [x] if it is right, else with [ ].")
    paragraph[0] = nodes.Text(paragraph[0][mark.end() :])
    if not paragraph.astext().strip():
        raise QuizError("A choice has a mark and no words.")
    return mark[1] != " "


def read_expression(item: nodes.list_item) -> str:
    """Give the expression in backticks that a list item of a number or a shape begins with."""
    paragraph = first_paragraph(item)
    if len(paragraph) != 1 or not isinstance(paragraph[0], nodes.literal):
        raise QuizError(
            f"The wrong answer “{brief(item)}” has to be one expression in backticks, alone in its paragraph."
        )
    return paragraph.astext()


def make_note(
    what: str, item: nodes.list_item, text: list[nodes.Node], lead: list[nodes.Node], **attributes: Any
) -> quiz_note:
    """Make the remark on an answer; every wrong answer needs one."""
    if not text:
        raise QuizError(
            f"The {what} “{brief(item)}” says nothing: add a paragraph with the mistake it stands for and a link."
        )
    return quiz_note("", quiz_lead("", "", *lead), quiz_note_text("", *text), **attributes)


def fill_answer(children: list[nodes.Node], value: str | None) -> None:
    """Write the computed answer where an explanation says ``{answer}``."""
    for text in [text for child in children for text in child.findall(nodes.Text) if _PLACE in text]:
        if value is None:
            raise QuizError(f"{_PLACE} stands for the answer of a number or a shape, in the explanation alone.")
        if isinstance(text.parent, nodes.math | nodes.math_block):
            formula = value.replace(",", "{,}").replace("×", r" \times ").replace("−", "-")
            filled = formula.join(_PLACE_IN_FORMULA.split(text))
        else:
            filled = text.replace(_PLACE, value)
        text.parent.replace(text, nodes.Text(filled))


# --- one function for each kind --------------------------------------------------------------------------------------


def read_choices(label: str, items: list[nodes.list_item], options: dict[str, str], *, several: bool) -> Form:
    """Make radio buttons, or check boxes where `several` may be right; with ``:columns:`` they are cells of a drawing.

    A wrong cell without a remark shares that of the wrong cell before it.
    """
    if not 2 <= len(items) <= len(string.ascii_uppercase):
        raise QuizError(f"The item has {len(items)} choices; 2 to 26 are needed.")
    columns = read_columns(options["columns"], len(items)) if "columns" in options else None
    control = "checkbox" if several else "radio"
    choices, solution, right = [], [], []
    notes: list[quiz_note] = []
    for index, item in enumerate(items):
        is_right = take_mark(item)
        words, *text = item.children
        letter = string.ascii_uppercase[index]
        about = {"label": label, "name": f"{label}-{letter.lower()}", "index": index, "control": control}
        if columns:
            letter, row, column = name_cell(index, columns, len(items))
            choices.append(quiz_cell("", "", *words.children, **about, letter=letter, row=row, column=column))
        else:
            choices.append(quiz_choice("", "", *words.children, **about, letter=letter))
        if is_right:
            right.append(index)
            solution.append(answer_line(letter, copies(words.children)))
        if columns and notes and not (text or is_right):
            notes[-1]["indexes"].append(index)
        elif text or not is_right:
            lead = [nodes.strong("", letter), nodes.Text(" is right:" if is_right else " is not right:")]
            notes.append(make_note("wrong choice", item, text, lead, indexes=[index], name=letter, right=is_right))
    if not several and len(right) != 1:
        raise QuizError(f"Exactly one choice is right, and {len(right)} are marked [x]; `multiple` takes several.")
    if not right:
        raise QuizError("No choice is marked [x]: at least one has to be right.")
    if columns:
        for note in notes:
            lead, others = note.next_node(quiz_lead), len(note["indexes"]) - 1
            if others and others + 1 == len(items) - len(right):
                lead[:] = [nodes.Text("The other cells are not right:")]
            elif others:
                more = f"{others} other cells" if others > 1 else "one other cell"
                lead[1] = nodes.Text(f" and {more} are not right:")
        solution = name_cells(right, columns, len(items))
        return Form([quiz_cells("", *choices, columns=columns)], {"right": right}, solution, notes)
    return Form([quiz_choices("", *choices)], {"right": right}, solution, notes)


def read_columns(text: str, count: int) -> int:
    """Read how many cells a row of a drawing has, of `count` in all."""
    if not (text.isdecimal() and 2 <= int(text) <= count and count % int(text) == 0):
        raise QuizError(f"The item has {count} cells, and :columns: `{text}`; it has to be in how many they lie.")
    return int(text)


def name_cell(index: int, columns: int, count: int) -> tuple[str, str, str]:
    """Name a cell, and give what stands left of it and above it: numbers from 0, along two sides of a plane.

    >>> name_cell(5, 7, 7), name_cell(5, 4, 16), name_cell(8, 4, 16)
    (('cell 5', '', '5'), ('row 1, column 1', '', ''), ('row 2, column 0', '2', ''))
    """
    row, column = divmod(index, columns)
    if count == columns:
        return f"cell {index}", "", str(index)
    return f"row {row}, column {column}", "" if column else str(row), "" if row else str(column)


def name_cells(indexes: list[int], columns: int, count: int) -> list[nodes.paragraph]:
    """Name the right cells, those of a row in one line.

    >>> [line.astext() for line in name_cells([1, 2], 7, 7) + name_cells([0, 2, 8], 4, 16)]
    ['cells 1, 2 ', 'row 0, columns 0, 2 ', 'row 2, column 0 ']
    """
    lines = []
    for row in sorted({index // columns for index in indexes}):
        places = [str(index % columns) for index in indexes if index // columns == row]
        word = "cell" if count == columns else f"row {row}, column"
        lines.append(answer_line(f"{word}{'s' * (len(places) > 1)} {', '.join(places)}", []))
    return lines


def read_values(
    label: str, items: list[nodes.list_item], options: dict[str, str], *, read: Callable[[str], Number | Shape]
) -> Form:
    """Make a text field for a number or a shape."""
    if not options.get("answer"):
        raise QuizError("The item has no :answer:, an expression such as shapes.output_size(32, 3).")
    answer = read(options["answer"])
    tolerance = read_tolerance(options.get("tolerance"), answer)
    expressions = [read_expression(item) for item in items]
    wrong = [read(expression) for expression in expressions]
    check_apart(answer, list(zip(expressions, wrong, strict=True)), tolerance)
    notes = []
    for index, (item, value) in enumerate(zip(items, wrong, strict=True)):
        name = write_value(value, tolerance)
        lead = [nodes.Text("If you have "), nodes.strong("", name), nodes.Text(":")]
        notes.append(make_note("wrong answer", item, item.children[1:], lead, indexes=[index], name=name, right=False))
    unit, value_text = options.get("unit", ""), write_value(answer, tolerance)
    keyboard, hint = describe_input([answer, *wrong], tolerance)
    field = quiz_field("", label=label, unit=unit, hint=hint, keyboard=keyboard)
    key = {"answer": answer, "wrong": wrong, "tolerance": tolerance, "unit": unit}
    return Form([field], key, [answer_line(value_text, [nodes.Text(unit)] if unit else [])], notes, value_text)


def describe_input(values: list[Number | Shape], tolerance: Number) -> tuple[str, str]:
    """Give the keyboard for typing an answer, of which the first value is right, and a hint how to write it."""
    if isinstance(values[0], tuple):
        return "text", "Write a shape as 5×4×2, as 5x4x2 or as (5, 4, 2)."
    keyboard, hint = "decimal", "A number."
    if tolerance:
        hint = f"A number; {write_value(tolerance)} more or less counts."
    elif isinstance(values[0], int):
        keyboard, hint = "numeric", "A whole number."
    negative = any(value < 0 for value in values if not isinstance(value, tuple))
    return "text" if negative else keyboard, hint  # the number pads of some telephones have no minus


def read_pairs(label: str, items: list[nodes.list_item], options: dict[str, str]) -> Form:
    """Make a list to choose from for each left side; all offer the same partners in the same order."""
    if len(items) < 2:
        raise QuizError("The item has fewer than two pairs.")
    pairs, partners, solution, notes = [], [], [], []
    for index, item in enumerate(items):
        side = first_paragraph(item).children
        if len(item) < 2 or not isinstance(item[1], nodes.paragraph):
            raise QuizError(f"“{brief(item[0])}” has no partner: write it as the second paragraph of the list item.")
        if any(item[1].findall(lambda node: isinstance(node, nodes.math | nodes.image))):
            raise QuizError(f"“{brief(item[1])}” is shown in a list to choose from, which holds plain text only.")
        partner = " ".join(item[1].astext().split())
        partners.append(partner)
        pairs.append(quiz_pair("", "", *side, index=index, name=f"{label}-{index + 1}"))
        solution.append(nodes.paragraph("", "", *copies(side), nodes.Text(" – "), nodes.strong("", partner)))
        lead = [*copies(side), nodes.Text(", matched otherwise:")]
        notes.append(make_note("pair", item, item.children[2:], lead, indexes=[index], name="", right=False))
    order = shuffle(label, partners)
    if len(order) < 2:
        raise QuizError("All left sides have the same partner.")
    partner_list = quiz_partners("", *(quiz_partner("", "", nodes.Text(partner)) for partner in order))
    key = {"right": [order.index(partner) for partner in partners]}
    return Form([quiz_pairs("", *pairs), partner_list], key, solution, notes)


def shuffle(label: str, partners: list[str]) -> list[str]:
    """Order partners by a digest of the label, so that the order is the same in each build and not the source's.

    >>> shuffle("quiz-terms", ["one", "two", "three", "two"])
    ['two', 'three', 'one']
    """
    distinct = list(dict.fromkeys(partners))
    order = sorted(distinct, key=lambda text: hashlib.sha256(f"{label}\0{text}".encode()).digest())
    return order if order != distinct else order[1:] + order[:1]


def answer_line(name: str, words: list[nodes.Node]) -> nodes.paragraph:
    """Make a paragraph of a right answer: its letter or its value, then words."""
    return nodes.paragraph("", "", nodes.strong("", name), nodes.Text(" "), *words)


@dataclass
class Kind:
    """A kind of item: what the reader is asked to do, and what reads the list from label, list items and options."""

    task: str
    read: Callable[[str, list[nodes.list_item], dict[str, str]], Form]
    computed: bool = False


KINDS = {
    "choice": Kind("choose one", partial(read_choices, several=False)),
    "multiple": Kind("choose all that are right", partial(read_choices, several=True)),
    "number": Kind("give a number", partial(read_values, read=read_number), computed=True),
    "shape": Kind("give a shape", partial(read_values, read=read_shape), computed=True),
    "match": Kind("find the partners", read_pairs),
}
