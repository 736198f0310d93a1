"""Every page of the built site, read as a file, and what some of them do in a real browser."""

import json
import re
import subprocess

import checks
import pytest
from built import ROOT, SITE, built_pages, source_of
from playwright.sync_api import expect

import cnnbook
from booksite.theme.leftovers import page_files

#: A form and an excuse, which no search engine should list.
_NO_CONTENT = {"search.html", "404.html"}
_BEGIN_WITH_AN_IMPORT = {
    f"book/{name}.html"
    for name in ("arithmetic/parameters", "arithmetic/spreadsheet", "review/practice", "review/hand-in")
}

#: A form of exercises, a list of answers, and labs of five kinds.
_FILLED_BY_SCRIPTS = (
    *("book/review/practice.html", "book/review/your-answers.html", "book/arithmetic/parameters.html"),
    *("book/experiments/simple-cnn.html", "book/experiments/what-a-layer-sees.html"),
)


def test_site_is_built_from_the_pages_as_they_are():
    pages = built_pages()
    assert pages, f"{SITE} holds no page: run `make book` first (`make test` does)"
    sources = {page: source_of(page) for page in pages if source_of(page).exists()}
    stale = [page for page, source in sources.items() if source.stat().st_mtime > (SITE / page).stat().st_mtime]
    assert stale == [], "edited since the site was built: run `make book` first (`make test` does)"


def test_every_page_of_the_book_is_in_the_site():
    sources = {path.relative_to(ROOT).with_suffix(".html").as_posix() for path in (ROOT / "book").rglob("*.md")}
    assert sources == set(built_pages()) - _NO_CONTENT


def test_a_page_is_whole_and_loads_nothing_that_the_book_does_not_use(page):
    soup = checks.parse(SITE / page)
    faults = {check.__name__: check(soup) for check in checks.PAGE_CHECKS}
    if page == "404.html":
        del faults["head"]
    faults["links"] = checks.links(SITE / page, soup, SITE)
    assert {name: words for name, words in faults.items() if words} == {}
    assert len(soup.select('head meta[name="viewport"]')) == 1
    policy = soup.select_one('head meta[http-equiv="Content-Security-Policy"]')
    assert page == "404.html" or policy["content"].startswith("default-src 'self'")
    # What a page imports stands in its fold, except where a line that imports is what the page shows first.
    first = soup.select_one(".cell_input")
    if first is not None and not first.find_parent("details") and page not in _BEGIN_WITH_AN_IMPORT:
        assert not first.get_text().lstrip().startswith(("import ", "from "))
    loaded = " ".join(map(str, soup.select("script, link:not([rel=canonical])"))).lower()
    unused = (
        "thebe",
        "bootstrap",
        "togglebutton",
        "fontawesome",
        "mathjax",
        "hypothes.is",
        "require.js",
        "http://",
        "https://",
    )
    assert [name for name in unused if name in loaded] == []


def test_a_page_names_its_version_and_leads_to_how_it_is_cited(page):
    lines = checks.parse(SITE / page).select("footer .version")
    assert len(lines) == (page != "404.html")  # which has nothing but the way back
    for line in lines:
        assert line.get_text() == f"Version {cnnbook.__version__}: cite it"
        assert line.a["href"].endswith("#cite")


def test_pages_are_valid_html_before_and_after_their_scripts(visit, tmp_path):
    """The Nu checker, that of the W3C, reads all files, and the pages that scripts fill as a browser has them then."""
    for page in _FILLED_BY_SCRIPTS:
        (tmp_path / page.replace("/", "-")).write_text(visit(page).tab.content(), "utf-8")
    files = [*page_files(SITE), *SITE.glob("_downloads/**/*.html"), *tmp_path.glob("*.html")]
    assert nu_errors(files) == []


def test_the_nu_checker_finds_what_is_wrong(tmp_path):
    page = '<!DOCTYPE html><html lang="en"><head><title>A</title></head><body><details><summary>{}</summary>B</details>'
    (tmp_path / "a.html").write_text(page.format("<p>C</p>"), "utf-8")
    (tmp_path / "b.html").write_text(page.format("C"), "utf-8")
    (error,) = nu_errors(sorted(tmp_path.iterdir()))
    assert re.search("a.html:1: .*p.*not allowed.*summary", error)


def nu_errors(files):
    jar = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"
    assert jar.is_file(), "run `make test`, which installs it, or `npm ci`"
    options = ("--errors-only", "--exit-zero-always", "--stdout", "--format", "json")
    done = subprocess.run(["java", "-jar", jar, *options, *files], stdout=subprocess.PIPE, text=True, check=True)
    return [f"{error['url']}:{error['lastLine']}: {error['message']}" for error in json.loads(done.stdout)["messages"]]


def test_contents_open_on_a_phone_by_button_and_by_keyboard(visit):
    shown = visit("book/arithmetic/volumes.html", width=400)
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


def test_the_list_of_pages_shows_the_open_one_and_the_search_stays_in_sight(visit):
    tab = visit("book/bibliography.html", width=1280).tab
    contents = tab.locator(".bd-links")
    expect(contents.locator("a.current")).to_be_in_viewport(ratio=1)
    assert contents.locator("..").evaluate("list => list.scrollTop") > 0
    expect(tab.locator(".bd-sidebar-primary .search-button__button")).to_be_in_viewport(ratio=1)
    expect(contents.get_by_role("link").first).not_to_be_in_viewport()


