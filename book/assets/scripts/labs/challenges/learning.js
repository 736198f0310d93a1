// Goals to reach with the lab of a filter that learns.

import { near, same } from "./numbers.js";

const SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]];
const bits = (rows) => rows.map((row) => [...row].map(Number));
const RING = bits(["00000000", "00111100", "01000010", "01000010", "01000010", "01000010", "00111100", "00000000"]);
const LESSON = { input: RING, target: SOBEL, seed: 1, learning_rate: 0.5, steps: 0 };
const isSobel = ({ target }) => same(target.flat(), SOBEL.flat());

export default [
  {
    id: "learn-in-nine",
    text: "From start 1, with the ring and Sobel’s filter for vertical edges: a loss below 0.01 after at most nine steps.",
    hints: ["A larger learning rate takes larger steps, and one that is too large misses.", "Between 0.5 and 1 there are rates that the buttons do not have."],
    start: LESSON,
    is_met: (state, { loss }) => isSobel(state) && same(state.input.flat(), RING.flat()) && state.seed === 1 && state.steps <= 9 && loss < 0.01,
  },
  {
    id: "same-map-other-filter",
    text: "A loss below 0.0001, with a weight that is still more than 0.5 away from the target’s.",
    hints: ["The loss compares maps. Look for an image that shows the filter few different patches.", "Where all rows of the image are alike, only the sums of the filter’s columns count."],
    start: LESSON,
    is_met: ({ target }, { kernel, loss }) => loss < 0.0001 && kernel.flat().some((weight, index) => Math.abs(weight - target.flat()[index]) > 0.5),
  },
  {
    id: "too-bright",
    text: "A loss above 1,000 after ten steps or fewer, with a learning rate of 0.2 and Sobel’s filter as the target.",
    hints: ["How far a step goes depends on the gradient as well, and that on the pixels.", "The more white, the steeper the loss."],
    start: { ...LESSON, learning_rate: 0.2 },
    is_met: (state, { loss }) => isSobel(state) && near(state.learning_rate, 0.2) && state.steps <= 10 && loss > 1000,
  },
].map((challenge) => ({ ...challenge, lab: "learning" }));
