"""Problems about sizes: what is drawn, the answer from `cnnbook.shapes`, and the usual mistakes.

Each function takes the draws and the level, and returns `cnnbook.practice.draws.Drawn`, or None where what was drawn
makes no good problem; then the next numbers of the same stream are taken. The order of the draws is part of the
problem: the browser has the same functions in the same order, in modules of the same names.
"""

from typing import Any

from cnnbook import shapes
from cnnbook.practice.draws import Drawn, Draws


def output_size(draws: Draws, level: int) -> Drawn | None:
    """Draw a convolution whose output is to be measured."""
    if level == 1:
        n, kernel_size = draws.between(6, 40), draws.between(2, 6)
        steps = n - kernel_size
        numbers = {"n": n, "kernel_size": kernel_size, "steps": steps}
        mistakes: dict[str, int | None] = {"plus-one-forgotten": steps, "size-kept-unpadded": n}
        return Drawn("plain", numbers, shapes.output_size(n, kernel_size), mistakes)
    variant = "strided" if level == 2 else draws.pick(["dilated", "same", "pooled"])
    n, kernel_size, stride = draws.between(12, 64), draws.between(2, 7), draws.between(2, 4)
    numbers = {"n": n, "kernel_size": kernel_size, "stride": stride}
    if variant == "same":
        answer = shapes.output_size(n, kernel_size, stride=stride, padding="same")
        valid = shapes.output_size(n, kernel_size, stride=stride)
        mistakes = {"same-rounded-down": n // stride, "same-keeps-size": n, "same-as-valid": valid}
        return Drawn(variant, numbers, answer, mistakes)
    padding = draws.between(0, 3)
    if 2 * padding > kernel_size:
        return None  # as PyTorch: more padding than half the kernel gives windows of nothing but zeros
    dilation = draws.between(2, 3) if variant == "dilated" else 1
    span = shapes.kernel_span(kernel_size, dilation)
    padded = n + 2 * padding
    room = padded - span
    steps = room // stride
    numbers |= {"padding": padding, "dilation": dilation, "padded": padded, "span": span, "room": room, "steps": steps}

    def size(span: int = span, padding: tuple[int, int] = (padding, padding), stride: int = stride) -> Any:
        return (n + sum(padding) - span) // stride + 1 if span <= n + sum(padding) else None

    rounded_up = -(-room // stride) + 1
    if variant == "pooled":
        first = shapes.output_size(n, kernel_size, stride=stride, padding=padding)
        mistakes = {
            "pooling-forgotten": first,
            "rounded-up": -(-(rounded_up - 2) // 2) + 1,
            "plus-one-forgotten": (steps - 2) // 2,
            "padding-forgotten": shapes.output_size(shapes.output_size(n, kernel_size, stride=stride), 2, stride=2),
        }
        return Drawn(variant, numbers | {"first": first}, shapes.output_size(first, 2, stride=2), mistakes)
    if room < stride:
        return None
    mistakes = {
        "plus-one-forgotten": steps,
        "rounded-up": rounded_up,
        "dilation-forgotten": size(span=kernel_size),
        "span-product": size(span=dilation * kernel_size),
        "dilation-skips-d": size(span=(dilation + 1) * (kernel_size - 1) + 1) if dilation > 1 else None,
        "padding-once": size(padding=(padding, 0)),
        "padding-forgotten": size(padding=(0, 0)),
        "stride-forgotten": size(stride=1),
    }
    answer = shapes.output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    return Drawn(variant, numbers, answer, mistakes)


def padding_for_size(draws: Draws, level: int) -> Drawn | None:
    """Draw a convolution whose padding is to be chosen."""
    variant = ("keep", "wanted", draws.pick(["strided", "dilated"]) if level == 3 else "")[level - 1]
    n = draws.between(8, 64)
    if variant in ("keep", "dilated"):
        kernel_size, dilation = draws.pick([3, 5, 7, 9, 11]), draws.between(2, 4) if variant == "dilated" else 1
        span = shapes.kernel_span(kernel_size, dilation)
        if span > n:
            return None
        numbers = {"n": n, "kernel_size": kernel_size, "dilation": dilation, "span": span, "total": span - 1}
        if variant == "keep":
            mistakes = {"padding-half-kernel": (kernel_size + 1) // 2, "size-kept-unpadded": 0}
        else:
            mistakes = {"dilation-forgotten": (kernel_size - 1) // 2, "span-product": dilation * kernel_size // 2}
        answer = _smallest_padding(n, kernel_size, n, dilation=dilation)
        return Drawn(variant, numbers, answer, {"padding-total": span - 1, **mistakes})
    kernel_size, stride = draws.between(3, 9), draws.between(2, 3) if variant == "strided" else 1
    padding = draws.between(1, 4)
    if padding >= kernel_size or n < kernel_size:
        return None
    size = shapes.output_size(n, kernel_size, stride=stride, padding=padding)
    padded = (size - 1) * stride + kernel_size
    total = padded - n
    if total < 1 or size < 3:
        return None
    numbers = {"n": n, "kernel_size": kernel_size, "stride": stride, "size": size, "steps": size - 1}
    numbers |= {"padded": padded, "total": total}
    if variant == "wanted":
        mistakes = {"half-step": total // 2 + 1, "size-difference": abs(size - n)}
    else:
        unstrided = size - 1 + kernel_size - n
        mistakes = {
            "padding-rounded-down": total // 2,
            "extra-step": -(-(total + stride) // 2),
            "stride-forgotten": -(-unstrided // 2) if unstrided >= 0 else None,
        }
    answer = _smallest_padding(n, kernel_size, size, stride=stride)
    return Drawn(variant, numbers, answer, {"padding-total": total, **mistakes})


def _smallest_padding(n: int, kernel_size: int, size: int, **options: int) -> int:
    """Try one padding after the other; larger ones give larger outputs."""
    padding = 0
    while shapes.output_size(n, kernel_size, padding=padding, **options) < size:
        padding += 1
    return padding


def transposed_convolution(draws: Draws, level: int) -> Drawn | None:
    """Draw a transposed convolution whose output is to be measured."""
    variant = draws.pick([["plain"], ["same", "padded"], ["full"]][level - 1])
    n, kernel_size, stride = draws.between(3, 24), draws.between(2, 7), draws.between(2, 4)
    if kernel_size < stride:
        return None
    start = (n - 1) * stride
    numbers = {"n": n, "kernel_size": kernel_size, "stride": stride, "start": start}
    if variant in ("plain", "same"):
        mode = "same" if variant == "same" else "valid"
        fits = n >= kernel_size or mode == "same"
        mistakes = {
            "transposed-same": n * stride,
            "same-as-valid": start + kernel_size,
            "extra-step": n * stride + kernel_size,
            "forward-size": shapes.output_size(n, kernel_size, stride=stride, padding=mode) if fits else None,
            "last-copy-forgotten": start,
        }
        return Drawn(variant, numbers, shapes.transposed_size(n, kernel_size, stride=stride, padding=mode), mistakes)
    padding = draws.between(1, 3)
    dilation, output_padding = (draws.between(2, 3), draws.between(1, stride - 1)) if variant == "full" else (1, 0)
    span = shapes.kernel_span(kernel_size, dilation)
    cut = 2 * padding
    if cut >= span:
        return None
    options = {"padding": padding, "dilation": dilation, "output_padding": output_padding}
    answer = shapes.transposed_size(n, kernel_size, stride=stride, **options)
    mistakes = {
        "cut-forgotten": answer + cut,
        "cut-added": answer + 2 * cut,
        "padding-once": answer + padding,
        "extra-step": answer + stride,
        "output-padding-forgotten": answer - output_padding,
        "dilation-forgotten": answer - span + kernel_size,
        "span-product": answer + dilation - 1,
    }
    return Drawn(variant, numbers | options | {"span": span, "full": start + span, "cut": cut}, answer, mistakes)
