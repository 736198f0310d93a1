"""What a screen can do becomes what paper can do.

Buttons and menus go. Dropdowns stand open. A question stands with its choices, and its answer moves to the end of the
book, as the solutions of exercises do. What only works on screen leaves a sentence that says where it is.
"""

import html

from bs4 import BeautifulSoup, Tag

from booksite.downloads.book import Chapter

#: Dropped without a trace: what serves the screen only, and what the theme itself does not print.
DROPPED = (
    ".headerlink, .copybtn, .toctree-wrapper, .d-print-none, .book-downloads, .quiz-unseen, "
    ".with-scripts, script, style, noscript, template, [hidden]"
)

#: Replaced by a sentence.
ON_SCREEN = "[data-practice], .quiz-overview, .lab-overview, iframe, canvas, video, audio"

#: Whatever is left of forms outside of questions.
CONTROLS = "button, input, select, textarea, progress, meter"


def clean(chapter: Chapter, address: str | None) -> list[Tag]:
    """Clean a chapter in place and give its solutions, which leave it; `address` is where the site is published."""
    content = chapter.content
    for element in content.select(DROPPED):
        if not element.decomposed:
            element.decompose()
    for element in content.select(ON_SCREEN):
        if not element.decomposed:
            element.replace_with(_on_screen_only(chapter, address))
    for printed in content.select(".lab-printed"):
        printed.find_previous_sibling(class_="lab-body").decompose()
        del printed["class"]
    solutions = [
        _take_answer(element) if "quiz-item" in element["class"] else _take_solution(element)
        for element in content.select(".quiz-item, .solution.admonition")
    ]
    for element in content.select(CONTROLS):
        element.decompose()
    for part in (content, *solutions):
        for details in part.find_all("details"):
            _open(details)
    for card in content.select(".sd-card"):
        _link_title(card)
    return solutions


def _new(text: str) -> Tag:
    return BeautifulSoup(text, "html.parser").find(True).extract()


def _on_screen_only(chapter: Chapter, address: str | None) -> Tag:
    """Make the sentence that stands for a part of the page that works on screen only."""
    title = html.escape(chapter.title)
    words = f"This part works on screen only: open the page “{title}” of the site."
    if address:
        words = f'This part of the page works on screen only: <a href="{address}{chapter.path}">{title}</a>.'
    return _new(f'<p class="on-screen"><em>{words}</em></p>')


def _pointer(target: str, words: str) -> Tag:
    """Make the line that leads from a question to its answer; the PDF adds the page's number."""
    return _new(f'<p class="to-solution"><a class="page-of" href="#{target}">{words}</a></p>')


def _take_solution(solution: Tag) -> Tag:
    """Move a solution out; in its place stays a line with a link."""
    solution["class"] = ["solution", "admonition"]
    if solution.name == "details":
        solution.name, solution.summary.name = "div", "p"
    solution.replace_with(_pointer(solution["id"], "Solution"))
    return solution


def _take_answer(item: Tag) -> Tag:
    """Move the answer to a question out, and make a plain box of the form that is left; give the answer."""
    answer = item.select_one(".quiz-answer")
    answer.replace_with(_pointer(f"{item['id']}--answer", "Answer"))
    item.attrs = {"id": item["id"], "class": ["admonition", "quiz-item"]}
    item.name, item.legend["class"] = "div", ["admonition-title"]
    for part in item.select("legend, label"):
        part.name = "p" if part.name == "legend" else "span"
    link = f'<a class="page-of" href="#{item["id"]}">{html.escape(item.select_one(".quiz-name").get_text())}</a>'
    solution = _new(f'<div class="solution admonition"><p class="admonition-title">Answer to {link}</p></div>')
    solution["id"] = f"{item['id']}--answer"
    for title in answer.select(".quiz-answer-title"):
        title.decompose()
    solution.append(answer.select_one(".quiz-answer-text"))
    return solution


def _open(details: Tag) -> None:
    """Replace a dropdown by its words and its content; the words of a folded cell say nothing on paper."""
    summary, folded_cell = details.summary, "hide" in details.get("class", [])
    if folded_cell:
        summary.decompose()
    else:
        summary.name, summary["class"] = "div", ["opened-title"]
    details.name, details["class"] = "div", ["opened-cell" if folded_cell else "opened"]


def _link_title(card: Tag) -> None:
    """Let the title of a card be the link, which on screen lies over the whole card."""
    link, title = card.select_one("a.sd-stretched-link"), card.select_one(".sd-card-title")
    if link and title:
        link.clear()
        link.attrs = {"href": link["href"]}
        link.extend(list(title.contents))
        title.append(link)
