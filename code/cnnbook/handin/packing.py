"""The zip that is handed in: where it goes, what keeps it back, what is in it."""

import io
import re
import zipfile
from pathlib import Path

from cnnbook.data.files import write_atomically
from cnnbook.handin import reports
from cnnbook.handin.folders import PDF, REPORT, find_notebook, find_report, review
from cnnbook.handin.running import HandInError

LONGEST_NAME = 100


def pack(folder, *, name=None, anyway=False, reviewed=None, **options):
    """Make the zip that a course asks for: the notebook with its outputs and the report, nothing else.

    Parameters
    ----------
    folder : str or Path
    name : str, optional
        Whose it is; left out, the names in the report's line ``Authors:``.
    anyway : bool
        Make it although the notebook stops or there is no report.
    reviewed : Review, optional
        What `review` said of this folder; left out, it is asked now, with `options`.

    Returns
    -------
    Path
        ``practical-NAMES.zip`` in the folder, written whole or not at all; an older one of this name is replaced.

    Raises
    ------
    HandInError
        If the notebook stops or the report is missing (unless `anyway`), if nobody is named or the name is too long,
        or as `review`. What does not take a run to see is said before the run.
    """
    folder = Path(folder)
    if reviewed is None:
        zip_path(folder, name=name, anyway=anyway)
        reviewed = review(folder, **options)
    if reviewed.failure and not anyway:
        raise HandInError(
            f"no zip is made, because {reviewed.notebook.name} does not run to its end: {reviewed.failure}. Mend it, "
            "or add --anyway"
        )
    path = _zip_path(folder, reviewed.report, name or reviewed.authors, anyway)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(reviewed.notebook.name, reviewed.content)
        if reviewed.report:
            archive.writestr(reviewed.report.name, reviewed.report.read_bytes())
    write_atomically(path, content.getvalue())
    return path


def zip_path(folder, *, name=None, anyway=False):
    """Where `pack` will put the zip; all that keeps a folder back and shows without a run is an error here.

    Parameters
    ----------
    folder, name, anyway
        As in `pack`.

    Returns
    -------
    Path

    Raises
    ------
    HandInError
        If there is no such folder, no notebook or more than one; if there is no report (unless `anyway`), ``report.md``
        is not text in UTF-8, or ``report.pdf`` is no PDF; if nobody is named or the name is too long.
    """
    folder = Path(folder)
    find_notebook(folder)
    report, text = find_report(folder)
    return _zip_path(folder, report, name or (reports.authors(text) if text is not None else None), anyway)


def _zip_path(folder, report, names, anyway):
    if report is None and not anyway:
        raise HandInError(f"no zip is made, because there is no {REPORT} and no {PDF} in {folder}; or add --anyway")
    return folder / zip_name(names)


def zip_name(names):
    """The name of the zip, from the names of its authors.

    Parameters
    ----------
    names : str or None

    Returns
    -------
    str
        ``practical-NAMES.zip``, where everything but letters and digits of any script has become a hyphen.

    Raises
    ------
    HandInError
        If no letter or digit is left, or more than `LONGEST_NAME` letters.

    Examples
    --------
    >>> zip_name("Ada Lovelace, Émile B.")
    'practical-Ada-Lovelace-Émile-B.zip'
    """
    words = re.sub(r"[^\w]+", "-", names or "").strip("-_")
    if not words:
        raise HandInError(
            f"no zip is made, because nobody is named: fill in the line “Authors:” of {REPORT}, or add --name"
        )
    if len(words) > LONGEST_NAME:
        raise HandInError(
            f"no zip is made, because its name would have {len(words)} letters; give a name of at most {LONGEST_NAME} "
            "with --name"
        )
    return f"practical-{words}.zip"
