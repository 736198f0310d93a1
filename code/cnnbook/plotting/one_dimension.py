"""Figures of a kernel on a row of cells: windows, padding, output size, dilation."""

import numpy as np

from cnnbook import shapes
from cnnbook.plotting.cells import arrow, box, bracket, canvas, runs, value_cell, write
from cnnbook.plotting.style import WIDTH, figure


def windows_1d(x, kernel, *, stride=1, padding="valid", dilation=1, outputs=None, axes=None):
    """Draw a row of cells and below it the window of every output, aligned with the cells that it sees.

    Padding is dashed; cells that no window touches are hatched and labelled "never seen". Taught in
    `arithmetic/one-dimension`.

    Parameters
    ----------
    x : array_like
        Input, (steps,).
    kernel : int or array_like
        The kernel's size; or its weights, (kernel,), which are then written into the windows, with each output's
        value behind its window.
    stride, padding, dilation
        As for `cnnbook.shapes.output_size`.
    outputs : array_like, optional
        Values to write behind the windows, (outputs,). Without them they are computed from the weights, if known.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the kernel does not fit, or `outputs` has another length than there are windows.
    """
    x = np.asarray(x)
    weights = None if np.ndim(kernel) == 0 else np.asarray(kernel)
    size = int(kernel) if weights is None else len(weights)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    windows = shapes.seen(len(x), size, **options)
    before, after = shapes.resolve_padding(padding, len(x), size, stride=stride, dilation=dilation)
    if outputs is None and weights is not None:
        padded = np.pad(x, (before, after))
        outputs = [weights @ padded[np.add(window, before)] for window in windows]
    if outputs is not None and len(outputs) != len(windows):
        raise ValueError(f"outputs has {len(outputs)} values, but the kernel has {len(windows)} positions")

    left, top, pitch = 1.0, 1.1, 1.05
    right = left + before + len(x) + after
    axes = canvas(right + 2.9, top + 1.5 + pitch * len(windows), axes)
    _input_row(axes, left + before, top, x, before, after, windows)
    write(axes, left / 2, top + 0.5, "$x$", size=13)
    for index, window in enumerate(windows):
        y = top + 1.4 + pitch * index
        _window(axes, left + before, y, window, weights)
        write(axes, left / 2, y + 0.42, "$w$", size=13, color="blue")
        arrow(axes, (left + before + window[-1] + 1.1, y + 0.42), (right + 0.7, y + 0.42))
        write(axes, right + 1.1, y + 0.42, f"$y_{{{index}}}$", size=13)
        if outputs is not None:
            value_cell(axes, right + 1.6, y, outputs[index], height=0.84, tint="orange", weight="bold", label="output")
    return axes


def _input_row(axes, x, y, values, before, after, windows):
    """Draw the padded input with its positions above; cell 0 of the input has its left edge at `x`."""
    touched = {position for window in windows for position in window}
    unseen = [position for position in range(-before, len(values) + after) if position not in touched]
    for position in range(-before, len(values) + after):
        inside = 0 <= position < len(values)
        kind = "padding" if not inside else "plain"
        look = {"kind": kind}
        if position in unseen:
            look = {"kind": "unseen", **({} if inside else {"linestyle": (0, (3, 2))})}
        value = values[position] if inside else 0
        value_cell(axes, x + position, y, value, color="ink" if inside else "muted", **look)
        if position not in unseen:
            write(axes, x + position + 0.5, y - 0.28, str(position) if inside else "pad", color="muted", size=9)
    for first, last in runs(unseen):
        write(axes, x + (first + last + 1) / 2, y - 0.45, "never\nseen", size=9, color="orange", linespacing=0.95)


def _window(axes, x, y, window, weights):
    """Draw one window at height `y`: a cell at each position that it reads, dotted where dilation skips one."""
    for position in range(window[0], window[-1] + 1):
        if position not in window:
            box(axes, x + position, y, 1, 0.84, kind="skipped")
        elif weights is None:
            box(axes, x + position, y, 1, 0.84, tint="blue", label="window")
        else:
            weight = weights[window.index(position)]
            value_cell(axes, x + position, y, weight, height=0.84, tint="blue", label="window")


def same_padding_1d(cases, *, dilation=1, axes=None):
    """Draw where "same" puts its zeros, one panel for each case.

    Each bar below a row is the window of one output, with the output's number. Where the zeros cannot be shared
    evenly, the extra one goes after the input. Taught in `arithmetic/padding`.

    Parameters
    ----------
    cases : sequence of (n, kernel_size, stride)
        Two to four read well.
    dilation : int
        Of every kernel.
    axes : sequence of Axes, optional
        One for each case.

    Returns
    -------
    matplotlib.figure.Figure
    """
    sizes = [_same_panel_size(*case, dilation) for case in cases]
    columns = max(width for width, _ in sizes)
    heights = [height for _, height in sizes]
    if axes is None:
        cell = min(0.45, WIDTH / columns)
        axes = figure(columns * cell, sum(heights) * cell).subplots(
            len(cases), 1, squeeze=False, gridspec_kw={"height_ratios": heights, "hspace": 0}
        )[:, 0]
        axes[0].figure.subplots_adjust(0, 0, 1, 1)
    for panel, case, height in zip(axes, cases, heights, strict=True):
        _same_panel(canvas(columns, height, panel), *case, dilation)
    return axes[0].figure


