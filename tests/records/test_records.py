"""Records: the key, what is written, and everything that has to be refused."""

import contextlib
import dataclasses
import hashlib
import io
import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

import tiny
from cnnbook import CnnBookError, experiments, records, training
from cnnbook.data import cifar10, sources
from cnnbook.records import RecordError, keys

BUILDERS = '''
"""A file of builders."""
from layers import stack
WIDTH = 8
LOW, HIGH = 1, 2
RATE: float = 0.5

def net(depth):
    """Words."""
    return stack(block(WIDTH), depth, HIGH, RATE)   # a comment

def block(width):
    return [width]

def bystander():
    return 1
'''


@pytest.fixture(scope="module")
def trained():
    return training.train(tiny.RECIPE, seed=0, data=tiny.DATA)


@pytest.fixture
def folder(tmp_path, trained, monkeypatch):
    """A folder with one good record of the tiny recipe on the tiny data."""
    monkeypatch.delenv("CNNBOOK_TRAIN", raising=False)
    records.write(tiny.RECIPE, trained, keys.run_key(tiny.RECIPE, 0, tiny.DATA), folder=tmp_path)
    return tmp_path


# --- the key ---------------------------------------------------------------------------------------------------------


def test_the_key_follows_everything_that_a_run_depends_on(monkeypatch):
    found = {keys.run_key(tiny.RECIPE, 0), keys.run_key(tiny.RECIPE, 1)}
    for change in (
        {"epochs": 3},
        {"arguments": {"l2": 0.02}},
        {"optimizer": "sgd"},
        {"optimizer_arguments": {"learning_rate": 0.1}},
        {"warm_up": 0.1},
        {"loss": "mse"},
        {"loss_arguments": {"label_smoothing": 0.1}},
        {"flip": True},
        {"shift": 1},
        {"batch_size": 21},
        {"hold_out": False},
    ):
        found.add(keys.run_key(dataclasses.replace(tiny.RECIPE, **change), 0))
    found.add(keys.run_key(tiny.RECIPE, 0, tiny.DATA))
    found.add(keys.run_key(tiny.RECIPE, 0, tiny.DATA._replace(y_test=tiny.DATA.y_valid)))
    monkeypatch.setattr(keys, "fingerprint", lambda: "other data")
    found.add(keys.run_key(tiny.RECIPE, 0))
    monkeypatch.setattr(keys, "TRAINING_VERSION", -1)
    found.add(keys.run_key(tiny.RECIPE, 0))
    monkeypatch.setattr(keys, "builder_digest", lambda name: "other builder")
    found.add(keys.run_key(tiny.RECIPE, 0))
    assert len(found) == 18


def test_the_key_does_not_follow_what_a_run_does_not_depend_on():
    renamed = dataclasses.replace(tiny.RECIPE, name="other", keep_weights=(0, 1), seeds=2)
    assert keys.run_key(renamed, 0) == keys.run_key(tiny.RECIPE, 0)


