"""Tables that pages compute: columns of numbers stand on the right, with a minus sign and no break in a number."""

import html
import re
from collections.abc import Iterable, Sequence

from cnnbook.intervals import Interval

_NUMBER = re.compile(r"[+-]?\d.*")
_BAR = re.compile('<span class="(?:interval|zero)"[^>]*>0?</span>')
_ROOM = {" ": "&nbsp;", ".": "&#8200;"}  # blanks as wide as a point and, for all other signs, as a figure


class Table:
    """Markdown that a notebook shows as a table; `data` is its text. A page that runs a cell shows the text."""

    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return html.unescape(_BAR.sub("", self.data)).replace("\xa0", " ")

    def _repr_markdown_(self) -> str:
        return self.data


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> Table:
    """A table as Markdown, which a notebook shows.

    A column is one of numbers if each of its cells begins with one, is empty or a dash. Where some of them have a
    spread, ``± 0.4``, the others get as much room behind them, so that all points stand below each other.

    Parameters
    ----------
    head : sequence of str
        What stands above each column.
    rows : iterable of sequences
        The cells of each row, as many as `head` has; Markdown in them is read.
    caption : str
        What the table shows, in a line above it.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If a row has more or fewer cells than `head`.

    Examples
    --------
    >>> print(table(["step", "gain"], [["first", "-1.2 to 3.4"], ["second", 10], ["third", "–"]]).data)
    | step | gain |
    |---|--:|
    | first | −1.2&nbsp;to&nbsp;3.4 |
    | second | 10 |
    | third | – |
    """
    texts = [[str(cell) for cell in row] for row in rows]
    for row in texts:
        if len(row) != len(head):
            raise ValueError(f"a row has {len(row)} cells below {len(head)} headings; give as many: {row}")
    said = ([cell for cell in column if cell.strip("–")] for column in zip(*texts, strict=True))
    numbers = [all(map(_NUMBER.fullmatch, column)) for column in said]
    lines = [_line(head), "|" + "".join("--:|" if number else "---|" for number in numbers)]
    columns = (_numbers(column) if number else column
               for column, number in zip(zip(*texts, strict=True), numbers, strict=True))  # fmt: skip
    lines += map(_line, zip(*columns, strict=True)) if texts else []
    return Table("\n".join([caption, ""] * bool(caption) + lines))


def bars(intervals: Sequence[Interval | None]) -> list[str]:
    """A heading, and cells that draw intervals as bars with a tick at each mean, on one scale with a line at 0.

    None is a cell with the line alone. A notebook may show nothing there, so the numbers belong in cells beside them.

    Raises
    ------
    ValueError
        If there is no interval, or all are at 0.

    Examples
    --------
    >>> for cell in bars([Interval(1.0, -1.0, 3.0, 5)]):
    ...     print(cell)
    <span class="zero" style="--zero:0.25">0</span>
    <span class="interval" style="--zero:0.25;--low:0;--high:1;--mean:0.5"></span>
    """
    ends = [0.0, *(end for interval in intervals if interval for end in (interval.low, interval.high))]
    least, most = min(ends), max(ends)
    if not least < most:
        raise ValueError(f"expected an interval that reaches beyond 0; got {list(intervals)}")

    def style(**values: float) -> str:
        return ";".join(f"--{name}:{(value - least) / (most - least):.3g}" for name, value in values.items())

    def bar(interval: Interval | None) -> str:
        places = {"low": interval.low, "high": interval.high, "mean": interval.mean} if interval else {}
        return f'<span class="interval" style="{style(zero=0, **places)}"></span>'

    return [f'<span class="zero" style="{style(zero=0)}">0</span>', *map(bar, intervals)]


def _numbers(cells: Sequence[str]) -> list[str]:
    spread = max((cell[cell.index(" ±") :] for cell in cells if " ±" in cell), key=len, default="")
    room = "".join(_ROOM.get(sign, "&#8199;") for sign in spread)  # the sign ± is as wide as a figure
    return [_number(cell) + room * (" ±" not in cell and cell.strip("–") != "") for cell in cells]


def _number(cell: str) -> str:
    return re.sub(r" (?!\[)", "&nbsp;", re.sub(r"(?<!\d)-(?=\d)", "−", cell))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
