"""The practice page in a real browser, by keyboard: the problems are those of Python, and so is what it says."""

import io
import re

import checks
import pypdf
import pytest
from built import SITE
from playwright.sync_api import expect

from cnnbook import practice
from cnnbook.plotting.style import TINTS
from cnnbook.practice import sheet
from cnnbook.practice.texts import TEXTS, shown

PAGE = "book/review/practice.html"
COUNT = 16
STATUS = "[data-practice] [role=status]"
PROBLEMS = sheet.problems(7, count=COUNT)
ADDRESS = f"{PAGE}#seed=7&count={COUNT}"

pytestmark = pytest.mark.xdist_group("practice page")


def typed(answer):
    """An answer as a reader types it."""
    return ", ".join(map(str, answer)) if isinstance(answer, tuple) else f"{answer:,}"


def items(tab):
    return tab.locator(".practice-list > li")


def problems_on(tab, problems=PROBLEMS):
    """Each problem of Python with its item on the page."""
    expect(items(tab)).to_have_count(len(problems))
    return zip(problems, items(tab).all(), strict=True)


def words(text):
    """A text without white space and backticks, and without the numbers of a list, which a browser draws itself."""
    return re.sub(r"[\s`]|^\d+\. (?=conv|max)", "", text, flags=re.M)


def answer(item, text):
    """Type an answer, press Enter and wait for what is said of it: what checks answers is loaded with the first."""
    item.get_by_role("textbox").fill(text)
    item.get_by_role("textbox").press("Enter")
    expect(item.locator(".quiz-feedback")).not_to_be_empty()


def open_settings(tab):
    """Open what chooses the problems of a sheet; give its element."""
    settings = tab.locator(".practice-settings")
    settings.locator("summary").click()
    expect(settings).to_have_attribute("open", "")
    return settings


def show_all(tab):
    """Have all problems of the sheet shown below each other."""
    open_settings(tab)
    tab.get_by_label("One at a time").uncheck()


def dot(tab, number, state):
    """The dot of a problem, by what a screen reader says of it."""
    return tab.get_by_role("radio", name=f"Problem {number}, {state}", exact=True)


def test_a_sheet_is_read_and_solved_by_keyboard_alone_from_disk(open_tab, tab_to):
    """With the network off; a screen reader hears the question as part of the name of its group."""
    tab = open_tab(f"{(SITE / PAGE).as_uri()}#seed=7&count={COUNT}", offline=True)
    for number, (problem, item) in enumerate(problems_on(tab), 1):
        legend = f"Problem {number} of {COUNT} · {problem.title}, level {problem.level}"
        question = problem.question.split("\n")[0].replace("`", "")
        expect(tab.get_by_role("group", name=f"{legend} {question}")).to_have_count(1)
        parts = item.locator("[id^=practice-question], .practice-grids").evaluate_all(
            "parts => parts.map(part => part.textContent).join('')"
        )
        assert words(parts) == words(problem.question)
        if number == 1:
            tab_to(tab, ".practice-list input[type=text]")
        expect(item.get_by_role("textbox")).to_be_focused()
        tab.keyboard.type(typed(problem.answer))
        tab.keyboard.press("Enter")
        expect(item.locator(".quiz-verdict")).to_have_text(f"✓ {practice.check(problem, problem.answer).sentence}")
        expect(item.locator("legend")).to_have_text(f"{legend} ✓ solved")
        expect(tab.locator(STATUS)).to_have_text(f"Sheet 7: {number} of {COUNT} solved.")
        expect(dot(tab, number, "answered right")).to_be_checked()
        if number < COUNT:
            tab.keyboard.press("Enter")
    expect(tab.locator("[aria-invalid=true]")).to_have_count(0)
    assert checks.repeated_ids(checks.parse(tab.content())) == []
    assert tab.errors == []
    assert [address for address in tab.addresses if not address.startswith(("file:", "data:"))] == []


