"""What makes two models the same network: all that their layers were built with, except names and seeds."""

import json

from cnnbook.handin.networks import opened

# Names are given by Keras in the order of building, seeds are what runs of one network differ in.
_LEFT_OUT = ("name", "seed", "shared_object_id", "build_config")


def configuration(model):
    """A text that is equal for two models exactly if they are the same network.

    Models inside a model are opened. Of a layer whose class cannot say what it was built with, it is the class.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    str
        JSON: the ``input`` shapes, the ``layers`` as pairs (class, options), and their ``links``, where a layer takes
        something else than what the layer before it gives.
    """
    layers = list(opened(model))
    inputs = [list(tensor.shape[1:]) for tensor in getattr(model, "inputs", None) or ()]
    made = {"input": inputs, "layers": [_options(layer) for layer in layers], "links": _links(layers)}
    return json.dumps(made, sort_keys=True, default=repr)


def unlike(given, first):
    """Say in words how one configuration differs from another.

    Parameters
    ----------
    given, first : str
        Of `configuration`, not the same.

    Returns
    -------
    str

    Examples
    --------
    >>> layer = '{"input": [], "layers": [["Conv2D", {"padding": "same", "activation": "%s"}]], "links": []}'
    >>> unlike(layer % "tanh", layer % "relu")
    'Conv2D with activation=tanh'
    """
    given, first = json.loads(given), json.loads(first)
    kinds = [kind for kind, _ in given["layers"]]
    if kinds != [kind for kind, _ in first["layers"]]:
        return f"made of {', '.join(kinds)}"
    parts = []
    for number, (kind, options) in enumerate(given["layers"]):
        other = first["layers"][number][1]
        changed = [f"{name}={_value(value)}" for name, value in options.items() if value != other.get(name)]
        if changed:
            which = f"{kind} {kinds[: number + 1].count(kind)}" if kinds.count(kind) > 1 else kind
            parts.append(f"{which} with {', '.join(changed)}")
    if given["input"] != first["input"]:
        parts.append(f"input {_value(given['input'])}")
    if given["links"] != first["links"]:
        parts.append("layers linked otherwise")
    return "; ".join(parts)


def _options(layer):
    import keras

    kind = type(layer).__name__
    try:
        made = keras.saving.serialize_keras_object(layer)["config"]
    except (NotImplementedError, TypeError, ValueError):  # a class of the student's own without get_config
        return [kind, {}]
    return [kind, _without_names(made)]


def _without_names(value):
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":  # here the name is what it is
            return value["config"]["name"]
        return {name: _without_names(inner) for name, inner in value.items() if name not in _LEFT_OUT}
    return [_without_names(inner) for inner in value] if isinstance(value, list | tuple) else value


def _links(layers):
    """For each layer that does not take what the one before it gives: its place, and those of the layers it takes from.

    Places that are not in the list, such as the model's input, are left out.
    """
    import keras

    try:
        given = [[id(tensor) for tensor in keras.tree.flatten(layer.output)] for layer in layers]
        taken = [[id(tensor) for tensor in keras.tree.flatten(layer.input)] for layer in layers]
    except AttributeError:  # layers that are called out of sight
        return []
    places = {tensor: place for place, tensors in enumerate(given) for tensor in tensors}
    known = [[places[tensor] for tensor in tensors if tensor in places] for tensors in taken]
    return [[place, *sources] for place, sources in enumerate(known) if sources and sources != [place - 1]]


def _value(value):
    if isinstance(value, dict) and value.get("class_name") == "__lambda__":
        return "another lambda"  # what is kept of it is bytecode
    if isinstance(value, dict) and "class_name" in value:
        inside = ", ".join(f"{name}={_value(inner)}" for name, inner in value.get("config", {}).items())
        return f"{value['class_name']}({inside})"
    return ", ".join(map(_value, value)).join("()") if isinstance(value, list) else str(value)
