"""Problems to work out by hand: what is drawn, the answer from `cnnbook.reference`, and the usual mistakes.

As in `cnnbook.practice.sizes`, whose rules about the order of draws hold here too.
"""

import itertools

import numpy as np

from cnnbook import reference, shapes
from cnnbook.practice.draws import Drawn, Draws
from cnnbook.practice.texts import factor, grid, products, shown

_SIDE = 3  # of the filter of a volume


def volume_cell(draws: Draws, level: int) -> Drawn:
    """Draw a small volume, a filter and the place of one cell."""
    variant = ["patch", "walk", "padded"][level - 1]
    depth, n = (2, _SIDE) if level == 1 else (3, 4)
    # One plane a channel, as it stands on paper.
    x = np.array([draws.grid(n, n, 0, 3) for _ in range(depth)])
    w = np.array([draws.grid(_SIDE, _SIDE, -1, 1) for _ in range(depth)])
    bias = draws.pick([-3, -2, -1, 1, 2, 3])
    last = n - _SIDE  # the last row at which the filter can stand, without padding
    row, column = draws.between(0, last), draws.between(0, last)
    stride, padding = (2, 1) if variant == "padded" else (1, 0)

    def cell(row=row, column=column, w=w, bias=bias, stride=stride, padding=padding):
        y = _volume(x, w, stride, padding)
        return int(y[row, column]) + bias if 0 <= row < len(y) and 0 <= column < len(y) else None

    mistakes = {
        "bias-forgotten": cell(bias=0),
        "one-channel": int(_volume(x[:1], w[:1], stride, padding)[row, column]) + bias,
        "one-bias-per-channel": cell(bias=bias * depth),
        "flipped-kernel": cell(w=w[:, ::-1, ::-1]),
        "place-swapped": cell(row=column, column=row),
        "from-one": cell(row=row - 1, column=column - 1),
        "padding-forgotten": cell(padding=0),
        "stride-forgotten": cell(stride=1),
    }
    top, left = row * stride, column * stride
    windows = np.pad(x, [(0, 0), (padding, padding), (padding, padding)])[:, top : top + _SIDE, left : left + _SIDE]
    sums = (windows * w).sum(axis=(1, 2)).tolist()
    numbers = {"bias": bias, "depth": depth, "row": row, "column": column, "stride": stride, "padding": padding}
    numbers |= {"top": top, "bottom": top + _SIDE - 1, "left": left, "right": left + _SIDE - 1}
    numbers["channels"] = [
        {
            "c": channel + 1,
            "x": grid(x[channel].tolist()),
            "w": grid(w[channel].tolist()),
            "terms": products(w[channel].ravel().tolist(), windows[channel].ravel().tolist()),
            "sum": sums[channel],
        }
        for channel in range(depth)
    ]
    numbers["sums"] = " + ".join(map(factor, [*sums, bias]))
    return Drawn(variant, numbers, cell(), mistakes)


def _volume(x, w, stride, padding):
    """Convolve planes (channel, height, width) with one filter; the output map."""
    x, w = (np.moveaxis(planes, 0, -1) for planes in (x, w))
    return reference.conv2d(x[None], w[..., None], stride=stride, padding=padding)[0, ..., 0]


