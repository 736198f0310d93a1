"""What the lab of one filter that learns shows, against Keras' gradients and its SGD."""

import html
import re

import keras
import numpy as np
import pytest

import javascript
from cnnbook import reference
from cnnbook.practice.draws import Draws
from lab_states import copied, results

SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
STRIPE = [[0, 0, 1, 1, 0, 0, 0, 0]] * 8
LESSON = {"target": SOBEL, "seed": 1, "learning_rate": 0.5, "steps": 0}
CASES = 100


def draw_lesson(random):
    """A state of the lab: pixels of two or of many shades, whole or broken weights, steps that may be too large."""
    pixels = random.integers(0, 2, (8, 8)) if random.integers(2) else random.random((8, 8)).round(3)
    target = random.integers(-3, 4, (3, 3)) if random.integers(2) else random.normal(size=(3, 3)).round(3)
    return {
        "input": pixels.tolist(),
        "target": target.tolist(),
        "seed": int(random.integers(1000)),
        "learning_rate": float(random.choice([0.01, 0.1, 0.25, 0.5])),
        "steps": int(random.integers(0, 12)),
    }


def filtered(state, kernel):
    """The map of a filter."""
    return reference.conv2d(np.array(state["input"], float)[None, ..., None], kernel[..., None, None])[0, ..., 0]


def loss_of(state, kernel):
    return np.mean((filtered(state, kernel) - filtered(state, np.array(state["target"], float))) ** 2)


def slopes(state, kernel, change=1e-3):
    """The gradient by differences, which are exact for a loss that is a parabola along each weight."""
    changes = np.eye(9).reshape(9, 3, 3) * change
    return np.array([loss_of(state, kernel + one) - loss_of(state, kernel - one) for one in changes]).reshape(3, 3) / (
        2 * change
    )


def test_the_weights_go_down_the_slopes_of_the_loss():
    random = np.random.default_rng(0)
    states = [draw_lesson(random) for _ in range(CASES)]
    for state, shown in zip(states, results("learning", states), strict=True):
        kernel = np.array(Draws("learning", state["seed"]).grid(3, 3, -10, 10)) / 10
        for _ in range(state["steps"]):
            kernel = kernel - state["learning_rate"] * slopes(state, kernel)
        scale = max(1, np.abs(kernel).max())
        np.testing.assert_allclose(shown["kernel"], kernel, atol=1e-6 * scale, err_msg=str(state))
        np.testing.assert_allclose(shown["loss"], loss_of(state, kernel), rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(shown["gradient"], slopes(state, kernel), atol=1e-5 * scale)


def test_the_gradient_is_that_of_keras():
    import tensorflow as tf

    random = np.random.default_rng(1)
    states = [draw_lesson(random) for _ in range(CASES)]
    for state, shown in zip(states, results("learning", states), strict=True):
        x, wanted = (tf.constant(np.array(values, float)[None, ..., None])
                     for values in (state["input"], filtered(state, np.array(state["target"], float))))  # fmt: skip
        kernel = tf.Variable(np.array(shown["kernel"])[..., None, None])
        with tf.GradientTape() as tape:
            loss = keras.losses.MeanSquaredError(dtype="float64")(wanted, keras.ops.conv(x, kernel))
        np.testing.assert_allclose(shown["loss"], loss, rtol=1e-9)
        np.testing.assert_allclose(shown["gradient"], tape.gradient(loss, kernel)[..., 0, 0], rtol=1e-7, atol=1e-9)


def test_the_code_to_copy_takes_the_same_steps():
    random = np.random.default_rng(2)
    states = [{**draw_lesson(random), "learning_rate": 0.1, "steps": steps} for steps in (0, 1, 11)]
    for state, (shown, code) in zip(states, copied("learning", states), strict=True):
        names = {}
        exec(code, names)
        np.testing.assert_allclose(names["kernel"], shown["kernel"], atol=1e-5, err_msg=str(state))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": [[0] * 8] * 7}, "The image has 7 rows; 8 fit here."),
        ({"input": [[0] * 7] * 8}, "A row of the image has 7 numbers; 8 fit here."),
        ({"input": [[2] * 8] * 8}, "The image holds 2; use numbers from 0 to 1."),
        ({"input": [["a"] * 8] * 8}, "The image holds “a”, which is not a number."),
        ({"target": [[1, 2, 3]] * 2}, "The target has 2 rows; 3 fit here."),
        ({"target": [[11, 0, 0]] * 3}, "The target holds 11; use numbers from −10 to 10."),
        ({"seed": 1000}, "The start is 1,000; use a whole number from 0 to 999."),
        ({"learning_rate": 1e9}, "The learning rate holds 1,000,000,000; use numbers from 0.001 to 10."),
        ({"learning_rate": 0}, "The learning rate holds 0; use numbers from 0.001 to 10."),
        ({"learning_rate": "fast"}, "The learning rate holds “fast”, which is not a number."),
        ({"steps": 201}, "The number of steps is 201; use a whole number from 0 to 200."),
        ({"learning_rate": 1.5, "steps": 200}, "steps the loss is above a trillion: go back, and take a smaller"),
        ({"rate": 1}, "“rate”, which this lab does not know"),
    ],
)
def test_a_lesson_is_refused_in_a_sentence(change, words):
    [shown] = results("learning", [{**LESSON, **change}])
    assert words in shown["error"]


