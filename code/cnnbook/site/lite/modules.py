"""Which modules code imports, through the book's own modules too, and which of them a browser has."""

import ast
import sys
from pathlib import Path

import cnnbook

#: What Pyodide and its kernel have beside Python's own modules, and the package that brings it.
IN_BROWSER = {
    "IPython": "ipython",
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "matplotlib_inline": "matplotlib-inline",
    "numpy": "numpy",
    "scipy": "scipy",
}

#: Python's own modules for what a browser's page does not have: processes, threads, sockets.
NOT_IN_BROWSER = {"concurrent", "multiprocessing", "socket", "subprocess", "threading"}

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
    plain = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    try:
        tree = ast.parse(plain)
    except SyntaxError:
        return set()
    found = set()
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


def packages(sources):
    """Give the packages of Pyodide that sources need, as its list names them.

    >>> packages(["from cnnbook import plotting"])
    ['matplotlib', 'numpy']
    """
    return sorted(IN_BROWSER[name] for name in required(sources) if name in IN_BROWSER)


def _has(name):
    return name in IN_BROWSER or (name in sys.stdlib_module_names and name not in NOT_IN_BROWSER)


def _of_ours(name):
    """What one of our modules imports when it is imported itself; nothing for a name inside a module.

    Its file is read and not imported: some of ours import Keras.
    """
    place = Path(cnnbook.__file__).parent.joinpath(*name.split(".")[1:])
    file = next((one for one in (place / "__init__.py", place.with_suffix(".py")) if one.is_file()), None)
    return imported(file.read_text(encoding="utf-8")) if file else set()
