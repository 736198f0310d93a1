"""Training against the clock, here one that a test moves; and predictions from several views."""

import dataclasses

import keras
import numpy as np
import pytest

import tiny
from cnnbook import training
from cnnbook.training import FastRecipe, TrainingError, budget, fast_recipes
from cnnbook.training.recipe import CLOCK_VERSION

FAST = FastRecipe(
    name="tiny-fast",
    builder="one_layer",
    optimizer="SGD",
    optimizer_arguments={"learning_rate": 0.01},
    warm_up=0.25,
    batch_size=20,
)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but for a second with every step."""
    seconds = [100.0]
    step = keras.Model.train_on_batch

    def train_on_batch(*arguments):
        seconds[0] += 1
        return step(*arguments)

    monkeypatch.setattr(budget.time, "perf_counter", lambda: seconds[0])
    monkeypatch.setattr(keras.Model, "train_on_batch", train_on_batch)
    return seconds


@pytest.fixture
def rates(monkeypatch):
    """The learning rates of the steps, one for each optimizer of the network."""
    seen = []
    step = keras.Model.train_on_batch

    def train_on_batch(model, *arguments):
        seen.append([float(one.learning_rate) for one in getattr(model.optimizer, "optimizers", [model.optimizer])])
        return step(model, *arguments)

    monkeypatch.setattr(keras.Model, "train_on_batch", train_on_batch)
    return seen


def train(recipe=FAST, seconds=40, **options):
    return budget.train_for(recipe, 0, seconds, tiny.DATA, **options)


def test_training_ends_with_the_budget_and_the_rate_takes_its_whole_course(clock, rates):
    _, progress = train()
    assert progress.seconds == 40
    assert progress.epochs == pytest.approx(4)  # 200 images in batches of 20
    assert not progress.stopped
    shares = [budget.rate(FAST, step / 40) for step in range(40)]
    assert np.array(rates)[:, 0] == pytest.approx(0.01 * np.array(shares), abs=1e-8)
    assert max(shares) == 1
    assert shares[-1] < 0.05


def test_a_training_may_be_given_epochs_instead_and_takes_its_whole_course_in_them(clock, rates):
    _, progress = train(seconds=1.5, per="epochs")
    assert progress.epochs == 1.5
    assert np.array(rates)[:, 0] == pytest.approx([0.01 * budget.rate(FAST, step / 15) for step in range(15)], abs=1e-8)


def test_the_seed_decides_and_half_the_time_is_no_beginning_of_the_whole(clock):
    first, again, half = (train(seconds=seconds)[0].get_weights()[0] for seconds in (40, 40, 20))
    assert np.allclose(first, again)
    assert not np.allclose(first, half)


def test_a_rate_falls_along_half_a_cosine_as_in_recorded_runs():
    recipe = dataclasses.replace(tiny.RECIPE, warm_up=0.2)
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 80, warmup_target=1.0, warmup_steps=20)
    expected = [float(schedule(step)) for step in range(100)]
    assert [budget.rate(recipe, step / 100) for step in range(100)] == pytest.approx(expected, abs=1e-6)
    assert budget.rate(tiny.RECIPE, 0.7) == 1


def test_rates_of_their_own_keep_their_ratio(clock, rates):
    train(dataclasses.replace(FAST, rates={"scores/bias": 8}))
    assert np.shape(rates) == (40, 2)
    assert np.array(rates)[:, 0] == pytest.approx(8 * np.array(rates)[:, 1])


def test_images_grow_in_the_course_of_a_training(monkeypatch, clock):
    """Each new pixel is the mean of those it stands for; whole images are left as they are."""
    sizes = []
    step = keras.Model.train_on_batch
    note = lambda model, images, targets: sizes.append(images.shape[1]) or step(model, images, targets)  # noqa: E731
    monkeypatch.setattr(keras.Model, "train_on_batch", note)
    train(dataclasses.replace(FAST, builder="fast_cnn", arguments={"filters": [4, 4, 4]}, small={0.5: 16}), 10)
    assert sizes == [16] * 5 + [32] * 5
    checks = np.indices((1, 32, 32, 3)).sum(axis=0) % 2 * 200
    assert budget.resized(checks.astype("uint8"), 32).dtype == np.uint8
    assert budget.resized(checks.astype("uint8"), 16)[0, 4:12, 4:12] == pytest.approx(np.full((8, 8, 3), 100), abs=1)


def test_stopped_from_the_keyboard_the_best_so_far_is_kept(clock):
    seen = []

    def step(progress):
        seen.append(dataclasses.replace(progress))
        if len(seen) == 35:
            raise KeyboardInterrupt

    model, progress = train(on_step=step)
    assert progress.stopped
    assert progress.best == max(one.accuracy for one in seen if one.accuracy is not None)
    assert training.evaluate(model, tiny.DATA.x_valid, tiny.DATA.y_valid)[1] == progress.best


def test_stopped_before_the_first_look_what_is_there_is_kept(clock):
    def step(progress):
        raise KeyboardInterrupt

    model, progress = train(on_step=step)
    assert (progress.stopped, progress.best) == (True, None)
    assert all(np.isfinite(weights).all() for weights in model.get_weights())


def test_looks_are_no_more_than_one_in_a_tenth_of_the_budget(clock):
    looks = []

    def step(progress):
        looks.append(progress.accuracy)

    train(seconds=400, on_step=step)
    changes = [number for number in range(1, len(looks)) if looks[number] is not looks[number - 1]]
    assert changes == [40 * look for look in range(1, 10)]


def test_a_loss_that_is_no_number_ends_it(clock):
    recipe = dataclasses.replace(FAST, optimizer_arguments={"learning_rate": 1e30})
    with pytest.raises(TrainingError, match="'tiny-fast': the loss is"):
        train(recipe)


def test_a_recipe_for_a_time_is_not_trained_for_epochs():
    with pytest.raises(TrainingError, match=r"'tiny-fast', seed 0 is for a time, .* cnnbook\.training\.speedrun\.run"):
        training.train(FAST, 0, data=tiny.DATA)


def test_what_training_against_the_clock_means_is_that_of_its_number():
    """Where it fails, a run would give other results: raise `CLOCK_VERSION`, and record the speedrun again."""
    recipe = dataclasses.replace(
        fast_recipes.RECIPES["fast-narrow"],
        arguments={"filters": [4, 4, 8]},
        optimizer_arguments={"learning_rate": 0.01, "momentum": 0.85, "nesterov": True, "weight_decay": 0.009},
        muon={"learning_rate": 0.05, "momentum": 0.6},
        batch_size=20,
    )
    model, _ = budget.train_for(recipe, 0, 3, tiny.DATA, per="epochs")
    assert CLOCK_VERSION == 1
    assert training.evaluate(model, tiny.DATA.x_valid, tiny.DATA.y_valid)[0] == pytest.approx(2.1519, rel=0.001)


def test_six_views_of_an_image_are_weighed_into_one_answer():
    """Over a network that hands on what it sees, so that every view can be computed by hand."""
    image = keras.Input((4, 4, 1))
    model = keras.Model(image, keras.layers.Flatten()(image))
    picture = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    padded = np.pad(picture[0, :, :, 0], 1, mode="reflect")
    views = {(row, column): padded[1 - row : 5 - row, 1 - column : 5 - column] for row, column in ((-1, -1), (1, 1))}
    whole = 2 * picture[0, :, :, 0] + views[-1, -1] + views[1, 1]
    expected = (whole + whole[:, ::-1]) / 8
    assert budget.view_probabilities(model, picture)[0] == pytest.approx(expected.ravel())
