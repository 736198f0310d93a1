"""The table of usual mistakes: every sentence stands once, names a page that teaches it, and is used."""

import json
import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from booksite.mistakes_table import recognised
from cnnbook import checkers
from cnnbook.checkers import convolutions, parameters
from cnnbook.checkers.exercise import Exercise
from cnnbook.mistakes import MISTAKES, PRACTISED, Feedback, mistake
from cnnbook.practice.texts import TEXTS
from fresh_python import modules_after
from pages import BOOK


@pytest.mark.parametrize("usual", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_has_a_name_a_sentence_and_a_page(usual):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", usual.name)
    assert re.fullmatch(r"[A-Z].*[.?)]", usual.sentence)
    assert "{" not in usual.sentence
    text = (BOOK / f"{usual.page}.md").read_text("utf-8")
    assert re.search(rf"^\({usual.label}\)=\n# ", text, re.M), "the label of the page's title"


def test_no_name_and_no_sentence_stands_twice():
    pairs = []
    json.loads((BOOK.parent / "code/cnnbook/mistakes.json").read_text("utf-8"), object_pairs_hook=pairs.extend)
    names = [name for name, sentence in pairs if isinstance(sentence, str)]
    assert sorted(names) == sorted(MISTAKES)
    assert len({usual.sentence for usual in MISTAKES.values()}) == len(MISTAKES)


def test_every_mistake_is_recognised_somewhere():
    places = recognised(BOOK.parent)
    assert [name for name, recognised_by in places.items() if not recognised_by] == []
    assert places["bias-forgotten"] == ["question", "practice", "checker", "hand-in"]
    assert recognised_by("practice") == PRACTISED
    assert "strides-forgotten" in recognised_by("question")


def recognised_by(place):
    return {name for name, places in recognised(BOOK.parent).items() if place in places}


def test_the_table_names_the_mistakes_of_all_exercises():
    modules = [import_module(f"cnnbook.checkers.{module.name}") for module in iter_modules(checkers.__path__)]
    exercises = [value for module in modules for value in vars(module).values() if isinstance(value, Exercise)]
    exercises.append(parameters.count_parameters_exercise())
    assert len({exercise.name for exercise in exercises}) == 7
    by_rules = {"python-loop", "whole-numbers"}
    assert recognised_by("checker") == by_rules.union(*(exercise.mistakes for exercise in exercises))


def test_the_table_names_the_mistakes_that_the_hand_in_can_tell_apart():
    one_dimension = set(convolutions.CONVOLVE_1D.mistakes)
    two_dimensions = set(convolutions.CONVOLVE_2D.mistakes) - {
        *("filters-added", "first-filter-only", "last-channel-only"),  # of another shape, or shadowed
        *("padding-rows-only", "stride-columns-only", "stride-rows-only"),  # its figure has neither
    }
    of_its_own = {
        *("bias-subtracted", "channel-alone", "channels-first", "depth-forgotten", "depth-of-input", "map-per-channel"),
        *("one-bias-per-layer", "one-channel", "one-filter", "one-side-of-kernel", "other-filter", "rounded-up"),
        *("sign-forgotten", "size-kept-unpadded"),
    }
    assert recognised_by("hand-in") == one_dimension | two_dimensions | of_its_own
    assert {MISTAKES[name].page for name in recognised_by("hand-in")} <= set(TEXTS["pages"]), "the titles of its hints"


def test_feedback_is_true_where_the_answer_is_right():
    assert Feedback(right=True)
    wrong = mistake("bias-forgotten").feedback("Filter 1: ")
    assert not wrong
    assert wrong.sentence.startswith("Filter 1: You forgot the bias.")
    assert (wrong.mistake.name, wrong.page) == ("bias-forgotten", "arithmetic/parameters")


def test_the_table_needs_neither_numpy_nor_keras():
    assert not {"numpy", "keras"} & modules_after("import cnnbook.mistakes")
    assert set(PRACTISED) < set(MISTAKES)
