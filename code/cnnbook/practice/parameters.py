"""Problems about parameters: what is drawn, the count from `cnnbook.shapes`, and the usual mistakes.

As in `cnnbook.practice.sizes`, whose rules about the order of draws hold here too.
"""

from cnnbook import shapes
from cnnbook.practice.draws import Drawn
from cnnbook.shapes import conv_parameters, dense_parameters


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
