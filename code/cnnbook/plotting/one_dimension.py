"""Figures of a kernel on a row of cells: windows, padding, output size, dilation."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from cnnbook import reference, shapes
from cnnbook.plotting.primitives import KINDS, arrow, box, bracket, canvas, runs, value_cell, write
from cnnbook.shapes import Padding


def windows_1d(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    axes: Axes | None = None,
) -> Axes:
    """Draw a row of cells and below it the window of every output, aligned with the cells that it sees.

    The weights stand in the windows and each output behind its window. Padding is dashed; cells that no window
    touches are hatched and labelled "never seen". Used in `arithmetic/one-dimension`.

    Parameters
    ----------
    x : array, (steps,)
    kernel : array, (kernel_size,)
    stride, padding, dilation
        As for `cnnbook.shapes.output_size`.
    """
    x, kernel = np.asarray(x), np.asarray(kernel)
    windows = shapes.seen(len(x), len(kernel), stride=stride, padding=padding, dilation=dilation)
    before, after = shapes.resolve_padding(padding, len(x), len(kernel), stride=stride, dilation=dilation)
    options = {"stride": stride, "padding": (before, after), "dilation": dilation}
    outputs = reference.conv1d(x[None, :, None], kernel[:, None, None], **options).ravel()

    left, top, pitch = 1.0, 1.1, 1.05
    right = left + before + len(x) + after
    axes = canvas(right + 2.9, top + 1.5 + pitch * len(windows), axes)
    _input_row(axes, left + before, top, x, before, after, windows)
    write(axes, left / 2, top + 0.5, "$x$", size=13)
    for index, (window, output) in enumerate(zip(windows, outputs, strict=True)):
        y = top + 1.4 + pitch * index
        _window(axes, left + before, y, window, kernel)
        write(axes, left / 2, y + 0.42, "$w$", size=13, color="blue")
        arrow(axes, (left + before + window[-1] + 1.1, y + 0.42), (right + 0.7, y + 0.42))
        write(axes, right + 1.1, y + 0.42, f"$y_{{{index}}}$", size=13)
        value_cell(axes, right + 1.6, y, output, height=0.84, tint="output", weight="bold", label="output")
    return axes


def _input_row(axes, x, y, values, before, after, windows):
    """Draw the padded input with its positions above; cell 0 of the input has its left edge at `x`."""
    positions = range(-before, len(values) + after)
    unseen = sorted(set(positions).difference(*windows))
    for position in positions:
        inside = 0 <= position < len(values)
        value, color, kind = (values[position], "ink", "plain") if inside else (0, "muted", "padding")
        linestyle = {}
        if position in unseen:
            linestyle, kind = {"linestyle": KINDS[kind].get("linestyle", "-")}, "unseen"
        value_cell(axes, x + position, y, value, color=color, kind=kind, **linestyle)
        if position not in unseen:
            write(axes, x + position + 0.5, y - 0.28, str(position) if inside else "pad", color="muted", size=9)
    for first, last in runs(unseen):
        write(axes, x + (first + last + 1) / 2, y - 0.45, "never\nseen", size=9, color="orange", linespacing=0.95)


def _window(axes, x, y, window, kernel):
    """Draw one window at height `y`: a weight at each position that it reads, dotted where dilation skips one."""
    for position in range(window[0], window[-1] + 1):
        if position in window:
            weight = kernel[window.index(position)]
            value_cell(axes, x + position, y, weight, height=0.84, tint="filter", label="window")
        else:
            box(axes, x + position, y, 1, 0.84, kind="skipped")


def same_padding_1d(cases: Sequence[tuple[int, int, int]], *, dilation: int = 1, axes: Axes | None = None) -> Axes:
    """Draw where "same" puts its zeros, one case below the other.

    Each bar below a row is the window of one output, with the output's number. Where the zeros cannot be shared
    evenly, the extra one goes after the input. Used in `arithmetic/padding`.

    Parameters
    ----------
    cases : sequence of (n, kernel_size, stride)
        Two to four read well.
    dilation : int
        Of every kernel.
    """
    paddings = [shapes.same_padding(n, size, stride=stride, dilation=dilation) for n, size, stride in cases]
    # This many rows of bars keep the windows of one case from overlapping.
    levels = [-(-shapes.kernel_span(size, dilation) // stride) for _, size, stride in cases]
    columns = max(14, *(n + sum(padding) + 0.4 for (n, _, _), padding in zip(cases, paddings, strict=True)))
    axes = canvas(columns, sum(2.7 + 0.62 * rows for rows in levels), axes)
    top = 0.0
    for case, padding, rows in zip(cases, paddings, levels, strict=True):
        _same_panel(axes, top, *case, dilation, padding, rows)
        top += 2.7 + 0.62 * rows
    return axes


def _same_panel(axes, top, n, kernel_size, stride, dilation, padding, levels):
    windows = shapes.seen(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    share = f"{padding[0]} before, {padding[1]} after" if any(padding) else "no padding"
    plural = "s" if len(windows) > 1 else ""
    title = f"$n={n}$, kernel {kernel_size}, stride {stride}: {share}, {len(windows)} output{plural}"
    write(axes, 0.2, top + 0.5, title, ha="left", size=11)
    x, y = 0.2 + padding[0], top + 1.0
    _named_row(axes, x, y, n, *padding)
    for index, window in enumerate(windows):
        _bar(axes, x + window[0], y + 1.15 + 0.62 * (index % levels), window[-1] - window[0] + 1, str(index))


def _named_row(axes, x, y, n, before, after, left_over=0):
    """Draw the padded input with names for its numbers; the last `left_over` cells are hatched."""
    for position in range(-before, n + after):
        inside = 0 <= position < n
        text, color, kind = (f"$x_{{{position}}}$", "ink", "plain") if inside else ("0", "muted", "padding")
        if position >= n + after - left_over:
            kind = "unseen"
        value_cell(axes, x + position, y, text, color=color, kind=kind)


def _bar(axes, x, y, span, text, **look):
    """Draw the window of one output as a bar over `span` cells."""
    look = {"tint": "filter", "label": "window", **look}
    value_cell(axes, x + 0.06, y, text, width=span - 0.12, height=0.52, size=9, **look)


def output_size_steps(
    n: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    axes: Axes | None = None,
) -> Axes:
    """Draw the steps of a kernel along `n` cells, the cells left over at the end, and the formula with its numbers.

    A dashed bar is the next position, which would run over the end; without it the division is whole. Used in
    `arithmetic/output-size`.
    """
    windows = shapes.seen(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    before, after = shapes.resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
    span = shapes.kernel_span(kernel_size, dilation)
    left_over = (n + before + after - span) % stride
    beyond = stride - left_over if left_over else 0
    rows = len(windows) + bool(left_over)
    axes = canvas(max(n + before + after + beyond + 0.6, 14), 3.3 + 0.8 * rows, axes)

    x, y = 0.3 + before, 1.0
    _named_row(axes, x, y, n, before, after, left_over)
    for index, window in enumerate(windows):
        middle = y + 1.56 + 0.8 * index
        _bar(axes, x + window[0], middle - 0.26, span, str(index))
        if index:
            _step(axes, x + windows[index - 1][0], x + window[0], middle, stride)
    if left_over:
        write(axes, x + n + after - left_over / 2, y - 0.35, "left over", size=9, color="orange")
        text = "does not fit" if span > 2 else ""
        look = {"tint": None, "kind": "padding", "label": "does not fit"}
        _bar(axes, x + len(windows) * stride - before, y + 1.3 + 0.8 * len(windows), span, text, **look)
    write(axes, 0.3, 2.6 + 0.8 * rows, _size_formula(n, before, after, span, stride, len(windows)), ha="left", size=12)
    return axes


def _step(axes, start, stop, y, stride):
    arrow(axes, (start + 0.06, y), (stop + 0.02, y), label="step")
    if stride > 1:
        write(axes, (start + stop) / 2, y + 0.3, f"+{stride}", size=9, color="muted")


def _size_formula(n, before, after, span, stride, outputs):
    padding = f" + {before} + {after}" if before + after else ""
    quotient = f"{(n + before + after - span) / stride:.3g}"
    return rf"$\lfloor ({n}{padding} - {span}) / {stride} \rfloor + 1 = \lfloor {quotient} \rfloor + 1 = {outputs}$"


def dilation_1d(kernel_size: int, dilations: Sequence[int] = (1, 2, 3), *, axes: Axes | None = None) -> Axes:
    """Draw one kernel at several dilations: the cells it reads, those it skips, and the cells it spans.

    Used in `arithmetic/output-size`.
    """
    spans = [shapes.kernel_span(kernel_size, dilation) for dilation in dilations]
    axes = canvas(max(spans) + 8.4, 2.35 * len(dilations), axes)
    for row, (dilation, span) in enumerate(zip(dilations, spans, strict=True)):
        y = 0.25 + 2.35 * row
        write(axes, 0.2, y + 0.5, f"dilation {dilation}", ha="left", size=11)
        for cell in range(span):
            if cell % dilation:
                box(axes, 2.9 + cell, y, kind="skipped")
            else:
                value_cell(axes, 2.9 + cell, y, f"$w_{{{cell // dilation}}}$", tint="filter", label="window")
        bracket(axes, 2.95, 2.85 + span, y + 1.15, f"spans {span}")
        write(axes, 3.3 + span, y + 0.5, rf"${dilation} \cdot ({kernel_size} - 1) + 1 = {span}$", ha="left", size=11)
    return axes
