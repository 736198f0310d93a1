"""The key of a run: a digest of everything that it depends on.

A record whose key differs from the one its recipe has today is stale. Computing a key needs neither Keras nor the data.
"""

import ast
import functools
import hashlib
import importlib
import importlib.resources
import inspect
import json
import types

import numpy as np

from cnnbook import CnnBookError
from cnnbook.data import CIFAR10, fingerprint
from cnnbook.training.recipe import TRAINING_VERSION, Recipe


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
    imported = importlib.import_module("cnnbook.models")
    namespace = {"__name__": imported.__name__}
    exec(compile(_models_source(), imported.__file__ or "cnnbook.models", "exec"), namespace)
    changed = [part for part in _used(name) if not _same(getattr(imported, part, None), namespace[part])]
    if changed:
        raise BuilderError(
            f"{', '.join(changed)} in cnnbook.models is not what its file says: the file was edited after this Python "
            f"imported it, or something was replaced; start Python again"
        )


def _same(imported, defined):
    """Whether an object of the imported module does what one does that was defined anew from its source."""
    if isinstance(defined, types.FunctionType) and isinstance(imported, types.FunctionType):
        defaults = (imported.__defaults__, imported.__kwdefaults__) == (defined.__defaults__, defined.__kwdefaults__)
        return defaults and _program(imported.__code__) == _program(defined.__code__)
    if isinstance(defined, type) and isinstance(imported, type) and defined is not imported:
        names = [member for member, value in vars(defined).items() if isinstance(value, types.FunctionType)]
        return all(_same(vars(imported).get(member), vars(defined)[member]) for member in names)
    return imported is defined or (type(imported) is type(defined) and bool(np.all(imported == defined)))


def _program(code):
    """What a function computes, without its lines and its docstring."""
    constants = [_program(value) if isinstance(value, types.CodeType) else repr(value) for value in code.co_consts]
    if code.co_flags & inspect.CO_NEWLOCALS and code.co_consts and isinstance(code.co_consts[0], str):
        constants[0] = ""  # a docstring, if there is one
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars


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
            nodes = (node for definition in definitions[current] for node in ast.walk(definition))
            waiting += [node.id for node in nodes if isinstance(node, ast.Name)]
    return used


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
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
        fields["body"] = fields["body"][1:]
    return [type(node).__name__, *([name, syntax(value)] for name, value in sorted(fields.items()))]


def _digest(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _arrays_digest(arrays):
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
