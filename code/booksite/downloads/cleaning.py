"""What a screen can do becomes what paper can do.

Buttons and menus go. Dropdowns stand open. A question stands with its choices, and its answer moves to the end of the
book, as the solutions of exercises do. What only works on screen leaves a sentence that says where it is.
"""

from bs4 import BeautifulSoup, Tag

from booksite.downloads.book import Chapter

#: Dropped without a trace: what serves the screen only, and what the theme itself does not print.
DROPPED = (
    ".headerlink, .copybtn, .toctree-wrapper, .d-print-none, .book-downloads, "
    "script, style, noscript, template, [hidden]"
)

#: Replaced by a sentence.
ON_SCREEN = "[data-practice], [data-lab], .quiz-overview, iframe, canvas, video, audio"

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
    _drop_empty_sections(content)
    return solutions


def _new(html: str) -> Tag:
    return BeautifulSoup(html, "html.parser").find(True).extract()


def _on_screen_only(chapter: Chapter, address: str | None) -> Tag:
    """Make the sentence that stands for a part of the page that works on screen only."""
    note = _new('<p class="on-screen"><em></em></p>')
    if address:
        link = _new("<a></a>")
        link["href"] = address + chapter.path
        link.string = chapter.title
        note.em.extend(["This part of the page works on screen only: ", link, "."])
    else:
        note.em.string = f"This part works on screen only: open the page “{chapter.title}” of the site."
    return note


def _pointer(target: str, words: str) -> Tag:
    """Make the line that leads from a question to its answer; the PDF adds the page's number."""
    line = _new(f'<p class="to-solution"><a class="page-of" href="#{target}"></a></p>')
    line.a.string = words
    return line


def _take_solution(solution: Tag) -> Tag:
    """Move a solution out; in its place stays a line with a link."""
    solution["class"] = ["solution", "admonition"]
    solution.replace_with(_pointer(solution["id"], "Solution"))
    for link in solution.select(".admonition-title a"):
        link["class"] = ["page-of"]
    return solution


def _take_answer(item):
    """Turn a question that answers back into one on paper; give its answer, which leaves it."""
    name = item.select_one(".quiz-name")
    name = name.get_text() if name else "Question"
    answer = item.select_one("details.quiz-answer")
    for gone in item.select(".quiz-actions, .quiz-feedback, .quiz-state"):
        gone.decompose()
    text = answer.select_one(".quiz-answer-text").extract()
    answer.replace_with(_pointer(f"{item['id']}--answer", "Answer"))
    for field in item.select(".quiz-field"):
        _blank(field)
    for label in item.find_all("label"):
        label.name = "span"
    for pair in item.select(".quiz-pair"):
        pair.append(_new('<span class="blank">………………</span>'))
    if item.legend:
        item.legend.name = "p"
        item.p["class"] = ["admonition-title"]
    item.name, item["class"] = "div", ["admonition", "quiz-item"]
    for attribute in [key for key in item.attrs if key.startswith("data-")]:
        del item[attribute]
    solution = _new('<div class="solution admonition quiz-solved"><p class="admonition-title">Answer to </p></div>')
    solution["id"] = f"{item['id']}--answer"
    link = _new(f'<a class="page-of" href="#{item["id"]}"></a>')
    link.string = name
    solution.p.append(link)
    for title in text.select(".quiz-answer-title"):
        title.decompose()
    solution.append(text)
    return solution


def _blank(field):
    """Replace a text field by a line to write on."""
    unit, hint = (field.select_one(name) for name in (".quiz-unit", ".quiz-hint"))
    unit, hint = (f" {part.get_text()}" if part and part.get_text() else "" for part in (unit, hint))
    line = _new("<p></p>")
    line["class"] = ["quiz-field"]
    line.string = f"Your answer: ……………{unit}.{hint}"
    field.replace_with(line)


def _open(details: Tag) -> None:
    """Replace a dropdown by its words and its content; the words of a folded cell say nothing on paper."""
    summary = details.find("summary", recursive=False)
    folded_cell = "hide" in details.get("class", [])
    if summary is not None:
        for marker in summary.select("svg, .sd-summary-state-marker"):
            marker.decompose()
        if folded_cell or not summary.get_text().strip():
            summary.decompose()
        else:
            summary.name, summary["class"] = "div", ["opened-title"]
    details.name = "div"
    details["class"] = ["opened-cell" if folded_cell else "opened"]
    details.attrs.pop("open", None)


def _link_title(card: Tag) -> None:
    """Let the title of a card be the link, which on screen lies over the whole card."""
    link, title = card.select_one("a.sd-stretched-link"), card.select_one(".sd-card-title")
    if link and title:
        link.clear()
        link.attrs = {"href": link["href"]}
        link.extend(list(title.contents))
        title.append(link)


def _drop_empty_sections(content: Tag) -> None:
    """Remove sections of which only the heading is left."""
    for section in content.find_all("section"):
        if section.decomposed or section.find("h1", recursive=False):
            continue
        children = [child for child in section.children if str(child).strip()]
        if all(
            child.name in ("h2", "h3", "h4") or (child.name == "span" and not child.get_text()) for child in children
        ):
            section.decompose()
