"""The lab of training, ``book/assets/scripts/labs/train``, in Node.js: images, runs, and the recorded training."""

import hashlib

import keras
import numpy as np
import pytest

import javascript
from cnnbook import data, experiments, records, training
from cnnbook.training import epochs

SETTINGS = {"seed": 0, "learning_rate": 0.01, "batch_size": 32, "flips": True}
SETTINGS |= {"filters": 32, "kernel_size": 3, "convolutions": 1}
RECORD = records.load(experiments.SIMPLE_CNN, 0, with_epochs=True)

RUNS = """
import { openAnswers } from "./engine/answers.js";
import { drawShapes } from "./labs/train/shapes.js";
import { startTraining, TESTED } from "./labs/train/training.js";
const answers = openAnswers();
const ask = async (name, ...values) => answers[name](...values);
const output = async ([count, runs]) => {
  const images = drawShapes(TESTED + count);
  const reports = [];
  for (const [settings, ...parts] of runs) {
    const training = await startTraining(ask, images, settings);
    for (const part of parts) var report = await training.train(part);
    reports.push({ ...report, kernel: [...report.kernel] });
  }
  return reports;
};
"""


def runs(*asked, count=200):
    """Reports of runs on shapes: each is its changes of `SETTINGS`, and what it trains, part by part."""
    return javascript.run(RUNS, [count, [[{**SETTINGS, **changes}, *parts] for changes, *parts in asked]])


def shapes(count):
    program = 'import { drawShapes } from "./labs/train/shapes.js"; const output = (count) => [...drawShapes(count)];'
    return np.array(javascript.run(program, count), "uint8").reshape(count, 32, 32, 3)


# --- images and runs -------------------------------------------------------------------------------------------------


def test_shapes_are_the_same_everywhere_and_none_is_like_another():
    images = shapes(100)
    assert hashlib.sha256(images.tobytes()).hexdigest().startswith("addff667d1d36f5f404e98293d00710dc")
    assert len({image.tobytes() for image in images}) == 100
    assert (shapes(30) == images[:30]).all()


def test_the_same_settings_give_the_same_run_and_others_another():
    first, parts, other, still = runs(
        ({}, {"steps": 4}),
        ({}, {"steps": 1}, {"steps": 3}),
        ({"seed": 1}, {"steps": 4}),
        ({"flips": False}, {"steps": 4}),
    )
    timeless = [{key: value for key, value in run.items() if key != "images_per_second"} for run in (first, parts)]
    assert timeless[0] == timeless[1]
    assert len({round(run["loss"], 4) for run in (first, other, still)}) == 3


def test_a_run_ends_with_the_epoch_that_was_asked_for():
    [run] = runs(({"batch_size": 128}, {"epochs": 1, "steps": 9}))
    assert (run["step"], run["epoch"]) == (2, 1)


def test_an_epoch_sees_every_image_once_and_ends_with_the_test_images():
    [run] = runs(({"batch_size": 64}, {"steps": 9}))
    assert (run["step"], run["epoch"]) == (9, 2)  # 200 images are four batches, of which the last has eight
    assert len(run["curve"]) == 3
    assert np.sum(run["confusion"], axis=1).tolist() == [50] * 10
    assert run["curve"][2]["test"] == pytest.approx(np.trace(run["confusion"]) / 500)
    assert run["curve"][0].keys() == {"test"}
    assert run["curve"][1]["accuracy"] * 200 == pytest.approx(round(run["curve"][1]["accuracy"] * 200))


def test_each_epoch_takes_the_images_in_another_order():
    program = (
        RUNS.split("const output")[0]
        + """
    const output = async (settings) => {
      const images = drawShapes(TESTED + 200);
      const image = (bytes, index) => bytes.slice(index * 3072, (index + 1) * 3072).join();
      const names = new Map(Array.from({ length: 200 }, (_, index) => [image(images, TESTED + index), index]));
      const seen = [];
      const listen = (name, batch, ...more) => {
        const count = name === "step" ? batch.length / 3072 : 0;
        for (let index = 0; index < count; index++) seen.push(names.get(image(batch, index)));
        return ask(name, batch, ...more);
      };
      await (await startTraining(listen, images, settings)).train({ steps: 8 });
      return seen;
    };
    """
    )
    first, second = np.reshape(
        javascript.run(program, SETTINGS | {"batch_size": 64, "flips": False}), (2, 200)
    ).tolist()
    assert sorted(first) == sorted(second) == list(range(200))
    assert first != second != list(range(200)) != first


