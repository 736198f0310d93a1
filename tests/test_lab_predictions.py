"""Guesses at what a lab is about to show: judged as a quiz judges numbers, with the sentence on a usual mistake."""

import re

import numpy as np
import pytest

import javascript
from cnnbook import data, handout, shapes
from cnnbook.mistakes import MISTAKES
from pages import BOOK

PROGRAM = """
import labs from "./labs/all.js";
import { body } from "./labs/frame.js";
import { judgeGuess } from "./labs/predict.js";
import { remember } from "./labs/sample.js";
const output = ([kind, name, given, view, typed, images]) => {
  remember(images);
  const lab = labs.find((lab) => lab.kind === kind);
  const state = lab.check(given);
  const shown = { state, view: lab.fit(state, { ...lab.view, ...view }, false), result: lab.result(state) };
  const prediction = lab.predictions[name];
  const answer = prediction.answer(shown);
  return {
    judged: typed.map((text) => judgeGuess(prediction, shown, text, { "rounded-up": "A <b>sentence</b>." })),
    asks: (answer ?? undefined) !== undefined,
    bodies: [undefined, name].map((hidden) => body(lab, state, shown.view, { hidden })),
  };
};
"""
ROW = {"input": [2, -1, 0, 3, 1, -2, 1], "kernel": [1, 0, -1], "stride": 4, "padding": 1, "dilation": 1}


def ask(kind, name, state, *typed, view=None):
    """What a lab asks of a state, how typed guesses are judged, and its picture with the answer and without."""
    return javascript.run(PROGRAM, [kind, name, state, view or {}, typed, data.sample_texts([11])])


def judge(name, *typed, position=0, **changes):
    return ask("one-dimension", name, {**ROW, **changes}, *typed, view={"position": position})["judged"]


@pytest.mark.parametrize(
    ("name", "position", "right", "told"),
    [
        ("size", 0, "2", {"1": "plus-one-forgotten", "7": "stride-forgotten", "3": "A <b>sentence</b>.",
                          "9": "That is too large"}),
        ("unseen", 0, "2", {"0": "counted every cell as seen", "3": "zeros of the padding",
                            "5": "cells that are seen"}),
        ("output", 1, "5", {"-5": "flipped-kernel", "2": "stride-forgotten", "0": "padding-forgotten"}),
    ],
)  # fmt: skip
def test_a_wrong_number_is_told_its_mistake(name, position, right, told):
    first, *others = judge(name, right, *told, position=position)
    assert first == {"right": True, "said": ""}
    for words, answer in zip(told.values(), others, strict=True):
        assert "right" not in answer
        assert words in answer["said"]


def test_what_cannot_be_read_is_no_guess():
    assert [answer["problem"] for answer in judge("size", "", "two", "<b>")] == [True] * 3
    assert "“&lt;b&gt;” cannot be read" in judge("size", "<b>")[0]["said"]


def test_no_mistake_counts_where_it_gives_the_right_number():
    # Nothing is padded, and the stride is 1: neither can have been forgotten.
    assert judge("size", "5", padding=0, stride=1) == [{"right": True, "said": ""}]
    assert judge("output", "0.33", input=[1, 0, 0], kernel=[1 / 3, 0, 0], padding=0, stride=1)[0]["right"]


def test_a_dilation_is_forgotten_or_counted_as_cells_to_skip():
    told = judge("output", "531", "321", "741", input=list(range(1, 10)), kernel=[1, 10, 100], stride=1, padding=0,
                 dilation=2)  # fmt: skip
    assert [answer["said"] for answer in told] == ["", "dilation-forgotten", "dilation-skips-d"]


# --- other labs ------------------------------------------------------------------------------------------------------

