"""The notebooks, their branch and the links to it: of a small book with every construct, then of the built book."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages, source_of
from docutils import nodes
from IPython.core.interactiveshell import InteractiveShell
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.errors import ConfigError

import booksite.__main__
from booksite import launch, notebooks
from booksite.lite import wheels
from booksite.notebooks import addresses, code_cells, publish
from booksite.notebooks.addresses import Place, find_place
from booksite.notebooks.names import names_of
from booksite.notebooks.page_context import PageContext
from booksite.notebooks.page_markup import page_markup
from booksite.notebooks.writer import Writer
from cnnbook import CnnBookError

HERE = Place("https://github.com/Ada/engine", "https://ada.github.io/engine/", "c0ffee")
ACTIONS = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "Ada/engine", "GITHUB_SHA": "c0ffee"}
SMALL_BOOK = Path(__file__).with_name("small_book")
EVERYTHING = (SMALL_BOOK / "everything.md").read_text("utf-8")
RUNNER = ROOT / ".github" / "scripts" / "run_notebooks.py"
MOST_MEMORY = 1.8e9  # of the 2 GB that Binder gives, the server needs some


def markdown(notebook):
    return "\n\n".join(cell["source"] for cell in notebook.cells if cell["cell_type"] == "markdown")


def code(notebook):
    return [cell for cell in notebook.cells if cell["cell_type"] == "code"]


def page_cells(text):
    return [cell for cell in read_myst_markdown_notebook(text).cells if cell["cell_type"] == "code"]


def git(folder, *arguments):
    """Run git, with a name for commits, and give what it prints."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def commit_all(folder, *names):
    """Make a repository of a folder, with one commit of all files or of some; gives its hash."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--force", *(names or ["--all"]))
    git(folder, "commit", "--quiet", "--message", "All")
    return git(folder, "rev-parse", "HEAD")


# --- small rules -----------------------------------------------------------------------------------------------------


OWN = "repository: {url: https://github.com/own/book.git/}"
FORGE = Place("https://forge.example/x/y", "", "c0ffee")


@pytest.mark.parametrize(
    ("config", "environment", "place"),
    [
        ("", {}, Place()),
        ("", ACTIONS, HERE),
        (OWN, {}, Place("https://github.com/own/book", "https://own.github.io/book/")),
        (OWN, ACTIONS, HERE),
        ("html: {baseurl: https://book.example}", ACTIONS, replace(HERE, site="https://book.example/")),
        (OWN, {**ACTIONS, "CNNBOOK_REPOSITORY": FORGE.repository}, FORGE),
    ],
)
def test_addresses_come_from_the_environment_before_the_settings(config, environment, place, tmp_path):
    (tmp_path / "_config.yml").write_text(config, encoding="utf-8")
    assert find_place(tmp_path, environment) == place


@pytest.mark.parametrize("place", [Place(), FORGE])
def test_no_link_is_made_to_what_is_not_known_to_be_there(place):
    assert place.on_github == place.page("a") == ""
    assert [target.address for target in launch.targets("a.ipynb", place, local="up/a.ipynb")] == ["up/a.ipynb"]
    assert ("git+" in code_cells.install_cell(place)["source"]) == bool(place.requirement)


OWN_BOOK, ON_GITLAB = "https://github.com/own/book", "https://gitlab.com/group/part/book"


@pytest.mark.parametrize(
    ("copied", "address"),
    [
        *[
            (copied, OWN_BOOK)
            for copied in (
                *[
                    f"{OWN_BOOK}{end}"
                    for end in ("", "/", ".git", ".git/", "/tree/main", "/blob/main/README.md", "/issues")
                ],
                *[
                    f"{OWN_BOOK}{end}"
                    for end in ("?tab=readme-ov-file", "#readme", "/tree/main/?x#y", "//", "  ", "\n")
                ],
                *[
                    f"{start}/own/book"
                    for start in ("https://GitHub.com", "https://www.github.com", "http://github.com")
                ],
                *[f"{start}/own/book" for start in ("https://me@github.com", "https://me:pass@github.com:443")],
                *[
                    f"{start}/own/book.git"
                    for start in ("ssh://git@github.com", "git://github.com", "git+https://github.com")
                ],
                *[
                    f"https://{start}/own/book{end}"
                    for start in (
                        *("colab.research.google.com/github", "mybinder.org/v2/gh", "nbviewer.org/github"),
                        *("github.dev", "github1s.com", "vscode.dev/github", "codespaces.new", "github.com."),
                    )
                    for end in ("", "/blob/main/a.ipynb")
                ],
                *[f"{OWN_BOOK}.wiki.git", "ssh://git@ssh.github.com:443/own/book.git"],
                *[f"{start}:own/book.git" for start in ("git@github.com", "github.com", "git@GitHub.com")],
            )
        ],
        *[
            (copied, ON_GITLAB)
            for copied in (
                f"{ON_GITLAB}.git",
                f"{ON_GITLAB}/-/tree/main?ref_type=heads",
                "git@gitlab.com:group/part/book.git",
            )
        ],
        *[
            (f"https://git.school.example/own/book/{page}", "https://git.school.example/own/book")
            for page in ("src/branch/main", "src/commit/c0ffee/a.md", "-/issues", "tree/main", "blob/main/a.md")
        ],
        ("https://gitlab.com/group/tree/book", "https://gitlab.com/group/tree/book"),
        ("https://[::1]/own/book", "https://[::1]/own/book"),
        ("https://codeberg.org/own/book/src/branch/main", "https://codeberg.org/own/book"),
        ("https://git.school.example:8443/own/book/", "https://git.school.example:8443/own/book"),
        ("ssh://git@git.school.example:2222/own/book", "https://git.school.example/own/book"),
        ("https://github.com/own/a.b-c_d", "https://github.com/own/a.b-c_d"),
        ("", ""),
    ],
)
def test_a_repositorys_address_is_taken_from_what_people_copy(copied, address):
    assert addresses.repository_address(copied) == address
    on_github = address.startswith("https://github.com/")
    assert Place(address).on_github == ("/".join(address.split("/")[3:]) if on_github else "")


@pytest.mark.parametrize(
    "copied",
    [
        *[
            "https://github.com",
            "https://github.com/own",
            "https://github.com/own/",
            "https://github.com/own?tab=repositories",
        ],
        *["https://github.com/orgs/own/repositories", "https://own.github.io/book", "https://gist.github.com/own/1a2b"],
        *[
            "https://raw.githubusercontent.com/own/book/main/README.md",
            "https://gitlab.com/own",
            "https://github.com/own/.git",
        ],
        *[
            "ada/engine",
            "github.com/own/book",
            "www.github.com/own/book",
            "https:///own/book",
            "https://github.com/own/my book",
        ],
        *[
            "C:\\book",
            "/home/own/book",
            "ftp://github.com/own/book",
            "https://[::1/own/book",
            "https://github.com:x/own/book",
        ],
        *[
            f"https://github.com/{name}/x"
            for name in (
                *("marketplace", "features", "explore", "pulls", "stars", "new", "codespaces", "issues", "enterprise"),
                "Topics",
            )
        ],
        *["https://gitlab.com/users/own", "https://git.school.example/explore/repos", f"{OWN_BOOK}."],
        *["https://github.com:8443/own/book", "https://huggingface.co/spaces/own/book"],
        *["https://colab.research.google.com/drive/1a2b", "https://mybinder.org/v2/gl/own%2Fbook/main"],
        *["git@github.com", "git@github.com:own", "https://github.com/own/..", "javascript:alert(1)"],
    ],
)
def test_an_address_that_names_no_repository_is_refused(copied, tmp_path):
    (tmp_path / "_config.yml").write_text(f"repository: {{url: {json.dumps(copied)}}}", encoding="utf-8")
    with pytest.raises(
        ConfigError, match=rf"The address of the repository is {re.escape(repr(copied))}.* such as https://"
    ):
        find_place(tmp_path, {})


@pytest.mark.parametrize(
    ("config", "place"),
    [
        (f"\ufeff{OWN}", Place(OWN_BOOK, "https://own.github.io/book/")),
        ("repository: git@github.com:own/book.git", Place(OWN_BOOK, "https://own.github.io/book/")),
        ("repository:\nhtml:", Place()),
        ("html: {baseurl: ' https://Book.example/a/index.html?x#y '}", Place(site="https://book.example/a/")),
        ("html: {baseurl: 'https://me:pw@Book.example:81/b'}", Place(site="https://book.example:81/b/")),
        *[
            (f"html: {{baseurl: '{bad}'}}", None)
            for bad in (
                *("book.example", "file:///a", "https://", "https://a b.org", "https://own.github.io/book/intro.html"),
                'https://x.org/"><script>alert(1)</script>',
            )
        ],
        *[(bad, None) for bad in ("repository: {url: 3}", "repository: [https://github.com/own/book]")],
    ],
)
def test_settings_are_read_as_people_write_them(config, place, tmp_path):
    (tmp_path / "_config.yml").write_text(config, encoding="utf-8")
    if place:
        assert find_place(tmp_path, {}) == place
    else:
        with pytest.raises(ConfigError, match=r"write it in full|expected (one that begins|an address|the folder)"):
            find_place(tmp_path, {})


def test_a_commit_is_that_of_the_folder_itself(tmp_path):
    (tmp_path / "inner").mkdir()
    for name in ("inner/file", "_config.yml"):
        (tmp_path / name).write_text("1: 2", encoding="utf-8")
    commit = commit_all(tmp_path)
    assert addresses.current_commit(tmp_path) == commit
    assert addresses.current_commit(tmp_path / "inner") == ""  # a copy without git, inside another repository
    assert find_place(tmp_path, ACTIONS).commit == commit  # what is checked out, not what started the workflow
    assert not addresses.is_edited(tmp_path)


@pytest.fixture
def clone(tmp_path):
    """A repository with a page, and another one beside it."""
    for name in ("other/file", "clone/page.md", "clone/.gitignore"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("_build/\n", encoding="utf-8")
    for name in ("other", "clone"):
        commit_all(tmp_path / name)
    (tmp_path / "clone/_build").mkdir()
    (tmp_path / "clone/_build/page.html").touch()
    (tmp_path / "clone/book").mkdir()
    return tmp_path / "clone"


@pytest.mark.parametrize(
    "hide",
    [
        ("status",),
        ("update-index", "--assume-unchanged", "page.md"),
        ("update-index", "--skip-worktree", "page.md"),
        ("config", "status.showUntrackedFiles", "no"),
        ("config", "core.checkStat", "minimal"),
        ("config", "core.fsmonitor", "true"),
    ],
    ids=lambda words: "-".join(words[:2]),
)
@pytest.mark.parametrize("name", ["page.md", "more.md", "book/more.md"])
def test_an_edit_is_seen_also_where_git_is_told_to_hide_it(clone, hide, name):
    git(clone, *hide)
    assert not addresses.is_edited(clone)
    before = (clone / "page.md").stat()
    (clone / name).write_text("_BUILD/\n", encoding="utf-8")  # as long as before
    os.utime(clone / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert addresses.is_edited(clone)


@pytest.mark.parametrize("place", [".git/info/attributes", "core.attributesFile"])
def test_a_filter_does_not_hide_an_edit(clone, place):
    (clone / ".git/info").mkdir(exist_ok=True)
    attributes = clone / ".git/info/attributes" if "info" in place else clone.parent / "attributes"
    attributes.write_text("*.md filter=hide\n", encoding="utf-8")
    git(clone, "config", "core.attributesFile", str(attributes))
    git(clone, "config", "filter.hide.clean", "git cat-file blob HEAD:%f")
    assert not addresses.is_edited(clone)
    (clone / "page.md").write_text("_BUILD/\n", encoding="utf-8")  # as long as before
    assert git(clone, "status", "--porcelain") == ""
    assert addresses.is_edited(clone)


@pytest.mark.parametrize("rule", [".gitattributes", "core.autocrlf"])
def test_other_ends_of_lines_are_no_edit_where_git_wrote_them(clone, rule):
    if rule == "core.autocrlf":
        git(clone, "config", rule, "true")
    else:
        (clone / rule).write_text("*.md text eol=crlf\n", encoding="utf-8")
        commit_all(clone)
    (clone / "page.md").unlink()
    git(clone, "checkout", "--", "page.md")
    assert b"\r\n" in (clone / "page.md").read_bytes()
    assert not addresses.is_edited(clone)


@pytest.mark.parametrize("file", [".git/info/exclude", "book/.gitignore", ".git/info/sparse-checkout"])
def test_only_the_books_own_list_of_ignored_files_counts(clone, file):
    git(clone, "config", "core.sparseCheckout", "true")
    (clone / ".git/info").mkdir(exist_ok=True)
    (clone / file).write_text("book" if "sparse" in file else "*", encoding="utf-8")
    (clone / ("page.md" if "sparse" in file else "book/more.md")).write_text("Another", encoding="utf-8")
    assert addresses.is_edited(clone)


def test_variables_do_not_lead_to_another_repository(clone, monkeypatch):
    commit = git(clone, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(clone.parent / "other/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(clone))
    assert addresses.current_commit(clone) == commit
    assert not addresses.is_edited(clone)
    monkeypatch.setenv("PATH", "")
    assert addresses.current_commit(clone) == ""
    assert addresses.is_edited(clone)  # nothing says that it is not


@pytest.mark.parametrize(
    ("source", "defined", "used"),
    [
        ("a = b", "a", "b"),
        ("import numpy as np\nfrom a import b", "np b", ""),
        ("def f(x):\n    return x + y", "f", "y"),
        ("class A(B):\n    size = n", "A", "B n __name__"),
        ("f = lambda q, *r: q + r + s", "f", "s"),
        ("a = [x * k for x in xs]", "a", "k xs"),
        ("for i in xs:\n    print(i)", "i", "xs print"),
        ("x += 1", "x", "x"),
        ("x = 1\nprint(x)", "x", "print"),
        ("print('%d'\n      % x)", "", "print x"),
        ("x = 1\n%timeit f(x)", "x", "get_ipython"),
    ],
)
def test_names_that_code_defines_and_uses(source, defined, used):
    assert names_of(source) == (set(defined.split()), set(used.split()))


def test_launch_links_lead_to_the_branch_and_to_jupyterlite_only_where_the_site_has_it():
    options = {"lite": "../lite/", "origin": "far away", "missing": {"keras"}}
    targets = launch.targets("a/b c.ipynb", HERE, local="b.ipynb", **options)
    on_branch = "Ada/engine/blob/notebooks/a/b%20c.ipynb"
    assert [(target.name, target.address) for target in targets] == [
        ("Colab", f"https://colab.research.google.com/github/{on_branch}"),
        ("Binder", "https://mybinder.org/v2/gh/Ada/engine/notebooks?urlpath=lab%2Ftree%2Fa%2Fb%20c.ipynb"),
        ("Kaggle", f"https://kaggle.com/kernels/welcome?src={quote(f'https://github.com/{on_branch}', safe='')}"),
        ("JupyterLite", "../lite/notebooks/index.html?path=a%2Fb%20c.ipynb"),
        ("Notebook", "b.ipynb"),
    ]
    assert "loads Pyodide from far away. Keras cannot run there" in targets[3].note
    assert launch.targets("a/b c.ipynb", HERE, local="b.ipynb") == [*targets[:3], targets[4]]


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (nodes.definition_list(), "definition_list"),
        (nodes.block_quote("", nodes.paragraph("", "words")), "block_quote"),
        (nodes.paragraph("", "", nodes.subscript("", "low")), "subscript"),
        (nodes.math_block("", "a", nowrap=True), "amsmath"),
        (nodes.note("", nodes.paragraph("", "words"), classes=["dropdown"]), "folded admonition"),
        (nodes.figure("", nodes.image(uri="a.png")), "figure"),
        (nodes.paragraph("", "", nodes.image(uri="a.png")), "image"),
        (nodes.Text("words"), "Text"),
    ],
)
def test_a_node_that_the_notebooks_do_not_know_is_a_warning(node, name, monkeypatch):
    warnings = []
    monkeypatch.setattr(
        "booksite.notebooks.inline.logger.warning", lambda text, *words, **_: warnings.append(text % words)
    )
    Writer(PageContext("a", Place())).block(node)
    assert len(warnings) == 1
    assert re.match(
        rf"The notebook of this page cannot hold a .*{name}.*: teach booksite.notebooks.writer", warnings[0]
    )


# --- the small book --------------------------------------------------------------------------------------------------

small = pytest.mark.xdist_group("small-book-of-notebooks")


def write_small_book(folder):
    """Write the small book, with the settings of the real one."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8")) | {"title": "A small book"}
    config.pop("repository", None)
    config["html"].pop("baseurl", None)
    config["sphinx"]["config"]["cnnbook_jupyterlite"] = False  # no module to make a wheel of
    chapters = [{"file": "book/part/everything"}, {"file": "book/words"}]
    for name, content in {
        "_config.yml": config,
        "_toc.yml": {"format": "jb-book", "root": "book/start", "chapters": chapters},
    }.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    shutil.copytree(ROOT / "book" / "assets", folder / "book" / "assets")
    (folder / "book/part").mkdir()
    for name, place in {"start": "", "words": "", "everything": "part"}.items():
        shutil.copy(SMALL_BOOK / f"{name}.md", folder / "book" / place)
    (folder / "book/references.bib").write_text(
        "@article{turing1936, author={Turing, Alan}, title={On Computable Numbers}, journal={Proc.}, year={1936}}"
    )
    (folder / "book/assets/table.csv").write_text("a,b\n", encoding="utf-8")
    for name in ("node_modules", "code"):
        (folder / name).symlink_to(ROOT / name)


