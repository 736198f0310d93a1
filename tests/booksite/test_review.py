"""What comes back on the page of what a reader has done, over simulated days; and its files."""

import json
import re
from datetime import datetime

import checks
import pytest
from built import SITE, built_pages
from playwright.sync_api import expect

from cnnbook.__main__ import main
from cnnbook.handin import class_report
from cnnbook.mistakes import MISTAKES
from cnnbook.practice import problem, sheet
from cnnbook.practice.texts import TEXTS
from cnnbook.shapes import conv_parameters

PAGE, PARAMETERS, PRACTICE = (
    f"book/{page}.html" for page in ("review/your-answers", "arithmetic/parameters", "review/practice")
)
ITEM = "quiz-parameters-conv"
RIGHT, NO_BIAS = conv_parameters(5, 8, 16), conv_parameters(5, 8, 16, bias=False)
INVITATION = re.compile("^No question is answered here yet. Start with Slide a filter along a row: a row of cells")
DUE, WEAK, FILE, CLASS = (f'[data-review="{name}"]' for name in ("due", "weak", "file", "class"))

pytestmark = pytest.mark.xdist_group("review page")


def at(tab, day, hour=20):
    """Set the reader's clock."""
    tab.clock.set_fixed_time(datetime.fromisoformat(f"{day}T{hour:02}:00"))


@pytest.fixture
def start(visit):
    """Open the page of parameters on the last day of November."""

    def open_page(day="2026-11-30", **options):
        tab = visit(PAGE, **options).tab
        at(tab, day)
        tab.goto(PARAMETERS)
        return tab

    return open_page


def answer(tab, value, item=ITEM):
    tab.fill(f"#{item}-answer", str(value))
    tab.press(f"#{item}-answer", "Enter")


def look(tab, day, due):
    """Open the page on a day, and read what it says is due."""
    at(tab, day)
    tab.goto(PAGE)
    expect(tab.locator(f"{DUE} p")).to_have_text(due)
    return tab.locator(DUE).get_by_role("link")


def kept(tab):
    """What the browser keeps, without where."""
    script = "Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith('cnnbook-quiz:')))"
    return {key.partition(" ")[2]: text for key, text in tab.evaluate(script).items()}


# --- what comes back -------------------------------------------------------------------------------------------------


def test_a_missed_question_comes_back_after_1_3_and_7_days_by_keyboard(start, tab_to):
    tab = start()
    answer(tab, NO_BIAS)
    answer(tab, RIGHT)  # the same evening, with the feedback in sight
    look(tab, "2026-11-30", "Nothing due today; 1 on December 1.")
    sentence = MISTAKES["bias-forgotten"].sentence
    weak = (
        f": counting parameters of a convolution. Right 0 of 3, back on December 1. {sentence} See Count parameters and"
    )
    expect(tab.locator(f"{WEAK} li")).to_contain_text(weak)
    for day, later in (("2026-12-01", "December 4"), ("2026-12-04", "December 11"), ("2026-12-12", None)):
        (link,) = look(tab, day, "1 due today.").all()
        expect(tab.locator(f"{DUE} li")).to_have_text(re.compile(r"Question \d of Count .*: counting parameters of a"))
        link.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"**/parameters.html#{ITEM}")
        expect(tab.locator(f"#{ITEM} legend")).to_contain_text("↻ back today")
        expect(tab.locator(f"#{ITEM}-answer")).to_have_value("")
        tab_to(tab, f"#{ITEM}-answer")
        tab.keyboard.type(str(RIGHT))
        tab.keyboard.press("Enter")
        expect(tab.locator(f"#{ITEM} legend")).to_contain_text("✓ answered right")
        words = f"Nothing due today; 1 on {later}." if later else "Nothing due today; 1 done."
        look(tab, day, words)
    expect(tab.locator(WEAK)).to_have_text("Nothing waits.")
    assert tab.errors == []


