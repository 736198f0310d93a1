"""Time from the press to the first output: a cell in the page, and the same page in JupyterLite.

    python benchmarks/run_in_page.py [--times 5]

Cold is a browser that has nothing of the site, cached one that ran it before. Both take Pyodide from the site, served
on loopback, so that a connection plays no part; what the times compare is the work in the browser.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / folder) for folder in ("booksite", "")]

import chromium  # noqa: E402
from lite_browser import OPENS, READY  # noqa: E402
from run_browser import RUNS, vendored_site  # noqa: E402
from serving import served  # noqa: E402

from booksite.lite import FOLDER, pyodide  # noqa: E402

PAGE = "book/review/write-it-yourself"
# The notebook runs once its kernel is there, and not before: JupyterLab would ask which kernel to take, and wait.
_RUN = """async () => {
  await jupyterapp.shell.currentWidget.sessionContext.ready;
  jupyterapp.commands.execute("notebook:run-all-cells");
}"""
_FIRST_OUTPUT = """() => {
  const cells = [...jupyterapp.shell.currentWidget.content.model.cells].map((cell) => cell.toJSON());
  return cells.some(({ outputs }) => outputs?.length);
}"""


def in_page(context, address):
    """Seconds from the press on *Check* to the report."""
    tab = context.new_page()
    tab.goto(f"{address}{PAGE}.html", wait_until="networkidle")
    began = time.perf_counter()
    tab.locator(".cell:has(> [data-exercise='output_size'])").get_by_role("button", name="Check").click()
    tab.locator(".quiz-said").first.wait_for(timeout=RUNS)
    seconds = time.perf_counter() - began
    tab.close()
    return seconds


def in_jupyterlite(context, address):
    """Seconds from the press on the link to the first output of its notebook, all cells run as soon as it can run."""
    tab = context.new_page()
    began = time.perf_counter()
    tab.goto(f"{address}{FOLDER}/notebooks/index.html?path={PAGE}.ipynb")
    tab.wait_for_function(READY, timeout=OPENS)
    if tab.evaluate(_FIRST_OUTPUT):
        raise SystemExit("The notebook opens with outputs, so its first output says nothing about the time it takes.")
    tab.evaluate(_RUN)
    tab.wait_for_function(_FIRST_OUTPUT, timeout=OPENS)
    seconds = time.perf_counter() - began
    tab.close()
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=5, help="how often each is measured (default: 5)")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site, browser = vendored_site(Path(folder, "html")), chromium.launch(playwright)
        settings = site / FOLDER / "jupyter-lite.json"
        text = settings.read_text("utf-8")
        settings.unlink()
        settings.write_text(text.replace(pyodide.CDN, f"./{pyodide.VENDORED}/"), "utf-8")
        with served(site) as address:
            for name, measure in (("in the page", in_page), ("JupyterLite", in_jupyterlite)):
                cold, cached = [], []
                for number in range(1, times + 1):
                    context = browser.new_context()
                    for state, seconds in (("cold", cold), ("cached", cached)):
                        seconds.append(measure(context, address))
                        print(f"{name}, {number} of {times}, {state}: {seconds[-1]:.1f} s", file=sys.stderr, flush=True)
                    context.close()
                print(f"{name:12} cold {statistics.median(cold):5.1f} s   cached {statistics.median(cached):5.1f} s")
        browser.close()


if __name__ == "__main__":
    main()
