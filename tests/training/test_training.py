"""Training: what a run contains, that its meaning does not drift, and what is refused."""

import dataclasses

import keras
import numpy as np
import pytest

import tiny
from cnnbook import experiments, models, records, training
from cnnbook.data import cifar10
from cnnbook.training import Recipe, TrainingError, epochs


def train(seed=3, data=tiny.DATA, **changes):
    """A run of the tiny recipe with `changes`."""
    return training.train(dataclasses.replace(tiny.RECIPE, **changes), seed, data=data)


@pytest.fixture(scope="module")
def epoch_calls():
    """The calls that the one run of this module made after its epochs."""
    return []


@pytest.fixture(scope="module")
def run(epoch_calls):
    return training.train(tiny.RECIPE, 3, data=tiny.DATA, on_epoch=lambda: epoch_calls.append(True))


def test_a_run_says_what_happened(run, epoch_calls):
    record = run.record
    assert len(epoch_calls) == tiny.RECIPE.epochs
    assert record["name"] == "tiny"
    assert record["seed"] == 3
    assert record["parameters"] == 30730
    assert record["recipe"] == tiny.RECIPE.settings()
    assert record["recipe"]["optimizer"] == "adam"
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(record["history"])
    assert all(len(values) == 2 for values in record["history"].values())
    assert record["backend"] == keras.backend.backend()
    assert record["versions"]["keras"] == keras.__version__
    assert record["seconds_per_epoch"] > 0
    assert record["seconds_first_epoch"] > 0
    assert run.test_predictions.shape == (60,)
    assert run.test_predictions.dtype == np.uint8


def test_the_accuracies_are_those_of_the_predictions(run):
    assert run.record["test"]["accuracy"] == np.mean(run.test_predictions == tiny.DATA.y_test)


def test_losses_are_cross_entropies_without_the_penalty():
    model = models.one_layer(l2=10.0)
    loss, accuracy, predictions = training.evaluate(model, tiny.DATA.x_test, tiny.DATA.y_test)
    probabilities = model.predict(tiny.DATA.x_test, verbose=0)
    oracle = keras.losses.sparse_categorical_crossentropy(tiny.DATA.y_test, probabilities)
    assert loss == pytest.approx(float(np.mean(oracle)), abs=1e-5)
    assert accuracy == np.mean(probabilities.argmax(axis=1) == tiny.DATA.y_test)
    assert predictions.tolist() == probabilities.argmax(axis=1).tolist()


EVERY_OPTION = {
    "optimizer": "SGD",
    "optimizer_arguments": {"learning_rate": 0.002, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    "warm_up": 0.25,
    "loss_arguments": {"label_smoothing": 0.1},
    "flip": True,
    "shift": 1,
}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the stored curves are TensorFlow's")
@pytest.mark.parametrize(
    ("changes", "curve", "losses"),
    [
        ({}, [2.610772, 2.403336, 2.15221, 2.026215, 1.949706, 1.927061], [1.612507, 1.635357, 1.626284]),
        (
            {"hold_out": False},
            [2.610093, 2.267501, 2.084279, 2.014522, 1.943838, 1.876676],
            [1.652702, 1.634117, 1.668727],
        ),
        (EVERY_OPTION, [2.575322, 2.515752, 2.512156, 2.511947, 2.480158, 2.449965], [2.246625, 2.232496, 2.248713]),
    ],
    ids=["plain", "all images", "every option"],
)
def test_what_training_means_has_not_changed(changes, curve, losses):
    """The objective after each of six epochs, then the cross-entropy of the three splits.

    If this fails, training gives other results than before: raise TRAINING_VERSION and record anew.
    """
    assert training.TRAINING_VERSION == 2
    record = train(epochs=6, **changes).record
    assert record["history"]["loss"] == pytest.approx(curve, rel=5e-4)
    assert [record[split]["loss"] for split in ("train", "valid", "test")] == pytest.approx(losses, rel=5e-4)


def test_the_seed_decides(run):
    first = run.record["history"]["loss"]
    same_seed, other_seed = (train(seed).record["history"]["loss"] for seed in (3, 4))
    assert first == pytest.approx(same_seed, rel=1e-4)
    assert first != pytest.approx(other_seed, rel=1e-4)


def test_all_images_are_trained_on_where_none_are_held_out():
    """Labels of the validation images that contradict the others: a model that saw them gets them right."""
    contradictory = tiny.DATA._replace(y_valid=(tiny.DATA.y_valid + 5) % 10)
    held, seen = (train(data=contradictory, epochs=6, hold_out=hold_out) for hold_out in (True, False))
    assert seen.record["valid"]["loss"] < held.record["valid"]["loss"] - 0.5
    assert "val_loss" in held.record["history"]
    assert "val_loss" not in seen.record["history"]


def test_weights_are_kept_for_the_seeds_of_which_a_page_shows_them(run):
    assert run.weights == {}
    weights = train(seed=1, epochs=1, keep_weights=(1,)).weights
    assert {name: value.shape for name, value in weights.items()} == {"scores/kernel": (3072, 10), "scores/bias": (10,)}
    assert weights["scores/kernel"].dtype == np.float16


def test_the_weights_of_every_epoch_are_kept_in_eight_bits_and_change_nothing(run):
    """The last are those at the end, within half a step; what a network said of the validation images is counted."""
    kept = train(seed=3, keep_weights=(3,), keep_epochs=(3,))
    assert kept.record["history"] == run.record["history"]
    assert kept.record["valid"] == run.record["valid"]
    for name, value in kept.weights.items():
        last = epochs.weights_of(kept.epochs, 2)[name]
        assert np.abs(last - value).max() <= 0.6 * kept.epochs[f"scales/{name}"][2]  # 0.1 for those of 16 bits
        assert np.any(last != epochs.weights_of(kept.epochs, 1)[name])
    assert not epochs.weights_of(kept.epochs, 0)["scores/bias"].any()
    right = kept.epochs["confusion"].trace(axis1=1, axis2=2) / tiny.SIZES["valid"]
    assert right[1:] == pytest.approx(kept.record["history"]["val_accuracy"])
    assert (kept.epochs["confusion"].sum(axis=2) == np.bincount(tiny.DATA.y_valid)).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimizer": "adamm"}, ["'adamm'", "'adam'"]),
        ({"optimizer_arguments": {"learning_speed": 1}}, ["learning_speed"]),
        ({"loss": "CategoricalCrossEntropie"}, ["'CategoricalCrossEntropie'", "keras.losses"]),
        ({"loss_arguments": {"smoothing": 1}}, ["smoothing"]),
        ({"builder": "one_liar"}, ["'one_liar'"]),
        ({"builder": "IMAGE_SHAPE"}, ["IMAGE_SHAPE"]),
        ({"arguments": {"l3": 1}}, ["l3"]),
        ({"optimizer": "sgd", "optimizer_arguments": {"learning_rate": 1e38}}, ["loss is", "learning rate"]),
    ],
)
def test_a_recipe_that_cannot_be_trained_is_named(change, words):
    with pytest.raises(TrainingError) as error:
        train(seed=2, **change)
    assert all(word in str(error.value) for word in ("'tiny', seed 2", *words)), str(error.value)


