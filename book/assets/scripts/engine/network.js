// A network of convolutions from its description and its weights: forward, backward, and what each layer gave. See
// cnnbook/engine.py for the description of a Keras model.

import { range } from "../arithmetic.js";
import { refuse } from "../labs/reading.js";
import { log } from "./exact.js";
import { LAYERS, softmax } from "./layers.js";

const IMAGE = "image";
const ACTIVATIONS = { relu: "ReLU", softmax: "Softmax" };
const size = (shape) => shape.reduce((cells, length) => cells * length, 1);

/** A layer's activation is a layer of its own; what goes into it is the output "NAME.sums". */
function unfold(layer) {
  const { name, type, activation = "linear", ...more } = layer;
  if (activation === "linear") return type === "Activation" ? [{ ...more, name, type: "Dropout", rate: 0 }] : [layer];
  const kind = ACTIVATIONS[activation] ?? refuse(`The layer ${name} has the activation ${activation}; use linear, ${Object.keys(ACTIVATIONS).join(", ")}.`);
  if (type === "Activation") return [{ ...more, name, type: kind }];
  return [{ ...more, name: `${name}.sums`, type, of: name }, { name, type: kind }];
}

/** The layers in order, each with its settings, the places of its inputs (−1 is the image), and what LAYERS makes of it. */
function read({ input, layers: described }) {
  const layers = [];
  const places = new Map([[IMAGE, -1]]);
  for (const settings of described.flatMap(unfold)) {
    const { name, type, inputs } = settings;
    const make = LAYERS[type] ?? refuse(`The layer ${name} is a ${type}; use ${Object.keys(LAYERS).join(", ")} or Activation.`);
    const sources = inputs?.map((source) => places.get(source) ?? refuse(`The layer ${name} needs ${source}, which is no layer before it.`)) ?? [layers.length - 1];
    places.set(name, layers.length);
    layers.push({ settings, sources, of: settings.of ?? name, ...make(settings, sources.map((place) => layers[place]?.shape ?? input)) });
  }
  const soft = layers.findIndex(({ settings }, place) => settings.type === "Softmax" && place < layers.length - 1);
  if (soft >= 0) refuse(`The layer ${layers[soft].settings.name} is a softmax before the last layer; the last one alone may be one.`);
  return { layers, places };
}

function listWeights(layers) {
  let offset = 0;
  return layers.flatMap(({ of, weights = {} }) => Object.entries(weights).map(([name, shape]) => {
    const entry = { layer: of, name, shape, offset, size: size(shape) };
    offset += entry.size;
    return entry;
  }));
}

/** The weights of a network as they lie in one row, in the order of Keras: {layer, name, shape, offset, size}. */
export const weightList = (description) => listWeights(read(description).layers);

