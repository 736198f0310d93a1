"""Each check must find what it is for."""

import checks
import pytest

_GOOD = """<html lang="en"><head><title>T</title><meta name="description" content="d"><link rel="icon" href="#"></head>
<body><article><h1 id="a">T</h1><h2>S</h2><img alt="Bars that grow" src="#"><p>It costs $5.</p>
<pre>x = "$a$" {ref}</pre></article></body></html>"""


@pytest.mark.parametrize("check", checks.PAGE_CHECKS)
def test_a_good_page_passes(check):
    assert check(checks.parse(_GOOD)) == []


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.headings, "<h2>S</h2>", "<h1>S</h1>"),
        (checks.headings, "<h2>S</h2>", "<h3>S</h3>"),
        (checks.headings, "h1", "h2"),
        (checks.alternative_texts, "Bars that grow", ""),
        (checks.alternative_texts, 'alt="Bars that grow"', ""),
        (checks.alternative_texts, "Bars that grow", "../_images/0123456789abcdef0123.svg"),
        (checks.alternative_texts, "Bars that grow", "0123456789abcdef0123456789abcdef"),
        (checks.repeated_ids, "<h2>", '<h2 id="a">'),
        (checks.markup_left_over, "It costs $5.", "It costs {glue:text}`x`."),
        (checks.markup_left_over, "It costs $5.", "The size is $n$."),
        (checks.markup_left_over, "It costs $5.", ":::{note}"),
        (checks.markup_left_over, "It costs $5.", "| a | b |"),
        (checks.failures_shown, "<pre>", '<div class="cell"><div class="output stderr">W</div></div><pre>'),
        (checks.failures_shown, "<pre>", '<div class="cell"><div class="output traceback">E</div></div><pre>'),
        (checks.head, ' lang="en"', ""),
        (checks.head, 'content="d"', ""),
        (checks.head, "<title>T</title>", ""),
    ],
)
def test_a_bad_page_is_found(check, good, bad):
    assert good in _GOOD
    assert check(checks.parse(_GOOD.replace(good, bad))) != []


def test_an_announced_exception_may_be_shown():
    html = '<div class="cell tag_raises-exception"><div class="output traceback">ValueError</div></div>'
    assert checks.failures_shown(checks.parse(html)) == []


@pytest.mark.parametrize(
    "href",
    ["missing.html", "other.html#nowhere", "#nowhere", "../outside.html"],
    ids=["file", "anchor", "own-anchor", "outside"],
)
def test_a_broken_link_is_found(tmp_path, href):
    site = tmp_path / "site"
    site.mkdir()
    (site / "other.html").write_text('<p id="here">', encoding="utf-8")
    (tmp_path / "outside.html").write_text("", encoding="utf-8")
    page = site / "page.html"
    page.write_text("", encoding="utf-8")
    good = '<a href="other.html#here">a</a> <a href="https://example.org/none">b</a> <b id="me"></b><a href="#me">c</a>'
    assert checks.links(page, checks.parse(good), site) == []
    assert len(checks.links(page, checks.parse(f'{good}<a href="{href}">d</a>'), site)) == 1
