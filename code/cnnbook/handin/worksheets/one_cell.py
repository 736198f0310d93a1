"""The sheet "One cell" of the solution: the products and the bias behind any cell of the maps, chosen by the reader."""

from itertools import product

from cnnbook import handout, reference, shapes
from cnnbook.handin.worksheets.questions import at
from cnnbook.handin.worksheets.workbooks import RIGHT, WRONG, color_marks, finish, put, validate

_HEIGHT, _WIDTH, _ = handout.VOLUME.shape
_KERNEL_HEIGHT, _KERNEL_WIDTH, _CHANNELS, _FILTERS = handout.FILTERS.shape
_FILTER, _ROW, _COLUMN = "$B$4", "$B$5", "$B$6"  # where the reader chooses
_FIRST = 10  # the first product
_PRODUCTS = reference.products(handout.VOLUME, handout.FILTERS, 0, 0, 0)  # of the cell that is chosen to begin with


def lay_out(sheet) -> None:
    """Write the sheet; it reads the planes, filters and maps by the names that the sheet "2-D" defines."""
    put(sheet, "A1", "One cell of a map, product by product", "Sheet title")
    put(sheet, "A2", "Choose a cell of the maps with stride 1. Rows and columns count from 0, as in Python.", "Note")
    _choices(sheet)
    for column, label in enumerate(("plane", "row in patch", "column in patch", "input", "weight", "product"), start=1):
        put(sheet, at(_FIRST - 1, column), label, "Column label")
    cells = product(handout.CHANNELS, range(_KERNEL_HEIGHT), range(_KERNEL_WIDTH))
    for row, (channel, i, j) in enumerate(cells, start=_FIRST):
        place = i, j, handout.CHANNELS.index(channel)
        put(sheet, f"A{row}", channel, f"Channel {channel}")
        put(sheet, f"B{row}", i, "Fixed")
        put(sheet, f"C{row}", j, "Fixed")
        pixel = f"=INDEX(Input_{channel},{_ROW}+B{row}+1,{_COLUMN}+C{row}+1)"
        put(sheet, f"D{row}", pixel, "Calculated", value=handout.VOLUME[place])
        weights = _of_filter(f"INDEX(Filter{{}}_{channel},B{row}+1,C{row}+1)")
        put(sheet, f"E{row}", f"={weights}", "Calculated", value=handout.FILTERS[*place, 0])
        put(sheet, f"F{row}", f"=D{row}*E{row}", "Calculated", value=_PRODUCTS[place])
    _sums(sheet, last=row)
    finish(sheet, columns={1: 22, 2: 14, 3: 17, 4: 10, 5: 10, 6: 10, 7: 3, 8: 26})


def _choices(sheet) -> None:
    rows, columns = shapes.output_size(_HEIGHT, _KERNEL_HEIGHT), shapes.output_size(_WIDTH, _KERNEL_WIDTH)
    for row, (label, first, count) in enumerate((("filter", 1, _FILTERS), ("row", 0, rows), ("column", 0, columns)), 4):
        put(sheet, f"A{row}", label, "Label")
        put(sheet, f"B{row}", first, "Given")
        choices = ",".join(str(number) for number in range(first, first + count))
        error = f"The {label} is one of {choices}."
        validate(sheet, [f"B{row}"], type="list", formula1=f'"{choices}"', errorTitle="No such cell", error=error)


def _of_filter(formula: str) -> str:
    """Return the formula for the chosen filter; `formula` has {} where the filter's number goes."""
    return f"CHOOSE({_FILTER},{','.join(formula.format(number) for number in range(1, _FILTERS + 1))})"


def _sums(sheet, *, last: int) -> None:
    """Write the sum, the bias and the cell below the products, and compare with the map itself."""
    total, bias, value, shown = (f"F{last + offset}" for offset in range(1, 5))
    products, first_bias = _PRODUCTS.sum(), handout.BIAS[0]
    put(sheet, f"A{last + 1}", "sum of the products", "Label")
    put(sheet, total, f"=SUM(F{_FIRST}:F{last})", "Calculated", value=products)
    put(sheet, f"A{last + 2}", "bias of the filter", "Label")
    put(sheet, bias, "=" + _of_filter("Filter{}_bias"), "Calculated", value=first_bias)
    put(sheet, f"A{last + 3}", "sum + bias", "Label")
    put(sheet, value, f"={total}+{bias}", "Result", value=products + first_bias)
    put(sheet, f"A{last + 4}", "the cell on sheet 2-D", "Label")
    map_cell = "=" + _of_filter(f"INDEX(Map_{{}},{_ROW}+1,{_COLUMN}+1)")
    put(sheet, shown, map_cell, "Result", value=products + first_bias)
    verdict, same = f"H{last + 4}", f"{RIGHT} the same number"
    put(sheet, verdict, f'=IF(ABS({value}-{shown})<1E-9,"{same}","{WRONG} not the same")', "Verdict", value=same)
    color_marks(sheet, verdict)
