"""Make the starter of an exercise from its solution, so that the two cannot drift apart."""

import ast


def starter(source):
    """Keep the signature and the docstring of each function in `source`, and put ``...`` for its body.

    Imports stay as well. Everything else goes: a solution's cell may call its checker, the starter does not.

    Parameters
    ----------
    source : str
        Python code with a function at least, each with its body on lines of its own.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If there is no function, or one has its body on the line of its signature.
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
        "Give twice x."
        ...
    """
    lines, kept, functions = source.splitlines(), [], 0
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept.append("\n".join(lines[node.lineno - 1 : node.end_lineno]))
        elif isinstance(node, ast.FunctionDef):
            kept.append(_emptied(node, lines))
            functions += 1
    if not functions:
        raise ValueError("the source has no function; give that of a solution, `def name(...):` and its body")
    return "\n\n\n".join(kept)


def _emptied(node, lines):
    first = node.body[0]
    # Whatever precedes the first statement on its line: the indentation, or the signature where the body shares it.
    indent = lines[first.lineno - 1].encode()[: first.col_offset].decode()
    if indent.strip():
        raise ValueError(f"the body of {node.name} stands on the line of its signature; put it on lines of its own")
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    if ast.get_docstring(node) is not None:
        head = lines[start - 1 : first.end_lineno]
    else:
        head = lines[start - 1 : first.lineno - 1]
        while not head[-1].strip() or head[-1].lstrip().startswith("#"):
            head.pop()  # a comment on the first statement is part of the body
    return "\n".join([*head, f"{indent}..."])
