"""The figures of the book. One figure for each function; it takes data and returns what it drew.

A page calls `use` once. A cell then ends with the figure: ``plotting.windows_1d(X, W, stride=2).figure``, or
``plotting.png(plotting.class_samples(...))`` for pictures made of pixels, which must keep their colours in the dark
theme. Every function draws into the `axes` that it is given, or into a new figure that pyplot knows nothing of.

Look (`style`)::

    use()
    png(drawn, *, dpi=120) -> Picture

One dimension (`one_dimension`); each returns Axes, `same_padding_1d` a Figure::

    windows_1d(x, kernel, *, stride=1, padding="valid", dilation=1, outputs=None, axes=None)
    same_padding_1d(cases, *, dilation=1, axes=None)
    output_size_steps(n, kernel_size, *, stride=1, padding="valid", dilation=1, axes=None)
    dilation_1d(kernel_size, dilations=(1, 2, 3), *, axes=None)

Receptive field (`receptive`); each returns Axes::

    receptive_field_1d(layers, *, axes=None)
    receptive_field_growth(stacks, *, axes=None)
    receptive_fields_on_image(image, fields, *, columns=4, axes=None)

Volumes (`volumes`); each returns Axes::

    planes(volume, filters=None, bias=None, *, channels=None, axes=None)
    volume_trace(volume, filters, bias, *, row, column, filter=0, stride=1, channels=None, axes=None)
    pooling(x, window=2, *, stride=None, axes=None)

Pictures made of pixels, for `png` (`pictures`); each returns Axes::

    class_samples(images, labels, class_names, *, columns=10, axes=None)
    weight_images(kernels, class_names, *, columns=5, axes=None)
    picture_grid(images, titles=None, *, columns=8, size=0.8, axes=None)
    normalise_channels(image) -> uint8 array
    filter_images(kernel) -> uint8 array
    heat_on_image(image, heat) -> uint8 array

Experiments (`experiments`); each returns Axes::

    learning_curves(histories, *, quantity="accuracy", axes=None)
    seed_dots(values_by_name, *, axes=None)
    intervals(by_name, *, label="test accuracy", unit="%", axes=None)
    accuracy_by_cost(points, *, axes=None)
    confusion(matrix, class_names, *, axes=None)
"""

from cnnbook.plotting.experiments import accuracy_by_cost, confusion, intervals, learning_curves, seed_dots
from cnnbook.plotting.one_dimension import (
    dilation_1d,
    output_size_steps,
    same_padding_1d,
    windows_1d,
)
from cnnbook.plotting.pictures import (
    class_samples,
    filter_images,
    heat_on_image,
    normalise_channels,
    picture_grid,
    weight_images,
)
from cnnbook.plotting.receptive import receptive_field_1d, receptive_field_growth, receptive_fields_on_image
from cnnbook.plotting.style import PALETTE, png, use
from cnnbook.plotting.volumes import planes, pooling, volume_trace

__all__ = [
    "PALETTE",
    "accuracy_by_cost",
    "class_samples",
    "confusion",
    "dilation_1d",
    "filter_images",
    "heat_on_image",
    "intervals",
    "learning_curves",
    "normalise_channels",
    "output_size_steps",
    "picture_grid",
    "planes",
    "png",
    "pooling",
    "receptive_field_1d",
    "receptive_field_growth",
    "receptive_fields_on_image",
    "same_padding_1d",
    "seed_dots",
    "use",
    "volume_trace",
    "weight_images",
    "windows_1d",
]