def build(folder, **environment):
    """Build with the real command, strictly; what runs these tests lends it no repository."""
    inherited = {name: value for name, value in os.environ.items() if name not in {*ACTIONS, "CNNBOOK_REPOSITORY"}}
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    return subprocess.run(
        command, cwd=folder, env={**inherited, **environment}, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="session")
def small_book(tmp_path_factory):
    """The small book, built for a repository that is not known."""
    folder = tmp_path_factory.mktemp("small")
    write_small_book(folder)
    built = build(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="session")
def published_book(small_book, tmp_path_factory):
    """The same book, built once more from a repository that it was committed to and that is known."""
    folder = tmp_path_factory.mktemp("known") / "book"
    shutil.copytree(small_book, folder, symlinks=True)
    commit_all(folder, "book", "_config.yml", "_toc.yml")
    shutil.copytree(ROOT / ".binder", folder / ".binder")
    built = build(folder, CNNBOOK_REPOSITORY=HERE.repository)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def read(folder, name):
    return nbformat.read(folder / "_build/html/_notebooks" / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="session")
def everything(small_book):
    return read(small_book, "book/part/everything")


@small
@pytest.mark.parametrize(
    "text",
    [
        "# Every *construct* of a page",
        "> **Before you start**\n>\n> **You need** [Start here](../start.ipynb) and the words; see A place with n",
        ">   with a second paragraph",
        r"snake_case, 5 * 3, $x_i$, \$5 and `code with {braces} inside`, a\* star, \<b,",
        "and [a file](../../files/table.csv).",
        "[a site](https://example.org/a_%28b%29)",
        "Measured: 2.5 ± 0.25 %.",
        "**Fig. 1** A figure that code makes, with $x$ and A place with n.",
        "As Fig. 1 shows, (1) holds Turing [1][1].",
        "## References\n\n[1] Alan Turing",
        "$$\na = b + |c|\n\\tag{1}\n$$",
        "$$\n\\begin{aligned}\na &= 1 \\\\\nb &= 2\n\\end{aligned}\n$$",
        "| left | right |\n| --- | ---: |\n| a \\| b | $\\vert x\\vert $ |\n| `c` | [Start here](../start.ipynb) |",
        "**[Every construct](part/everything.ipynb)**\n\nA card about *everything*.\n\n**No link**",
        "A paragraph in a box. [Go on](part/everything.ipynb)",
        "1. first\n2. second\n   - inner",
        '```python\nprint("not run")\n```',
        "a note<sup>1</sup>.",
        "<sup>1</sup> The note *itself*.",
        "> **Note**\n>\n> A note.",
        "*This part is interactive: use it on the book’s own page.*",
        "### Exercise 1: Try it\n\nWhat is `double(2)`? See [Start here](../start.ipynb).",
        "Solution</summary>\n\nFour, by (1):\n\n```python\ndouble(given)\n```\n\nas Exercise 1 asks.\n\n</details>",
        "**Question 1** · choose one\n\nWhich is *right*?\n\n- **A** This\n- **B** That $x$\n\n<details>",
        "- **A** is right:\n\n  Well done.\n\n- **B** is not right:\n\n  You took that: A place with n.",
        "How many?\n\n*A row of 1, 2, 3 and a filter of 1, 0.*",
        "*A whole number.* *Unit: parameters.*",
        "|  | 0 | 1 | 2 |\n| --- | --- | --- | --- |\n| **0** | 1 | 2 | 1 |\n| **1** | 4 | 5 | 6 |",
        "**row 0, columns 0, 2**\n\n- The other cells are not right:",
        "**896** parameters\n\nIt is 896.\n\n- If you have **864**:\n\n  You forgot the bias.",
        "- stride\n- padding\n\nChoose from:\n\n- ",
        "stride – **how far**\n\npadding – **what is added**\n\nDone.",
    ],
    ids=lambda text: text[:24],
)
def test_every_construct_becomes_markdown(small_book, everything, text):
    assert text in f"{markdown(everything)}\n\n{markdown(read(small_book, 'book/start'))}"


