"""All questions of the book: ``quiz-overview``, a table for the reader, and ``quiz-table``, cards for the teacher.

Both are filled in when a page is written, after all pages are read, and are written again whenever an item changes.
"""

import base64
import hashlib
import html
import json
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from booksite.quiz.item_nodes import (
    copies,
    quiz_cell,
    quiz_cells,
    quiz_choice,
    quiz_item,
    quiz_more,
    quiz_note,
    quiz_note_text,
    quiz_pair,
    quiz_question,
    quiz_solution,
)
from cnnbook.practice.texts import TEXTS


class quiz_overview(nodes.General, nodes.Element):
    """The place of the reader's overview."""


class quiz_dots(nodes.General, nodes.Element):
    """The place of the dots for the questions of a page."""


class quiz_table(nodes.General, nodes.Element):
    """The place of the teacher's cards."""


# --- what the environment remembers of a page -----------------------------------------------------------------------


#: The page of practice problems, which the reader's overview counts too, and that of the overview.
_PRACTICE, _OVERVIEW = "book/review/practice", "book/review/your-answers"

#: In a page's metadata: its items, and what the tables on it were written from.
_ITEMS, _DIGEST = "quiz-items", "quiz-digest"


def items_on(env: BuildEnvironment, docname: str) -> list[quiz_item]:
    """Give the list of a page's items, not yet resolved, to read or to append to."""
    return env.metadata[docname].setdefault(_ITEMS, [])


def pages_in_order(env: BuildEnvironment) -> list[str]:
    """List the pages that have items in the order of the book's contents; those outside of it come last."""
    pages = dict.fromkeys([*env.collect_relations(), *sorted(env.metadata)])
    return [page for page in pages if env.metadata.get(page, {}).get(_ITEMS)]


