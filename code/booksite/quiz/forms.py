"""What each kind of quiz item makes of its list: inputs, the key for the script, the right answer, the mistakes."""

import hashlib
import html
import re
import string
from dataclasses import dataclass

from docutils import nodes

from booksite.quiz.answers import (
    QuizError,
    check_apart,
    read_number,
    read_shape,
    read_tolerance,
    write_number,
    write_shape,
)
from booksite.quiz.parts import brief, copies, part, words

_MARK = re.compile(r"\[([ xX])\](?:\s+|$)")
_PLACE = "{answer}"
# Not the argument of a command, as in \text{answer}.
_PLACE_IN_FORMULA = re.compile(r"(?<![A-Za-z])\{answer\}")


@dataclass
class Mistake:
    """A wrong answer, or a remark to a right one: how it is named, and what is said to whoever gives it."""

    index: int
    name: str
    text: list
    says: list
    right: bool = False


@dataclass
class Form:
    """What a kind makes of the list: nodes to answer in, the key for the script, the answer to be read."""

    inputs: list
    key: dict
    answer: list
    mistakes: list
    value: str | None = None


# --- reading the source ----------------------------------------------------------------------------------------------


def split_body(children):
    """Split an item's nodes at its first bullet list: question, list items, explanation."""
    at = next((place for place, node in enumerate(children) if isinstance(node, nodes.bullet_list)), None)
    if at is None:
        raise QuizError("The item has no bullet list: list the choices, the wrong answers or the pairs.")
    if at == 0:
        raise QuizError("The item has no question: write it before the list.")
    return children[:at], children[at].children, children[at + 1 :]


def first_paragraph(item):
    """Give the first paragraph of a list item, which names it."""
    if not item.children or not isinstance(item[0], nodes.paragraph):
        raise QuizError(f"The list item “{brief(item)}” has to begin with a paragraph.")
    return item[0]


def take_mark(item):
    """Take ``[x]`` or ``[ ]`` from the front of a list item; return whether it was the right one."""
    paragraph = first_paragraph(item)
    first = paragraph[0]
    mark = isinstance(first, nodes.Text) and _MARK.match(first)
    if not mark:
        raise QuizError(f"The choice “{brief(item)}” has no mark: begin it with [x] if it is right, else with [ ].")
    paragraph[0] = nodes.Text(first[mark.end() :])
    if not paragraph.astext().strip():
        raise QuizError("A choice has a mark and no words.")
    return mark[1] != " "


def take_expression(item):
    """Give the expression in backticks that a list item of a number or a shape begins with."""
    paragraph = first_paragraph(item)
    if len(paragraph) != 1 or not isinstance(paragraph[0], nodes.literal):
        raise QuizError(
            f"The wrong answer “{brief(item)}” has to be one expression in backticks, alone in its paragraph."
        )
    return paragraph.astext()


def says_something(what, item, rest):
    """Refuse a wrong answer without a misconception."""
    if not rest:
        raise QuizError(
            f"The {what} “{brief(item)}” says nothing: add a paragraph with the mistake it stands for and a link."
        )


def fill_answer(children, value):
    """Write the computed answer where an explanation says ``{answer}``."""
    for child in children:
        for text in list(child.findall(nodes.Text)):
            if _PLACE not in text:
                continue
            if value is None:
                raise QuizError(f"{_PLACE} stands for the answer of a number or a shape, in the explanation alone.")
            if isinstance(text.parent, nodes.math | nodes.math_block):
                formula = value.replace(",", "{,}").replace("×", r" \times ").replace("−", "-")
                new = formula.join(_PLACE_IN_FORMULA.split(text))
            else:
                new = text.replace(_PLACE, value)
            text.parent.replace(text, nodes.Text(new))


# --- one function for each kind --------------------------------------------------------------------------------------


def read_choices(label, items, options, *, several):
    """Make radio buttons, or check boxes where `several` may be right."""
    kind, inputs, mistakes, right = "checkbox" if several else "radio", [], [], []
    if not 2 <= len(items) <= len(string.ascii_uppercase):
        raise QuizError(f"The item has {len(items)} choices, and 2 to 26 are needed.")
    for index, item in enumerate(items):
        letter, is_right, text = string.ascii_uppercase[index], take_mark(item), first_paragraph(item).children
        if is_right:
            right.append(index)
        else:
            says_something("wrong choice", item, item.children[1:])
        name = f"{label}-{letter.lower()}"
        opening = (
            f'<div class="quiz-choice"><input type="{kind}" name="{label}" id="{name}" value="{index}" '
            f'autocomplete="off"><label for="{name}"><span class="quiz-letter">{letter}</span> <span class="quiz-text">'
        )
        inputs.append(words(opening, *text, closing="</span></label></div>\n"))
        mistakes.append(Mistake(index, letter, copies(text), item.children[1:], is_right))
    if not several and len(right) != 1:
        raise QuizError(f"Of a choice exactly one is right, and {len(right)} are marked [x]; `multiple` takes several.")
    if not right:
        raise QuizError("No choice is marked [x]: at least one has to be right.")
    answer = [answer_line(mistakes[index].name, copies(mistakes[index].text)) for index in right]
    return Form([part('<div class="quiz-choices">', *inputs)], {"right": right}, answer, mistakes)


