"""The words of the problems: templates from ``problems.json``, filled with numbers.

The browser reads the same file with the same three rules:

- ``{name}`` is replaced by a number or a text; numbers get separators (1,728) and a minus sign (−2), lists commas.
- A template is a list of lines. A line ``["layers", "..."]`` is repeated for each entry of the list called `layers`.
- In a question a paragraph whose lines after the first hold nothing but numbers is a grid with its caption.
"""

import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

TEXTS = json.loads(resources.files("cnnbook.practice").joinpath("problems.json").read_text("utf-8"))


def shown(value: int | str | Sequence[Any]) -> str:
    """Write a number, or a row of them, as readers see it.

    >>> shown(1728), shown(-2), shown((1, 0, -2))
    ('1,728', '−2', '1, 0, −2')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        return ", ".join(map(shown, value))
    return f"{value:,}".replace("-", "−")


def fill(template: str, numbers: Mapping[str, Any]) -> str:
    """Replace each ``{name}`` of a template.

    >>> fill("{n} − {kernel}", {"n": 7, "kernel": 3})
    '7 − 3'
    """
    return re.sub(r"\{(\w+)\}", lambda match: shown(numbers[match[1]]), template)


def lines(template: Sequence[str | list[str]], numbers: Mapping[str, Any]) -> list[str]:
    """Fill a list of lines, repeated ones included.

    >>> lines(["Sum", ["parts", "{c}: {sum}"]], {"parts": [{"c": 1, "sum": 5}, {"c": 2, "sum": -1}]})
    ['Sum', '1: 5', '2: −1']
    """
    filled = []
    for line in template:
        if isinstance(line, str):
            filled.append(fill(line, numbers))
        else:
            name, repeated = line
            filled += [fill(repeated, {**numbers, **entry}) for entry in numbers[name]]
    return filled


def grid(rows: Sequence[Sequence[int]]) -> str:
    """Write rows of numbers below each other.

    >>> print(grid([[1, -2], [10, 0]]))
     1 −2
    10  0
    """
    cells = [[shown(number) for number in row] for row in rows]
    width = max(len(cell) for row in cells for cell in row)
    return "\n".join(" ".join(cell.rjust(width) for cell in row) for row in cells)


def factor(number: int) -> str:
    """Write a number as it stands in a product: a negative one in brackets.

    >>> factor(2), factor(-2)
    ('2', '(−2)')
    """
    return f"({shown(number)})" if number < 0 else shown(number)


def products(weights: Sequence[int], cells: Sequence[int]) -> str:
    """Write the sum of products of two rows.

    >>> products([1, -1], [3, 2])
    '1·3 + (−1)·2'
    """
    return " + ".join(f"{factor(weight)}·{factor(cell)}" for weight, cell in zip(weights, cells, strict=True))


def blocks(question: str) -> list[tuple[Any, ...]]:
    """Cut a question into what is drawn on paper: paragraphs, lists of layers, and grids of numbers.

    Each is ``("text", words)``, ``("list", [words, ...])`` or ``("grid", caption, [[number, ...], ...])`` with the
    numbers as they are shown.

    >>> blocks("Convolve.\\n\\nRow\\n1 −2\\n\\n1. first\\n2. second")
    [('text', 'Convolve.'), ('grid', 'Row', [['1', '−2']]), ('list', ['first', 'second'])]
    """
    parts: list[tuple[Any, ...]] = []
    for paragraph in question.split("\n\n"):
        first, *rest = paragraph.split("\n")
        if rest and all(re.fullmatch(r"[\d− ]+", line) for line in rest):
            parts.append(("grid", first, [line.split() for line in rest]))
        elif first.startswith("1. "):
            parts.append(("list", [line.split(". ", 1)[1] for line in (first, *rest)]))
        else:
            parts.append(("text", paragraph))
    return parts
