"""Axes of charts: scales, ticks, the grid and open dots; what is checked and computed of the values of seeds."""

import itertools
import math

import numpy as np

from cnnbook.plotting.style import PALETTE
from cnnbook.plotting.svg import Scale, apart, short, text_width

_APART = 10  # pixels at least between the numbers of an axis
_MOST = 5  # numbers on an axis

# Lengths of time as one speaks of them, in seconds, those that say most first.
_TIMES = {"1 min": 60, "1 h": 3600, "1 day": 86400, "1 s": 1, "10 s": 10, "10 min": 600, "10 days": 864_000,
          "5 min": 300, "5 h": 18_000, "2 min": 120, "2 h": 7200, "30 s": 30, "30 min": 1800}  # fmt: skip


def scale_of(values, start, end):
    """Return a scale of values with a little room at both ends."""
    low, high = np.min(values), np.max(values)
    room = 0.04 * (high - low) or 0.5
    return Scale(low - room, high + room, start, end)


def ticks(scale, *, whole=False):
    """Return at most five multiples of a round number within the range of a scale, by what to write there."""
    for power in range(0 if whole else -9, 16):
        for step in (10.0**power, 2 * 10.0**power, 5 * 10.0**power):
            first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
            if last - first < 5:
                values = [step * multiple for multiple in range(first, last + 1)]
                return {f"{value:.{max(0, -power)}f}".replace("-", "−"): value for value in values}
    raise ValueError(f"no ticks between {scale.low} and {scale.high}")


def grid_rows(drawing, y, left, right, title, numbers=None):
    """Write the title of the upright axis above it, and draw its grid; `numbers` are its ticks, if not round steps."""
    drawing.text(0, 14, title, kind="title")
    for number, value in (ticks(y) if numbers is None else numbers).items():
        drawing.line([(left, y(value)), (right, y(value))], kind="grid", color="grid", width=0.5)
        drawing.text(left - 6, y(value) + 4, number, kind="tick", anchor="end")


def log_scale(values, start, end):
    """Return a scale of the logarithms of values, with a little room at both ends."""
    return scale_of(np.log10(values), start, end)


def log_ticks(scale, *, upright=False):
    """Return at most five powers of ten, or twice and five times them where there is room, by what to write there."""

    def fit(values):
        sizes = [26 if upright else text_width(f"{value:,.10g}") + _APART for value in values]
        places = [scale(math.log10(value)) for value in values]
        gaps = np.abs(np.diff(places)) - (np.array(sizes[1:]) + sizes[:-1]) / 2
        return len(values) <= _MOST and bool(np.all(gaps >= 0))

    choices = [
        [factor * 10.0**power for power in range(-9, 16) for factor in factors] for factors in ((1, 2, 5), (1, 3))
    ]
    choices += [[10.0**power for power in range(-9, 16, step)] for step in (1, 2, 3)]
    for values in choices:
        inside = [value for value in values if scale.low <= math.log10(value) <= scale.high]
        if fit(inside):
            break
    return {f"{value:,.10g}": math.log10(value) for value in inside} or _ends(scale)


def time_ticks(scale):
    """Return at most five lengths of time within a logarithmic scale of seconds, by what to write there."""
    times: dict[str, float] = {}
    for text, seconds in _TIMES.items():
        value = math.log10(seconds)
        gaps = [abs(scale(value) - scale(other)) - (text_width(text) + text_width(name)) / 2
                for name, other in times.items()]  # fmt: skip
        if len(times) < _MOST and scale.low <= value <= scale.high and min(gaps, default=_APART) >= _APART:
            times[text] = value
    return times if len(times) > 1 else {f"{text} s": end for text, end in _ends(scale).items()}


def _ends(scale):
    return {f"{10**end:,.3g}": end for end in (scale.low, scale.high)}


def ring(drawing, x, y, *, kind, color, radius):
    """Draw an open dot, which covers the line that it lies on."""
    place = f'cx="{short(x)}" cy="{short(y)}" r="{short(radius)}"'
    look = f"fill: var(--paper, #0000); stroke: {PALETTE[color]}; stroke-width: 1.5"
    drawing.parts.append(f'<circle data-kind="{kind}" {place} style="{look}"/>')


def check_values(what, values_by_name):
    empty = [name for name, values in values_by_name.items() if len(values) == 0]
    if empty or not values_by_name:
        raise ValueError(f"expected at least one value for each {what}; got none for {empty or 'any'}")


def interval_of(values):
    """Return the interval of a mean; of one value, which has none, the value alone."""
    from cnnbook import intervals  # here: a page with another figure needs no SciPy in the browser

    return intervals.interval(values) if len(values) > 1 else intervals.Interval(values[0], values[0], values[0], 1)


def piled(places, diameter, room):
    """Stack dots that would touch, as evenly to both sides as their values allow, and on as few levels as can be.

    Dots of one level are `room` apart. For that a dot moves sideways by at most its `diameter`, and in a single row,
    which hides that most, by at most half of `room`; the more dots coincide, the more levels they need.

    Returns
    -------
    list of (place, level)
        Of each dot, from left to right as their values are.
    """
    stacks: list[tuple[list[float], list[tuple[float, int]]]] = []  # places, and the dots that they became
    for place in sorted(places):
        run, dots = [place], [(place, 0)]
        while stacks and min(dots)[0] - max(stacks[-1][1])[0] < room:
            run = stacks.pop()[0] + run
            dots = _stacked(run, diameter, room)
        stacks.append((run, dots))
    return [dot for _, dots in stacks for dot in dots]


def _stacked(run, diameter, room):
    """Deal the dots of one stack to its levels in turn, from both ends inwards, so that it leans to no side."""
    for levels in itertools.count(1):
        dealt = [min(index, len(run) - 1 - index) % levels for index in range(len(run))]
        rows = [
            iter(apart([place for place, level in zip(run, dealt, strict=True) if level == row], room))
            for row in range(levels)
        ]
        dots = [(next(rows[level]), level) for level in dealt]
        moved = max(abs(dot - place) for (dot, _), place in zip(dots, run, strict=True))
        if moved <= (room / 2 if levels == 1 else diameter) or 2 * levels > len(run):  # no more than two on a level
            return dots