/** A network for up to `batch` images at once; `open` is `plain` of kernels.js, or what `wasmKernels()` of wasm.js gives. */
export function createNetwork(description, open, { batch = 1 } = {}) {
  const { layers, places } = read(description);
  const list = listWeights(layers);
  const total = list.reduce((sum, { size }) => sum + size, 0);
  const inputs = size(description.input);
  const lengths = (room = {}) => Object.entries(room).map(([name, length]) => [name, typeof length === "function" ? length(batch) : length]);
  const tables = layers.map((layer) => Object.entries(layer.tables?.(batch) ?? {}));
  const kernels = open([
    total, total, batch * inputs, batch * inputs,
    ...layers.flatMap(({ shape, isSame, room }) => [...(isSame ? [] : [batch * size(shape), batch * size(shape)]), ...lengths(room).map(([, length]) => length)]),
    ...tables.flat().map(([, values]) => values.length),
  ]);
  const [weights, gradients] = [kernels.floats(total), kernels.floats(total)];
  const first = { y: kernels.floats(batch * inputs), dy: kernels.floats(batch * inputs), shape: description.input };
  const arrays = [];
  const at = (place) => (place < 0 ? first : arrays[place]);
  layers.forEach(({ sources, shape, isSame, room, start }, place) => {
    const [source] = sources.map(at);
    const a = {
      kernels, sources: sources.map(at), x: sources.map((source) => at(source).y), shape,
      y: isSame ? source.y : kernels.floats(batch * size(shape)),
      dy: isSame ? source.dy : kernels.floats(batch * size(shape)),
      tables: Object.fromEntries(tables[place].map(([name, values]) => [name, kernels.table(values)])),
      room: Object.fromEntries(lengths(room).map(([name, length]) => [name, kernels.floats(length)])),
    };
    a.room.one?.fill(1);
    start?.(a);
    arrays.push(a);
  });
  const slices = (array, place) => Object.fromEntries(list
    .filter(({ layer, name }) => layer === layers[place].of && name in (layers[place].weights ?? {}))
    .map(({ name, offset, size }) => [name, array.subarray(offset, offset + size)]));
  layers.forEach((layer, place) => {
    arrays[place].weights = slices(weights, place);
    arrays[place].ownGradients = slices(gradients, place);
  });
  const last = layers.length - 1;
  const isSoft = layers[last].settings.type === "Softmax";
  const scores = isSoft ? at(layers[last].sources[0]) : arrays[last];
  const classes = size(layers[last].shape);
  let count = 0;

  const placeOf = (name) => places.get(name) ?? refuse(`The network has no layer ${name}; it has ${[...places.keys()].join(", ")}.`);

  /** Go back from the scores; only along layers of which `isNeeded` says that the gradient of their output is asked for. */
  function goBack(images, isNeeded, trains) {
    const needs = (place) => place >= 0 ? isNeeded[place] : isNeeded.image;
    for (let place = isSoft ? last - 1 : last; place >= 0; place -= 1) {
      const { sources, backward } = layers[place];
      if (!isNeeded[place] || !backward) continue;
      const dx = sources.map((source) => (needs(source) ? at(source).dy : undefined));
      backward({ ...arrays[place], dx, gradients: trains ? arrays[place].ownGradients : undefined }, images);
    }
  }

  /** For each place whether the gradient of its output is needed: if something asked for lies there or before it. */
  function needed(asked) {
    const isNeeded = [];
    layers.forEach(({ sources }, place) => {
      isNeeded[place] = asked(place) || sources.some((source) => (source < 0 ? asked(-1) : isNeeded[source]));
    });
    isNeeded.image = asked(-1);
    return isNeeded;
  }

  function clear(images) {
    for (const { dy, shape } of [first, ...arrays]) dy.fill(0, 0, images * size(shape));
  }

  const trained = needed((place) => place >= 0 && Boolean(layers[place].weights));

  return {
    weights,
    gradients,
    batch,
    set(values) {
      if (values.length !== total) refuse(`The weights are ${values.length.toLocaleString("en")} numbers; this network has ${total.toLocaleString("en")}.`);
      weights.set(values);
    },
    /** Draw the weights as Keras does: kernels from Glorot's uniform distribution, biases 0. */
    initialise({ uniform }) {
      for (const { name, shape, offset, size: length } of list) {
        const values = weights.subarray(offset, offset + length);
        if (name !== "kernel") values.fill(name === "gamma" || name === "moving_variance" ? 1 : 0);
        else {
          const [ins, outs] = shape.slice(-2);
          const limit = Math.sqrt(6 / (size(shape.slice(0, -2)) * (ins + outs)));
          values.forEach((_, i) => { values[i] = (2 * uniform() - 1) * limit; });
        }
      }
    },
    /** The outputs of the last layer for `images`, values 0 to 255, one after the other. `training` is the generator of
     *  random numbers for a step of training; without it the network predicts. */
    forward(images, number = 1, { training } = {}) {
      if (number > batch) refuse(`This network takes up to ${batch} images at once; it got ${number}.`);
      if (images.length !== number * inputs) refuse(`${number} images of this network are ${number * inputs} numbers; it got ${images.length}.`);
      count = number;
      first.y.set(images);
      layers.forEach(({ forward }, place) => {
        arrays[place].training = training;
        forward?.(arrays[place], count);
      });
      return arrays[last].y.slice(0, count * classes);
    },
    /** What a layer gave in the last `forward`: its shape for one image, and the numbers of all. Read it before the next. */
    output(name) {
      const { shape, y } = at(placeOf(name));
      return { shape, data: y.subarray(0, count * size(shape)) };
    },
    /** Put into `gradients` those of the mean cross-entropy of the images of the last `forward`. */
    backward(labels) {
      if (labels.length !== count) refuse(`There are ${labels.length} labels for ${count} images.`);
      clear(count);
      gradients.fill(0);
      let [loss, correct] = [0, 0];
      for (let i = 0; i < count; i += 1) {
        const own = scores.y.subarray(i * classes, (i + 1) * classes);
        const shares = softmax(own);
        const label = labels[i];
        if (!(label in shares)) refuse(`A label is ${label}; this network has ${classes} classes, from 0.`);
        const largest = own.reduce((one, other) => Math.max(one, other));
        const best = own.indexOf(largest);
        loss += log(1 / shares[best]) + largest - own[label];
        correct += best === label;
        range(classes).forEach((c) => { scores.dy[i * classes + c] = (shares[c] - (c === label)) / count; });
      }
      goBack(count, trained, true);
      return { loss: loss / count, correct };
    },
    /** The gradient of a class' score, before the softmax, with respect to the output of a layer, of the first image. */
    backwardFrom(classIndex, name) {
      if (!(classIndex >= 0 && classIndex < classes)) refuse(`The class is ${classIndex}; this network has ${classes}, from 0.`);
      const place = placeOf(name);
      clear(1);
      scores.dy[classIndex] = 1;
      goBack(1, needed((other) => other === place), false);
      const { shape, dy } = at(place);
      return { shape, data: dy.slice(0, size(shape)) };
    },
  };
}
