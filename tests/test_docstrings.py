"""The examples in docstrings, of every module."""

import doctest
import importlib
import pkgutil

import pytest

import cnnbook

MODULES = [module.name for module in pkgutil.walk_packages(cnnbook.__path__, "cnnbook.")]
MODULES.remove("cnnbook.__main__")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    examples = [len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(examples) > 40
