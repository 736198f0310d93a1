"""Predictions, challenges, and what is remembered of labs, in a real browser."""

import json
from urllib.parse import quote

import checks
import pytest
from playwright.sync_api import expect

ONE_DIMENSION, OUTPUT_SIZE = "book/arithmetic/one-dimension.html", "book/arithmetic/output-size.html"
ANSWERS, HOW_SURE = "book/review/your-answers.html", "book/experiments/how-sure.html"
ASKING = "#fig-windows-s4-p1"


def open_figure(visit, page, selector, query="", **options):
    tab = visit(page + query, **options).tab
    tab.wait_for_selector(f"{selector}[data-live]")
    return tab, tab.locator(selector)


# --- predictions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_result_is_a_question_mark_until_it_is_guessed(width, visit):
    tab, figure = open_figure(visit, ONE_DIMENSION, ASKING, width=width)
    readout, verdict = figure.locator(".lab-readout"), figure.locator(".lab-verdict")
    expect(readout).to_contain_text("? outputs")
    expect(figure.locator("[data-cell^=y]")).to_have_count(1)
    assert "1 and 5" not in figure.locator(".lab-body svg").get_attribute("aria-label")
    assert checks.accessibility_in_both_themes(tab, ASKING) == []
    field = figure.locator("[data-guess]")
    for typed, words in (
        ("3", "You rounded up."),
        ("", "Write a number first."),
        ("1", "The first position counts too"),
    ):
        field.fill(typed)
        field.press("Enter")
        expect(verdict).to_contain_text(words)
        expect(readout).to_contain_text("? outputs")
    assert figure.locator(".lab-verdict a").get_attribute("href").startswith("output-size.html")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    field.fill("2")
    figure.get_by_role("button", name="Check").click()
    expect(figure.locator(".lab-told")).to_have_text("✓ Right: 2.")
    expect(readout).to_contain_text("= 2 outputs")
    figure.get_by_role("button", name="stride 1").click()
    expect(figure.locator(".lab-told")).to_have_text("It is 7.")  # nobody guessed that
    figure.get_by_role("button", name="Reset").click()
    expect(readout).to_contain_text("= 2 outputs")
    expect(figure.locator(".lab-told")).to_have_text("✓ Right: 2.")
    # The address waits its turn.
    shown = (
        f"() => new URLSearchParams(location.search).get('state') === document.querySelector('{ASKING}').dataset.state"
    )
    tab.wait_for_function(shown)
    tab.reload()
    tab.wait_for_selector(f"{ASKING}[data-live]")
    expect(figure.locator(".lab-told")).to_have_text("✓ Right: 2.")
    assert tab.errors == []


@pytest.mark.parametrize(
    ("stem", "selector", "wrong", "words", "right", "told"),
    [
        ("arithmetic/volumes", "#fig-volume-size", "3×3×2", "You kept the channels of the input.", "3, 3, 4", "3×3×4"),
        ("arithmetic/receptive-field", "#fig-receptive-cone-pool", "6", "You left the strides out.", "8", "8"),
    ],
)
def test_shapes_and_fields_are_guessed_by_keyboard(stem, selector, wrong, words, right, told, visit, tab_to):
    tab, figure = open_figure(visit, f"book/{stem}.html", selector)
    figure.get_by_role("button", name="Reset").focus()
    tab_to(tab, f"{selector} [data-guess]")
    tab.keyboard.type(wrong)
    tab.keyboard.press("Enter")
    expect(figure.locator(".lab-verdict")).to_contain_text(words)
    tab.keyboard.press("Control+a")
    tab.keyboard.type(right)
    tab.keyboard.press("Enter")
    expect(figure.locator(".lab-told")).to_have_text(f"✓ Right: {told}.")
    expect(figure.locator(".lab-stage")).to_be_focused()
    assert tab.errors == []


def test_a_guess_may_be_passed_and_belongs_to_its_state(visit):
    _, figure = open_figure(visit, ONE_DIMENSION, ASKING)
    figure.locator("[data-guess]").fill("3")
    figure.get_by_role("button", name="Check").click()
    figure.get_by_role("button", name="stride 2").click()
    expect(figure.locator(".lab-verdict")).to_have_text("")
    expect(figure.locator("[data-guess]")).to_have_value("")
    expect(figure.locator(".lab-question")).to_contain_text("stride of 2")
    figure.get_by_role("button", name="Show me").click()
    expect(figure.locator(".lab-told")).to_have_text("It is 4.")
    expect(figure.locator(".lab-stage")).to_be_focused()
    expect(figure.locator("[data-cell^=y]")).to_have_count(4)


def test_without_a_script_and_on_paper_the_answer_is_there(visit):
    tab = visit(ONE_DIMENSION, java_script_enabled=False).tab
    expect(tab.locator(f"{ASKING} .lab-predict")).to_be_hidden()
    expect(tab.locator(f"{ASKING} .lab-readout")).to_contain_text("= 2 outputs")
    tab, figure = open_figure(visit, ONE_DIMENSION, ASKING)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(figure.locator(".lab-readout")).to_contain_text("= 2 outputs")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(figure.locator(".lab-readout")).to_contain_text("? outputs")


