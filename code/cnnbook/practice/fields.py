"""Problems about receptive fields: what is drawn, the field from `cnnbook.shapes`, and the usual mistakes.

As in `cnnbook.practice.sizes`, whose rules about the order of draws hold here too.
"""

from cnnbook import shapes
from cnnbook.practice.draws import Drawn, Draws
from cnnbook.practice.texts import TEXTS


def receptive_field(draws: Draws, level: int) -> Drawn | None:
    """Draw a stack of layers to look back through."""
    convolution, pooling = TEXTS["kinds"]["receptive_field"]["words"]
    kinds, layers = [], []
    for _ in range(draws.between(2, 4) if level == 1 else draws.between(3, 4)):
        if draws.below(3) == 0 and level > 1:
            kinds.append(pooling)
            layers.append(shapes.Layer(2, stride=2))
        else:
            kernel_size = draws.pick([3, 5, 7] if level == 1 else [2, 3, 5])
            stride = draws.between(1, 2) if level > 1 else 1
            dilation = draws.between(1, 3) if level > 2 else 1
            kinds.append(convolution)
            layers.append(shapes.Layer(kernel_size, stride=stride, dilation=dilation))
    # A stride counts only with a layer behind it.
    if level > 1 and all(layer.stride == 1 for layer in layers[:-1]):
        return None
    if level > 2 and all(layer.dilation == 1 for layer in layers):
        return None
    fields = [shapes.receptive_field([]), *shapes.receptive_fields(layers)]
    entries = [
        {"i": i, "what": what, "jump_before": before.jump, "gain": after.size - before.size}
        | {"kernel_size": layer.kernel_size, "stride": layer.stride, "dilation": layer.dilation}
        | {"jump": after.jump, "size": after.size}
        for i, (what, layer, before, after) in enumerate(zip(kinds, layers, fields, fields[1:], strict=False), 1)
    ]

    def field(**change):
        return shapes.receptive_field([layer._replace(**change) for layer in layers]).size

    # Each stride counts one layer too early.
    early = [
        layer._replace(stride=behind.stride)
        for layer, behind in zip([shapes.Layer(1), *layers], [*layers, shapes.Layer(1)], strict=True)
    ]
    spans = [shapes.Layer(layer.dilation * layer.kernel_size, layer.stride) for layer in layers]
    answer = field()
    mistakes = {
        "stride-too-early": shapes.receptive_field(early).size,
        "strides-forgotten": field(stride=1),
        "dilation-forgotten": field(dilation=1),
        "span-product": shapes.receptive_field(spans).size,
        "kernels-added": sum(layer.kernel_size for layer in layers),
        "input-cell-forgotten": answer - 1,
        "last-layer-field": shapes.kernel_span(layers[-1].kernel_size, layers[-1].dilation),
    }
    variant = ["plain", "strided", "dilated"][level - 1]
    return Drawn(variant, {"layers": entries}, answer, mistakes)
