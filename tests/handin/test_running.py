"""A student's folder with a kernel: cells that stop the notebook, the short mode, and the way to the zip."""

import copy
import json
import re
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from students import OPTIONAL, REPORT, TASKS, cells, code, command, files, report_text, write, write_notebook

from cnnbook import CnnBookError, handin
from cnnbook.handin import dataset, running, tasks

TESTS = Path(__file__).parents[1]

STOPS = {
    "error": ("raise ValueError('a\\x1b[1mb\\nc')", "stopped with ValueError: ab c. Correct it"),
    "dies": ("import os\nos._exit(1)", "ended the kernel"),
    "endless": ("while True:\n    pass", "took longer than 1 s; allow more with --timeout"),
}


@pytest.mark.parametrize(("source", "says"), STOPS.values(), ids=STOPS)
def test_a_cell_that_stops_the_notebook_is_named(tmp_path, capsys, source, says):
    write_notebook(tmp_path, [*code("x = 1"), tasks.Cell("markdown", "## Task 1.2 by hand"), *code(source, "x")])
    write(tmp_path, REPORT)
    before = files(tmp_path)
    answer = command(capsys, tmp_path, "--timeout", 1 if "longer" in says else 60)
    assert answer.code == 1
    reason = f"practical.ipynb does not run to its end: cell 3 of 4, Task 1.2, {says}"
    assert f"no zip is made, because {reason}" in answer.err
    assert files(tmp_path) == before


def test_no_message_steers_the_terminal():
    message = "\x1b[31mwrong\x1b[0m\n\x1b[2J\x1b[H\x1b]0;title\x07 It runs \u202efrom top\x9b2J"
    assert running.one_line(message) == "wrong [2J[H]0;title It runs from top2J"


def test_no_tag_makes_a_failing_cell_pass(tmp_path):
    path = write_notebook(tmp_path, code("1 / 0"), metadata={"tags": ["raises-exception", "skip-execution"]})
    _, failure = running.run(running.read(path), tmp_path, timeout=60, short=False)
    assert failure == "cell 1 of 1, stopped with ZeroDivisionError: division by zero"


def test_anyway_packs_a_notebook_that_stops_and_still_ends_with_an_error(tmp_path, capsys):
    """On the way it runs each cell in the folder, with this Python, and says how long it took."""
    (tmp_path / "numbers.txt").write_text("1 2")
    write_notebook(
        tmp_path, code("import sys\nsys.executable", "", "print(open('numbers.txt').read())", "no_such_name")
    )
    answer = command(capsys, tmp_path, "--anyway", "--name", "A")
    assert answer.code == 1
    assert "the zip is made, but practical.ipynb does not run to its end: cell 4 of 4" in answer.err
    assert "stopped: cell 4 of 4, stopped with NameError: name 'no_such_name' is not defined" in answer.out
    assert re.findall(r"^cell (\d) of 4 \d+\.\d s$", answer.out, re.M) == ["1", "3", "4"]
    assert "Task 3.4 is not in the notebook" in answer.out
    with zipfile.ZipFile(tmp_path / "practical-A.zip") as archive:
        content = json.loads(archive.read("practical.ipynb"))
    python, _, numbers, error = [cell["outputs"] for cell in content["cells"]]
    assert python[0]["data"]["text/plain"] == [repr(sys.executable)]
    assert numbers[0]["text"] == ["1 2\n"]
    assert error[0]["ename"] == "NameError"


# --- the short mode: the results handed in are the saved ones ---


@pytest.fixture
def no_data(monkeypatch, tmp_path_factory):
    """No CIFAR-10 where it is looked for, and no way to it."""
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path_factory.mktemp("nowhere")))
    monkeypatch.delenv("CNNBOOK_SHORT", raising=False)


@pytest.fixture(scope="module")
def ran_short(tmp_path_factory):
    """A notebook that loads the images and shows a check, run in the short mode."""
    folder = tmp_path_factory.mktemp("short")
    path = write_notebook(
        folder, code("from cnnbook import handin\nhandin.images()", "handin.check('activation-maps', 3)")
    )
    executed, failure = running.run(running.read(path), folder, timeout=60, short=True)
    assert failure is None
    return executed


def without_note(notebook):
    del notebook.cells[0].outputs[0].metadata[dataset.IMAGES_NOTE]


