"""The architecture of a Keras model, read from its layers: the practical's notation, multiply-adds, receptive fields.

The counts come from `cnnbook.shapes`, so what a page says about a network is arithmetic and not what Keras prints.

A model is followed call by call: a layer that is called twice counts twice, and a model inside a model is opened. What
cannot be counted or located is refused, never left out.
"""

import functools
import inspect
import math
from collections.abc import Iterable
from typing import NamedTuple

import keras

from cnnbook import shapes

# Layers without a shape of their own, which a table of architectures leaves out.
_SILENT = (
    keras.layers.InputLayer,
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.Flatten,
    keras.layers.ReLU,
)
_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
_SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
_TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
_POOLING = (
    keras.layers.MaxPooling1D,
    keras.layers.MaxPooling2D,
    keras.layers.MaxPooling3D,
    keras.layers.AveragePooling1D,
    keras.layers.AveragePooling2D,
    keras.layers.AveragePooling3D,
)
_GLOBAL_POOLING = (
    keras.layers.GlobalMaxPooling1D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.GlobalMaxPooling3D,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalAveragePooling3D,
)

# Layers whose cells depend on the cells in the same place alone, and multiply nothing that is counted.
_CELL_BY_CELL = (
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.BatchNormalization,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
    keras.layers.Add,
    keras.layers.Subtract,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Multiply,
    keras.layers.Concatenate,
)
_NO_PRODUCTS = (
    *_CELL_BY_CELL,
    *_POOLING,
    *_GLOBAL_POOLING,
    *_SILENT,
    keras.layers.Reshape,
    keras.layers.Permute,
    keras.layers.Softmax,
    keras.layers.UpSampling1D,
    keras.layers.UpSampling2D,
    keras.layers.UpSampling3D,
)

# The operations behind ``x + y``, ``x / 255`` or ``keras.ops.relu(x)``, by the name of their class.
_CELL_BY_CELL_OPERATIONS = (
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "TrueDivide",
    "Negative",
    "Relu",
    "ReLU",
    "Sigmoid",
    "Tanh",
)
_MOVING_OPERATIONS = ("Concatenate", "Take")  # multiply nothing either


class Field(NamedTuple):
    """The part of the image that one cell of a layer can see, in pixels along one side.

    The numbers are those of `cnnbook.shapes.ReceptiveField`: cell `i` sees nothing outside of the `size` pixels that
    begin at ``start + i * jump``. Where paths of different length meet, it is what all of them see together.
    """

    size: int
    jump: int
    start: int


def describe(model, *, unknown=None):
    """Describe the layers of a model in the notation of the practical's table 1.

    Taught on the page *Build deeper CNNs*.

    Parameters
    ----------
    model : keras.Model
    unknown : callable, optional
        Gives the words for a layer that the notation does not know; without it such a layer is refused.

    Returns
    -------
    list of str
        One for each layer that has a shape or a rate. D is the number of filters or units, w and h are the kernel's
        width and height, S is the stride, P the padding. ReLU, scaling and flattening are left out. ``ADD 5+7`` adds
        what comes from entries 5 and 7 of this list, which count from 1, behind their ReLUs if they have any.

    Raises
    ------
    ValueError
        If the notation has no word for a layer of the model.

    Examples
    --------
    >>> from cnnbook import models
    >>> describe(models.simple_cnn())
    ["CONV D=32, w=h=3, S=1, P='same'", "MAXPOOL w=h=2, S=2, P='valid'", 'DENSE D=10']
    """
    shown = [layer for layer in model.layers if not isinstance(layer, _SILENT)]
    return [_words(layer, unknown) + _summands(layer, shown) for layer in shown]


def _summands(layer, shown) -> str:
    """Number the layers whose outputs an `Add` adds by their places in `shown`; not if one of them is not shown."""
    nodes = layer._inbound_nodes if isinstance(layer, keras.layers.Add) else []
    sources = [_source(tensor) for node in nodes for tensor in node.input_tensors]
    if len(nodes) != 1 or any(source not in shown for source in sources):
        return ""
    return " " + "+".join(str(shown.index(source) + 1) for source in sources)


