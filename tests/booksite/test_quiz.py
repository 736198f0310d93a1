"""The quiz: what the directive makes of a page, what a browser makes of that, and every item of the built book."""

import gzip
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import checks
import pytest
import quiz_checks
import yaml
from axe_playwright_python.sync_playwright import Axe
from built import ROOT, SITE, built_pages
from playwright.sync_api import expect
from sphinx.errors import ConfigError

from booksite import scripts
from booksite.quiz import sheets as quiz_sheets
from booksite.quiz.forms import shuffled

_PAGES = Path(__file__).with_name("quiz_pages")
_REVIEWS = ("book/review/what-a-convolution-does.html", "book/review/stride-parameters-pooling.html")
#: Pages of the book, below ``book/``, that have nothing to ask about.
_ASK_NOTHING = ("review/practice", "review/teachers", "review/your-answers", "bibliography")
_AXE = Axe()
# From disk no script may read a style sheet.
_FROM_DISK = {"preload": False}
_QUIZ = ".quiz-item, .quiz-progress, .quiz-overview, table.quiz-table"


def make_project(folder):
    """Lay out a small site with the book's look: its pages, the book's assets for them, and npm packages."""
    shutil.copytree(_PAGES, folder)
    shutil.copytree(ROOT / "book/assets", folder / "book/assets", ignore=shutil.ignore_patterns("practice*"))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def build(folder, *options):
    """Build a small site; return the finished process."""
    command = [sys.executable, "-m", "sphinx", "-n", *options, str(folder), str(folder / "_build/html")]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


@pytest.fixture(scope="session")
def quiz_site(tmp_path_factory):
    """The small site, built strictly; its folder."""
    folder = make_project(tmp_path_factory.mktemp("quiz") / "site")
    done = build(folder, "-W", "--keep-going")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "_build/html"


@pytest.fixture
def from_disk(browser):
    """Open pages from disk with the network off: ``from_disk(path, theme="dark", width=400)``."""
    contexts = []

    def open_page(path, *, theme="light", width=1280, script=None, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_offline(True)
        if script:
            context.add_init_script(script)
        tab = context.new_page()
        tab.errors, tab.addresses = [], []
        tab.on("console", lambda line: tab.errors.append(line.text) if line.type == "error" else None)
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.on("request", lambda request: tab.addresses.append(request.url))
        tab.goto(Path(path).as_uri(), wait_until="load")
        return tab

    yield open_page
    for context in contexts:
        context.close()


def findings(tab):
    """Give what axe-core finds in the quiz, of any impact, in both themes."""
    found = []
    for theme in ("light", "dark"):
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found += [
            f"{theme} {finding['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
            for finding in _AXE.run(tab, context=_QUIZ, options=_FROM_DISK).response["violations"]
            for node in finding["nodes"]
        ]
    return found


# --- every item of the book -------------------------------------------------------------------------------------------


def test_every_item_of_the_book_answers_back(page, from_disk):
    """From disk, without a network, by keyboard alone; afterwards no accessibility finding of any impact."""
    tab = from_disk(SITE / page)
    items = quiz_checks.items_on(tab)
    asks = bool(items) or tab.locator(".quiz-overview").count() > 0
    assert any("_static/quiz.js" in address for address in tab.addresses) == asks
    assert quiz_checks.answer_every_item(tab) == []
    assert quiz_checks.mistakes_without_link(tab) == []
    assert not asks or findings(tab) == []
    assert tab.errors == []


def test_the_book_asks_enough():
    """Every page that has something to ask about asks, and each of the review questions a to g has two to four more."""
    items = {page: checks.parse(SITE / page).select("fieldset.quiz-item") for page in built_pages()}
    assert sum(map(len, items.values())) >= 60
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    pages = {contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])}
    asked = pages - {f"book/{page}" for page in _ASK_NOTHING}
    assert [page for page in sorted(asked) if not items[f"{page}.html"]] == []
    counts = {}
    for page in _REVIEWS:
        for title in checks.parse(SITE / page).select("article section > h2"):
            if letter := re.match(r"([a-z])\) ", title.get_text()):
                counts[letter[1]] = len(title.parent.select("fieldset.quiz-item"))
    assert sorted(counts) == list("abcdefg")
    assert {letter: count for letter, count in counts.items() if not 2 <= count <= 4} == {}


def test_scripts_are_small(tmp_path):
    """Both together, as they are sent."""
    for name in scripts.ENTRIES:
        scripts.bundle(ROOT, name, tmp_path / f"{name}.js")
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in tmp_path.iterdir()}
    assert {"quiz.js", "practice.js"} <= set(sizes)
    assert sum(sizes.values()) < 15_000, sizes


