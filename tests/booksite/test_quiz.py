"""The quiz: what the directive makes of a page, what a browser makes of that, and every item of the built book."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import checks
import pytest
import quiz_checks
import yaml
from built import ROOT, SITE, built_pages
from playwright.sync_api import expect
from serving import served

import javascript
from booksite.quiz.kinds import shuffle
from cnnbook.mistakes import MISTAKES

_PAGES = Path(__file__).with_name("quiz_pages")
_REVIEWS = ("book/review/what-a-convolution-does.html", "book/review/stride-parameters-pooling.html")
#: Pages of the book, below ``book/``, that have nothing to ask about.
_ASK_NOTHING = (
    "review/practice",
    "review/teachers",
    "review/your-answers",
    "accessibility",
    "bibliography",
    "word-index",
)
_FORGOTTEN = MISTAKES["bias-forgotten"].sentence
_QUIZ = ".quiz-item, .quiz-progress, .quiz-overview, .quiz-card"


pytestmark = pytest.mark.xdist_group("quiz site")


def build(folder, *options):
    """Build a small site; return the finished process."""
    command = [sys.executable, "-m", "sphinx", "-n", *options, str(folder), str(folder / "_build/html")]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


@pytest.fixture(scope="session")
def quiz_site(tmp_path_factory):
    """A small site with the book's look, built strictly; its folder."""
    folder = tmp_path_factory.mktemp("quiz") / "site"
    shutil.copytree(_PAGES, folder)
    shutil.copytree(ROOT / "book/assets", folder / "book/assets", ignore=shutil.ignore_patterns("practice.*"))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "code/cnnbook").mkdir(parents=True)
    shutil.copy(ROOT / "code/cnnbook/mistakes.json", folder / "code/cnnbook")
    done = build(folder, "-W", "--keep-going")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "_build/html"


@pytest.fixture(scope="session")
def soups(quiz_site):
    """The pages of the small site, parsed."""
    return {name: checks.parse(quiz_site / f"{name}.html") for name in ("index", "items", "plain")}


@pytest.fixture
def from_disk(open_tab):
    """Open pages from disk with the network off: ``from_disk(path, theme="dark", width=400)``."""
    return lambda path, **options: open_tab(path.as_uri(), offline=True, **options)


@pytest.fixture
def open_served(open_tab):
    """Open a page of a folder that is served; its tab goes to other pages by name.

    A test that needs what the page before has kept uses this: left on a busy machine, a page from disk may lose it.
    """

    def open_page(folder, page):
        (folder / "favicon.ico").touch()  # Chromium asks for it where a page names no icon
        return open_tab(page, base_url=servers.enter_context(served(folder)))

    with ExitStack() as servers:
        yield open_page


@pytest.fixture
def tab(quiz_site, open_served):
    """The small site's page of items, just opened."""
    return open_served(quiz_site, "items.html")


def findings(tab):
    """Give what axe-core finds in the quiz, of any impact, in both themes."""
    return checks.accessibility_in_both_themes(tab, _QUIZ)


# --- every item of the book -------------------------------------------------------------------------------------------


def test_a_page_loads_the_script_if_it_asks(page):
    soup = checks.parse(SITE / page)
    for script, asking in (("quiz.js", "fieldset.quiz-item"), ("review.js", ".quiz-overview")):
        assert bool(soup.select(f'script[src*="{script}"]')) == bool(soup.select(asking))


def test_the_book_asks_enough():
    """Every page that has something to ask about asks, and each of the review questions a to g has two to four more."""
    items = {page: checks.parse(SITE / page).select("fieldset.quiz-item") for page in built_pages()}
    assert sum(map(len, items.values())) >= 110
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    pages = {contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])}
    pages -= {f"book/{page}" for page in _ASK_NOTHING}
    assert [page for page in sorted(pages) if not items[f"{page}.html"]] == []
    counts = {}
    for page in _REVIEWS:
        for title in checks.parse(SITE / page).select("article section > h2"):
            if letter := re.match(r"([a-z])\) ", title.get_text()):
                counts[letter[1]] = len(title.parent.select("fieldset.quiz-item"))
    assert sorted(counts) == list("abcdefg")
    assert {letter: count for letter, count in counts.items() if not 2 <= count <= 4} == {}


# --- how answers are read and judged ----------------------------------------------------------------------------------

_KEYS = {
    "multiple": {"right": [0, 2]},
    "number": {"answer": 1792, "wrong": [1728, 640], "tolerance": 0, "unit": "parameters"},
    "share": {"answer": -1 / 3, "wrong": [1 / 3, -0.25], "tolerance": 0.01, "unit": ""},
    "shape": {"answer": [30, 30, 8], "wrong": [[32, 32, 8], [30, 30, 3]]},
}


def test_answers_are_judged():
    rows = [
        ("number", "1,792", "right", []),
        ("number", "1 792 Parameters", "right", []),
        ("number", "1,728", "“1,728” is read as 1728.", [0]),
        ("number", "1.728", "The answer is a whole number.", []),
        ("number", "2000", "too large", []),
        ("number", "1700", "too small", []),
        ("number", "1792?", "“1792?” cannot be read as a number.", []),
        ("share", "−0,33", "right", []),
        ("share", "-.324", "right", []),
        ("share", "-0.32", "too large", []),
        ("share", "0,33", "“0,33” is read as 0.33.", [0]),
        ("share", "-1/3", "cannot be read as a number", []),
        ("shape", "30x30x8", "right", []),
        ("shape", " 30 × 30 X 8 ", "right", []),
        ("shape", "(30, 30, 8)", "right", []),
        ("shape", "[30,30,8,]", "right", []),
        ("shape", "30 30 8", "right", []),
        ("shape", "30x30x3", "", [1]),
        ("shape", "30x30", "Your shape has 2 axes, not as many as the answer.", []),
        ("shape", "8x30x30", "one axis at a time", []),
        ("shape", "30xx8", "cannot be read as a shape", []),
        ("shape", "(None, 30, 30, 8)", "cannot be read as a shape", []),
        # What else is right is not given away.
        ("multiple", [0, 3], "1 of your 2 right, 1 missing.", [3]),
        ("multiple", [0, 2, 3], "2 of your 3 right, nothing missing.", [3]),
        ("multiple", [2], "1 of your 1 right, 1 missing.", []),
        ("multiple", [3], "0 of your 1 right, 2 missing.", [3]),
        ("number", "9" * 200, "too large", []),
        ("number", "1e999", "too large", []),
        ("number", "9" * 201, "Your answer has 201 characters. Write 200 at most.", []),
        ("shape", "1×" * 100 + "1", "Your answer has 201 characters. Write 200 at most.", []),
    ]
    program = """import { judge } from "./answers.js";
        const output = (rows) => rows.map(([kind, key, answer]) => judge[kind](key, answer));"""
    cases = [(kind.replace("share", "number"), _KEYS[kind], answer) for kind, answer, *_ in rows]
    for row, judgement in zip(rows, javascript.run(program, cases), strict=True):
        words = "right" if judgement.get("right") else judgement.get("words", "") + judgement.get("problem", "")
        assert row[2] in words, row
        assert judgement.get("notes", []) == row[3], row
        assert ("problem" in judgement) == any(words in row[2] for words in ("cannot be read", "axes", "Write")), row


