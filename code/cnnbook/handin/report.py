"""The student's report: its template ``report.md``, and what is still as it was there."""

import importlib.resources
import re

TABLE_SECTION = "Deeper networks"

_HELP = re.compile(r"<!--.*?-->|\*Your (?:text|names|table)\*", re.S)  # what is there to be removed or replaced
_HEADING = re.compile(r"^##[ \t]+(.+?)[ \t]*$", re.M)
_AUTHORS = re.compile(r"^[ \t*_]*Authors?[ \t*_]*:[ \t*_]*(.*?)[ \t*_]*$", re.M)


def template() -> str:
    """Read the report that a student starts from."""
    return (importlib.resources.files("cnnbook.handin") / "report.md").read_text("utf-8")


def authors(text: str) -> str | None:
    """Read the names in the line ``Authors:``; None where they are not filled in.

    >>> authors("# Report\\n\\nAuthors: Ada L., Alan T.\\n")
    'Ada L., Alan T.'
    """
    line = _AUTHORS.search(_HELP.sub("", text))
    return line[1] or None if line else None


def sections(text: str) -> dict[str, str]:
    """Cut a report at its headings of the second level, without help and placeholders."""
    _, *pieces = _HEADING.split(_HELP.sub("", text))
    return {title: body.strip() for title, body in zip(pieces[::2], pieces[1::2], strict=True)}


def missing(text: str, *, architectures: int) -> list[str]:
    """List what a report lacks: names, sections that are gone or as in the template, rows of the table."""
    sentences = [] if authors(text) else ["The report has no names in its line “Authors:”"]
    written = sections(text)
    for title, body in sections(template()).items():
        if "(optional)" in title:
            continue
        if title not in written:
            sentences.append(f"The report has no section “{title}”")
        elif written[title] == body:
            sentences.append(f"The section “{title}” of the report is as in the template")
    if table := written.get(TABLE_SECTION):
        lines = sum(line.lstrip().startswith("|") for line in table.splitlines())
        rows = max(0, lines - 2)  # without its head and the line below
        if rows < architectures:
            sentences.append(
                f"The table in the report's section “{TABLE_SECTION}” has {rows} rows; "
                f"{architectures} architectures are expected"
            )
    return sentences