def test_wrong_again_starts_again_and_what_is_forgotten_is_not_due(start):
    tab = start()
    answer(tab, NO_BIAS)
    look(tab, "2026-12-01", "1 due today.").click()
    answer(tab, RIGHT)
    look(tab, "2026-12-04", "1 due today.").click()
    answer(tab, 77)  # none of the mistakes that the question knows
    answer(tab, RIGHT)
    look(tab, "2026-12-04", "Nothing due today; 1 on December 5.")
    # What no mistake explains is named by what its question tests.
    expect(tab.locator(f"{WEAK} li")).to_have_text(
        [
            re.compile(
                r"^Question \d of Count .*: counting parameters of a convolution\. Right 0 of 3, .*You forgot the bias"
            )
        ]
    )
    tab.goto(PARAMETERS)
    tab.get_by_role("button", name="Forget my answers on this page").dblclick()
    look(tab, "2026-12-05", INVITATION)
    assert kept(tab) == {}


def test_days_are_the_readers_and_a_clock_set_back_keeps_nothing_waiting(start):
    """Late in the evening in Auckland, where Greenwich still has the day before."""
    tab = start("2026-11-30", timezone_id="Pacific/Auckland")
    tab.clock.set_fixed_time("2026-11-30T10:59:00Z")
    answer(tab, NO_BIAS)
    assert json.loads(kept(tab)[f"misses#{ITEM}"])["on"] == "2026-11-30"
    tab.clock.set_fixed_time("2026-11-30T11:01:00Z")
    tab.goto(PAGE)
    expect(tab.locator(f"{DUE} p")).to_have_text("1 due today.")
    tab.clock.set_fixed_time("2026-10-01T11:01:00Z")
    tab.reload()
    expect(tab.locator(f"{DUE} p")).to_have_text("1 due today.")


def test_a_missed_problem_comes_back_as_a_new_one(visit):
    kind, level = "output_size", 1
    drawn = problem(kind, seed=0, level=level)
    tab = visit(PAGE).tab
    at(tab, "2026-11-30")
    tab.goto(f"{PRACTICE}#seed=7&count=1&level={level}&kinds={kind}")
    field, feedback = tab.locator(".practice-list").get_by_role("textbox"), tab.locator(".quiz-feedback")
    for text, words in (("", "Type a whole number"), ("99999", "99,999 is too large"), ("−5", "−5 is too small")):
        field.fill(text)
        field.press("Enter")
        expect(feedback).to_contain_text(words)
    assert json.loads(kept(tab)["misses#output_size:1"]) == {"step": 0, "on": "2026-11-30", "wrong": ["other"]}
    link = look(tab, "2026-12-01", "1 due today.")
    expect(tab.locator(f"{DUE} li")).to_have_text(f"A new problem: {drawn.title}, level {level}")
    address = link.get_attribute("href")
    link.click()
    expect(tab.locator(".practice-item")).to_be_in_viewport()
    assert tab.evaluate("scrollY") > 100
    state = tab.locator(".practice-item .quiz-state")
    label = "element => getComputedStyle(element, '::after').content"
    assert state.evaluate(label) == '"↻ back today"'
    seed = int(re.search(r"\?seed=(\d+)&count=1&level=1&kinds=output_size$", address)[1])
    (asked,) = sheet.problems(seed, count=1, level=level, kinds=[kind])
    expect(tab.locator(".practice-list")).to_contain_text(asked.question.split("\n")[0])
    field.fill(str(asked.answer))
    field.press("Enter")
    expect(feedback).to_contain_text("Right")
    expect(feedback.get_by_role("link", name="Nothing more due today")).to_have_attribute("href", re.compile("answers"))
    assert state.evaluate(label) == "none"
    look(tab, "2026-12-01", "Nothing due today; 1 on December 4.")
    weak = f"A new problem: {drawn.title}, level 1. Right 1 of 3, back on December 4."
    expect(tab.locator(f"{WEAK} li")).to_have_text(weak)
    assert tab.errors == []


