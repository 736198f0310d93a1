"""A student's folder: begun with the files to hand in, reviewed, and packed."""

import dataclasses
import functools
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cnnbook.data.files import write_atomically
from cnnbook.handin import checks, dataset, files, report, table, tasks
from cnnbook.handin.errors import HandInError, printable
from cnnbook.records import SHORT, is_short

NOTEBOOK, REPORT, PDF, WORKSHEET = "practical.ipynb", "report.md", "report.pdf", "cnn-ex1-stud.xlsx"
ARCHITECTURES = 5
LONGEST_NAME = 180  # bytes, of which file systems allow 255 for the whole
TIMEOUT = 3600  # seconds for a cell: thirty epochs on two cores take minutes, five networks in one cell an hour


class Files(NamedTuple):
    """A student's files with their contents: the notebook, the report to hand in if there is one, and ``report.md``."""

    notebook: Path
    report: str  # the name of the one to hand in; empty if there is none
    report_content: bytes
    text: str


@dataclasses.dataclass(frozen=True)
class Review:
    """What a review of a folder says."""

    content: bytes = dataclasses.field(repr=False)  # the notebook to hand in, with its outputs
    executed: bytes = dataclasses.field(repr=False)  # the notebook as it ran now
    failure: str | None  # where the notebook stopped, and why
    missing: tuple[str, ...]  # what is expected and not there, a sentence each
    hints: tuple[str, ...]  # what may be worth another look: checks that are not right, optional tasks


def starting_files() -> dict[str, bytes]:
    """Make the notebook and the report that a student starts from, by their names."""
    return {NOTEBOOK: tasks.notebook(tasks.template()), REPORT: report.template().encode()}


def start(folder: str | Path) -> list[Path]:
    """Begin a hand-in: write the notebook, the report and the unsolved worksheet, and return what was written.

    A file that is there stays as it is, and a notebook of any name counts as the student's. A HandInError if nothing
    is left to write.
    """
    from cnnbook.handin import worksheets  # here, since a notebook that only asks for checks needs no openpyxl

    folder = Path(folder)
    contents = starting_files() | {WORKSHEET: worksheets.content(worksheets.worksheet(solved=False))}
    if _notebooks(folder):
        del contents[NOTEBOOK]
    paths = sorted(folder / name for name in contents if not (folder / name).exists())
    if not paths:
        raise HandInError(f"{folder} has a notebook, a report and the worksheet; nothing was written over them")
    for path in paths:
        write_atomically(path, contents[path.name])
    return paths


