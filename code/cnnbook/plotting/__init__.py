"""The figures of the book. One figure for each function; it takes data and returns what it drew.

A page calls `use` once. Matplotlib draws the schematics: a cell ends with ``plotting.windows_1d(X, W).figure``. Such a
function draws into the `axes` that it gets, or into a new figure that pyplot knows nothing of, and returns these Axes.
Charts and pictures are drawn for a page and for a phone at once (`cnnbook.plotting.svg`): a cell ends with
``plotting.seed_dots(values)``. `normalise_channels`, `filter_images` and `signed_images` return arrays of pixels. Input
of another shape is refused with a `ValueError` that says what was expected.

What the figures show is computed by `cnnbook.shapes`, `cnnbook.reference` and `cnnbook.intervals`, and never here a
second time.
"""

from cnnbook.plotting.charts import (
    confusion,
    cross_entropy_curve,
    learning_curves,
    receptive_field_growth,
    seed_dots,
)
from cnnbook.plotting.costs import accuracy_by_cost, time_by_work
from cnnbook.plotting.counts import stops_1d, stored
from cnnbook.plotting.gradients import loss_along_step, relu_and_pooling
from cnnbook.plotting.networks import architectures
from cnnbook.plotting.one_dimension import (
    paddings_1d,
    pooled_rows,
    row_and_filter_1d,
    same_padding_1d,
    windows_1d,
)
from cnnbook.plotting.pictures import (
    class_samples,
    heat_on_images,
    picture_grid,
    receptive_fields_on_image,
    weight_images,
)
from cnnbook.plotting.pixels import filter_images, normalise_channels, signed_images
from cnnbook.plotting.receptive_field import receptive_field_1d
from cnnbook.plotting.style import PALETTE, use
from cnnbook.plotting.volumes import (
    depthwise,
    flatten_orders,
    planes,
    volume_trace,
)

__all__ = [
    "PALETTE",
    "accuracy_by_cost",
    "architectures",
    "class_samples",
    "confusion",
    "cross_entropy_curve",
    "depthwise",
    "filter_images",
    "flatten_orders",
    "heat_on_images",
    "learning_curves",
    "loss_along_step",
    "normalise_channels",
    "paddings_1d",
    "picture_grid",
    "planes",
    "pooled_rows",
    "receptive_field_1d",
    "receptive_field_growth",
    "receptive_fields_on_image",
    "relu_and_pooling",
    "row_and_filter_1d",
    "same_padding_1d",
    "seed_dots",
    "signed_images",
    "stops_1d",
    "stored",
    "time_by_work",
    "use",
    "volume_trace",
    "weight_images",
    "windows_1d",
]
