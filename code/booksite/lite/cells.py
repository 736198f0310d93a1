"""Which cells of a notebook run in a browser: what needs Keras does not, nor does what uses its results.

Keras cannot be installed in Pyodide: it needs compiled parts that nobody has built for browsers. The arithmetic does
without, so the cells in which Keras confirms a result are taken out, and those that take anything from them.
"""

import ast
from dataclasses import dataclass

from booksite.lite import modules
from booksite.notebooks.names import Names, names_of, parse


@dataclass(frozen=True)
class Verdict:
    """What becomes of a cell.

    Attributes
    ----------
    missing : frozenset of str
        Modules that it needs, itself or through names, and a browser has not; empty for a cell that runs.
    kept : str
        For a cell that does not run: its statements without them that a later cell needs.
    """

    missing: frozenset = frozenset()
    kept: str = ""

    @property
    def runs(self):
        return not self.missing


def judge(sources):
    """Decide of each cell whether it runs in a browser.

    Parameters
    ----------
    sources : list of str
        All code cells in order.

    Returns
    -------
    list of Verdict

    Examples
    --------
    >>> cells = ["import keras\\nsize = 3\\nlayer = keras.layers.ReLU()", "print(layer)", "print(size)"]
    >>> [(verdict.runs, verdict.kept) for verdict in judge(cells)]
    [(False, 'size = 3'), (False, ''), (True, '')]
    """
    cells, absent, imports, ours = [], {}, set(), {}
    for source in sources:
        statements = [_Statement(part, imports, ours) for part in _statements(source)]
        for statement in statements:
            statement.follow(absent)
        cells.append(statements)
    kept = _needed_later(cells)
    return [
        Verdict(
            frozenset().union(*(one.missing for one in statements)),
            "\n".join(one.source for one in statements if one in kept),
        )
        for statements in cells
    ]


def runs(sources):
    """Whether a page is worth a place in the browser: at least half of its cells run there.

    >>> runs(["import numpy as np", "np.ones(3)", "import keras"]), runs(["from cnnbook import training"]), runs([])
    (True, False, False)
    """
    verdicts = judge(list(sources))
    return bool(verdicts) and 2 * sum(verdict.runs for verdict in verdicts) >= len(verdicts)


def own_sources(notebook):
    """Give the code cells of a notebook of the book, without the one that installs the module.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    list of str
    """
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and "cnnbook" not in cell["metadata"]]


class _Statement:
    """A statement of a cell: what it does with names, and which missing modules it needs."""

    def __init__(self, source, imports, ours):
        self.source = source
        self.names = names_of(source)
        self.missing = frozenset()
        tree = parse(source)
        if modules.imported(source):
            imports |= self.names.bound
            ours |= modules.names_imported(tree)
        self.changed = _changed(tree) - imports
        # An import of a function that imports Keras when it is called does no harm; its use does.
        self.used = set() if modules.imported(source) else set(modules.functions_named(tree, ours))

    def follow(self, absent):
        """Go through the statement.

        Parameters
        ----------
        absent : dict of str to frozenset
            Names that are not there in a browser, with the modules they need; brought up to date.
        """
        lacking = [absent[name] for name in self.names.needed if name in absent]
        lacking += [modules.missing_when_called(*one) for one in self.used]
        self.missing = frozenset(modules.missing(self.source)).union(*lacking)
        if self.missing:
            absent |= dict.fromkeys(self.names.bound | self.changed, self.missing)
        else:
            for name in self.names.certain:
                absent.pop(name, None)


def _statements(source):
    """Split a cell; one with magics, or that Python cannot read, is one statement."""
    tree = parse(source)
    if not tree.body:
        return [source]
    lines, parts = source.splitlines(), []
    for statement in tree.body:
        decorators = [one.lineno for one in getattr(statement, "decorator_list", [])]
        first = min([statement.lineno, *decorators])
        if parts and first <= parts[-1][1]:  # on one line with the statement before
            parts[-1][1] = statement.end_lineno
        else:
            parts.append([first, statement.end_lineno])
    return ["\n".join(lines[first - 1 : last]) for first, last in parts]


def _changed(tree):
    """Names whose objects a statement changes: ``found.append(x)``, ``found[i] = x``, ``found.size = x``."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found |= _base(node.value.func)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                found |= _base(target)
    return found


def _base(node):
    """The name before the dots and brackets; none for a plain name, which is bound or called and not changed."""
    inner = node
    while isinstance(inner, ast.Attribute | ast.Subscript):
        inner = inner.value
    return {inner.id} if isinstance(inner, ast.Name) and inner is not node else set()


def _needed_later(cells):
    """Of cells that do not run, the statements that could, and that a later cell needs."""
    wanted, kept = set(), set()
    for statements in reversed(cells):
        whole = not any(one.missing for one in statements)
        for one in reversed(statements):
            if one.missing:
                continue
            if not whole:
                if not (one.names.bound | one.changed) & wanted:
                    continue
                kept.add(one)
            wanted = _before(one.names, wanted)
    return kept


def _before(names: Names, wanted):
    """Names wanted before a statement, given those wanted after it."""
    return (wanted - names.certain) | names.needed
