"""The engine that runs networks in the browser, ``book/assets/scripts/engine``, against Keras on drawn models."""

import base64

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import javascript
from cnnbook import engine

BATCH = 3

PROGRAM = """
import { createNetwork, weightList } from "./engine/network.js";
import { plain } from "./engine/kernels.js";
import { wasmKernels } from "./engine/wasm.js";
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const text = (array) => Buffer.from(new Uint8Array(Float32Array.from(array).buffer)).toString("base64");
const answer = (kernels, { description, weights, images, labels, asked, training }) => {
  const network = createNetwork(description, kernels, { batch: labels.length });
  network.set(floats(weights));
  const probabilities = network.forward(floats(images), labels.length, { training });
  const outputs = Object.fromEntries(description.layers.map(({ name }) => [name, text(network.output(name).data)]));
  const { loss, correct } = network.backward(labels);
  const gradients = text(network.gradients);
  const from = text(network.backwardFrom(labels[0], asked).data);
  return { probabilities: text(probabilities), outputs, loss, correct, gradients, from, list: weightList(description) };
};
const output = async ([kind, cases]) => {
  const kernels = { plain, wasm: await wasmKernels() }[kind];
  if ((kernels === plain) !== (kind === "plain")) throw new Error("not the kernels that were asked for");
  return cases.map((asked) => answer(kernels, asked));
};
"""


def text(array):
    return base64.b64encode(np.asarray(array, "float32").tobytes()).decode()


def floats(text):
    return np.frombuffer(base64.b64decode(text), "float32")


class Draw:
    """A network drawn from a seed, with weights that Keras would not begin with: biases, moving means, all of them."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.image = keras.Input((*self.random.integers(6, 12, 2).tolist(), self.pick(1, 2, 3, 5)), name="image")

    def pick(self, *values):
        return values[self.random.integers(len(values))]

    def size(self, most):
        return tuple(self.random.integers(1, most + 1, 2).tolist())

    def window(self):
        padding = self.pick("valid", "same")
        sizes, strides = self.size(3), self.size(3)
        return self.pick(layers.MaxPooling2D, layers.AveragePooling2D)(sizes, strides, padding)

    def convolution(self, filters=None):
        options = {"strides": self.size(3), "padding": self.pick("valid", "same")}
        if filters or self.random.integers(2):
            options = {"strides": 1, "padding": "same", "dilation_rate": self.size(2)}
        options |= {"use_bias": self.pick(True, False), "activation": self.pick(None, "relu")}
        return layers.Conv2D(filters or self.pick(1, 3, 4, 5, 8, 13), self.size(3), **options)

    def block(self, x):
        """One layer, or two with a way around the second."""
        kinds = [self.window, self.convolution, layers.BatchNormalization, layers.ReLU]
        y = self.pick(*kinds)()(x) if min(x.shape[1:3]) > 2 else layers.BatchNormalization()(x)
        if self.random.integers(3):
            return y
        return layers.Add()([self.convolution(y.shape[-1])(y), y])

    def model(self):
        channels = self.image.shape[-1]
        standardise = layers.Normalization(mean=[128.0] * channels, variance=[900.0] * channels)
        x = self.pick(layers.Rescaling(1 / 128, -1), standardise)(self.image)
        for _ in range(self.random.integers(1, 4)):
            x = self.block(x)
        x = self.pick(layers.Flatten(), layers.GlobalAveragePooling2D())(x)
        x = self.pick(layers.Dense(self.pick(7, 12), activation="relu"), layers.Dropout(0.5))(x)
        scores = layers.Dense(self.pick(3, 10), activation="softmax")(x)
        model = keras.Model(self.image, scores)
        for weights in model.weights:
            if "seed" not in weights.path:
                low = 0.5 if "variance" in weights.path else -0.5
                weights.assign(self.random.uniform(low, low + 1, weights.shape))
        return model


def case(model, seed):
    random = np.random.default_rng(seed)
    maps = [layer.name for layer in model.layers if len(layer.output.shape) == 4][1:]
    return {
        "description": engine.describe(model),
        "weights": text(engine.flat_weights(model)),
        "images": text(random.uniform(0, 255, (BATCH, *model.input_shape[1:]))),
        "labels": random.integers(0, model.output_shape[-1], BATCH).tolist(),
        "asked": maps[random.integers(len(maps))],
    }


@pytest.fixture(scope="module", params=["plain", "wasm"])
def drawn(request):
    """Drawn models, each with what was asked of the engine and what it answered."""
    drawn = [Draw(seed).model() for seed in range(30)]
    cases = [case(model, seed) for seed, model in enumerate(drawn)]
    return list(zip(drawn, cases, javascript.run(PROGRAM, [request.param, cases]), strict=True))


def images_of(model, asked):
    return floats(asked["images"]).reshape(BATCH, *model.input_shape[1:])


def close(result, expected, most):
    """The largest difference is small beside the largest number."""
    expected = np.asarray(expected)
    assert result.size == expected.size
    difference = np.abs(result.reshape(expected.shape) - expected).max(initial=0)
    assert difference <= most * max(np.abs(expected).max(initial=0), 1e-3)


def test_every_layer_gives_what_keras_gives(drawn):
    kinds = set()
    for model, asked, answer in drawn:
        outputs = keras.Model(model.input, {layer.name: layer.output for layer in model.layers[1:]})
        for name, expected in outputs(images_of(model, asked), training=False).items():
            close(floats(answer["outputs"][name]), expected, 1e-4)
            kinds.add(type(model.get_layer(name)))
    assert kinds >= set(engine._SETTINGS) - {layers.Softmax, layers.Activation}


def test_every_gradient_is_that_of_keras(drawn):
    for model, asked, answer in drawn:
        with tf.GradientTape() as tape:
            probabilities = model(images_of(model, asked), training=False)
            losses = keras.losses.sparse_categorical_crossentropy(np.array(asked["labels"]), probabilities)
            loss = tf.reduce_mean(losses)
        assert answer["loss"] == pytest.approx(float(loss), rel=1e-4)
        assert answer["correct"] == (np.argmax(probabilities, -1) == asked["labels"]).sum()
        trained = model.trainable_weights
        gradients = dict(zip([w.path for w in trained], tape.gradient(loss, trained), strict=True))
        for part in answer["list"]:
            path = f"{part['layer']}/{part['name']}"
            shown = floats(answer["gradients"])[part["offset"] :][: part["size"]]
            close(shown, gradients.get(path, np.zeros(part["shape"])), 1e-3)
        assert len(gradients) == len([part for part in answer["list"] if "moving" not in part["name"]])


def test_weights_lie_where_the_list_says(drawn):
    for model, asked, answer in drawn:
        for part in answer["list"]:
            (own,) = [w for w in model.get_layer(part["layer"]).weights if w.name == part["name"]]
            assert tuple(part["shape"]) == own.shape
            np.testing.assert_array_equal(floats(asked["weights"])[part["offset"] :][: part["size"]], np.ravel(own))


def test_the_gradient_of_a_score_is_that_of_keras(drawn):
    for model, asked, answer in drawn:
        last = model.layers[-1]
        outputs = keras.Model(model.input, [model.get_layer(asked["asked"]).output, last.input])
        with tf.GradientTape() as tape:
            images = tf.constant(images_of(model, asked)[:1])
            tape.watch(images)
            maps, before = outputs(images, training=False)
            score = (before @ last.kernel)[0, asked["labels"][0]]
        close(floats(answer["from"]), tape.gradient(score, maps), 1e-3)
