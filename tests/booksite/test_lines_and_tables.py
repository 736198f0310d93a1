"""Where lines may break, and what becomes of a wide table on a phone, as the build writes it and Chromium shows it."""

import re

import checks
import pytest
from bs4 import BeautifulSoup
from built import SITE
from docutils import nodes
from docutils.utils import new_document
from playwright.sync_api import expect

from booksite.theme import lines, tables


def after(repair, body):
    soup = BeautifulSoup(body, "html.parser")
    repair(soup)
    return str(soup)


FORMULA = '<span class="math"><span class="katex">n</span></span>'
CODE, HANG = (
    '<div class="highlight"><pre>{}</pre></div>',
    '<span class="hang" style="--in:2"><span class="in">  </span>',
)
DASHES = '<span class="o">--</span>'
WHOLE_DASHES = '<span class="o"><span class="whole">--</span></span>'
SPACE = '<span class="mspace"></span>'
PARTS = (
    '<span class="katex-display"><span class="katex-html"><span class="base"><span class="strut"></span>x{}</span>'
    '<span class="base"><span class="strut"></span>{}1</span></span></span>'
)


@pytest.mark.parametrize(
    ("repair", "body", "repaired"),
    [
        (lines.bind_units, "<b>6</b> % of 5 %<code>3 %</code>", "<b>6</b>\xa0% of 5\xa0%<code>3 %</code>"),
        (lines.bind_units, "<b>5</b> ms, 3 s, 2 sides <i>a</i> s", "<b>5</b>\xa0ms, 3\xa0s, 2 sides <i>a</i> s"),
        (
            lines.bind_units,
            "<b>1.4</b> minutes, 2 cores, 5 seeds, 10 epochs, 1 threads, two cores, 2 corals",
            "<b>1.4</b>\xa0minutes, 2\xa0cores, 5\xa0seeds, 10\xa0epochs, 1\xa0threads, two cores, 2 corals",
        ),
        (lines.bind_units, "mean ± deviation, <b>6</b> ± <b>1</b>", "mean ±\xa0deviation, <b>6</b> ±\xa0<b>1</b>"),
        (lines.bind_punctuation, f"<p>{FORMULA}), so</p>", f'<p><span class="whole">{FORMULA}),</span> so</p>'),
        (lines.bind_punctuation, f"<p>{FORMULA} and</p>", f"<p>{FORMULA} and</p>"),
        (
            lines.mark_long,
            f'<code class="literal">{"x" * 24}</code><code class="literal">{"x" * 25}</code>',
            f'<code class="literal">{"x" * 24}</code><code class="literal long">{"x" * 25}</code>',
        ),
        (
            lines.mark_long,
            f'{FORMULA}<span class="math"><span class="katex-html">{"n" * 25}</span></span>',
            f'{FORMULA}<span class="math long"><span class="katex-html">{"n" * 25}</span></span>',
        ),
        (
            lines.mark_long,
            '<code class="literal">keras.utils.set_random_seed(0)</code>',
            '<code class="literal long">keras.<wbr/>utils.<wbr/>set_random_seed(<wbr/>0)</code>',
        ),
        (
            lines.mark_long,
            '<code class="literal">python -m cnnbook speedrun</code>',
            '<code class="literal long">python <span class="whole">-m</span> cnnbook speedrun</code>',
        ),
        (
            lines.mark_long_lines,
            CODE.format(f'a\n  {"x" * 38}<i>b</i><i>\n</i>"""{"x" * 40}<i>\nc</i>\n'),
            CODE.format(f'a\n{HANG}{"x" * 38}<i>b</i></span><i>\n</i>"""{"x" * 40}<i>\nc</i>\n'),
        ),
        (
            lines.mark_long_lines,
            CODE.format("a\n    <i>b</i>\n<i>  c</i>\n"),
            CODE.format('a\n<span class="in">    </span><i>b</i>\n<i><span class="in">  </span>c</i>\n'),
        ),
        (lines.close_gaps, CODE.format("a\n\n\nb\n\nc"), CODE.format("a\n\nb\n\nc")),
        (
            lines.mark_long_lines,
            CODE.format(f'  python {"x" * 40} a --count 10\n'),
            CODE.format(f'{HANG}python {"x" * 40} a <span class="whole">--count</span> 10</span>\n'),
        ),
        (
            lines.mark_long_lines,
            CODE.format(f'  {"x" * 40}<i>=</i>y<i>.</i>z<i>+</i>1\n'),
            CODE.format(f'{HANG}{"x" * 40}<i>=</i><wbr/>y<i>.</i><wbr/>z<i>+</i>1</span>\n'),
        ),
        (
            lines.mark_long_lines,
            CODE.format(f'{"x" * 40} <i>a</i>{DASHES}<i>b</i> {DASHES}<i>no</i>{DASHES}<i>c</i> {DASHES}<i>d</i>(1)\n'),
            CODE.format(
                f'<span class="hang" style="--in:0">{"x" * 40} <i>a</i>{WHOLE_DASHES}<i>b</i> '
                f'<span class="whole">{DASHES}<i>no</i>{DASHES}<i>c</i></span> '
                f'<span class="whole">{DASHES}<i>d</i></span>(1)</span>\n'
            ),
        ),
        (
            lines.break_before_operators,
            PARTS.format(f'<span class="mrel">=</span>{SPACE}', ""),
            PARTS.format("", f'<span class="mrel">=</span>{SPACE}'),
        ),
        (
            lines.break_before_operators,
            PARTS.format(f'<span class="mpunct">,</span>{SPACE}', ""),
            PARTS.format(f'<span class="mpunct">,</span>{SPACE}', ""),
        ),
    ],
    ids=["per-cent", "units", "counts", "plus-minus", "marks", "no-marks", "long-code", "long-formula", "seams",
         "options", "code", "indentation", "gaps", "hyphens", "signs", "split-options", "relation", "comma"],
)  # fmt: skip
def test_lines_break_where_they_may(repair, body, repaired):
    assert after(repair, body) == repaired


