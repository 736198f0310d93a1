"""The order of the tests, and how generated cases are chosen."""

import os

import hypothesis
import pytest

# A machine that does other things as well must not turn a right answer into a failure, and no run tries other cases.
hypothesis.settings.register_profile("book", deadline=None, derandomize=True)
hypothesis.settings.load_profile("book")


@pytest.fixture(autouse=True)
def onednn_as_it_was(monkeypatch):
    """Commands that train turn it on for their process: here no later test inherits that."""
    if "TF_ENABLE_ONEDNN_OPTS" not in os.environ:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "")  # has it taken away in the end, whoever sets it
        monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")


def pytest_collection_modifyitems(items):
    """Begin with the long ones, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
