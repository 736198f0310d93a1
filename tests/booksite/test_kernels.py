"""Kernels that are forked from a process with Keras imported must be as good as those that Python starts."""

import sys
import time

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from booksite.kernels import KernelServer
from booksite.undocumented import execute_notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("kernels"),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every kernel imports Keras itself"),
]


@pytest.fixture(scope="module")
def server():
    with KernelServer() as server:
        yield server


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """Run cells in a new kernel; gives the texts that each printed or showed, and the exception."""

    def run_cells(*sources, timeout=60):
        monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)  # with it, kernels do not catch what C code prints
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
        result = execute_notebook(
            notebook,
            cwd=str(tmp_path),
            timeout=timeout,
            allow_errors=False,
            extra_arguments=["--log-level=ERROR"],
            kernel_manager_class=server.manager_class(),
        )
        texts = [
            "".join(output.get("text") or output.data["text/plain"] for output in cell.outputs if "ename" not in output)
            for cell in notebook.cells
        ]
        return texts, result.err

    return run_cells


def test_keras_is_there_and_nothing_of_ours(run, tmp_path):
    texts, error = run(
        "import sys, os\n'keras' in sys.modules, 'cnnbook' in sys.modules, __name__",
        "any('booksite' in folder for folder in sys.path)",
        "print(os.getcwd())",
    )
    assert error is None
    assert texts == ["(True, False, '__main__')", "False", f"{tmp_path}\n"]


def test_figures_streams_and_programs_arrive(run):
    texts, error = run(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "import os, sys\nprint('noise', file=sys.stderr)",
        # The kernel's thread that reads what C code prints has to come round before the cell ends.
        "os.write(1, b'from C'); import time; time.sleep(1)",
        "import subprocess\nsubprocess.run(['false']).returncode",
    )
    assert error is None
    assert texts == ["<Figure size 640x480 with 1 Axes>", "noise\n", "from C", "1"]


def test_pages_share_no_state_and_networks_train(run):
    cells = (
        "import keras, math\nmath.__dict__.setdefault('visits', []).append(1)\nlen(math.visits)",
        "keras.utils.set_random_seed(0)\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])",
        "model.compile('sgd', 'mse')\nx = keras.ops.ones((4, 2))\n"
        "model.fit(x, x[:, :1], verbose=0).history['loss'], model.layers[0].name",
    )
    first, second = run(*cells), run(*cells)
    assert first[1] is None
    assert first == second
    assert first[0][0] == "1"


def test_a_failing_page_a_slow_one_and_a_kernel_that_dies_are_noticed(run):
    assert "ZeroDivisionError" in str(run("1 / 0")[1])
    assert "timed out" in str(run("import time; time.sleep(60)", timeout=1)[1])
    with pytest.raises(RuntimeError, match="died"):
        run("import os; os._exit(3)")
    assert run("'still there'") == (["'still there'"], None)


def test_kernels_end_with_the_server():
    with KernelServer() as server:
        process = server.fork(["python", "-m", "ipykernel_launcher", "--log-level=ERROR"], ".", {})
        assert process.poll() is None
    deadline = time.monotonic() + 30
    while process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
