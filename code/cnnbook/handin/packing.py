"""The zip that is handed in: what keeps it back, its name, and what is in it."""

import functools
import io
import re
import zipfile
from pathlib import Path

from cnnbook.data.files import write_atomically
from cnnbook.handin.errors import HandInError
from cnnbook.handin.folders import PDF, REPORT, find, review
from cnnbook.handin.report import authors

LONGEST_NAME = 60  # letters, of up to four bytes each, of which file systems allow 255


def pack(folder: str | Path, *, name: str | None = None, anyway: bool = False, **options) -> Path:
    """Review a folder, print what is missing, and make the zip: the notebook with its outputs and the report.

    Parameters
    ----------
    folder : str or Path
    name : str, optional
        Of whoever hands it in (default: the report's authors).
    anyway : bool
        Make the zip although the notebook stops or there is no report.
    **options
        Of `review`.

    Returns
    -------
    Path
        ``practical-NAMES.zip`` in the folder, written whole or not at all; an older one of this name is replaced.

    Raises
    ------
    HandInError
        If the notebook stops or the report is missing (unless `anyway`), if nobody is named, and even if the zip is
        made but something is missing. What keeps it back and can be seen without a run is said before the run.
    """
    files = find(folder)
    if files.report is None and not anyway:
        raise HandInError(f"no zip is made, because {folder} has no {REPORT} and no {PDF}; write one, or add --anyway")
    words = re.sub(r"[^\w]+", "-", name or authors(files.text))[:LONGEST_NAME].strip("-_")
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


def _print_list(title: str, sentences: tuple[str, ...]) -> None:
    if sentences:
        print(title, *(f"  - {sentence}" for sentence in sentences), sep="\n")
