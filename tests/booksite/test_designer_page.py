"""The lab *Design a network* in a real browser: by mouse, touch and keyboard, with texts that are pasted."""

import pytest
from playwright.sync_api import expect
from test_labs import open_lab  # noqa: F401

SIMPLE = {"parameters": 82_826, "multiply_adds": 966_656}


@pytest.fixture
def lab(open_lab):  # noqa: F811
    return open_lab("designer")


def types(lab):
    return [layer["type"] for layer in lab.data("state")["layers"]]


def totals(lab):
    result = lab.data("result")
    return {name: result[name] for name in SIMPLE}


def test_a_larger_image_makes_the_dense_layer_explode(lab):
    assert totals(lab) == SIMPLE
    before = lab.data("result")["layers"]
    lab.stage.locator("[data-cell='-1']").click()
    for _ in range(2):
        lab.click("knob0", 1)
    assert lab.data("state")["input"] == [64, 64, 3]
    after = lab.data("result")["layers"]
    assert after[0]["parameters"] == before[0]["parameters"] == 896
    assert after[-1]["parameters"] == 32 * 32 * 32 * 10 + 10
    lab.type("image", "28 × 28 × 1")
    assert lab.data("state")["input"] == [28, 28, 1]
    for text, words in (("28 by 28", "“by”, which is not a number"), ("2e6", "a whole number from 1 to 65,536")):
        lab.type("image", text)
        assert words in lab.said()[0]
        assert lab.data("state")["input"] == [28, 28, 1]


def test_rows_are_designed_by_keys_alone(lab):
    lab.stage.focus()
    said = lab.figure.locator(".lab-readout")
    for key, words in (
        ("ArrowDown", "The image, side 32: 32×32×3."), ("ArrowDown", "Row 1, Conv2D, filters 32: "),
        ("ArrowRight", "Row 1, Conv2D, filters 48: "), ("Enter", "Row 1, Conv2D, kernel 3: "),
        ("ArrowRight", "Row 1, Conv2D, kernel 4: "),
    ):  # fmt: skip
        lab.tab.keyboard.press(key)
        expect(said).to_contain_text(words)
    assert lab.data("state")["layers"][0]["filters"] == 48
    assert lab.data("state")["layers"][0]["kernel_size"] == 4
    lab.tab.keyboard.press("Alt+ArrowDown")
    assert types(lab)[:2] == ["ReLU", "Conv2D"]
    lab.tab.keyboard.press("Delete")
    assert types(lab) == ["ReLU", "MaxPooling2D", "Flatten", "Dense"]
    for key, place in (("Home", -1), ("End", 3), ("ArrowUp", 2)):
        lab.tab.keyboard.press(key)
        expect(lab.stage.locator("[aria-current]")).to_have_attribute("data-cell", str(place))
    expect(lab.stage).to_be_focused()
    lab.tab.keyboard.press("r")
    assert totals(lab) == SIMPLE
    lab.tab.keyboard.press("Escape")
    expect(lab.stage).not_to_be_focused()


def test_every_row_is_operable_by_buttons(lab):
    lab.click("go", 1)
    lab.click("go", 1)
    lab.click("move", 1)
    assert types(lab)[:2] == ["ReLU", "Conv2D"]
    expect(lab.figure.locator('[data-action="move"][data-value="1"]')).to_be_focused()
    lab.click("remove")
    lab.click("add", "BatchNormalization")
    lab.click("add", "Add")
    assert types(lab) == ["ReLU", "MaxPooling2D", "BatchNormalization", "Add", "Flatten", "Dense"]
    assert lab.data("state")["layers"][3]["row"] == 1


def test_a_row_that_does_not_fit_is_marked_and_says_what_would(lab):
    lab.stage.locator("[data-cell='2']").click()
    for _ in range(31):
        lab.click("knob0", 1)
    assert "Here a pool_size of up to 32 fits" in lab.data("result")["error"]
    assert "the kernel spans 33 cells" in lab.data("result")["error"]
    expect(lab.stage.locator(".designer-broken .designer-misfit")).to_have_text("does not fit")
    expect(lab.figure.get_by_text("the kernel spans 33 cells")).to_have_count(1)  # in the readout, which stays in sight
    lab.click("padding", "same")
    assert "layers" in lab.data("result")


