"""Which names cells bind and need: what decides whether a cell that the page leaves out is needed in the notebook."""

import ast
from dataclasses import dataclass, field

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass
class Names:
    """What a piece of code does with names.

    Attributes
    ----------
    needed : set of str
        Read before the code itself has certainly bound them.
    bound : set of str
        Bound on some path through the code.
    certain : set of str
        Bound on every path.
    """

    needed: set = field(default_factory=set)
    bound: set = field(default_factory=set)
    certain: set = field(default_factory=set)


def names_of(source):
    """Find the names that a cell needs and binds; magics are passed over.

    Parameters
    ----------
    source : str

    Returns
    -------
    Names
        Empty for code that Python cannot read, as a cell may be that shows an error on purpose.

    Examples
    --------
    >>> found = names_of("total = 0\\nfor x in xs:\\n    total += f(x)\\n")
    >>> sorted(found.needed), sorted(found.bound), sorted(found.certain)
    (['f', 'xs'], ['total', 'x'], ['total'])
    """
    found = Names()
    _read_body(parse(source).body, found)
    return found


def parse(source):
    """Parse a cell, magics passed over; what Python cannot read even so is nothing.

    >>> len(parse("%time\\nx = 1").body), len(parse("x = 1 +").body)
    (1, 0)
    """
    without_magics = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    for text in (source, without_magics):  # a line of an expression may begin with % too
        try:
            return ast.parse(text)
        except SyntaxError:
            continue
    return ast.Module([], [])


def _read_body(body, found):
    for statement in body:
        _read_statement(statement, found)


def _read_statement(statement, found):
    if isinstance(statement, ast.For | ast.AsyncFor):
        _read(statement.iter, found)
        _read_branch([*_bindings(statement.target)], statement.body, found)
        _read_branch([], statement.orelse, found)
    elif isinstance(statement, ast.While | ast.If):
        _read(statement.test, found)
        _read_branch([], statement.body, found)
        _read_branch([], statement.orelse, found)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            _read(item.context_expr, found)
            if item.optional_vars:
                _bind(_bindings(item.optional_vars), found)
        _read_body(statement.body, found)
    elif isinstance(statement, ast.Try | ast.TryStar):
        _read_branch([], statement.body, found)
        for handler in statement.handlers:
            if handler.type:
                _read(handler.type, found)
            _read_branch([handler.name] if handler.name else [], handler.body, found)
        _read_branch([], statement.orelse, found)
        _read_body(statement.finalbody, found)
    elif isinstance(statement, ast.Match):
        _read(statement.subject, found)
        for case in statement.cases:
            _read_branch([*_bindings(case.pattern)], ([ast.Expr(case.guard)] if case.guard else []) + case.body, found)
    else:
        _read(statement, found)


def _read_branch(first, body, found):
    """Read what may run or not: what it binds is not certain afterwards."""
    inner = Names(certain=found.certain | set(first))
    _read_body(body, inner)
    found.needed |= inner.needed
    found.bound |= inner.bound | set(first)


def _bind(names, found):
    names = set(names)
    found.bound |= names
    found.certain |= names


def _read(node, found):
    found.needed |= _loads(node) - found.certain
    _bind(_bindings(node), found)  # an expression binds with :=


def _loads(node):
    """Names that an expression or a simple statement reads, those of its own inner scopes left out."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    loads = set()
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        loads.add(node.target.id)
    for child in ast.iter_child_nodes(node):
        loads |= _loads(child)
    if isinstance(node, _SCOPES):
        loads -= _own_names(node)
    return loads


def _own_names(scope):
    """Parameters of a function, and names that a function or a comprehension binds inside."""
    own = set()
    if isinstance(scope, _FUNCTIONS):
        given = scope.args
        own |= {
            one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if one
        }
        body = scope.body if isinstance(scope.body, list) else [scope.body]
        for statement in body:
            own |= set(_bindings(statement))
    else:
        for part in scope.generators:
            own |= set(_bindings(part.target))
    return own


def _bindings(node):
    """Names that a piece of code binds in its own scope."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, _SCOPES):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for name in node.names:
            yield (name.asname or name.name).split(".")[0]
    elif isinstance(node, ast.MatchAs | ast.MatchStar | ast.ExceptHandler) and node.name:
        yield node.name
    for child in ast.iter_child_nodes(node):
        yield from _bindings(child)
