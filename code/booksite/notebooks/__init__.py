"""Every executable page as a clean notebook, written while Sphinx writes the page.

===============  ==============================================================================================
`addresses`      where the book lives: repository, site, commit
`markdown`       Markdown as notebooks read it
`writer`         nodes of a page to Markdown
`inline`         its part for words within a line
`page_context`   what the writer has to know about the page and the book
`code_cells`     code cells as the page has them, and the one that installs the module
`names`          names that code cells define and use
`page_markup`    markup of a page that must not be left in a notebook
`publish`        a copy of all notebooks in a folder, and the branch of notebooks
===============  ==============================================================================================

The notebooks lie in ``_notebooks`` inside the built site, below the paths of their pages, so that a page of any copy
of the site can offer its own. They hold no outputs.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.config import Config

from booksite.notebooks.addresses import Place, find_place, site_address
from booksite.notebooks.code_cells import install_cell, is_install_cell, make_cell
from booksite.notebooks.page_context import PageContext
from booksite.notebooks.writer import Code, Writer
from booksite.undocumented import read_notebook

FOLDER = "_notebooks"  # in the built site
MANIFEST = "notebooks.json"  # in that folder

_ADDRESS = re.compile(r"\]\(([^):\s#]+)\)")


def note_place(app: Sphinx, config: Config) -> None:
    """Find the book's addresses; Sphinx writes all pages again when repository or site have changed."""
    place = find_place(app.srcdir)
    config.html_baseurl = site_address(config.html_baseurl) or place.site
    config.cnnbook_repository, config.cnnbook_site, config.cnnbook_commit = place.repository, place.site, place.commit


def place_of(config: Config) -> Place:
    """Give the addresses that `note_place` found."""
    return Place(config.cnnbook_repository, config.cnnbook_site, config.cnnbook_commit)


@functools.cache
def page_cells(app: Sphinx, docname: str) -> list[NotebookNode]:
    """Give all cells of a page, so that a place in the list is the ``cell_index`` of MyST-NB's nodes."""
    notebook = read_notebook(app.env.doc2path(docname), app.env)
    return notebook.cells if notebook else []


def note_code(app: Sphinx, doctree: nodes.document) -> None:
    """Keep with the page whether it has code cells, so that a build without a change need not read it."""
    docname = app.env.docname
    app.env.metadata[docname]["has code"] = any(cell["cell_type"] == "code" for cell in page_cells(app, docname))


def is_executable(app: Sphinx, docname: str) -> bool:
    """Whether a page has code cells, and so becomes a notebook."""
    return app.env.metadata[docname]["has code"]


def executable_pages(app: Sphinx) -> set[str]:
    """Give the names of the pages that become notebooks."""
    return {docname for docname in app.env.found_docs if is_executable(app, docname)}


def notebook_path(app: Sphinx, docname: str) -> Path:
    """Where the notebook of a page lies."""
    return Path(app.outdir, FOLDER, f"{docname}.ipynb")


def is_site(app: Sphinx) -> bool:
    """Whether Sphinx builds the site, and nothing else from the pages."""
    return app.builder.name == "html"


def convert(app: Sphinx, doctree: nodes.document, docname: str) -> tuple[NotebookNode, dict[str, str]]:
    """Make the notebook of a resolved page, and list the files beside it: their paths, and sources below the root."""
    cells, place = page_cells(app, docname), place_of(app.config)
    page = PageContext(
        docname=docname,
        place=place,
        book_title=app.config.html_title or app.config.project,
        sources=[cell["source"] for cell in cells],
        numbers=app.env.toc_fignumbers.get(docname, {}),
        number_formats=app.config.numfig_format,
        notebooks=executable_pages(app),
        with_solutions=app.config.cnnbook_solutions != "none",
    )
    notebook = new_notebook(
        cells=[install_cell(place)],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    for piece in Writer(page).write(doctree):
        if isinstance(piece, Code):
            notebook.cells.append(make_cell(piece))
        elif isinstance(piece, str):
            notebook.cells.append(new_markdown_cell(piece))
        else:
            notebook.cells.append(make_cell(cells[piece]["source"], cells[piece]["metadata"].get("tags", [])))
    number_cells(notebook)
    nbformat.validate(notebook)
    return notebook, page.files


def number_cells(notebook: NotebookNode) -> None:
    """Name the cells of a notebook by their numbers, so that the same page gives the same file."""
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"


def write_notebook(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the notebook of a page that Sphinx is about to write."""
    if not is_site(app) or not is_executable(app, docname):
        return
    notebook, files = convert(app, doctree, docname)
    Path(app.outdir, FOLDER, MANIFEST).unlink(missing_ok=True)  # until `finish` has looked at what is there now
    save(notebook, notebook_path(app, docname))
    for beside, source in files.items():
        target = Path(app.outdir, FOLDER, beside)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(app.srcdir, source).read_bytes())


def save(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook; nothing is touched where it would stay the same."""
    from cnnbook.data.files import write_atomically  # here, since its package imports NumPy

    content = (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
    if not path.is_file() or path.read_bytes() != content:
        write_atomically(path, content)


def stamp(folder: str | Path, place: Place) -> None:
    """Let the first cell of all notebooks in a folder install the module from a place, at its commit."""
    for path in sorted(Path(folder).rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if is_install_cell(notebook.cells[0]):
            notebook.cells[0]["source"] = install_cell(place)["source"]
            save(notebook, path)


def linked_files(notebook: NotebookNode, path: str, folder: str | Path) -> Iterator[str]:
    """Give the pictures and files beside a notebook that its text leads to, below the folder of all notebooks."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for address in _ADDRESS.findall(cell.source):
                file = normpath(join(dirname(path), unquote(address)))
                if Path(folder, file).is_file():
                    yield file


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Remove what an earlier build left, name the commit in all notebooks, and list them, unless nothing changed."""
    if exception is not None or not is_site(app):
        return
    folder, place = Path(app.outdir, FOLDER), place_of(app.config)
    titles = {f"{name}.ipynb": app.env.titles[name].astext() for name in sorted(executable_pages(app))}
    manifest = {
        "title": app.config.html_title or app.config.project,
        "repository": place.repository,
        "site": place.site,
        "commit": place.commit,
        "notebooks": titles,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    list_of_all = folder / MANIFEST
    if list_of_all.is_file() and list_of_all.read_text("utf-8") == text:
        return
    notebooks = {name: nbformat.read(folder / name, as_version=4) for name in titles}
    kept = {*titles, *(file for name, notebook in notebooks.items() for file in linked_files(notebook, name, folder))}
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in kept:
            path.unlink()
    stamp(folder, place)
    list_of_all.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect the notebooks to Sphinx."""
    app.add_config_value("cnnbook_repository", "", "html")
    app.add_config_value("cnnbook_site", "", "html")
    app.add_config_value("cnnbook_commit", "", "")  # changes all the time, and stands in the first cells alone
    app.connect("config-inited", note_place)
    app.connect("doctree-read", note_code)
    # After every extension that resolves something in a page.
    app.connect("doctree-resolved", write_notebook, priority=900)
    app.connect("build-finished", finish)
