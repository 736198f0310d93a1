// What the lab knows of its states: pixels, outputs of every layer, probabilities, heat. A state can be shown once its answer
// is here; compute.js finds it.

import { inks } from "../paper.js";
import * as sample from "../sample.js";
import { maps } from "./cells.js";
import { inputsOf, partsOf } from "./description.js";
import { describe, halves } from "./networks.js";

/** Pixels of a side of what covers an image of so many rows: a quarter. */
export const patchOf = (rows) => Math.ceil(rows / 4);
const MOST_KEPT = 12;
const kept = new Map(); // the most recently used last

export const keyOf = ({ network, image, drawing, breaks, cover, cam, layer }) => JSON.stringify([network, image, drawing, breaks, cover, cam === undefined || [cam, layer]]);

/**
 * The answer to a state that was computed: {pixels, mean, probabilities, before, outputs, description, weights, heat}. The
 * pixels are those below a cover, which has the `mean` colour of all.
 */
export function answer(state) {
  const key = keyOf(state);
  const computed = kept.get(key);
  if (computed) keepLast(key, computed);
  return computed;
}

export function keep(state, computed) {
  keepLast(keyOf(state), computed);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value); // the least recently used
  return computed;
}

function keepLast(key, value) {
  kept.delete(key);
  kept.set(key, value);
}

/** What goes into a network of [red, green, blue]: these, or grey; divided, where the network takes smaller numbers. */
export function flat(pixels, { input: [, , channels], divide = 1 }) {
  const values = channels === 1 ? pixels.flat().map(([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue) : pixels.flat(2);
  return Float32Array.from(values, (value) => value / divide);
}

export const best = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

// --- what comes with a page ------------------------------------------------------------------------------------------

/** Show a page's first picture, see portable.js, before the network's own weights are here. */
export function unpack({ state, probabilities, weights }) {
  if (answer(state)) return;
  const description = describe(state.network);
  const pixels = state.image === "drawing" ? inks(state.drawing) : sample.pixels(state.image);
  const outputs = { image: { shape: description.input, data: flat(pixels, description) } };
  const all = halves(weights);
  for (const layer of description.layers) {
    outputs[layer.name] = maps(layer, inputsOf(description, layer.name).map((name) => outputs[name]), partsOf(description, all, layer.name), layer.shape);
    if (layer.name === state.layer) break;
  }
  keep(state, { pixels, probabilities, outputs, description, weights: all });
}
