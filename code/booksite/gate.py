"""The gate between a built site and its readers: what must never be published, said in sentences.

A site does not pass with a failed cell, a traceback, a broken link into itself, a notebook that does not open or is not
whole, a record that is missing or stale, or a claim that does not hold. A strict build stops at most of these. The gate
checks again, in the files that are about to be served.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
from bs4 import BeautifulSoup

from booksite.lite import FOLDER as LITE
from booksite.notebooks.page_markup import page_markup
from booksite.theme.leftovers import page_files
from cnnbook import CnnBookError, experiments, records
from cnnbook.training import Recipe

#: The first line of what Python prints when an exception ends a program.
TRACEBACK = "Traceback (most recent call last)"

#: Files beside a notebook that its Markdown shows or links to.
_FILE_BESIDE = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)")


class GateError(CnnBookError):
    """A site must not be published."""


def check_site(site: Path, *, notebooks: Path | None = None, records_folder: Path = records.RESULTS) -> str:
    """Say that the gate is open; else refuse the site with every reason not to publish it."""
    reasons = findings(site, notebooks=notebooks, records_folder=records_folder)
    if reasons:
        raise GateError("\n".join([f"reasons not to publish {site} ({len(reasons)}):", *reasons]))
    runs = sum(recipe.seeds for recipe in experiments.RECIPES.values())
    pages = len(page_files(site))
    return f"The gate is open: {pages} pages, {runs} records and {len(experiments.CLAIMS)} claims are in order."


def findings(
    site: Path,
    *,
    notebooks: Path | None = None,
    records_folder: Path = records.RESULTS,
    recipes: Iterable[Recipe] | None = None,
    claims: Iterable[experiments.Claim] | None = None,
) -> list[str]:
    """List the reasons not to publish a site with its notebooks; recipes and claims are the whole book's by default."""
    folders = [path.resolve() for path in (site, notebooks) if path is not None]
    for path in folders:
        if not path.is_dir():
            raise GateError(f"there is no folder {path}; build the site first with `make book`")
    site, pages = folders[0], book_pages(folders[0])
    return [
        *([] if pages else [f"{site} has no pages."]),
        *failed_cells(pages),
        *error_reports(site),
        *broken_links(pages, site),
        *unusable_records(experiments.RECIPES.values() if recipes is None else recipes, records_folder),
        *broken_claims(experiments.CLAIMS if claims is None else claims, records_folder),
        *unusable_notebooks(folders),
    ]


# --- pages -----------------------------------------------------------------------------------------------------------


@dataclass
class BuiltPage:
    """A file of the site with its name in it, its HTML, the addresses on it by element, and anchors for links."""

    path: Path
    name: str
    html: str
    links: list[tuple[str, str]]
    anchors: set[str]


class _AddressReader(HTMLParser):
    """Collects addresses and anchors. A parser of its own, because a tree of every page would take a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.links += [(tag, values[name]) for name in ("href", "src") if name in values]
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.links.append((tag, values.get("content", "").partition("url=")[2]))
        self.anchors |= {values[name] for name in ("id", "name" if tag == "a" else "id") if name in values}


def book_pages(site: Path) -> list[BuiltPage]:
    """Read every page of a site."""
    pages = []
    for path in page_files(site):
        html, reader = path.read_text("utf-8"), _AddressReader()
        reader.feed(html)
        pages.append(BuiltPage(path, path.relative_to(site).as_posix(), html, reader.links, reader.anchors))
    return pages


def failed_cells(pages: Iterable[BuiltPage]) -> Iterator[str]:
    """Find cells that ended with an unannounced exception, and tracebacks anywhere else on a page."""
    for page in pages:
        if "traceback" not in page.html.lower():
            continue
        tree = BeautifulSoup(page.html, "html.parser")
        for announced in tree.select(".cell.tag_raises-exception .output"):
            announced.decompose()
        failures = tree.select(".output.traceback")
        for output in failures:
            lines = output.get_text().strip().splitlines() or ["no output"]
            yield f"{page.name}: a cell failed with “{lines[-1].strip()[:200]}”."
        if not failures and TRACEBACK in tree.get_text():
            yield f"{page.name}: a traceback is on the page, and no cell is tagged `raises-exception` for it."


def error_reports(site: Path) -> Iterator[str]:
    """Find what a build writes beside the pages when one of them did not run to its end."""
    for file in sorted((site / "reports").rglob("*")):
        if file.is_file():
            yield f"{file.relative_to(site).as_posix()}: the build left this report of a page that failed."


def broken_links(pages: Iterable[BuiltPage], site: Path) -> Iterator[str]:
    """Find links, pictures and downloads of the site's own that lead nowhere, including their anchors."""
    pages_by_path = {page.path: page for page in pages}
    for page in pages:
        for tag, address in dict.fromkeys(page.links):
            if fault := _link_fault(page, tag, address, site, pages_by_path):
                yield f"{page.name}: the link {address} leads nowhere: {fault}."


