"""Notebooks for the browser: which cells run there, what lies in the site, and a run of each in a real browser."""

import base64
import hashlib
import http.client
import json
import re
import shutil
import sys
import zipfile
from copy import deepcopy
from importlib import metadata
from urllib.parse import parse_qs, urljoin, urlsplit

import nbformat
import platformdirs
import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from lite_browser import cells_of, copy_build, fill, jupyterlab, run
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from serving import served

from booksite.execution import execution_digest
from booksite.lite import FOLDER, LiteError, convert, folder, modules, pyodide, wheels
from booksite.lite import cells as code
from booksite.notebooks.addresses import Place
from booksite.notebooks.cells import install_cell

CORE = ROOT / "node_modules" / "pyodide"
CHAPTERS = "book/arithmetic/"


# --- which cells run -------------------------------------------------------------------------------------------------


def verdicts(*sources):
    """What becomes of cells: True for one that runs, else what is kept of it."""
    return [verdict.runs or verdict.kept for verdict in code.judge(list(sources))]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["import numpy as np", "np.ones(3)"], [True, True]),
        (["import keras", "1 + 1"], ["", True]),
        (["import keras", "size = keras.ops.ones(1)", "print(size)", "size = 3", "print(size)"], [""] * 3 + [True] * 2),
        (["import keras\nx = 1\ny = 2\nz = keras.ops.ones(x)", "print(x)"], ["x = 1", True]),
        (["import keras\nx = 1\ny = x + 1\nprint(y)", "print(y)"], ["x = 1\ny = x + 1", True]),
        (["import keras\n\ndef f():\n    return keras.ops.ones(1)", "def g():\n    return f()", "g()"], ["", "", ""]),
        (["found = []", "import keras", "for n in 1, 2:\n    found.append(keras.a(n))", "found"], [True, "", "", ""]),
        (["found = {}", "import keras\nfound['a'] = keras.ops.ones(1)", "found"], [True, "", ""]),
        (["import numpy as np", "import keras\nnp.allclose(keras.ops.ones(1), 1)", "np.ones(3)"], [True, "", True]),
        (["import keras\nx = [1]\nx.append(2)", "x"], ["x = [1]\nx.append(2)", True]),
        (["if flag:\n    import keras\n    x = keras.ops.ones(1)\nelse:\n    x = 2", "x"], ["", ""]),
        (["%matplotlib inline", "%pip install -q keras", "1 +"], [True, True, True]),
        (["from cnnbook import training", "training"], ["", ""]),
        (["from cnnbook.checkers import check_count_parameters as check", "check(len)"], [True, ""]),
        (["from cnnbook import checkers as c", "c.check_count_parameters(f)", "c.check_max_pool(f)"], [True, "", True]),
        (["import subprocess", "subprocess.run(['ls'])"], ["", ""]),
        (["import tkinter", "1"], ["", True]),
        (["import cnnbook.checkers as c", "c.check_count_parameters(f)", "c.check_max_pool(f)"], [True, "", True]),
        (["import cnnbook.handin.table"], [""]),  # its package needs more than itself
        (["import keras", "print('%d'\n      % keras.a())", "2"], ["", "", True]),
    ],
)  # fmt: skip
def test_a_cell_runs_unless_it_needs_what_a_browser_lacks(sources, expected):
    assert verdicts(*sources) == expected


def test_what_is_missing_is_named():
    found = code.judge(["import keras", "import torch", "both = keras, torch", "both", "1"])
    assert [sorted(one.missing) for one in found] == [["keras"], ["torch"], ["keras", "torch"], ["keras", "torch"], []]


def test_pages_of_which_little_runs_stay_out():
    assert code.runs(["1", "2", "import keras", "keras"])
    assert not code.runs(["1", "import keras", "keras"])
    assert not code.runs([])


def test_looking_at_imports_imports_nothing():
    before = set(sys.modules)
    assert "keras" in modules.required(["from cnnbook.models import build"]) | modules.missing(
        "from cnnbook import training"
    )
    assert not {name for name in set(sys.modules) - before if name.startswith(("keras", "cnnbook.models"))}