def test_a_problem_that_was_solved_before_is_not_counted_as_recalled(visit):
    """It shows its answer, which is nothing to recall; a new problem of its kind is."""
    tab = visit(PAGE).tab
    at(tab, "2026-11-30")
    sheets = [f"{PRACTICE}?sheet={seed}#seed={seed}&count=1&level=1&kinds=output_size" for seed in (7, 8)]
    solved, new = (sheet.problems(seed, count=1, level=1, kinds=["output_size"])[0] for seed in (7, 8))
    field = tab.locator(".practice-list").get_by_role("textbox")

    def give(address, *texts):
        tab.goto(address)
        for text in texts:
            field.fill(str(text))
            field.press("Enter")
            expect(tab.locator(".practice-item")).to_have_attribute("data-verdict", re.compile("right|wrong"))
        return json.loads(kept(tab)["misses#output_size:1"])

    missed = give(sheets[0], 99999, solved.answer)
    look(tab, "2026-12-01", "1 due today.")
    tab.goto(sheets[0])
    expect(field).to_have_value(str(solved.answer))
    assert give(sheets[0], solved.answer) == missed
    look(tab, "2026-12-01", "1 due today.")
    assert give(sheets[1], new.answer) == {**missed, "step": 1, "on": "2026-12-01"}
    assert tab.errors == []


def test_a_page_that_is_not_begun_has_its_dots_on_a_screen_and_their_number_on_a_phone(visit):
    for width, dots, number in ((1280, True, False), (390, False, True)):
        rows = visit(PAGE, width=width).tab.locator(".quiz-overview tbody tr:has(.quiz-dots)")
        assert len({row.locator(".quiz-dots").is_visible() for row in rows.all()} - {dots}) == 0, width
        assert len({row.locator(".quiz-count").is_visible() for row in rows.all()} - {number}) == 0, width
        expect(rows.filter(has_text="Slide a filter").locator(".quiz-count")).to_have_text("4 questions")


def test_another_tab_and_a_new_day_are_followed(start):
    tab = start()
    page = tab.context.new_page()
    at(page, "2026-11-30")
    page.goto(tab.url.replace(PARAMETERS, PAGE))
    expect(page.locator(f"{DUE} p")).to_have_text(INVITATION)
    answer(tab, NO_BIAS)
    expect(page.locator(f"{DUE} p")).to_have_text("Nothing due today; 1 on December 1.")
    for opened in (tab, page):
        at(opened, "2026-12-01")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")  # as a browser's does
    expect(page.locator(f"{DUE} p")).to_have_text("1 due today.")
    # Both tabs have the question open: its day counts once.
    page.goto(tab.url)
    for opened in (tab, page):
        answer(opened, RIGHT)
    assert json.loads(kept(tab)[f"misses#{ITEM}"])["step"] == 1


@pytest.mark.parametrize("event", ["visibilitychange", "pageshow", "storage"])
def test_a_question_on_a_page_that_stays_open_until_its_day_is_asked_anew(start, event):
    tab = start()
    answer(tab, NO_BIAS)
    answer(tab, RIGHT)
    answer(tab, 5, item="quiz-parameters-dense")
    tab.fill("#quiz-parameters-dense-answer", "7")  # not checked
    for day, hidden, value, state in (
        ("2026-11-30", False, str(RIGHT), "✓ answered right"),
        ("2026-12-01", True, str(RIGHT), "✓ answered right"),
        ("2026-12-01", False, "", "↻ back today"),
    ):
        at(tab, day)
        tab.evaluate("value => Object.defineProperty(document, 'hidden', { value, configurable: true })", hidden)
        tab.evaluate("event => dispatchEvent(new Event(event))", event)
        expect(tab.locator("#quiz-parameters-dense-answer")).to_have_value("7")
        expect(tab.locator(f"#{ITEM}-answer")).to_have_value(value)
        expect(tab.locator(f"#{ITEM} .quiz-state")).to_have_text(state)
    colour = "element => getComputedStyle(element).color"
    right, back = (tab.locator(f"#{item} .quiz-state") for item in ("quiz-parameters-padding", ITEM))
    assert right.evaluate(colour) != back.evaluate(colour)
    # What is being typed is left alone when another tab has been looked at.
    tab.fill(f"#{ITEM}-answer", "12")
    tab.evaluate("event => dispatchEvent(new Event(event))", event)
    expect(tab.locator(f"#{ITEM}-answer")).to_have_value("12")
    answer(tab, RIGHT)
    expect(tab.locator(f"#{ITEM} .quiz-state")).to_have_text("✓ answered right")
    assert tab.errors == []


