"""The engine that runs networks in the browser, ``book/assets/scripts/engine``, against Keras on drawn models."""

import base64
import re

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from keras import layers
from scipy.special import softmax
from scipy.stats import kstest

import javascript
import onnx_graph
from cnnbook import data, engine, models

BATCH = 3

PROGRAM = """
import { createNetwork } from "./engine/network.js";
import { plain } from "./engine/kernels.js";
import { wasmKernels } from "./engine/wasm.js";
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const text = (array) => Buffer.from(new Uint8Array(Float32Array.from(array).buffer)).toString("base64");
const answer = (kernels, { description, weights, images, labels, asked }) => {
  const network = createNetwork(description, kernels, { batch: labels.length });
  network.set(floats(weights));
  const probabilities = network.forward(floats(images), labels.length);
  const outputs = Object.fromEntries(description.layers.map(({ name }) => [name, text(network.output(name).data)]));
  const { loss, correct } = network.backward(labels);
  const from = text(network.backwardFrom(labels[0], asked).data);
  const gradients = text(network.gradients); // the other way back leaves them as they are
  return { probabilities: text(probabilities), outputs, loss, correct, gradients, from };
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

    def activation(self):
        return layers.Activation(self.pick("relu", "linear"))

    def normalization(self):
        return layers.BatchNormalization(scale=self.pick(True, False))

    def block(self, x):
        """One layer, or two with one or two ways around the second."""
        kinds = [self.window, self.convolution, self.activation, self.normalization, layers.ReLU]
        y = self.pick(*kinds)()(x) if min(x.shape[1:3]) > 2 else self.normalization()(x)
        if self.random.integers(3):
            return y
        total = layers.Add()([self.convolution(y.shape[-1])(y), y])
        return self.pick(total, layers.Add()([total, y]))

    def model(self):
        channels = self.image.shape[-1]
        standardise = layers.Normalization(mean=[128.0] * channels, variance=[900.0] * channels)
        x = self.pick(layers.Rescaling(1 / 128, -1), standardise)(self.image)
        for _ in range(self.random.integers(1, 4)):
            x = self.block(x)
        x = self.pick(layers.Flatten(), layers.GlobalAveragePooling2D(), layers.GlobalMaxPooling2D())(x)
        x = self.pick(layers.Dense(self.pick(7, 12), activation="relu"), layers.Dropout(0.5))(x)
        if self.random.integers(3):
            scores = layers.Dense(self.pick(3, 10), activation="softmax")(x)
        else:
            scores = layers.Softmax()(layers.Dense(4)(x))
        model = keras.Model(self.image, scores)
        for weights in model.weights:
            if "seed" not in weights.path:
                low = 0.5 if "variance" in weights.path else -0.5
                weights.assign(self.random.uniform(low, low + 1, weights.shape))
        return model


def case(model, seed):
    random = np.random.default_rng(seed)
    maps = [layer.name for layer in model.layers if len(layer.output.shape) == 4]
    images = random.uniform(0, 255, (BATCH, *model.input_shape[1:]))
    if isinstance(model.layers[2], layers.MaxPooling2D):  # cells that tie, where nothing is rounded before
        images = images // 51 * 51
    return {
        "description": engine.describe(model),
        "weights": text(engine.flat_weights(model)),
        "images": text(images),
        "labels": random.integers(0, model.output_shape[-1], BATCH).tolist(),
        "asked": maps[random.integers(len(maps))],
    }


@pytest.fixture(scope="module")
def cases():
    """Drawn models, each with what is asked of the engine."""
    return [(model, case(model, seed)) for seed in range(30) for model in [Draw(seed).model()]]


@pytest.fixture(scope="module", params=["plain", "wasm"])
def drawn(request, cases):
    """The same with what the engine answers."""
    answers = javascript.run(PROGRAM, [request.param, [asked for _, asked in cases]])
    return [(*asked, answer) for asked, answer in zip(cases, answers, strict=True)]


def images_of(model, asked):
    return floats(asked["images"]).reshape(BATCH, *model.input_shape[1:])


def weights_of(model, asked):
    """The weights of a model in the order in which the engine has them."""
    trained = [model.get_layer(layer["name"]) for layer in asked["description"]["layers"]]
    return [weight for layer in trained if not isinstance(layer, layers.Normalization) for weight in layer.weights]


def split(row, weights):
    return np.split(row, np.cumsum([np.size(weight) for weight in weights])[:-1])


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
    assert kinds == set(engine._SETTINGS)


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
        weights, ours = weights_of(model, asked), floats(answer["gradients"])
        for weight, part in zip(weights, split(ours, weights), strict=True):
            close(part, gradients.get(weight.path, np.zeros(weight.shape)), 1e-3)
        assert len(gradients) == len([weight for weight in weights if "moving" not in weight.path])


def test_the_gradient_of_a_score_is_that_of_keras(drawn):
    for model, asked, answer in drawn:
        last = model.layers[-1]
        outputs = keras.Model(model.input, [model.get_layer(asked["asked"]).output, last.input])
        with tf.GradientTape() as tape:
            images = tf.constant(images_of(model, asked)[:1])
            tape.watch(images)
            maps, before = outputs(images, training=False)
            scores = before if isinstance(last, layers.Softmax) else before @ last.kernel
            score = scores[0, asked["labels"][0]]
        close(floats(answer["from"]), tape.gradient(score, maps), 1e-3)


def test_onnx_runtime_predicts_the_same(drawn):
    for model, asked, answer in drawn:
        weights, arrays = weights_of(model, asked), {}
        for weight, part in zip(weights, split(floats(asked["weights"]), weights), strict=True):
            arrays.setdefault(weight.path.split("/")[-2], {})[weight.name] = part.reshape(weight.shape)
        sizes = {layer.name: layer.input.shape[1:3] for layer in model.layers if hasattr(layer, "padding")}
        graph = onnx_graph.make_model(asked["description"], arrays, sizes)
        session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        images = floats(asked["images"]).reshape(BATCH, *asked["description"]["input"])
        (expected,) = session.run(None, {"images": images})
        close(floats(answer["probabilities"]), expected, 1e-4)


STEPS = """
import { openAnswers } from "./engine/answers.js";
import { plain } from "./engine/kernels.js";
import { wasmKernels } from "./engine/wasm.js";
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const train = async (kernels, { description, weights, images, labels, steps, options }) => {
  const { create, set, step, weights: trained } = openAnswers(() => kernels);
  await create(description, { batch: labels.length });
  set(floats(weights));
  const losses = [];
  for (let done = 0; done < steps; done += 1) losses.push(step(floats(images), labels, options).loss);
  return [losses, Buffer.from(trained().buffer).toString("base64")];
};
const output = async (asked) => [await train(plain, asked), await train(await wasmKernels(), asked)];
"""


@pytest.mark.parametrize(
    "build",
    [
        models.simple_cnn,
        lambda: models.deeper_cnn(filters=(4, 8), convolutions=(1, 2), batch_norm=True, residual=True),
    ],
    ids=["simple-cnn", "deeper-cnn"],
)
def test_steps_of_training_are_those_of_keras(build):
    """The second step shows the momentum, and batch normalisation moves its means."""
    keras.utils.set_random_seed(0)  # of forty seeds one has two cells so alike that rounding decides between them
    images, labels, model = data.sample().images[::7], data.sample().labels[::7], build()
    options = {"learningRate": 0.02, "momentum": 0.9}
    asked = {"images": text(images), "labels": labels.tolist(), "steps": 3, "options": options}
    asked |= {"description": engine.describe(model), "weights": text(engine.flat_weights(model))}
    model.compile(keras.optimizers.SGD(0.02, momentum=0.9), "sparse_categorical_crossentropy")
    expected = np.ravel([model.train_on_batch(images.astype("float32"), labels) for _ in range(3)])
    for losses, weights in javascript.run(STEPS, asked):
        assert losses == pytest.approx(expected, rel=1e-4)
        close(floats(weights), engine.flat_weights(model), 1e-4)


AFRESH = """
import { openAnswers } from "./engine/answers.js";
const output = async (description) => {
  const { create, set, step, weights } = openAnswers();
  await create(description);
  const images = Uint8Array.from({ length: 3072 }, (_, i) => i % 251);
  const begun = weights();
  const results = [1, 2].map(() => step(images, [4], { learningRate: 0.01, momentum: 0.9 }).loss);
  set(begun);
  return [results, [1, 2].map(() => step(images, [4], { learningRate: 0.01, momentum: 0.9 }).loss)];
};
"""


def test_training_begins_afresh_from_weights_that_are_set():
    first, second = javascript.run(AFRESH, engine.describe(models.simple_cnn()))
    assert first == second
    assert first[0] > first[1]


DROPPED = """
import { createNetwork } from "./engine/network.js";
import { plain } from "./engine/kernels.js";
import { random } from "./engine/random.js";
const output = (description) => {
  const network = createNetwork(description, plain, { batch: 2 });
  network.initialise(random(5));
  const weights = [...network.weights];
  const read = (name) => [...network.output(name).data];
  network.forward(Float32Array.from({ length: 2000 }, (_, i) => i), 2, { training: random(2) });
  const trained = [read("flat"), read("drop"), [...network.backwardFrom(1, "flat").data]];
  network.forward(new Float32Array(1000).fill(1));
  return [weights, ...trained, read("flat"), read("drop")];
};
"""


def test_first_weights_and_dropout_are_drawn_from_what_keras_draws_from():
    stack = [layers.BatchNormalization(), layers.Flatten(name="flat"), layers.Dropout(0.3, name="drop")]
    model = keras.Sequential([keras.Input((10, 20, 5)), *stack, layers.Dense(40)])
    answer = javascript.run(DROPPED, engine.describe(model))
    weights, before, dropped, gradient, predicted, kept = map(np.array, answer)
    normalisation, kernel, bias = np.split(weights, [20, 40_020])
    assert normalisation.tolist() == [*[1] * 5, *[0] * 10, *[1] * 5]
    limit = np.sqrt(6 / 1040)
    assert kstest(kernel, "uniform", (-limit, 2 * limit)).pvalue > 0.01
    assert not bias.any()
    factor = np.where(dropped, 1 / 0.7, 0)
    assert abs(np.mean(factor > 0) - 0.7) < 4 * np.sqrt(0.3 * 0.7 / 2000)
    np.testing.assert_allclose(dropped, before * factor, rtol=1e-6)
    np.testing.assert_allclose(gradient, kernel.reshape(1000, 40)[:, 1] * factor[:1000], rtol=1e-6)
    assert predicted.all()
    np.testing.assert_array_equal(kept, predicted)


BEHIND = """
import { wasmKernels } from "./engine/wasm.js";
const output = async () => {
  const kernels = (await wasmKernels())([24, 12, 8, 24, 8, 4, 2]);
  const [x, y, one, change, two] = [24, 12, 8, 24, 8].map((length) => kernels.floats(length));
  const [starts, cells] = [kernels.table([0, 3, 6, 9]), kernels.table([0, 12])]; // windows of 2 cells, 3 channels each
  [x.fill(1), one.fill(7), change.fill(0), two.fill(7)];
  kernels.multiply(x, starts, cells, x, 3, x, 0, y);
  const product = [...y];
  kernels.relu(x, 11, y);
  kernels.reluGradient(x, 23, x, change);
  kernels.maxPool(x, starts, cells, 3, y);
  kernels.maxPoolGradient(x, y, x, starts, cells, 3, change);
  return [product, [...change.slice(0, 23)], [...one, ...two]];
};
"""


def test_loops_in_webassembly_write_over_no_other_array():
    product, change, others = javascript.run(BEHIND, None)
    assert product == [3] * 12
    assert change == [2] * 12 + [1] * 11
    assert others == [7] * 16


NUMBERS = """
import { exp, log } from "./engine/exact.js";
import { softmax } from "./engine/layers.js";
import { random } from "./engine/random.js";
const output = ([powers, positive]) => {
  const { uniform, normal, shuffle } = random(1);
  const draw = (one) => Array.from({ length: 20000 }, one);
  const order = shuffle(draw((_, i) => i));
  return [powers.map(exp), positive.map(log), softmax([1000, 999, -1000]), draw(uniform), draw(normal), order];
};
"""


def test_numbers_that_every_browser_computes_alike():
    powers, positive = np.linspace(-100, 100, 999), np.geomspace(1e-9, 1e9, 999)
    results = javascript.run(NUMBERS, [powers.tolist(), positive.tolist()])
    exponentials, logarithms, shares, uniform, normal, order = (np.array(numbers, float) for numbers in results)
    np.testing.assert_allclose(exponentials, np.exp(powers), rtol=1e-12)
    np.testing.assert_allclose(logarithms, np.log(positive), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(shares, softmax([1000, 999, -1000]), rtol=1e-12)
    assert kstest(uniform, "uniform").pvalue > 0.01
    assert kstest(normal, "norm").pvalue > 0.01
    assert sorted(order) == list(range(20_000))
    assert abs(np.corrcoef(order, range(20_000))[0, 1]) < 0.03


def test_the_engine_asks_math_for_nothing_that_browsers_round_differently():
    sources = {path.name: path.read_text("utf-8") for path in (javascript.SCRIPTS / "engine").glob("*.js")}
    used = {name for source in sources.values() for name in re.findall(r"\bMath\.(\w+)", source)}
    assert used == {"abs", "ceil", "max", "sqrt"}
    assert not [name for name, source in sources.items() if " ** " in source]


def conv(**changes):
    sizes = {"filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "activation": "linear"}
    return {"name": "conv", "type": "Conv2D", **sizes, **changes}


DENSE = {"name": "scores", "type": "Dense", "units": 2, "use_bias": True, "activation": "softmax"}
FLAT = {"name": "flat", "type": "Flatten"}
REFUSED = """
import { createNetwork } from "./engine/network.js";
import { plain } from "./engine/kernels.js";
import { Refusal } from "./labs/reading.js";
const tell = (act) => {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return undefined;
};
const output = (cases) => cases.map(([layers, question, values]) => tell(() => {
  const network = createNetwork({ input: [5, 5, 1], layers }, plain, { batch: 2 });
  if (question === "backward") network.forward(new Float32Array(25));
  if (question) network[question](...values);
}));
"""
SENTENCES = [
    ([{"name": "crop", "type": "Cropping2D"}], "", [], "The layer crop is a Cropping2D; use Conv2D, Dense, "),
    ([conv(activation="tanh")], "", [], "The layer conv has the activation tanh; use linear, relu, softmax."),
    ([conv(kernel_size=[7, 3])], "", [], "The kernel of the layer conv spans 7 cells but the padded input has 5."),
    ([FLAT, conv()], "", [], "The layer conv, a Conv2D, needs maps (rows, columns, channels); it gets a row of 25"),
    ([conv(inputs=["other"])], "", [], "The layer conv needs other, which is no layer before it."),
    ([conv(), {"name": "sum", "type": "Add", "inputs": ["conv", "image"]}], "", [], "(3, 3, 2) and (5, 5, 1)"),
    ([FLAT, DENSE, {**DENSE, "name": "more"}], "", [], "The layer scores is a softmax; the last layer alone"),
    ([FLAT, DENSE], "set", [[1, 2]], "The weights are 2 numbers; this network has 52."),
    ([FLAT, DENSE], "set", [[None] * 52], "The weights hold NaN or infinity"),
    ([FLAT, DENSE], "forward", [[1, 2], 1], "Give 25 numbers for each image; the images are 1, the numbers 2."),
    ([FLAT, DENSE], "forward", [[0] * 75, 3], "This network takes up to 2 images at once; it got 3."),
    ([FLAT, DENSE], "backward", [[0, 1]], "Give one label for each image; the images are 1, the labels 2."),
    ([FLAT, DENSE], "backward", [[2]], "A label is 2; this network has 2 classes, from 0."),
    ([FLAT, DENSE], "output", ["conv"], "The network has no layer conv; it has image, flat, scores.sums, scores."),
    ([FLAT, DENSE], "backwardFrom", [2, "flat"], "The class is 2; this network has 2, from 0."),
]


def test_the_engine_refuses_in_a_sentence():
    answers = javascript.run(REFUSED, [case for *case, _ in SENTENCES])
    for (*case, sentence), answer in zip(SENTENCES, answers, strict=True):
        assert sentence in answer, case


def test_too_little_memory_is_said_in_a_sentence():
    program = """
    import { wasmKernels } from "./engine/wasm.js";
    const output = async () => {
      const kernels = await wasmKernels();
      WebAssembly.Memory = class { constructor() { throw new RangeError("could not allocate memory"); } };
      try {
        kernels([5e8]);
      } catch ({ name, message }) {
        return [name, message];
      }
    };
    """
    name, message = javascript.run(program, None)
    assert name == "Refusal"
    assert message.startswith("The network needs 2,001 MB of memory, more than this browser gives:")


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (layers.UpSampling2D(), "the layer 'odd' is a UpSampling2D; the engine knows Conv2D, Dense"),
        (layers.Conv2D(4, 3, groups=2), "the layer 'odd' has groups=2; the engine supports 1 only"),
        (layers.BatchNormalization(center=False), "the layer 'odd' has center=False; the engine supports True only"),
        (layers.ReLU(max_value=6), "the layer 'odd' has max_value=6"),
        (
            layers.Dense(3, activation="tanh"),
            "the layer 'odd' has the activation 'tanh'; the engine knows linear, relu",
        ),
    ],
)
def test_a_model_that_the_engine_does_not_know(layer, sentence):
    layer.name = "odd"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        engine.describe(keras.Sequential([keras.Input((6, 6, 4)), layer]))


def test_a_layer_that_is_called_twice_is_refused():
    image = keras.Input((6, 6, 3))
    twice = layers.Conv2D(3, 3, name="twice")
    with pytest.raises(ValueError, match="the layer 'twice' is called twice"):
        engine.describe(keras.Model(image, twice(twice(image))))
