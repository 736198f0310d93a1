"""Training what is not recorded: when, where, what is kept, and the bar over it."""

import dataclasses
import io
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import psutil
import pytest

import tiny
from cnnbook import CnnBookError, experiments, records, training
from cnnbook.data import sources
from cnnbook.records import RecordError, recording
from cnnbook.training import Recipe, own_process

PATIENCE = 180  # seconds, on a busy machine
EXPENSIVE = Recipe(name="expensive", builder="simple_cnn", epochs=3)


def run_tiny(folder, seeds=(0,), recipe=tiny.RECIPE, **options):
    return records.run(recipe, seeds, folder=folder, data=tiny.DATA, **options)


def as_if_of(run, recipe, seed):
    """A run with another recipe's name and another seed, made now."""
    history = {name: (values * recipe.epochs)[-recipe.epochs :] for name, values in run.record["history"].items()}
    changes = {"name": recipe.name, "recipe": recipe.settings(), "seed": seed, "history": history}
    changes["date"] = datetime.now(UTC).isoformat()
    return dataclasses.replace(run, record=run.record | changes)


# --- what is trained -------------------------------------------------------------------------------------------------


@pytest.fixture
def trainings(trained, monkeypatch):
    """The seeds that are trained, in order; nothing really is."""
    seeds = []

    def train(recipe, seed, **_):
        seeds.append(seed)
        return as_if_of(trained, recipe, seed)

    monkeypatch.setattr(recording, "train", train)
    return seeds


def test_only_what_is_missing_is_trained(folder, trainings):
    for _ in range(2):
        assert [record.seed for record in run_tiny(folder, [2, 0, 1])] == [2, 0, 1]
        assert trainings == [2, 1]


@pytest.mark.parametrize(
    ("environment", "options", "trains"),
    [
        ({}, {}, False),
        ({}, {"fresh": True}, True),
        ({"CNNBOOK_TRAIN": "recorded"}, {}, False),
        ({"CNNBOOK_TRAIN": "recorded"}, {"fresh": True}, True),
        ({"CNNBOOK_TRAIN": "fresh"}, {}, True),
        # The second page of a build that asks for a run finds it made since the build began.
        ({"CNNBOOK_TRAIN": "fresh", "CNNBOOK_FRESH_SINCE": "2999-01-01"}, {}, True),
        ({"CNNBOOK_TRAIN": "fresh", "CNNBOOK_FRESH_SINCE": "2020-01-01"}, {}, False),
        ({"CNNBOOK_TRAIN": "fresh", "CNNBOOK_FRESH_SINCE": "2020-01-01"}, {"fresh": True}, True),
    ],
)
def test_what_is_recorded_is_trained_again_if_so_told(folder, trainings, monkeypatch, environment, options, trains):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    run_tiny(folder, **options)
    assert trainings == ([0] if trains else [])


def test_a_build_that_may_not_train_stops_with_the_command(folder, monkeypatch):
    monkeypatch.setenv("CNNBOOK_TRAIN", "recorded")
    with pytest.raises(RecordError, match="python -m cnnbook record tiny --seeds 2"):
        run_tiny(folder, [0, 1])


def test_an_unknown_mode_is_refused(folder, monkeypatch):
    monkeypatch.setenv("CNNBOOK_TRAIN", "perhaps")
    with pytest.raises(RecordError, match="CNNBOOK_TRAIN is 'perhaps'; expected one of missing, recorded, fresh"):
        run_tiny(folder)


def test_the_short_mode_trains_one_epoch_on_the_sample_and_keeps_nothing(folder, monkeypatch):
    monkeypatch.setenv("CNNBOOK_SHORT", "1")
    monkeypatch.setattr(sources, "obtain", lambda **_: pytest.fail("the short mode needs no data set"))
    before = sorted(folder.iterdir())
    recipe = dataclasses.replace(experiments.recipe("one-layer"), keep_weights=())
    (record,) = records.run(recipe, [0], folder=folder)
    assert len(record.history["loss"]) == 1
    assert len(record.test_predictions) == 20
    assert sorted(folder.iterdir()) == before
    (record,) = records.run(recipe, [0])  # a valid record is looked up in this mode as well
    assert len(record.test_predictions) == 10_000


def test_an_installed_book_keeps_its_own_records(folder, trainings, monkeypatch):
    """As where the wheel is installed: no `booksite` beside the package. Looking up and a folder of one's own work."""
    for module in (records, recording):
        monkeypatch.setattr(module, "RESULTS", folder)
    for again in (folder, folder / ".." / folder.name):
        with pytest.raises(RecordError, match=r"holds the book's own records; name a folder for yours, .*--folder"):
            run_tiny(again, fresh=True)
    assert len(run_tiny(folder)) == 1
    run_tiny(folder / "my-results", fresh=True)
    monkeypatch.setattr(recording, "RESULTS", folder / "cnnbook" / "results")
    (folder / "booksite").mkdir()
    run_tiny(folder / "cnnbook" / "results", fresh=True)
    assert len(trainings) == 2