def _source(tensor):
    """The layer that a tensor comes from, past layers that a table of architectures leaves out."""
    layer, node, _ = tensor._keras_history
    while isinstance(layer, _SILENT) and not isinstance(layer, keras.layers.InputLayer):
        layer, node, _ = layer._inbound_nodes[node].input_tensors[0]._keras_history
    return layer


def _words(layer, unknown):
    match layer:
        case keras.layers.Conv2D():
            return f"CONV D={layer.filters}, {_window(layer.kernel_size, layer.strides)}, P={layer.padding!r}"
        case keras.layers.MaxPooling2D() | keras.layers.AveragePooling2D():
            kind = "MAXPOOL" if isinstance(layer, keras.layers.MaxPooling2D) else "AVGPOOL"
            return f"{kind} {_window(layer.pool_size, layer.strides)}, P={layer.padding!r}"
        case keras.layers.Dense():
            return f"DENSE D={layer.units}"
        case keras.layers.BatchNormalization():
            return "BATCHNORM"
        case keras.layers.Dropout():
            return f"DROPOUT {layer.rate:g}"
        case keras.layers.Add():
            return "ADD"
        case keras.layers.GlobalAveragePooling2D():
            return "GLOBAL AVGPOOL"
    if unknown:
        return unknown(layer)
    raise _unknown(layer)


def _unknown(layer):
    kind = "layer" if isinstance(layer, keras.Layer) else "operation"
    return ValueError(
        f"the {kind} {layer.name!r} is a {type(layer).__name__}, which cnnbook.architecture does not know; "
        "replace it by a layer that the book uses, or count by hand with cnnbook.shapes"
    )


def _window(size, strides):
    height, width = size
    sides = f"w=h={height}" if height == width else f"w={width}, h={height}"
    steps = f"S={strides[0]}" if strides[0] == strides[1] else f"S={tuple(strides)}"
    return f"{sides}, {steps}"


class Block(NamedTuple):
    """The volume behind a layer of `blocks`: its kind, the side of its maps in cells, and their number.

    A sum has the number of blocks before it that its shortcut `spans`, which are those of all paths that it joins.
    """

    kind: str
    side: int
    channels: int
    spans: int = 0


_KINDS = {
    "convolution": _CONVOLUTIONS,
    "pooling": (*_POOLING, *_GLOBAL_POOLING),
    "sum": keras.layers.Add,
    "dense": keras.layers.Dense,
}


def blocks(model: keras.Model) -> list[Block]:
    """The volumes of a network on square images, for a drawing: of its image, convolutions, poolings, sums and units.

    Examples
    --------
    >>> from cnnbook import models
    >>> [tuple(block) for block in blocks(models.simple_cnn())]
    [('image', 32, 3, 0), ('convolution', 32, 32, 0), ('pooling', 16, 32, 0), ('dense', 1, 10, 0)]
    """
    image = model.inputs[0].shape
    volumes = [Block("image", image[1], image[-1])]
    for layer in model.layers:
        for kind, classes in _KINDS.items():
            if isinstance(layer, classes):
                sides = layer.output.shape[1:-1]
                spans = _spanned(layer) if kind == "sum" else 0
                volumes.append(Block(kind, sides[0] if sides else 1, layer.output.shape[-1], spans))
    return volumes


def _spanned(add) -> int:
    """Count the layers with a block of their own on the paths that an `Add` joins, since they parted."""
    paths = [list(_layers_behind(tensor)) for tensor in add._inbound_nodes[0].input_tensors]
    fork = next(layer for layer in paths[0] if all(layer in path for path in paths))
    joined = {id(layer): layer for path in paths for layer in path[: path.index(fork)]}
    kinds = (*_CONVOLUTIONS, *_KINDS["pooling"])
    return sum(isinstance(layer, kinds) for layer in joined.values())


