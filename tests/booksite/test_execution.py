"""How pages are run: what the execution cache is keyed on, and what is dropped from outputs."""

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from booksite import execution
from booksite.execution import drop_start_up_notes, execution_digest

_PAGE, _STYLES, _MODULE, _EXTENSION = "book/a.md", "book/b.css", "code/cnnbook/shapes.py", "code/booksite/strict.py"
_RECORD, _SAMPLE, _RUNNER = "code/cnnbook/results/a.json", "code/cnnbook/sample.npz", "code/booksite/execution.py"
_TEXT, _OTHER = "code/cnnbook/handin/practical.md", "code/cnnbook/new/table.of_a_kind_to_come"
_BYTECODE, _SWAP = "code/cnnbook/__pycache__/shapes.cpython-311.pyc", "code/cnnbook/.shapes.py.swp"
_CHANGING = (_MODULE, _RECORD, _SAMPLE, _RUNNER, _TEXT, _OTHER, "requirements.txt")
_WITHOUT_EFFECT = (_PAGE, _STYLES, _EXTENSION, _BYTECODE, _SWAP, "tests/requirements.txt")


@pytest.fixture
def book(tmp_path):
    """A small book with one file of each kind."""
    for name in (*_CHANGING, *_WITHOUT_EFFECT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "outputs_depend_on_it"),
    [(name, True) for name in _CHANGING] + [(name, False) for name in _WITHOUT_EFFECT],
)
def test_digest_changes_with_what_outputs_depend_on(book, name, outputs_depend_on_it):
    before = execution_digest(book, {})
    (book / name).write_text((book / name).read_text("utf-8").upper(), encoding="utf-8")  # as long as before
    assert (execution_digest(book, {}) != before) == outputs_depend_on_it


@pytest.mark.parametrize(
    ("name", "value", "outputs_depend_on_it"),
    [
        ("CNNBOOK_TRAIN", "fresh", True),
        ("CNNBOOK_SHORT", "1", True),
        ("CNNBOOK_SHORT", "0", False),
        ("CNNBOOK_FRESH_SINCE", "2026-11-01", True),
        ("CNNBOOK_REPOSITORY", "https://github.com/own/book", False),  # which no cell sees
        ("KERAS_BACKEND", "jax", True),
        ("KERAS_BACKEND", "", False),
        ("TF_ENABLE_ONEDNN_OPTS", "0", True),
        ("TF_CPP_MIN_LOG_LEVEL", "0", True),
        ("TF_CPP_MIN_LOG_LEVEL", "1", False),  # JAX sets it
        ("TF2_BEHAVIOR", "0", True),
        ("TF2_BEHAVIOR", "1", False),  # TensorFlow sets it, and the next one, when it is imported
        ("KMP_INIT_AT_FORK", "FALSE", False),
        ("OMP_NUM_THREADS", "1", True),
        ("MPLBACKEND", "svg", True),
        ("PYTHONPATH", "/elsewhere", True),
        ("EDITOR", "vi", False),
    ],
)
def test_digest_changes_with_the_variables_that_outputs_depend_on(book, name, value, outputs_depend_on_it):
    assert (execution_digest(book, {name: value}) != execution_digest(book, {})) == outputs_depend_on_it


def test_digest_changes_with_what_is_installed_but_not_with_what_tests_need(book, tmp_path, monkeypatch):
    (book / "requirements.txt").write_text("numpy==1.0 \\\n  --hash=sha256:0\n")
    (book / "tests/requirements.txt").write_text("numpy==1.0\npytest-fast==1.0\n")
    digests = set()
    for number, installed in enumerate((["numpy-1.0"], ["numpy-1.1"], ["numpy-1.1", "jax-0.11"])):
        for name in (*installed, *["pytest_fast-1.0"] * number):
            folder = tmp_path / f"site{number}" / f"{name}.dist-info"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: {}\nVersion: {}\n".format(*name.split("-")))
        with monkeypatch.context() as patch:
            patch.setattr(
                execution, "distributions", lambda n=number: metadata.distributions(path=[tmp_path / f"site{n}"])
            )
            digests.add(execution_digest(book, {}))
            shutil.rmtree(tmp_path / f"site{number}/pytest_fast-1.0.dist-info", ignore_errors=True)
            digests.add(execution_digest(book, {}))
    assert len(digests) == 3


def test_digest_changes_with_kerass_own_file_once_it_says_more_than_keras_writes_into_it(book, tmp_path):
    home = {"KERAS_HOME": str(tmp_path)}
    before = execution_digest(book, home)
    usual = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
    (tmp_path / "keras.json").write_text(json.dumps(usual))  # as Keras does in the first build of a machine
    assert execution_digest(book, home) == before
    (tmp_path / "keras.json").write_text(json.dumps(usual | {"floatx": "float16"}))
    assert execution_digest(book, home) != before