VOLUME = {
    "input": handout.VOLUME.tolist(), "filters": np.moveaxis(handout.FILTERS, -1, 0).tolist(),
    "bias": handout.BIAS.tolist(), "stride": 1, "padding": 0,
}  # fmt: skip
FOUR = {"input": np.ones((6, 6, 2)).tolist(), "filters": np.ones((4, 3, 3, 2)).tolist(), "stride": 2, "padding": 1}
BLUE = {"input": handout.VOLUME[:, :, 2].tolist(), "pool_size": 3, "stride": 2, "padding": "same", "kind": "average"}
CORNER = {"window": [1, 1], "picked": True}
SOBEL = {"kernel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "bias": 0, "image": 11}


def conv(filters, kernel_size, **more):
    return {"type": "Conv2D", "filters": filters, "kernel_size": kernel_size, **more}


GROUPS = {"input": [16, 16, 32], "layers": [conv(32, 3, padding="same", groups=8)]}
DENSE = {"input": [100], "layers": [{"type": "Dense", "units": 10}]}
STACK = {"input": [32, 32, 3], "layers": [conv(8, 3), {"type": "MaxPooling2D"}, conv(8, 3)]}


@pytest.mark.parametrize(
    ("kind", "name", "state", "view", "right", "told"),
    [
        ("volume", "cell", VOLUME, {"column": 1}, "8",
         {"7": "bias-forgotten", "10": "one-bias-per-channel", "6": "bias-subtracted", "5": "place-swapped"}),
        ("volume", "size", FOUR, {}, "3x3x4",
         {"3, 3, 2": "depth-of-input", "3×3×8": "map-per-channel", "3×3": "depth-forgotten", "4×3×3": "channels-first",
          "2×2×4": "plus-one-forgotten", "4×4×4": "A <b>sentence</b>.", "6×6×4": "stride-forgotten",
          "9×9×9": "one axis at a time"}),
        ("pooling", "output", BLUE, CORNER, "1",
         {"0.44": "You divided by all cells", "2": "max-for-average", "4": "sum-of-window", "0": "first-cell"}),
        ("pooling", "output", {**BLUE, "kind": "max"}, CORNER, "2",
         {"1": "average-for-max", "0": "min-for-max", "4": "sum-of-window"}),
        ("designer", "parameters", GROUPS, {}, str(shapes.conv_parameters(3, 32, 32, groups=8)),
         {"9248": "groups-forgotten", "148 parameters": "filters-divided", "1152": "bias-forgotten",
          "1153": "one-bias-per-layer", "1160": "one-bias-per-group", "37": "one-filter", "320": "one-channel"}),
        ("designer", "parameters", DENSE, {}, "1010", {"1000": "bias-forgotten", "1001": "one-bias-per-layer"}),
        ("designer", "field", STACK, {}, str(shapes.receptive_field([(3,), (2, 2), (3,)]).size),
         {"6": "strides-forgotten", "3": "last-layer-field", "7": "input-cell-forgotten", "9": "stride-too-early"}),
        ("filter", "white", SOBEL, {}, "0", {"8": "left out the signs", "9": "white cells alone", "4": "positive"}),
        ("filter", "white", {**SOBEL, "bias": 2}, {}, "2", {"0": "bias-forgotten", "10": "left out the signs"}),
    ],
)  # fmt: skip
def test_every_lab_tells_a_wrong_number_its_mistake(kind, name, state, view, right, told):
    first, *others = ask(kind, name, state, right, *told, view=view)["judged"]
    assert first == {"right": True, "said": ""}
    for words, answer in zip(told.values(), others, strict=True):
        assert "right" not in answer or not answer["right"]
        assert words in answer["said"]


@pytest.mark.parametrize(
    ("kind", "name", "state", "view", "answer"),
    [
        ("one-dimension", "output", ROW, {"position": 1}, "<span class=\"lab-output\">5<"),
        ("volume", "cell", VOLUME, {"column": 1}, "= <span class=\"lab-output\">8</span>"),
        ("volume", "size", FOUR, {}, "which is 3×3"),
        ("pooling", "output", BLUE, CORNER, "/ 4 = <span class=\"lab-output\">1</span>"),
        ("designer", "parameters", GROUPS, {"row": 0}, "1,184"),
        ("designer", "field", STACK, {"row": 2}, "8×8"),
        ("filter", "white", SOBEL, {}, "After ReLU 0"),
    ],
)  # fmt: skip
def test_a_picture_that_asks_does_not_tell(kind, name, state, view, answer):
    shown, asking = ask(kind, name, state, view=view)["bodies"]
    assert answer in shown
    assert answer not in asking
    assert "?" in asking


@pytest.mark.parametrize(
    ("kind", "name", "state"),
    [
        ("one-dimension", "size", {**ROW, "transposed": True}),
        ("designer", "parameters", {"input": [4, 4, 3], "layers": [conv(8, 9)]}),
        ("designer", "field", {"input": [4, 4, 3], "layers": [{"type": "Flatten"}]}),
    ],
)
def test_what_has_no_answer_is_not_asked(kind, name, state):
    assert not ask(kind, name, state)["asks"]


def test_every_prediction_is_used_on_a_page_and_names_mistakes_of_the_book():
    named = javascript.run(
        """import labs from "./labs/all.js";
        const output = () => labs.flatMap(({ kind, predictions = {} }) => Object.entries(predictions).map(
          ([name, { mistakes }]) => [kind, name, mistakes.map(([mistake]) => mistake)]));""",
        None,
    )
    asked = {
        tuple(found)
        for page in BOOK.rglob("*.md")
        for found in re.findall(r"\{lab\} (\S+)\n(?:(?!:::).*\n)*?:predict: (\w+)", page.read_text("utf-8"))
    }
    assert {(kind, name) for kind, name, _ in named} == asked
    assert {key for *_, keys in named for key in keys if " " not in key} <= MISTAKES.keys()