def find(folder: str | Path) -> Files:
    """Find and read a student's notebook and report.

    A HandInError if there is no folder, no notebook or more than one, or if a file is a link, too large, or no file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise HandInError(f"there is no folder {folder}; check its name, or begin in it with --start")
    notebooks = _notebooks(folder)
    if not notebooks:
        raise HandInError(f"{folder} has no notebook; add --start to write {NOTEBOOK} and {REPORT} to begin with")
    if len(notebooks) > 1:
        names = ", ".join(path.name for path in notebooks)
        raise HandInError(f"{folder} has {len(notebooks)} notebooks ({names}); leave only the one to hand in there")
    reports = {name: files.read(folder / name) for name in (PDF, REPORT) if os.path.lexists(folder / name)}
    name = next(iter(reports), "")
    return Files(notebooks[0], name, reports.get(name, b""), report.read(reports.get(REPORT, b"")))


def review(
    folder: str | Path,
    *,
    timeout: float = TIMEOUT,
    short: bool | None = None,
    architectures: int = ARCHITECTURES,
    progress: Callable[[str], object] = lambda text: None,
) -> Review:
    """Run the notebook of a folder from top to bottom, and say what is missing. Changes nothing in the folder.

    Parameters
    ----------
    folder : str or Path
        With one notebook, and ``report.md`` or ``report.pdf``.
    timeout : float
        Seconds that a cell may take.
    short : bool, optional
        Run it in the short mode, on 100 images (default: where ``CNNBOOK_SHORT`` is set). What such a run shows is no
        result, so the notebook to hand in is then the one that the student ran and saved.
    architectures : int
        How many the table must have.
    progress : callable
        Called with a text before and after each cell.

    Raises
    ------
    HandInError
        If there is no such folder, no notebook or more than one; if it cannot be read; if a package that runs
        notebooks is not installed, or no kernel starts.
    """
    try:
        from cnnbook.handin import running
    except ImportError as error:
        raise HandInError(
            f"running a notebook needs the package {error.name}; type `pip install nbclient ipykernel`"
        ) from error
    student = find(folder)
    saved = running.read(student.notebook)
    short = is_short() if short is None else short
    executed, failure = running.run(saved, Path(folder), timeout=timeout, short=short, progress=progress)
    handed_in = saved if short else executed

    missing, optional = tasks.unanswered(saved.cells)
    if short:
        missing += _not_run(saved)
    if not failure:
        missing += _table_missing(handed_in, architectures)
    if not student.report:
        missing.append(f"There is no report: {REPORT} or {PDF}")
    elif student.report == REPORT:
        missing += report.missing(student.text)
    shown = _shown(handed_in, checks.CHECK_NOTE, name=str, right=bool, hint=str)
    verdicts = {verdict["name"]: verdict for verdict in shown}  # the last of each name counts
    wrong = [verdict for verdict in verdicts.values() if not verdict["right"]]
    hints = [f"Check {verdict['name']}: {verdict['hint']}" for verdict in wrong]
    if unseen := [name for name in checks.CHECKS if name not in verdicts]:
        hints.append(f"No cell shows what these checks say: {', '.join(unseen)}")
    hints += [f"{sentence} (optional)" for sentence in optional]
    # Sections of the report and the hints that a notebook shows are text of whoever wrote these.
    sentences = (tuple(map(running.one_line, sentences)) for sentences in (missing, hints))
    return Review(running.write(handed_in), running.write(executed), failure, *sentences)


def pack(folder: str | Path, *, name: str | None = None, anyway: bool = False, **options) -> Path:
    """Review a folder, print what is missing, and make the zip: the notebook with its outputs and the report.

    ``practical-NAMES.zip`` in the folder is written whole or not at all; an older one of this name is replaced. `name`
    is that of whoever hands it in (default: the report's authors), `options` are those of `review`. A HandInError if
    the notebook stops or the report is missing (unless `anyway`), if nobody is named, and even if the zip is made but
    something is missing. What keeps it back and can be seen without a run is said before the run; after a run whose
    zip is kept back or cannot be written, the notebook as it ran is kept in a folder for temporary files.
    """
    student = find(folder)
    if not student.report and not anyway:
        raise HandInError(f"no zip is made, because {folder} has no {REPORT} and no {PDF}; write one, or add --anyway")
    words = re.sub(r"[^\w]+", "-", name or report.authors(student.text))
    words = words.encode(errors="ignore")[:LONGEST_NAME].decode(errors="ignore").strip("-_")
    if not words:
        raise HandInError(
            f"no zip is made, because nobody is named: fill in the line “Authors:” of {REPORT}, or add --name"
        )
    path = student.notebook.with_name(f"practical-{words}.zip")
    files.require_writable(path)
    reviewed = review(folder, progress=functools.partial(print, end="", flush=True), **options)
    stops = reviewed.failure and f"{student.notebook.name} does not run to its end: {reviewed.failure}"
    kept_back = f"{stops}. Correct it, or add --anyway" if stops and not anyway else ""
    if not kept_back:
        contents = {student.notebook.name: reviewed.content}
        contents |= {student.report: student.report_content} if student.report else {}
        try:
            write_atomically(path, _zipped(contents))
        except OSError as error:
            kept_back = f"{path} cannot be written ({error.strerror})"
    # What is found is kept before it is printed, which a terminal may refuse.
    kept = files.keep(student.notebook.name, reviewed.executed) if kept_back else ""
    print(f"\nstopped: {reviewed.failure}" if reviewed.failure else "It runs from top to bottom.")
    _print_list("Missing:", reviewed.missing)
    _print_list("Worth another look (none of it keeps the zip back):", reviewed.hints)
    if kept_back:
        raise HandInError(f"no zip is made, because {kept_back}. The notebook as it ran is {kept}")
    print(f"wrote {printable(str(path))}")
    if stops:
        raise HandInError(f"the zip is made, but {stops}")
    if reviewed.missing:
        raise HandInError(f"the zip is made, but something is missing ({len(reviewed.missing)} in the list above)")
    return path


def _zipped(contents: dict[str, bytes]) -> bytes:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return zipped.getvalue()


def _notebooks(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))


def _shown(notebook, note: str, **types: type) -> list[dict]:
    """Collect what the outputs hold under one of the keys that checks, images and tables write.

    A cell can write other things there: what lacks a field of those types is left out.
    """
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    notes = [output.get("metadata", {}).get(note) for output in outputs]
    return [
        note
        for note in notes
        if isinstance(note, dict) and all(type(note.get(field)) is kind for field, kind in types.items())
    ]


def _table_missing(notebook, architectures: int) -> list[str]:
    counts = [shown["architectures"] for shown in _shown(notebook, table.TABLE_NOTE, architectures=int)]
    if not counts:
        return ["The notebook shows no table of architectures: end a cell with `table`"]
    return [f"The table of architectures has {max(counts)} of {architectures}"] if max(counts) < architectures else []


def _not_run(notebook) -> list[str]:
    """Say that a saved notebook was not run from top to bottom, or on 100 images."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        return ["The saved notebook was not run from top to bottom: restart its kernel, run all cells, and save it"]
    if any(shown["short"] for shown in _shown(notebook, dataset.IMAGES_NOTE, short=bool)):
        return [f"The saved results are those of 100 images: run all cells without {SHORT}, and save it"]
    return []


def _print_list(title: str, sentences: tuple[str, ...]) -> None:
    if sentences:
        print(title, *(f"  - {sentence}" for sentence in sentences), sep="\n")
