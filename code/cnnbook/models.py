"""The networks of the book: functions that return an uncompiled `keras.Model`.

Every model takes raw images, `(batch, 32, 32, 3)` with values 0 to 255, and scales them itself, so that no one who
loads one can forget to. Its last layer is called ``scores`` and gives ten probabilities.

A recorded run depends on the syntax tree of its builder and of the functions in this file that the builder calls;
changing one makes the record stale, moving it about or rewording a docstring does not.
"""

import sys
import types

import keras
import numpy as np
from keras import layers

from cnnbook import CnnBookError

IMAGE_SHAPE = (32, 32, 3)  # height, width, channels
CLASS_COUNT = 10

# Mean and variance of the red, green and blue pixel values of the 45,000 training images; a test computes them again.
CHANNEL_MEAN = (125.35, 122.95, 113.88)
CHANNEL_VARIANCE = (3973.2, 3862.7, 4456.0)

# Directions along which the twelve numbers of a 2x2 patch hardly vary together: sum, left minus right, top minus bottom
# and diagonals of its four pixels; in each of them brightness, red minus blue, and green against both.
PATTERNS = ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1))
COLOURS = ((1, 1, 1), (1, 0, -1), (1, -2, 1))
# The variance along each, of patches of the standardised training images; a test computes it again, too.
PATCH_VARIANCE = (
    *((10.0523, 0.8295, 0.1854), (0.3311, 0.0142, 0.0045)),
    *((0.3941, 0.0168, 0.0050), (0.0552, 0.0017, 0.0006)),
)


def one_layer(*, l2=0.0):
    """One dense layer from the 3,072 pixel values to the ten classes: a linear classifier.

    Taught on the page *Train one layer*.

    Parameters
    ----------
    l2 : float
        Weight of the penalty on the sum of squared kernel values (not on the biases).

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; 30,730 parameters, the layer to ask for is ``scores``.
    """
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="image"),
            layers.Rescaling(1 / 255, name="rescale"),
            layers.Flatten(name="flatten"),
            layers.Dense(
                CLASS_COUNT, activation="softmax", kernel_regularizer=keras.regularizers.L2(l2), name="scores"
            ),
        ],
        name="one_layer",
    )


