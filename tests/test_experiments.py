"""The claims of the prose, and the plain code of the pages, against what was measured."""

import dataclasses
import inspect
import itertools

import keras
import numpy as np
import pytest

import javascript
from cnnbook import CnnBookError, architecture, data, experiments, intervals, models, plotting, records, training
from cnnbook.data import cifar10, test_labels
from cnnbook.training import epochs
from cnnbook.training.batches import Batches
from pages import code_cells


@pytest.fixture(autouse=True)
def nothing_is_trained(monkeypatch):
    """A stale record is an error here; it would be trained again, for hours, and written over."""
    monkeypatch.setenv("CNNBOOK_TRAIN", "recorded")


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


def test_a_claim_compares_two_differences_seed_by_seed():
    names = ("simple-cnn-gpu", "simple-cnn-shuffled", "two-layer", "two-layer-shuffled")
    cnn, cnn_shuffled, dense, dense_shuffled = (np.array(experiments.accuracies(name)) for name in names)
    more = (cnn - cnn_shuffled) - (dense - dense_shuffled)
    claim = experiments.Claim(says="", of=names[0], minus=names[1], beyond=names[2:], lower=0, upper=20)
    mean, low, high, n = claim.measured()
    assert (mean, n) == (pytest.approx(more.mean()), 5)
    assert high - low == pytest.approx(2 * 2.776445 * more.std(ddof=1) / 5**0.5)  # Student's t of 4 degrees of freedom
    assert dataclasses.replace(claim, lower=low - 0.01, upper=high + 0.01).holds()
    assert not dataclasses.replace(claim, lower=low + 0.01, upper=high + 0.01).holds()


def test_what_shuffled_pixels_cost_is_claimed_as_a_loss():
    """A loss is positive in each of the three sentences, and what is compared was recorded on one device."""
    claims = [claim for claim in experiments.CLAIMS if claim.says.startswith("shuffled pixels")]
    pairs = {(claim.of, claim.minus) for claim in claims} | {claim.beyond for claim in claims if claim.beyond}
    assert len(claims) == 3
    for plain, shuffled in pairs:
        assert "shuffled" not in plain
        assert shuffled.endswith("-shuffled")
        runs = [run for name in (plain, shuffled) for run in records.run(experiments.recipe(name))]
        assert len({run.content["device"] for run in runs}) == 1


def test_every_recipe_of_the_handout_has_a_claim():
    """The trials of the tuning make no claim on test images; the deeper ones do for the first and the best."""
    claimed = {claim.of for claim in experiments.CLAIMS}
    assert {"one-layer", "one-layer-no-l2", "two-layer", "simple-cnn", "deeper-1", "deeper-5", "deeper-wide"} <= claimed


def test_the_best_cnn_is_the_validation_images_choice():
    names = ["simple-cnn", *(recipe.name for recipe in experiments.DEEPER)]
    means = {name: np.mean(experiments.accuracies(name, "valid")) for name in names}
    assert max(means, key=means.get) == "deeper-5"


def test_what_the_page_on_deeper_networks_says_of_gaps():
    """Widest for the third network, narrower for the two that are trained on mirrored and shifted images."""
    gaps = {}
    for recipe in experiments.DEEPER:
        train, valid = (experiments.accuracies(recipe.name, split) for split in ("train", "valid"))
        gaps[recipe.name] = np.subtract(train, valid)
    assert max(gaps, key=lambda name: np.mean(gaps[name])) == "deeper-3"
    assert max(*gaps["deeper-4"], *gaps["deeper-5"]) < min(gaps["deeper-3"])


def test_what_the_page_on_deeper_networks_says_of_devices():
    """Only from *simple-cnn-sgd* to *deeper-1* may two runs of one seed have different devices."""

    def devices(recipe):
        return [records.load(recipe, seed).content["device"] for seed in range(recipe.seeds)]

    third, fourth = (records.load(recipe, 4).content for recipe in experiments.DEEPER[2:4])
    assert fourth["device"] == third["device"]
    assert fourth["seconds_per_epoch"] > 2 * third["seconds_per_epoch"], "the page guesses why"
    assert devices(experiments.SIMPLE_CNN) == devices(experiments.SIMPLE_CNN_SGD)
    assert all(devices(first) == devices(second) for first, second in itertools.pairwise(experiments.DEEPER))


