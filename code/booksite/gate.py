"""The gate between a built site and its readers: what must never be published, said in sentences.

``python -m booksite.gate _build/html`` ends with exit code 1 when the site has a failed cell, a traceback, a broken
link into itself, a notebook that does not open or is not whole, or when a record is missing or stale, or a claim does
not hold. A strict build stops at most of these. The gate asks again, of the files that are about to be served.
"""

import argparse
import json
import re
import sys
import zipfile
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
from bs4 import BeautifulSoup

from booksite.lite import FOLDER as LITE
from booksite.notebooks.raw import raw_constructs
from booksite.theme.leftovers import page_files
from cnnbook import experiments, records

#: The first line of what Python prints when an exception ends a program.
TRACEBACK = "Traceback (most recent call last)"

#: Files beside a notebook that its Markdown shows or leads to.
_BESIDE = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)")


def findings(site, *, notebooks=None, folder=records.RESULTS, recipes=None, claims=experiments.CLAIMS):
    """Reasons not to publish a site.

    Parameters
    ----------
    site : path
        The folder of the built site.
    notebooks : path, optional
        A folder with notebooks that are to be published too.
    folder : path
        Where the records are that the site was built from.
    recipes : iterable of cnnbook.training.Recipe, optional
        Those that must be recorded, with all their seeds. Left out, every recipe of the book.
    claims : iterable of cnnbook.experiments.Claim
        Those that must hold.

    Returns
    -------
    list of str
        A sentence for each; none, and the gate is open.

    Raises
    ------
    FileNotFoundError
        If there is no such site, or no such folder of notebooks.
    """
    site = Path(site).resolve()
    folders = [site] if notebooks is None else [site, Path(notebooks).resolve()]
    for one in folders:
        if not one.is_dir():
            raise FileNotFoundError(f"there is no folder {one}; build the site first with `make book`")
    pages = book_pages(site)
    recipes = experiments.RECIPES.values() if recipes is None else recipes
    return [
        *([] if pages else [f"{site} holds no page."]),
        *failed_cells(pages),
        *error_reports(site),
        *broken_links(pages, site),
        *unusable_records(recipes, folder),
        *broken_claims(claims, folder),
        *unusable_notebooks(folders),
    ]


# --- pages -----------------------------------------------------------------------------------------------------------


class Page:
    """A page of the site: its file, the links on it, and the anchors that links can lead to."""

    def __init__(self, path, site):
        self.path = path
        self.name = path.relative_to(site).as_posix()

    @cached_property
    def html(self):
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def _read(self):
        reader = _Reader()
        reader.feed(self.html)
        return reader

    @property
    def links(self):
        """Pairs of an element's name and its address."""
        return self._read.links

    @property
    def anchors(self):
        return self._read.anchors


class _Reader(HTMLParser):
    """Collects addresses and ids. A parser of its own, because a tree of every page would take a minute."""

    def __init__(self):
        super().__init__()
        self.links, self.anchors = [], set()

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.links += [(tag, given[name]) for name in ("href", "src") if given.get(name)]
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.links.append((tag, given.get("content", "").partition("url=")[2]))
        self.anchors |= {given[name] for name in ("id", "name" if tag == "a" else "id") if given.get(name)}


def book_pages(site):
    """Every page of a site, as `Page`."""
    return [Page(file, Path(site)) for file in page_files(site)]


def failed_cells(pages):
    """Cells that ended with an exception which nobody announced, and tracebacks anywhere else on a page."""
    found = []
    for page in pages:
        if "traceback" not in page.html.lower():
            continue
        tree = BeautifulSoup(page.html, "html.parser")
        for announced in tree.select(".cell.tag_raises-exception .output"):
            announced.decompose()
        failed = tree.select(".output.traceback")
        for output in failed:
            lines = output.get_text().strip().splitlines() or ["nothing was printed"]
            found.append(f"{page.name}: a cell failed with “{lines[-1].strip()[:200]}”.")
            output.decompose()
        if not failed and TRACEBACK in tree.get_text():
            found.append(f"{page.name}: a traceback is on the page, and no cell is tagged `raises-exception` for it.")
    return found


def error_reports(site):
    """What a build writes beside the pages when one of them did not run to its end."""
    return [
        f"{file.relative_to(site).as_posix()}: the build left this report of a page that failed."
        for file in sorted(Path(site, "reports").rglob("*"))
        if file.is_file()
    ]


def broken_links(pages, site):
    """Links, pictures and downloads of the site's own that lead nowhere, at the anchor too."""
    known = {page.path: page for page in pages}
    found = []
    for page in pages:
        for tag, address in dict.fromkeys(page.links):
            fault = _fault(page, tag, address, site, known)
            if fault:
                found.append(f"{page.name}: the link {address} leads nowhere: {fault}.")
    return found