def dense(*, units=(128,), standardise=False, batch_norm=False, dropout=0.0, l2=0.0):
    """Hidden dense layers with ReLU, then ten scores; with its defaults the practical's two-layer network.

    Taught on the page *Train two layers*.

    Parameters
    ----------
    units : sequence of int
        Units of each hidden layer, from the input to the output.
    standardise : bool
        Whether to bring each colour channel to mean 0 and variance 1; otherwise all values go to between 0 and 1.
    batch_norm : bool
        Batch normalisation before each ReLU.
    dropout : float
        Share of each hidden layer's outputs that is set to 0 in training.
    l2 : float
        Weight of the penalty on the squared kernel values of every layer.

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; hidden layers are ``hidden1``, ``hidden2``, ...
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    stack = [keras.Input(IMAGE_SHAPE, name="image"), scaling(standardise), layers.Flatten(name="flatten")]
    for number, count in enumerate(units, start=1):
        stack.append(layers.Dense(count, kernel_regularizer=penalty, name=f"hidden{number}"))
        if batch_norm:
            stack.append(layers.BatchNormalization(name=f"norm{number}"))
        stack.append(layers.ReLU(name=f"relu{number}"))
        if dropout:
            stack.append(layers.Dropout(dropout, name=f"dropout{number}"))
    stack.append(layers.Dense(CLASS_COUNT, activation="softmax", kernel_regularizer=penalty, name="scores"))
    return keras.Sequential(stack, name="dense")


def simple_cnn():
    """One convolution, one pooling, one dense layer: the practical's first CNN.

    Taught on the page *Train a simple CNN*.

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; 82,826 parameters, the layers to ask for are ``conv``, ``relu``,
        ``pool`` and ``scores``.
    """
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="image"),
            layers.Rescaling(1 / 255, name="rescale"),
            layers.Conv2D(32, 3, strides=1, padding="same", name="conv"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(CLASS_COUNT, activation="softmax", name="scores"),
        ],
        name="simple_cnn",
    )


def downsampled_cnn(*, how):
    """The simple CNN with something else in the place of its max pooling.

    Taught on the page *Explain stride, parameters and pooling*.

    Parameters
    ----------
    how : str
        ``"average"``: average pooling, 2x2. ``"stride"``: no pooling; the convolution takes steps of 2. ``"nothing"``:
        no pooling either, and the dense layer takes in the whole maps.

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; with ``"average"`` and ``"stride"`` as many parameters as `simple_cnn`.

    Raises
    ------
    ValueError
        If `how` is none of the three.
    """
    if how not in ("average", "stride", "nothing"):
        raise ValueError(f"expected how to be 'average', 'stride' or 'nothing'; got {how!r}")
    stack = [
        keras.Input(IMAGE_SHAPE, name="image"),
        layers.Rescaling(1 / 255, name="rescale"),
        layers.Conv2D(32, 3, strides=2 if how == "stride" else 1, padding="same", name="conv"),
        layers.ReLU(name="relu"),
    ]
    if how == "average":
        stack.append(layers.AveragePooling2D(2, name="pool"))
    stack += [layers.Flatten(name="flatten"), layers.Dense(CLASS_COUNT, activation="softmax", name="scores")]
    return keras.Sequential(stack, name="downsampled_cnn")


def shuffled(*, network):
    """A network after a shuffle of the pixels: one random order, in which every image gets its pixels.

    Taught on the page *Explain what a convolution does*.

    Parameters
    ----------
    network : str
        ``"dense"`` or ``"simple_cnn"``: the builder of what comes after the shuffle, with its defaults.

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; as many parameters as the network alone.
    """
    height, width, channels = IMAGE_SHAPE
    order = np.random.default_rng(0).permutation(height * width)
    image = keras.Input(IMAGE_SHAPE, name="image")
    pixels = layers.Reshape((height * width, channels), name="pixels")(image)
    x = layers.Reshape(IMAGE_SHAPE, name="shuffle")(keras.ops.take(pixels, order, axis=1))
    for layer in {"dense": dense, "simple_cnn": simple_cnn}[network]().layers:
        x = layer(x)
    return keras.Model(image, x, name="shuffled")


def deeper_cnn(*, filters=(24, 48, 96), convolutions=(1, 1, 1), batch_norm=False, dropout=0.0, residual=False):
    """Stages of convolutions, with max pooling after each stage: the five networks of the practical's table 1.

    Taught on the page *Build deeper CNNs*.

    Parameters
    ----------
    filters, convolutions : sequence of int
        For each stage its filters and its number of convolutions; every kernel is 3x3, stride 1, padding "same".
    batch_norm : bool
        Batch normalisation between each convolution and its ReLU; the convolution then needs no bias.
    dropout : float
        Share of the dense layer's inputs that is set to 0 in training.
    residual : bool
        Whether to add the output of a stage's first convolution to that of its last, and to take the mean of each
        feature map of the last stage instead of pooling and flattening them.

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; stage 2's second convolution is ``conv2_2``, its pooling ``pool2``.
    """
    image = keras.Input(IMAGE_SHAPE, name="image")
    x = scaling(standardise=True)(image)
    for stage, (count, repeats) in enumerate(zip(filters, convolutions, strict=True), start=1):
        first = x = convolution(x, count, f"{stage}_1", batch_norm)
        for number in range(2, repeats + 1):
            x = convolution(x, count, f"{stage}_{number}", batch_norm)
        if residual and repeats > 1:
            x = layers.Add(name=f"add{stage}")([first, x])
        if stage < len(filters) or not residual:
            x = layers.MaxPooling2D(2, name=f"pool{stage}")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x) if residual else layers.Flatten(name="flatten")(x)
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    scores = layers.Dense(CLASS_COUNT, activation="softmax", name="scores")(x)
    return keras.Model(image, scores, name="deeper_cnn")


def convolution(x, filters, name, batch_norm):
    """A 3x3 convolution with padding "same" and its ReLU; between them, if asked for, batch normalisation.

    Taught on the page *Build deeper CNNs*.
    """
    x = layers.Conv2D(filters, 3, padding="same", use_bias=not batch_norm, name=f"conv{name}")(x)
    if batch_norm:
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{name}")(x)
    return layers.ReLU(name=f"relu{name}")(x)


def tutorial_cnn():
    """The network of TensorFlow's own tutorial on CIFAR-10: what ``benchmarks/speedrun.py`` compares with.

    Returns
    -------
    keras.Model
        `(batch, 32, 32, 3)` to `(batch, 10)`; 122,570 parameters, the convolutions are ``conv1`` to ``conv3``.
    """
    stack = [keras.Input(IMAGE_SHAPE, name="image"), layers.Rescaling(1 / 255, name="rescale")]
    for number, filters in enumerate((32, 64, 64), start=1):
        stack.append(layers.Conv2D(filters, 3, activation="relu", name=f"conv{number}"))
        if number < 3:
            stack.append(layers.MaxPooling2D(2, name=f"pool{number}"))
    stack += [layers.Flatten(name="flatten"), layers.Dense(64, activation="relu", name="hidden")]
    stack.append(layers.Dense(CLASS_COUNT, activation="softmax", name="scores"))
    return keras.Sequential(stack, name="tutorial_cnn")


def fast_cnn(*, filters=(32, 64, 64), whitened=True, identity=True, activation="relu", precision="float32"):
    """Three stages of two convolutions, begun so that training need not find what is known before.

    After K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv:2404.00498, 2024. It is the network of
    ``python -m cnnbook speedrun``.

    Parameters
    ----------
    filters : sequence of int
        For each stage its filters, in both of its convolutions; every kernel is 3x3, stride 1, padding "same".
    whitened : bool
        Whether the first convolution, 24 filters of 2x2, is the fixed one of `whitening`; otherwise it is trained from
        random numbers like all others.
    identity : bool
        Whether each 3x3 convolution begins by handing on its input's channels as they are, as far as it has filters.
    activation : str
        A name that `keras.activations.get` knows.
    precision : str
        A policy of Keras, such as ``"mixed_bfloat16"``: what all layers compute in but the last, which has 32 bits.

    Returns
    -------
    keras.Model
        `(batch, height, width, 3)` to `(batch, 10)`, for images of at least 9 pixels along each side; stage 2's second
        convolution is ``conv2_2``, what brings its maps to mean 0 and variance 1 ``norm2_2``.
    """
    image = keras.Input((None, None, IMAGE_SHAPE[2]), name="image")
    x = scaling(standardise=True)(image)
    start = keras.initializers.Constant(whitening()) if whitened else small()
    options = {"use_bias": False, "dtype": precision}
    x = layers.Conv2D(24, 2, kernel_initializer=start, trainable=not whitened, name="whiten", **options)(x)
    x = layers.Activation(activation, dtype=precision, name="act0")(x)
    for stage, count in enumerate(filters, start=1):
        for number in (1, 2):
            name, start = f"{stage}_{number}", Identity() if identity else small()
            x = layers.Conv2D(count, 3, padding="same", kernel_initializer=start, name=f"conv{name}", **options)(x)
            if number == 1:
                x = layers.MaxPooling2D(2, dtype=precision, name=f"pool{stage}")(x)
            x = layers.BatchNormalization(momentum=0.6, scale=False, dtype=precision, name=f"norm{name}")(x)
            x = layers.Activation(activation, dtype=precision, name=f"act{name}")(x)
    x = layers.GlobalMaxPooling2D(name="most")(x)
    x = layers.Rescaling(1 / 9, name="shrink")(x)  # scores that begin small, so that their softmax is not yet sure
    scores = layers.Dense(CLASS_COUNT, use_bias=False, activation="softmax", name="scores")(x)
    return keras.Model(image, scores, name="fast_cnn")


def whitening():
    """Filters whose outputs, over all patches of the training images, have variance 1 and hardly vary together.

    Returns
    -------
    array of float32, (2, 2, 3, 24)
        A kernel for standardised pixels: twelve directions, and the same with the other sign, since what comes after
        may cut off what is negative.
    """
    directions = np.einsum("pk,cl->pckl", PATTERNS, COLOURS)  # pattern, colour, pixel, channel
    lengths = np.sqrt((directions**2).sum(axis=(2, 3), keepdims=True))
    deviations = np.sqrt(np.array(PATCH_VARIANCE) + 5e-4)[:, :, None, None]  # what hardly varies is mostly noise
    kernel = (directions / lengths / deviations).reshape(12, 2, 2, 3).transpose(1, 2, 3, 0)
    return np.concatenate([kernel, -kernel], axis=3).astype("float32")


def small():
    """Random weights as small as PyTorch's layers begin with, others each time: a new initializer has a new seed."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


