"""The examples in docstrings, of every module."""

import doctest
import importlib
import pkgutil

import pytest

import booksite
import cnnbook

MODULES = [
    module.name
    for package in (booksite, cnnbook)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    # Programs: to import them is to run them.
    if not module.name.endswith((".__main__", ".kernel_server"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    examples = [len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(examples) > 40
