"""Problems about receptive fields: what is drawn, the field from `cnnbook.shapes`, and the usual mistakes.

As in `cnnbook.practice.sizes`, whose rules about the order of draws hold here too.
"""

from math import prod

from cnnbook import shapes
from cnnbook.practice.draws import Drawn
from cnnbook.practice.texts import TEXTS


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
        entry = {"kernel": layer.kernel_size, "stride": layer.stride, "dilation": layer.dilation}
        entry |= {"i": position + 1, "what": what, "found": found.jump, "jump": field.jump}
        numbers["layers"].append(entry | {"gain": field.size - found.size, "size": field.size})
        found = field
    own, size = 1, 1
    for layer in stack:
        own *= layer.stride
        size += (shapes.kernel_span(layer.kernel_size, layer.dilation) - 1) * own
    mistakes = {
        "own_stride": size,
        "strides_forgotten": shapes.receptive_field([layer._replace(stride=1) for layer in stack]).size,
        "dilation_forgotten": shapes.receptive_field([layer._replace(dilation=1) for layer in stack]).size,
        "span_product": shapes.receptive_field(
            [layer._replace(kernel_size=layer.dilation * layer.kernel_size, dilation=1) for layer in stack]
        ).size,
        "kernels_added": sum(layer.kernel_size for layer in stack),
        "start_forgotten": found.size - 1,
        "last": shapes.kernel_span(stack[-1].kernel_size, stack[-1].dilation),
    }
    return Drawn(["plain", "strided", "dilated"][level - 1], numbers, found.size, mistakes)
