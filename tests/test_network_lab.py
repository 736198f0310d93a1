"""What the lab that looks into networks shows, against Keras and `cnnbook.saliency`."""

import base64
import html
import io
import re

import keras
import numpy as np
import pytest
from PIL import Image

import javascript
from cnnbook import architecture, data, engine, experiments, explorer, lab, saliency

#: Asks the lab through the engine's WebAssembly, as a page does, but in Node's own process.
PROGRAM = """
import { wasmKernels } from "./engine/wasm.js";
import lab from "./labs/network.js";
import { answer } from "./labs/network/answers.js";
import { explain, fields } from "./labs/network/cells.js";
import { inputsOf, layerOf, partsOf } from "./labs/network/description.js";
import { engineInProcess } from "./labs/network/in_process.js";
import "./labs/network/later.js";
import { Refusal } from "./labs/reading.js";

const text = (array) => Buffer.from(new Uint8Array(Float32Array.from(array).buffer)).toString("base64");

/** Every cell that was asked for, [layer, map, row, column], as the lab explains it. */
const explained = ({ description, weights, outputs }, cells) => cells.map(([name, map, ...place]) => {
  const inputs = inputsOf(description, name).map((input) => outputs[input]);
  return explain(layerOf(description, name), inputs, partsOf(description, weights, name), map, place).value;
});

async function show({ state, cells = [], outputs = [], action, value }) {
  try {
    const checked = lab.check(state);
    await lab.load(checked);
    const view = lab.fit(checked, lab.view);
    if (action) {
      const deed = await lab.actions[action]({ state: checked, view, value });
      return deed({ state: checked, view });
    }
    const found = answer(lab.check(state));
    return {
      ...lab.result(checked), heat: found.heat, before: found.before, cells: explained(found, cells),
      outputs: outputs.map((name) => text(found.outputs[name].data)),
      html: lab.controls({ state: checked, view, id: "lab" }),
      words: lab.readout({ state: checked, view }), picture: lab.draw({ state: checked, view }),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { error: error.message };
  }
}

const output = async ([view, asked]) => {
  const kernels = await wasmKernels();
  globalThis.bookEngine = () => engineInProcess(kernels);
  lab.receive(view);
  const shown = [];
  for (const one of asked) shown.push(await show(one));
  return [shown, Object.entries(view.networks).map(([name, description]) => fields(description))];
};
"""

IMAGES = data.sample().images


@pytest.fixture(scope="module")
def view():
    return lab._view("network")


@pytest.fixture(scope="module")
def models():
    return {name: experiments.trained_model(name) for name in lab.NETWORKS}


@pytest.fixture
def show(view):
    return lambda asked: javascript.run(PROGRAM, [view, asked])[0]


def says(model, images):
    """A model's probabilities, without the graph that `predict` makes first."""
    return np.asarray(model(images, training=False))


def inside(model, images):
    """The output of every layer for some images, by name."""
    names = [layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    outputs = keras.Model(model.inputs[0], [model.get_layer(name).output for name in names])(images, training=False)
    return dict(zip(names, map(np.asarray, outputs), strict=True))


@pytest.mark.parametrize("name", lab.NETWORKS)
def test_the_sample_is_put_into_the_same_classes_as_by_keras(name, show, models):
    shown = show([{"state": {"network": name, "image": image}} for image in range(100)])
    ours = np.array([state["probabilities"] for state in shown])
    theirs = says(models[name], IMAGES)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).sum() == 100
    assert np.abs(ours - theirs).max() < 1e-4


@pytest.mark.parametrize("name", lab.NETWORKS)
def test_weights_are_those_of_the_record_in_the_order_of_keras(name, models):
    weights = np.frombuffer(experiments.recorded_weights(name), "<f2").astype("float32")
    assert (weights == engine.flat_weights(models[name])).all()