# --- the small site in a browser --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [400, 1280])
def test_items_of_every_kind_answer_back(quiz_site, from_disk, width):
    tab = from_disk(quiz_site / "items.html", width=width)
    assert {item.kind for item in quiz_checks.items_on(tab)} == {"choice", "multiple", "number", "shape", "match"}
    assert findings(tab) == []
    assert quiz_checks.answer_every_item(tab) == []
    assert quiz_checks.mistakes_without_link(tab) == []
    assert findings(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.errors == []
    assert [address for address in tab.addresses if not address.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            r'data-key="[^"]*"( data-kind="choice")',
            r'data-key="eyJyaWdodCI6IFswXX0="\1',
            "quiz-halves: the answer box says",
        ),
        ('data-note="0"', 'data-note="9"', "quiz-rgb: wrong answer"),
        ('<input[^>]*id="quiz-rgb-answer"', r"\g<0> readonly", "quiz-rgb: an answer that nobody can read"),
        ('class="quiz-explanation"', 'class="quiz-explained"', ""),
        ("<script[^>]*quiz.js[^>]*>", "<script>", "cannot be reached"),
        ('<input[^>]*id="quiz-halves-a"', r'\g<0> tabindex="-1" disabled', "arrows do not reach"),
    ],
    ids=["key", "note", "field", "explanation", "script", "focus"],
)
def test_the_check_of_all_items_finds_faults(quiz_site, from_disk, tmp_path, old, new, message):
    shutil.copytree(quiz_site, tmp_path / "html")
    file = tmp_path / "html/items.html"
    html, times = re.subn(old, new, file.read_text("utf-8"))
    assert times
    file.write_text(html, encoding="utf-8")
    tab = from_disk(file)
    try:
        found = quiz_checks.answer_every_item(tab)
    except AssertionError as error:
        found = [str(error)]
    if message:
        assert any(message in one for one in found)
    else:  # the page has no explanation to expect, so the items must still be in order
        assert found == []
        assert [item.explanation for item in quiz_checks.items_on(tab)] == [None] * 6


