"""Charts of recorded runs: learning curves, recipes compared, confusion; the loss; how a receptive field grows."""

import functools
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from cnnbook import shapes
from cnnbook.plotting.axes import check_values, grid_rows, interval_of, piled, scale_of, ticks
from cnnbook.plotting.svg import LABEL, SMALL, WIDE, BothWidths, Drawing, Scale, apart, text_width

# What a chart calls a quantity of Keras.
_WORDS = {"categorical_crossentropy": "cross-entropy"}

# Pixels in a row of seeds: the bar, the mean's tick, the lowest dots above its middle, a dot's diameter, and its room.
_BAR, _TICK, _LOWEST, _DOT, _ROOM = 7, 11, 8.5, 3.8, 4.5
_LINE = 15  # pixels from one line of labels to the next


def learning_curves(histories: Sequence[Mapping[str, Sequence[float]]], *, quantity: str = "accuracy") -> BothWidths:
    """Plot training and validation over the epochs: each seed as a thin line, their mean as a thick one.

    Training is blue and dashed, validation solid; both carry their name at the end. Used in `experiments/one-layer`.

    Parameters
    ----------
    histories : sequence of dict
        One for each seed: `quantity` and ``"val_" + quantity``, each with one value for each epoch.
    quantity : str
        "accuracy" (0-1, shown in per cent), "loss", or any other that the histories hold.
    """
    scale = 100 if quantity.endswith("accuracy") else 1
    curves = {
        "training": (scale * _stack(histories, quantity), "blue", "7 4"),
        "validation": (scale * _stack(histories, f"val_{quantity}"), "orange", ""),
    }
    title = _WORDS.get(quantity, quantity.replace("_", " ")) + " (%)" * (scale == 100)
    return BothWidths(functools.partial(_curves, curves, title))


def _stack(histories, quantity):
    """Return one quantity of all histories as (seeds, epochs)."""
    if not histories:
        raise ValueError("expected at least one history; got none")
    missing = [index for index, history in enumerate(histories) if quantity not in history]
    if missing:
        raise ValueError(f"history {missing[0]} has no {quantity!r}; it has {sorted(histories[missing[0]])}")
    lengths = {len(history[quantity]) for history in histories}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError(f"expected histories of the same number of epochs, at least one; got {sorted(lengths)}")
    return np.array([history[quantity] for history in histories], dtype=float)


def _curves(curves, title, width):
    drawing = Drawing(width, 320 if width == WIDE else 270)
    values = np.concatenate([values for values, *_ in curves.values()])
    epochs = values.shape[1]
    bottom, right = drawing.height - 42, width - text_width("validation") - 8
    y = scale_of(values, bottom, 26)
    left = 8 + max(text_width(number) for number in ticks(y))
    x = Scale(1, max(epochs, 2), left + 6, right)
    grid_rows(drawing, y, left, right, title)
    line = [(left, bottom), (right, bottom)]
    drawing.line(line, kind="axis")
    for number, epoch in ticks(x, whole=True).items():
        if epoch <= epochs:
            drawing.text(x(epoch), bottom + 17, number, kind="tick", anchor="middle")
    drawing.text(right, bottom + 36, "epoch", kind="title", anchor="end")
    for name, (seeds, color, dash) in curves.items():
        mean = seeds.mean(axis=0)
        points = [[(x(epoch), y(value)) for epoch, value in enumerate(row, 1)] for row in [*seeds, mean]]
        for seed in points[:-1] if len(seeds) > 1 else []:
            drawing.line(seed, kind=f"{name} seed", color=color, width=0.8, opacity=0.5)
        drawing.line(points[-1], kind=name, color=color, width=2.5, dash=dash)
        if epochs == 1:
            drawing.dot(*points[-1][0], kind=name, color=color, radius=4)
    ends = [y(seeds[:, -1].mean()) + 4 for seeds, *_ in curves.values()]
    for (name, (_, color, _)), end in zip(curves.items(), apart(ends, 15), strict=True):
        drawing.text(x(epochs) + 7, end, name, color=color)
    return drawing


def seed_dots(
    values_by_name: Mapping[str, Sequence[float]],
    *,
    label: str = "test accuracy",
    unit: str = "%",
    accent: Collection[str] = (),
) -> BothWidths:
    """Plot every seed of every recipe as a dot, a row each, with the mean and its 95 % interval.

    The bar is the interval as `cnnbook.intervals.interval` gives it, the tick across it the mean; both are written at
    the end of the row. The dots stand above the bar; those that would touch are stacked, on as few levels
    as move none of them sideways by more than its diameter. An axis of points, which are differences, contains 0,
    and a line marks it. Used in `experiments/how-sure` and `experiments/speedrun`.

    Parameters
    ----------
    values_by_name : dict of str to sequence of float
        A value for each seed, in `unit`.
    label, unit : str
        What the axis says.
    accent : names
        The rows that the text speaks of.
    """
    check_values("recipe", values_by_name)
    rows = {name: (values, interval_of(values)) for name, values in values_by_name.items()}
    return BothWidths(functools.partial(_rows, rows, label, unit, accent))


