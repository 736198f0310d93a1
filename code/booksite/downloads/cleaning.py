"""What a screen can do becomes what paper can do.

Buttons and menus go. Dropdowns stand open. A question stands with its choices, and its answer moves to the end of the
book, as the solutions of exercises do. What only works on screen leaves a sentence that says where it is.
"""

import copy

from bs4 import BeautifulSoup

#: Gone without a trace: what serves the screen only, and what the theme itself does not print.
DROPPED = (
    ".headerlink, .copybtn, .toctree-wrapper, .d-print-none, .book-downloads, "
    "script, style, noscript, template, [hidden]"
)

#: Gone with a sentence.
ON_SCREEN = "[data-practice], [data-lab], .quiz-overview, iframe, canvas, video, audio"

#: Whatever is left of forms outside of questions.
CONTROLS = "button, input, select, textarea, progress, meter"


def clean(page, address):
    """Clean a page's content in place and move its solutions to ``page.solutions``.

    Parameters
    ----------
    page : booksite.downloads.reading.Page
        With ids and links of the book's space.
    address : str or None
        Where the site is published.
    """
    content = page.content
    for element in content.select(DROPPED):
        if not element.decomposed:
            element.decompose()
    for element in content.select(ON_SCREEN):
        if not element.decomposed:
            element.replace_with(_on_screen_only(page, address))
    for element in content.select(".quiz-item, .solution.admonition"):
        take = _take_answer if "quiz-item" in element["class"] else _take_solution
        page.solutions.append(take(element))
    for element in content.select(CONTROLS):
        element.decompose()
    for part in (content, *page.solutions):
        for details in part.find_all("details"):
            _open(details)
    for card in content.select(".sd-card"):
        _link_title(card)
    _drop_empty_sections(content)


def _new(html):
    """Make an element from a piece of HTML."""
    return BeautifulSoup(html, "html.parser").find(True).extract()


def _on_screen_only(page, address):
    note = _new('<p class="on-screen"><em></em></p>')
    if address:
        note.em.append("This part of the page works on screen only: ")
        link = _new("<a></a>")
        link["href"] = address + page.path
        link.string = page.title
        note.em.append(link)
        note.em.append(".")
    else:
        note.em.append(f"This part works on screen only: open the page “{page.title}” of the site.")
    return note


def _pointer(target, words):
    """Make the line that leads from a question to its answer; formats add the page's number."""
    line = _new(f'<p class="to-solution"><a class="page-of" href="#{target}"></a></p>')
    line.a.string = words
    return line


def _take_solution(solution):
    """Move a solution out; in its place stays a line with a link."""
    solution["class"] = ["solution", "admonition"]
    solution.replace_with(_pointer(solution["id"], "Solution"))
    title = solution.select_one(".admonition-title")
    if title is not None:
        for link in title.find_all("a"):
            link["class"] = ["page-of"]
    return solution


def _take_answer(item):
    """Move the answer to a question out, and make a plain box of the form that is left; give the answer."""
    answer = item.select_one(".quiz-answer")
    answer.replace_with(_pointer(f"{item['id']}--answer", "Answer"))
    item.attrs = {"id": item["id"], "class": ["admonition", "quiz-item"]}
    item.name, item.legend["class"] = "div", ["admonition-title"]
    for part in item.select("legend, label"):
        part.name = "p" if part.name == "legend" else "span"
    solution = _new('<div class="solution admonition"><p class="admonition-title">Answer to </p></div>')
    solution["id"] = f"{item['id']}--answer"
    link = _new(f'<a class="page-of" href="#{item["id"]}"></a>')
    link.string = item.select_one(".quiz-name").get_text()
    solution.p.append(link)
    for title in answer.select(".quiz-answer-title"):
        title.decompose()
    solution.append(answer.select_one(".quiz-answer-text"))
    return solution


def _open(details):
    """Replace a dropdown by its words and its content; the words of a folded cell say nothing on paper."""
    summary = details.find("summary", recursive=False)
    folded_cell = "hide" in details.get("class", [])
    if summary is not None:
        for gone in summary.select("svg, .sd-summary-state-marker"):
            gone.decompose()
        if folded_cell or not summary.get_text().strip():
            summary.decompose()
        else:
            summary.name, summary["class"] = "div", ["opened-title"]
    details.name = "div"
    details["class"] = ["opened-cell" if folded_cell else "opened"]
    details.attrs.pop("open", None)


def _link_title(card):
    """Let the title of a card be the link that on screen lies over the whole card."""
    link, title = card.select_one("a.sd-stretched-link"), card.select_one(".sd-card-title")
    if link is None:
        return
    link.extract()
    if title is None or not link.get("href"):
        return
    new = _new("<a></a>")
    new["href"] = link["href"]
    for child in list(title.contents):
        new.append(copy.copy(child))
        child.extract()
    title.append(new)


def _drop_empty_sections(content):
    """Remove sections of which the heading alone is left."""
    for section in content.find_all("section"):
        if section.decomposed or section.find("h1", recursive=False):
            continue
        rest = [child for child in section.children if str(child).strip()]
        if all(child.name in ("h2", "h3", "h4") or (child.name == "span" and not child.get_text()) for child in rest):
            section.decompose()
