"""Words and symbols are explained where a page first uses them; the index leads to the pages that define them."""

import re
from types import SimpleNamespace

import checks
import pytest
from bs4 import BeautifulSoup
from built import SITE
from docutils import nodes
from playwright.sync_api import expect
from sphinx import addnodes

from booksite.glossary import (
    Glossary,
    Word,
    defined_words,
    explain,
    glossary_of,
    index_html,
    keep_glossary,
    taught_words,
    update,
)

_STRIDE, _FIELD = (
    Word("stride", "book/notation", "term-stride", "Cells to the next stop."),
    Word("receptive field", "book/notation", "term-f", "What it sees."),
)
_GLOSSARY = Glossary(
    {
        "stride": _STRIDE,
        "step": _STRIDE,
        "receptive field": _FIELD,
        "field": Word("field", "book/notation", "term-x", "A meadow."),
    },
    {"k": "cells of the filter", r"c_\text{in}": "channels of the input", "n": "cells of the input"},
)


def explained(body, page="book/arithmetic/a"):
    soup = BeautifulSoup(body, "html.parser")
    explain(soup, _GLOSSARY, page)
    return soup


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<section><p>A stride, strides. Receptive fields.</p></section>", ["stride", "Receptive fields"]),
        ("<section><ul><li><p>One <em>stride</em></p></li></ul></section>", ["stride"]),
        ("<section><p>A step, then a stride.</p></section>", ["step"]),  # two words for one thing
        ("<section><p>astride, stride-free <code>stride</code> <a>stride</a> <span>stride</span></p></section>", []),
        ("<section><p>A stride</p><p>is the <strong>stride</strong> here.</p></section>", []),
        ("<section><p>A stride</p><p>is a <strong>step</strong> here.</p></section>", []),
        ("<h2>Stride</h2><table><tr><td><p>stride</p></td></tr></table><p>stride</p>", []),
        ('<div class="admonition"><section><p>stride</p></section></div>', []),
        ('<fieldset class="quiz-item"><section><p>stride</p></section></fieldset>', []),
        ('<div class="admonition chapter-frame"><p>stride</p></div>', ["stride"]),
    ],
)
def test_the_first_use_of_a_word_becomes_a_link(body, words):
    soup = explained(body)
    assert [link.get_text() for link in soup.select("a.word")] == words
    assert soup.get_text() == BeautifulSoup(body, "html.parser").get_text()
    assert not explained(body, "book/notation").select("a.word")


def test_a_link_leads_to_the_glossary_and_says_what_it_says():
    own = '<a href="../notation.html#term-f"><span class="std-term">fields</span></a>'
    link, other = explained(f"<section><p>Stride.</p><p>{own}, receptive field</p></section>").find_all("a")
    assert (link["href"], link["data-definition"]) == ("../../book/notation.html#term-stride", _STRIDE.definition)
    assert (other["class"], other["data-definition"]) == ("word", _FIELD.definition)
    assert [a["data-name"] for a in (link, other)] == ["stride", "receptive field"]


@pytest.mark.parametrize("name", ["book/arithmetic/a", "book/notation"])
def test_a_citation_says_its_source_and_the_first_of_a_source_has_a_name(name):
    body = '<span class="bibtex-citation">A [<a href="b.html#x" title="A. B. 2020. URL: https://c.d/e.">7</a>]</span>'
    folded, first, again = explained(f'<div class="admonition">{body}</div>{body * 2}', name).find_all("a")
    assert "data-name" not in folded.attrs
    assert first.attrs == {"href": "b.html#x", "data-definition": "A. B. 2020.", "data-name": "[7]"}
    assert again.attrs == {"href": "b.html#x", "data-definition": "A. B. 2020."}


def _formula(latex, name="span"):
    return f'<{name} class="math"><annotation>{latex}</annotation></{name}>'


