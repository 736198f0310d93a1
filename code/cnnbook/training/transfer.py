"""A trained network made ready for other classes."""

import keras
from keras import layers


def with_new_head(network, class_count):
    """A network with another last layer, for other classes: what transfer begins with.

    Taught on the page *Use your own photograph*.

    Parameters
    ----------
    network : keras.Model
        Its last layer gives the scores of its own classes.
    class_count : int

    Returns
    -------
    keras.Model
        It shares all its other layers with `network`: training them changes both.
    """
    features = network.layers[-1].input
    scores = layers.Dense(class_count, activation="softmax", name="new_scores")(features)
    return keras.Model(network.inputs, scores)
