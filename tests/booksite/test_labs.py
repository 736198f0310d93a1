"""The labs in a real browser: by mouse, touch and keyboard, from disk, with what they say of their state."""

import json
import re
import time
from urllib.parse import quote

import checks
import numpy as np
import pytest
from built import SITE
from playwright.sync_api import expect

from cnnbook import data
from cnnbook import lab as lab_module

#: A page with each lab.
PAGES = {
    "one-dimension": "book/arithmetic/one-dimension.html",
    "volume": "book/arithmetic/volumes.html",
    "seeds": "book/experiments/how-sure.html",
    "designer": "book/arithmetic/parameters.html",
    "filter": "book/experiments/simple-cnn.html",
    "pooling": "book/arithmetic/pooling.html",
    "learning": "book/arithmetic/parameters.html",
    "network": "book/experiments/what-a-layer-sees.html",
    "train": "book/experiments/simple-cnn.html",
}

X = [2, -1, 0, 3, 1, -2, 1]

#: The largest volume that its lab takes, with as many filters.
LARGEST = {
    "input": np.arange(256).reshape(8, 8, 4).tolist(),
    "filters": np.ones((4, 3, 3, 4)).tolist(),
    "bias": [0, 0, 0, 0],
}


class LabOnPage:
    """The first lab of a kind on a page."""

    def __init__(self, tab, kind):
        self.tab, self.figure = tab, tab.locator(f'figure[data-lab="{kind}"]').first
        self.stage = self.figure.locator(".lab-stage")

    def data(self, name):
        return json.loads(self.figure.get_attribute(f"data-{name}"))

    def click(self, action, value=None, **options):
        extra = "" if value is None else f"[data-value='{json.dumps(value)}']"
        self.figure.locator(f'button[data-action="{action}"]{extra}').click(**options)

    def type(self, action, text):
        field = self.figure.locator(f'[data-action="{action}"]:is(input, textarea)')
        field.fill(text)
        field.blur()

    def address(self):
        """Give the address once it names the state that is shown, which takes a moment."""
        is_named = "text => new URLSearchParams(location.search).get('state') === text"
        self.tab.wait_for_function(is_named, arg=self.figure.get_attribute("data-state"))
        return self.tab.url

    def stage_in_figure(self):
        """The stage's box; what stands above the figure does not count."""
        stage = self.stage.bounding_box()
        return {**stage, "y": stage["y"] - self.figure.bounding_box()["y"]}

    def said(self):
        return self.figure.locator(".lab-message").all_inner_texts()


@pytest.fixture
def open_lab(open_tab):
    """Open the page of a lab from disk, perhaps with a state in its address; what it asks first is passed, or kept."""

    def open_page(kind, state=None, *, keeps_asking=False, **options):
        query = (
            ""
            if state is None
            else f"?lab={kind}&state={quote(state if isinstance(state, str) else json.dumps(state))}"
        )
        tab = open_tab((SITE / PAGES[kind]).as_uri() + query, **options)
        tab.wait_for_selector(f'figure[data-lab="{kind}"][data-live]')
        lab = LabOnPage(tab, kind)
        if lab.figure.locator("[data-guess]").count() and not keeps_asking:
            lab.click("tell")
        return lab

    return open_page


@pytest.mark.parametrize("kind", PAGES)
def test_the_script_takes_over_the_picture_of_the_build(kind, open_lab, open_tab):
    lab = open_lab(kind)
    dead = LabOnPage(open_tab((SITE / PAGES[kind]).as_uri(), java_script_enabled=False), kind)
    lab.tab.add_style_tag(content=".lab-predict { display: none }")  # only a script asks before it tells
    assert lab.stage.inner_text() == dead.stage.inner_text()
    assert lab.stage_in_figure() == dead.stage_in_figure()
    assert lab.figure.get_attribute("data-state") == json.dumps(dead.data("state"), separators=(",", ":"))
    assert lab.data("result") == dead.data("result")
    expect(dead.figure.locator(".lab-body > .lab-controls")).to_be_hidden()
    assert lab.tab.errors == []


CUT = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
SCROLLED = """[...document.querySelectorAll('.lab-stage')].filter((stage) => stage.scrollWidth > stage.clientWidth)
  .map((stage) => stage.closest('figure').id)"""


@pytest.mark.parametrize("kind", PAGES)
def test_a_lab_fits_and_keeps_nobody_out(kind, open_lab):
    lab = open_lab(kind)
    for more in lab.figure.locator("details").all():
        more.evaluate("details => { details.open = true; }")
    small = (
        "[...document.querySelectorAll('.lab-body button')].filter(b => b.offsetHeight && b.offsetHeight < 44).length"
    )
    for width in (1920, 1280, 390, 320):
        lab.tab.set_viewport_size({"width": width, "height": 800})
        assert lab.tab.evaluate("document.documentElement.scrollWidth") <= width
        assert lab.tab.evaluate(small) == 0
        assert lab.tab.evaluate(SCROLLED) == []
        assert lab.figure.locator(".lab-controls button:visible").evaluate_all(CUT) == []
        if width in (1280, 320):
            assert checks.accessibility_in_both_themes(lab.tab, f'figure[data-lab="{kind}"]') == []


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("state", ["{", '{"version": 3}'])
def test_a_link_that_cannot_be_shown_is_said_and_changes_nothing(kind, state, open_lab):
    lab = open_lab(kind, state)
    [words] = lab.said()
    assert words.startswith("This link cannot be shown: ")
    shown = lab.data("state")
    lab.click("reset")
    assert lab.said() == []
    assert lab.data("state") == shown


