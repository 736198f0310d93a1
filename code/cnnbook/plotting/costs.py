"""Charts of what an answer or a training costs, on logarithmic axes."""

import functools
import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from cnnbook.plotting.axes import check_values, grid_rows, interval_of, log_scale, log_ticks, ring, time_ticks
from cnnbook.plotting.svg import SMALL, BothWidths, Drawing, Scale, apart, text_width

# Percentages of wrong answers that the upright axis can name, from the bottom up, and how far apart their lines are.
_ERRORS = (95, 90, 80, 70, 60, 50, 40, 30, 20, 15, 10, 8, 6, 5, 4, 3, 2, 1)
_BETWEEN = 38

_SEED, _MEAN = 1.6, 2.75  # radii of dots
_BESIDE = 7  # pixels from a mean to its seeds
_LEADER = 18  # pixels from the end of a line to its name
_CLEAR = 5  # pixels between a name and the marks of others above and below it, where there is room


def accuracy_by_cost(
    points: Mapping[str, tuple[float, Sequence[float]]],
    *,
    label: str = "million multiply-adds for one image",
    unit: float = 1e6,
    seconds: bool = False,
    accent: Collection[str] = (),
) -> BothWidths:
    """Plot what accuracy costs: for each network the mean of its seeds and, of three or more, its interval.

    The mean is a dot, which may hide a short interval. Beside it the seeds of a network are smaller dots, if all of
    them can be told apart. Upwards the share of wrong answers falls by equal factors: from 80 to 90 % right is as far
    as from 60 to 80.

    Used in `experiments/deeper-cnns` and `experiments/speedrun`.

    Parameters
    ----------
    points : dict of str to (float, sequence of float)
        By the network's name its cost, such as its multiply-adds for one image, and each seed's accuracy in percent,
        below 100.
    label, unit : str, float
        What the axis of costs says, and how much of them is 1 there.
    seconds : bool
        Whether costs are seconds, which the axis names as one speaks of them: 10 s, 1 min, 1 h.
    accent : names
        The networks that the text speaks of.
    """
    check_values("network", {name: values for name, (_, values) in points.items()})
    for name, (cost, values) in points.items():
        if not cost > 0 or not all(0 <= value < 100 for value in values):
            raise ValueError(f"{name}: expected a cost above 0 and accuracies below 100; got {cost} and {list(values)}")
    unit, ticks = (1, time_ticks) if seconds else (unit, log_ticks)
    return BothWidths(functools.partial(_costs, points, label, unit, ticks, accent))


def _costs(points, label, unit, ticks, accent, width):
    drawing = Drawing(width, 360)
    bottom, left = drawing.height - 42, 8 + text_width("90")
    upright = log_scale([100 - value for _, values in points.values() for value in values], 34, bottom - 8)
    x = log_scale([cost / unit for cost, _ in points.values()], left + 16, width - 16)

    def y(accuracy):
        return max(
            20, min(bottom, upright(math.log10(max(1e-9, 100 - accuracy))))
        )  # intervals end where the chart does

    rows: dict[str, float] = {}
    for error in _ERRORS:
        is_apart = all(abs(y(100 - error) - y(other)) >= _BETWEEN for other in rows.values())
        if is_apart and upright.low <= math.log10(error) <= upright.high:
            rows[str(100 - error)] = 100 - error
    if not rows:  # all points lie between two of them
        rows = {f"{accuracy:.1f}": accuracy for _, values in points.values() for accuracy in (min(values), max(values))}
    grid_rows(drawing, y, left, width, "test accuracy (%), errors on a logarithmic scale", rows)
    drawing.line([(left, bottom), (width, bottom)], kind="axis")
    for number, value in ticks(x).items():
        drawing.line([(x(value), bottom), (x(value), bottom + 4)], kind="axis")
        drawing.text(x(value), bottom + 18, number, kind="tick", anchor="middle")
    drawing.text(width, bottom + 37, label, kind="title", anchor="end")
    marks = {
        name: _mark(drawing, x(math.log10(cost / unit)), y, values, "orange" if name in accent else "ink")
        for name, (cost, values) in points.items()
    }
    for name, (place, base, anchor) in _labels(marks, left, width).items():
        color = "orange" if name in accent else "ink"
        drawing.text(place, base, name, kind="row", color=color, anchor=anchor, bold=name in accent, halo=True)
    return drawing


def _mark(drawing, x, y, values, color):
    """Draw the mean of a network, its interval, and beside them seeds that can be told apart; return their box."""
    interval, places = interval_of(values), sorted(y(value) for value in values)
    mean, low, high = (y(value) for value in interval[:3])
    start, top, end, bottom = x - _MEAN - 1, mean - _MEAN - 1, x + _MEAN + 1, mean + _MEAN + 1
    if interval.n > 2:  # of two it is as wide as the chart, and says nothing
        drawing.line([(x, low), (x, high)], kind="interval", color=color, width=1.5)
        top, bottom = min(top, high - 1), max(bottom, low + 1)
    drawing.dot(x, mean, kind="mean", color=color, radius=_MEAN)
    are_apart = all(below - above > 2 * _SEED + 1 for above, below in itertools.pairwise(places))
    if len(places) > 1 and are_apart:
        for place in places:
            drawing.dot(x + _BESIDE, place, kind="seed", color=color, radius=_SEED)
        top, end, bottom = min(top, places[0] - 3), x + _BESIDE + _SEED + 1, max(bottom, places[-1] + 3)
    return start, top, end, bottom


