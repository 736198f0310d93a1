"""Questions of a worksheet: cells to fill in, a mark for each, and a verdict, all by formulas that stay live.

A mark is empty as long as its cell is: a spreadsheet reads an empty cell as 0, and 0 is often the right answer.
"""

from dataclasses import dataclass

from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from cnnbook.handin.worksheets.workbooks import OPEN, RIGHT, WRONG, accept_numbers, color_marks, finish, put

_TOLERANCE = "1E-9"  # for inputs with decimal places, which binary numbers only approximate
_FIRST_ROW, _EXPECTED = 5, 4  # on the sheet "check": the first row below its heading, the column of what is expected


@dataclass(frozen=True)
class Answer:
    """One cell to fill in.

    Attributes
    ----------
    cell, mark : str
        Addresses of the answer and of its mark.
    expected : str
        The formula of the check; it gives the empty text where no answer belongs.
    solution : str or None
        The formula that the solution shows, None where no answer belongs.
    worked : str or None
        The formula that the student's file shows, in the one cell that is worked.
    """

    cell: str
    mark: str
    expected: str
    solution: str | None
    worked: str | None = None


@dataclass(frozen=True)
class Question:
    """Answers that are judged together.

    Attributes
    ----------
    name : str
    answers : tuple of Answer
        Row by row, so that their marks fill a block of cells.
    verdict : str
        The cells that the verdict runs over; it stands in the first.
    counted : bool
        Whether the verdict may say how many answers there are; not where that is part of the question.
    """

    name: str
    answers: tuple[Answer, ...]
    verdict: str
    counted: bool


def at(row, column, *, fixed=False):
    """Return the address of a cell, with dollar signs if it is `fixed` when dragged.

    >>> at(6, 2), at(6, 2, fixed=True)
    ('B6', '$B$6')
    """
    dollar = "$" if fixed else ""
    return f"{dollar}{get_column_letter(column)}{dollar}{row}"


def area(row, column, rows, columns, *, fixed=False):
    """Return the address of a block of cells.

    >>> area(6, 2, rows=2, columns=2), area(6, 2, rows=1, columns=1, fixed=True)
    ('B6:C7', '$B$6')
    """
    first, last = at(row, column, fixed=fixed), at(row + rows - 1, column + columns - 1, fixed=fixed)
    return first if first == last else f"{first}:{last}"


def define(book, sheet, name, cells):
    """Let formulas of the whole workbook say `name` for the `cells` of `sheet`, an address with dollar signs."""
    book.defined_names[name] = DefinedName(name, attr_text=f"'{sheet.title}'!{cells}")


def pose(check, asked, *, solved):
    """Write answer cells, marks and verdicts, and what they compare with on the hidden sheet `check`.

    Parameters
    ----------
    check : openpyxl worksheet
        Empty.
    asked : list of (worksheet, list of Question)
    solved : bool
        Whether the answers are filled in.
    """
    put(check, "A1", "What the checks compare with", "Sheet title")
    put(check, "A2", "Computed from the input and the filters of this file: change those, and nothing here.", "Note")
    for column, label in enumerate(("sheet", "question", "cell", "expected"), start=1):
        put(check, at(_FIRST_ROW - 1, column), label, "Label")
    row = _FIRST_ROW
    for sheet, questions in asked:
        for question in questions:
            expected = area(row, _EXPECTED, len(question.answers), 1, fixed=True)
            for answer in question.answers:
                for column, text in enumerate((sheet.title, question.name, answer.cell), start=1):
                    put(check, at(row, column), text, "Note")
                put(check, at(row, _EXPECTED), answer.expected, "Calculated")
                put(sheet, answer.cell, answer.solution if solved else answer.worked, "Answer")
                put(sheet, answer.mark, _mark(answer.cell, f"{check.title}!{at(row, _EXPECTED, fixed=True)}"), "Mark")
                row += 1
            _judge(sheet, question, f"{check.title}!{expected}")
        accept_numbers(sheet, [answer.cell for question in questions for answer in question.answers])
    check.sheet_state = "hidden"
    finish(check, freeze=f"A{_FIRST_ROW}", columns={1: 8, 2: 26, 3: 8, 4: 12})


def _mark(cell, expected):
    """Return the formula of a mark: nothing for an empty cell, else whether the number is the expected one."""
    right = f'IF(ABS({cell}-{expected})<{_TOLERANCE},"{RIGHT}","{WRONG}")'
    number = f'IF(AND(ISNUMBER({cell}),ISNUMBER({expected})),{right},"{WRONG}")'
    return f'=IF(ISERROR({cell}),"{WRONG}",IF(LEN(TRIM({cell}))=0,"",{number}))'


def _judge(sheet, question, expected):
    """Write the verdict of a question and let it and the marks take colour."""
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
    put(sheet, first, f"={word}&{score}", "Verdict")
    color_marks(sheet, marks)
    color_marks(sheet, question.verdict, by=first)