def test_a_training_that_diverges_stops_and_keeps_the_weights_of_its_last_report():
    change, much = {"learning_rate": 1}, {"steps": 50}
    start, diverged, after = runs((change, {"steps": 0}), (change, much), (change, much, {"steps": 0}))
    assert diverged["diverged"]
    assert diverged["step"] < 50
    assert diverged["kernel"] == after["kernel"] == start["kernel"]
    assert np.isfinite(diverged["loss"])


def test_a_mirrored_image_is_that():
    program = """
    import { copy } from "./labs/train/training.js";
    const output = (image) => [true, false].map((isMirrored) => {
      const into = new Uint8Array(image.length);
      copy(image, into, isMirrored);
      return [...into];
    });
    """
    image = data.sample().images[3]
    mirrored, same = (np.array(flat).reshape(32, 32, 3) for flat in javascript.run(program, image.ravel().tolist()))
    assert (mirrored == image[:, ::-1]).all()
    assert (same == image).all()


def test_a_convolution_learns_shapes_within_a_few_epochs():
    [run] = runs(({"batch_size": 16}, {"steps": 3 * 125}), count=2000)
    assert run["epoch"] == 3
    assert run["curve"][3]["test"] > 0.55
    assert run["curve"][0]["test"] < 0.25


@pytest.mark.weekly
def test_on_shapes_a_convolution_does_what_a_dense_network_does_not():
    """Ten epochs of each; the dense network is the book's, on values from −1 to 1 as in the lab, at its best rate."""
    [run] = runs(({}, {"steps": 630}), count=2000)
    images = shapes(2500)
    labels = np.arange(2500) % 10
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 127.5, -1), keras.layers.Flatten(), keras.layers.Dense(128, "relu")]
    dense = keras.Sequential([keras.Input((32, 32, 3)), *layers, keras.layers.Dense(10, "softmax")])
    best = 0
    for rate in (0.001, 0.003, 0.01):
        dense = keras.models.clone_model(dense)
        dense.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
        dense.fit(images[500:], labels[500:], epochs=10, verbose=0)
        best = max(best, dense.evaluate(images[:500], labels[:500], verbose=0)[1])
    assert run["curve"][10]["test"] > 0.75
    assert best < 0.4


# --- the recorded training -------------------------------------------------------------------------------------------

SHOWN = """
import lab from "./labs/train.js";
import * as recorded from "./labs/train/recorded.js";
import * as sample from "./labs/sample.js";
const output = ([view, epochs, states]) => {
  lab.receive(view);
  const shown = (state) => {
    const checked = lab.check(state);
    const weights = recorded.weightsOf(checked.epoch);
    const maps = recorded.mapsOf(sample.pixels(checked.image), weights);
    const probabilities = weights.scores ? recorded.probabilitiesOf(maps, weights) : null;
    return { result: lab.result(checked), maps: [...maps], probabilities };
  };
  const first = shown(states[0]);
  recorded.remember(epochs);
  return [first, ...states.map(shown)];
};
"""


def test_every_recorded_epoch_is_the_network_that_was_trained():
    """Maps and probabilities of the weights in eight bits, as Keras has them; first from what the page brings alone."""
    chosen = [(10, 11), (0, 3), (1, 42), (10, 97)]
    recorded = experiments.recorded_training(image=11)
    view = {"recorded": recorded, "images": data.sample_texts(image for _, image in chosen), "classes": data.CLASSES}
    states = [{"mode": "recorded", "epoch": epoch, "image": image} for epoch, image in chosen]
    first, *shown = javascript.run(SHOWN, [view, experiments.recorded_epochs(), states])
    model = training.build(experiments.SIMPLE_CNN)
    inside = keras.Model(model.inputs[0], [model.get_layer("relu").output, model.outputs[0]])
    for (epoch, image), seen in zip(chosen, shown, strict=True):
        model.set_weights(list(epochs.weights_of(RECORD.epochs, epoch).values()))
        maps, probabilities = map(keras.ops.convert_to_numpy, inside(data.sample().images[image : image + 1]))
        assert np.abs(np.reshape(seen["maps"], maps.shape) - maps).max() < 1e-4
        assert np.abs(seen["probabilities"] - probabilities[0]).max() < 1e-4
        expected = RECORD.history["val_accuracy"][epoch - 1] if epoch else None
        assert seen["result"]["accuracy"] == expected
    assert first["maps"] == shown[0]["maps"]
    assert np.abs(np.subtract(recorded["probabilities"], shown[0]["probabilities"])).max() < 1e-5
    assert shown[0]["result"] == first["result"]
    assert first["result"] == {"epoch": 10, "step": 3520, "loss": RECORD.history["val_categorical_crossentropy"][9],
                               "accuracy": RECORD.history["val_accuracy"][9], "images_per_second": None}  # fmt: skip