_WITH_THE_FOCUS = """() => {
    const { outlineStyle, borderColor, boxShadow } = getComputedStyle(document.activeElement);
    const { top, bottom } = document.activeElement.getBoundingClientRect();
    const all = [...document.querySelectorAll('dialog[open] :is(a[href], input, button:not(:disabled))')]
        .filter(place => place.checkVisibility());
    return [all.indexOf(document.activeElement), all.length,
            [outlineStyle, borderColor, boxShadow].join(), top < innerHeight && bottom > 0];
}"""


_SEARCH, _ENLARGE = ".search-button__button", ".enlarges > button"


@pytest.mark.parametrize(
    ("width", "opener"),
    [
        *((390, opener) for opener in (_SEARCH, ".primary-toggle", ".secondary-toggle", _ENLARGE)),
        (1280, _SEARCH),
        (1280, _ENLARGE),
    ],
)
def test_a_keyboard_goes_through_a_dialog_in_order_and_back_to_where_it_was_opened(visit, width, opener):
    tab = visit("book/experiments/data.html", width=width).tab
    buttons = tab.locator(opener)
    button = (
        buttons if opener == _ENLARGE else buttons.locator("visible=true")
    ).first  # to enlarge shows with the focus
    button.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("dialog[open]")).to_have_count(1)
    if opener == _SEARCH:
        tab.keyboard.type("padding")
        tab.locator("dialog[open] .search-hit").first.wait_for()
    first, count, *_ = tab.evaluate(_WITH_THE_FOCUS)
    assert first == 0
    looks = []
    for place in range(count):
        focused, _, look, is_in_sight = tab.evaluate(_WITH_THE_FOCUS)
        assert (focused, is_in_sight) == (place, True)
        looks.append(look)
        tab.keyboard.press("Tab")
    assert all("solid" in look for look in looks[1:])
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog[open]")).to_have_count(0)
    expect(button).to_be_focused()


def test_themes_follow_the_system_differ_and_the_button_switches(visit):
    background = "getComputedStyle(document.body).backgroundColor"
    light, dark = (visit("book/intro.html", theme=theme) for theme in ("light", "dark"))
    for theme, shown in (("light", light), ("dark", dark)):
        assert shown.tab.evaluate("document.documentElement.dataset.theme") == theme
        assert shown.errors == []
    before = light.tab.evaluate(background)
    assert before != dark.tab.evaluate(background)
    for _ in range(3):
        light.tab.get_by_role("button", name="Color mode").click()
        if light.tab.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert light.tab.evaluate(background) != before


def test_the_front_page_is_to_be_read(visit):
    tab = visit("book/intro.html").tab
    assert tab.locator(".launch, .bd-sidebar-secondary, .secondary-toggle").count() == 0
    assert tab.locator("details.hide").count() == tab.locator(".cell_output ~ details.hide").count()


def test_the_outline_marks_the_section_that_is_on_the_screen(visit):
    """However long it is, and also where a figure to which the text refers is all that shows of it."""
    tab = visit("book/experiments/simple-cnn.html").tab
    for figure, section in (("fig-filter-lab", "Its 32 filters"), ("fig-train-lab", "Watch it learn, and train one")):
        tab.locator(f"#{figure}").evaluate("figure => figure.scrollIntoView({ block: 'start', behavior: 'instant' })")
        expect(tab.locator(".page-toc a.active")).to_have_text(section)


def test_links_to_run_a_page_are_one_line_and_their_note_opens(visit):
    tab = visit("book/arithmetic/output-size.html", width=390, has_touch=True, is_mobile=True).tab
    line, note = tab.locator(".launch"), tab.locator(".launch-note small")
    # As many links as a book with an address has.
    tab.evaluate(
        """() => { for (const name of ['Colab', 'Binder', 'Kaggle'])
            if (document.querySelectorAll('.launch-link').length < 5)
                document.querySelector('.launch-link').before(
                    Object.assign(document.createElement('a'), { className: 'launch-link', textContent: name })) }"""
    )
    assert line.locator(".launch-link").count() == 5
    assert line.bounding_box()["height"] < 48
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    expect(note).to_be_hidden()
    tab.locator("summary", has_text="About JupyterLite").tap()
    expect(note).to_be_visible()
    assert line.bounding_box()["height"] < 48
    tab.keyboard.press("Tab")  # it lies over what comes next
    expect(note).to_be_hidden()


def test_only_code_has_a_copy_button_and_on_touch_it_covers_no_text(visit):
    tab = visit("book/arithmetic/volumes.html", width=390, has_touch=True, is_mobile=True).tab
    tab.locator(".copybtn:visible").first.wait_for()
    assert tab.locator(".output .copybtn").count() == 0
    covered = """() => [...document.querySelectorAll('.copybtn')].filter(button => {
        const text = document.createRange(), box = button.getBoundingClientRect();
        text.selectNodeContents(button.parentElement.querySelector('pre'));
        return box.height && text.getBoundingClientRect().top < box.bottom;
    }).length"""
    assert tab.locator(".copybtn:visible").count() > 3
    assert tab.evaluate(covered) == 0


def test_a_stored_theme_that_is_none_counts_as_none(visit):
    shown = visit("book/intro.html", script="localStorage.setItem('mode', 'sepia')")
    assert shown.tab.evaluate("document.documentElement.dataset.theme") == "light"
    assert shown.errors == []