def _labels(marks, left, right):
    """Return (x, base line, anchor) for the name of each mark: beside it where there is room, or else near it."""
    taken = dict(marks)
    labels = {}
    for name, (start, top, end, bottom) in marks.items():
        level, upper, lower = (top + bottom) / 2 + 4, top - 5, bottom + 14
        flush = max(left, end - text_width(name))  # a long name, at the left end of the chart
        choices = [(end + 4, "start", level), (start - 4, "end", level)]
        choices += [
            (*side, base)
            for away in (0, 14, 28, 42)
            for base in (upper - away, lower + away)
            for side in (((start + end) / 2, "middle"), (start, "start"), (flush, "start"))
        ]

        def crowding(choice, name=name):
            box = _box(name, *choice)
            others = [other for mark, other in taken.items() if mark != name]
            outside = (box[0] < left) + (box[2] > right)
            return outside + _overlaps(box, others), _overlaps(_grown(box), others)

        place, anchor, base = best = min(choices, key=crowding)
        taken[name, "label"] = _box(name, *best)
        labels[name] = place, base, anchor
    return labels


def _box(text, x, anchor, base):
    size = text_width(text)
    start = x - {"start": 0, "middle": size / 2, "end": size}[anchor]
    return start, base - 11, start + size, base + 3


def _overlaps(box, others):
    start, top, end, bottom = box
    return sum(start < other[2] and other[0] < end and top < other[3] and other[1] < bottom for other in others)


def _grown(box):
    """Return a box with so much room above and below that what is there cannot claim its text."""
    start, top, end, bottom = box
    return start, top - _CLEAR, end, bottom + _CLEAR


def time_by_work(
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    labels: tuple[str, str],
    points: Iterable[str] = (),
    hollow: Collection[str] = (),
    accent: Collection[str] = (),
) -> BothWidths:
    """Plot how long an answer takes over the work that it is, both logarithmic: a line for each way of asking.

    Where a line rises with the work, the work decides; where it is level, something else does. Used in
    `experiments/inference`.

    Parameters
    ----------
    series : dict of str to sequence of (work, time)
        By its name, the points of each line, both numbers above 0; every second line is dashed.
    labels : (str, str)
        What the axes of work and of time say.
    points : str
        The names of the points of the first line, written at the top where there is room, with a line down to them.
    hollow : names
        The lines whose points are open dots.
    accent : names
        The lines that the text speaks of.
    """
    check_values("way", series)
    if not all(number > 0 for line in series.values() for point in line for number in point):
        raise ValueError("expected work and times above 0")
    return BothWidths(functools.partial(_times, series, labels, list(points), hollow, accent))


def _times(series, labels, names, hollow, accent, width):
    drawing = Drawing(width, 300)
    top = 66 if names else 44
    bottom, right = drawing.height - 42, width - max(map(text_width, series)) - _LEADER - 10
    y = _time_scale([time for points in series.values() for _, time in points], bottom, top)
    rows = log_ticks(y, upright=True)
    left = 8 + max(map(text_width, rows))
    x = log_scale([work for points in series.values() for work, _ in points], left + 4, right)
    grid_rows(drawing, y, left, right, labels[1], rows)
    drawing.line([(left, bottom), (right, bottom)], kind="axis")
    for number, value in log_ticks(x).items():
        drawing.line([(x(value), bottom), (x(value), bottom + 4)], kind="axis")
        drawing.text(x(value), bottom + 18, number, kind="tick", anchor="middle")
    drawing.text(right, bottom + 37, labels[0], kind="title", anchor="end")
    lines = {
        name: [(x(math.log10(work)), y(math.log10(time))) for work, time in points] for name, points in series.items()
    }
    _name_points(drawing, names, [place for place, _ in next(iter(lines.values()))], top - 12, bottom)
    ends = apart([places[-1][1] for places in lines.values()], 15)
    for index, ((name, places), end) in enumerate(zip(lines.items(), ends, strict=True)):
        color = "orange" if name in accent else "ink"
        drawing.line(places, kind="way", color=color, width=2, dash="7 4" if index % 2 else "")
        mark = ring if name in hollow else Drawing.dot
        for place in places:
            mark(drawing, *place, kind="measured", color=color, radius=3)
        x_end, y_end = places[-1]
        drawing.line([(x_end + 5, y_end), (x_end + 5 + _LEADER, end)], kind="leader", width=0.75)
        drawing.text(x_end + 8 + _LEADER, end + 4, name, kind="name", color=color, bold=name in accent)
    return drawing


def _time_scale(times, bottom, top):
    """Return the scale of times; it starts at a power of ten where one is near, so that the axis has a number there."""
    scale = log_scale(times, bottom - 4, top)
    power = math.floor(scale.low)
    is_near = math.log10(min(times)) - power <= 0.1 * (scale.high - scale.low)
    return Scale(power, scale.high, bottom, top) if is_near else scale


def _name_points(drawing, names, places, base, bottom):
    """Write names above their places, in two rows where they would touch, with a line down from each."""
    ends = [0.0, 0.0]
    for name, place in zip(names, places, strict=False):
        size = text_width(name, SMALL)
        start = max(0, min(place - size / 2, drawing.width - size))
        row = next((row for row, end in enumerate(ends) if start >= end), None)
        if row is not None:
            ends[row] = start + size + 4
            drawing.line([(place, base - 13 * row + 4), (place, bottom)], kind="guide", color="grid", width=0.5)
            drawing.text(start, base - 13 * row, name, kind="point", size=SMALL, color="muted", halo=True)