def _fault(page, tag, address, site, known):
    """What is wrong with one address; None where it arrives, or leads to another site."""
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
    for asked in parse_qs(parts.query).get("path", []) if site / LITE in target.parents else []:
        if not Path(site, LITE, "files", asked).is_file():
            return f"JupyterLite has no {asked}"
    wanted = unquote(parts.fragment)
    if tag == "a" and wanted and target in known and wanted not in known[target].anchors:
        return f"{known[target].name} has no such anchor"
    return None


# --- records and claims ----------------------------------------------------------------------------------------------


def unusable_records(recipes, folder):
    """Runs of the book that are not recorded, or whose record is stale or damaged."""
    found = []
    for recipe in recipes:
        for seed in range(recipe.seeds):
            try:
                records.load(recipe, seed, folder=folder)
            except records.RecordError as error:
                found.append(f"{records.stem(recipe, seed)}: {error}.")
    return found


def broken_claims(claims, folder):
    """Claims of the prose that the records do not bear out."""
    found = []
    for claim in claims:
        try:
            measured = claim.measured(folder)
        except records.RecordError:
            found.append(f"The claim “{claim.says}” cannot be checked: a record that it needs is not usable.")
            continue
        if not claim.holds(folder):
            found.append(
                f"The claim “{claim.says}” does not hold: measured {measured.mean:.2f} "
                f"[{measured.low:.2f}, {measured.high:.2f}], bounds {claim.lower} to {claim.upper}."
            )
    return found


# --- notebooks -------------------------------------------------------------------------------------------------------


def unusable_notebooks(folders):
    """Notebooks that Jupyter would refuse or that hold a failed cell, as files and inside of archives."""
    found = []
    for folder in folders:
        for file in sorted(Path(folder).rglob("*.ipynb")):
            found += _notebook_faults(file.relative_to(folder).as_posix(), file.read_bytes(), file.parent)
        for file in sorted(Path(folder).rglob("*.zip")):
            found += _archive_faults(file.relative_to(folder).as_posix(), file)
    return found


def _archive_faults(name, file):
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
            if damaged:
                return [f"{name}: the archive is damaged at {damaged}."]
            members = [member for member in archive.namelist() if member.endswith(".ipynb")]
            return [
                fault for member in members for fault in _notebook_faults(f"{name}: {member}", archive.read(member))
            ]
    except zipfile.BadZipFile as error:
        return [f"{name}: the archive does not open ({error})."]


def _notebook_faults(name, content, folder=None):
    """What is wrong with a notebook; what its text leads to is looked for where its folder is given."""
    try:
        notebook = json.loads(content)
    except ValueError as error:
        return [f"{name}: the notebook does not open, it is no JSON ({error})."]
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        return [f"{name}: the notebook does not open, it is not in version 4 of the notebook format."]
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        return [f"{name}: the notebook does not open ({str(error).splitlines()[0]})."]
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    beside = [] if folder is None else [unquote(address) for address in _BESIDE.findall(text)]
    return [
        *(f"{name}: the notebook holds markup of the page, “{line.strip()}”." for line in raw_constructs(notebook)),
        *(f"{name}: there is no {one} beside the notebook." for one in beside if not (folder / one).is_file()),
    ] + [
        f"{name}: a cell of the notebook failed with “{output['ename']}: {output['evalue'][:200]}”."
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", [])
    ]


# --- the command line ------------------------------------------------------------------------------------------------


def main(arguments=None):
    """Say what keeps the site from being published; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m booksite.gate", description=main.__doc__)
    parser.add_argument("site", type=Path, metavar="SITE", help="the built site, for example _build/html")
    parser.add_argument("--notebooks", type=Path, metavar="FOLDER", help="notebooks that are to be published with it")
    parser.add_argument("--records", type=Path, metavar="FOLDER", default=records.RESULTS, help="of the site's runs")
    options = parser.parse_args(arguments)
    try:
        found = findings(options.site, notebooks=options.notebooks, folder=options.records)
    except FileNotFoundError as error:
        print(f"The gate is closed: {error}", file=sys.stderr)
        return 1
    for sentence in found:
        print(sentence, file=sys.stderr)
    if found:
        print(f"The gate is closed: {len(found)} reasons not to publish {options.site}.", file=sys.stderr)
        return 1
    runs = sum(recipe.seeds for recipe in experiments.RECIPES.values())
    print(
        f"The gate is open: {len(book_pages(options.site))} pages, {runs} records and {len(experiments.CLAIMS)} claims "
        f"are in order."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
