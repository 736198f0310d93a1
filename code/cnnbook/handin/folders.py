"""A student's folder: started and reviewed."""

import dataclasses
import json
from pathlib import Path

from cnnbook import records
from cnnbook.data.files import write_atomically
from cnnbook.handin import answers, outputs, pictures, reports, running, table, tasks
from cnnbook.handin.running import HandInError

NOTEBOOK, REPORT, PDF, WORKSHEET = "practical.ipynb", "report.md", "report.pdf", "cnn-ex1-stud.xlsx"
ARCHITECTURES = 5
TIMEOUT = 3600  # seconds a cell: thirty epochs on two cores take minutes, five networks in one cell an hour
PDF_HEAD, HEAD_WITHIN = b"%PDF-", 1024  # where programs that read PDF look for it


@dataclasses.dataclass(frozen=True)
class Review:
    """What a look at a folder found.

    Attributes
    ----------
    notebook : Path
        The student's.
    report : Path or None
        ``report.pdf`` where there is one, else ``report.md``.
    content : bytes
        The notebook to hand in, with its outputs.
    authors : str or None
        As the report names them.
    failure : str or None
        Where the notebook stopped, and why.
    missing : tuple of str
        What is asked for and not there, a sentence each.
    hints : tuple of str
        What may be worth another look: checks that are not right, optional tasks.
    """

    notebook: Path
    report: Path | None
    content: bytes = dataclasses.field(repr=False)
    authors: str | None
    failure: str | None
    missing: tuple
    hints: tuple


def write(folder):
    """Begin a hand-in: write the student's notebook, report and worksheet, and never over a file that is there.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    HandInError
        If there is nothing to write, since all three are there; a notebook of any name counts as theirs.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise HandInError(f"{folder} is a file; name a folder to begin in")
    found = _notebooks(folder) if folder.is_dir() else []
    wanted = {folder / REPORT: start_report(), folder / WORKSHEET: start_worksheet()}
    if not found:
        wanted[folder / NOTEBOOK] = start_notebook()
    written = [path for path in wanted if not path.exists()]
    if not written:
        raise HandInError(
            f"{folder} has a notebook, {found[0].name}, a report and the worksheet; nothing was written over them"
        )
    for path in written:
        write_atomically(path, wanted[path])
    return sorted(written)


def start_notebook():
    """The bytes of the student's notebook, without outputs."""
    return (json.dumps(tasks.notebook(tasks.template()), indent=1, ensure_ascii=False) + "\n").encode()


def start_report():
    """The bytes of the report that a student starts from."""
    return reports.template().encode()


def start_worksheet():
    """The bytes of the student's worksheet, unsolved."""
    from cnnbook.handin import worksheets  # here, since a notebook that only asks for checks needs no openpyxl

    return worksheets.content(worksheets.worksheet(solved=False))