def _layers_behind(tensor):
    """The layers that a tensor comes from, the last one first; past a sum along its first path alone."""
    while True:
        layer, node, _ = tensor._keras_history
        yield layer
        if isinstance(layer, keras.layers.InputLayer):
            return
        tensor = layer._inbound_nodes[node].input_tensors[0]


# The arguments that count, of each type of layer that the lab *Design a network* knows.
_DESIGN = {
    keras.layers.Conv2D: (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "dilation_rate",
        "groups",
        "activation",
        "use_bias",
    ),
    keras.layers.MaxPooling2D: ("pool_size", "strides", "padding"),
    keras.layers.AveragePooling2D: ("pool_size", "strides", "padding"),
    keras.layers.GlobalAveragePooling2D: (),
    keras.layers.GlobalMaxPooling2D: (),
    keras.layers.Flatten: (),
    keras.layers.Dense: ("units", "activation", "use_bias"),
    keras.layers.BatchNormalization: ("center", "scale"),
    keras.layers.Dropout: ("rate",),
    keras.layers.ReLU: (),
    keras.layers.Add: (),
}


def design(model: keras.Model) -> dict:
    """A network in the form of the lab *Design a network*: its ``input`` and its ``layers``, with Keras' arguments.

    Scaling is left out. An `Add` has the ``row`` of the layer whose output it adds to that of the layer before it,
    counted from 0.

    Raises
    ------
    ValueError
        If the lab does not know a layer of the model, or if the layers do not follow one another.

    Examples
    --------
    >>> from cnnbook import models
    >>> network = design(models.simple_cnn())
    >>> network["input"], network["layers"][2:4]
    ((32, 32, 3), [{'type': 'MaxPooling2D'}, {'type': 'Flatten'}])
    """
    shown = [layer for layer in model.layers if not isinstance(layer, _SCALING)]
    rows = []
    for place, layer in enumerate(shown):
        if type(layer) not in _DESIGN:
            raise _unknown(layer)
        row = {"type": type(layer).__name__} | _given(layer)
        tensors = layer._inbound_nodes[0].input_tensors
        sources = [shown.index(source) if (source := _behind_scaling(tensor)) else -1 for tensor in tensors]
        if type(layer) is keras.layers.Add and len(sources) == 2 and place - 1 in sources:
            row["row"] = min(sources)
        elif sources != [place - 1]:
            inputs = ", ".join(repr(shown[source].name) if source >= 0 else "the model's input" for source in sources)
            raise ValueError(
                f"the layer {layer.name!r} takes in {inputs}, not the layer before it alone; pass a model whose layers "
                "follow one another, or join with an Add of the layer before it and one earlier layer"
            )
        rows.append(row)
    return {"input": model.inputs[0].shape[1:], "layers": rows}


_SCALING = (keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Normalization)


def _behind_scaling(tensor):
    """The layer that a tensor comes from, past scaling; None for the model's input."""
    layer, node, _ = tensor._keras_history
    while isinstance(layer, _SCALING):
        if isinstance(layer, keras.layers.InputLayer):
            return None
        layer, node, _ = layer._inbound_nodes[node].input_tensors[0]._keras_history
    return layer


def _given(layer) -> dict:
    """The arguments of a layer that differ from Keras' defaults; those for height and width as one number if equal."""
    config, signature = layer.get_config(), inspect.signature(type(layer)).parameters
    given = {}
    for name in _DESIGN[type(layer)]:
        usual = config["pool_size"] if name == "strides" and "pool_size" in config else signature[name].default
        usual = "linear" if usual is None else usual
        if config[name] != usual:
            value = config[name]
            given[name] = value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
    return given


