"""Banks of practice problems: those of `cnnbook.practice`, by kind, level and seed."""

from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement

from booksite.lms.items import Answer, Item
from booksite.lms.markup import paragraphs, rich
from cnnbook.mistakes import Mistake
from cnnbook.practice import KINDS, LEVELS, Problem, problem
from cnnbook.practice.texts import TEXTS, blocks

#: How to write an answer.
_HINTS = {"number": "A whole number.", "row": "Whole numbers with commas between them, such as 1, 0, -2."}


def draw_items(
    seeds: Iterable[int], *, kinds: Sequence[str] = KINDS, levels: Sequence[int] = LEVELS, site: str = ""
) -> list[Item]:
    """Draw a problem for each seed, kind and level; a question that was drawn before is not asked again.

    `site` is the book's address, for links to the pages that teach what was missed.
    """
    seeds, asked, items = list(seeds), set(), []
    for kind in kinds:
        for level in levels:
            for seed in seeds:
                drawn = problem(kind, seed=seed, level=level)
                if drawn.question not in asked:
                    asked.add(drawn.question)
                    items.append(_item(drawn, site))
    return items


def _item(drawn: Problem, site: str) -> Item:
    answers = [Answer(drawn.answer, True)]
    answers += [Answer(value, False, _feedback(mistake, site)) for value, mistake in drawn.mistakes.items()]
    kind = "number" if isinstance(drawn.answer, int) else "row"
    question = Element("div")
    question.extend(_question(drawn.question))
    question.extend(paragraphs(_HINTS[kind]))
    return Item(
        name=f"practice-{drawn.kind}-{drawn.level}-{drawn.seed}".replace("_", "-"),
        category=f"{drawn.title}, level {drawn.level}",
        title=f"{drawn.title}, level {drawn.level}, seed {drawn.seed}",
        kind=kind,
        question=question,
        answers=answers,
        explanation=paragraphs(*drawn.solution),
    )


def _question(question: str) -> Iterator[Element]:
    for kind, first, *rest in blocks(question):
        if kind == "grid":
            table = Element("table")
            SubElement(table, "caption").text = first
            body = SubElement(table, "tbody")
            for row in rest[0]:
                line = SubElement(body, "tr")
                for number in row:
                    SubElement(line, "td").text = number
            yield table
        elif kind == "list":
            layers = Element("ol")
            layers.extend(rich("li", layer) for layer in first)
            yield layers
        else:
            yield rich("p", first)


def _feedback(mistake: Mistake, site: str) -> Element:
    """What a mistake is, and the page that teaches it."""
    words, title = paragraphs(f"{mistake.sentence} See "), TEXTS["pages"][mistake.page]
    page = SubElement(words[0], "a", href=f"{site}book/{mistake.page}.html") if site else SubElement(words[0], "em")
    page.text, page.tail = title, "."
    return words
