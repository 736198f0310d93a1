"""How the site looks: formulas, icons, repairs of HTML, descriptions."""

import base64
import io
import re
import string

import numpy as np
import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE
from docutils.core import publish_doctree
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.errors import ConfigError, ExtensionError

from booksite.theme import fonts
from booksite.theme.drawings import drawn, style_sheet, with_small_pictures
from booksite.theme.formulas import AS_TEXT, TEXT, Renderer, find_katex, formula_characters, woff_only
from booksite.theme.html_fixes import fix_body, picture_size
from booksite.theme.icons import ICONS, trim_folder, trim_styles
from booksite.theme.inline_drawings import inline
from booksite.theme.leftovers import page_files
from booksite.theme.npm_packages import TYPEFACE, TYPEFACE_FILES, find_package
from booksite.theme.overrides import describe
from cnnbook import plotting
from cnnbook.plotting.style import DARK, PALETTE, TINTS
from cnnbook.plotting.svg import address, png

KATEX = ROOT / "node_modules/katex/dist"


def test_the_colours_of_pages_are_those_of_figures():
    css = (ROOT / "book/assets/book.css").read_text("utf-8")
    pages, dark_pages = re.findall(r'^html\[data-theme.*?dark"\]\)? \{(.*?)^\}', css, re.M | re.S)[:2]
    names = {"ink": "ink", "line": "grid", "accent": "orange", "blue": "blue", "red": "red", "green": "green"}
    for name, of_figures in names.items():
        assert f"--{name}: {PALETTE[of_figures]};" in pages
        assert f"--{name}: {DARK[of_figures]};" in dark_pages