def test_the_simple_cnn_is_trained_again_as_the_first_of_the_five():
    """Two of its steps, one for the training alone and one for the network alone."""
    simple, again, first = (
        recipe.settings() for recipe in (experiments.SIMPLE_CNN, experiments.SIMPLE_CNN_SGD, experiments.DEEPER[0])
    )
    assert {name for name in again if again[name] != first[name]} == {"builder", "arguments"}
    assert {name for name in again if again[name] == simple[name]} >= {"builder", "arguments", "epochs", "batch_size"}


def test_what_the_page_on_one_layer_says_of_its_curves():
    """No gain after the second epoch; training above validation in every seed, by little."""
    runs = records.run(experiments.recipe("one-layer"))
    validation = 100 * np.mean([run.history["val_accuracy"] for run in runs], axis=0)
    assert max(validation[2:]) <= validation[1] + 0.2
    gaps = [run.accuracy("train") - run.accuracy("valid") for run in runs]
    assert min(gaps) > 0
    assert max(gaps) < 3


def test_what_the_page_on_one_layer_says_of_its_figures():
    """Smooth templates with the penalty, speckle without; every seed without it ahead; favourite classes."""
    roughness = {}
    for name in ("one-layer", "one-layer-no-l2"):
        kernel = records.load(experiments.recipe(name), 0).weights["scores/kernel"]
        pictures = [plotting.normalise_channels(template.reshape(32, 32, 3)) for template in kernel.T.astype("float32")]
        roughness[name] = [np.abs(np.diff(picture.astype(float), axis=0)).mean() for picture in pictures]
    assert max(roughness["one-layer"]) < min(roughness["one-layer-no-l2"]) / 2
    groups = [experiments.accuracies(name) for name in ("one-layer", "one-layer-all-images", "one-layer-no-l2")]
    assert min(groups[2]) > max(groups[0] + groups[1])
    assert max(min(group) for group in groups[:2]) < min(max(group) for group in groups[:2])
    predicted = np.bincount(records.load(experiments.recipe("one-layer"), 0).test_predictions, minlength=10)
    assert predicted.max() > 1500
    assert predicted.min() < 200


def test_what_the_page_on_two_layers_says_of_its_curves():
    """It overfits little: training begins below validation and ends above it, and the validation loss does not rise."""
    histories = [run.history for run in records.run(experiments.recipe("two-layer"))]
    curves = {name: np.mean([history[name] for history in histories], axis=0) for name in histories[0]}
    assert curves["accuracy"][0] < curves["val_accuracy"][0]
    assert curves["accuracy"][-1] > curves["val_accuracy"][-1]
    assert curves["categorical_crossentropy"][-1] < curves["val_categorical_crossentropy"][-1]
    assert curves["val_categorical_crossentropy"][-1] - min(curves["val_categorical_crossentropy"]) < 0.02


def test_what_the_page_on_the_simple_cnn_says_of_its_figures():
    """Validation ends below training, by more than with two layers. The diagonal leads each row; most mistakes stay
    among animals or vehicles."""
    gap, two_gap = (
        np.subtract(experiments.accuracies(name, "train"), experiments.accuracies(name, "valid")).mean()
        for name in ("simple-cnn", "two-layer")
    )
    assert gap > two_gap + 1
    runs = records.run(experiments.recipe("simple-cnn"))
    assert np.mean([run.history["accuracy"][-1] - run.history["val_accuracy"][-1] for run in runs]) > 0
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (test_labels(), runs[0].test_predictions), 1)
    assert (matrix.argmax(axis=1) == range(10)).all()
    animal = np.isin(range(10), range(2, 8))
    wrong = matrix * (1 - np.eye(10, dtype=int))
    assert wrong[animal[:, None] == animal].sum() > wrong.sum() / 2


