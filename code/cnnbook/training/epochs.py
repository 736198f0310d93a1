"""The weights after every epoch of a run, in eight bits each, and what every one of these networks said.

A run keeps them for a page that shows training epoch by epoch. Arrays have an entry for the start and one for each
epoch. Neither Keras nor the data set is needed to read them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

STEPS = 127  # of eight bits with a sign, on each side of zero


def kept(weights: Sequence[Mapping[str, np.ndarray]], confusions: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays to store: ``epochs/NAME``, ``scales/NAME`` for each variable, and ``confusion``.

    Parameters
    ----------
    weights : sequence of {name: array}
        At the start, then after each epoch.
    confusions : sequence of (10, 10) arrays
        Counts of the validation images for the same networks: a row for each class, a column for what was said.
    """
    arrays = {"confusion": np.array(confusions, "uint16")}
    for name in weights[0]:
        values = np.array([epoch[name] for epoch in weights], "float64")
        scales = np.abs(values.reshape(len(values), -1)).max(axis=1).astype("float32") / STEPS
        arrays[f"scales/{name}"] = scales
        # Biases begin at 0, and a scale of 0 has no other values.
        steps = values / _aligned(np.where(scales > 0, scales, 1), values)
        arrays[f"epochs/{name}"] = np.rint(steps).clip(-STEPS, STEPS).astype("int8")
    return arrays


def weights_of(arrays: Mapping[str, np.ndarray], epoch: int) -> dict[str, np.ndarray]:
    """The weights (float32) after an epoch, or at the start for epoch 0, by variable.

    >>> arrays = kept([{"bias": np.array([0.0, 0.0])}, {"bias": np.array([-0.5, 0.25])}], [np.eye(10)] * 2)
    >>> weights_of(arrays, 1)["bias"].round(3)
    array([-0.5  ,  0.252], dtype=float32)
    """
    names = [name.removeprefix("epochs/") for name in arrays if name.startswith("epochs/")]
    return {name: arrays[f"epochs/{name}"][epoch] * arrays[f"scales/{name}"][epoch] for name in names}


def _aligned(scales, values):
    """One scale for each entry of `values`, along its first axis."""
    return scales.reshape(-1, *[1] * (values.ndim - 1))
