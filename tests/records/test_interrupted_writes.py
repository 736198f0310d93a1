"""A recording that is killed while it writes leaves the older record or the newer one, never half of each."""

import dataclasses
import os
import pickle
import subprocess
import sys

import pytest

import tiny
from cnnbook import records, training
from cnnbook.records import RecordError, keys, recording

#: Writes a run, and dies at the given one of its renames, before or after it happens.
KILLED = """
import os, pickle, sys
import tiny
from cnnbook.records import recording
run, key, folder, last, after = pickle.loads(sys.stdin.buffer.read())
replace, renames = os.replace, []
def replace_or_die(*paths):
    renames.append(paths)
    if len(renames) == last:
        if after:
            replace(*paths)
        os._exit(9)
    replace(*paths)
os.replace = replace_or_die
recording.write(tiny.RECIPE, run, key, folder=folder)
"""

WITH_EPOCHS = dataclasses.replace(tiny.RECIPE, keep_weights=(0,), keep_epochs=(0,))


@pytest.fixture(scope="module")
def trained_with_epochs():
    return training.train(WITH_EPOCHS, 0, data=tiny.DATA)


def other(trained):
    """Another run of the same recipe and seed: other predictions, as right as before."""
    swapped = trained.test_predictions.copy()
    wrong = swapped != tiny.DATA.y_test
    swapped[wrong] = (tiny.DATA.y_test[wrong] + 1 + (swapped[wrong] == (tiny.DATA.y_test[wrong] + 1) % 10)) % 10
    assert (swapped != trained.test_predictions).any()
    return dataclasses.replace(trained, test_predictions=swapped)


def killed_while_writing(run, folder, rename, after):
    call = pickle.dumps((run, keys.run_key(tiny.RECIPE, 0, tiny.DATA), folder, rename, after))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, os.path.dirname(tiny.__file__)])}
    assert subprocess.run([sys.executable, "-c", KILLED], input=call, env=environment).returncode == 9


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".part")


@pytest.mark.parametrize(("rename", "after"), [(1, False), (1, True), (2, False), (2, True), (3, False), (3, True)])
def test_a_record_that_is_being_replaced_is_there_whenever_the_recording_is_killed(folder, trained, rename, after):
    newer, key = other(trained), keys.run_key(tiny.RECIPE, 0, tiny.DATA)
    killed_while_writing(newer, folder, rename, after)
    record = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    expected = newer if (rename, after) >= (2, True) else trained
    assert record.test_predictions.tolist() == expected.test_predictions.tolist()
    recording.write(tiny.RECIPE, trained, key, folder=folder)
    assert names(folder) == ["tiny-seed0.json", "tiny-seed0.npz"]
    again = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    assert again.test_predictions.tolist() == trained.test_predictions.tolist()


def test_a_recording_that_is_killed_after_another_that_was_leaves_the_first_ones_record(folder, trained):
    """The first stopped before its arrays had their name; the next must not write over them."""
    newer = other(trained)
    killed_while_writing(newer, folder, 2, True)
    assert names(folder) == [".tiny-seed0.next.npz", "tiny-seed0.json", "tiny-seed0.npz"]
    # The first rename of the next recording gives them their name, the second is that of its own arrays.
    for rename, after in ((1, False), (1, True), (2, False)):
        killed_while_writing(trained, folder, rename, after)
        record = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
        assert record.test_predictions.tolist() == newer.test_predictions.tolist()


@pytest.mark.parametrize("rename", range(1, 6))
def test_weights_of_epochs_belong_to_their_record_whenever_the_recording_is_killed(
    tmp_path, trained_with_epochs, rename
):
    """Two files of arrays and the JSON get their names one after the other; a reader has those of one run."""
    older, key = trained_with_epochs, keys.run_key(tiny.RECIPE, 0, tiny.DATA)
    recording.write(WITH_EPOCHS, older, key, folder=tmp_path)
    newer = dataclasses.replace(
        other(older), epochs=older.epochs | {"confusion": older.epochs["confusion"][:, ::-1, ::-1]}
    )
    killed_while_writing(newer, tmp_path, rename, False)
    record = records.load(WITH_EPOCHS, 0, folder=tmp_path, data=tiny.DATA, with_epochs=True)
    expected = newer if rename > 3 else older
    assert record.test_predictions.tolist() == expected.test_predictions.tolist()
    assert record.epochs["confusion"].tolist() == expected.epochs["confusion"].tolist()


def test_a_run_without_weights_of_epochs_leaves_none_of_an_older_one(tmp_path, trained, trained_with_epochs):
    key = keys.run_key(tiny.RECIPE, 0, tiny.DATA)
    recording.write(WITH_EPOCHS, trained_with_epochs, key, folder=tmp_path)
    assert names(tmp_path) == ["tiny-seed0.epochs.npz", "tiny-seed0.json", "tiny-seed0.npz"]
    recording.write(tiny.RECIPE, trained, key, folder=tmp_path)
    assert names(tmp_path) == ["tiny-seed0.json", "tiny-seed0.npz"]


@pytest.mark.parametrize("rename", [1, 2, 3])
def test_an_interruption_right_after_a_rename_leaves_a_whole_record(folder, trained, monkeypatch, rename):
    """As by Ctrl-C, which Python raises between any two lines, also after the JSON has its name."""
    newer, key, replace, renames = other(trained), keys.run_key(tiny.RECIPE, 0, tiny.DATA), os.replace, []

    def replace_and_stop(*paths):
        replace(*paths)
        renames.append(paths)
        if len(renames) == rename:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_and_stop)
        with pytest.raises(KeyboardInterrupt):
            recording.write(tiny.RECIPE, newer, key, folder=folder)
    record = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    expected = newer if rename > 1 else trained
    assert record.test_predictions.tolist() == expected.test_predictions.tolist()


@pytest.mark.parametrize(
    ("field", "value"), [("test", {"loss": float("nan"), "accuracy": 0.1}), ("date", "2999-01-01T00:00:00+00:00")]
)
def test_a_run_that_no_reader_would_take_replaces_no_record(folder, trained, field, value):
    """As when the last step of a training made the weights NaN."""
    bad = dataclasses.replace(trained, record=trained.record | {field: value})
    with pytest.raises(RecordError, match=f"recipe 'tiny', seed 0: the run has .* for '{field}'.* nothing is recorded"):
        recording.write(tiny.RECIPE, bad, keys.run_key(tiny.RECIPE, 0, tiny.DATA), folder=folder)
    record = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    assert record.test_predictions.tolist() == trained.test_predictions.tolist()


@pytest.mark.parametrize("name", ["tiny-seed1.json", "tiny-seed1.npz", ".tiny-seed1.next.npz", "tiny-seed1.epochs.npz"])
def test_what_stands_where_a_record_goes_is_said_before_training(folder, monkeypatch, name):
    monkeypatch.setattr(recording, "train", lambda *_, **__: pytest.fail("trained"))
    (folder / name).mkdir()
    with pytest.raises(RecordError, match=r"cannot be written to .*it is a folder"):
        list(recording.record([(tiny.RECIPE, 0), (tiny.RECIPE, 1)], folder=folder, data=tiny.DATA))
