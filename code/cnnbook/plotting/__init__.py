"""The figures of the book. One figure for each function; it takes data and returns what it drew.

A page calls `use` once. A cell then ends with the figure: ``plotting.windows_1d(X, W, stride=2).figure``, or
``plotting.png(plotting.class_samples(...))`` for pictures made of pixels, which must keep their colours in the dark
theme. Every function draws into the `axes` that it gets, or into a new figure that pyplot knows nothing of, and
returns these Axes; `normalise_channels`, `filter_images` and `heat_on_image` return arrays of pixels instead. Input of
another shape is refused with a `ValueError` that says what was expected.

What the figures show is computed by `cnnbook.shapes` and `cnnbook.reference`, and never here a second time.
"""

from cnnbook.plotting.charts import accuracy_by_cost, confusion, intervals, learning_curves, seed_dots
from cnnbook.plotting.one_dimension import dilation_1d, output_size_steps, same_padding_1d, windows_1d
from cnnbook.plotting.pictures import (
    class_samples,
    filter_images,
    heat_on_image,
    normalise_channels,
    picture_grid,
    weight_images,
)
from cnnbook.plotting.receptive_field import receptive_field_1d, receptive_field_growth, receptive_fields_on_image
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
