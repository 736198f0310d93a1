"""Saliency: which parts of an image a network's decision rests on, by gradients and by Grad-CAM.

Taught on the page *See what a layer sees*. Keras has no gradient of its own, so this module asks the backend for it.
"""

import keras
import numpy as np


def score_gradients(model, layer, images, class_index):
    """Give the feature maps of a layer, and the gradient of a class's score with respect to them.

    The score is the number before the softmax: unlike the probability's, its gradient does not vanish where the model
    is sure.

    Parameters
    ----------
    model : keras.Model
        Its last layer is dense with a softmax.
    layer : str
        Name of a layer with output (batch, height, width, channels).
    images : array, (batch, height, width, channels), values 0 to 255
    class_index : int or array of int, (batch,)
        One class for all images, or one for each; counted from 0, as in `cnnbook.data.CLASSES`.

    Returns
    -------
    (array, array)
        Maps and gradients, both (batch, height, width, channels) with the layer's numbers.

    Raises
    ------
    ValueError
        If a shortcut leads past the layer.
    """
    # From the images to the maps, and from the maps to the input of the last layer.
    below = keras.Model(model.inputs[0], model.get_layer(layer).output)
    try:
        above = keras.Model(model.get_layer(layer).output, model.layers[-1].input)
    except ValueError as error:
        raise ValueError(
            f"a shortcut leads past the layer {layer!r}, so its maps alone do not decide; take one after the addition"
        ) from error
    maps = below(images, training=False)
    # The bias adds to a score and not to its gradient.
    columns = keras.ops.take(model.layers[-1].kernel, np.broadcast_to(class_index, len(images)), axis=1)
    weights = keras.ops.transpose(columns)

    def total(values):
        return keras.ops.sum(above(values, training=False) * weights)

    return keras.ops.convert_to_numpy(maps), gradient(total, maps)


def grad_cam(model, layer, images, class_index):
    """Compute Grad-CAM: where in the image the feature maps of a layer raise the score of a class.

    Each map is weighted by the mean of its gradient; the weighted sum, without its negative parts, is the heat. After
    R. R. Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based localization",
    arXiv:1610.02391, 2016.

    Parameters
    ----------
    model, layer, images, class_index
        As for `score_gradients`.

    Returns
    -------
    array of float, (batch, height, width)
        One number for each cell of the layer, at least 0, not normalised.

    Raises
    ------
    ValueError
        If a shortcut leads past the layer.

    Examples
    --------
    >>> from cnnbook import data, models
    >>> grad_cam(models.simple_cnn(), "pool", data.sample().images[:2], class_index=3).shape
    (2, 16, 16)
    """
    maps, gradients = score_gradients(model, layer, images, class_index)
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    return np.maximum((maps * weights).sum(axis=-1), 0)


def gradient(function, values):
    """Give the gradient of a scalar function of one tensor, on whichever backend Keras uses.

    Parameters
    ----------
    function : callable
        Takes a tensor like `values` and returns a scalar; made of Keras' operations and models.
    values : array or tensor

    Returns
    -------
    array
        Of the same shape as `values`.

    Examples
    --------
    >>> gradient(keras.ops.sum, np.zeros(3, "float32"))
    array([1., 1., 1.], dtype=float32)
    """
    values = keras.ops.convert_to_tensor(values)
    return keras.ops.convert_to_numpy(_GRADIENTS[keras.backend.backend()](function, values))


def _tensorflow(function, values):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(values)
        result = function(values)
    return tape.gradient(result, values)


def _jax(function, values):
    import jax

    return jax.grad(function)(values)


def _torch(function, values):
    import torch

    values = values.detach().requires_grad_()
    return torch.autograd.grad(function(values), values)[0]


_GRADIENTS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
