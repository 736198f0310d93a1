"""The networks of the book: functions that return an uncompiled `keras.Model`.

Every model takes raw images, `(batch, 32, 32, 3)` with values 0 to 255, and scales them itself, so that whoever loads
one cannot forget to. Its last layer is called ``scores`` and gives ten probabilities.

A recorded run depends on the syntax tree of its builder and of the functions in this file that the builder calls;
changing one makes the record stale, moving it about or rewording a docstring does not.
"""

import keras
from keras import layers

IMAGE_SHAPE = (32, 32, 3)  # height, width, channels
CLASS_COUNT = 10


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
