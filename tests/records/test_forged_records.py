"""Records that contradict themselves or each other: changed one value at a time, and refused or harmless."""

import copy
import dataclasses
import hashlib
import io
import json
import math
import os
import shutil

import numpy as np
import pytest

from booksite import gate
from cnnbook import experiments, records
from cnnbook.__main__ import main
from cnnbook.records import RecordError

RECIPE = experiments.recipe("simple-cnn")  # whose seed 0 keeps its weights
STEM = "simple-cnn-seed0"
GOOD = json.loads((records.RESULTS / f"{STEM}.json").read_bytes())

#: What a figure, a text, a list or an object must not be; most are of another type.
ODD = (None, True, -1, 0, 0.5, 3, 10**400, math.nan, math.inf, -math.inf, "", "3", [], [[]], {}, {"loss": 1})

#: What pages and choices read of a record. A mutation that reaches one of them must be refused.
TRUSTED = ("name", "recipe", "seed", "key", "parameters", "valid", "arrays_sha256")


def places(value, path=()):
    """The path of every value in a record's JSON, of lists only of the first and the last."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        for index in sorted({0, len(value) - 1}):
            yield from places(value[index], (*path, index))


def changed(path, value=None, *, drop=False):
    content = copy.deepcopy(GOOD)
    inner = content
    for name in path[:-1]:
        inner = inner[name]
    if drop:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return content


PLACES = list(places(GOOD))


@pytest.fixture
def folder(tmp_path):
    for suffix in (".json", *records.DIGESTS):
        shutil.copy(records.RESULTS / f"{STEM}{suffix}", tmp_path)
    return tmp_path


def write(folder, content):
    (folder / f"{STEM}.json").write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def write_arrays(folder, content=None, suffix=".npz", **arrays):
    """Other arrays or bytes, under a JSON that has the right digest for them."""
    if content is None:
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        content = file.getvalue()
    (folder / f"{STEM}{suffix}").write_bytes(content)
    write(folder, GOOD | {records.DIGESTS[suffix]: hashlib.sha256(content).hexdigest()})


def load(folder):
    return records.load(RECIPE, 0, folder=folder, with_epochs=True)


def refused(folder, words=""):
    with pytest.raises(RecordError, match=words):
        load(folder)


def test_there_are_a_few_hundred_mutations():
    assert len(PLACES) * (len(ODD) + 1) > 800


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_record_with_one_odd_value_is_refused_or_harmless(folder, path, capsys, monkeypatch):
    """Harmless: nothing that is trusted has changed, and the table of all records can still be printed."""
    monkeypatch.setattr(experiments, "unread", set)  # which reads sixty records of the book
    contents = [changed(path, drop=True), *(changed(path, value) for value in ODD)]
    for content in contents:
        write(folder, content)
        try:
            record = load(folder)
        except RecordError:
            continue
        assert {field: record.content[field] for field in TRUSTED} == {field: GOOD[field] for field in TRUSTED}
        assert record.accuracy() == 100 * GOOD["test"]["accuracy"]
        assert main(["results", "--folder", str(folder)]) == 0
        assert "nan" not in capsys.readouterr().out.lower()


LAST = {name: values[-1] for name, values in GOOD["history"].items()}
IN_A_YEAR_TO_COME = "2999-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("valid", "accuracy"), 0.9, "validation accuracy of 0.9, but"),
        (("valid", "accuracy"), LAST["val_accuracy"] + 0.0002, "validation accuracy of"),
        (("valid", "loss"), GOOD["valid"]["loss"] / 2, "validation loss of"),
        (("history", "val_accuracy", -1), 0.99, "validation accuracy of"),
        (("history", "val_categorical_crossentropy", -1), 0.1, "validation loss of"),
        (("history", "loss", 0), -1.0, "for 'loss' in its history"),
        (("history", "accuracy", 0), 1.01, "for 'accuracy' in its history"),
        (("history", "loss"), GOOD["history"]["loss"] * 2, "expected a list of 10 numbers"),
        (("history", "val_loss"), GOOD["history"]["val_loss"][:-1], "expected a list of 10 numbers"),
        (("recipe", "epochs"), 11, "expected a list of 11 numbers"),
        (("recipe", "hold_out"), False, "although no images were held out"),
        (("train", "accuracy"), 0.912345678, "expected a whole number"),
        (("train", "loss"), 17, "for 'train'"),
        (("test", "loss"), 0.0, "has a loss of 0.0 for 'test', expected 0.2"),
        (("train", "loss"), 9.9, "has a loss of 9.9 for 'train'"),
        (("history", "val_accuracy", 0), 0.51234, "of 5000 images right in 'val_accuracy', expected a whole number"),
        (("history", "accuracy", 0), 0.512345, "of 45000 images right in 'accuracy', expected a whole number"),
        (("parameters",), GOOD["parameters"] + 1, "but its weights are"),
        (("seed",), 1, "is that of 'simple-cnn' with seed 1"),
        (("name",), "../simple-cnn", "for 'name'"),
        (("history", "categorical_crossentropy", 2), 15.9, "has a loss of 15.9 for .* in epoch 3 of its history"),
        (("history", "val_categorical_crossentropy", 0), 0.0, "has a loss of 0.0 for 'val_categorical_crossentropy'"),
        (("history", "learning_rate"), [0.1] * 10, "has .'learning_rate'. in its history, expected loss"),
        (("history", "val_top_5"), [0.1] * 10, "has .'val_top_5'. in its history"),
        (("date",), IN_A_YEAR_TO_COME, "for 'date'"),
        (("date",), "1970-01-01T00:00:00+00:00", "for 'date', expected a date in UTC since 2025"),
        (("date",), "2026-11-25", "for 'date'"),
        (("date",), "2026-11-25T22:00:43+09:00", "for 'date'"),
        (("date",), "2026-W01-1T00:00:00+00:00", "for 'date'"),  # which sorts after all days of November
        (("date",), "2026-01-25 22:00:43+00:00", "for 'date'"),
        (("date",), "20260125T220043+00:00", "for 'date'"),
        (("seed",), 2**32, "for 'seed'"),
        (("recipe", "batch_size"), 128.0, "its recipe differs"),
        (("recipe", "flip"), 0, "its recipe differs"),
        (("device",), "<script>alert(1)</script>", "for 'device'"),
        (("device",), "A | B", "for 'device'"),
        (("device",), "A\nB", "for 'device'"),
        (("versions", "keras"), "newest", "for 'versions'"),
        (("versions", "numpy"), "2.0 <b>", "for 'versions'"),
        (("versions", "a|b"), "2.0", "for 'versions'"),
        (("backend",), "numpy", "for 'backend', expected one of tensorflow, jax, torch"),
        *[(("device",), f"AMD {letter}2J", "for 'device'") for letter in "\x9b\x85\u2028\u202e\ud83d"],
        (("threads",), 10**20, "for 'threads'"),
        *[(("seconds_per_epoch",), seconds, "for 'seconds_per_epoch'") for seconds in (-3, 0, 1e-9, 1e8)],
        (("seconds_first_epoch",), 0.0, "for 'seconds_first_epoch'"),
        (("versions",), {"python": "3.12"}, "which version of keras"),
        (("backend",), "torch", "which version of torch"),
        (("onednn",), "yes", "for 'onednn'"),
    ],
)
def test_a_contradiction_is_named(folder, path, value, words):
    write(folder, changed(path, value))
    refused(folder, words)


def test_onednn_of_a_backend_that_has_none_is_refused(folder):
    content = changed(("backend",), "jax") | {"onednn": True, "versions": GOOD["versions"] | {"jax": "0.11.2"}}
    write(folder, content)
    refused(folder, "says whether oneDNN was on, which jax does not use")


def test_a_field_that_stands_there_twice_is_refused(folder):
    text = json.dumps(GOOD)
    write(folder, text.replace('"seed": 0', '"seed": 3, "seed": 0'))
    refused(folder, "a field stands in it twice")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "\ud800", '{"name": "\x00"}'])
def test_json_that_python_does_not_read_is_refused(folder, text):
    (folder / f"{STEM}.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    refused(folder, "not JSON|not a JSON object")


def good_arrays(suffix=".npz"):
    with np.load(records.RESULTS / f"{STEM}{suffix}") as archive:
        return dict(archive)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays: arrays.pop("test_predictions"), "expected test_predictions"),
        (lambda arrays: arrays["test_predictions"].__setitem__(0, 255), "predicts class 255"),
        (lambda arrays: arrays["weights/scores/kernel"].__setitem__((0, 0), math.nan), "not numbers of 16 bits"),
        (lambda arrays: arrays["weights/scores/kernel"].__setitem__((0, 0), math.inf), "not numbers of 16 bits"),
        (
            lambda arrays: arrays.update({"scores/kernel": arrays.pop("weights/scores/kernel")}),
            "expected test_predictions",
        ),
        (lambda arrays: arrays.update({"weights/scores/kernel": np.zeros((2, 2))}), "but its weights are"),
        (lambda arrays: arrays.update({"test_predictions": np.array([{}] * 10_000)}), "not a readable .npz file"),
        (lambda arrays: arrays.update(confusion=np.zeros((11, 10, 10), "uint16")), "test_predictions and weights"),
    ],
)
def test_arrays_that_no_training_gives_are_refused(folder, change, words):
    arrays = good_arrays()
    change(arrays)
    write_arrays(folder, **arrays)
    refused(folder, words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays: arrays.pop("scales/conv/bias"), "does not hold each epoch's weights"),
        (lambda arrays: arrays.update({"epochs/extra": arrays["epochs/conv/bias"]}), "does not hold each epoch's"),
        (lambda arrays: arrays.update({"epochs/conv/bias": arrays["epochs/conv/bias"][1:]}), "are not 11 times"),
        (lambda arrays: arrays["scales/conv/bias"].__setitem__(3, math.nan), "are not 11 times"),
        (lambda arrays: arrays["scales/conv/bias"].__setitem__(3, math.inf), "not steps of eight bits"),
        (lambda arrays: arrays["epochs/conv/bias"].__setitem__((2, 0), -128), "not steps of eight bits"),
        (lambda arrays: arrays["epochs/scores/kernel"].__setitem__((-1, 9, 9), 127), "are not those at its end"),
        (lambda arrays: arrays.update({"confusion": arrays["confusion"][1:]}), "no confusion of 10 classes"),
        (lambda arrays: arrays["confusion"].__setitem__((4, 2), arrays["confusion"][4, 3]), "do not give the acc"),
        (lambda arrays: arrays.update({"confusion": arrays["confusion"][:, ::-1]}), "do not give the accuracies"),
        (lambda arrays: arrays.update({"confusion": 2 * arrays["confusion"]}), "1000 images of a class, expected 500"),
        (lambda arrays: arrays.pop("confusion"), "expected confusion"),
        (lambda arrays: arrays.update({"weights/conv/bias": arrays["epochs/conv/bias"]}), "expected confusion and"),
    ],
)
def test_weights_of_epochs_that_no_training_gives_are_refused(folder, change, words):
    arrays = good_arrays(records.EPOCHS)
    change(arrays)
    write_arrays(folder, suffix=records.EPOCHS, **arrays)
    refused(folder, words)


def test_weights_of_epochs_are_missed_by_whoever_asks_for_them_alone(folder):
    """JupyterLite's copy of the module goes without them, and reads everything else."""
    (folder / f"{STEM}.epochs.npz").unlink()
    assert records.load(RECIPE, 0, folder=folder).accuracy() == 100 * GOOD["test"]["accuracy"]
    assert not records.is_valid(RECIPE, 0, folder=folder)
    refused(folder, r"has no simple-cnn-seed0.epochs.npz beside it \(the copy of cnnbook in JupyterLite goes without")
    shutil.copy(records.RESULTS / f"{STEM}.npz", folder / f"{STEM}.epochs.npz")
    refused(folder, "epochs.npz is not the file that simple-cnn-seed0.json was written with")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 300000\n"


