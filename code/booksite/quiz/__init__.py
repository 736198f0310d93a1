"""The directive ``quiz``: a question that answers back on the static page, and says which mistake an answer stands for.

A question, one bullet list, and an explanation, all in MyST; what the list holds depends on the kind::

    :::{quiz} number
    :label: quiz-parameters-rgb
    :tests: counting parameters
    :answer: shapes.conv_parameters(3, 3, 32)
    :unit: parameters
    How many parameters do 32 filters of 3×3 have on an RGB image?

    - `shapes.conv_parameters(3, 3, 32, bias=False)`

      {mistake}`bias-forgotten`

    $(27 + 1) \\cdot 32$ is {answer}.
    :::

=============  ================================================================================================
`choice`       ``- [x] right`` or ``- [ ] wrong``, then paragraphs for whoever chose it; exactly one is right
`multiple`     the same, with one right choice or more
`number`       ``- `expression` `` of a wrong answer that is recognised, then its misconception
`shape`        the same with tuples
`match`        a paragraph, its partner in plain text, and paragraphs for whoever matches it otherwise
=============  ================================================================================================

A misconception is ``{mistake}`` with a key of `cnnbook.mistakes`, which brings its sentence, or the page's own words,
or both. Without a link it gets one to where it is taught: the label of ``:taught:``, else the page of the mistake.
With ``:columns:``, the choices are the cells of a drawing, so many in a row; a wrong cell that says nothing shares the
remark of the one before. ``:picture:``, an expression such as ``plotting.windows_1d([2, -1, 0], [1, 1])``, ends the
explanation with a drawing, which a wrong number or shape gets to see begun, where that can be, unless ``:begun: no``
says that it would tell the answer; ``:given:`` ends the question with one. ``:picture-alt:`` and ``:given-alt:`` say
what is to be seen.
Answers and wrong answers of numbers and shapes are expressions, see `values`. Whatever is wrong in the source is a
warning, and so fails the build. ``book/assets/scripts/quiz.js`` checks answers in the reader's browser; without it a
reader opens the answer, which holds all that the script can say.
"""

import base64
import hashlib
import json
import re
from typing import cast

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata

from booksite.quiz import item_nodes, tables
from booksite.quiz.item_nodes import (
    brief,
    copies,
    quiz_answer,
    quiz_begun,
    quiz_explanation,
    quiz_item,
    quiz_note_text,
    quiz_notes,
    quiz_picture,
    quiz_question,
    quiz_solution,
)
from booksite.quiz.kinds import KINDS, Form, Kind, fill_answer, split_body
from booksite.quiz.picture import draw_begun, draw_picture
from booksite.quiz.values import QuizError
from cnnbook.mistakes import mistake

logger = logging.getLogger(__name__)

