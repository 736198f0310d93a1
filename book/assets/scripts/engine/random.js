// Random numbers for training from the generator of the practice problems: the same seed gives the same numbers in
// every browser, and in Python.

import { openDraws, SEEDS } from "../practice/draws.js";
import { log } from "./exact.js";

export function random(seed) {
  const { below } = openDraws("network", seed);
  const uniform = () => below(SEEDS) / SEEDS;
  return {
    below,
    /** From 0 up to, but without, 1. */
    uniform,
    /** With mean 0 and variance 1: the polar method, which needs no sine. */
    normal() {
      let [x, y, length] = [0, 0, 0];
      while (length === 0 || length >= 1) {
        [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
        length = x * x + y * y;
      }
      return x * Math.sqrt((-2 * log(length)) / length);
    },
    /** Bring an array into a random order. */
    shuffle(array) {
      for (let last = array.length - 1; last > 0; last -= 1) {
        const other = below(last + 1);
        [array[last], array[other]] = [array[other], array[last]];
      }
      return array;
    },
  };
}
