"""Every page of the built site, read as a file and shown by a real browser."""

import re
from pathlib import Path
from urllib.parse import unquote

import checks
import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages, source_of
from playwright.sync_api import expect

_SEARCH = "search.html"


def test_site_is_built_from_the_pages_as_they_are():
    pages = built_pages()
    assert pages, f"{SITE} holds no page: run `make book` first (`make test` does)"
    sources = {page: source_of(page) for page in pages if source_of(page).exists()}
    stale = [page for page, source in sources.items() if source.stat().st_mtime > (SITE / page).stat().st_mtime]
    assert stale == [], "edited since the site was built: run `make book` first (`make test` does)"


def test_every_page_of_the_book_is_in_the_site():
    sources = {path.relative_to(ROOT).with_suffix(".html").as_posix() for path in (ROOT / "book").rglob("*.md")}
    assert sources == set(built_pages()) - {_SEARCH}


@pytest.mark.parametrize("check", checks.PAGE_CHECKS)
def test_file(page, check):
    if page == _SEARCH and check is checks.head:
        pytest.skip("the search page is a form, which no search engine should list")
    assert check(checks.parse(SITE / page)) == []


def test_links_arrive(page):
    assert checks.links(SITE / page, checks.parse(SITE / page), SITE) == []


def test_pages_load_nothing_that_the_book_does_not_use(page):
    loaded = " ".join(map(str, checks.parse(SITE / page).select("script, link"))).lower()
    assert "bootstrap.js" in loaded
    for name in ("thebe", "fontawesome", "mathjax", "hypothes.is", "require.js", "http://", "https://"):
        assert name not in loaded


def grave_findings(tab, **options):
    """What axe-core calls serious or critical on the page that is shown."""
    return [fault for fault in checks.accessibility(tab, **options) if fault.startswith(("serious", "critical"))]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_in_a_browser(page, theme, visit, site_address):
    """No console error, no other host, nothing that keeps a reader with a disability out."""
    shown = visit(page, theme=theme)
    assert shown.tab.evaluate("document.documentElement.dataset.theme") == theme
    assert grave_findings(shown.tab) == []
    assert shown.errors == []
    assert [address for address in shown.addresses if not address.startswith((site_address, "data:"))] == []


def test_page_on_a_phone(page, visit):
    """Nothing sticks out at 400 pixels, and the contents open by button and by keyboard."""
    shown = visit(page, width=400)
    assert shown.tab.evaluate("document.documentElement.scrollWidth") <= 400
    assert grave_findings(shown.tab, contrast=False) == []  # its colours are those of the wide page
    contents = shown.tab.locator("nav.bd-links")
    button = shown.tab.get_by_role("button", name="Contents")
    expect(contents).to_be_hidden()
    button.click()
    expect(contents).to_be_visible()
    shown.tab.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    # On a busy machine the dialog is still closing when its contents are hidden, and gives the focus back only then.
    expect(shown.tab.locator("dialog[open]")).to_have_count(0)
    shown.tab.wait_for_timeout(300)
    button.focus()
    expect(button).to_be_focused()
    shown.tab.keyboard.press("Enter")
    expect(contents).to_be_visible()
    # The front page is the logo's.
    expect(contents.get_by_role("link")).to_have_count(len(list((ROOT / "book").rglob("*.md"))) - 1)
    assert shown.errors == []


def test_axe_finds_what_is_wrong(visit):
    tab = visit("book/intro.html").tab
    tab.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', '<p style=\"color: #ccc\">pale</p>')"
    )
    assert any("color-contrast" in finding for finding in grave_findings(tab))


def test_themes_differ_and_the_button_switches(visit):
    background = "getComputedStyle(document.body).backgroundColor"
    light, dark = (visit("book/intro.html", theme=theme).tab for theme in ("light", "dark"))
    assert light.evaluate(background) != dark.evaluate(background)
    before = light.evaluate(background)
    for _ in range(3):
        light.get_by_role("button", name="Color mode").click()
        if light.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert light.evaluate(background) != before


def test_search_finds_a_page(visit):
    tab = visit("search.html?q=stride").tab
    tab.locator("#search-results li a").first.wait_for()
    assert "book/" in tab.locator("#search-results li a").first.get_attribute("href")
    tab.locator("#search-results .context").first.wait_for()
    shown = "".join(tab.locator("#search-results .context").all_inner_texts())
    assert "JupyterLite" not in shown
    assert "Show code cell" not in shown
    assert not re.search(r"(\b[A-Z]\b)\s*\1\s*\1", shown)  # a letter of a formula, three times


def test_icons_are_drawn(visit):
    """The icon font was cut down: every icon on the page must still have a glyph in it."""
    tab = visit("book/arithmetic/one-dimension.html", width=400).tab
    tab.evaluate("document.fonts.ready")
    missing = tab.evaluate(
        """[...document.querySelectorAll('[class*="fa-"]')]
           .map(icon => [icon.className, getComputedStyle(icon, '::before').content])
           .filter(([name, content]) => content === 'none' || content === 'normal').map(([name]) => name)"""
    )
    assert missing == []


def test_first_load_is_light(visit):
    """Far below the 981 kB (gzipped) and 29 requests of an untouched Jupyter Book."""
    shown = visit("book/arithmetic/one-dimension.html")
    assert len(shown.addresses) <= 40
    local = [
        Path(SITE, address.split("/", 3)[3].split("?")[0]) for address in shown.addresses if address.startswith("http")
    ]
    assert sum(path.stat().st_size for path in local if path.is_file()) < 1_200_000


def test_what_a_page_offers_as_a_download_is_there(page):
    soup = BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")
    addresses = [link["href"] for link in soup.select("a.download[href], a[download][href]")]
    files = {address: (SITE / page).parent / unquote(address) for address in addresses if "://" not in address}
    assert [address for address, file in files.items() if not file.is_file()] == []