def rewrite_tables(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the tables written again if any item, or the title or place of its page, is not what it was."""
    state = [
        (page, env.titles[page].astext(), item["label"], item["number"], item["tests"], item["digest"])
        for page in pages_in_order(env)
        for item in items_on(env, page)
    ]
    digest = hashlib.sha256(repr(state).encode()).hexdigest()
    outdated = [page for page, data in env.metadata.items() if data.get(_DIGEST, digest) != digest]
    for page in outdated:
        env.metadata[page][_DIGEST] = digest
    return outdated


class _Table(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname][_DIGEST] = "not written yet"
        return [self.place()]


class QuizOverview(_Table):
    """A table of all pages with questions, and how many of each the reader has answered right."""

    place = quiz_overview


class QuizTable(_Table):
    """A card for each question for a teacher: what it tests, its answer, the mistakes it recognises."""

    place = quiz_table


# --- the dots of a page ----------------------------------------------------------------------------------------------


class QuizDots(SphinxDirective):
    """A dot for each question of this page; it leads to it, and says how it was answered."""

    def run(self) -> list[nodes.Node]:
        return [quiz_dots()]


def write_dots(translator, node: quiz_dots) -> None:
    """Write the row of dots, now that all questions of the page are read; the script of the questions marks them."""
    items = items_on(translator.builder.env, translator.builder.current_docname)
    dots = "".join(write_dot(item, "") for item in items)
    translator.body.append(f'<nav class="quiz-dots d-print-none" aria-label="Questions of this page">{dots}</nav>\n')
    raise nodes.SkipNode


def write_dot(item: quiz_item, address: str) -> str:
    """Write the dot of a question, which is on the page at the address."""
    return (
        f'<a class="quiz-dot" href="{address}#{item["label"]}" data-item="{item["label"]}:{item["digest"]}" '
        f'data-number="{item["number"]}" data-tests="{html.escape(item["tests"])}" '
        f'aria-label="Question {item["number"]}"></a>'
    )


class LeadOn(SphinxPostTransform):
    """Say after the last question of a page where to go on; it is shown when all are answered right."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        items = list(self.document.findall(quiz_item))
        kinds = {
            kind: texts["title"]
            for kind, texts in TEXTS["kinds"].items()
            if f"book/{texts['page']}" == self.env.docname
        }
        target, address, words = _OVERVIEW, "", "what is still open on other pages"
        if kinds:
            target, address = _PRACTICE, f"?count=5&kinds={','.join(kinds)}"
            words = f"new problems on {' and '.join(kinds.values()).lower()}"
        if not items or target not in self.env.titles or target == self.env.docname:
            return
        uri = self.app.builder.get_relative_uri(self.env.docname, target) + address
        link = nodes.reference("", words, internal=True, refuri=uri)
        line = quiz_more(
            "", nodes.paragraph("", "Everything on this page is right. Go on with ", link, nodes.Text("."))
        )
        items[-1].parent.insert(items[-1].parent.index(items[-1]) + 1, line)


# --- the reader's overview -------------------------------------------------------------------------------------------


def _questions(count: int) -> str:
    return f"{count} question{'s' * (count != 1)}"


def write_overview(translator, node: quiz_overview) -> None:
    """Write the table that the browser's script fills: a dot for each question, which leads to it."""
    env, builder = translator.builder.env, translator.builder
    rows, total = [], 0

    def write_row(page: str, dots: str, result: str, data: str = "") -> str:
        link = f'<a class="reference internal" href="{address(page)}">{html.escape(env.titles[page].astext())}</a>'
        return f'<tr data-page="{page}"{data}><th scope="row">{link}</th><td>{dots}</td>{result}</tr>'

    def address(page: str) -> str:
        return builder.get_relative_uri(builder.current_docname, page)

    for page in pages_in_order(env):
        items = items_on(env, page)
        total += len(items)
        dots = f'<div class="quiz-dots">{"".join(write_dot(item, address(page)) for item in items)}</div>'
        rows.append(write_row(page, dots, f'<td class="quiz-count" hidden>{_questions(len(items))}</td>'))
    if _PRACTICE in env.titles:
        kinds = json.dumps({kind: texts["title"] for kind, texts in TEXTS["kinds"].items()})
        solved = '<td class="quiz-solved" hidden>0 solved</td>'
        rows.append(write_row(_PRACTICE, "without end", solved, f' data-kinds="{html.escape(kinds)}"'))
    translator.body.append(
        '<div class="quiz-overview"><div class="pst-scrollable-table-container"><table class="table">\n'
        '<thead><tr><th scope="col">page</th><th scope="col">questions</th>'
        '<th scope="col" class="quiz-count" hidden>result</th></tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody>\n"
        '<tfoot><tr><th scope="row">all pages</th><td></td>'
        f'<td class="quiz-count" hidden>{_questions(total)}</td></tr></tfoot>\n'
        "</table></div></div>\n"
    )
    raise nodes.SkipNode


# --- the teacher's list ----------------------------------------------------------------------------------------------


class FillTables(SphinxPostTransform):
    """Put a fold for each page, with a card for each question, in the place of ``quiz-table``, before references are
    resolved."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(quiz_table)):
            folds = [self.make_fold(page) for page in pages_in_order(self.env)]
            for fold in folds:
                for reference in fold.findall(addnodes.pending_xref):
                    reference["refdoc"] = self.env.docname
            place.replace_self(folds)

    def make_fold(self, page: str) -> nodes.admonition:
        items = items_on(self.env, page)
        title = nodes.title("", f"{self.env.titles[page].astext()}: {_questions(len(items))}")
        names = {"ids": ["quiz-table-" + nodes.make_id(page)], "classes": ["page-fold", "dropdown"]}
        return nodes.admonition("", title, *map(self.make_card, items), **names)

    def make_card(self, item: quiz_item) -> nodes.container:
        head = nodes.paragraph("", "", self.link(item["page"], item["label"], f"Question {item['number']}"))
        head += [nodes.Text(f", {item['task']}, "), nodes.literal("", item["label"])]
        mistakes = [make_mistake(item, note) for note in item.findall(quiz_note) if not note["right"]]
        fields = {
            "Tests": [nodes.paragraph("", item["tests"])],
            "Answer": copies(item.next_node(quiz_solution).children),
            "Mistakes": [nodes.bullet_list("", *mistakes)] if mistakes else [],
        }
        known = nodes.field_list(
            "",
            *(
                nodes.field("", nodes.field_name("", name), nodes.field_body("", *body))
                for name, body in fields.items()
                if body
            ),
        )
        question = copies(item.next_node(quiz_question).children)
        if plane := item.next_node(quiz_cells):
            question.append(nodes.raw("", write_plane(item, plane), format="html"))
        return nodes.container("", head, *question, known, classes=["quiz-card"])

    def link(self, page: str, label: str, text: str) -> nodes.reference:
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        return nodes.reference("", text, internal=True, refuri=f"{address}#{label}" if label else address)


def write_plane(item: quiz_item, plane: quiz_cells) -> str:
    """Write the cells of a question as a table, the right ones marked."""
    right = json.loads(base64.b64decode(item["key"]))["right"]
    texts = [html.escape(cell.astext()) for cell in plane.children]
    cells = [f"<td>{text}</td>" for text in texts]
    for index in right:
        cells[index] = f'<td class="right">{texts[index]} ✓</td>'
    starts = range(0, len(cells), plane["columns"])
    rows = (f"<tr>{''.join(cells[start : start + plane['columns']])}</tr>" for start in starts)
    return f'<table class="quiz-plane"><tbody>{"".join(rows)}</tbody></table>'


def make_mistake(item: quiz_item, note: quiz_note) -> nodes.list_item:
    """Name a mistake by its letter and words, its value, or a side that was matched otherwise, and say what it is."""
    name: list[nodes.Node] = [nodes.strong("", note["name"])] if note["name"] else []
    if choices := list(item.findall(lambda node: isinstance(node, quiz_choice | quiz_cell | quiz_pair))):
        first, *others = note["indexes"]
        words = [nodes.Text(" "), *copies(choices[first].children)]
        if others:
            name += [nodes.Text(f" and {len(others)} more")]
        elif not isinstance(choices[first], quiz_cell):  # whose name says which it is
            name += words
    if isinstance(name[-1], nodes.Text):
        name[-1] = nodes.Text(name[-1].removesuffix("."))  # a choice may be a whole sentence
    first, text = nodes.paragraph("", "", *name, nodes.Text(": ")), copies(note.next_node(quiz_note_text).children)
    if isinstance(text[0], nodes.paragraph):
        first.extend(text.pop(0).children)
    return nodes.list_item("", first, *text)


def setup(app: Sphinx) -> None:
    app.add_node(quiz_overview, html=(write_overview, None))
    app.add_node(quiz_dots, html=(write_dots, None))
    app.add_node(quiz_table)
    app.add_directive("quiz-dots", QuizDots)
    app.add_directive("quiz-overview", QuizOverview)
    app.add_directive("quiz-table", QuizTable)
    app.add_post_transform(FillTables)
    app.add_post_transform(LeadOn)
    app.connect("env-updated", rewrite_tables)
