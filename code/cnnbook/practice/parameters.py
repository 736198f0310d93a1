"""Problems about parameters: what is drawn, the count from `cnnbook.shapes`, and the usual mistakes.

As in `cnnbook.practice.sizes`, whose rules about the order of draws hold here too.
"""

from cnnbook.practice.draws import Drawn, Draws, Numbers
from cnnbook.shapes import conv_parameters, dense_parameters, output_size


def parameters(draws: Draws, level: int) -> Drawn:
    """Draw layers whose weights and biases are to be counted."""
    return draws.pick([[_conv], [_dense, _plain], [_grouped, _stack, _network]][level - 1])(draws)


def _conv(draws: Draws) -> Drawn:
    n, channels, kernel_size = draws.pick([28, 32, 64, 96]), draws.between(2, 4), draws.between(2, 5)
    filters = draws.between(4, 16)
    mistakes = {
        "one-channel": conv_parameters(kernel_size, 1, filters),
        "one-bias-per-channel": conv_parameters(kernel_size, 1, filters) * channels,
        "one-side-of-kernel": conv_parameters((kernel_size,), channels, filters),
        "one-bias-per-input": conv_parameters(kernel_size, channels, filters, bias=False) + channels,
    }
    numbers = {"n": n, "channels": channels, "kernel_size": kernel_size, "filters": filters}
    answer = conv_parameters(kernel_size, channels, filters)
    return _layer("conv", numbers, kernel_size * kernel_size * channels, answer, mistakes)


def _dense(draws: Draws) -> Drawn:
    n, channels, units = draws.between(3, 8), draws.pick([4, 8, 16, 32]), draws.between(5, 20)
    flat = n * n * channels
    numbers = {"n": n, "channels": channels, "units": units, "filters": units, "flat": flat}
    mistakes = {"channels-forgotten": dense_parameters(n * n, units)}
    return _layer("dense", numbers, flat, dense_parameters(flat, units), mistakes)


def _plain(draws: Draws) -> Drawn:
    height, width, channels = draws.between(1, 5), draws.between(2, 7), draws.pick([3, 6, 8, 12])
    filters = draws.pick([8, 12, 16, 24])
    mistakes = {
        "bias-unwanted": conv_parameters((height, width), channels, filters),
        "one-channel": conv_parameters((height, width), 1, filters, bias=False),
        "one-filter": height * width * channels,
    }
    numbers = {"height": height, "width": width, "channels": channels, "filters": filters}
    numbers["weights"] = height * width * channels
    return Drawn("plain", numbers, conv_parameters((height, width), channels, filters, bias=False), mistakes)


def _grouped(draws: Draws) -> Drawn:
    kernel_size, groups = draws.pick([3, 5]), draws.pick([2, 4, 8])
    channels, filters = groups * draws.between(1, 4), groups * draws.between(1, 4)
    part = channels // groups
    mistakes = {
        "groups-forgotten": conv_parameters(kernel_size, channels, filters),
        "filters-divided": conv_parameters(kernel_size, part, filters // groups),
        "one-bias-per-group": conv_parameters(kernel_size, channels, filters, groups=groups, bias=False) + groups,
    }
    numbers = {"kernel_size": kernel_size, "groups": groups, "channels": channels, "filters": filters, "part": part}
    answer = conv_parameters(kernel_size, channels, filters, groups=groups)
    return _layer("grouped", numbers, kernel_size * kernel_size * part, answer, mistakes)


def _layer(variant: str, numbers: Numbers, weights: int, answer: int, mistakes: dict[str, int]) -> Drawn:
    """Finish a problem about one layer, whose filters or units have so many weights each."""
    numbers |= {"weights": weights, "each": weights + 1}
    bare = answer - numbers["filters"]
    mistakes = {"bias-forgotten": bare, **mistakes, "one-bias-per-layer": bare + 1}
    return Drawn(variant, numbers, answer, mistakes | {"one-filter": weights + 1, "one-filter-bare": weights})


def _stack(draws: Draws) -> Drawn:
    channels, kernel_size = draws.pick([2, 3, 4]), draws.pick([3, 5])
    first, second = draws.pick([6, 8, 10, 16]), draws.pick([6, 8, 12, 20])
    first_layer, second_layer = (
        conv_parameters(kernel_size, channels, first),
        conv_parameters(kernel_size, first, second),
    )
    answer = first_layer + second_layer
    mistakes = {
        "image-channels": first_layer + conv_parameters(kernel_size, channels, second),
        "bias-forgotten": answer - first - second,
        "last-layer-only": second_layer,
        "second-layer-forgotten": first_layer,
        "one-bias-per-layer": answer - first - second + 2,
    }
    numbers = {"channels": channels, "kernel_size": kernel_size, "first": first, "second": second}
    return Drawn("stack", numbers | {"first_layer": first_layer, "second_layer": second_layer}, answer, mistakes)


def _network(draws: Draws) -> Drawn:
    channels, kernel_size, n = draws.pick([2, 3, 4]), draws.pick([3, 5]), 2 * draws.between(3, 16)
    filters, units = draws.pick([4, 8, 16]), draws.pick([2, 5, 10])
    half = output_size(n, 2, stride=2)
    flat = half * half * filters
    first_layer, second_layer = conv_parameters(kernel_size, channels, filters), dense_parameters(flat, units)
    answer = first_layer + second_layer
    mistakes = {
        "pooling-forgotten": first_layer + dense_parameters(n * n * filters, units),
        "pooled-one-axis": first_layer + dense_parameters(n * half * filters, units),
        "bias-forgotten": answer - filters - units,
        "dense-forgotten": first_layer,
        "last-layer-only": second_layer,
        "one-bias-per-layer": answer - filters - units + 2,
    }
    numbers = {"n": n, "channels": channels, "kernel_size": kernel_size, "filters": filters, "units": units}
    numbers |= {"half": half, "flat": flat, "first_layer": first_layer, "second_layer": second_layer}
    return Drawn("network", numbers, answer, mistakes)
