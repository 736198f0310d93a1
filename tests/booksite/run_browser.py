"""The built site with Pyodide inside, and the cells of its pages in a real browser."""

import os
import re
import shutil
from contextlib import contextmanager

from built import ROOT, SITE, built_pages
from lite_browser import packages_of_pyodide
from serving import served

from booksite.lite import FOLDER, pyodide

CORE = ROOT / "node_modules" / "pyodide"
PACKAGES = ("matplotlib", "numpy", "pillow", "scipy")

#: Milliseconds for Python to start and run a cell, on a machine that does other things, too.
RUNS = 60_000


def _link(source, target):
    """Link a file, or copy it to another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def vendored_site(target):
    """Copy the built site, by links, with Pyodide inside, as a build with `CNNBOOK_PYODIDE` makes it."""
    shutil.copytree(SITE, target, copy_function=_link)
    with packages_of_pyodide(CORE, PACKAGES) as cache:
        pyodide.vendor(target / FOLDER / pyodide.VENDORED, CORE, PACKAGES, source=str(cache))
    for page in built_pages():
        text = (target / page).read_text("utf-8")
        if "data-python" in text:
            (target / page).unlink()  # a link to the page itself
            own = f"{'../' * page.count('/')}{FOLDER}/{pyodide.VENDORED}/"
            for address in (pyodide.CDN, pyodide.CORE_CDN):
                text = text.replace(address, own)
            text = re.sub(r'(?<="integrity": )\[.*?\]', "[]", text)
            (target / page).write_text(text, "utf-8")
    return target


@contextmanager
def serve_vendored(folder):
    with served(vendored_site(folder / "html")) as address:
        yield address


class Exercise:
    """An exercise on a page, as a reader uses it."""

    def __init__(self, tab, name):
        self.tab, self.name = tab, name
        self.cell = tab.locator(f".cell:has(> .cell_input[data-exercise='{name}'])")
        self.cell.wait_for()
        self.said = self.cell.locator(".run-said")
        self.status = self.cell.locator(".run-status")

    @property
    def text(self):
        return self.cell.locator(".run-field").input_value()

    def press(self, name):
        self.cell.get_by_role("button", name=name, exact=True).click()

    def write(self, text):
        """Replace the text, as by pasting over all of it."""
        self.cell.locator(".run-field, .cm-content").locator("visible=true").click()
        self.cell.locator(".cm-content").click()
        self.tab.keyboard.press("ControlOrMeta+a")
        self.tab.keyboard.press("Delete")
        self.tab.keyboard.insert_text(text)
        assert self.text == text

    def start_again(self):
        """Put the starter back."""
        if self.text != self.cell.locator(".cell_input pre").first.text_content().removesuffix("\n"):
            self.press("Start again")
            self.press("Start again")

    def check(self):
        """Press *Check*; gives the verdict, the mistake's name and the words."""
        self.said.evaluate("said => said.replaceChildren()")
        self.press("Check")
        box = self.said.locator(".quiz-said")
        box.wait_for(timeout=RUNS)
        return box.get_attribute("data-verdict"), box.get_attribute("data-mistake") or "", box.inner_text()