@small
def test_no_markup_of_a_page_is_left_and_the_search_for_it_finds_the_page_full_of_it(small_book, everything):
    assert page_markup(everything) == page_markup(read(small_book, "book/start")) == []
    cells = [nbformat.v4.new_markdown_cell(EVERYTHING), nbformat.v4.new_code_cell("from myst_nb import glue\n:::")]
    lines = page_markup(nbformat.v4.new_notebook(cells=cells))
    assert len(lines) > 40
    assert lines[-2:] == ["from myst_nb import glue", ":::"]


@small
def test_what_a_page_hides_is_collapsed_and_what_it_leaves_out_is_not_there(everything):
    by_source = {cell["source"]: cell["metadata"] for cell in code(everything)}
    picture = next(metadata for source, metadata in by_source.items() if "Image.new" in source)
    assert picture == {"jupyter": {"source_hidden": True}, "cellView": "form"}
    assert by_source["1 / 0"] == {"tags": ["raises-exception"]}
    assert by_source["print(double(2))"] == {"jupyter": {"outputs_hidden": True}}
    assert by_source["def double(x):\n    return 2 * x    # four spaces, kept"] == {}
    assert not any("glue" in source for source in by_source)


@small
def test_downloads_lie_beside_the_notebooks_where_no_site_is_known(small_book):
    file = small_book / "_build/html/_notebooks/files/table.csv"
    assert file.read_bytes() == (small_book / "book/assets/table.csv").read_bytes()


