"""The claims of the prose, and the plain code of the pages, against what was measured."""

import dataclasses

import keras
import numpy as np
import pytest

from cnnbook import CnnBookError, experiments, records
from cnnbook.data import cifar10
from pages import code_cells


@pytest.mark.parametrize("claim", experiments.CLAIMS, ids=lambda claim: claim.says.replace(" ", "-"))
def test_claims_hold(claim):
    assert claim.lower < claim.upper
    assert claim.holds(), f"{claim.says}: measured {claim.measured()}, bounds {claim.lower} to {claim.upper}"


def test_a_claim_can_fail():
    claim = experiments.CLAIMS[0]
    mean, low, high, _ = claim.measured()
    assert dataclasses.replace(claim, lower=low - 0.01, upper=high + 0.01).holds()
    assert not dataclasses.replace(claim, lower=mean, upper=100).holds()  # the mean is inside, its interval is not
    assert not dataclasses.replace(claim, lower=0, upper=mean).holds()


def test_every_trained_recipe_has_a_claim():
    assert {claim.of for claim in experiments.CLAIMS} == set(experiments.RECIPES)


def test_what_the_page_on_one_layer_says_of_its_curves():
    """Flat from the second epoch on; training above validation in every seed, by little."""
    runs = records.run(experiments.recipe("one-layer"))
    validation = 100 * np.mean([run.history["val_accuracy"] for run in runs], axis=0)
    assert np.ptp(validation[1:]) < 0.2
    gaps = [run.accuracy("train") - run.accuracy("valid") for run in runs]
    assert min(gaps) > 0
    assert max(gaps) < 3


def test_an_unknown_recipe_lists_what_there_is():
    with pytest.raises(CnnBookError, match="no recipe 'one-liar'; choose from one-layer, "):
        experiments.recipe("one-liar")


@pytest.mark.data
@pytest.mark.slow
def test_the_plain_keras_code_of_the_page_does_what_the_records_say():
    """The cells with build, compile, fit and evaluate, as they stand on the page, on the real data."""
    code = [cell.source for cell in code_cells("experiments/one-layer.md")]
    namespace = {}
    for needed in ("import keras", "IMAGE_SHAPE, CLASS_COUNT =", "def one_layer", "def train_and_test"):
        (cell,) = [source for source in code if source.startswith(needed)]
        exec(cell.replace("from myst_nb import glue\n", ""), namespace)
    images = cifar10()
    keras.utils.set_random_seed(0)
    _, history, accuracy = namespace["train_and_test"](images.x_train, images.y_train, images.x_test, images.y_test)
    assert len(history.history["loss"]) == 5
    claim = next(claim for claim in experiments.CLAIMS if claim.of == "one-layer")
    assert claim.lower <= 100 * accuracy <= claim.upper