def read_values(label, items, options, *, shape):
    """Make a text field for a number or a shape."""
    if not options.get("answer"):
        raise QuizError("The item has no :answer:, an expression such as shapes.output_size(32, 3).")
    read = read_shape if shape else read_number
    answer = read(options["answer"])
    if shape and options.get("tolerance"):
        raise QuizError("A shape is right or wrong: :tolerance: is for numbers.")
    tolerance = 0 if shape else read_tolerance(options.get("tolerance"), answer)
    expressions = [take_expression(item) for item in items]
    if len(set(expressions)) < len(expressions):
        raise QuizError("A wrong answer is listed twice.")
    wrong = {expression: read(expression) for expression in expressions}
    check_apart(answer, wrong, tolerance)

    def write(value):
        return write_shape(value) if shape else write_number(value, tolerance)

    mistakes = []
    for index, (item, value) in enumerate(zip(items, wrong.values(), strict=True)):
        says_something("wrong answer", item, item.children[1:])
        mistakes.append(Mistake(index, write(value), [], item.children[1:]))
    unit, values = options.get("unit", ""), [answer, *wrong.values()]
    key = {"answer": answer, "wrong": list(wrong.values()), "tolerance": tolerance, "unit": unit}
    line = answer_line(write(answer), [nodes.Text(unit)] if unit else [])
    return Form([text_field(label, values, tolerance, unit, shape)], key, [line], mistakes, write(answer))


def text_field(label, values, tolerance, unit, shape):
    """Make the field, what it is measured in, and a hint how to write the answer."""
    if shape:
        keys, hint = "text", "Write a shape as 5×4×2, as 5x4x2 or as (5, 4, 2)."
    elif isinstance(values[0], int) and not tolerance:
        keys, hint = "numeric", "A whole number."
    else:
        keys, hint = (
            "decimal",
            f"A number; {write_number(tolerance)} more or less counts." if tolerance else "A number.",
        )
    if not shape and min(values) < 0:
        keys = "text"  # the number pads of some telephones have no minus
    return part(
        f'<div class="quiz-field"><label for="{label}-answer">Your answer</label> '
        f'<input type="text" id="{label}-answer" inputmode="{keys}" autocomplete="off" autocapitalize="off" '
        f'spellcheck="false" aria-describedby="{label}-unit {label}-hint"> '
        f'<span class="quiz-unit" id="{label}-unit">{html.escape(unit)}</span> '
        f'<span class="quiz-hint" id="{label}-hint">{hint}</span></div>\n',
        closing="\n",
    )


def read_pairs(label, items, options):
    """Make a list to choose from for each left side; all offer the same partners in the same order."""
    if len(items) < 2:
        raise QuizError("The item has fewer than two pairs.")
    partners, sides, mistakes = [], [], []
    for index, item in enumerate(items):
        left = first_paragraph(item)
        if len(item) < 2 or not isinstance(item[1], nodes.paragraph):
            raise QuizError(f"“{brief(left)}” has no partner: write it as the second paragraph of the list item.")
        if any(item[1].findall(lambda node: isinstance(node, nodes.math | nodes.image))):
            raise QuizError(f"“{brief(item[1])}” is shown in a list to choose from, which holds plain text only.")
        partners.append(" ".join(item[1].astext().split()))
        sides.append(left.children)
        says_something("pair", item, item.children[2:])
        mistakes.append(Mistake(index, "", copies(left.children), item.children[2:]))
    offered = shuffled(label, partners)
    if len(offered) < 2:
        raise QuizError("All left sides have the same partner.")
    rows = []
    for index, side in enumerate(sides):
        # A formula alone is no name that every screen reader finds.
        name = words(f'<label for="{label}-{index + 1}"><span class="quiz-unseen">Partner of </span>', *side)
        listed = [words(f'<option value="{place}">', nodes.Text(text)) for place, text in enumerate(offered)]
        opening = f'<select id="{label}-{index + 1}" autocomplete="off"><option value="">Choose…</option>'
        rows.append(part('<div class="quiz-pair">', name, part(opening, *listed), closing="</div>\n"))
    printed = [words("<li>", nodes.Text(text)) for text in offered]
    answer = [
        nodes.paragraph("", "", *copies(side), nodes.Text(" – "), nodes.strong("", partner))
        for side, partner in zip(sides, partners, strict=True)
    ]
    # Paper has no list to choose from.
    on_paper = part('<div class="quiz-partners"><p>Choose from:</p><ul>', *printed, closing="</ul></div>\n")
    key = {"right": [offered.index(partner) for partner in partners]}
    return Form([part('<div class="quiz-pairs">', *rows), on_paper], key, answer, mistakes)


def shuffled(label, partners):
    """Order partners by a digest of the label, so that the order is the same in each build and not the source's.

    >>> shuffled("quiz-terms", ["one", "two", "three", "two"])
    ['two', 'three', 'one']
    """
    distinct = list(dict.fromkeys(partners))
    order = sorted(distinct, key=lambda text: hashlib.sha256(f"{label}\0{text}".encode()).digest())
    return order if order != distinct else order[1:] + order[:1]


def answer_line(name, text):
    """Make a paragraph of a right answer: its letter or its value, then words."""
    return nodes.paragraph("", "", nodes.strong("", name), nodes.Text(" "), *text)


#: How the list is read: kind to a function of the label, the list items and the options.
READERS = {
    "choice": lambda *given: read_choices(*given, several=False),
    "multiple": lambda *given: read_choices(*given, several=True),
    "number": lambda *given: read_values(*given, shape=False),
    "shape": lambda *given: read_values(*given, shape=True),
    "match": read_pairs,
}
