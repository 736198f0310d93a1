"""A student's folder without a kernel: begun, reviewed as if its notebook had run, and packed."""

import json
import re
import sys
import zipfile

import pytest
from students import REPORT, code, command, files, write, write_notebook

from cnnbook import handin, models
from cnnbook.handin import folders, report, running, tasks, worksheets
from pages import BOOK

PAGE = (BOOK / "review" / "hand-in.md").read_text("utf-8")


@pytest.fixture
def runs(monkeypatch):
    """Notebooks that are said to run to their end, and are only counted."""
    notebooks = []

    def run(notebook, folder, **options):
        notebooks.append(notebook)
        return notebook, None

    monkeypatch.setattr(running, "run", run)
    return notebooks


# --- beginning ---


def test_start_writes_the_files_and_overwrites_nothing(tmp_path, capsys):
    folder = tmp_path / "new" / "mine"
    assert command(capsys, folder, "--start").out.count("wrote ") == 3
    student, solution = worksheets.write_worksheets(tmp_path / "both")
    assert files(folder) == folders.starting_files() | {"cnn-ex1-stud.xlsx": student.read_bytes()}
    assert solution.read_bytes() not in files(folder).values()
    mine = {"report.md": b"mine", "practical.ipynb": b"mine, too", "cnn-ex1-stud.xlsx": b"my sheet"}
    write(folder, mine)
    answer = command(capsys, folder, "--start")
    assert answer.code == 1
    assert "nothing was written over them" in answer.err
    assert files(folder) == mine


def test_the_notebook_names_the_worksheet_and_not_the_command_that_writes_the_solution():
    practical = folders.starting_files()["practical.ipynb"].decode()
    assert f"`{folders.WORKSHEET}`" in practical
    assert "cnnbook worksheet" not in practical


def test_start_adds_what_is_not_there(tmp_path):
    (tmp_path / "my-work.ipynb").write_text("mine")
    assert [path.name for path in handin.start(tmp_path)] == ["cnn-ex1-stud.xlsx", "report.md"]
    assert files(tmp_path)["my-work.ipynb"] == b"mine"
    (tmp_path / "my-work.ipynb").unlink()
    (tmp_path / "report.md").write_text("mine")
    assert [path.name for path in handin.start(tmp_path)] == ["practical.ipynb"]
    assert files(tmp_path)["report.md"] == b"mine"


# --- folders that cannot be reviewed ---

NOTEBOOK = tasks.notebook([])
NOT_NOTEBOOKS = [
    *(b"", b"hello", b"3", b"[]", b"{}", b'{"nbformat": 4}', b'{"nbformat": 9, "metadata": {}, "cells": []}', b"\xff"),
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1]}',
]
TEMPLATE = {"report.md": report.template().encode()}


@pytest.mark.parametrize(
    ("folder", "contents", "says"),
    [
        ("nowhere", {}, r"there is no folder .*nowhere; check its name, or begin in it with"),
        ("", {".hidden.ipynb": b""}, "has no notebook; add --start"),
        ("", {"a.ipynb": NOTEBOOK, "b.ipynb": NOTEBOOK}, r"has 2 notebooks \(a\.ipynb, b\.ipynb\); leave only the one"),
        *(("", {"x.ipynb": content}, r"x\.ipynb is not a notebook \(.+\); save") for content in NOT_NOTEBOOKS),
    ],
)
def test_folders_that_cannot_be_reviewed(tmp_path, runs, folder, contents, says):
    write(tmp_path, contents)
    with pytest.raises(handin.HandInError, match=says):
        handin.review(tmp_path / folder)
    assert not runs


def test_a_package_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "cnnbook.handin.running")
    monkeypatch.delattr(handin, "running")
    monkeypatch.setitem(sys.modules, "nbclient", None)
    with pytest.raises(handin.HandInError, match="needs the package nbclient; type `pip install nbclient ipykernel`"):
        handin.review(tmp_path)


# --- what is missing ---


def shown(value):
    """The output of a cell that ends with `value`, as a kernel stores it."""
    data, metadata = value._repr_mimebundle_()
    metadata = json.loads(json.dumps(metadata))
    return [{"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": metadata}]


def test_the_table_that_the_notebook_shows_is_counted(tmp_path, runs):
    def missing(architectures):
        sentences = handin.review(tmp_path, architectures=architectures).missing
        return [sentence for sentence in sentences if "architectures" in sentence]

    write_notebook(tmp_path, code("table"))
    assert missing(2) == ["The notebook shows no table of architectures: end a cell with `table`"]
    table = handin.Table()
    for build in (models.one_layer, models.dense):
        table.add(build(), train=0.5, test=0.5)
    write_notebook(tmp_path, code("table"), outputs=shown(table))
    assert missing(3) == ["The table of architectures has 2 of 3"]
    assert missing(2) == []


