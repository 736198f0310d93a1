// Random numbers from a problem's kind, level and seed, the same as in Python: FNV-1a starts mulberry32, see
// cnnbook/practice/draws.py. The order of the draws is part of a problem.

import { range } from "../arithmetic.js";

export const SEEDS = 2 ** 32;

export function openDraws(...words) {
  let state = 0x811c9dc5;
  for (const letter of words.join("/")) state = Math.imul(state ^ letter.charCodeAt(), 0x01000193);
  const word = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (count) => {
    let drawn;
    do drawn = word();
    while (drawn >= SEEDS - (SEEDS % count));
    return drawn % count;
  };
  const between = (low, high) => low + below(high - low + 1);
  const pick = (choices) => choices[below(choices.length)];
  const row = (length, low, high) => range(length).map(() => between(low, high));
  const grid = (height, width, low, high) => range(height).map(() => row(width, low, high));
  const shuffled = (choices) => {
    const rest = [...choices];
    return choices.map(() => rest.splice(below(rest.length), 1)[0]);
  };
  return { below, between, pick, row, grid, shuffled };
}
