"""The tasks of the student's notebook: made from ``practical.md``, and read again to see which are answered.

A task begins with a heading such as ``### Task 1.2: ...`` and ends where the next one begins. Headings are what every
program that edits notebooks keeps; some keep neither metadata nor the cells' ids.
"""

import importlib.resources
import json
import re
from typing import NamedTuple

CODE_MARK, WORDS_MARK = "# Your answer", "*Your answer*"  # where a student writes: in a code cell, in a Markdown cell
KINDS = {"code": "in code", "markdown": "in words"}

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

_TASK = re.compile(r"^#+[ \t]+Task[ \t]+([0-9]+\.[0-9]+)\b", re.M)
_BEFORE_TASK = re.compile(r"(?=^#+[ \t]+Task[ \t]+[0-9])", re.M)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)
_CODE_CELL_OR_BREAK = re.compile(r"^```\{code-cell\}.*\n((?:.*\n)*?)```[ \t]*$|^\+\+\+[ \t]*$", re.M)


class Cell(NamedTuple):
    """A cell, or the part of one that belongs to a task. Its fields are called as in nbformat."""

    cell_type: str
    source: str

    def is_for_answer(self) -> bool:
        """Whether the student writes in this cell of the template."""
        return (CODE_MARK if self.cell_type == "code" else WORDS_MARK) in self.source


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
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def by_number(cells) -> dict[str, list[Cell]]:
    """Collect the cells of each task, from its heading to the next; of a heading that occurs twice, all of them.

    Cells are `Cell` or those of nbformat. What comes before the first heading belongs to no task.
    """
    tasks: dict[str, list[Cell]] = {}
    task: list[Cell] = []
    for cell in cells:
        for part in _BEFORE_TASK.split(cell.source) if cell.cell_type == "markdown" else [cell.source]:
            if heading := _TASK.match(part):
                task = tasks.setdefault(heading[1], [])
            task.append(Cell(cell.cell_type, part))
    return tasks


def place(cells, index: int) -> str:
    """Say where a cell stands, such as "cell 3 of 40, Task 1.2"."""
    task = [f", Task {number}" for number in by_number(cells[: index + 1])][-1:]
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
        is_optional = "(optional)" in asked[0].source
        (optional if is_optional else missing).extend(f"Task {number} {sentence}" for sentence in sentences)
    return missing, optional


def _missing(asked: list[Cell], task: list[Cell]) -> list[str]:
    """Compare a task of the template with the student's, line by line."""
    empty = [cell for cell in asked if cell.is_for_answer()]
    kinds = [kind for kind in KINDS if any(cell.cell_type == kind for cell in empty)]
    lacking = [kind for kind in kinds if _lines(task, kind) <= _lines(asked, kind)]
    if lacking == kinds:
        return ["is not answered"]
    sentences = [f"has no answer {KINDS[kind]}" for kind in lacking]
    answered = [cell for cell in empty if cell.cell_type not in lacking]
    dots = [line for line in _lines(answered, "code") & _lines(task, "code") if "..." in line]
    if dots or any(cell in task for cell in answered):
        sentences.append("has a place for an answer that is still empty")
    return sentences


def _lines(cells: list[Cell], kind: str) -> set[str]:
    """What the cells of a kind say: their lines without comments, placeholders and indentation."""
    text = "\n".join(cell.source for cell in cells if cell.cell_type == kind)
    text = re.sub(r"#.*", "", text) if kind == "code" else text.replace(WORDS_MARK, "")
    return {line.strip() for line in text.splitlines() if line.strip()}
