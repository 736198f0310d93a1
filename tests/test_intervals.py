"""Intervals and tests: against formulas written out, and against what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook import intervals

VALUES = st.lists(st.floats(0, 100, allow_nan=False), min_size=2, max_size=9)


def test_mean_and_spread():
    assert intervals.mean_sd([1, 2, 6]) == (3.0, pytest.approx(7**0.5))


@pytest.mark.parametrize("function", [intervals.mean_sd, intervals.interval])
def test_one_value_has_no_spread(function):
    with pytest.raises(ValueError, match="at least two values, got 1"):
        function([1.0])


def test_students_interval_by_hand():
    """The table of t has 4.303 for two degrees of freedom and 95 %."""
    mean, low, high, n = intervals.interval([62.0, 62.4, 62.8])
    assert (mean, n) == (pytest.approx(62.4), 3)
    assert high - mean == pytest.approx(4.3027 * 0.4 / math.sqrt(3), rel=1e-4)
    assert mean - low == pytest.approx(high - mean)


def test_equal_values_have_an_interval_without_width():
    assert intervals.interval([5.0, 5.0, 5.0]) == (5.0, 5.0, 5.0, 3)


def test_intervals_contain_the_truth_as_often_as_they_promise():
    random = np.random.default_rng(1)
    for confidence in (0.5, 0.95):
        drawn = [intervals.interval(random.normal(7, 2, 4), confidence=confidence) for _ in range(1000)]
        hits = np.mean([interval.low <= 7 <= interval.high for interval in drawn])
        assert hits == pytest.approx(confidence, abs=0.04)


@given(VALUES, st.floats(-5, 5))
def test_a_paired_difference_ignores_what_both_share(values, shift):
    mean, low, high, _ = intervals.paired([value + shift for value in values], values)
    assert mean == pytest.approx(shift, abs=1e-9)
    assert high - low < 1e-6


def test_pairs_are_made_of_the_seeds_that_both_have():
    assert intervals.paired([3.0, 5.0], [1.0, 2.0, 99.0]) == intervals.interval([2.0, 3.0])


@pytest.mark.parametrize("right", [0, 1, 62, 100])
def test_wilsons_interval_by_its_formula(right):
    n, z = 100, 1.959964
    p = right / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    _, low, high, _ = intervals.accuracy_interval(right, n)
    assert (low, high) == pytest.approx((100 * (centre - half), 100 * (centre + half)), abs=1e-4)


@pytest.mark.parametrize(("right", "images"), [(-1, 10), (11, 10), (0, 0)])
def test_impossible_counts_are_refused(right, images):
    with pytest.raises(ValueError, match=f"got {right}"):
        intervals.accuracy_interval(right, images)


def test_disagreement_counts_where_only_one_is_right():
    labels = np.zeros(20, int)
    first, second = np.r_[np.zeros(12, int), np.ones(8, int)], np.r_[np.zeros(4, int), np.ones(16, int)]
    only_first, only_second, p = intervals.disagreement(first, second, labels)
    assert (only_first, only_second) == (8, 0)
    assert p == pytest.approx(2 * 0.5**8)
    assert intervals.disagreement(second, first, labels).only_second == 8


def test_two_that_never_differ_are_not_told_apart():
    assert intervals.disagreement([1, 2], [1, 2], [1, 1]).p == 1


def test_predictions_of_other_images_are_refused():
    with pytest.raises(ValueError, match="of the same images"):
        intervals.disagreement([1, 2], [1, 2, 3], [1, 2])


def test_overlap():
    low, high = intervals.Interval(1, 0, 2, 3), intervals.Interval(3, 2, 4, 3)
    assert low.overlaps(high)
    assert high.overlaps(low)
    assert not low.overlaps(intervals.Interval(3, 2.1, 4, 3))
