"""What a page is on paper: its sheets, and its questions and answers alone."""

import io
import re

import numpy as np
import pypdf
import pypdfium2
import pytest
from playwright.sync_api import expect

_STYLE = "(boxes, name) => [...new Set(boxes.map(box => getComputedStyle(box)[name]))]"
_BREAKS = "boxes => boxes.map(box => `${getComputedStyle(box).display} ${getComputedStyle(box).breakInside}`)"


def test_a_printed_page_has_numbers_its_title_and_nothing_that_only_a_screen_can_do(visit):
    tab = visit("book/arithmetic/volumes.html").tab
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages]
    heads = [sheet.splitlines()[:2] for sheet in sheets]  # what stands in the margins comes first
    title = "Filter a volume"
    head = f"Convolutional networks, worked out · {title}"
    own = f"{tab.url.partition('//')[2]} · {tab.locator('.version').inner_text().split(':')[0]}"
    changed = tab.locator(".last-change time")  # which a clone without all commits does not know
    own += f", {changed.get_attribute('datetime')}" if changed.count() else ""
    feet = [f"§ 3: {number} of {len(sheets)}{own}" for number in range(1, len(sheets) + 1)]
    assert heads[0][0] == feet[0]
    assert heads[1:] == [[head, foot] for foot in feet[1:]]
    assert f"§ 3 {title}" in sheets[0].splitlines()
    (number,) = (line.split()[0] for sheet in sheets for line in sheet.splitlines() if line.split()[1:2] == ["Summary"])
    assert number == f"3.{tab.locator('section > section > h2').all_text_contents().index('Summary#') + 1}"
    # What a link leads to is found by the number of its page.
    assert "You need Slide a filter along a row § 1 and Keep the size with padding § 2;" in " ".join(sheets[0].split())
    assert sheets[0].count(title) == 1
    assert not any(word in "".join(sheets) for word in ("Challenges", "▸", "Copy link"))
    # A piece of code stays whole. The frame of a longer one breaks where the code does, or it stays behind, empty.
    tab.emulate_media(media="print")
    assert set(tab.locator("div.cell_input").evaluate_all(_BREAKS)) == {"block avoid"}
    boxes = tab.locator("div.cell_input div[class*=highlight], div.cell_input pre")
    assert set(boxes.evaluate_all(_BREAKS)) == {"block auto"}
    lines = "pre => { const { orphans, widows } = getComputedStyle(pre); return [orphans, widows]; }"
    assert tab.locator("div.cell_input pre").first.evaluate(lines) == ["6", "6"]
    width = "texts => texts.map(p => p.getBoundingClientRect().width / parseFloat(getComputedStyle(p).fontSize))"
    assert max(tab.locator("section > p").evaluate_all(width)) <= 36
    # Text, code and tables have one right edge.
    edges = "boxes => boxes.map(box => Math.round(box.getBoundingClientRect().right))"
    boxes = tab.locator("section:not(#further-reading) > :is(p:not([role]), div.cell), .cell table")
    assert len(set(boxes.evaluate_all(edges))) == 1


def test_on_paper_a_figure_can_follow_a_little_later_but_no_box_covers_it(visit):
    tab = visit("book/experiments/scores-and-loss.html").tab
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    floating = tab.locator("[data-floats]")
    assert floating.count() >= 2
    assert floating.evaluate_all(_STYLE, "float") == ["left"]
    # Chromium would put what is left over from the last sheet into the next box, behind its ground.
    boxes = tab.locator("section > :is(.cell, [class*=highlight-], aside, .pst-scrollable-table-container)")
    assert boxes.evaluate_all(_STYLE, "clear") == ["both"]
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert floating.count() == 0
    led = "boxes => boxes.map(box => box.closest('section > *').previousElementSibling.textContent)"
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    for words in floating.evaluate_all(led):
        assert not words.endswith((":", "?")) or re.search(r"(Fig\.|Table) \d", words)
    # The end of a solution is such a box.
    tab = visit("book/review/what-a-convolution-does.html").tab
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator(".solution figure").count() >= 2
    assert tab.locator(":is(.exercise, .solution) [data-floats]").count() == 0