def test_what_the_page_on_certainty_says_of_its_figure():
    """Most neighbours overlap; the two trials that change many things together lie far above."""
    names = ["two-layer", *(recipe.name for recipe in experiments.TUNING)]
    measured = {name: intervals.interval(experiments.accuracies(name, "valid")) for name in names}
    *others, second_best, best = sorted(measured.values())
    assert {second_best, best} == {measured["dense-together"], measured["dense-together-flips"]}
    assert second_best.low > others[-1].high + 2
    assert np.mean([lower.overlaps(higher) for lower, higher in itertools.pairwise(others)]) > 0.5


def test_what_two_runs_of_one_seed_share():
    """Batches with the same images if there are as many, and initial weights as far as the networks agree."""

    def start(name, seed=1):
        keras.utils.set_random_seed(seed)
        return training.build(experiments.recipe(name), seed)

    def first_batches(images, **augmentation):
        x = np.arange(images).reshape(-1, 1, 1, 1)
        batches = Batches(x, x, batch_size=128, seed=1, **augmentation)
        return {frozenset(batches[number][1].ravel()) for number in range(5)}

    starts = [start("one-layer"), start("one-layer-all-images"), start("one-layer", seed=2)]
    kernel, same_seed, other_seed = (model.get_layer("scores").get_weights()[0] for model in starts)
    assert np.array_equal(kernel, same_seed)
    assert not np.array_equal(kernel, other_seed)
    networks = [start(recipe.name) for recipe in experiments.DEEPER]
    for first, second in itertools.pairwise(networks):
        assert np.array_equal(*(model.get_layer("conv1_1").get_weights()[0] for model in (first, second)))
    assert first_batches(45_000) == first_batches(45_000, flip=True)
    assert not first_batches(45_000) & first_batches(50_000)
    recipes = (*experiments.SHALLOW, experiments.SIMPLE_CNN, *experiments.DEEPER)
    assert {recipe.batch_size for recipe in recipes} == {128}


def test_what_the_page_on_deeper_networks_says_of_its_steps():
    """The simple CNN far below; the fourth gets fewer training images right than the third, and not fewer others."""
    simple = [np.mean(experiments.accuracies(name)) for name in ("simple-cnn", "simple-cnn-sgd")]
    assert np.mean(experiments.accuracies("deeper-1")) - max(simple) > 10
    third, fourth = (
        {split: np.mean(experiments.accuracies(name, split)) for split in ("train", "test")}
        for name in ("deeper-3", "deeper-4")
    )
    assert fourth["train"] < third["train"]
    assert fourth["test"] >= third["test"]


def test_what_the_review_says_of_shuffled_pixels():
    """The dense network's two intervals overlap; that of the shuffled CNN lies between these and the plain CNN's."""
    names = ("two-layer", "two-layer-shuffled", "simple-cnn-shuffled", "simple-cnn-gpu")
    dense, dense_shuffled, shuffled, plain = (intervals.interval(experiments.accuracies(name)) for name in names)
    assert dense.overlaps(dense_shuffled)
    assert max(dense.high, dense_shuffled.high) < shuffled.low
    assert shuffled.high < plain.low


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name, recipe in experiments.RECIPES.items() if recipe.keep_weights])
def test_stored_weights_give_the_recorded_predictions(name):
    """They are in half precision: for a thousandth of the images at most the prediction differs."""
    images = cifar10()
    for seed in experiments.recipe(name).keep_weights:
        model = experiments.trained_model(name, seed)
        _, _, predictions = training.evaluate(model, images.x_test[:1000], images.y_test[:1000])
        recorded = records.load(experiments.recipe(name), seed).test_predictions[:1000]
        assert np.sum(predictions != recorded) <= 1


@pytest.mark.data
@pytest.mark.parametrize("epoch", [0, 1, 10])
def test_an_epochs_weights_in_eight_bits_are_right_as_often_as_the_recorded_network(epoch):
    """Of the 5,000 validation images the share differs by at most half a point."""
    images, record = cifar10(), records.load(experiments.SIMPLE_CNN, 0, with_epochs=True)
    model = training.build(experiments.SIMPLE_CNN)
    model.set_weights(list(epochs.weights_of(record.epochs, epoch).values()))
    _, accuracy, _ = training.evaluate(model, images.x_valid, images.y_valid)
    assert abs(accuracy - record.epochs["confusion"][epoch].trace() / 5000) <= 0.005


