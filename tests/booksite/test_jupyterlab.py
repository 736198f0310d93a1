"""The labs in JupyterLab: a notebook is opened and run there, and its widget is moved."""

import json
import os
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


@pytest.mark.weekly
def test_a_lab_lives_in_jupyterlab(jupyterlab, open_tab, tmp_path):
    cells = map(nbformat.v4.new_code_cell, (SHOW, SET, "print(widget.state['stride'], 'in Python')"))
    metadata = {"kernelspec": {"name": "book", "display_name": "book", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=metadata), tmp_path / "row.ipynb")
    tab = open_tab(f"{jupyterlab}/tree/row.ipynb")
    run = lambda number: (  # noqa: E731
        tab.locator(".jp-CodeCell .jp-InputArea-editor").nth(number).click(),
        tab.keyboard.press("Shift+Enter"),
    )
    expect(tab.locator(".jp-CodeCell")).to_have_count(3, timeout=60_000)
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
