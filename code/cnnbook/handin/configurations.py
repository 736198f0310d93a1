"""What makes two models the same network: the configurations of their layers, except names and seeds.

Importing this module imports Keras.
"""

import itertools
import textwrap
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import keras

from cnnbook import architecture, models

# Keras gives names in the order of building, and runs of one network differ in their seeds.
_IGNORED = ("name", "seed", "shared_object_id", "build_config")
_LONGEST_OPTION = 80  # letters; Keras writes a function of the student's own as its bytecode

# The simple CNN: what may stand before or between its layers, what is compared of them, and its kernels' sides.
_SCALING = (keras.layers.Rescaling, keras.layers.Normalization)
_COMPARED = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "pool_size", "units", "data_format")
_SMALL = range(2, 8)
_ACTIVATIONS = {"relu": "ReLU", "softmax": "Softmax", "softmax_v2": "Softmax"}  # the last is TensorFlow's own


def opened(model: keras.Model) -> Iterator[keras.Layer]:
    """Give the layers of a model in their order, without inputs; of a model inside it, its layers."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from opened(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def inputs(model: keras.Model) -> list[str]:
    """Write the inputs of a model as in its program; none where Keras has not seen them."""
    return [f"keras.Input({tuple(tensor.shape[1:])})" for tensor in getattr(model, "inputs", None) or ()]


def notation(model: keras.Model) -> str:
    """Write a model in the practical's notation; layers that it has no word for appear by the name of their class."""
    layers = SimpleNamespace(layers=list(opened(model)))
    parts = architecture.describe(layers, unknown=lambda layer: type(layer).__name__.upper())
    return " ; ".join(f"Layer {number} : {part}" for number, part in enumerate(parts, start=1))


class Configuration(NamedTuple):
    """All that makes up a network: the classes of its layers, and every option as text."""

    kinds: tuple[str, ...]
    options: tuple[str, ...]


def configuration(model: keras.Model) -> Configuration:
    """Read the configuration of a model; a layer whose class has no ``get_config`` is known by its class alone."""
    kinds: list[str] = []
    options = inputs(model)
    labels: dict[int, str] = {}
    for layer in opened(model):
        kinds.append(type(layer).__name__)
        labels[id(layer)] = f"{kinds[-1]} {kinds.count(kinds[-1])}"
        options += [f"{labels[id(layer)]} with {option}" for option in _built_with(layer)]
    return Configuration(tuple(kinds), (*options, *_wiring(model, labels)))


def _built_with(layer: keras.Operation) -> list[str]:
    try:
        return _options(keras.saving.serialize_keras_object(layer)["config"])
    except (NotImplementedError, TypeError, ValueError):  # a class of the student's own without get_config
        return []


def _wiring(model: keras.Model, labels: dict[int, str]) -> Iterator[str]:
    """Say what each call of a layer or an operation works on, as ``step 3 is Add 1 on step 2 and input 1``.

    Of a model that is a class of the student's own Keras does not know it.
    """
    if not (architecture.can_be_followed(model) and inputs(model)):
        return
    sources = {id(tensor): f"input {number}" for number, tensor in enumerate(model.inputs, start=1)}
    calls = [call for call in architecture.trace(model) if not architecture.can_be_followed(call.layer)]
    for step, call in enumerate(calls, start=1):
        label = labels.get(id(call.layer)) or " ".join([type(call.layer).__name__, *_built_with(call.layer)])
        constants = [_text(constant) for constant in call.constants if constant is not None]
        yield f"step {step} is {label} on {' and '.join([*(sources[id(x)] for x in call.inputs), *constants])}"
        for place, tensor in enumerate(call.outputs, start=1):
            sources[id(tensor)] = f"step {step}" + f", output {place}" * (len(call.outputs) > 1)


def unlike(network: Configuration, first: Configuration) -> str:
    """Say in words how a network differs from another.

    >>> relu, tanh = (Configuration(("Conv2D",), (f"Conv2D 1 with activation={name}",)) for name in ("relu", "tanh"))
    >>> unlike(tanh, relu)
    'Conv2D 1 with activation=tanh'
    """
    if network.kinds != first.kinds:
        return f"made of {', '.join(network.kinds)}"
    options = [option for option in network.options if option not in first.options]
    if not options:
        options = [f"without {option}" for option in first.options if option not in network.options]
    return "; ".join(textwrap.shorten(option, _LONGEST_OPTION, placeholder="…") for option in options)


def _options(config: dict) -> list[str]:
    return [f"{name}={_text(value)}" for name, value in config.items() if name not in _IGNORED]


def _text(value: Any) -> str:
    """Write an option as text; an object that Keras serialised as ``Class(option=value)``."""
    match value:
        case {"class_name": "DTypePolicy", "config": config}:
            return config["name"]  # here the name says what it is
        case {"class_name": kind, "config": dict(config)}:
            return f"{kind}({', '.join(_options(config))})"
    return str(value)


def unlike_simple_cnn(model) -> str:
    """Name the first difference from `cnnbook.models.simple_cnn`; empty if there is none that matters.

    Scaling of the input, the place where an activation is written, initializers and regularizers do not count.
    """
    if not isinstance(model, keras.Model):
        return "Give your model, as Keras built it."
    steps, expected_steps = list(_steps(model)), list(_steps(models.simple_cnn()))
    end: tuple[str, dict[str, Any]] = ("nothing", {})
    pairs = enumerate(itertools.zip_longest(steps, expected_steps, fillvalue=end), start=1)
    for number, ((kind, options), (expected_kind, expected_options)) in pairs:
        if kind != expected_kind:
            order = ", ".join(kind for kind, _ in expected_steps)
            return f"Step {number} is {kind}; expected {expected_kind}. The steps are {order}."
        for option, expected in expected_options.items():
            is_small = option == "kernel_size" and all(side in _SMALL for side in options[option])
            if options[option] != expected and not is_small:
                return f"{kind} has {option}={options[option]}; expected {expected}."
    return ""


def _steps(model: keras.Model) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what a model does, with the options that are compared; an activation is a step of its own."""
    yield from ((text, {}) for text in inputs(model))
    for layer in opened(model):
        if not isinstance(layer, (*_SCALING, keras.layers.Activation)):
            yield type(layer).__name__, {name: getattr(layer, name) for name in _COMPARED if hasattr(layer, name)}
        activation = getattr(layer, "activation", keras.activations.linear)
        if activation is not keras.activations.linear:
            name = getattr(activation, "__name__", type(activation).__name__)
            yield _ACTIVATIONS.get(name, name), {}
