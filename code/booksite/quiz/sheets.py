"""Sheets over all quiz items of the book: ``quiz-overview`` for the reader, ``quiz-table`` for the teacher.

Both are filled in when a page is written, after all pages are read, and are written again whenever an item changes.
"""

import hashlib
import html
from dataclasses import dataclass

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective


@dataclass
class Item:
    """What the sheets say about an item; `question`, `answer` and `mistakes` hold nodes, not yet resolved."""

    label: str
    number: int
    kind: str
    tests: str
    digest: str
    question: list
    answer: list
    mistakes: list


class quiz_overview(nodes.General, nodes.Element):
    """Where the overview stands."""


class quiz_table(nodes.General, nodes.Element):
    """Where the teacher's table stands."""


# --- what the environment remembers ----------------------------------------------------------------------------------


def all_items(env):
    """Give the items of all pages that were read: a dict of page to list."""
    if not hasattr(env, "cnnbook_quiz_items"):
        env.cnnbook_quiz_items = {}
    return env.cnnbook_quiz_items


def items_of(env, docname):
    """Give the list of a page's items, to read or to append to."""
    return all_items(env).setdefault(docname, [])


def sheets(env):
    """Give the pages that have an overview or a table."""
    if not hasattr(env, "cnnbook_quiz_sheets"):
        env.cnnbook_quiz_sheets = set()
    return env.cnnbook_quiz_sheets


def forget_page(app, env, docname):
    """Forget a page that is read again, or is gone."""
    all_items(env).pop(docname, None)
    sheets(env).discard(docname)


def merge_pages(app, env, docnames, other):
    """Take over what another process has read."""
    all_items(env).update({name: items for name, items in all_items(other).items() if name in docnames})
    sheets(env).update(sheets(other) & set(docnames))


def pages_in_order(env):
    """List the pages that have items in the order of the book's contents; those outside of it come last."""
    order, ahead = [], [env.config.root_doc]
    while ahead:
        page = ahead.pop(0)
        if page not in order:
            order.append(page)
            ahead = [*env.toctree_includes.get(page, []), *ahead]
    rest = sorted(set(all_items(env)) - set(order))
    return [page for page in [*order, *rest] if all_items(env).get(page)]


def rewrite_sheets(app, env):
    """Have the sheets written again if any item, or the title or place of its page, is not what it was."""
    state = [
        (page, env.titles[page].astext(), item.label, item.number, item.tests, item.digest)
        for page in pages_in_order(env)
        for item in all_items(env)[page]
    ]
    digest = hashlib.sha256(repr(state).encode()).hexdigest()
    if getattr(env, "cnnbook_quiz_state", None) == digest:
        return []
    env.cnnbook_quiz_state = digest
    return sorted(sheets(env))


class _Sheet(SphinxDirective):
    def run(self):
        sheets(self.env).add(self.env.docname)
        return [self.place()]


class QuizOverview(_Sheet):
    """A table of all pages with questions, and how many of each the reader has answered right."""

    place = quiz_overview


class QuizTable(_Sheet):
    """A table of all questions for a teacher: what each tests, its answer, the mistakes it recognises."""

    place = quiz_table


# --- the reader's overview -------------------------------------------------------------------------------------------


def overview(env, link_to):
    """Make the HTML of the overview.

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
    link_to : callable
        Gives the address of a page.
    """
    rows, total = [], 0
    for page in pages_in_order(env):
        items = all_items(env)[page]
        total += len(items)
        names = " ".join(f"{item.label}:{item.digest}" for item in items)
        rows.append(
            f'<tr data-page="{page}" data-items="{names}"><th scope="row"><a class="reference internal" '
            f'href="{link_to(page)}">{html.escape(env.titles[page].astext())}</a></th>'
            f'<td>{len(items)}</td><td class="quiz-count" hidden></td></tr>'
        )
    return (
        '<div class="quiz-overview"><div class="pst-scrollable-table-container"><table class="table">\n'
        '<thead><tr><th scope="col">Page</th><th scope="col">Questions</th>'
        '<th scope="col" class="quiz-count" hidden>Answered right</th></tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody>\n"
        f'<tfoot><tr><th scope="row">All pages</th><td>{total}</td><td class="quiz-count" hidden></td></tr></tfoot>\n'
        "</table></div></div>\n"
    )


def write_overview(translator, node):
    builder = translator.builder
    page = builder.current_docname
    translator.body.append(overview(builder.env, lambda other: builder.get_relative_uri(page, other)))
    raise nodes.SkipNode


# --- the teacher's table ---------------------------------------------------------------------------------------------


class FillTables(SphinxPostTransform):
    """Put a table for each page in the place of ``quiz-table``, before references are resolved."""

    default_priority = 5

    def run(self, **kwargs):
        for node in list(self.document.findall(quiz_table)):
            tables = [self.make_table(page, all_items(self.env)[page]) for page in pages_in_order(self.env)]
            for table in tables:
                for reference in table.findall(addnodes.pending_xref):
                    reference["refdoc"] = self.env.docname
            node.replace_self(tables)

    def make_table(self, page, items):
        rows = [nodes.row("", *(nodes.entry("", *cell) for cell in self.make_cells(page, item))) for item in items]
        names = ("Question", "What it tests", "Answer", "Mistakes it recognises")
        head = nodes.row("", *(nodes.entry("", nodes.paragraph("", name)) for name in names))
        widths = [nodes.colspec(colwidth=width) for width in (28, 16, 18, 38)]
        group = nodes.tgroup("", *widths, nodes.thead("", head), nodes.tbody("", *rows), cols=len(names))
        title = nodes.title("", "", self.link(page, "", self.env.titles[page].astext()))
        name = "quiz-table-" + nodes.make_id(page)
        return nodes.table("", title, group, ids=[name], classes=["quiz-table"])

    def make_cells(self, page, item):
        number = nodes.paragraph("", "", self.link(page, item.label, f"Question {item.number}"))
        number += nodes.Text(f", {item.kind}")
        yield [number, *(node.deepcopy() for node in item.question)]
        yield [nodes.paragraph("", item.tests)]
        yield [node.deepcopy() for node in item.answer]
        yield [nodes.bullet_list("", *map(self.make_mistake, item.mistakes))] if item.mistakes else []

    def make_mistake(self, mistake):
        name, says = ([node.deepcopy() for node in part] for part in mistake)
        if isinstance(name[-1], nodes.Text):
            name[-1] = nodes.Text(name[-1].removesuffix("."))  # a choice may be a whole sentence
        first = nodes.paragraph("", "", *name, nodes.Text(": "))
        if isinstance(says[0], nodes.paragraph):
            first.extend(says.pop(0).children)
        return nodes.list_item("", first, *says)

    def link(self, page, label, text):
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        return nodes.reference("", text, internal=True, refuri=f"{address}#{label}" if label else address)


def setup(app):
    app.add_node(quiz_overview, html=(write_overview, None))
    app.add_node(quiz_table)
    app.add_directive("quiz-overview", QuizOverview)
    app.add_directive("quiz-table", QuizTable)
    app.add_post_transform(FillTables)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    app.connect("env-updated", rewrite_sheets)