@pytest.mark.parametrize("name", ["review/what-a-convolution-does", "arithmetic/kinds"])  # which cites some twice
def test_on_paper_questions_stay_whole_and_solutions_answers_and_sources_end_the_page(visit, name):
    tab = visit(f"book/{name}.html").tab
    tab.emulate_media(media="print")
    tops = "boxes => boxes.map(box => box.getBoundingClientRect().top)"
    cited = tab.locator(".bd-article a[href*='bibliography.html#']").all_text_contents()
    on_screen = tab.locator(".bd-article").inner_html()
    for _ in range(2):  # some browsers tell it again before the end
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    asked, solved = (tab.locator(boxes).evaluate_all(tops) for boxes in (":is(.exercise, .quiz-item)", ".solution"))
    assert len(solved) >= 2
    assert max(asked) < min(solved)
    assert set(tab.locator(".quiz-item").evaluate_all(_BREAKS)) == {"block avoid"}
    asked, answered = (
        tab.locator(f"{box} .quiz-name").all_text_contents()
        for box in ("section > .quiz-item", ".paper-answers > div:has(.quiz-answer-text)")
    )
    assert asked == answered
    assert len(asked) >= 4
    (key,) = tab.locator(".paper-key").all_text_contents()
    for number, box in enumerate(tab.locator(".quiz-solution").all(), 1):
        right = box.locator("strong").all_text_contents()
        partners = tab.locator("section > .quiz-item").nth(number - 1).locator(".quiz-partners li").all_text_contents()
        between = "; " if "," in "".join(right) else ", "  # of the rows of a grid, and of letters
        said = " ".join("abcd"[partners.index(words)] for words in right) if partners else between.join(right)
        assert f"{number}: {said}" in key.split(" · ")
    ends = tab.locator(".bd-article > section > :is(div, #further-reading) > h2").all_inner_texts()
    assert [title.removesuffix("#") for title in ends] == ["Further reading", "Solutions", "Answers", "Sources"]
    sources = tab.locator(".paper-sources > p").all_inner_texts()
    assert [source.split()[0] for source in sources] == [f"[{number}]" for number in sorted(set(cited), key=int)]
    assert min(map(len, sources)) > 40
    sizes = "texts => texts.map(text => parseFloat(getComputedStyle(text).fontSize) * 72 / 96)"
    assert min(tab.locator(".quiz-answer-text").evaluate_all(sizes)) >= 8.5
    lines = "rooms => rooms.map(({ children }) => [...children].map((line) => line.offsetHeight))"
    rooms = tab.locator(".exercise + .paper-room").evaluate_all(lines)
    assert len(rooms) == len(solved)
    assert min(map(min, rooms)) >= 30  # pixels: 8 mm
    assert tab.locator(".paper-room + .exercise").evaluate_all(_STYLE, "borderTopWidth") in ([], ["0px"])
    lengths = tab.locator(".paper-solutions > .solution").evaluate_all(
        """solutions => solutions.map((solution) => [...solution.querySelectorAll("p, li")]
            .map((text) => { const copy = text.cloneNode(true);
                copy.querySelectorAll(".katex-mathml").forEach((part) => part.remove());
                return copy.textContent.length; }).reduce((sum, length) => sum + length, 0))"""
    )
    assert [len(room) for room in rooms] == [min(5, max(2, -(-length // 100))) for length in lengths]
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator(".bd-article").inner_html() == on_screen
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages]
    first = next(place for place, sheet in enumerate(sheets) if "Solutions" in sheet.splitlines())
    assert not any(word in "".join(sheets[:first]) for word in ("Solution to", "is not right:", "If you have"))


@pytest.mark.parametrize("name", ["arithmetic/one-dimension", "review/write-convolutions"])  # exercises in the text
def test_questions_and_answers_print_alone(visit, name):
    tab = visit(f"book/{name}.html").tab
    title, on_screen = tab.locator("h1").inner_text().removesuffix("#").strip(), tab.locator(".bd-article").inner_html()
    printed = {}
    for part in ("questions", "answers"):
        # What the browser's own dialog would print, and then its end.
        tab.evaluate("() => { window.print = () => dispatchEvent(new Event('beforeprint')); }")
        tab.get_by_role("button", name=f"the {part} alone").click()
        printed[part] = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages]
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        assert tab.locator(".bd-article").inner_html() == on_screen
        assert " ".join(printed[part][0].split()).count(title) == 1
    questions, answers = ("\n".join(printed[part]) for part in ("questions", "answers"))
    for words in ("Exercise", "Check yourself", "Your answer"):
        assert words in questions
        assert words not in answers.replace("Solution to Exercise", "")
    for words in ("Solutions", "Answers", "is not right:"):
        assert words in answers
        assert words not in questions
    assert not any(words in questions + answers for words in ("Summary", "Further reading", "You will build"))
    names = [[line for line in sheet.splitlines() if line.split()[:1] == ["Name"]] for sheet in printed["questions"]]
    assert [len(lines) for lines in names] == [1] * len(names)
    assert not any(line.split()[:1] == ["Name"] for line in answers.splitlines())
    assert all("Answers" in " ".join(sheet.splitlines()[:2]) for sheet in printed["answers"])


def test_a_handout_has_room_for_what_is_done_by_hand_and_planes_beside_their_questions(visit):
    tab = visit("book/arithmetic/pooling.html").tab
    tab.evaluate("() => { window.print = () => dispatchEvent(new Event('beforeprint')); }")
    tab.get_by_role("button", name="the questions alone").click()
    assert tab.locator(".lines-5 + .paper-room > i").count() == 5
    tab.emulate_media(media="print")
    item = tab.locator(".quiz-item:has(.quiz-cells)")
    question, plane = (item.locator(part).bounding_box() for part in (".quiz-question", ".quiz-cells"))
    assert question["x"] + question["width"] <= plane["x"]
    assert plane["y"] < question["y"] + question["height"]
    kind = item.locator(".quiz-kind").evaluate("kind => getComputedStyle(kind, '::after').content")
    assert kind == '": circle them"'
    sheets = pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages
    assert len(sheets) == 1


def test_options_stand_side_by_side_where_each_has_one_line(visit):
    tab = visit("book/experiments/own-photograph.html").tab
    tab.evaluate("() => { window.print = () => dispatchEvent(new Event('beforeprint')); }")
    tab.get_by_role("button", name="the questions alone").click()
    tab.emulate_media(media="print")
    options = tab.locator(".quiz-short .quiz-text")
    assert options.count() == 8
    heights = "texts => texts.map(text => text.offsetHeight / parseFloat(getComputedStyle(text).lineHeight))"
    assert max(options.evaluate_all(heights)) < 1.5


def test_a_sheet_says_where_it_is_from_and_the_front_page_lists_the_others(visit):
    tab = visit("book/intro.html").tab
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages]
    place = f"book/intro.html · {tab.locator('.version').inner_text().split(':')[0]}"
    assert all(place in sheet for sheet in sheets)
    contents = " ".join(sheets[-1].partition("Contents")[2].split())
    titles = tab.locator(".bd-sidebar-primary nav a.internal").all_text_contents()
    for number, title in enumerate(titles, 1):
        assert f"§ {number} {' '.join(title.split())}" in contents
    assert tab.locator(".prints").count() == 0  # one question


def test_words_for_a_screen_alone_stand_there_alone(visit):
    """On a page without a lab, too, whose style sheet it does not have."""
    tab = visit("book/notation.html").tab
    words = tab.locator(".with-scripts", has_text="when you point at it")
    assert tab.locator("figure.lab").count() == 0
    expect(words).to_be_visible()
    tab.emulate_media(media="print")
    expect(words).to_be_hidden()


@pytest.mark.weekly
def test_every_word_on_paper_can_be_seen(page, visit):
    """A box may cover a float that its end holds back; the file has its text all the same, so look for the ink."""
    printed = pypdfium2.PdfDocument(visit(page).tab.pdf(format="A4"))
    unseen = []
    for number, sheet in enumerate(printed, 1):
        ink = sheet.render(scale=2, grayscale=True).to_numpy()
        words = sheet.get_textpage()
        for place in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(place)
            height = sheet.get_height()
            box = ink[int(2 * (height - top)) : int(2 * (height - bottom)) + 1, int(2 * left) : int(2 * right) + 1]
            if top - bottom > 2 and np.ptp(box) < 50:  # points: a minus sign alone is thinner
                unseen.append((number, words.get_text_bounded(left, bottom, right, top)))
    assert unseen == []
