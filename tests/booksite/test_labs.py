"""The labs in a real browser: by mouse, touch and keyboard, from disk, with what they say of their state."""

import json
from urllib.parse import quote

import checks
import numpy as np
import pytest
from built import SITE
from playwright.sync_api import expect

from cnnbook import lab as lab_module

#: A page with each lab.
PAGES = {
    "one-dimension": "book/arithmetic/one-dimension.html",
    "volume": "book/arithmetic/volumes.html",
    "seeds": "book/experiments/how-sure.html",
    "designer": "book/arithmetic/parameters.html",
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

    def click(self, action, value=None):
        extra = "" if value is None else f"[data-value='{json.dumps(value)}']"
        self.figure.locator(f'button[data-action="{action}"]{extra}').click()

    def type(self, action, text):
        field = self.figure.locator(f'[data-action="{action}"]:is(input, textarea)')
        field.fill(text)
        field.blur()

    def said(self):
        return self.figure.locator(".lab-message").all_inner_texts()


@pytest.fixture
def open_lab(open_tab):
    """Open the page of a lab from disk, perhaps with a state in its address."""

    def open_page(kind, state=None, **options):
        query = (
            ""
            if state is None
            else f"?lab={kind}&state={quote(state if isinstance(state, str) else json.dumps(state))}"
        )
        tab = open_tab((SITE / PAGES[kind]).as_uri() + query, **options)
        tab.wait_for_selector(f'figure[data-lab="{kind}"][data-live]')
        return LabOnPage(tab, kind)

    return open_page


@pytest.mark.parametrize("kind", PAGES)
def test_the_script_takes_over_the_picture_of_the_build(kind, open_lab, open_tab):
    lab = open_lab(kind)
    dead = LabOnPage(open_tab((SITE / PAGES[kind]).as_uri(), java_script_enabled=False), kind)
    assert lab.stage.inner_text() == dead.stage.inner_text()
    assert lab.stage.bounding_box() == dead.stage.bounding_box()
    assert lab.figure.get_attribute("data-state") == json.dumps(dead.data("state"), separators=(",", ":"))
    assert lab.data("result") == dead.data("result")
    expect(dead.figure.locator(".lab-body > .lab-controls")).to_be_hidden()
    assert lab.tab.errors == []


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
def test_a_lab_fits_and_keeps_nobody_out(kind, width, open_lab):
    lab = open_lab(kind, width=width, height=800)
    for more in lab.figure.locator("details").all():
        more.evaluate("details => { details.open = true; }")
    assert lab.tab.evaluate("document.documentElement.scrollWidth") <= width
    small = (
        "[...document.querySelectorAll('.lab-body button')].filter(b => b.offsetHeight && b.offsetHeight < 44).length"
    )
    assert lab.tab.evaluate(small) == 0
    assert checks.accessibility_in_both_themes(lab.tab, f'figure[data-lab="{kind}"]') == []


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("state", ["{", '"full"', '{"version": 3}', "[1,2]"])
def test_a_link_that_cannot_be_shown_is_said_and_changes_nothing(kind, state, open_lab):
    before = open_lab(kind).data("state")
    lab = open_lab(kind, state)
    assert lab.data("state") == before
    [words] = lab.said()
    assert words.startswith("This link cannot be shown: ")
    lab.click("reset")
    assert lab.said() == []


def test_a_row_is_stepped_through_by_keys(open_lab):
    lab = open_lab("one-dimension")
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
    lab.tab.keyboard.press("ArrowUp")
    assert lab.data("state")["input"][0] == 3
    assert lab.data("result")["output"][0] == 3


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
    lab.click("dilation", 2)
    assert "spans 5 cells (kernel_size 3, dilation 2) but the padded input has 3" in lab.said()[0]


def test_the_address_opens_the_state_that_it_names(open_lab):
    lab = open_lab("one-dimension")
    lab.click("stride", 4)
    lab.click("padding", 1)
    lab.tab.reload()
    lab.tab.wait_for_selector("figure[data-live]")
    assert lab.data("state")["stride"], lab.data("result") == (4, {"output": [1, 5], "unseen": [2, 6]})


def test_it_plays_and_stops_at_the_end(open_lab):
    lab = open_lab("one-dimension")
    lab.figure.locator("summary").click()
    lab.click("pace", 500)
    lab.click("play")
    expect(lab.figure.locator("button", has_text="Pause")).to_be_visible()
    expect(lab.figure.locator("button", has_text="Play")).to_be_visible(timeout=5000)
    assert "y4 =" in lab.figure.locator(".lab-sum").inner_text()


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
    lab.click("change", 1)
    assert lab.said() == ["Touch a cell, a weight or the bias first; this changes it."]
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
        ("sides", "1 2 3", "The padding has 3 entries"),
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
    lab.tab.reload()
    lab.tab.wait_for_selector("figure[data-live]")
    assert lab.data("state") == state
    assert checks.accessibility_in_both_themes(lab.tab, 'figure[data-lab="volume"]') == []
    for width in (320, 390, 1920):
        lab.tab.set_viewport_size({"width": width, "height": 800})
        assert lab.tab.evaluate("document.documentElement.scrollWidth") <= width
        assert lab.stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth")


def test_a_phone_shows_a_volume_with_its_sums_on_one_screen(open_lab):
    lab = open_lab("volume", width=390, height=844)
    figure, readout = lab.figure.bounding_box(), lab.figure.locator(".lab-readout").bounding_box()
    assert readout["y"] + readout["height"] - figure["y"] < 844 - 60  # the bar of the page
    map_, planes = (drawing.bounding_box() for drawing in lab.stage.locator("svg").all())
    assert map_["y"] + map_["height"] <= planes["y"]
    assert planes["width"] <= 340
    sizes = "[...document.querySelectorAll('.lab-stage text')].map(text => parseFloat(getComputedStyle(text).fontSize))"
    assert min(lab.tab.evaluate(sizes)) >= 11