def test_two_tabs_of_the_page_lose_nothing_of_each_other(start, tmp_path):
    """Each adds a file, a question is answered in a third, and both show and save all of it."""
    tab = start()
    pages = [tab.context.new_page() for _ in range(2)]
    for page in pages:
        at(page, "2026-12-01")
        page.goto(tab.url.replace(PARAMETERS, PAGE))
        page.locator(f"{CLASS} summary").click()
    answer(tab, NO_BIAS)
    missed = whole()["misses"][ITEM]
    for page, item in zip(pages, ("parameters:1", "pooling:2"), strict=True):
        challenge = {"challenges#five-of-seven": {"given": "", "right": True}}
        status = choose(page, tmp_path, whole(misses={item: missed}, answers=challenge if page is pages[1] else {}))
        expect(status).to_contain_text("of the file count now")
    later = {"step": 0, "on": "2026-12-01", "wrong": ["one-channel"]}  # the second knows more of an item of the first
    expect(choose(pages[1], tmp_path, whole(misses={"parameters:1": later}))).to_contain_text("1 missed item of")
    answer(tab, 5, item="quiz-parameters-dense")
    texts = []
    for page in pages:
        expect(page.locator(f"{DUE} p")).to_have_text("1 due today; 3 on December 2.")
        texts.append(json.loads(save(page, tmp_path, FILE, "Save all as a file")))
    assert set(texts[0]["misses"]) == {ITEM, "quiz-parameters-dense", "parameters:1", "pooling:2"}
    assert texts[0]["misses"]["parameters:1"] == {**later, "wrong": ["bias-forgotten", "one-channel"]}
    for part in ("misses", "answers", "student"):
        assert texts[0][part] == texts[1][part]
    assert [page.get_by_role("region", name="The file").text_content().count("parameters") for page in pages] == [3, 3]


def test_what_others_wrote_and_what_is_asked_no_more_is_left_alone(start):
    tab = start()
    answer(tab, NO_BIAS)
    (key,) = tab.evaluate("Object.keys(localStorage).filter(key => key.includes('misses#'))")
    good = tab.evaluate("key => localStorage[key]", key)
    tab.evaluate("([key, text]) => { localStorage[key] = text; }", [key.replace(ITEM, "quiz-gone"), good])
    look(tab, "2026-12-01", "1 due today.")
    for text in (
        "",
        "{",
        "null",
        "5",
        '{"step": 9}',
        good.replace("2026-11-30", "2026-99-99"),
        good.replace("bias", "<b>"),
    ):
        tab.evaluate("([key, text]) => { localStorage[key] = text; }", [key, text])
        look(tab, "2026-12-01", "Nothing due today.")
    assert tab.errors == []


_FORBIDDEN = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException(); } });"
_FULL = "Storage.prototype.setItem = () => { throw new DOMException(); };"


@pytest.mark.parametrize("script", [_FORBIDDEN, _FULL], ids=["forbidden", "full"])
def test_where_nothing_can_be_kept_a_file_counts_until_the_page_is_closed(visit, script, tmp_path):
    tab = visit(PAGE, script=script).tab
    at(tab, "2026-12-01")
    missed = whole()["misses"]
    status = choose(tab, tmp_path, whole(misses=missed | {"parameters:1": missed[ITEM]}))
    expect(status).to_contain_text("This browser keeps no more")
    expect(tab.locator(f"{DUE} p")).to_have_text("2 due today.")
    assert set(tab.errors) <= {"DOMException"}  # the theme keeps its colour mode there, and gives up


def test_the_latest_answer_counts_and_what_is_back_is_no_longer_right(start):
    tab = start()
    dot = tab.get_by_role("link", name=re.compile(r"^Question \d, ")).and_(tab.locator(f"[data-item^='{ITEM}:']"))
    for day, value, state, name in (
        ("2026-11-30", NO_BIAS, "✗ not yet", "not yet right"),
        ("2026-11-30", RIGHT, "✓ answered right", "answered right"),
        ("2026-12-01", None, "↻ back today", "back today"),
        ("2026-12-01", NO_BIAS, "✗ not yet", "not yet right"),
    ):
        at(tab, day)
        tab.goto(PARAMETERS)
        if value:
            answer(tab, value)
        expect(tab.locator(f"#{ITEM} .quiz-state")).to_have_text(state)
        count = int(state == "✓ answered right")
        expect(tab.locator(".quiz-progress")).to_contain_text(f"Answered right on this page: {count} of")
        tab.goto(PAGE)
        expect(dot).to_have_accessible_name(re.compile(f", {name}$"))
    assert tab.errors == []


