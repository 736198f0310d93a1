"""Where lines of text, of formulas and of code may break."""

import itertools
import re

from bs4 import BeautifulSoup, NavigableString, Tag

#: No line begins with a per cent sign or with what a number counts, ends with ±, or begins with what stands behind a
#: formula.
_UNITS = r"(?:s|ms|µs|kB|MB|GB|bits|minutes|cores|seeds|epochs|threads)\b"
_BEFORE_UNITS = re.compile(rf" (?=%)|(?<=±) |(?<=\d) (?={_UNITS})")
_UNIT_FIRST = re.compile(rf"^ (?={_UNITS})")
_PUNCTUATION = re.compile(r"[.,;:)?!]+")

#: Where code in the text breaks first; and options of a command, which a browser would break behind their hyphens.
_SEAMS = re.compile(r"(?<=[(/=])(?=\w)|(?<=\.)(?=[^\W\d])")
_OPTION = re.compile(r"(?<!\S)(-\S{1,24})(?!\S)")
_NAME = re.compile(r"[\w-]+")
_HYPHENED = re.compile(r"(?<!\S)(\S{0,16}-\S{1,24})(?!\S)")

#: Code and formulas in the text, up to this length, are never broken.
WHOLE = 24

#: Lines of code up to this length are never broken: the narrowest phone shows them whole.
SHORT_LINE = 40

#: Where a formula has a relation or an operator, KaTeX lets a line end after it.
_OPERATORS = {"mrel", "mbin"}


def bind(soup: BeautifulSoup) -> None:
    """Keep together what belongs on one line, and say where the rest breaks."""
    bind_units(soup)
    bind_punctuation(soup)
    mark_long(soup)
    close_gaps(soup)
    mark_long_lines(soup)
    break_before_operators(soup)


def bind_units(soup: BeautifulSoup) -> None:
    """Keep a number on one line with its unit, also where the number is an element of its own."""
    for text in soup.find_all(string=re.compile(rf" (?:%|{_UNITS})|± ")):
        if not text.find_parent(["pre", "code", "math", "svg", "script", "style", "textarea"]):
            bound = _BEFORE_UNITS.sub("\xa0", text)
            if isinstance(text.previous_sibling, Tag) and text.previous_sibling.get_text()[-1:].isdigit():
                bound = _UNIT_FIRST.sub("\xa0", bound)
            text.replace_with(NavigableString(bound))


def bind_punctuation(soup: BeautifulSoup) -> None:
    """Wrap a formula with the punctuation behind it; the formula itself may still break inside."""
    for formula in soup.select("span.math"):
        after = formula.next_sibling
        if isinstance(after, NavigableString) and (mark := _PUNCTUATION.match(after)):
            after.replace_with(NavigableString(after[mark.end() :]))
            formula.wrap(soup.new_tag("span", attrs={"class": "whole"})).append(mark[0])


def mark_long(soup: BeautifulSoup) -> None:
    """Let long code and formulas in the text break, code before it breaks elsewhere behind its dots and the like; of a
    formula, what is seen counts."""
    for element in soup.select("code.literal, span.math"):
        seen = element.select_one(".katex-html") or element
        if len(seen.get_text()) > WHOLE:
            element["class"].append("long")
            for text in element.find_all(string=True) if element.name == "code" else []:
                pieces: list[Tag | str] = []
                for index, words in enumerate(_OPTION.split(text)):
                    if index % 2:
                        pieces.append(soup.new_tag("span", attrs={"class": "whole"}, string=words))
                    else:
                        parts = _SEAMS.split(words)
                        pieces += [*itertools.chain(*((part, soup.new_tag("wbr")) for part in parts[:-1])), parts[-1]]
                text.replace_with(*pieces)


def close_gaps(soup: BeautifulSoup) -> None:
    """Show one blank line where code has two: enough on a page, where each would be a hole."""
    for text in soup.find_all(string=re.compile("\n\n\n")):
        if (
            text.find_parent("pre")
            and text.find_parent(class_="highlight")
            and not text.find_parent(class_="cell_output")
        ):
            text.replace_with(NavigableString(re.sub("\n{3,}", "\n\n", text)))


def mark_long_lines(soup: BeautifulSoup) -> None:
    """Wrap each long line of code: where it does not fit it goes on below, further in.

    What any line is indented by is wrapped, too: a phone shows it narrower.
    """
    for text in soup.select(".highlight:not(.cell_output *) > pre"):
        for string in [node for node in text.children if isinstance(node, NavigableString) and "\n" in node]:
            string.replace_with(*(NavigableString(part) for part in re.split("(\n+)", string) if part))
        line: list[Tag | NavigableString] = []
        for node in [*text.children, NavigableString("\n")]:
            if "\n" not in node.get_text():
                line.append(node)
                continue
            words = "".join(part.get_text() for part in line)
            if len(words) > SHORT_LINE and not node.get_text(strip=True):  # a string may go on for lines by itself
                for sign in [part for part in line if isinstance(part, Tag) and part.get_text() in ("=", ".")]:
                    line.insert(line.index(sign) + 1, soup.new_tag("wbr"))
                indent = len(words) - len(words.lstrip())
                whole = soup.new_tag("span", attrs={"class": "hang", "style": f"--in:{indent}"})
                line[0].insert_before(whole)
                whole.extend([part.extract() for part in line])
                keep_hyphens(soup, whole)
                line = [whole]
            wrap_indentation(soup, line)
            line = []


def wrap_indentation(soup: BeautifulSoup, line: list[Tag | NavigableString]) -> None:
    """Wrap the spaces that a line of code begins with, in whatever element they stand."""
    texts = [
        text for part in line for text in ([part] if isinstance(part, NavigableString) else part.find_all(string=True))
    ]
    first = next((text for text in texts if text), NavigableString(""))
    words = first.lstrip(" ")
    if spaces := len(first) - len(words):
        indentation = soup.new_tag("span", attrs={"class": "in"}, string=" " * spaces)
        first.replace_with(indentation, *([NavigableString(words)] if words else []))


def keep_hyphens(soup: BeautifulSoup, code: Tag) -> None:
    """Let no line end behind a hyphen in a short name or option, also where its hyphens are an element of their own."""
    for dashes in code.find_all("span", class_="o", string=re.compile("^--?$")):
        before, option = dashes.previous_sibling, [dashes]
        while (part := option[-1].next_sibling) and _NAME.fullmatch(part.get_text()):
            option.append(part)
        if len(option) > 1 and (before is None or before.get_text()[-1:].isspace()):
            whole = soup.new_tag("span", attrs={"class": "whole"})
            dashes.insert_before(whole)
            whole.extend([part.extract() for part in option])
    for text in code.find_all(string=_HYPHENED):
        if text.find_parent(class_="whole"):
            continue
        pieces: list[Tag | str] = _HYPHENED.split(text)
        for index in range(1, len(pieces), 2):
            pieces[index] = soup.new_tag("span", attrs={"class": "whole"}, string=pieces[index])
        text.replace_with(*filter(None, pieces))


def break_before_operators(soup: BeautifulSoup) -> None:
    """Let a display that is broken go on with the operator: move it from the end of a part to the next part's start."""
    for formula in soup.select(".katex-display .katex-html"):
        parts = formula.find_all("span", class_="base", recursive=False)
        for part, following in itertools.pairwise(parts):
            ends = [child for child in part.children if isinstance(child, Tag)][-2:]
            if len(ends) == 2 and _OPERATORS.intersection(ends[0]["class"]) and "mspace" in ends[1]["class"]:
                following.find(class_="strut").insert_after(*(end.extract() for end in ends))
