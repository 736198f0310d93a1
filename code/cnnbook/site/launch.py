"""A line of links below the title of each executable page: where to run it, and its notebook to take along.

All but a copy inside the site point to the branch of the notebooks. Where the book's repository is not known, that copy
is the only link.
"""

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cnnbook.site import notebooks
from cnnbook.site.lite.modules import imported
from cnnbook.site.notebooks.addresses import BRANCH
from cnnbook.site.notebooks.cells import REMOVED, has_tag

STYLES = "launch.css"

#: What Pyodide has, beside Python's own modules and ours. Jupyter is there when a notebook runs.
IN_BROWSER = {"numpy", "scipy", "matplotlib", "matplotlib_inline", "PIL", "IPython"}

_TITLE_END = re.compile(r"</h1>")


@dataclass(frozen=True)
class Target:
    """A link: the word on it, what it does in words for those who hear it, where it goes, whether it downloads."""

    name: str
    label: str
    address: str
    download: bool = False


def targets(path, place, *, lite="", local=""):
    """Give the links of a page.

    Parameters
    ----------
    path : str
        Of its notebook on the branch.
    place : cnnbook.site.notebooks.addresses.Place
    lite : str
        Address of JupyterLite with a slash at its end; empty for a page that does not run there, or a site without it.
    local : str
        Address of the copy of the notebook inside the site, the download where the repository is not known.

    Returns
    -------
    list of Target

    Examples
    --------
    >>> from cnnbook.site.notebooks.addresses import Place
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
        address = f"{lite}lab/index.html?path={quote(path, safe='')}"
        found.append(Target("JupyterLite", "Run this page in this browser with JupyterLite", address))
    download = place.on_branch(path) or local
    return [*found, Target("Notebook", "Download this page as a Notebook", download, download=True)]


def runs_in_browser(sources):
    """Whether cells import nothing that Pyodide lacks, also through the book's own modules.

    Imports inside the functions of a module do not count: a page that calls such a function imports the module for it.

    Parameters
    ----------
    sources : iterable of str

    Examples
    --------
    >>> runs_in_browser(["import numpy as np", "from cnnbook import shapes"]), runs_in_browser(["import keras"])
    (True, False)
    """
    asked, waiting = set(), set()
    for source in sources:
        waiting |= imported(source, everywhere=True)
    while waiting:
        name = waiting.pop()
        asked.add(name)
        top = name.split(".")[0]
        if top == "cnnbook":
            waiting |= _module_imports(name) - asked
        elif top not in IN_BROWSER and top not in sys.stdlib_module_names:
            return False
    return True


def _module_imports(name):
    """What one of our modules imports when it is imported itself; nothing for a name inside a module."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return set()
    if spec is None or not spec.origin:
        return set()
    return imported(Path(spec.origin).read_text(encoding="utf-8"))


def page_targets(app, docname):
    """Give the links of a page of the book that is built; none for a page without code."""
    if not notebooks.is_executable(app, docname):
        return []
    up = "../" * docname.count("/")
    cells = notebooks.page_cells(app, docname)
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code" and not has_tag(cell, REMOVED)]
    lite = app.config.cnnbook_jupyterlite.strip("/")
    lite = f"{up}{lite}/" if lite and runs_in_browser(sources) else ""
    path = f"{docname}.ipynb"
    return targets(path, app.cnnbook_place, lite=lite, local=f"{up}{notebooks.FOLDER}/{quote(path)}")


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
    # Below the site, such as "lite"; empty while the site has no JupyterLite.
    app.add_config_value("cnnbook_jupyterlite", "", "html")
    # Before the page is mended.
    app.connect("html-page-context", add_links, priority=850)
