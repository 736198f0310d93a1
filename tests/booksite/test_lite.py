"""Notebooks for the browser: which cells run there, what lies in the site, and a run of each in a real browser."""

import hashlib
import json
import re
import shutil
import sys
import tomllib
import zipfile
from copy import deepcopy
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from lite_browser import READY, cells_of, copy_build, open_jupyterlab, packages_of_pyodide, printed, run
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from packaging.version import Version
from serving import served

from booksite import scripts
from booksite.execution import execution_digest
from booksite.lite import FOLDER, LiteError, browser_cells, browser_notebooks, folder, jupyterlab, pyodide, wheels
from booksite.notebooks import code_cells
from booksite.notebooks.addresses import Place

# In JupyterLab: write into a cell, list a folder.
WRITE = "([at, text]) => jupyterapp.shell.currentWidget.content.model.cells.get(at).sharedModel.setSource(text)"
LISTED = """async (folder) => {
  const listing = await jupyterapp.serviceManager.contents.get(folder, { content: true });
  return listing.content.map((file) => file.name);
}"""

CORE = ROOT / "node_modules" / "pyodide"
CHAPTERS = "book/arithmetic/"


# --- which cells run -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "missing"),
    [
        (["import numpy as np", "np.ones(3)"], ["", ""]),
        (["import keras", "1 + 1"], ["keras", ""]),
        (["import keras", "x = keras.a()", "print(x)", "x = 3", "print(x)"], ["keras", "keras", "keras", "", ""]),
        (["import keras", "x = keras.a()", "x = 1\nprint(x)"], ["keras", "keras", ""]),
        (["import keras\nx = 1", "x"], ["keras", "keras"]),  # a cell is taken whole
        (["import keras", "def f():\n    return keras.a()", "def g():\n    return f()", "g()"], ["keras"] * 4),
        (["def f():\n    import keras", "f()"], ["keras", "keras"]),
        (["import keras", "import torch", "x = keras, torch", "x"], ["keras", "torch", "keras torch", "keras torch"]),
        (["%matplotlib inline", "%pip install -q keras"], ["", ""]),
        (["import cnnbook.saliency as m", "m"], ["keras", "keras"]),
        (["from cnnbook.checkers import check_output_size", "check_output_size(len)"], ["", ""]),
        (["import subprocess", "subprocess.run(['ls'])"], ["subprocess", "subprocess"]),
        (["import tkinter", "1"], ["tkinter", ""]),
    ],
)  # fmt: skip
def test_a_cell_runs_unless_it_needs_what_a_browser_lacks(sources, missing):
    assert browser_cells.missing_modules(sources) == [set(names.split()) for names in missing]
    assert browser_cells.page_runs(sources) == (2 * missing.count("") >= len(sources))


def test_looking_at_imports_imports_nothing():
    before = set(sys.modules)
    assert "keras" in browser_cells.required_modules(["from cnnbook import models"])
    assert not {name for name in set(sys.modules) - before if name.startswith(("keras", "cnnbook.models"))}


# --- a notebook for the browser --------------------------------------------------------------------------------------

SOURCES = [
    "from cnnbook import plotting\nsize = 3",
    "import keras\nlayer = keras.layers.ReLU()\nlayer.name",
    "print(layer)",
]
NOTEBOOK = new_notebook(
    cells=[
        code_cells.install_cell(Place("https://github.com/ada/engine", commit="c0ffee")),
        new_markdown_cell(
            "![A *dog*](../assets/dog.png) [there](two.ipynb#place) and [not there](../c/three.ipynb) "
            "and [a site](https://example.org/x.ipynb) and [the module](../../files/cnnbook-0.1.0-py3-none-any.whl)"
        ),
        *map(new_code_cell, SOURCES),
        new_code_cell("print(size)", metadata={"jupyter": {"source_hidden": True}}),
    ]
)
RECORDED = [
    new_code_cell(SOURCES[0]),
    new_code_cell(SOURCES[1], outputs=[new_output("execute_result", {"text/plain": "'re_lu'"})]),
    new_code_cell(
        SOURCES[2],
        outputs=[
            new_output("stream", name="stderr", text="a warning\n"),
            new_output("stream", name="stdout", text="\x1b[31m<ReLU>\x1b[0m ```\n"),
            new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"}),
            new_output("error", ename="ValueError", evalue="too small"),
        ],
    ),
]


