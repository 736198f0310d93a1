"""The tasks of the student's notebook: made from ``practical.md``, and read again to see which are answered.

A task begins with a heading such as ``### Task 1.2: ...`` and ends where the next one begins. Headings are what every
program that edits notebooks keeps; some keep neither metadata nor the cells' ids.
"""

import ast
import importlib.resources
import itertools
import json
import re
from typing import NamedTuple

CODE_MARK, WORDS_MARK = "# Your answer", "*Your answer*"  # where a student writes: in a code cell, in a Markdown cell
KINDS = {"code": "in code", "markdown": "in words"}

_HEADING = re.compile(r"^#{1,6}[ \t]+Task[ \t]+(\d+\.\d+)\b[ \t:.]*(.*)$", re.M)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)
_CODE_CELL_OR_BREAK = re.compile(r"^```\{code-cell\}.*\n((?:.*\n)*?)```[ \t]*$|^\+\+\+[ \t]*$", re.M)


class Cell(NamedTuple):
    """A cell, or the part of one that belongs to a task. Its fields are called as in nbformat."""

    cell_type: str
    source: str

    def is_for_answer(self) -> bool:
        """Whether the student writes in this cell of the template."""
        return (CODE_MARK if self.cell_type == "code" else WORDS_MARK) in self.source


class Task(NamedTuple):
    """A task: its `title`, and the `cells` from its heading to the next."""

    title: str
    cells: list[Cell]

    @property
    def optional(self) -> bool:
        return "(optional)" in self.title


def template() -> list[Cell]:
    """Read the cells of the student's notebook from ``practical.md``.

    >>> template()[0].source.splitlines()[0]
    '# Convolutional networks with Keras: the practical'
    """
    return read_cells((importlib.resources.files("cnnbook.handin") / "practical.md").read_text("utf-8"))


def read_cells(text: str) -> list[Cell]:
    """Read the cells of a MyST notebook: ``{code-cell}`` blocks, and the Markdown between them, cut at ``+++``.

    >>> read_cells("one\\n+++\\ntwo\\n```{code-cell} ipython3\\n1 + 1\\n```\\n")  # doctest: +NORMALIZE_WHITESPACE
    [Cell(cell_type='markdown', source='one'), Cell(cell_type='markdown', source='two'),
     Cell(cell_type='code', source='1 + 1')]
    """
    pieces = _CODE_CELL_OR_BREAK.split(_FRONT_MATTER.sub("", text))  # Markdown, code or None, Markdown, ...
    cells = [Cell("code" if place % 2 else "markdown", (piece or "").strip()) for place, piece in enumerate(pieces)]
    return [cell for cell in cells if cell.source]


def notebook(cells: list[Cell]) -> bytes:
    """Write cells as the bytes of a notebook of format 4.5 without outputs."""
    no_outputs: dict[str, dict] = {"code": {"execution_count": None, "outputs": []}, "markdown": {}}
    content = {
        "cells": [
            {"id": f"cell-{number}", "metadata": {}} | cell._asdict() | no_outputs[cell.cell_type]
            for number, cell in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def by_number(cells) -> dict[str, Task]:
    """Collect the tasks of a notebook; a heading that occurs twice begins one task with the cells of both.

    Cells are `Cell` or those of nbformat. What comes before the first heading belongs to no task.
    """
    tasks: dict[str, Task] = {}
    task = None
    for cell in cells:
        headings = list(_HEADING.finditer(cell.source)) if cell.cell_type == "markdown" else []
        starts = {heading.start(): heading for heading in headings}
        for start, end in itertools.pairwise([*sorted({0, *starts}), None]):
            if start in starts:
                number, title = starts[start].groups()
                task = tasks.setdefault(number, Task(title, []))
            if task:
                task.cells.append(Cell(cell.cell_type, cell.source[start:end]))
    return tasks


def place(cells, index: int) -> str:
    """Say where a cell stands, such as "cell 3 of 40, Task 1.2"."""
    before = "\n".join(cell.source for cell in cells[: index + 1] if cell.cell_type == "markdown")
    task = [f", Task {number}" for number, _ in _HEADING.findall(before)][-1:]
    return f"cell {index + 1} of {len(cells)}{''.join(task)}"


def unanswered(cells) -> tuple[list[str], list[str]]:
    """List what is missing of the tasks in a student's notebook, and of the optional ones."""
    tasks = by_number(cells)
    missing: list[str] = []
    optional: list[str] = []
    for number, asked in by_number(template()).items():
        sentences = (
            _missing(asked, tasks[number]) if number in tasks else ["is not in the notebook: its heading is gone"]
        )
        (optional if asked.optional else missing).extend(f"Task {number} {sentence}" for sentence in sentences)
    return missing, optional


def _missing(asked: Task, task: Task) -> list[str]:
    """Compare a task of the template with the student's."""
    empty = [cell for cell in asked.cells if cell.is_for_answer()]
    kinds = [kind for kind in KINDS if any(cell.cell_type == kind for cell in empty)]
    lacking = [kind for kind in kinds if not _content(task, kind) - _content(asked, kind)]
    if lacking == kinds:
        return ["is not answered"]
    sentences = [f"has no answer {KINDS[kind]}" for kind in lacking]
    contents = [_parts(cell) for cell in empty if cell.cell_type not in lacking]
    left = [cell for cell in task.cells if cell.is_for_answer() and _parts(cell) in contents]
    sentences += ["has a cell that is left empty"] * len(left)
    if any(cell.cell_type == "code" and cell not in left and _has_dots(cell.source) for cell in task.cells):
        sentences.append("still has ... where an answer goes")
    return sentences


def _content(task: Task, kind: str) -> set[str]:
    return {part for cell in task.cells if cell.cell_type == kind for part in _parts(cell)}


def _parts(cell: Cell) -> list[str]:
    """What a cell says, without comments, placeholders and layout: its statements, or its lines of text."""
    if cell.cell_type == "markdown":
        text = _COMMENT.sub("", cell.source).replace(WORDS_MARK, "")
    elif (tree := _tree(cell.source)) is not None:
        return [part for part in map(ast.dump, tree.body) if part != ast.dump(ast.parse("...").body[0])]
    else:
        text = re.sub(r"^\s*#.*$", "", cell.source, flags=re.M)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _tree(source: str) -> ast.Module | None:
    """Parse a cell without its magic commands; None if it cannot be read."""
    try:
        return ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M))
    except SyntaxError:
        return None


def _has_dots(source: str) -> bool:
    """Whether a cell has three dots that stand for an answer; those of an index, as in ``x[..., 0]``, do not."""
    tree = _tree(source)
    nodes = list(ast.walk(tree)) if tree else []
    indices = [inner for node in nodes if isinstance(node, ast.Subscript) for inner in ast.walk(node.slice)]
    return any(isinstance(node, ast.Constant) and node.value is ... and node not in indices for node in nodes)
