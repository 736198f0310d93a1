"""Files of a built site and of the branch of notebooks: that they are files, open, and hold what their pages have."""

import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode

from booksite.gate.pages import outward_fault
from booksite.lite import FOLDER as LITE
from booksite.notebooks import FOLDER, MANIFEST
from booksite.notebooks.code_cells import is_install_cell
from booksite.notebooks.page_markup import page_markup

#: Kinds of files that are zip archives: of the book, of Python, and worksheets.
ARCHIVES = {".zip", ".whl", ".xlsx", ".epub"}

#: JupyterLite's own scripts: some have no line.
_MAY_BE_EMPTY = (LITE, "build")

#: Where JupyterLite keeps settings: a notebook without cells.
_SETTINGS = "jupyter-lite.ipynb"

#: Names of an archive's members that lead out of the folder that it is unpacked in.
_LEADS_OUT = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")

#: Addresses in the text of a notebook, as Markdown or as HTML.
_ADDRESS = re.compile(r"\]\(([^)\s]+)|(?:href|src)=[\"']([^\"']+)")


def what_is_no_file(folders: Iterable[Path]) -> Iterator[str]:
    """Find links and special files: what packs the site follows a link, and reading a pipe never ends."""
    for folder in folders:
        for path in _paths(folder):
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                yield f"{path.relative_to(folder).as_posix()}: it is a link to {path.readlink()}; put the file there."
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                yield f"{path.relative_to(folder).as_posix()}: it is neither a file nor a folder."


def empty_files(folders: Iterable[Path]) -> Iterator[str]:
    """Find files of no bytes: a wheel that installs nothing, a figure that shows nothing."""
    for folder in folders:
        for path in _paths(folder):
            parts = path.relative_to(folder).parts
            hidden = any(part.startswith(".") for part in parts)
            if path.is_file() and not path.stat().st_size and not hidden and parts[:2] != _MAY_BE_EMPTY:
                yield f"{'/'.join(parts)}: the file is empty."


def _paths(folder: Path) -> list[Path]:
    """All that lies in a folder, but for git's own files of the branch of notebooks."""
    return [path for path in sorted(folder.rglob("*")) if path.relative_to(folder).parts[0] != ".git"]


# --- notebooks -------------------------------------------------------------------------------------------------------


def code_of(page: NotebookNode) -> list[str]:
    """The code that a page shows, cell by cell."""
    cells = [cell for cell in page.cells if cell.cell_type == "code"]
    return [cell.source.strip() for cell in cells if "remove-cell" not in cell.metadata.get("tags", [])]


def missing_notebooks(site: Path, code: Mapping[str, list[str]]) -> Iterator[str]:
    """Find executable pages without a notebook; `code` is what each page shows, by the page's name."""
    for name in code:
        if not (site / FOLDER / f"{name}.ipynb").is_file():
            yield f"{FOLDER}/{name}.ipynb: the page has cells, and there is no notebook of it."


def differences(branch: Path, site: Path) -> Iterator[str]:
    """Find what links to Colab, Binder and Kaggle would miss on the branch of notebooks, or find changed there."""
    ours = {path.relative_to(site / FOLDER) for path in (site / FOLDER).rglob("*") if path.is_file()} - {Path(MANIFEST)}
    theirs = {path.relative_to(branch) for path in _paths(branch) if path.suffix == ".ipynb"}
    for name in sorted(ours | theirs):
        if name not in ours:
            yield f"{name.as_posix()}: the site has no such notebook, and {branch} has."
        elif not (branch / name).is_file():
            yield f"{name.as_posix()}: the site has it, and {branch} has not."
        elif (branch / name).read_bytes() != (site / FOLDER / name).read_bytes():
            yield f"{name.as_posix()}: it differs in {branch} from that of the site; make the branch again."


def unusable_notebooks(folders: Iterable[Path], code: Mapping[str, list[str]]) -> Iterator[str]:
    """Find notebooks that Jupyter would refuse, hold a failed cell, are not whole or have other code than their page.

    Those in archives are opened too; `code` is what each page shows, by the page's name.
    """
    for folder in folders:
        for file in _paths(folder):
            name = file.relative_to(folder).as_posix()
            if file.suffix == ".ipynb":
                page = re.sub(rf"^(?:{FOLDER}|{LITE}/files)/|\.ipynb$", "", name)
                yield from _notebook_faults(name, file.read_bytes(), file.parent, code.get(page))
            elif file.suffix in ARCHIVES:
                yield from _archive_faults(name, file)


def _archive_faults(name: str, file: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if _LEADS_OUT.search(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
                    yield f"{name}: {member.filename} leads out of the folder that the archive is unpacked in."
            if damaged := archive.testzip():
                yield f"{name}: the archive is damaged at {damaged}."
                return
            for member in archive.infolist():
                if member.filename.endswith(".ipynb"):
                    yield from _notebook_faults(f"{name}: {member.filename}", archive.read(member))
    except (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        yield f"{name}: the archive does not open ({error})."


def _notebook_faults(
    name: str, content: bytes, folder: Path | None = None, shown: list[str] | None = None
) -> Iterator[str]:
    """Say what is wrong with a notebook; files that its text leads to must lie in its folder, if it has one.

    `shown` is the code of its page, if it has one.
    """
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        yield f"{name}: the notebook does not open because it is not valid JSON ({error})."
        return
    form = [notebook.get(name) for name in ("nbformat", "nbformat_minor")] if isinstance(notebook, dict) else []
    if form[:1] != [4] or any(type(number) is not int for number in form):
        yield f"{name}: the notebook does not open because it is not in version 4 of the notebook format."
        return
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"{name}: the notebook does not open ({str(error).splitlines()[0]})."
        return
    cells = [cell for cell in notebook["cells"] if not is_install_cell(cell)]
    own = ["".join(cell["source"]).strip() for cell in cells if cell["cell_type"] == "code"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    if not own and shown != [] and not name.endswith(_SETTINGS):
        yield f"{name}: the notebook has no code."
    elif shown is not None and _is_other_code(own, text, shown):
        yield f"{name}: its code is not that of the page; build the site again with `make book`."
    for line in page_markup(notebook):
        yield f"{name}: the notebook holds markup of the page, “{line.strip()}”."
    for address in (match[1] or match[2] for match in _ADDRESS.finditer(text)):
        if fault := outward_fault(address, fetched=True):
            yield f"{name}: the link {address} leads nowhere: {fault}."
            continue
        parts = urlsplit(address)
        file = "" if parts.scheme + parts.netloc else unquote(parts.path)
        if folder and file and not (folder / file).is_file():
            yield f"{name}: there is no {file} beside the notebook."
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", []):
                yield f"{name}: a cell of the notebook failed with “{output['ename']}: {output['evalue'][:200]}”."


def _is_other_code(own: list[str], text: str, shown: list[str]) -> bool:
    """Whether a notebook's cells are not those of its page, in order; those that it lacks stand in its text."""
    rest = iter(shown)
    return not all(source in rest for source in own) or any(
        source not in own and source not in text for source in shown
    )
