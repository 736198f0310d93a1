"""Records: the key, what is read back, and everything that has to be refused."""

import dataclasses
import hashlib
import io
import json
import math

import numpy as np
import pytest

import tiny
from cnnbook import experiments, records, training
from cnnbook.records import RecordError, keys, recording
from fresh_python import modules_after

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


# --- the key ---------------------------------------------------------------------------------------------------------


def test_the_key_follows_everything_that_a_run_depends_on(monkeypatch):
    changes = {
        "epochs": 3,
        "arguments": {"l2": 0.02},
        "optimizer": "sgd",
        "optimizer_arguments": {"learning_rate": 0.1},
        "warm_up": 0.1,
        "loss": "mse",
        "loss_arguments": {"label_smoothing": 0.1},
        "flip": True,
        "shift": 1,
        "batch_size": 21,
        "hold_out": False,
    }
    calls = [
        (tiny.RECIPE, 0),
        (tiny.RECIPE, 1),
        (tiny.RECIPE, 0, tiny.DATA),
        (tiny.RECIPE, 0, tiny.DATA._replace(y_test=tiny.DATA.y_valid)),
        *((dataclasses.replace(tiny.RECIPE, **{field: value}), 0) for field, value in changes.items()),
    ]
    known = {keys.run_key(*call) for call in calls}
    for name, value in (("fingerprint", lambda: "x"), ("TRAINING_VERSION", -1), ("builder_digest", lambda name: "x")):
        monkeypatch.setattr(keys, name, value)
        known.add(keys.run_key(tiny.RECIPE, 0))
    assert len(known) == len(calls) + 3


def test_the_key_does_not_follow_what_a_run_does_not_depend_on():
    renamed = dataclasses.replace(tiny.RECIPE, name="other", keep_weights=(0, 1), keep_epochs=(1,), seeds=2)
    assert keys.run_key(renamed, 0) == keys.run_key(tiny.RECIPE, 0)


def test_every_field_of_a_recipe_is_recorded_also_at_its_default():
    """A default that changes later must not pass older records for runs of today's."""
    fields = {field.name for field in dataclasses.fields(training.Recipe)}
    unread = {"name", "seeds", "keep_weights", "keep_epochs"}
    assert fields - set(training.Recipe(name="n", builder="b").settings()) == unread


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('"""Words."""', '"""Other words."""', True),
        ('"""Words."""\n    ', "", True),
        ("   # a comment", "", True),
        ("(block(WIDTH), depth, HIGH, RATE)", "(\n        block(WIDTH), depth, HIGH, RATE\n    )", True),
        ("return 1", "return 2", True),  # of a bystander
        ("WIDTH = 8", "WIDTH = 9", False),
        ("LOW, HIGH = 1, 2", "LOW, HIGH = 1, 3", False),
        ("RATE: float = 0.5", "RATE: float = 0.6", False),
        ("from layers", "from other_layers", False),
        ("[width]", "[width, 1]", False),
        ("(WIDTH), depth", "(WIDTH), depth + 1", False),
    ],
)
def test_the_digest_of_a_builder_follows_all_it_uses_and_ignores_words_and_layout(old, new, same):
    assert old in BUILDERS
    changed = keys.builder_digest("net", BUILDERS.replace(old, new))
    assert (changed == keys.builder_digest("net", BUILDERS)) == same


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


def edit(lacking=None, **changes):
    """Return what writes other fields into the record's JSON."""

    def damage(folder):
        path = folder / "tiny-seed0.json"
        content = json.loads(path.read_text()) | changes
        content.pop(lacking, None)
        path.write_text(json.dumps(content))

    return damage


def remove(name):
    return lambda folder: (folder / name).unlink()