def _written(interval):
    text = f"{interval.mean:.1f}"
    if interval.n > 1:
        text += f" [{interval.low:.1f}, {interval.high:.1f}]"
    return text.replace("-", "−")


def _rows(rows, label, unit, accent, width):
    beside = width == WIDE  # on a phone, name and number stand above their row
    texts = {name: _written(interval) for name, (_, interval) in rows.items()}
    head = "mean [95 %]" if any(interval.n > 1 for _, interval in rows.values()) else "mean"
    left = 14 + max(map(text_width, rows)) if beside else 8
    right = width - (14 + max(map(text_width, [*texts.values(), head])) if beside else 8)
    shown = [end for values, interval in rows.values() for end in (*values, *interval[:3])]
    x = scale_of([*shown, 0] if unit == "points" else shown, left, right)
    piles = [piled([x(value) for value in values], _DOT, _ROOM) for values, _ in rows.values()]
    rise = _LOWEST + _ROOM * (0.5 + max(level for pile in piles for _, level in pile))
    names = 0 if beside else 18
    top = max(0, 20 - rise) if beside else 14  # the head of the numbers is the highest
    pitch = names + rise + 16
    bottom = top + pitch * len(rows)
    levels = [top + pitch * row + names + rise + 4 for row in range(len(rows))]
    bases = [y + 4 if beside else y - rise - 8 for y in levels]
    drawing = Drawing(width, bottom + 42)
    lines = [(top, bottom)] if beside else [(y - rise, y + 8) for y in levels]  # not through the names
    for number, value in ticks(x).items():
        drawing.line(*([(x(value), y) for y in ends] for ends in lines), kind="grid", color="grid", width=0.5)
        drawing.text(x(value), bottom + 17, number, kind="tick", anchor="middle")
    if x.low < 0 < x.high:
        drawing.line(*([(x(0), y) for y in ends] for ends in lines), kind="zero", color="ink")
    drawing.text(right, bottom + 36, f"{label} ({unit})", kind="title", anchor="end")
    drawing.text(width, bases[0] - 18, head, kind="head", size=SMALL, color="muted", anchor="end")
    for y, base, pile, (name, (_, interval)) in zip(levels, bases, piles, rows.items(), strict=True):
        color = "orange" if name in accent else "ink"
        drawing.text(0, base, name, kind="row", color=color, bold=name in accent)
        drawing.text(width, base, texts[name], kind="number", color=color, anchor="end")
        low, high, mean = (x(value) for value in (interval.low, interval.high, interval.mean))
        if interval.n > 1:
            drawing.box(low, y - _BAR / 2, high - low, _BAR, kind="interval", fill=color, opacity=0.3)
        drawing.line([(mean, y - _TICK / 2), (mean, y + _TICK / 2)], kind="mean", color=color, width=2)
        for place, level in pile:
            drawing.dot(place, y - _LOWEST - _ROOM * level, kind="seed", color=color, radius=_DOT / 2)
    return drawing


def confusion(matrix: ArrayLike, class_names: Sequence[str]) -> BothWidths:
    """Draw a confusion matrix with its counts: the more often a mistake was made, the stronger the red of its cell.

    The diagonal, with the right answers, is framed and has no share in the scale. Used in `experiments/one-layer`.

    Parameters
    ----------
    matrix : array of int, (true class, predicted class)
    """
    matrix = np.asarray(matrix)
    classes = len(class_names)
    if matrix.shape != (classes, classes):
        raise ValueError(f"expected a matrix {classes} x {classes} for {classes} class names; got shape {matrix.shape}")
    return BothWidths(functools.partial(_confusion, matrix, class_names))


def _confusion(matrix, class_names, width):
    wide = width == WIDE
    size = LABEL if wide else SMALL
    longest = max(text_width(name, size) for name in class_names)
    left, top = longest + 6, 44 if wide else longest + 24
    cell = (width - left - 1) // len(class_names)
    height = 34 if wide else cell
    drawing = Drawing(width, top + height * len(class_names) + 1)
    drawing.text(left, 14, "predicted class", kind="title", size=size, color="muted")
    drawing.text(0, top - 8, "true class", kind="title", size=size, color="muted")
    most = max(1, (matrix * (1 - np.eye(len(matrix), dtype=int))).max())
    for (row, column), count in np.ndenumerate(matrix):
        x, y, right = left + cell * column, top + height * row, row == column
        if not right:
            place = x + 0.5, y + 0.5, cell - 1, height - 1
            # More would leave the count too little contrast in the dark theme.
            drawing.box(*place, kind="mistake", fill="red", opacity=round(0.45 * count / most, 3))
        drawing.text(
            x + cell / 2, y + height / 2 + 0.35 * size, str(count), kind="count", size=size, anchor="middle", bold=right
        )
    for index, name in enumerate(class_names):
        x, y = left + cell * index, top + height * index
        drawing.box(x + 1, y + 1, cell - 2, height - 2, kind="right", edge="ink", edge_width=1.5)
        drawing.text(left - 6, y + height / 2 + 0.35 * size, name, kind="true", size=size, anchor="end")
        if wide:
            drawing.text(x + cell / 2, top - 8, name, kind="predicted", size=SMALL, anchor="middle")
        else:
            drawing.text(x + cell / 2 + 0.35 * size, top - 6, name, kind="predicted", size=size, turned=True)
    return drawing


