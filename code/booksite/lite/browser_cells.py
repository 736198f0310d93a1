"""Which code cells run in a reader's browser, with Pyodide: it has no Keras, no threads and no processes.

A cell runs if it imports nothing that a browser lacks, neither itself nor through the book's own modules, and if it
uses no name that a cell that does not run defines. Cells are taken whole, and an import inside a function of the book's
modules does not count: see *Cells that run in the browser* in CONTRIBUTING.md for what that asks of authors.
"""

import ast
import functools
import sys
from collections.abc import Iterable, Sequence, Set
from pathlib import Path

import cnnbook
from booksite.notebooks.names import as_python, names_of

#: What Pyodide and its kernel have beside Python's own modules, and the package that brings it.
IN_BROWSER = {
    "IPython": "ipython",
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "matplotlib_inline": "matplotlib-inline",
    "numpy": "numpy",
    "scipy": "scipy",
}

#: Python's own modules that need what a browser's page does not have: processes, threads, sockets, terminals, windows.
NOT_IN_BROWSER = {
    *("concurrent", "multiprocessing", "socket", "subprocess", "threading"),
    *("curses", "dbm", "ensurepip", "fcntl", "grp", "idlelib", "lib2to3", "msvcrt", "pwd", "resource", "syslog"),
    *("termios", "tkinter", "turtle", "turtledemo", "venv", "winreg", "winsound"),
}

OURS = "cnnbook"


def missing_modules(sources: Iterable[str]) -> list[set[str]]:
    """Give the modules that each cell of a page lacks in a browser; a cell that lacks none runs there."""
    lacking: dict[str, set[str]] = {}  # of each name
    cells = []
    for source in sources:
        defined, used = names_of(source)
        missing = {name for name in required_modules([source]) if not _is_in_browser(name)}
        missing = missing.union(*(lacking.get(name, set()) for name in used))
        lacking |= dict.fromkeys(defined, missing)
        cells.append(missing)
    return cells


def page_runs(sources: Sequence[str]) -> bool:
    """Whether a page is worth a place in the browser: at least half of its cells run there."""
    return 0 < len(sources) <= 2 * sum(not missing for missing in missing_modules(sources))


def packages(sources: Iterable[str], *, in_functions: bool = True) -> list[str]:
    """Give the packages of Pyodide that sources need, also those that our modules import when a function is called."""
    names = required_modules(sources, in_functions=in_functions)
    return sorted({IN_BROWSER[name] for name in names if name in IN_BROWSER})


def required_modules(sources: Iterable[str], *, in_functions: bool = False) -> set[str]:
    """Give the top names of the modules that cells import, and that ours import for them, without ours."""
    required: set[str] = set()
    followed: set[str] = set()
    waiting = set().union(*(_imports(as_python(source), in_functions=True) for source in sources))
    while waiting:
        name = waiting.pop()
        text = _source_of_ours(name)
        if text is not None:
            followed.add(name)
            waiting |= {name.rpartition(".")[0], *_imports(text, in_functions=False)} - followed
            required |= _imports(text, in_functions=True) if in_functions else set()
        else:
            required.add(name)
    return {name.split(".")[0] for name in required} - {OURS, ""}


@functools.cache
def _imports(text: str, *, in_functions: bool) -> Set[str]:
    """Give the modules that code imports when it runs, or in its functions too; of ``from a import b`` also ``a.b``."""
    tree = ast.parse(text)
    names: set[str] = set()
    for node in ast.walk(tree) if in_functions else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _is_in_browser(name: str) -> bool:
    return name in IN_BROWSER or (name in sys.stdlib_module_names and name not in NOT_IN_BROWSER)


@functools.cache
def _source_of_ours(name: str) -> str | None:
    """The source of one of our modules, else None. It is read and not imported: some of ours import Keras."""
    top, *rest = name.split(".")
    place = Path(cnnbook.__file__).parent.joinpath(*rest)
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next((file.read_text(encoding="utf-8-sig") for file in files if top == OURS and file.is_file()), None)
