"""The student's report: its template ``report.md``, and what is still as it was there."""

import codecs
import importlib.resources
import re

_PLACEHOLDER = re.compile(r"\*Your (?:text|names|table)\*")
_HEADING = re.compile(r"^#+[ \t]+", re.M)
_AUTHORS = re.compile(r"^[ \t*_]*Authors?[ \t*_]*:[ \t*_]*(.*?)[ \t*_]*$", re.M)


def template() -> str:
    """Read the report that a student starts from."""
    return (importlib.resources.files("cnnbook.handin") / "report.md").read_text("utf-8")


def read(content: bytes) -> str:
    """Read the text of a report's file, with or without a byte order mark; what is no text becomes U+FFFD.

    >>> read("\\ufeffAuthors: A".encode()), read("Authors: A".encode("utf-16"))
    ('Authors: A', 'Authors: A')
    """
    wide = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"}  # the first begins like one of UTF-16
    wide |= {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    encoding = next((name for mark, name in wide.items() if content.startswith(mark)), "utf-8")
    return "\n".join(content.decode(encoding, errors="replace").replace("\ufeff", "").splitlines())


def authors(text: str) -> str:
    """Read the names in the line ``Authors:``; empty where they are not filled in.

    >>> authors("# Report\\n\\nAuthors: Ada L., Alan T.\\n")
    'Ada L., Alan T.'
    """
    line = _AUTHORS.search(_PLACEHOLDER.sub("", text))
    return line[1] if line else ""


def missing(text: str) -> list[str]:
    """Name the sections of a report in which a placeholder of the template still stands."""
    sections = [section for section in _HEADING.split(text) if _PLACEHOLDER.search(section)]
    titles = [section.partition("\n")[0].strip() for section in sections]
    return [f"The section “{title}” of the report is not filled in" for title in titles if "(optional)" not in title]
