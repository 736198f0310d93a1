"""Keras models for the engine that runs networks in a browser, ``book/assets/scripts/engine``.

A model becomes a description, plain JSON, and one row of weights.
"""

from typing import Any

import keras
import numpy as np

from cnnbook.architecture import Call, trace

# The arguments that count, of each type of layer that the engine knows; all have an `activation` of their own or none.
_SETTINGS = {
    keras.layers.Conv2D: ("filters", "kernel_size", "strides", "padding", "dilation_rate", "use_bias", "activation"),
    keras.layers.Dense: ("units", "use_bias", "activation"),
    keras.layers.BatchNormalization: ("epsilon", "momentum", "scale"),
    keras.layers.MaxPooling2D: ("pool_size", "strides", "padding"),
    keras.layers.AveragePooling2D: ("pool_size", "strides", "padding"),
    keras.layers.GlobalAveragePooling2D: (),
    keras.layers.GlobalMaxPooling2D: (),
    keras.layers.ReLU: (),
    keras.layers.Softmax: (),
    keras.layers.Activation: ("activation",),
    keras.layers.Add: (),
    keras.layers.Rescaling: ("scale", "offset"),
    keras.layers.Normalization: (),
    keras.layers.Flatten: (),
    keras.layers.Dropout: ("rate",),
}

#: Arguments that the engine supports with one value only.
_FIXED = {"groups": 1, "scale": True, "center": True, "max_value": None, "negative_slope": 0.0, "threshold": 0.0,
          "keepdims": False, "invert": False, "axis": -1, "data_format": "channels_last"}  # fmt: skip

_ACTIVATIONS = ("linear", "relu", "softmax")


def describe(model: keras.Model) -> dict[str, Any]:
    """Describe a model for the engine: its ``input`` and its ``layers``, each with its name, type and settings.

    A layer that takes in anything but the output of the layer before it names its ``inputs``; the image is ``"image"``.

    Raises
    ------
    ValueError
        If the model has a layer, or an argument of one, that the engine does not know.

    Examples
    --------
    >>> from cnnbook import models
    >>> describe(models.simple_cnn())["layers"][3]
    {'name': 'pool', 'type': 'MaxPooling2D', 'pool_size': (2, 2), 'strides': (2, 2), 'padding': 'valid'}
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"the model has {len(model.inputs)} inputs and {len(model.outputs)} outputs; the engine takes one of each"
        )
    sources = {id(model.inputs[0]): "image"}
    layers: list[dict[str, Any]] = []
    for call in trace(model):
        layer = {"name": call.name, "type": type(call.layer).__name__} | _settings(call)
        inputs = [sources[id(tensor)] for tensor in call.inputs]
        if inputs != [layers[-1]["name"] if layers else "image"]:
            layer["inputs"] = inputs
        if call.name in sources.values():
            raise ValueError(f"the layer {call.name!r} is called twice; the engine calls every layer once")
        sources[id(call.outputs[0])] = call.name
        layers.append(layer)
    return {"input": model.inputs[0].shape[1:], "layers": layers}


def describe_inside(model: keras.Model) -> dict[str, Any]:
    """Describe a model for the lab that looks inside: as `describe`, and with what each layer's output and weights are.

    A layer has the ``shape`` of its maps (rows, columns, maps), units as maps of one cell, and its ``weights`` as pairs
    of a name and a count, in their order in `flat_weights`.

    Raises
    ------
    ValueError
        As `describe`.
    """
    description = describe(model)
    for layer, call in zip(description["layers"], trace(model), strict=True):
        shape = call.outputs[0].shape[1:]
        layer["shape"] = shape if len(shape) == 3 else (1, 1, *shape)
        if weights := _weights(call.layer):
            names = [variable.name for variable in call.layer.weights]
            layer["weights"] = [(name, array.size) for name, array in zip(names, weights, strict=True)]
    return description


def flat_weights(model: keras.Model) -> np.ndarray:
    """The weights of a model in one row, float32: layer by layer as `describe` lists them, each as in `get_weights`."""
    arrays = [weights.ravel() for call in trace(model) for weights in _weights(call.layer)]
    return np.concatenate([np.empty(0, "float32"), *arrays]).astype("float32")


def _weights(layer) -> list[np.ndarray]:
    known = (keras.layers.Conv2D, keras.layers.Dense, keras.layers.BatchNormalization)
    return layer.get_weights() if type(layer) in known else []


def _settings(call: Call) -> dict[str, Any]:
    layer = call.layer
    if type(layer) not in _SETTINGS:
        raise ValueError(
            f"the layer {call.name!r} is a {type(layer).__name__}; the engine knows "
            f"{', '.join(known.__name__ for known in _SETTINGS)}"
        )
    config = layer.get_config()
    names = _SETTINGS[type(layer)]
    for name, value in _FIXED.items():
        if name not in names and config.get(name, value) not in (value, [value], (value,)):
            raise ValueError(f"the layer {call.name!r} has {name}={config[name]!r}; the engine supports {value!r} only")
    for name in ("scale", "offset"):
        if name in names and not isinstance(config[name], int | float):
            raise ValueError(
                f"the layer {call.name!r} has {name}={config[name]!r}; the engine supports one for all channels: "
                "use a Normalization layer for one of each channel"
            )
    if config.get("activation", "linear") not in _ACTIVATIONS:
        raise ValueError(
            f"the layer {call.name!r} has the activation {config['activation']!r}; "
            f"the engine knows {', '.join(_ACTIVATIONS)}"
        )
    if isinstance(layer, keras.layers.Normalization):
        return {name: np.ravel(getattr(layer, name)).tolist() for name in ("mean", "variance")}
    return {name: config[name] for name in names}