def test_without_the_short_mode_the_whole_data_set_is_used(folder, monkeypatch):
    def refuse(**_):
        raise CnnBookError("the whole data set")

    monkeypatch.setenv("CNNBOOK_SHORT", "0")
    monkeypatch.setattr(sources, "obtain", refuse)
    with pytest.raises(CnnBookError, match="the whole data set"):
        records.run(experiments.recipe("one-layer"), [0], folder=folder)


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_a_run_that_fails_leaves_no_record(tmp_path):
    """What else fails, and how it is named, are tests of training."""
    with pytest.raises(CnnBookError, match="recipe 'tiny', seed 0: unknown optimizer 'adamm'"):
        run_tiny(tmp_path, recipe=dataclasses.replace(tiny.RECIPE, optimizer="adamm"))
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_loses_only_the_seed_it_came_in(tmp_path, trainings, monkeypatch):
    train = recording.train

    def interrupted(recipe, seed, **_):
        if seed == 1:
            raise KeyboardInterrupt
        return train(recipe, seed)

    with monkeypatch.context() as patch:
        patch.setattr(recording, "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_tiny(tmp_path, range(2))
    assert [record.seed for record in run_tiny(tmp_path, range(2))] == [0, 1]
    assert trainings == [0, 1]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_leaves_the_older_record(folder, trained, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(descriptor, mode):
        os.close(descriptor)
        return open("/dev/full", mode)

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        recording.write(tiny.RECIPE, trained, "a key", folder=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_found_out_before_training(monkeypatch):
    """Below /proc even root can write nothing."""
    monkeypatch.setattr(recording, "train", lambda *_, **__: pytest.fail("trained for nothing"))
    with pytest.raises(RecordError, match=r"cannot be written to /proc/records .*; name another folder"):
        run_tiny("/proc/records")


# --- the bar ---------------------------------------------------------------------------------------------------------


def test_expensive_runs_weigh_more():
    assert recording.epoch_cost(EXPENSIVE) > recording.epoch_cost(tiny.RECIPE) > 0
    costs = [recording.epoch_cost(recipe) for recipe in experiments.DEEPER]
    assert costs == sorted(costs)


@pytest.mark.parametrize("where", ["this process", "own processes"])
def test_the_bar_fills_by_what_the_runs_cost(tmp_path, trained, monkeypatch, where):
    """Here after each epoch; of runs in other processes, as each ends."""
    bars, shares = [], []
    tqdm = recording.tqdm

    def quiet_bar(**options):
        bars.append(tqdm(**options, file=io.StringIO()))
        return bars[0]

    monkeypatch.setattr(recording, "tqdm", quiet_bar)
    monkeypatch.setattr(recording, "epoch_cost", lambda recipe: {"tiny": 10, "expensive": 100}[recipe.name])

    def train(recipe, seed, *, data, on_epoch=lambda: None, **_):
        for _ in range(recipe.epochs):
            on_epoch()
            shares.append(bars[0].n)
        return as_if_of(trained, recipe, seed)

    monkeypatch.setattr(recording, "train", train)
    monkeypatch.setattr(recording, "train_in_own_process", train)
    threads = 1 if where == "own processes" else None  # which come too late for this process: Keras is loaded
    runs = [(tiny.RECIPE, 0), (EXPENSIVE, 0)]
    ends = [bars[0].n for _ in recording.record(runs, threads=threads, folder=tmp_path, data=tiny.DATA)]
    assert ends == [20, 320]
    assert bars[0].total == 320
    assert "2 of 2 runs" in str(bars[0])
    assert "to go" in str(bars[0])
    assert shares == ([10, 20, 120, 220, 320] if where == "this process" else [0, 0, 20, 20, 20])


# --- in processes of their own ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_runs_in_processes_of_their_own_give_the_same_records(tmp_path, folder):
    runs = [(tiny.RECIPE, 0), (tiny.RECIPE, 1)]
    ended = list(recording.record(runs, jobs=2, threads=1, folder=tmp_path / "two", data=tiny.DATA))
    assert sorted(record.seed for record in ended) == [0, 1]
    assert {record.content["threads"] for record in ended} == {1}
    here = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    (there,) = [record for record in ended if record.seed == 0]
    assert there.history["loss"] == pytest.approx(here.history["loss"], rel=1e-4)
    assert np.array_equal(there.test_predictions, here.test_predictions)


ENDLESS = """
import dataclasses, sys
import tiny
from cnnbook.records import recording
recipe = dataclasses.replace(tiny.RECIPE, epochs=1_000_000)
list(recording.record([(recipe, 0), (recipe, 1)], jobs=2, folder=sys.argv[1], data=tiny.DATA))
"""


@pytest.mark.weekly
def test_trainings_of_a_killed_recording_stop(tmp_path):
    environment = os.environ | {"PYTHONPATH": os.path.dirname(tiny.__file__)}
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    with psutil.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE
        while len(children := process.children()) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.kill()
    _, alive = psutil.wait_procs(children, PATIENCE)
    for child in alive:
        child.kill()
    assert not alive
    assert list(tmp_path.iterdir()) == []


def test_a_training_process_that_dies_is_an_error(monkeypatch):
    monkeypatch.setattr(own_process, "_CODE", "import sys; print('out of memory', file=sys.stderr); sys.exit(3)")
    with pytest.raises(training.TrainingError, match=r"'tiny', seed 0: .* exit code 3: out of memory; nothing is rec"):
        own_process.train_in_own_process(tiny.RECIPE, 0)


def test_an_error_in_an_own_process_arrives_here(tmp_path, monkeypatch):
    def main_in_this_process(command, **_):
        own_process.main(command[3], str(os.getppid()))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(own_process.subprocess, "run", main_in_this_process)
    recipe = dataclasses.replace(tiny.RECIPE, optimizer="adamm")
    with pytest.raises(training.TrainingError, match="'tiny', seed 0: unknown optimizer 'adamm'; use a name"):
        list(recording.record([(recipe, 0)], threads=1, folder=tmp_path, data=tiny.DATA))
    assert list(tmp_path.iterdir()) == []
