"""Rules that every page of the book keeps, read from its source."""

import ast
import re

import pytest
import yaml

from booksite.notebooks.names import names_of
from pages import BOOK, code_cells, words

ROOT = BOOK.parent
PAGES = [path.relative_to(BOOK).as_posix() for path in sorted(BOOK.rglob("*.md"))]
MOST_LINES_OF_A_CELL, MOST_CELLS, MOST_LINES_OF_A_PAGE = 15, 25, 150
MOST_LINES_OF_A_FOLDED_FUNCTION = 19  # of the module, as a whole
LEAST_WORDS, MOST_WORDS = 700, 1_500
# A lesson has enough text to be one; the page of the worksheet is a form to fill in.
LESSONS = [page for page in PAGES if page.startswith(("arithmetic/", "experiments/")) and "spreadsheet" not in page]
# The questions of the practical, each with an answer that is written out.
ANSWERED = "review/what-a-convolution-does.md"


def front_matter(text):
    """The YAML between the dashes at the top of a page."""
    header = re.match(r"---\n(.*?)\n---\n", text, re.S)
    return yaml.safe_load(header[1]) if header else {}


def lines(cell):
    """The lines of code of a cell, without those left empty."""
    return [line for line in cell["source"].splitlines() if line.strip()]


def functions(source):
    """Map the name of each function in `source` to its syntax tree, docstrings left out; comments are in no tree."""
    trees = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
            trees[node.name] = ast.dump(node)
    return trees


def test_there_are_pages():
    assert len(PAGES) > 10


@pytest.mark.parametrize("page", PAGES)
def test_page_with_cells_has_the_header_that_launch_buttons_need(page):
    if not code_cells(page):
        return
    header = front_matter((BOOK / page).read_text("utf-8"))
    assert header["jupytext"]["text_representation"]["format_name"] == "myst"
    assert header["kernelspec"]["name"] == "python3"


def most_lines(cell):
    folded_function = {"taught", "hide-input"} <= set(cell["metadata"].get("tags", []))
    return MOST_LINES_OF_A_FOLDED_FUNCTION if folded_function else MOST_LINES_OF_A_CELL


@pytest.mark.parametrize("page", PAGES)
def test_cells_and_pages_are_short(page):
    cells = code_cells(page)
    assert [cell["source"] for cell in cells if len(lines(cell)) > most_lines(cell)] == []
    assert len(cells) <= MOST_CELLS
    assert sum(len(lines(cell)) for cell in cells) <= MOST_LINES_OF_A_PAGE


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_needs_nothing_that_it_leaves_out(page):
    """A reader sees where each name comes from, and the notebook is the code of the page."""
    left_out = set()
    for cell in code_cells(page):
        defined, used = names_of(cell["source"])
        if "remove-cell" in cell["metadata"].get("tags", []):
            left_out |= defined
        else:
            assert not used & left_out, cell["source"]
            left_out -= defined


@pytest.mark.parametrize("page", PAGES)
def test_page_changes_no_path_of_imports(page):
    assert "sys.path" not in (BOOK / page).read_text("utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if page != ANSWERED])
def test_pages_are_read_in_one_sitting(page):
    lesson, *_ = (BOOK / page).read_text("utf-8").split("\n## Check yourself\n")
    assert words(lesson) <= MOST_WORDS


@pytest.mark.parametrize("page", LESSONS)
def test_lessons_explain_what_they_show(page):
    assert words((BOOK / page).read_text("utf-8")) >= LEAST_WORDS


@pytest.fixture(scope="module")
def modules():
    """The functions of each module."""
    return [functions(path.read_text("utf-8")) for path in (ROOT / "code").rglob("*.py")]


@pytest.mark.parametrize("page", PAGES)
def test_taught_functions_are_those_of_the_module(page, modules):
    for cell in code_cells(page):
        if "taught" in cell["metadata"].get("tags", []):
            assert functions(cell["source"]), "a taught cell shows a function"
            for name, tree in functions(cell["source"]).items():
                assert tree in [module.get(name) for module in modules], name


@pytest.mark.parametrize("page", PAGES)
def test_a_fold_is_called_the_same_whether_closed_or_open(page):
    for cell in code_cells(page):
        settings = cell["metadata"].get("mystnb", {})
        assert settings.get("code_prompt_show") == settings.get("code_prompt_hide"), cell["source"]