def for_browser(recorded, notebook=NOTEBOOK):
    paths = ["book/a/one.ipynb", "book/a/two.ipynb"]
    return browser_notebooks.for_browser(notebook, recorded, paths[0], origin="far away", paths=paths)


def test_a_notebook_for_the_browser():
    before = nbformat.writes(NOTEBOOK)
    notebook = for_browser(RECORDED)
    assert nbformat.writes(NOTEBOOK) == before
    nbformat.validate(notebook)
    note, install, text, runs, keras, user, last = notebook.cells
    assert "Python (Pyodide) from far away" in note.source
    assert "Keras cannot run here" in note.source
    assert "“Run it yourself” of the book's front page says how" in note.source
    assert install.source.splitlines()[1:] == [
        "%pip install -q --no-deps cnnbook",
        "%pip install -q matplotlib matplotlib-inline numpy pillow",
    ]
    assert code_cells.is_install_cell(install)
    assert text.source == (
        "![A *dog*](../assets/dog.png) [there](two.ipynb#place) and not there and [a site](https://example.org/x.ipynb)"
        " and the module"
    )
    assert (runs.source, last.source) == (SOURCES[0], "print(size)")
    assert last.metadata.jupyter.source_hidden
    assert [keras.cell_type, user.cell_type] == ["markdown", "markdown"]
    assert keras.source.startswith("```python\nimport keras\n")
    assert "needs Keras" in keras.source
    assert "```text\n're_lu'\n```" in keras.source
    assert "````text\n<ReLU> ```\nValueError: too small\n````" in user.source
    assert "drew a figure" in user.source
    assert "a warning" not in user.source


def test_an_output_that_was_not_recorded_stops_the_build():
    with pytest.raises(LiteError, match=r"no output of a cell of book/a/one.ipynb, 'print\(layer\)'"):
        for_browser(RECORDED[:2])


def test_cells_of_one_source_take_their_recorded_outputs_in_order():
    recorded = [new_code_cell("x", outputs=[new_output("execute_result", {"text/plain": text})]) for text in "12"]
    sources = ["x", "import keras\nx = keras", "x"]
    notebook = new_notebook(cells=[*map(new_code_cell, sources)])
    *_, last = for_browser([*recorded, new_code_cell(sources[1])], notebook).cells
    assert "```text\n2\n```" in last.source


def test_a_notebook_without_missing_modules_says_nothing_of_them():
    note, install, _ = for_browser([], new_notebook(cells=[new_code_cell("1")])).cells
    assert "cannot run" not in note.source
    assert install.source.count("%pip") == 1


# --- wheels ----------------------------------------------------------------------------------------------------------


def test_a_wheel_of_an_installed_package_is_whole(tmp_path):
    path = wheels.pack_installed("comm", tmp_path)
    content = path.read_bytes()
    assert path.name == f"comm-{metadata.version('comm')}-py3-none-any.whl"
    assert wheels.pack_installed("comm", tmp_path).read_bytes() == content
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        record = archive.read(next(name for name in names if name.endswith("/RECORD"))).decode()
    assert [row.partition(",")[0] for row in record.splitlines()] == sorted(names)
    assert "comm/__init__.py" in names
    assert not [name for name in names if name.endswith((".pyc", "INSTALLER", "direct_url.json"))]


# --- a copy of Pyodide -----------------------------------------------------------------------------------------------


@pytest.fixture
def tiny_pyodide(tmp_path):
    """A core with a list of packages, and a folder with their files."""
    core, packages = tmp_path / "core", tmp_path / "packages"
    needs = {name: [] for name in pyodide.FOR_KERNEL} | {"numpy": ["open_blas"], "open-blas": [], "other": []}
    lock = {"info": {"version": pyodide.VERSION}, "packages": {}}
    for path in (core, packages):
        path.mkdir()
    for name in pyodide.CORE:
        (core / name).write_text(name)
    for name, depends in needs.items():
        (packages / f"{name}.whl").write_text(name)
        digest = hashlib.sha256(name.encode()).hexdigest()
        lock["packages"][name] = {"file_name": f"{name}.whl", "sha256": digest, "depends": depends}
    (core / pyodide.LOCK).write_text(json.dumps(lock))
    return core, packages


