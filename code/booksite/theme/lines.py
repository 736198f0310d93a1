"""Where lines of text, of formulas and of what cells print may break."""

import itertools
import re

from bs4 import BeautifulSoup, NavigableString, Tag

#: No line begins with a per cent sign, or with what stands behind a formula.
_PERCENT = re.compile(" (?=%)")
_PUNCTUATION = re.compile(r"[.,;:)?!]+")

#: Code and formulas in the text, up to this length, are never broken.
WHOLE = 24

#: Lines that a cell prints below each other in columns are no longer than this. They stay lines on a phone.
LONGEST_ROW = 70

#: Where a formula has a relation or an operator, KaTeX lets a line end after it.
_OPERATORS = {"mrel", "mbin"}


def bind(soup: BeautifulSoup) -> None:
    """Keep together what belongs on one line, and say where the rest breaks."""
    bind_percent_signs(soup)
    bind_punctuation(soup)
    mark_long(soup)
    mark_rows(soup)
    break_before_operators(soup)


def bind_percent_signs(soup: BeautifulSoup) -> None:
    for text in soup.find_all(string=re.compile(r" %")):
        if not text.find_parent(["pre", "code", "math", "script", "style", "textarea"]):
            text.replace_with(NavigableString(_PERCENT.sub("\xa0", text)))


def bind_punctuation(soup: BeautifulSoup) -> None:
    """Wrap a formula with the punctuation behind it; the formula itself may still break inside."""
    for formula in soup.select("span.math"):
        after = formula.next_sibling
        if isinstance(after, NavigableString) and (mark := _PUNCTUATION.match(after)):
            after.replace_with(NavigableString(after[mark.end() :]))
            formula.wrap(soup.new_tag("span", attrs={"class": "whole"})).append(mark[0])


def mark_long(soup: BeautifulSoup) -> None:
    """Let long code and formulas in the text break; of a formula, what is seen counts."""
    for element in soup.select("code.literal, span.math"):
        seen = element.select_one(".katex-html") or element
        if len(seen.get_text()) > WHOLE:
            element["class"].append("long")


def mark_rows(soup: BeautifulSoup) -> None:
    for output in soup.select(".cell_output pre"):
        lines = output.get_text().rstrip("\n").split("\n")
        if len(lines) > 1 and max(map(len, lines)) <= LONGEST_ROW:
            output["class"] = [*output.get("class", []), "rows"]


def break_before_operators(soup: BeautifulSoup) -> None:
    """Let a display that is broken go on with the operator: move it from the end of a part to the next part's start."""
    for formula in soup.select(".katex-display .katex-html"):
        parts = formula.find_all("span", class_="base", recursive=False)
        for part, following in itertools.pairwise(parts):
            ends = [child for child in part.children if isinstance(child, Tag)][-2:]
            if len(ends) == 2 and _OPERATORS.intersection(ends[0]["class"]) and "mspace" in ends[1]["class"]:
                following.find(class_="strut").insert_after(*(end.extract() for end in ends))
