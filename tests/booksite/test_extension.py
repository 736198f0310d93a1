"""The Sphinx extension: what its parts compute, and what a build of a tiny book through the real command does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from built import ROOT, SITE
from docutils.core import publish_doctree
from fontTools.ttLib import TTFont
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image
from sphinx.errors import ConfigError, ExtensionError

from booksite import strict
from booksite.execution import drop_start_up_notes, execution_digest
from booksite.theme.formulas import Renderer, find_katex, woff2_only
from booksite.theme.html_fixes import fix_body, picture_size
from booksite.theme.icons import ICONS, trim_styles
from booksite.theme.overrides import describe

# --- the key of the execution cache --------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path):
    """A small book with one file of each kind."""
    for name in (
        "code/cnnbook/shapes.py",
        "code/cnnbook/results/one-layer-seed0.json",
        "code/cnnbook/sample.npz",
        "code/booksite/theme/icons.py",
        "code/booksite/execution.py",
        "requirements.txt",
        "book/intro.md",
        "book/assets/book.css",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "code/cnnbook/shapes.py",
        "code/cnnbook/results/one-layer-seed0.json",
        "code/cnnbook/sample.npz",
        "code/booksite/execution.py",
        "requirements.txt",
    ],
)
def test_digest_changes_with_what_outputs_depend_on(tree, name):
    before = execution_digest(tree, {})
    (tree / name).write_text((tree / name).read_text("utf-8").upper(), encoding="utf-8")  # as long as before
    assert execution_digest(tree, {}) != before


@pytest.mark.parametrize("name", ["book/intro.md", "book/assets/book.css", "code/booksite/theme/icons.py"])
def test_digest_ignores_what_outputs_do_not_depend_on(tree, name):
    before = execution_digest(tree, {})
    (tree / name).write_text("other\n", encoding="utf-8")
    assert execution_digest(tree, {}) == before


def test_digest_changes_with_the_training_mode_the_backend_and_a_moved_file(tree):
    before = execution_digest(tree, {})
    assert (
        execution_digest(tree, {"CNNBOOK_TRAIN": "recorded", "KERAS_BACKEND": "tensorflow"}) == before
    )  # the defaults
    assert execution_digest(tree, {"CNNBOOK_TRAIN": "fresh"}) != before
    assert execution_digest(tree, {"KERAS_BACKEND": "jax"}) != before
    (tree / "code/cnnbook/shapes.py").rename(tree / "code/cnnbook/sizes.py")
    assert execution_digest(tree, {}) != before


def test_digest_tells_where_one_file_ends(tree):
    first, second = tree / "code/a.py", tree / "code/b.py"
    first.write_text("xy", encoding="utf-8")
    second.write_text("", encoding="utf-8")
    before = execution_digest(tree, {})
    first.write_text("x", encoding="utf-8")
    second.write_text("y", encoding="utf-8")
    assert execution_digest(tree, {}) != before


_NOTICE = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
_NOTE = "I0000 00:00:1795475592.223460   12932 port.cc:153] oneDNN custom operations are on.\n"
_WARNING = "W0000 00:00:1795475592.223460   12932 port.cc:153] something is wrong\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [(_NOTICE + _NOTE, []), (_NOTICE + _WARNING, [_WARNING]), ("Warning: mine\n", ["Warning: mine\n"])],
)
def test_only_start_up_notes_are_dropped(text, left):
    notebook = new_notebook(cells=[new_code_cell(outputs=[new_output("stream", name="stderr", text=text)])])
    drop_start_up_notes(notebook)
    assert [output["text"] for output in notebook.cells[0]["outputs"]] == left


# --- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "words"), [(lambda name: None, "install Node.js"), (lambda name: "/bin/node", "npm ci")]
)
def test_what_formulas_need_and_miss_is_said(tmp_path, which, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        find_katex(tmp_path, which=which)


def test_formulas_are_rendered_and_unreadable_ones_stay_text():
    renderer = Renderer(ROOT / "node_modules/katex/dist/katex.min.js")
    try:
        assert "katex-mathml" in renderer.render(r"\frac{1}{2} < ü")
        assert "katex-display" in renderer.render("x", {"displayMode": True})
        assert renderer.render(r"\frac{1 <") == r"\frac{1 &lt;"
        assert "katex-mathml" in renderer.render("y")  # it goes on after an error
    finally:
        renderer.close()


def test_only_woff2_fonts_are_asked_for():
    css = (ROOT / "node_modules/katex/dist/katex.min.css").read_text("utf-8")
    assert ".ttf" in css
    trimmed = woff2_only(css)
    assert ".ttf" not in trimmed
    assert ".woff)" not in trimmed
    assert trimmed.count("woff2)") == css.count("woff2)") > 10


# --- icons, mending, descriptions ------------------------------------------------------------------------------------


def test_styles_keep_the_icons_in_use_and_lose_the_others():
    css = '.fa-sun:before{content:"\\f185"}.fa-moon:before,.fa-night:before{content:"\\f186"}'
    css += '.fa-car:before{content:"\\f1b9"}'
    trimmed, characters = trim_styles(css + ".note:before{content:'\uf0f3'}", ["sun", "moon"])
    assert characters == {0xF185, 0xF186, 0xF0F3}
    assert "fa-moon" in trimmed
    assert "fa-night" not in trimmed
    assert "fa-car" not in trimmed


def test_an_icon_that_the_theme_has_not_is_an_error():
    with pytest.raises(ExtensionError, match="fa-unicorn"):
        trim_styles('.fa-sun:before{content:"\\f185"}', ["unicorn"])


def test_the_built_font_has_a_glyph_for_every_icon_on_the_pages():
    styles = (SITE / "_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    used = set()
    for page in SITE.glob("**/*.html"):
        for names in re.findall(r'class="([^"]*\bfa-solid\b[^"]*)"', page.read_text("utf-8")):
            used |= {name[3:] for name in names.split() if name.startswith("fa-")} - {"solid", "lg"}
    assert used <= set(ICONS)
    with TTFont(SITE / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff") as font:
        glyphs = set(font.getBestCmap())
    for name in used:
        code = re.search(rf'\.fa-{name}:before\{{content:"\\([0-9a-f]+)"', styles)
        assert int(code[1], 16) in glyphs


def test_repeated_ids_are_numbered_and_the_first_stays():
    mended = fix_body('<p id="a">1</p><p id="a">2</p><p id="b">3</p><p id="a">4</p>')
    assert re.findall('id="([^"]*)"', mended) == ["a", "a-2", "b", "a-3"]


def test_scrolling_boxes_can_be_reached_by_keyboard():
    assert 'tabindex="0"' in fix_body('<div class="highlight"><pre>x</pre></div>')


def test_roles_that_aria_gave_up_are_removed():
    html = '<div class="citation-list" role="list"><div class="citation" role="doc-biblioentry">A</div></div>'
    assert "role" not in fix_body(html)


def test_labels_that_differ_from_what_is_written_are_removed():
    assert "aria-label" not in fix_body('<details><summary aria-label="Toggle hidden content">Show</summary></details>')


def test_pictures_get_their_size(tmp_path):
    svg, png = tmp_path / "a.svg", tmp_path / "b.png"
    svg.write_text('<?xml version="1.0"?><svg viewBox="0 0 1 1" height="36pt" width="72pt"></svg>', encoding="utf-8")
    Image.new("RGB", (5, 3)).save(png)
    assert picture_size(svg) == (96, 48)
    assert picture_size(png) == (5, 3)
    mended = fix_body('<img src="../_images/a.svg"/><img src="c.svg"/>', {"a.svg": svg})
    assert mended == '<img height="48" src="../_images/a.svg" width="96"/><img src="c.svg"/>'


def test_mending_leaves_a_formula_as_it_is():
    formula = '<span class="katex"><math><mi>x</mi></math><svg viewbox="0 0 1 1"><path d="M0"></path></svg></span>'
    assert fix_body(formula) == formula


def test_description_is_the_first_paragraph_cut_between_words():
    page = "Title\n=====\n\nSub\n---\n\n" + "seven letters " * 40
    text = describe(publish_doctree(page, settings_overrides={"doctitle_xform": False}))
    assert text.startswith("seven letters seven")
    assert len(text) <= 200
    assert text.endswith(("seven…", "letters…"))


# --- a tiny book through the real command ----------------------------------------------------------------------------

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


@pytest.fixture
def tiny_book(tmp_path):
    """Build a book of one page with plain ``jupyter-book build .``; return the finished process and the folder."""
    (tmp_path / "_config.yml").write_text(_CONFIG, encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: page\n", encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")

    def build(page, **environment):
        file = tmp_path / "page.md"
        if not file.exists() or file.read_text("utf-8") != page:  # the same page keeps its date
            file.write_text(page, encoding="utf-8")
        command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
        return subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
        )

    build.folder = tmp_path
    return build


@pytest.mark.slow
def test_a_good_page_builds_and_editing_the_module_runs_it_again(tiny_book):
    built = tiny_book(_PAGE)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "ran page 1 of 1" in built.stdout
    html = (tiny_book.folder / "_build/html/page.html").read_text("utf-8")
    assert "katex-mathml" in html
    old = tiny_book.folder / "_build/html/taken-out.html"
    old.write_text("<h1>A page that the book no longer has</h1>", encoding="utf-8")
    report = tiny_book.folder / "_build/html/reports/page.err.log"
    report.parent.mkdir()
    report.write_text("an old failure", encoding="utf-8")
    again = tiny_book(_PAGE + "\nMore words.\n")
    assert again.returncode == 0
    assert "ran page" not in again.stdout  # its cells are the same
    assert not old.exists()
    assert not report.exists()
    assert (tiny_book.folder / "_build/html/search.html").exists()
    sheet = tiny_book.folder / "book/assets/book.css"
    sheet.parent.mkdir(parents=True)
    sheet.write_text("p { color: teal }", encoding="utf-8")
    assert re.search(r"writing output\.\.\..*page", tiny_book(_PAGE + "\nMore words.\n").stdout)
    module = tiny_book.folder / "code/cnnbook/module.py"
    module.parent.mkdir(parents=True)
    module.write_text("a = 1\n", encoding="utf-8")
    assert "ran page 1 of 1" in tiny_book(_PAGE + "\nMore words.\n").stdout
    # A build that was interrupted while it wrote leaves this mark: the page is written again, though nothing changed.
    mark = tiny_book.folder / "_build/.doctrees" / strict.UNFINISHED
    assert not mark.exists()
    mark.touch()
    # Outputs as Sphinx keeps them when it runs a page again that has failed, with the noise of imports: it runs again.
    for kept in (tiny_book.folder / "_build/.jupyter_cache").rglob("base.ipynb"):
        notebook = nbformat.read(kept, as_version=4)
        notebook.cells[0].outputs.append(new_output("stream", name="stderr", text=_NOTICE))
        nbformat.write(notebook, kept)
    cleaned = tiny_book(_PAGE + "\nMore words.\n")
    assert re.search(r"writing output\.\.\..*page", cleaned.stdout)
    assert "ran page 1 of 1" in cleaned.stdout
    assert cleaned.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("1 + 1", "1 / 0", "Executing notebook failed"),
        ("1 + 1", "import sys; print('noise', file=sys.stderr)", "stderr"),
        ("<place>", "<nowhere>", "nowhere"),
        ("$x$", r"$\frac{1$", "KaTeX cannot read"),
    ],
    ids=["failing-cell", "stderr", "reference", "formula"],
)
def test_a_bad_page_fails_the_plain_build_and_the_next_one_too(tiny_book, good, bad, message):
    page = _PAGE.replace(good, bad)
    assert page != _PAGE
    for _ in range(2):
        built = tiny_book(page)
        assert built.returncode != 0
        assert message in built.stdout + built.stderr
    report = tiny_book.folder / "_build/html/reports/page.err.log"
    assert report.exists() == (bad == "1 / 0")
    assert not report.exists() or "ZeroDivisionError" in report.read_text("utf-8")


def test_a_missing_npm_package_is_one_sentence(tiny_book):
    (tiny_book.folder / "node_modules").unlink()
    built = tiny_book(_PAGE)
    assert built.returncode != 0
    assert "npm ci" in built.stdout + built.stderr