@small
def test_a_page_offers_its_own_notebook_where_no_repository_is_known(small_book):
    html = (small_book / "_build/html/book/part/everything.html").read_text("utf-8")
    line = BeautifulSoup(html, "html.parser").select_one("h1 + nav.launch")
    assert [link["href"] for link in line.find_all("a")] == ["../../_notebooks/book/part/everything.ipynb"]
    words = (small_book / "_build/html/book/words.html").read_text("utf-8")
    assert "launch" not in words


def launch_links(page):
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return [link["href"] for link in soup.select("nav.launch a")]


@pytest.fixture(scope="session")
def small_branch(published_book, tmp_path_factory):
    """A checkout of the small book's branch, published twice to a bare repository."""
    before = git(published_book, "status", "--porcelain"), git(published_book, "symbolic-ref", "HEAD")
    bare = tmp_path_factory.mktemp("bare")
    git(bare, "init", "--quiet", "--bare")
    site = published_book / "_build/html"
    commits = {publish.publish(site, published_book, str(bare)) for _ in range(2)}
    assert commits == {git(bare, "rev-parse", "notebooks")}  # the same notebooks, the same commit
    assert (git(published_book, "status", "--porcelain"), git(published_book, "symbolic-ref", "HEAD")) == before
    assert git(bare, "rev-list", "--count", "notebooks") == "1"
    date = ("show", "--no-patch", "--format=%cI")
    assert git(bare, *date, "notebooks") == git(published_book, *date, "HEAD")
    git(bare, "clone", "--quiet", "--branch", "notebooks", str(bare), "checkout")
    return bare / "checkout"


