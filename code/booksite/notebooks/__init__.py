"""Every executable page as a clean notebook, written while Sphinx writes the page.

============  ===============================================================================================
`addresses`   where the book lives: repository, site, commit
`text`        rules of Markdown
`writer`      nodes of a page to Markdown
`inline`      its part for words within a line
`boxes`       its part for admonitions, exercises, cards, questions
`names`       names that cells bind and need
`cells`       code cells: what is collapsed, what is dropped, the cell that installs the module
`command`     ``python -m booksite notebooks FOLDER``
`publish`     the branch ``notebooks``
`raw`         what must not be left in a notebook
============  ===============================================================================================

The notebooks lie in ``_notebooks`` inside the built site, below the paths of their pages, so that a page of any copy
of the site can offer its own. They hold no outputs.
"""

import json
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook
from sphinx.errors import ConfigError
from sphinx.util import logging

from booksite.notebooks import cells as code
from booksite.notebooks.addresses import AddressError, find_place
from booksite.notebooks.writer import Page, Writer
from cnnbook.data.files import write_atomically

logger = logging.getLogger(__name__)

FOLDER = "_notebooks"  # in the built site
MANIFEST = "notebooks.json"  # in that folder


def note_place(app, config):
    """Find the book's addresses; Sphinx writes all pages again when repository or site have changed."""
    try:
        app.cnnbook_place = find_place(app.srcdir)
    except AddressError as error:
        raise ConfigError(str(error)) from error
    # Pages and downloads name the published address of their own: it is one for all.
    config.html_baseurl = config.html_baseurl or app.cnnbook_place.site
    # The commit changes all the time, and stands in the first cells alone: see `finish`.
    config.cnnbook_place = f"{app.cnnbook_place.repository} {app.cnnbook_place.site}"
    app.cnnbook_cells = {}


def page_cells(app, docname):
    """Give the cells of a page as MyST-NB reads them; they are read once in a build."""
    if docname not in app.cnnbook_cells:
        app.cnnbook_cells[docname] = code.read_cells(app.env.doc2path(docname), app.env)
    return app.cnnbook_cells[docname]


def is_executable(app, docname):
    """Whether a page has code cells, and so becomes a notebook."""
    return any(cell["cell_type"] == "code" for cell in page_cells(app, docname))


def executable_pages(app):
    """Give the names of the pages that become notebooks."""
    return {docname for docname in app.env.found_docs if is_executable(app, docname)}


def notebook_path(app, docname):
    return Path(app.outdir, FOLDER, f"{docname}.ipynb")


def is_site(app):
    return app.builder.name == "html"


def write_missing(app, env):
    """Have pages written whose notebook is missing, though the page itself is up to date."""
    return [name for name in executable_pages(app) if not notebook_path(app, name).is_file()] if is_site(app) else []


def convert(app, doctree, docname):
    """Make the notebook of a page.

    Parameters
    ----------
    app : sphinx.application.Sphinx
    doctree : docutils.nodes.document
        Resolved; it is not changed.
    docname : str

    Returns
    -------
    (nbformat.NotebookNode, dict of str to str)
        The notebook, and the pictures and files that its text leads to: path beside the notebooks, and source below
        the book's root.
    """
    cells = page_cells(app, docname)
    page = Page(
        docname=docname,
        sources=[cell["source"] for cell in cells],
        numbers=app.env.toc_fignumbers.get(docname, {}),
        formats=app.config.numfig_format,
        place=app.cnnbook_place,
        notebooks=executable_pages(app),
        title=app.config.html_title or app.config.project,
        number_equations_like_figures=app.config.math_numfig and app.config.numfig,
    )
    pieces = Writer(page).write(doctree)
    notebook = new_notebook(
        cells=[code.install_cell(app.cnnbook_place), *_in_order(pieces, cells, docname)],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # the same page gives the same file
    nbformat.validate(notebook)
    return notebook, page.files


def _in_order(pieces, cells, docname):
    """Put text and code together, with the left-out cells that a later cell needs before the cell they stood before."""
    left_out = [at for at, cell in enumerate(cells) if cell["cell_type"] == "code" and code.has_tag(cell, code.REMOVED)]
    order = []
    for piece in pieces:
        if piece.cell is not None:
            order += [(at, True) for at in left_out if at < piece.cell and (at, True) not in order]
            order.append((piece.cell, False))
        else:
            order.append((piece.text, None))
    runs = [(at, out) for at, out in order if out is not None]
    sources = {at: code.without_glue(cells[at]["source"]) if out else cells[at]["source"] for at, out in runs}
    stays = dict(zip(runs, code.needed_cells([(sources[at], out) for at, out in runs]), strict=True))
    for what, out in order:
        if out is None:
            yield new_markdown_cell(what)
        elif stays[what, out]:
            if code.GLUE_MODULE in sources[what]:
                logger.warning("A cell that readers see uses glue, which a notebook has not: %s", docname)
            tags = cells[what]["metadata"].get("tags", [])
            yield code.make_cell(sources[what], tags, hidden=out)


def write_notebook(app, doctree, docname):
    """Write the notebook of a page that Sphinx is about to write."""
    if not is_site(app) or not is_executable(app, docname):
        return
    notebook, files = convert(app, doctree, docname)
    save(notebook, notebook_path(app, docname))
    for beside, source in files.items():
        target = Path(app.outdir, FOLDER, beside)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(app.srcdir, source).read_bytes())


def save(notebook, path):
    """Write a notebook; nothing is touched where it would stay the same."""
    content = (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
    if not path.is_file() or path.read_bytes() != content:
        write_atomically(path, content)


def stamp(folder, place):
    """Let the first cell of all notebooks in a folder install the module from a place, at its commit."""
    cell = code.install_cell(place)
    for path in sorted(Path(folder).rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if notebook.cells[0]["metadata"].get("cnnbook") == cell["metadata"]["cnnbook"]:
            notebook.cells[0]["source"] = cell["source"]
            save(notebook, path)


def finish(app, exception):
    """Remove what an earlier build left, name the commit in all notebooks, and list them."""
    if exception is not None or not is_site(app):
        return
    folder, pages = Path(app.outdir, FOLDER), sorted(executable_pages(app))
    own = {folder / f"{name}.ipynb" for name in pages}
    texts = "".join(path.read_text(encoding="utf-8") for path in sorted(own) if path.is_file())
    for path in folder.rglob("*"):
        # Pictures and files stay as long as a notebook leads to them; a notebook among them may be one to hand in.
        is_asked_for = quote(path.name) in texts and (path.suffix != ".ipynb" or path.is_relative_to(folder / "files"))
        if path.is_file() and path not in own and not is_asked_for:
            path.unlink()
    stamp(folder, app.cnnbook_place)
    place = app.cnnbook_place
    manifest = {
        "title": app.config.html_title or app.config.project,
        "repository": place.repository,
        "site": place.site,
        "commit": place.commit,
        "notebooks": {f"{name}.ipynb": app.env.titles[name].astext() for name in pages},
    }
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def setup(app):
    app.add_config_value("cnnbook_place", "", "html")
    app.connect("config-inited", note_place)
    app.connect("env-updated", write_missing)
    # After every extension that resolves something in a page.
    app.connect("doctree-resolved", write_notebook, priority=900)
    app.connect("build-finished", finish)
