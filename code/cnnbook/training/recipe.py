"""Recipes: everything that a training depends on, apart from its seed and the data."""

import dataclasses
import json
from collections.abc import Mapping

from cnnbook import CnnBookError

# Part of every record's key: raise it when training would give other results (another shuffle, another loss). A test
# trains a tiny recipe against a stored loss curve, so that the meaning cannot change while the number stays.
TRAINING_VERSION = 2

# The same for training against the clock (`cnnbook.training.budget`), in the keys of `cnnbook.records.speedruns`.
CLOCK_VERSION = 1

IMAGE_SIZE = 32  # pixels along each side


class TrainingError(CnnBookError):
    """A recipe that cannot be trained, or whose training went wrong; names the recipe and the seed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a run depends on, apart from its seed and the data."""

    name: str  # what pages and the command line call it; no run depends on it
    builder: str  # a function of `cnnbook.models`
    arguments: Mapping = dataclasses.field(default_factory=dict)  # keyword arguments of the builder
    optimizer: str = "adam"  # a name that `keras.optimizers.get` knows
    optimizer_arguments: Mapping = dataclasses.field(default_factory=dict)  # for example {"learning_rate": 0.01}
    # Share of all steps in which the learning rate climbs from 0 to the optimizer's; then it falls to 0 along half
    # a cosine. With None it stays constant.
    warm_up: float | None = None
    loss: str = "CategoricalCrossentropy"  # a class of `keras.losses`
    loss_arguments: Mapping = dataclasses.field(default_factory=dict)  # for example {"label_smoothing": 0.1}
    batch_size: int = 128  # images per step
    epochs: int = 1  # passes over the training images
    flip: bool = False  # whether training images are mirrored in every second epoch, see `cnnbook.training.batches`
    shift: int = 0  # by how many pixels, at most, training images are moved
    # Whether the 5,000 validation images are kept out of training. If not, the record's validation figures are those of
    # images that were trained on.
    hold_out: bool = True
    keep_weights: tuple[int, ...] = ()  # seeds whose weights are stored because a page shows them; no run depends on it
    keep_epochs: tuple[int, ...] = ()  # of these, the seeds whose weights after every epoch are stored too
    seeds: int = 5  # how many seeds the book records, starting at 0; no run depends on it

    def __post_init__(self):
        for field in ("epochs", "batch_size", "seeds"):
            self._require(field, getattr(self, field) >= 1, "at least 1")
        warm_up_fits = self.warm_up is None or 0 <= self.warm_up < 1
        self._require("warm_up", warm_up_fits, "a share of the steps, from 0 to below 1, or None")
        known = set(self.keep_epochs) <= set(self.keep_weights)
        self._require("keep_epochs", known, "seeds of keep_weights")
        self._require("shift", 0 <= self.shift < IMAGE_SIZE, f"0 to {IMAGE_SIZE - 1} pixels")

    def size(self, share: float) -> int:
        """How many pixels images have along each side when a `share` of the training has gone: always all of theirs."""
        return IMAGE_SIZE

    def _require(self, field: str, fits: bool, expected: str):
        if not fits:
            raise TrainingError(f"recipe {self.name!r} has {field} {getattr(self, field)}; expected {expected}")

    def settings(self) -> dict:
        """What a run depends on, as plain JSON types: every field but `name`, `seeds` and what is kept."""
        fields = dataclasses.asdict(self)
        del fields["name"], fields["seeds"], fields["keep_weights"], fields["keep_epochs"]
        return json.loads(json.dumps(fields))


@dataclasses.dataclass(frozen=True, kw_only=True)
class FastRecipe(Recipe):
    """A recipe of the speedrun: its rate climbs and falls along lines, variables may have one of their own."""

    rates: Mapping = dataclasses.field(default_factory=dict)  # of `cnnbook.training.optimizers.by_variable`
    muon: Mapping | None = None  # of the same; None: all kernels are stepped by the optimizer
    # Up to which share of the training images have how many pixels along each side; afterwards their own.
    small: Mapping[float, int] = dataclasses.field(default_factory=dict)

    def size(self, share: float) -> int:
        """How many pixels images have along each side when a `share` of the training has gone."""
        return next((size for until, size in self.small.items() if share < until), IMAGE_SIZE)
