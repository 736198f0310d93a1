"""The key of a run: a digest of everything that it depends on.

A record whose key differs from the one its recipe has today is stale. Computing a key needs neither Keras nor the data.
"""

import ast
import builtins
import dis
import functools
import hashlib
import importlib
import importlib.resources
import json
import sys
import types
from collections.abc import Mapping

import numpy as np

from cnnbook import CnnBookError
from cnnbook.data import CIFAR10, fingerprint
from cnnbook.training.recipe import TRAINING_VERSION, Recipe

#: What Python itself writes into a class; a docstring and lines play no part.
_OF_EVERY_CLASS = ("__dict__", "__doc__", "__firstlineno__", "__module__", "__static_attributes__", "__weakref__")


class BuilderError(CnnBookError):
    """A builder that is not there, or whose file cannot be read for a key."""


def run_key(recipe: Recipe, seed: int, data: CIFAR10 | None = None) -> str:
    """SHA-256 (hexadecimal) of everything that a run of `recipe` from `seed` on `data` depends on."""
    try:
        builder = builder_digest(recipe.builder)
    except BuilderError as error:
        raise BuilderError(f"recipe {recipe.name!r}, seed {seed}: {error}; check its name") from error
    return _digest(
        {
            "recipe": recipe.settings(),
            "seed": seed,
            "data": fingerprint() if data is None else _arrays_digest(data),
            "builder": builder,
            "training": TRAINING_VERSION,
        }
    )


def measurement_key(recipe: Recipe, seeds: int, settings: Mapping) -> str:
    """SHA-256 (hexadecimal) of what a measurement depends on: runs of `recipe`, and `settings` in plain JSON types."""
    return _digest({"runs": [run_key(recipe, seed) for seed in range(seeds)], "settings": settings})


def script_digest(source: str) -> str:
    """SHA-256 (hexadecimal) of a script's syntax tree; comments, docstrings and line breaks make no difference."""
    return _digest(syntax(ast.parse(source)))


@functools.cache
def builder_digest(name: str, source: str | None = None) -> str:
    """SHA-256 of the syntax trees of the builder `name` and of everything in its file that it uses.

    The file is `cnnbook.models`, as this process first read it, or a given `source`. Docstrings, comments, line breaks
    and the order of definitions make no difference. A `BuilderError` says that there is no such builder, or that the
    file holds a statement of which it is unclear whether the builder depends on it.
    """
    return _digest(_used(name, source))


def require_imported(name: str) -> None:
    """Refuse a builder that is not, in `cnnbook.models` as this process imported it, what its file says.

    Python reads the file once, at the import; a key is taken from its text. In between the file may have been edited,
    or a function replaced. Everything that the builder uses is compared with the file run anew.
    """
    importlib.import_module("cnnbook.models")
    imported = vars(sys.modules["cnnbook"])["models"]  # as training gets it
    namespace = {"__name__": imported.__name__}
    exec(compile(_models_source(), "models.py", "exec"), namespace)
    nodes = [node for statement in ast.parse(_models_source()).body for node in ast.walk(statement)]
    # With the names of Python's own functions, which one in the module would hide.
    builtin = {node.id for node in nodes if isinstance(node, ast.Name)} & vars(builtins).keys()
    parts = sorted({*_used(name), *builtin})
    changed = [part for part in parts if not _same(vars(imported).get(part), namespace.get(part), vars(imported))]
    if changed:
        raise BuilderError(
            f"{', '.join(changed)} in cnnbook.models is not what its file says: the file was edited after this Python "
            f"imported it, or something was replaced; start Python again"
        )


def _same(imported, defined, names):
    """Whether an object of the imported module, whose names are `names`, does what one does that was defined anew."""
    if imported is defined:
        return True
    if type(imported) is not type(defined):
        return False
    if isinstance(defined, types.FunctionType):
        (program, *inner), (new_program, *new_inner) = map(_function, (imported, defined))
        return imported.__globals__ is names and program == new_program and _all_same(inner, new_inner, names)
    if isinstance(defined, type):
        (members, *inner), (new_members, *new_inner) = map(_class, (imported, defined))
        return members == new_members and _all_same(inner, new_inner, names)
    if isinstance(defined, np.ndarray):
        return imported.dtype == defined.dtype and np.array_equal(imported, defined)
    return repr(imported) == repr(defined)


def _all_same(imported, defined, names):
    return len(imported) == len(defined) and all(map(functools.partial(_same, names=names), imported, defined))


def _function(function):
    """What a function computes, then the objects that it holds on to; a method holds on to its own class."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    program = _program(function.__code__), repr((function.__defaults__, function.__kwdefaults__))
    return program, *(cell.cell_contents for name, cell in cells if name != "__class__")


def _class(defined):
    """The names of a class' bases, the names and kinds of its members, then its members."""
    members = {name: value for name, value in sorted(vars(defined).items()) if name not in _OF_EVERY_CLASS}
    names = [base.__name__ for base in defined.__bases__], {name: type(value) for name, value in members.items()}
    return names, *(getattr(value, "__func__", getattr(value, "fget", value)) for value in members.values())


def _program(code):
    """What a function computes, without its lines and its docstring, which no instruction loads."""
    instructions = [
        (step.opname, _program(step.argval) if isinstance(step.argval, types.CodeType) else repr(step.argval))
        for step in dis.get_instructions(code)
    ]
    return instructions, code.co_exceptiontable, code.co_varnames, code.co_argcount, code.co_kwonlyargcount


def _used(name, source=None):
    """The syntax trees of the builder and of everything in its file that it uses, by name."""
    definitions: dict[str, list[ast.stmt]] = {}
    for node in ast.parse(_models_source() if source is None else source).body:
        for defined in _defines(node):
            definitions.setdefault(defined, []).append(node)
    if name not in definitions:
        raise BuilderError(f"cnnbook.models has no builder {name!r}; it has {', '.join(sorted(definitions))}")
    used: dict[str, list] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in definitions and current not in used:
            used[current] = syntax(definitions[current])
            for node in (node for definition in definitions[current] for node in ast.walk(definition)):
                waiting += [node.id] if isinstance(node, ast.Name) else []
                _require_foreign(node)
    return used


def _require_foreign(node):
    """Refuse an import of our own code: its syntax tree would be in no key."""
    modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    if any(module.split(".")[0] in ("", "cnnbook") for module in modules):
        raise BuilderError(
            f"line {node.lineno} of cnnbook.models imports code of the book's own, which no key follows; write what "
            f"the builder needs into cnnbook.models"
        )


@functools.cache
def _models_source():
    """The text of `cnnbook.models`, without importing Keras; read once, as a process imports it once."""
    return importlib.resources.files("cnnbook").joinpath("models.py").read_text("utf8")


def _defines(node):
    """The names that a statement at the top of a file defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
        return []
    raise BuilderError(
        f"line {node.lineno} of cnnbook.models is a statement of kind {type(node).__name__}, and whether a "
        f"builder depends on it is unclear; write functions, constants and imports only"
    )


def syntax(node):
    """A syntax tree as nested lists, without docstrings; the same under every Python version (`ast.dump` is not)."""
    if isinstance(node, list):
        return [syntax(item) for item in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value not in (None, [])}
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
        fields["body"] = fields["body"][1:]
    return [type(node).__name__, *([name, syntax(value)] for name, value in sorted(fields.items()))]


def _digest(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _arrays_digest(arrays):
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