def _levels(kernel_size, stride, dilation):
    """Count the rows of bars that keep windows from overlapping."""
    return -(-shapes.kernel_span(kernel_size, dilation) // stride)


def _same_panel_size(n, kernel_size, stride, dilation):
    padding = sum(shapes.same_padding(n, kernel_size, stride=stride, dilation=dilation))
    return max(n + padding + 0.4, 14), 2.7 + 0.62 * _levels(kernel_size, stride, dilation)


def _same_panel(axes, n, kernel_size, stride, dilation):
    before, after = shapes.same_padding(n, kernel_size, stride=stride, dilation=dilation)
    windows = shapes.seen(n, kernel_size, stride=stride, padding="same", dilation=dilation)
    share = f"{before} before, {after} after" if before + after else "no padding"
    plural = "s" if len(windows) > 1 else ""
    title = f"$n={n}$, kernel {kernel_size}, stride {stride}: {share}, {len(windows)} output{plural}"
    write(axes, 0.2, 0.5, title, ha="left", size=11)
    x, y = 0.2 + before, 1.0
    for position in range(-before, n + after):
        inside = 0 <= position < n
        text = f"$x_{{{position}}}$" if inside else "0"
        look = {"kind": "plain"} if inside else {"kind": "padding"}
        value_cell(axes, x + position, y, text, color="ink" if inside else "muted", **look)
    for index, window in enumerate(windows):
        level = y + 1.15 + 0.62 * (index % _levels(kernel_size, stride, dilation))
        _bar(axes, x + window[0], level, window[-1] - window[0] + 1, index)


def _bar(axes, x, y, span, text, **look):
    """Draw the window of one output as a bar over `span` cells."""
    look = {"tint": "blue", "label": "window", **look}
    value_cell(axes, x + 0.06, y, str(text), width=span - 0.12, height=0.52, size=9, **look)


def output_size_steps(n, kernel_size, *, stride=1, padding="valid", dilation=1, axes=None):
    """Draw the steps of a kernel along `n` cells, the cells left over at the end, and the formula with its numbers.

    A dashed bar is the next position, which would run over the end; without it the division is whole. Taught in
    `arithmetic/output-size`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    windows = shapes.seen(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    before, after = shapes.resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
    span = shapes.kernel_span(kernel_size, dilation)
    left_over = (n + before + after - span) % stride
    beyond = stride - left_over if left_over else 0
    columns = max(n + before + after + beyond + 0.6, 14)
    rows = len(windows) + bool(left_over)
    axes = canvas(columns, 3.3 + 0.8 * rows, axes)

    x, y = 0.3 + before, 1.0
    end = n + after
    for position in range(-before, end):
        inside = 0 <= position < n
        kind = "unseen" if position >= end - left_over else "plain" if inside else "padding"
        text = f"$x_{{{position}}}$" if inside else "0"
        value_cell(axes, x + position, y, text, color="ink" if inside else "muted", kind=kind)
    if left_over:
        write(axes, x + end - left_over / 2, y - 0.35, "left over", size=9, color="orange")
        _bar(axes, x + len(windows) * stride - before, y + 1.3 + 0.8 * len(windows), span, "does not fit"
             if span > 2 else "", tint=None, kind="padding", label="does not fit")  # fmt: skip
    for index, window in enumerate(windows):
        _bar(axes, x + window[0], y + 1.3 + 0.8 * index, span, index)
        if index:
            _step(axes, x + windows[index - 1][0], x + window[0], y + 1.3 + 0.8 * index + 0.26, stride)
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


def dilation_1d(kernel_size, dilations=(1, 2, 3), *, axes=None):
    """Draw one kernel at several dilations: the cells it reads, those it skips, and the cells it spans.

    Taught in `arithmetic/output-size`.

    Parameters
    ----------
    kernel_size : int
        Weights of the kernel.
    dilations : sequence of int

    Returns
    -------
    matplotlib.axes.Axes
    """
    widest = max(shapes.kernel_span(kernel_size, dilation) for dilation in dilations)
    axes = canvas(widest + 8.4, 2.35 * len(dilations), axes)
    for row, dilation in enumerate(dilations):
        y = 0.25 + 2.35 * row
        span = shapes.kernel_span(kernel_size, dilation)
        write(axes, 0.2, y + 0.5, f"dilation {dilation}", ha="left", size=11)
        for cell in range(span):
            if cell % dilation:
                box(axes, 2.9 + cell, y, kind="skipped")
            else:
                value_cell(axes, 2.9 + cell, y, f"$w_{{{cell // dilation}}}$", tint="blue", label="window")
        bracket(axes, 2.95, 2.85 + span, y + 1.15, f"spans {span}")
        write(axes, 3.3 + span, y + 0.5, rf"${dilation} \cdot ({kernel_size} - 1) + 1 = {span}$", ha="left", size=11)
    return axes
