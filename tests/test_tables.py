"""Tables that pages compute: intervals drawn in their cells."""

import re

import pytest

from cnnbook import tables
from cnnbook.intervals import Interval


def places(cell):
    """The places of a bar, as shares of its width."""
    return {name: float(share) for name, share in re.findall(r"--(\w+):([\d.]+)", cell)}


def test_bars_have_one_scale_and_an_empty_one_has_the_line_at_0():
    head, first, none, second = tables.bars([Interval(-3.0, -4.0, -2.0, 5), None, Interval(5.0, 4.0, 6.0, 5)])
    assert places(head) == places(none) == {"zero": 0.4}
    assert places(first) == {"zero": 0.4, "low": 0, "high": 0.2, "mean": 0.1}
    assert places(second) == {"zero": 0.4, "low": 0.8, "high": 1, "mean": 0.9}


def test_the_line_at_0_is_drawn_when_all_intervals_lie_on_one_side():
    _, bar = tables.bars([Interval(3.0, 2.0, 4.0, 5)])
    assert places(bar) == {"zero": 0, "low": 0.5, "high": 1, "mean": 0.75}


@pytest.mark.parametrize("intervals", [[], [None], [Interval(0.0, 0.0, 0.0, 3)]])
def test_intervals_that_give_no_scale_are_refused(intervals):
    with pytest.raises(ValueError, match="expected an interval that reaches beyond 0; got "):
        tables.bars(intervals)


def test_text_has_the_numbers_without_the_bars():
    zero, bar = tables.bars([Interval(3.0, 2.0, 4.0, 5)])
    shown = tables.table(("step", zero, "interval"), [("a <b>bold</b> <span>step</span>", bar, "2 to 4")])
    assert "interval" in shown.data
    assert repr(shown).splitlines() == [
        "| step |  | interval |", "|---|---|--:|", "| a <b>bold</b> <span>step</span> |  | 2 to 4 |",
    ]  # fmt: skip
