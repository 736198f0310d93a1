"""The directive ``quiz``: a question that answers back on the static page, and says which mistake an answer stands for.

A question, one bullet list, and an explanation, all in MyST; what the list holds depends on the kind::

    :::{quiz} number
    :label: quiz-parameters-rgb
    :tests: counting parameters
    :answer: shapes.conv_parameters(3, 3, 32)
    :unit: parameters
    How many parameters have 32 filters of 3×3 on an RGB image?

    - `shapes.conv_parameters(3, 3, 32, bias=False)`

      You forgot the bias: one for each filter. See {ref}`parameters`.

    $(27 + 1) \\cdot 32$ is {answer}.
    :::

=============  ================================================================================================
`choice`       ``- [x] right`` or ``- [ ] wrong``, then paragraphs for whoever chose it; exactly one is right
`multiple`     the same, with one right choice or more
`number`       ``- `expression` `` of a wrong answer that is recognised, then its misconception
`shape`        the same with tuples
`match`        a paragraph, its partner in plain text, and paragraphs for whoever matches it otherwise
=============  ================================================================================================

A mistake that links to nothing gets a link to where it is taught: the label of ``:taught:``, else this page. Pages
whose names begin as ``cnnbook_quiz_elsewhere`` lists (``book/review/``) ask about what other pages teach: there one of
the two is needed.
Answers and wrong answers of numbers and shapes are expressions, see `answers`. Every mistake in the source is a
warning, and so fails the build. ``book/assets/scripts/quiz.js`` checks answers in the reader's browser; without it a
reader opens the answer, which holds all that the script can say.
"""

import base64
import hashlib
import json
import re

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from booksite.quiz import parts as quiz_parts
from booksite.quiz import sheets as quiz_sheets
from booksite.quiz.answers import QuizError
from booksite.quiz.forms import READERS, fill_answer, split_body
from booksite.quiz.parts import brief, copies, part, quiz_item, words

logger = logging.getLogger(__name__)

#: The kinds, and what the reader is asked to do.
KINDS = {
    "choice": "choose one",
    "multiple": "choose all that are right",
    "number": "give a number",
    "shape": "give a shape",
    "match": "find the partners",
}

_LABEL = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Quiz(SphinxDirective):
    """See the module."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(("label", "tests", "taught", "answer", "tolerance", "unit"), directives.unchanged)

    def run(self):
        try:
            return [self.make_item()]
        except QuizError as error:
            label = self.options.get("label") or self.arguments[0]
            logger.warning("quiz %s: %s", label, error, location=self.get_location(), type="quiz")
            return []

    def make_item(self):
        """Make the node of the item, and note the item for the sheets that list all of them."""
        kind = self.arguments[0]
        if kind not in KINDS:
            raise QuizError(f"`{kind}` is no kind of item: write {', '.join(KINDS)}.")
        label = self.read_label()
        if not self.options.get("tests"):
            raise QuizError("The item has no :tests:, a few words on what it tests.")
        for name in {"answer", "tolerance", "unit"} & set(self.options):
            if kind not in ("number", "shape"):
                raise QuizError(f"A {kind} has no :{name}:; numbers and shapes have.")
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        question, items, explanation = split_body(body.children)
        form = READERS[kind](label, items, self.options)
        fill_answer([*question, *(node for mistake in form.mistakes for node in (*mistake.text, *mistake.says))], None)
        fill_answer(explanation, form.value)
        number = len(quiz_sheets.items_of(self.env, self.env.docname)) + 1
        source = "\n".join([kind, *self.content, json.dumps(form.key, sort_keys=True)])
        digest = hashlib.sha256(source.encode()).hexdigest()[:10]
        listed = self.list_item(kind, label, number, digest, question, form)  # without the links that are added here
        self.add_links(form)
        self.note(listed)
        # A legend holds no paragraphs, and a group's description is often not read: the question is part of its name.
        opening = (
            f'<fieldset class="quiz-item" id="{label}" data-kind="{kind}" data-page="{self.env.docname}" '
            f'data-digest="{digest}" data-key="{encode(form.key)}" '
            f'aria-labelledby="{label}-legend {label}-question">\n'
            f'<legend id="{label}-legend"><span class="quiz-name">Question {number}</span> '
            f'<span class="quiz-kind">· {KINDS[kind]}</span>'
            ' <span class="quiz-state"></span></legend>\n'
        )
        asked = part(f'<div class="quiz-question" id="{label}-question">', *question)
        children = [asked, *form.inputs, answer_box(kind, form, explanation)]
        return quiz_item("", *children, opening=opening, closing="</fieldset>\n")

    def read_label(self):
        """Give the label; it names the item on its page, in the reader's browser, and in ``{ref}``."""
        label = self.options.get("label")
        if not label:
            raise QuizError("The item has no :label:, such as quiz-stride-halves.")
        if not _LABEL.fullmatch(label):
            raise QuizError("The :label: has to be small letters and digits in words with a hyphen between them.")
        if label in (known := self.env.get_domain("std").anonlabels):
            raise QuizError(f"The :label: is used already, on the page {known[label][0]}.")
        return label

    def add_links(self, form):
        """Say after each mistake without a link where it is taught: at ``:taught:``, else on this page."""
        for mistake in form.mistakes:
            if mistake.right or any(node for says in mistake.says for node in says.findall(is_link)):
                continue
            label = self.options.get("taught") or (not self.is_taught_elsewhere() and page_label(self.state.document))
            if not label:
                raise QuizError(
                    f"“{brief(mistake.says[0])}” has no link to where it is taught: add one, or :taught:, a label."
                )
            link = addnodes.pending_xref(
                "", nodes.inline("", label), refdomain="std", reftype="ref", reftarget=label, refexplicit=False,
                refdoc=self.env.docname, refwarn=True,
            )  # fmt: skip
            if not isinstance(mistake.says[-1], nodes.paragraph):
                mistake.says.append(nodes.paragraph())
            mistake.says[-1].extend([nodes.Text(" See "), link, nodes.Text(".")])
            self.set_source_info(link)

    def is_taught_elsewhere(self):
        """Tell whether this page asks about what other pages teach."""
        return self.env.docname.startswith(tuple(self.config.cnnbook_quiz_elsewhere))

    def list_item(self, kind, label, number, digest, question, form):
        """Make what the sheets say about the item."""
        wrong = [mistake for mistake in form.mistakes if not mistake.right]
        return quiz_sheets.Item(
            label=label,
            number=number,
            kind=KINDS[kind],
            tests=self.options["tests"],
            digest=digest,
            question=copies(question),
            answer=copies(form.answer),
            mistakes=[(copies(name_of(mistake)), copies(mistake.says)) for mistake in wrong],
        )

    def note(self, listed):
        """Let ``{ref}`` find the item, and the sheets list it."""
        standard, page = self.env.get_domain("std"), self.env.docname
        standard.labels[listed.label] = (page, listed.label, f"Question {listed.number}")
        standard.anonlabels[listed.label] = (page, listed.label)
        quiz_sheets.items_of(self.env, page).append(listed)


