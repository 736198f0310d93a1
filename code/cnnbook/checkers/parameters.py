"""The exercise `count_parameters`: cases, usual mistakes, hints. The oracle is `cnnbook.shapes`.

The cases are Keras models. Keras is imported when they are built, on the first call of the checker.
"""

import dis
import functools
import math
from collections.abc import Sequence
from types import CodeType
from typing import NamedTuple

from cnnbook import shapes
from cnnbook.checkers.exercise import Case, Exercise, Function, Wrong
from cnnbook.checkers.report import Failure


class _Layer(NamedTuple):
    """A layer with weights; a dense layer has the kernel size ()."""

    kernel_size: tuple[int, ...]
    depth: int
    filters: int
    bias: bool
    cells: int  # of its whole input


def _layers(model) -> list[_Layer]:
    layers = []
    for layer in model.layers:
        depth, cells = layer.input.shape[-1], math.prod(layer.input.shape[1:])
        if type(layer).__name__ == "Conv2D":
            layers.append(_Layer(tuple(layer.kernel_size), depth, layer.filters, layer.use_bias, cells))
        elif type(layer).__name__ == "Dense":
            layers.append(_Layer((), depth, layer.units, layer.use_bias, cells))
    return layers


def _added(count: Function) -> Function:
    """A count of a model from one of a layer, `count(kernel_size, depth, filters, bias, cells)`."""
    return lambda model: sum(count(*layer) for layer in _layers(model))


def _parameters(kernel_size, depth, filters, bias, cells=0) -> int:
    """Count weights and biases; a dense layer has as many as a convolution with a kernel of one cell."""
    return shapes.conv_parameters(kernel_size or (1,), depth, filters, bias=bias)


def _anywhere(count: Function) -> tuple[Function, ...]:
    """A mistake in the count of all layers, of convolutions only, or of dense layers only."""

    def form(convolutions: bool, dense: bool) -> Function:
        return _added(lambda k, *layer: (count if (convolutions if k else dense) else _parameters)(k, *layer))

    return form(True, True), form(True, False), form(False, True)


def _image_channels(model):
    """Every convolution takes the channels of the image."""
    channels = model.inputs[0].shape[-1]
    layers = (layer._replace(depth=channels) if layer.kernel_size else layer for layer in _layers(model))
    return sum(_parameters(*layer) for layer in layers)


COUNT_PARAMETERS_MISTAKES: dict[str, Wrong] = {
    "bias-forgotten": _anywhere(lambda k, depth, filters, bias, cells: math.prod(k) * depth * filters),
    "one-bias-per-layer": _anywhere(lambda k, depth, filters, bias, cells: math.prod(k) * depth * filters + bias),
    "one-channel": _anywhere(lambda k, depth, filters, bias, cells: _parameters(k, 1 if k else depth, filters, bias)),
    "one-bias-per-channel": (
        _added(lambda k, depth, filters, bias, cells: (math.prod(k) * depth + bias * (depth if k else 1)) * filters),
        _added(lambda k, depth, filters, bias, cells: (math.prod(k) * depth + (depth if k else bias)) * filters),
    ),
    "image-counted": _anywhere(lambda k, depth, filters, bias, cells: (cells + bias) * filters),
    "square-kernel": _anywhere(lambda k, depth, filters, bias, cells: _parameters(k[:1] * 2, depth, filters, bias)),
    "sides-added": _anywhere(lambda k, depth, filters, bias, cells: ((sum(k) if k else 1) * depth + bias) * filters),
    "dense-forgotten": _anywhere(
        lambda k, depth, filters, bias, cells: _parameters(k, depth, filters, bias) if k else 0
    ),
    "use-bias-ignored": _anywhere(lambda k, depth, filters, bias, cells: _parameters(k, depth, filters, True)),
    "image-channels": _image_channels,
    "last-layer-only": lambda model: sum(_parameters(*layer) for layer in _layers(model)[-1:]),
    "first-layer-only": lambda model: sum(_parameters(*layer) for layer in _layers(model)[:1]),
}

# Attributes of layers and models that have the numbers already.
_KERAS_COUNTS = {
    *("count_params", "get_weights", "summary", "weights", "trainable_weights", "non_trainable_weights"),
    *("variables", "trainable_variables", "non_trainable_variables", "kernel", "_kernel", "bias"),
}


def _attributes(code: CodeType) -> set[str]:
    """The names of all attributes that a code object and those inside it, as of a comprehension, look up."""
    own = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_ATTR", "LOAD_METHOD")}
    return own.union(*(_attributes(constant) for constant in code.co_consts if isinstance(constant, CodeType)))


def _counted_by_keras(function: Function, steps: Sequence[int]) -> Failure | None:
    """Find attributes in the function that leave the counting to Keras."""
    code = getattr(function, "__code__", None)
    names = sorted(_KERAS_COUNTS & _attributes(code)) if code else []
    if not names:
        return None
    return Failure(
        "rule",
        f"the numbers are right, but Keras counted them: the function uses {', '.join(names)}.",
        "Count by hand, from layer.kernel_size, layer.filters, layer.units, layer.use_bias and layer.input.shape.",
    )


def _model(layers: str, *, nudge: str) -> Case:
    """A case with a small model, from the source of its layers in ``keras.layers``."""
    import keras

    source = f"Sequential([{layers}])"
    model = eval(source, vars(keras.layers) | {"Sequential": keras.Sequential})
    return Case((model,), {}, nudge, f"count_parameters(model) for {source}")


@functools.cache
def count_parameters_exercise() -> Exercise:
    """Build the exercise on the first call: its cases are Keras models, and importing Keras takes seconds."""
    return Exercise(
        name="count_parameters",
        oracle=_added(_parameters),
        cases=(
            _model(
                "Input((8, 8, 1)), Conv2D(4, 3)",
                nudge="One channel, four filters of 3x3. How many numbers does a filter have?",
            ),
            _model(
                "Input((32, 32, 3)), Conv2D(32, 3)",
                nudge="Three channels now. layer.input.shape[-1] is their number.",
            ),
            _model(
                "Input((8, 8, 2)), Conv2D(4, (3, 5))",
                nudge="A kernel that is not square. layer.kernel_size has two numbers.",
            ),
            _model("Input((12,)), Dense(10)", nudge="A dense layer. layer.units is the number of its units."),
            _model(
                "Input((8, 8, 3)), Conv2D(4, 3, padding='same'), ReLU(), MaxPooling2D(2), Flatten(), Dense(10)",
                nudge="Several layers: add up. Those that have no weights count 0.",
            ),
            _model(
                "Input((8, 8, 3)), Conv2D(4, 3, use_bias=False), Conv2D(5, 2)",
                nudge="The first layer is built without biases; the second sees the four maps of the first.",
            ),
            _model(
                "Input((12,)), Dense(7, use_bias=False), Dropout(0.5), Dense(3)",
                nudge="Dense layers may be without biases, too.",
            ),
            _model(
                "Input((16, 16, 3)), Conv2D(8, 5, strides=2), Conv2D(16, (1, 3), dilation_rate=2), "
                "AveragePooling2D(2), Flatten(), Dropout(0.5), Dense(20), Dense(10)",
                nudge="Strides and dilation change the size of the maps. Do they change the filters?",
            ),
        ),
        mistakes=COUNT_PARAMETERS_MISTAKES,
        second="Count one layer at a time by hand, print what your function adds for it, and compare.",
        third="A convolution has (height * width * channels_in + 1) * filters, a dense layer (units_in + 1) * units; "
        'without the + 1 where use_bias is False. The page "Count parameters and multiply-adds" derives both.',
        rule=_counted_by_keras,
    )