def overwrite(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def cut_off(share):
    def damage(folder):
        path = folder / "tiny-seed0.json"
        text = path.read_bytes().rstrip()
        path.write_bytes(text[: int(share * len(text))])

    return damage


def replace_predictions(predictions):
    """Return what writes other predictions, and a JSON that has the right digest for them."""

    def damage(folder):
        file = io.BytesIO()
        np.savez_compressed(file, test_predictions=predictions)
        (folder / "tiny-seed0.npz").write_bytes(file.getvalue())
        edit(arrays_sha256=hashlib.sha256(file.getvalue()).hexdigest())(folder)

    return damage


def refused(folder, words, recipe=tiny.RECIPE):
    """Loading is refused with these words and the command that makes the record anew."""
    with pytest.raises(RecordError) as error:
        records.load(recipe, 0, folder=folder, data=tiny.DATA)
    for part in (words, f"`python -m cnnbook record tiny --seeds 1 --folder {folder}`"):
        assert part in str(error.value)


IMPOSSIBLE_FIGURES = [
    *(5, None, {"loss": 1.0}, {"loss": 1.0, "accuracy": "high"}, {"loss": 1.0, "accuracy": 7}),
    *({"loss": 1.0, "accuracy": math.nan}, {"loss": math.nan, "accuracy": 0.5}, {"loss": -1, "accuracy": 0.5}),
]

DAMAGES = [
    (remove("tiny-seed0.json"), "no record of 'tiny' with seed 0"),
    (remove("tiny-seed0.npz"), "no tiny-seed0.npz"),
    (overwrite("tiny-seed0.npz", b"\0"), "not the file that tiny-seed0.json was written with"),
    *((cut_off(share), "cut off") for share in (0, 0.3, 0.99)),
    *((overwrite("tiny-seed0.json", content), "not a JSON object") for content in (b"5", b"null", b"[]")),
    *((edit(lacking=field), f"lacks {field}") for field in ("key", "test", "device", "threads", "arrays_sha256")),
    (edit(name="another"), "is that of 'another' with seed 0"),
    *((edit(**{field: "another"}), f"has 'another' for {field!r}") for field in ("seed", "recipe", "key")),
    (edit(key="0" * 64), "its key differs"),
    (edit(recipe=tiny.RECIPE.settings() | {"batch_size": 21}), "its recipe differs"),
    *((edit(train=figures), "for 'train'") for figures in IMPOSSIBLE_FIGURES),
    *((edit(**{split: 5}), f"for '{split}'") for split in ("valid", "test")),
    *((replace_predictions(wrong), "expected (60,) and uint8") for wrong in (np.zeros(59, "uint8"), np.zeros(60, int))),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_a_damaged_record_is_refused(folder, damage, words):
    damage(folder)
    refused(folder, words)


@pytest.mark.parametrize(("change", "words"), [({"epochs": 3}, "stale"), ({"keep_weights": (0,)}, "no weights, and")])
def test_a_record_that_does_not_serve_the_recipe_of_today_is_refused(folder, change, words):
    refused(folder, words, recipe=dataclasses.replace(tiny.RECIPE, **change))


def test_a_record_without_the_weights_of_its_epochs_is_refused(tmp_path):
    recipe = dataclasses.replace(tiny.RECIPE, keep_weights=(0,))
    recording.write(
        recipe, training.train(recipe, 0, data=tiny.DATA), keys.run_key(recipe, 0, tiny.DATA), folder=tmp_path
    )
    refused(tmp_path, "no weights of its epochs", recipe=dataclasses.replace(recipe, keep_epochs=(0,)))


def test_a_record_made_before_training_changed_is_refused(folder, monkeypatch):
    monkeypatch.setattr(keys, "TRAINING_VERSION", training.TRAINING_VERSION + 1)
    refused(folder, "stale")


def test_a_record_of_other_data_is_refused(folder):
    with pytest.raises(RecordError):
        records.load(tiny.RECIPE, 0, folder=folder)
    other = tiny.DATA._replace(x_train=tiny.DATA.x_train + 1)
    with pytest.raises(RecordError, match="its key differs"):
        records.load(tiny.RECIPE, 0, folder=folder, data=other)


def test_a_record_that_claims_what_its_predictions_do_not_give_is_refused(folder, trained):
    claimed = trained.record["test"]["accuracy"] + 1 / 60
    edit(test={"loss": 1.0, "accuracy": claimed})(folder)
    refused(folder, f"claims a test accuracy of {claimed}")


# --- the records that ship with the book -----------------------------------------------------------------------------


def test_every_recipe_of_the_book_has_its_records_and_nothing_else_lies_about():
    expected = set()
    for recipe in experiments.RECIPES.values():
        for seed in range(recipe.seeds):
            record = records.load(recipe, seed, with_epochs=True)
            suffixes = (".json", ".npz", *(".epochs.npz",) * bool(record.epochs))
            expected |= {f"{records.stem(recipe, seed)}{suffix}" for suffix in suffixes}
    assert {path.name for path in records.RESULTS.iterdir()} == expected


LIGHT = """
import importlib.resources, sys, zipfile
import numpy
for name in ("keras", "tensorflow", "joblib", "psutil", "tqdm", "filelock", "PIL", "scipy", "matplotlib", "subprocess",
             "threading", "multiprocessing", "concurrent.futures", "asyncio", "socket", "unittest.mock"):
    sys.modules[name] = None  # from here on, importing it is an error
from cnnbook import data, experiments, records
assert len(data.sample().images) == 100
assert records.load(experiments.recipe("one-layer"), 0).seed == 0
assert len(records.run(experiments.recipe("simple-cnn"))) == 5
assert len(records.read_all()) > 5
assert experiments.best_dense()
assert len(experiments.against_the_clock(1)["fast-narrow"]) == 5
assert experiments.ideas()["runs"]
"""


def test_records_and_the_sample_are_read_as_in_a_browser():
    """Neither Keras nor threads, processes or the data set; nor what trains and downloads."""
    modules = modules_after(LIGHT)
    heavy = ("models", "architecture", "records.recording", "data.sources", "data.mirror", "training.batches")
    assert not modules & {f"cnnbook.{name}" for name in heavy}


def test_a_record_is_read_once_and_a_builder_digested_once(monkeypatch):
    paths, sources = [], []
    read, source = records.read, keys._models_source
    monkeypatch.setattr(records, "read", lambda path, **options: paths.append(path) or read(path, **options))
    monkeypatch.setattr(keys, "_models_source", lambda: sources.append(source()) or sources[0])
    keys.builder_digest.cache_clear()
    recipe = experiments.recipe("one-layer")
    records.run(recipe)
    assert paths == [records.RESULTS / f"one-layer-seed{seed}.json" for seed in range(recipe.seeds)]
    assert len(sources) == 1


def test_the_records_stay_small():
    assert sum(path.stat().st_size for path in records.RESULTS.iterdir()) < 20e6
