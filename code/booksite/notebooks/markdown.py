"""Markdown as notebooks read it: what is escaped, and how formulas, code, links, lists and tables are written."""

import re

_LINK_END = re.compile(r"\](?=[(\[:])")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_STAR = re.compile(r"(?<! )\*|\*(?! )")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK_START = re.compile(r"\A(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]{2,}|~~~)")
_ITEM_START = re.compile(r"\A(\d{1,9})([.)])(?=\s|$)")
_TICKS = re.compile("`+")


def escape(text: str) -> str:
    """Keep Markdown and MathJax from reading plain text as markup.

    >>> print(escape("a_b, 5 * 3, *x*, _y, $5, <b>, a[0](1)"))
    a_b, 5 * 3, \\*x\\*, \\_y, \\$5, \\<b>, a[0\\](1)
    """
    text = _BACKSLASH.sub(r"\\\\", text)
    text = text.replace("`", "\\`").replace("$", "\\$").replace("~~", "\\~~")
    text = _LINK_END.sub(r"\\]", _STAR.sub(r"\\*", _UNDERSCORE.sub(r"\\_", text)))
    return _ENTITY.sub("&amp;", _TAG.sub(r"\\<", text))


def escape_start(text: str) -> str:
    """Keep a paragraph from being read as a heading, a list or a rule.

    >>> escape_start("1. is a number"), escape_start("- 3 is less"), escape_start("-3 is less")
    ('1\\\\. is a number', '\\\\- 3 is less', '-3 is less')
    """
    return "\\" + text if _BLOCK_START.match(text) else _ITEM_START.sub(r"\1\\\2", text, count=1)


def code_span(text: str) -> str:
    """Write inline code, also with backticks in it.

    >>> print(code_span("x"), code_span("a `b`"))
    `x` `` a `b` ``
    """
    text = " ".join(text.split("\n"))
    ticks = _longer_than_inside(text, 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(text: str, language: str = "") -> str:
    """Write a block of code, with a fence that does not occur in it."""
    ticks = _longer_than_inside(text, 3)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def _longer_than_inside(text: str, at_least: int) -> str:
    return "`" * max(at_least, max(map(len, _TICKS.findall(text)), default=0) + 1)


def inline_math(text: str, *, in_table: bool = False) -> str:
    """Write a formula in a line; a bar in it would end the cell of a table."""
    text = " ".join(text.split())
    return f"${text.replace('|', chr(92) + 'vert ') if in_table else text}$"


def display_math(text: str, number: str = "") -> str:
    """Write a formula on lines of its own, with its number; several lines are aligned, as Sphinx does it."""
    lines = [line for line in text.strip().splitlines() if line.strip()]  # an empty line would end the formula
    if r"\\" in text and r"\begin" not in text:
        lines = [r"\begin{aligned}", *lines, r"\end{aligned}"]
    if number:
        lines.append(rf"\tag{{{number}}}")
    return "\n".join(["$$", *lines, "$$"])


def wrapped(mark: str, text: str) -> str:
    """Put marks of emphasis around text; spaces at its ends stay outside.

    >>> wrapped("**", "word ")
    '**word** '
    """
    inner = text.strip()
    return text.replace(inner, f"{mark}{inner}{mark}") if inner else text


def link(text: str, address: str) -> str:
    """Write a link; only the text where there is no address.

    >>> link("here", "a(b).html"), link("here", "")
    ('[here](a%28b%29.html)', 'here')
    """
    if not address:
        return text
    for character, code in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E")):
        address = address.replace(character, code)
    return f"[{text}]({address})"


def quoted(blocks: list[str]) -> str:
    """Write blocks as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).splitlines())


def details(summary: str, blocks: list[str]) -> str:
    """Fold blocks away; the empty lines let Markdown be read inside, while the summary is plain text."""
    return "\n\n".join([f"<details>\n<summary>{summary}</summary>", *blocks, "</details>"])


def listed(items: list[list[str]], markers: list[str]) -> str:
    """Write a list of items, each with its blocks and its marker."""
    is_loose = any(not re.match(r"(?:[-*]|\d+\.) ", block) for blocks in items for block in blocks[1:])
    gap = "\n\n" if is_loose else "\n"
    written = []
    for blocks, marker in zip(items, markers, strict=True):
        first, *rest = gap.join(blocks).splitlines() or [""]
        indent = " " * (len(marker) + 1)
        written.append("\n".join([f"{marker} {first}".rstrip(), *(f"{indent}{line}".rstrip() for line in rest)]))
    return gap.join(written)


def table(rows: list[list[str]], head_rows: int, alignments: list[str]) -> str:
    """Write a table; Markdown has one line for its head, so several rows are joined."""
    head = ["<br>".join(filter(None, cells)) for cells in zip(*rows[:head_rows], strict=True)]
    rules = {"right": "---:", "center": ":---:"}
    under = [rules.get(alignment, "---") for alignment in alignments]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, under, *rows[head_rows:]))
