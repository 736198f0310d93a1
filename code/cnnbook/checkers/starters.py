"""Make the starter of an exercise from its solution, so that the two cannot drift apart."""

import ast


def starter(source: str) -> str:
    """Keep the imports, and the signature and the docstring of each function in `source`, with ``...`` for its body.

    Everything else goes: a solution's cell may call its checker, the starter does not.

    Raises
    ------
    ValueError
        If there is no function.
    SyntaxError
        If `source` is not Python.

    Examples
    --------
    >>> print(starter('''
    ... def double(x):
    ...     "Give twice x."
    ...     y = x + x
    ...     return y
    ... double(2)
    ... '''))
    def double(x):
        \"""Give twice x.\"""
        ...
    """
    kept: list[ast.stmt] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            docstring = node.body[:1] if ast.get_docstring(node) is not None else []
            node.body = [*docstring, ast.Expr(ast.Constant(...))]
        if isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom):
            kept.append(node)
    if not any(isinstance(node, ast.FunctionDef) for node in kept):
        raise ValueError("the source has no function; give that of a solution, `def name(...):` and its body")
    return "\n\n\n".join(map(ast.unparse, kept))
