"""What the labs compute, ``book/assets/scripts/labs``, against `cnnbook.shapes` and `cnnbook.reference`."""

import numpy as np
import pytest

import javascript
from cnnbook import reference, shapes

CASES = 1000
PROGRAM = """
import labs from "./labs/all.js";
const output = ([kind, states]) => {
  const lab = labs.find((lab) => lab.kind === kind);
  return states.map((state) => {
    try { return lab.result(lab.check(state)); } catch (error) { return { error: error.message }; }
  });
};
"""


def results(kind, states):
    """What a lab shows for each state: its result, or the sentence with which it refuses the state."""
    return javascript.run(PROGRAM, [kind, states])


def draw_padding(random):
    return ["valid", "same", int(random.integers(0, 4)), random.integers(0, 4, 2).tolist()][random.integers(4)]


def draw_row(random):
    """A state of the lab of one dimension; about a tenth of the kernels do not fit."""
    return {
        "input": random.integers(-9, 10, random.integers(1, 13)).tolist(),
        "kernel": random.integers(-5, 6, random.integers(1, 6)).tolist(),
        "stride": int(random.integers(1, 5)),
        "padding": draw_padding(random),
        "dilation": int(random.integers(1, 4)),
    }


def options_of(state):
    padding = state["padding"]
    return {"stride": state["stride"], "padding": tuple(padding) if isinstance(padding, list) else padding,
            "dilation": state["dilation"]}  # fmt: skip


def test_one_dimension_shows_what_the_book_computes():
    random = np.random.default_rng(0)
    states = [draw_row(random) for _ in range(CASES)]
    refused = 0
    for state, shown in zip(states, results("one-dimension", states), strict=True):
        x, kernel, options = np.array(state["input"]), np.array(state["kernel"]), options_of(state)
        try:
            unseen = shapes.unseen(len(x), len(kernel), **options)
        except ValueError as error:
            refused += 1
            sentence = str(error)
        else:
            y = reference.conv1d(x[None, :, None], kernel[:, None, None], **options).ravel()
            assert shown == {"output": y.tolist(), "unseen": list(unseen)}, state
            continue
        assert shown["error"] == f"T{sentence[1:]}.", state
    assert 20 < refused < CASES / 2


def test_one_dimension_transposed_adds_up_copies():
    random = np.random.default_rng(1)
    states = [{**draw_row(random), "transposed": True} for _ in range(CASES)]
    refused = 0
    for state, shown in zip(states, results("one-dimension", states), strict=True):
        x, kernel = (np.array(state[name]).reshape(1, -1, 1, 1) for name in ("input", "kernel"))
        options = {name: (value, 1) for name, value in options_of(state).items() if name != "padding"}
        padding = options_of(state)["padding"]
        options["padding"] = padding if isinstance(padding, str) else (padding, (0, 0))
        try:
            y = reference.conv2d_transpose(x, kernel.reshape(-1, 1, 1, 1), **options).ravel()
        except ValueError:
            refused += 1
            assert "take away all" in shown["error"], state
            continue
        assert shown == {"output": y.tolist(), "unseen": []}, state
    assert refused < CASES / 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": []}, "The row has 0 entries; 1 to 32 fit here."),
        ({"input": ["a"]}, "“a”, which is not a number"),
        ({"input": [1e300]}, "numbers up to a million"),
        ({"kernel": [1] * 13}, "The filter has 13 entries"),
        ({"stride": 0}, "The stride is 0; use a whole number from 1 to 12."),
        ({"stride": 1.5}, "The stride is 1.5"),
        ({"padding": "full"}, "The padding is “full”; use valid, same"),
        ({"padding": [1]}, "The padding has 1 entry; 2 fit here."),
        ({"padding": -1}, "The padding is −1"),
        ({"dilation": None}, "The dilation is “null”"),
        ({"kernels": [1]}, "“kernels”, which this lab does not know"),
        ({"dilation": 4}, "The kernel spans 9 cells (kernel_size 3, dilation 4) but the padded input has 7"),
    ],
)
def test_one_dimension_refuses_in_a_sentence(change, words):
    state = {"input": [2, -1, 0, 3, 1, -2, 1], "kernel": [1, 0, -1], "stride": 1, "padding": 0, "dilation": 1}
    [shown] = results("one-dimension", [{**state, **change}])
    assert words in shown["error"]


@pytest.mark.parametrize("state", [None, "broken", 7, [1], {}])
def test_no_lab_breaks_on_what_is_no_state(state):
    [shown] = results("one-dimension", [state])
    assert shown["error"]
