"""The check of the simple CNN of exercise 3. Importing this module imports Keras."""

import itertools
from collections.abc import Iterator

import keras

from cnnbook.handin.configurations import opened

# What the simple CNN does, in order, and where each step belongs; an activation is a step, wherever it is written.
STEPS = {
    "Conv2D": "The network begins with its one convolution.",
    "ReLU": "The activation comes after the convolution and before the pooling.",
    "MaxPooling2D": "MaxPooling2D(2) comes after the ReLU and gives (16, 16, 32).",
    "Flatten": "The dense layer needs a row of 8,192 numbers.",
    "Dense": "One dense layer of ten units gives the scores.",
    "Softmax": "Write activation='softmax' into the last layer.",
}
# Of a layer an option and its right values, of which the first is suggested.
OPTIONS = (
    ("Conv2D", "filters", [32]),
    ("Conv2D", "strides", [(1, 1)]),
    ("Conv2D", "padding", ["same"]),
    ("Conv2D", "dilation_rate", [(1, 1)]),
    ("Conv2D", "kernel_size", [(3, 3), *itertools.product(range(2, 8), repeat=2)]),
    ("MaxPooling2D", "pool_size", [(2, 2)]),
    ("MaxPooling2D", "strides", [(2, 2)]),
    ("Dense", "units", [10]),
)
_ACTIVATIONS = {"relu": "ReLU", "softmax": "Softmax", "softmax_v2": "Softmax"}  # the last is TensorFlow's own


def simple_cnn(model) -> str | None:
    """Give a hint if a model is not the simple CNN, else None. It may scale its input first."""
    if not isinstance(model, keras.Model):
        return "Give your model."
    shapes = [tuple(tensor.shape[1:]) for tensor in getattr(model, "inputs", None) or ()]
    if shapes != [(32, 32, 3)]:
        return (
            f"Expected one input of shape (32, 32, 3), got {shapes}. Begin a keras.Sequential with "
            "keras.Input((32, 32, 3)), or build a keras.Model from its input and its output."
        )
    scales = (keras.layers.Rescaling, keras.layers.Normalization)
    layers = list(itertools.dropwhile(lambda layer: isinstance(layer, scales), opened(model)))
    steps = [step for layer in layers for step in _steps(layer)]
    for number, (step, expected) in enumerate(itertools.zip_longest(steps, STEPS), start=1):
        if expected is None:
            return f"Your model goes on with {step}; it must end with the softmax of the ten scores."
        if step != expected:
            return f"Step {number} is {step or 'missing'}; {expected} is expected. {STEPS[expected]}"
    by_kind = {_kind(layer): layer for layer in layers}
    for kind, option, expected in OPTIONS:
        if (value := getattr(by_kind[kind], option)) not in expected:
            return f"{kind} has {option}={value}; expected {expected[0]}."
    return None


def _steps(layer: keras.Layer) -> Iterator[str]:
    """Give what a layer does: its kind, then its activation."""
    if not isinstance(layer, keras.layers.Activation):
        yield _kind(layer)
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.layers.Layer):
        yield from _steps(activation)
    elif activation is not None and activation is not keras.activations.linear:
        name = getattr(activation, "__name__", "an activation")
        yield _ACTIVATIONS.get(name, name)


def _kind(layer: keras.Layer) -> str:
    """Name the class of a layer; of a class of the student's own, the step that it extends."""
    names = [kind.__name__ for kind in type(layer).__mro__]
    return next((name for name in names if name in STEPS), names[0])