# --- a notebook for the browser --------------------------------------------------------------------------------------

PICTURES = "https://github.com/ada/engine/raw/notebooks/"
NOTEBOOK = new_notebook(
    cells=[
        install_cell(Place("https://github.com/ada/engine", commit="c0ffee")),
        new_markdown_cell(
            f"![A *dog*]({PICTURES}book/assets/dog.png) ![far](https://example.org/a.png) "
            "[there](two.ipynb#place) and [not there](../c/three.ipynb) and [a site](https://example.org/x.ipynb)"
        ),
        new_code_cell("from cnnbook import plotting\nsize = 3"),
        new_code_cell("import keras\nside = 2\nlayer = keras.layers.ReLU()\nlayer.name"),
        new_code_cell("print(layer)"),
        new_code_cell("print(size, side)", metadata={"jupyter": {"source_hidden": True}}),
    ]
)
RECORDED = [
    new_code_cell("from cnnbook import plotting\nsize = 3"),
    new_code_cell(
        "import keras\nside = 2\nlayer = keras.layers.ReLU()\nlayer.name",
        outputs=[new_output("execute_result", {"text/plain": "'re_lu'"})],
    ),
    new_code_cell(
        "print(layer)",
        outputs=[
            new_output("stream", name="stderr", text="a warning\n"),
            new_output("stream", name="stdout", text="\x1b[31m<ReLU>\x1b[0m ```\n"),
            new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"}),
            new_output("error", ename="ValueError", evalue="too small"),
        ],
    ),
]


def converted(recorded=RECORDED):
    paths = ["book/a/one.ipynb", "book/a/two.ipynb"]
    return convert.for_browser(
        NOTEBOOK, recorded, paths[0], origin="far away (Pyodide)", paths=paths, pictures=PICTURES
    )


def test_a_notebook_for_the_browser():
    before = nbformat.writes(NOTEBOOK)
    made = converted()
    assert nbformat.writes(NOTEBOOK) == before
    nbformat.validate(made)
    note, install, text, runs, keras, kept, user, last = made.cells
    assert "far away (Pyodide)" in note.source
    assert "Keras cannot run here" in note.source
    assert install.source.splitlines()[1:] == ["%pip install -q --no-deps cnnbook", "%pip install -q matplotlib numpy"]
    assert install.metadata.cnnbook.role == "install"
    assert text.source == (
        "![A *dog*](../assets/dog.png) ![far](https://example.org/a.png) "
        "[there](two.ipynb#place) and not there and [a site](https://example.org/x.ipynb)"
    )
    assert (runs.source, last.source) == ("from cnnbook import plotting\nsize = 3", "print(size, side)")
    assert last.metadata.jupyter.source_hidden
    assert [keras.cell_type, kept.cell_type, user.cell_type] == ["markdown", "code", "markdown"]
    assert keras.source.startswith("```python\nimport keras\n")
    assert "needs Keras" in keras.source
    assert "```text\n're_lu'\n```" in keras.source
    assert kept.source.splitlines()[1:] == ["side = 2"]
    assert "````text\n<ReLU> ```\nValueError: too small\n````" in user.source
    assert "drew a figure" in user.source
    assert "a warning" not in user.source


def test_a_cell_that_puts_numbers_into_the_text_is_recognised():
    shown = "import keras\nx = keras.ops.ones(1)"
    page = new_code_cell("import keras\nfrom myst_nb import glue\nx = keras.ops.ones(1)\nglue('x', x)")
    page.outputs = [new_output("stream", name="stdout", text="one\n")]
    made = convert.for_browser(new_notebook(cells=[new_code_cell(shown)]), [page], "a.ipynb", origin="here")
    assert "```text\none\n```" in made.cells[-1].source


def test_an_output_that_was_not_recorded_stops_the_build():
    with pytest.raises(LiteError, match=r"no output of a cell of book/a/one.ipynb, 'print\(layer\)'"):
        converted(RECORDED[:2])


def test_a_notebook_without_missing_modules_says_nothing_of_them():
    made = convert.for_browser(new_notebook(cells=[new_code_cell("1")]), [], "a.ipynb", origin="here")
    assert "cannot run" not in made.cells[0].source
    assert [cell.source.count("%pip") for cell in made.cells[1:]] == [1, 0]