@pytest.mark.parametrize(
    ("latex", "symbols"),
    [
        (r"k^2 c_\text{in}", "k: cells of the filter\nc_in: channels of the input"),
        (r"\lfloor n/k \rfloor", "n: cells of the input\nk: cells of the filter"),
        (r"\ln x_k + t_{n-1} + \text{kink}", None),
    ],
)
def test_a_formula_says_what_its_symbols_mean(latex, symbols):
    assert explained(_formula(latex)).span.get("data-definition") == symbols
    assert not explained(f'<div class="quiz-item">{_formula(latex)}</div>').span.has_attr("data-definition")


def test_the_keyboard_stops_at_the_first_formula_with_a_symbol():
    soup = explained(_formula("k", "div") + _formula("k") + _formula("n+k") + _formula("n"))
    assert [formula.get("tabindex") for formula in soup.select(".math")] == [None, None, "0", None]


def test_a_changed_glossary_is_seen_on_every_page():
    env = SimpleNamespace(found_docs=["a", "b"], metadata={"a": {}, "b": {}})
    assert [update(None, env) for _ in range(2)] == [["a", "b"], []]
    env.metadata["b"] = {}  # it was read again
    assert update(None, env) == ["b"]
    term, meaning = nodes.term("", "Stride", ids=["s"]), nodes.definition("", nodes.paragraph("", "Cells. See ."))
    page = nodes.document(None, None)
    page += addnodes.glossary("", nodes.definition_list("", nodes.definition_list_item("", term, meaning)))
    keep_glossary(SimpleNamespace(env=SimpleNamespace(docname="a", metadata=env.metadata)), page)
    assert glossary_of(env).words == {"stride": Word("Stride", "a", "s", "Cells.")}
    assert update(None, env) == ["a", "b"]


def test_the_index_knows_the_section_that_defines_a_word():
    box = nodes.section("", nodes.paragraph("", "", nodes.strong("", "Strides")), ids=["exercise-content"])
    page = nodes.document(None, None)
    page += nodes.section(
        "", nodes.title("", "T"), box, nodes.strong("", "stride"), nodes.strong("", "no stride"), ids=["t"]
    )
    assert list(defined_words(page, _GLOSSARY)) == [("stride", "t")]
    env = SimpleNamespace(titles={"book/a": nodes.title("", "A <page>")})
    links = [("main", "book/notation.html#s"), ("", "book/a.html#t"), ("", "book/a.html#t")]
    text = index_html(env, [("S", [("stride", (links, [], None))])], "book/word-index")
    assert '<a class="reference internal" href="../book/notation.html#s">stride</a> · ' in text
    assert text.count('href="../book/a.html#t">A &lt;page&gt;</a>') == 1


def test_the_index_has_two_spellings_of_a_word_once_and_names_a_page_once():
    env = SimpleNamespace(titles={"book/a": nodes.title("", "A"), "book/b": nodes.title("", "B")})
    own, other = ([("main", f"book/notation.html#{name}")] for name in ("hy-phen", "hyphen"))
    spellings = [
        ("hy-phen", ([*own, ("", "book/a.html#x")], [], None)),
        ("hyphen", ([*other, ("", "book/a.html#y"), ("", "book/b.html#z")], [], None)),
        ("hyphens", (other, [], None)),
    ]
    rows = BeautifulSoup(index_html(env, [("H", spellings)], "book/word-index"), "html.parser").select("li")
    assert [[(link.get_text(), link["href"]) for link in row.select("a")] for row in rows] == [
        [("hy-phen", "../book/notation.html#hy-phen"), ("A", "../book/a.html#x"), ("B", "../book/b.html#z")],
        [("hyphens", "../book/notation.html#hyphen")],
    ]


def test_the_index_knows_the_page_to_which_the_glossary_leads():
    words = [Word(name, "book/notation", name, "", f"{name}-section") for name in ("stride", "field")]
    glossary = Glossary({word.name: word for word in words})
    labels = {"stride-section": ("book/a", "strides"), "field-section": ("book/b", "fields")}
    env = SimpleNamespace(domaindata={"std": {"anonlabels": labels}})
    assert list(taught_words(env, "book/a", glossary)) == [("stride", "strides")]
    assert list(taught_words(env, "book/b", glossary)) == [("field", "fields")]
    assert list(taught_words(env, "book/c", glossary)) == []