# --- challenges ------------------------------------------------------------------------------------------------------


def open_challenge(visit, query="", **options):
    tab, figure = open_figure(visit, OUTPUT_SIZE, "#fig-dilation", query, **options)
    return tab, figure, tab.locator("section.challenges")


def test_a_challenge_is_met_and_stays_met(visit):
    tab, figure, section = open_challenge(visit)
    section.locator("summary").first.click()
    place = section.locator("[data-challenge=see-far-with-three]")
    expect(place.locator(".challenge-state")).to_have_text("open")
    place.get_by_role("button", name="Try it").press("Enter")
    expect(section.get_by_role("status")).to_contain_text("Challenge: A window that spans seven cells")
    expect(figure.locator(".lab-goal")).to_contain_text("Challenge: A window that spans seven cells")
    expect(figure.locator(".lab-stage")).to_be_focused()
    expect(figure.locator(".lab-predict")).to_have_count(0)
    assert json.loads(figure.get_attribute("data-state"))["dilation"] == 1
    figure.locator("summary").first.click()
    figure.get_by_role("button", name="dilation 2").click()
    expect(place.locator(".challenge-state")).to_have_text("open")
    figure.get_by_role("button", name="dilation 3").click()
    expect(place.locator(".challenge-state")).to_have_text("✓ met")
    expect(section.get_by_role("status")).to_contain_text("✓ Met:")
    expect(figure.locator(".lab-goal")).to_contain_text("✓ Met:")
    figure.get_by_role("button", name="Reset").click()
    assert json.loads(figure.get_attribute("data-state"))["dilation"] == 1  # where the challenge starts
    expect(section.locator(".challenge-count")).to_have_text("1 of 8 met")
    assert "challenge=see-far-with-three" in tab.url
    tab.goto(OUTPUT_SIZE)
    expect(section.locator(".challenge-count")).to_have_text("1 of 8 met")
    tab.goto(ANSWERS)
    expect(tab.locator(".lab-overview [data-challenge=see-far-with-three] .challenge-state")).to_have_text("✓ met")
    expect(tab.locator(".lab-overview [data-challenge=shift-the-row] .challenge-state")).to_have_text("open")
    assert tab.errors == []


def test_a_drawn_challenge_is_shared_by_its_address(visit):
    tab, figure, section = open_challenge(visit, "?challenge=find-the-filter&seed=7")
    place = section.locator("[data-challenge=find-the-filter]")
    text = place.locator(".challenge-text").inner_text()
    state = figure.get_attribute("data-state")
    place.get_by_role("button", name="Another one").click()
    assert place.locator(".challenge-text").inner_text() != text
    assert "seed=8" in tab.url
    tab, figure, section = open_challenge(visit, "?challenge=find-the-filter&seed=7")
    assert figure.get_attribute("data-state") == state
    expect(section.locator("[data-challenge=find-the-filter] .challenge-text")).to_have_text(text)


@pytest.mark.parametrize(
    ("stem", "selector", "name", "state"),
    [
        ("arithmetic/volumes", "#fig-volume-trace", "five-everywhere",
         {"filters": [[[[0, 0]]]], "bias": [5], "input": [[[1, 2]]]}),
        ("arithmetic/parameters", "#fig-designer", "parameters-896",
         {"layers": [{"type": "Conv2D", "filters": 32, "kernel_size": 3}]}),
        ("arithmetic/pooling", "#fig-pooling", "one-row-left-over", {"pool_size": 3}),
        ("experiments/simple-cnn", "#fig-filter-lab", "shift-the-photograph",
         {"kernel": [[0, 0, 0], [0, 0, 1], [0, 0, 0]]}),
        ("experiments/how-sure", "#fig-seeds", "two-seeds-are-enough", {"second": "one-layer", "seeds": [0, 1]}),
    ],
)  # fmt: skip
def test_the_challenges_of_other_labs_are_met_as_well(stem, selector, name, state, visit):
    page = f"book/{stem}.html"
    tab, figure = open_figure(visit, page, selector, f"?challenge={name}")
    place = tab.locator(f"[data-challenge={name}]")
    expect(place.locator(".challenge-state")).to_have_text("open")
    solved = json.loads(figure.get_attribute("data-state")) | state
    kind = figure.get_attribute("data-lab")
    tab.goto(page + f"?challenge={name}&lab={kind}&state={quote(json.dumps(solved))}")
    expect(place.locator(".challenge-state")).to_have_text("✓ met")
    assert tab.errors == []


@pytest.mark.parametrize("asked", ["nothing", '<b>"', ""])
def test_an_address_that_names_no_challenge_is_said_and_changes_nothing_else(asked, visit):
    tab, figure, section = open_challenge(visit, f"?challenge={quote(asked)}")
    expect(section.get_by_role("status")).to_contain_text(f"the challenge “{asked}”, which this page does not have")
    assert section.get_by_role("status").bounding_box()["height"] > 10
    expect(section.locator(".challenge-text").first).to_be_in_viewport()
    expect(figure.locator(".lab-goal")).to_have_count(0)
    expect(section.locator(".challenge-count")).to_have_text("0 of 8 met")
    assert tab.errors == []


