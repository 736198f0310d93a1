"""The table of usual mistakes: every sentence stands once, names a page that teaches it, and is used."""

import json
import re

import pytest

from booksite.mistakes_table import recognised
from cnnbook import mistakes
from cnnbook.mistakes import MISTAKES, Feedback, mistake
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


def test_feedback_is_true_where_the_answer_is_right():
    assert Feedback(right=True)
    wrong = mistake("bias-forgotten").feedback("Filter 1: ")
    assert not wrong
    assert wrong.sentence.startswith("Filter 1: You forgot the bias.")
    assert (wrong.mistake.name, wrong.page) == ("bias-forgotten", "arithmetic/parameters")


def test_the_table_needs_neither_numpy_nor_keras():
    assert not {"numpy", "keras"} & modules_after("import cnnbook.mistakes")
    assert set(mistakes.PRACTISED) < set(MISTAKES)
