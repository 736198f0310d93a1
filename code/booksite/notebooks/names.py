"""The names that code cells define and use, as Python's own compiler sees them."""

import dis
import functools
from types import CodeType

from IPython.core.inputtransformer2 import TransformerManager

_MAGICS = TransformerManager()


@functools.cache  # the same cells are asked about several times in a build
def names_of(source: str) -> tuple[set[str], set[str]]:
    """Give the names that a cell defines, and those that it uses before it has defined them."""
    return _names(compile(as_python(source), "cell", "exec"))


@functools.cache
def as_python(source: str) -> str:
    """Give a cell with its magics as Python calls."""
    return _MAGICS.transform_cell(source)


def _names(code: CodeType) -> tuple[set[str], set[str]]:
    defined: set[str] = set()
    used: set[str] = set()
    for instruction in dis.get_instructions(code):
        name = instruction.argval
        if isinstance(name, CodeType):  # of a function, a class or a comprehension
            used |= _names(name)[1] - defined
        elif instruction.opname in ("STORE_NAME", "STORE_GLOBAL"):
            defined.add(name)
        elif instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL") and name not in defined:
            used.add(name)
    return defined, used
