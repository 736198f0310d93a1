"""The exercise `count_parameters`: cases, usual mistakes, hints. The oracle is `cnnbook.shapes`.

The cases are Keras models. Keras is imported when they are built, on the first call of the checker.
"""

import dis
import functools
import math
from types import CodeType

from cnnbook import shapes
from cnnbook.checkers.exercise import Case, Exercise, Failure, Mistake


def _layers_with_weights(model):
    """Give (kernel, channels or units in, filters or units, use_bias) a layer; a dense layer has the kernel ()."""
    found = []
    for layer in model.layers:
        if type(layer).__name__ == "Conv2D":
            found.append((tuple(layer.kernel_size), layer.input.shape[-1], layer.filters, layer.use_bias))
        elif type(layer).__name__ == "Dense":
            found.append(((), layer.input.shape[-1], layer.units, layer.use_bias))
    return found


def _parameters(model):
    return sum(
        shapes.conv_parameters(kernel, depth, filters, bias=bias)
        if kernel
        else shapes.dense_parameters(depth, filters, bias=bias)
        for kernel, depth, filters, bias in _layers_with_weights(model)
    )


def _summed(count):
    """A count of a model from one of a layer, `count(kernel, depth, filters, bias)`."""
    return lambda model: sum(count(*layer) for layer in _layers_with_weights(model))


def _channels_of_the_image(model):
    return sum(
        (math.prod(kernel) * (model.inputs[0].shape[-1] if kernel else depth) + bias) * filters
        for kernel, depth, filters, bias in _layers_with_weights(model)
    )


def _with_the_image(model):
    """A weight for each cell of the input, in convolutions too."""
    total = 0
    for layer in model.layers:
        if type(layer).__name__ in ("Conv2D", "Dense"):
            units = layer.filters if type(layer).__name__ == "Conv2D" else layer.units
            total += (math.prod(layer.input.shape[1:]) + layer.use_bias) * units
    return total


_COUNT_MISTAKES = (
    Mistake(
        "bias forgotten",
        _summed(lambda kernel, depth, filters, bias: math.prod(kernel) * depth * filters),
        "You forgot the biases: one for each filter, and one for each unit of a dense layer.",
    ),
    Mistake(
        "one bias a layer",
        _summed(lambda kernel, depth, filters, bias: math.prod(kernel) * depth * filters + bias),
        "You counted one bias for a whole layer. Each filter and each unit has its own.",
    ),
    Mistake(
        "one channel only",
        _summed(lambda kernel, depth, filters, bias: (math.prod(kernel) * (1 if kernel else depth) + bias) * filters),
        "You counted one channel. A filter is as deep as its input.",
    ),
    Mistake(
        "bias once per channel",
        _summed(
            lambda kernel, depth, filters, bias: (
                (math.prod(kernel) + bias) * depth * filters if kernel else (depth + bias) * filters
            )
        ),
        "You counted a bias for each channel of a filter. A filter has one bias, however deep it is.",
    ),
    Mistake(
        "image counted",
        _with_the_image,
        "You counted a weight for each cell of the image. A filter slides: it has the weights of its kernel, wherever "
        "it stands.",
    ),
    Mistake(
        "square kernel",
        _summed(
            lambda kernel, depth, filters, bias: ((kernel[0] ** 2 if kernel else 1) * depth + bias) * filters,
        ),
        "You squared one side of the kernel. Height and width may differ: kernel_size has both.",
    ),
    Mistake(
        "sides of the kernel added up",
        _summed(lambda kernel, depth, filters, bias: ((sum(kernel) if kernel else 1) * depth + bias) * filters),
        "You added height and width of the kernel. It has height * width cells.",
    ),
    Mistake(
        "dense layers left out",
        _summed(lambda kernel, depth, filters, bias: (math.prod(kernel) * depth + bias) * filters if kernel else 0),
        "You counted the convolutions only. A dense layer has a weight for each pair of an input and a unit.",
    ),
    Mistake(
        "use_bias ignored",
        _summed(lambda kernel, depth, filters, bias: (math.prod(kernel) * depth + 1) * filters),
        "One layer was built with use_bias=False. It has no biases; layer.use_bias says so.",
    ),
    Mistake(
        "channels of the image",
        _channels_of_the_image,
        "You took the channels of the image for every convolution. A later one is as deep as the layer before it "
        "has filters.",
    ),
    Mistake(
        "last layer only",
        lambda model: ([0] + [(math.prod(k) * d + b) * f for k, d, f, b in _layers_with_weights(model)])[-1],
        "You counted one layer only. Add up all of them; is your `return` inside the loop?",
    ),
    Mistake(
        "first layer only",
        lambda model: ([(math.prod(k) * d + b) * f for k, d, f, b in _layers_with_weights(model)] + [0])[0],
        "You counted the first layer only. Is your `return` inside the loop?",
    ),
)