def test_the_way_back_from_a_challenge_brings_the_own_numbers(visit):
    tab, figure, section = open_challenge(visit)
    figure.get_by_role("button", name="stride 2").click()
    own = figure.get_attribute("data-state")
    section.locator("summary").first.click()
    for name in ("see-far-with-three", "find-the-filter"):
        section.locator(f"[data-challenge={name}]").get_by_role("button", name="Try it").click()
        expect(figure.locator(".lab-goal")).to_be_in_viewport()
    assert figure.get_attribute("data-state") != own
    tab.wait_for_timeout(500)  # for the address, which waits its turn
    tab.reload()
    expect(figure.locator(".lab-goal")).to_contain_text("Which three weights")
    figure.get_by_role("button", name="Back to my numbers").press("Enter")
    assert figure.get_attribute("data-state") == own
    expect(figure.locator(".lab-goal")).to_have_count(0)
    expect(figure.locator(".lab-stage")).to_be_focused()
    expect(section.locator("[aria-pressed=true]")).to_have_count(0)
    expect(figure.locator("[data-guess]")).to_be_visible()
    assert "challenge=" not in tab.url
    assert tab.errors == []


@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
def test_challenges_fit_and_keep_nobody_out(width, visit):
    tab, _, section = open_challenge(visit, width=width, height=800)
    section.evaluate("section => { for (const fold of section.querySelectorAll('details')) fold.open = true; }")
    section.locator("[data-try]").first.click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert section.evaluate("section => [...section.querySelectorAll('button')].every(b => b.offsetHeight >= 44)")
    assert checks.accessibility_in_both_themes(tab, "section.challenges") == []


def test_without_a_script_challenges_can_be_read(visit):
    tab = visit(OUTPUT_SIZE, java_script_enabled=False).tab
    section = tab.locator("section.challenges")
    expect(section.locator(".challenge-text")).to_have_count(8)
    expect(section.locator("button:visible")).to_have_count(0)


# --- what is remembered ----------------------------------------------------------------------------------------------


def test_a_lab_is_listed_as_it_was_left_until_it_is_reset(visit):
    tab, figure = open_figure(visit, OUTPUT_SIZE, "#fig-dilation")
    figure.get_by_role("button", name="stride 2").click()
    state = json.loads(figure.get_attribute("data-state"))
    tab.goto(ANSWERS)
    pages = tab.locator(".lab-overview summary").all_text_contents()
    assert len(pages) == len(set(pages)) > 5
    link = tab.locator(".lab-overview a:visible", has_text="as you left it")
    expect(link).to_have_count(1)
    assert checks.accessibility_in_both_themes(tab, ".lab-overview") == []
    link.click()
    tab.wait_for_selector("#fig-dilation[data-live]")
    assert json.loads(figure.get_attribute("data-state")) == state
    figure.get_by_role("button", name="Reset").click()
    tab.goto(ANSWERS)
    expect(tab.locator(".lab-unchanged")).to_be_visible()
    expect(link).to_have_count(0)


# --- the lab of seeds ------------------------------------------------------------------------------------------------


def test_seeds_are_drawn_by_mouse_and_by_keys(visit):
    tab, figure = open_figure(visit, HOW_SURE, "#fig-seeds")
    seeds = lambda: json.loads(figure.get_attribute("data-state"))["seeds"]  # noqa: E731
    figure.get_by_role("button", name="Draw again").click()
    first = seeds()
    figure.get_by_role("button", name="Draw 12 times").click()
    assert seeds() != first
    stage = figure.locator(".lab-stage")
    stage.focus()
    for key, count in (("End", 10), ("ArrowDown", 9), ("Home", 2), ("ArrowUp", 3)):
        tab.keyboard.press(key)
        assert len(seeds()) == count
        expect(figure.locator(".lab-readout")).to_contain_text(f"{count} seeds:")
    tab.keyboard.press("Home")
    figure.get_by_role("button", name="seeds: less").click()
    expect(figure.locator(".lab-message")).to_contain_text("The number of seeds is 1; use a whole number from 2 to 10.")
    figure.locator("select").nth(1).select_option("simple-cnn")
    expect(figure.locator(".lab-message")).to_contain_text("Both recipes are the same")
    figure.locator("select").nth(1).select_option("one-layer")
    assert json.loads(figure.get_attribute("data-result"))["mean"] > 20
    stage.focus()
    tab.keyboard.press("r")
    assert seeds() == [0, 1, 2]
    expect(figure.locator("select").nth(1)).to_have_value("two-layer")
    assert tab.errors == []


def test_a_link_opens_the_same_draw(visit):
    state = {"first": "deeper-2", "second": "deeper-1", "seeds": [0, 4, 4, 1]}
    query = f"?lab=seeds&state={quote(json.dumps(state))}"
    _, figure = open_figure(visit, HOW_SURE, "#fig-seeds", query)
    assert json.loads(figure.get_attribute("data-state")) == state
