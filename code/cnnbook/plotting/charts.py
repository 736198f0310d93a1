"""Charts of recorded runs: learning curves, recipes compared, confusion."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from cnnbook.plotting.primitives import write
from cnnbook.plotting.style import MARKERS, PALETTE, SERIES, TINTS, label_point, line, plot_axes

_BLUES = LinearSegmentedColormap.from_list("cnnbook", ["#ffffff00", TINTS["blue"], "#5f8fc9", PALETTE["blue"]])


def learning_curves(
    histories: Sequence[Mapping[str, Sequence[float]]], *, quantity: str = "accuracy", axes: Axes | None = None
) -> Axes:
    """Plot training and validation over the epochs: the mean over the seeds, their range, and each seed.

    Training is dashed, validation solid; both carry their name at the end. Used in `experiments/one-layer`.

    Parameters
    ----------
    histories : sequence of dict
        One for each seed: `quantity` and ``"val_" + quantity``, each with one value for each epoch.
    quantity : str
        "accuracy" (0-1, shown in per cent), "loss", or any other that the histories hold.
    """
    curves = {
        "training": (_stack(histories, quantity), "blue", (0, (5, 2))),
        "validation": (_stack(histories, f"val_{quantity}"), "orange", "-"),
    }
    axes = plot_axes(axes, height=3.8)
    for name, (values, color, line_style) in curves.items():
        _curve(axes, values, name, color, line_style)
    ends = [(name, values[:, -1].mean(), color) for name, (values, color, _) in curves.items()]
    epochs = curves["training"][0].shape[1]
    _label_ends(axes, epochs, ends)
    axes.set_xlabel("epoch")
    axes.set_ylabel(quantity)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim((1, epochs) if epochs > 1 else (0.5, 1.5))
    if quantity.endswith("accuracy"):
        axes.yaxis.set_major_formatter(_percent())
    axes.grid(axis="y")
    return axes


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


def _curve(axes, values, name, color, line_style):
    epochs = np.arange(1, values.shape[1] + 1)
    if len(values) > 1:
        look = {"color": PALETTE[color], "alpha": 0.16, "linewidth": 0, "label": "range"}
        axes.fill_between(epochs, values.min(axis=0), values.max(axis=0), **look)
        for seed in values:
            line(axes, epochs, seed, color=color, linewidth=0.7, alpha=0.55, label="seed")
    marker = "o" if len(epochs) == 1 else ""
    line(axes, epochs, values.mean(axis=0), color=color, linewidth=2.4, linestyle=line_style, marker=marker, label=name)


def _label_ends(axes, x, ends):
    """Write each name at the end of its curve, (name, y, colour), far enough from the next to be read."""
    low, high = axes.get_ylim()
    least = 0.075 * (high - low)
    last = -np.inf
    for name, y, color in sorted(ends, key=lambda end: end[1]):
        last = max(y, last + least)
        label_point(axes, name, (x, last), offset=(7, 0), color=color)


def seed_dots(values_by_name: Mapping[str, Sequence[float]], *, axes: Axes | None = None) -> Axes:
    """Plot the test accuracy of every seed of every recipe as a dot, with mean and standard deviation.

    The upright line is the mean, the bar one sample standard deviation to each side. Used in `experiments/one-layer`.

    Parameters
    ----------
    values_by_name : dict of str to sequence of float
        Accuracies in 0-1, one for each seed.
    """
    _check_values("recipe", values_by_name)
    axes = _row_axes(values_by_name, 0.55, axes)
    for row, values in enumerate(values_by_name.values()):
        _seed_row(axes, row, np.asarray(values, dtype=float), SERIES[row % len(SERIES)])
    axes.set_xlabel("test accuracy")
    axes.xaxis.set_major_formatter(_percent())
    return axes


def _check_values(what, values_by_name):
    empty = [name for name, values in values_by_name.items() if len(values) == 0]
    if empty or not values_by_name:
        raise ValueError(f"expected at least one value for each {what}; got none for {empty or 'any'}")


def _row_axes(names, height, axes):
    """Return Axes with one named row for each name, from the top down; a row takes `height` inches."""
    axes = plot_axes(axes, height=0.9 + height * len(names))
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return axes


def _label_row(axes, row, text):
    """Write `text` at the right end of a row."""
    label_point(axes, text, (1.0, row), xycoords=("axes fraction", "data"))


def _seed_row(axes, row, values, color):
    mean = values.mean()
    text = f"{100 * mean:.1f} %"
    if len(values) > 1:
        deviation = values.std(ddof=1)
        text = f"{100 * mean:.1f} ± {100 * deviation:.1f} %"
        look: dict[str, Any] = {"color": PALETTE[color], "alpha": 0.18, "linewidth": 0, "label": "deviation"}
        axes.add_patch(Rectangle((mean - deviation, row - 0.16), 2 * deviation, 0.32, **look))
    line(axes, [mean, mean], [row - 0.24, row + 0.24], color=color, linewidth=2.2, label="mean")
    # Small offsets keep equal values apart.
    offsets = np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else np.zeros(1)
    look = {"linestyle": "", "marker": "o", "markersize": 6, "markerfacecolor": "none", "markeredgewidth": 1.3}
    line(axes, values, row + offsets, color=color, label="seeds", **look)
    _label_row(axes, row, text)


def intervals(
    by_name: Mapping[str, Sequence[float]],
    *,
    label: str = "test accuracy",
    unit: str = "%",
    axes: Axes | None = None,
) -> Axes:
    """Plot means with their confidence intervals, a row each, for readers who want to see which overlap.

    Used in `experiments/how-sure`.

    Parameters
    ----------
    by_name : dict of str to (mean, low, high, ...)
        As `cnnbook.intervals.interval` gives them, in `unit`.
    label, unit : str
        What the axis says.
    """
    if not by_name:
        raise ValueError("expected at least one interval; got none")
    axes = _row_axes(by_name, 0.42, axes)
    for row, (mean, low, high, *_) in enumerate(by_name.values()):
        color = SERIES[row % len(SERIES)]
        line(axes, [low, high], [row, row], color=color, linewidth=2.2, marker="|", markersize=10, label="interval")
        line(axes, [mean], [row], color=color, linestyle="", marker="o", markersize=7, label="mean")
        _label_row(axes, row, f"{mean:.1f} [{low:.1f}, {high:.1f}]".replace("-", "−"))
    axes.set_xlabel(f"{label} ({unit})")
    return axes


def accuracy_by_cost(points: Mapping[str, tuple[float, Sequence[float]]], *, axes: Axes | None = None) -> Axes:
    """Plot what accuracy costs: one point for each network, with the range of its seeds.

    A name stands on the side of its point where there is room: cheap networks on the right, costly ones on the left.

    Used in `experiments/deeper-cnns`.

    Parameters
    ----------
    points : dict of str to (float, sequence of float)
        By the network's name its multiply-adds for one image, and the accuracy of each seed in percent.
    """
    _check_values("network", {name: values for name, (_, values) in points.items()})
    axes = plot_axes(axes, height=3.8)
    middle = np.sqrt(min(cost for cost, _ in points.values()) * max(cost for cost, _ in points.values()))
    for index, (name, (cost, values)) in enumerate(points.items()):
        color, marker = SERIES[index % len(SERIES)], MARKERS[index % len(MARKERS)]
        mean = np.mean(values)
        line(axes, [cost, cost], [min(values), max(values)], color=color, label="range")
        line(axes, [cost], [mean], color=color, linestyle="", marker=marker, markersize=8, label=name)
        offset, side = ((8, 5), "left") if cost < middle else ((-8, 5), "right")
        label_point(axes, name, (cost, mean), offset=offset, color=color, ha=side, va="baseline")
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel("multiply-adds for one image")
    axes.set_ylabel("test accuracy (%)")
    axes.grid(axis="y")
    return axes


def _percent():
    return FuncFormatter(lambda share, _: f"{100 * share:.4g} %".replace("-", "−"))


def confusion(matrix: ArrayLike, class_names: Sequence[str], *, axes: Axes | None = None) -> Axes:
    """Draw a confusion matrix with its counts; the darker a cell, the larger its share of the true class.

    Used in `experiments/one-layer`.

    Parameters
    ----------
    matrix : array of int, (true class, predicted class)
    """
    matrix = np.asarray(matrix)
    classes = len(class_names)
    if matrix.shape != (classes, classes):
        raise ValueError(f"expected a matrix {classes} x {classes} for {classes} class names; got shape {matrix.shape}")
    axes = plot_axes(axes, height=6.2)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.pcolormesh(shares, cmap=_BLUES, vmin=0, vmax=1, edgecolors=PALETTE["grid"], linewidth=0.5)
    for (row, column), count in np.ndenumerate(matrix):
        text = write(axes, column + 0.5, row + 0.5, str(count), weight="bold" if row == column else "normal")
        if shares[row, column] > 0.75:
            text.set_color("white")
    middles = np.arange(classes) + 0.5
    axes.set_xticks(middles, class_names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(middles, class_names)
    axes.tick_params(length=0)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    return axes