def test_every_page_says_what_is_due_and_an_answer_leads_on(start):
    tab = start()
    badge = tab.locator(".bd-links a .due-today")
    answer(tab, NO_BIAS)
    answer(tab, 5, item="quiz-parameters-dense")
    expect(badge).to_have_text("")
    at(tab, "2026-12-01")
    tab.goto("book/intro.html")
    expect(badge).to_have_text(" 2 due today")
    assert checks.accessibility_in_both_themes(tab, ".bd-links") == []
    tab.goto(PARAMETERS)
    answer(tab, RIGHT)
    expect(badge).to_have_text(" 1 due today")
    answer(tab, 5, item="quiz-parameters-dense")
    expect(badge).to_have_text("")
    tab.locator("#quiz-parameters-dense").get_by_role("link", name="Nothing more due today").click()
    tab.wait_for_url(f"**/{PAGE}")
    assert tab.errors == []


def test_an_answer_that_was_copied_comes_back_tomorrow(start):
    tab = start()
    answer(tab, NO_BIAS)
    at(tab, "2026-12-01")
    tab.reload()
    tab.locator(f"#{ITEM} summary").click()
    answer(tab, RIGHT)
    look(tab, "2026-12-01", "Nothing due today; 1 on December 2.")
    tab.goto(f"{PRACTICE}#seed=7&count=1&level=1&kinds=output_size")
    (asked,) = sheet.problems(7, count=1, level=1, kinds=["output_size"])
    field = tab.locator(".practice-list").get_by_role("textbox")
    for day, text in (("2026-12-01", "99999"), ("2026-12-02", str(asked.answer))):
        at(tab, day)
        if day == "2026-12-02":
            tab.locator(".practice-fold > summary").last.click()
        field.fill(text)
        field.press("Enter")
        expect(tab.locator(".practice-item")).to_have_attribute("data-verdict", re.compile("right|wrong"))
    assert json.loads(kept(tab)["misses#output_size:1"]) == {"step": 0, "on": "2026-12-02", "wrong": ["other", "shown"]}
    assert tab.errors == []


# --- the file with everything ----------------------------------------------------------------------------------------


def whole(**change):
    """A file with a missed question, which this edition asks."""
    missed = {ITEM: {"step": 0, "on": "2026-11-30", "wrong": ["bias-forgotten"]}}
    return {"file": "cnnbook answers", "version": 1, "saved": "", "answers": {}, "misses": missed} | change


def choose(tab, folder, content):
    """Add a file; give the place where the page says what came of it."""
    path = folder / "mine.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    tab.locator(f"{FILE} input").set_input_files(path)
    return tab.locator(f"{FILE} [role=status]")


def save(tab, folder, part, name):
    """Press a button that saves a file; give the text."""
    with tab.expect_download() as download:
        tab.locator(part).get_by_role("button", name=name).click()
    download.value.save_as(path := folder / "saved.json")
    return path.read_text("utf-8")


def test_everything_goes_into_a_file_and_into_another_browser(start, visit, tmp_path):
    tab = start()
    answer(tab, NO_BIAS)
    answer(tab, RIGHT)
    tab.goto(f"{PRACTICE}#seed=7&count=1&level=1&kinds=output_size")
    field = tab.locator(".practice-list").get_by_role("textbox")
    field.fill("99999")
    field.press("Enter")
    expect(tab.locator(".practice-item")).to_have_attribute("data-verdict", "wrong")
    tab.goto(PAGE)
    text = save(tab, tmp_path, FILE, "Save all as a file")
    other = visit(PAGE).tab
    at(other, "2026-12-01")
    status = choose(other, tmp_path, text)
    expect(status).to_have_text("1 answer and 2 missed items of the file count now, and what was here stayed.")
    expect(other.locator(f"{DUE} p")).to_have_text("2 due today.")
    here = {key: note for key, note in kept(tab).items() if not key.startswith("sheet#")}  # left, not answered
    assert kept(other) == here
    status = choose(other, tmp_path, text)  # the same once more changes nothing
    expect(status).to_have_text("The file adds no answers.")
    assert kept(other) == here
    # What is here and right, or of a later day, is not lost to an older file.
    other.goto(PARAMETERS)
    answer(other, RIGHT)
    mine = kept(other)
    other.goto(PAGE)
    (key,) = json.loads(text)["answers"]
    status = choose(other, tmp_path, whole(answers={key: {"given": "5", "right": False}}))
    expect(status).to_have_text("The file adds no answers.")
    assert kept(other) == mine
    assert tab.errors == other.errors == []