def test_a_row_of_letters_leads_to_the_first_word_of_each():
    body = """<dl class="glossary"><dt id="a1">Adam</dt><dt id="f1">feature</dt><dd></dd>
        <dt id="f2">filter</dt><dt id="k1">kernel</dt><dd></dd><dt id="f3">floor</dt><dt id="z1">zeros</dt><dd></dd>
        <dt id="s1">stride</dt><dd></dd><dt id="s2">step</dt><dd></dd><dt id="pm">±</dt><dd></dd></dl>"""
    row, entries = explained(body, "book/notation").find_all(["p", "dl"])
    links = [(link.get_text(), link["href"]) for link in row.select("a")]
    assert links == [("A", "#a1"), ("F", "#f2"), ("K", "#k1"), ("S", "#s1"), ("Z", "#z1")]
    assert "d-print-none" in row["class"]
    assert entries["class"] == ["glossary"]
    assert not explained(body).select(".glossary-letters")


# --- the book --------------------------------------------------------------------------------------------------------


def test_every_word_of_the_glossary_says_what_it_is_and_where_it_is_taught():
    page = checks.parse(SITE / "book/notation.html")
    definitions = page.select("dl.glossary > dd")
    assert len(definitions) > 40
    assert [
        words
        for dd in definitions
        if not re.fullmatch(r"[^…]+\. See .+\.", words := dd.get_text(" ", strip=True).replace(" .", "."))
    ] == []
    assert [dd.get_text() for dd in definitions if len(dd.select("a")) != 1 or dd.select(".math")] == []
    terms = [term.contents[0].strip().replace("\xa0", " ") for term in page.select("dl.glossary > dt")]
    assert sorted(terms, key=str.lower) == sorted(set(terms), key=str.lower)
    index = checks.parse(SITE / "book/word-index.html")
    rows = [[link.get_text() for link in row.select("a")] for row in index.select(".word-index li")]
    assert {word for word, *_ in rows} <= set(terms)
    assert sorted(word.replace("-", "") for word, *_ in rows) == sorted({word.replace("-", "") for word in terms})
    assert [row for row in rows if len(row) == 1 or len(row) > len(set(row))] == []
    assert "Pool a feature map" in next(titles for word, *titles in rows if word == "pooling")
    letters = [link.get_text() for link in page.select(".glossary-letters a")]
    assert letters == sorted({term[0].upper() for term in terms if term[0].isalpha()})


def test_pages_explain_their_words_and_no_page_explains_the_answer_to_a_question():
    pages = [checks.parse(file) for file in (SITE / "book").rglob("*.html")]
    assert sum(len(page.select("a.word")) for page in pages) > 100
    assert all(link["data-definition"].strip(" .") for page in pages for link in page.select("[data-definition]"))
    assert not [link for page in pages for link in page.select(".quiz-item [data-definition]")]
    statistics = checks.parse(SITE / "book/experiments/how-sure.html")  # its n counts seeds
    assert statistics.select(".math")
    assert not statistics.select("a.word, .math[data-definition]")


_SHOWN = "element => getComputedStyle(element, '::after').content.replace(' / \"\"', '').replaceAll('\"', '')"


def test_a_meaning_shows_by_pointer_and_by_keyboard(visit, tab_to):
    tab = visit("book/arithmetic/output-size.html").tab
    word = tab.locator("a.word").first
    meaning = word.get_attribute("data-definition")
    assert word.evaluate(_SHOWN) == "none"
    word.hover()
    assert word.evaluate(_SHOWN) == meaning
    tab.mouse.move(0, 0)
    assert word.evaluate(_SHOWN) == "none"
    tab_to(tab, "a.word")
    assert word.evaluate(_SHOWN) == meaning
    tab_to(tab, "span.math")
    assert tab.locator("span.math:focus").evaluate(_SHOWN).startswith("k: ")


