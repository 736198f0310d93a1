"""The architecture of a Keras model, read from its layers: the practical's notation, multiply-adds, receptive fields.

The counts come from `cnnbook.shapes`, so what a page says about a network is arithmetic and not what Keras prints.
"""

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
_POOLING = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)

# Layers whose cells depend on the cell in the same place alone, and multiply nothing that is counted.
_CELL_BY_CELL = (
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.BatchNormalization,
    keras.layers.ReLU,
    keras.layers.Dropout,
    keras.layers.Add,
)
_NO_PRODUCTS = (*_CELL_BY_CELL, *_POOLING, *_SILENT, keras.layers.GlobalAveragePooling2D, keras.layers.Reshape)


class Field(NamedTuple):
    """The part of the image that one cell of a layer can see, in pixels along one side.

    The numbers are those of `cnnbook.shapes.ReceptiveField`: cell `i` sees nothing outside of the `size` pixels that
    begin at ``start + i * jump``. Where paths of different length meet, it is what all of them see together.
    """

    size: int
    jump: int
    start: int


def describe(model):
    """Describe the layers of a model in the notation of the practical's table 1.

    Taught on the page *Build deeper CNNs*.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    list of str
        One for each layer that has a shape or a rate. D is the number of filters or units, w and h are the kernel's
        width and height, S is the stride, P the padding. ReLU, scaling and flattening are left out.

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
    return [_words(layer) for layer in model.layers if not isinstance(layer, _SILENT)]


def _words(layer):
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
    raise _unknown(layer)


def _unknown(layer):
    return ValueError(
        f"the layer {layer.name!r} is a {type(layer).__name__}, which cnnbook.architecture does not know; add it there"
    )


def _window(size, strides):
    height, width = size
    sides = f"w=h={height}" if height == width else f"w={width}, h={height}"
    steps = f"S={strides[0]}" if strides[0] == strides[1] else f"S={tuple(strides)}"
    return f"{sides}, {steps}"


def multiply_adds(model):
    """Count the multiplications of a model on one image, each with its addition.

    Convolutions and dense layers count; batch normalisation, pooling and biases are left out, as is usual. Taught on
    the page *Build deeper CNNs*.

    Raises
    ------
    ValueError
        If the model has a layer of another kind.

    Examples
    --------
    >>> from cnnbook import models
    >>> multiply_adds(models.simple_cnn())
    966656
    """
    return sum(layer_multiply_adds(layer) for layer in model.layers)


def layer_multiply_adds(layer):
    """Count the multiplications of one layer on one image: 0 unless it is a convolution or a dense layer."""
    match layer:
        case keras.layers.Conv2D():
            size = layer.output.shape[1:3]
            channels_in = layer.input.shape[-1]
            return shapes.conv_multiply_adds(layer.kernel_size, channels_in, layer.filters, size, groups=layer.groups)
        case keras.layers.Dense():
            return shapes.dense_multiply_adds(layer.input.shape[-1], layer.units)
    if isinstance(layer, _NO_PRODUCTS):
        return 0
    raise _unknown(layer)


def receptive_fields(model):
    """Give the receptive field of each layer with height and width, along one side of a square image.

    Taught on the page *See what a layer sees*.

    Parameters
    ----------
    model : keras.Model
        Its input is (batch, height, width, channels), with the same height and width.

    Returns
    -------
    dict of str to Field
        By the layer's name, from the input to the output. Flattened and dense layers see everything and are left out.

    Raises
    ------
    ValueError
        If a layer treats height and width differently, or is of a kind that is not known here.

    Examples
    --------
    >>> from cnnbook import models
    >>> receptive_fields(models.simple_cnn())["pool"]
    Field(size=4, jump=2, start=-1)
    """
    behind, named = {id(tensor): Field(size=1, jump=1, start=0) for tensor in model.inputs}, {}  # by tensor, by layer
    for layer in model.layers:
        if len(layer.output.shape) != 4 or isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        field = _through(layer, _together([behind[id(tensor)] for tensor in inputs]))
        behind[id(layer.output)] = named[layer.name] = field
    return named


def _together(fields):
    """Give the field of several paths with the same jump: all that they see together."""
    start = min(field.start for field in fields)
    return Field(max(field.start + field.size for field in fields) - start, fields[0].jump, start)


def _through(layer, field):
    """Give the field after a layer whose input has `field`."""
    if isinstance(layer, keras.layers.Conv2D):
        kernel_size, dilation = layer.kernel_size, layer.dilation_rate
    elif isinstance(layer, _POOLING):
        kernel_size, dilation = layer.pool_size, (1, 1)
    elif isinstance(layer, _CELL_BY_CELL):
        return field
    else:
        raise _unknown(layer)
    axes = set(zip(kernel_size, layer.strides, dilation, layer.input.shape[1:3], strict=True))
    if len(axes) > 1:
        raise ValueError(
            f"the layer {layer.name!r} treats height and width differently (kernel_size, stride, dilation and size are "
            f"{sorted(axes)}); make it square"
        )
    kernel_size, stride, dilation, n = axes.pop()
    size, jump, start = shapes.receptive_field([shapes.Layer(kernel_size, stride, dilation, layer.padding)], n)
    return Field(field.size + (size - 1) * field.jump, field.jump * jump, field.start + start * field.jump)