def table(head, *rows):
    cells = "".join(f"<th>{label}</th>" for label in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def test_cells_of_a_wide_table_know_their_heading_and_whether_they_are_text():
    wide = table(
        ("network", "parameters", "multiply-adds", "what it does"),
        ("first", "1,000", "2", "It looks at every pixel at once."),
        ("b", "", "3", "c"),
    )
    body = after(tables.lay_out, wide + table(("n", "k"), (1, 2)))
    cards, plain = BeautifulSoup(body, "html.parser").find_all("table")
    assert cards["class"] == ["cards"]
    assert not plain.attrs
    first, second = ([cell.attrs for cell in row.find_all("td")] for row in cards.select("tbody tr"))
    text = {"data-label": "what it does", "class": ["text"]}
    head = {"class": ["whole"]}  # a short label stays on its line
    assert first == [head, {"data-label": "parameters"}, {"data-label": "multiply-adds"}, text]
    assert second == [head, {}, {"data-label": "multiply-adds"}, text]


def test_a_column_without_heading_and_text_has_a_width():
    head = ["network", "", *(["multiply-adds"] * 4)]
    body = after(tables.lay_out, table(head, [1, "", 2, 3, 4, 5]))
    assert BeautifulSoup(body, "html.parser").table["style"] == "--columns: 1fr 13fr 13fr 13fr 13fr"


def test_the_line_above_a_computed_table_is_its_caption_and_has_an_id_of_its_own():
    document = new_document("page")
    computed = "text/markdown"
    for mime, line in ((computed, "Two runs."), (computed, "Two runs."), (computed, ""), ("", "Text.")):
        output = nodes.container(mime_type=mime)
        output.extend([nodes.paragraph("", line)] * bool(line) + [nodes.table()])
        document.append(output)
    tables.set_captions(None, document)
    found = list(document.findall(nodes.table))
    captions = [[title.astext() for title in table.findall(nodes.title)] for table in found]
    assert captions == [["Two runs."], ["Two runs."], [], []]
    assert [bool(table["ids"]) for table in found] == [True, True, False, False]
    assert found[0]["ids"] != found[1]["ids"]
    assert [line.astext() for line in document.findall(nodes.paragraph)] == ["Text."]


def test_captions_have_numbers_through_the_book_and_stand_beside_tables_where_there_is_room(visit):
    page = "book/review/libraries.html"
    numbers = [int(caption.get_text().split()[1]) for caption in checks.parse(SITE / page).select(".caption-number")
               if caption.find_parent("caption")]  # fmt: skip
    assert numbers == list(range(numbers[0], numbers[0] + 10))
    for width, beside in ((1280, False), (1440, True), (1920, True)):
        tab = visit(page, width=width).tab
        boxes = tab.evaluate("""() => [...document.querySelectorAll("caption")].map(caption =>
            [caption, caption.parentElement.tBodies[0]].map(element => element.getBoundingClientRect().toJSON()))""")
        assert [caption["left"] >= body["right"] for caption, body in boxes] == [beside] * 10
        assert len({round(caption["left"]) for caption, _ in boxes}) == 1


def test_a_row_with_a_label_alone_heads_a_group():
    body = after(tables.lay_out, table("abc", ("1 min", "<p></p>", ""), ("x", "", 1), ("y", "<img/>", "")))
    rows = BeautifulSoup(body, "html.parser").select("tbody tr")
    assert ["group" in row.get("class", []) for row in rows] == [True, False, False]


def test_a_table_without_rows_stays_as_it_is():
    assert after(tables.lay_out, table("nk")) == table("nk")


@pytest.mark.parametrize(
    ("cell", "whole"),
    [
        ("simple-cnn → deeper-5", ["simple-cnn", "deeper-5"]),
        ("2026-11-25, 2026-11-26", ["2026-11-25", "2026-11-26"]),
        ("−1.2 - 3, a - b", []),
        ("one-word-that-is-far-too-long-for-it", []),
        ("<code>simple-cnn</code>", []),
    ],
)
def test_names_in_tables_are_not_broken_at_their_hyphens(cell, whole):
    body = after(tables.lay_out, table("a", [cell]))
    assert [span.text for span in BeautifulSoup(body, "html.parser").select("span.whole")] == whole
    assert BeautifulSoup(body, "html.parser").td.text == BeautifulSoup(cell, "html.parser").text


#: What is wider than its box, by its first words; folds are opened.
WIDER = """selector => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    return [...document.querySelectorAll(selector)].filter(box => box.scrollWidth > box.clientWidth + 1)
        .map(box => box.textContent.trim().slice(0, 60));
}"""


@pytest.mark.parametrize(
    ("width", "boxes"),
    [
        (390, ".pst-scrollable-table-container, .katex-display"),
        (1280, ".pst-scrollable-table-container, .katex-display, pre"),
    ],
)
@pytest.mark.parametrize(
    "name",
    ["arithmetic/output-size", "experiments/deeper-cnns", "experiments/two-layers", "review/libraries", "notation"],
)
def test_tables_and_formulas_fit_their_column_and_code_that_of_a_screen(visit, name, width, boxes):
    assert visit(f"book/{name}.html", width=width).tab.evaluate(WIDER, boxes) == []


def test_a_short_cell_stays_on_its_line_on_a_screen_and_may_break_on_paper(visit):
    tab = visit("book/experiments/deeper-cnns.html", width=672).tab  # A4 without its margins
    cell = tab.locator("table.figures td:not(:first-child)").first
    expect(cell).to_have_css("white-space", "nowrap")
    tab.emulate_media(media="print")
    expect(cell).to_have_css("white-space", "normal")


def test_numbers_words_and_common_signs_of_formulas_are_set_as_in_the_text_and_other_signs_are_not(visit):
    widths = """text => {
      const pen = document.createElement("canvas").getContext("2d");
      const wide = font => { pen.font = font; return pen.measureText(text).width };
      return ["91px 'Source Sans 3'", "100px KaTeX_Main"].map(wide);
    }"""
    tab = visit("book/arithmetic/output-size.html").tab
    for text in ("0.75", "1,024", "output padding", "(2+3)=5", "−2×3"):
        ours, formulas = tab.evaluate(widths, text)
        assert formulas == pytest.approx(ours, rel=0.01)
    ours, formulas = tab.evaluate(widths, "≤→")
    assert formulas != pytest.approx(ours, rel=0.03)


@pytest.mark.parametrize("name", ["arithmetic/padding", "experiments/simple-cnn"])
def test_on_a_wide_screen_captions_stand_in_the_margin_one_below_the_other(visit, name):
    edges = visit(f"book/{name}.html", width=1920).tab.evaluate("""() => {
      const captions = [...document.querySelectorAll("figure > figcaption")].filter(
        caption => !caption.closest(".admonition, .quiz-item, li, td"));
      return captions.map(caption => Math.round(caption.getBoundingClientRect().left));
    }""")
    assert len(edges) > 1
    assert len(set(edges)) == 1, edges


def test_a_wide_table_of_numbers_keeps_its_columns():
    wide = table(("network", "parameters", "multiply-adds", "receptive field"), ("a" * 30, "1,000", "2", "3×3"))
    soup = BeautifulSoup(after(tables.lay_out, wide), "html.parser")
    assert (soup.table["class"], soup.table["style"]) == (["figures"], "--columns: 10fr 13fr 9fr")
    assert not soup.td.attrs


def test_a_column_of_bars_takes_no_room_on_a_phone():
    head, row = ("network", "parameters", "multiply-adds", "receptive field"), ("a" * 30, "1,000", "2", "3×3")
    bar = '<span class="interval"></span>'
    drawn = after(tables.lay_out, table((*head[:2], "0", *head[2:]), (*row[:2], bar, *row[2:])))
    plain = after(tables.lay_out, table(head, row))
    drawn, plain = (BeautifulSoup(body, "html.parser").table.attrs for body in (drawn, plain))
    assert drawn == plain


def test_a_table_with_rows_longer_than_a_line_is_as_wide_as_code():
    def classes(words):
        return BeautifulSoup(after(tables.lay_out, table(("a", "b"), ("x", words))), "html.parser").table.get("class")

    assert classes(60 * "x") is None
    assert classes(80 * "x") == ["wide"]


def test_a_heading_of_a_narrow_column_of_numbers_has_four_lines_at_most():
    head = ("network", "parameters", "multiply-adds, millions", "s an epoch, AMD EPYC, 2 cores")
    wide = table(head, ("a" * 30, "1,000", "6.0", "124.6"))
    soup = BeautifulSoup(after(tables.lay_out, wide), "html.parser")
    assert soup.table["style"] == "--columns: 10fr 14fr 9fr"


def test_on_a_phone_the_numbers_of_a_wide_table_stand_below_their_headings(visit):
    table = visit("book/experiments/deeper-cnns.html", width=390).tab.locator("table.figures")
    head, *rows = ([cell.bounding_box() for cell in row.locator("th, td").all()] for row in table.locator("tr").all())
    ends = [[round(box["x"] + box["width"]) for box in row[1:]] for row in (head, *rows)]
    assert len(rows) == 5
    assert all(row == ends[0] for row in ends)
    assert all(row[0]["y"] + row[0]["height"] <= row[1]["y"] + 1 for row in rows)


def test_on_a_screen_what_is_short_in_a_wide_table_stays_on_its_line(visit):
    tab = visit("book/review/libraries.html").tab
    cells = tab.locator("table:is(.cards, .figures) td:not(.text) > p")
    short = cells.filter(has_text=re.compile("Keras, PyTorch|epsilon"))
    heights = [text.bounding_box()["height"] for text in short.all()]
    assert len(heights) >= 8
    assert max(heights) < 32


def test_no_code_is_cut_on_a_phone_and_a_long_line_goes_on_further_in(visit):
    tab = visit("book/experiments/one-layer.html", width=390).tab
    assert tab.evaluate(WIDER, "pre") == []
    assert tab.evaluate("""() => [...document.querySelectorAll(".hang")].some(line => {
      const boxes = [...line.querySelectorAll("span")].flatMap(span => [...span.getClientRects()]);
      return boxes.at(-1).top > boxes[0].top + 5 && boxes.at(-1).left > boxes[0].left;
    })""")


def test_on_a_phone_all_lines_of_code_are_indented_by_half(visit):
    """Long lines, which go on below, as much as short ones."""
    tab = visit("book/experiments/one-layer.html", width=390).tab
    begins = tab.locator(".cell_input pre:has(.hang .in)").evaluate_all("""blocks => blocks.map(block => {
        const left = block.getBoundingClientRect().left + parseFloat(getComputedStyle(block).paddingLeft);
        return [...block.querySelectorAll(".in")].map(spaces => [
            spaces.textContent.length, spaces.getBoundingClientRect().right - left, !spaces.closest(".hang")]);
    })""")
    indented = [begin for block in begins for begin in block]
    assert {short for _, _, short in indented} == {True, False}
    assert max(spaces for spaces, _, _ in indented) >= 12
    character = indented[0][1] / indented[0][0]
    assert 2.5 < character < 4.5
    assert all(abs(right - spaces * character) < 1 for spaces, right, _ in indented)


def test_on_a_phone_a_row_of_a_wide_table_is_a_card(visit):
    row = visit("book/notation.html", width=390).tab.locator("table.cards tbody tr").first
    tops = [cell.bounding_box()["y"] for cell in row.locator("td").all()]
    assert tops == sorted(set(tops))


def test_on_a_phone_what_stands_on_a_card_begins_on_one_line(visit):
    texts = visit("book/review/libraries.html", width=390).tab.locator("table.cards").nth(1).locator("td[data-label]")
    lefts = texts.evaluate_all("""cells => cells.map(cell => {
        const text = document.createRange();
        text.selectNodeContents(cell);
        return Math.round([...text.getClientRects()].at(0).left);
    })""")
    assert len(set(lefts)) == 1