def test_weights_that_are_not_recorded_are_refused():
    with pytest.raises(records.RecordError, match="'two-layer' with seed 1 has no weights; add the seed to"):
        experiments.trained_model("two-layer", 1)


def test_the_best_dense_network_is_the_validation_images_choice():
    means = {name: np.mean(experiments.accuracies(name, "valid")) for name in experiments.CHANGES}
    assert means[experiments.best_dense()] == max(means.values())


def test_the_trials_differ_and_each_has_its_words():
    settings = [recipe.settings() for recipe in experiments.TUNING]
    assert list(experiments.CHANGES) == ["two-layer", *(recipe.name for recipe in experiments.TUNING)]
    assert all(first != second for first, second in itertools.combinations(settings, 2))
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
def test_the_plain_keras_code_of_the_page_does_what_the_records_say():
    """The cells with build, compile, fit and evaluate, as they stand on the page, on the real data, for one epoch."""
    code = [cell.source for cell in code_cells("experiments/one-layer.md")]
    namespace = {}
    for start in ("import keras", "IMAGE_SHAPE, CLASS_COUNT =", "def one_layer", "def train_and_test"):
        (cell,) = [source for source in code if source.startswith(start)]
        exec(cell.replace("from myst_nb import glue\n", ""), namespace)
    recipe = experiments.recipe("one-layer")
    train_and_test = namespace["train_and_test"]
    assert inspect.signature(train_and_test).parameters["epochs"].default == recipe.epochs
    images = cifar10()
    keras.utils.set_random_seed(0)
    _, history, accuracy = train_and_test(images.x_train, images.y_train, images.x_test, images.y_test, epochs=1)
    recorded = [run.history for run in records.run(recipe)]
    for measured, name in ((history.history["loss"][0], "loss"), (accuracy, "val_accuracy")):
        first_epochs = [run[name][0] for run in recorded]
        _, sd = intervals.mean_sd(first_epochs)
        assert min(first_epochs) - 2 * sd <= measured <= max(first_epochs) + 2 * sd


def test_what_was_measured_of_trainings_in_the_page_is_of_its_defaults_and_holds():
    """The page says that such networks pass the two layers; `benchmarks/browser_training.py` measures it again."""
    measured = experiments.browser_training()
    program = """
    import lab from "./labs/train.js";
    const output = (view) => { lab.receive(view); return lab.check({ images: "cifar" }); };
    """
    state = javascript.run(program, {"recorded": experiments.recorded_training(image=11), "training": [2000]})
    assert measured["settings"] == {name: state[name] for name in experiments.BROWSER_SETTINGS}
    assert len(measured["runs"]) == 10
    assert all(len(run["tests"]) == len(run["seconds"]) + 1 == 11 for run in measured["runs"])
    assert len(experiments.seconds_to_pass(measured)) >= 8
    tests = np.array([run["tests"] for run in measured["runs"]])
    assert 0.05 < tests[:, 0].mean() < 0.15
    assert tests[:, 1].mean() < tests[:, 10].mean() < 0.5


def test_what_was_measured_of_transfer_is_of_the_books_network_and_holds():
    """*Use your own photograph* says that fine-tuning pays with 100 of each; `benchmarks/transfer.py` measures it."""
    measured = experiments.transfer()
    assert experiments.recipe(measured["recipe"]).builder == "deeper_cnn"
    assert [run["seed"] for run in measured["runs"]] == [0, 1, 2]
    assert all([str(count) for count in measured["counts"]] == [*run["accuracies"]] for run in measured["runs"])
    with_hundred = [run["accuracies"]["100"] for run in measured["runs"]]
    assert all(0.5 < way["from nothing"] < way["fine-tuned"] < 0.8 for way in with_hundred)
    assert all(abs(way["fine-tuned"] - way["new last layer"]) < 0.05 for way in with_hundred)