def test_presets_are_networks_of_the_book_and_of_papers(lab):
    lab.click("preset", "deeper-5")
    assert totals(lab) == {"parameters": 658_546, "multiply_adds": 24_553_344}
    lab.click("preset", "VGG-16")
    assert totals(lab)["parameters"] == 138_357_544
    expect(lab.figure.locator('[data-action="preset"][aria-pressed="true"]')).to_have_text("VGG-16")
    for width in (320, 390, 800, 1200):
        lab.tab.set_viewport_size({"width": width, "height": 800})
        assert lab.stage.evaluate(COLLISIONS) == []


#: Words of a row that run into those of its neighbour, and lengths of a bar that another row does not have.
COLLISIONS = """stage => {
  const range = document.createRange();
  const meet = (box, other) => box.right > other.left && other.right > box.left &&
    Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 4;
  const found = [...stage.querySelectorAll(".designer-row")].flatMap((row) => {
    const cells = [...row.children].map((cell) => {
      range.selectNodeContents(cell);
      return [cell.innerText, [...range.getClientRects()].filter(({ width }) => width)];
    });
    return cells.flatMap(([words, boxes], index) => cells.slice(index + 1)
      .filter(([, others]) => boxes.some((box) => others.some((other) => meet(box, other))))
      .map(([other]) => `${words} | ${other}`));
  });
  const bars = [...stage.querySelectorAll(".designer-bill + .designer-bill .designer-bar")];
  return [...found, ...new Set(bars.map((bar) => bar.offsetWidth))].slice(0, -1);
}"""


def test_pasted_keras_is_read_or_refused_beside_its_field(lab):
    lab.figure.locator("summary").click()
    lab.type("keras", "model = Sequential([\n  Input((28, 28, 1)),\n  Conv2D(4, 3, kernel_initializer='zeros'),\n])")
    expect(lab.figure).to_have_attribute(
        "data-state", '{"input":[28,28,1],"layers":[{"type":"Conv2D","filters":4,"kernel_size":3}]}'
    )
    assert (
        "Left out, since no number here depends on it: kernel_initializer."
        in lab.figure.locator(".lab-readout").inner_text()
    )
    before = lab.data("state")
    for text, words in (
        ("model.add(Conv2D(4, 3))\nmodel.add(LSTM(4))", "Line 2: LSTM is no layer that this lab knows"),
        ("\n".join(["model.add(ReLU())"] * 50), "The network has 50 layers; this lab holds 1 to 40."),
    ):
        lab.type("keras", text)
        assert words in lab.said()[0]
        assert lab.data("state") == before
        assert lab.figure.locator("textarea").input_value() == text
        lab.click("submit", "keras")
        assert words in lab.said()[0]
        assert lab.figure.locator("textarea").input_value() == text
    lab.type("keras", "")
    assert lab.said() == []
    lab.click("submit", "keras")
    assert lab.said()[0].startswith("There is nothing to read: paste")
    lab.figure.locator("textarea").fill(" dense (Dense)               (None, 10)                7850      ")
    lab.click("submit", "keras")
    assert lab.data("state")["input"] == [784]
    assert lab.said() == []


def test_a_row_is_typed_as_in_keras(lab):
    lab.stage.locator("[data-cell='0']").click()
    lab.type("call", "layers.Conv2D(16, (3, 5), strides=2)")
    expect(lab.figure.locator('input[data-action="call"]')).to_have_value("Conv2D(16, (3, 5), strides=2)")
    assert lab.data("result")["layers"][0]["receptive_field"] == [3, 5]
    lab.type("call", "Conv2D(16)")
    assert "has no kernel_size." in lab.said()[0]


def test_a_reader_that_cannot_be_loaded_is_said(lab):
    lab.tab.evaluate("document.documentElement.dataset.content_root = '../nowhere/'")
    lab.figure.locator("summary").click()
    lab.type("keras", "model.add(ReLU())")
    expect(lab.figure.locator(".lab-message")).to_contain_text("could not be loaded")
    lab.tab.errors.clear()  # the file that is not there


def test_a_finger_opens_a_row_and_the_page_still_scrolls(open_lab):  # noqa: F811
    lab = open_lab("designer", width=390, height=800, has_touch=True)
    row = lab.stage.locator("[data-cell='0']")
    assert row.bounding_box()["height"] >= 56
    expect(row.locator(".designer-sees")).to_have_text("sees 3×3")
    expect(row.locator(".designer-sees")).to_be_visible()
    row.tap()
    expect(lab.stage.locator(".designer-square")).to_be_visible()
    row.tap()
    expect(lab.stage.locator(".designer-panel")).to_have_count(0)
    assert lab.stage.evaluate("stage => getComputedStyle(stage).touchAction") == "pan-y"
