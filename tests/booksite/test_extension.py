"""The Sphinx extension as a whole: what a build of a tiny book by the real command does."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from built import ROOT
from nbformat.v4 import new_output

from booksite import site_manifest, undocumented

_CONFIG = """
title: Tiny
only_build_toc_files: true
execute: {execute_notebooks: cache, stderr_output: warn, timeout: 60}
sphinx:
  extra_extensions: [booksite]
  config: {html_math_renderer: katex, katex_prerender: true, nitpicky: true, html_context: {default_mode: auto}}
"""
_PAGE = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# Page

One {ref}`place <place>` and $x$.

(place)=
## Place

```{code-cell} ipython3
1 + 1
```
"""


class TinyBook:
    """A book of one page in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.html, self.page = folder, folder / "_build/html", folder / "page.md"
        self.write("_config.yml", _CONFIG)
        self.write("_toc.yml", "format: jb-book\nroot: page\n")
        (folder / "node_modules").symlink_to(ROOT / "node_modules")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def build(self):
        """Build with plain ``jupyter-book build .``; gives the exit code, and all that was printed."""
        command = [Path(sys.executable).with_name("jupyter-book"), "build", "."]
        process = subprocess.run(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
        )
        return process.returncode, process.stdout


@pytest.fixture
def book(tmp_path):
    return TinyBook(tmp_path)


_RAN, _WROTE = "ran page 1 of 1", re.compile(r"writing output\.\.\..*page")


@pytest.mark.slow
def test_each_change_runs_and_writes_again_what_depends_on_it(book):
    book.write("page.md", _PAGE)
    code, printed = book.build()
    assert code == 0, printed
    assert _RAN in printed
    assert "katex-mathml" in (book.html / "page.html").read_text("utf-8")

    old_page = book.write("_build/html/taken-out.html", "<h1>A page that the book no longer has</h1>")
    old_report = book.write("_build/html/reports/page.err.log", "an old failure")
    book.write("page.md", _PAGE + "\nMore words.\n")
    code, printed = book.build()
    assert code == 0
    assert _RAN not in printed  # its cells are the same
    assert not old_page.exists()
    assert not old_report.exists()
    assert (book.html / "search.html").exists()

    book.write("book/assets/book.css", "p { color: teal }")
    assert _WROTE.search(book.build()[1])
    book.write("code/cnnbook/module.py", "a = 1\n")
    assert _RAN in book.build()[1]
    code, printed = book.build()
    assert not _WROTE.search(printed)

    # Somebody edits the built site.
    built = book.html / "page.html"
    text = built.read_text("utf-8")
    assert "Place" in text
    book.write("_build/html/page.html", text.replace("Place", "99.9 %"))
    assert _WROTE.search(book.build()[1])
    assert "99.9 %" not in built.read_text("utf-8")

    # A build that was interrupted while it wrote leaves no list of what it wrote.
    (book.html / site_manifest.NAME).unlink()
    # Outputs as Sphinx keeps them when it runs a page again that has failed, with the noise of imports.
    for cached in book.folder.glob("_build/.jupyter_cache/*/executed/*/base.ipynb"):
        notebook = nbformat.read(cached, as_version=4)
        notebook.cells[0].outputs.append(new_output("stream", name="stderr", text="noise"))
        nbformat.write(notebook, cached)
    code, printed = book.build()
    assert code == 0
    assert _WROTE.search(printed)
    assert _RAN in printed


#: What is wrong with a page, a part of the good page, what takes its place, and what the build says of it.
_BAD = {
    "failing-cell": ("1 + 1", "1 / 0", "Executing notebook failed"),
    "hidden-failure": ("1 + 1", "get_ipython().run_cell('1 / 0');", "raises-exception failed: ZeroDivisionError"),
    "stderr": ("1 + 1", "import sys; print('noise', file=sys.stderr)", "stderr"),
    "reference": ("<place", "<nowhere-", "nowhere"),
    "formula": ("$x$", r"$\frac{1$", "KaTeX cannot read"),
    "stored": ("kernelspec:", "mystnb: {execution_mode: 'off'}\nkernelspec:", "The cells of this page did not run"),
}


@pytest.mark.slow
def test_bad_pages_fail_the_plain_build_and_the_next_one_too(book):
    for name, (good, bad, _) in _BAD.items():
        assert good in _PAGE
        text = _PAGE.replace(good, bad)
        book.write(f"{name}.md", text.replace("<place>", f"<place-{name}>").replace("(place)", f"(place-{name})"))
    book.write("page.md", _PAGE)
    book.write("_toc.yml", "format: jb-book\nroot: page\nchapters:\n" + "".join(f"- file: {name}\n" for name in _BAD))
    for _ in range(2):
        code, printed = book.build()
        assert code != 0
        warnings = [line for line in printed.splitlines() if re.search("WARNING|ERROR", line)]
        for name, (_, _, message) in _BAD.items():
            where = "" if name == "formula" else f"{name}.md"  # KaTeX is not told the page
            assert [line for line in warnings if where in line and message in line], (name, warnings)
        assert not [line for line in warnings if "/page.md" in line]
    [report] = (book.html / "reports").glob("*.err.log")
    assert report.name == "failing-cell.err.log"
    assert "ZeroDivisionError" in report.read_text("utf-8")


@pytest.mark.slow
def test_a_page_whose_kernel_died_is_run_again(book):
    """As the later of two kernels does that chose one port."""
    once = ("import os", "if not os.path.exists('once'):", "    open('once', 'w').close()", "    os._exit(1)", "1 + 1")
    book.write("page.md", _PAGE.replace("1 + 1", "\n".join(once)))
    code, printed = book.build()
    assert "left page 1 of 1 for later: page.md: Kernel died" in printed
    assert code == 0, printed


def test_options_that_cannot_be_read_end_the_build_with_a_sentence(book):
    book.write("page.md", _PAGE.replace("1 + 1", ":tags:\n\n1 + 1"))
    for _ in range(2):
        code, printed = book.build()
        assert code != 0
        assert "page.md: the options of a cell cannot be read" in printed


def test_a_missing_npm_package_is_one_sentence(book):
    book.write("page.md", _PAGE)
    (book.folder / "node_modules").unlink()
    code, printed = book.build()
    assert code != 0
    assert "npm ci" in printed


@pytest.mark.parametrize(
    "function",
    [value for value in vars(undocumented).values() if getattr(value, "__module__", "") == undocumented.__name__],
)
def test_what_we_use_beyond_documented_interfaces_names_a_version_and_a_test(function):
    """A new pin means reading the function again, running the test that it names, and writing the new version."""
    package, version = re.search(r"Why: .*?([\w-]+) (\d+\.\d+\.\d+)\.\s+Test: ", function.__doc__, re.S).groups()
    if re.search(
        "^sphinx==", (ROOT / "requirements.in").read_text("utf-8"), re.M
    ):  # not where `make newest` tries more
        assert metadata.version(package) == version
    module, test = re.search(r"Test: `(\w+)\.(\w+)`", function.__doc__).groups()
    assert f"def {test}(" in Path(__file__).with_name(f"{module}.py").read_text("utf-8")