def test_pyodide_is_copied_with_what_notebooks_need(tiny_pyodide, tmp_path):
    core, packages = tiny_pyodide
    names = pyodide.vendor(tmp_path / "out", core, ["numpy"], source=str(packages))
    assert names == sorted([*pyodide.FOR_KERNEL, "numpy", "open-blas"])
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there == {*pyodide.CORE, pyodide.LOCK, *(f"{name}.whl" for name in names)}
    assert sorted(json.loads((tmp_path / "out" / pyodide.LOCK).read_text())["packages"]) == names


def test_pyodide_from_an_address_is_kept(tiny_pyodide, tmp_path, monkeypatch):
    core, packages = tiny_pyodide
    monkeypatch.setattr(pyodide.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    with served(packages) as address:
        pyodide.vendor(tmp_path / "one", core, ["numpy"], source=address)
    # The server is gone.
    pyodide.vendor(tmp_path / "two", core, ["numpy"], source=address)
    assert (tmp_path / "two" / "numpy.whl").read_text() == "numpy"
    (tmp_path / "cnnbook" / f"pyodide-{pyodide.VERSION}" / "numpy.whl").write_text("damaged")
    with pytest.raises(LiteError, match=r"numpy.whl cannot be read .*: let CNNBOOK_PYODIDE name a folder"):
        pyodide.vendor(tmp_path / "three", core, ["numpy"], source=address)


@pytest.mark.parametrize(
    ("package", "damage", "words"),
    [
        ("keras", {}, "no package keras"),
        ("numpy", {"packages/numpy.whl": None}, r"numpy.whl cannot be read .*: let CNNBOOK_PYODIDE name a folder"),
        ("numpy", {"packages/numpy.whl": "another"}, r"numpy.whl of .* has the SHA-256 .*, but Pyodide .* names"),
        ("numpy", {f"core/{pyodide.LOCK}": None}, "npm ci"),
    ],
)
def test_what_is_missing_or_another_is_named(package, damage, words, tiny_pyodide, tmp_path):
    core, packages = tiny_pyodide
    for name, text in damage.items():
        (tmp_path / name).unlink()
        if text:
            (tmp_path / name).write_text(text)
    with pytest.raises(LiteError, match=words):
        pyodide.vendor(tmp_path / "out", core, [package], source=str(packages))


def test_the_pinned_pyodide_is_the_one_that_notebooks_ask_for():
    pins = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert pins["dependencies"]["pyodide"] == pyodide.VERSION
    assert pyodide.CDN in (ROOT / "README.md").read_text(encoding="utf-8")


# --- the folder in the site ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lite():
    """The folder in the built site, and the notebooks in it."""
    return SITE / FOLDER, sorted(path for path in listed(SITE / FOLDER) if path.endswith(".ipynb"))


@pytest.fixture(scope="module")
def vendored(tmp_path_factory):
    """The same with Pyodide inside; its packages are kept in the user's cache."""
    site = copy_build(SITE, tmp_path_factory.mktemp("vendored"))
    with packages_of_pyodide(CORE, ["matplotlib", "numpy", "pillow", "scipy"]) as cache:
        return site / FOLDER, folder.bring_up_to_date(ROOT, site, vendored_from=str(cache))


def listed(lite_folder, stem=""):
    """Paths of all files that the lists of JupyterLite name, from a folder on."""
    listing = json.loads((lite_folder / "api" / "contents" / stem / "all.json").read_text(encoding="utf-8"))
    for entry in listing["content"]:
        if entry["type"] == "directory":
            yield from listed(lite_folder, entry["path"])
        else:
            yield entry["path"]


def test_notebooks_wheels_and_index_lie_in_the_site(lite):
    lite_folder, paths = lite
    chapters = {page.replace(".html", ".ipynb") for page in built_pages() if page.startswith(CHAPTERS)}
    assert chapters | {"book/experiments/data.ipynb", "book/experiments/how-sure.ipynb"} <= set(paths)
    assert len(paths) >= 14
    files = lite_folder / "files"
    assert set(listed(lite_folder)) == {path.relative_to(files).as_posix() for path in files.rglob("*.*")}
    for path in paths:
        notebook = nbformat.read(files / path, as_version=4)
        nbformat.validate(notebook)
        assert not any(browser_cells.missing_modules(c.source for c in notebook.cells if c.cell_type == "code")), path
    index = json.loads((lite_folder / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert set(index) == {"cnnbook", *wheels.FOR_KERNEL}
    for name, content in index.items():
        for release in content["releases"].values():
            wheel = lite_folder / "pypi" / release[0]["filename"]
            assert hashlib.sha256(wheel.read_bytes()).hexdigest() == release[0]["digests"]["sha256"], name


def test_the_wheel_holds_the_module_without_the_weights_of_epochs_and_nothing_else(lite):
    (wheel,) = (lite[0] / "pypi").glob("cnnbook-*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    code = ROOT / "code"
    of_module = {path.relative_to(code).as_posix() for path in wheels.sources(ROOT) if code in path.parents}
    left_out = {"cnnbook/results/simple-cnn-seed0.epochs.npz"}
    assert left_out < of_module
    assert names == of_module - left_out | {f"cnnbook/{scripts.WIDGET}"}
    (whole,) = (SITE / "_notebooks" / "files").glob("cnnbook-*.whl")
    assert {name for name in zipfile.ZipFile(whole).namelist() if ".dist-info/" not in name} == names | left_out
    assert wheel.stat().st_size < 5e6


def below_the_floor(versions):
    """Name packages of a bundle that lack the fix of a published advisory, or that the bundle has no longer."""
    floors = tomllib.loads((Path(__file__).parent / "lite_floors.toml").read_text(encoding="utf-8"))
    return {name for name, floor in floors.items() if Version(versions.get(name, "0")) < Version(floor)}


def test_what_jupyterlab_bundles_has_the_fixes_of_published_advisories(lite):
    licences = json.loads((lite[0] / "build" / "third-party-licenses.json").read_text(encoding="utf-8"))
    versions = {package["name"]: package["versionInfo"] for package in licences["packages"]}
    assert below_the_floor(versions) == set()
    # Those of JupyterLite 0.6.4, and a package that is there no more.
    older = {"@jupyterlab/application": "4.4.5", "mermaid": "11.6.0", "dompurify": "3.2.4"}
    del versions["katex"]
    assert below_the_floor(versions | older) == {*older, "katex"}


def test_only_pyodide_comes_from_elsewhere_and_the_folder_is_small(lite):
    content = json.loads((lite[0] / "jupyter-lite.json").read_text(encoding="utf-8"))
    settings = content["jupyter-config-data"]["litePluginSettings"][f"{jupyterlab.KERNEL}:kernel"]
    assert settings["pyodideUrl"] == f"{pyodide.CDN}pyodide.mjs"
    assert settings["disablePyPIFallback"] is True
    assert (lite[0] / content["jupyter-config-data"]["faviconUrl"]).is_file()
    assert settings["pipliteUrls"][0].startswith("./pypi/all.json")
    files = [path for path in lite[0].rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".map" or "static/pyodide" in path.as_posix()]
    assert sum(path.stat().st_size for path in files) < 20e6


def test_pages_link_to_their_own_notebook_say_where_python_comes_from_and_load_nothing_of_it(lite):
    linked = []
    for page in built_pages():
        soup = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")
        for link in soup.select(".launch a:-soup-contains('JupyterLite')"):
            address = urlsplit(urljoin(f"http://site/{page}", link["href"]))
            assert (SITE / address.path.removeprefix("/")).is_file()
            assert parse_qs(address.query) == {"path": [page.replace(".html", ".ipynb")]}
            assert urlsplit(pyodide.CDN).netloc in soup.select_one(".launch .launch-note").get_text()
            linked += parse_qs(address.query)["path"]
        loaded = [tag.get(name) for tag in soup.select(":not(a)") for name in ("src", "href", "data") if tag.get(name)]
        paths = [urlsplit(urljoin(f"http://site/{page}", address)).path for address in loaded]
        assert not [path for path in paths if path.startswith(f"/{FOLDER}/")], page
        assert not re.search(r"pyodide\.(?:js|mjs)", str(soup)), page
    assert sorted(linked) == lite[1]


def test_its_pages_name_their_language_and_what_they_are_and_say_on_disk_that_they_need_a_server(lite, open_tab):
    pages = sorted(path.relative_to(lite[0]).as_posix() for path in lite[0].rglob("index.html"))
    assert pages == ["index.html", "notebooks/index.html", "tree/index.html"]
    for page in pages:
        text = (lite[0] / page).read_text(encoding="utf-8")
        assert '<html lang="en"' in text
        assert re.search(r'<meta name="description" content="[^"]+, with JupyterLite\.">', text)
        assert (lite[0] / page).parent.joinpath(re.search(r'<link rel="icon" href="([^"]+)">', text)[1]).is_file()
    tab = open_tab(f"{(lite[0] / 'notebooks' / 'index.html').as_uri()}?path={lite[1][0]}")
    assert tab.locator("h1").inner_text() == "JupyterLite needs a web server"
    assert "make serve" in tab.locator("main").inner_text()


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_it_opens_without_a_network_as_far_as_pyodide(lite, browser):
    lite_folder, paths = lite
    path = next(path for path in paths if path.startswith(CHAPTERS))
    with served(SITE) as address, open_jupyterlab(browser, address) as (open_notebook, addresses):
        tab = open_notebook(path)
        assert tab.evaluate("() => jupyterapp.listPlugins().filter((id) => /mermaid|vega/.test(id))") == []
        shown = [(cell["cell_type"], cell["source"]) for cell in cells_of(tab)]
        notebook = nbformat.read(lite_folder / "files" / path, as_version=4)
        assert shown == [(cell.cell_type, cell.source) for cell in notebook.cells]
        with tab.expect_event("requestfailed", lambda request: request.url.startswith(pyodide.CDN), timeout=60_000):
            pass
        wheel = next((lite_folder / "pypi").glob("cnnbook-*.whl"))
        for inside in ("pypi/all.json", f"pypi/{wheel.name}", "api/contents/all.json", f"files/{path}"):
            assert tab.request.get(f"{address}lite/{inside}").body() == (lite_folder / inside).read_bytes()
    elsewhere = {url for url in addresses if not url.startswith((address, "blob:", "data:"))}
    assert elsewhere
    assert all(url.startswith(pyodide.CDN) for url in elsewhere), elsewhere


def note_of(tab):
    """What is said about a saved copy, as soon as it is known which notebook the site has."""
    known = "() => performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/editions.json'))"
    tab.wait_for_function(known)
    tab.wait_for_timeout(500)
    return " ".join(tab.locator("aside[role=status]").all_inner_texts())


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_a_saved_copy_that_is_older_than_the_page_says_so_and_stays_when_the_new_one_is_opened(lite, browser, tmp_path):
    shutil.copytree(lite[0], tmp_path / FOLDER)
    path = "book/arithmetic/padding.ipynb"
    with served(tmp_path) as address, open_jupyterlab(browser, address) as (open_notebook, _):
        tab = open_notebook(path)
        tab.evaluate(WRITE, [2, "my work"])
        tab.evaluate("() => jupyterapp.shell.currentWidget.context.save()")
        tab.close()
        tab = open_notebook(path)  # the page is still the same
        assert note_of(tab) == ""
        tab.close()
        notebook = nbformat.read(tmp_path / FOLDER / "files" / path, as_version=4)
        notebook.cells[2].source = "a new edition"
        folder.write_contents(tmp_path / FOLDER, {path: notebook}, SITE / "_notebooks", datetime.now(UTC))
        tab = open_notebook(path)
        assert cells_of(tab)[2]["source"] == "my work"
        assert "older than the page" in note_of(tab)
        tab.evaluate(WRITE, [3, "not saved yet"])
        with tab.expect_navigation():
            tab.get_by_role("button", name="Open the new one").click()
        tab.wait_for_function(READY)
        assert cells_of(tab)[2]["source"] == "a new edition"
        assert note_of(tab) == ""
        (mine,) = (name for name in tab.evaluate(LISTED, "book/arithmetic") if "(mine, " in name)
        tab.close()
        tab = open_notebook(f"book/arithmetic/{mine}")
        assert [cell["source"] for cell in cells_of(tab)[2:4]] == ["my work", "not saved yet"]
        assert note_of(tab) == ""


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_a_chapter_runs_to_its_end_in_the_browser(vendored, browser):
    lite_folder, paths = vendored
    assert run_all(browser, lite_folder, [path for path in paths if path.startswith(CHAPTERS)][:1])


@pytest.mark.weekly
@pytest.mark.xdist_group("lite")
def test_every_notebook_runs_to_its_end_in_the_browser(vendored, browser):
    lite_folder, paths = vendored
    assert run_all(browser, lite_folder, paths) > len(paths)


def run_all(browser, lite_folder, paths):
    """Run notebooks in a browser without a network; how many cells printed what those of the book's chapters print."""
    recorded = folder.recorded_cells(ROOT, SITE.parent)
    compared = 0
    with served(lite_folder.parent) as address, open_jupyterlab(browser, address) as (open_notebook, addresses):
        for path in paths:
            tab = open_notebook(path)
            cells = [cell for cell in run(tab) if cell["cell_type"] == "code"]
            tab.close()
            book = {cell.source.strip(): printed(cell.outputs) for cell in recorded(path)}
            assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1)), path
            for cell in cells:
                may_fail = "raises-exception" in cell["metadata"].get("tags", [])
                errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
                assert may_fail or not errors, f"{path}: {cell['source']}\n{errors}"
                if path.startswith(CHAPTERS) and cell["source"].strip() in book:
                    assert printed(cell["outputs"]) == book[cell["source"].strip()], f"{path}: {cell['source']}"
                    compared += 1
    assert not [url for url in addresses if not url.startswith((address, "blob:", "data:"))]
    return compared


def test_a_folder_made_from_the_same_is_left_alone_and_a_build_that_fails_leaves_the_older_one(tmp_path, monkeypatch):
    site = copy_build(SITE, tmp_path)
    shutil.copytree(SITE / FOLDER, site / FOLDER)
    before = {path: path.read_bytes() for path in (site / FOLDER).rglob("*") if path.is_file()}

    def refuse(*arguments, **options):
        raise LiteError("no")

    monkeypatch.setattr(jupyterlab, "_build_application", refuse)
    assert folder.bring_up_to_date(ROOT, site) == []
    with pytest.raises(LiteError, match="no"):
        folder.bring_up_to_date(ROOT, site, vendored_from=str(tmp_path))
    assert {path: path.read_bytes() for path in (site / FOLDER).rglob("*") if path.is_file()} == before
    assert not [path.name for path in site.parent.iterdir() if path.name.startswith("tmp")]


def test_a_site_without_notebooks_or_built_from_other_sources_is_refused(tmp_path):
    with pytest.raises(LiteError, match="build the site first"):
        folder.convert_all(tmp_path, lambda path: [], origin="here")
    with pytest.raises(LiteError, match="built from other sources"):
        folder.recorded_cells(ROOT, tmp_path)


def test_outputs_are_those_of_the_page_as_it_is_now_also_after_an_edit_was_taken_back(tmp_path):
    cache = get_cache(tmp_path / ".jupyter_cache" / execution_digest(tmp_path))
    pages = {size: new_notebook(cells=[new_code_cell(f"size = {size}"), new_code_cell("size")]) for size in (3, 4)}
    for size, page in pages.items():
        executed = deepcopy(page)
        executed.cells[1].outputs = [new_output("execute_result", {"text/plain": str(size)}, execution_count=2)]
        bundle = CacheBundleIn(executed, str(tmp_path / "book" / "page.md"), data={})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    recorded = folder.recorded_cells(tmp_path, tmp_path)
    (tmp_path / "jupyter_execute" / "book").mkdir(parents=True)
    for size in (3, 4, 3):
        nbformat.write(pages[size], tmp_path / "jupyter_execute" / "book" / "page.ipynb")
        assert recorded("book/page.ipynb")[1].outputs[0]["data"]["text/plain"] == str(size)
    assert recorded("book/gone.ipynb") == []


@pytest.mark.weekly
def test_settings_of_whoever_builds_add_nothing(tmp_path, monkeypatch):
    for name in ("own", "settings"):
        (tmp_path / name).mkdir()
    (tmp_path / "own" / "letter.txt").write_text("private", encoding="utf-8")
    config = {"LiteBuildConfig": {"contents": [str(tmp_path / "own")]}}
    (tmp_path / "settings" / "jupyter_lite_config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "settings"))
    site = copy_build(SITE, tmp_path)
    assert folder.bring_up_to_date(ROOT, site)
    assert not list(site.rglob("letter.txt"))
