"""What the labs compute, ``book/assets/scripts/labs``, against `cnnbook.shapes` and `cnnbook.reference`."""

import re

import numpy as np
import pytest

import javascript
from booksite.scripts import LABS
from cnnbook import reference, shapes
from cnnbook.training import machine
from lab_states import CASES, copied, draw_padding, results


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
            assert "take away" in shown["error"], state
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
        ({"stride": 2.001}, "The stride is 2.001; use"),
        ({"stride": 1e9}, "The stride is 1,000,000,000; use"),
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


def draw_sides(random):
    """Padding in every form that a volume takes, with the same as `reference.conv2d` takes it."""
    padding = draw_padding(random) if random.integers(2) else random.integers(0, 4, (2, 2)).tolist()
    if not isinstance(padding, list):
        return padding, padding
    return padding, tuple(map(tuple, np.broadcast_to(padding, (2, 2)).tolist()))


def draw_volume(random):
    """A state of the lab of volumes; about a tenth of the filters do not fit. Numbers are whole or eighths."""
    rows, columns, channels, filters, height, width = random.integers(1, [9, 9, 5, 5, 5, 5]).tolist()
    scale = 8 ** int(random.integers(2))
    padding, ours = draw_sides(random)
    state = {
        "input": random.integers(-9, 10, (rows, columns, channels)) / scale,
        "filters": random.integers(-5, 6, (filters, height, width, channels)) / scale,
        "bias": random.integers(-5, 6, filters) / scale,
        "stride": int(random.integers(1, 5)),
        "padding": padding,
    }
    options = {"stride": state["stride"], "padding": ours}
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in state.items()}, options


def convolve(state, options):
    kernel = np.moveaxis(np.array(state["filters"]), 0, -1)
    return reference.conv2d(np.array([state["input"]]), kernel, np.array(state["bias"]), **options)[0]


def test_a_volume_shows_what_the_book_computes():
    random = np.random.default_rng(2)
    drawn = [draw_volume(random) for _ in range(CASES)]
    refused = 0
    for (state, options), shown in zip(drawn, results("volume", [state for state, _ in drawn]), strict=True):
        y = convolve(state, options)
        if y.size:
            assert shown == {"output": y.tolist()}, state
        else:
            refused += 1
            assert re.match(r"The filter has \d (row|column)s but the padded input has \d ", shown["error"]), state
    assert 20 < refused < CASES / 4


VOLUME = {"input": [[[1, 2]] * 3] * 3, "filters": [[[[1, 0]] * 2] * 2] * 2, "bias": [0, 1], "stride": 1, "padding": 0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": []}, "The input has 0 rows; 1 to 8 fit here."),
        ({"input": [[]]}, "A row of the input has 0 columns; 1 to 8 fit here."),
        ({"input": [[[1, 2]] * 3] * 9}, "The input has 9 rows; 1 to 8"),
        ({"input": [[[1] * 5] * 3] * 3}, "A cell of the input has 5 channels; 1 to 4"),
        ({"input": [[[1, 2]] * 3, [[1, 2]] * 2]}, "The input has rows of 3 and of 2 numbers"),
        ({"input": [[[1, 2], [1]]]}, "The input has cells of 2 and of 1 channels"),
        ({"input": [[[1, "a"]] * 3] * 3}, "The input holds “a”, which is not a number."),
        ({"input": [[[1, 1e9]] * 3] * 3}, "numbers up to a million fit"),
        ({"input": [[[1, 2, 3]] * 3] * 3}, "Filter 1 has 2 slices but the input has 3 channels: a filter is as deep"),
        ({"filters": []}, "The layer has 0 filters; 1 to 4 fit here."),
        ({"filters": [[[[1, 0]] * 2] * 2, [[[1, 0]]]]}, "Filter 2 is 1×1 but filter 1 is 2×2"),
        ({"filters": [[[[1, 0]] * 4] * 2] * 2}, "has 4 columns but the padded input has 3 (3 and padding 0 + 0)"),
        ({"bias": [1]}, "The layer has 2 filters but 1 bias"),
        ({"bias": None}, ""),
        ({"stride": 9}, "The stride is 9; use a whole number from 1 to 8."),
        ({"padding": [[1, 1], 0]}, "The padding has a number beside a list"),
        ({"padding": [[1, -1], [0, 0]]}, "The padding is −1"),
        ({"padding": 7}, "With its padding the input has 17 rows; 16 fit here."),
        ({"kernel": 3}, "“kernel”, which this lab does not know"),
    ],
)  # fmt: skip
def test_a_volume_refuses_in_a_sentence(change, words):
    [shown] = results("volume", [{**VOLUME, **change}])
    assert words in shown["error"] if words else "error" not in shown


