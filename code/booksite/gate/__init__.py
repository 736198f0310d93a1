"""The gate between a built site and its readers: what must never be published, said in sentences.

A site does not pass that lacks a page of the contents or a notebook, holds a file that the build did not write, was
built from other pages or records, has a failed cell, a broken link, a part that comes from another site, a record that
is missing or stale, or a claim that does not hold. A strict build stops at most of these. The gate checks again, in the
files that are about to be served.

=======  ==========================================================
`pages`  the contents, failed cells, links, parts from other sites
`files`  links and empty files, notebooks, archives
=======  ==========================================================
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from myst_nb.core.read import MystMetadataParsingError
from nbformat import NotebookNode, ValidationError
from sphinx.errors import ExtensionError
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
from yaml import YAMLError

from booksite import page_rules, site_manifest
from booksite.gate import files
from booksite.gate.pages import book_pages, broken_links, error_reports, failed_cells, foreign_parts, pages_at_fault
from booksite.theme.leftovers import page_files
from booksite.undocumented import read_notebook
from cnnbook import CnnBookError, experiments, records
from cnnbook.training import Recipe


class GateError(CnnBookError):
    """A site must not be published."""


def check_site(
    site: Path, *, notebooks: Path | None = None, records_folder: Path = records.RESULTS, book: Path = Path()
) -> str:
    """Say that the gate is open; else refuse the site with every reason not to publish it."""
    reasons = findings(site, notebooks=notebooks, records_folder=records_folder, book=book)
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
    book: Path = Path(),
    recipes: Iterable[Recipe] | None = None,
    claims: Iterable[experiments.Claim] | None = None,
) -> list[str]:
    """List the reasons not to publish a site with its notebooks.

    `book` is the root of the clone that the site was built from, by default the current folder; recipes and claims are
    the whole book's by default.
    """
    folders = [path.resolve() for path in (site, notebooks) if path is not None]
    for path in folders:
        if not path.is_dir():
            raise GateError(f"there is no folder {path}; build the site first with `make book`")
    if not_files := list(files.what_is_no_file(folders)):
        return not_files  # what follows would read them
    site, *branches = folders
    pages, (sources, faults) = book_pages(site), sources_of(book)
    code = {name: files.code_of(page) for name, page in sources.items() if page}
    return [
        *faults,
        *pages_at_fault(pages, sources),
        *changed_since_the_build(site, book, records_folder),
        *failed_cells(pages),
        *error_reports(site),
        *broken_links(pages, site),
        *foreign_parts(pages, site),
        *unusable_records(experiments.RECIPES.values() if recipes is None else recipes, records_folder),
        *broken_claims(experiments.CLAIMS if claims is None else claims, records_folder),
        *files.empty_files(folders),
        *files.missing_notebooks(site, code),
        *(difference for branch in branches for difference in files.differences(branch, site)),
        *files.unusable_notebooks(folders, code),
    ]


# --- what the site is made from --------------------------------------------------------------------------------------


def sources_of(book: Path) -> tuple[dict[str, NotebookNode | None], list[str]]:
    """The pages of the contents by name, as MyST-NB reads them, and what is wrong with contents and pages."""
    try:
        contents = [name.removesuffix(".md") for name in parse_toc_yaml(book / "_toc.yml", encoding="utf-8-sig")]
    except (OSError, UnicodeDecodeError, MalformedError, YAMLError) as error:
        return {}, [f"_toc.yml: the contents of the book cannot be read in {book.resolve()} ({error})."]
    sources: dict[str, NotebookNode | None] = {}
    faults: list[str] = []
    for name in contents:
        path, sources[name] = book / f"{name}.md", None
        try:
            sources[name] = read_notebook(path)
            faults += [f"{name}.md: {fault}." for fault in page_rules.faults(path, sources[name])]
        except (OSError, ValueError, YAMLError, ValidationError, MystMetadataParsingError, ExtensionError) as error:
            faults.append(f"{name}.md: this page of the contents cannot be read ({str(error).splitlines()[0]}).")
    return sources, faults


def changed_since_the_build(site: Path, book: Path, records_folder: Path) -> Iterator[str]:
    """Find files that are not as the build wrote them, and say if it was that of other pages or records."""
    manifest = site_manifest.read(site)
    if manifest is None:
        yield f"The site has no list of its files ({site_manifest.NAME}): no build came to its end without a warning."
        return
    yield from site_manifest.changes(site, manifest)
    for what, digest in site_manifest.origin(book, records_folder).items():
        if manifest.get(what) != digest:
            place = records_folder if what == "records" else book.resolve()
            yield f"The site was built from other {what} than those in {place}: build it again with `make book`."


# --- records and claims ----------------------------------------------------------------------------------------------


def unusable_records(recipes: Iterable[Recipe], folder: Path) -> Iterator[str]:
    """Find runs of the book that are not recorded, or whose record is stale, damaged, or contradicts another."""
    usable = []
    for recipe in recipes:
        for seed in range(recipe.seeds):
            try:
                usable.append(records.load(recipe, seed, folder=folder, with_epochs=True))
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