def test_checks_that_are_not_right_are_hints_and_the_last_one_counts(tmp_path, runs):
    outputs = [*shown(handin.check("activation-maps", 2)), *shown(handin.check("activation-maps", 3))]
    outputs += [*shown(handin.check("volume-stride-1", 1)), *shown(handin.check("volume-stride-1", (3, 3, 2)))]
    write_notebook(tmp_path, code("1"), outputs=outputs)
    hint, unseen, *optional = handin.review(tmp_path).hints
    assert hint == "Check activation-maps: " + handin.check("activation-maps", 3).hint
    assert unseen.startswith("No cell shows what these checks say: output-1d, size-kept-1d, volume-stride-2, ")
    assert optional[0] == "Task 4.1 is not in the notebook: its heading is gone (optional)"


@pytest.mark.parametrize("contents", [TEMPLATE, {}])
def test_beside_a_pdf_the_template_is_not_judged(tmp_path, runs, contents):
    write_notebook(tmp_path, [])
    write(tmp_path, {"report.pdf": b"\n%PDF-1.7"} | contents)
    assert not [sentence for sentence in handin.review(tmp_path).missing if "report" in sentence.lower()]
    (tmp_path / "report.pdf").unlink()
    assert [sentence for sentence in handin.review(tmp_path).missing if "report" in sentence.lower()]


# --- packing ---


KEPT_BACK = {
    "no report": ({}, [], "no zip is made, because .* has no report.md and no report.pdf"),
    "nobody": (TEMPLATE, [], "nobody is named"),
    "nobody, with a PDF": ({"report.pdf": b"%PDF-1.7"}, [], "nobody is named"),
    "nobody, anyway": ({}, ["--anyway"], "nobody is named"),
    "a bad name": (REPORT, ["--name", "../."], "nobody is named"),
}


@pytest.mark.parametrize(("contents", "options", "says"), KEPT_BACK.values(), ids=KEPT_BACK)
def test_what_keeps_a_zip_back_is_said_before_the_run(tmp_path, runs, capsys, contents, options, says):
    write_notebook(tmp_path, code("1"))
    write(tmp_path, contents)
    before = files(tmp_path)
    answer = command(capsys, tmp_path, *options)
    assert answer.code == 1
    assert re.search(says, answer.err)
    assert not runs
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("contents", "options", "path", "names"),
    [
        (REPORT, [], "practical-Ada-Lovelace-Émile-B.zip", ["mine.ipynb", "report.md"]),
        (REPORT | {"report.pdf": b"%PDF-1.7"}, [], "practical-Ada-Lovelace-Émile-B.zip", ["mine.ipynb", "report.pdf"]),
        (REPORT, ["--name", "../李 娜/"], "practical-李-娜.zip", ["mine.ipynb", "report.md"]),
        (REPORT, ["--name", "李" * 300], f"practical-{'李' * 60}.zip", ["mine.ipynb", "report.md"]),
        ({}, ["--anyway", "--name", "A"], "practical-A.zip", ["mine.ipynb"]),
        ({"report.md": "Authors: É B".encode("latin-1")}, [], "practical-B.zip", ["mine.ipynb", "report.md"]),
    ],
)
def test_the_zip_holds_the_notebook_and_the_report_and_nothing_else(
    tmp_path, runs, capsys, contents, options, path, names
):
    write_notebook(tmp_path, code("1"), "mine.ipynb")
    (tmp_path / "secret.txt").write_text("x")
    write(tmp_path, contents)
    answer = command(capsys, tmp_path, *options)
    assert answer.code == 1, "tasks are missing"
    assert f"wrote {tmp_path / path}" in answer.out
    with zipfile.ZipFile(tmp_path / path) as archive:
        assert sorted(archive.namelist()) == names


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        *(("--timeout", text, "expected a positive number of seconds") for text in ("0", "nan", "abc")),
        *(("--architectures", text, "expected a whole number of at least 1") for text in ("0", "2.5")),
    ],
)
def test_bad_options_are_refused(capsys, option, text, says):
    with pytest.raises(SystemExit):
        command(capsys, "FOLDER", option, text)
    assert f"got {text}, {says}" in capsys.readouterr().err


def test_the_page_tells_every_option(capsys):
    with pytest.raises(SystemExit):
        command(capsys, "--help")
    options = set(re.findall(r"--\w+", capsys.readouterr().out)) - {"--help"}
    assert len(options) == 6
    for option in options:
        assert f"`{option}" in PAGE or f" {option}\n" in PAGE