@small
def test_launch_links_of_the_small_book_lead_to_files_of_its_branch(published_book, small_branch):
    site = published_book / "_build/html"
    name = "book/part/everything"
    *services, local = launch_links(site / f"{name}.html")
    assert services == [target.address for target in launch.targets(f"{name}.ipynb", HERE, local=local)[:-1]]
    assert (small_branch / f"{name}.ipynb").is_file()
    assert (site / urljoin(f"{name}.html", local)).is_file()
    assert launch_links(site / "book/start.html") == []  # the front page is to be read


@small
def test_the_branch_holds_the_notebooks_and_binders_environment(published_book, small_branch):
    commit = git(published_book, "rev-parse", "HEAD")
    requirement = f"cnnbook[labs] @ git+https://github.com/Ada/engine@{commit}"
    assert (small_branch / ".binder/requirements.txt").read_text("utf-8").splitlines()[-1] == requirement
    assert os.access(small_branch / ".binder/postBuild", os.X_OK)
    readme = (small_branch / "README.md").read_text("utf-8")
    assert "(book/start.ipynb)" in readme
    assert commit[:10] in readme
    for name in ("book/start", "book/part/everything"):
        of_branch = nbformat.read(small_branch / f"{name}.ipynb", as_version=4)
        assert of_branch == read(published_book, name)
        assert f'%pip install -q "{requirement}"' in of_branch.cells[0]["source"]