def test_a_row_is_stepped_through_by_keys(open_lab):
    lab = open_lab("one-dimension")
    lab.click("keys")
    expect(lab.figure.locator(".lab-keys")).to_contain_text("Left and right move the window")
    lab.click("keys")
    expect(lab.figure.locator(".lab-keys")).to_have_count(0)
    lab.stage.focus()
    for key, words in (("ArrowRight", "y1 ="), ("End", "y4 ="), ("ArrowLeft", "y3 ="), ("Home", "y0 =")):
        lab.tab.keyboard.press(key)
        assert lab.figure.locator(".lab-sum").inner_text().replace("\n", "").startswith(words)
    lab.tab.keyboard.press("+")
    lab.tab.keyboard.press("p")
    assert lab.data("state") | {"input": X} == lab.data("state") | {"stride": 2, "padding": 1}
    assert lab.data("result")["output"] == [1, -4, 5, -2]
    lab.tab.keyboard.press("r")
    assert lab.data("state")["stride"] == 1
    lab.tab.keyboard.press("Escape")
    expect(lab.stage).not_to_be_focused()


def test_a_row_follows_the_pointer_and_a_finger(open_lab):
    lab = open_lab("one-dimension", width=390, has_touch=True)
    assert "Touch a number to change it." in lab.figure.inner_text()
    lab.stage.scroll_into_view_if_needed()
    window = lab.stage.locator("[data-name=window]").bounding_box()
    x, y = window["x"] + window["width"] / 2, window["y"] + window["height"] / 2
    lab.tab.mouse.move(x, y)
    lab.tab.mouse.down()
    lab.tab.mouse.move(x + 80, y, steps=4)
    lab.tab.mouse.up()
    assert "y2 =" in lab.figure.locator(".lab-sum").inner_text()
    lab.stage.locator("[data-cell=y4]").tap()
    assert "y4 =" in lab.figure.locator(".lab-sum").inner_text()
    lab.stage.locator("[data-cell=x0]").tap()
    assert second_line(lab).startswith("Chosen: x0. ")
    lab.click("change", 1)
    assert lab.data("state")["input"][0] == 3
    assert lab.data("result")["output"][0] == 3


@pytest.mark.parametrize(("down", "words", "scrolled"), [(0, "y2 =", 0), (120, "y0 =", 120)])
def test_a_finger_drags_across_and_the_page_scrolls_up_and_down(down, words, scrolled, open_lab):
    lab = open_lab("one-dimension", width=390, has_touch=True)
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    window = lab.stage.locator("[data-name=window]").bounding_box()
    x, y = window["x"] + window["width"] / 2, window["y"] + window["height"] / 2
    before = lab.tab.evaluate("scrollY")
    finger = lab.tab.context.new_cdp_session(lab.tab)
    began = time.time()

    def touch(kind, at, *points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points, "timestamp": began + at})

    # By times of its own, however busy the machine is: 12 steps in a second, then a rest: no glide.
    for step in range(13):
        point = {"x": x + (0 if down else 80) * step / 12, "y": y - down * step / 12}
        touch("touchMove" if step else "touchStart", step / 12, point)
    touch("touchMove", 2, point)
    touch("touchEnd", 2)
    expect(lab.figure.locator(".lab-sum")).to_have_text(re.compile(rf"^\s*{words}"))
    # The first pixels of a finger's way tell the browser that it scrolls; it does so when it has a picture to draw.
    moved = "Math.abs(scrollY - before - scrolled) <= 20"
    lab.tab.wait_for_function(f"([before, scrolled]) => {moved}", arg=[before, scrolled])
    lab.tab.wait_for_timeout(200)
    assert lab.tab.evaluate("scrollY") - before == pytest.approx(scrolled, abs=20)


def test_the_small_lab_has_no_keys_for_what_it_has_no_buttons_for(open_tab):
    lab = LabOnPage(open_tab((SITE / "book/intro.html").as_uri()), "one-dimension")
    assert "padding" not in lab.stage.get_attribute("aria-label")
    before = lab.data("state")
    lab.stage.focus()
    for key in "+-p":
        lab.tab.keyboard.press(key)
        assert lab.data("state") == before