def test_what_was_measured_of_other_ways_to_compute_is_what_the_page_says():
    """The sentences below the table of *Ask how sure a number is*; `benchmarks/numerics.py` measures it again."""
    measured = experiments.numerics()
    assert [run["seed"] for run in measured["runs"]] == [0, 1, 2]
    ways = list(measured["ways"])
    assert all(list(run["ways"]) == ways for run in measured["runs"])
    ends = {way: [run["ways"][way] for run in measured["runs"]] for way in ways}
    same = {way: [end["agrees"] for end in ends[way]] for way in ways}
    assert same["two threads"] == same["two threads again"] == [1, 1, 1]
    assert all(end["difference"] == 0 for end in ends["two threads again"])
    assert all(end["difference"] > 0 for end in ends["one thread"])
    assert min(same["one thread"]) > 0.99
    assert np.mean(same["mixed bfloat16"]) < np.mean(same["one thread"])
    first, second = (run.test_predictions for run in records.run(experiments.SIMPLE_CNN)[:2])
    assert min(min(shares) for shares in same.values()) > np.mean(first == second)
    accuracies = [np.mean([end["accuracy"] for end in ends[way]]) for way in ways]
    _, sd = intervals.mean_sd(end["accuracy"] for end in ends["two threads"])
    assert np.ptp(accuracies) < sd


def test_what_answers_cost_is_what_the_page_says_in_words():
    for recipe in experiments.ASKED:
        model, ways = (
            architecture.for_images(training.build(recipe), models.IMAGE_SHAPE),
            experiments.inference()["runs"][recipe.name],
        )
        calls = [(*call.inputs, *call.outputs) for call in architecture.trace(model)]
        maps = max(sum(np.prod(tensor.shape[1:]) for tensor in tensors) for tensors in calls)
        assert model.count_params() > maps  # more room for the weights of a network than for an image's maps
        floats, eight_bits = ways["ONNX Runtime"], ways["ONNX Runtime, 8 bits"]
        assert 3.5 < floats["bytes"] / eight_bits["bytes"] < 4  # about four times smaller
        assert abs(floats["test"] - eight_bits["test"]) < 0.005  # little
        assert floats["test"] == ways["Keras"]["test"]  # the same numbers
        assert ways["Keras"]["seconds_per_image"]["1"] > 5 * floats["seconds_per_image"]["1"]  # short calls
    seconds = {
        (name, way, batch): median
        for name, ways in experiments.inference()["runs"].items()
        for way, found in ways.items()
        for batch, median in found["seconds_per_image"].items()
    }
    for batch in ("1", "256"):
        assert seconds["simple-cnn", "ONNX Runtime, 8 bits", batch] > seconds["simple-cnn", "ONNX Runtime", batch]
        assert seconds["deeper-5", "ONNX Runtime, 8 bits", batch] < seconds["deeper-5", "ONNX Runtime", batch]
    assert seconds["two-layer", "browser", "1"] > seconds["simple-cnn", "browser", "1"]
    assert seconds["two-layer", "browser", "256"] < seconds["simple-cnn", "browser", "256"]


@pytest.mark.parametrize(
    ("name", "index", "before", "behind"),
    [("simple-cnn", 11, "conv", []), ("deeper-5", 75, "conv1_1", ["norm1_1"])],
)
def test_the_bright_rim_of_activation_maps_comes_from_the_zeros_of_the_padding(name, index, before, behind):
    """As captions of both pages say: where the border is repeated instead of zeros, far fewer maps peak there."""
    model = experiments.trained_model(name)
    convolution = model.get_layer(before)
    scaled = keras.ops.convert_to_numpy(keras.Model(model.inputs[0], convolution.input)(data.sample().images[[index]]))
    peaks = []
    for mode in ("constant", "edge"):
        padded = np.pad(scaled, ((0, 0), (1, 1), (1, 1), (0, 0)), mode=mode)
        maps = keras.ops.conv(padded, convolution.kernel) + (convolution.bias if convolution.use_bias else 0)
        for layer in behind:
            maps = model.get_layer(layer)(maps, training=False)
        (maps,) = keras.ops.convert_to_numpy(keras.ops.relu(maps))
        peaks.append(np.sum(maps.max(axis=(0, 1)) > maps[1:-1, 1:-1].max(axis=(0, 1))))
    zeros, repeated = peaks
    assert zeros > 3 * repeated
