// A network of convolutions from its description and its weights: forward, backward, and what each layer gave. See
// cnnbook/engine.py for the description of a Keras model.

import { refuse } from "../labs/reading.js";
import { log } from "./exact.js";
import { LAYERS, softmax } from "./layers.js";
import { size } from "./windows.js";

const ACTIVATIONS = { relu: "ReLU", softmax: "Softmax" };

/** A layer's activation is a layer of its own; what goes into it is the output "NAME.sums". */
function unfold(layer) {
  const { name, type, activation = "linear", ...more } = layer;
  if (activation === "linear") return [layer];
  const kind = ACTIVATIONS[activation] ?? refuse(
    `The layer ${name} has the activation ${activation}; use linear, ${Object.keys(ACTIVATIONS).join(", ")}.`,
  );
  if (type === "Activation") return [{ ...more, name, type: kind }];
  return [{ ...more, name: `${name}.sums`, type, of: name }, { name, type: kind }];
}

/** The image and the layers in order: what LAYERS makes of each, its name, and the layers that it takes in. */
function make({ input, layers: described }, kernels) {
  const layers = [{ name: "image", shape: input, sources: [] }];
  const settings = described.flatMap(unfold);
  settings.forEach((layer, place) => {
    const { name, type, of = name, inputs = [layers[place].name] } = layer;
    const sources = inputs.map((source) =>
      layers.find((before) => before.name === source) ??
      refuse(`The layer ${name} needs ${source}, which is no layer before it.`));
    const kind = LAYERS[type] ??
      refuse(`The layer ${name} is a ${type}; use ${Object.keys(LAYERS).join(", ")}.`);
    if (type === "Softmax" && place < settings.length - 1) {
      refuse(`The layer ${name} is a softmax; the last layer alone may be one.`);
    }
    layers.push({ name, type, of, sources, ...kind(layer, sources.map(({ shape }) => shape), kernels) });
  });
  return layers;
}

/** The weights of a network as they lie in one row, in the order of Keras: {layer, name, shape, offset, size}. */
function listWeights(layers) {
  let offset = 0;
  return layers.flatMap(({ of, weights = {} }) => Object.entries(weights).map(([name, shape]) => {
    const entry = { layer: of, name, shape, offset, size: size(shape) };
    offset += entry.size;
    return entry;
  }));
}

const sizeOf = (list) => list.reduce((sum, { size }) => sum + size, 0);

/** Make the layers, and the arrays that each of them reads and writes. */
function build(description, kernels) {
  const { floats, batch } = kernels;
  const layers = make(description, kernels);
  const list = listWeights(layers);
  const [weights, gradients] = [floats(sizeOf(list)), floats(sizeOf(list))];
  for (const layer of layers) {
    const { shape, sources, isSame, of } = layer;
    const own = list.filter((entry) => entry.layer === of && layer.weights);
    const slices = (row) =>
      Object.fromEntries(own.map(({ name, offset, size }) => [name, row.subarray(offset, offset + size)]));
    const { y, dy } = isSame ? sources[0].a : { y: floats(batch * size(shape)), dy: floats(batch * size(shape)) };
    layer.a = { x: sources.map(({ a }) => a.y), y, dy, weights: slices(weights) };
    layer.gradients = slices(gradients);
  }
  return { layers, list, weights, gradients };
}

/** The lengths of all arrays that `build` will ask for. */
function lengthsFor(description, batch) {
  const lengths = [];
  const note = (Kind) => (wanted) => {
    lengths.push(wanted.length ?? wanted);
    return new Kind();
  };
  build(description, { floats: note(Float32Array), table: note(Int32Array), batch });
  return lengths;
}

