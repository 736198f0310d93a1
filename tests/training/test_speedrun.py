"""Runs against the clock as a reader starts them, with a clock that a step moves."""

import dataclasses
import itertools
import os
import re

import keras
import pytest

import tiny
from cnnbook import data
from cnnbook.__main__ import main
from cnnbook.training import budget, fast_recipes, settings, speedrun

FAST = dataclasses.replace(fast_recipes.BY_WORK[0], arguments={"filters": [4, 4, 4]}, batch_size=50)
REACHED = r"\d+\.\d\d % \(\d+\.\d\d % with six views\) of the"
LINE = re.compile(
    rf"{REACHED} test images, {REACHED} validation images "
    r"(after|stopped after) \d+ s and \d+\.\d epochs of (\S+), seed (\d+); .* threads.*; keras .*"
)
RESULT = speedrun.Result("fast", 1, 0, 60, 1.0, False, "a machine", 0.2, 0.3, 0.3, 0.3)


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
    assert result.minutes == 0.1
    assert asked.count(tiny.SIZES["test"]) == 7  # alone, and six views
    assert 0 <= result.test <= 1
    assert result.seconds == 6
    assert result.epochs == pytest.approx(6 / 4, abs=0.01)


def test_views_are_left_out_where_nobody_asked_for_them():
    result = speedrun.run(0.1, FAST, views=False)
    assert (result.valid_views, result.test_views) == (None, None)
    reached = f"{100 * result.test:.2f} % of the test images, {100 * result.valid:.2f} % of the validation images"
    assert speedrun.line(result).startswith(f"{reached} after 6 s")


def test_each_rung_of_the_ladder_adds_one_idea_and_the_last_is_the_network_of_one_minute():
    """What a rung changes, the later ones keep."""
    rungs = [*fast_recipes.LADDER.values(), fast_recipes.RECIPES["fast-narrow"]]
    changes = [
        {field for field, value in after.settings().items() if value != before.settings()[field]}
        for before, after in itertools.pairwise(rungs)
    ]
    assert changes == [
        {"optimizer", "optimizer_arguments", "warm_up"},
        *({"arguments"}, {"arguments"}, {"muon"}, {"rates"}, {"small"}, {"loss_arguments"}, {"flip", "shift"}),
    ]
    assert rungs[0].optimizer == "adam"
    assert [rung.arguments.get("whitened", True) for rung in rungs[:3]] == [False, False, True]


def test_onednn_is_asked_for_unless_it_is_set(monkeypatch):
    asked = []
    monkeypatch.setattr(speedrun, "run", lambda *arguments, **options: asked.append(dict(os.environ)) or RESULT)
    for value in ("", "0"):
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", value)
        if not value:
            monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
        assert main(["speedrun", "--minutes", "1"]) == 0
    assert [environment.get("TF_ENABLE_ONEDNN_OPTS") for environment in asked] == [
        settings.FASTER.get("TF_ENABLE_ONEDNN_OPTS"),
        "0",
    ]


def test_a_target_doubles_the_minutes_until_it_is_met(capsys, monkeypatch):
    minutes = []

    def run(time, chosen, seed, **options):
        minutes.append(time)
        return RESULT._replace(minutes=time, seed=seed, seconds=60 * time, valid=0.2 * len(minutes))

    monkeypatch.setattr(speedrun, "run", run)
    assert main(["speedrun", "--target", "55"]) == 0
    assert minutes == [1, 2, 4]
    assert capsys.readouterr().out.count("of the test images") == 3


def test_a_target_that_the_reader_gave_up_is_said(capsys, monkeypatch):
    stopped = RESULT._replace(stopped=True)
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