@pytest.mark.parametrize(("node", "words"), [(None, "install Node.js"), ("/bin/node", "npm ci")])
def test_what_formulas_need_and_miss_is_said(tmp_path, node, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        find_katex(tmp_path, which=lambda name: node)


def test_formulas_are_rendered_and_unreadable_ones_stay_text():
    renderer = Renderer(KATEX / "katex.min.js")
    try:
        assert "katex-mathml" in renderer.render(r"\frac{1}{2} < ü")
        assert "katex-display" in renderer.render("x", {"displayMode": True})
        assert renderer.render(r"\frac{1 <") == r"\frac{1 &lt;"
        assert "katex-mathml" in renderer.render("y")  # it goes on after an error
    finally:
        renderer.close()


def test_only_woff_fonts_are_requested():
    css = (KATEX / "katex.min.css").read_text("utf-8")
    trimmed = woff_only(css)
    assert trimmed.count(".woff)") == css.count(".woff)") > 10
    for other in (".ttf)", ".woff2)"):
        assert other in css
        assert other not in trimmed


def test_fonts_are_cut_again_if_what_they_are_made_from_has_changed(tmp_path, monkeypatch):
    cut = []
    monkeypatch.setattr(fonts, "subset_font", lambda source, target, characters, **_: target.touch() or cut.append(1))
    source, note, folder = tmp_path / "a.ttf", tmp_path / "made-from", tmp_path / "site"
    source.write_text("a font")

    def times(characters="ab", **options):
        cut.clear()
        fonts.subset_fonts([source], folder, set(characters), note=note, suffix=".woff", **options)
        return len(cut)

    assert [times(), times(), times("abc"), times("abc", hinting=True), times("abc", hinting=True)] == [1, 0, 1, 1, 0]
    source.write_text("another")
    assert [times(), times()] == [1, 0]
    (folder / "a.woff").unlink()
    assert [times(), times()] == [1, 0]
    assert [path.name for path in folder.iterdir()] == ["a.woff"]


def test_formulas_find_their_characters_in_the_fonts_of_the_site():
    characters = set().union(*(formula_characters(page.read_text("utf-8")) for page in page_files(SITE)))
    glyphs = set()
    for file in (SITE / "_static/katex/fonts").glob("*.woff"):
        assert file.stat().st_size < 12_000
        with TTFont(file) as font:
            glyphs |= set(map(chr, font.getBestCmap() or {}))
    assert {"k", "\N{LEFT FLOOR}"} <= characters
    assert {character for character in characters if character > " "} - glyphs <= {"\u200b"}


@pytest.mark.parametrize("name", AS_TEXT)
def test_what_formulas_take_from_the_typeface_of_the_text_is_in_no_other_font(name):
    css = (ROOT / "book/assets/book.css").read_text("utf-8")
    family, style = name.split("-")[0], "italic" if "Italic" in name else "normal"
    (ranges,) = re.findall(rf"font-family: {family};[^}}]*{style}[^}}]*unicode-range: ([^;]*);", css)
    ends = [[int(end, 16) for end in part.split("-")] for part in ranges.replace("U+", "").split(",")]
    taken = {chr(code) for first, *last in ends for code in range(first, (last or [first])[0] + 1)}
    with TTFont(SITE / f"_static/katex/fonts/{name}.woff") as font:
        kept = set(map(chr, font.getBestCmap()))
    assert not kept & TEXT
    shown = set().union(*(formula_characters(page.read_text("utf-8")) for page in page_files(SITE)))
    assert TEXT & shown <= taken | (TEXT - set(string.ascii_letters) if style == "italic" else set())


@pytest.mark.parametrize("name", TYPEFACE_FILES)
def test_the_typeface_has_what_pages_show_and_readers_type_in_every_weight(name):
    texts = (BeautifulSoup(page.read_text("utf-8"), "html.parser").get_text() for page in page_files(SITE))
    needed = set(range(ord(" "), ord("~"))).union(*(map(ord, text) for text in texts))
    with TTFont(SITE / "_static/fonts" / name) as cut, TTFont(find_package(ROOT, TYPEFACE) / "files" / name) as whole:
        assert needed & whole.getBestCmap().keys() <= cut.getBestCmap().keys()
        assert len(cut.getBestCmap()) < len(whole.getBestCmap()) / 1.5
        assert [(axis.minValue, axis.maxValue) for axis in cut["fvar"].axes] == [(200, 900)]
        assert "kern" in {record.FeatureTag for record in cut["GPOS"].table.FeatureList.FeatureRecord}


def test_styles_keep_the_icons_in_use_and_lose_the_others():
    css = '.fa-sun:before{content:"\\f185"}.fa-moon:before,.fa-night:before{content:"\\f186"}'
    css += '.fa-car:before{content:"\\f1b9"}'
    trimmed, characters = trim_styles(css + ".note:before{content:'\uf0f3'}", ["sun", "moon"])
    assert characters == {0xF185, 0xF186, 0xF0F3}
    assert set(re.findall(r"fa-\w+(?=:)", trimmed)) == {"fa-sun", "fa-moon"}
    with pytest.raises(ExtensionError, match=r"no icon \.fa-unicorn"):
        trim_styles(css, ["unicorn"])


@pytest.mark.parametrize(
    ("css", "font", "names"),
    [
        (r"@font-face{font-family:Font Awesome\ 7 Free;src:url(a.woff2)}", "", "Font Awesome.* 7 Free"),
        (r"@font-face{font-family:Font Awesome\ 6 Free}@font-face{font-family:Font Awesome\ 6 Brands}", "", ".*6 Free"),
        ("", "fa-solid-900.ttf", "none"),
    ],
)
def test_a_theme_with_fonts_that_nothing_cuts_down_is_refused(tmp_path, css, font, names):
    for name, text in {"styles/pydata-sphinx-theme.css": css, f"vendor/fontawesome/webfonts/{font or 'a'}": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ExtensionError, match=f"brings the fonts {names}, .*requirements.in"):
        trim_folder(tmp_path)


def test_the_built_font_has_a_glyph_for_every_icon_on_the_pages():
    styles = (SITE / "_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    names = set()
    for page in SITE.glob("**/*.html"):
        for classes in re.findall(r'class="([^"]*\bfa-solid\b[^"]*)"', page.read_text("utf-8")):
            names |= {name[3:] for name in classes.split() if name.startswith("fa-")} - {"solid", "lg"}
    assert names <= set(ICONS)
    with TTFont(SITE / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff") as font:
        glyphs = set(font.getBestCmap())
    for name in names:
        code = re.search(rf'\.fa-{name}:before\{{content:"\\([0-9a-f]+)"', styles)
        assert int(code[1], 16) in glyphs


_IDS = '<p id="a"></p><p id="{}"></p><p id="b"></p><p id="{}"></p>'
_FORMULA = '<span class="katex"><math><mi>x</mi></math><svg viewbox="0 0 1 1"><path d="M0"></path></svg></span>'
_CITATIONS = '<div class="citation-list"{}><div class="citation"{}>A</div></div>'
_SOLUTION = '<div class="solution dropdown"><p class="admonition-title">Solution to {}</p></div>'
_BOX = '<{0} class="admonition dropdown"><{1} class="admonition-title">Solution</{1}><p>4</p></{0}>'
_SOURCE, _RESULT = '<div class="cell_input"></div>', '<div class="cell_output">{}</div>'
_FOLDED = f'<div class="cell"><details class="hide"><summary>{{}}</summary>{_SOURCE}</details>{{}}</div>'
_ALL_FOLDED = f'<div class="cell"><details class="hide"><summary>{{}}</summary>{_RESULT}</details></div>'
_WORDS = '<p class="collapsed">Table 1</p>'
_BOTH_FOLDED = (
    f'<div class="cell"><details class="hide"><summary>{{}}</summary>{_SOURCE}</details>'
    f'<details class="hide"><summary>{{}}</summary>{_RESULT.format("<table></table>")}</details></div>'
)
_TABLE_SHOWN = (
    f'<div class="cell"><details class="hide"><summary>Table 1</summary>{_RESULT.format("<table></table>")}'
    f'<details class="hide"><summary>code of this output</summary>{_SOURCE}</details></details></div>'
)
_SHOWN = f'<div class="cell">{{}}<details class="hide"><summary>{{}}</summary>{_SOURCE}</details></div>'


@pytest.mark.parametrize(
    ("body", "fixed"),
    [
        (_IDS.format("a", "a"), _IDS.format("a-2", "a-3")),
        (_CITATIONS.format(' role="list"', ' role="doc-biblioentry"'), _CITATIONS.format("", "")),
        ('<summary aria-label="Toggle hidden content">Show</summary>', "<summary>Show</summary>"),
        (_SOLUTION.format('<a href="#e">Exercise 1</a>'), _SOLUTION.format("Exercise 1")),
        (_FORMULA, _FORMULA),
        (_BOX.format("div", "p"), _BOX.format("details", "summary")),
        (
            f'<div class="cell">{_SOURCE}</div>' * 2,
            f'<div class="cell"><details class="hide setup"><summary>Setup</summary>{_SOURCE}</details></div>'
            f'<div class="cell">{_SOURCE}</div>',
        ),
        (
            f'<nav class="launch"></nav><p>Words</p><div class="cell">{_SOURCE}</div>',
            f'<nav class="launch"></nav><div class="cell"><details class="hide setup"><summary>Setup</summary>{_SOURCE}'
            "</details></div><p>Words</p>",
        ),
        (
            _FOLDED.format("Show code cell source", _RESULT.format("<figure></figure>")),
            _SHOWN.format(_RESULT.format("<figure></figure>"), "code of this figure"),
        ),
        (
            _FOLDED.format('<p class="collapsed">From the module</p>', _RESULT.format("4")),
            _FOLDED.format("From the module", _RESULT.format("4")),
        ),
        (_FOLDED.format("Show", _RESULT.format("4")), _SHOWN.format(_RESULT.format("4"), "code of this output")),
        (_ALL_FOLDED.format("Show", "4"), _ALL_FOLDED.format("output of this cell", "4")),
        (_ALL_FOLDED.format("Show", "<table></table>"), _ALL_FOLDED.format("the table", "<table></table>")),
        (_BOTH_FOLDED.format(*2 * [_WORDS]), _TABLE_SHOWN),
        (
            _FOLDED.format("Show", "") + _FOLDED.format("Show", _RESULT.format("4")),
            _SHOWN.format(_RESULT.format("4"), "code of this output").replace(_SOURCE, 2 * _SOURCE),
        ),
    ],
    ids=[
        "repeated-ids",
        "roles",
        "label",
        "solution-title",
        "formula",
        "folded-box",
        "setup",
        "setup-beside-links",
        "code-below-figure",
        "words-of-the-page",
        "code-below-output",
        "output",
        "table",
        "words-for-a-table",
        "code-joins-the-next",
    ],
)
def test_html_is_repaired(body, fixed):
    assert fix_body(body) == fixed


def test_a_drawing_stands_in_the_page(tmp_path):
    file = tmp_path / "abcdefgh0.svg"
    file.write_text(
        '<?xml version="1.0"?><svg width="36pt" height="18pt" viewBox="0 0 36 18"><metadata>x</metadata><defs>'
        '<style type="text/css">*{stroke-linejoin: round}</style><path id="m1" d="M 1.23456 2"/></defs><g id="axes_1">'
        f'<use xlink:href="#m1" style="fill: {PALETTE["ink"]}"/><text style="font-family: \'DejaVu Sans\'; x: 1">−x₁₀'
        "</text></g></svg>"
    )
    page = '<div class="cell_output"><img alt="A &quot;row&quot;" src="../_images/abcdefgh0.svg"/></div>'
    assert fix_body(page, {file.name: file}) == (
        '<div class="cell_output"><svg aria-label=\'A "row"\' class="drawing" height="24" role="img" '
        'style="--width:48" viewbox="0 0 36 18" width="48"><defs><path d="M 1.23 2" id="dabcdefgh-m1"></path></defs><g>'
        f'<use href="#dabcdefgh-m1" style="fill: var(--fig-ink, {PALETTE["ink"]})"></use><text style="x: 1">−x'
        '<tspan dy="0.3em" font-size="70%">10</tspan></text></g></svg></div>'
    )
    with pytest.raises(ValueError, match="with a width, a height and a viewBox"):
        inline("<svg></svg>", "d", "A row")


def test_a_drawing_that_stands_twice_or_is_hidden_needs_no_other_element_of_the_page():
    markup = drawn(lambda: plotting.windows_1d(range(8), [1, 1, 1], stride=2), "Eight cells")
    drawing = BeautifulSoup(markup, "html.parser").svg
    assert drawing["aria-label"] == "Eight cells"
    assert not re.search(r' id="|url\(|href="#', markup)
    grey = f"var(--fig-grey-fill, {TINTS['grey']})"
    unseen = [part for part in drawing.find_all("path", style=True) if grey in part["style"]]
    assert len(unseen) == 2  # the last cell, and what lies behind its number


def test_pictures_of_a_lab_are_compressed_and_keep_their_pixels():
    pixels = np.kron(np.random.default_rng(4).integers(0, 256, (8, 8, 3), np.uint8), np.ones((4, 4, 1), np.uint8))
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    drawn = f'<svg><image href="{address(file.getvalue())}"/><image href="{address(png(pixels[:1, :1]))}"/></svg>'
    small = with_small_pictures(drawn)
    assert len(small) < len(drawn) / 4
    first, second = re.findall('href="data:image/png;base64,([^"]+)"/>', small)
    assert (np.array(Image.open(io.BytesIO(base64.b64decode(first)))) == pixels).all()
    assert second in drawn  # it cannot be smaller


def test_of_a_figure_for_both_widths_a_page_shows_the_one_that_fits(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    file = tmp_path / "abcdefgh1.svg"
    file.write_text(plotting.picture_grid(images, ["weight 0.0001", "x"])._repr_svg_())
    page = '<div class="cell_output"><img alt="Two" src="../_images/abcdefgh1.svg"/></div>'
    soup = BeautifulSoup(fix_body(page, {file.name: file}), "html.parser")
    wide, narrow = soup.div.find_all(recursive=False)
    assert [drawing["class"] for drawing in (wide, narrow)] == [["drawing", "wide"], ["drawing", "narrow"]]
    assert [(drawing["width"], drawing["aria-label"]) for drawing in (wide, narrow)] == [("156", "Two"), ("164", "Two")]
    stored = [f"#{image['id']}" for image in wide.find_all("image")]
    assert [use["href"] for use in wide.find_all("use")] == [use["href"] for use in narrow.find_all("use")] == stored
    assert not narrow.find_all("image")
    assert "display" not in narrow.attrs
    assert wide.find("text").text == "weight 0.0001"  # only coordinates are rounded
    rules = style_sheet().splitlines()[-1]
    assert "svg.drawing.narrow{display:none}@media screen and (max-width:660px){svg.drawing.wide{display:none}" in rules


def test_every_colour_of_a_drawing_has_one_for_the_dark_theme():
    light, dark, _ = style_sheet().splitlines()
    assert re.findall(r"--fig-[\w-]+", light) == re.findall(r"--fig-[\w-]+", dark)
    assert len(set(PALETTE.values()) | set(TINTS.values())) == len(PALETTE) + len(TINTS)


def test_pictures_get_their_size(tmp_path):
    svg, png = tmp_path / "a.svg", tmp_path / "b.png"
    svg.write_text('<?xml version="1.0"?><svg viewBox="0 0 1 1" height="36pt" width="72pt"></svg>', encoding="utf-8")
    Image.new("RGB", (5, 3)).save(png)
    assert picture_size(svg) == (96, 48)
    assert picture_size(png) == (5, 3)
    fixed = fix_body('<img src="../_images/a.svg"/><img src="c.svg"/>', {"a.svg": svg})
    assert fixed == '<img height="48" src="../_images/a.svg" width="96"/><img src="c.svg"/>'


def test_description_is_the_first_paragraph_cut_between_words():
    page = "Title\n=====\n\nSub\n---\n\n" + "seven letters " * 40
    text = describe(publish_doctree(page, settings_overrides={"doctitle_xform": False}))
    assert text.startswith("seven letters seven")
    assert len(text) <= 200
    assert text.endswith(("seven…", "letters…"))


def test_a_measured_mean_and_its_deviation_are_one_number_with_a_minus_sign():
    pasted = '<span class="pasted-text">{}</span>'
    body = f"<p>{pasted.format('-3.2')} ± {pasted.format('0.4')} % on {pasted.format('a GPU')}</p>"
    numbers = BeautifulSoup(fix_body(body), "html.parser").select(".number")
    assert [number.get_text() for number in numbers] == ["−3.2 ±\xa00.4"]


def test_a_footnote_stands_behind_its_paragraph():
    body = (
        '<p>Words.<a class="footnote-reference" href="#n">1</a></p><p>More.</p><hr/><aside class="footnote-list">'
        '<aside class="footnote" id="n"><p>A note.</p></aside></aside>'
    )
    soup = BeautifulSoup(fix_body(body), "html.parser")
    assert soup.select_one(".has-footnote > p + aside#n") is not None
    assert soup.select("hr, aside.footnote-list") == []