@pytest.mark.parametrize("name", lab.NETWORKS)
def test_maps_and_the_cells_that_are_explained_are_those_of_keras(name, show, models):
    random, image = np.random.default_rng(0), 42
    theirs = inside(models[name], IMAGES[image : image + 1])
    layers = [layer["name"] for layer in engine.describe_inside(models[name])["layers"] if layer["shape"][0] > 1]
    cells = [(layer, *(int(random.integers(size)) for size in np.roll(theirs[layer].shape[1:], 1)))
             for layer in layers for _ in range(20)]  # fmt: skip
    [shown] = show([{"state": {"network": name, "image": image}, "cells": cells, "outputs": layers}])
    for layer, output in zip(layers, shown["outputs"], strict=True):
        ours = np.frombuffer(base64.b64decode(output), "float32").reshape(theirs[layer].shape)
        assert np.abs(ours - theirs[layer]).max() < 1e-3, layer
    for (layer, map_, row, column), value in zip(cells, shown["cells"], strict=True):
        assert value == pytest.approx(theirs[layer][0, row, column, map_], abs=1e-3), layer


def test_scores_are_explained_before_the_softmax(show, models):
    model = models["deeper-5"]
    kernel, bias = model.get_layer("scores").get_weights()
    scores = inside(model, IMAGES[:1])["mean"] @ kernel + bias
    [shown] = show([{"state": {"network": "deeper-5", "image": 0}, "cells": [("scores", c, 0, 0) for c in range(10)]}])
    assert shown["cells"] == pytest.approx(scores[0], abs=1e-3)


def test_scores_are_told_apart_by_their_colours_and_no_tile_stands_for_none(show):
    [shown] = show([{"state": {"network": "simple-cnn", "image": 11, "layer": "scores"}}])
    sheet = re.search(r'data-cell="sheet"[^>]*base64,([^"]*)"', shown["picture"])[1]
    shades = np.array(Image.open(io.BytesIO(base64.b64decode(sheet)))).ravel()
    likely = np.argsort(shown["probabilities"])[::-1]
    assert shades[likely[0]] == 254
    assert sorted(shades[:10], reverse=True) == shades[likely].tolist()
    assert len(set(shades[:10])) > 2
    assert len(re.findall(r'<rect x="64" [^>]*width="192" [^>]*fill:var\(--paper\)', shown["picture"])) == 1


def test_networks_have_the_names_of_the_book_and_layers_are_called_layers(show):
    for name, layer in (("simple-cnn", "relu"), ("deeper-5", "relu1_1")):
        [shown] = show([{"state": {"network": name, "image": 11, "layer": layer, "map": 12}}])
        assert f"map 12, layer {layer}" in shown["picture"]
        assert f"{layer}: " in shown["picture"]
        for known in lab.NETWORKS:
            assert f">{experiments.TITLES[known]}</button>" in shown["html"]
            assert f">{known}<" not in shown["html"] + shown["picture"] + shown["words"]


def test_the_code_to_copy_gives_the_cell(show):
    asked = [("simple-cnn", "relu", 12), ("simple-cnn", "scores", 1), ("deeper-5", "add3", 5)]
    states = [{"network": name, "image": 11, "layer": layer, "map": map_} for name, layer, map_ in asked]
    for state, shown in zip(states, show([{"state": state} for state in states]), strict=True):
        code = html.unescape(re.search(r"<pre><code>(.*?)</code></pre>", shown["html"], re.DOTALL)[1])
        *lines, last = code.splitlines()
        names = {}
        exec("\n".join(lines), names)
        value = re.search(r'lab-output">(.*?)<', shown["words"])[1].replace("−", "-")
        assert eval(last, names) == pytest.approx(float(value), abs=6e-4), state


def test_fields_are_those_of_the_book(view, models):
    _, shown = javascript.run(PROGRAM, [view, []])
    for name, fields in zip(lab.NETWORKS, shown, strict=True):
        for layer, (size, jump, start) in architecture.receptive_fields(models[name]).items():
            if layer in fields and fields[layer]["start"] is not None:  # units see all, which JSON has no number for
                ours = fields[layer]
                assert (ours["end"] - ours["start"], ours["jump"], ours["start"]) == (size, jump, start), layer


