"""A line of links below the title of each executable page: where to run it, and its notebook to download.

Colab, Binder and Kaggle open the branch of the notebooks; where the book's repository is not known there are no such
links. JupyterLite and the notebook to download lie in the site itself: a browser shows a file of another host, and
does not download it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import nbformat
from docutils import nodes
from sphinx.application import Sphinx

from booksite import notebooks
from booksite.lite import FOLDER as LITE
from booksite.lite import pyodide
from booksite.lite.browser_cells import missing_modules, page_runs
from booksite.lite.browser_notebooks import own_cells, spoken
from booksite.notebooks.addresses import BRANCH, Place


@dataclass(frozen=True)
class Target:
    """A link: its word, what it does in words for screen readers, its address, and what a click entails."""

    name: str
    label: str
    address: str
    download: bool = False
    note: str = ""


def targets(
    path: str, place: Place, *, local: str, lite: str = "", origin: str = "", missing: Collection[str] = ()
) -> list[Target]:
    """Give the links of the page whose notebook has this path on the branch, and the address `local` inside the site.

    `lite` is JupyterLite's address with a slash at its end, empty for a page that does not run there; `origin` says
    where its Pyodide comes from, and `missing` which modules the page needs and a browser lacks.
    """
    links, file = [], quote(path)
    if name := place.on_github:
        on_branch = f"https://github.com/{name}/blob/{BRANCH}/{file}"
        services = {
            "Colab": f"https://colab.research.google.com/github/{name}/blob/{BRANCH}/{file}",
            "Binder": f"https://mybinder.org/v2/gh/{name}/{BRANCH}?urlpath={quote(f'lab/tree/{path}', safe='')}",
            "Kaggle": f"https://kaggle.com/kernels/welcome?src={quote(on_branch, safe='')}",
        }
        links += [Target(service, f"Run this page on {service}", address) for service, address in services.items()]
    if lite:
        address = f"{lite}notebooks/index.html?path={quote(path, safe='')}"  # one notebook: it fits on a phone
        note = f"JupyterLite runs Python inside this browser: opening it loads Pyodide from {origin}."
        if missing:
            note += (
                f" {spoken(missing, code=False)} cannot run there: cells that need it are shown with what they printed."
            )
        links.append(Target("JupyterLite", "Run this page in this browser with JupyterLite", address, note=note))
    return [*links, Target("Notebook", "Download this page as a Notebook", local, download=True)]


def page_targets(app: Sphinx, docname: str) -> list[Target]:
    """Give the links of an executable page of the book that is built."""
    place = notebooks.place_of(app.config)
    up, path = "../" * docname.count("/"), f"{docname}.ipynb"
    local = f"{up}{notebooks.FOLDER}/{quote(path)}"
    notebook = nbformat.read(notebooks.notebook_path(app, docname), as_version=4)
    sources = [cell.source for cell in own_cells(notebook)]
    if not app.config.cnnbook_jupyterlite or not page_runs(sources):
        return targets(path, place, local=local)
    origin = pyodide.origin(app.config.cnnbook_pyodide)
    missing = set().union(*missing_modules(sources))
    return targets(path, place, local=local, lite=f"{up}{LITE}/", origin=origin, missing=missing)


def add_links(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the line of links below the title of a page; the front page is to be read, and has none."""
    if doctree is None or not notebooks.is_site(app) or not notebooks.is_executable(app, pagename):
        return
    if pagename == app.config.root_doc:
        return
    line = app.builder.templates.render("launch.html", {"links": page_targets(app, pagename)})
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)
    app.add_css_file("launch.css")


def setup(app: Sphinx) -> None:
    """Connect the links to Sphinx, before the finished HTML of a page is repaired."""
    app.connect("html-page-context", add_links, priority=850)