def is_link(node):
    """Tell whether a node is a link, or will be one."""
    return isinstance(node, nodes.reference | addnodes.pending_xref)


def page_label(document):
    """Give the label before the page's title; None where there is none."""
    targets = [child for child in document.children if isinstance(child, nodes.target) and child["names"]]
    return targets[0]["names"][0] if targets else None


def name_of(mistake):
    """Name a mistake by its letter and words, by its value, or by the side that was matched otherwise."""
    name = [nodes.strong("", mistake.name)] if mistake.name else []
    return [*name, nodes.Text(" "), *mistake.text] if mistake.text else name


def encode(key):
    """Pack the key for the script: not secret, but not to be read by accident either."""
    return base64.b64encode(json.dumps(key).encode()).decode()


def answer_box(kind, form, explanation):
    """Make the button, the place for feedback, and the answer that opens without a script."""
    notes = []
    for mistake in form.mistakes:
        if not mistake.says:
            continue
        if kind in ("choice", "multiple"):
            lead = [nodes.strong("", mistake.name), nodes.Text(" is right:" if mistake.right else " is not right:")]
        elif kind == "match":
            lead = [*copies(mistake.text), nodes.Text(", matched otherwise:")]
        else:
            lead = [nodes.Text("If you have "), nodes.strong("", mistake.name), nodes.Text(":")]
        said = part('<div class="quiz-note-text">', *mistake.says)
        lead = words('<p class="quiz-lead">', *lead)
        notes.append(part(f'<li data-note="{mistake.index}">', lead, said))
    content = [
        part('<div class="quiz-solution"><p class="quiz-answer-title">Answer</p>', *form.answer, closing="</div>\n")
    ]
    if explanation:
        content.append(part('<div class="quiz-explanation">', *explanation))
    if notes:
        content.append(part('<ul class="quiz-notes">', *notes))
    return part(
        '<div class="quiz-actions"><button type="button" class="quiz-check" hidden>Check</button></div>\n'
        '<div class="quiz-feedback" aria-live="polite"></div>\n'
        '<details class="quiz-answer"><summary>Show the answer</summary>\n<div class="quiz-answer-text">',
        *content,
        closing="</div></details>\n",
    )


def setup(app):
    quiz_parts.setup(app)
    app.add_config_value("cnnbook_quiz_elsewhere", [], "env", [list, tuple])
    app.add_directive("quiz", Quiz)
    quiz_sheets.setup(app)
