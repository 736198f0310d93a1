"""What makes two models the same network: the configurations of their layers, except names and seeds.

Importing this module imports Keras.
"""

import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple

import keras

from cnnbook import architecture

# Keras gives names in the order of building, and runs of one network differ in their seeds.
_IGNORED = ("name", "seed", "shared_object_id", "build_config")


def opened(model: keras.Model) -> Iterator[keras.Layer]:
    """Give the layers of a model in their order, without inputs; of a model inside it, its layers."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from opened(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def notation(model: keras.Model) -> str:
    """Write a model in the practical's notation; layers that it has no word for appear by the name of their class."""
    parts: list[str] = []
    for layer in opened(model):
        try:
            parts += architecture.describe(SimpleNamespace(layers=[layer]))
        except ValueError:  # a layer that the notation does not know
            parts.append(type(layer).__name__.upper())
    return " ; ".join(f"Layer {number} : {part}" for number, part in enumerate(parts, start=1))


class Configuration(NamedTuple):
    """All that makes up a network: the classes of its layers, and every option and connection as text."""

    kinds: tuple[str, ...]
    options: tuple[str, ...]


def configuration(model: keras.Model) -> Configuration:
    """Read the configuration of a model; a layer whose class has no ``get_config`` is known by its class alone."""
    kinds: list[str] = []
    options = [f"input {tuple(tensor.shape[1:])}" for tensor in getattr(model, "inputs", None) or ()]
    for layer in opened(model):
        kinds.append(type(layer).__name__)
        try:
            config = keras.saving.serialize_keras_object(layer)["config"]
        except (NotImplementedError, TypeError, ValueError):  # a class of the student's own without get_config
            continue
        options += [f"{kinds[-1]} {kinds.count(kinds[-1])} with {option}" for option in _options(config)]
    return Configuration(tuple(kinds), (*options, *_links(list(opened(model)))))


def difference(network: Configuration, first: Configuration) -> str:
    """Say in words how a network differs from another.

    >>> relu, tanh = (Configuration(("Conv2D",), (f"Conv2D 1 with activation={name}",)) for name in ("relu", "tanh"))
    >>> difference(tanh, relu)
    'Conv2D 1 with activation=tanh'
    """
    if network.kinds != first.kinds:
        return f"made of {', '.join(network.kinds)}"
    return "; ".join(option for option in network.options if option not in first.options) or "connected differently"


def _options(config: dict) -> list[str]:
    return [f"{name}={_text(value)}" for name, value in config.items() if name not in _IGNORED]


def _text(value) -> str:
    """Write an option as text; an object that Keras serialised as ``Class(option=value)``."""
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_text, value))})"
    if not isinstance(value, dict):
        return str(value)
    kind, config = value.get("class_name"), value.get("config", value)
    if kind == "DTypePolicy":
        return config["name"]  # here the name says what it is
    if kind == "__lambda__":
        return f"lambda {zlib.crc32(repr(config).encode()):08x}"  # Keras keeps its bytecode
    return f"{kind}({', '.join(_options(config))})" if isinstance(config, dict) else str(config)


def _links(layers: list[keras.Layer]) -> list[str]:
    """List the layers that take their input from others than the layer before."""
    sources: dict[int, int] = {}  # the number of the layer that made a tensor, by the tensor's id
    links = []
    try:
        for number, layer in enumerate(layers, start=1):
            numbers = [sources[id(tensor)] for tensor in keras.tree.flatten(layer.input) if id(tensor) in sources]
            if numbers and numbers != [number - 1]:
                links.append(f"layer {number} fed by {numbers}")
            sources |= {id(tensor): number for tensor in keras.tree.flatten(layer.output)}
    except AttributeError:  # layers that a class of the student's own calls out of sight
        return []
    return links
