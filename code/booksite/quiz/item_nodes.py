"""The nodes of a question: what it holds are attributes and children, and the HTML of each stands beside it."""

import html

from docutils import nodes
from sphinx.application import Sphinx

#: Where an answer goes on paper.
_BLANK = '<span class="quiz-blank">………………</span>'

#: Shown by the script, since nothing is checked without it. It stands beside a field, and below a list.
_CHECK = '<button type="button" class="quiz-check d-print-none" hidden>Check</button>'
_CHECK_BELOW = f'<div class="quiz-actions d-print-none">{_CHECK}</div>\n'


class quiz_part(nodes.General, nodes.Element):
    """A part of a question that holds blocks; the page writes `opening` and `closing` with its attributes filled in."""

    opening, closing = '<div class="{html_class}">', "</div>\n"


class quiz_words(nodes.General, nodes.TextElement):
    """A part of a question that holds words; typographic quotes are set in them as in a paragraph."""

    opening, closing = "", ""


class quiz_item(quiz_part):
    """A whole question: `kind`, `task`, `label`, `page`, `number` on it, `tests`, `digest`, and the script's `key`."""

    # A legend holds no paragraphs, and a group's description is often not read: the question is part of its name.
    opening = (
        '<fieldset class="quiz-item" id="{label}" data-kind="{kind}" data-page="{page}" data-digest="{digest}" '
        'data-key="{key}" aria-labelledby="{label}-legend {label}-question">\n'
        '<legend id="{label}-legend"><span class="quiz-name">Question {number}</span> '
        '<span class="quiz-kind">· {task}</span> <span class="quiz-state d-print-none"></span></legend>\n'
    )
    closing = "</fieldset>\n"


class quiz_question(quiz_part):
    """What the item called `label` asks."""

    opening = '<div class="quiz-question" id="{label}-question">'


class quiz_choices(quiz_part):
    """All choices of a question."""

    closing = f"</div>\n{_CHECK_BELOW}"


class quiz_cells(quiz_part):
    """All choices as the cells of a drawing, `columns` in a row."""

    opening, closing = '<div class="quiz-choices quiz-cells" style="--columns: {columns}">', f"</div>\n{_CHECK_BELOW}"


class quiz_choice(quiz_words):
    """The words of a choice: its `letter`, `index` and `name`, its `control`, and the item's `label`."""

    opening = (
        '<div class="quiz-choice"><input type="{control}" name="{label}" id="{name}" value="{index}">'
        '<label for="{name}"><span class="quiz-letter">{letter}</span> <span class="quiz-text">'
    )
    closing = "</span></label></div>\n"


class quiz_cell(quiz_words):
    """What stands in a cell: a choice whose `letter` names the cell; `row` and `column` number the first ones."""

    opening = quiz_choice.opening.replace(">", ' data-row="{row}" data-column="{column}">', 1)
    closing = quiz_choice.closing


class quiz_field(quiz_part):
    """A line to type in: the answer's `unit`, a `hint` how to write it, a `keyboard`, and the item's `label`."""

    opening = (
        '<div class="quiz-field"><label for="{label}-answer">Your answer</label> '
        '<span class="quiz-hint" id="{label}-hint">{hint}</span>\n'
        '<div class="quiz-row"><input type="text" id="{label}-answer" inputmode="{keyboard}" autocomplete="off" '
        'autocapitalize="off" spellcheck="false" aria-describedby="{label}-unit {label}-hint">'
        f'{_BLANK} <span class="quiz-unit" id="{{label}}-unit">{{unit}}</span> {_CHECK}'
    )
    closing = "</div></div>\n"


class quiz_pairs(quiz_part):
    """All left sides of a match."""

    closing = f"</div>\n{_CHECK_BELOW}"


class quiz_pair(quiz_words):
    """The words of a left side, its `index` and `name`; the reader chooses its partner from a list."""

    # A formula alone is no name that every screen reader finds.
    opening = '<div class="quiz-pair"><label for="{name}"><span class="quiz-unseen">Partner of </span>'
    closing = (
        '</label><select id="{name}" autocomplete="off"><option value="">Choose…</option>{options}</select>'
        f"{_BLANK}</div>\n"
    )