def test_every_wrong_answer_gets_its_sentence(visit):
    """A usual mistake with the page that teaches it, an unknown number, and what is no answer."""
    page = visit(ADDRESS)
    show_all(page.tab)
    for problem, item in problems_on(page.tab):
        feedback = item.locator(".quiz-feedback")
        card = item.locator("fieldset")
        row = isinstance(problem.answer, tuple)
        for text in ("", "sixteen", "1.5"):
            answer(item, text)
            expect(feedback).to_have_text("? " + TEXTS["feedback"]["row" if row else "number"])
            expect(card).to_have_attribute("data-verdict", "unread")
        unknown = (77,) * len(problem.answer) if row else 99_999
        answer(item, typed(unknown))
        expect(feedback).to_contain_text(practice.check(problem, unknown).sentence)
        for value, mistake in problem.mistakes.items():
            answer(item, typed(value))
            title = TEXTS["pages"][mistake.page]
            said = " ".join(feedback.locator("p").all_inner_texts())  # without the numbers of a picture
            assert words(said) == words(f"✗ Not yet. {mistake.sentence} See {title}.")
            target = feedback.get_by_role("link").get_attribute("href")
            assert (SITE / PAGE).parent.joinpath(target).resolve() == SITE / "book" / f"{mistake.page}.html"
            assert (SITE / "book" / f"{mistake.page}.html").is_file()
        box = item.get_by_role("textbox")
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(card).to_have_attribute("data-verdict", "wrong")
        expect(item.locator("legend")).not_to_contain_text("solved")
        box.press("End")
        box.press("5")
        expect(feedback).to_be_empty()  # what was said belongs to another answer
        assert [element.get_attribute("data-verdict") for element in (card, box)] == [None, None]
        assert box.get_attribute("aria-invalid") is None
        # A live region is read when it changes; a field that names it too would have it read twice.
        assert feedback.get_attribute("aria-live") == "polite"
        assert box.get_attribute("aria-describedby") is None
    expect(page.tab.locator(STATUS)).to_have_text(f"Sheet 7: 0 of {COUNT} solved.")
    assert page.errors == []


def test_hints_and_solution_by_keyboard(visit, tab_to):
    tab = visit(ADDRESS).tab
    show_all(tab)
    for problem, item in problems_on(tab):
        folds = item.locator("details")
        titles = ("Hint", "Next hint", "Show the solution")
        inside = (*problem.hints, "".join(problem.solution) + f"Answer: {shown(problem.answer)}")
        assert not any(words(text) in words(item.inner_text()) for text in inside)
        for position, (fold, title, text) in enumerate(zip(folds.all(), titles, inside, strict=True)):
            summary = fold.locator("> summary")
            expect(summary).to_have_text(title)
            # The next hint shows up with the first.
            expect(summary).to_be_visible()
            tab_to(tab, ".practice-list summary")
            expect(summary).to_be_focused()
            tab.keyboard.press("Enter" if position else "Space")
            assert words(text) in words(item.inner_text())
            if position == 0:
                assert words(problem.hints[1]) not in words(item.inner_text())
        folds.first.locator("> summary").press("Enter")
        expect(folds.nth(1)).to_be_hidden()
        folds.last.locator("> summary").focus()


def test_new_problems_have_their_seed_in_the_address(visit):
    page = visit(PAGE)
    tab = page.tab
    expect(items(tab)).to_have_count(10)
    first = tab.evaluate("location.hash")
    assert re.fullmatch(r"#seed=\d+&count=10", first)
    questions = items(tab).all_inner_texts()
    for _ in range(3):
        tab.get_by_role("button", name="New problems").click()
        if tab.evaluate("location.hash") != first:
            break
    assert tab.evaluate("location.hash") != first
    assert items(tab).all_inner_texts() != questions
    seed = int(re.search(r"seed=(\d+)", tab.evaluate("location.hash"))[1])
    assert_sheet(tab, sheet.problems(seed))
    again = items(tab).all_inner_texts()
    tab.reload()
    assert items(tab).all_inner_texts() == again
    tab.go_back()
    expect(tab.locator(STATUS)).to_contain_text(f"Sheet {re.search(r'[0-9]+', first)[0]}:")
    assert items(tab).all_inner_texts() == questions
    assert page.errors == []


_TWO_KINDS = ["one_dimension", "pooling"]


def assert_sheet(tab, problems):
    """The page shows these problems."""
    for problem, item in problems_on(tab, problems):
        assert f"{problem.title}, level {problem.level}" in item.inner_text()
        assert words(problem.question.split("\n")[0]) in words(item.inner_text())


