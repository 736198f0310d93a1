"""The named recipes of the book, and the claims that its prose makes about them.

A claim is data with a lower and an upper bound; a test holds each against the records, and the build fails with it.
Pages print the measured values, never the bounds' wording alone.
"""

import dataclasses

from cnnbook import CnnBookError, records
from cnnbook.training import Recipe

SEEDS = range(5)

RECIPES = {
    recipe.name: recipe
    for recipe in (
        # Exercise 2, first half, with the practical's settings.
        Recipe(name="one-layer", builder="one_layer", arguments={"l2": 0.05}, epochs=5, keep_weights=(0,)),
        Recipe(name="one-layer-no-l2", builder="one_layer", arguments={"l2": 0.0}, epochs=5, keep_weights=(0,)),
        Recipe(name="one-layer-all-images", builder="one_layer", arguments={"l2": 0.05}, epochs=5, hold_out=False),
    )
}


def recipe(name):
    """The recipe called `name`; an unknown one is an error that lists what there is."""
    if name not in RECIPES:
        raise CnnBookError(f"there is no recipe {name!r}; choose from {', '.join(RECIPES)}")
    return RECIPES[name]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence of the book about test accuracy, in a form that can be wrong.

    Attributes
    ----------
    says : str
        What the prose claims, in words.
    of : str
        A recipe; its mean test accuracy over `SEEDS`, in percent, is held against the bounds.
    minus : str, optional
        Another recipe, whose mean is taken off first.
    lower, upper : float
        Percent, or points where `minus` is given; both ends included.
    """

    says: str
    of: str
    minus: str | None = None
    lower: float
    upper: float

    def measured(self, folder=records.RESULTS):
        """The figure that the records give."""
        value = mean_test_accuracy(self.of, folder=folder)
        return value if self.minus is None else value - mean_test_accuracy(self.minus, folder=folder)

    def holds(self, folder=records.RESULTS):
        return self.lower <= self.measured(folder) <= self.upper


CLAIMS = (
    Claim(says="one layer gets about a third of the test images right", of="one-layer", lower=28, upper=36),
    Claim(
        says="without the penalty one layer does better",
        of="one-layer-no-l2",
        minus="one-layer",
        lower=2,
        upper=12,
    ),
    Claim(
        says="holding 5,000 images back costs less than a point",
        of="one-layer-all-images",
        minus="one-layer",
        lower=-1,
        upper=1,
    ),
)


def mean_test_accuracy(name, *, folder=records.RESULTS):
    """Mean test accuracy of a recipe over `SEEDS`, in percent, from its records."""
    runs = [records.load(recipe(name), seed, folder=folder) for seed in SEEDS]
    return records.mean_sd(run.accuracy() for run in runs)[0]
