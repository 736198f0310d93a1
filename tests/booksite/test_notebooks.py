"""The notebooks, their branch and the links to it: of a small book with every construct, then of the built book."""

import ast
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urljoin, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages, source_of
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from notebook_runs import bare_repository, execute_all, git, install, snapshot
from tiny_notebooks import EVERYTHING, build_book, write_book

from booksite import launch, notebooks
from booksite.notebooks import addresses, cells, command, publish
from booksite.notebooks.addresses import AddressError, Place, find_place
from booksite.notebooks.names import names_of
from booksite.notebooks.raw import raw_constructs
from booksite.notebooks.writer import Page, Writer

HERE = Place("https://github.com/Ada/engine", "https://ada.github.io/engine/", "c0ffee")
ACTIONS = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "Ada/engine", "GITHUB_SHA": "c0ffee"}
MOST_MEMORY = 1.8e9  # of the 2 GB that Binder gives, the server needs some


def markdown(notebook):
    return "\n\n".join(cell["source"] for cell in notebook.cells if cell["cell_type"] == "markdown")


def code(notebook):
    return [cell for cell in notebook.cells if cell["cell_type"] == "code"]


def page_notebook(text):
    return [cell for cell in read_myst_markdown_notebook(text).cells if cell["cell_type"] == "code"]


# --- small rules -----------------------------------------------------------------------------------------------------


def test_the_address_comes_from_the_environment_before_the_settings(tmp_path):
    (tmp_path / "_config.yml").write_text("repository: {url: https://github.com/own/book.git/}\n", encoding="utf-8")
    assert find_place(tmp_path, {}) == Place("https://github.com/own/book", "https://own.github.io/book/", "")
    assert find_place(tmp_path, ACTIONS) == HERE
    other = find_place(tmp_path, {**ACTIONS, "CNNBOOK_REPOSITORY": "https://forge.example/x/y"})
    assert other == Place("https://forge.example/x/y", "", "c0ffee")
    assert other.on_github == ""  # Colab, Binder and Kaggle cannot open it
    assert other.on_branch("a.png") == ""  # where such a place keeps its files is not known
    (tmp_path / "_config.yml").write_text("html: {baseurl: https://book.example}\n", encoding="utf-8")
    assert find_place(tmp_path, ACTIONS).site == "https://book.example/"


def test_without_an_address_none_is_made_up(tmp_path):
    assert find_place(tmp_path, {}) == Place()
    assert [target.address for target in launch.targets("a.ipynb", Place(), local="up/a.ipynb")] == ["up/a.ipynb"]
    assert "http" not in cells.install_cell(Place())["source"]


def test_an_address_without_a_scheme_is_refused(tmp_path):
    with pytest.raises(AddressError, match="write it in full"):
        find_place(tmp_path, {"CNNBOOK_REPOSITORY": "ada/engine"})


@pytest.mark.parametrize(
    ("source", "needed", "certain"),
    [
        ("a = b", "b", "a"),
        ("def f(x):\n    return x + y", "y", "f"),
        ("if t:\n    a = 1\nelse:\n    b = a", "t a", ""),
        ("for i in xs:\n    print(i)", "xs print", ""),
        ("a = [x * k for x in xs]", "k xs", "a"),
        ("import numpy as np\nnp.sum(z)", "z", "np"),
        ("x += 1", "x", "x"),
        ("try:\n    a = 1\nexcept E as e:\n    print(e, a)", "E print a", ""),
        ("with open(p) as f:\n    t = f.read()", "open p", "f t"),
        ("f = lambda q, *r: q + r + s", "s", "f"),
        ("%time\nx = 1", "", "x"),
        ("print(y := 2)\ny", "print", "y"),
        ("if n := f():\n    print(n)", "f print", "n"),
        ("1 +", "", ""),
    ],
)
def test_names_that_code_needs_and_binds(source, needed, certain):
    found = names_of(source)
    assert found.needed == set(needed.split())
    assert found.certain == set(certain.split())


