"""What is folded on a page, and what stands on the fold: solutions, the set-up of a page, the code of a figure."""

from bs4 import BeautifulSoup, Tag

SETUP = "Setup"


def fold(soup: BeautifulSoup) -> None:
    """Fold all of it, without a script."""
    fold_boxes(soup)
    fold_setup(soup)
    for details in soup.select("div.cell > details.hide:not(.setup)"):
        words = _words_of_page(details)
        if details.select_one(".cell_output"):
            _label(details, words or ("the table" if details.select_one("table") else "output of this cell"))
        elif words and not details.parent.select_one("details.hide .cell_output"):  # of a folded output, they are its
            _label(details, words)
        else:
            move_below(details)


def fold_boxes(soup: BeautifulSoup) -> None:
    """Fold the boxes of class ``dropdown``."""
    for box in soup.select("div.admonition.dropdown"):
        box.name = "details"
        box.find("p", class_="admonition-title", recursive=False).name = "summary"


def fold_setup(soup: BeautifulSoup) -> None:
    """Fold the first cell of a page if it prints nothing: what it imports is not what the page is about.

    The fold stands beside the links that run the page.
    """
    cell = soup.select_one("div.cell")
    if cell is None or cell.select_one(".cell_output, details"):
        return
    source = cell.select_one(".cell_input")
    details = source.wrap(soup.new_tag("details", attrs={"class": "hide setup"}))
    _label(details, SETUP)
    if links := soup.select_one(".launch"):
        links.insert_after(cell.extract())


def move_below(code: Tag) -> None:
    """Move the folded code of a cell below what it makes; code that makes nothing joins the fold after it."""
    cell, output = code.parent, code.parent.select_one(".cell_output")
    following = cell.find_next_sibling()
    if output is None and following is not None and (later := following.select_one("details.hide")):
        later.insert(0, code.select_one(".cell_input").extract())
        cell.decompose()
        return
    figure = output is not None and output.select_one("figure, img")
    _label(code, "code of this figure" if figure else "code of this output" if output else "Code")
    if output is not None:
        output.insert_after(code.extract())


def _words_of_page(details: Tag) -> str:
    """What the page wants to stand on a fold; empty where it has MyST-NB's own words."""
    words = details.select_one("summary .collapsed")
    return "" if words is None or words.get_text().startswith("Show code cell") else words.get_text()


def _label(details: Tag, words: str) -> None:
    """Let a fold say `words`, whatever it said before."""
    if summary := details.find("summary", recursive=False):
        summary.decompose()
    summary = BeautifulSoup(f"<summary>{words}</summary>", "html.parser").summary
    details.insert(0, summary)
