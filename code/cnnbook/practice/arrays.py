"""Problems to work out by hand: what is drawn, the answer from `cnnbook.reference`, and the usual mistakes.

As in `cnnbook.practice.sizes`, whose rules about the order of draws hold here too.
"""

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
        x_, w_ = (np.array(numbers).reshape(-1, 1) for numbers in (x, w))
        y = reference.conv1d(x_[None], w_[..., None], stride=stride, padding=padding, dilation=dilation)
        return tuple((y.ravel() + bias).tolist())

    answer = row()
    if 0 in (w[0], w[-1]) or w == w[::-1] or len(answer) < 2:
        return None
    mistakes = {
        "flipped-kernel": row(w=w[::-1]),
        "padding-unwanted": row(padding=1),
        "padding-forgotten": row(padding=0),
        "stride-forgotten": row(stride=1),
        "dilation-forgotten": row(dilation=1),
        "bias-forgotten": row(bias=0),
    }
    if level > 1:
        del mistakes["padding-unwanted"]
    z = [0] * padding + x + [0] * padding
    numbers = {"x": grid([x]), "w": grid([w]), "n": len(x), "kernel_size": len(w), "count": len(answer), "z": z}
    numbers |= {"stride": stride, "padding": padding, "dilation": dilation, "bias": bias, "b": factor(bias)}
    numbers["span"] = shapes.kernel_span(len(w), dilation)
    numbers["places"] = [
        {
            "i": place + 1,
            "terms": products(w, [z[place * stride + tap * dilation] for tap in range(len(w))]),
            "value": value,
        }
        for place, value in enumerate(answer)
    ]
    return Drawn(variant, numbers, answer, mistakes)


def pooling(draws: Draws, level: int) -> Drawn | None:
    """Draw a map; the answer is the pooled map, row after row."""
    variant = draws.pick([["max", "average"], ["overlap"], ["same"]][level - 1])
    kernel_size, stride, height, width = 2, 2, 4, 4
    if variant == "overlap":
        kernel_size, stride, height, width = draws.pick([[3, 2, 5, 5], [2, 1, 3, 4], [3, 1, 4, 5]])
    elif variant == "same":
        kernel_size = 3
    x = np.array(draws.grid(height, width, *{"overlap": (0, 30), "same": (-30, -1)}.get(variant, (0, 9))))
    if variant in ("max", "average"):
        # The last cell of each block makes the mean whole.
        x[1::2, 1::2] += -_windows(x, 2, 2).sum(axis=(2, 3)) % 4
    before, after = shapes.same_padding(width, kernel_size, stride=stride) if variant == "same" else (0, 0)

    def pool(kind=reference.max_pool2d, stride=stride, padding=((before, after),) * 2, x=x):
        return tuple(kind(x[None, ..., None], kernel_size, stride=stride, padding=padding).ravel().tolist())

    outside = np.iinfo(x.dtype).min
    windows = _windows(np.pad(x, (before, after), constant_values=outside), kernel_size, stride)
    answer = pool()
    if variant == "average":
        answer = tuple(map(int, pool(reference.average_pool2d)))
    if len(set(answer)) < 2 + (level > 1):
        return None
    if variant == "average":
        mistakes = {"max-for-average": pool(), "sum-of-window": tuple(windows.sum(axis=(2, 3)).ravel().tolist())}
    elif variant == "max":
        mistakes = {
            "average-for-max": tuple((windows.sum(axis=(2, 3)) // 4).ravel().tolist()),
            "min-for-max": tuple((-np.array(pool(x=-x))).tolist()),
            "stride-forgotten": pool(stride=1),
            "sum-of-window": tuple(windows.sum(axis=(2, 3)).ravel().tolist()),
        }
    elif variant == "overlap":
        mistakes = {
            "moved-by-window": pool(stride=kernel_size),
            "stride-forgotten": pool(stride=1),
            "min-for-max": tuple((-np.array(pool(x=-x))).tolist()),
        }
    else:
        zeros = _windows(np.pad(x, (before, after)), kernel_size, stride).max(axis=(2, 3))
        mistakes = {
            "padding-wins": tuple(zeros.ravel().tolist()),
            "same-as-valid": pool(padding="valid"),
            "same-pads-before": pool(padding=((after, before),) * 2),
        }
    rows, columns = windows.shape[:2]
    numbers = {"x": grid(x.tolist()), "kernel_size": kernel_size, "stride": stride, "rows": rows, "columns": columns}
    numbers["places"] = []
    for place, (window, value) in enumerate(
        zip(windows.reshape(-1, kernel_size * kernel_size).tolist(), answer, strict=True)
    ):
        cells = [cell for cell in window if cell != outside]
        numbers["places"].append({"i": place + 1, "cells": shown(cells), "sum": sum(cells), "value": value})
    return Drawn(variant, numbers, answer, mistakes)


def _windows(x, kernel_size, stride):
    """Cut windows out of a map: (rows, columns, kernel_size, kernel_size)."""
    return np.lib.stride_tricks.sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