@pytest.mark.parametrize(
    ("name", "layer", "cam"),
    [
        ("deeper-5", "add3", "predicted"),
        ("deeper-5", "relu1_1", 3),
        ("simple-cnn", "pool", 6),
        ("simple-cnn", "conv", 0),
    ],
)
def test_grad_cam_is_that_of_the_page(name, layer, cam, show, models):
    chosen = [3, 47]
    asked = [{"state": {"network": name, "image": image, "layer": layer, "cam": cam}} for image in chosen]
    for image, shown in zip(chosen, show(asked), strict=True):
        of = int(np.argmax(shown["probabilities"])) if cam == "predicted" else cam
        heat = saliency.grad_cam(models[name], layer, IMAGES[image : image + 1], of)[0]
        assert shown["heat"]["of"] == of
        assert heat.max() > 0
        np.testing.assert_allclose(shown["heat"]["cells"], heat, atol=1e-4 * heat.max())


@pytest.mark.parametrize("name", lab.NETWORKS)
def test_a_cover_changes_what_it_changes_in_keras(name, show, models):
    places = [(0, 0), (12, 9), (24, 24)]
    covered = []
    for row, column in places:
        image = IMAGES[11].copy()
        image[row : row + 8, column : column + 8] = image.mean(axis=(0, 1))
        covered.append(image)
    theirs = says(models[name], np.stack([*covered, IMAGES[11]]))
    asked = [{"state": {"network": name, "image": 11, "cover": place}} for place in places]
    for shown, expected in zip(show(asked), theirs, strict=False):
        assert shown["probabilities"] == pytest.approx(expected, abs=1e-4)
        assert shown["before"] == pytest.approx(theirs[-1], abs=1e-4)


def test_a_cover_on_a_broken_network_is_compared_with_that_network_uncovered(show, models):
    flip = {"network": "simple-cnn", "image": 11, "breaks": [{"kind": "flip", "way": "upside down"}]}
    [shown] = show([{"state": {**flip, "cover": [0, 0]}}])
    flipped = says(models["simple-cnn"], IMAGES[11:12, ::-1])[0]
    assert shown["before"] == pytest.approx(flipped, abs=1e-4)


class LastInput(keras.layers.Layer):
    """What is left of an addition whose shortcut is cut."""

    def call(self, inputs):
        return inputs[-1]


def without_shortcuts(model):
    cut = keras.models.clone_model(
        model, clone_function=lambda layer: LastInput(name=layer.name) if isinstance(layer, keras.layers.Add) else
        layer.__class__.from_config(layer.get_config())
    )  # fmt: skip
    cut.set_weights(model.get_weights())
    return cut


