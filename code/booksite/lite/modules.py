"""Which modules code imports, through the book's own modules too, and which of them a browser has."""

import ast
import functools
import sys
from pathlib import Path

import cnnbook
from booksite.notebooks.names import parse

#: What Pyodide and its kernel have beside Python's own modules, and the package that brings it.
IN_BROWSER = {
    "IPython": "ipython",
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "matplotlib_inline": "matplotlib-inline",
    "numpy": "numpy",
    "scipy": "scipy",
}

#: Python's own modules for what a browser's page does not have: processes, threads, sockets, terminals, windows.
NOT_IN_BROWSER = {
    *("concurrent", "multiprocessing", "socket", "subprocess", "threading"),
    *("curses", "dbm", "ensurepip", "fcntl", "grp", "idlelib", "lib2to3", "msvcrt", "pwd", "resource", "syslog"),
    *("termios", "tkinter", "turtle", "turtledemo", "venv", "winreg", "winsound"),
}

OURS = "cnnbook"


def imported(source, *, everywhere=False):
    """Give the modules that a source imports; of ``from a import b`` both ``a`` and ``a.b``.

    Parameters
    ----------
    source : str
        Magics are passed over; of what Python cannot read nothing is known.
    everywhere : bool
        Inside functions too.

    Returns
    -------
    set of str

    Examples
    --------
    >>> sorted(imported("import numpy as np\\nfrom cnnbook import shapes\\n%time 1"))
    ['cnnbook', 'cnnbook.shapes', 'numpy']
    """
    tree, found = parse(source), set()
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module}
            found |= {f"{node.module}.{name.name}" for name in node.names if node.module.split(".")[0] == OURS}
    return found


def required(sources):
    """Give the modules that sources need at last: those they import, and those that ours import for them.

    Imports inside the functions of our modules do not count: whoever calls such a function needs the module for it.

    Parameters
    ----------
    sources : iterable of str

    Returns
    -------
    set of str
        Top-level names, without ours.

    Examples
    --------
    >>> sorted(required(["from cnnbook import reference"]) - set(sys.stdlib_module_names))
    ['numpy']
    """
    asked, waiting = set(), set()
    for source in sources:
        waiting |= imported(source, everywhere=True)
    while waiting:
        name = waiting.pop()
        asked.add(name)
        if name.split(".")[0] == OURS:
            waiting |= _of_ours(name) - asked
    return {name.split(".")[0] for name in asked} - {OURS}


def missing(source):
    """Give the modules that a source needs and a browser has not.

    >>> sorted(missing("import keras")), sorted(missing("from cnnbook import shapes"))
    (['keras'], [])
    """
    return {name for name in required([source]) if not _has(name)}


def missing_when_called(module, name):
    """Give the modules that a function of ours imports only when it is called, and a browser has not.

    Its own body counts, and the functions of ours that it names; methods of classes do not.

    Parameters
    ----------
    module : str
        Such as ``"cnnbook.checkers"``.
    name : str
        Of a function in it; for any other name, and another module, nothing is found.

    Returns
    -------
    set of str

    Examples
    --------
    >>> missing_when_called("cnnbook.checkers", "check_count_parameters")
    {'keras'}
    >>> missing_when_called("cnnbook.checkers", "check_output_size")
    set()
    """
    found, seen, waiting = set(), set(), [(module, name)]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            needed, named = _of_function(*one)
            found |= needed
            waiting += named
    return found


@functools.cache
def _of_function(module, name):
    """What the body of a function of ours imports and a browser has not, and the functions of ours that it names."""
    file = _file(module)
    if not file:
        return frozenset(), ()
    bodies, sources = _read(file)
    named = [sources[name]] if name in sources else []
    if name not in bodies:
        return frozenset(), tuple(named)
    body = bodies[name]
    own = {node.id: (module, node.id) for node in ast.walk(body) if isinstance(node, ast.Name)}
    needed = missing(ast.unparse(ast.Module(body.body, [])))
    return frozenset(needed), (*named, *functions_named(body, own | sources))


@functools.cache
def _read(file):
    """The functions of a file by name, and where the names that it imports come from."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}, names_imported(tree)


def packages(sources):
    """Give the packages of Pyodide that sources need, as its list names them.

    >>> packages(["from cnnbook import plotting"])
    ['matplotlib', 'numpy']
    """
    return sorted(IN_BROWSER[name] for name in required(sources) if name in IN_BROWSER)


def names_imported(tree):
    """Give where names that code imports from our modules come from: (module, name), or (module, "") for a module.

    >>> names_imported(ast.parse("from cnnbook import shapes; from cnnbook.checkers import starter"))
    {'shapes': ('cnnbook.shapes', ''), 'starter': ('cnnbook.checkers', 'starter')}
    """
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.asname: (one.name, "") for one in node.names if one.asname and _file(one.name)}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == OURS:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                found[name.asname or name.name] = (whole, "") if _file(whole) else (node.module, name.name)
    return found


def functions_named(tree, sources):
    """Give what code names of our modules as (module, name).

    Parameters
    ----------
    tree : ast.AST
    sources : dict
        What `names_imported` gives.
    """
    found = [sources[node.id] for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in sources]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = sources.get(node.value.id, ("", ""))
            found += [(module, node.attr)] if module and not name else []
    return [(module, name) for module, name in found if name]


def _has(name):
    return name in IN_BROWSER or (name in sys.stdlib_module_names and name not in NOT_IN_BROWSER)


@functools.cache
def _of_ours(name):
    """What one of our modules, and the package around it, imports when it is imported; nothing for other names."""
    file, package = _file(name), name.rpartition(".")[0]
    return imported(file.read_text(encoding="utf-8")) | ({package} if package else set()) if file else set()


@functools.cache
def _file(name):
    """The file of one of our modules, else None. It is found and not imported: some of ours import Keras."""
    top, *rest = name.split(".")
    if top != OURS:
        return None
    place = Path(cnnbook.__file__).parent.joinpath(*rest)
    return next((one for one in (place / "__init__.py", place.with_suffix(".py")) if one.is_file()), None)