class Call(NamedTuple):
    """One call of a layer, or of an operation such as ``x + y``, with the symbolic tensors that go in and come out.

    The `name` of a layer inside of a model inside the model is a path, such as ``block/conv``.
    """

    layer: keras.Operation
    name: str
    inputs: list[keras.KerasTensor]
    outputs: list[keras.KerasTensor]
    constants: tuple = ()  # the other arguments, such as the 2 of ``x * 2``


def trace(model: keras.Model) -> list[Call]:
    """List the calls of a model from its inputs to its outputs; a model inside it comes after its own calls.

    Raises
    ------
    ValueError
        If the model is written as a class of its own, or does not know the size of its input.
    """
    if not can_be_followed(model):
        raise ValueError(
            f"expected a keras.Sequential or a keras.Model(inputs, outputs); got {model!r}, whose layers cannot be "
            "followed; write the network as one of the two"
        )
    try:
        inputs = model.inputs
    except (AttributeError, ValueError) as error:  # of a Sequential that has met no input
        raise ValueError(
            f"the model {model.name!r} does not know the size of its input; begin it with keras.Input, such as "
            "keras.Input((32, 32, 3))"
        ) from error
    calls: list[Call] = []
    _follow(model, inputs, "", calls)
    return calls


def can_be_followed(layer) -> bool:
    """Whether the calls of a layer's own layers are known: it is a model, built of calls."""
    # A class of the reader's own may send its input through the layers in another way.
    return isinstance(layer, keras.Sequential | keras.Function) and type(layer).call.__module__.startswith("keras.")


def _follow(model, inputs, path: str, calls: list[Call]):
    """Send symbolic tensors through a model, put each call on the list, and return the outputs."""

    def call(layer, *args, **kwargs):
        inputs = _call_inputs(layer, args, kwargs)
        name = path + layer.name
        if can_be_followed(layer):
            outputs = _follow(layer, inputs, f"{name}/", calls)
        else:
            outputs = layer.compute_output_spec(*args, **kwargs)
        leaves = keras.tree.flatten((args, kwargs))
        constants = tuple(leaf for leaf in leaves if not isinstance(leaf, keras.KerasTensor))
        calls.append(Call(layer, name, inputs, keras.tree.flatten(outputs), constants))
        return outputs

    if isinstance(model, keras.Sequential):
        (x,) = inputs
        for layer in model.layers:
            x = call(layer, x)
        return x
    # What Keras itself follows a model with, in `clone_model` for example. `layer.input` and `layer.output` would not
    # do: they are those of the layer's first call, which may even be one of another model.
    return model._run_through_graph(inputs, operation_fn=lambda layer: functools.partial(call, layer))


def _call_inputs(layer, args, kwargs) -> list[keras.KerasTensor]:
    """The tensors that go into a call; a model that was not built from a dict takes those of a dict by their names."""
    value = args[0] if args else kwargs.get("inputs")
    built_from_dict = isinstance(getattr(layer, "_inputs_struct", None), dict)
    if isinstance(layer, keras.Model) and can_be_followed(layer) and isinstance(value, dict) and not built_from_dict:
        return [value[tensor.name] for tensor in layer.inputs]  # Keras has refused a dict that lacks one
    return [tensor for tensor in keras.tree.flatten((args, kwargs)) if isinstance(tensor, keras.KerasTensor)]


def for_images(model: keras.Model, shape: tuple[int, int, int]) -> keras.Model:
    """A copy of a model, with its weights, for images of one shape (height, width, channels): what is counted needs it.

    Examples
    --------
    >>> from cnnbook import models
    >>> for_images(models.fast_cnn(), (32, 32, 3)).input_shape
    (None, 32, 32, 3)
    """
    copy = keras.models.clone_model(model, input_tensors=keras.Input(shape))
    copy.set_weights(model.get_weights())
    return copy