def in_another_order(notebook):
    notebook.cells[0].execution_count, notebook.cells[1].execution_count = 2, 1


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (without_note, []),
        (lambda notebook: None, ["The saved results are those of 100 images: run all cells without CNNBOOK_SHORT"]),
        (in_another_order, ["The saved notebook was not run from top to bottom"]),
    ],
)
def test_short_results_are_not_handed_in(tmp_path, ran_short, monkeypatch, edit, says):
    saved = copy.deepcopy(ran_short)
    edit(saved)
    nbformat.write(saved, tmp_path / "practical.ipynb")
    monkeypatch.setattr(running, "run", lambda *arguments, **options: (ran_short, None))
    reviewed = handin.review(tmp_path, short=True)
    sentences = [sentence for sentence in reviewed.missing if "saved" in sentence]
    assert len(sentences) == len(says)
    assert all(sentence.startswith(start) for sentence, start in zip(sentences, says, strict=True))
    assert json.loads(reviewed.content) == json.loads((tmp_path / "practical.ipynb").read_bytes())


def test_the_variable_asks_for_the_short_mode_and_the_kernel_is_told(tmp_path, monkeypatch):
    write_notebook(tmp_path, code("import os\nassert os.environ['CNNBOOK_SHORT'] == '1'"))
    monkeypatch.setenv("CNNBOOK_SHORT", "1")
    assert handin.review(tmp_path).failure is None
    assert "AssertionError" in handin.review(tmp_path, short=False).failure


def test_the_short_mode_needs_no_data(no_data, monkeypatch):
    with pytest.raises(CnnBookError, match="nowhere"):
        handin.images()
    monkeypatch.setenv("CNNBOOK_SHORT", "1")
    images = handin.images()
    assert [len(part) for part in images] == [60, 60, 20, 20, 20, 20]
    assert all(set(labels) == set(range(10)) for labels in images[1::2])
    assert len({image.tobytes() for part in images[::2] for image in part}) == 100
    assert "no accuracy on them means anything" in repr(images)


# --- from the first cell to the zip ---


@pytest.mark.slow
def test_the_notebook_as_given_out_runs_without_data_and_answers_nothing(tmp_path, no_data, capsys):
    command(capsys, tmp_path, "--start")
    answer = command(capsys, tmp_path, "--short", "--name", "A")
    assert re.search(r"the zip is made, but something is missing \(\d\d in", answer.err)
    assert "It runs from top to bottom." in answer.out
    assert all(f"Task {number} is not answered" in answer.out for number in TASKS + OPTIONAL)
    with zipfile.ZipFile(tmp_path / "practical-A.zip") as archive:
        assert sorted(archive.namelist()) == ["practical.ipynb", "report.md"]


@pytest.mark.weekly
def test_a_filled_in_notebook_is_packed_in_both_modes(tmp_path, no_data, monkeypatch, capsys):
    """First with a small data set in the place of CIFAR-10, all of which is "trained" on; then in the short mode."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    student_cells = cells()
    (place,) = [index for index, cell in enumerate(student_cells) if "= handin.images()" in cell.source]
    original = student_cells[place].source
    small = original.replace("handin.images()", "handin.Images(*__import__('tiny').DATA)")
    student_cells[place] = tasks.Cell("code", small)
    path = write_notebook(tmp_path, student_cells)
    write(tmp_path, REPORT)
    before = files(tmp_path)

    answer = command(capsys, tmp_path)
    assert answer.code == 0, answer.err
    assert "Missing" not in answer.out
    assert "another look" not in answer.out
    assert {name: content for name, content in files(tmp_path).items() if name in before} == before
    with zipfile.ZipFile(tmp_path / "practical-Ada-Lovelace-Émile-B.zip") as archive:
        assert sorted(archive.namelist()) == ["practical.ipynb", "report.md"]
        handed_in = nbformat.reads(archive.read("practical.ipynb").decode(), as_version=4)
        assert archive.read("report.md").decode() == report_text()
    outputs = [output.get("data", {}) for cell in handed_in.cells for output in cell.get("outputs", ())]
    (shown_table,) = [data["text/markdown"] for data in outputs if "text/markdown" in data]
    assert shown_table.count("CONV D=") == 5

    # The student saves this, and a teacher runs it without the data: the saved results are what is handed in.
    handed_in.cells[place].source = original
    nbformat.write(handed_in, path)
    assert command(capsys, tmp_path, "--short", "--name", "again").code == 0
    with zipfile.ZipFile(tmp_path / "practical-again.zip") as archive:
        assert json.loads(archive.read("practical.ipynb")) == json.loads(path.read_bytes())

    answer = command(capsys, tmp_path, "--short", "--architectures", "6")
    assert "the zip is made, but something is missing (1 in the list above)" in answer.err
    assert "The table of architectures has 5 of 6" in answer.out
