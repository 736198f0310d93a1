"""A student's folder: begun with the files to hand in, reviewed, and packed."""

import dataclasses
import functools
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cnnbook.data.files import write_atomically
from cnnbook.handin import checks, dataset, report, table, tasks
from cnnbook.handin.errors import HandInError
from cnnbook.records import SHORT, is_short

NOTEBOOK, REPORT, PDF, WORKSHEET = "practical.ipynb", "report.md", "report.pdf", "cnn-ex1-stud.xlsx"
ARCHITECTURES = 5
LONGEST_NAME = 60  # letters, of up to four bytes each, of which file systems allow 255
TIMEOUT = 3600  # seconds for a cell: thirty epochs on two cores take minutes, five networks in one cell an hour


class Files(NamedTuple):
    """A student's files: the notebook, the report to hand in if there is one, and the text of ``report.md``."""

    notebook: Path
    report: Path | None
    text: str


@dataclasses.dataclass(frozen=True)
class Review:
    """What a review of a folder says."""

    content: bytes = dataclasses.field(repr=False)  # the notebook to hand in, with its outputs
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
    """Find a student's notebook and report; a HandInError if there is no folder, no notebook or more than one."""
    folder = Path(folder)
    if not folder.is_dir():
        raise HandInError(f"there is no folder {folder}; check its name, or begin in it with --start")
    notebooks = _notebooks(folder)
    if not notebooks:
        raise HandInError(f"{folder} has no notebook; add --start to write {NOTEBOOK} and {REPORT} to begin with")
    if len(notebooks) > 1:
        names = ", ".join(path.name for path in notebooks)
        raise HandInError(f"{folder} has {len(notebooks)} notebooks ({names}); leave only the one to hand in there")
    markdown = folder / REPORT
    text = markdown.read_text("utf-8", errors="replace") if markdown.is_file() else ""
    return Files(notebooks[0], next(filter(Path.is_file, (folder / PDF, markdown)), None), text)


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
    files = find(folder)
    saved = running.read(files.notebook)
    short = is_short() if short is None else short
    executed, failure = running.run(saved, Path(folder), timeout=timeout, short=short, progress=progress)
    handed_in = saved if short else executed

    missing, optional = tasks.unanswered(saved.cells)
    if short:
        missing += _not_run(saved)
    if not failure:
        missing += _table_missing(handed_in, architectures)
    if files.report is None:
        missing.append(f"There is no report: {REPORT} or {PDF}")
    elif files.report.name == REPORT:
        missing += report.missing(files.text)
    verdicts = {check["name"]: check for check in _shown(handed_in, checks.CHECK_NOTE)}  # the last of each name counts
    wrong = [verdict for verdict in verdicts.values() if not verdict["right"]]
    hints = [running.one_line(f"Check {verdict['name']}: {verdict['hint']}") for verdict in wrong]
    if unseen := [name for name in checks.CHECKS if name not in verdicts]:
        hints.append(f"No cell shows what these checks say: {', '.join(unseen)}")
    hints += [f"{sentence} (optional)" for sentence in optional]
    return Review(running.write(handed_in), failure, tuple(missing), tuple(hints))


def pack(folder: str | Path, *, name: str | None = None, anyway: bool = False, **options) -> Path:
    """Review a folder, print what is missing, and make the zip: the notebook with its outputs and the report.

    ``practical-NAMES.zip`` in the folder is written whole or not at all; an older one of this name is replaced. `name`
    is that of whoever hands it in (default: the report's authors), `options` are those of `review`. A HandInError if
    the notebook stops or the report is missing (unless `anyway`), if nobody is named, and even if the zip is made but
    something is missing. What keeps it back and can be seen without a run is said before the run.
    """
    files = find(folder)
    if files.report is None and not anyway:
        raise HandInError(f"no zip is made, because {folder} has no {REPORT} and no {PDF}; write one, or add --anyway")
    words = re.sub(r"[^\w]+", "-", name or report.authors(files.text))[:LONGEST_NAME].strip("-_")
    if not words:
        raise HandInError(
            f"no zip is made, because nobody is named: fill in the line “Authors:” of {REPORT}, or add --name"
        )
    reviewed = review(folder, progress=functools.partial(print, end="", flush=True), **options)
    print(f"\nstopped: {reviewed.failure}" if reviewed.failure else "It runs from top to bottom.")
    _print_list("Missing:", reviewed.missing)
    _print_list("Worth another look (none of it keeps the zip back):", reviewed.hints)
    stops = f"{files.notebook.name} does not run to its end: {reviewed.failure}"
    if reviewed.failure and not anyway:
        raise HandInError(f"no zip is made, because {stops}. Correct it, or add --anyway")
    path = files.notebook.with_name(f"practical-{words}.zip")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(files.notebook.name, reviewed.content)
        if files.report:
            archive.writestr(files.report.name, files.report.read_bytes())
    write_atomically(path, content.getvalue())
    print(f"wrote {path}")
    if reviewed.failure:
        raise HandInError(f"the zip is made, but {stops}")
    if reviewed.missing:
        raise HandInError(f"the zip is made, but something is missing ({len(reviewed.missing)} in the list above)")
    return path


def _notebooks(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))


def _shown(notebook, note: str) -> list[dict]:
    """Collect what the outputs hold under one of the keys that checks, images and tables write."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.metadata[note] for output in outputs if note in output.get("metadata", {})]


def _table_missing(notebook, architectures: int) -> list[str]:
    counts = [shown["architectures"] for shown in _shown(notebook, table.TABLE_NOTE)]
    if not counts:
        return ["The notebook shows no table of architectures: end a cell with `table`"]
    return [f"The table of architectures has {max(counts)} of {architectures}"] if max(counts) < architectures else []


def _not_run(notebook) -> list[str]:
    """Say that a saved notebook was not run from top to bottom, or on 100 images."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        return ["The saved notebook was not run from top to bottom: restart its kernel, run all cells, and save it"]
    if any(shown["short"] for shown in _shown(notebook, dataset.IMAGES_NOTE)):
        return [f"The saved results are those of 100 images: run all cells without {SHORT}, and save it"]
    return []


def _print_list(title: str, sentences: tuple[str, ...]) -> None:
    if sentences:
        print(title, *(f"  - {sentence}" for sentence in sentences), sep="\n")