@pytest.mark.parametrize(("width", "place"), [(1280, "center"), (700, "center"), (1280, "end")])
def test_a_meaning_stays_below_the_pointer_goes_at_escape_and_is_spoken(visit, width, place):
    """At the foot of the screen it stands above the word."""
    tab = visit("book/arithmetic/output-size.html", width=width).tab
    for word in tab.locator("section > p > a.word").all():
        meaning = word.get_attribute("data-definition")
        assert word.evaluate("word => word.ariaDescription") == meaning
        word.evaluate("(word, place) => word.scrollIntoView({ block: place, behavior: 'instant' })", place)
        word.hover()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        box = word.evaluate("word => word.getClientRects()[0].toJSON()")
        low = word.evaluate("word => innerHeight - word.getBoundingClientRect().bottom < 150")
        assert not low or place == "end"
        tab.mouse.move(box["left"] + 5, box["top"] - 12 if low else box["bottom"] + 12, steps=5)
        assert word.evaluate(_SHOWN) == meaning, "the pointer is on it"
        tab.keyboard.press("Escape")
        assert word.evaluate(_SHOWN) == "none"
        tab.mouse.move(0, 0)
        word.focus()
        assert word.evaluate(_SHOWN) == meaning


_BESIDE = """() => [...document.querySelectorAll("[data-name]")].map(link => [link, getComputedStyle(link, "::before")])
    .filter(([, style]) => style.float === "right")
    .map(([link, style]) => [link.closest("p").textContent, style.content.replaceAll('"', "")])"""

_ROOM = """() => [...document.querySelectorAll("section > *")].map(below => [below, below.previousElementSibling])
    .filter(([below, above]) => above && below.offsetHeight && !below.matches("h1, h2, h3"))
    .map(([below, above]) => below.getBoundingClientRect().top - above.getBoundingClientRect().bottom)"""


_ABOVE_CAPTIONS = """() => [...document.querySelectorAll(
    "section > p:has(+ figure) [data-name], section > p:has(+ div.cell figcaption) [data-name]")]
    .filter(link => getComputedStyle(link, "::before").float === "right").map(link => link.textContent)"""


@pytest.mark.parametrize("name", ["experiments/speedrun", "experiments/deeper-cnns", "review/libraries"])
def test_a_wide_screen_has_meanings_and_sources_in_the_margin_and_nothing_makes_room_for_them(visit, name):
    """At most three words of a paragraph, and none beside a caption or a footnote."""
    narrow, wide = (visit(f"book/{name}.html", width=width).tab for width in (1280, 1440))
    assert not narrow.evaluate(_BESIDE)
    beside = wide.evaluate(_BESIDE)
    assert any(text.startswith("[") for _, text in beside)
    words = [paragraph for paragraph, text in beside if not text.startswith("[")]
    assert words
    assert max(map(words.count, words)) <= 3
    for before, after in zip(narrow.evaluate(_ROOM), wide.evaluate(_ROOM), strict=True):
        assert after <= before + 12
    assert not wide.evaluate(_ABOVE_CAPTIONS)


def test_a_tap_goes_there_at_once_where_the_margin_has_the_meaning(visit):
    tab = visit("book/experiments/speedrun.html", width=1440, has_touch=True, is_mobile=True).tab
    tab.locator("section > p > a.word").first.tap()
    tab.wait_for_url("**/notation.html#term-*")


def test_a_first_tap_shows_the_meaning_and_the_second_goes_there(visit):
    tab = visit("book/arithmetic/output-size.html", width=390, has_touch=True, is_mobile=True).tab
    word, address = tab.locator("a.word").first, tab.url
    word.tap()
    assert word.evaluate(_SHOWN) == word.get_attribute("data-definition")
    assert tab.url == address
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    word.tap()
    tab.wait_for_url("**/notation.html#term-*")
    expect(tab.locator("dt:target")).to_be_visible()
