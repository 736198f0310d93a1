"""The look of the book's spreadsheets, and workbooks that come out the same, byte for byte, on every machine.

Its neighbours say what stands in the worksheets; this module says how it looks and how it becomes a file.
"""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import absolute_coordinate, get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

# Inks and light fills of `cnnbook.plotting.style`, which would load Matplotlib; a test holds them equal.
INK, MUTED, LINE, DARK_RED, DARK_GREEN = "1d2433", "566171", "ddd5c9", "a8232f", "2b6a3d"
RED, GREEN, BLUE, GREY = "f8d8d8", "d5ecd4", "d6e4f7", "e8ebef"
CHANNEL_TINTS = {"R": RED, "G": GREEN, "B": BLUE}
ANSWER = "fff4c2"  # pale yellow, the one colour that means "yours to fill in"

RIGHT, WRONG, OPEN = "✓", "✗", "…"

# A workbook carries a date inside. A fixed one, so that the same numbers give the same file.
EDITION = datetime.datetime(2026, 11, 1)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)

_THIN = Side(style="thin", color=LINE)
_MEDIUM = Side(style="thin", color=MUTED)
_CENTRE = Alignment(horizontal="center", vertical="center")
_ACROSS = Alignment(horizontal="centerContinuous", vertical="center")  # over the empty cells to its right, unmerged
_ROW_HEIGHT = 18  # points; the cells of a plane are nearly square
_UNLOCKED = Protection(locked=False)

#: A cell with a formula, as openpyxl writes it: without the value that programs show before they calculate.
_FORMULA_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f>[^<]*</f>)<v ?(?:/>|></v>)</c>')


class Book(Workbook):
    """A workbook that also knows what its formulas give, by sheet and address; openpyxl's keeps one of the two."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[tuple[str, str], object] = {}


def _style(name, *, size=11, bold=False, italic=False, color=INK, fill=None, border=None, alignment=None, locked=True):
    return NamedStyle(
        name=name,
        font=Font(name="Calibri", size=size, bold=bold, italic=italic, color=color),
        fill=PatternFill("solid", fgColor=fill) if fill else PatternFill(),
        border=Border(left=border, right=border, top=border, bottom=border) if border else Border(),
        alignment=alignment or Alignment(vertical="center"),
        protection=Protection() if locked else _UNLOCKED,
    )


def new_workbook(title: str) -> Book:
    """Begin a workbook with its named styles, and the properties that file managers and screen readers show."""
    book = Book()
    book.properties = DocumentProperties(
        title=title,
        creator="cnnbook",
        language="en-GB",
        description="Licence: CC BY 4.0, creativecommons.org/licenses/by/4.0",
        created=EDITION,
    )
    styles = [
        _style("Sheet title", size=16, bold=True),
        _style("Section", size=12, bold=True),
        _style("Label", color=MUTED),
        _style("Column label", color=MUTED, alignment=_CENTRE),
        _style("Note"),
        _style("Fixed", color=MUTED, fill=GREY, border=_THIN, alignment=_CENTRE),
        _style("Calculated", border=_THIN, alignment=_CENTRE),
        _style("Result", bold=True, border=_MEDIUM, alignment=_CENTRE),
        _style("Given", border=_MEDIUM, alignment=_CENTRE, locked=False),
        _style("Answer", fill=ANSWER, border=_MEDIUM, alignment=_CENTRE, locked=False),
        _style("Mark", size=11, color=MUTED, alignment=_CENTRE),
        _style("Verdict", bold=True, color=MUTED),
    ]
    styles += [
        _style(f"Channel {channel}", bold=True, fill=tint, alignment=_ACROSS) for channel, tint in CHANNEL_TINTS.items()
    ]
    for style in styles:
        book.add_named_style(style)
    return book


def put(sheet, address: str, content, style: str, *, value=None) -> None:
    """Write one cell with one of the named styles, and beside a formula the number or text that it gives.

    NumPy's integers become Python's, which the file format knows.
    """
    sheet[address].value = _plain(content)
    sheet[address].style = style
    if sheet[address].data_type == "f":
        sheet.parent.values[sheet.title, address] = _plain(value)


def _plain(value):
    return value.item() if hasattr(value, "item") else value


def color_marks(sheet, area: str, *, by: str | None = None) -> None:
    """Let the cells of `area` turn green where they begin with the check mark, red where with the cross.

    Each cell looks at itself, or all look at the one cell `by`.
    """
    first = absolute_coordinate(by) if by else area.split(":")[0]
    for symbol, ink, fill in ((RIGHT, DARK_GREEN, GREEN), (WRONG, DARK_RED, RED)):
        rule = FormulaRule(
            formula=[f'LEFT({first},1)="{symbol}"'],
            font=Font(color=ink, bold=True),
            fill=PatternFill("solid", bgColor=fill, fgColor=fill),
        )
        sheet.conditional_formatting.add(area, rule)


def accept_numbers(sheet, areas: Iterable[str]) -> None:
    """Refuse anything typed into `areas` that is not a number; formulas and empty cells stay possible."""
    limit = 1_000_000
    limits = {"formula1": str(-limit), "formula2": str(limit)}
    error = f"Type a number between {-limit:,} and {limit:,}, or a formula that gives one."
    validate(sheet, areas, type="decimal", operator="between", **limits, errorTitle="A number, please", error=error)


def validate(sheet, areas: Iterable[str], **options) -> None:
    """Show an error for anything typed into `areas` that the options of openpyxl's `DataValidation` do not allow."""
    validation = DataValidation(showErrorMessage=True, allow_blank=options["type"] == "decimal", **options)
    for area in areas:
        validation.add(area)
    sheet.add_data_validation(validation)


def finish(sheet, *, columns: dict[int, float], freeze: str | None = None) -> None:
    """Set print set-up, column widths in characters, protection without password, and the first cell that scrolls."""
    for column, width in columns.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row in range(1, sheet.max_row + 1):
        sheet.row_dimensions[row].height = _ROW_HEIGHT if row > 1 else 1.5 * _ROW_HEIGHT
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = freeze
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&F, &A", "page &P of &N"
    # Only against slips: no password, and everything that a reader may change is unlocked.
    sheet.protection.sheet = True
    for allowed in ("formatCells", "formatColumns", "formatRows"):
        setattr(sheet.protection, allowed, False)


def content(book: Book) -> bytes:
    """Return the bytes of the `.xlsx` file of `book`, the same whenever and wherever it is made.

    openpyxl stamps the time of saving into the properties and onto every member of the archive; both are replaced by
    fixed ones. Members are stored, not deflated, since builds of zlib differ in the bytes that they make. Beside each
    formula goes its value, which previews and readers that do not calculate show.
    """
    saved, fixed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    book.properties.modified = EDITION
    sheets = {f"xl/worksheets/sheet{number}.xml": sheet.title for number, sheet in enumerate(book, start=1)}
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, date_time=_ZIP_DATE)
            member.create_system = 3  # else it would tell Windows from the others
            part = tostring(book.properties.to_tree()) if name == ARC_CORE else source.read(name)
            target.writestr(member, _with_values(part, book, sheets[name]) if name in sheets else part)
    return fixed.getvalue()


def _with_values(sheet: bytes, book: Book, title: str) -> bytes:
    """The XML of a sheet with the value of each formula."""

    def add(cell):
        address, attributes, formula = cell.groups()
        value = book.values[title, address]
        kind = ' t="str"' * isinstance(value, str)
        return f'<c r="{address}"{attributes}{kind}>{formula}<v>{escape(str(value))}</v></c>'

    return _FORMULA_CELL.sub(add, sheet.decode()).encode()
