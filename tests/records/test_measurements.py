"""What scripts of benchmarks/ measured has a key: a changed recipe, setting or script makes it stale."""

import dataclasses
import json
from pathlib import Path

import pytest

import tiny
from cnnbook import experiments
from cnnbook.records import RecordError, keys, measurements
from cnnbook.records.measurements import Measurement

SCRIPTS = Path(__file__).parents[2] / "benchmarks"

MEASUREMENT = Measurement(name="numbers", recipe=tiny.RECIPE, seeds=2, settings={"rates": [0.1, 0.01]})

_CHANGES = [
    {"seeds": 3},
    {"settings": {"rates": [0.1]}},
    {"recipe": dataclasses.replace(tiny.RECIPE, epochs=tiny.RECIPE.epochs + 1)},
    {"beside": (tiny.LONGER,)},
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(measurements, "FOLDER", tmp_path)
    return tmp_path


def test_what_was_written_is_read_with_its_settings(folder):
    MEASUREMENT.write({"runs": [1, 2]}, __file__)
    assert json.loads((folder / "numbers.json").read_text()) == MEASUREMENT.read()
    assert MEASUREMENT.read()["runs"] == [1, 2]
    assert MEASUREMENT.read()["rates"] == [0.1, 0.01]


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_recipe_or_setting_makes_it_stale(folder, change):
    MEASUREMENT.write({"runs": []}, __file__)
    with pytest.raises(RecordError, match=r"numbers.json is stale: .* `python benchmarks/numbers.py --write`"):
        dataclasses.replace(MEASUREMENT, **change).read()


def test_a_changed_network_makes_it_stale(folder, monkeypatch):
    MEASUREMENT.write({"runs": []}, __file__)
    monkeypatch.setattr(keys, "builder_digest", lambda name: "another")
    with pytest.raises(RecordError, match="is stale"):
        MEASUREMENT.read()


@pytest.mark.parametrize(
    "measurement",
    [experiments.TRANSFER, experiments.NUMERICS, experiments.IDEAS, experiments.INFERENCE],
    ids=lambda kept: kept.name,
)
def test_the_scripts_are_those_that_measured(measurement):
    """Fails after any change of what a script does; then `python benchmarks/NAME.py --write` measures again."""
    source = (SCRIPTS / f"{measurement.name}.py").read_text("utf-8")
    assert measurement.read()["script"] == keys.script_digest(source)


def test_comments_and_docstrings_of_a_script_make_no_difference():
    digest = keys.script_digest("rate = 0.1\ndef fit():\n    return rate")
    commented = '"""About."""\nrate = 0.1  # small\n\n\ndef fit():\n    """Fit."""\n    return rate'
    assert digest == keys.script_digest(commented)
    assert digest != keys.script_digest("rate = 0.2\ndef fit():\n    return rate")
