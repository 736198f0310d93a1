"""A line of links below the title of each executable page: where to run it, and its notebook to take along.

Colab, Binder and Kaggle open the branch of the notebooks; where the book's repository is not known there are no such
links. JupyterLite and the notebook to take along lie in the site itself: a browser shows a file of another host, and
does not download it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import nbformat

from booksite import notebooks
from booksite.lite import FOLDER as LITE
from booksite.lite import cells, pyodide
from booksite.lite.convert import spoken
from booksite.notebooks.addresses import BRANCH

STYLES = "launch.css"

_TITLE_END = re.compile(r"</h1>")


@dataclass(frozen=True)
class Target:
    """A link: the word on it, what it does in words for those who hear it, where it goes, whether it downloads.

    `note` is a sentence below all links, which says what a click entails.
    """

    name: str
    label: str
    address: str
    download: bool = False
    note: str = ""


def targets(path, place, *, local, lite="", origin="", missing=()):
    """Give the links of a page.

    Parameters
    ----------
    path : str
        Of its notebook on the branch.
    place : booksite.notebooks.addresses.Place
    local : str
        Address of the copy of the notebook inside the site.
    lite : str
        Address of JupyterLite with a slash at its end; empty for a page that does not run there, or a site without it.
    origin : str
        Where JupyterLite takes Pyodide from, in words.
    missing : collection of str
        Modules that the page needs and a browser has not.

    Returns
    -------
    list of Target

    Examples
    --------
    >>> from booksite.notebooks.addresses import Place
    >>> [target.name for target in targets("a.ipynb", Place("https://github.com/ada/engine"), local="a.ipynb")]
    ['Colab', 'Binder', 'Kaggle', 'Notebook']
    >>> targets("a.ipynb", Place(), local="_notebooks/a.ipynb")[0].address
    '_notebooks/a.ipynb'
    """
    found, file = [], quote(path)
    if name := place.on_github:
        on_branch = f"https://github.com/{name}/blob/{BRANCH}/{file}"
        binder = f"https://mybinder.org/v2/gh/{name}/{BRANCH}?urlpath={quote(f'lab/tree/{path}', safe='')}"
        colab = f"https://colab.research.google.com/github/{name}/blob/{BRANCH}/{file}"
        found += [
            Target("Colab", "Run this page on Colab", colab),
            Target("Binder", "Run this page on Binder", binder),
            Target(
                "Kaggle",
                "Run this page on Kaggle",
                f"https://kaggle.com/kernels/welcome?src={quote(on_branch, safe='')}",
            ),
        ]
    if lite:
        address = f"{lite}notebooks/index.html?path={quote(path, safe='')}"  # one notebook: it fits on a phone
        note = f"JupyterLite runs Python inside this browser: opening it loads Pyodide from {origin}."
        if missing:
            note += f" {spoken(missing, code=False)} cannot run there; such cells are shown with what they printed."
        found.append(Target("JupyterLite", "Run this page in this browser with JupyterLite", address, note=note))
    return [*found, Target("Notebook", "Download this page as a Notebook", local, download=True)]


def page_targets(app, docname):
    """Give the links of a page of the book that is built; none for a page without code."""
    if not notebooks.is_executable(app, docname):
        return []
    up, path = "../" * docname.count("/"), f"{docname}.ipynb"
    local = f"{up}{notebooks.FOLDER}/{quote(path)}"
    sources = cells.own_sources(nbformat.read(notebooks.notebook_path(app, docname), as_version=4))
    if not app.config.cnnbook_jupyterlite or not cells.runs(sources):
        return targets(path, app.cnnbook_place, local=local)
    origin = pyodide.origin(app.config.cnnbook_pyodide)
    missing = frozenset().union(*(verdict.missing for verdict in cells.judge(sources)))
    return targets(path, app.cnnbook_place, local=local, lite=f"{up}{LITE}/", origin=origin, missing=missing)


def add_links(app, pagename, templatename, context, doctree):
    """Put the line of links below the title of a page."""
    body = context.get("body")
    if not body or doctree is None or not notebooks.is_site(app):
        return
    links = page_targets(app, pagename)
    title = _TITLE_END.search(body)
    if not links or not title:
        return
    line = app.builder.templates.render("launch.html", {"links": links})
    context["body"] = body[: title.end()] + "\n" + line + body[title.end() :]
    if any(Path(app.srcdir, folder, STYLES).is_file() for folder in app.config.html_static_path):
        app.add_css_file(STYLES)


def setup(app):
    # Before the page is mended.
    app.connect("html-page-context", add_links, priority=850)
