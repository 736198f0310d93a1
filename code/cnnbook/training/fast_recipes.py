"""Recipes for runs against the clock: networks for more and more computation, and one of them idea by idea.

The ideas are those of K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv:2404.00498, 2024, but for
Muon (`cnnbook.training.optimizers`), the images that grow and the rate that follows the clock.
"""

import dataclasses
from typing import Any

from cnnbook import CnnBookError
from cnnbook.training.recipe import FastRecipe, Recipe


def fast(name: str, filters: list[int]) -> FastRecipe:
    """A network of these filters, trained as all of the speedrun's are."""
    settings: dict[str, Any] = {
        "builder": "fast_cnn",
        "arguments": {"filters": filters},
        "optimizer": "SGD",
        "optimizer_arguments": {"learning_rate": 0.5, "momentum": 0.85, "nesterov": True, "weight_decay": 0.009},
        "rates": {"norm.*/beta": 64},
        "muon": {"learning_rate": 0.24, "momentum": 0.6},
        "warm_up": 0.23,
        "loss_arguments": {"label_smoothing": 0.2},
        "batch_size": 250,
        "flip": True,
        "shift": 2,
        "small": {0.4: 20, 0.8: 26},
    }
    return FastRecipe(name=name, **settings)


def in_16_bits(recipe: FastRecipe) -> FastRecipe:
    """The same network, whose layers compute in bfloat16."""
    arguments = {**recipe.arguments, "precision": "mixed_bfloat16"}
    return dataclasses.replace(recipe, name=f"{recipe.name}-16", arguments=arguments)


_WIDE = [64, 256, 256]
#: By the least work, in minutes of a processor's core, from which the recipe is taken: estimates, from how many epochs
#: fit into the time. (In single trial runs of five minutes on two cores ``fast-middle`` had 86.8 % of the validation
#: images, ``fast-narrow`` 86.2 %; with AMX ``fast-wide-16`` had 90.1 % with small images and 90.0 % without, but 90.7
#: and 91.2 % with six views: over many epochs they no longer pay.) `benchmarks/speedrun.py` compares the recipes.
BY_WORK = {
    0: fast("fast-narrow", [32, 64, 64]),
    5: fast("fast-middle", [64, 128, 128]),
    20: fast("fast-wide", _WIDE),
    100: dataclasses.replace(fast("fast-long", _WIDE), small={}),
}
GAIN_OF_16_BITS = 2.5  # where the processor is made for them, so many times the work fits into a minute, roughly

RECIPES = {recipe.name: recipe for wide in BY_WORK.values() for recipe in (wide, in_16_bits(wide))}


def _ladder():
    """The network of one minute, from its bare layers on: each recipe adds one idea to the one before."""
    whole = RECIPES["fast-narrow"]
    steps = {
        "falling rate": {field: getattr(whole, field) for field in ("optimizer", "optimizer_arguments", "warm_up")},
        "whitening": {"arguments": {**whole.arguments, "identity": False}},
        "identity": {"arguments": whole.arguments},
        "Muon": {"muon": whole.muon},
        "fast biases": {"rates": whole.rates},
        "small images": {"small": whole.small},
        "smoothing": {"loss_arguments": whole.loss_arguments},
    }
    recipe = FastRecipe(
        name="layers alone",
        builder=whole.builder,
        arguments={**whole.arguments, "whitened": False, "identity": False},
        batch_size=whole.batch_size,
    )
    yield recipe
    for name, changes in steps.items():
        recipe = dataclasses.replace(recipe, name=name, **changes)
        yield recipe


#: By name; the last idea, mirrored and moved images, makes it ``fast-narrow``.
LADDER = {recipe.name: recipe for recipe in _ladder()}

#: The network and training of TensorFlow's own tutorial on CIFAR-10.
TUTORIAL = Recipe(name="tutorial", builder="tutorial_cnn", batch_size=32, epochs=10)


def recipe_called(name: str) -> FastRecipe:
    """One of `RECIPES`; the error for an unknown name lists the known ones."""
    if name not in RECIPES:
        raise CnnBookError(f"the speedrun has no network {name!r}; choose from {', '.join(RECIPES)}")
    return RECIPES[name]


def choose(minutes: float, cores: int, *, gpu: bool = False, fast_in_16_bits: bool = False) -> FastRecipe:
    """The recipe for so much time: that of the most work which a GPU or so many cores should train far enough.

    Examples
    --------
    >>> choose(1, cores=2).name
    'fast-narrow'
    >>> choose(1, cores=16).name
    'fast-middle'
    >>> choose(1, cores=2, fast_in_16_bits=True).name
    'fast-middle-16'
    """
    work = minutes * cores * (GAIN_OF_16_BITS if fast_in_16_bits else 1)
    widest = [recipe for least, recipe in BY_WORK.items() if gpu or work >= least][-1]
    return in_16_bits(widest) if fast_in_16_bits else widest