def test_a_left_out_cell_stays_where_a_later_cell_needs_it_also_through_another():
    sources = ["a = 1", "b = a", "c = 3", "print(b)", "d = 4"]
    left_out = [True, True, True, False, True]
    assert cells.needed_cells(list(zip(sources, left_out, strict=True))) == [True, True, False, True, False]
    assert cells.needed_cells([("a = 1", True), ("a = 2", False), ("print(a)", False)])[0] is False


def test_a_commit_is_that_of_the_folder_itself(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_text("1", encoding="utf-8")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "One")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert addresses.current_commit(tmp_path) == commit
    assert addresses.current_commit(tmp_path / "inner") == ""  # a copy without git, inside another repository
    assert find_place(tmp_path, ACTIONS).commit == commit  # what is checked out, not what started the workflow
    assert not addresses.is_edited(tmp_path)
    (tmp_path / "inner" / "file").write_text("2", encoding="utf-8")
    assert addresses.is_edited(tmp_path)


def test_a_line_that_begins_with_a_percent_sign_is_a_magic_only_where_python_cannot_read_it():
    assert names_of("print('%d'\n      % x)").needed == {"print", "x"}
    assert names_of("%timeit f(x)\ny = z").needed == {"z"}


def test_glue_is_taken_out_and_nothing_else():
    source = "from myst_nb import glue\nfor x in xs:\n    glue(x, 1)\nif t:\n    glue('y', 2)\n    y = 2\n"
    assert ast.dump(ast.parse(cells.without_glue(source))) == ast.dump(ast.parse("if t:\n    y = 2"))
    untouched = "x  =  1   # as it was\n"
    assert cells.without_glue(untouched) is untouched


def test_jupyterlite_is_a_target_only_where_the_site_has_it():
    without = launch.targets("a/b.ipynb", HERE, local="b.ipynb")
    targets = launch.targets("a/b.ipynb", HERE, local="b.ipynb", lite="../lite/", origin="far away")
    assert [target.name for target in targets] == ["Colab", "Binder", "Kaggle", "JupyterLite", "Notebook"]
    assert [target for target in targets if target.name != "JupyterLite"] == without
    assert targets[3].address == "../lite/notebooks/index.html?path=a%2Fb.ipynb"
    assert targets[3].note.endswith("loads Pyodide from far away.")


def test_a_node_that_the_notebooks_do_not_know_is_said(monkeypatch):
    class novelty(nodes.General, nodes.Element):
        pass

    said = []
    monkeypatch.setattr("booksite.notebooks.writer.logger.warning", lambda *words: said.append(words))
    page = Page("a", [], {}, {}, Place(), set())
    assert Writer(page).block(novelty("", nodes.paragraph("", "words"))) == ["words"]
    assert "novelty" in said[0]


# --- the small book --------------------------------------------------------------------------------------------------

small = pytest.mark.xdist_group("small-book-of-notebooks")


@pytest.fixture(scope="session")
def small_book(tmp_path_factory):
    """The small book, built for a repository that is not known; strict, so without any warning."""
    folder = tmp_path_factory.mktemp("small")
    write_book(folder)
    built = build_book(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="session")
def published_book(small_book, tmp_path_factory):
    """The same book, built once more from a repository that it was committed to and that is known."""
    folder = tmp_path_factory.mktemp("known") / "book"
    shutil.copytree(small_book, folder, symlinks=True)
    git(folder, "init", "--quiet")
    git(folder, "add", "book", "_config.yml", "_toc.yml")
    git(folder, "commit", "--quiet", "--message", "A small book")
    shutil.copytree(ROOT / ".binder", folder / ".binder")
    built = build_book(folder, CNNBOOK_REPOSITORY=HERE.repository)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def read(folder, name):
    return nbformat.read(folder / "_build/html/_notebooks" / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="session")
def everything(small_book):
    return read(small_book, "book/part/everything")