def test_digest_changes_with_the_package_that_pages_import_where_it_is_another_one(book, tmp_path_factory, monkeypatch):
    """As with an installation that is not editable, which pages would take instead of the book's own folder."""
    installed = tmp_path_factory.mktemp("cnnbook") / "__init__.py"
    digests = set()
    for text in ("a = 1", "a = 2"):
        installed.write_text(text)
        monkeypatch.setattr(execution.cnnbook, "__file__", str(installed))
        digests.add(execution_digest(book, {}))
    monkeypatch.setattr(execution.cnnbook, "__file__", str(book / "code/cnnbook/__init__.py"))
    assert len(digests | {execution_digest(book, {})}) == 3


def test_kernels_do_not_read_the_drawing_settings_of_whoever_builds(tmp_path):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib/matplotlibrc").write_text("lines.linewidth: 77\n")
    code = "import matplotlib; print(matplotlib.rcParams['lines.linewidth'])"
    own = {name: value for name, value in os.environ.items() if name != "MATPLOTLIBRC"} | {
        "XDG_CONFIG_HOME": str(tmp_path)
    }
    for environment, width in ((own, "77.0\n"), (own | execution.KERNEL_ENVIRONMENT, "1.5\n")):
        call = [sys.executable, "-c", code]
        assert subprocess.run(call, env=environment, capture_output=True, text=True, check=True).stdout == width


def test_the_digest_of_a_build_stays_while_it_sets_variables_and_writes_records(book, monkeypatch):
    """What is made from the outputs at its end, as for JupyterLite, looks for them where they were put."""
    monkeypatch.setattr(os, "environ", {"KERAS_HOME": str(book)})
    app, config = SimpleNamespace(srcdir=book, outdir=book / "_build/html"), SimpleNamespace()
    execution.name_cache(app, config)
    named = config.nb_execution_cache_path
    execution.prepare_kernels(app)
    (book / _RECORD).write_text("a new record")
    assert named.endswith(execution.build_digest(book))
    execution.name_cache(app, config)
    assert named != config.nb_execution_cache_path


@pytest.mark.parametrize("before", [None, "", "fresh"])
def test_a_build_trains_only_if_it_is_told_to(tmp_path, monkeypatch, before):
    environment = {} if before is None else {"CNNBOOK_TRAIN": before}
    monkeypatch.setattr(os, "environ", environment | {"KERAS_HOME": str(tmp_path)})
    execution.prepare_kernels(SimpleNamespace(outdir=tmp_path / "html"))
    assert os.environ["CNNBOOK_TRAIN"] == (before or "recorded")


def test_digest_changes_with_a_moved_file(book):
    before = execution_digest(book, {})
    defaults = {"CNNBOOK_TRAIN": "recorded", "KERAS_BACKEND": "tensorflow"}
    assert execution_digest(book, defaults) == before
    (book / _MODULE).rename(book / "code/cnnbook/sizes.py")
    assert execution_digest(book, {}) != before


def test_digest_depends_on_where_one_file_ends(book):
    first, second = book / "code/a.py", book / "code/b.py"
    first.write_text("x\0code/b.py\0y", encoding="utf-8")
    before = execution_digest(book, {})
    first.write_text("x", encoding="utf-8")
    second.write_text("y", encoding="utf-8")
    assert execution_digest(book, {}) != before


@pytest.mark.parametrize(("tags", "found"), [([], "E: why"), (["remove-cell"], "E: why"), (["raises-exception"], "")])
def test_an_error_that_no_tag_announces_is_found(tags, found):
    error = new_output("error", ename="E", evalue="why", traceback=[])
    cells = [new_code_cell(outputs=[new_output("stream", text="x")]), new_code_cell(outputs=[error])]
    cells[1].metadata["tags"] = tags
    assert execution.unannounced_error(new_notebook(cells=cells)) == found


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


def test_parts_of_a_line_are_joined_and_streams_kept_apart():
    parts = [("stdout", "kernel 3:"), ("stdout", " 9\n"), ("stderr", "w"), ("stdout", "x\n"), ("stdout", "y\n")]
    outputs = [new_output("stream", name=name, text=text) for name, text in parts]
    outputs.insert(4, new_output("display_data"))
    notebook = new_notebook(cells=[new_markdown_cell(), new_code_cell(outputs=outputs)])
    execution.join_streams(notebook)
    texts = [output.get("text") for output in notebook.cells[1]["outputs"]]
    assert texts == ["kernel 3: 9\n", "w", "x\n", None, "y\n"]