def one_dimension(draws: Draws, level: int) -> Drawn | None:
    """Draw a row and a kernel; the answer is the output row."""
    variant = ["plain", "padded", "dilated"][level - 1]
    x = draws.row(draws.between(5, 7) if level < 3 else draws.between(6, 8), -2, 3)
    w = draws.row(3 if level < 3 else draws.between(2, 3), -1, 2)
    stride = draws.between(1, 2) if level > 1 else 1
    padding = draws.between(1, 2) if level > 1 else 0
    dilation, bias = (2, draws.pick([-2, -1, 1, 2])) if level == 3 else (1, 0)

    def row(w=w, bias=bias, stride=stride, padding=padding, dilation=dilation):
        x_, w_ = np.array(x)[None, :, None], np.array(w)[:, None, None]
        y = reference.conv1d(x_, w_, np.array([bias]), stride=stride, padding=padding, dilation=dilation)
        return tuple(y.ravel().tolist())

    answer = row()
    if 0 in (w[0], w[-1]) or w == w[::-1] or len(answer) < 2:
        return None
    mistakes = {
        "flipped-kernel": row(w=w[::-1]),
        "padding-unwanted": row(padding=1) if level == 1 else None,
        "padding-forgotten": row(padding=0),
        "stride-forgotten": row(stride=1),
        "dilation-forgotten": row(dilation=1),
        "bias-forgotten": row(bias=0),
    }
    z = [0] * padding + x + [0] * padding
    numbers = {"x": grid([x]), "w": grid([w]), "n": len(x), "kernel_size": len(w), "count": len(answer), "z": z}
    numbers |= {"stride": stride, "padding": padding, "dilation": dilation, "bias": bias, "b": factor(bias)}
    numbers["span"] = shapes.kernel_span(len(w), dilation)
    stops = shapes.seen(len(z), len(w), stride=stride, dilation=dilation)
    numbers["places"] = [
        {"i": place, "terms": products(w, [z[cell] for cell in cells]), "value": value}
        for place, (cells, value) in enumerate(zip(stops, answer, strict=True), 1)
    ]
    return Drawn(variant, numbers, answer, mistakes)


def pooling(draws: Draws, level: int) -> Drawn | None:
    """Draw a map; the answer is the pooled map, row after row."""
    variant = draws.pick([["max", "average"], ["overlap"], ["same"]][level - 1])
    kernel_size, stride, height, width = 3 if variant == "same" else 2, 2, 4, 4
    if level == 2:
        kernel_size, stride, height, width = draws.pick([[3, 2, 5, 5], [2, 1, 3, 4], [3, 1, 4, 5]])
    x = np.array(draws.grid(height, width, *[(0, 9), (0, 30), (-30, -1)][level - 1]))
    if level == 1:
        # The last cell of each block makes the mean whole.
        x[1::2, 1::2] += -x.reshape(2, 2, 2, 2).sum(axis=(1, 3)) % 4
    options = {"stride": stride, "padding": "same" if variant == "same" else "valid"}

    def pool(function=reference.max_pool2d, **change):
        return tuple(map(int, function(x[None, ..., None], kernel_size, **options | change).ravel()))

    rows, columns = (shapes.seen(n, kernel_size, **options) for n in (height, width))
    windows = [
        [int(x[i, j]) for i, j in itertools.product(*places) if i < height and j < width]
        for places in itertools.product(rows, columns)
    ]
    sums, smallest = tuple(map(sum, windows)), tuple(map(min, windows))
    largest, means = pool(), pool(reference.average_pool2d)
    answer = means if variant == "average" else largest
    if len(set(answer)) < 2 + (level > 1):
        return None
    # All cells of the variant "same" are negative, so that any zero wins.
    zeros_win = (0 if len(window) < kernel_size**2 else max(window) for window in windows)
    stride_forgotten = {"stride-forgotten": pool(stride=1)}
    mistakes = {
        "max": {"average-for-max": means, "min-for-max": smallest, **stride_forgotten, "sum-of-window": sums},
        "average": {"max-for-average": largest, "sum-of-window": sums},
        "overlap": {"moved-by-window": pool(stride=kernel_size), **stride_forgotten, "min-for-max": smallest},
        "same": {
            "padding-wins": tuple(zeros_win),
            "same-as-valid": pool(padding="valid"),
            "same-pads-before": pool(padding=((1, 0), (1, 0))),
        },
    }[variant]
    numbers = {"x": grid(x.tolist()), "kernel_size": kernel_size, "stride": stride}
    numbers |= {"rows": len(rows), "columns": len(columns)}
    numbers["places"] = [
        {"i": place, "cells": shown(window), "sum": sum(window), "value": value}
        for place, (window, value) in enumerate(zip(windows, answer, strict=True), 1)
    ]
    return Drawn(variant, numbers, answer, mistakes)