@small
def test_only_pages_with_code_become_notebooks(small_book):
    folder = small_book / "_build/html/_notebooks"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb")}
    assert names == {"book/start.ipynb", "book/part/everything.ipynb"}
    assert set(json.loads((folder / "notebooks.json").read_text("utf-8"))["notebooks"]) == names


@small
@pytest.mark.parametrize(
    "text",
    [
        "# Every *construct* of a page",
        "> **Before you start**\n>\n> **You need** [Start here](../start.ipynb) and the words; see A place with n",
        ">   with a second paragraph",
        r"snake_case, 5 * 3, $x_i$, \$5 and `code with {braces} inside`, a\* star, \<b, <sub>low</sub>,",
        "and [a file](../../files/table.csv).",
        "[a site](https://example.org/a_%28b%29)",
        "Measured: 2.5 ± 0.25 %.",
        "**Fig. 1** A figure that code makes, with $x$ and A place with n.",
        "As Fig. 1 and Fig. 2 show, (1) holds Turing [1][1].",
        "## References\n\n[1] Alan Turing",
        "$$\na = b + |c|\n\\tag{1}\n$$",
        "$$\n\\begin{aligned}\na &= 1 \\\\\nb &= 2\n\\end{aligned}\n$$",
        "$$\n\\begin{aligned}\nd &= 3\n\\end{aligned}\n\\tag{2}\n$$",
        "![A red square](../assets/still.png)\n\n**Fig. 2** A still picture.",
        "| left | right |\n| --- | ---: |\n| a \\| b | $\\vert x\\vert $ |\n| `c` | [Start here](../start.ipynb) |",
        "**Table 1** A caption\n\n| x | y |\n| --- | --- |\n| 1 | two |",
        "- **term**\n\n  its meaning",
        "- **name**\n\n  a field",
        "1. first\n2. second\n   - inner",
        "> quoted words",
        '```python\nprint("not run")\n```',
        "a note<sup>1</sup>.",
        "<sup>1</sup> The note *itself*.",
        "> **Note**\n>\n> A note.",
        "<details>\n<summary>Folded</summary>\n\nFolded words.\n\n</details>",
        "<details>\n<summary>A drop down</summary>\n\nDropped words.\n\n</details>",
        "**Tab one**\n\nFirst tab.\n\n**Tab two**\n\nSecond tab.",
        "> **Definition 1 (A thing)**\n>\n> It is $1$.",
        "*Here stands, on the book's own page, something that answers to clicks.*",
        "### Exercise 1: Try it\n\nWhat is `double(2)`? See [Start here](../start.ipynb).",
        "Solution</summary>\n\nFour, by (1):\n\n```python\ndouble(given)\n```\n\nas Exercise 1 asks.\n\n</details>",
        "**Question 1** · choose one\n\nWhich is *right*?\n\n- **A** This\n- **B** That $x$\n\n<details>",
        "- **A** is right:\n\n  Well done.\n\n- **B** is not right:\n\n  You took that: A place with n.",
        "*A whole number.* *Unit: parameters.*",
        "**896** parameters\n\nIt is 896.\n\n- If you have **864**:\n\n  You forgot the bias.",
        "- stride\n- padding\n\nChoose from:\n\n- ",
        "stride – **how far**\n\npadding – **what is added**\n\nDone.",
    ],
    ids=lambda text: text[:24],
)
def test_every_construct_becomes_markdown(everything, text):
    assert text in markdown(everything)


@small
def test_cards_become_paragraphs(small_book):
    text = markdown(read(small_book, "book/start"))
    assert "**[Every construct](part/everything.ipynb)**\n\nA card about *everything*.\n\n**No link**" in text
    assert "A paragraph in a box. [Go on](part/everything.ipynb)" in text


@small
def test_no_raw_construct_is_left_and_the_search_for_them_finds_the_page_full_of_them(small_book, everything):
    assert raw_constructs(everything) == []
    assert raw_constructs(read(small_book, "book/start")) == []
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(EVERYTHING)])
    assert len(raw_constructs(page)) > 60


