"""The worksheets of exercise 1: a student's file to fill in and its solution, both with live formulas.

Every number comes from `cnnbook.handout`. What the checks compare with is computed in the file itself, on the hidden
sheet "check", from the input and the filters as they stand there. It takes another route than the solution's
formulas: a changed input changes solution and check alike, and the two can be held against each other.

`two_dimensions`, `one_dimension` and `one_cell` lay out a sheet each, `questions` makes the checks, `workbooks` the
look and the bytes. Taught in ``book/arithmetic/spreadsheet.md``.
"""

from pathlib import Path

from openpyxl import Workbook

from cnnbook.data.files import write_unless_edited
from cnnbook.handin.worksheets import one_cell, one_dimension, two_dimensions
from cnnbook.handin.worksheets.questions import write_questions
from cnnbook.handin.worksheets.workbooks import content, finish, new_workbook, put

STUDENT, SOLUTION = "cnn-ex1-stud.xlsx", "cnn-ex1-solution.xlsx"

# For each heading of the sheet "Read me" its lines, short enough to need no wrapping.
_TASK = {
    "How to start": (
        "If the program shows the file in a protected view, allow editing first: before that it calculates nothing.",
        "The white boxed cells hold the input, the filters and the biases. The yellow cells are yours to fill in.",
        "Work by hand and type numbers, or write formulas. One cell on each sheet is worked, with its formula below.",
    ),
    "What to do": (
        "Sheet 2-D: fill in both activation maps for stride 1, then for stride 2, and the size of the output volumes.",
        "Sheet 1-D: for each stride and padding, give the number of outputs and their values.",
    ),
    "How the checks work": (
        "Beside or below each answer a mark appears: ✓ right, ✗ not right. An empty cell has no mark and is no answer.",
        "A line for each exercise says “… not yet”, “✗ not yet” or, in green, “✓ correct”.",
        "Change a number of the input or of a filter, and the checks follow: you can set yourself new exercises.",
    ),
}
_SOLUTION = {
    "What this file shows": (
        "If the program shows the file in a protected view, allow editing first: before that it calculates nothing.",
        "Every answer of the student's file as a live formula: change an input, a weight or a bias, and it follows.",
        "Sheet 2-D: one formula for each map, dragged over it. Dollar signs hold the filter and the bias in place.",
        "Sheet 1-D: the five settings of stride and padding, with the number of outputs.",
        "Sheet One cell: the products and the bias behind any one cell of the maps.",
    ),
    "How the checks work": (
        "They compute the same numbers by other formulas, from the same input, so they stay green when it changes.",
    ),
}
_LICENCE = {
    "Licence": (
        "This worksheet: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/. Made by the module cnnbook.",
        "The numbers of sheet 1-D and the blue planes of both filters are this book's, the others the practical's.",
    ),
}


def write_worksheets(folder: str | Path, *, force: bool = False) -> list[Path]:
    """Write ``cnn-ex1-stud.xlsx`` and ``cnn-ex1-solution.xlsx`` into `folder`; return their paths.

    An edited one is kept, and a `CnnBookError` says so, unless `force` is set.
    """
    files = {STUDENT: worksheet(solved=False), SOLUTION: worksheet(solved=True)}
    return write_unless_edited({Path(folder, name): content(book) for name, book in files.items()}, force=force)


def worksheet(*, solved: bool) -> Workbook:
    """Build the workbook of exercise 1.

    It is `solved`, with every answer filled in and one cell broken down into its products, or has one worked cell a
    sheet.

    >>> worksheet(solved=True).sheetnames
    ['Read me', '2-D', '1-D', 'One cell', 'check']
    """
    title = "Exercise 1: convolutions by hand" + (", solution" if solved else "")
    book = new_workbook(title)
    _read_me(book.active, title, (_SOLUTION if solved else _TASK) | _LICENCE)
    questions = {
        sheet: module.lay_out(sheet, solved=solved)
        for module, sheet in ((two_dimensions, book.create_sheet("2-D")), (one_dimension, book.create_sheet("1-D")))
    }
    if solved:
        one_cell.lay_out(book.create_sheet("One cell"))
    write_questions(book.create_sheet("check"), questions, solved=solved)
    return book


def _read_me(sheet, title: str, sections: dict[str, tuple[str, ...]]) -> None:
    sheet.title = "Read me"
    put(sheet, "A1", title, "Sheet title")
    row = 3
    for heading, lines in sections.items():
        put(sheet, f"A{row}", heading, "Section")
        for offset, line in enumerate(lines, start=1):
            put(sheet, f"A{row + offset}", line, "Note")
        row += len(lines) + 2
    finish(sheet, columns={1: 112})
