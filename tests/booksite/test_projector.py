"""A page on the projector: one figure, cell or question a screen, and everything back in its place afterwards."""

import json
from urllib.parse import parse_qs, urlsplit

import checks
import pytest
from built import SITE
from playwright.sync_api import expect

_PAGE = "book/arithmetic/one-dimension.html"
_ORDER = """() => [...document.querySelectorAll('article :is(h2, figure, div.cell, fieldset)')]
    .map(part => part.className + part.id)"""
_FITS = """() => {
    const screen = document.querySelector('.projector-screen');
    return screen.scrollWidth <= screen.clientWidth && screen.scrollHeight <= screen.clientHeight;
}"""


def shown(tab):
    return tab.locator(".projector-screen > *")


@pytest.mark.parametrize(("width", "height", "theme"), [(1280, 800, "light"), (1920, 1080, "dark")])
def test_each_figure_cell_and_question_fills_the_screen(visit, width, height, theme):
    visited = visit(f"{_PAGE}?present=1", width=width, height=height, theme=theme)
    tab = visited.tab
    dialog = tab.get_by_role("dialog", name="Projector")
    dialog.wait_for()
    words = dialog.locator(".projector-bar [role=status]")
    count = int(words.inner_text().split()[2])
    assert count > 8
    kinds = set()
    for number in range(1, count + 1):
        assert words.inner_text().startswith(f"{number} of {count} · Slide a filter along a row")
        assert tab.evaluate(_FITS), number
        kinds.add(shown(tab).evaluate("part => part.localName"))
        assert shown(tab).bounding_box()["width"] <= width
        tab.keyboard.press("PageDown")
    assert kinds == {"figure", "div", "fieldset"}
    tab.keyboard.press("PageUp")
    assert tab.url.endswith(f"?present={count - 1}")
    assert checks.accessibility(tab, "dialog") == []
    assert visited.errors == []


def test_letters_are_larger_than_on_the_page(visit):
    tab = visit(f"{_PAGE}?present=2", width=1920, height=1080).tab
    tab.locator("dialog.projector").wait_for()
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    large = tab.evaluate(size)
    tab.keyboard.press("Escape")
    tab.wait_for_function(f"large => large > 1.4 * {size}", arg=large)


def test_the_arrows_of_a_lab_stay_its_own_and_all_goes_back_to_its_place(visit):
    tab = visit(_PAGE).tab
    tab.locator("figure[data-live]").first.wait_for()
    before = tab.evaluate(_ORDER)
    tab.goto(f"{_PAGE}?present")
    tab.locator("dialog.projector").wait_for()
    while not shown(tab).evaluate("part => part.matches('[data-lab]')"):
        tab.keyboard.press("ArrowRight")
    lab, screen = shown(tab).get_attribute("id"), tab.locator(".projector-bar [role=status]").inner_text()
    tab.locator(".projector-screen .lab-stage").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".projector-bar [role=status]").inner_text() == screen
    tab.locator(".projector-screen [data-action=stride]").last.click()
    state = shown(tab).get_attribute("data-state")
    tab.get_by_role("button", name="Close").click()
    assert not tab.locator("dialog.projector").is_visible()
    assert tab.locator(f"article #{lab}").get_attribute("data-state") == state
    assert tab.evaluate(_ORDER) == before
    assert "present" not in tab.url


def test_what_is_taller_than_the_screen_moves_under_a_bar_that_stays(visit):
    tab = visit("book/arithmetic/photograph.html?present=7", height=700).tab
    screen, bar = (tab.locator(f".projector-{part}") for part in ("screen", "bar"))
    bar.wait_for()
    assert not tab.evaluate(_FITS)
    dialog = "(dialog => dialog.scrollHeight > dialog.clientHeight)(document.querySelector('dialog.projector'))"
    assert not tab.evaluate(dialog)  # else a wheel or a finger on the bar moves the bar
    for key, is_moved in (("ArrowDown", True), ("ArrowUp", False)):
        for _ in range(9):
            tab.keyboard.press(key)
        assert (screen.evaluate("part => part.scrollTop") > 50) == is_moved
        assert tab.locator("dialog.projector").evaluate("dialog => dialog.scrollTop") == 0
        box = bar.bounding_box()
        assert box["y"] + box["height"] == 700
    assert bar.get_by_role("status").inner_text().startswith("7 of ")


def test_it_works_from_disk_and_no_page_brings_its_script_unasked(open_tab, visit):
    tab = open_tab(f"{(SITE / _PAGE).as_uri()}?present", offline=True)
    tab.locator("dialog.projector").wait_for()
    assert tab.errors == []
    plain = visit(_PAGE)
    assert not [address for address in plain.addresses if "projector" in address]


def test_the_lessons_of_the_teachers_page_open_their_labs(visit):
    """Minutes add up; a link to a lab opens it in the state of the link, none is refused, what it asks is not shown."""
    page = "book/review/teachers.html"
    soup = checks.parse(SITE / page)
    for minutes in (20, 45, 90):
        (heading,) = [heading for heading in soup.select("h3") if heading.get_text().startswith(f"{minutes}\xa0min")]
        section = heading.parent
        assert sum(int(row.td.get_text().removesuffix("min")) for row in section.select("tbody tr")) == minutes
    links = {link["href"]: link.get_text() for link in soup.select("a[href*='?lab=']")}
    assert len(links) >= 8
    for link, words in links.items():
        tab, query = visit(f"book/review/{link}").tab, parse_qs(urlsplit(link).query)
        place = int(query.get("number", ["0"])[0])
        lab = tab.locator(f"figure[data-lab='{query['lab'][0]}']").nth(place)
        lab.locator("xpath=self::*[@data-live]").wait_for()
        state, asked = json.loads(lab.get_attribute("data-state")), json.loads(query["state"][0])
        # A lab fills in what a layer leaves out.
        assert len(state.pop("layers", [])) == len(asked.pop("layers", [])), link
        assert asked.items() <= state.items(), link
        if "?" in words:
            asking = "what is" if "which number" in words else "how many"
            expect(lab.locator(".lab-question")).to_contain_text(asking)
            expect(lab.locator("[data-guess]")).to_be_visible()