@pytest.mark.parametrize("content", [POINTER, b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_a_file_that_is_no_archive_is_refused(folder, content):
    write_arrays(folder, content)
    refused(folder, "not a readable .npz file")


def test_a_damaged_member_of_the_archive_is_refused(folder):
    content = bytearray((folder / f"{STEM}.npz").read_bytes())
    content[200:300] = bytes(100)
    write_arrays(folder, bytes(content))
    refused(folder, "not a readable .npz file")


@pytest.mark.parametrize("suffix", [".json", *records.DIGESTS])
def test_a_file_of_any_size_is_not_read(folder, suffix):
    os.truncate(folder / f"{STEM}{suffix}", 2 * 10**11)  # a sparse file, which takes no room
    refused(folder, "200,000,000,000 bytes, expected at most")


@pytest.mark.parametrize("suffix", [".json", *records.DIGESTS])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(folder, suffix):
    path = folder / f"{STEM}{suffix}"
    path.unlink()
    os.mkfifo(path)
    refused(folder, "it is no regular file")


# --- records that contradict each other ------------------------------------------------------------------------------


def copy_as_seed_1(folder, **changes):
    """Seed 0 with the number and the key of seed 1."""
    key = json.loads((records.RESULTS / "simple-cnn-seed1.json").read_bytes())["key"]
    content = GOOD | {"seed": 1, "key": key} | changes
    del content["epochs_sha256"]
    (folder / "simple-cnn-seed1.json").write_text(json.dumps(content))
    shutil.copy(folder / f"{STEM}.npz", folder / "simple-cnn-seed1.npz")


def test_two_seeds_with_the_same_predictions_are_refused(folder, capsys):
    copy_as_seed_1(folder)
    records.load(RECIPE, 1, folder=folder)  # alone it is a record as good as any
    with pytest.raises(RecordError, match="simple-cnn with seed 1 has the same predictions as simple-cnn with seed 0"):
        records.read_all(folder)
    assert main(["results", "--folder", str(folder)]) == 1
    assert "the same predictions" in capsys.readouterr().err


def test_two_seeds_with_nearly_the_same_predictions_are_refused(folder):
    copy_as_seed_1(folder)
    arrays = {"test_predictions": good_arrays()["test_predictions"]}
    labels = records.test_labels()
    wrong = np.flatnonzero(arrays["test_predictions"] != labels)[:50]  # stay wrong, so that the accuracy is the same
    arrays["test_predictions"][wrong] = (labels[wrong] + 1) % 10
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    (folder / "simple-cnn-seed1.npz").write_bytes(file.getvalue())
    path = folder / "simple-cnn-seed1.json"
    digest = hashlib.sha256(file.getvalue()).hexdigest()
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"arrays_sha256": digest}))
    with pytest.raises(RecordError, match=r"seed 1 has 99\d\d predictions of the same kind as simple-cnn with seed 0"):
        records.read_all(folder)