def test_a_file_of_another_edition_adds_what_this_one_asks(start, tmp_path):
    tab = start()
    answer(tab, NO_BIAS)
    tab.goto(PAGE)
    before = kept(tab)
    (answered,) = (key for key in before if ITEM in key and not key.startswith("misses"))
    right = {"given": str(RIGHT), "right": True}
    gone = {
        answered[:-1] + "x": right,
        "book/gone#quiz-gone:1": right,
        f"{answered}#more": right,
        "practice#9:1": right,
    }
    status = choose(
        tab,
        tmp_path,
        whole(answers={answered: {**right, "more": 1}, **gone}, misses={"quiz-gone": whole()["misses"][ITEM]}),
    )
    expect(status).to_contain_text("1 answer and 0 missed items of the file count now")
    expect(status).to_contain_text("5 entries on what this edition does not ask stayed out.")
    assert kept(tab) == before | {answered: json.dumps(right, separators=(",", ":"))}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "This is not a file that “Save all as a file” has made."),
        (whole(version=7), "This file is from another edition"),
        (
            whole(misses={ITEM: {"step": 0, "on": "2026-02-30", "wrong": []}}),
            f"This file is damaged: “{ITEM}” in it cannot be read.",
        ),
        (" " * 10_000_000, "The file has 10.0 MB; at most 2 are read."),
    ],
    ids=["empty", "newer", "damaged", "large"],
)
def test_a_bad_file_changes_nothing(content, words, start, tmp_path):
    tab = start()
    answer(tab, RIGHT)
    tab.goto(PAGE)
    before = kept(tab)
    status = choose(tab, tmp_path, content)
    expect(status).to_contain_text(f"mine.json: {words}")
    expect(status).to_contain_text("Nothing was changed.")
    assert kept(tab) == before
    assert tab.errors == []


# --- the file for a teacher ------------------------------------------------------------------------------------------


def test_the_file_for_a_teacher_is_read_before_it_is_saved_and_the_command_reads_it(start, tmp_path, capsys):
    tab = start()
    answer(tab, NO_BIAS)
    answer(tab, RIGHT, item="quiz-parameters-dense")  # another question's number: wrong there
    answer(tab, conv_parameters(3, 8, 16), item="quiz-parameters-padding")
    tab.goto(PAGE)
    part = tab.locator(CLASS)
    text = part.get_by_role("region", name="The file")
    expect(text).to_be_hidden()
    assert "student#id" not in kept(tab)  # nothing is made up before a reader asks for it
    part.locator("summary").press("Enter")
    expect(text).to_contain_text(f'"{ITEM}": ["bias-forgotten"]')
    assert set(json.loads(text.text_content())) == {"file", "version", "student", "saved", "items"}
    assert str(NO_BIAS) not in text.text_content()
    part.get_by_label("Your name").fill(' Ada <b> "{}" ')
    assert json.loads(text.text_content())["name"] == 'Ada <b> "{}"'
    shown = save(tab, tmp_path, CLASS, "Save this file")
    assert shown == text.text_content()
    assert json.loads(shown)["items"] == {
        ITEM: ["bias-forgotten"], "quiz-parameters-dense": ["other"], "quiz-parameters-padding": []
    }  # fmt: skip
    student = json.loads(shown)["student"]
    tab.reload()
    part.locator("summary").click()
    expect(text).to_contain_text(student)
    expect(text).not_to_contain_text("Ada")
    assert main(["class", str(tmp_path)]) == 0
    assert f"1 of 1  {ITEM}" in capsys.readouterr().out
    assert tab.errors == []