def test_the_first_picture_hides_the_outputs_that_come_later_but_not_on_paper_or_without_scripts(open_tab):
    address = (SITE / "book/intro.html").as_uri()
    is_seen = "getComputedStyle(cell).visibility === 'visible'"
    shown = f"cells => cells.filter(cell => {is_seen}).map(cell => cell.textContent)"

    def outputs(tab):
        return tab.locator("#fig-slide [data-cell^=y] text").evaluate_all(shown)

    dead = open_tab(address, width=390, java_script_enabled=False)
    assert outputs(dead) == ["2", "−4", "−1", "5", "0"]
    assert "each the sum of three products." in dead.locator("#fig-slide figcaption").inner_text()
    assert "Drag" not in dead.locator("#fig-slide figcaption").inner_text()
    for motion in ("no-preference", "reduce"):
        early = open_tab("about:blank")
        early.emulate_media(reduced_motion=motion)
        early.route("**/lab-one-dimension.js*", lambda route: None)  # it is on its way
        early.goto(address, wait_until="commit")
        early.locator("#fig-slide [data-cell=y4] text").wait_for(state="attached")
        assert outputs(early) == ["2"], motion
        early.close()
    tab = open_tab(address)
    tab.wait_for_selector("#fig-slide[data-live]")
    assert "".join(outputs(tab)) == "2"
    assert "Drag the filter" in tab.locator("#fig-slide figcaption").inner_text()
    assert "products" not in tab.locator("#fig-slide figcaption").inner_text()
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert outputs(tab) == ["2", "−4", "−1", "5", "0"]
    assert "Drag" not in tab.locator("#fig-slide figcaption").inner_text()
    expect(tab.locator("#fig-slide .lab-stage")).to_be_hidden()  # all windows at once take its place
    expect(tab.locator("#fig-slide .lab-printed")).to_be_visible()
    assert "−4" in tab.locator("#fig-slide .lab-printed text").all_text_contents()  # the second output
    tab.emulate_media(media="screen")
    expect(tab.locator("#fig-slide .lab-printed")).to_be_hidden()
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert "".join(outputs(tab)) == "2"


def test_the_last_output_moves_nothing_on_a_phone_or_a_screen(open_tab):
    for width in (360, 390, 430, 800, 1280):
        lab = LabOnPage(open_tab((SITE / "book/intro.html").as_uri(), width=width), "one-dimension")
        lab.tab.wait_for_selector("#fig-slide[data-live]")
        below = lab.figure.locator("figcaption")
        before = below.bounding_box()["y"]
        for _ in range(4):
            lab.click("step", 1)
        expect(lab.figure.locator(".lab-readout")).to_contain_text("That is a convolution.")
        assert below.bounding_box()["y"] == before, width
        lab.tab.close()


def test_a_frame_stays_with_the_pointer_and_glides_by_key(open_tab):
    lab = LabOnPage(open_tab((SITE / "book/intro.html").as_uri()), "one-dimension")
    lab.tab.wait_for_selector("#fig-slide[data-live]")
    lab.tab.emulate_media(reduced_motion="no-preference")
    window = lab.stage.locator("[data-name=window]")
    transition = "frame => getComputedStyle(frame).transitionDuration"
    box = window.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.tab.mouse.move(x, y)
    lab.tab.mouse.down()
    lab.tab.mouse.move(x + 1.2 * box["width"], y, steps=6)
    assert window.evaluate(transition) == "0s"
    weight = lab.stage.locator("[data-cell=w0] rect").bounding_box()
    assert window.bounding_box()["x"] == pytest.approx(weight["x"], abs=2)
    assert lab.stage.evaluate("stage => stage === document.activeElement")
    assert not lab.stage.evaluate("stage => stage.matches(':focus-visible')"), "a ring is for keys"
    lab.tab.mouse.up()
    lab.tab.keyboard.press("ArrowLeft")
    assert window.evaluate(transition) == "0.14s"
    assert lab.stage.evaluate("stage => stage.matches(':focus-visible')")
    ring = lab.stage.bounding_box()["y"] + lab.stage.bounding_box()["height"] + 5  # its offset and its line
    assert ring <= lab.figure.locator(".lab-readout").bounding_box()["y"]


def test_controls_stand_beside_a_row_unless_it_is_too_long_or_the_screen_too_narrow(open_lab):
    lab = open_lab("one-dimension")
    stage, step = lab.stage, lab.figure.locator('button[data-action="step"]').last
    readout, fold = lab.figure.locator(".lab-readout"), lab.figure.locator(".lab-more")

    def are_beside():
        left, right = stage.bounding_box(), step.bounding_box()
        return right["x"] >= left["x"] + left["width"] and right["y"] < left["y"] + left["height"]

    def below():
        return readout.bounding_box()["y"] - lab.figure.bounding_box()["y"]

    for width in (1920, 1280, 1200, 992):
        lab.tab.set_viewport_size({"width": width, "height": 800})
        assert are_beside(), width
        before = below()
        assert before >= lab.stage_in_figure()["y"] + lab.stage_in_figure()["height"], width
        assert readout.bounding_box()["width"] == fold.bounding_box()["width"] > 600
        # More padding, another stride and a longer kernel move nothing that stands below.
        for action, value in (("padding", 2), ("padding", "same"), ("stride", 4), ("length", 1), ("length", 1)):
            lab.click(action, value)
            assert below() == pytest.approx(before, abs=0.1), (width, action, value)
            assert lab.tab.evaluate(SCROLLED) == []
        lab.click("reset")
    lab.figure.locator("summary").click()
    lab.type("input", "1 " * 30)
    assert not are_beside()
    lab.click("reset")
    assert are_beside()
    lab.tab.set_viewport_size({"width": 800, "height": 800})
    assert not are_beside()


@pytest.mark.parametrize(
    ("kind", "action"), [("filter", "named"), ("learning", "step"), ("network", "map"), ("train", "start")]
)
def test_on_a_phone_what_is_changed_most_stays_in_sight_beside_a_tall_picture(kind, action, open_lab):
    lab = open_lab(kind, width=390, height=560, has_touch=True, is_mobile=True)
    assert lab.stage.bounding_box()["height"] > 350
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'start', behavior: 'instant' })")
    button = lab.figure.locator(f'button[data-action="{action}"]').last
    expect(button).to_be_in_viewport(ratio=1)
    before = lab.figure.get_attribute("data-state")
    button.tap()
    expect(lab.figure).not_to_have_attribute("data-state", before)


