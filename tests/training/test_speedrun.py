"""Runs against the clock as a reader starts them, with a clock that a step moves."""

import dataclasses
import re

import keras
import pytest

import tiny
from cnnbook import data
from cnnbook.__main__ import main
from cnnbook.training import budget, speedrun

FAST = dataclasses.replace(speedrun.BY_WORK[0], arguments={"filters": [4, 4, 4]}, batch_size=50)
LINE = re.compile(
    r"\d+\.\d\d % of the test images \(\d+\.\d\d % with six views; validation \d+\.\d\d and \d+\.\d\d %\) "
    r"(after|stopped after) \d+ s and \d+\.\d epochs of (\S+), seed (\d+); .* threads.*; keras .*"
)


@pytest.fixture(autouse=True)
def small_world(monkeypatch):
    """The tiny data set, a tiny network, and a clock in which a step takes a second."""
    seconds, step = [0.0], keras.Model.train_on_batch

    def train_on_batch(*arguments):
        seconds[0] += 1
        return step(*arguments)

    monkeypatch.setattr(keras.Model, "train_on_batch", train_on_batch)
    monkeypatch.setattr(budget.time, "perf_counter", lambda: seconds[0])
    monkeypatch.setattr(data, "cifar10", lambda: tiny.DATA)
    monkeypatch.setattr(speedrun, "choose", lambda minutes, cores, **machine: FAST)


def test_a_run_says_how_far_it_went(capsys):
    assert main(["speedrun", "--minutes", "0.1", "--seed", "2"]) == 0
    said = LINE.fullmatch(capsys.readouterr().out.strip())
    assert said
    assert said.groups() == ("after", FAST.name, "2")


def test_the_test_images_are_asked_once_with_and_once_without_views(monkeypatch):
    asked = []
    predict = keras.Model.predict
    monkeypatch.setattr(
        keras.Model, "predict", lambda self, x, **options: asked.append(len(x)) or predict(self, x, **options)
    )
    result = speedrun.run(0.1, FAST)
    assert asked.count(tiny.SIZES["test"]) == 7  # alone, and six views
    assert 0 <= result.test <= 1
    assert result.seconds == 6
    assert result.epochs == pytest.approx(6 / 4, abs=0.01)


def test_a_target_doubles_the_minutes_until_it_is_met(capsys, monkeypatch):
    minutes = []

    def run(time, chosen, seed, **options):
        minutes.append(time)
        return speedrun.Result("fast", seed, 60 * time, 1.0, False, 0.2 * len(minutes), 0.3, 0.3, 0.3, "a machine")

    monkeypatch.setattr(speedrun, "run", run)
    assert main(["speedrun", "--target", "55"]) == 0
    assert minutes == [1, 2, 4]
    assert capsys.readouterr().out.count("of the test images") == 3


def test_a_target_that_the_reader_gave_up_is_said(capsys, monkeypatch):
    stopped = speedrun.Result("fast", 0, 60, 1.0, True, 0.2, 0.3, 0.3, 0.3, "a machine")
    monkeypatch.setattr(speedrun, "run", lambda *arguments, **options: stopped)
    assert main(["speedrun", "--target", "55"]) == 1
    assert "stopped before 55 % of the validation images were right" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--minutes", "0"], "got 0, expected 0.1 to 10,000 minutes"),
        (["--minutes", "soon"], "got soon, expected 0.1 to 10,000 minutes"),
        (["--target", "100"], "got 100, expected 10 to 99 percent"),
        (["--seed", "-1"], "got -1, expected a whole number from 0"),
        (["--seed", "4294967296"], "expected a whole number from 0 to 4,294,967,295"),
        (["--minutes", "1", "--target", "50"], "give either --minutes or --target"),
        (["--network", "faster"], "the speedrun has no network 'faster'; choose from fast-"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(arguments, words, capsys):
    try:
        code = main(["speedrun", *arguments])
    except SystemExit as error:
        code = error.code
    assert code != 0
    assert words in capsys.readouterr().err
