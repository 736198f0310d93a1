"""What scripts of benchmarks/ measured has a key: a changed recipe or setting makes it stale."""

import dataclasses
import json

import pytest

import tiny
from cnnbook.records import RecordError, keys, measurements
from cnnbook.records.measurements import Measurement

MEASUREMENT = Measurement(name="numbers", recipe=tiny.RECIPE, seeds=2, settings={"rates": [0.1, 0.01]})

_CHANGES = [
    {"seeds": 3},
    {"settings": {"rates": [0.1]}},
    {"recipe": dataclasses.replace(tiny.RECIPE, epochs=tiny.RECIPE.epochs + 1)},
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(measurements, "FOLDER", tmp_path)
    return tmp_path


def test_what_was_written_is_read_with_its_settings(folder):
    MEASUREMENT.write({"runs": [1, 2]})
    assert json.loads((folder / "numbers.json").read_text()) == MEASUREMENT.read()
    assert MEASUREMENT.read()["runs"] == [1, 2]
    assert MEASUREMENT.read()["rates"] == [0.1, 0.01]


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_recipe_or_setting_makes_it_stale(folder, change):
    MEASUREMENT.write({"runs": []})
    with pytest.raises(RecordError, match=r"numbers.json is stale: .* `python benchmarks/numbers.py --write`"):
        dataclasses.replace(MEASUREMENT, **change).read()


def test_a_changed_network_makes_it_stale(folder, monkeypatch):
    MEASUREMENT.write({"runs": []})
    monkeypatch.setattr(keys, "builder_digest", lambda name: "another")
    with pytest.raises(RecordError, match="is stale"):
        MEASUREMENT.read()