def review(folder, *, timeout=TIMEOUT, short=None, architectures=ARCHITECTURES, before=None, after=None):
    """Run the notebook of a folder from top to bottom, and say what is missing. Changes nothing in the folder.

    Parameters
    ----------
    folder : str or Path
        With one notebook, and ``report.md`` or ``report.pdf``.
    timeout : float
        Seconds that a cell may take.
    short : bool, optional
        Run it in the short mode, on 100 images; left out, where ``CNNBOOK_SHORT`` is set. What such a run gives is no
        result, so the notebook to hand in is then the one that the student ran and saved.
    architectures : int
        How many the table shall have at least.
    before, after : callable, optional
        Told of each cell; see `cnnbook.handin.running.run`.

    Returns
    -------
    Review

    Raises
    ------
    HandInError
        If there is no such folder, no notebook or more than one; if ``report.md`` is not text in UTF-8 or
        ``report.pdf`` is no PDF; if the notebook cannot be read, or its outputs hold what this package does not write;
        if a package that runs notebooks is not installed, or no kernel starts. All but the last, and outputs that the
        run itself makes, show before the first cell runs.
    """
    folder = Path(folder)
    path = find_notebook(folder)
    report, text = find_report(folder)
    saved = running.read(path)
    short = records.is_short() if short is None else short
    if short:
        outputs.check_all(saved)
    cells = [tasks.Cell(cell.cell_type, cell.source) for cell in saved.cells]
    numbers = tasks.of_each_cell(cells)
    executed, failure = running.run(saved, folder, numbers, timeout=timeout, short=short, before=before, after=after)
    handed_in = saved if short else executed

    missing, optional = tasks.unanswered(cells)
    if short:
        missing += _not_run(saved, numbers)
    if not failure:
        missing += _table(handed_in, architectures)
    if report is None:
        missing.append(f"There is no report: {REPORT} or {PDF}")
    elif report.name == REPORT:
        missing += reports.lacks(text, architectures=architectures)
    return Review(
        notebook=path,
        report=report,
        content=_bytes(handed_in),
        authors=reports.authors(text) if text is not None else None,
        failure=failure,
        missing=tuple(missing),
        hints=tuple(_checks(handed_in) + [f"{sentence} (optional)" for sentence in optional]),
    )


def _notebooks(folder):
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))


def find_notebook(folder):
    """The one notebook of a folder; a HandInError where there is none, or more than one."""
    if not folder.is_dir():
        raise HandInError(f"there is no folder {folder}; check its name, or begin in it with --start")
    found = _notebooks(folder)
    if not found:
        raise HandInError(f"{folder} has no notebook; add --start to write {NOTEBOOK} and {REPORT} to begin with")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise HandInError(f"{folder} has {len(found)} notebooks ({names}); leave the one to hand in there")
    return found[0]


def find_report(folder):
    """The report to hand in, or None, and the text of ``report.md`` where there is one: a PDF's authors stand there.

    A HandInError where ``report.md`` is not text in UTF-8, or ``report.pdf`` no PDF.
    """
    pdf, markdown = folder / PDF, folder / REPORT
    text = None
    if markdown.is_file():
        try:
            text = markdown.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise HandInError(f"{markdown} is not text in UTF-8 ({error}); save it in that encoding") from error
    if pdf.is_file():
        with pdf.open("rb") as file:
            if PDF_HEAD not in file.read(HEAD_WITHIN):
                raise HandInError(f"{pdf} is no PDF, since it does not begin with %PDF-; export the report once more")
        return pdf, text
    return (markdown if text is not None else None), text


def _table(notebook, wanted):
    counts = [found["architectures"] for found in outputs.notes(notebook, table.NOTE)]
    if not counts:
        return ["The notebook shows no table of architectures: end a cell with `table`"]
    if max(counts) < wanted:
        return [f"The table of architectures has {max(counts)} of {wanted}"]
    return []


def _checks(notebook):
    """A sentence for each check whose last verdict is not right, and one about those that nothing shows."""
    last = {found["name"]: found for found in outputs.notes(notebook, answers.NOTE)}
    says = [f"Check {name}: {found['hint']}" for name, found in last.items() if not found["right"]]
    unseen = [name for name in answers.CHECKS if name not in last]
    return says + ([f"No cell shows what these checks say: {', '.join(unseen)}"] if unseen else [])


def _not_run(notebook, numbers):
    """What tells that a saved notebook was not run from top to bottom on all the images."""
    expected = 1
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        place = running.Place(index + 1, len(notebook.cells), numbers[index])
        if cell.execution_count != expected or any(output.output_type == "error" for output in cell.outputs):
            return [f"The saved notebook was not run from top to bottom up to {place}: run all cells, and save it"]
        expected += 1
    if any(found["short"] for found in outputs.notes(notebook, pictures.NOTE)):
        return [f"The saved results are those of 100 images: run all cells without {records.SHORT}, and save it"]
    return []


def _bytes(notebook):
    return (running.package("nbformat").writes(notebook) + "\n").encode()