def test_every_field_of_a_recipe_is_recorded_also_at_its_default():
    """A default that changes later must not pass older records for runs of today's."""
    fields = {field.name for field in dataclasses.fields(training.Recipe)}
    assert fields - set(training.Recipe(name="n", builder="b").settings()) == {"name", "keep_weights", "seeds"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Words."""', '"""Other words."""'),
        ('"""Words."""\n    ', ""),
        ("   # a comment", ""),
        ("(block(WIDTH), depth, HIGH, RATE)", "(\n        block(WIDTH), depth, HIGH, RATE\n    )"),
        ("return 1", "return 2"),
    ],
)
def test_the_digest_of_a_builder_ignores_words_layout_and_bystanders(old, new):
    assert old in BUILDERS
    assert keys.builder_digest("net", BUILDERS.replace(old, new)) == keys.builder_digest("net", BUILDERS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("WIDTH = 8", "WIDTH = 9"),
        ("LOW, HIGH = 1, 2", "LOW, HIGH = 1, 3"),
        ("RATE: float = 0.5", "RATE: float = 0.6"),
        ("from layers", "from other_layers"),
        ("[width]", "[width, 1]"),
        ("(WIDTH), depth", "(WIDTH), depth + 1"),
    ],
)
def test_the_digest_of_a_builder_follows_all_it_uses(old, new):
    assert old in BUILDERS
    assert keys.builder_digest("net", BUILDERS.replace(old, new)) != keys.builder_digest("net", BUILDERS)


def test_the_digest_of_a_builder_is_the_same_under_every_python():
    source = "def net(a, *, b: int = 2) -> list:\n    return [x for x in f'{a}-{b}' if (y := x)]\n"
    assert keys.builder_digest("net", source)[:16] == "45de408e38f72578"


def test_a_statement_that_a_key_cannot_follow_is_refused():
    with pytest.raises(keys.BuilderError, match=r"line \d+ of cnnbook.models is a statement of kind If"):
        keys.builder_digest("net", BUILDERS + "if WIDTH:\n    WIDTH = 9\n")


def test_an_unknown_builder_is_named():
    with pytest.raises(keys.BuilderError, match=r"no builder 'nett'; it has .*net"):
        keys.builder_digest("nett", BUILDERS)


# --- written and read ------------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was_written(folder, trained):
    record = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    assert record.content["history"] == trained.record["history"]
    assert record.accuracy("train") == 100 * trained.record["train"]["accuracy"]
    assert np.array_equal(record.test_predictions, trained.test_predictions)
    assert sorted(path.name for path in folder.iterdir()) == ["tiny-seed0.json", "tiny-seed0.npz"]


def edit(folder, **changes):
    path = folder / "tiny-seed0.json"
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


def replace_predictions(folder, predictions):
    """Other predictions, with a JSON that has the right digest for them."""
    file = io.BytesIO()
    np.savez_compressed(file, test_predictions=predictions)
    (folder / "tiny-seed0.npz").write_bytes(file.getvalue())
    edit(folder, arrays_sha256=hashlib.sha256(file.getvalue()).hexdigest())


def refused(folder, *words, recipe=tiny.RECIPE):
    """Loading is refused with these words and the command that makes the record anew."""
    with pytest.raises(RecordError) as error:
        records.load(recipe, 0, folder=folder, data=tiny.DATA)
    for word in (*words, f"`python -m cnnbook record tiny --seeds 1 --folder {folder}`"):
        assert word in str(error.value)


def test_a_missing_record_is_refused(tmp_path):
    refused(tmp_path, "no record of 'tiny' with seed 0")


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_record_that_is_cut_off_is_refused(folder, share):
    path = folder / "tiny-seed0.json"
    text = path.read_bytes().rstrip()
    path.write_bytes(text[: int(share * len(text))])
    refused(folder, "cut off")


@pytest.mark.parametrize("field", ["key", "test", "device", "threads", "arrays_sha256"])
def test_a_record_that_lacks_a_field_is_refused(folder, field):
    edit(folder, **{field: None})
    refused(folder, f"lacks {field}")


@pytest.mark.parametrize(
    "wrong",
    [
        *(5, None, {"loss": 1.0}, {"loss": 1.0, "accuracy": "high"}, {"loss": 1.0, "accuracy": 7}),
        *({"loss": 1.0, "accuracy": math.nan}, {"loss": math.nan, "accuracy": 0.5}, {"loss": -1, "accuracy": 0.5}),
    ],
    ids=str,
)
@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_figures_that_cannot_be_are_refused(folder, split, wrong):
    path = folder / "tiny-seed0.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {split: wrong}))
    refused(folder, f"for '{split}'")


@pytest.mark.parametrize("content", ["5", "null", "[]"])
def test_json_that_is_no_record_is_refused(folder, content):
    (folder / "tiny-seed0.json").write_text(content)
    refused(folder, "no JSON object")


@pytest.mark.parametrize("field", ["name", "seed", "recipe", "key"])
def test_a_record_of_another_run_is_refused(folder, field):
    edit(folder, **{field: "another"})
    refused(folder, f"its {field} differs")


def test_a_record_of_other_data_is_refused(folder):
    with pytest.raises(RecordError):
        records.load(tiny.RECIPE, 0, folder=folder)
    other = tiny.DATA._replace(x_train=tiny.DATA.x_train + 1)
    with pytest.raises(RecordError, match="its key differs"):
        records.load(tiny.RECIPE, 0, folder=folder, data=other)


def test_a_record_that_claims_what_its_predictions_do_not_give_is_refused(folder, trained):
    claimed = trained.record["test"]["accuracy"] + 1 / 60
    edit(folder, test={"loss": 1.0, "accuracy": claimed})
    refused(folder, f"claims a test accuracy of {claimed}")


def test_other_predictions_are_refused(folder, trained):
    right = tiny.DATA.y_test if trained.record["test"]["accuracy"] < 1 else (tiny.DATA.y_test + 1) % 10
    replace_predictions(folder, right.astype("uint8"))
    refused(folder, "claims a test accuracy of")


@pytest.mark.parametrize("wrong", [np.zeros(59, "uint8"), np.zeros(60, "int64")])
def test_predictions_of_the_wrong_shape_or_type_are_refused(folder, wrong):
    replace_predictions(folder, wrong)
    refused(folder, "expected (60,) and uint8")


def test_an_array_file_that_does_not_belong_to_the_record_is_refused(folder):
    with open(folder / "tiny-seed0.npz", "ab") as file:
        file.write(b"\0")
    refused(folder, "not the file that tiny-seed0.json was written with")


def test_a_record_without_its_array_file_is_refused(folder):
    (folder / "tiny-seed0.npz").unlink()
    refused(folder, "no tiny-seed0.npz")


def test_a_stale_record_is_refused(folder):
    refused(folder, "stale", recipe=dataclasses.replace(tiny.RECIPE, epochs=3))


def test_a_record_made_before_training_changed_is_refused(folder, monkeypatch):
    monkeypatch.setattr(keys, "TRAINING_VERSION", training.TRAINING_VERSION + 1)
    refused(folder, "stale")


def test_a_record_without_the_weights_that_a_page_shows_is_refused(folder):
    refused(folder, "no weights", recipe=dataclasses.replace(tiny.RECIPE, keep_weights=(0,)))


# --- looking up and training -----------------------------------------------------------------------------------------


def stamps(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}


def test_only_what_is_missing_is_trained(folder):
    before = stamps(folder)
    runs = records.run(tiny.RECIPE, seeds=range(2), folder=folder, data=tiny.DATA)
    assert [run.seed for run in runs] == [0, 1]
    assert stamps(folder)["tiny-seed0.json"] == before["tiny-seed0.json"]
    stamps_of_both = stamps(folder)
    records.run(tiny.RECIPE, seeds=range(2), folder=folder, data=tiny.DATA)
    assert stamps(folder) == stamps_of_both


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_fresh_trains_everything_again(folder, monkeypatch, how):
    before = stamps(folder)
    if how == "environment":
        monkeypatch.setenv("CNNBOOK_TRAIN", "fresh")
    records.run(tiny.RECIPE, seeds=[0], folder=folder, data=tiny.DATA, fresh=how == "argument")
    assert stamps(folder)["tiny-seed0.json"] > before["tiny-seed0.json"]


def test_a_fresh_build_trains_each_run_once(folder, monkeypatch):
    """The second page that asks for a run finds it made since the build began."""
    monkeypatch.setenv("CNNBOOK_TRAIN", "fresh")
    monkeypatch.setenv("CNNBOOK_FRESH_SINCE", "2999-01-01")
    before = stamps(folder)
    records.run(tiny.RECIPE, seeds=[0], folder=folder, data=tiny.DATA)
    assert stamps(folder) != before
    monkeypatch.setenv("CNNBOOK_FRESH_SINCE", "2020-01-01")
    before = stamps(folder)
    records.run(tiny.RECIPE, seeds=[0], folder=folder, data=tiny.DATA)
    assert stamps(folder) == before


def test_a_build_that_may_not_train_stops_with_the_command(folder, monkeypatch):
    monkeypatch.setenv("CNNBOOK_TRAIN", "recorded")
    assert len(records.run(tiny.RECIPE, seeds=[0], folder=folder, data=tiny.DATA)) == 1
    with pytest.raises(RecordError, match="python -m cnnbook record tiny --seeds 2"):
        records.run(tiny.RECIPE, seeds=[0, 1], folder=folder, data=tiny.DATA)


def test_an_unknown_mode_is_refused(folder, monkeypatch):
    monkeypatch.setenv("CNNBOOK_TRAIN", "perhaps")
    with pytest.raises(RecordError, match="CNNBOOK_TRAIN is 'perhaps'; expected one of missing, recorded, fresh"):
        records.run(tiny.RECIPE, seeds=[0], folder=folder)


def test_a_training_that_fails_leaves_no_record(tmp_path):
    recipe = dataclasses.replace(tiny.RECIPE, optimizer="sgd", optimizer_arguments={"learning_rate": 1e38})
    with pytest.raises(training.TrainingError):
        records.run(recipe, seeds=[0], folder=tmp_path, data=tiny.DATA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_leaves_the_older_record(folder, trained, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(descriptor, mode):
        os.close(descriptor)
        return open("/dev/full", mode)

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        records.write(tiny.RECIPE, trained, "a key", folder=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_found_out_before_training(monkeypatch):
    """Below /proc even root can write nothing."""
    monkeypatch.setattr(records, "train", lambda *_, **__: pytest.fail("trained for nothing"))
    with pytest.raises(RecordError, match=r"cannot be written to /proc/records .*; name another folder"):
        records.run(tiny.RECIPE, seeds=[0], folder="/proc/records", data=tiny.DATA)


@pytest.mark.slow
def test_runs_in_processes_of_their_own_give_the_same_records(tmp_path, folder):
    runs = [(tiny.RECIPE, 0), (tiny.RECIPE, 1)]
    ended = list(records.train_all(runs, jobs=2, folder=tmp_path / "two", data=tiny.DATA))
    assert sorted(record.seed for record in ended) == [0, 1]
    here = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    (there,) = [record for record in ended if record.seed == 0]
    assert there.history["loss"] == pytest.approx(here.history["loss"], rel=1e-4)
    assert np.array_equal(there.test_predictions, here.test_predictions)


def test_a_limit_that_would_come_too_late_is_refused(tmp_path):
    with pytest.raises(RecordError, match="1 threads were asked for, but Keras is loaded in this process already"):
        list(records.train_all([(tiny.RECIPE, 0)], threads=1, folder=tmp_path, data=tiny.DATA))


@pytest.mark.parametrize(("change", "words"), [({"builder": "one_liar"}, "one_liar"), ({"arguments": {"l3": 1}}, "l3")])
def test_a_recipe_that_cannot_be_built_is_named_with_its_seed_and_leaves_no_record(tmp_path, change, words):
    with pytest.raises(CnnBookError, match=f"recipe 'tiny', seed 0: .*{words}"):
        records.run(dataclasses.replace(tiny.RECIPE, **change), seeds=[0], folder=tmp_path, data=tiny.DATA)
    assert list(tmp_path.iterdir()) == []


def test_threads_are_refused(tmp_path):
    from joblib import parallel_config

    with parallel_config("threading", n_jobs=2), pytest.raises(RecordError, match="threads share one random generator"):
        list(records.train_all([(tiny.RECIPE, 0), (tiny.RECIPE, 1)], folder=tmp_path, data=tiny.DATA))


@pytest.mark.data
@pytest.mark.slow
def test_a_recording_killed_half_way_loses_only_the_seed_it_was_in(tmp_path):
    cifar10()  # fetched before the clock runs
    call = [sys.executable, "-m", "cnnbook", "record", "one-layer", "--seeds", "2", "--folder", str(tmp_path)]
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    first = tmp_path / "one-layer-seed0.json"
    deadline = time.monotonic() + 300
    while not first.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = first.read_bytes()
    assert not (tmp_path / "one-layer-seed1.json").exists()

    again = subprocess.run(call, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert "2 runs asked for, 1 recorded before, 1 to train" in again.stdout
    assert first.read_bytes() == kept
    assert records.is_valid(experiments.recipe("one-layer"), 1, folder=tmp_path)


@pytest.mark.data
@pytest.mark.weekly
def test_workers_of_a_killed_recording_do_not_train_on(tmp_path):
    cifar10()
    call = [sys.executable, "-m", "cnnbook", "record", "two-layer", "--seeds", "2", "--jobs", "2", "--folder"]
    process = psutil.Popen([*call, str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers, deadline = [], time.monotonic() + 120
    while sum(map(busy, workers)) < 2:  # both are in training
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(5)
        workers = process.children(recursive=True)
    process.kill()
    process.wait()
    try:
        deadline = time.monotonic() + 60
        while any(map(busy, workers)):
            assert time.monotonic() < deadline, "a worker still trains a minute after its owner was killed"
    finally:
        for worker in workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()
    assert list(tmp_path.iterdir()) == []


def busy(process):
    """Whether a process computes: a worker that found out waits for a while for its next task, without training."""
    try:
        before = process.cpu_times().user
        time.sleep(2)
        return process.cpu_times().user - before > 0.5
    except psutil.NoSuchProcess:
        return False


# --- the records that ship with the book -----------------------------------------------------------------------------


def test_every_recipe_of_the_book_has_its_records_and_nothing_else_lies_about():
    expected = set()
    for recipe in experiments.RECIPES.values():
        for seed in range(recipe.seeds):
            records.load(recipe, seed)
            expected |= {f"{records.stem(recipe, seed)}{suffix}" for suffix in (".json", ".npz")}
    assert {path.name for path in records.RESULTS.iterdir()} == expected


def test_the_records_stay_small():
    assert sum(path.stat().st_size for path in records.RESULTS.iterdir()) < 20e6


def test_the_short_mode_trains_one_epoch_on_the_sample_and_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNBOOK_SHORT", "1")
    monkeypatch.delenv("CNNBOOK_TRAIN", raising=False)
    monkeypatch.setattr(sources, "obtain", lambda **_: pytest.fail("the short mode needs no data set"))
    recipe = dataclasses.replace(experiments.recipe("one-layer"), keep_weights=())
    (short,) = records.run(recipe, [0], folder=tmp_path)
    assert len(short.history["loss"]) == 1
    assert len(short.test_predictions) == 20
    assert list(tmp_path.iterdir()) == []
    (found,) = records.run(recipe, [0])  # a valid record is looked up in this mode as well
    assert len(found.test_predictions) == 10_000


def test_without_the_short_mode_the_whole_data_set_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNBOOK_SHORT", "0")
    monkeypatch.delenv("CNNBOOK_TRAIN", raising=False)

    def refuse(**_):
        raise CnnBookError("asked for")

    monkeypatch.setattr(sources, "obtain", refuse)
    with pytest.raises(CnnBookError, match="asked for"):
        records.run(experiments.recipe("one-layer"), [0], folder=tmp_path)