def test_a_verdict_moves_nothing_on_a_screen(open_lab):
    lab = open_lab("filter", keeps_asking=True)
    before = lab.stage_in_figure()["y"]
    lab.figure.locator("[data-guess]").fill("99")
    lab.click("check")
    expect(lab.figure.locator(".lab-verdict")).to_contain_text("Not yet.")
    assert lab.stage_in_figure()["y"] == before
    lab.click("tell")
    expect(lab.figure.locator(".lab-told")).to_be_visible()
    assert lab.stage_in_figure()["y"] == before


def test_own_numbers_are_read_or_refused_beside_their_field(open_lab):
    lab = open_lab("one-dimension")
    lab.figure.locator("summary").click()
    lab.type("input", "1, 2; 3 −4 5")
    assert lab.data("state")["input"] == [1, 2, 3, -4, 5]
    for text, words in (("", "The row is empty"), ("1 two", "“two”, which is not a number"), ("1 " * 40, "40 entries")):
        lab.type("input", text)
        assert words in lab.said()[0]
        assert lab.data("state")["input"] == [1, 2, 3, -4, 5]
        assert lab.figure.locator("[aria-invalid]").input_value() == text
    lab.type("input", "7 7 7")
    assert lab.said() == []
    for text, words in (("1e9", "is 1,000,000,000; use a whole number from 0 to 16."), ("1 2 3", "type one for both")):
        lab.type("sides", text)
        assert words in lab.said()[0]
    lab.click("dilation", 2)
    assert "spans 5 cells (kernel_size 3, dilation 2) but the padded input has 3" in lab.said()[0]


def test_the_address_opens_the_state_that_it_names(open_lab):
    lab = open_lab("one-dimension")
    lab.click("stride", 4)
    lab.click("padding", 1)
    lab.tab.goto(lab.address())
    lab.tab.wait_for_selector("figure[data-live]")
    assert (lab.data("state")["stride"], lab.data("result")) == (4, {"output": [1, 5], "unseen": [2, 6]})


def test_what_is_said_of_a_picture_follows_its_state(open_lab):
    lab = open_lab("one-dimension")
    picture = lab.stage.locator("svg")
    before = picture.get_attribute("aria-label")
    lab.click("stride", 2)
    assert picture.get_attribute("aria-label").endswith("and the 3 outputs 2, −1, 0.")
    lab.click("reset")
    assert picture.get_attribute("aria-label") == before


def test_it_plays_and_stops_at_the_end(open_lab):
    lab = open_lab("one-dimension")
    lab.figure.locator("summary").click()
    lab.click("pace", 500)
    lab.click("play")
    expect(lab.figure.locator("button", has_text="Pause")).to_be_visible()
    expect(lab.figure.locator("button", has_text="Play")).to_be_visible(timeout=5000)
    assert "y4 =" in lab.figure.locator(".lab-sum").inner_text()


SPOT = {"input": [[9, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], "pool_size": 2, "stride": 2,
        "padding": "valid", "kind": "max"}  # fmt: skip


def second_line(lab):
    return lab.figure.locator(".lab-readout p").nth(1).inner_text()


def test_a_bright_cell_moves_inside_its_window_and_over_its_border(open_lab):
    lab = open_lab("pooling", SPOT)
    lab.stage.focus()
    lab.tab.keyboard.press("ArrowRight")
    assert lab.data("state")["input"][0] == [0, 9, 0, 0]
    assert second_line(lab) == "Moved from (0, 0) to (0, 1): no output changes."
    lab.tab.keyboard.press("ArrowRight")
    assert lab.data("result") == {"output": [[0, 9], [0, 0]]}
    assert second_line(lab) == (
        "Moved from (0, 1) to (0, 2): 2 outputs change, (0, 0) from 9 to 0, (0, 1) from 0 to 9."
    )
    assert "Window (0, 1): max(9, 0, 0, 0) = 9" in lab.figure.locator(".lab-sum").inner_text()
    lab.tab.keyboard.press("m")
    assert lab.data("result") == {"output": [[0, 2.25], [0, 0]]}
    assert "(9 + 0 + 0 + 0) / 4 = 2.25" in lab.figure.locator(".lab-sum").inner_text()
    lab.tab.keyboard.press("-")
    assert lab.data("state")["input"][0] == [0, 0, 8, 0]
    lab.tab.keyboard.press("End")
    lab.tab.keyboard.press("ArrowDown")
    assert lab.data("state")["input"][:2] == [[0, 0, 0, 0], [0, 0, 0, 8]]
    lab.tab.keyboard.press("r")
    assert lab.data("state")["input"][0] == [0, 2, 0, 0]


def test_a_bright_cell_is_dragged_and_what_it_covered_comes_back(open_lab):
    lab = open_lab("pooling", width=390, has_touch=True)
    before = lab.data("state")["input"]
    lab.stage.scroll_into_view_if_needed()
    places = [lab.stage.locator(f'[data-cell="x{place}"]').bounding_box() for place in ("0,1", "0,2", "1,2")]
    (x, y), *way = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in places]
    lab.tab.mouse.move(x, y)
    lab.tab.mouse.down()
    for x, y in way:
        lab.tab.mouse.move(x, y)
    assert "lab=" not in lab.tab.url  # the address waits until the cell is let go
    lab.tab.mouse.up()
    expect(lab.tab).to_have_url(re.compile("lab=pooling"))
    after = lab.data("state")["input"]
    assert [row[:] for row in after[:2]] == [[0, 0, 0, 0], [2, 1, 2, 1]]
    assert after[2:] == before[2:]
    lab.stage.locator('[data-cell="average 1,1"]').tap()
    assert lab.data("state")["kind"] == "average"
    assert "Window (1, 1): (0 + 2 + 0 + 2) / 4 = 1" in lab.figure.locator(".lab-sum").inner_text()