/** A network for up to `batch` images at once; `open` is `plain` of kernels.js, or what `wasmKernels` gives. */
export function createNetwork(description, open, { batch = 1 } = {}) {
  const kernels = open(lengthsFor(description, batch));
  const { layers, list, weights, gradients } = build(description, { ...kernels, batch });
  const [image, last] = [layers[0], layers[layers.length - 1]];
  const scores = last.type === "Softmax" ? last.sources[0] : last;
  const [inputs, classes] = [size(image.shape), size(last.shape)];
  let count = 0;

  const find = (wanted) =>
    layers.find(({ name }) => name === wanted) ??
    refuse(`The network has no layer ${wanted}; it has ${layers.map(({ name }) => name).join(", ")}.`);

  /** Go back from the scores to the layers that `isAsked` names, along those that depend on them and no others. */
  function goBack(number, isAsked, trains) {
    const needed = new Set();
    for (const layer of layers) {
      if (isAsked(layer) || layer.sources.some((source) => needed.has(source))) needed.add(layer);
    }
    for (const layer of layers.slice(0, layers.indexOf(scores) + 1).reverse()) {
      if (!needed.has(layer)) continue;
      const dx = layer.sources.map((source) => (needed.has(source) ? source.a.dy : undefined));
      layer.backward?.({ ...layer.a, dx, gradients: trains ? layer.gradients : undefined }, number);
    }
  }

  function clear(number) {
    for (const { a, shape } of layers) a.dy.fill(0, 0, number * size(shape));
  }

  return {
    weights,
    gradients,
    set(values) {
      const [got, total] = [values.length, weights.length].map((length) => length.toLocaleString("en"));
      if (got !== total) refuse(`The weights are ${got} numbers; this network has ${total}.`);
      if (!values.every(Number.isFinite)) refuse("The weights hold NaN or infinity, so the network computes nothing; use weights that are all finite.");
      weights.set(values);
    },
    /** Draw the weights as Keras does: kernels from Glorot's uniform distribution, biases 0. */
    initialise({ uniform }) {
      for (const { name, shape, offset, size: length } of list) {
        const [ins, outs] = shape.slice(-2);
        const limit = Math.sqrt(6 / (size(shape.slice(0, -2)) * (ins + outs)));
        const first = Number(name === "gamma" || name === "moving_variance");
        for (let i = offset; i < offset + length; i += 1) {
          weights[i] = name === "kernel" ? (2 * uniform() - 1) * limit : first;
        }
      }
    },
    /** The outputs of the last layer for `images`, values 0 to 255, one after the other. `training` is the generator of
     *  random numbers for a step of training; without it the network predicts. */
    forward(images, number = 1, { training } = {}) {
      if (number > batch) refuse(`This network takes up to ${batch} images at once; it got ${number}.`);
      if (images.length !== number * inputs) {
        refuse(`Give ${inputs} numbers for each image; the images are ${number}, the numbers ${images.length}.`);
      }
      count = number;
      image.a.y.set(images);
      for (const { a, forward } of layers) {
        a.training = training;
        forward?.(a, count);
      }
      return last.a.y.slice(0, count * classes);
    },
    /** What a layer gave in the last `forward`: its shape for one image, the numbers of all. The next one changes them. */
    output(name) {
      const { shape, a } = find(name);
      return { shape, data: a.y.subarray(0, count * size(shape)) };
    },
    /** Put into `gradients` those of the mean cross-entropy of the images of the last `forward`. */
    backward(labels) {
      if (labels.length !== count) {
        refuse(`Give one label for each image; the images are ${count}, the labels ${labels.length}.`);
      }
      clear(count);
      gradients.fill(0);
      let [loss, correct] = [0, 0];
      for (let i = 0; i < count; i += 1) {
        const label = labels[i];
        const own = scores.a.y.subarray(i * classes, (i + 1) * classes);
        const shares = softmax(own);
        if (!(label in shares)) refuse(`A label is ${label}; this network has ${classes} classes, from 0.`);
        const best = shares.indexOf(Math.max(...shares));
        loss += log(1 / shares[best]) + own[best] - own[label]; // no logarithm of a share that was rounded to 0
        correct += best === label;
        shares.forEach((share, c) => { scores.a.dy[i * classes + c] = (share - (c === label)) / count; });
      }
      goBack(count, ({ weights }) => weights, true);
      return { loss: loss / count, correct };
    },
    /** The gradient of a class' score, before the softmax, with respect to a layer's output, of the first image. */
    backwardFrom(classIndex, name) {
      if (!(classIndex >= 0 && classIndex < classes)) {
        refuse(`The class is ${classIndex}; this network has ${classes}, from 0.`);
      }
      const asked = find(name);
      clear(1);
      scores.a.dy[classIndex] = 1;
      goBack(1, (layer) => layer === asked, false);
      return { shape: asked.shape, data: asked.a.dy.slice(0, size(asked.shape)) };
    },
  };
}
