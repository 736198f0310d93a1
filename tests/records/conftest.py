"""One good record of the tiny recipe, which tests read and damage."""

import pytest

import tiny
from cnnbook import training
from cnnbook.records import keys, recording


@pytest.fixture(scope="session")
def trained():
    return training.train(tiny.RECIPE, seed=0, data=tiny.DATA)


@pytest.fixture
def folder(tmp_path, trained, monkeypatch):
    """A folder with one good record of the tiny recipe on the tiny data."""
    for variable in ("CNNBOOK_TRAIN", "CNNBOOK_SHORT", "CNNBOOK_FRESH_SINCE"):
        monkeypatch.delenv(variable, raising=False)
    recording.write(tiny.RECIPE, trained, keys.run_key(tiny.RECIPE, 0, tiny.DATA), folder=tmp_path)
    return tmp_path