def test_a_page_that_asks_for_both_seeds_gets_neither(folder, monkeypatch):
    copy_as_seed_1(folder)
    monkeypatch.setenv("CNNBOOK_TRAIN", "recorded")
    with pytest.raises(RecordError, match="the same predictions"):
        records.run(RECIPE, [0, 1], folder=folder)


def test_two_seeds_with_other_counts_of_parameters_are_refused(folder):
    for suffix in (".json", ".npz"):
        shutil.copy(records.RESULTS / f"simple-cnn-seed1{suffix}", folder)
    path = folder / "simple-cnn-seed1.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"parameters": 1}))
    with pytest.raises(RecordError, match="seed 1 claims 1 parameters, but simple-cnn with seed 0, the same network"):
        records.read_all(folder)


def test_the_gate_refuses_records_that_contradict_each_other(folder):
    copy_as_seed_1(folder)
    two_seeds = dataclasses.replace(RECIPE, seeds=2)
    assert list(gate.unusable_records([two_seeds], folder)) == [
        "simple-cnn with seed 1 has the same predictions as simple-cnn with seed 0."
    ]


def test_networks_that_answer_one_class_for_all_may_agree():
    record = records.load(RECIPE, 0)
    constant = np.zeros_like(record.test_predictions)
    twins = [
        dataclasses.replace(record, content=record.content | {"key": key}, test_predictions=constant) for key in "ab"
    ]
    assert list(records.disagreements(twins)) == []


def test_no_shipped_records_contradict_each_other():
    assert list(records.disagreements(records.read_all())) == []