@small
def test_links_into_the_site_lead_to_its_pages_and_places(published_book):
    assert len(follow_links(published_book / "_build/html", HERE.site)) > 12


def follow_links(site, address):
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
            if anchor and file not in ids:
                ids[file] = {tag["id"] for tag in BeautifulSoup(file.read_text("utf-8"), "html.parser")(id=True)}
            assert not anchor or anchor in ids[file], f"{here} links to {target}"
            followed.append(target)
    return followed


@small
def test_a_notebook_without_a_page_is_removed_with_the_files_beside_it(small_book, tmp_path):
    folder = shutil.copytree(small_book / "_build/html/_notebooks", tmp_path / "_notebooks")
    expected = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    for name in ("notebooks.json", "book/old.ipynb", "files/old.csv"):
        (folder / name).write_text("{}", encoding="utf-8")
    pages = {"book/start", "book/part/everything"}
    titles = {page: nodes.title("", page) for page in pages}
    env = SimpleNamespace(found_docs=pages, metadata={page: {"has code": True} for page in pages}, titles=titles)
    place = {"cnnbook_repository": "", "cnnbook_site": "", "cnnbook_commit": ""}
    config = SimpleNamespace(html_title="A small book", **place)
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html"), config=config, env=env)
    notebooks.finish(app, None)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == expected


@small
def test_a_new_commit_changes_the_first_cells_alone(small_book, tmp_path):
    shutil.copytree(small_book / "_build/html/_notebooks", tmp_path / "notebooks")
    notebooks.stamp(tmp_path / "notebooks", HERE)
    for name in ("book/start", "book/part/everything"):
        before = read(small_book, name)
        after = nbformat.read(tmp_path / "notebooks" / f"{name}.ipynb", as_version=4)
        assert '%pip install -q "cnnbook[labs] @ git+https://github.com/Ada/engine@c0ffee"' in after.cells[0]["source"]
        assert after.cells[1:] == before.cells[1:]