def test_numbers_are_read_as_people_write_them():
    values = {
        "1728": 1728, "1,728": 1728, "1 728": 1728, "1\u202f728": 1728, "1'728": 1728, "1_728": 1728, "-1,728": -1728,
        "12,345,678": 12345678, "1,728.5": 1728.5, "0,5": 0.5, "0.5": 0.5, ".5": 0.5, "1,75": 1.75, "0,125": 0.125,
        "1234,567": 1234.567, "1.728": 1.728, "+3": 3, "- 3": -3, "–3": -3, "1e3": 1000, "3 cells": 3, "5.": 5,
        "": None, "-": None, "12 34": None, "1,72,8": None, "1,728 345": None, "1.2.3": None, "three": None,
        "1,": None, "0x10": None, "Infinity": None, "3 apples": None, "1.728,5": None,
    }  # fmt: skip
    program = """import { readNumber } from "./answers.js";
        const output = (texts) => texts.map((text) => readNumber(text, "cells"));"""
    answers = javascript.run(program, list(values))
    assert [answer.get("value") for answer in answers] == list(values.values())
    assert all(("problem" in answer) != ("value" in answer) for answer in answers)


# --- the small site in a browser --------------------------------------------------------------------------------------


def test_items_of_every_kind_answer_back(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    assert {item.kind for item in quiz_checks.items_on(tab)} == {"choice", "multiple", "number", "shape", "match"}
    assert findings(tab) == []
    assert quiz_checks.answer_every_item(tab) == []
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert findings(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.errors == []
    assert [address for address in tab.addresses if not address.startswith(("file:", "data:"))] == []


def test_items_of_every_kind_are_answered_by_keyboard_alone(tab, tab_to):
    for item in quiz_checks.items_on(tab):
        answer = quiz_checks.right_answer(item)
        # Tab arrives at a group of radio buttons once, and arrows choose among them.
        controls = item.inputs[:1] if item.kind == "choice" else item.inputs
        for index, name in enumerate(controls):
            tab_to(tab, f"#{name}")
            if item.is_typed:
                tab.keyboard.type(answer)
            elif item.kind == "multiple":
                tab.keyboard.press("Space") if index in answer else None
            else:
                for _ in range(answer[index] + (item.kind == "match")):
                    tab.keyboard.press("ArrowDown")
        if item.kind == "match":  # Enter chooses in an open list
            tab_to(tab, f"#{item.label} .quiz-check")
        tab.keyboard.press("Enter")
        expect(tab.locator(f"#{item.label}")).to_have_attribute("data-verdict", "right")


def test_what_is_asked_and_said_reaches_a_reader_who_sees_no_colour_or_nothing(tab):
    """The question is part of the name of its group; words and a sign stand in a region that is watched from the start.

    A screen reader says the name on arrival, and formulas once.
    """
    for words in (
        "Question 1 · choose one What does a stride of 2 do to an input of",
        "Question 2 · choose all that are right Which layers have no parameters? Tick all of them.",
        "Question 3 · give a number How many parameters do two layers of 32 filters",
        "Question 5 · give a shape What is the shape of the output",
        "Question 6 · find the partners Which word goes with which meaning?",
        "Question 7 · choose all that are right A filter of two weights",
    ):
        expect(tab.get_by_role("group", name=words)).to_have_count(1)
    name = tab.get_by_role("group", name="Question 1").aria_snapshot().split("\n")[0]
    assert "7" in name
    assert "7 7" not in name
    field = tab.get_by_role("group", name="How many parameters").get_by_role("textbox", name="Your answer")
    expect(field).to_have_count(1)

    said = tab.locator("#quiz-halves .quiz-feedback")
    assert said.get_attribute("aria-live") == "polite"
    expect(said).to_be_empty()
    tab.check("#quiz-halves-a")
    tab.click("#quiz-halves .quiz-check")
    expect(said).to_contain_text("✗ Not yet. You took same padding")
    expect(tab.get_by_role("img", name="Seven cells and three windows.")).to_be_hidden()
    expect(said.locator("a")).to_have_attribute("href", "index.html#padding")
    tab.check("#quiz-halves-b")
    expect(said).to_be_empty()  # what was said belongs to another answer
    tab.click("#quiz-halves .quiz-check")
    expect(said).to_contain_text("✓ Right. You counted starts. The kernel starts at 0, 2 and 4:")
    expect(said.get_by_role("img", name="Seven cells and three windows.")).to_be_visible()
    assert checks.repeated_ids(checks.parse(tab.content())) == []


def test_verdicts_are_marked_on_what_was_answered_and_only_after_checking(tab):
    """A right choice that was not taken is not given away, and the next answer starts without marks."""
    marks = "item => [...item.querySelectorAll('input, select')].map(control => control.dataset.verdict ?? '')"
    sign = "item => [...item.querySelectorAll('label')].map(label => getComputedStyle(label, '::after').content[1])"
    layers, terms = tab.locator("#quiz-no-parameters"), tab.locator("#quiz-terms")
    for letter in "ad":
        tab.check(f"#quiz-no-parameters-{letter}")
    assert layers.evaluate(marks) == [""] * 4
    layers.get_by_role("button").click()
    assert layers.evaluate(marks) == ["right", "", "", "wrong"]
    assert [mark for mark in layers.evaluate(sign) if mark in "✓✗"] == ["✓", "✗"]
    expect(layers.get_by_role("checkbox", name="Dense wrong")).to_have_count(1)
    expect(layers.locator(".quiz-verdict")).to_contain_text("Not yet.")
    tab.uncheck("#quiz-no-parameters-d")
    assert layers.evaluate(marks) == [""] * 4
    layers.get_by_role("button").click()
    assert layers.evaluate(marks) == ["right", "", "", ""]
    expect(layers.locator(".quiz-verdict")).to_contain_text("Not all yet.")  # what was chosen is right
    expect(layers.locator(".quiz-state")).to_have_text("✗ not yet")
    key = next(item.key["right"] for item in quiz_checks.items_on(tab) if item.kind == "match")
    for pair, partner in enumerate([(key[0] + 1) % 3, *key[1:]], 1):
        tab.select_option(f"#quiz-terms-{pair}", str(partner))
    terms.get_by_role("button").click()
    assert terms.evaluate(marks) == ["wrong", "right", "right", "right"]
    assert terms.locator("[aria-invalid=true]").count() == 1
    tab.fill("#quiz-rgb-answer", "1728")
    tab.press("#quiz-rgb-answer", "Enter")
    expect(tab.locator("#quiz-rgb-answer")).to_have_attribute("aria-invalid", "true")
    tab.fill("#quiz-rgb-answer", "much")
    tab.press("#quiz-rgb-answer", "Enter")
    expect(tab.locator("#quiz-rgb-answer")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("width", [1280, 390])
def test_check_stands_beside_a_short_field(quiz_site, from_disk, width):
    tab = from_disk(quiz_site / "items.html", width=width)
    for label in ("quiz-rgb", "quiz-third", "quiz-map"):
        field, button = (
            tab.locator(f"#{label}-answer").bounding_box(),
            tab.locator(f"#{label} .quiz-check").bounding_box(),
        )
        assert abs(field["y"] - button["y"]) < 2, label
        assert button["x"] > field["x"] + field["width"], label
        assert min(field["height"], button["height"]) >= 44, label


def test_the_overview_has_a_dot_for_each_question(tab, quiz_site):
    """Its state is said in words, and it leads to the question."""
    answer_two(tab)
    tab.fill("#quiz-third-answer", "0.33")
    tab.press("#quiz-third-answer", "Enter")
    tab.goto("/index.html")
    states = ["answered right", "open", "answered right", "not yet right", "open", "open", "open"]
    names = [f"Question {number}, {state}" for number, state in enumerate(states, 1)]
    dots = tab.locator(".quiz-overview .quiz-dot")
    assert dots.evaluate_all("dots => dots.map(dot => dot.ariaLabel)") == names
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert findings(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.get_by_role("link", name=names[3]).click()
    assert tab.url.endswith("items.html#quiz-third")


def test_dots_on_top_of_a_page_lead_to_its_questions_and_say_how_they_were_answered(tab):
    answer_two(tab)
    dots = tab.get_by_role("navigation", name="Questions of this page").get_by_role("link")
    states = ["answered right", "open", "answered right", *["open"] * 4]
    names = [f"Question {number}, {state}" for number, state in enumerate(states, 1)]
    assert dots.evaluate_all("dots => dots.map(dot => dot.ariaLabel)") == names
    tab.fill("#quiz-third-answer", "0.33")
    tab.press("#quiz-third-answer", "Enter")
    dots.nth(3).click()
    expect(dots.nth(3)).to_have_attribute("aria-label", "Question 4, not yet right")
    assert tab.url.endswith("#quiz-third")


def test_an_answer_after_the_solution_does_not_count_and_comes_back(tab):
    """Nor when the solution was closed again, nor after a mistake; one opened after a right answer takes nothing."""
    rgb, state = tab.locator("#quiz-rgb"), tab.locator("#quiz-rgb .quiz-state")
    tab.fill("#quiz-rgb-answer", "1728")
    tab.press("#quiz-rgb-answer", "Enter")
    for _ in range(2):
        rgb.get_by_text("Show the answer").click()
    answer_two(tab)
    expect(rgb.locator(".quiz-verdict")).to_have_text("✓ Right, but you had seen the answer: back tomorrow.")
    expect(state).to_have_text("↻ back tomorrow")
    expect_count(tab, 1)
    dots = tab.get_by_role("navigation", name="Questions of this page").get_by_role("link")
    expect(dots.nth(2)).to_have_attribute("aria-label", "Question 3, back tomorrow")
    halves = tab.locator("#quiz-halves")
    halves.get_by_text("Show the answer").click()
    expect(halves.locator(".quiz-answer .quiz-explanation")).to_be_hidden()  # which the verdict has said
    tab.click("#quiz-halves .quiz-check")
    expect(halves.locator(".quiz-state")).to_have_text("✓ answered right")
    tab.reload()
    expect(state).to_have_text("↻ back tomorrow")
    expect(tab.locator("#quiz-rgb-answer")).to_have_value("")
    noted = "localStorage[Object.keys(localStorage).find(key => key.includes('misses#quiz-rgb'))]"
    note = json.loads(tab.evaluate(noted))
    assert (note["step"], note["wrong"]) == (0, ["bias-forgotten", "shown"])
    # A mistake makes it a mistake again.
    tab.fill("#quiz-rgb-answer", "1728")
    tab.press("#quiz-rgb-answer", "Enter")
    expect(state).to_have_text("✗ not yet")
    assert json.loads(tab.evaluate(noted))["wrong"] == ["bias-forgotten"]


def test_without_a_script_no_page_says_that_all_is_right(open_tab):
    tab = open_tab((SITE / "book/arithmetic/padding.html").as_uri(), java_script_enabled=False)
    expect(tab.locator(".quiz-more")).to_be_hidden()


def test_a_mistake_sees_the_picture_begun(tab):
    """The answer's own picture comes with the right answer alone."""
    said = tab.locator("#quiz-rgb .quiz-feedback")
    for text, drawings, words in (
        ("1728", 1, "one of 32 filters"),
        ("5", 1, "one of 32 filters"),
        ("1792", 1, "1,792"),
    ):
        tab.fill("#quiz-rgb-answer", text)
        tab.press("#quiz-rgb-answer", "Enter")
        expect(said.locator("svg:visible")).to_have_count(drawings)
        expect(said.locator("svg")).to_contain_text(words)
    tab.fill("#quiz-rgb-answer", "much")
    tab.press("#quiz-rgb-answer", "Enter")
    expect(said.locator("svg")).to_have_count(0)
    expect(tab.locator("#quiz-rgb > .quiz-begun")).to_be_hidden()


def test_when_all_is_right_a_page_leads_on(open_tab):
    tab = open_tab((SITE / "book/arithmetic/padding.html").as_uri())
    more = tab.locator(".quiz-more")
    expect(more).to_be_hidden()
    assert quiz_checks.answer_every_item(tab) == []
    expect(more).to_have_text("Everything on this page is right. Go on with new problems on padding for a wanted size.")
    more.get_by_role("link").click()
    tab.wait_for_url(re.compile(r"practice\.html\?.*#seed=\d+&count=5&kinds=padding_for_size$"))
    expect(tab.locator(".practice-item")).to_have_count(5)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_question_of_cells_is_answered_on_its_drawing(quiz_site, from_disk, width):
    """Cells of one size stand side by side, large enough to touch, with their numbers above; remarks are said once."""
    tab = from_disk(quiz_site / "items.html", width=width)
    item = tab.locator("#quiz-window")
    boxes = [cell.bounding_box() for cell in item.locator(".quiz-choice > label").all()]
    assert len({box["y"] for box in boxes}) == 1
    for left, right in pairwise(boxes):
        assert abs(left["x"] + left["width"] - 1 - right["x"]) < 0.1
        assert min(left["width"], left["height"]) >= 44
    number = "choices => choices.map(choice => getComputedStyle(choice, '::before').content.split('\"')[1])"
    assert item.locator(".quiz-choice").evaluate_all(number) == list("0123")
    for cell in (0, 3):
        item.locator(".quiz-choice > label").nth(cell).click()
    item.get_by_role("button", name="Check").click()
    said = item.locator(".quiz-said")
    expect(said).to_contain_text("0 of your 2 right, 2 missing.")
    expect(said.get_by_text("Window 1 starts at cell 1, and has two cells.")).to_have_count(1)
    for name in ("cell 1", "cell 2"):
        item.get_by_role("checkbox", name=name).press("Space")
    for cell in (0, 3):
        item.locator(".quiz-choice > label").nth(cell).click()
    item.get_by_role("button", name="Check").click()
    expect(item).to_have_attribute("data-verdict", "right")


# --- progress ---------------------------------------------------------------------------------------------------------


def answer_two(tab):
    tab.fill("#quiz-rgb-answer", "1792")
    tab.press("#quiz-rgb-answer", "Enter")
    tab.check("#quiz-halves-b")
    tab.click("#quiz-halves .quiz-check")


def expect_count(tab, count):
    expect(tab.locator(".quiz-progress")).to_contain_text(f"Answered right on this page: {count} of 7.")


def expect_total(tab, count):
    expect(tab.locator(".quiz-overview tfoot")).to_contain_text(f"{count} of 7" if count else "7 questions")


def test_progress_outlives_a_reload_and_can_be_forgotten(tab):
    expect_count(tab, 0)
    answer_two(tab)
    tab.fill("#quiz-third-answer", "0.33")
    tab.press("#quiz-third-answer", "Enter")
    tab.fill("#quiz-rgb-answer", "640")  # the latest answer counts
    tab.press("#quiz-rgb-answer", "Enter")
    expect_count(tab, 1)
    tab.reload()
    expect_count(tab, 1)
    expect(tab.locator("#quiz-rgb .quiz-state")).to_have_text("✗ not yet")
    expect(tab.locator("#quiz-rgb-answer")).to_have_attribute("data-verdict", "wrong")
    expect(tab.locator("#quiz-halves-b")).to_have_attribute("data-verdict", "right")
    expect(tab.locator("#quiz-rgb-answer")).to_have_value("640")
    tab.fill("#quiz-rgb-answer", "1792")
    tab.press("#quiz-rgb-answer", "Enter")
    tab.reload()
    expect_count(tab, 2)
    expect(tab.locator("#quiz-rgb legend")).to_contain_text("answered right")
    expect(tab.locator("#quiz-third legend")).not_to_contain_text("answered right")
    expect(tab.locator("#quiz-halves-b")).to_be_checked()
    expect(tab.locator("#quiz-rgb-answer")).to_have_value("1792")
    expect(tab.locator("#quiz-third-answer")).to_have_value("0.33")
    # An item that was changed since is asked anew.
    old_key = tab.evaluate("Object.keys(localStorage).find(key => key.includes('quiz-rgb'))")
    tab.evaluate("key => { localStorage[`${key}-`] = localStorage[key]; delete localStorage[key]; }", old_key)
    tab.reload()
    expect_count(tab, 1)
    forget = tab.get_by_role("button", name="Forget my answers on this page")
    forget.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Press again to forget them")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(forget).to_be_focused()
    expect_count(tab, 1)
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    expect(tab.locator(".quiz-progress [role=status]")).to_have_text("Forgotten.")
    expect_count(tab, 0)
    expect(tab.locator("#quiz-halves-b")).not_to_be_checked()
    expect(tab.locator("#quiz-third-answer")).to_have_value("")
    assert not tab.evaluate("Object.keys(localStorage).some(key => key.startsWith('cnnbook-quiz:'))")


def bare_page(quiz_site, folder, part):
    """Write a page with nothing but a part of the page of items, given as a pattern, and the script."""
    body = re.search(part, (quiz_site / "items.html").read_text("utf-8"), re.S)[0]
    page = folder / "bare.html"
    page.write_text(f'<!DOCTYPE html><html><body>{body}<script src="quiz.js"></script></body></html>', "utf-8")
    shutil.copy(quiz_site / "_static/quiz.js", folder)
    return page


def test_a_page_with_one_question_counts_it(quiz_site, from_disk, tmp_path):
    tab = from_disk(bare_page(quiz_site, tmp_path, "<fieldset.*?</fieldset>"))
    words = "Answered right on this page: {} of 1. Forget my answers on this page"
    expect(tab.locator(".quiz-progress")).to_have_text(words.format(0))
    tab.locator("#quiz-halves-b").check()
    tab.locator("#quiz-halves-b").press("Enter")
    expect(tab.locator(".quiz-progress")).to_have_text(words.format(1))


_FORBIDDEN = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException(); } });"
_FULL = "Storage.prototype.setItem = () => { throw new DOMException(); };"


@pytest.mark.parametrize("script", [_FORBIDDEN, _FULL], ids=["forbidden", "full"])
def test_without_storage_answers_count_until_the_page_is_closed(quiz_site, from_disk, tmp_path, script):
    # The theme keeps its colour mode there, and its own script gives up.
    tab = from_disk(bare_page(quiz_site, tmp_path, "<article.*</article>"), script=script)
    answer_two(tab)
    expect_count(tab, 2)
    tab.get_by_role("button", name="Forget my answers on this page").dblclick()
    expect_count(tab, 0)
    assert tab.errors == []


_OBJECTS = ("{}", '{"toString": 1}', '{"length": 1, "every": 1, "includes": 1}', '{"__proto__": null}', '""', '"0"')
_LISTS = ("[]", "[99]", "[-7]", "[0, 0]", "[0.5]", '["0"]', "[null]", "[[0]]", "[1, [2, [3]]]", "[1e400]", "[{}]")
_OTHERS = ("null", "true", "5", "-0", f'"{"1" * 201}"', f"[{'0, ' * 200}0]")  # fmt: skip
_FOREIGN = [
    *("", " ", "{not json", "undefined", "null", "5", '"text"', "[]", "[1]", "[" * 100_000, "{}", '{"right": true}'),
    *(f'{{"given": [0], "right": {right}}}' for right in ("1", '"true"', "{}", "null")),
    *(f'{{"given": {given}, "right": true}}' for given in (*_OBJECTS, *_LISTS, *_OTHERS)),
]  # fmt: skip


def test_whatever_others_wrote_into_the_storage_is_dropped_with_a_word(quiz_site, open_served, tmp_path):
    """On every question, in the overview, and what was dropped is gone."""
    bare_page(quiz_site, tmp_path, "<article.*</article>")
    shutil.copytree(quiz_site, tmp_path / "site")
    tab = open_served(tmp_path, "bare.html")
    write = """text => {
        const root = new URL(document.documentElement.dataset.content_root ?? ".", location).pathname;
        for (const item of document.querySelectorAll(".quiz-item, [data-item]")) {
            const name = item.dataset.item ?? `${item.id}:${item.dataset.digest}`;
            localStorage[`cnnbook-quiz:${root} items#${name}`] = text;
        }
    }"""
    kept = "Object.keys(localStorage).filter(key => key.startsWith('cnnbook-quiz:'))"
    dropped = "Answers that could not be read were dropped: give them again."
    for text in _FOREIGN:
        tab.evaluate(write, text)
        assert len(tab.evaluate(kept)) == 7, text
        tab.reload()
        expect_count(tab, 0)
        expect(tab.locator(".quiz-progress")).to_contain_text(dropped)
        expect(tab.locator(".quiz-check:visible")).to_have_count(7)
        assert tab.evaluate(kept) == [], text
    answer_two(tab)
    expect_count(tab, 2)
    tab.get_by_role("button", name="Forget my answers on this page").dblclick()
    expect_count(tab, 0)
    tab.reload()
    expect(tab.locator(".quiz-progress")).not_to_contain_text(dropped)
    tab.goto("/site/index.html")
    for text in ('{"given": {"toString": 1}, "right": true}', '{"given": [0], "right": 1}'):
        tab.evaluate(write, text)
        tab.reload()
        expect_total(tab, 0)
        expect(tab.locator(".quiz-overview .quiz-progress")).to_contain_text(dropped)
        assert tab.evaluate(kept) == []
    assert findings(tab) == []
    assert tab.errors == []


def test_the_pages_of_a_site_share_their_answers_and_sites_of_one_origin_do_not(quiz_site, open_served, tmp_path):
    """One site below the other is the worst case: its address begins like that of the other."""
    outer, inner = tmp_path / "book", tmp_path / "book/older"
    shutil.copytree(quiz_site, outer)
    shutil.copytree(quiz_site, inner)
    html = (quiz_site / "items.html").read_text("utf-8")
    deep = html.replace('data-content_root="./"', 'data-content_root="../"').replace('"_static/', '"../_static/')
    assert deep.count('data-content_root="../"') == 1
    (outer / "deep").mkdir()
    (outer / "deep/items.html").write_text(deep, encoding="utf-8")
    tab = open_served(tmp_path, "book/deep/items.html")
    answer_two(tab)
    tab.goto("/book/older/items.html")
    expect_count(tab, 0)
    answer_two(tab)
    tab.goto("/book/index.html")
    rows = tab.locator(".quiz-overview tr")
    assert [" ".join(row.split()) for row in rows.all_inner_texts()] == [
        "page questions result",
        "Items of every kind 2 of 7 right",
        "all pages 2 of 7 right",
    ]
    assert findings(tab) == []
    tab.get_by_role("button", name="Forget all my answers").focus()
    tab.keyboard.press("Space")
    expect(tab.get_by_role("button", name="Press again to forget all")).to_be_focused()
    expect_total(tab, 2)
    tab.keyboard.press("Space")
    expect_total(tab, 0)
    tab.goto("/book/older/index.html")
    expect_total(tab, 2)
    assert tab.errors == []


def test_from_disk_the_answers_outlive_a_reload_too(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    for _ in range(5):  # left on a busy machine, Chromium may lose what a page from disk has just kept
        answer_two(tab)
        tab.reload()
        if tab.locator(".quiz-state", has_text="answered right").count() == 2:
            break
    expect_count(tab, 2)


# --- without a script, and on paper -----------------------------------------------------------------------------------

#: What the answer of each item of the small site says, among other things.
_ANSWERS = [
    ["B It gives", "A is not right:", "You took same padding", "The kernel starts at 0"],
    ["A Max pooling", "C Flatten", "D is not right:", "Pooling takes a maximum"],
    ["1,792 parameters", "If you have 1,728:", "You forgot the bias", "is 1,792, and in a formula"],
    ["−0.33", "If you have 0.33:", "You lost the sign", "About −0.33."],
    ["30×30×8", "If you have 32×32×8:", "You assumed padding", "It is 30×30×8"],
    ["the step of a pool – how far", "“zeros” on each side", "matched otherwise: Padding puts", "A step is a stride"],
    ["cells 1, 2", "The other cells are not right: Window 1 starts at cell 1", "moved by one"],
]


def test_answers_can_be_read_without_a_script(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html", java_script_enabled=False)
    expect(tab.locator(".quiz-check:visible")).to_have_count(0)
    for box, answer in zip(tab.locator("details.quiz-answer").all(), _ANSWERS, strict=True):
        expect(box.locator(".quiz-answer-text")).to_be_hidden()
        box.locator("summary").press("Enter")
        expect(box.locator(".quiz-answer-text")).to_be_visible()
        shown = " ".join(box.inner_text().split())
        assert [words for words in answer if words not in shown] == []
    tab.goto((quiz_site / "index.html").as_uri())
    assert tab.locator(".quiz-overview tr").first.inner_text().split() == ["page", "questions"]
    expect(tab.locator(".quiz-overview button")).to_have_count(0)
    tab.locator(".quiz-overview").get_by_role("link", name="Question 3", exact=True).click()
    assert tab.url.endswith("items.html#quiz-rgb")


def test_paper_shows_empty_boxes_and_the_answers(tab):
    answer_two(tab)
    answer = tab.locator("#quiz-halves .quiz-answer-text")
    visible = "element => element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })"
    on_paper = tab.locator(":is(.quiz-blank, .quiz-partners):visible")
    assert not answer.evaluate(visible)
    expect(on_paper).to_have_count(0)
    tab.emulate_media(media="print")
    assert answer.evaluate(visible)
    on_screen = ".quiz-check, .quiz-feedback, .quiz-progress, .quiz-answer > summary, .quiz-state, [type=text], select"
    expect(tab.locator(f":is({on_screen}):visible")).to_have_count(0)
    expect(on_paper).to_have_count(3 + 4 + 1)  # fields, pairs and the list of partners
    expect(tab.locator(".quiz-partners")).to_contain_text("“zeros” on each side")
    look = "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).appearance]"
    assert tab.locator("#quiz-halves-b").evaluate(look) == ["rgba(0, 0, 0, 0)", "none"]
    small, normal = (
        tab.locator(f"#quiz-halves {name}").evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        for name in (".quiz-answer-text", ".quiz-question")
    )
    assert small < 0.85 * normal


# --- what a build makes -----------------------------------------------------------------------------------------------


def test_html_keeps_the_books_contract(soups):
    items = soups["items"].select("fieldset.quiz-item")
    assert [item["data-kind"] for item in items] == [
        *("choice", "multiple", "number", "number", "shape", "match", "multiple")
    ]
    for item in items:
        assert item.find(True).name == "legend"
        for control in item.select("input, select"):
            assert item.select_one(f'label[for="{control["id"]}"]').get_text(strip=True)
        assert not re.search(r"\[[x ]\]", item.get_text())
    assert checks.repeated_ids(soups["items"]) == checks.markup_left_over(soups["items"]) == []
    assert "answer=1,792" in soups["items"].select_one("#quiz-rgb .quiz-explanation .katex:has(.mord.text)").get_text()


def test_references_to_items_arrive(quiz_site, soups):
    links = {link["href"]: link.get_text() for link in soups["index"].select('article a[href^="items.html#"]')}
    assert links["items.html#quiz-terms"] in ("the pairs", "Question 6")
    assert "Question 1" in links["items.html#quiz-halves"]
    for name in ("index", "items"):
        assert checks.links(quiz_site / f"{name}.html", soups[name], quiz_site) == []


@pytest.mark.parametrize(
    ("label", "number", "end", "target"),
    [
        ("quiz-third", 0, "You lost the sign. See Where parameters are taught.", "index.html#parameters"),
        ("quiz-third", 1, "See Where parameters are taught.", "index.html#parameters"),  # its last word is a formula
        ("quiz-map", 0, "You assumed padding. See Where padding is taught.", "index.html#padding"),  # it has one
        ("quiz-map", 1, "of the input. See Items of every kind.", "#items"),  # the same page
        ("quiz-rgb", 0, f"{_FORGOTTEN} See Where parameters are taught.", "index.html#parameters"),
    ],
)
def test_every_mistake_says_where_it_is_taught(soups, label, number, end, target):
    remark = soups["items"].select_one(f'#{label} [data-note="{number}"] .quiz-note-text')
    assert " ".join(remark.get_text().split()).endswith(end)
    assert [link["href"] for link in remark.select("a")] == [target]


def test_the_teachers_cards_say_what_each_item_tests(soups):
    (fold,) = soups["index"].select("details.page-fold")
    assert fold.summary.get_text() == "Items of every kind: 7 questions"
    cards = fold.select(".quiz-card")
    assert [card.p.a["href"] for card in cards][:2] == ["items.html#quiz-halves", "items.html#quiz-no-parameters"]
    assert [card.p.get_text().split(",")[0] for card in cards] == [f"Question {number}" for number in range(1, 8)]
    questions = [card.find_all("p", recursive=False)[1].get_text() for card in cards]
    assert questions == [question.p.get_text() for question in soups["items"].select(".quiz-question")]
    assert "." not in {name.get_text().rstrip(": ")[-1:] for name in fold.select("li > p > strong")}

    def fields(card):
        names = [name.get_text().rstrip(":") for name in card.select("dt")]
        texts = (" ".join(body.get_text(" ").split()) for body in card.select("dd"))
        return dict(zip(names, texts, strict=True))

    tested = [fields(card)["Tests"] for card in cards]
    assert tested[:3] == ["effect of a stride", "layers without parameters", "counting parameters"]
    assert fields(cards[2])["Answer"] == "1,792 parameters"
    assert fields(cards[2])["Mistakes"] == (
        f"1,728 : {_FORGOTTEN} 640 : You counted one channel. See Where parameters are taught ."
    )
    assert "That is a stride of 1" in fields(cards[0])["Mistakes"]
    assert "You counted starts" not in fields(cards[0])["Mistakes"]  # a remark to the right choice is no mistake
    assert "“zeros” on each side" in fields(cards[5])["Answer"]
    assert fields(cards[6])["Mistakes"].startswith("cell 0 and 1 more: Window 1 starts at cell 1")
    assert [cell.text for cell in cards[6].select(".quiz-plane td.right")] == ["6 ✓", "7 ✓"]
    assert fold.select('dd a[href="#parameters"]')
    assert all("Items of every kind" not in card.get_text() for card in cards)  # nor the links that the build adds


def test_pages_load_the_script_only_if_they_need_it(quiz_site, soups):
    for script, asking in (("quiz.js", "items"), ("review.js", "index")):
        tags = {name: soup.select(f'script[src*="{script}"]') for name, soup in soups.items()}
        assert [name for name, scripts in tags.items() if scripts] == [asking]
        (tag,) = tags[asking]
        assert tag.has_attr("defer")
        assert tag.get("type") is None  # browsers load no module from disk
    assert not list((quiz_site / "_static").rglob("answers.js"))
    assert [path.relative_to(quiz_site).as_posix() for path in quiz_site.rglob("quiz.js")] == ["_static/quiz.js"]


def test_partners_are_never_offered_in_the_order_of_the_source():
    partners = ["one", "two", "three"]
    orders = [shuffle(f"quiz-{number}", partners) for number in range(50)]
    assert partners not in orders
    assert all(sorted(order) == sorted(partners) for order in orders)
    assert orders == [shuffle(f"quiz-{number}", partners) for number in range(50)]


# --- mistakes in the source -------------------------------------------------------------------------------------------

_CHOICE = ":label: LABEL\n:tests: t\n:taught: start\nQ?\n\n- [x] yes\n- [ ] no\n\n  Because."
_NUMBER = ":label: LABEL\n:tests: t\n:taught: start\n:answer: 2 + 2\nQ?\n\n- `2 + 3`\n\n  Because."
_SHAPE = ":label: LABEL\n:tests: t\n:taught: start\n:answer: (2, 2)\nQ?\n\n- `(2, 3)`\n\n  Because."
_MATCH = ":label: LABEL\n:tests: t\n:taught: start\nQ?\n\n- a\n\n  b\n\n  Because.\n- c\n\n  d\n\n  So."

#: Kind, a good item, what to replace in it, by what, and the words of the warning.
_MISTAKES = {
    "kind": ("guess", _CHOICE, "", "", "unknown kind `guess`"),
    "no-list": ("choice", _CHOICE, "- [x] yes\n- [ ] no\n\n  Because.", "Words.", "no bullet list"),
    "no-question": ("choice", _CHOICE, "Q?\n\n", "\n", "no question"),
    "no-mark": ("choice", _CHOICE, "[ ] no", "no", "“no Because.” has no mark"),
    "odd-mark": ("choice", _CHOICE, "[ ] no", "[y] no", "has no mark"),
    "empty-choice": ("choice", _CHOICE, "[x] yes", "[x]", "a mark and no words"),
    "no-paragraph": ("choice", _CHOICE, "[ ] no", "```\n  x\n  ```", "has to begin with a paragraph"),
    "one-choice": ("choice", _CHOICE, "- [ ] no\n\n  Because.", "", "has 1 choices"),
    "two-right": ("choice", _CHOICE, "[ ]", "[x]", "2 are marked [x]"),
    "choice-none-right": ("choice", _CHOICE, "[x] yes", "[ ] yes\n\n  Said.\n", "0 are marked [x]"),
    "multiple-none-right": ("multiple", _CHOICE, "[x] yes", "[ ] yes\n\n  Said.\n", "No choice is marked [x]"),
    "no-misconception": ("choice", _CHOICE, "\n\n  Because.", "", "wrong choice “no” says nothing"),
    "no-answer": ("number", _NUMBER, ":answer: 2 + 2\n", "", "no :answer:"),
    "raises": ("number", _NUMBER, "2 + 3", "shapes.output_size(2, 3)", "raises ValueError: the kernel spans 3"),
    "unknown-name": ("number", _NUMBER, "2 + 2", "os.getcwd()", "raises NameError"),
    "syntax": ("number", _NUMBER, "2 + 2", "2 +", "is not a Python expression"),
    "no-number": ("number", _NUMBER, "2 + 2", "str(4)", "gives '4'; a number"),
    "not-finite": ("number", _NUMBER, "2 + 2", "math.inf", "gives inf; a number"),
    "truth": ("number", _NUMBER, "2 + 2", "2 > 1", "gives True; a number"),
    "too-large": ("number", _NUMBER, "2 + 2", "2**60", "a number up to 2**53"),
    "no-shape": ("shape", _SHAPE, "(2, 2)", "4", "gives 4; a tuple"),
    "half-shape": ("shape", _SHAPE, "(2, 2)", "(2, 2.0)", "gives (2, 2.0); a tuple"),
    "no-expression": ("number", _NUMBER, "`2 + 3`", "5", "one expression in backticks"),
    "more-than-expression": ("number", _NUMBER, "`2 + 3`", "`2 + 3` or so", "one expression in backticks"),
    "wrong-is-right": ("number", _NUMBER, "2 + 3", "2 * 2", "`2 * 2` gives 4, which counts as right"),
    "shape-wrong-is-right": ("shape", _SHAPE, "`(2, 3)`", "`(2, 1 + 1)`", "gives (2, 2), which counts as right"),
    "within": ("number", _NUMBER, ":answer:", ":tolerance: 1\n:answer:", "gives 5, which counts as right"),
    "twice": ("number", _NUMBER, "Because.", "Because.\n- `3 + 2`\n\n  So.", "`2 + 3` and `3 + 2` both give 5"),
    "no-tolerance": ("number", _NUMBER, "2 + 2", "2 / 3", "say with `:tolerance:`"),
    "odd-tolerance": ("number", _NUMBER, ":answer:", ":tolerance: x\n:answer:", "`:tolerance: x` is not a number"),
    "negative": ("number", _NUMBER, ":answer:", ":tolerance: -1\n:answer:", "a number from 0 up"),
    "shape-tolerance": ("shape", _SHAPE, ":answer:", ":tolerance: 1\n:answer:", ":tolerance: is for numbers"),
    "endless-decimals": ("number", _NUMBER, "2 + 3", "1 / 3", "too many decimals to type"),
    "choice-answer": ("choice", _CHOICE, ":tests:", ":answer: 2\n:tests:", "A choice has no :answer:"),
    "no-label": ("choice", _CHOICE, ":label: LABEL\n", "", "no :label:"),
    "odd-label": ("choice", _CHOICE, "LABEL", "Some Label", "small letters and digits"),
    "label-twice": ("choice", _CHOICE, "LABEL", "good", "used already, on the page index"),
    "no-tests": ("choice", _CHOICE, ":tests: t\n", "", "no :tests:"),
    "odd-columns": ("choice", _CHOICE, ":tests:", ":columns: 3\n:tests:", "has 2 cells, and :columns: `3`"),
    "no-columns": ("choice", _CHOICE, ":tests:", ":columns: two\n:tests:", ":columns: `two`; it has to be in how many"),
    "number-columns": ("number", _NUMBER, ":answer:", ":columns: 2\n:answer:", "A number has no :columns:"),
    "one-pair": ("match", _MATCH, "- c\n\n  d\n\n  So.", "", "fewer than two pairs"),
    "no-partner": ("match", _MATCH, "c\n\n  d\n\n  So.", "c", "“c” has no partner"),
    "one-partner": ("match", _MATCH, "  d", "  b", "the same partner"),
    "no-remark": ("match", _MATCH, "\n\n  So.", "", "The pair “c d” says nothing"),
    "formula-partner": ("match", _MATCH, "  d", "  $d$", "plain text only"),
    "no-link": ("choice", _CHOICE, ":taught: start\n", "", "“Because.” has no link to where it is taught: add one, or"),
    "unknown-mistake": ("choice", _CHOICE, "Because.", "{mistake}`bias-lost`", "unknown mistake 'bias-lost'"),
    "answer-in-question": ("number", _NUMBER, "Q?", "Is it {answer}?", "in the explanation alone"),
    "picture-without-alt": ("number", _NUMBER, ":answer:", ":picture: 1\n:answer:", ":picture-alt:, what is to be"),
    "alt-without-picture": ("number", _NUMBER, ":answer:", ":given-alt: a cell\n:answer:", "neither goes alone"),
    "no-picture": ("number", _NUMBER, ":answer:", ":given: 1\n:given-alt: a cell\n:answer:", "gives int; a schematic"),
    "answer-in-choice": ("choice", _CHOICE, "Because.", "Because.\n\nIt is {answer}.", "in the explanation alone"),
}  # fmt: skip


def write_page(folder, name, *blocks):
    (folder / f"{name}.md").write_text("\n\n".join(["# Page", *blocks]), encoding="utf-8")


def item(name, kind="choice", source=_CHOICE, old="", new=""):
    """Write an item with a part replaced, and its name in a comment before it."""
    assert old in source
    return f"% {name}\n\n:::{{quiz}} {kind}\n{source.replace(old, new).replace('LABEL', name)}\n:::"


def make_project(folder, *pages):
    """Lay out a project without the book's look, whose front page has an item."""
    (folder / "conf.py").write_text(
        'extensions = ["myst_nb", "booksite.quiz"]\nnb_execution_mode = "off"\n'
        'myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]\n',
        encoding="utf-8",
    )
    write_page(folder, "index", "(start)=\n## Start", item("good"), "```{toctree}", *pages, "```")
    return folder


@pytest.fixture(scope="session")
def warnings_of_items(tmp_path_factory):
    """Build a site with all these items; give the warnings by the name of the item, which a comment before it says."""
    folder = make_project(tmp_path_factory.mktemp("mistakes"), "mistakes")
    write_page(folder, "mistakes", *(item(name, *row[:-1]) for name, row in _MISTAKES.items()))
    warnings = {}
    for page, line, text in re.findall(r"^(\S+\.md):(\d+): WARNING: (.*)$", build(folder).stderr, re.M):
        lines = Path(page).read_text("utf-8").splitlines()[: int(line)]
        name = [words.removeprefix("% ") for words in lines if words.startswith("% ")][-1]
        warnings.setdefault(name, []).append(text)
    return warnings


def test_good_items_bring_no_warning(warnings_of_items):
    assert set(warnings_of_items) == set(_MISTAKES)


@pytest.mark.parametrize("name", _MISTAKES)
def test_a_mistake_in_the_source_is_one_sentence(warnings_of_items, name):
    [warning] = warnings_of_items[name]
    assert warning.startswith("quiz")
    assert _MISTAKES[name][-1] in warning


def test_tables_follow_when_an_item_changes_or_its_page_goes(tmp_path):
    folder = make_project(tmp_path, "tables", "items", "plain")
    tables = folder / "_build/html/tables.html"

    def edit(name, text):
        write_page(folder, name, text)
        done = build(folder, "-W")
        assert done.returncode == 0, done.stderr
        return tables.read_text("utf-8")

    # A page apart: one with a contents list is written again whenever a page in it is.
    write_page(folder, "tables", ":::{quiz-overview}\n:::\n\n:::{quiz-table}\n:::")
    write_page(folder, "plain", "Words.")
    edit("items", item("stride"))
    assert "the four words" in edit("items", item("stride", old=":tests: t", new=":tests: the four words"))
    date = tables.stat().st_mtime_ns
    edit("plain", "More words.")
    assert tables.stat().st_mtime_ns == date  # no item has changed
    without_items = edit("items", "None any more.")
    assert "the four words" not in without_items
    assert "1 question</td></tr></tfoot>" in without_items
