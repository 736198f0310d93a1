"""How pages are run: what the execution cache is keyed on, and what is dropped from outputs."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from booksite.execution import drop_start_up_notes, execution_digest

_PAGE, _STYLES, _MODULE, _EXTENSION = "book/a.md", "book/b.css", "code/cnnbook/shapes.py", "code/booksite/strict.py"
_RECORD, _SAMPLE, _RUNNER = "code/cnnbook/results/a.json", "code/cnnbook/sample.npz", "code/booksite/execution.py"


@pytest.fixture
def book(tmp_path):
    """A small book with one file of each kind."""
    for name in (_PAGE, _STYLES, _MODULE, _EXTENSION, _RECORD, _SAMPLE, _RUNNER, "requirements.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "outputs_depend_on_it"),
    [(name, True) for name in (_MODULE, _RECORD, _SAMPLE, _RUNNER, "requirements.txt")]
    + [(name, False) for name in (_PAGE, _STYLES, _EXTENSION)],
)
def test_digest_changes_with_what_outputs_depend_on(book, name, outputs_depend_on_it):
    before = execution_digest(book, {})
    (book / name).write_text((book / name).read_text("utf-8").upper(), encoding="utf-8")  # as long as before
    assert (execution_digest(book, {}) != before) == outputs_depend_on_it


def test_digest_changes_with_the_training_mode_the_backend_and_a_moved_file(book):
    before = execution_digest(book, {})
    defaults = {"CNNBOOK_TRAIN": "recorded", "KERAS_BACKEND": "tensorflow"}
    assert execution_digest(book, defaults) == before
    assert execution_digest(book, {"CNNBOOK_TRAIN": "fresh"}) != before
    assert execution_digest(book, {"KERAS_BACKEND": "jax"}) != before
    (book / _MODULE).rename(book / "code/cnnbook/sizes.py")
    assert execution_digest(book, {}) != before


def test_digest_depends_on_where_one_file_ends(book):
    first, second = book / "code/a.py", book / "code/b.py"
    first.write_text("x\0code/b.py\0y", encoding="utf-8")
    before = execution_digest(book, {})
    first.write_text("x", encoding="utf-8")
    second.write_text("y", encoding="utf-8")
    assert execution_digest(book, {}) != before


_NOTICE = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
_NOTE = "I0000 00:00:1795475592.223460   12932 port.cc:153] oneDNN custom operations are on.\n"
_WARNING = "W0000 00:00:1795475592.223460   12932 port.cc:153] something is wrong\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [(_NOTICE + _NOTE, []), (_NOTICE + _WARNING, [_WARNING]), ("Warning: mine\n", ["Warning: mine\n"])],
)
def test_only_start_up_notes_are_dropped(text, kept):
    notebook = new_notebook(cells=[new_code_cell(outputs=[new_output("stream", name="stderr", text=text)])])
    drop_start_up_notes(notebook)
    assert [output["text"] for output in notebook.cells[0]["outputs"]] == kept
