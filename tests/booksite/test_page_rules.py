"""What keeps a page from running, or hides that a cell failed, is refused."""

from contextlib import nullcontext
from types import SimpleNamespace

import nbformat
import pytest
from built import ROOT
from sphinx.errors import ConfigError, ExtensionError

from booksite import page_rules
from booksite.undocumented import read_notebook

_PAGE = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# Page

```{code-cell} ipython3
:tags: [hide-input]

1 / 0
```
"""


def faults_of(tmp_path, text, name="page.md"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return list(page_rules.faults(path, read_notebook(path)))


@pytest.mark.parametrize("source", sorted((ROOT / "book").rglob("*.md")), ids=lambda path: path.stem)
def test_the_pages_of_the_book_keep_the_rules(source):
    assert list(page_rules.faults(source, read_notebook(source))) == []


def test_a_byte_order_mark_does_not_make_a_page_one_without_cells(tmp_path):
    (tmp_path / "page.md").write_text(_PAGE, encoding="utf-8-sig")
    assert len(read_notebook(tmp_path / "page.md").cells) == 2


@pytest.mark.parametrize(
    "tags", ["taught", "hide-output", "remove-cell", "raises-exception", "raises-exception, taught"]
)
def test_a_tag_of_the_book_is_none_of_them(tmp_path, tags):
    assert faults_of(tmp_path, _PAGE.replace("hide-input", tags)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[hide-input]", "[remove-cell, raises-exception]", "raises-exception and remove-cell, so nobody would see"),
        ("[hide-input]", "[raises-exception, hide-output]", "raises-exception and hide-output, so nobody would see"),
        *[
            (
                "hide-input",
                f"raises-exception, {tag}",
                f"'1 / 0': it is tagged {tag}; the tags of the book are hide-input,",
            )
            for tag in ("remove-input", "remove-output", "hide-cell", "skip-execution")
        ],
        (
            "[hide-input]",
            "[]\n:mystnb: {remove_code_outputs: true}",
            "sets `mystnb` (remove_code_outputs); a cell sets",
        ),
        *[
            ("1 / 0", command, "it uses a command of IPython's")
            for command in (
                "%%capture\n1/0",
                "%run bad.py",
                "x = 1\n%timeit x",
                "x = !false",
                "!false",
                "%%bash --no-raise-error\nfalse",
                "len?",
                "get_ipython().run_cell('assert False')",
                "import IPython\nIPython.core.getipython.get_ipython()",
            )
        ],
        ("[hide-input]", "[]\n:mystnb: off", "(False); a cell sets code_prompt_hide, code_prompt_show, figure,"),
        *[
            ("jupytext", f"mystnb: {{{name}: {value}}}\njupytext", f"remove `mystnb` ({name}) from the front matter")
            for name, value in (
                ("execution_mode", "'off'"),
                ("execution_allow_errors", "true"),
                ("output_stderr", "remove"),
            )
        ],
    ],
)
def test_a_page_that_may_hide_a_failure_is_refused(tmp_path, old, new, fault):
    assert old in _PAGE
    (found,) = faults_of(tmp_path, _PAGE.replace(old, new, 1))
    assert fault in found


@pytest.mark.parametrize(
    ("length", "tag", "faults"), [(78, "hide-input", 0), (79, "hide-input", 1), (79, "remove-cell", 0)]
)
def test_a_line_that_a_page_would_cut_is_refused(tmp_path, length, tag, faults):
    page = _PAGE.replace("1 / 0", f"{'1' * (length - 4)} / 1").replace("hide-input", tag)
    found = faults_of(tmp_path, page)
    assert len(found) == faults
    assert all("a line has 79 characters, of at most 78; wrap it: 111" in fault for fault in found)


@pytest.mark.parametrize("tags", ["", "taught", "{taught: 1}", "[3]", "[taught"])
def test_tags_that_are_no_list_get_a_sentence(tmp_path, tags):
    with pytest.raises(ExtensionError, match=r"page\.md: the options of a cell .*; write a list after `:tags:`"):
        faults_of(tmp_path, _PAGE.replace("[hide-input]", tags))


def test_a_notebook_with_stored_outputs_is_refused(tmp_path):
    stored = nbformat.v4.new_output("stream", text="test accuracy 99.9 %")
    cell = nbformat.v4.new_code_cell("1 / 0", outputs=[stored])
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"mystnb": {"execution_mode": "off"}})
    format_, settings = faults_of(tmp_path, nbformat.writes(notebook), "page.ipynb")
    assert format_.startswith("page.ipynb is not MyST Markdown")
    assert settings.startswith("remove `mystnb` (execution_mode)")


@pytest.mark.parametrize("allowed", [False, True])
def test_a_book_in_which_any_cell_may_fail_is_refused(allowed):
    app = SimpleNamespace(config=SimpleNamespace(nb_execution_allow_errors=allowed))
    with pytest.raises(ConfigError, match="Remove `allow_errors`") if allowed else nullcontext():
        page_rules.require_errors_to_stop(app)