_LABEL = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Quiz(SphinxDirective):
    """See the module."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(
        (
            *("label", "tests", "taught", "answer", "tolerance", "unit", "columns"),
            *("given", "given-alt", "picture", "picture-alt", "begun"),
        ),
        directives.unchanged,
    )

    @property
    def standard_domain(self) -> StandardDomain:
        return cast(StandardDomain, self.env.get_domain("std"))

    def run(self) -> list[nodes.Node]:
        try:
            return [self.make_item()]
        except QuizError as error:
            label = self.options.get("label") or self.arguments[0]
            logger.warning("quiz %s: %s", label, error, location=self.get_location(), type="quiz")
            return []

    def make_item(self) -> quiz_item:
        """Make the node of the item, and note the item for references and for the tables."""
        name = self.arguments[0]
        if name not in KINDS:
            raise QuizError(f"unknown kind `{name}`; use {', '.join(KINDS)}.")
        kind, label = KINDS[name], self.read_label()
        if not self.options.get("tests"):
            raise QuizError("The item has no :tests:, a few words on what it tests.")
        for option in {"answer", "tolerance", "unit"} & set(self.options):
            if not kind.computed:
                raise QuizError(f"A {name} has no :{option}:; numbers and shapes have.")
        if "columns" in self.options and name not in ("choice", "multiple"):
            raise QuizError(f"A {name} has no :columns:; what is chosen has.")
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        question, items, explanation = split_body(body.children)
        form = kind.read(label, items, self.options)
        for note in form.notes:
            mistakes = (node["mistake"] for node in note.findall(nodes.inline) if node.get("mistake"))
            note["mistake"] = next(mistakes, note["name"].replace(" ", "-") or f"pair-{note['indexes'][0] + 1}")
        fill_answer([*question, *form.inputs, *form.notes], None)
        fill_answer(explanation, form.value)
        explanation += self.make_picture("picture")
        source = "\n".join([name, *self.content, json.dumps(form.key, sort_keys=True)])
        item = quiz_item(
            "",
            quiz_question("", *question, *self.make_picture("given"), label=label),
            *form.inputs,
            *self.begin_picture(kind),
            make_answer(form, explanation),
            kind=name,
            task=kind.task,
            label=label,
            page=self.env.docname,
            number=len(tables.items_on(self.env, self.env.docname)) + 1,
            tests=self.options["tests"],
            digest=hashlib.sha256(source.encode()).hexdigest()[:10],
            # Not secret, but not to be read by accident either.
            key=base64.b64encode(json.dumps(form.key).encode()).decode(),
        )
        [table_item] = copies([item])  # without the links that are added here
        self.add_links(form)
        self.register(table_item)
        return item

    def make_picture(self, option: str) -> list[quiz_picture]:
        """Draw the picture of an option, if the item has it."""
        expression, alt = self.options.get(option), self.options.get(f"{option}-alt")
        if bool(expression) != bool(alt):
            raise QuizError(f"Write :{option}: and :{option}-alt:, what is to be seen in it; neither goes alone.")
        return [quiz_picture("", drawing=draw_picture(expression, alt), alt=alt)] if expression and alt else []

    def begin_picture(self, kind: Kind) -> list[quiz_begun]:
        """Draw the begun picture for who has mistaken a number or a shape; a wrong choice has its remark."""
        if self.options.get("begun", "no") != "no":
            raise QuizError("The :begun: of a picture can only be `no`.")
        is_begun = kind.computed and "begun" not in self.options
        drawing = is_begun and draw_begun(self.options.get("picture", ""))
        return [quiz_begun("", drawing=drawing)] if drawing else []

    def read_label(self) -> str:
        """Give the label; it names the item on its page, in the reader's browser, and in ``{ref}``."""
        label = self.options.get("label")
        if not label:
            raise QuizError("The item has no :label:, such as quiz-stride-halves.")
        if not _LABEL.fullmatch(label):
            raise QuizError("The :label: has to be small letters and digits in words with a hyphen between them.")
        if label in self.standard_domain.anonlabels:
            raise QuizError(f"The :label: is used already, on the page {self.standard_domain.anonlabels[label][0]}.")
        return label

    def register(self, item: quiz_item) -> None:
        """Let ``{ref}`` find the item, and the tables list it."""
        page, label = item["page"], item["label"]
        self.standard_domain.labels[label] = (page, label, f"Question {item['number']}")
        self.standard_domain.anonlabels[label] = (page, label)
        tables.items_on(self.env, page).append(item)

    def add_links(self, form: Form) -> None:
        """Say after each mistake without a link where it is taught."""
        for note in form.notes:
            text = note.next_node(quiz_note_text)
            if note["right"] or any(text.findall(is_link)):
                continue
            mistake_page = next((node["taught"] for node in text.findall(nodes.inline) if node.get("taught")), None)
            label = self.options.get("taught") or mistake_page
            if not label:
                raise QuizError(f"“{brief(text[0])}” has no link to where it is taught: add one, or :taught:, a label.")
            if not isinstance(text[-1], nodes.paragraph):
                text += nodes.paragraph()
            link = addnodes.pending_xref(
                "", nodes.inline("", label), refdomain="std", reftype="ref", reftarget=label, refexplicit=False,
                refdoc=self.env.docname, refwarn=True,
            )  # fmt: skip
            text[-1].extend([nodes.Text(" See "), link, nodes.Text(".")])
            self.set_source_info(link)


class MistakeRole(SphinxRole):
    """``{mistake}`key` ``: the sentence of `cnnbook.mistakes` on a usual mistake; the item adds a link to its page."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            entry = mistake(self.text)
        except ValueError as error:
            logger.warning("quiz: %s", error, location=self.get_location(), type="quiz")
            return [], []
        sentence, messages = self.inliner.parse(entry.sentence, self.lineno, self.inliner, nodes.paragraph())
        return [nodes.inline("", "", *sentence, taught=entry.label, mistake=entry.name)], messages


def is_link(node: nodes.Node) -> bool:
    """Tell whether a node is a link, or will be one."""
    return isinstance(node, nodes.reference | addnodes.pending_xref)


def make_answer(form: Form, explanation: list[nodes.Node]) -> quiz_answer:
    """Make the answer that opens without a script: the right one, why it is right, and what is said to others."""
    answer = quiz_answer("", quiz_solution("", *form.solution))
    if explanation:
        answer += quiz_explanation("", *explanation)
    if form.notes:
        answer += quiz_notes("", *form.notes)
    return answer


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("quiz", Quiz)
    app.add_role("mistake", MistakeRole())
    item_nodes.setup(app)
    tables.setup(app)
    return {"env_version": 3}  # raised when the tables keep something else: an older environment is read again