_ASKED = {
    "_kernel",
    "bias",
    "count_params",
    "get_weights",
    "kernel",
    "non_trainable_variables",
    "non_trainable_weights",
    "summary",
    "trainable_variables",
    "trainable_weights",
    "variables",
    "weights",
}


_LOOKS_UP = ("LOAD_ATTR", "LOAD_METHOD")


def _attributes(code):
    """The names of all attributes that a code object and those inside it, as of a comprehension, look up."""
    own = {step.argval for step in dis.get_instructions(code) if step.opname in _LOOKS_UP}
    return own.union(*(_attributes(constant) for constant in code.co_consts if isinstance(constant, CodeType)))


def _asks_keras(exercise, function, seconds):
    """Find attributes in the function that leave the counting to Keras."""
    code = getattr(function, "__code__", None)
    asked = sorted(_ASKED & _attributes(code)) if code else []
    if not asked:
        return None
    return Failure(
        "rule",
        f"the numbers are right, but they are Keras': the function uses {', '.join(asked)}.",
        "Count by hand, from layer.kernel_size, layer.filters, layer.units, layer.use_bias and layer.input.shape.",
    )


def _model(input_shape, *layers, nudge):
    """A case with a small model; each layer is its name in ``keras.layers``, its arguments, and its options."""
    import keras

    built, text = [keras.Input(input_shape)], [f"Input({input_shape})"]
    for name, *arguments in layers:
        options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
        built.append(getattr(keras.layers, name)(*arguments, **options))
        inside = [repr(argument) for argument in arguments] + [f"{key}={value!r}" for key, value in options.items()]
        text.append(f"{name}({', '.join(inside)})")
    model = keras.Sequential(built)
    return Case((model,), nudge=nudge, text=f"count_parameters(model) for Sequential([{', '.join(text)}])")


@functools.cache
def count_parameters_exercise():
    """Build the exercise on the first call: its cases are Keras models, and importing Keras takes seconds."""
    return Exercise(
        signature="count_parameters(model)",
        oracle=_parameters,
        cases=(
            _model(
                (8, 8, 1), ("Conv2D", 4, 3), nudge="One channel, four filters of 3x3. How many numbers has a filter?"
            ),
            _model((32, 32, 3), ("Conv2D", 32, 3), nudge="Three channels now. layer.input.shape[-1] is their number."),
            _model(
                (8, 8, 2), ("Conv2D", 4, (3, 5)), nudge="A kernel that is no square. layer.kernel_size has two numbers."
            ),
            _model((12,), ("Dense", 10), nudge="A dense layer. layer.units is the number of its units."),
            _model(
                (8, 8, 3),
                ("Conv2D", 4, 3, {"padding": "same"}),
                ("ReLU",),
                ("MaxPooling2D", 2),
                ("Flatten",),
                ("Dense", 10),
                nudge="Several layers: add up. Those that have no weights count 0.",
            ),
            _model(
                (8, 8, 3),
                ("Conv2D", 4, 3, {"use_bias": False}),
                ("Conv2D", 5, 2),
                nudge="The first layer is built without biases; the second sees the four maps of the first.",
            ),
            _model(
                (12,),
                ("Dense", 7, {"use_bias": False}),
                ("Dropout", 0.5),
                ("Dense", 3),
                nudge="Dense layers may be without biases, too.",
            ),
            _model(
                (16, 16, 3),
                ("Conv2D", 8, 5, {"strides": 2}),
                ("Conv2D", 16, (1, 3), {"dilation_rate": 2}),
                ("AveragePooling2D", 2),
                ("Flatten",),
                ("Dropout", 0.5),
                ("Dense", 20),
                ("Dense", 10),
                nudge="Strides and dilation change the size of the maps. Do they change the filters?",
            ),
        ),
        mistakes=_COUNT_MISTAKES,
        second="Count one layer at a time by hand, print what your function adds for it, and compare.",
        third="A convolution has (height * width * channels_in + 1) * filters, a dense layer (units_in + 1) * units; "
        'without the + 1 where use_bias is False. The page "Count parameters and multiply-adds" derives both.',
        rule=_asks_keras,
    )