class Identity(keras.initializers.Initializer):
    """A 3x3 kernel whose first filters hand on the input's channels as they are, and whose others are `small`."""

    def __call__(self, shape, dtype=None):
        """A kernel, (3, 3, channels, filters)."""
        kernel = np.array(small()(shape))
        handed_on = range(min(shape[2:]))
        kernel[:, :, :, handed_on] = 0
        kernel[1, 1, handed_on, handed_on] = 1
        return keras.ops.convert_to_tensor(kernel, dtype)


# Lets a saved network be loaded, since Keras has an `Identity` of its own. As a decorator of the class it would be in
# the key of every run that begins with it, none of which depends on it.
_REGISTERED = keras.saving.register_keras_serializable(package="cnnbook")(Identity)


def scaling(standardise):
    """The layer that brings each channel of the pixels to mean 0 and variance 1, or all values to between 0 and 1."""
    if standardise:
        return layers.Normalization(mean=CHANNEL_MEAN, variance=CHANNEL_VARIANCE, name="standardise")
    return layers.Rescaling(1 / 255, name="rescale")


class _Builders(types.ModuleType):
    """This module, which gives out no builder where Keras puts channels first: they would build other networks.

    The check stands here rather than in the builders, since recorded runs depend on their code.
    """

    def __getattribute__(self, name):
        value = super().__getattribute__(name)
        if isinstance(value, types.FunctionType) and keras.config.image_data_format() != "channels_last":
            raise CnnBookError(
                f"{name} builds networks for images (height, width, channels), but Keras is set to "
                f"{keras.config.image_data_format()}; call keras.config.set_image_data_format('channels_last'), and "
                f"remove image_data_format from Keras' file keras.json if it stands there"
            )
        return value


# As Python's reference describes it under "Customizing module attribute access".
sys.modules[__name__].__class__ = _Builders