class quiz_partners(quiz_part):
    """All partners of a match in the order of the lists; shown on paper, which has no list to choose from."""

    opening, closing = '<div class="quiz-partners"><p>Choose from:</p><ul>', "</ul></div>\n"


class quiz_partner(quiz_words):
    """The words of a partner."""

    opening, closing = "<li>", "</li>"


class quiz_answer(quiz_part):
    """The answer, which opens without a script, and holds all that the script can say."""

    opening = (
        '<div class="quiz-feedback d-print-none" aria-live="polite"></div>\n'
        '<details class="quiz-answer"><summary>Show the answer</summary>\n<div class="quiz-answer-text">'
    )
    closing = "</div></details>\n"


class quiz_solution(quiz_part):
    """The right answer alone."""

    opening = '<div class="quiz-solution"><p class="quiz-answer-title">Answer</p>'


class quiz_explanation(quiz_part):
    """Why it is right."""


class quiz_picture(quiz_part):
    """A `drawing` of what is given, or of the answer, as a part of a page, and its `alt`."""

    opening, closing = '<div class="quiz-picture">{drawing}', "</div>\n"


class quiz_begun(quiz_part):
    """A `drawing` that the script shows with a mistake."""

    opening, closing = '<div class="quiz-picture quiz-begun d-print-none">{drawing}', "</div>\n"


class quiz_more(nodes.General, nodes.Element):
    """Where a page leads on; a page alone shows it, when the script says that all questions are answered right."""


class quiz_notes(quiz_part):
    """All remarks on answers."""

    opening, closing = '<ul class="quiz-notes">', "</ul>\n"


class quiz_note(quiz_part):
    """A remark on the answers `indexes`, with a lead and a text; `name` is the letters or the value, if there are any.

    `mistake` is what is noted of a reader who gives that answer: the key of a usual mistake, else the answer's name.
    """

    opening, closing = '<li data-note="{indexes}" data-mistake="{mistake}">', "</li>\n"


class quiz_lead(quiz_words):
    """Which answer a remark is about."""

    opening, closing = '<p class="quiz-lead">', "</p>\n"


class quiz_note_text(quiz_part):
    """What is said to whoever gives that answer."""


def fill(template: str, node: nodes.Element) -> str:
    """Write a node's attributes into its HTML; a drawing is HTML already."""
    attributes = {**node.attributes, "indexes": " ".join(map(str, node.get("indexes", [])))}
    values = {name: html.escape(str(value)) for name, value in attributes.items()}
    values["drawing"] = node.get("drawing", "")
    values["html_class"] = type(node).__name__.replace("_", "-")
    if isinstance(node, quiz_pair):
        partners = [html.escape(partner.astext()) for partner in node.parent.parent.findall(quiz_partner)]
        values["options"] = "".join(f'<option value="{place}">{text}</option>' for place, text in enumerate(partners))
    return template.format_map(values)


def copies(children: list[nodes.Node]) -> list[nodes.Node]:
    """Copy nodes to a second place: without ids, which have to be unique."""
    copied = [child.deepcopy() for child in children]
    for child in copied:
        for node in child.findall():
            node.document = None
            if isinstance(node, nodes.Element):
                node["ids"], node["names"] = [], []
    return copied


def brief(node: nodes.Node) -> str:
    """Name a node in a message by its first words."""
    text = " ".join(node.astext().split())
    return text if len(text) <= 40 else text[:39] + "…"


def setup(app: Sphinx) -> None:
    def write_opening(translator, node):
        translator.body.append(fill(node.opening, node))

    def write_closing(translator, node):
        translator.body.append(fill(node.closing, node))

    for kind in [*quiz_part.__subclasses__(), *quiz_words.__subclasses__()]:
        app.add_node(kind, html=(write_opening, write_closing))
    opening, closing = '<div class="quiz-more d-print-none">', "</div>\n"
    app.add_node(
        quiz_more,
        html=(
            lambda translator, _: translator.body.append(opening),
            lambda translator, _: translator.body.append(closing),
        ),
    )