# --- wheels ----------------------------------------------------------------------------------------------------------


def test_a_wheel_of_an_installed_package_is_whole(tmp_path):
    path = wheels.pack_installed("comm", tmp_path)
    assert path.name == f"comm-{metadata.version('comm')}-py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        record = next(name for name in names if name.endswith("/RECORD"))
        listed = [line.split(",") for line in archive.read(record).decode().splitlines()]
        assert sorted(name for name, _, _ in listed) == sorted(names)
        for name, digest, size in listed:
            if name != record:
                content = archive.read(name)
                found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                assert (f"sha256={found}", str(len(content))) == (digest, size)
    assert "comm/__init__.py" in names
    assert not [name for name in names if name.endswith((".pyc", "INSTALLER", "direct_url.json"))]
    again = wheels.pack_installed("comm", tmp_path / ".." / tmp_path.name).read_bytes()
    assert again == path.read_bytes()


@pytest.mark.parametrize(("name", "words"), [("numpy", "only pure Python"), ("no-such-package", "not installed")])
def test_what_cannot_be_a_wheel_for_the_browser(name, words, tmp_path):
    with pytest.raises(LiteError, match=words):
        wheels.pack_installed(name, tmp_path)


def test_no_wheel_outside_a_clone(tmp_path):
    with pytest.raises(LiteError, match="root of a clone"):
        wheels.build_own(tmp_path, tmp_path)


# --- a copy of Pyodide -----------------------------------------------------------------------------------------------


def tiny_pyodide(where, version=pyodide.VERSION):
    """A core with a list of packages, and a folder with their files."""
    core, packages = where / "core", where / "packages"
    for folder_ in (core, packages):
        folder_.mkdir()
    for name in pyodide.CORE:
        (core / name).write_text(name)
    entries = {}
    needs = {name: [] for name in pyodide.FOR_KERNEL} | {"numpy": ["open_blas"], "open-blas": [], "other": []}
    for name, depends in needs.items():
        file = f"{name}.whl"
        (packages / file).write_text(name)
        digest = hashlib.sha256(name.encode()).hexdigest()
        entries[name] = {"file_name": file, "sha256": digest, "depends": depends}
    (core / pyodide.LOCK).write_text(json.dumps({"info": {"version": version}, "packages": entries}))
    return core, packages


def test_pyodide_is_copied_with_what_notebooks_need(tmp_path):
    core, packages = tiny_pyodide(tmp_path)
    names = pyodide.vendor(tmp_path / "out", core, ["numpy"], source=packages)
    assert names == sorted([*pyodide.FOR_KERNEL, "numpy", "open-blas"])
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there == {*pyodide.CORE, pyodide.LOCK, *(f"{name}.whl" for name in names)}
    assert sorted(json.loads((tmp_path / "out" / pyodide.LOCK).read_text())["packages"]) == names


def test_pyodide_from_an_address_is_kept(tmp_path):
    core, packages = tiny_pyodide(tmp_path)
    with served(packages) as address:
        pyodide.vendor(tmp_path / "one", core, ["numpy"], source=address, cache=tmp_path / "cache")
    # The server is gone.
    pyodide.vendor(tmp_path / "two", core, ["numpy"], source=address, cache=tmp_path / "cache")
    assert (tmp_path / "two" / "numpy.whl").read_text() == "numpy"
    (tmp_path / "cache" / "numpy.whl").write_text("damaged")
    with pytest.raises(LiteError, match=r"numpy.whl cannot be had .*: let CNNBOOK_PYODIDE name a folder"):
        pyodide.vendor(tmp_path / "three", core, ["numpy"], source=address, cache=tmp_path / "cache")


def test_a_download_that_breaks_off_is_a_sentence(tmp_path, monkeypatch):
    def broken(*arguments, **options):
        raise http.client.IncompleteRead(b"")

    core, _ = tiny_pyodide(tmp_path)
    monkeypatch.setattr(pyodide.urllib.request, "urlopen", broken)
    with pytest.raises(LiteError, match=r"https://example\.org/full/.* cannot be had"):
        pyodide.vendor(tmp_path / "out", core, [], source="https://example.org/full", cache=tmp_path / "cache")