def test_a_link_gives_everyone_the_same_sheet_and_what_no_sheet_has_is_said(visit, site_address):
    page = visit(PAGE)
    status = page.tab.locator(STATUS)
    for address, options, refused in (
        ("?seed=7&count=3", {"seed": 7, "count": 3}, None),
        ("#seed=7&count=3&level=2", {"seed": 7, "count": 3, "level": 2}, None),
        ("#seed=4294967295&kinds=pooling,one_dimension", {"seed": 2**32 - 1, "kinds": _TWO_KINDS}, None),
        ("#seed=7&count=999&level=9&kinds=nonsense", {"seed": 7}, "count=999, level=9, kinds=nonsense"),
        ("#seed=7&count=5&kinds=pool,pooling", {"seed": 7, "count": 5, "kinds": ["pooling"]}, "kinds=pool"),
        ("#seed=7&count=&kinds=", {"seed": 7}, "count=, kinds="),
        ("#seed=7.5", None, "seed=7.5"),
        ("#seed=-1&count=3", None, "seed=-1"),
        ("#seed=4294967296", None, "seed=4294967296"),
        ("#seed=", None, "seed="),
        ("?seed=seven", None, "seed=seven"),
        ("", None, None),
        ("#seed=7&count=5&kind=pooling", {"seed": 7, "count": 5}, "kind=pooling"),
        ("?seed=7&count=5&kind=pooling", {"seed": 7, "count": 5}, "kind=pooling"),
        ("#seed=7&seed=8&Level=2&constructor=1&=", {"seed": 7}, "seed=8, Level=2, constructor=1, ="),
        ("#kind=" + "x" * 5000, None, "kind=" + "x" * 35),
        # An address without a number has a sheet drawn for it.
        ("#kinds=pooling&count=41", None, "count=41"),
        ("?count=0", None, "count=0"),
    ):
        page.tab.goto(site_address + PAGE + address)
        refusal = f"The address asks for {re.escape(refused)}, which no sheet has. " if refused else ""
        expect(status, address).to_have_text(re.compile(rf"^{refusal}Sheet \d+: 0 of"))
        if options:
            assert_sheet(page.tab, sheet.problems(**options))
        # What is shown has an address, and there is nothing to say about that.
        assert re.match(r"#seed=\d+&count=\d+", page.tab.evaluate("location.hash"))
        page.tab.get_by_role("button", name="New problems").click()
        expect(status, address).to_have_text(re.compile(r"^Sheet \d+: 0 of \d+ solved\.$"))
    assert page.errors == []


@pytest.mark.parametrize(
    ("field", "value", "button", "address"),
    [
        ("Problems", "", "Show this sheet", "#seed=3&count=5"),
        ("Problems", "2.5", "Show this sheet", "#seed=3&count=5"),
        ("Problems", "4000", "New problems", "#seed=3&count=5"),
        ("Sheet number", "", "Show this sheet", "#seed=3&count=5"),
        # A new sheet needs no number from the reader, and a number has one way to be written.
        ("Sheet number", "", "New problems", r"#seed=\d+&count=5"),
        ("Sheet number", "7e2", "Show this sheet", "#seed=700&count=5"),
    ],
)
def test_an_odd_value_draws_nothing(field, value, button, address, visit):
    page = visit(f"{PAGE}#seed=3&count=5")
    tab = page.tab
    settings = open_settings(tab)
    tab.get_by_label(field, exact=True).fill(value)
    if button == "New problems":
        settings.locator("summary").click()
    tab.get_by_role("button", name=button).click()
    expect(items(tab)).to_have_count(5)
    assert re.fullmatch(address, tab.evaluate("location.hash"))
    # A value that is refused can be seen, else the browser has nowhere to say so.
    refused = button == "New problems" and field == "Problems"
    expect(settings).to_have_js_property("open", refused or button == "Show this sheet")
    tab.get_by_role("button", name="Next problem").click()
    expect(items(tab).nth(1)).to_be_visible()
    assert page.errors == []