def test_the_code_to_copy_runs_and_gives_the_map():
    random = np.random.default_rng(3)
    drawn = (draw_volume(random) for _ in range(100))
    states = [state for state, options in drawn if convolve(state, options).size][:20]
    for state, (shown, code) in zip(states, copied("volume", states), strict=True):
        names = {}
        exec(code, names)
        np.testing.assert_allclose(names["maps"], shown["output"], rtol=1e-5, atol=1e-4, err_msg=str(state))
        np.testing.assert_array_equal(names["ours"], shown["output"], err_msg=str(state))


def apply_keras(code, names, x, kernel):
    """The row that comes out of the layers which lines of copied code make, with this kernel."""
    for line in code.splitlines():
        if line.startswith("keras.layers."):
            layer = eval(line, names)
            layer.build(x.shape)
            if layer.weights:
                layer.set_weights([kernel])
            x = layer(x)
    return np.array(x)[0, :, 0]


@pytest.mark.parametrize("transposed", [False, True])
def test_the_code_to_copy_gives_the_row(transposed):
    random = np.random.default_rng(4)
    drawn = [{**draw_row(random), "transposed": transposed} for _ in range(100)]
    states = [
        state for state, shown in zip(drawn, results("one-dimension", drawn), strict=True) if "error" not in shown
    ]
    # Without oneDNN TensorFlow refuses transposed convolutions with a dilation.
    computed = [state for state in states if machine.onednn() or not transposed or state["dilation"] == 1]
    with_layers = [state for state in computed if min(state["stride"], state["dilation"]) == 1][:10]
    both = [state for state in states if min(state["stride"], state["dilation"]) > 1][:10]
    for state, (shown, code) in zip(with_layers + both, copied("one-dimension", with_layers + both), strict=True):
        names = {}
        exec(code, names)
        np.testing.assert_array_equal(names["y"].ravel(), shown["output"], err_msg=str(state))
        assert ("keras.layers" in code) == (state in with_layers), code
        if state in with_layers:
            x, kernel = (np.array(state[name], "float32") for name in ("input", "kernel"))
            row = apply_keras(code, names, x[None, :, None], kernel[:, None, None])
            np.testing.assert_allclose(row, shown["output"], atol=1e-4, err_msg=str(state))


@pytest.mark.parametrize("kind", LABS)
@pytest.mark.parametrize("state", [None, "broken", 7, [1], {}])
def test_no_lab_breaks_on_what_is_no_state(kind, state):
    [shown] = results(kind, [state])
    assert shown["error"]


READOUTS = """
import labs from "./labs/all.js";
const output = (cases) => cases.map(([kind, given]) => {
  const lab = labs.find((lab) => lab.kind === kind);
  const state = lab.check(given);
  return lab.readout({ state, view: lab.fit(state, lab.view, true), result: lab.result(state) });
});
"""


def test_a_sum_of_rounded_numbers_is_about_equal():
    """Numbers that are shown with two decimals need not give the number that is shown as their sum."""
    row = {"input": [1, 2, 3], "kernel": [0.5, 0.25, 1]}
    plane = {"input": [[1, 2], [3, 4]], "kind": "average"}
    volume = {"input": [[[1.5]]], "filters": [[[[0.25]]]]}
    cases = [
        ("one-dimension", row, "4"),
        ("one-dimension", {**row, "kernel": [0.333, 1, 1]}, "5.33"),
        ("one-dimension", {**row, "kernel": [1e6, 1, 1]}, "1.0e+6"),
        ("pooling", plane, "2.5"),
        ("pooling", {**plane, "input": [[1, 2], [3, 5.55]]}, "2.89"),
        ("volume", {**volume, "filters": [[[[0.5]]]]}, "0.75"),
        ("volume", volume, "0.38"),
    ]
    signs = ["=", "≈", "≈", "=", "≈", "=", "≈"]
    shown = javascript.run(READOUTS, [case[:2] for case in cases])
    for (kind, _, total), sign, words in zip(cases, signs, shown, strict=True):
        plain = re.sub("<[^>]*>", "", words)
        assert f"{sign} {total}" in plain, (kind, plain)
        assert ("≈" in plain) == (sign == "≈"), (kind, plain)
