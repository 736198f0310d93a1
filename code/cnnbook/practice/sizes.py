"""Problems about sizes and counts: what is drawn, the answer from `cnnbook.shapes`, and the usual mistakes.

Each function takes the draws and the level, and returns `Drawn`, or None where what was drawn makes no good problem;
then the next numbers of the same stream are taken. The order of the draws is part of the problem: the browser has the
same functions in the same order.
"""

from math import prod
from typing import Any, NamedTuple

from cnnbook import shapes
from cnnbook.practice.texts import TEXTS
from cnnbook.shapes import conv_parameters, dense_parameters


class Drawn(NamedTuple):
    """One draw of a problem.

    Attributes
    ----------
    variant : str
        The key of its texts.
    numbers : dict
        What the texts mention, by name.
    answer : int or tuple of int
    mistakes : dict
        The wrong answer of each mistake by its name, the most usual first. None where it leads to no answer.
    """

    variant: str
    numbers: dict[str, Any]
    answer: int | tuple[int, ...]
    mistakes: dict[str, int | tuple[int, ...] | None]


def output_size(draws, level):
    """Draw a convolution whose output is to be measured."""
    if level == 1:
        n, kernel = draws.between(6, 40), draws.between(2, 6)
        numbers = {"n": n, "kernel": kernel, "steps": n - kernel}
        return Drawn("plain", numbers, shapes.output_size(n, kernel), {"no_plus_one": n - kernel, "kept": n})
    variant = "strided" if level == 2 else draws.pick(["dilated", "same", "pooled"])
    n, kernel, stride = draws.between(12, 64), draws.between(2, 7), draws.between(2, 4)
    if variant == "same":
        numbers = {"n": n, "kernel": kernel, "stride": stride}
        answer = shapes.output_size(n, kernel, stride=stride, padding="same")
        valid = shapes.output_size(n, kernel, stride=stride)
        return Drawn(variant, numbers, answer, {"floor": n // stride, "same_keeps": n, "as_valid": valid})
    padding = draws.between(0, 3)
    numbers = {"n": n, "kernel": kernel, "stride": stride, "padding": padding, "padded": n + 2 * padding}
    if 2 * padding > kernel:
        return None  # as PyTorch: more padding than half of the kernel gives windows of nothing but zeros
    if variant == "pooled":
        return _pooled(numbers)
    dilation = draws.between(2, 3) if variant == "dilated" else 1
    span = shapes.kernel_span(kernel, dilation)
    room = n + 2 * padding - span
    if room < stride:
        return None
    numbers |= {"dilation": dilation, "span": span, "room": room, "steps": room // stride}

    def size(span=span, padding=(padding, padding), stride=stride):
        return (n + sum(padding) - span) // stride + 1 if span <= n + sum(padding) else None

    mistakes = {
        "no_plus_one": room // stride,
        "ceil": -(-room // stride) + 1,
        "dilation_forgotten": size(span=kernel),
        "span_product": size(span=dilation * kernel),
        "dilation_zero": size(span=(dilation + 1) * (kernel - 1) + 1),
        "padding_once": size(padding=(padding, 0)),
        "padding_forgotten": size(padding=(0, 0)),
        "stride_forgotten": size(stride=1),
    }
    if variant == "strided":
        for name in ("dilation_forgotten", "span_product", "dilation_zero"):
            del mistakes[name]
    answer = shapes.output_size(n, kernel, stride=stride, padding=padding, dilation=dilation)
    return Drawn(variant, numbers, answer, mistakes)


def _pooled(numbers):
    n, kernel, stride, padding = (numbers[name] for name in ("n", "kernel", "stride", "padding"))
    first = shapes.output_size(n, kernel, stride=stride, padding=padding)
    room = n + 2 * padding - kernel
    mistakes = {
        "pool_forgotten": first,
        "ceil": -(-(-(-room // stride) - 1) // 2) + 1,
        "no_plus_one": (room // stride - 2) // 2,
        "padding_forgotten": shapes.output_size(shapes.output_size(n, kernel, stride=stride), 2, stride=2),
    }
    return Drawn("pooled", numbers | {"first": first}, shapes.output_size(first, 2, stride=2), mistakes)


def padding_for_size(draws, level):
    """Draw a convolution whose padding is to be chosen."""
    variant = ("keep", "wanted", draws.pick(["strided", "dilated"]) if level == 3 else "")[level - 1]
    n = draws.between(8, 64)
    if variant in ("keep", "dilated"):
        kernel, dilation = draws.pick([3, 5, 7, 9, 11]), draws.between(2, 4) if variant == "dilated" else 1
        span = shapes.kernel_span(kernel, dilation)
        if span > n:
            return None
        numbers = {"n": n, "kernel": kernel, "dilation": dilation, "span": span, "total": span - 1}
        mistakes = {"dilation_forgotten": (kernel - 1) // 2, "total": span - 1, "span_product": dilation * kernel // 2}
        if variant == "keep":
            mistakes = {"total": span - 1, "rounded": (kernel + 1) // 2, "kept": 0}
        return Drawn(variant, numbers, _smallest_padding(n, kernel, n, dilation=dilation), mistakes)
    kernel, stride = draws.between(3, 9), draws.between(2, 3) if variant == "strided" else 1
    padding = draws.between(1, 4)
    if padding >= kernel or n < kernel:
        return None
    size = shapes.output_size(n, kernel, stride=stride, padding=padding)
    padded = (size - 1) * stride + kernel
    total = padded - n
    if total < 1 or size < 3:
        return None
    numbers = {"n": n, "kernel": kernel, "stride": stride, "size": size, "steps": size - 1}
    numbers |= {"padded": padded, "total": total}
    mistakes = {"total": total, "half_step": total // 2 + 1, "difference": max(size - n, n - size)}
    if variant == "strided":
        steps, unstrided = size * stride + kernel - n, size - 1 + kernel - n
        mistakes = {
            "total": total,
            "rounded_down": total // 2,
            "steps": -(-steps // 2),
            "stride_forgotten": -(-unstrided // 2) if unstrided >= 0 else None,
        }
    return Drawn(variant, numbers, _smallest_padding(n, kernel, size, stride=stride), mistakes)


def _smallest_padding(n, kernel, size, **options):
    """Try one padding after the other; larger ones give larger outputs."""
    padding = 0
    while shapes.output_size(n, kernel, padding=padding, **options) < size:
        padding += 1
    return padding


def parameters(draws, level):
    """Draw layers whose weights and biases are to be counted."""
    variant = draws.pick([["conv"], ["dense", "plain"], ["grouped", "stack", "network"]][level - 1])
    if variant == "conv":
        n, channels, kernel = draws.pick([28, 32, 64, 96]), draws.between(2, 4), draws.between(2, 5)
        filters = draws.between(4, 16)
        mistakes = {
            "one_channel": conv_parameters(kernel, 1, filters),
            "bias_each": conv_parameters(kernel, 1, filters) * channels,
            "kernel_once": conv_parameters((kernel,), channels, filters),
        }
        numbers = {"n": n, "channels": channels, "kernel": kernel, "filters": filters, "unit": "filter"}
        return _layer(
            variant, numbers, kernel * kernel * channels, conv_parameters(kernel, channels, filters), mistakes
        )
    if variant == "dense":
        n, channels, units = draws.between(3, 8), draws.pick([4, 8, 16, 32]), draws.between(5, 20)
        flat = n * n * channels
        numbers = {"n": n, "channels": channels, "units": units, "filters": units, "flat": flat, "unit": "unit"}
        mistakes = {"channels_forgotten": dense_parameters(n * n, units)}
        return _layer(variant, numbers, flat, dense_parameters(flat, units), mistakes)
    if variant == "plain":
        height, width, channels = draws.between(1, 5), draws.between(2, 7), draws.pick([3, 6, 8, 12])
        filters = draws.pick([8, 12, 16, 24])
        numbers = {"height": height, "width": width, "channels": channels, "filters": filters}
        mistakes = {
            "bias_added": conv_parameters((height, width), channels, filters),
            "one_channel": conv_parameters((height, width), 1, filters, bias=False),
        }
        answer = conv_parameters((height, width), channels, filters, bias=False)
        return Drawn(variant, numbers | {"weights": height * width * channels}, answer, mistakes)
    return {"grouped": _grouped, "stack": _stack, "network": _network}[variant](draws)


def _layer(variant, numbers, weights, answer, mistakes):
    """Finish a problem about one layer, whose filters or units have so many weights each."""
    numbers |= {"weights": weights, "each": weights + 1}
    without_bias = answer - numbers["filters"]
    return Drawn(variant, numbers, answer, {"no_bias": without_bias, **mistakes, "bias_once": without_bias + 1})


def _grouped(draws):
    kernel, groups = draws.pick([3, 5]), draws.pick([2, 4, 8])
    channels, filters = groups * draws.between(1, 4), groups * draws.between(1, 4)
    part = channels // groups
    answer = conv_parameters(kernel, channels, filters, groups=groups)
    mistakes = {
        "groups_forgotten": conv_parameters(kernel, channels, filters),
        "groups_twice": conv_parameters(kernel, part, filters // groups),
        "bias_group": conv_parameters(kernel, channels, filters, groups=groups, bias=False) + groups,
    }
    numbers = {"kernel": kernel, "groups": groups, "channels": channels, "filters": filters, "part": part}
    return _layer("grouped", numbers | {"unit": "filter"}, kernel * kernel * part, answer, mistakes)


def _stack(draws):
    channels, kernel = draws.pick([2, 3, 4]), draws.pick([3, 5])
    first, second = draws.pick([6, 8, 10, 16]), draws.pick([6, 8, 12, 20])
    one, two = conv_parameters(kernel, channels, first), conv_parameters(kernel, first, second)
    numbers = {"channels": channels, "kernel": kernel, "first": first, "second": second, "one": one, "two": two}
    mistakes = {
        "second_sees_input": one + conv_parameters(kernel, channels, second),
        "no_bias": one + two - first - second,
        "second_only": two,
    }
    return Drawn("stack", numbers | {"unit": "filter"}, one + two, mistakes)


def _network(draws):
    channels, kernel, n = draws.pick([2, 3, 4]), draws.pick([3, 5]), 2 * draws.between(3, 16)
    filters, units = draws.pick([4, 8, 16]), draws.pick([2, 5, 10])
    half = shapes.output_size(n, 2, stride=2)
    one, two = conv_parameters(kernel, channels, filters), dense_parameters(half * half * filters, units)
    numbers = {"n": n, "channels": channels, "kernel": kernel, "filters": filters, "units": units, "half": half}
    numbers |= {"flat": half * half * filters, "one": one, "two": two, "unit": "filter and each unit"}
    mistakes = {
        "pool_forgotten": one + dense_parameters(n * n * filters, units),
        "pool_one_axis": one + dense_parameters(n * half * filters, units),
        "no_bias": one + two - filters - units,
    }
    return Drawn("network", numbers, one + two, mistakes)


def receptive_field(draws, level):
    """Draw a stack of layers to look back through."""
    convolution, pooling = TEXTS["kinds"]["receptive_field"]["words"]
    layers = []
    for _ in range(draws.between(2, 4) if level == 1 else draws.between(3, 4)):
        if draws.below(3) == 0 and level > 1:
            layers.append((pooling, shapes.Layer(2, stride=2)))
        else:
            kernel = draws.pick([3, 5, 7] if level == 1 else [2, 3, 5])
            stride = draws.between(1, 2) if level > 1 else 1
            dilation = draws.between(1, 3) if level > 2 else 1
            layers.append((convolution, shapes.Layer(kernel, stride=stride, dilation=dilation)))
    stack = [layer for _, layer in layers]
    # A stride counts only with a layer behind it.
    if level > 1 and prod(layer.stride for layer in stack[:-1]) == 1:
        return None
    if level > 2 and all(layer.dilation == 1 for layer in stack):
        return None
    numbers = {"layers": [], "depth": len(stack)}
    found = shapes.receptive_field([])
    for position, (what, layer) in enumerate(layers):
        field = shapes.receptive_field(stack[: position + 1])
        entry = layer._asdict() | {"i": position + 1, "what": what, "found": found.jump, "jump": field.jump}
        numbers["layers"].append(entry | {"gain": field.size - found.size, "size": field.size})
        found = field
    own, size = 1, 1
    for layer in stack:
        own *= layer.stride
        size += (shapes.kernel_span(layer.kernel, layer.dilation) - 1) * own
    mistakes = {
        "own_stride": size,
        "strides_forgotten": shapes.receptive_field([layer._replace(stride=1) for layer in stack]).size,
        "dilation_forgotten": shapes.receptive_field([layer._replace(dilation=1) for layer in stack]).size,
        "span_product": shapes.receptive_field(
            [layer._replace(kernel=layer.dilation * layer.kernel, dilation=1) for layer in stack]
        ).size,
        "kernels_added": sum(layer.kernel for layer in stack),
        "start_forgotten": found.size - 1,
        "last": shapes.kernel_span(stack[-1].kernel, stack[-1].dilation),
    }
    return Drawn(["plain", "strided", "dilated"][level - 1], numbers, found.size, mistakes)


def transposed_convolution(draws, level):
    """Draw a transposed convolution whose output is to be measured."""
    variant = draws.pick([["plain"], ["same", "padded"], ["full"]][level - 1])
    n, kernel, stride = draws.between(3, 24), draws.between(2, 7), draws.between(2, 4)
    if kernel < stride:
        return None
    numbers = {"n": n, "kernel": kernel, "stride": stride, "span": kernel, "steps": n - 1, "start": (n - 1) * stride}
    valid = shapes.transposed_size(n, kernel, stride=stride)
    if variant in ("plain", "same"):
        padding = "same" if variant == "same" else "valid"
        mistakes = {
            "times": n * stride,
            "as_valid": valid,
            "n_steps": n * stride + kernel,
            "forward": shapes.output_size(n, kernel, stride=stride, padding=padding)
            if n >= kernel or padding == "same"
            else None,
            "kernel_forgotten": (n - 1) * stride,
        }
        return Drawn(variant, numbers, shapes.transposed_size(n, kernel, stride=stride, padding=padding), mistakes)
    padding = draws.between(1, 3)
    dilation, extra = (draws.between(2, 3), draws.between(1, stride - 1)) if variant == "full" else (1, 0)
    span = shapes.kernel_span(kernel, dilation)
    if 2 * padding >= span:
        return None
    full = (n - 1) * stride + span
    numbers |= {"padding": padding, "dilation": dilation, "extra": extra, "span": span, "full": full}
    mistakes = {
        "padding_forgotten": full + extra,
        "padding_added": full + 2 * padding + extra,
        "padding_once": full - padding + extra,
        "n_steps": full + stride - 2 * padding + extra,
        "extra_forgotten": full - 2 * padding,
        "dilation_forgotten": valid - 2 * padding + extra,
        "span_product": full + dilation - 1 - 2 * padding + extra,
    }
    options = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": extra}
    answer = shapes.transposed_size(n, kernel, **options)
    return Drawn(variant, numbers | {"cut": 2 * padding}, answer, mistakes)
