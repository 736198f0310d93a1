"""The checks of what is made of networks: the pictures of exercise 2 and the simple CNN of exercise 3.

Each takes an answer and gives a hint, or None if it is right.
"""

import itertools

import numpy as np

from cnnbook.handin.arithmetic import numbers_in

CLASSES, SIDE, COLOURS = 10, 32, 3

# Whoever cuts off fractions, or rounds, makes 254 or 1 of an end of the scale; floats end a little beside it.
ROUNDING = 1

#: What the simple CNN does, in its order; an activation counts as a step of its own, wherever it is written.
STEPS = ("Conv2D", "ReLU", "MaxPooling2D", "Flatten", "Dense", "softmax")
LARGEST_KERNEL = 7
_ACTIVATIONS = {"relu": "ReLU", "softmax": "softmax", "softmax_v2": "softmax"}  # the last is TensorFlow's own


def weight_pictures(answer):
    """Whether each channel of each picture is stretched over all values of a pixel."""
    shape = (CLASSES, SIDE, SIDE, COLOURS)
    given = numbers_in(answer)
    if given is None or given.shape != shape:
        found = "no array of numbers" if given is None else f"the shape {given.shape}"
        return f"Expected ten pictures in one array of shape {shape}, and found {found}."
    low, high = given.min(axis=(1, 2)), given.max(axis=(1, 2))  # (classes, colours)
    if low.min() <= -ROUNDING or high.max() >= 255 + ROUNDING:
        return f"Pixels lie between 0 and 255, yours between {low.min():g} and {high.max():g}."
    if np.all(low <= ROUNDING) and np.all(high >= 255 - ROUNDING):
        return None
    if high.max() <= 1:
        return "These lie between 0 and 1: stretch them to 0 to 255."
    if low.min() <= ROUNDING and high.max() >= 255 - ROUNDING:
        return (
            "One scale for several channels: each of the three channels of each picture needs its own smallest and "
            "largest weight."
        )
    return "In each channel of each picture the smallest weight becomes 0 and the largest 255."


def simple_cnn(answer):
    """Whether a model is the simple CNN, layer by layer."""
    import keras

    if not isinstance(answer, keras.Model):
        return "Give your model."
    if not answer.built:
        return "The model does not know its input: begin it with keras.Input((32, 32, 3))."
    layers = _layers(answer)
    try:
        sizes = {layer: tuple(layer.output.shape[1:]) for layer in layers}
    except AttributeError:  # a class of its own, whose layers are called out of sight
        return "Build it with keras.Sequential, or with keras.Model from its input and its output."
    steps = [step for layer in layers for step in _steps(layer)]
    return _convolution(layers, sizes, steps) or _behind(layers, sizes, steps) or _order(steps)


def _convolution(layers, sizes, steps):
    import keras

    found = [layer for layer in layers if isinstance(layer, keras.layers.Conv2D)]
    if len(found) != 1:
        return f"One convolution is asked for; your model has {len(found)}."
    (layer,) = found
    if sizes[layer] != (SIDE, SIDE, 32):
        return f"The convolution gives {sizes[layer]}; 32 filters with stride 1 and padding 'same' give (32, 32, 32)."
    height, width = layer.kernel_size
    if max(height, width) > LARGEST_KERNEL or min(height, width) == 1:
        return f"The kernel has {height}×{width} cells; take a small one that sees neighbours, such as 3×3."
    if tuple(layer.dilation_rate) != (1, 1):
        return "The kernel is spread out by a dilation; leave dilation_rate away."
    if steps[steps.index("Conv2D") + 1 :][:1] != ["ReLU"]:
        return "There is no ReLU after the convolution: it comes before the pooling."
    return None


def _behind(layers, sizes, steps):
    """The hint for what comes behind the convolution."""
    import keras

    pooling = [step for step in steps if "Pooling" in step]
    if "MaxPooling2D" not in pooling:
        instead = f"; yours has {pooling[0]}" if pooling else ""
        return f"No layer gives (16, 16, 32) by max pooling: MaxPooling2D(2) comes after the ReLU{instead}."
    pool = next(layer for layer in layers if isinstance(layer, keras.layers.MaxPooling2D))
    if sizes[pool] != (16, 16, 32) or tuple(pool.pool_size) != (2, 2):
        return f"The max pooling gives {sizes[pool]} from windows of {pool.pool_size}; size 2 gives (16, 16, 32)."
    if sizes[layers[-1]] != (CLASSES,):
        return f"The output is {sizes[layers[-1]]}; a dense layer of ten units gives the scores."
    if "Flatten" not in steps:
        return "No layer gives a row of 8,192 numbers: flatten the volume before the dense layer."
    dense = steps.count("Dense")
    if dense != 1:
        return f"One dense layer is asked for, that of the ten scores; your model has {dense}."
    if steps[-1] != "softmax":
        return "The scores have no softmax: write activation='softmax' into the last layer."
    return None


def _order(steps):
    more = [step for step in dict.fromkeys(steps) if step not in STEPS or steps.count(step) > 1]
    if more:
        return f"Your model has more than is asked for: {', '.join(more)}. The steps are {', '.join(STEPS)}."
    if tuple(steps) != STEPS:
        return f"The steps are {', '.join(STEPS)}, in this order; yours are {', '.join(steps)}."
    return None


def _layers(model):
    """The layers of a model from the first that does more than scale its input."""
    import keras

    scales = (keras.layers.Rescaling, keras.layers.Normalization)
    return list(itertools.dropwhile(lambda layer: isinstance(layer, scales), opened(model)))


def opened(model):
    """The layers of a Keras model, in their order and without inputs; of models inside it, theirs."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from opened(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _steps(layer):
    """What a layer does, in words of `STEPS` where there is one: its kind, then its activation."""
    import keras

    kinds = {getattr(keras.layers, step): step for step in STEPS if step != "softmax"} | {
        keras.layers.Softmax: "softmax"
    }
    if not isinstance(layer, keras.layers.Activation):
        yield next((step for kind, step in kinds.items() if isinstance(layer, kind)), type(layer).__name__)
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.layers.Layer):
        yield from _steps(activation)
    elif activation is not None:
        name = getattr(activation, "__name__", "an activation")
        yield from () if name == "linear" else (_ACTIVATIONS.get(name, name),)
