"""The built site, served on loopback, and a real browser."""

from dataclasses import dataclass

import audit
import chromium
import pytest
from built import SITE, built_pages
from playwright.sync_api import sync_playwright
from serving import served


def pytest_generate_tests(metafunc):
    """Give a test that asks for `page` every page; tests of one page run on one worker, which visits it once."""
    if "page" in metafunc.fixturenames:
        pages = [pytest.param(page, marks=pytest.mark.xdist_group(page), id=page) for page in built_pages()]
        metafunc.parametrize("page", pages)


def pytest_terminal_summary(terminalreporter):
    """Print what `test_audit.py` has found on all pages, whichever workers visited them, as one table."""
    reports = terminalreporter.getreports("failed")
    findings = [finding for report in reports for finding in dict(report.user_properties).get("findings", [])]
    if findings:
        terminalreporter.section("what falls short")
        terminalreporter.line("\n".join(audit.table(findings)))


@pytest.fixture(scope="session")
def site_address():
    """Serve the site on loopback and give its address."""
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page as a browser shows it in one theme and width, and what happened while it loaded."""

    tab: object
    errors: list
    addresses: list


@pytest.fixture
def open_tab(browser):
    """Open addresses, each in a window of its own that is closed when the test ends; tabs note errors and requests."""
    contexts = []

    def open_address(address, *, theme="light", width=1280, height=900, script=None, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce", **options
        )
        contexts.append(context)
        if script:
            context.add_init_script(script)
        tab = context.new_page()
        tab.errors, tab.addresses = [], []
        tab.on("console", lambda line: tab.errors.append(line.text) if line.type == "error" else None)
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.on("request", lambda request: tab.addresses.append(request.url))
        tab.goto(address, wait_until="load")
        return tab

    yield open_address
    for context in contexts:
        context.close()


@pytest.fixture
def visit(open_tab, site_address):
    """Open pages of the built site: ``visit(page, theme="dark", width=400)``; its tab goes to other pages by name.

    A test that needs what the page before has kept uses this: left on a busy machine, a page from disk may lose it.
    """

    def open_page(page, **options):
        tab = open_tab(page, base_url=site_address, **options)
        return Visit(tab, tab.errors, tab.addresses)

    return open_page


@pytest.fixture
def tab_to():
    """Press Tab until the element with the focus matches: ``tab_to(tab, ".quiz-check")``."""

    def press_tab(tab, selector):
        for _ in range(90):
            tab.keyboard.press("Tab")
            if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not arrive at {selector}")

    return press_tab
