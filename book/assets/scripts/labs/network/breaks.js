// Ways to break a network or its images, each with the book's question that it answers. A break is {kind, ...}; those of
// weights make other weights, those of images other pixels.

import { range } from "../../arithmetic.js";
import { random } from "../../engine/random.js";
import { oneOf, refuse, whole } from "../reading.js";
import { inputsOf, layerOf, partsOf } from "./description.js";

export const NOISE = [0.1, 0.25, 0.5, 1, 2];
export const FLIPS = ["left to right", "upside down"];
export const MOST_SHIFT = 16;

const orders = new Map();

/** One order of pixels for all images of a size. */
function orderOf(count) {
  if (!orders.has(count)) orders.set(count, random(0).shuffle(range(count)));
  return orders.get(count);
}

/** Pixels moved by whole rows and columns; what comes in is black. */
const shift = (pixels, [rows, columns]) => pixels.map((row, y) => row.map((_, x) => pixels[y - rows]?.[x - columns] ?? [0, 0, 0]));

const hasKernel = (layer) => layer.weights?.some(([name]) => name === "kernel");

/** The array of a layer that holds one number for each map: its biases, or beta of a batch normalisation. */
const biasName = (layer) => layer.weights?.map(([name]) => name).find((name) => name === "bias" || name === "beta");

/** What a break of each kind is called, asks, and does to `weights`, `pixels` or the `description`. */
export const BREAKS = {
  filter: {
    label: "one filter to zero",
    question: ({ layer, map }) => `How much does the network need map ${map} of layer ${layer}?`,
    page: ["experiments/simple-cnn", "simple-cnn-layers", "Five layers"],
    check: readMap((layer) => hasKernel(layer) || refuse(`The layer ${layer.name} has no filters; choose a convolution.`)),
    weights(description, weights, { layer, map }) {
      const { kernel } = partsOf(description, weights, layer);
      const { shape } = layerOf(description, layer);
      for (let i = map; i < kernel.length; i += shape[2]) kernel[i] = 0;
    },
  },
  bias: {
    label: "one bias to zero",
    question: ({ layer, map }) => `What is the bias of map ${map} of layer ${layer} for?`,
    page: ["arithmetic/parameters", "parameters-conv", "A convolution layer"],
    check: readMap((layer) => biasName(layer) || refuse(`The layer ${layer.name} has no biases${layer.type === "Conv2D" ? "; the batch normalisation behind it has" : "; choose a layer with weights"}.`)),
    weights(description, weights, { layer, map }) {
      partsOf(description, weights, layer)[biasName(layerOf(description, layer))][map] = 0;
    },
  },
  noise: {
    label: "noise in all filters",
    question: ({ amount }) => `Each weight of a filter moves at random, by ${amount} of the spread in its layer; biases stay. How exact must weights be?`,
    page: ["arithmetic/parameters", "parameters-bytes", "Bytes: 32 bits or 16"],
    check: ({ amount }) => ({ amount: oneOf(amount, "The noise", NOISE) }),
    weights(description, weights, { amount }) {
      const { normal } = random(1);
      for (const layer of description.layers) {
        const { kernel } = partsOf(description, weights, layer.name);
        if (!kernel) continue;
        const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
        const spread = Math.sqrt(kernel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kernel.length);
        kernel.forEach((value, i) => { kernel[i] = value + amount * spread * normal(); });
      }
    },
  },
  shuffle: {
    label: "shuffled pixels",
    question: () => "All images get one and the same shuffle of their pixels. Does this network need to know who is whose neighbour?",
    page: ["review/what-a-convolution-does", "review-what-spatial", "b) Spatial structure"],
    check: () => ({}),
    pixels(pixels) {
      const all = pixels.flat();
      const order = orderOf(all.length);
      return pixels.map((row, y) => row.map((_, x) => all[order[y * row.length + x]]));
    },
  },
  flip: {
    label: "flipped images",
    question: ({ way }) => `All images are flipped, ${way}. Is a mirrored car still a car?`,
    page: ["experiments/deeper-cnns", "deeper-cnns-steps", "Five steps"],
    check: ({ way }) => ({ way: oneOf(way, "The flip", FLIPS) }),
    pixels: (pixels, { way }) => (way === FLIPS[0] ? pixels.map((row) => [...row].reverse()) : [...pixels].reverse()),
  },
  shift: {
    label: "shifted images",
    question: ({ columns, rows }) => `All images move by ${rows} rows and ${columns} columns. Does it matter where in the image a thing is?`,
    page: ["arithmetic/pooling", "pooling-keeps", "What max pooling keeps"],
    check: ({ rows, columns }) => ({
      rows: whole(rows, "The shift", -MOST_SHIFT, MOST_SHIFT), columns: whole(columns, "The shift", -MOST_SHIFT, MOST_SHIFT),
    }),
    pixels: (pixels, { rows, columns }) => shift(pixels, [rows, columns]),
  },
  shortcut: {
    label: "no shortcuts",
    question: () => "Each addition keeps its last input alone. How much came through the shortcuts?",
    page: ["experiments/deeper-cnns", "deeper-cnns-steps", "Five steps"],
    check: (_, { layers }) => (layers.some(({ type }) => type === "Add") ? {} : refuse("This network has no shortcuts; CNN 5 has.")),
    layer: (layer) => (layer.type === "Add" ? { ...layer, inputs: layer.inputs.slice(-1) } : layer),
  },
};

function readMap(checkLayer) {
  return ({ layer, map }, description) => {
    const broken = layerOf(description, layer) ?? refuse(`The break names the layer ${layer}, which the network does not have.`);
    checkLayer(broken);
    return { layer, map: whole(map, "The map", 0, broken.shape[2] - 1) };
  };
}

/** The layer with filters or biases of its own that makes the maps of a layer; itself, if there is none. */
export function sourceOf(description, kind, name) {
  const isSource = { filter: hasKernel, bias: biasName }[kind];
  for (let source = name; ; [source] = inputsOf(description, source)) {
    const layer = layerOf(description, source);
    if (isSource(layer)) return source;
    if (!["ReLU", "BatchNormalization", "Activation"].includes(layer.type)) return name;
  }
}

/** A break that the network can have, or a refusal. */
export function readBreak(broken, description) {
  const kind = oneOf(broken?.kind, "The break", Object.keys(BREAKS));
  const checked = { kind, ...BREAKS[kind].check(broken, description) };
  const unknown = Object.keys(broken).find((key) => !(key in checked));
  if (unknown !== undefined) refuse(`The break “${kind}” has “${unknown}”, which it does not know; it knows ${Object.keys(checked).join(", ")}.`);
  return checked;
}

/** What the network is after all breaks: {description, weights}. */
export function breakNetwork(description, weights, breaks) {
  if (!breaks.some(({ kind }) => BREAKS[kind].weights || BREAKS[kind].layer)) return { description, weights };
  const changed = Float32Array.from(weights);
  let layers = description.layers;
  for (const broken of breaks) {
    BREAKS[broken.kind].weights?.(description, changed, broken);
    if (BREAKS[broken.kind].layer) layers = layers.map(BREAKS[broken.kind].layer);
  }
  return { description: { ...description, layers }, weights: changed };
}

export const breakPixels = (pixels, breaks) =>
  breaks.reduce((changed, broken) => BREAKS[broken.kind].pixels?.(changed, broken) ?? changed, pixels);
