"""The labs in JupyterLab: a notebook is opened and run there, and its widget is moved."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

#: No requirement of the book, and 40 more packages; uv has it in ten seconds.
JUPYTERLAB = "jupyterlab==4.6.6"

SHOW = """\
from cnnbook import lab
widget = lab.show("one-dimension", input=[2, -1, 0, 3, 1, -2, 1], kernel=[1, 0, -1])
widget"""

MODEL = """\
import keras
import numpy as np
from cnnbook import explorer
keras.utils.set_random_seed(3)
layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3)]
model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
images = np.random.default_rng(3).integers(0, 256, (3, 8, 8)).astype("uint8")
explorer.show(model, images, [0, 1, 2], divide=255)"""

ANSWER = "print('Keras says', *keras.ops.softmax(model.predict(images[..., None] / 255, verbose=0))[1].numpy())"

SET = "widget.state = {**widget.state, 'stride': 3}"


@pytest.fixture
def jupyterlab(tmp_path):
    """Start JupyterLab in an empty folder, with a kernel of this Python, and give its address."""
    kernel = tmp_path / "share/kernels/book/kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": command, "display_name": "book", "language": "python"}), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "ServerApp.root_dir": tmp_path,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
        "LabApp.extra_labextensions_path": Path(sys.prefix, "share/jupyter/labextensions"),
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.news_url": None,
    }
    command = [Path(sys.prefix, "bin/uvx"), "--from", JUPYTERLAB, "jupyter-lab", "--no-browser"]
    folders = {"JUPYTER_PATH": str(tmp_path / "share"), "JUPYTER_CONFIG_DIR": str(tmp_path / "settings")}
    with subprocess.Popen(
        [*command, *(f"--{name}={value}" for name, value in options.items())],
        env={**os.environ, **folders}, stderr=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        try:
            said = []
            for line in server.stderr:
                said.append(line)
                if "is running at" in line:
                    break
            else:
                raise AssertionError(f"JupyterLab did not start:\n{''.join(said)}")
            yield f"http://127.0.0.1:{port}/lab"
        finally:
            server.terminate()


@pytest.fixture
def open_notebook(jupyterlab, open_tab, tmp_path):
    """Open a notebook with some cells; gives the tab, and a function that runs a cell."""

    def open_cells(*sources):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        metadata = {"kernelspec": {"name": "book", "display_name": "book", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "row.ipynb")
        tab = open_tab(f"{jupyterlab}/tree/row.ipynb")
        expect(tab.locator(".jp-CodeCell")).to_have_count(len(cells), timeout=60_000)

        def run(number):
            for _ in range(60):  # before the kernel is there, nothing happens
                tab.locator(".jp-CodeCell .jp-InputArea-editor").nth(number).click()
                tab.keyboard.press("Shift+Enter")
                tab.wait_for_timeout(1000)
                if not re.search(r"\[\s*\]", tab.locator(".jp-CodeCell .jp-InputPrompt").nth(number).inner_text()):
                    return
            raise AssertionError(f"cell {number} is not run")

        return tab, run

    return open_cells


@pytest.mark.weekly
def test_a_model_of_ones_own_is_looked_into_in_jupyterlab(open_notebook):
    tab, run = open_notebook(MODEL, ANSWER)
    run(0)
    figure = tab.locator("figure.lab[data-live]")
    expect(figure).to_be_visible(timeout=120_000)
    expect(figure).to_have_attribute("data-result", re.compile("probabilities"), timeout=60_000)
    figure.locator(".lab-stage").focus()
    tab.keyboard.press("]")
    expect(figure).to_have_attribute("data-state", re.compile('"image":1'))
    run(1)
    answer = tab.locator(".jp-OutputArea-output", has_text="Keras says")
    expect(answer).to_be_visible(timeout=60_000)
    said = [float(word) for word in answer.inner_text().split()[2:]]
    assert json.loads(figure.get_attribute("data-result"))["probabilities"] == pytest.approx(said, abs=1e-5)


@pytest.mark.weekly
def test_a_lab_lives_in_jupyterlab(open_notebook):
    tab, run = open_notebook(SHOW, SET, "print(widget.state['stride'], 'in Python')")
    run(0)
    figure = tab.locator("figure.lab[data-live]")
    expect(figure).to_be_visible(timeout=60_000)
    assert json.loads(figure.get_attribute("data-result"))["output"] == [2, -4, -1, 5, 0]
    figure.locator('button[data-action="stride"][data-value="2"]').click()
    figure.locator(".lab-stage").focus()
    tab.keyboard.press("ArrowRight")
    expect(figure.locator(".lab-sum")).to_contain_text("−1")
    run(2)
    expect(tab.locator(".jp-OutputArea-output", has_text="in Python")).to_have_text("2 in Python\n", timeout=60_000)
    run(1)
    expect(figure).to_have_attribute("data-result", '{"output":[2,5],"unseen":[6]}')