SHOWN = """
import lab from "./labs/learning.js";
import { judgeGuess } from "./labs/predict.js";
const output = ([given, weight, guesses]) => {
  const state = lab.check(given);
  const shown = { state, view: lab.fit(state, { ...lab.view, weight }, true), result: lab.result(state), id: "lab" };
  return {
    readout: lab.readout(shown), controls: lab.controls(shown), picture: lab.draw(shown),
    judged: guesses.map((text) => judgeGuess(lab.predictions.next, shown, text, {})),
  };
};
"""


def shown(state, weight=(1, 0), guesses=()):
    texts = javascript.run(SHOWN, [{**LESSON, **state}, weight, guesses])
    plain = lambda text: html.unescape(re.sub("<[^>]*>", "", text))  # noqa: E731
    return {name: value if name == "judged" else plain(value) for name, value in texts.items()}


def test_a_weight_shows_the_sum_of_its_gradient():
    texts = shown({"steps": 0}, (1, 0))
    assert "2/36 · the sum of 36 products = 2/36 · 30.6 = 1.7" in texts["readout"]
    assert "Next: weight − rate · gradient = 0.4 − 0.5 · 1.7 = −0.45" in texts["readout"]
    _, terms, total = re.search(r"(2/36) · \((\(?.*)\) (= [−.\d]+)", texts["controls"]).groups()
    assert sum(
        float(term.strip("()").replace("−", "-")) for term in re.findall(r"(\(?−?[\d.]+\)?)·1", terms)
    ) == pytest.approx(30.6)
    assert total == "= 1.7"
    later = shown({"steps": 7})
    assert all(text.count(" ≈ ") == count for text, count in ((later["readout"], 2), (later["controls"], 1)))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"steps": 0}, "After step 0 the loss is 5.2061."),
        ({"steps": 3}, ", down from "),
        ({"steps": 3, "learning_rate": 1.5}, ": this learning rate is too large."),
        ({"steps": 200}, ": the filter is learned."),
        ({"steps": 100, "input": STRIPE}, ": the maps agree, the filters do not."),
    ],
)
def test_it_says_what_a_step_has_done(state, words):
    assert words in shown(state)["readout"]


def test_a_guess_at_the_next_weight_is_judged():
    right, up, whole, change = shown({}, (1, 0), ["-0.45", "1.25", "-1.3", "-0.85"])["judged"]
    assert right == {"right": True, "said": ""}
    for words, answer in (
        ("against the gradient", up),
        ("left the learning rate out", whole),
        ("the change alone", change),
    ):
        assert not answer.get("right")
        assert words in answer["said"]
