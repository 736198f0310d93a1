"""Cells that a reader edits and runs in the page, in a real browser with Pyodide from the site."""

import base64
import hashlib
import json
import re
import time

import checks
import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages
from lite_browser import printed
from nbformat import from_dict
from playwright.sync_api import expect
from run_browser import CORE, RUNS, Exercise, serve_vendored

from booksite import scripts
from booksite.lite import folder, pyodide
from test_checkers import WRONG, cells_about, solution

WRITE, CONVOLUTIONS = "book/review/write-it-yourself.html", "book/review/write-convolutions.html"
PAGES = {
    WRITE: ("output_size", "receptive_field", "count_parameters"),
    CONVOLUTIONS: ("convolve_1d", "convolve_2d", "fast_convolve_2d", "max_pool"),
}
PADDING, PARAMETERS = "book/arithmetic/padding.html", "book/arithmetic/parameters.html"

#: The cells of a page that are no exercises.
OTHERS = ".cell:has(> .cell_input[data-run]:not([data-exercise]))"

pytestmark = pytest.mark.xdist_group("run")


@pytest.fixture(autouse=True)
def _patience():
    """Wait for Python as long as it takes."""
    expect.set_options(timeout=RUNS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serve_vendored(tmp_path_factory.mktemp("run")) as address:
        yield address


def window(browser):
    """A window for pages; it notes the errors that they log."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(RUNS)
    context.errors = []
    context.on("console", lambda line: context.errors.append(line.text) if line.type == "error" else None)
    context.on("weberror", lambda error: context.errors.append(str(error.error)))
    return context


@pytest.fixture
def open_page(address, browser):
    """Give a function that opens a page; the pages of a test share a storage. No error may be logged."""
    context = window(browser)

    def open_tab(page):
        tab = context.new_page()
        tab.addresses = []
        tab.on("request", lambda request: tab.addresses.append(request.url))
        tab.goto(address + page)
        return tab

    open_tab.context = context
    yield open_tab
    context.close()
    assert context.errors == []


@pytest.fixture(scope="module")
def shared_tabs(address, browser):
    """Tabs by page that tests share, so that Python starts once on each, which takes seconds."""
    context = window(browser)

    class Tabs(dict):
        def __missing__(self, page):
            tab = self[page] = context.new_page()
            tab.goto(address + page)
            return tab

    tabs = Tabs()
    tabs.context = context
    yield tabs
    context.close()


@pytest.fixture
def shared_page(shared_tabs):
    """Give a function that gives a shared tab, with nothing running there and all cells as they begin."""

    def take(page):
        tab = shared_tabs[page]
        tab.emulate_media(media="screen")
        for stop in tab.get_by_role("button", name="Stop", exact=True).all():
            stop.click()
        for back in tab.get_by_role("button", name="Back to what the book shows").all():
            back.click()
        for name in PAGES.get(page, ()):
            Exercise(tab, name).start_again()
        return tab

    yield take
    errors, shared_tabs.context.errors = shared_tabs.context.errors, []
    assert errors == []


def answer(name, old="", new=""):
    """A page's solution, with a piece of it replaced, as a reader writes it below the import of the starter."""
    starter = cells_about(name, rf"^def {name}\(")[0]
    return starter[: starter.index("def ")] + solution(name).replace(old, new)


# --- exercises ---


def solve(tab, name):
    """Check the starter, a wrong answer and the right one."""
    exercise = Exercise(tab, name)
    starter = cells_about(name, rf"^def {name}\(")[0]
    assert exercise.text == starter.replace("\n\n\n", "\n\n")  # a page shows one blank line
    verdict, _, words = exercise.check()
    assert (verdict, "yours returned None" in words) == ("wrong", True), words
    exercise.write(answer(name, *WRONG[name][0][:2]))
    assert exercise.check()[:2] == ("wrong", WRONG[name][0][2])
    exercise.write(answer(name))
    verdict, _, words = exercise.check()
    assert verdict == "right", words
    expect(exercise.cell.locator(".run-state")).to_have_text("✓ solved")


@pytest.mark.slow  # as the first it waits until Python has started
@pytest.mark.parametrize("name", ["output_size", "count_parameters"])  # one as it is, one with layers of Keras
def test_an_exercise_is_solved_in_the_page_and_a_wrong_answer_recognised(name, shared_page):
    solve(shared_page(WRITE), name)


def test_no_recorded_report_contradicts_the_check(shared_page):
    """The cell that asks the checker has one of the empty starter; *Check* stands in for it, and room on paper."""
    tab = shared_page(WRITE)
    cells = tab.locator(".cell:has(> [data-check])")
    assert cells.count() == len(PAGES[WRITE])
    assert not cells.evaluate_all("cells => cells.some((cell) => cell.checkVisibility())")
    tab.emulate_media(media="print")
    assert not cells.evaluate_all("cells => cells.some((cell) => cell.checkVisibility())")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    height = "rooms => rooms.map((room) => Math.round(room.clientHeight / room.firstChild.offsetHeight))"
    lines = tab.locator("section:has(> .exercise) > .paper-room").evaluate_all(height)
    codes = [box.inner_text().splitlines() for box in tab.locator(".paper-solutions .cell_input pre").all()]
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert lines == [sum(line.startswith(" ") for line in code) - 1 for code in codes]  # one is in the starter
    assert min(lines) >= 5


@pytest.mark.weekly
@pytest.mark.parametrize("where", PAGES)
def test_each_exercise_is_solved_in_the_page(where, shared_page):
    tab = shared_page(where)
    for name in PAGES[where]:
        solve(tab, name)


@pytest.mark.weekly
@pytest.mark.parametrize("where", PAGES)
def test_each_wrong_answer_is_recognised_in_the_page(where, shared_page):
    tab = shared_page(where)
    for name in PAGES[where]:
        exercise = Exercise(tab, name)
        for old, new, mistake in WRONG[name]:
            exercise.write(answer(name, old, new))
            verdict, recognised, words = exercise.check()
            assert (verdict, recognised) == ("wrong", mistake), f"{old} -> {new}: {words}"


def test_hints_are_graded_and_lead_to_the_page_that_teaches_it(shared_page):
    exercise = Exercise(shared_page(WRITE), "receptive_field")
    exercise.write(answer("receptive_field", "jump *= stride", "pass"))
    lines = [exercise.check()[2]]
    for _ in range(2):
        exercise.said.evaluate("said => said.replaceChildren()")
        exercise.press("Hint")
        exercise.said.locator(".quiz-said").wait_for()
        lines.append(exercise.said.inner_text())
    assert [text.count("Hint: ") for text in lines] == [1, 2, 3]
    assert ["Where it is taught" in text for text in lines] == [False, True, True]
    addresses = {link.get_attribute("href") for link in exercise.said.locator("a").all()}
    assert {address.rpartition("/")[2] for address in addresses} == {"receptive-field.html"}


@pytest.mark.weekly
def test_a_mistake_that_the_page_itself_teaches_leads_to_it_by_its_title(shared_page):
    exercise = Exercise(shared_page(CONVOLUTIONS), "fast_convolve_2d")
    exercise.write(answer("convolve_2d").replace("def convolve_2d", "def fast_convolve_2d"))
    exercise.check()
    exercise.press("Hint")
    expect(exercise.said).to_contain_text("Where it is taught: Write convolutions and pooling")


def test_what_is_typed_stays_and_is_given_up_only_when_asked_twice(open_page):
    tab = open_page(WRITE)
    exercise = Exercise(tab, "output_size")
    exercise.write("mine = 1")
    tab.reload()
    exercise = Exercise(tab, "output_size")
    assert exercise.text == "mine = 1"
    with tab.expect_download() as download:
        exercise.press("Download")
    assert download.value.suggested_filename == "output_size.py"
    assert download.value.path().read_text("utf-8") == "mine = 1\n"
    exercise.press("Start again")
    exercise.write("mine = 2")
    exercise.press("Start again")
    assert exercise.text == "mine = 2"
    exercise.press("Start again")
    assert exercise.text.startswith("def output_size(")
    tab.reload()
    assert Exercise(tab, "output_size").text.startswith("def output_size(")


def test_what_was_written_is_listed_and_goes_into_the_practical(open_page):
    tab = open_page(WRITE)
    Exercise(tab, "count_parameters").write("from keras import layers\n\n\ndef count_parameters(model): return 1")
    Exercise(open_page(CONVOLUTIONS), "max_pool").write(
        "def max_pool(image, kernel_size, *, stride=None): return np.ones(1)"
    )
    tab.goto(tab.url.replace("write-it-yourself", "your-answers"))
    states = tab.locator(".exercise-overview .run-state").all_inner_texts()
    assert sorted(states) == ["begun", "begun", *["open"] * 5]
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Put them into the practical's notebook").click()
    notebook = json.loads(download.value.path().read_text("utf-8"))
    made = json.loads((ROOT / "_build/handin/practical.ipynb").read_text("utf-8"))
    (own,) = [cell for cell in notebook["cells"] if cell not in made["cells"]]
    source = "".join(own["source"])
    assert "import numpy as np" in source
    assert "def count_parameters" in source
    assert [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][1] == own
    exec(source.replace("from keras import layers", ""), names := {})
    assert names["max_pool"](None, 2) == 1


def test_another_tab_and_a_browser_that_keeps_nothing(open_page):
    first, second = open_page(WRITE), open_page(WRITE)
    second.evaluate(
        "() => { const { setItem } = Storage.prototype;"
        " Storage.prototype.setItem = function (...all) { window.kept = 1; return setItem.apply(this, all); }; }"
    )
    Exercise(first, "output_size").write("from the first")
    other = Exercise(second, "output_size")
    expect(other.cell.locator(".run-field")).to_have_value("from the first")
    assert second.evaluate("window.kept") is None
    second.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    other.write("from the second")
    expect(other.status).to_contain_text("This browser keeps nothing here")
    assert other.text == "from the second"
    assert Exercise(first, "output_size").text == "from the first"
    Exercise(first, "receptive_field").write("another exercise")
    expect(Exercise(second, "receptive_field").cell.locator(".run-field")).to_have_value("another exercise")
    assert other.text == "from the second"
    Exercise(first, "output_size").write("later, from the first")
    expect(other.cell.locator(".run-field")).to_have_value("later, from the first")


def test_what_is_said_is_about_the_text_that_stands_there(shared_page, shared_tabs, address):
    tab = shared_page(WRITE)
    first, exercise = Exercise(tab, "output_size"), Exercise(tab, "receptive_field")
    first.write("while True:\n    pass")  # which nothing of the other exercise needs
    exercise.write(answer("receptive_field"))
    assert exercise.check()[0] == "right"
    exercise.write(answer("receptive_field", "receptive_field", "field"))
    expect(exercise.said.locator(".quiz-said")).to_have_count(0)
    verdict, _, words = exercise.check()
    assert (verdict, "there is no function receptive_field" in words) == ("wrong", True)
    exercise.start_again()
    other_tab = shared_tabs.context.new_page()
    other_tab.goto(address + WRITE)
    later = Exercise(other_tab, "receptive_field")
    assert later.text.startswith("def receptive_field(")
    expect(later.cell.locator(".run-state")).to_have_text("✓ solved")
    other_tab.close()
    exercise.write(answer("receptive_field") + "\nsum(range(30_000_000))")
    exercise.press("Check")
    exercise.cell.locator(".cm-content").click()
    tab.keyboard.type("#")
    expect(exercise.status).to_contain_text("You have typed since")
    expect(exercise.said.locator(".quiz-said")).to_have_count(0)


# --- what may go wrong ---


def test_an_endless_loop_is_stopped_and_the_page_can_be_used_at_once(shared_page):
    tab = shared_page(WRITE)
    exercise = Exercise(tab, "output_size")
    exercise.write("print('so far')\nwhile True:\n    pass")
    exercise.press("Run")
    expect(exercise.status).to_contain_text("Running…")
    expect(exercise.cell.locator(".run-output")).to_contain_text("so far")
    other = Exercise(tab, "receptive_field")
    expect(other.cell.get_by_role("button", name="Check")).to_have_attribute("aria-disabled", "true")
    for waiting in (other, exercise):
        waiting.cell.locator(".run-field, .cm-content").locator("visible=true").click()
        tab.keyboard.press("Control+Enter")
        expect(waiting.status).to_contain_text("Another cell is running")
    expect(exercise.cell.locator(".run-output")).to_contain_text("so far")
    began = time.monotonic()
    exercise.press("Stop")
    expect(exercise.status).to_contain_text("Stopped")
    exercise.write(answer("output_size"))
    assert time.monotonic() - began < 3
    assert exercise.check()[0] == "right"


def test_errors_are_told_where_they_arise_and_python_goes_on(shared_page, shared_tabs):
    exercise = Exercise(shared_page(WRITE), "output_size")
    output = exercise.cell.locator(".run-output")
    for code, words in {
        "def f(x):\n    return f(x) + 1\n\nf(1)": "calls itself without an end",
        "import polars": "polars is not a part of the Python in this page",
        "open('marks.csv')": "a disk of its own, without your files",
        "input('How many? ')": "A cell in the page cannot ask",
        "while True:\n    print('x' * 10_000)": "it printed more than 10 million characters",
        "import keras\nkeras.optimizers": "Keras does not run in this page",
        "2 +": "SyntaxError",
        # A package that no line of the cell imports, as where a function of the module does.
        "print('once')\nexec('import six')\nsix.__name__": "once\n'six'",
        "class T:\n    def _repr_html_(self):\n        return '<b onclick=1>bold</b><script>1</script>'\nT()": "bold",
    }.items():
        exercise.write(code)
        exercise.press("Run")
        expect(output).to_contain_text(words)
        expect(exercise.cell.get_by_role("button", name="Stop")).to_have_count(0)
    assert output.locator(".text_html").inner_html() == "<b>bold</b>"
    errors, shared_tabs.context.errors = shared_tabs.context.errors, []
    assert [error for error in errors if "Content Security Policy" not in error] == []  # as of `onclick`


def test_a_cell_that_lacks_a_package_in_the_middle_of_its_work_does_nothing_twice(shared_page):
    """What the cells above made is made anew too, as it was changed by then."""
    tab = shared_page(WRITE)
    above, exercise = Exercise(tab, "output_size"), Exercise(tab, "receptive_field")
    above.write("seen = globals().get('seen', [])")
    above.press("Run")
    expect(above.status).to_contain_text("Done")
    exercise.write("seen.append(1)\nprint(seen)\nexec('import cycler')\nseen, cycler.__name__")
    exercise.press("Run")
    output = exercise.cell.locator(".run-output")
    expect(output).to_contain_text("cycler")
    assert output.inner_text().split("\n")[:2] == ["[1]", "([1], 'cycler')"]


#: All of these pass as something that shows; a drawing that is moved would lie over the page.
HOSTILE = """class Hostile:
    def _repr_html_(self):
        return '''
        <p style="position: fixed; inset: 0; z-index: 2147483647; background: red">over</p>
        <svg width="4000" height="4000" transform="translate(-2000 -2000)"><rect width="4000" height="4000" /></svg>
        <svg width="9" height="9" transform="scale(900)"><rect width="9" height="9" /></svg>'''

Hostile()"""

#: Points of the screen outside the output where the output lies on top.
OVER = """() => {
  const output = document.querySelector(".run-output"), { top, bottom, left, right } = output.getBoundingClientRect();
  const there = [];
  for (let x = 5; x < innerWidth; x += 40) {
    for (let y = 5; y < innerHeight; y += 20) {
      const isInside = x > left && x < right && y > top && y < bottom;
      if (!isInside && output.contains(document.elementFromPoint(x, y))) there.push([x, y]);
    }
  }
  return there;
}"""


def test_what_a_cell_gives_stays_in_its_place(shared_page):
    tab = shared_page(WRITE)
    exercise = Exercise(tab, "output_size")
    exercise.write(HOSTILE)
    exercise.press("Run")
    expect(exercise.status).to_contain_text("Done")
    assert exercise.cell.locator(".run-output rect").count() == 2
    assert tab.evaluate(OVER) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Also what no style may have, in case that it passes one day.
    moved = exercise.cell.locator(".run-output > .output p")
    moved.evaluate("({ style }) => { style.cssText = 'position: fixed; inset: 0; z-index: 2147483647'; }")
    assert tab.evaluate(OVER) == []


#: Puts what is left of texts into an empty page, which has no policy, and gives it as text.
KEEP = """async (texts) => {
  const kept = texts.map((text) => {
    const box = document.createElement("div");
    box.append(...harmless(text));
    document.body.append(box);
    return box.innerHTML;
  });
  for (const element of document.querySelectorAll("body :not([href^='https:'])")) element.click?.();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return kept;
}"""

#: What a cell may give, and what of it stands in the page; None where all of it does.
GIVEN = {
    '<table class="dataframe"><tbody><tr><td colspan="2">1</td></tr></tbody></table>': None,
    '<p style="color: red; image-rendering: pixelated">a <a href="https://keras.io/">link</a></p>': None,
    '<img src="data:image/png;base64,iVBORw0KGgo=" alt="one pixel">': None,
    '<svg viewBox="0 0 1 1"><defs><clipPath id="run1-a"><rect width="1"></rect></clipPath></defs>'
    '<use href="#run1-a" clip-path="url(#run1-a)" transform="scale(2)"></use></svg>': None,
    '<svg class="drawing wide" role="img" aria-label="a" style="--width:9">'
    '<g style="fill: var(--fig-ink, #1d2433)"></g></svg>': None,
    "a<script>ran = 1</script>b": "ab",
    "<img src=x onerror=ran=1>": "<img>",
    "<img src=//example.org/seen.png srcset='//example.org/seen.png 2x'>": "<img>",
    "<a href='javascript:ran=1' ping=//example.org>a</a>": "<a>a</a>",
    "<a href='java\nscript:ran=1'>a</a>": "<a>a</a>",
    "<a href=' JavaScript:ran=1'>a</a>": "<a>a</a>",
    "<a href='data:text/html,<script>1</script>'>a</a>": "<a>a</a>",
    "<p style='background: url(//example.org/seen)'>a</p>": "<p>a</p>",
    "<p style='background: u\\72l(//example.org/seen)'>a</p>": "<p>a</p>",
    "<p style='position:fixed; inset:0'>a</p>": "<p>a</p>",
    "<p style='position/**/:fixed; inset:0'>a</p>": "<p>a</p>",
    "<p style='margin-top:-9em; color: red'>a</p>": "<p>a</p>",
    "<p style='transform: translateY(-9em)'>a</p>": "<p>a</p>",
    "<p style='translate: 0 -9em'>a</p>": "<p>a</p>",
    "<p style='z-index: 9; --pst-color-border: red'>a</p>": "<p>a</p>",
    "<p class=hero id=write-it-yourself data-run=1 data-bs-toggle=modal tabindex=1 role=alert>a</p>": "<p>a</p>",
    "<svg class='drawing lab-stage' id=bookEditor><g id=bookRun data-width=1 /></svg>": "<svg><g></g></svg>",
    "<svg><rect fill='u\\72l(//example.org/seen#a)'/></svg>": "<svg><rect></rect></svg>",
    "<table background=//example.org/seen></table>": "<table></table>",
    "<style>body { display: none }</style>a": "a",
    "<link rel=stylesheet href=//example.org/seen.css>a": "a",
    "<form action=//example.org><input autofocus onfocus=ran=1></form>a": "a",
    "<button formaction=//example.org form=search>a</button>": "",
    "<meta http-equiv=refresh content='0; url=//example.org'>a": "a",
    "<p>a<base href=//example.org><meta http-equiv=refresh content=0></p>": "<p>a</p>",
    "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>a": "a",
    "<object data=//example.org></object><embed src=//example.org>a": "a",
    "<details open ontoggle=ran=1>a</details>": '<details open="">a</details>',
    "<img name=querySelectorAll>": "<img>",
    "<svg onload=ran=1><animate attributeName=href values=javascript:ran=1 /></svg>": "<svg></svg>",
    "<svg><a><set attributeName=href to=javascript:ran=1 /></a></svg>": "<svg><a></a></svg>",
    "<svg><a xlink:href='javascript:ran=1'><text>a</text></a></svg>": "<svg><a><text>a</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=ran=1>#x'></use></svg>": "<svg><use></use></svg>",
    "<svg><rect fill='url(//example.org/seen#a)'/></svg>": "<svg><rect></rect></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.ran=1</script>'></iframe></foreignObject></svg>": "<svg></svg>",
    "<svg><script>ran = 1</script><style>* { fill: url(//example.org) }</style></svg>": "<svg></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=ran=1>": "",
    "a<noscript><p title='</noscript><img src=x onerror=ran=1>'></noscript>": "a",
}


def test_of_html_and_drawings_a_page_takes_what_shows_something_and_nothing_that_acts(browser):
    tab = browser.new_page()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    source = 'import { harmless } from "./run/harmless.js"; globalThis.harmless = harmless;'
    tab.evaluate(scripts.join(ROOT, source, "--format=iife"))
    kept = dict(zip(GIVEN, tab.evaluate(KEEP, list(GIVEN)), strict=True))
    assert kept == {text: text if left is None else left for text, left in GIVEN.items()}
    assert tab.evaluate("globalThis.ran") is None
    assert [url for url in asked if not url.startswith("data:")] == []
    tab.close()


@pytest.mark.slow
def test_a_network_that_is_lost_while_python_loads_loses_no_text(open_page):
    """Here the editor does not arrive either: a plain field takes its place."""
    open_page.context.route("**/run-editor.js", lambda route: route.abort())
    open_page.context.route("**/pyodide.asm.wasm", lambda route: route.abort())
    exercise = Exercise(open_page(WRITE), "output_size")
    field = exercise.cell.locator("textarea")
    field.fill("print(6 * 7)")
    field.press("Control+Enter")
    expect(exercise.status).to_contain_text("Python could not be loaded from")
    assert exercise.text == "print(6 * 7)"
    open_page.context.unroute("**/pyodide.asm.wasm")
    field.press("Control+Enter")
    expect(exercise.cell.locator(".run-output")).to_contain_text("42")
    open_page.context.errors.clear()


def test_a_cell_says_that_its_editor_does_not_arrive(open_page):
    open_page.context.route("**/run-later.js", lambda route: route.abort())
    tab = open_page(PADDING)
    cell = tab.locator(".cell:has(> .cell_input[data-run])").nth(1)
    cell.get_by_role("button", name="edit and run").click()
    expect(cell.locator(".run-status")).to_be_visible()
    expect(cell.locator(".run-status")).to_contain_text("could not be loaded")
    open_page.context.unroute("**/run-later.js")
    cell.get_by_role("button", name="edit and run").click()
    cell.locator(".cm-content").wait_for()
    open_page.context.errors.clear()


@pytest.mark.parametrize("editor", [".cm-content", ".run-field"])
def test_on_a_phone_long_lines_go_on_below_in_an_open_editor(open_page, editor):
    if editor == ".run-field":
        open_page.context.route("**/run-editor.js", lambda route: route.abort())
    tab = open_page(PADDING)
    tab.set_viewport_size({"width": 390, "height": 844})
    cell = tab.locator(".cell:has(> .cell_input[data-run])").nth(2)
    assert max(map(len, cell.locator("pre").first.inner_text().splitlines())) > 70
    cell.get_by_role("button", name="edit and run").click()
    field = cell.locator(editor)
    field.wait_for()
    assert field.evaluate("({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth")
    assert field.evaluate("({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight")
    open_page.context.errors.clear()


@pytest.mark.weekly
def test_a_cell_that_is_put_back_runs_no_more(shared_page):
    tab = shared_page(WRITE)
    cell = tab.locator(OTHERS).nth(1)
    for source in ("print('on'); i = 0\nwhile True: i += 1", "print('again')"):
        cell.get_by_role("button", name="edit and run").click()
        cell.locator(".cm-content").click()
        tab.keyboard.press("ControlOrMeta+a")
        tab.keyboard.insert_text(source)
        cell.get_by_role("button", name="Run", exact=True).click()
        expect(cell.locator(".run-output")).to_contain_text("on" if "on" in source else "again")
        cell.get_by_role("button", name="Back to what the book shows").click()
        assert cell.locator(".run-status").inner_text() == ""


# --- what is loaded, and from where ---


def test_nothing_is_loaded_before_a_press(open_page):
    tab = open_page(WRITE)
    tab.wait_for_load_state("networkidle")
    assert not [name for name in tab.addresses if re.search("run-|pyodide|[.]whl", name)]
    Exercise(tab, "output_size").cell.locator("textarea").click()
    tab.locator(".cm-content").wait_for()
    assert {name.rpartition("/")[2] for name in tab.addresses if "run-" in name} == {"run-later.js", "run-editor.js"}
    assert not [name for name in tab.addresses if "pyodide" in name]


@pytest.mark.slow
def test_python_comes_from_its_cdn_and_only_as_it_was_published(open_tab, site_address, address):
    files = address + folder.FOLDER + "/" + pyodide.VENDORED + "/"
    changed = {"pyodide.asm.mjs"}

    def give(route):
        name = route.request.url.rpartition("/")[2]
        answer = tab.request.get(files + name)
        body = answer.body() + b"\n" * (name in changed)
        route.fulfill(
            body=body, headers={"content-type": answer.headers["content-type"], "access-control-allow-origin": "*"}
        )

    tab = open_tab("about:blank")
    tab.context.set_default_timeout(RUNS)
    for source in (pyodide.CORE_CDN, pyodide.CDN):
        tab.context.route(f"{source}**", give)
    # The tests' packages may come from elsewhere, and with them the list that names their digests.
    lock = hashlib.sha256(tab.request.get(files + pyodide.LOCK).body()).digest()
    text = (SITE / WRITE).read_text("utf-8")
    text = text.replace(pyodide.integrity(CORE)[-1], f"sha256-{base64.b64encode(lock).decode()}")
    tab.route(site_address + WRITE, lambda route: route.fulfill(body=text, content_type="text/html"))
    tab.goto(site_address + WRITE)
    exercise = Exercise(tab, "output_size")
    exercise.press("Run")
    expect(exercise.status).to_contain_text("Python could not be loaded from cdn.jsdelivr.net")
    changed.clear()
    exercise.write(answer("output_size"))
    assert exercise.check()[0] == "right"
    here = {url for url in tab.addresses if url.startswith("https:")}
    assert {f"{pyodide.CORE_CDN}{name}" for name in (*pyodide.CORE, pyodide.LOCK)} < here
    assert len([url for url in here if url.startswith(pyodide.CDN)]) == 1  # NumPy
    assert tab.errors == []


def test_a_page_from_disk_says_what_it_needs(open_tab):
    tab = open_tab((SITE / WRITE).as_uri())
    exercise = Exercise(tab, "output_size")
    exercise.press("Run")
    expect(exercise.status).to_contain_text("make serve")


# --- every cell ---

#: Starts a worker for each page with that page's own settings, runs its cells, and gives what each cell showed.
RUN_ALL = """async ([lite, pages]) => {
  let worker, heard;
  const ask = (message, ends) => new Promise((resolve, reject) => {
    const pieces = [];
    heard = (data) => {
      if (data.failure !== undefined || data.crash !== undefined) reject(new Error(JSON.stringify(data)));
      else if (data.afresh) reject(new Error("a package was missing at the start"));
      else if (data[ends]) resolve(pieces);
      else if (data.kind) pieces.push(data);
    };
    worker.postMessage(message);
  });
  const results = [];
  for (const [settings, cells] of pages) {
    const shown = [];
    worker = new Worker("/_static/run-worker.js", { type: "module" });
    worker.onmessage = ({ data }) => heard(data);
    await ask({ start: { ...settings, ...lite } }, "ready");
    for (const source of cells) {
      shown.push(await ask({ run: { above: [], cells: [{ name: "cell", source }] } }, "done"));
    }
    results.push(shown);
    worker.terminate();
  }
  return results;
}"""


def shown_cells():
    """The settings of each page, and its cells that run there, as the page has them."""
    for page in built_pages():
        soup = BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")
        cells = soup.select(".cell_input[data-run]")
        if cells:
            settings = json.loads(soup.select_one("[data-python]")["data-python"])
            yield page, (settings, [cell.select_one("pre").get_text().removesuffix("\n") for cell in cells])


@pytest.mark.slow
def test_cells_give_what_the_build_recorded(open_page, address):
    """A page whose Python is soon there; for each page it starts anew, and all pages run weekly."""
    assert run_and_compare(open_page, address, {PARAMETERS: dict(shown_cells())[PARAMETERS]}) > 8


@pytest.mark.weekly
def test_every_cell_gives_what_the_build_recorded(open_page, address):
    pages = dict(shown_cells())
    assert len(pages) >= 14
    assert run_and_compare(open_page, address, pages) > 100


def without_steps(text):
    """Leave out how many steps of Python a function takes: every version of Python counts a few more or less."""
    return re.sub(r"takes [\d,]+", "takes N", text)


def run_and_compare(open_page, address, pages):
    """Run pages' cells in order, with what each page loads; how many gave what the build has recorded, as each must."""
    tab = open_page("book/bibliography.html")
    lite = f"{address}{folder.FOLDER}/"
    addresses = dict.fromkeys(("core", "wheels"), f"{lite}{pyodide.VENDORED}/")
    addresses["integrity"] = []
    addresses["wheel"] = f"{lite}pypi/{next((SITE / folder.FOLDER / 'pypi').glob('cnnbook-*.whl')).name}"
    recorded, compared = folder.recorded_cells(ROOT, SITE.parent), 0
    for page, results in zip(pages, tab.evaluate(RUN_ALL, [addresses, list(pages.values())]), strict=True):
        cells = {cell.source.strip(): cell for cell in recorded(page.replace(".html", ".ipynb"))}
        for source, pieces in zip(pages[page][1], results, strict=True):
            cell = cells[source.strip()]
            announced = "raises-exception" in cell.metadata.get("tags", [])
            assert announced or not [piece for piece in pieces if piece["kind"] == "error"], (page, source, pieces)
            text = "".join(piece["text"] for piece in pieces if piece["kind"] == "text")
            mine = from_dict({"output_type": "stream", "name": "stdout", "text": text})
            assert without_steps(printed([mine])) == without_steps(printed(cell.outputs)), (page, source)
            drawn = [output for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
            assert len([piece for piece in pieces if piece["kind"] == "svg"]) == len(drawn), (page, source)
            compared += 1
    return compared


def test_a_changed_cell_says_that_those_below_may_show_the_old_output(shared_page):
    tab = shared_page(WRITE)
    cell = tab.locator(OTHERS).first
    cell.get_by_role("button", name="edit and run").click()
    for code, said in (("", "Done."), ("\n", "Done. Cells below may show older output.")):
        cell.locator(".cm-content").click()
        tab.keyboard.press("ControlOrMeta+Home")
        tab.keyboard.insert_text(code)
        cell.get_by_role("button", name="Run", exact=True).click()
        expect(cell.locator(".run-status")).to_have_text(said)


#: Of each button that opens a cell: whether it lies in the block of the code, and whether it covers no code or output.
PLACES = """() => [...document.querySelectorAll(".run-open")].filter(button => button.checkVisibility()).map(button => {
    const block = button.parentElement.getBoundingClientRect(), box = button.getBoundingClientRect();
    const lines = [...button.closest(".cell").querySelectorAll("pre")].flatMap(pre => {
        const text = document.createRange();
        text.selectNodeContents(pre);
        return [...text.getClientRects()].filter(line => line.width > 0);
    });
    const inside = box.top > block.top && box.bottom < block.bottom && box.left > block.left && box.right < block.right;
    const covers = line => line.right > box.left && line.bottom - 3 > box.top && line.top + 3 < box.bottom;
    return [inside, !lines.some(covers)];
})"""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_button_of_a_cell_covers_nothing_and_lies_in_its_block_on_a_phone(open_page, width):
    tab = open_page(PADDING)
    tab.set_viewport_size({"width": width, "height": 844})
    tab.locator(".run-open").last.wait_for(state="attached")
    places = tab.evaluate(PLACES)
    assert len(places) > 5
    assert all(free for _, free in places)
    assert width > 768 or all(inside for inside, _ in places)


@pytest.mark.slow
def test_a_cell_of_a_page_is_edited_run_and_put_back(shared_page):
    tab = shared_page(PADDING)
    cell = tab.locator(".cell:has(> .cell_input[data-run])").nth(1)
    recorded = cell.locator(".cell_output").inner_text()
    cell.get_by_role("button", name="edit and run").click()
    cell.locator(".cm-content").wait_for()
    cell.get_by_role("button", name="Run", exact=True).click()
    output = cell.locator(".run-output")
    expect(output).to_have_text(recorded, use_inner_text=True)
    expect(cell.locator(".cell_output:not(.run-output)")).to_be_hidden()
    figure = tab.locator(".cell:has(svg.drawing)").first
    figure.locator("summary").first.click()
    figure.get_by_role("button", name="edit and run").click()
    figure.get_by_role("button", name="Run", exact=True).click()
    figure.locator(".run-output svg.drawing").first.wait_for()
    cell.get_by_role("button", name="Back to what the book shows").click()
    expect(cell.locator(".cell_output")).to_have_text(recorded, use_inner_text=True)
    expect(cell.locator(".run-output")).to_have_count(0)
    needs = tab.locator(".cell_input[data-needs]").first
    needs.get_by_role("button", name="needs Keras").click()
    words = needs.locator("xpath=following-sibling::p[1]")
    expect(words).to_contain_text("This cell needs Keras, and no browser has that. It runs in:")
    assert words.locator("a").last.get_attribute("href").endswith("padding.ipynb")


# --- with a keyboard, and for everybody ---


def test_from_the_exercise_to_a_green_check_by_keyboard_alone(shared_page, tab_to):
    tab = shared_page(WRITE)
    exercise = Exercise(tab, "output_size")
    tab.locator("#the-size-of-a-feature-map .headerlink").first.focus()
    tab_to(tab, "[data-exercise='output_size'] :is(textarea, .cm-content)")
    tab.keyboard.press("ArrowDown")  # any key but Tab brings the editor
    exercise.cell.locator(".cm-focused").wait_for()
    tab.keyboard.press("ControlOrMeta+a")
    lines = answer("output_size").splitlines()
    tab.keyboard.type(lines[0] + "\n")  # the editor indents what comes
    tab.keyboard.type("x = 1\n")
    tab.keyboard.press("Tab")
    assert exercise.text.splitlines()[1:] == ["    x = 1", "        "]
    tab.keyboard.press("ControlOrMeta+a")
    tab.keyboard.insert_text(answer("output_size"))
    tab.keyboard.press("Control+Enter")
    expect(exercise.status).to_contain_text("Done, without output.")
    tab.keyboard.press("Escape")
    expect(exercise.status).to_contain_text("Tab leaves the editor now.")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Check"
    tab.keyboard.press("Enter")
    expect(exercise.said.locator(".quiz-said")).to_have_attribute("data-verdict", "right")


@pytest.mark.slow
def test_axe_finds_nothing_with_editors_open(shared_page):
    tab = shared_page(WRITE)
    exercise = Exercise(tab, "output_size")
    exercise.write(answer("output_size") + "\n# done")
    exercise.press("Check")
    exercise.said.locator(".quiz-said").wait_for()
    cell = tab.locator(OTHERS).nth(1)
    cell.get_by_role("button", name="edit and run").click()
    cell.locator(".cm-content").wait_for()
    cell.get_by_role("button", name="Run", exact=True).click()
    cell.locator(".run-output pre").wait_for()
    assert checks.accessibility_in_both_themes(tab) == []
