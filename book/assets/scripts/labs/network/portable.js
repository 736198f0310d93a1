// What a page has to bring for its first picture, so that it needs no other weights; the build asks for it.

import { answer } from "./answers.js";
import { describe, textOf } from "./networks.js";

/** The probabilities, and the weights of the layers up to the shown one, as they are recorded. */
export function portable(state) {
  const { layers } = describe(state.network);
  const shown = layers.slice(0, layers.findIndex(({ name }) => name === state.layer) + 1);
  const count = shown.reduce((total, { weights = [] }) => weights.reduce((sum, [, size]) => sum + size, total), 0);
  return { state, probabilities: answer(state).probabilities, weights: btoa(atob(textOf(state.network)).slice(0, 2 * count)) };
}
