"""A student's folder without a kernel: begun, reviewed as if its notebook had run, and packed."""

import errno
import io
import json
import os
import re
import sys
import tempfile
import zipfile
from pathlib import Path

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
DEEP = b'"cells": [{"cell_type": "raw", "id": "a", "source": "", "metadata": {"a": %s}}]'
NOT_NOTEBOOKS = [
    *(b"", b"hello", b"3", b"[]", b"{}", b'{"nbformat": 4}', b'{"nbformat": 9, "metadata": {}, "cells": []}', b"\xff"),
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1]}',
    *(NOTEBOOK.replace(b'"cells": []', DEEP % (b"[" * depth + b"]" * depth)) for depth in (101, 400, 100_000)),
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


def sparse(path):
    with path.open("wb") as file:
        file.truncate(200 * 10**9)


def linked(path):
    path.with_name("elsewhere").write_bytes(NOTEBOOK)
    path.symlink_to(path.with_name("elsewhere"))


NO_FILES = {
    "huge": (sparse, r"\(it has 200,000,000,000 bytes, expected at most"),
    "a pipe": (os.mkfifo, r"\(it is no regular file\)"),
    "a folder": (Path.mkdir, r"\(it is no regular file\)"),
    "a link": (linked, r"\(it is a link\)"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), r"\(it is a link\)"),
}


@pytest.mark.parametrize("name", ["practical.ipynb", "report.md", "report.pdf"])
@pytest.mark.parametrize(("make", "says"), NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_of_the_student_s_is_neither_read_nor_packed(tmp_path, runs, capsys, name, make, says):
    write(tmp_path, {"practical.ipynb": NOTEBOOK, "report.md": REPORT["report.md"]})
    (tmp_path / name).unlink(missing_ok=True)
    make(tmp_path / name)
    answer = command(capsys, tmp_path)
    assert (answer.code, answer.out, runs) == (1, "", [])
    assert re.search(rf"{name} cannot be read {says}.*; put the file itself there", answer.err)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    "text", ["Authors: É B\n", "\ufeffAuthors: É B", "# Report\n\ufeffAuthors: É B\n", "x\rAuthors: É B\r"]
)
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path, runs, capsys, encoding, text):
    write(tmp_path, {"practical.ipynb": "\ufeff".encode() + NOTEBOOK, "report.md": text.encode(encoding)})
    command(capsys, tmp_path)
    assert (tmp_path / "practical-É-B.zip").is_file()


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


STEER = "\x1b[31m\x1b[2J\x1b[H\x07\u202e\x9b2JIt runs"


def test_no_text_of_a_student_s_steers_the_terminal(tmp_path, runs, capsys):
    """Names of files, headings of the report, and whatever a cell wrote in the place of checks and tables."""
    notes = [
        {"cnnbook check": {"name": STEER, "right": False, "hint": STEER}},
        {"cnnbook check": 5, "cnnbook table": []},
    ]
    notes += [{"cnnbook table": {"architectures": STEER}}, {"cnnbook check": {"name": [], "right": STEER, "hint": {}}}]
    output = {"output_type": "display_data", "data": {}}
    folder = tmp_path / STEER
    write_notebook(folder, code("1"), f"{STEER}.ipynb", outputs=[output | {"metadata": note} for note in notes])
    write(folder, {"report.md": f"Authors: A\n# {STEER}\n*Your text*".encode()})
    answers = [command(capsys, folder)]
    assert "The section “[2J[H2JIt runs” of the report" in answers[0].out
    assert "Check [2J[H2JIt runs: [2J[H2JIt runs" in answers[0].out
    assert "The notebook shows no table" in answers[0].out
    write(folder, {"b.ipynb": NOTEBOOK})
    answers.append(command(capsys, folder))
    answers.append(command(capsys, folder / STEER))
    for answer in answers:
        assert answer.code == 1
        assert all(letter.isprintable() for line in (answer.out + answer.err).splitlines() for letter in line)


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
    "a folder in its place": (
        REPORT,
        ["--name", "taken"],
        "practical-taken.zip cannot be written .it is a folder.; cop",
    ),
}


@pytest.mark.parametrize(("contents", "options", "says"), KEPT_BACK.values(), ids=KEPT_BACK)
def test_what_keeps_a_zip_back_is_said_before_the_run(tmp_path, runs, capsys, contents, options, says):
    write_notebook(tmp_path, code("1"))
    write(tmp_path, contents)
    (tmp_path / "practical-taken.zip").mkdir()
    before = files(tmp_path)
    answer = command(capsys, tmp_path, *options)
    assert answer.code == 1
    assert re.search(says, answer.err)
    assert not runs
    assert files(tmp_path) == before


def refuse(number):
    def refused(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return refused


def test_a_place_that_cannot_be_written_is_found_before_the_run(tmp_path, runs, monkeypatch, capsys):
    write(tmp_path, {"practical.ipynb": NOTEBOOK} | REPORT)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse(errno.EROFS))
    assert "zip cannot be written (Read-only file system); copy the folder to where" in command(capsys, tmp_path).err
    assert not runs


def test_a_disk_that_fills_up_during_the_run_loses_nothing(tmp_path, runs, monkeypatch, capsys):
    folder = tmp_path / "mine"
    path = write_notebook(folder, code("1"))
    write(folder, REPORT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folders, "write_atomically", refuse(errno.ENOSPC))
    answer = command(capsys, folder)
    kept = re.search(
        r"zip cannot be written \(No space left on device\)\. The notebook as it ran is in (.*)\n", answer.err
    )
    assert answer.code == 1
    assert running.read(Path(kept[1])) == running.read(path)
    monkeypatch.setattr(tempfile, "mkdtemp", refuse(errno.ENOSPC))
    assert "is lost (No space left on device)" in command(capsys, folder).err


def test_a_terminal_that_cannot_show_a_letter_loses_nothing(tmp_path, runs, monkeypatch):
    write(tmp_path, {"practical.ipynb": NOTEBOOK} | REPORT)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    with pytest.raises(UnicodeEncodeError):
        handin.pack(tmp_path)
    assert (tmp_path / "practical-Ada-Lovelace-Émile-B.zip").is_file()


@pytest.mark.parametrize(
    ("contents", "options", "path", "names"),
    [
        (REPORT, [], "practical-Ada-Lovelace-Émile-B.zip", ["mine.ipynb", "report.md"]),
        (REPORT | {"report.pdf": b"%PDF-1.7"}, [], "practical-Ada-Lovelace-Émile-B.zip", ["mine.ipynb", "report.pdf"]),
        (REPORT, ["--name", "../李 娜/"], "practical-李-娜.zip", ["mine.ipynb", "report.md"]),
        (REPORT, ["--name", "李" * 300], f"practical-{'李' * 60}.zip", ["mine.ipynb", "report.md"]),
        (REPORT, ["--name", "a" + "𠀀" * 300], f"practical-a{'𠀀' * 44}.zip", ["mine.ipynb", "report.md"]),
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
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("`python -P -m cnnbook`", "`python -I -m cnnbook`", "PYTHONPATH"):
        assert words in shown
        assert words in PAGE
    options = set(re.findall(r"--\w+", shown)) - {"--help"}
    assert len(options) == 6
    for option in options:
        assert f"`{option}" in PAGE or f" {option}\n" in PAGE
