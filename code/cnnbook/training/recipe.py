"""Recipes: everything that a training depends on, apart from its seed and the data."""

import dataclasses
import json
from collections.abc import Mapping

from cnnbook import CnnBookError

# Part of every record's key: raise it when training would give other results (another shuffle, another loss). A test
# trains a tiny recipe against a stored loss curve, so that the meaning cannot change while the number stays.
TRAINING_VERSION = 2

IMAGE_SIZE = 32  # pixels along each side


class TrainingError(CnnBookError):
    """A recipe that cannot be trained, or whose training went wrong; names the recipe and the seed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a run depends on, apart from its seed and the data.

    Attributes
    ----------
    name : str
        What pages and the command line call it; not part of what a run depends on.
    builder : str
        Name of a function in `cnnbook.models`.
    arguments : mapping
        Keyword arguments of the builder.
    optimizer : str
        A name that `keras.optimizers.get` knows.
    optimizer_arguments : mapping
        For example ``{"learning_rate": 0.01}``.
    warm_up : float, optional
        Share of all steps, between 0 and 1, in which the learning rate climbs from 0 to the optimizer's; from there it
        falls to 0 along half a cosine. By default the rate stays constant.
    loss : str
        Name of a class of `keras.losses`.
    loss_arguments : mapping
        For example ``{"label_smoothing": 0.1}``.
    batch_size, epochs : int
        Images per step; passes over the training images.
    flip, shift : bool, int
        Whether training images are mirrored in every second epoch, and by how many pixels at most they are moved; see
        `cnnbook.training.batches.Batches`.
    hold_out : bool
        Whether the 5,000 validation images are kept out of training. If not, the record's validation figures are
        those of images that were trained on.
    keep_weights : tuple of int
        Seeds whose weights are stored with the record because a page shows them; not part of what a run depends on.
    seeds : int
        How many seeds the book records, starting at 0; not part of what a run depends on.
    """

    name: str
    builder: str
    arguments: Mapping = dataclasses.field(default_factory=dict)
    optimizer: str = "adam"
    optimizer_arguments: Mapping = dataclasses.field(default_factory=dict)
    warm_up: float | None = None
    loss: str = "CategoricalCrossentropy"
    loss_arguments: Mapping = dataclasses.field(default_factory=dict)
    batch_size: int = 128
    epochs: int = 1
    flip: bool = False
    shift: int = 0
    hold_out: bool = True
    keep_weights: tuple[int, ...] = ()
    seeds: int = 5

    def __post_init__(self):
        for field in ("epochs", "batch_size", "seeds"):
            self._require(field, getattr(self, field) >= 1, "at least 1")
        warm_up_fits = self.warm_up is None or 0 <= self.warm_up < 1
        self._require("warm_up", warm_up_fits, "a share of the steps, from 0 to below 1, or None")
        self._require("shift", 0 <= self.shift < IMAGE_SIZE, f"0 to {IMAGE_SIZE - 1} pixels")

    def _require(self, field: str, fits: bool, expected: str):
        if not fits:
            raise TrainingError(f"recipe {self.name!r} has {field} {getattr(self, field)}; expected {expected}")

    def settings(self) -> dict:
        """What a run depends on, as plain JSON types: every field but `name`, `keep_weights` and `seeds`."""
        fields = dataclasses.asdict(self)
        del fields["name"], fields["keep_weights"], fields["seeds"]
        return json.loads(json.dumps(fields))