def test_kinds_level_and_count_are_chosen(visit):
    tab = visit(f"{PAGE}#seed=3&count=5").tab
    open_settings(tab)
    for kind in practice.KINDS:
        tab.get_by_label(TEXTS["kinds"][kind]["title"], exact=True).set_checked(kind == "receptive_field")
    tab.get_by_role("combobox", name="Level").select_option("3")
    tab.get_by_label("Problems", exact=True).fill("4")
    tab.get_by_label("Sheet number").fill("12")
    tab.get_by_label("Sheet number").press("Enter")
    address = "#seed=12&count=4&level=3&kinds=receptive_field"
    assert tab.evaluate("location.hash") == address
    problems = sheet.problems(12, count=4, level=3, kinds=["receptive_field"])
    assert_sheet(tab, problems)
    # Without a kind nothing changes.
    tab.get_by_label("Receptive field", exact=True).uncheck()
    tab.get_by_role("button", name="Show this sheet").click()
    expect(tab.locator(STATUS)).to_have_text("Choose at least one kind of problem.")
    expect(items(tab)).to_have_count(4)
    assert tab.evaluate("location.hash") == address


def test_one_at_a_time(visit):
    tab = visit(f"{PAGE}#seed=3&count=3").tab
    back, forth = (tab.get_by_role("button", name=f"{name} problem") for name in ("Previous", "Next"))
    for number, pressed in ((0, forth), (1, forth), (2, back), (1, back), (0, None)):
        for position, item in enumerate(items(tab).all()):
            expect(item).to_be_visible() if position == number else expect(item).to_be_hidden()
        # At either end there is nothing to turn to.
        expect(back).to_be_enabled(enabled=number > 0)
        expect(forth).to_be_enabled(enabled=number < 2)
        if pressed:
            pressed.press("Enter")
            expect(items(tab).nth(number + (1 if pressed is forth else -1)).get_by_role("textbox")).to_be_focused()
    open_settings(tab)
    tab.get_by_label("Problems", exact=True).fill("1")
    tab.get_by_role("button", name="Show this sheet").click()
    expect(back).to_be_disabled()
    expect(forth).to_be_disabled()
    tab.get_by_label("Problems", exact=True).fill("3")
    tab.get_by_role("button", name="Show this sheet").click()
    forth.click()
    # What was looked at stays, and what turns pages has nothing to do.
    tab.get_by_label("One at a time").uncheck()
    assert all(item.is_visible() for item in items(tab).all())
    for control in (back, forth, tab.get_by_role("radio").first):
        expect(control).to_be_hidden()
    tab.get_by_label("One at a time").check()
    expect(items(tab).nth(1)).to_be_visible()
    expect(items(tab).first).to_be_hidden()


def test_after_a_right_answer_enter_leads_on_and_at_last_to_what_was_missed(visit):
    tab = visit(f"{PAGE}#seed=7&count=3").tab
    problems = sheet.problems(7, count=3)
    check = tab.locator(".practice-item:visible .quiz-check")
    answer(items(tab).nth(0), typed(next(iter(problems[0].mistakes))))
    expect(check).to_have_text("Check")
    dot(tab, 2, "open").click()
    answer(items(tab).nth(1), typed(problems[1].answer))
    expect(check).to_have_text("Next problem")
    for solved, following in ((1, 2), (2, 0)):
        if solved == 2:
            answer(items(tab).nth(2), typed(problems[2].answer))
            expect(check).to_have_text("Next problem")
        tab.keyboard.press("Enter")
        expect(items(tab).nth(following).get_by_role("textbox")).to_be_focused()
    answer(items(tab).nth(0), typed(problems[0].answer))
    expect(check).to_have_text("How it went")
    tab.keyboard.press("Enter")
    end = tab.locator(".practice-end")
    expect(end).to_be_focused()
    expect(end).to_contain_text("2 at the first try")
    expect(end).to_contain_text(f"1 after a mistake: {problems[0].title}")
    tab.keyboard.press("Enter")  # which skips nothing
    expect(tab.locator(STATUS)).to_have_text("Sheet 7: 3 of 3 solved.")
    end.get_by_role("button", name="More of what was hard").click()
    expect(tab.locator(STATUS)).to_contain_text(": 0 of 3 solved.")
    assert f"kinds={problems[0].kind}" in tab.url
    expect(end).to_be_empty()
    expect(items(tab).nth(0).get_by_role("textbox")).to_be_focused()


def test_a_changed_answer_is_checked_again(visit):
    tab = visit(f"{PAGE}#seed=7&count=2").tab
    (first, _) = sheet.problems(7, count=2)
    answer(items(tab).nth(0), typed(first.answer))
    expect(items(tab).nth(0).locator(".quiz-check")).to_have_text("Next problem")
    items(tab).nth(0).get_by_role("textbox").press("5")
    expect(items(tab).nth(0).locator(".quiz-check")).to_have_text("Check")
    tab.keyboard.press("Enter")
    expect(items(tab).nth(0).locator("fieldset")).to_have_attribute("data-verdict", "wrong")