def multiply_adds(model: keras.Model) -> int:
    """Count the multiplications of a model on one image, each with its addition.

    Convolutions and dense layers count; batch normalisation, pooling and biases are left out, as is usual. A layer that
    is called several times counts as often, a dense layer on a map once for each place, and a transposed convolution
    once for each place of its input. Taught on the page *Build deeper CNNs*.

    Raises
    ------
    ValueError
        If the model has a layer of another kind, leaves a size open, or is written as a class of its own.

    Examples
    --------
    >>> from cnnbook import models
    >>> multiply_adds(models.simple_cnn())
    966656
    """
    return sum(map(_products, trace(model)))


def layer_multiply_adds(layer: keras.Layer) -> int:
    """Count the multiplications of one layer on one image: 0 unless it is a convolution or a dense layer.

    Raises
    ------
    ValueError
        If the layer stands in no model, or is called in several places: then only the whole model tells which calls
        count, and `multiply_adds` counts them. Also where that function raises.
    """
    nodes = [node for node in layer._inbound_nodes if not node.is_input]
    if not nodes and not isinstance(layer, keras.layers.InputLayer):
        raise ValueError(f"the layer {layer.name!r} does not know the size of its input; put it into a model first")
    places = len({(_behind(node), *(tensor._keras_history[2] for tensor in node.input_tensors)) for node in nodes})
    if places > 1:
        raise ValueError(
            f"the layer {layer.name!r} is called in {places} places, and it alone does not say which of them belong to "
            "one network; use multiply_adds with the whole model"
        )
    calls: list[Call] = []
    for node in nodes[-1:]:  # `Sequential.add` calls the layers before it once more, on the same layers
        inputs = _call_inputs(layer, node.arguments.args, node.arguments.kwargs)
        calls.append(Call(layer, layer.name, inputs, node.outputs))
        if can_be_followed(layer):
            _follow(layer, inputs, f"{layer.name}/", calls)
    return sum(map(_products, calls))


def _behind(node) -> frozenset[int]:
    """The operations, by their ids, that lead to a call."""
    operations, waiting = set(), [node]
    while waiting:
        for parent in waiting.pop().parent_nodes:
            if id(parent.operation) not in operations:
                operations.add(id(parent.operation))
                waiting.append(parent)
    return frozenset(operations)


def _products(call: Call) -> int:
    """Count the multiplications of one call on one image."""
    layer = call.layer
    if can_be_followed(layer):
        return 0  # its layers have calls of their own
    if type(layer) is keras.layers.Dense:
        places = _sizes(call, call.outputs[0].shape[1:-1])
        return math.prod(places) * shapes.dense_multiply_adds(call.inputs[0].shape[-1], layer.units)
    if type(layer) in (*_CONVOLUTIONS, *_DEPTHWISE, *_SEPARABLE, *_TRANSPOSED):
        # A transposed convolution scales its kernel by each cell of the input, the others weigh one for each output.
        tensor = call.inputs[0] if type(layer) in _TRANSPOSED else call.outputs[0]
        first = layer.data_format == "channels_first"
        channels = call.inputs[0].shape[1 if first else -1]
        places = _sizes(call, tensor.shape[2:] if first else tensor.shape[1:-1])
        if type(layer) in (*_CONVOLUTIONS, *_TRANSPOSED):
            groups = getattr(layer, "groups", 1)
            return shapes.conv_multiply_adds(layer.kernel_size, channels, layer.filters, places, groups=groups)
        between = channels * layer.depth_multiplier
        depthwise = shapes.conv_multiply_adds(layer.kernel_size, channels, between, places, groups=channels)
        if type(layer) in _DEPTHWISE:
            return depthwise
        return depthwise + shapes.conv_multiply_adds((1,) * len(places), between, layer.filters, places)
    if not (type(layer) in _NO_PRODUCTS or _is_operation(layer, (*_CELL_BY_CELL_OPERATIONS, *_MOVING_OPERATIONS))):
        raise _unknown(layer)
    moves = type(layer) is keras.layers.Concatenate or _is_operation(layer, _MOVING_OPERATIONS)
    if moves and layer.axis in (None, 0, -len(call.inputs[0].shape)):
        raise ValueError(
            f"{layer.name!r} joins or chooses whole images (axis {layer.axis}), so there is no count for one image; "
            "give it another axis"
        )
    return 0