def test_a_builder_that_returns_no_model_is_named(monkeypatch):
    monkeypatch.setattr(models, "one_layer", lambda l2: "a model")
    with pytest.raises(TrainingError, match=r"'tiny', seed 2.*returned a str, expected an uncompiled keras\.Model"):
        train(seed=2)


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_an_empty_split_is_refused(part):
    empty = {f"x_{part}": tiny.DATA.x_train[:0], f"y_{part}": tiny.DATA.y_train[:0]}
    with pytest.raises(TrainingError, match=r"'tiny', seed 3: expected images to train, validate and test on"):
        train(data=tiny.DATA._replace(**empty))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("epochs", 0, "at least 1"),
        ("batch_size", 0, "at least 1"),
        ("seeds", 0, "at least 1"),
        ("warm_up", 1.0, "a share of the steps, from 0 to below 1"),
        ("warm_up", -0.1, "a share of the steps, from 0 to below 1"),
        ("shift", 32, "0 to 31 pixels"),
        ("shift", -1, "0 to 31 pixels"),
    ],
)
def test_options_out_of_range_are_refused(field, value, expected):
    with pytest.raises(TrainingError, match=f"recipe 'x' has {field} {value}; expected {expected}"):
        Recipe(name="x", builder="one_layer", **{field: value})


def test_the_learning_rate_climbs_and_falls():
    recipe = dataclasses.replace(tiny.RECIPE, optimizer_arguments={"learning_rate": 0.5}, warm_up=0.25)
    model = training.build(recipe)
    training.compile_model(model, recipe, seed=0, steps=100)
    rate = [float(model.optimizer._learning_rate(step)) for step in (0, 10, 25, 62.5, 100)]
    assert rate == pytest.approx([0, 0.2, 0.5, 0.25, 0], abs=1e-6)


def test_without_a_warm_up_the_learning_rate_is_constant():
    model = training.build(tiny.RECIPE)
    training.compile_model(model, tiny.RECIPE, seed=0, steps=100)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    assert isinstance(model.optimizer._learning_rate, keras.Variable)


@pytest.mark.data
def test_a_fresh_training_repeats_what_is_recorded():
    """Its first epoch: at a constant learning rate, later ones do not change it."""
    recipe = experiments.recipe("one-layer")
    recorded = records.load(recipe, 0).history
    fresh = training.train(dataclasses.replace(recipe, epochs=1), seed=0, data=cifar10()).record["history"]
    assert {name: values[0] for name, values in recorded.items()} == pytest.approx(
        {name: values[0] for name, values in fresh.items()}, rel=0.01
    )
