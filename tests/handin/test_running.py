"""A student's folder with a kernel: cells that stop the notebook, the short mode, and the way to the zip."""

import copy
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest
from students import OPTIONAL, REPORT, TASKS, cells, code, command, files, report_text, write, write_notebook

from cnnbook import CnnBookError, handin
from cnnbook.handin import dataset, running, tasks

TESTS = Path(__file__).parents[1]

SEND = "kernel = get_ipython().kernel\nkernel.session.send(kernel.iopub_socket, {}, parent=kernel.get_parent())"
DEEP = "from IPython.display import display\ndeep = []\nfor _ in range(300): deep = [deep]\n"
FLOOD = "wrote more output than a notebook can hold"
MALFORMED = "sent Jupyter something that is no message"
STOPS = {
    "error": ("raise ValueError('a\\x1b[1mb\\nc')", "stopped with ValueError: ab c. Correct it"),
    "steers the terminal": (
        "raise ValueError('\\x1b[2J\\x07It runs\\u202e')",
        "stopped with ValueError: [2JIt runs. C",
    ),
    "dies": ("import os\nos._exit(1)", "ended the kernel: Python"),
    "endless": ("while True:\n    pass", "took longer than 1 s; allow more with --timeout"),
    "exit": ("exit()", "ended the kernel with exit() or quit()"),
    "bare quit": ("quit", "ended the kernel with exit() or quit()"),
    "sys.exit": ("import sys\nsys.exit(3)", "stopped with SystemExit: 3"),
    "captured error": ("%%capture\n1 / 0", "went on after ZeroDivisionError: division by zero. C"),
    "error of another run": ("get_ipython().run_cell('x')", "went on after NameError: name 'x' is not"),
    "prints for ever": ("while True: print('x' * 1000)", FLOOD),
    "shows for ever": ("from IPython.display import display, HTML\nwhile True: display(HTML('x' * 10000))", FLOOD),
    "shows bytes for ever": (SEND.format("'comm_msg', {'comm_id': 1, 'data': {}}, buffers=[bytes(10**7)]"), FLOOD),
    "message without a field": (SEND.format("'stream', {}"), f"{MALFORMED} (KeyError: 'name')"),
    "message of other types": (SEND.format("'display_data', {'data': 5, 'metadata': 6}"), MALFORMED),
    "bytes that are no message": (
        "get_ipython().kernel.iopub_socket.send_multipart([b'x'])\nimport time; time.sleep(1)",
        MALFORMED,
    ),
    "deep output": (f"{DEEP}display({{'application/json': deep}}, raw=True)", f"{MALFORMED} (ValueError: it is nested"),
}


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path_factory):
    """Where notebooks are kept that no zip is made of; and a small limit of output, which is soon reached."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(running, "MOST_OUTPUT", 2_000_000)
    return folder


def kept(answer):
    """The notebook that a message says to be kept."""
    return nbformat.read(re.search(r"The notebook as it ran is in (\S+)", answer.err)[1], as_version=4)


@pytest.mark.parametrize(("source", "says"), STOPS.values(), ids=STOPS)
def test_a_cell_that_stops_the_notebook_is_named(tmp_path, capsys, source, says):
    heading = tasks.Cell("markdown", "## Task 1.2 by hand")
    write_notebook(
        tmp_path, [*code("print(1)"), heading, *code(source), tasks.Cell("markdown", "## Task 1.3"), *code("x")]
    )
    write(tmp_path, REPORT)
    before = files(tmp_path)
    answer = command(capsys, tmp_path, "--timeout", 1 if "longer" in says else 60)
    assert answer.code == 1
    reason = f"practical.ipynb does not run to its end: cell 3 of 5, Task 1.2, {says}"
    assert f"no zip is made, because {reason}" in answer.err
    assert answer.err.count("\n") == 1
    assert files(tmp_path) == before
    assert kept(answer).cells[0].outputs[0].text == "1\n"


def test_exit_in_the_last_cell_and_exit_that_keeps_the_kernel(tmp_path):
    def failure(*sources):
        return running.run(running.read(write_notebook(tmp_path, code(*sources))), tmp_path, timeout=60, short=True)[1]

    assert failure("1", "exit()").startswith("cell 2 of 2, ended the kernel with exit() or quit()")
    assert failure("exit(keep_kernel=True)", "2") is None
    assert failure("exit()\n1 / 0") == "cell 1 of 1, stopped with ZeroDivisionError: division by zero"


def test_ctrl_c_ends_the_run_and_the_kernel(tmp_path):
    write_notebook(tmp_path, code("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"))
    write(tmp_path, REPORT)
    command_line = [sys.executable, "-m", "cnnbook", "handin", str(tmp_path)]
    with subprocess.Popen(command_line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1].strip() == "cnnbook handin: stopped. No zip was made."
    assert process.returncode == 130
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_no_process_survives_the_run(tmp_path):
    start = "import os, subprocess\n{}\nopen('pids', 'a').write(f'{{pid}} ')"
    sleep = "['sleep', '600']"
    forks = "read, write = os.pipe()\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    forks += (
        f"        os.write(write, str(os.getpid()).encode())\n        os.execvp('sleep', {sleep})\n    os._exit(0)\n"
    )
    ways = [
        f"pid = subprocess.Popen({sleep}).pid",
        f"pid = subprocess.Popen({sleep}, start_new_session=True).pid",
        f"{forks}pid = os.read(read, 20).decode()",
    ]
    path = write_notebook(tmp_path, code(*map(start.format, ways)))
    assert running.run(running.read(path), tmp_path, timeout=60, short=True)[1] is None
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 3
    assert not [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def test_modules_that_lie_in_the_folder_are_the_notebook_s_and_not_the_command_s(tmp_path):
    write_notebook(tmp_path, code("import helper\nhelper.x"))
    write(tmp_path, REPORT | {"helper.py": b"x = 1"})
    for name in ("nbformat", "argparse", "numpy", "psutil", "ipykernel", "ipykernel_launcher"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w').close()")
    script = str(Path(sys.executable).with_name("cnnbook"))
    for start in ([sys.executable, "-m", "cnnbook"], [script], [sys.executable, "-P", "-m", "cnnbook"]):
        shown = subprocess.run([*start, "handin", "."], cwd=tmp_path, capture_output=True, text=True)
        assert "It runs from top to bottom." in shown.stdout, shown
        assert not (tmp_path / "imported").exists()
        if start[-1] == "cnnbook":  # where there is a package of our name, Python has to be told not to look there
            (tmp_path / "cnnbook").mkdir(exist_ok=True)
            (tmp_path / "cnnbook" / "__main__.py").write_text("open('imported', 'w').close()")


def test_what_the_zip_holds_is_valid_and_says_nothing_of_other_runs(tmp_path, capsys):
    note = {"executionInfo": {"status": "error"}, "tags": ["a"]}
    path = write_notebook(tmp_path, [*code("print(1)"), tasks.Cell("markdown", "half")], metadata=note)
    notebook = json.loads(path.read_text())
    widgets = {"application/vnd.jupyter.widget-state+json": {"abc": {"model_name": "FloatProgressModel"}}}
    notebook["metadata"] |= {"widgets": widgets, "colab": {}, "papermill": {"exception": True}}
    notebook["metadata"]["kernelspec"] |= {"name": "mine"}
    notebook["cells"][1]["source"] = "half of a surrogate pair: \ud800"
    path.write_text("\ufeff" + json.dumps(notebook), "utf-8")
    write(tmp_path, REPORT)
    for options, kernel, metadata in ([], "python3", {"tags": ["a"]}), (["--short"], "mine", note):
        assert "the zip is made" in command(capsys, tmp_path, *options).err
        with zipfile.ZipFile(tmp_path / "practical-Ada-Lovelace-Émile-B.zip") as archive:
            packed = nbformat.reads(archive.read("practical.ipynb").decode(), as_version=4)
        nbformat.validate(packed)
        assert set(packed.metadata) == {"kernelspec", "language_info"}
        assert packed.metadata.kernelspec.name == kernel
        packed.cells[0].metadata.pop("execution", None)
        assert packed.cells[0].metadata == metadata


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