def test_a_plane_is_typed_and_windows_that_do_not_fit_are_refused(open_lab):
    lab = open_lab("pooling")
    lab.figure.locator("summary").click()
    lab.type("input", "1 2 3\n4 5 6")
    assert lab.data("result") == {"output": [[5]]}
    for text, words in (("1 2\n3", "all need the same"), ("", "is empty"), ("1 x", "“x”, which is not a number")):
        lab.type("input", text)
        assert words in lab.said()[0]
        assert lab.data("state")["input"] == [[1, 2, 3], [4, 5, 6]]
    lab.click("size", 1)
    assert lab.said() == ["The window has 3 rows but the padded plane has 2; make the window smaller, or pad more."]
    lab.click("padding", "same")
    lab.click("size", 1)
    assert lab.data("result") == {"output": [[5, 6]]}
    assert lab.said() == []


def test_a_filter_is_named_learned_or_set_by_hand(open_lab):
    lab = open_lab("filter")
    learned = lab.figure.locator("output").first
    expect(learned).to_have_text("–")
    lab.click("named", "blur")
    assert lab.data("state")["kernel"] == [[0.111] * 3] * 3
    lab.click("learned", 1)
    expect(learned).to_have_text("0")
    lab.click("learned", 1)
    expect(learned).to_have_text("1")
    lab.stage.press("+")
    assert lab.said() == ["Touch a weight first, or press W; this changes it."]
    assert lab.data("state")["bias"] != 0
    assert [len(row[0]) for row in lab.data("state")["kernel"]] == [3, 3, 3]
    assert lab.stage.locator(".lab-slices svg").count() == 3
    lab.click("named", "edges")
    lab.stage.locator('[data-cell="w1,1,0"]').click()
    lab.tab.keyboard.press("+")
    lab.tab.keyboard.press("w")
    assert second_line(lab).startswith("The weight in row 1, column 2 is −1.")
    lab.tab.keyboard.press("-")
    assert lab.data("state")["kernel"] == [[-1, -1, -1], [-1, 9, -2], [-1, -1, -1]]
    lab.figure.locator("summary").click()
    lab.type("kernel", "0 0 0\n0 1 0\n0 0 0")
    lab.type("bias", "-0.5")
    grey = data.sample().images[11, 3, 4].mean() / 255
    assert lab.data("result")["output"][3][4] == pytest.approx(grey - 0.5, abs=1e-5)
    for text, words in (("1 2 3", "has 1 row;"), ("1 2\n1 2\n1 2", "a row of 2 weights"), ("1 a 1\n" * 3, "“a”")):
        lab.type("kernel", text)
        assert words in lab.said()[0]
    for text in ("100", "1e9"):
        lab.type("image", text)
        assert "use a whole number from 0 to 99" in lab.said()[-1]


def test_a_cell_of_a_map_frames_its_patch(open_lab):
    lab = open_lab("filter", width=390, has_touch=True)
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    spot = lab.stage.locator('[data-cell="relu"]').bounding_box()
    lab.tab.mouse.move(spot["x"] + 5 * 7 + 2, spot["y"] + 5 * 3 + 2)
    words = lab.figure.locator(".lab-sum").inner_text()
    assert words.startswith("Cell (3, 7): ")
    assert words.endswith(f"≈ {lab.data('result')['output'][3][7]:.2f}".replace("-", "−").rstrip("0"))
    patch, photo = (lab.stage.locator(f"[data-{name}=image]").last.bounding_box() for name in ("name", "cell"))
    assert patch["x"] - photo["x"] == pytest.approx(5 * 6 - 2, abs=2)
    assert patch["y"] - photo["y"] == pytest.approx(5 * 2 - 2, abs=2)
    lab.stage.focus()
    lab.tab.keyboard.press("ArrowDown")
    lab.tab.keyboard.press("Home")
    assert lab.figure.locator(".lab-sum").inner_text().startswith("Cell (4, 0): ")