@small
def test_publishing_is_refused_where_the_notebooks_could_not_install_the_module(
    small_book, tmp_path, monkeypatch, capsys
):
    with pytest.raises(publish.PublishError, match="set `repository: url:`"):
        publish.publish(small_book / "_build/html", ROOT, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert booksite.__main__.main(["publish", "--remote", str(tmp_path)]) == 1
    assert "build the book first, with `make book`" in capsys.readouterr().err


@small
def test_what_git_says_is_passed_on(published_book, tmp_path):
    with pytest.raises(publish.PublishError, match=r"git push .* failed in .*: fatal: "):
        publish.publish(published_book / "_build/html", published_book, str(tmp_path / "nowhere"))


@small
def test_the_command_copies_notebooks_and_files(small_book, tmp_path, monkeypatch):
    monkeypatch.setattr(publish.subprocess, "run", lambda *command, **options: SimpleNamespace(returncode=0))
    copied = publish.copy_notebooks(small_book, tmp_path)
    assert copied == [tmp_path / "book/part/everything.ipynb", tmp_path / "book/start.ipynb"]
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert files == {"book/part/everything.ipynb", "book/start.ipynb", "files/table.csv"}
    assert publish.copy_notebooks(small_book, tmp_path) == copied
    original = copied[0].read_bytes()
    copied[0].write_text("mine")
    with pytest.raises(CnnBookError, match=r"may have been edited: .*everything\.ipynb; 2 of 3 files were written"):
        publish.copy_notebooks(small_book, tmp_path)
    assert copied[0].read_text() == "mine"
    assert publish.copy_notebooks(small_book, tmp_path, force=True) == copied
    assert copied[0].read_bytes() == original


def test_the_command_builds_a_book_first_and_says_what_is_wrong(tmp_path):
    with pytest.raises(publish.PublishError, match="There is no book"):
        publish.copy_notebooks(tmp_path, tmp_path / "out")
    (tmp_path / "_config.yml").write_text("- no: book\n", encoding="utf-8")
    with pytest.raises(publish.PublishError, match="does not build"):
        publish.copy_notebooks(tmp_path, tmp_path / "out")


# --- a reader's machine ----------------------------------------------------------------------------------------------


def snapshot(folder):
    """Commit the module as it lies here, edits too, in a repository of its own; gives its place."""
    shutil.copytree(ROOT / "code/cnnbook", folder / "code/cnnbook", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return Place(folder.as_uri(), "", commit_all(folder))


def install(environment, *arguments):
    """Install into a virtual environment with the pinned versions; uv takes from its cache what it has."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    command = [uv, "pip", "install", "--quiet", "--python", environment / "bin" / "python", *arguments]
    done = subprocess.run([*command, "-c", ROOT / "requirements.txt"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return environment / "bin" / "python"


def reader_environment(home):
    """The variables of a reader in short mode who has nothing of ours: no data set, no settings, no modules by path."""
    own = ("HOME", "XDG_CACHE_HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "KERAS_HOME")
    dropped = {"PYTHONPATH", "VIRTUAL_ENV", "KERAS_BACKEND", "CNNBOOK_TRAIN", "CNNBOOK_FRESH_SINCE"}
    return {
        **{name: value for name, value in os.environ.items() if name not in dropped},
        **{name: str(home / name.lower()) for name in own},
        "PYTHONNOUSERSITE": "1",
        "CNNBOOK_SHORT": "1",
        "CNNBOOK_DATA": str(home / "no-data"),  # whoever asks for the data set all the same is told at once
    }


@pytest.mark.slow
@pytest.mark.parametrize("comes_from", ["repository", "wheel"])
def test_the_first_cell_installs_the_module_and_then_does_nothing(comes_from, tmp_path):
    """In an environment that has everything but the module, without an index: all comes from where the cell says."""
    (tmp_path / "source").mkdir()
    place = snapshot(tmp_path / "source") if comes_from == "repository" else Place()
    if comes_from == "wheel":
        wheels.build_own(ROOT, tmp_path, wheels.sources(ROOT))
        (tmp_path / "tensorflow.py").touch()
    python = install(tmp_path / "environment", "pip", "setuptools", "ipykernel", "numpy")
    script = """
import importlib
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for turn in range(2):
    shell.run_cell(sys.argv[1]).raise_error()
    importlib.invalidate_caches()
    print("ran", turn)
import cnnbook.shapes
print(cnnbook.shapes.output_size(7, 3))
"""
    source = code_cells.install_cell(place)["source"].replace("pip install -q", "pip install")
    pip = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_VERBOSE": "1"}
    command, environment = [python, "-c", script, source], reader_environment(tmp_path / "home") | pip
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("ran 0")
    assert "Successfully installed cnnbook" in first
    assert "installed" not in second
    assert second.rstrip().endswith("5")


@pytest.mark.parametrize(
    ("installed", "wheel_in", "pip"),
    [
        ({"cnnbook"}, ".", None),
        ({"tensorflow"}, ".", f'install -q "{wheels.OWN}[labs]" '),
        ((), ".", f'install -q "{wheels.OWN}[labs]" tensorflow'),
        ((), "../../files", f'install -q "../../files/{wheels.OWN}[labs]" tensorflow'),
        ((), "../files", f'install -q "../files/{wheels.OWN}[labs]" tensorflow'),
    ],
)
def test_without_an_address_the_first_cell_installs_the_wheel_of_the_site(
    installed, wheel_in, pip, tmp_path, monkeypatch
):
    here = tmp_path / "book/part"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in installed else None)
    shell, lines = InteractiveShell(), []
    shell.register_magic_function(lines.append, magic_name="pip")
    cell = code_cells.install_cell(Place(site="https://book.example/"))["source"]
    if pip:
        says = f"Download {re.escape(wheels.OWN)} from .*https://book.example/.* into {re.escape(str(here))} and run"
        with pytest.raises(ModuleNotFoundError, match=says):
            shell.run_cell(cell, silent=True).raise_error()
    Path(wheel_in).mkdir(exist_ok=True)
    Path(wheel_in, wheels.OWN).touch()
    shell.run_cell(cell, silent=True).raise_error()
    assert lines == ([pip] if pip else [])


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


def test_every_executable_page_of_the_book_has_a_notebook():
    with_code = {
        f"{Path(page).with_suffix('')}.ipynb"
        for page in built_pages()
        if source_of(page).is_file() and page_cells(source_of(page).read_text("utf-8"))
    }
    assert len(with_code) > 10
    assert set(book_names()) == with_code


@pytest.mark.parametrize("name", book_names())
def test_notebook_is_valid_without_markup_of_the_page_and_has_the_code_that_it_shows(name):
    notebook = nbformat.read(SITE / "_notebooks" / name, as_version=4)
    nbformat.validate(notebook)
    assert page_markup(notebook) == []
    assert all(cell["source"] == cell["source"].strip() != "" for cell in notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code(notebook))
    install, *sources = [cell["source"] for cell in code(notebook)]
    labs = [source for source in sources if source.startswith("from cnnbook import lab\n\nlab.show(")]
    sources = [source for source in sources if source not in labs]
    assert install == code_cells.install_cell(Place(*place_of_site()))["source"]
    text = (ROOT / name).with_suffix(".md").read_text("utf-8")
    assert len(labs) == text.count(":::{lab}")
    solutions = re.findall(r"```\{solution-start\}.*?\{solution-end\}\n```", text, re.DOTALL)
    folded = [cell["source"] for solution in solutions for cell in page_cells(solution) if is_shown(cell)]
    shown = [cell["source"] for cell in page_cells(text) if is_shown(cell)]
    assert sorted(sources + folded) == sorted(shown)
    assert all(source in markdown(notebook) for source in folded)
    page = name.replace(".ipynb", ".html")
    links = [urljoin(page, unquote(link)) for link in launch_links(SITE / page)]
    assert f"_notebooks/{name}" in links


def is_shown(cell):
    return "remove-cell" not in cell["metadata"].get("tags", [])


def place_of_site():
    content = json.loads(MANIFEST.read_text("utf-8"))
    return content["repository"], content["site"], content["commit"]


def test_links_from_the_notebooks_of_the_book_lead_somewhere():
    assert len(follow_links(SITE, place_of_site()[1])) > 50


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Every notebook of the branch, run from a checkout in an environment made as Binder makes it."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("source", "bare", "home"):
        (folder / name).mkdir()
    git(folder / "bare", "init", "--quiet", "--bare")
    publish.publish(SITE, ROOT, str(folder / "bare"), place=snapshot(folder / "source"))
    git(folder, "clone", "--quiet", "--branch", "notebooks", "bare", "branch")
    requirements = folder / "branch/.binder/requirements.txt"
    python = install(folder / "environment", "--compile-bytecode", "-r", requirements)
    command, report = [python, RUNNER, folder / "branch", folder / "report.json"], folder / "report.json"
    subprocess.run(command, env=reader_environment(folder / "home"), cwd=folder, check=False)
    return json.loads(report.read_text("utf-8"))


@book
@pytest.mark.weekly
@pytest.mark.parametrize("name", book_names())
def test_notebook_runs_from_the_branch_alone_and_fits_into_binder(runs, name):
    assert runs[name]["error"] is None
    assert 1e7 < runs[name]["peak"] < MOST_MEMORY