def _link_fault(page: BuiltPage, tag: str, address: str, site: Path, pages: dict[Path, BuiltPage]) -> str | None:
    """Say what is wrong with an address; None where it arrives, or leads to another site."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if target.is_dir():
        target /= "index.html"
    if site not in target.parents:
        return "it leaves the site"
    if not target.is_file():
        return "there is no such file"
    for notebook in parse_qs(parts.query).get("path", []) if site / LITE in target.parents else []:
        if not (site / LITE / "files" / notebook).is_file():
            return f"JupyterLite has no {notebook}"
    anchor = unquote(parts.fragment)
    if tag == "a" and anchor and target in pages and anchor not in pages[target].anchors:
        return f"{pages[target].name} has no such anchor"
    return None


# --- records and claims ----------------------------------------------------------------------------------------------


def unusable_records(recipes: Iterable[Recipe], folder: Path) -> Iterator[str]:
    """Find runs of the book that are not recorded, or whose record is stale, damaged, or contradicts another."""
    usable = []
    for recipe in recipes:
        for seed in range(recipe.seeds):
            try:
                usable.append(records.load(recipe, seed, folder=folder))
            except records.RecordError as error:
                yield f"{records.stem(recipe, seed)}: {error}."
    yield from (f"{disagreement}." for disagreement in records.disagreements(usable))


def broken_claims(claims: Iterable[experiments.Claim], folder: Path) -> Iterator[str]:
    """Find claims of the prose that the records do not support."""
    for claim in claims:
        try:
            measured = claim.measured(folder)
        except records.RecordError:
            yield f"The claim “{claim.says}” cannot be checked: a record that it needs is not usable."
            continue
        if not claim.holds(folder):
            yield (
                f"The claim “{claim.says}” does not hold: measured {measured.mean:.2f} "
                f"[{measured.low:.2f}, {measured.high:.2f}], bounds {claim.lower} to {claim.upper}."
            )


# --- notebooks -------------------------------------------------------------------------------------------------------


def unusable_notebooks(folders: Iterable[Path]) -> Iterator[str]:
    """Find notebooks that Jupyter would refuse, that hold a failed cell or that are not whole, in archives too."""
    for folder in folders:
        for file in sorted(folder.rglob("*.ipynb")):
            yield from _notebook_faults(file.relative_to(folder).as_posix(), file.read_bytes(), file.parent)
        for file in sorted(folder.rglob("*.zip")):
            yield from _archive_faults(file.relative_to(folder).as_posix(), file)


def _archive_faults(name: str, file: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            if damaged := archive.testzip():
                yield f"{name}: the archive is damaged at {damaged}."
                return
            for member in archive.namelist():
                if member.endswith(".ipynb"):
                    yield from _notebook_faults(f"{name}: {member}", archive.read(member))
    except zipfile.BadZipFile as error:
        yield f"{name}: the archive does not open ({error})."


def _notebook_faults(name: str, content: bytes, folder: Path | None = None) -> Iterator[str]:
    """Say what is wrong with a notebook; files that its text leads to must lie in its folder, if it has one."""
    try:
        notebook = json.loads(content)
    except ValueError as error:
        yield f"{name}: the notebook does not open because it is not valid JSON ({error})."
        return
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        yield f"{name}: the notebook does not open because it is not in version 4 of the notebook format."
        return
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"{name}: the notebook does not open ({str(error).splitlines()[0]})."
        return
    for line in page_markup(notebook):
        yield f"{name}: the notebook holds markup of the page, “{line.strip()}”."
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    for address in _FILE_BESIDE.findall(text):
        if folder and not (folder / unquote(address)).is_file():
            yield f"{name}: there is no {unquote(address)} beside the notebook."
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", []):
                yield f"{name}: a cell of the notebook failed with “{output['ename']}: {output['evalue'][:200]}”."
