"""The report: its template ``report.md``, and what is still as it was there."""

import importlib.resources
import re

_COMMENT = re.compile(r"<!--.*?-->", re.S)
_PLACEHOLDER = re.compile(r"\*Your (?:text|names|table)\*")
_SECTION = re.compile(r"^##[ \t]+(.+?)[ \t]*$", re.M)
_AUTHORS = re.compile(r"^[ \t*_]*Authors?[ \t*_]*:[ \t*_]*(.*?)[ \t*_]*$", re.M)
TABLE_SECTION = "Deeper networks"


def template():
    """The text of the report that a student starts from."""
    return (importlib.resources.files("cnnbook.handin") / "report.md").read_text("utf-8")


def authors(text):
    """The names in the line ``Authors:``, or None where they are not filled in.

    Examples
    --------
    >>> authors("# Report\\n\\nAuthors: Ada L., Alan T.\\n")
    'Ada L., Alan T.'
    """
    found = _AUTHORS.search(_PLACEHOLDER.sub("", _COMMENT.sub("", text)))
    return found[1] or None if found else None


def sections(text):
    """The text below each heading of the second level, by heading; comments and placeholders are left out."""
    pieces = _SECTION.split(_PLACEHOLDER.sub("", _COMMENT.sub("", text)))
    return {title: body.strip() for title, body in zip(pieces[1::2], pieces[2::2], strict=True)}


def rows(body):
    """How many rows the tables of a text have, their heads left out."""
    lines = [line.strip() for line in body.splitlines()]
    table = [line for line in lines if line.startswith("|") and not re.fullmatch(r"[|:\- ]+", line)]
    return max(0, len(table) - 1)


def lacks(text, *, architectures):
    """What a report lacks, a sentence each: names, sections that are gone or as in the template, rows of the table.

    Parameters
    ----------
    text : str
    architectures : int
        How many rows the table of architectures shall have.

    Returns
    -------
    list of str
    """
    missing = [] if authors(text) else ["The report has no names in its line “Authors:”"]
    given, asked = sections(text), sections(template())
    for title, body in asked.items():
        if "(optional)" in title:
            continue
        if title not in given:
            missing.append(f"The report has no section “{title}”")
        elif given[title] == body:
            missing.append(f"The section “{title}” of the report is as in the template")
    if given.get(TABLE_SECTION, "") and rows(given[TABLE_SECTION]) < architectures:
        missing.append(
            f"The table in the report's section “{TABLE_SECTION}” has {rows(given[TABLE_SECTION])} rows; "
            f"{architectures} architectures are asked for"
        )
    return missing
