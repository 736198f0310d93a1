"""Small rules of Markdown as notebooks read it: what is escaped, and how formulas, code and links are written."""

import html
import re

_LINK_END = re.compile(r"\](?=[(\[:])")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_STAR = re.compile(r"(?<! )\*|\*(?! )")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK_START = re.compile(r"(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]{2,}|~~~)")
_ITEM_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_TICKS = re.compile("`+")
_ENVIRONMENT = re.compile(r"\\begin\{(\w+)(\*?)\}(.*)\\end\{\1\2\}", re.DOTALL)
_INNER = {"align": "aligned", "alignat": "alignedat", "gather": "gathered", "equation": "", "flalign": "aligned"}


def escape(text):
    """Keep Markdown and MathJax from reading plain text as markup.

    >>> print(escape("a_b, 5 * 3, *x*, _y, $5, <b>, a[0](1)"))
    a_b, 5 * 3, \\*x\\*, \\_y, \\$5, \\<b>, a[0\\](1)
    """
    text = _BACKSLASH.sub(r"\\\\", text)
    text = text.replace("`", "\\`").replace("$", "\\$").replace("~~", "\\~~")
    text = _LINK_END.sub(r"\\]", _STAR.sub(r"\\*", _UNDERSCORE.sub(r"\\_", text)))
    return _ENTITY.sub("&amp;", _TAG.sub(r"\\<", text))


def escape_start(text):
    """Keep a paragraph from being read as a heading, a list or a rule.

    >>> escape_start("1. is a number"), escape_start("- 3 is less"), escape_start("-3 is less")
    ('1\\\\. is a number', '\\\\- 3 is less', '-3 is less')
    """
    if _BLOCK_START.match(text):
        return "\\" + text
    return _ITEM_START.sub(r"\1\\\2", text, count=1) if _ITEM_START.match(text) else text


def code_span(text):
    """Write inline code, also with backticks in it.

    >>> print(code_span("x"), code_span("a `b`"))
    `x` `` a `b` ``
    """
    text = " ".join(text.split("\n"))
    ticks = "`" * (max(map(len, _TICKS.findall(text)), default=0) + 1)
    if len(ticks) == 1:
        ticks = "`" if "`" not in text else "``"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(text, language=""):
    """Write a block of code, with a fence that does not occur in it."""
    ticks = "`" * max(3, max(map(len, _TICKS.findall(text)), default=0) + 1)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def inline_math(text, *, in_table=False):
    """Write a formula in a line; a bar in it would end the cell of a table.

    >>> inline_math("|x|"), inline_math("|x|", in_table=True)
    ('$|x|$', '$\\\\vert x\\\\vert $')
    """
    text = " ".join(text.split())
    return f"${text.replace('|', chr(92) + 'vert ') if in_table else text}$"


def inner_environment(text):
    """Make an environment that is a display of its own one that stands inside a display, where a number fits.

    >>> print(inner_environment("\\\\begin{align*}a &= b\\\\end{align*}"))
    \\begin{aligned}a &= b\\end{aligned}
    """
    found = _ENVIRONMENT.fullmatch(text.strip())
    if not found or found[1] not in _INNER:
        return text
    inner = _INNER[found[1]]
    return f"\\begin{{{inner}}}{found[3]}\\end{{{inner}}}" if inner else found[3].strip()


def display_math(text, number=""):
    """Write a formula on lines of its own, with its number.

    >>> print(display_math("a = b", "3"))
    $$
    a = b
    \\tag{3}
    $$
    """
    lines = [line for line in text.strip().splitlines() if line.strip()]  # an empty line would end the formula
    if r"\\" in text and r"\begin" not in text:
        lines = [r"\begin{aligned}", *lines, r"\end{aligned}"]
    if number:
        lines.append(rf"\tag{{{number}}}")
    return "\n".join(["$$", *lines, "$$"])


def wrapped(mark, text):
    """Put marks of emphasis around text; spaces at its ends stay outside.

    >>> wrapped("**", "word ")
    '**word** '
    """
    inner = text.strip()
    if not inner:
        return text
    start = text[: len(text) - len(text.lstrip())]
    return f"{start}{mark}{inner}{mark}{text[len(text.rstrip()) :]}"


def link(text, address):
    """Write a link; only the text where there is no address.

    >>> link("here", "a(b).html"), link("here", "")
    ('[here](a%28b%29.html)', 'here')
    """
    if not address:
        return text
    for character, code in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E")):
        address = address.replace(character, code)
    return f"[{text}]({address})"


def quoted(blocks):
    """Write blocks as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).splitlines())


def details(summary, blocks):
    """Fold blocks away; the empty lines let Markdown be read inside, while the summary is plain text.

    >>> print(details("a < b", ["*one*"]))
    <details>
    <summary>a &lt; b</summary>
    <BLANKLINE>
    *one*
    <BLANKLINE>
    </details>
    """
    head = f"<details>\n<summary>{html.escape(' '.join(summary.split()), quote=False)}</summary>"
    return "\n\n".join([head, *blocks, "</details>"])


def listed(items, markers):
    """Write a list.

    Parameters
    ----------
    items : list of list of str
        The blocks of each item.
    markers : list of str
        What stands before each item.

    Examples
    --------
    >>> print(listed([["one"], ["two", "- inner"]], ["1.", "2."]))
    1. one
    2. two
       - inner
    """
    is_loose = any(not re.match(r"(?:[-*]|\d+\.) ", block) for blocks in items for block in blocks[1:])
    gap = "\n\n" if is_loose else "\n"
    written = []
    for blocks, marker in zip(items, markers, strict=True):
        indent = " " * (len(marker) + 1)
        lines = (gap.join(blocks) or "").splitlines() or [""]
        written.append(
            "\n".join([f"{marker} {lines[0]}".rstrip(), *(f"{indent}{line}".rstrip() for line in lines[1:])])
        )
    return gap.join(written)


def table(rows, head_rows, alignments):
    """Write a table.

    Parameters
    ----------
    rows : list of list of str
    head_rows : int
        How many of them are the head; Markdown has one line of it, so several are joined.
    alignments : list of str
        ``left``, ``right``, ``center`` or empty, for each column.

    Examples
    --------
    >>> print(table([["n", "size"], ["7", "5"]], 1, ["right", ""]))
    | n | size |
    | ---: | --- |
    | 7 | 5 |
    """
    columns = max(map(len, rows))
    rows = [row + [""] * (columns - len(row)) for row in rows]
    head = ["<br>".join(filter(None, cells)) for cells in zip(*rows[:head_rows], strict=True)] or [""] * columns
    rules = {"right": "---:", "center": ":---:"}
    under = [rules.get(one, "---") for one in (*alignments, *[""] * columns)][:columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, under, *rows[head_rows:]))
