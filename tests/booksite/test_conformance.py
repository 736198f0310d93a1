"""The report on accessibility: a row for each criterion, and no row that rests on a test that is not there."""

import re

import checks
import pytest
from audit import BUDGETS
from built import ROOT, SITE

from booksite import conformance

# WCAG 2.1 has 30 criteria of level A and 20 of level AA.
_LEVEL_A = re.findall(
    r"\S+",
    """1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3 2.4.4
    2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.3.1 3.3.2 4.1.1 4.1.2""",
)
_LEVEL_AA = re.findall(
    r"\S+",
    """1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 3.1.2 3.2.3 3.2.4 3.3.3
    3.3.4 4.1.3""",
)

#: What a reader of criterion 1.4.12 may set.
_SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""
_SPACED = ("book/arithmetic/volumes.html", "book/experiments/deeper-cnns.html", "book/review/practice.html")

_WITH_CONTROLS = (
    *("book/arithmetic/one-dimension.html", "book/arithmetic/parameters.html", "book/experiments/simple-cnn.html"),
    *("book/experiments/what-a-layer-sees.html", "book/review/practice.html", "book/review/write-it-yourself.html"),
)


def test_every_criterion_of_the_two_levels_has_one_row():
    for level, numbers in (("A", _LEVEL_A), ("AA", _LEVEL_AA)):
        assert [row["number"] for row in conformance.criteria(level)] == numbers
    assert len(conformance.criteria()) == 50


def test_rows_use_the_words_of_the_form_and_say_something():
    for row in conformance.criteria():
        assert row["conformance"] in ("supports", "partially supports", "not applicable"), row["number"]
        assert row["remark"].endswith("."), row["number"]


@pytest.mark.parametrize("row", conformance.criteria(), ids=lambda row: row["number"])
def test_the_tests_of_a_row_exist(row):
    for name in row["tests"]:
        file, _, function = name.partition("::")
        assert re.search(rf"^def {function}\(", (ROOT / "tests" / file).read_text("utf-8"), re.M), name


def test_the_page_shows_every_row_and_what_the_audit_uses():
    page = checks.parse(SITE / "book/accessibility.html")
    rows = [cells[0].get_text(" ", strip=True) for row in page.select("tbody tr") if (cells := row.select("td"))]
    assert [row.split()[0] for row in rows] == [*_LEVEL_A, *_LEVEL_AA]
    text = page.find("article").get_text(" ")
    for width in (*BUDGETS["widths"], BUDGETS["narrowest"]):
        assert re.search(rf"\b{width}\b", text), width
    assert re.search(r"axe-core \d+\.\d+\.\d+ looks", text)


@pytest.mark.parametrize(
    ("report", "words"), [("", "whoever gave you this copy"), ("https://a.org/new", "[Report it](https://a.org/new)")]
)
def test_it_says_whom_to_tell(report, words):
    assert words in conformance.contact(report)


def test_no_page_has_audio_or_video(page):
    assert checks.parse(SITE / page).select("audio, video, track, iframe, embed, object") == []


@pytest.mark.parametrize("name", _SPACED)
def test_wider_spacing_of_text_breaks_no_page(name, visit):
    tab = visit(name).tab
    tab.add_style_tag(content=_SPACING)
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", _WITH_CONTROLS)
def test_names_for_screen_readers_hold_what_is_written_on_a_control(name, visit):
    """A rule of axe-core's that is off by itself."""
    tab = visit(name).tab
    tab.wait_for_load_state("networkidle")
    assert checks.accessibility(tab, rules=["label-content-name-mismatch"]) == []


def test_the_field_about_the_reader_says_what_it_is_for(visit):
    tab = visit("book/review/your-answers.html").tab
    assert tab.locator("#review-name").get_attribute("autocomplete") == "name"
    assert tab.locator("input[autocomplete]:not([autocomplete=off])").count() == 1
