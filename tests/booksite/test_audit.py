"""Every page of the built site in a browser; what falls short stands in one table at the end of the run."""

import audit
import pytest
from built import SITE
from serving import served

_GOOD = """<!DOCTYPE html>
<html lang="en"><head><title>A row</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>body { margin: 0; font-family: sans-serif } a { line-height: 2 } pre { margin: 0 }
header { position: fixed; inset: 0 0 auto; height: 60px; z-index: -1; background: #fff }</style>
<script>const a = 1;</script></head>
<body><header></header><main><h1>A row</h1><p><a href="#a">A link</a></p><p><a id="a" href="#b">Another link</a></p>
<details><summary>More</summary><p>Words</p></details><pre>x = 1</pre>
<svg class="drawing" role="img" aria-label="A cell" width="100" height="100"><rect width="90" height="90" fill="#ddd" />
<text x="20" y="40" fill="#333">5</text></svg>
<dialog aria-label="Search"><label>For what <input></label><div class="search-hit">A hit</div></dialog>
<button class="search-button__button" onclick="document.querySelector('dialog').showModal()">Search</button>
</main></body></html>"""

# The first choice is right, and the page does not say so.
_ITEM = """<fieldset id="q" class="quiz-item" data-kind="choice" data-key="eyJyaWdodCI6WzBdfQ==">
<legend>A question</legend><button class="quiz-check">Check</button>
<p class="quiz-feedback"></p></fieldset><p class="quiz-progress"></p>"""

# Two frames after the page has loaded it has been painted where it was.
_SHIFT = """onload = () => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
document.body.style.paddingTop = '200px'; })))"""

#: What a check is called, a part of the good page, and what takes its place.
_BAD = [
    ("accessibility", ' lang="en"', ""),
    ("accessibility", "<p>Words</p>", '<p style="color: #bbb">Words</p>'),
    ("accessibility", "<label>For what <input></label>", "<input>"),
    ("accessibility", "<pre>", 2 * '<button style="width: 8px; padding: 0">i</button>' + "<pre>"),
    ("accessibility", "</style>", "@media (prefers-color-scheme: dark) { p { color: #eee } }</style>"),
    ("contrast", "<pre>", '<pre style="color: #bbb">'),
    ("contrast", "#333", "#aaa"),
    ("contrast", 'fill="#ddd"', 'fill="#000" opacity="0.7"'),
    ("keyboard", "</style>", "a:focus { outline: 0 }</style>"),
    ("keyboard", "z-index: -1", "z-index: 1; min-height: 300px"),
    ("keyboard", '<a href="#a">', '<a href="#a" onkeydown="event.preventDefault()">'),
    ("keyboard", '<a id="a"', '<a id="a" tabindex="3"'),
    ("sideways", "<pre>", '<pre style="width: 350px">'),
    ("sideways", "<pre>", '<pre style="width: 700px">'),
    ("console", "const a = 1", "console.error('no')"),
    ("other host", "const a = 1", "fetch('https://example.org/a.json')"),
    ("layout shift", "const a = 1", _SHIFT),
    ("requests", "const a = 1", "for (let i = 0; i < 13; i++) fetch(`page.html?${i}`)"),
    ("kilobytes", "const a = 1", "fetch('heavy.woff2')"),
    ("weight", "const a = 1", "//" + 6000 * "x"),
    ("quiz", "<pre>", _ITEM + "<pre>"),
]


def test_page_in_a_browser(page, open_tab, site_address, record_property):
    findings = list(audit.audit(open_tab, SITE, site_address, page))
    record_property("findings", list(map(tuple, findings)))  # as workers can send them
    assert len(findings) == 0, "the table at the end says what falls short"


@pytest.mark.weekly
def test_page_in_both_themes_at_both_widths(page, open_tab, site_address):
    assert list(audit.audit(open_tab, SITE, site_address, page, thorough=True)) == []


@pytest.fixture
def audited(tmp_path, open_tab):
    """Audit a page that is given as HTML."""
    (tmp_path / "heavy.woff2").write_bytes(bytes(210_000))

    def audit_html(html, **options):
        (tmp_path / "page.html").write_text(html, "utf-8")
        with served(tmp_path) as address:
            return list(audit.audit(open_tab, tmp_path, address, "page.html", **options))

    return audit_html


def test_nothing_falls_short_on_a_good_page(audited):
    assert audited(_GOOD) == []


@pytest.mark.parametrize(("what", "good", "bad"), _BAD)
def test_what_falls_short_is_found(audited, what, good, bad):
    assert _GOOD.count(good)
    findings = audited(_GOOD.replace(good, bad), widths=[360 if "350px" in bad else 1280])
    assert what in {finding.what for finding in findings}, findings


def test_a_page_that_moves_when_it_is_loaded_again_is_found(audited):
    again = f"if (performance.getEntriesByType('navigation')[0].type === 'reload') {{ {_SHIFT} }}"
    findings = audited(_GOOD.replace("const a = 1", again), widths=[1920], thorough=True)
    assert [finding.where.partition(" when")[2] for finding in findings] == [" it is loaded again"]


def test_the_table_has_one_line_for_each_finding():
    findings = [audit.Finding("a.html", "weight", "6.1 kB in the head, 6 allowed"), audit.Finding("b.html", "x", "y")]
    assert audit.table(findings) == [
        "page    what    where, got, allowed",
        "a.html  weight  6.1 kB in the head, 6 allowed",
        "b.html  x       y",
    ]
