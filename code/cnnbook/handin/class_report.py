"""What a class gets wrong: reads the files that readers of the book give to their teacher, and counts.

The page `review/your-answers` writes such a file (``book/assets/scripts/saved.js``), and `review/teachers` says how to
use it: for each item that a reader answered, the names of the mistakes that wrong answers stood for.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cnnbook.data.files import read_at_most
from cnnbook.handin.errors import HandInError, printable
from cnnbook.mistakes import MISTAKES
from cnnbook.plotting.svg import WIDE, Drawing, Scale, short, text_width
from cnnbook.practice.texts import TEXTS

_FILE, _VERSION = "cnnbook class", 1
_ALL = "cnnbook answers"  # the other file of the page, as in saved.js
_LARGEST = 1_000_000  # bytes; all items of the book take a tenth of that
_STUDENT = re.compile(r"[0-9a-f]{16}")
_QUESTION = re.compile(r"(?!.{81})[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PROBLEM = re.compile(rf"({'|'.join(TEXTS['kinds'])}):[123]")
_UNNAMED = {"other": "another answer", "shown": "right with the answer in sight"}
#: As in schedule.js, which keeps no other name.
_MISTAKE = re.compile(r"[\w.,×−-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class Sheet:
    """What the file of one reader says.

    Attributes
    ----------
    path : Path
    student : str
        A random number, the same in all files of the reader's browser.
    saved : datetime
    items : dict of str to list of str
        By the label of a question, or the kind and level of problems, the names of mistakes; none where all was right.
        Older files do not list problems that were right at once.
    """

    path: Path
    student: str
    saved: datetime
    items: dict[str, list[str]]


@dataclass(frozen=True)
class Count:
    """How many readers show a misconception, of how many who answered."""

    name: str
    readers: int
    of: int

    @property
    def text(self) -> str:
        return f"{self.readers} of {self.of}"


@dataclass(frozen=True)
class Misconception:
    """A misconception of the class, and the items that show it; one without a usual name belongs to a single item."""

    total: Count
    sentence: str
    items: list[Count]


def read(path: Path) -> Sheet:
    """Read one file; everything in it is checked.

    Raises
    ------
    HandInError
        If it is not such a file; the sentence names it.
    """
    try:
        content = json.loads(read_at_most(path, _LARGEST).decode("utf-8-sig"))
    except OSError as error:
        raise HandInError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise HandInError(f"{path} is not JSON") from error
    if isinstance(content, dict) and content.get("file") == _ALL:
        raise HandInError(
            f"{path} was saved under “Take it along”; ask for the one from “Give this file to your teacher”"
        )
    if not isinstance(content, dict) or content.get("file") != _FILE:
        raise HandInError(f"{path} is not the file that “Give this file to your teacher” saves")
    if content.get("version") != _VERSION:
        raise HandInError(f"{path} is from another edition of the book; update this one, or ask for a new file")
    if problem := _problem(content):
        raise HandInError(f"{path} is damaged: {problem}")
    return Sheet(path, content["student"], datetime.fromisoformat(content["saved"]), content["items"])


def _problem(content: dict[str, Any]) -> str:
    """What is wrong with the content of a file; empty if nothing is."""
    if not _is(_STUDENT, content.get("student")):
        return "“student” is not a number of 16 digits"
    try:
        if datetime.fromisoformat(content["saved"]).tzinfo is None:
            return "“saved” has no time zone"
    except (KeyError, TypeError, ValueError):
        return "“saved” is not a date with a time"
    if not isinstance(content.get("items"), dict):
        return "it has no “items”"
    for item, names in content["items"].items():
        if not (_is(_QUESTION, item) or _is(_PROBLEM, item)):
            return f"“{item[:40]}” is no item"
        if not isinstance(names, list) or not all(_is(_MISTAKE, name) for name in names):
            return f"the mistakes of “{item}” are no list of names"
    return ""


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def read_folder(folder: Path) -> tuple[list[Sheet], list[str], list[str]]:
    """Read all JSON files in a folder, and in the folders in it.

    Returns
    -------
    sheets : list of Sheet
        One for each reader.
    replaced : list of str
        A sentence for each file of which a later one of the same reader counts.
    refused : list of str
        A sentence for each file that was left out.

    Raises
    ------
    HandInError
        If there is no such folder, or no JSON file in it.
    """
    if not folder.is_dir():
        raise HandInError(f"there is no folder {folder}")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".json")
    if not paths:
        raise HandInError(f"there is no file in {folder} whose name ends in .json")
    sheets: dict[str, Sheet] = {}
    replaced, refused = [], []
    for path in paths:
        try:
            sheet = read(path)
        except HandInError as error:
            refused.append(str(error))
            continue
        other = sheets.get(sheet.student, sheet)
        later, earlier = (sheet, other) if sheet.saved >= other.saved else (other, sheet)
        sheets[sheet.student] = later
        if other is not sheet:
            replaced.append(
                printable(f"{later.path} counts, and {earlier.path}, an earlier file of its reader, does not")
            )
    return list(sheets.values()), replaced, refused


def misconceptions(sheets: Iterable[Sheet]) -> list[Misconception]:
    """Count who shows which misconception: those with a usual name, then the others, the most frequent ones first."""
    readers = {sheet.student: sheet.items for sheet in sheets}
    who: dict[str, dict[str, set[str]]] = {}  # misconception, item, students
    for student, items in readers.items():
        for item, names in items.items():
            for name in names:
                key = name if name in MISTAKES else f"{place(item)}, {_UNNAMED.get(name, name)}"
                who.setdefault(key, {}).setdefault(item, set()).add(student)

    def answered(item):
        return sum(item in items for items in readers.values())

    rows = []
    for name, students_by_item in who.items():
        counts = [Count(place(item), len(students), answered(item)) for item, students in students_by_item.items()]
        counts.sort(key=lambda count: (-count.readers, count.name))
        if name in MISTAKES:
            total = Count(name, len(set().union(*students_by_item.values())), len(readers))
            rows.append(Misconception(total, MISTAKES[name].sentence, counts))
        else:
            rows.append(Misconception(Count(name, counts[0].readers, counts[0].of), "", []))
    return sorted(rows, key=lambda row: (not row.sentence, -row.total.readers, row.total.name))


def place(item: str) -> str:
    """The words for an item: the label of a question, or a kind of problem.

    >>> place("quiz-parameters-rgb"), place("output_size:2")
    ('quiz-parameters-rgb', 'practice: output size, level 2')
    """
    kind, _, level = item.partition(":")
    return f"practice: {TEXTS['kinds'][kind]['title'].lower()}, level {level}" if level else item


def table(rows: Iterable[Misconception], readers: int) -> str:
    """The misconceptions as lines of text, and below each the items that show it."""
    lines = [f"{readers} {'reader' if readers == 1 else 'readers'}", "", "  readers  misconception, and where"]
    for row in rows:
        lines.append(f"{row.total.text:>9}  {row.total.name}{': ' * bool(row.sentence)}{row.sentence}")
        lines += [f"{'':9}  {count.text:>9}  {count.name}" for count in row.items]
    return "\n".join(lines)


_MOST_ROWS = 60
_GROUND = "#fffdf9"


def figure(rows: Iterable[Misconception], readers: int) -> str:
    """The same as a drawing in SVG: a bar for each share of readers, orange for a misconception, thin for its items.

    Past 60 bars a line says how many misconceptions more the table has.
    """
    rows, shown, bars = list(rows), 0, 0
    while shown < len(rows) and bars + 1 + len(rows[shown].items) <= _MOST_ROWS:
        bars += 1 + len(rows[shown].items)
        shown += 1
    return _bars(rows[:shown], readers, len(rows) - shown).element()


def _bars(rows: list[Misconception], readers: int, left_out: int) -> Drawing:
    drawing = Drawing(WIDE)
    counts = [(count, count is row.total) for row in rows for count in (row.total, *row.items)]
    left = 14 + max((1.2 * text_width(count.name) for count, _ in counts), default=0)  # bold letters are wider
    x = Scale(0, 1, left, WIDE - text_width("000 of 000") - 8)
    drawing.text(0, 14, f"Misconceptions of {readers} readers; an item counts those who answered it", kind="title")
    y = 24
    for count, is_total in counts:
        y += 8 * is_total
        color, end = "orange" if is_total else "ink", x(count.readers / count.of)
        drawing.text(0 if is_total else 14, y + 14, count.name, kind="row", bold=is_total)
        height = 12 if is_total else 6
        drawing.box(left, y + 10 - height / 2, end - left, height, kind="bar", fill=color)
        drawing.text(end + 6, y + 14, count.text, kind="number", color=color)
        y += 20
    if left_out:
        drawing.text(0, y + 22, f"{left_out} more in the table", kind="remark", color="muted")
        y += 26
    drawing.height = y + 8
    # The file stands alone, and its viewer may be dark.
    ground = f'width="{drawing.width}" height="{short(drawing.height)}" style="fill: {_GROUND}"'
    drawing.parts.insert(0, f'<rect data-kind="ground" {ground}/>')
    return drawing