def test_an_answer_after_the_solution_does_not_count(visit):
    """Nor when the solution was closed again, nor after a reload; one opened after the answer takes nothing."""
    tab = visit(f"{PAGE}#seed=7&count=2").tab
    problems = sheet.problems(7, count=2)
    item = items(tab).nth(0)
    item.get_by_text("Show the solution").click()
    expect(item.locator(".practice-fold").last).to_have_attribute("open", "")
    item.get_by_text("Show the solution").click()
    answer(item, typed(problems[0].answer))
    expect(item.locator("legend")).to_contain_text("with the solution")
    expect(dot(tab, 1, "with the solution")).to_be_checked()
    expect(tab.locator(STATUS)).to_have_text("Sheet 7: 0 of 2 solved.")
    tab.keyboard.press("Enter")
    answer(items(tab).nth(1), typed(problems[1].answer))
    items(tab).nth(1).get_by_text("Show the solution").click()
    expect(tab.locator(STATUS)).to_have_text("Sheet 7: 1 of 2 solved.")
    tab.reload()
    expect(tab.locator(STATUS)).to_have_text("Sheet 7: 1 of 2 solved.")
    expect(dot(tab, 1, "open")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_question_is_in_sight_after_each_turn(visit, width):
    """Whatever was open below the last."""
    tab = visit(f"{PAGE}#seed=7&count=4", width=width, height=800).tab
    for number in range(1, 4):
        items(tab).nth(number - 1).get_by_text("Show the solution").click()
        tab.get_by_role("button", name="Next problem").click()
        expect(items(tab).nth(number).get_by_role("textbox")).to_be_focused()
        assert 40 < tab.locator(".quiz-dots").bounding_box()["y"] < 130
        assert items(tab).nth(number).locator("legend").bounding_box()["y"] < 250


def test_an_answer_and_a_solution_show_the_picture(visit):
    """A wrong one is marked in it, or shown how it begins; the right one stands in it."""
    tab = visit(f"{PAGE}#seed=7&count=2&kinds=parameters,one_dimension").tab
    problems = sheet.problems(7, count=2, kinds=("parameters", "one_dimension"))
    for problem, item in problems_on(tab, problems):
        is_row = problem.kind == "one_dimension"
        answer(item, typed((problem.answer[0] + 50, *problem.answer[1:]) if is_row else 7))
        expect(item.locator(".quiz-feedback svg")).to_have_count(1)
        expect(item.locator(".quiz-feedback")).to_contain_text(str(problem.answer[0] + 50) if is_row else "one of")
        answer(item, typed(problem.answer))
        expect(item.locator(".quiz-feedback svg")).to_have_count(1)
        expect(item.locator(".quiz-feedback")).not_to_contain_text("one of")
        item.get_by_text("Show the solution").click()
        expect(item.locator(".practice-fold svg")).to_have_count(1)
        item.get_by_role("textbox").press("Enter")


def test_without_its_second_part_the_page_says_why_it_cannot_check(visit):
    page = visit(f"{PAGE}#seed=7&count=2")
    tab = page.tab
    tab.route("**/practice-later.js*", lambda route: route.abort())
    answer(items(tab).nth(0), "5")
    expect(items(tab).nth(0).locator(".quiz-feedback")).to_contain_text("Check the connection")
    tab.unroute("**/practice-later.js*")
    tab.get_by_role("button", name="Check").click()
    expect(items(tab).nth(0).locator("fieldset")).to_have_attribute("data-verdict", re.compile("right|wrong"))


@pytest.mark.parametrize("width", [1280, 360])
def test_dots_turn_to_problems_and_say_how_they_went(visit, tab_to, width):
    """By touch and by keyboard: one stop for all dots, and arrows among them."""
    tab = visit(f"{PAGE}#seed=7&count=10", width=width, has_touch=True).tab
    problems = sheet.problems(7)
    expect(tab.get_by_role("radio")).to_have_count(10)
    dot(tab, 4, "open").tap()
    expect(items(tab).nth(3)).to_be_visible()
    expect(items(tab).first).to_be_hidden()
    answer(items(tab).nth(3), typed(problems[3].answer))
    expect(items(tab).nth(3).locator("legend")).to_contain_text("solved")
    for later in ("no number", typed(next(iter(problems[3].mistakes)))):  # which take nothing back
        answer(items(tab).nth(3), later)
    expect(dot(tab, 4, "answered right")).to_be_checked()
    dot(tab, 1, "open").tap()
    tab.locator("body").click(position={"x": 1, "y": 1})
    tab_to(tab, ".quiz-dot")
    tab.keyboard.press("ArrowRight")
    expect(items(tab).nth(1)).to_be_visible()
    expect(dot(tab, 2, "open")).to_be_focused()
    tab.keyboard.press("Tab")  # to the problem: the other dots are no stops
    expect(items(tab).nth(1).get_by_role("textbox")).to_be_focused()
    answer(items(tab).nth(1), "no number")
    expect(dot(tab, 2, "open")).to_be_checked()
    answer(items(tab).nth(1), typed(next(iter(problems[1].mistakes))))
    expect(dot(tab, 2, "not yet right")).to_be_checked()
    signs = "dots => dots.map(dot => getComputedStyle(dot, '::before').content.split(' ')[0])"
    assert tab.get_by_role("radio").evaluate_all(signs)[:4] == ['"1"', '"✗"', '"3"', '"✓"']
    boxes = [element.bounding_box() for element in tab.get_by_role("radio").all()]
    assert len({box["y"] for box in boxes}) == 1  # ten in a row, large enough for a finger
    assert min(min(box["width"], box["height"]) for box in boxes) >= 24
    tab.goto("about:blank")
    tab.go_back()
    expect(dot(tab, 4, "answered right")).to_have_count(1)
    expect(dot(tab, 2, "not yet right")).to_have_count(1)
    tab.wait_for_timeout(300)  # a browser fills in again what it has kept of controls, after the scripts
    expect(dot(tab, 1, "open")).to_be_checked()
    expect(items(tab).first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_channels_stand_in_rows_of_their_colour_and_filters_are_lilac(visit, width):
    """All cells have one size, and on a phone too no channel stands below another's place."""
    tab = visit(f"{PAGE}#seed=11&count=3&level=2&kinds=volume_cell", width=width).tab
    grids = items(tab).first.locator("table")
    places = [grid.bounding_box() for grid in grids.all()]
    assert [place["x"] for place in places] == [places[0]["x"], places[1]["x"]] * 3
    assert [place["y"] for place in places[::2]] == [place["y"] for place in places[1::2]]
    assert places[4]["y"] > places[2]["y"] > places[0]["y"]
    sizes = "cells => cells.map(cell => [cell.offsetWidth, cell.offsetHeight]).flat()"
    cells = items(tab).first.locator("td").evaluate_all(sizes)
    assert len(cells) == 2 * 3 * (16 + 9)
    assert set(cells) <= {32, 33}  # with the border that neighbours share
    fill = "grid => getComputedStyle(grid.querySelector('td')).backgroundColor"
    fills = [grid.evaluate(fill) for grid in grids.all()]
    expected = [rgb(TINTS[name]) for channel in ("red", "green", "blue") for name in (channel, "filter")]
    assert fills == expected


def rgb(colour):
    """A colour as a browser says it."""
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


def test_the_link_is_copied(visit, tab_to):
    tab = visit(f"{PAGE}#seed=3&count=3").tab
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = tab.get_by_role("button", name="Copy link")
    copy.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(STATUS)).to_have_text("The link is copied.")
    expect(copy).to_be_focused()
    link = tab.evaluate("location.href")
    assert link.endswith("#seed=3&count=3")
    assert tab.evaluate("navigator.clipboard.readText()") == link
    for clipboard in ("{ writeText: () => Promise.reject() }", "undefined"):
        tab.evaluate(
            f"() => {{ Object.defineProperty(navigator, 'clipboard', {{ value: {clipboard}, configurable: true }}) }}"
        )
        copy.click()
        expect(tab.locator(STATUS)).to_have_text(f"Copy this link: {link}")


def test_what_is_solved_is_remembered_counted_and_can_be_forgotten(visit):
    """On other sheets with the same problem too; what another script wrote is dropped with a word."""
    tab = visit(f"{PAGE}#seed=7&count={COUNT}").tab
    show_all(tab)
    for problem, item in list(problems_on(tab))[:3]:
        answer(item, typed(problem.answer))
    answer(items(tab).nth(3), "1, 2")
    tab.goto("book/review/your-answers.html")
    row = tab.get_by_role("row", name="Practise until it is easy")
    expect(row).to_have_text(re.compile("Practise until it is easy *without end *3 solved$"))
    expect(tab.locator(".quiz-overview tfoot")).to_contain_text(re.compile(r"\d+ questions"))
    tab.go_back()
    expect(tab.locator(STATUS)).to_have_text(f"Sheet 7: 3 of {COUNT} solved.")
    show_all(tab)
    for position, (problem, item) in enumerate(problems_on(tab)):
        expect(item.get_by_role("textbox")).to_have_value(shown(problem.answer) if position < 3 else "")
        expect(item.locator(".quiz-state")).to_have_text("✓ solved" if position < 3 else "")
        item.get_by_role("button", name="Check").click()
        expect(item.locator(".quiz-feedback")).to_contain_text("Right" if position < 3 else "Type")
    keys = "Object.keys(localStorage).filter(key => key.includes(' practice#'))"
    for text in ('{"given": {"toString": 1}, "right": true}', '{"given": "5, 5, 5", "right": true}', "5", "{"):
        tab.evaluate(f"text => {{ for (const key of {keys}) localStorage[key] = text; }}", text)
        tab.reload()
        expect(tab.locator(STATUS)).to_have_text(
            f"Sheet 7: 0 of {COUNT} solved. Answers that could not be read were dropped: give them again."
        )
        assert tab.evaluate(keys) == []
        show_all(tab)
        for problem, item in list(problems_on(tab))[:3]:
            answer(item, typed(problem.answer))
        assert len(tab.evaluate(keys)) == 3
    tab.goto("book/review/your-answers.html")
    tab.get_by_role("button", name="Forget all my answers").dblclick()
    expect(row).to_have_text(re.compile("without end *0 solved$"))
    tab.go_back()
    tab.reload()
    expect(tab.locator(STATUS)).to_have_text(f"Sheet 7: 0 of {COUNT} solved.")
    assert tab.errors == []


def test_a_sheet_goes_on_where_it_was_left(visit):
    """With what was missed, and how; a finished one, and one that a link asks for, do not."""
    tab = visit(f"{PAGE}#seed=7&count=3").tab
    problems = sheet.problems(7, count=3)
    answer(items(tab).nth(0), typed(problems[0].answer))
    tab.keyboard.press("Enter")
    items(tab).nth(1).get_by_text("Hint", exact=True).click()
    answer(items(tab).nth(1), "99999 cells")
    expect(dot(tab, 2, "not yet right")).to_be_checked()
    tab.goto("about:blank")
    tab.goto(PAGE)
    expect(tab.locator(STATUS)).to_have_text("This is where you left off. Sheet 7: 1 of 3 solved.")
    expect(dot(tab, 1, "answered right")).to_have_count(1)
    expect(dot(tab, 2, "not yet right")).to_be_checked()
    expect(items(tab).nth(1).get_by_role("textbox")).to_have_value("99999 cells")
    for item, problem in zip(items(tab).all()[1:], problems[1:], strict=True):
        answer(item, typed(problem.answer))
        expect(item.locator(".quiz-check")).not_to_have_text("Check")
        tab.keyboard.press("Enter")
    expect(tab.locator(".practice-end li")).to_have_text(
        [re.compile("1 at the first try"), re.compile("1 on an earlier visit"), re.compile("1 after a mistake")]
    )
    for _ in range(2):  # also after the finished one was seen once more
        tab.goto("about:blank")
        tab.goto(PAGE)
        expect(tab.locator(STATUS)).to_have_text(re.compile(r"^Sheet \d+: 0 of 10 solved\.$"))
        tab.goto(f"{PAGE}#seed=7&count=3")
        expect(tab.locator(STATUS)).to_have_text("Sheet 7: 3 of 3 solved.")
    # What was looked up stays so; a link to a problem that is due does not take the sheet's place.
    tab.goto("about:blank")
    tab.goto(f"{PAGE}#seed=8&count=2")
    (first, _) = sheet.problems(8, count=2)
    items(tab).nth(0).get_by_text("Show the solution").click()
    expect(items(tab).nth(0).locator("[data-seen]")).to_have_count(1)  # a browser says a moment later that it is open
    tab.goto("about:blank")
    tab.goto(PAGE)
    answer(items(tab).nth(0), typed(first.answer))
    expect(dot(tab, 1, "with the solution")).to_have_count(1)
    tab.goto(f"{PAGE}?seed=9&count=1")
    answer(items(tab).nth(0), "99999")
    tab.goto(PAGE)
    expect(tab.locator(STATUS)).to_have_text("This is where you left off. Sheet 8: 0 of 2 solved.")
    expect(dot(tab, 1, "with the solution")).to_have_count(1)
    expect(dot(tab, 2, "open")).to_be_checked()
    for foreign in (
        "5",
        '"text"',
        "[]",
        '{"address": 5, "cards": 7}',
        '{"address": {"toString": 1}, "cards": {}}',
        '{"address": "#seed=abc", "cards": {}}',
        '{"address": "#seed=7&count=3", "cards": "text"}',
        '{"address": "#seed=7&count=3", "cards": {"a": {"given": {"toString": 1}}}}',
        '{"address": "#seed=7&count=3", "cards": ["a", null, 1]}',
    ):
        tab.evaluate(
            """text => {
            const [key] = Object.keys(localStorage).filter(name => name.includes("cnnbook-quiz"));
            localStorage[key.replace(/ .*/, " sheet#last")] = text;
        }""",
            foreign,
        )
        tab.goto("about:blank")
        tab.goto(PAGE)
        expect(items(tab)).not_to_have_count(0)
        expect(tab.locator(STATUS)).to_have_text(
            re.compile(r"^(This is where you left off\. )?Sheet \d+: \d+ of \d+ solved\.$")
        )
    assert tab.errors == []


def test_print_has_room_and_no_controls(visit):
    tab = visit(ADDRESS).tab
    answer(items(tab).first, typed(PROBLEMS[0].answer))
    tab.emulate_media(media="print")
    for control in (
        tab.locator("[data-practice]")
        .locator("button, input, select, summary, .quiz-feedback, .quiz-state, .quiz-hint")
        .all()
    ):
        expect(control).to_be_hidden()
    expect(tab.get_by_text("Sheet 7", exact=True)).to_be_visible()
    room = "boxes => boxes.map(box => parseFloat(getComputedStyle(box, '::after').height))"
    rooms = tab.locator(".practice-list fieldset:visible").evaluate_all(room)
    assert len(rooms) == COUNT
    assert min(rooms) > 100  # pixels, of which a centimetre has 38
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # A solution that is open is printed, and needs no room.
    tab.emulate_media(media="screen")
    items(tab).first.get_by_text("Show the solution").click()
    tab.emulate_media(media="print")
    expect(items(tab).first.get_by_text(f"Answer: {shown(PROBLEMS[0].answer)}")).to_be_visible()
    rooms = tab.locator(".practice-list fieldset").evaluate_all(
        "boxes => boxes.map(box => getComputedStyle(box, '::after').content)"
    )
    assert rooms == ["none", *['"Answer:"'] * (COUNT - 1)]
    expect(tab.locator(".practice-list summary:visible")).to_have_count(1)


def test_each_printed_page_of_a_sheet_has_its_number(visit):
    tab = visit(ADDRESS).tab
    sheets = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages]
    assert len(sheets) > 1
    assert [sheet.count("Sheet 7") for sheet in sheets] == [1] * len(sheets)
    assert tab.locator("style", has_text="Sheet 7").count() == 0  # not for the next sheet


def test_without_scripts_the_page_says_what_to_do(visit):
    tab = visit(PAGE, java_script_enabled=False).tab
    expect(tab.get_by_text("python -m cnnbook practice --seed 7 --count 10 --solutions").first).to_be_visible()


def test_nothing_keeps_a_reader_out(visit):
    """No finding of any impact as it opens and with everything open, and nothing sticks out."""
    tab = visit(ADDRESS).tab
    assert checks.accessibility_in_both_themes(tab, "[data-practice]") == []
    show_all(tab)
    for position, (problem, item) in enumerate(problems_on(tab)):
        answer(item, typed(problem.answer if position % 2 else next(iter(problem.mistakes))))
        for summary in item.locator("summary").all():
            summary.click()
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        for one in (False, True):
            tab.get_by_label("One at a time").set_checked(one)
            assert checks.accessibility_in_both_themes(tab, "[data-practice]") == []
        tab.get_by_label("One at a time").uncheck()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