def test_other_images_come_when_they_are_asked_for_from_disk_too(open_lab):
    lab = open_lab("filter")
    assert not lab.tab.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('sample-'))")
    before = lab.data("result")
    lab.stage.focus()
    for _ in range(9):
        lab.tab.keyboard.press("]")
    expect(lab.stage.locator("svg").first).to_contain_text("image 20, bird")
    assert lab.data("result") != before
    lab = open_lab("filter", {"kernel": [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "bias": 0, "image": 57})
    expect(lab.stage.locator("svg").first).to_contain_text("image 57, dog")
    assert lab.data("result")["output"][31][0] == pytest.approx(data.sample().images[57, 31, 0].mean() / 255, abs=1e-5)


def test_an_image_that_does_not_come_is_said_and_can_be_asked_for_again(open_lab):
    lab = open_lab("filter")
    root = lab.tab.evaluate("document.documentElement.dataset.content_root")
    lab.tab.evaluate("document.documentElement.dataset.content_root = 'nowhere/'")
    lab.figure.locator("summary").click()
    lab.type("image", "57")
    expect(lab.figure.locator(".lab-message")).to_have_text(
        "Image 57 could not be loaded: check the connection, then try again."
    )
    assert lab.data("state")["image"] == 11
    lab.tab.evaluate("root => { document.documentElement.dataset.content_root = root; }", root)
    lab.type("image", "57 ")
    expect(lab.stage.locator("svg").first).to_contain_text("image 57, dog")
    assert lab.said() == []
    lab.tab.errors.clear()


def test_a_drawing_is_made_by_pointer_and_by_keys(open_lab):
    lab = open_lab("filter", width=390, has_touch=True)
    lab.click("draw")
    assert lab.data("state")["drawing"] == ["0" * 32] * 32
    expect(lab.stage.locator("svg").first).to_contain_text("draw here")
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    spot = lab.stage.locator('[data-cell="image"]').bounding_box()
    at = lambda row, column: (spot["x"] + 5 * column + 2, spot["y"] + 5 * row + 2)  # noqa: E731
    lab.tab.mouse.move(*at(4, 4))
    lab.tab.mouse.down()
    lab.tab.mouse.move(*at(4, 10))
    lab.tab.mouse.up()
    drawing = lab.data("state")["drawing"]
    expect(lab.stage.locator("svg").first).to_contain_text("your drawing")
    assert drawing[4] == "0" * 4 + "1" * 7 + "0" * 21
    lab.tab.keyboard.press("ArrowDown")
    lab.tab.keyboard.press(" ")
    assert lab.data("state")["drawing"][5] == "0" * 10 + "1" + "0" * 21
    assert lab.data("result")["output"][5][11] == -3
    link = lab.address()
    lab.click("draw")
    assert lab.data("state")["image"] == 11
    lab.click("draw")
    assert lab.data("state")["drawing"][4] == drawing[4]
    lab.click("clear")
    assert "1" not in "".join(lab.data("state")["drawing"])
    lab.tab.goto(link)
    lab.tab.wait_for_selector('figure[data-lab="filter"][data-live]')
    assert lab.data("state")["drawing"][4] == drawing[4]


def test_a_filter_learns_by_mouse_and_by_keys(open_lab):
    lab = open_lab("learning")
    readout = lab.figure.locator(".lab-readout")
    lab.stage.locator('[data-cell="g0,2"]').click()
    expect(readout).to_contain_text("Weight (0, 2): gradient")
    lab.stage.focus()
    for key, words in (
        ("ArrowDown", "Weight (1, 2)"),
        ("ArrowRight", "Weight (1, 0)"),
        ("+", "After step 1 "),
        ("+", "After step 2 "),
        ("-", "After step 1 "),
        ("Home", "After step 0 "),
    ):
        lab.tab.keyboard.press(key)
        expect(readout).to_contain_text(words)
    start = lab.data("result")
    lab.click("step", 1)
    next_weight = start["kernel"][1][0] - 0.5 * start["gradient"][1][0]
    assert lab.data("result")["kernel"][1][0] == pytest.approx(next_weight)
    lab.stage.focus()
    lab.tab.keyboard.press(" ")
    expect(readout).to_have_attribute("aria-live", "off")
    expect(readout).not_to_contain_text("After step 1 ")
    lab.figure.get_by_role("button", name="Pause").click()
    expect(readout).to_have_attribute("aria-live", "polite")
    lab.click("step", -1)
    assert lab.data("state")["steps"] >= 1
    assert lab.data("result")["loss"] < start["loss"]
    assert lab.tab.errors == []


def test_steps_that_are_too_large_are_said_and_end(open_lab):
    lab = open_lab("learning", {"seed": 1, "learning_rate": 10, "steps": 4})
    expect(lab.figure.locator(".lab-readout")).to_contain_text("this learning rate is too large")
    for _ in range(2):
        lab.click("step", 1)
    assert lab.said() == ["After 5 steps the loss is above a trillion: go back, and take a smaller learning rate."]
    lab.click("play")
    lab.click("learning_rate", 0.1)
    assert lab.data("state")["steps"] == 0
    assert lab.said() == []


def test_what_is_to_be_learned_is_chosen_drawn_or_typed(open_lab):
    lab = open_lab("learning", width=390, has_touch=True)
    lab.click("step", 1)
    before = lab.data("state")["input"]
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    box = lab.stage.locator('[data-cell="image"]').bounding_box()
    lab.tab.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.45)
    after = lab.data("state")
    assert after["steps"] == 0
    assert [(y, x) for y in range(8) for x in range(8) if before[y][x] != after["input"][y][x]] == [(3, 5)]
    lab.click("target", "blur")
    lab.figure.locator("summary").last.click()
    lab.type("ownTarget", "0 0 0\n0 1 0\n0 0 0")
    lab.type("ownRate", "0.25")
    assert lab.data("state") == {**after, "target": [[0] * 3, [0, 1, 0], [0] * 3], "learning_rate": 0.25}
    for action, text, words in (
        ("ownTarget", "1 2\n3 4", "The target has 2 rows of 2 numbers; type 3 rows of 3."),
        ("ownInput", "1 0 1", "The image has 1 row of 3 numbers; type 8 rows of 8."),
        ("ownInput", "2 0 0 0 0 0 0 0\n" * 8, "The image holds 2; use numbers from 0 to 1."),
        ("ownRate", "0.1 0.2", "The learning rate has 2 numbers; one is needed."),
        ("ownRate", "x", "The learning rate has “x”, which is not a number"),
    ):
        lab.type(action, text)
        assert words in lab.said()[0]
        assert lab.data("state")["learning_rate"] == 0.25


