"""Guesses at what a lab is about to show: judged as a quiz judges numbers, with the sentence on a usual mistake."""

import pytest

import javascript

PROGRAM = """
import lab from "./labs/one-dimension.js";
import { judgeGuess } from "./labs/predict.js";
const output = ([name, state, position, typed]) => {
  const shown = { state, view: { position }, result: lab.result(state) };
  const prediction = lab.predictions[name];
  return typed.map((text) => judgeGuess(prediction, shown, text, { "rounded-up": "A <b>sentence</b>." }));
};
"""
ROW = {"input": [2, -1, 0, 3, 1, -2, 1], "kernel": [1, 0, -1], "stride": 4, "padding": 1, "dilation": 1}


def judge(name, *typed, position=0, **changes):
    return javascript.run(PROGRAM, [name, {**ROW, **changes}, position, typed])


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