@small
def test_code_is_that_of_the_page_byte_for_byte(everything):
    of_page = [cell["source"] for cell in page_notebook(EVERYTHING)]
    assert code(everything)[1]["source"] == of_page[0] == "def double(x):\n    return 2 * x    # four spaces, kept"
    shown = {cell["source"] for cell in code(everything)[1:]} - {"values = [double(1), 5]"}
    assert shown < set(of_page)


@small
def test_cells_are_collapsed_dropped_or_kept(everything):
    by_source = {cell["source"]: cell for cell in code(everything)}
    made, kept = by_source["values = [double(1), 5]"], next(one for one in by_source if "Image.new" in one)
    for cell in (made, by_source[kept]):
        assert cell["metadata"] == {"jupyter": {"source_hidden": True}, "cellView": "form"}
    assert by_source["1 / 0"]["metadata"] == {"tags": ["raises-exception"], "jupyter": {"outputs_hidden": True}}
    order = list(by_source)
    assert order.index(made["source"]) < order.index(kept)
    assert not any("glue" in source or "spread" in source for source in by_source)
    assert "given = 2" in by_source  # in an exercise
    assert "double(given)" not in by_source  # in a solution


@small
def test_notebooks_are_clean_and_valid(everything):
    nbformat.validate(everything)
    assert everything.metadata.kernelspec.name == "python3"
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code(everything))
    assert all(cell["source"] == cell["source"].strip() and cell["source"] for cell in everything.cells)


@small
def test_pictures_lie_beside_the_notebooks(small_book):
    folder = small_book / "_build/html/_notebooks"
    assert (folder / "book/assets/still.png").read_bytes() == (small_book / "book/assets/still.png").read_bytes()
    assert (folder / "files/table.csv").read_bytes() == (small_book / "book/assets/table.csv").read_bytes()


@small
def test_a_page_offers_its_own_notebook_where_no_repository_is_known(small_book):
    html = (small_book / "_build/html/book/part/everything.html").read_text("utf-8")
    line = BeautifulSoup(html, "html.parser").select_one("h1 + nav.launch")
    assert [link["href"] for link in line.find_all("a")] == ["../../_notebooks/book/part/everything.ipynb"]
    assert "launch.css" in html
    words = (small_book / "_build/html/book/words.html").read_text("utf-8")
    assert "launch" not in words


def file_on_branch(address):
    """The path on the branch that a launch or download link leads to, read as the service behind it reads it."""
    parts = urlsplit(address)
    if parts.netloc == "kaggle.com":
        assert parts.path == "/kernels/welcome"
        return file_on_branch(parse_qs(parts.query)["src"][0])
    if parts.netloc == "mybinder.org":
        assert parts.path.endswith(f"/v2/gh/Ada/engine/{addresses.BRANCH}")
        return parse_qs(parts.query)["urlpath"][0].removeprefix("lab/tree/")
    found = re.fullmatch(r"(?:/github)?/Ada/engine/(?:blob|raw)/notebooks/(.+)", parts.path)
    assert found, f"no link to the branch: {address}"
    assert parts.netloc == ("colab.research.google.com" if parts.path.startswith("/github/") else "github.com")
    return unquote(found[1])


def launch_links(page):
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return [link["href"] for link in soup.select("nav.launch a")]


