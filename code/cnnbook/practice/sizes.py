"""Problems about sizes: what is drawn, the answer from `cnnbook.shapes`, and the usual mistakes.

Each function takes the draws and the level, and returns `cnnbook.practice.draws.Drawn`, or None where what was drawn
makes no good problem; then the next numbers of the same stream are taken. The order of the draws is part of the
problem: the browser has the same functions in the same order, in modules of the same names.
"""

from cnnbook import shapes
from cnnbook.practice.draws import Drawn


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
        "uncut": full + extra,
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