#: What anywidget gives to `render`: a model with the widget's state.
_MODEL = """
async ([script, state, colors]) => {
  const { default: { render } } = await import(script);
  const values = { kind: "one-dimension", state, colors }, heard = {};
  window.model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; heard[`change:${name}`]?.(); },
    save_changes: () => { window.saved = values.state; },
    on: (name, hear) => { heard[name] = hear; },
    off: () => {},
  };
  document.body.innerHTML = "<div></div>";
  render({ model, el: document.body.firstChild });
}
"""


def test_a_notebook_shows_the_same_lab(open_tab, site_address):
    """The module for anywidget, with a model such as anywidget gives it."""
    widget = lab_module.show("one-dimension", input=X, kernel=[1, 0, -1], stride=1, padding=0, dilation=1)
    tab = open_tab(site_address + "book/notation.html")
    tab.evaluate(_MODEL, [f"{site_address}_static/labs.mjs", widget.state, widget.colors])
    lab = LabOnPage(tab, "one-dimension")
    assert lab.data("result")["output"] == [2, -4, -1, 5, 0]
    lab.click("stride", 2)
    assert tab.evaluate("window.saved.stride") == 2
    tab.evaluate("model.set('state', {...model.get('state'), padding: 1})")
    assert lab.data("result")["output"] == [1, -4, 5, -2]
    assert tab.errors == []


# --- volumes ---


#: Keys on the stage of a volume, and what the sentences below it say after each.
WALK = (
    ("ArrowRight", "Row 0, column 1 of filter 1"),
    ("ArrowDown", "Row 1, column 1 of filter 1"),
    ("2", "Row 1, column 1 of filter 2"),
    ("End", "Row 2, column 2 of filter 2"),
    ("Home", "Row 0, column 0 of filter 2"),
    ("4", "Row 0, column 0 of filter 2"),  # there is no filter 4
    ("1", "Row 0, column 0 of filter 1"),
    ("Enter", "Product 1 of 12, R: 1·2 = 2."),
    ("ArrowRight", "Product 2 of 12, R: 1·1 = 1."),
    ("ArrowDown", "Product 4 of 12"),
    ("End", "Product 12 of 12, B: 1·1 = 1."),
    ("ArrowRight", "Product 12 of 12"),
    ("Home", "Product 1 of 12"),
    ("Enter", "Chosen: weight R, row 0, column 0."),
    ("ArrowUp", "R: 2·2 + 1·1"),
    ("Enter", "Chosen: cell R, row 0, column 0."),
    ("ArrowDown", "R: 2·1 + 1·1"),
    ("Escape", "Product 1 of 12"),
    ("Escape", "Row 0, column 0"),
)


def test_a_volume_is_walked_through_by_keys(open_lab):
    lab = open_lab("volume")
    lab.stage.focus()
    lab.tab.keyboard.press("Home")
    for key, words in WALK:
        lab.tab.keyboard.press(key)
        expect(lab.stage).to_be_focused()
        assert words in lab.figure.locator(".lab-readout").inner_text(), key
    assert lab.data("state")["filters"][0][0][0] == [2, 1, 0]
    assert lab.data("state")["input"][0][0] == [1, 0, 0]
    lab.tab.keyboard.press("+")
    lab.tab.keyboard.press("p")
    assert (lab.data("state")["stride"], lab.data("state")["padding"]) == (2, 1)
    lab.tab.keyboard.press("r")
    assert (lab.data("state")["stride"], lab.data("result")["output"][0][0]) == (1, [9, 3])
    lab.tab.keyboard.press("Escape")
    expect(lab.stage).not_to_be_focused()


def test_a_weight_lights_its_cell_its_product_and_its_term(open_lab):
    lab = open_lab("volume")
    lab.stage.locator('[data-cell="y0,0"]').click()
    lab.stage.locator('[data-cell="w1,1,1"]').hover()
    assert lab.figure.locator(".lab-lit").all_inner_texts() == ["1·2"]
    assert "Product 8 of 12, G: 1·2 = 2." in lab.figure.locator(".lab-readout").inner_text()
    lit = [box.bounding_box() for box in lab.stage.locator('rect[style*="--fig-ink"]').all()]
    for name in ("x1,1,1", "w1,1,1", "p1,1,1"):
        cell = lab.stage.locator(f'[data-cell="{name}"]').bounding_box()
        assert any(abs(box["x"] - cell["x"]) < 5 and abs(box["y"] - cell["y"]) < 5 for box in lit), name
    assert len(lit) == 3
    lab.stage.locator('[data-cell="y0,0"]').hover()
    assert lab.figure.locator(".lab-lit").count() == 0