def test_another_file_than_pyodides_is_refused(tmp_path):
    core, packages = tiny_pyodide(tmp_path)
    (packages / "numpy.whl").write_text("another")
    with pytest.raises(LiteError, match=r"numpy.whl of .* has the SHA-256 .*, and Pyodide .* names"):
        pyodide.vendor(tmp_path / "out", core, ["numpy"], source=packages)


@pytest.mark.parametrize(
    ("package", "gone", "words"),
    [("keras", "", "no package keras"), ("numpy", "numpy.whl", "has no numpy.whl"), ("numpy", "core", "npm ci")],
)
def test_what_is_not_there_is_named(package, gone, words, tmp_path):
    core, packages = tiny_pyodide(tmp_path)
    if gone == "core":
        core = tmp_path / "nothing"
    elif gone:
        (packages / gone).unlink()
    with pytest.raises(LiteError, match=words):
        pyodide.vendor(tmp_path / "out", core, [package], source=packages)


def test_another_version_of_pyodide_is_refused(tmp_path):
    core, packages = tiny_pyodide(tmp_path, version="0.1.0")
    with pytest.raises(LiteError, match=rf"holds Pyodide 0.1.0, and the notebooks need {pyodide.VERSION}"):
        pyodide.vendor(tmp_path / "out", core, [], source=packages)


def test_the_pinned_pyodide_is_the_one_that_notebooks_ask_for():
    pins = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert pins["dependencies"]["pyodide"] == pyodide.VERSION
    assert pyodide.CDN in (ROOT / "README.md").read_text(encoding="utf-8")


# --- the folder in the site ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lite():
    """The folder in the built site, and the notebooks in it."""
    made = SITE / FOLDER
    return made, sorted(path for path in listed(made) if path.endswith(".ipynb"))


@pytest.fixture(scope="module")
def vendored(tmp_path_factory):
    """The same with Pyodide inside; its packages are kept in the user's cache."""
    cache = platformdirs.user_cache_path("cnnbook") / f"pyodide-{pyodide.VERSION}"
    fill(cache, CORE, ["matplotlib", "numpy"])
    site = copy_build(SITE, tmp_path_factory.mktemp("vendored"))
    paths = folder.bring_up_to_date(ROOT, site, vendored_from=str(cache))
    return site / FOLDER, paths


def settings(made):
    content = json.loads((made / "jupyter-lite.json").read_text(encoding="utf-8"))
    return content["jupyter-config-data"]["litePluginSettings"][f"{folder.KERNEL}:kernel"]


def listed(made, stem=""):
    """Paths of all files that the lists of JupyterLite name, from a folder on."""
    for entry in json.loads((made / "api" / "contents" / stem / "all.json").read_text(encoding="utf-8"))["content"]:
        if entry["type"] == "directory":
            yield from listed(made, entry["path"])
        else:
            yield entry["path"]