@small
def test_every_link_of_the_small_book_leads_to_a_file_of_its_branch(published_book, tmp_path):
    before = git(published_book, "status", "--porcelain"), git(published_book, "symbolic-ref", "HEAD")
    site = published_book / "_build/html"
    bare = bare_repository(tmp_path / "bare")
    made = publish.publish(site, published_book, str(bare))
    assert publish.publish(site, published_book, str(bare)) == made  # the same notebooks, the same commit
    assert (git(published_book, "status", "--porcelain"), git(published_book, "symbolic-ref", "HEAD")) == before
    assert git(bare, "rev-list", "--count", "notebooks") == "1"
    git(tmp_path, "clone", "--quiet", "--branch", "notebooks", str(bare), "checkout")
    checkout = tmp_path / "checkout"
    for name in ("book/start", "book/part/everything"):
        *launches, local = launch_links(site / f"{name}.html")
        assert len(launches) == 3
        for link in launches:
            assert file_on_branch(link) == f"{name}.ipynb"
            assert (checkout / file_on_branch(link)).is_file()
        own = (site / urljoin(f"{name}.html", local)).read_bytes()
        assert own == (checkout / f"{name}.ipynb").read_bytes()  # what a reader takes along is what lies on the branch
    commit = git(published_book, "rev-parse", "HEAD")
    requirement = f"cnnbook @ git+https://github.com/Ada/engine@{commit}"
    assert (checkout / ".binder/requirements.txt").read_text("utf-8").splitlines()[-1] == requirement
    assert os.access(checkout / ".binder/postBuild", os.X_OK)
    text = (checkout / "README.md").read_text("utf-8")
    assert "(book/start.ipynb)" in text
    assert commit[:10] in text
    for path in checkout.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert f'%pip install -q "{requirement}"' in notebook.cells[0]["source"]
        for target in re.findall(r"\]\((https://github.com/Ada/engine/raw/[^)]+)\)", markdown(notebook)):
            assert (checkout / file_on_branch(target)).is_file()


@small
def test_links_into_the_site_lead_to_its_pages_and_places(published_book):
    assert len(assert_links_exist(published_book / "_build/html", HERE.site)) > 12