def test_a_finger_chooses_cells_and_changes_numbers(open_lab):
    lab = open_lab("volume", width=390, has_touch=True)
    lab.stage.scroll_into_view_if_needed()
    lab.stage.locator('[data-cell="y2,2"]').tap()
    assert "Row 2, column 2" in lab.figure.locator(".lab-readout").inner_text()
    assert "Touch a number to change it." in lab.figure.inner_text()
    for cell, value in (("x3,3,0", 1), ("w0,0,0", -1), ("b", 1)):
        lab.stage.locator(f'[data-cell="{cell}"]').tap()
        lab.click("change", value)
    state = lab.data("state")
    assert (state["input"][3][3][0], state["filters"][0][0][0][0], state["bias"]) == (1, 0, [2, -1])
    assert lab.data("result")["output"][2][2] == [10, 0]
    assert lab.said() == []


def test_volumes_are_typed_and_pasted_or_refused(open_lab):
    lab = open_lab("volume")
    lab.figure.locator("summary").click()
    lab.type("input", "1 2 3\n4, 5, −6\n7 8 9\n \n\n0 0 0\n0 1.5 0\n0 0 0\n")
    state = lab.data("state")
    assert np.shape(state["input"]) == (3, 3, 2)
    assert (state["input"][1][2][0], state["input"][1][1][1]) == (-6, 1.5)
    assert np.shape(state["filters"]) == (2, 2, 2, 2)
    lab.type("input", "1\t2\t\t5\t6\n3\t0,5\t\t7\t8\n\t\t\t\t\n9\t9\t\t0\t0\n9\t9\t\t0\t0\n")
    assert np.moveaxis(lab.data("state")["input"], 2, 0).tolist() == [
        [[1, 2], [3, 0.5]], [[5, 6], [7, 8]], [[9, 9], [9, 9]], [[0, 0], [0, 0]]]  # fmt: skip
    lab.type("input", "[[1 2]\n [3 4]]")
    before = lab.data("state")
    for action, text, words in (
        ("input", "", "The input is empty"),
        ("input", "1 two", "“two”, which is not a number"),
        ("input", "1 2\n3", "Plane 0 of the input has a row of 1 number, the first row has 2"),
        ("input", "1 2\n3 4\n\n5 6", "Plane 1 of the input has 1 row, plane 0 has 2"),
        ("input", "1\t2\n3\t", "has an empty cell in a table"),
        ("input", "1 " * 9, "A row of the input has 9 columns; 1 to 8 fit here."),
        ("input", "1", "The filter has 2 rows but the padded input has 1"),
        ("slices", "1 0\n0 1\n\n1 0\n0 1", "Filter 1 has 2 slices but the input has 1 channel"),
        ("bias", "1", "The layer has 2 filters but 1 bias"),
        ("sides", "1 2 3", "The padding has 3 numbers; type one for every side, two for before and after, or four"),
        ("sides", "1 1 1 20", "The padding is 20; use a whole number from 0 to 16."),
        ("sides", "full", "use valid, same"),
    ):
        lab.type(action, text)
        assert words in lab.said()[0], text
        assert lab.figure.locator("[aria-invalid]").input_value() == text
        assert lab.data("state") == before
    lab.type("sides", "1, 0, 2, 1")
    lab.type("slices", "1 0 0")
    assert lab.said() == []
    state = lab.data("state")
    assert (state["filters"][0], state["padding"]) == ([[[1], [0], [0]]], [[1, 0], [2, 1]])
    assert np.shape(lab.data("result")["output"]) == (3, 3, 2)


def test_the_size_of_a_volume_is_stepped_to_its_limits(open_lab):
    lab = open_lab("volume", {**LARGEST, "stride": 2, "padding": [[1, 0], [0, 1]]})
    assert np.shape(lab.data("result")["output"]) == (4, 4, 4)
    lab.figure.locator("summary").click()
    for action, words in (("rows", "9 rows; 1 to 8"), ("channels", "5 channels; 1"), ("count", "5 filters; 1 to 4")):
        lab.click(action, 1)
        assert words in lab.said()[0]
    lab.click("count", -1)
    lab.click("taps", -1)
    lab.click("columns", -1)
    state = lab.data("state")
    assert [np.shape(state[name]) for name in ("input", "filters", "bias")] == [(8, 7, 4), (3, 2, 2, 4), (3,)]
    lab.click("random")
    state = lab.data("state")
    lab.tab.goto(lab.address())
    lab.tab.wait_for_selector("figure[data-live]")
    assert lab.data("state") == state
    assert checks.accessibility_in_both_themes(lab.tab, 'figure[data-lab="volume"]') == []
    for width in (320, 390, 1920):
        lab.tab.set_viewport_size({"width": width, "height": 800})
        assert lab.tab.evaluate("document.documentElement.scrollWidth") <= width
        assert lab.stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth")


def test_a_phone_shows_a_volume_with_its_sums_on_one_screen(open_lab):
    lab = open_lab("volume", keeps_asking=True, width=390, height=844)
    figure, readout = lab.figure.bounding_box(), lab.figure.locator(".lab-readout").bounding_box()
    assert readout["y"] + readout["height"] - figure["y"] < 844 - 60  # the bar of the page
    map_, planes = (drawing.bounding_box() for drawing in lab.stage.locator("svg").all())
    assert map_["y"] + map_["height"] <= planes["y"]
    assert planes["width"] <= 340
    sizes = "[...document.querySelectorAll('.lab-stage text')].map(text => parseFloat(getComputedStyle(text).fontSize))"
    assert min(lab.tab.evaluate(sizes)) >= 11