def changed(model, layer, place, change):
    """A copy of a model after `change` of one array of a layer."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    arrays = copy.get_layer(layer).get_weights()
    change(arrays[place])
    copy.get_layer(layer).set_weights(arrays)
    return copy


def zero(map_):
    def change(array):
        array[..., map_] = 0

    return change


#: Breaks of a network or its images, and what they are in Keras: a model of the model, or images of images.
BREAKS = [
    ("simple-cnn", {"kind": "filter", "layer": "conv", "map": 12}, lambda m: changed(m, "conv", 0, zero(12)), None),
    ("simple-cnn", {"kind": "filter", "layer": "scores", "map": 1}, lambda m: changed(m, "scores", 0, zero(1)), None),
    ("simple-cnn", {"kind": "bias", "layer": "conv", "map": 5}, lambda m: changed(m, "conv", 1, zero(5)), None),
    ("deeper-5", {"kind": "filter", "layer": "conv2_2", "map": 7}, lambda m: changed(m, "conv2_2", 0, zero(7)), None),
    ("deeper-5", {"kind": "bias", "layer": "norm4_1", "map": 3}, lambda m: changed(m, "norm4_1", 1, zero(3)), None),
    ("deeper-5", {"kind": "shortcut"}, without_shortcuts, None),
    ("simple-cnn", {"kind": "flip", "way": "left to right"}, None, lambda x: x[:, :, ::-1]),
    ("deeper-5", {"kind": "flip", "way": "upside down"}, None, lambda x: x[:, ::-1]),
    ("simple-cnn", {"kind": "shift", "rows": -3, "columns": 4}, None,
     lambda x: np.pad(x, ((0, 0), (0, 3), (4, 0), (0, 0)))[:, 3:, :32]),
]  # fmt: skip


def test_a_broken_network_says_what_it_says_in_keras(show, models):
    asked = [{"state": {"network": name, "image": 11, "breaks": [broken]}} for name, broken, _, _ in BREAKS]
    for (name, broken, model, images), shown in zip(BREAKS, show(asked), strict=True):
        pictures = images(IMAGES[11:12]) if images else IMAGES[11:12]
        theirs = says(model(models[name]) if model else models[name], pictures)[0]
        assert shown["probabilities"] == pytest.approx(theirs, abs=1e-4), broken
        assert shown["before"] == pytest.approx(says(models[name], IMAGES[11:12])[0], abs=1e-4)


def test_a_guess_is_told_how_many_are_right(show, models):
    model, mirrored = models["simple-cnn"], IMAGES[:, :, ::-1]
    before, after = (
        int((says(one, mirrored).argmax(axis=1) == data.sample().labels).sum())
        for one in (model, changed(model, "conv", 0, zero(12)))
    )
    flip = {"network": "simple-cnn", "image": 11, "map": 12, "breaks": [{"kind": "flip", "way": "left to right"}]}
    _, *told = show([{"state": flip, "action": "open"}, *({"state": flip, "action": "guess", "value": guess}
                                                         for guess in ("same", "fewer", "few", "more"))])  # fmt: skip
    filter_, right = {"kind": "filter", "layer": "conv", "map": 12}, before - 3 <= after <= before + 3
    assert [one["state"]["breaks"] for one in told] == [[*flip["breaks"], filter_]] * 4
    verdicts = [one["view"]["verdict"] for one in told]
    assert sum(verdict.startswith("✓ Right: ") for verdict in verdicts) == 1
    assert verdicts[0].startswith("✓ Right: ") == right
    words = f": {after} of the 100 images are right now, {before} were before."
    assert all(verdict.endswith(words) for verdict in verdicts)


SHUFFLE = """
import { breakNetwork, breakPixels } from "./labs/network/breaks.js";
const output = ([pixels, description, weights]) => {
  const { weights: noisy } = breakNetwork(description, Float32Array.from(weights), [{ kind: "noise", amount: 0.25 }]);
  return [pixels.map((one) => breakPixels(one, [{ kind: "shuffle" }])), [...noisy]];
};
"""


def test_a_shuffle_is_one_order_for_all_images_and_noise_has_the_spread_that_it_names():
    codes = np.arange(1024).reshape(32, 32, 1).repeat(3, axis=2)
    kernel = np.random.default_rng(0).normal(1, 2, 5000).round(3)
    description = {"input": [32, 32, 3], "layers": [{"name": "a", "weights": [["kernel", 5000], ["bias", 3]]}]}
    given = [[codes.tolist(), IMAGES[7].tolist()], description, [*kernel.tolist(), 1, 2, 3]]
    (order, image), noisy = javascript.run(SHUFFLE, given)
    order = np.array(order)[..., 0].ravel()
    assert sorted(order) == list(range(1024))
    assert (np.array(image).reshape(-1, 3) == IMAGES[7].reshape(-1, 3)[order]).all()
    assert np.mean(np.abs(np.diff(order)) < 3) < 0.02
    noise = np.array(noisy[:5000]) - kernel
    assert noise.std() == pytest.approx(0.25 * kernel.std(), rel=0.05)
    assert abs(noise.mean()) < 0.05
    assert noisy[5000:] == [1, 2, 3]


def test_the_images_that_excite_a_map_most_are_those_of_keras(show, models):
    maps = inside(models["deeper-5"], IMAGES)["relu2_2"][..., 5].max(axis=(1, 2))
    state = {"network": "deeper-5", "image": 0, "layer": "relu2_2", "map": 5}
    [shown] = show([{"state": state, "action": "excite"}])
    images = shown["view"]["exciting"]["images"]
    assert [one["value"] for one in images] == pytest.approx(np.sort(maps)[::-1][:6], abs=1e-3)
    assert [maps[one["image"]] for one in images] == pytest.approx([one["value"] for one in images], abs=1e-3)


KEPT = """
import { answer, keep } from "./labs/network/answers.js";
import { keepOwn, ownPixels } from "./labs/network/own.js";
const output = () => {
  const states = Array.from({ length: 13 }, (_, image) => ({ image }));
  const names = Array.from({ length: 20 }, (_, number) => keepOwn([number], "own 1"));
  states.slice(0, 12).forEach((state) => keep(state, state));
  answer(states[0]);
  keep(states[12], states[12]);
  return [states.filter(answer).map(({ image }) => image), names.map(ownPixels).flat()];
};
"""


def test_the_least_recent_answer_goes_first_and_an_image_of_the_readers_stays_while_it_is_shown():
    answers, images = javascript.run(KEPT, None)
    assert answers == [0, *range(2, 13)]
    own = [number for number in images if number is not None]
    assert own == [0, *range(12, 20)]


FORMULAS = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        keras.layers.Rescaling(1 / 127.5, offset=-1, name="scaled"),
        keras.layers.BatchNormalization(epsilon=0.01, name="normal"),
        keras.layers.Normalization(mean=[1, 2, 3], variance=[4, 0, 1], name="given"),
        keras.layers.Flatten(),
        keras.layers.Dense(2, activation="softmax"),
    ],
    name="formulas",
)


def test_formulas_of_a_cell_give_what_the_layer_gives():
    image = IMAGES[:1, 8:16, 8:16]
    numbers = [[0.9, 1.2, 1], [0.1, 0, -0.3], [-0.4, 0.2, 0], [0.5, 0.25, 2]]
    FORMULAS.get_layer("normal").set_weights([np.array(row) for row in numbers])
    *_, view = explorer._contents(FORMULAS, image, [0], name="formulas")
    asked = [("scaled", 2), ("normal", 0), ("normal", 2), ("given", 0)]
    states = [{"network": "formulas", "image": 0, "layer": layer, "map": map_} for layer, map_ in asked]
    shown, _ = javascript.run(PROGRAM, [view, [{"state": state} for state in states]])
    theirs = inside(FORMULAS, image)
    for (layer, map_), one in zip(asked, shown, strict=True):
        words, told = re.search(r'cell \(7, 7\): (.*) = +<span class="lab-output">(.*?)<', one["words"]).groups()
        formula = re.sub(r"√(\(.*?\)|[\d.]+)", r"(\1)**0.5", words).translate(str.maketrans("−·", "-*"))
        value = theirs[layer][0, 7, 7, map_]
        assert float(told.replace("−", "-")) == pytest.approx(value, abs=6e-4)
        assert eval(formula) == pytest.approx(value, abs=2e-3), words


PORTABLE = """
import lab from "./labs/network.js";
import { answer } from "./labs/network/answers.js";
import { portable } from "./labs/network/portable.js";
import { engineInProcess } from "./labs/network/in_process.js";
import "./labs/network/later.js";
const output = async ([view, state, first]) => {
  globalThis.bookEngine = engineInProcess;
  lab.receive({ ...view, first });
  const checked = lab.check(state);
  if (!first) await lab.load(checked);
  const { outputs, probabilities } = answer(checked);
  return [first ? undefined : portable(checked), probabilities, [...outputs[checked.layer].data]];
};
"""


def test_a_page_brings_what_its_first_picture_needs(view):
    state = {"network": "simple-cnn", "image": 11, "layer": "relu", "map": 12, "breaks": []}
    first, probabilities, maps = javascript.run(PORTABLE, [view, state, None])
    assert len(base64.b64decode(first["weights"])) == 2 * 896
    light = {**view, "weights": {}}
    _, same, ours = javascript.run(PORTABLE, [light, state, first])
    assert same == probabilities
    np.testing.assert_allclose(ours, maps, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "vgg"}, "The network is “vgg”; use one of simple-cnn, deeper-5."),
        ({"image": 100}, "The image is 100; use a whole number from 0 to 99."),
        ({"image": "own 1"}, "It names an image that stays on its reader’s machine"),
        ({"image": "drawing", "drawing": ["1"]}, "The drawing has 1 entry; 32 fit here."),
        ({"layer": "flatten"}, "The layer is “flatten”; use one of rescale, conv, relu, pool, scores."),
        ({"map": 32}, "The map is 32; use a whole number from 0 to 31."),
        ({"cover": [25, 0]}, "The cover is 25; use a whole number from 0 to 24."),
        ({"cover": 3}, "The cover is “3”; a list is needed."),
        ({"cover": [0, 0], "cam": 1}, "The state has a cover and a cam; give one of them."),
        ({"cam": 10}, "The class is 10; use a whole number from 0 to 9."),
        ({"cam": 1, "layer": "scores"}, "The layer scores has no maps"),
        ({"cam": 1, "network": "deeper-5", "layer": "relu3_2"}, "A shortcut leads past the layer relu3_2"),
        ({"breaks": [{"kind": "fire"}]}, "The break is “fire”; use one of filter, bias"),
        ({"breaks": [None]}, "The break is “undefined”"),
        ({"breaks": [{"kind": "filter", "layer": "pool", "map": 1}]}, "The layer pool has no filters"),
        ({"breaks": [{"kind": "filter", "layer": "conv", "map": 99}]}, "The map is 99; use a whole"),
        ({"breaks": [{"kind": "bias", "layer": "nowhere", "map": 1}]}, "names the layer nowhere"),
        ({"breaks": [{"kind": "bias", "layer": "conv2_1", "map": 1}], "network": "deeper-5"}, "normalisation behind"),
        ({"breaks": [{"kind": "noise", "amount": 1e9}]}, "The noise is “1000000000”"),
        ({"breaks": [{"kind": "shift", "rows": 0.5, "columns": 1}]}, "The shift is 0.5"),
        ({"breaks": [{"kind": "shortcut"}]}, "This network has no shortcuts"),
        ({"breaks": [{"kind": "shuffle"}] * 9}, "The list of breaks has 9 entries; 0 to 8 fit here."),
        ({"breaks": [{"kind": "shuffle", "amount": 2}]}, "The break “shuffle” has “amount”, which it does not know"),
        ({"seed": 1}, "“seed”, which this lab does not know"),
    ],
)  # fmt: skip
def test_a_state_is_refused_in_a_sentence(change, words, refusals):
    assert words in refusals(change)


@pytest.fixture(scope="module")
def refusals(view):
    """The sentences of all refused states, asked for in one go."""
    changes = [case[0] for mark in test_a_state_is_refused_in_a_sentence.pytestmark for case in mark.args[1]]
    asked = [{"state": {"network": "simple-cnn", "image": 3, **change}} for change in changes]
    shown, _ = javascript.run(PROGRAM, [view, asked])
    sentences = {repr(change): one.get("error", "") for change, one in zip(changes, shown, strict=True)}
    return lambda change: sentences[repr(change)]