def test_notebooks_wheels_and_index_lie_in_the_site(lite):
    made, paths = lite
    chapters = {page.removesuffix(".html") for page in built_pages() if page.startswith(CHAPTERS)}
    assert {f"{name}.ipynb" for name in chapters} <= set(paths)
    assert set(listed(made)) == {path.relative_to(made / "files").as_posix() for path in (made / "files").rglob("*.*")}
    for path in paths:
        notebook = nbformat.read(made / "files" / path, as_version=4)
        nbformat.validate(notebook)
        verdict = code.judge([cell.source for cell in notebook.cells if cell.cell_type == "code"])
        assert all(one.runs for one in verdict), path
    index = json.loads((made / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert set(index) == {"cnnbook", *wheels.FOR_KERNEL}
    for name, content in index.items():
        for release in content["releases"].values():
            wheel = made / "pypi" / release[0]["filename"]
            assert hashlib.sha256(wheel.read_bytes()).hexdigest() == release[0]["digests"]["sha256"], name


def test_only_pyodide_comes_from_elsewhere_and_the_folder_is_small(lite):
    made, _ = lite
    found = settings(made)
    assert found["pyodideUrl"] == f"{pyodide.CDN}pyodide.js"
    assert found["disablePyPIFallback"] is True
    assert found["pipliteUrls"][0].startswith("./pypi/all.json")
    assert not (made / "static" / "pyodide").exists()
    files = [path for path in made.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".map"]
    assert sum(path.stat().st_size for path in files) < 20e6


def test_pages_link_to_their_own_notebook_and_say_where_python_comes_from(lite):
    _, paths = lite
    linked = []
    for page in built_pages():
        line = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser").find(class_="launch")
        for link in line.find_all("a", string="JupyterLite") if line else []:
            address = urlsplit(urljoin(f"http://site/{page}", link["href"]))
            assert (SITE / address.path.removeprefix("/")).is_file()
            assert parse_qs(address.query) == {"path": [page.replace(".html", ".ipynb")]}
            assert urlsplit(pyodide.CDN).netloc in line.find(class_="launch-note").get_text()
            linked += parse_qs(address.query)["path"]
    assert sorted(linked) == paths


def test_its_pages_name_their_language_and_what_they_are_and_lead_to_pages_that_are_there(lite):
    made, _ = lite
    pages = sorted(path.relative_to(made).as_posix() for path in made.rglob("index.html"))
    assert pages == ["index.html", "notebooks/index.html", "tree/index.html"]
    for page in pages:
        soup = BeautifulSoup((made / page).read_text(encoding="utf-8"), "html.parser")
        assert soup.html["lang"] == "en"
        assert "JupyterLite" in soup.find("meta", {"name": "description"})["content"]


def test_opened_from_disk_it_says_that_it_needs_a_server(lite, browser):
    made, paths = lite
    tab = browser.new_page()
    tab.goto(f"{(made / 'notebooks' / 'index.html').as_uri()}?path={paths[0]}")
    assert tab.locator("h1").inner_text() == "JupyterLite needs a web server"
    assert "make serve" in tab.locator("main").inner_text()
    tab.close()


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_it_opens_without_a_network_as_far_as_pyodide(lite, browser):
    made, paths = lite
    path = next(path for path in paths if path.startswith(CHAPTERS))
    with served(made.parent) as address, jupyterlab(browser, address) as (open_notebook, asked):
        tab = open_notebook(path)
        shown = [(cell["cell_type"], cell["source"]) for cell in cells_of(tab)]
        notebook = nbformat.read(made / "files" / path, as_version=4)
        assert shown == [(cell.cell_type, cell.source) for cell in notebook.cells]
        with tab.expect_event("requestfailed", lambda request: request.url.startswith(pyodide.CDN), timeout=60_000):
            pass
        wheel = next((made / "pypi").glob("cnnbook-*.whl"))
        for inside in ("pypi/all.json", f"pypi/{wheel.name}", "api/contents/all.json", f"files/{path}"):
            assert tab.request.get(f"{address}lite/{inside}").body() == (made / inside).read_bytes()
    elsewhere = {url for url in asked if not url.startswith((address, "blob:", "data:"))}
    assert elsewhere
    assert all(url.startswith(pyodide.CDN) for url in elsewhere), elsewhere


@pytest.mark.slow
@pytest.mark.xdist_group("lite")
def test_a_chapter_runs_to_its_end_in_the_browser(vendored, browser):
    made, paths = vendored
    assert run_all(browser, made, [path for path in paths if path.startswith(CHAPTERS)][:1])


@pytest.mark.weekly
@pytest.mark.xdist_group("lite")
def test_every_notebook_runs_to_its_end_in_the_browser(vendored, browser):
    made, paths = vendored
    assert run_all(browser, made, paths) > len(paths)


def run_all(browser, made, paths):
    """Run notebooks in a browser without a network; how many cells printed what those of the book's chapters print."""
    recorded = folder.recorded_cells(ROOT, SITE.parent)
    compared = 0
    with served(made.parent) as address, jupyterlab(browser, address) as (open_notebook, asked):
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
    assert not [url for url in asked if not url.startswith((address, "blob:", "data:"))]
    return compared


def printed(outputs):
    """What a cell printed or gave as text; what figures print of themselves has addresses in memory.

    The integers that NumPy takes by itself have 32 bits in a browser and 64 elsewhere, so it names the others.
    """
    text = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            text.append("".join(output["text"]))
        elif "text/plain" in output.get("data", {}) and not any("image" in kind for kind in output["data"]):
            text.append("".join(output["data"]["text/plain"]))
    return re.sub(r",\s+dtype=int(?:32|64)", "", "\n".join(text)).strip()


def test_a_folder_made_from_the_same_is_left_alone_and_a_build_that_fails_leaves_the_older_one(tmp_path, monkeypatch):
    site = copy_build(SITE, tmp_path)
    shutil.copytree(SITE / FOLDER, site / FOLDER)
    before = {path: path.read_bytes() for path in (site / FOLDER).rglob("*") if path.is_file()}
    assert folder.bring_up_to_date(ROOT, site) == []

    def refuse(*arguments, **options):
        raise LiteError("no")

    monkeypatch.setattr(folder, "write_contents", refuse)
    monkeypatch.setattr(folder, "_build_application", lambda *arguments, **options: None)
    assert folder.bring_up_to_date(ROOT, site) == []
    with pytest.raises(LiteError, match="no"):
        folder.bring_up_to_date(ROOT, site, vendored_from=str(tmp_path))
    assert {path: path.read_bytes() for path in (site / FOLDER).rglob("*") if path.is_file()} == before
    assert not [path.name for path in site.parent.iterdir() if path.name.startswith("tmp")]


def test_a_site_without_notebooks_is_refused(tmp_path):
    with pytest.raises(LiteError, match="build the site first"):
        folder.convert_all(tmp_path, lambda path: [], origin="here")


def test_a_site_built_from_other_sources_is_refused(tmp_path):
    with pytest.raises(LiteError, match="built from other sources"):
        folder.recorded_cells(ROOT, tmp_path)


def test_outputs_are_those_of_the_page_as_it_is_now_also_after_an_edit_was_taken_back(tmp_path):
    cache = get_cache(tmp_path / ".jupyter_cache" / execution_digest(tmp_path))
    pages = {size: new_notebook(cells=[new_code_cell(f"size = {size}"), new_code_cell("size")]) for size in (3, 4)}
    for size, page in pages.items():
        run_ = deepcopy(page)
        run_.cells[1].outputs = [new_output("execute_result", {"text/plain": str(size)}, execution_count=2)]
        bundle = CacheBundleIn(run_, str(tmp_path / "book" / "page.md"), data={})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    recorded = folder.recorded_cells(tmp_path, tmp_path)
    for size in (3, 4, 3):
        (tmp_path / "jupyter_execute" / "book").mkdir(parents=True, exist_ok=True)
        nbformat.write(pages[size], tmp_path / "jupyter_execute" / "book" / "page.ipynb")
        assert recorded("book/page.ipynb")[1].outputs[0]["data"]["text/plain"] == str(size)
    assert recorded("book/gone.ipynb") == []


@pytest.mark.weekly
def test_settings_of_whoever_builds_add_nothing(tmp_path, monkeypatch):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").write_text("private", encoding="utf-8")
    config = {"LiteBuildConfig": {"contents": [str(tmp_path / "own")]}}
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "jupyter_lite_config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "settings"))
    site = copy_build(SITE, tmp_path)
    assert folder.bring_up_to_date(ROOT, site)
    assert not list(site.rglob("letter.txt"))


def test_no_page_of_the_book_loads_anything_of_it():
    for page in built_pages():
        soup = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")
        asked = [
            tag.get(name, "") for tag in soup.find_all(True) if tag.name != "a" for name in ("src", "href", "data")
        ]
        inside = [urlsplit(urljoin(f"http://site/{page}", address)).path for address in asked if address]
        assert not [path for path in inside if path.startswith(f"/{FOLDER}/")], page
        assert not re.search(r"pyodide\.(?:js|mjs)", str(soup)), page
