"""Questions of a worksheet: cells to fill in, a mark for each, and a verdict, all by formulas that stay live.

A mark is empty as long as its cell is: a spreadsheet reads an empty cell as 0, and 0 is often the right answer.
"""

from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from cnnbook.handin.worksheets.workbooks import OPEN, RIGHT, WRONG, accept_numbers, color_marks, finish, put

_TOLERANCE = "1E-9"  # for inputs with decimal places, which binary numbers only approximate
_FIRST_ROW, _EXPECTED = 5, 4  # on the sheet "check": the first row below its heading, the column of what is expected


@dataclass(frozen=True)
class Answer:
    """One cell to fill in."""

    cell: str  # its address
    mark: str  # the address of its mark
    expected: str  # the formula of the check, which gives the empty text where no answer belongs
    value: int | str  # what it gives with the practical's numbers
    solution: str | None  # the formula that the solution shows, None where no answer belongs
    worked: str | None = None  # the formula that the student's file shows, in the one cell that is worked


@dataclass(frozen=True)
class Question:
    """Answers that are judged together."""

    name: str
    answers: tuple[Answer, ...]  # row by row, so that their marks fill a block of cells
    verdict: str  # the cells that the verdict runs over; it stands in the first
    counted: bool  # whether the verdict may say how many answers there are; not where that is part of the question


def at(row: int, column: int, *, fixed: bool = False) -> str:
    """Return the address of a cell, with dollar signs if it is `fixed` when dragged.

    >>> at(6, 2), at(6, 2, fixed=True)
    ('B6', '$B$6')
    """
    dollar = "$" if fixed else ""
    return f"{dollar}{get_column_letter(column)}{dollar}{row}"


def area(row: int, column: int, rows: int, columns: int, *, fixed: bool = False) -> str:
    """Return the address of a block of cells.

    >>> area(6, 2, rows=2, columns=2), area(6, 2, rows=1, columns=1, fixed=True)
    ('B6:C7', '$B$6')
    """
    first, last = at(row, column, fixed=fixed), at(row + rows - 1, column + columns - 1, fixed=fixed)
    return first if first == last else f"{first}:{last}"


def define(sheet, name: str, cells: str) -> None:
    """Let formulas of the whole workbook say `name` for the `cells` of `sheet`, an address with dollar signs."""
    sheet.parent.defined_names[name] = DefinedName(name, attr_text=f"'{sheet.title}'!{cells}")


def worked_note(question: Question, *, solved: bool) -> str:
    """Show the formula of the worked cell as text: the one that can be dragged in the solution."""
    answer = next(answer for answer in question.answers if answer.worked)
    return f"{answer.cell} is worked:   {answer.solution if solved else answer.worked}"


def write_questions(check, questions_by_sheet: dict[Any, list[Question]], *, solved: bool) -> None:
    """Write answer cells, marks and verdicts on each sheet, and what they compare with on the hidden sheet `check`."""
    put(check, "A1", "What the checks compare with", "Sheet title")
    put(check, "A2", "Computed from the input and the filters of this file: change those, and nothing here.", "Note")
    for column, label in enumerate(("sheet", "question", "cell", "expected"), start=1):
        put(check, at(_FIRST_ROW - 1, column), label, "Label")
    row = _FIRST_ROW
    for sheet, questions in questions_by_sheet.items():
        for question in questions:
            expected = area(row, _EXPECTED, len(question.answers), 1, fixed=True)
            for answer in question.answers:
                for column, text in enumerate((sheet.title, question.name, answer.cell), start=1):
                    put(check, at(row, column), text, "Note")
                put(check, at(row, _EXPECTED), answer.expected, "Calculated", value=answer.value)
                put(sheet, answer.cell, _shown(answer, solved), "Answer", value=answer.value)
                mark = _mark(answer.cell, f"{check.title}!{at(row, _EXPECTED, fixed=True)}")
                put(sheet, answer.mark, mark, "Mark", value=RIGHT if _shown(answer, solved) else "")
                row += 1
            _judge(sheet, question, f"{check.title}!{expected}", solved=solved)
        accept_numbers(sheet, [answer.cell for question in questions for answer in question.answers])
    check.sheet_state = "hidden"
    finish(check, freeze=f"A{_FIRST_ROW}", columns={1: 8, 2: 26, 3: 8, 4: 12})


def _shown(answer: Answer, solved: bool) -> str | None:
    return answer.solution if solved else answer.worked


def _mark(cell: str, expected: str) -> str:
    """Return the formula of a mark: nothing for an empty cell, else whether the number is the expected one."""
    right = f'IF(ABS({cell}-{expected})<{_TOLERANCE},"{RIGHT}","{WRONG}")'
    number = f'IF(AND(ISNUMBER({cell}),ISNUMBER({expected})),{right},"{WRONG}")'
    return f'=IF(ISERROR({cell}),"{WRONG}",IF(LEN(TRIM({cell}))=0,"",{number}))'


def _judge(sheet, question: Question, expected: str, *, solved: bool) -> None:
    """Write the verdict of a question and let it and the marks take colour."""
    shown = sum(bool(_shown(answer, solved)) for answer in question.answers)
    wanted = sum(answer.value != "" for answer in question.answers)
    value = f"{RIGHT} correct: " if shown == wanted else f"{OPEN} not yet: "
    value += f"{shown} of {wanted} right" if question.counted else f"{shown} right, 0 wrong"
    marks = f"{question.answers[0].mark}:{question.answers[-1].mark}"
    right, wrong = (f'COUNTIF({marks},"{symbol}")' for symbol in (RIGHT, WRONG))
    word = f'IF(AND({right}=COUNT({expected}),{wrong}=0),"{RIGHT} correct: ",'
    word += f'IF({wrong}>0,"{WRONG} not yet: ","{OPEN} not yet: "))'
    score = f'{right}&" of "&COUNT({expected})&" right"'
    if not question.counted:
        score = f'{right}&" right, "&{wrong}&" wrong"'
    first, *_ = question.verdict.split(":")
    for row in sheet[question.verdict] if ":" in question.verdict else ((sheet[first],),):
        for cell in row:
            put(sheet, cell.coordinate, None, "Verdict")
    put(sheet, first, f"={word}&{score}", "Verdict", value=value)
    color_marks(sheet, marks)
    color_marks(sheet, question.verdict, by=first)
