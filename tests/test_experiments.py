"""The claims of the prose, and the plain code of the pages, against what was measured."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest

from cnnbook import CnnBookError, architecture, experiments, records, training
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


def test_every_recipe_of_the_handout_has_a_claim():
    """The trials of the tuning make no claim on test images, and the deeper ones one for their best."""
    claimed = {claim.of for claim in experiments.CLAIMS}
    assert {"one-layer", "one-layer-no-l2", "two-layer", "simple-cnn", "deeper-5", "deeper-wide"} <= claimed


def test_the_best_cnn_is_the_validation_images_choice():
    names = ["simple-cnn", *(recipe.name for recipe in experiments.DEEPER)]
    means = {name: np.mean(experiments.accuracies(name, "valid")) for name in names}
    assert max(means, key=means.get) == "deeper-5"


def test_what_the_page_on_deeper_networks_says_of_gaps():
    """Widest for the third network, narrower for the two that are trained on mirrored and shifted images."""
    gaps = {}
    for recipe in experiments.DEEPER:
        train, valid = (experiments.accuracies(recipe.name, split) for split in ("train", "valid"))
        gaps[recipe.name] = [one - other for one, other in zip(train, valid, strict=True)]
    assert max(gaps, key=lambda name: np.mean(gaps[name])) == "deeper-3"
    assert max(gaps["deeper-4"] + gaps["deeper-5"]) < min(gaps["deeper-3"])


def test_what_the_page_on_deeper_networks_says_of_devices():
    """Between two devices the mean moves by less than any of the five steps moves it."""
    shifts, means = [], []
    for recipe in experiments.DEEPER:
        by_device = {}
        for run in records.run(recipe):
            by_device.setdefault(run.content["device"], []).append(run.accuracy())
        first, *_, last = map(np.mean, by_device.values())
        shifts.append(abs(last - first))
        means.append(np.mean(experiments.accuracies(recipe.name)))
    assert max(shifts) < min(np.diff(means))


def test_what_the_page_on_one_layer_says_of_its_curves():
    """No gain after the second epoch; training above validation in every seed, by little."""
    runs = records.run(experiments.recipe("one-layer"))
    validation = 100 * np.mean([run.history["val_accuracy"] for run in runs], axis=0)
    assert max(validation[2:]) <= validation[1] + 0.2
    gaps = [run.accuracy("train") - run.accuracy("valid") for run in runs]
    assert min(gaps) > 0
    assert max(gaps) < 3


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name, recipe in experiments.RECIPES.items() if recipe.keep_weights])
def test_stored_weights_give_the_recorded_accuracy(name):
    """They are in half precision: a tenth of a point at most is lost."""
    images = cifar10()
    for seed in experiments.recipe(name).keep_weights:
        _, accuracy, _ = training.evaluate(experiments.trained_model(name, seed), images.x_test, images.y_test)
        assert 100 * accuracy == pytest.approx(records.load(experiments.recipe(name), seed).accuracy(), abs=0.1)


def test_weights_that_are_not_recorded_are_refused():
    with pytest.raises(records.RecordError, match="'two-layer' with seed 1 has no weights; add the seed to"):
        experiments.trained_model("two-layer", 1)


def test_the_best_dense_network_is_the_validation_images_choice():
    means = {name: np.mean(experiments.accuracies(name, "valid")) for name in experiments.CHANGES}
    assert means[experiments.best_dense()] == max(means.values())


def test_the_trials_differ_and_each_has_its_words():
    settings = [recipe.settings() for recipe in experiments.TUNING]
    assert list(experiments.CHANGES) == ["two-layer", *(recipe.name for recipe in experiments.TUNING)]
    assert all(one != other for place, one in enumerate(settings) for other in settings[:place])
    assert all(recipe.builder == "dense" and recipe.hold_out for recipe in experiments.TUNING)
    assert len(settings) >= 10
    assert {recipe.seeds for recipe in experiments.TUNING} == {5}


def test_each_of_the_five_has_what_the_one_before_had():
    options = [set(recipe.arguments) for recipe in experiments.DEEPER]
    assert all(before <= after for before, after in itertools.pairwise(options))
    costs = [architecture.multiply_adds(training.build(recipe)) for recipe in experiments.DEEPER]
    assert costs == sorted(costs)
    assert len({(recipe.epochs, recipe.batch_size, recipe.optimizer) for recipe in experiments.DEEPER}) == 1


def test_the_wide_network_is_the_fifth_with_more_of_everything():
    fifth, wide = experiments.DEEPER[-1].settings(), experiments.WIDE.settings()
    assert {name for name in fifth if fifth[name] != wide[name]} == {"arguments", "epochs"}
    changed = {name for name, value in wide["arguments"].items() if fifth["arguments"][name] != value}
    assert changed == {"filters", "convolutions"}


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