def _is_operation(layer, names: Iterable[str]) -> bool:
    return not isinstance(layer, keras.Layer) and type(layer).__name__ in names


def _sizes(call: Call, sizes: tuple) -> tuple:
    if None in sizes:
        raise ValueError(
            f"the layer {call.name!r} works on a size that is left open ({call.inputs[0].shape} to "
            f"{call.outputs[0].shape}); give keras.Input a whole shape, such as (32, 32, 3)"
        )
    return tuple(sizes)


def receptive_fields(model: keras.Model) -> dict[str, Field]:
    """Give the receptive field of each layer with height and width, along one side of a square image.

    Models along one axis and along three work alike. Taught on the page *See what a layer sees*.

    Parameters
    ----------
    model : keras.Model
        Its input is (batch, height, width, channels), with the same height and width.

    Returns
    -------
    dict of str to Field
        By the layer's name, from the input to the output; a layer in a model in the model is ``model/layer``. A layer
        that is called several times in a row has the field of its last call. Flattened and dense layers see everything
        and are left out; a dense layer on a map works on each place alone, like a 1x1 convolution.

    Raises
    ------
    ValueError
        If a layer treats height and width differently, has its channels first, or is of a kind that is not known here;
        if the paths that meet in a layer come from different inputs or took different steps; if a layer is called in
        several places that see different parts; if the model has no input with height and width.

    Examples
    --------
    >>> from cnnbook import models
    >>> receptive_fields(models.simple_cnn())["pool"]
    Field(size=4, jump=2, start=-1)
    """
    calls = trace(model)
    views = {
        id(tensor): _View(Field(size=1, jump=1, start=0) if len(tensor.shape) > 2 else None, tensor.name)
        for tensor in model.inputs
    }
    if not any(view.field for view in views.values()):
        sizes = ", ".join(str(tensor.shape) for tensor in model.inputs)
        raise ValueError(
            f"the model's input {sizes} has no height and width; give it images, such as (None, 32, 32, 3)"
        )
    named: dict[str, Field | None] = {}
    for call in calls:
        sources = [views[id(tensor)] for tensor in call.inputs]
        behind = frozenset[str]().union(*(source.layers for source in sources))
        if can_be_followed(call.layer):
            outputs = [views[id(tensor)] for tensor in call.outputs]
        else:
            outputs = [_view(call, sources)] * len(call.outputs)
        fields = {view.field for view in outputs}
        field = fields.pop() if len(fields) == 1 else None
        if named.get(call.name, field) != field and call.name not in behind:
            raise ValueError(
                f"the layer {call.name!r} is called in several places, and sees {named[call.name]} in one and {field} "
                "in another; give each place a layer of its own"
            )
        named.pop(call.name, None)  # so that a layer that is called again stands where its last call is
        named[call.name] = field
        for tensor, view in zip(call.outputs, outputs, strict=True):
            views[id(tensor)] = view._replace(layers=view.layers | behind | {call.name})
    return {name: field for name, field in named.items() if field}


class _View(NamedTuple):
    """What a cell of a tensor sees: a `field` in the input called `source`, through `layers`, or the `whole` of it.

    Cells of a flattened map have no field either, but still see a part alone.
    """

    field: Field | None
    source: str
    layers: frozenset[str] = frozenset()
    whole: bool = False