def test_a_browsers_number_goes_along_and_what_is_forgotten_is_in_no_file(start, tmp_path):
    tab = start()
    answer(tab, NO_BIAS)
    tab.goto(PAGE)
    expect(choose(tab, tmp_path, whole(student="0123456789abcdef"))).to_contain_text("adds no answers")
    part = tab.locator(CLASS)
    part.locator("summary").click()
    before = json.loads(save(tab, tmp_path, CLASS, "Save this file"))
    assert before["student"] == "0123456789abcdef"
    assert before["items"] == {ITEM: ["bias-forgotten"]}
    forget = tab.locator(".quiz-forget").first
    forget.click()
    forget.click()  # it asks for a second press
    after = json.loads(save(tab, tmp_path, CLASS, "Save this file"))
    assert after["items"] == {}
    assert after["student"] != before["student"]


def test_kinds_of_problems_solved_at_once_are_in_the_file_for_a_teacher(visit, tmp_path, capsys):
    tab = visit(PAGE).tab
    at(tab, "2026-11-30")
    (asked,) = sheet.problems(7, count=1, level=1, kinds=["output_size"])
    tab.goto(f"{PRACTICE}#seed=7&count=1&level=1&kinds=output_size")
    field = tab.locator(".practice-list").get_by_role("textbox")
    field.fill(str(asked.answer))
    field.press("Enter")
    expect(tab.locator(".quiz-feedback")).to_contain_text("Right")
    look(tab, "2026-11-30", "Nothing due today.")
    tab.locator(f"{CLASS} summary").click()
    assert json.loads(save(tab, tmp_path, CLASS, "Save this file"))["items"] == {"output_size:1": []}
    expect(tab.locator(f"{CLASS} .run-note")).to_contain_text("wrong numbers a question recognises")
    assert main(["class", str(tmp_path)]) == 0
    assert "1 reader" in capsys.readouterr().out
    assert tab.errors == []


def test_what_is_overcome_is_left_out_of_the_file_for_a_teacher(start, tmp_path):
    tab = start()
    answer(tab, NO_BIAS)
    answer(tab, 5, item="quiz-parameters-dense")
    for day in ("2026-12-01", "2026-12-04", "2026-12-11"):
        at(tab, day)
        tab.reload()
        answer(tab, RIGHT)
        page = tab.context.new_page()
        at(page, day)
        page.goto(tab.url.replace(PARAMETERS, PAGE))
        page.locator(f"{CLASS} summary").click()
        items = json.loads(save(page, tmp_path, CLASS, "Save this file"))["items"]
        # The same question counts as answered; the other one has not come back yet.
        mistakes = [] if day == "2026-12-11" else ["bias-forgotten"]
        assert items == {ITEM: mistakes, "quiz-parameters-dense": ["other"]}
    assert json.loads(kept(tab)[f"misses#{ITEM}"])["wrong"] == ["bias-forgotten"]


def test_every_mistake_that_a_page_can_note_is_one_that_the_command_reads(start):
    """All items of the book, by the names in their remarks; and every kind of problem has its title in the overview."""

    names = set()
    for page in built_pages():
        names |= {note["data-mistake"] for note in checks.parse(SITE / page).select("[data-mistake]")}
    assert len(names & set(MISTAKES)) > 20
    assert [name for name in names if not class_report._MISTAKE.fullmatch(name)] == []
    (row,) = checks.parse(SITE / PAGE).select("tr[data-kinds]")
    assert json.loads(row["data-kinds"]) == {kind: texts["title"] for kind, texts in TEXTS["kinds"].items()}


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_keeps_a_reader_out(start, width):
    tab = start(width=width, has_touch=True)
    answer(tab, NO_BIAS)
    answer(tab, 5, item="quiz-parameters-dense")
    look(tab, "2026-12-01", "2 due today.")
    tab.locator(f"{CLASS} summary").click()
    expect(tab.locator(f"{CLASS} pre")).to_be_visible()
    assert checks.accessibility_in_both_themes(tab, "[data-review]") == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for control in tab.locator(f":is({FILE}, {CLASS}) :is(button, summary, input)").all():
        assert control.bounding_box()["height"] >= 24
