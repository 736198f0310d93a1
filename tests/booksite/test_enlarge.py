"""A press enlarges a grid of images: in a dialog, by whole numbers, with a way back for mouse, finger and keyboard."""

import checks
import pytest
from built import SITE
from playwright.sync_api import expect

DATA, MAPS = "book/experiments/data.html", "book/experiments/what-a-layer-sees.html"
_ZOOMS = """drawing => {
    const across = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
    return [...drawing.querySelectorAll('use')].map(use => across * use.transform.baseVal.consolidate().matrix.a);
}"""


def zooms(drawing):
    """Return by how much each image of a drawing is enlarged on the screen."""
    values = drawing.evaluate(_ZOOMS)
    assert values
    assert values == pytest.approx([round(value) for value in values], abs=0.01)
    return [round(value) for value in values]


@pytest.mark.parametrize("address", [DATA, MAPS])
@pytest.mark.parametrize(("width", "height", "theme"), [(1280, 900, "light"), (390, 844, "dark")])
def test_a_press_on_a_grid_enlarges_it_and_closing_gives_the_focus_back(visit, address, width, height, theme):
    shown = visit(address, width=width, height=height, theme=theme)
    dialog = shown.tab.locator("dialog.enlarged")
    assert dialog.count() == 0
    for grid in shown.tab.locator(".enlarges").all():
        drawing = grid.locator("svg:visible")
        before, name = zooms(drawing), drawing.get_attribute("aria-label")
        drawing.click()
        copy = dialog.locator("svg")
        assert copy.get_attribute("aria-label") == name
        assert dialog.locator("p").inner_text() in grid.locator("xpath=ancestor::figure").inner_text()
        assert dialog.locator("p").inner_text()
        assert min(after / there for after, there in zip(zooms(copy), before, strict=True)) > 1.4
        assert dialog.evaluate("dialog => dialog.matches(':modal')")
        box = dialog.bounding_box()
        assert box["x"] >= 0 <= box["y"]
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        shown.tab.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(grid.get_by_role("button")).to_be_focused()
    assert shown.errors == []


def test_the_keyboard_enlarges_a_grid_and_closes_it(visit, tab_to):
    tab = visit(DATA).tab
    tab_to(tab, ".enlarges > button")
    tab.keyboard.press("Enter")
    dialog = tab.get_by_role("dialog", name="enlarged: Fig.")
    assert dialog.get_by_role("button", name="Close").evaluate("button => button === document.activeElement")
    assert checks.accessibility(tab) == []
    tab.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(tab.locator(".enlarges > button").first).to_be_focused()


def test_a_grid_from_disk_can_be_enlarged_and_nothing_moves_or_is_lost_without_the_script(open_tab):
    heights = []
    for scripts in (True, False):
        tab = open_tab((SITE / DATA).as_uri(), width=390, java_script_enabled=scripts)
        drawing = tab.locator("figure svg.drawing.narrow").first
        assert set(zooms(drawing)) == {2}
        heights.append(drawing.bounding_box())
        if scripts:
            drawing.click()
            assert tab.locator("dialog.enlarged svg").is_visible()
    assert heights[0]["width"] == heights[1]["width"]
    assert heights[0]["height"] == heights[1]["height"]
