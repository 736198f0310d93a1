"""The student's notebook as a list of tasks: made from ``practical.md``, and read again to see what was answered.

A task begins with a heading such as ``### Task 1.2: ...`` and ends where the next one begins. Headings are what every
program that edits notebooks keeps; of metadata and cell numbers some keep nothing.
"""

import ast
import importlib.resources
import re
from typing import NamedTuple

# What stands where an answer is to be written: in code a comment, in words a line.
CODE_MARK, WORDS_MARK = "# Your answer", "*Your answer*"
KINDS = {"code": "in code", "markdown": "in words"}

_HEADING = re.compile(r"^#{1,6}[ \t]+Task[ \t]+(\d+\.\d+)\b[ \t:.]*(.*)$", re.M)
_COMMENT = re.compile(r"<!--.*?-->", re.S)


class Cell(NamedTuple):
    """A cell, or the part of one that belongs to a task: its `kind` ("code" or "markdown") and its `source`."""

    kind: str
    source: str

    def asks(self):
        """Whether this cell of the template is for an answer."""
        return (CODE_MARK if self.kind == "code" else WORDS_MARK) in self.source


class Task(NamedTuple):
    """A task of the notebook: its `title`, and the `cells` from its heading to the next."""

    title: str
    cells: list

    @property
    def optional(self):
        """Whether the title says so."""
        return "(optional)" in self.title


def template():
    """The cells of the student's notebook, read from ``practical.md``.

    Examples
    --------
    >>> template()[0].source.splitlines()[0]
    '# Convolutional networks with Keras: the practical'
    """
    return read_cells((importlib.resources.files("cnnbook.handin") / "practical.md").read_text("utf-8"))


def read_cells(text):
    """The cells of a MyST notebook: fenced ``{code-cell}`` blocks, and the Markdown between them, cut at ``+++``.

    Examples
    --------
    >>> read_cells("one\\n+++\\ntwo\\n```{code-cell} ipython3\\n1 + 1\\n```\\n")  # doctest: +NORMALIZE_WHITESPACE
    [Cell(kind='markdown', source='one'), Cell(kind='markdown', source='two'), Cell(kind='code', source='1 + 1')]
    """
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    cells, position = [], 0
    for block in re.finditer(r"^```\{code-cell\}.*?\n(.*?)^```[ \t]*$", text, re.S | re.M):
        cells += _markdown(text[position : block.start()])
        cells.append(Cell("code", block[1].strip("\n")))
        position = block.end()
    return cells + _markdown(text[position:])


def _markdown(text):
    parts = (part.strip() for part in re.split(r"^\+\+\+[ \t]*$", text, flags=re.M))
    return [Cell("markdown", part) for part in parts if part]


def notebook(cells):
    """The cells as a notebook of format 4.5 without outputs, in plain JSON types."""
    made = []
    for number, cell in enumerate(cells):
        content = {"id": f"cell-{number}", "cell_type": cell.kind, "metadata": {}, "source": cell.source}
        made.append(content | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": made,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def by_number(cells):
    """The tasks of a notebook, by their number as text; what comes before the first heading belongs to none.

    A heading that occurs twice begins one task with the cells of both.
    """
    found, current = {}, None
    for cell in cells:
        for number, title, part in _parts(cell):
            if number:
                current = found.setdefault(number, Task(title, []))
            if current:
                current.cells.append(part)
    return found


def of_each_cell(cells):
    """For each cell the number of the task it belongs to; None before the first. Names the place of an error."""
    numbers, current = [], None
    for cell in cells:
        found = [number for number, _, _ in _parts(cell) if number]
        current = found[-1] if found else current
        numbers.append(current)
    return numbers


def _parts(cell):
    """Cut a cell at the headings of tasks: (number, title, part); the number is None where a part begins without."""
    headings = list(_HEADING.finditer(cell.source)) if cell.kind == "markdown" else []
    starts = [0] if not headings or headings[0].start() else []
    starts += [heading.start() for heading in headings]
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        heading = _HEADING.match(cell.source, start)
        number, title = heading.groups() if heading else (None, None)
        yield number, title, Cell(cell.kind, cell.source[start:end])


def unanswered(cells):
    """What a student's notebook lacks.

    Parameters
    ----------
    cells : list of Cell

    Returns
    -------
    (list of str, list of str)
        What is missing of the tasks that are asked for, and of those that are optional: a sentence each.
    """
    theirs, missing, optional = by_number(cells), [], []
    for number, task in by_number(template()).items():
        says = _lacks(task, theirs.get(number))
        (optional if task.optional else missing).extend(f"Task {number} {what}" for what in says)
    return missing, optional


def _lacks(asked, given):
    if given is None:
        return ["is not in the notebook: its heading is gone"]
    wanted = [kind for kind in KINDS if any(cell.kind == kind and cell.asks() for cell in asked.cells)]
    lacking = [kind for kind in wanted if not _content(given, kind) - _content(asked, kind)]
    if lacking == wanted:
        return ["is not answered"]
    says = [f"has no answer {KINDS[kind]}" for kind in lacking]
    empty = [_meaning(cell) for cell in asked.cells if cell.asks() and cell.kind not in lacking]
    left = [cell for cell in given.cells if cell.asks() and _meaning(cell) in empty]
    says += ["has a cell that is left empty"] * len(left)
    if any(cell.kind == "code" and cell not in left and _has_dots(cell.source) for cell in given.cells):
        says.append("still has ... where an answer goes")
    return says


def _content(task, kind):
    """Everything of one kind that a task's cells say, as a set: statements, or lines of text."""
    return {part for cell in task.cells if cell.kind == kind for part in _meaning(cell)[1]}


def _meaning(cell):
    """What is left of a cell without comments, placeholders and layout: its kind and a tuple of parts."""
    if cell.kind == "code":
        tree = _tree(cell.source)
        if tree is not None:
            return "code", tuple(ast.dump(node) for node in tree.body if not _is_dots(node))
        lines = [line.strip() for line in cell.source.splitlines() if not line.strip().startswith("#")]
    else:
        lines = [line.strip() for line in _COMMENT.sub("", cell.source).replace(WORDS_MARK, "").splitlines()]
    return cell.kind, tuple(line for line in lines if line)


def _tree(source):
    """The syntax tree of a cell without its magic commands; None where it cannot be read."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return None


def _is_dots(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _has_dots(source):
    """Whether a cell holds three dots that stand for an answer; those of an index, as in ``x[..., 0]``, do not."""
    tree = _tree(source)
    if tree is None:
        return False
    indices = {
        id(inner) for node in ast.walk(tree) if isinstance(node, ast.Subscript) for inner in ast.walk(node.slice)
    }
    return any(
        isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices for node in ast.walk(tree)
    )
