"""The lab of seeds, ``book/assets/scripts/labs/seeds.js``, against `cnnbook.intervals`."""

from functools import cache

import numpy as np
import pytest

import javascript
from cnnbook import experiments, intervals
from cnnbook.practice.draws import Draws

accuracies, compared = cache(experiments.accuracies), cache(experiments.compared)  # each call reads records

PROGRAM = """
import lab from "./labs/seeds.js";
const output = ([states, view]) => {
  lab.receive(view);
  return states.map((state) => {
    try { return lab.result(lab.check(state)); } catch (error) { return { error: error.message }; }
  });
};
"""


def results(*states):
    """What the lab shows for each state with what the page brings: recorded accuracies, and Student's t."""
    return javascript.run(PROGRAM, [states, {"data": compared()}])


def draw_seeds(draws, n, count):
    """`n` of `count` seeds, each anew, until two differ: what the lab says that it draws."""
    while len(set(seeds := [draws.below(count) for _ in range(n)])) < 2:
        pass
    return seeds


def drawn(name, seeds):
    return [accuracies(name)[seed] for seed in seeds]


def share_of_misses(first, second, n):
    truth = np.mean(np.subtract(accuracies(first), accuracies(second)))
    draws, missed = Draws("misses", n), 0
    for _ in range(1000):
        seeds = draw_seeds(draws, n, 5)
        interval = intervals.paired(drawn(first, seeds), drawn(second, seeds))
        missed += not interval.low - 1e-9 <= truth <= interval.high + 1e-9
    return missed / 1000


def test_it_shows_the_interval_of_the_book():
    random = np.random.default_rng(2)
    states = []
    for number in range(400):
        first, second = random.choice(list(experiments.COMPARED), 2, replace=False).tolist()
        seeds = draw_seeds(Draws("test", number), int(random.integers(2, 11)), 5)
        states.append({"first": first, "second": second, "seeds": seeds})
    contained = []
    for state, shown in zip(states, results(*states), strict=True):
        first, second, seeds = state.values()
        mean, low, high, _ = intervals.paired(drawn(first, seeds), drawn(second, seeds))
        assert [shown["mean"], *shown["interval"]] == pytest.approx([mean, low, high], abs=1e-9), state
        truth = intervals.paired(accuracies(first), accuracies(second)).mean
        assert shown["truth"] == pytest.approx(truth)
        assert shown["contains"] == (low - 1e-9 <= truth <= high + 1e-9)
        contained.append(shown["contains"])
    assert 0.5 < np.mean(contained) < 1


@pytest.mark.parametrize("n", [2, 3, 6, 10])
def test_it_tells_how_often_such_intervals_miss(n):
    state = {"first": "simple-cnn", "second": "two-layer", "seeds": ([0, 1] * 5)[:n]}
    [shown] = results(state)
    assert shown["misses"] == share_of_misses("simple-cnn", "two-layer", n)


def test_it_draws_from_recipes_whose_test_accuracy_the_book_reads():
    assert not set(experiments.COMPARED) & experiments.unread()
    assert {len(accuracies(name)) for name in experiments.COMPARED} == {5}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first": "deeper-9"}, "A recipe is “deeper-9”; use one of one-layer"),
        ({"first": "toString"}, "A recipe is “toString”; use one of"),
        ({"first": ["simple-cnn"]}, 'A recipe is “["simple-cnn"]”; use one of'),
        ({"second": "simple-cnn"}, "Both recipes are the same"),
        ({"seeds": [0]}, "The draw has 1 entry; 2 to 10 fit here."),
        ({"seeds": [0, 5]}, "A seed is 5; use a whole number from 0 to 4."),
        ({"seeds": [3, 3, 3]}, "All seeds of the draw are the same"),
    ],
)
def test_it_refuses_in_a_sentence(change, words):
    [shown] = results({"first": "simple-cnn", "second": "two-layer", "seeds": [0, 1], **change})
    assert words in shown["error"]


def test_it_counts_the_misses_in_its_picture():
    program = """
    import lab from "./labs/seeds.js";
    const output = ([initial, data]) => {
      lab.receive({ data });
      const state = lab.check(initial);
      const drawn = lab.actions.draw({ state, view: lab.view, value: 12 });
      const shown = { state: { ...state, ...drawn.state }, view: { ...lab.view, ...drawn.view } };
      return [[...shown.view.history, shown.state.seeds], lab.readout({ ...shown, result: lab.result(shown.state) })];
    };
    """
    pair = ("simple-cnn", "two-layer")
    state = {"first": pair[0], "second": pair[1], "seeds": [0, 1, 2]}
    pictured, words = javascript.run(program, [state, compared()])
    truth = intervals.paired(*map(accuracies, pair)).mean
    held = [intervals.paired(*(drawn(name, seeds) for name in pair)) for seeds in pictured]
    missed = sum(not interval.low - 1e-9 <= truth <= interval.high + 1e-9 for interval in held)
    assert len(pictured) == 12
    assert missed > 1
    assert f"Of the 12 draws in the picture, {missed} miss it." in words