def _view(call: Call, views: list[_View]) -> _View:
    """Give what the cells of a layer see, when those of its inputs see `views`."""
    layer, view = call.layer, views[0]
    fields = [view.field for view in views if view.field]
    if len(fields) < len(views):  # flattened, or seeing the whole
        if fields and len({view.source for view in views}) > 1:
            _together(call, views)  # which refuses them
        whole = any(view.whole for view in views) or isinstance(layer, keras.layers.Dense)
        if not whole and len(call.outputs[0].shape) > 2:
            raise _rearranged(layer)
        return view._replace(field=None, whole=whole)
    slides = type(layer) in (*_CONVOLUTIONS, *_DEPTHWISE, *_SEPARABLE, *_POOLING)
    if (slides or type(layer) in _GLOBAL_POOLING) and layer.data_format == "channels_first":
        raise ValueError(
            f'the layer {call.name!r} takes its channels first (data_format="channels_first"), and receptive fields '
            'are read from models with channels last; build it with data_format="channels_last", and its input as '
            "(height, width, channels)"
        )
    if slides:
        return view._replace(field=_through(call, fields[0]))
    if type(layer) in _GLOBAL_POOLING:
        return view._replace(field=None, whole=True)
    if type(layer) in (keras.layers.Flatten, keras.layers.Reshape, keras.layers.Permute):
        if len(call.outputs[0].shape) > 2:
            raise _rearranged(layer)
        return view._replace(field=None)
    if type(layer) in (keras.layers.Dense, *_CELL_BY_CELL) or _is_operation(layer, _CELL_BY_CELL_OPERATIONS):
        return view._replace(field=_together(call, views))
    if type(layer) in _TRANSPOSED:
        raise ValueError(
            f"the layer {call.name!r} is a {type(layer).__name__}, whose cells see parts of different sizes, so it "
            "has no single field; ask for the part of the model before it"
        )
    raise _unknown(layer)


def _rearranged(layer):
    return ValueError(
        f"the layer {layer.name!r} is a {type(layer).__name__} that gives cells another place, so its field cannot be "
        "read; ask for the part of the model before it, or for the part after it as a model of its own"
    )


def _together(call: Call, views: list[_View]) -> Field:
    """Give the field of several paths with the same jump: all that they see together."""
    fields = [view.field for view in views if view.field]
    sources = sorted({view.source for view in views})
    jumps = sorted({field.jump for field in fields})
    sizes = sorted({tensor.shape[1:-1] for tensor in (*call.inputs, *call.outputs)}, key=str)
    for kind, values in (("inputs", sources), ("strides", jumps), ("sizes", sizes)):
        if len(values) > 1:
            raise ValueError(
                f"in the layer {call.name!r} paths from different {kind} meet ({', '.join(map(str, values))}), so its "
                "cells have no single field; ask for each path as a model of its own"
            )
    start = min(field.start for field in fields)
    return Field(max(field.start + field.size for field in fields) - start, jumps[0], start)


def _through(call: Call, field: Field) -> Field:
    """Give the field after a convolution or pooling whose input has `field`."""
    layer, sizes = call.layer, call.inputs[0].shape[1:-1]
    if type(layer) in _POOLING:
        kernel_size, dilation = layer.pool_size, (1,) * len(sizes)
    else:
        kernel_size, dilation = layer.kernel_size, layer.dilation_rate
    if layer.padding == "same" and max(layer.strides) > 1:
        _sizes(call, sizes)  # the padding depends on them
    axes = set(zip(kernel_size, layer.strides, dilation, sizes, strict=True))
    if len(axes) > 1:
        raise ValueError(
            f"the layer {call.name!r} treats height and width differently (kernel_size, stride, dilation and size are "
            f"{sorted(axes, key=str)}); make it square"
        )
    side, stride, rate, n = axes.pop()
    padding = layer.padding
    if padding == "causal":  # Conv1D alone has it: no cell sees what comes after it
        padding = (shapes.kernel_span(side, rate) - 1, 0)
    size, jump, start = shapes.receptive_field([shapes.Layer(side, stride, rate, padding)], n)
    return Field(field.size + (size - 1) * field.jump, field.jump * jump, field.start + start * field.jump)