# --- what is said ----------------------------------------------------------------------------------------------------

SAID = """
import lab from "./labs/train.js";
const output = ([view, cases]) => {
  lab.receive(view);
  return cases.map(([given, more]) => {
    try {
      const state = lab.check(given);
      const settings = Object.fromEntries(lab.settings.map((name) => [name, state[name]]));
      const run = more.run && { ...more.run, settings };
      const before = more.before && { ...more.before, settings: { ...settings, ...more.before.settings } };
      return lab.readout({ state, view: { ...more, run, before } });
    } catch (error) {
      return error.message;
    }
  });
};
"""


def said(state, **more):
    view = {"recorded": experiments.recorded_training(image=11), "classes": data.CLASSES, "training": [2000]}
    return javascript.run(SAID, [view, [[state, more]]])[0].replace("\xa0", " ")


def run_of(*tests):
    return {"epoch": len(tests) - 1, "step": 9, "loss": 1, "accuracy": 0.5, "images_per_second": 999,
            "curve": [{"test": test} for test in tests]}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Nothing is trained yet"),
        ({"learning_rate": 1000}, "The learning rate is 1000; use a number from 0.00001 to 1."),
        ({"learning_rate": 0}, "The learning rate is 0; use a number from 0.00001 to 1."),
        ({"learning_rate": None}, "which is not a number"),
        ({"filters": 31}, "The setting “filters” is “31”; use one of 4, 8, 16, 32."),
        ({"seed": -1}, "The seed is −1; use a whole number from 0 to 9,999."),
        ({"flips": 1}, "The setting “flips” is “1”; use one of true, false."),
        ({"count": 10000}, "The setting “training images” is “10000”; use one of 2000."),
        ({"images": "mnist"}, "The setting “images” is “mnist”; use one of cifar, shapes."),
        ({"mode": "watch"}, "The mode is “watch”; use one of recorded, train."),
        ({"epoch": 11}, "The epoch is 11; use a whole number from 0 to 10."),
        ({"speed": 2}, "“speed”, which this lab does not know"),
    ],
)
def test_a_state_is_refused_in_a_sentence(change, words):
    assert words in said({"images": "cifar"} | change)


def test_a_state_without_a_mode_is_in_that_of_its_settings():
    assert "After epoch 3" in said({"epoch": 3})
    assert "Nothing is trained yet" in said({"seed": 3})


def test_without_images_of_cifar_the_shapes_are_left():
    program = SAID.replace("lab.receive(view)", "lab.receive({ ...view, training: [] })")
    view = {"recorded": experiments.recorded_training(image=11), "classes": data.CLASSES}
    refused, taken = javascript.run(program, [view, [[{"images": "cifar"}, {}], [{"mode": "train"}, {}]]])
    assert "was built without images of CIFAR-10 to train on; train on shapes." in refused
    assert "Nothing is trained yet" in taken


@pytest.mark.parametrize(
    ("now", "guess", "words"),
    [
        ((0.1, 0.4), "higher", "✓ As you predicted: after 1 epoch it is 40.0 %, against 30.0 % before: higher."),
        ((0.1, 0.4), "lower", "✗ You predicted lower: after 1 epoch it is 40.0 %, against 30.0 % before: higher."),
        ((0.1, 0.29), "same", "✓ As you predicted: after 1 epoch it is 29.0 %, against 30.0 % before: about the same."),
        ((0.1, 0.2), None, "After 1 epoch it is 20.0 %, against 30.0 % before: lower."),
        ((0.1,), "lower", None),
    ],
)
def test_a_prediction_is_told_once_both_runs_have_an_epoch(now, guess, words):
    text = said({"images": "shapes"}, run=run_of(*now), before=run_of(0.1, 0.3, 0.9), guess=guess)
    assert words in text if words else "predicted" not in text


def test_a_run_says_when_it_has_passed_the_two_layers_and_when_it_diverges():
    text = said({"images": "cifar"}, run=run_of(0.1, 0.45, 0.46, 0.44))
    assert "Past the two layers after 2 epochs." in text
    assert "Epoch 3, step 9" in text
    assert "Past" not in said({"images": "shapes"}, run=run_of(0.1, 0.9))
    text = said({"images": "cifar", "learning_rate": 0.5}, run=run_of(0.1) | {"diverged": True})
    assert "diverges at step 9: with a learning rate of 0.5" in text