def cross_entropy_curve(probabilities: Mapping[str, float]) -> BothWidths:
    """Plot the loss of an image, minus the logarithm of the probability of its class, with some points named.

    Used in `experiments/scores-and-loss`.

    Parameters
    ----------
    probabilities : dict of str to float
        The probability of each point, above 0 and at most 1, by the name to write beside it and its loss.

    Raises
    ------
    ValueError
        If there is no point, or a probability has no loss.
    """
    if not probabilities or not all(0 < p <= 1 for p in probabilities.values()):
        raise ValueError(f"expected probabilities above 0 and at most 1; got {dict(probabilities)}")
    points = {f"{name}, {p:g}": (p, np.log(1 / p)) for name, p in probabilities.items()}
    return BothWidths(functools.partial(_cross_entropy, points))


def _cross_entropy(points, width):
    drawing = Drawing(width, 270)
    highest = 1.08 * max(1, *(loss for _, loss in points.values()))
    bottom, right = drawing.height - 42, width - 10  # half of the last number stands beyond the axis
    y = Scale(0, highest, bottom, 26)
    left = 8 + max(text_width(number) for number in ticks(y))
    x = Scale(0, 1, left, right)
    grid_rows(drawing, y, left, right, "loss")
    drawing.line([(left, bottom), (right, bottom)], kind="axis")
    for number, probability in ticks(x).items():
        drawing.text(x(probability), bottom + 17, number, kind="tick", anchor="middle")
    drawing.text(right, bottom + 36, "probability of the right class", kind="title", anchor="end")
    losses = np.linspace(highest, 0, 80)
    drawing.line([(x(np.exp(-loss)), y(loss)) for loss in losses], kind="loss", width=2)
    labels: list[tuple[float, float, float]] = []  # where each begins and ends, and its base line
    for name, (probability, loss) in points.items():
        place, text = (x(probability), y(loss)), f"{name}: {loss:.2f}"
        drawing.dot(*place, kind="point", radius=4)
        start, base = place[0] + 9, place[1] - 7
        at_end = start + text_width(text) > width
        if at_end:  # above the curve, which is highest where the text begins
            start = width - text_width(text)
            base = y(-np.log((start - left) / (right - left))) - 7
        end = start + text_width(text)
        base = _lifted(base, start, end, labels)
        labels.append((start, end, base))
        if place[1] - base > 2 * _LINE:  # too far for the eye
            drawing.line([(place[0], place[1] - 6), (place[0], base + 5)], kind="leader", width=0.75)
        drawing.text(end if at_end else start, base, text, anchor="end" if at_end else "start")
    return drawing


def _lifted(base, start, end, labels):
    """Return the base line of a label from `start` to `end`, lifted above each of the others that it would meet."""
    for other_start, other_end, other in sorted(labels, key=lambda label: -label[2]):
        if start < other_end + 4 and other_start < end + 4 and abs(base - other) < _LINE:
            base = other - _LINE
    return base


def receptive_field_growth(stacks: Mapping[str, Sequence[tuple]]) -> BothWidths:
    """Plot how the receptive field grows with each layer of one or several networks.

    Used in `arithmetic/receptive-field`.

    Parameters
    ----------
    stacks : dict of str to sequence of (kernel_size, stride, ...)
        Layers of each network, by the name to write at its curve.
    """
    sizes = {name: [1, *(field.size for field in shapes.receptive_fields(layers))] for name, layers in stacks.items()}
    return BothWidths(functools.partial(_growth, sizes))


def _growth(sizes, width):
    drawing = Drawing(width, 250)
    names = {name: (name, f"{values[-1]} cells") for name, values in sizes.items()}
    longest = max(text_width(text) for texts in names.values() for text in texts)
    bottom, right = drawing.height - 42, width - longest - 8
    y = scale_of([0, *(size for values in sizes.values() for size in values)], bottom, 26)
    left = 8 + max(text_width(number) for number in ticks(y))
    x = Scale(0, max(map(len, sizes.values())) - 1, left + 6, right)
    grid_rows(drawing, y, left, right, "receptive field")
    drawing.line([(left, bottom), (right, bottom)], kind="axis")
    for number, layers in ticks(x, whole=True).items():
        drawing.text(x(layers), bottom + 17, number, kind="tick", anchor="middle")
    drawing.text(right, bottom + 36, "layers", kind="title", anchor="end")
    ends = apart([y(values[-1]) + 4 for values in sizes.values()], 32)
    for index, ((name, values), end) in enumerate(zip(sizes.items(), ends, strict=True)):
        points = [(x(layers), y(size)) for layers, size in enumerate(values)]
        drawing.line(points, kind="growth", color="ink", width=2, dash="7 4" if index % 2 else "")
        for point in points:
            drawing.dot(*point, kind="size", radius=2.75)
        for line, text in enumerate(names[name]):
            drawing.text(x(len(values) - 1) + 8, end + 15 * line, text)
    return drawing