def assert_links_exist(site, address):
    """Follow every link from a notebook into the site, and from one notebook to another; gives them."""
    followed, ids = [], {}
    folder = site / "_notebooks"
    for path in sorted(folder.rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        here = path.relative_to(folder).as_posix()
        for target in re.findall(r"\]\(([^)\s]+)\)", markdown(notebook)):
            plain, anchor = urldefrag(target)
            if address and plain.startswith(address):
                file = site / unquote(plain.removeprefix(address))
            elif urlsplit(plain).scheme:
                continue
            else:
                file = folder / urljoin(here, unquote(plain))
            assert file.is_file(), f"{here} links to {target}"
            if anchor:
                ids.setdefault(
                    file, {tag["id"] for tag in BeautifulSoup(file.read_text("utf-8"), "html.parser")(id=True)}
                )
                assert anchor in ids[file], f"{here} links to {target}"
            followed.append(target)
    return followed


@small
@pytest.mark.slow
def test_a_missing_notebook_is_written_again_and_one_without_a_page_is_removed(small_book, tmp_path):
    folder = tmp_path / "book"
    shutil.copytree(small_book, folder, symlinks=True)
    assert build_book(folder).returncode == 0  # in another place Sphinx reads all pages again
    lost, gone = (folder / f"_build/html/_notebooks/book/{name}.ipynb" for name in ("start", "part/everything"))
    lost.unlink()
    (folder / "book/part/everything.md").write_text("(everything)=\n# Words\n\n(place)=\n## Place\n", encoding="utf-8")
    built = build_book(folder)
    assert lost.is_file(), built.stdout
    assert "part/everything.ipynb" not in lost.read_text("utf-8")  # nothing links to what is gone
    assert not gone.exists()


@small
def test_a_new_commit_changes_the_first_cells_alone(small_book, tmp_path):
    shutil.copytree(small_book / "_build/html/_notebooks", tmp_path / "notebooks")
    notebooks.stamp(tmp_path / "notebooks", HERE)
    for name in ("book/start.ipynb", "book/part/everything.ipynb"):
        before = nbformat.read(small_book / "_build/html/_notebooks" / name, as_version=4)
        after = nbformat.read(tmp_path / "notebooks" / name, as_version=4)
        assert '%pip install -q "cnnbook @ git+https://github.com/Ada/engine@c0ffee"' in after.cells[0]["source"]
        assert after.cells[1:] == before.cells[1:]


@small
def test_publishing_is_refused_where_the_notebooks_could_not_install_the_module(small_book, tmp_path):
    with pytest.raises(publish.PublishError, match="set `repository: url:`"):
        publish.publish(small_book / "_build/html", ROOT, str(tmp_path))
    with pytest.raises(publish.PublishError, match="make book"):
        publish.publish(tmp_path, ROOT, str(tmp_path))
    assert publish.main(["--remote", str(tmp_path), "--root", str(tmp_path)]) == 1


@small
def test_the_command_copies_notebooks_and_says_why_it_builds(small_book, tmp_path, monkeypatch):
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "CNNBOOK_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "book"
    shutil.copytree(small_book, folder, symlinks=True)
    (folder / "code").unlink()  # others may be at work on the module while this test runs
    assert command.stale(folder) == ""
    monkeypatch.setenv("GITHUB_SHA", "decade")
    assert "commit was not known and is now decade" in command.stale(folder)
    monkeypatch.delenv("GITHUB_SHA")
    later = time.time() + 5
    os.utime(folder / "book/start.md", (later, later))
    assert command.stale(folder) == "book/start.md has changed since"
    copied = command.copy_notebooks(folder, tmp_path / "out")
    assert {path.relative_to(tmp_path / "out").as_posix() for path in copied} == {
        "book/start.ipynb",
        "book/part/everything.ipynb",
    }
    assert all(path.is_file() for path in copied)
    assert (tmp_path / "out/book/assets/still.png").is_file()
    assert not (tmp_path / "out/notebooks.json").exists()
    with pytest.raises(command.NotebooksError, match="no book"):
        command.stale(tmp_path)


@pytest.mark.slow
def test_the_first_cell_installs_the_module_and_then_does_nothing(tmp_path):
    """In an environment that has everything but the module, without an index: all comes from the repository."""
    (tmp_path / "source").mkdir()
    place = snapshot(tmp_path / "source")
    pins = ["-c", ROOT / "requirements.txt"]
    python = install(tmp_path / "environment", "pip", "setuptools", "ipykernel", "nbclient", "numpy", *pins)
    script = "\n".join(
        [
            "import sys",
            "from IPython.core.interactiveshell import InteractiveShell",
            "shell = InteractiveShell.instance()",
            "for turn in range(2):",
            "    done = shell.run_cell(sys.argv[1])",
            "    done.raise_error()",
            "    import importlib; importlib.invalidate_caches()",
            "    print('ran', turn)",
            "import cnnbook.shapes; print(cnnbook.shapes.output_size(7, 3))",
        ]
    )
    source = cells.install_cell(place)["source"]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_VERBOSE": "1",
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    done = subprocess.run(
        [python, "-c", script, source.replace("pip install -q", "pip install")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("ran 0")
    assert "Successfully installed cnnbook" in first
    assert "installed" not in second
    assert second.rstrip().endswith("5")


# --- Binder ----------------------------------------------------------------------------------------------------------


def test_binder_gets_tensorflow_for_the_cpu_and_nothing_that_builds_the_book():
    lines = (ROOT / ".binder/requirements.txt").read_text("utf-8").splitlines()
    names = {re.match(r"[\w-]+", line)[0] for line in lines if not line.startswith("#")}
    assert names == {"tensorflow-cpu", "jupyterlab", "ipykernel"}
    assert (ROOT / ".binder/runtime.txt").read_text("utf-8").strip() in {f"python-3.{minor}" for minor in (11, 12, 13)}
    assert os.access(ROOT / ".binder/postBuild", os.X_OK)


# --- the built book --------------------------------------------------------------------------------------------------

book = pytest.mark.xdist_group("notebooks-of-the-book")
MANIFEST = SITE / "_notebooks/notebooks.json"


def book_names():
    """Names of the book's notebooks; without a built site one name that says so, whose tests fail."""
    if not MANIFEST.is_file():
        return ["the book is not built"]
    return sorted(json.loads(MANIFEST.read_text("utf-8"))["notebooks"])


def open_notebook(name):
    assert MANIFEST.is_file(), f"There is no {MANIFEST}: build the book, with `make book`."
    return nbformat.read(SITE / "_notebooks" / name, as_version=4)


def test_every_executable_page_of_the_book_has_a_notebook():
    with_code = {
        f"{Path(page).with_suffix('')}.ipynb"
        for page in built_pages()
        if source_of(page).is_file() and page_notebook(source_of(page).read_text("utf-8"))
    }
    assert MANIFEST.is_file(), f"There is no {MANIFEST}: build the book, with `make book`."
    assert len(with_code) > 10
    assert set(book_names()) == with_code


@pytest.mark.parametrize("name", book_names())
def test_notebook_is_valid_and_nothing_raw_is_left(name):
    notebook = open_notebook(name)
    nbformat.validate(notebook)
    assert raw_constructs(notebook) == []
    assert notebook.cells[0]["metadata"]["cnnbook"] == {"role": "install"}
    assert all(cell["source"].strip() for cell in notebook.cells)


@pytest.mark.parametrize("name", book_names())
def test_notebook_has_the_code_that_the_page_shows(name):
    notebook = open_notebook(name)
    text = (ROOT / name).with_suffix(".md").read_text("utf-8")
    solutions = re.findall(r"```\{solution-start\}.*?\{solution-end\}\n```", text, re.DOTALL)
    in_solutions = [cell for solution in solutions for cell in page_notebook(solution)]
    folded = {cell["source"] for cell in in_solutions if not cells.has_tag(cell, cells.REMOVED)}
    shown = [cell["source"] for cell in page_notebook(text) if not cells.has_tag(cell, cells.REMOVED)]
    sources = [cell["source"] for cell in code(notebook)]
    assert [source for source in shown if source not in folded and source not in sources] == []
    assert all(source in markdown(notebook) for source in folded)


def test_links_from_the_notebooks_of_the_book_lead_somewhere():
    assert MANIFEST.is_file(), f"There is no {MANIFEST}: build the book, with `make book`."
    site = json.loads(MANIFEST.read_text("utf-8"))["site"]
    assert len(assert_links_exist(SITE, site)) > 50


@pytest.fixture(scope="session")
def branch(tmp_path_factory):
    """A checkout of the branch, published to a bare repository; the module comes from a repository on this machine."""
    folder = tmp_path_factory.mktemp("branch")
    (folder / "source").mkdir()
    place = snapshot(folder / "source")
    bare = bare_repository(folder / "bare")
    publish.publish(SITE, ROOT, str(bare), place=place)
    git(folder, "clone", "--quiet", "--branch", "notebooks", str(bare), "checkout")
    return folder / "checkout"


@book
def test_every_launch_and_download_link_of_the_book_leads_to_a_file(branch):
    pages = [f"{Path(name).with_suffix('')}.html" for name in book_names()]
    for page in pages:
        links = launch_links(SITE / page)
        assert links, f"{page} has no line of links"
        for link in links:
            if not urlsplit(link).scheme:
                local = SITE / urljoin(page, unquote(link))
                assert Path(urlsplit(local.as_posix()).path).is_file(), f"{page} links to {link}"
        # The links of a build that knows its repository, whether or not this one does.
        for target in launch.targets(f"{Path(page).with_suffix('')}.ipynb", HERE, local="")[:-1]:
            assert (branch / file_on_branch(target.address)).is_file()


@pytest.fixture(scope="session")
def runs(branch, tmp_path_factory):
    """Every notebook of the branch, run two at a time in an environment made as Binder makes it."""
    folder = tmp_path_factory.mktemp("runs")
    pins = ("-c", ROOT / "requirements.txt")
    python = install(folder / "environment", "--compile-bytecode", "-r", branch / ".binder/requirements.txt", *pins)
    return execute_all(python, branch, book_names(), folder / "home")


@book
@pytest.mark.weekly
@pytest.mark.parametrize("name", book_names())
def test_notebook_runs_from_the_branch_alone_and_fits_into_binder(runs, name):
    assert runs[name]["error"] is None
    assert 1e7 < runs[name]["peak"] < MOST_MEMORY
