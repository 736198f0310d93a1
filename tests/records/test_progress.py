"""The bar over many runs: weighed by cost, fed through files, complete at the end."""

import dataclasses
import os
import pickle
import platform
import subprocess
import sys

import pytest

import tiny
from cnnbook import experiments
from cnnbook.records import progress
from cnnbook.training import Recipe, TrainingError

CHEAP = tiny.RECIPE
DEAR = Recipe(name="dear", builder="simple_cnn", epochs=3)


@pytest.fixture
def shown():
    with progress.Progress([(CHEAP, 0), (DEAR, 0), (DEAR, 1)]) as shown:
        yield shown


def share(shown):
    shown._look()
    return shown._bar.n / shown._bar.total


def test_dear_runs_weigh_more():
    assert progress.work(DEAR) > progress.work(CHEAP) > 0
    works = [progress.work(recipe) for recipe in experiments.DEEPER]
    assert works == sorted(works)


def test_epochs_are_counted_as_they_end(shown):
    cheap, dear = 2 * progress.work(CHEAP), 3 * progress.work(DEAR)
    assert share(shown) == 0
    tick = pickle.loads(pickle.dumps(shown.ticker(DEAR, 1)))  # as if sent to another process
    tick()
    assert share(shown) == pytest.approx(dear / 3 / (cheap + 2 * dear))
    tick()
    shown.ticker(CHEAP, 0)()
    assert share(shown) == pytest.approx((2 * dear / 3 + cheap / 2) / (cheap + 2 * dear))


def test_a_run_counts_whole_when_it_ends_though_its_ticks_never_came(shown):
    shown.ended(DEAR, 0)
    assert share(shown) == pytest.approx(3 * progress.work(DEAR) / shown._bar.total)
    assert "1 of 3 runs" in str(shown._bar)


def test_a_run_that_was_started_again_is_not_counted_twice(shown):
    for _ in range(9):
        shown.ticker(DEAR, 0)()
    assert share(shown) == pytest.approx(3 * progress.work(DEAR) / shown._bar.total)


def test_all_runs_fill_the_bar_and_the_time_left_is_told(shown):
    for recipe, seed in ((CHEAP, 0), (DEAR, 0), (DEAR, 1)):
        shown.ended(recipe, seed)
    assert share(shown) == pytest.approx(1)
    assert "to go" in str(shown._bar)


def test_a_tick_where_the_folder_is_not_harms_nothing(tmp_path):
    progress.Ticker(tmp_path / "gone" / "run", os.getpid(), platform.node())()
    assert not (tmp_path / "gone").exists()


def test_a_training_that_nobody_waits_for_stops(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(progress.OrphanError, match=f"process {ended.pid}, which asked for this training, has ended"):
        progress.Ticker(tmp_path / "run", ended.pid, platform.node())()
    progress.Ticker(tmp_path / "run", ended.pid, "another machine")()
    assert (tmp_path / "run").stat().st_size == 1


def test_a_recipe_that_cannot_be_built_is_named_before_anything_trains():
    with pytest.raises(TrainingError, match=r"recipe 'tiny', seed 0: .*no builder 'one_liar'"):
        progress.Progress([(dataclasses.replace(CHEAP, builder="one_liar"), 0)])
