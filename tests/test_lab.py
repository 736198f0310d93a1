"""The labs as widgets of a notebook, `cnnbook.lab`; tests/booksite/test_labs.py looks at them in a browser."""

import importlib.util

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from booksite.scripts import LABS
from cnnbook import CnnBookError, lab

STATE = {"input": np.arange(5), "kernel": [1, 0, -1], "stride": 1, "padding": 0, "dilation": 1}


def test_every_lab_of_the_pages_can_be_shown():
    assert set(lab.KINDS) == set(LABS)


def test_a_lab_whose_state_has_a_kind_can_be_shown():
    assert lab.show("pooling", input=np.eye(4), kind="max", pool_size=2).state["kind"] == "max"


@pytest.mark.parametrize(
    ("kind", "brought"),
    [
        ("filter", {"learned", "images", "classes"}),
        ("seeds", {"data"}),
        ("train", {"recorded", "epochs", "images", "classes"}),
        ("network", {"networks", "weights", "images", "classes"}),
    ],
)
def test_a_lab_brings_what_its_page_would(kind, brought):
    assert set(lab.show(kind).view) == brought


def test_a_widget_carries_the_script_and_a_plain_state():
    widget = lab.show("one-dimension", **STATE)
    assert widget.state == {**STATE, "input": [0, 1, 2, 3, 4]}
    assert "render" in str(widget._esm)
    assert widget.get_state(["kind", "state"])["state"]["input"] == [0, 1, 2, 3, 4]


def test_an_unknown_lab_is_refused():
    with pytest.raises(ValueError, match="unknown lab 'volumes'; use 'one-dimension', 'volume'"):
        lab.show("volumes")


def test_without_anywidget_a_notebook_goes_on_with_a_sentence(monkeypatch):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert "pip install anywidget" in repr(lab.show("one-dimension", **STATE))


def test_without_the_script_the_message_says_where_it_is(monkeypatch):
    assert importlib.util.find_spec("anywidget")
    monkeypatch.setattr(lab, "_SCRIPTS", ())
    with pytest.raises(CnnBookError, match="install the wheel"):
        lab.show("one-dimension", **STATE)
    assert (
        lab.show("one-dimension", script="https://example.org/labs.mjs", **STATE)._esm == "https://example.org/labs.mjs"
    )


def test_a_notebook_gets_a_widget_from_its_kernel():
    cell = nbformat.v4.new_code_cell("from cnnbook import lab\nlab.show('one-dimension', input=[1, 2, 3], kernel=[1])")
    notebook = NotebookClient(nbformat.v4.new_notebook(cells=[cell]), kernel_name="python3", timeout=60).execute()
    [output] = notebook.cells[0]["outputs"]
    model = output["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    states = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert states[model]["state"]["state"] == {"input": [1, 2, 3], "kernel": [1]}
    assert "render" in states[model]["state"]["_esm"]
