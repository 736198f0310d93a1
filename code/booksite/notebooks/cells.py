"""The code cells of a notebook: as the page has them, without what only the page's own tool chain understands.

A page leaves out cells tagged ``remove-cell``. Most hand measured numbers to the text (``glue``), and the notebook's
text has those numbers already. Such a cell is dropped, unless a later cell needs a name that it binds.
"""

import ast

from myst_nb.core.read import create_nb_reader
from nbformat.v4 import new_code_cell

from booksite.notebooks.names import names_of

GLUE_MODULE, GLUE = "myst_nb", "glue"
REMOVED = "remove-cell"


def read_cells(path, env):
    """Read the cells of a page as MyST-NB does; none if the page is no notebook.

    Parameters
    ----------
    path : path
    env : sphinx.environment.BuildEnvironment

    Returns
    -------
    list of nbformat.NotebookNode
        All cells, text too, so that a place in the list is the ``cell_index`` of MyST-NB's nodes.
    """
    with open(path, encoding="utf-8") as file:
        text = file.read()
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    return reader.read(text).cells if reader else []


def has_tag(cell, tag):
    return tag in cell["metadata"].get("tags", [])


def without_glue(source):
    """Take what hands numbers to the page out of a cell.

    Parameters
    ----------
    source : str

    Returns
    -------
    str
        The same characters where there was none.

    Examples
    --------
    >>> print(without_glue("from myst_nb import glue\\nmean = sum(xs) / 3\\nglue('mean', mean, display=False)"))
    mean = sum(xs) / 3
    """
    if GLUE not in source:
        return source
    tree = _WithoutGlue().visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree))


class _WithoutGlue(ast.NodeTransformer):
    def visit_ImportFrom(self, node):
        if node.module == GLUE_MODULE:
            node.names = [name for name in node.names if name.name != GLUE]
        return node if node.names else None

    def visit_Expr(self, node):
        call = node.value
        is_glue = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == GLUE
        return None if is_glue else node

    def generic_visit(self, node):
        super().generic_visit(node)
        if getattr(node, "body", None) == []:
            if isinstance(node, ast.For | ast.While | ast.If | ast.With):
                return None if not getattr(node, "orelse", None) else _passing(node)
            if not isinstance(node, ast.Module):
                return _passing(node)
        return node


def _passing(node):
    node.body = [ast.Pass()]
    return node


def needed_cells(cells):
    """Decide which cells that the page leaves out are needed all the same.

    Parameters
    ----------
    cells : list of (str, bool)
        Source of each cell that the notebook may run, in order, and whether the page leaves it out.

    Returns
    -------
    list of bool
        Whether the cell stays; a cell that the page shows always does.

    Examples
    --------
    >>> needed_cells([("a = 1", True), ("b = 2", True), ("b = a", False), ("print(b)", False)])
    [True, False, True, True]
    """
    wanted, kept = set(), []
    for source, left_out in reversed(cells):
        found = names_of(source)
        stays = not left_out or bool(found.bound & wanted)
        if stays:
            wanted = (wanted - found.certain) | found.needed
        kept.append(stays)
    return kept[::-1]


def make_cell(source, tags=(), *, hidden=False):
    """Make a code cell; what a page hides is collapsed in Jupyter, and shown as a form in Colab.

    Parameters
    ----------
    source : str
    tags : collection of str
        Those of the page's cell.
    hidden : bool
        Collapse the source whatever the tags say.
    """
    cell = new_code_cell(source)
    view = {}
    if hidden or "hide-input" in tags:
        view["source_hidden"] = True
        cell["metadata"]["cellView"] = "form"
    if "hide-output" in tags:
        view["outputs_hidden"] = True
    if view:
        cell["metadata"]["jupyter"] = view
    if "raises-exception" in tags:
        cell["metadata"]["tags"] = ["raises-exception"]  # whoever runs the notebook from end to end goes on
    return cell


def install_cell(place):
    """Make the first cell of a notebook: it installs the module where it is not installed, and nothing else.

    Parameters
    ----------
    place : booksite.notebooks.addresses.Place
    """
    if place.requirement:
        lines = (
            "# The book's module, from the commit that this notebook was made from; nothing happens where it is there.",
            "from importlib.util import find_spec",
            "",
            'if find_spec("cnnbook") is None:',
            f'    %pip install -q "{place.requirement}"',
        )
    else:
        lines = (
            "# This notebook needs the book's module, and Keras needs a backend: type `pip install . tensorflow` in a",
            "# clone of the book's repository. The copy that this notebook comes from does not know its address.",
            "from importlib.util import find_spec",
            "",
            'if find_spec("cnnbook") is None:',
            "    raise ModuleNotFoundError(",
            '        "cnnbook is not installed: type `pip install . tensorflow` in a clone of the book\'s repository"',
            "    )",
        )
    cell = new_code_cell("\n".join(lines))
    cell["metadata"]["cnnbook"] = {"role": "install"}
    return cell