def test_a_mistake_without_a_link_is_found(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    tab.evaluate("document.querySelector('#quiz-rgb [data-note=\"1\"] a').remove()")
    assert quiz_checks.mistakes_without_link(tab) == ["quiz-rgb: remark 2"]


def test_states_look_different_without_colour(quiz_site, from_disk):
    """Words and a sign, in a region that a screen reader watches from the start."""
    tab = from_disk(quiz_site / "items.html")
    said = tab.locator("#quiz-halves .quiz-feedback")
    assert said.get_attribute("aria-live") == "polite"
    expect(said).to_be_empty()
    tab.check("#quiz-halves-a")
    tab.click("#quiz-halves .quiz-check")
    expect(said).to_contain_text("✗ Not yet. You took same padding")
    expect(said.locator("a")).to_have_attribute("href", "index.html#padding")
    tab.check("#quiz-halves-b")
    expect(said).to_be_empty()  # what was said belongs to another answer
    tab.click("#quiz-halves .quiz-check")
    expect(said).to_contain_text("✓ Right. You counted starts. The kernel starts at 0, 2 and 4:")
    assert checks.repeated_ids(checks.parse(tab.content())) == []


def test_the_question_is_part_of_the_name_of_its_group(quiz_site, from_disk):
    """A screen reader says it on arrival; formulas are said once."""
    tab = from_disk(quiz_site / "items.html")
    for words in (
        "Question 1 · choose one What does a stride of 2 do to an input of",
        "Question 2 · choose all that are right Which layers have no parameters? Tick all of them.",
        "Question 3 · give a number How many parameters have two layers of 32 filters",
        "Question 5 · give a shape What is the shape of the output",
        "Question 6 · find the partners Which word goes with which meaning?",
    ):
        expect(tab.get_by_role("group", name=words)).to_have_count(1)
    name = tab.get_by_role("group", name="Question 1").aria_snapshot().split("\n")[0]
    assert "7" in name
    assert "7 7" not in name
    field = tab.get_by_role("group", name="How many parameters").get_by_role("textbox", name="Your answer")
    expect(field).to_have_count(1)


def test_several_choices_are_counted_without_giving_the_rest_away(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    said = tab.locator("#quiz-no-parameters .quiz-feedback")
    tab.check("#quiz-no-parameters-a")
    tab.check("#quiz-no-parameters-d")
    tab.click("#quiz-no-parameters .quiz-check")
    expect(said).to_contain_text("1 of your 2 choices is right, and 1 right choice is missing.")
    expect(said).to_contain_text("It has a weight for each pair")
    expect(said).not_to_contain_text("Flatten")
    expect(said).not_to_contain_text("It moves numbers")


@pytest.mark.parametrize(
    ("label", "typed", "verdict", "words"),
    [
        ("quiz-rgb", "1,792", "right", "Right."),
        ("quiz-rgb", "1 792 Parameters", "right", "Right."),
        ("quiz-rgb", "1.728", "wrong", "The answer is a whole number."),
        ("quiz-rgb", "1,728", "wrong", "“1,728” is read as 1728."),
        ("quiz-rgb", "2000", "wrong", "too large"),
        ("quiz-rgb", "1700", "wrong", "too small"),
        ("quiz-rgb", "1792?", "unread", "“1792?” cannot be read as a number."),
        ("quiz-third", "−0,33", "right", "Right."),
        ("quiz-third", "-.324", "right", "Right."),
        ("quiz-third", "-0.32", "wrong", "too large"),
        ("quiz-third", "0,33", "wrong", "You lost the sign"),
        ("quiz-third", "-1/3", "unread", "cannot be read as a number"),
        ("quiz-map", "30x30x8", "right", "Right."),
        ("quiz-map", " 30 × 30 X 8 ", "right", "Right."),
        ("quiz-map", "(30, 30, 8)", "right", "Right."),
        ("quiz-map", "[30,30,8,]", "right", "Right."),
        ("quiz-map", "30 30 8", "right", "Right."),
        ("quiz-map", "30x30x3", "wrong", "You kept the channels"),
        ("quiz-map", "30x30", "wrong", "Your shape has 2 axes"),
        ("quiz-map", "8x30x30", "wrong", "one axis at a time"),
        ("quiz-map", "30xx8", "unread", "cannot be read as a shape"),
        ("quiz-map", "(None, 30, 30, 8)", "unread", "cannot be read as a shape"),
    ],
)
def test_typed_answers(quiz_site, from_disk, label, typed, verdict, words):
    tab = from_disk(quiz_site / "items.html")
    tab.fill(f"#{label}-answer", typed)
    tab.press(f"#{label}-answer", "Enter")
    expect(tab.locator(f"#{label}")).to_have_attribute("data-verdict", verdict)
    expect(tab.locator(f"#{label} .quiz-feedback")).to_contain_text(words)


def test_numbers_are_read_as_people_write_them(tmp_path):
    shutil.copy(ROOT / "book/assets/scripts/answers.js", tmp_path / "answers.mjs")
    numbers = {
        "1728": 1728, "1,728": 1728, "1 728": 1728, "1\u202f728": 1728, "1'728": 1728, "1_728": 1728, "-1,728": -1728,
        "12,345,678": 12345678, "1,728.5": 1728.5, "0,5": 0.5, "0.5": 0.5, ".5": 0.5, "1,75": 1.75, "0,125": 0.125,
        "1234,567": 1234.567, "1.728": 1.728, "+3": 3, "- 3": -3, "–3": -3, "1e3": 1000, "3 cells": 3, "5.": 5,
        "": None, "-": None, "12 34": None, "1,72,8": None, "1,728 345": None, "1.2.3": None, "three": None,
        "1,": None, "0x10": None, "Infinity": None, "3 apples": None, "1.728,5": None,
    }  # fmt: skip
    program = (
        'import { readNumber } from "./answers.mjs";'
        f'console.log(JSON.stringify({json.dumps(list(numbers))}.map((text) => readNumber(text, "cells"))));'
    )
    (tmp_path / "program.mjs").write_text(program, encoding="utf-8")
    done = subprocess.run(["node", tmp_path / "program.mjs"], capture_output=True, text=True, check=True)
    read = json.loads(done.stdout)
    assert {text: one.get("value") for text, one in zip(numbers, read, strict=True)} == numbers
    assert all(one.get("problem") for one, value in zip(read, numbers.values(), strict=True) if value is None)
    assert [one["note"] for one in read[:2]] == ["", "“1,728” is read as 1728."]


# --- progress ---------------------------------------------------------------------------------------------------------

_LINE = ".quiz-progress"


def answer_two(tab):
    tab.fill("#quiz-rgb-answer", "1792")
    tab.press("#quiz-rgb-answer", "Enter")
    tab.check("#quiz-halves-b")
    tab.click("#quiz-halves .quiz-check")


def test_progress_outlives_a_reload_and_can_be_forgotten(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6 questions on this page answered right.")
    answer_two(tab)
    tab.fill("#quiz-third-answer", "0.33")
    tab.press("#quiz-third-answer", "Enter")
    tab.fill("#quiz-rgb-answer", "640")  # a later mistake does not take a right answer back
    tab.press("#quiz-rgb-answer", "Enter")
    tab.reload()
    expect(tab.locator(_LINE)).to_contain_text("2 of the 6 questions on this page answered right.")
    expect(tab.locator("#quiz-rgb legend")).to_contain_text("answered right")
    expect(tab.locator("#quiz-third legend")).not_to_contain_text("answered right")
    expect(tab.locator("#quiz-halves-b")).to_be_checked()
    expect(tab.locator("#quiz-rgb-answer")).to_have_value("1792")
    expect(tab.locator("#quiz-third-answer")).to_have_value("0.33")
    forget = tab.get_by_role("button", name="Forget my answers on this page")
    again = tab.get_by_role("button", name="Press again to forget them")
    forget.focus()
    tab.keyboard.press("Enter")
    expect(again).to_be_focused()
    tab.keyboard.press("Escape")
    expect(forget).to_be_focused()
    expect(tab.locator(_LINE)).to_contain_text("2 of the 6")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6")
    expect(tab.locator(f"{_LINE} [role=status]")).to_have_text("Forgotten.")
    expect(tab.locator("#quiz-rgb-answer")).to_have_value("")
    expect(tab.locator("#quiz-halves-b")).not_to_be_checked()
    tab.reload()
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6")
    expect(tab.locator("#quiz-third-answer")).to_have_value("")
    assert tab.evaluate("localStorage.length") == tab.evaluate(
        "Object.keys(localStorage).filter(key => !key.startsWith('cnnbook-quiz:')).length"
    )


def test_an_item_that_was_changed_is_asked_anew(quiz_site, from_disk, tmp_path):
    tab = from_disk(quiz_site / "items.html")
    answer_two(tab)
    keys = tab.evaluate("Object.keys(localStorage).filter(key => key.includes('quiz-rgb'))")
    assert len(keys) == 1
    tab.evaluate("key => localStorage.setItem(key.slice(0, -1) + '-', localStorage.getItem(key))", keys[0])
    tab.evaluate("key => localStorage.removeItem(key)", keys[0])
    tab.reload()
    expect(tab.locator(_LINE)).to_contain_text("1 of the 6")


_THROWS = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
_FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("script", [_THROWS, _FULL], ids=["forbidden", "full"])
def test_without_storage_answers_count_until_the_page_is_closed(quiz_site, from_disk, script):
    # The theme keeps its colour mode there, and its own script gives up: here a page with nothing but the quiz.
    html = (quiz_site / "items.html").read_text("utf-8")
    body = re.search(r"<article.*</article>", html, re.S)[0]
    bare = quiz_site / f"bare-{'full' if script is _FULL else 'forbidden'}.html"
    bare.write_text(f'<!DOCTYPE html><html><body>{body}<script src="_static/quiz.js"></script></body></html>', "utf-8")
    tab = from_disk(bare, script=script)
    answer_two(tab)
    expect(tab.locator(_LINE)).to_contain_text("2 of the 6 questions")
    tab.get_by_role("button", name="Forget my answers on this page").dblclick()
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6 questions")
    assert tab.errors == []


@pytest.mark.parametrize(
    "kept", ["{not json", "5", "null", '{"given": 5}', '{"given": {"a": 1}}', '{"given": ["a", {}, 99]}']
)
def test_what_others_wrote_into_the_storage_does_no_harm(quiz_site, from_disk, kept):
    tab = from_disk(quiz_site / "items.html", script=f"Storage.prototype.getItem = () => {json.dumps(kept)};")
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6")
    expect(tab.locator(".quiz-check:visible")).to_have_count(6)
    assert not any("quiz" in error for error in tab.errors)


def test_sites_of_one_origin_keep_their_answers_apart(quiz_site, from_disk, tmp_path):
    """One below the other is the worst case: its address begins like that of the other."""
    outer, inner = tmp_path / "book", tmp_path / "book/older"
    shutil.copytree(quiz_site, outer)
    shutil.copytree(quiz_site, inner)
    tab = from_disk(outer / "items.html")
    answer_two(tab)
    tab.goto((inner / "items.html").as_uri())
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6")
    answer_two(tab)
    tab.goto((outer / "index.html").as_uri())
    tab.get_by_role("button", name="Forget all my answers").dblclick()
    expect(tab.locator(".quiz-overview tfoot")).to_contain_text("0 of 6")
    tab.goto((inner / "index.html").as_uri())
    expect(tab.locator(".quiz-overview tfoot")).to_contain_text("2 of 6")


def test_pages_of_any_depth_share_their_answers(quiz_site, from_disk, tmp_path):
    shutil.copytree(quiz_site, tmp_path / "html")
    html = (quiz_site / "items.html").read_text("utf-8")
    deep = html.replace('data-content_root="./"', 'data-content_root="../"').replace('"_static/', '"../_static/')
    assert deep.count('data-content_root="../"') == 1
    (tmp_path / "html/deep").mkdir()
    (tmp_path / "html/deep/items.html").write_text(deep, encoding="utf-8")
    tab = from_disk(tmp_path / "html/deep/items.html")
    answer_two(tab)
    tab.goto((tmp_path / "html/index.html").as_uri())
    expect(tab.locator(".quiz-overview tfoot")).to_contain_text("2 of 6")


def test_overview_counts_over_pages_and_forgets_all(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    answer_two(tab)
    tab.goto((quiz_site / "index.html").as_uri())
    rows = tab.locator(".quiz-overview tr")
    assert [" ".join(row.split()) for row in rows.all_inner_texts()] == [
        "Page Questions Answered right",
        "Items of every kind 6 2 of 6",
        "All pages 6 2 of 6",
    ]
    assert findings(tab) == []
    tab.get_by_role("button", name="Forget all my answers").focus()
    tab.keyboard.press("Space")
    expect(tab.get_by_role("button", name="Press again to forget all of them")).to_be_focused()
    expect(rows.nth(2)).to_contain_text("2 of 6")
    tab.keyboard.press("Space")
    expect(rows.nth(2)).to_contain_text("0 of 6")
    tab.goto((quiz_site / "items.html").as_uri())
    expect(tab.locator(_LINE)).to_contain_text("0 of the 6")
    assert tab.errors == []


# --- without a script, and on paper -----------------------------------------------------------------------------------


def test_answers_can_be_read_without_a_script(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html", java_script_enabled=False)
    expect(tab.locator(".quiz-check:visible")).to_have_count(0)
    boxes = tab.locator("details.quiz-answer")
    expect(boxes).to_have_count(6)
    for box, words in zip(
        boxes.all(),
        [
            ["B It gives", "A is not right:", "You took same padding", "The kernel starts at 0"],
            ["A Max pooling", "C Flatten", "D is not right:", "Pooling takes a maximum"],
            ["1,792 parameters", "If you have 1,728:", "You forgot the bias", "is 1,792, and in a formula"],
            ["−0.33", "If you have 0.33:", "You lost the sign", "About −0.33."],
            ["30×30×8", "If you have 32×32×8:", "You assumed padding", "It is 30×30×8"],
            [
                "the step of a pool – how far",
                "“zeros” on each side",
                "matched otherwise: Padding puts cells around the input",
                "A step is a stride, whatever takes it.",
            ],
        ],
        strict=True,
    ):
        expect(box.locator(".quiz-answer-text")).to_be_hidden()
        box.locator("summary").press("Enter")
        for some in words:
            expect(box.locator(".quiz-answer-text")).to_be_visible()
            assert some in " ".join(box.inner_text().split())
    tab.goto((quiz_site / "index.html").as_uri())
    assert tab.locator(".quiz-overview tr").first.inner_text().split() == ["Page", "Questions"]
    expect(tab.locator(".quiz-overview button")).to_have_count(0)


def test_paper_shows_empty_boxes_and_the_answers(quiz_site, from_disk):
    tab = from_disk(quiz_site / "items.html")
    answer_two(tab)
    answer = tab.locator("#quiz-halves .quiz-answer-text")
    visible = "element => element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })"
    assert not answer.evaluate(visible)
    tab.emulate_media(media="print")
    assert answer.evaluate(visible)
    for gone in (".quiz-check", ".quiz-feedback", ".quiz-progress", ".quiz-answer > summary", ".quiz-state"):
        expect(tab.locator(f"{gone}:visible")).to_have_count(0)
    expect(tab.locator(".quiz-partners")).to_contain_text("“zeros” on each side")
    look = "element => { const { color, backgroundColor, appearance } = getComputedStyle(element); return [color, backgroundColor, appearance]; }"  # noqa: E501
    assert tab.locator("#quiz-rgb-answer").evaluate(look)[0] == "rgba(0, 0, 0, 0)"
    assert tab.locator("#quiz-halves-b").evaluate(look)[1:] == ["rgba(0, 0, 0, 0)", "none"]
    small, normal = (
        tab.locator(f"#quiz-halves {name}").evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        for name in (".quiz-answer-text", ".quiz-question")
    )
    assert small < 0.85 * normal
    # Browsers without `::details-content` open the boxes while they print.
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(tab.locator("details.quiz-answer[open]")).to_have_count(6)
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(tab.locator("details.quiz-answer[open]")).to_have_count(0)


# --- what a build makes -----------------------------------------------------------------------------------------------


def test_html_keeps_the_books_contract(quiz_site):
    soup = checks.parse(quiz_site / "items.html")
    for item, kind in zip(
        soup.select("fieldset.quiz-item"), ["choice", "multiple", "number", "number", "shape", "match"], strict=True
    ):
        assert item["data-kind"] == kind
        assert item.find(True).name == "legend"
        for control in item.select("input, select"):
            assert item.select_one(f'label[for="{control["id"]}"]').get_text(strip=True)
        assert "[x]" not in item.get_text()
        assert "[ ]" not in item.get_text()
    legends = [" ".join(legend.get_text().split()) for legend in soup.select("legend")]
    assert legends[0] == "Question 1 · choose one"
    assert legends[5] == "Question 6 · find the partners"
    assert checks.repeated_ids(soup) == checks.markup_left_over(soup) == []
    assert "answer=1,792" in soup.select_one("#quiz-rgb .quiz-explanation .katex-html").parent.parent.parent.get_text()


def test_references_to_items_arrive(quiz_site):
    soup = checks.parse(quiz_site / "index.html")
    links = {link["href"]: link.get_text() for link in soup.select('article a[href^="items.html#"]')}
    assert links["items.html#quiz-terms"] in ("the pairs", "Question 6")
    assert "Question 1" in links["items.html#quiz-halves"]
    assert checks.links(quiz_site / "index.html", soup, quiz_site) == []
    assert checks.links(quiz_site / "items.html", checks.parse(quiz_site / "items.html"), quiz_site) == []


def test_a_mistake_without_a_link_gets_one_to_where_it_is_taught(quiz_site):
    soup = checks.parse(quiz_site / "items.html")

    def remark(label, number):
        said = soup.select_one(f'#{label} [data-note="{number}"] .quiz-note-text')
        return [" ".join(said.get_text().split())[-34:], *(link["href"] for link in said.select("a"))]

    assert remark("quiz-third", 0) == ["sign. See Where parameters are taught."[-34:], "index.html#parameters"]
    assert remark("quiz-third", 1)[1:] == ["index.html#parameters"]  # its last word is a formula
    assert remark("quiz-map", 1) == ["the input. See Items of every kind."[-34:], "#items"]  # this page
    assert remark("quiz-map", 0)[1:] == ["index.html#padding"]  # it has one
    table = checks.parse(quiz_site / "index.html").select_one("table.quiz-table")
    assert "Items of every kind" not in table.tbody.get_text()  # the sheet lists what the page says


def test_the_teachers_table_lists_what_each_item_tests(quiz_site):
    table = checks.parse(quiz_site / "index.html").select_one("table.quiz-table")
    assert table.caption.get_text().startswith("Items of every kind")
    assert table.caption.a["href"] == "items.html"
    rows = [[" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in table.select("tbody tr")]
    assert [row[0].split(" , ")[0] for row in rows] == [f"Question {number}" for number in range(1, 7)]
    questions = [row.td.select("p") for row in table.select("tbody tr")]
    asked = [item.select_one(".quiz-question") for item in checks.parse(quiz_site / "items.html").select(".quiz-item")]
    assert [cell[1].get_text() for cell in questions] == [one.p.get_text() for one in asked]
    assert "." not in {name.get_text().rstrip(": ")[-1:] for name in table.select("td li > p > strong")}
    assert [row[1] for row in rows][:3] == ["effect of a stride", "layers without parameters", "counting parameters"]
    assert rows[2][2:] == [
        "1,792 parameters",
        "1,728 : You forgot the bias: one for each filter. See Where parameters are taught . "
        "640 : You counted one channel. See Where parameters are taught .",
    ]
    assert "That is a stride of 1" in rows[0][3]
    assert "You counted starts" not in rows[0][3]  # a remark to the right choice is no mistake
    assert "“zeros” on each side" in rows[5][2]
    assert table.select('td a[href="#parameters"]')


def test_pages_load_the_script_only_if_they_need_it(quiz_site):
    loads = {name: "quiz.js" in str(checks.parse(quiz_site / f"{name}.html").select("script"))
             for name in ("index", "items", "plain")}  # fmt: skip
    assert loads == {"index": True, "items": True, "plain": False}
    tag = checks.parse(quiz_site / "items.html").select_one('script[src*="quiz.js"]')
    assert tag.has_attr("defer")
    assert tag.get("type") is None  # browsers load no module from disk
    assert not list((quiz_site / "_static").rglob("answers.js"))
    assert [path.relative_to(quiz_site).as_posix() for path in quiz_site.rglob("quiz.js")] == ["_static/quiz.js"]


def test_sheets_follow_when_an_item_changes_or_its_page_goes(tmp_path):
    folder = make_project(tmp_path / "site")
    # A page apart: one with a contents list is written again whenever a page in it is.
    (folder / "sheet.md").write_text("# Sheet\n\n:::{quiz-overview}\n:::\n\n:::{quiz-table}\n:::\n", encoding="utf-8")
    index = folder / "index.md"
    index.write_text(index.read_text("utf-8").replace("\nplain\n", "\nplain\nsheet\n"), encoding="utf-8")
    assert build(folder, "-W").returncode == 0
    sheet = folder / "_build/html/sheet.html"
    items, page = folder / "items.md", (folder / "items.md").read_text("utf-8")
    items.write_text(page.replace(":tests: terms", ":tests: the four words"), encoding="utf-8")
    done = build(folder, "-W")
    assert done.returncode == 0, done.stderr
    assert "the four words" in sheet.read_text("utf-8")
    date = sheet.stat().st_mtime_ns
    plain = folder / "plain.md"
    plain.write_text(plain.read_text("utf-8") + "\nMore words.\n", encoding="utf-8")
    assert build(folder, "-W").returncode == 0
    assert sheet.stat().st_mtime_ns == date  # no item has changed
    items.write_text("# Items of every kind\n\nNone any more.\n", encoding="utf-8")
    build(folder)
    assert "the four words" not in sheet.read_text("utf-8")
    assert "<td>0</td>" in sheet.read_text("utf-8")


def test_what_the_environment_keeps_can_be_pickled_and_merged():
    item = quiz_sheets.Item("a", 1, "choose one", "t", "d", [], [], [])
    here, there = SimpleNamespace(), SimpleNamespace()
    quiz_sheets.items_of(there, "one").append(item)
    quiz_sheets.items_of(there, "two").append(item)
    quiz_sheets.sheets(there).update({"one", "two"})
    quiz_sheets.merge_pages(None, here, ["one"], pickle.loads(pickle.dumps(there)))
    assert quiz_sheets.all_items(here) == {"one": [item]}
    assert quiz_sheets.sheets(here) == {"one"}
    quiz_sheets.forget_page(None, here, "one")
    assert quiz_sheets.all_items(here) == {}
    assert quiz_sheets.sheets(here) == set()


@pytest.mark.parametrize("label", [f"quiz-{number}" for number in range(50)])
def test_partners_are_never_offered_in_the_order_of_the_source(label):
    partners = ["one", "two", "three"]
    assert sorted(shuffled(label, partners)) == sorted(partners)
    assert shuffled(label, partners) != partners
    assert shuffled(label, partners) == shuffled(label, partners)


# --- mistakes in the source -------------------------------------------------------------------------------------------

_CHOICE = ":label: LABEL\n:tests: t\nQ?\n\n- [x] yes\n- [ ] no\n\n  Because."
_NUMBER = ":label: LABEL\n:tests: t\n:answer: 2 + 2\nQ?\n\n- `2 + 3`\n\n  Because."
_SHAPE = ":label: LABEL\n:tests: t\n:answer: (2, 2)\nQ?\n\n- `(2, 3)`\n\n  Because."
_MATCH = ":label: LABEL\n:tests: t\nQ?\n\n- a\n\n  b\n\n  Because.\n- c\n\n  d\n\n  So."

#: Kind, a good item, what to replace in it, by what, and the words of the warning.
_MISTAKES = {
    "kind": ("guess", _CHOICE, "", "", "`guess` is no kind of item"),
    "no-list": ("choice", _CHOICE, "- [x] yes\n- [ ] no\n\n  Because.", "Words.", "no bullet list"),
    "no-question": ("choice", _CHOICE, "Q?\n\n", "\n", "no question"),
    "no-mark": ("choice", _CHOICE, "[ ] no", "no", "“no Because.” has no mark"),
    "odd-mark": ("choice", _CHOICE, "[ ] no", "[y] no", "has no mark"),
    "empty-choice": ("choice", _CHOICE, "[x] yes", "[x]", "a mark and no words"),
    "no-paragraph": ("choice", _CHOICE, "[ ] no", "```\n  x\n  ```", "has to begin with a paragraph"),
    "one-choice": ("choice", _CHOICE, "- [ ] no\n\n  Because.", "", "has 1 choices"),
    "two-right": ("choice", _CHOICE, "[ ]", "[x]", "2 are marked [x]"),
    "none-right": ("choice", _CHOICE, "[x]", "[ ]", "“yes” says nothing"),
    "choice-none-right": ("choice", _CHOICE, "[x] yes", "[ ] yes\n\n  Said.\n", "0 are marked [x]"),
    "multiple-none-right": ("multiple", _CHOICE, "[x] yes", "[ ] yes\n\n  Said.\n", "No choice is marked [x]"),
    "no-misconception": ("choice", _CHOICE, "\n\n  Because.", "", "wrong choice “no” says nothing"),
    "number-no-misconception": ("number", _NUMBER, "\n\n  Because.", "", "wrong answer “2 + 3” says nothing"),
    "no-answer": ("number", _NUMBER, ":answer: 2 + 2\n", "", "no :answer:"),
    "shape-no-answer": ("shape", _SHAPE, ":answer: (2, 2)\n", "", "no :answer:"),
    "raises": ("number", _NUMBER, "2 + 3", "shapes.output_size(2, 3)", "raises ValueError: the kernel spans 3"),
    "answer-raises": ("number", _NUMBER, "2 + 2", "1 / 0", "`1 / 0` raises ZeroDivisionError"),
    "unknown-name": ("number", _NUMBER, "2 + 2", "os.getcwd()", "raises NameError"),
    "syntax": ("number", _NUMBER, "2 + 2", "2 +", "is not a Python expression"),
    "no-number": ("number", _NUMBER, "2 + 2", "str(4)", "gives '4', and a number"),
    "not-finite": ("number", _NUMBER, "2 + 2", "math.inf", "gives inf, and a number"),
    "truth": ("number", _NUMBER, "2 + 2", "2 > 1", "gives True, and a number"),
    "too-large": ("number", _NUMBER, "2 + 2", "2**60", "a number up to 2**53"),
    "no-shape": ("shape", _SHAPE, "(2, 2)", "4", "gives 4, and a tuple"),
    "half-shape": ("shape", _SHAPE, "(2, 2)", "(2, 2.0)", "gives (2, 2.0), and a tuple"),
    "no-expression": ("number", _NUMBER, "`2 + 3`", "5", "one expression in backticks"),
    "more-than-expression": ("number", _NUMBER, "`2 + 3`", "`2 + 3` or so", "one expression in backticks"),
    "wrong-is-right": ("number", _NUMBER, "2 + 3", "2 * 2", "`2 * 2` gives 4, which counts as right"),
    "shape-wrong-is-right": ("shape", _SHAPE, "`(2, 3)`", "`(2, 1 + 1)`", "gives (2, 2), which counts as right"),
    "within": ("number", _NUMBER, ":answer:", ":tolerance: 1\n:answer:", "gives 5, which counts as right"),
    "twice": ("number", _NUMBER, "Because.", "Because.\n- `3 + 2`\n\n  So.", "`2 + 3` and `3 + 2` both give 5"),
    "same-twice": ("number", _NUMBER, "Because.", "Because.\n- `2 + 3`\n\n  So.", "listed twice"),
    "no-tolerance": ("number", _NUMBER, "2 + 2", "2 / 3", "say with `:tolerance:`"),
    "odd-tolerance": ("number", _NUMBER, ":answer:", ":tolerance: x\n:answer:", "`:tolerance: x` is not a number"),
    "negative": ("number", _NUMBER, ":answer:", ":tolerance: -1\n:answer:", "a number from 0 up"),
    "shape-tolerance": ("shape", _SHAPE, ":answer:", ":tolerance: 1\n:answer:", ":tolerance: is for numbers"),
    "endless-decimals": ("number", _NUMBER, "2 + 3", "1 / 3", "which nobody types"),
    "choice-answer": ("choice", _CHOICE, ":tests:", ":answer: 2\n:tests:", "A choice has no :answer:"),
    "no-label": ("choice", _CHOICE, ":label: LABEL\n", "", "no :label:"),
    "odd-label": ("choice", _CHOICE, "LABEL", "Some Label", "small letters and digits"),
    "label-twice": ("choice", _CHOICE, "LABEL", "good", "used already, on the page index"),
    "no-tests": ("choice", _CHOICE, ":tests: t\n", "", "no :tests:"),
    "one-pair": ("match", _MATCH, "- c\n\n  d\n\n  So.", "", "fewer than two pairs"),
    "no-partner": ("match", _MATCH, "c\n\n  d\n\n  So.", "c", "“c” has no partner"),
    "one-partner": ("match", _MATCH, "  d", "  b", "the same partner"),
    "no-remark": ("match", _MATCH, "\n\n  So.", "", "The pair “c d” says nothing"),
    "formula-partner": ("match", _MATCH, "  d", "  $d$", "plain text only"),
    "answer-in-question": ("number", _NUMBER, "Q?", "Is it {answer}?", "in the explanation alone"),
    "answer-in-choice": ("choice", _CHOICE, "Because.", "Because.\n\nIt is {answer}.", "in the explanation alone"),
}  # fmt: skip


@pytest.fixture(scope="session")
def warnings_of_mistakes(tmp_path_factory):
    """Build a page with one item for each mistake; give the warnings by the line of the item, and those lines."""
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "conf.py").write_text(
        'extensions = ["myst_nb", "booksite.quiz"]\nnb_execution_mode = "off"\n'
        'myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]\n',
        encoding="utf-8",
    )
    unlinked = ":::{quiz} choice\n" + _CHOICE.replace("LABEL", "unlinked") + "\n:::\n"
    (folder / "unlinked.md").write_text(f"# No label\n\n{unlinked}", encoding="utf-8")
    good = f":::{{quiz}} choice\n{_CHOICE.replace('LABEL', 'good')}\n:::\n"
    (folder / "index.md").write_text(
        f"(good-page)=\n# Good\n\n{good}\n```{{toctree}}\nmistakes\nunlinked\n```\n", encoding="utf-8"
    )
    page, lines = "(mistakes)=\n# Mistakes\n", {}
    for name, (kind, item, old, new, _) in _MISTAKES.items():
        assert old in item
        page += "\n"
        lines[name] = page.count("\n") + 1
        page += f":::{{quiz}} {kind}\n{item.replace(old, new).replace('LABEL', name)}\n:::\n"
    (folder / "mistakes.md").write_text(page, encoding="utf-8")
    done = build(folder)
    warned = re.findall(r"^\S*?(\w+)\.md:(\d+): WARNING: (.*)$", done.stderr, re.M)
    assert [text for page, _, text in warned if page == "unlinked"] == [
        "quiz unlinked: “Because.” has no link to where it is taught: add one, or :taught:, a label."
    ]
    warned = [one for one in warned if one[0] != "unlinked"]
    assert {page for page, _, _ in warned} == {"mistakes"}
    assert len(warned) == len(_MISTAKES), done.stderr
    return {int(line): text for _, line, text in warned}, lines


@pytest.mark.parametrize("name", _MISTAKES)
def test_a_mistake_in_the_source_is_one_sentence(warnings_of_mistakes, name):
    warnings, lines = warnings_of_mistakes
    assert _MISTAKES[name][-1] in warnings[lines[name]]
    assert warnings[lines[name]].startswith("quiz ")


def test_pages_on_what_others_teach_need_a_link(tmp_path):
    """There the page's own label is no answer to where it is taught."""
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_nb", "booksite.quiz"]\nmyst_enable_extensions = ["colon_fence"]\n'
        'cnnbook_quiz_elsewhere = ["review/"]\n',
        encoding="utf-8",
    )
    (tmp_path / "review").mkdir()
    contents = "```{toctree}\nchapter\nreview/bare\nreview/taught\nreview/linked\n```\n"
    (tmp_path / "index.md").write_text(f"# Contents\n\n{contents}", encoding="utf-8")
    for page, old, new in [
        ("chapter", "", ""),
        ("review/bare", "", ""),
        ("review/taught", ":tests:", ":taught: label-chapter\n:tests:"),
        ("review/linked", "Because.", "Because: {ref}`label-chapter`."),
    ]:
        name = page.rpartition("/")[2]
        item = _CHOICE.replace(old, new).replace("LABEL", name)
        text = f"(label-{name})=\n# Page\n\n:::{{quiz}} choice\n{item}\n:::\n"
        (tmp_path / f"{page}.md").write_text(text, encoding="utf-8")
    warnings = re.findall(r"(\S+)\.md:\d+: WARNING: (.*)", build(tmp_path, "-W", "--keep-going").stderr)
    assert [(Path(page).name, text) for page, text in warnings] == [
        ("bare", "quiz bare: “Because.” has no link to where it is taught: add one, or :taught:, a label.")
    ]


# --- scripts ----------------------------------------------------------------------------------------------------------


def test_a_missing_esbuild_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"esbuild.*run `npm ci`"):
        scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")


def test_a_script_that_cannot_be_joined_is_an_error(tmp_path):
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    source = tmp_path / "book/assets/scripts/quiz.js"
    source.parent.mkdir(parents=True)
    source.write_text('import { nothing } from "./nowhere.js";\nnothing();\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"nowhere\.js"):
        scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")
    assert not (tmp_path / "quiz.js").exists()
    source.write_text("export const text = '…';\nconsole.log(text);\n", encoding="utf-8")
    scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")
    joined = (tmp_path / "quiz.js").read_text("utf-8")
    assert "export" not in joined
    assert "…" in joined
    date = (tmp_path / "quiz.js").stat().st_mtime_ns
    scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")
    assert (tmp_path / "quiz.js").stat().st_mtime_ns == date


def test_a_page_that_asks_for_a_script_that_is_not_there_is_a_warning(tmp_path):
    folder = make_project(tmp_path / "site")
    (folder / "plain.md").write_text('# Practice\n\n<div data-practice="output-size"></div>\n', encoding="utf-8")
    done = build(folder, "-W", "--keep-going")
    assert done.returncode != 0
    assert re.search(r"plain.*needs the script book/assets/scripts/practice\.js", done.stderr)
    (folder / "book/assets/scripts/practice.js").write_text("document.title = 'Practised';\n", encoding="utf-8")
    done = build(folder, "-W", "--keep-going", "-E")
    assert done.returncode == 0, done.stderr
    html = folder / "_build/html"
    assert "practice.js" in (html / "plain.html").read_text("utf-8")
    assert "practice.js" not in (html / "items.html").read_text("utf-8")
    assert "Practised" in (html / "_static/practice.js").read_text("utf-8")
