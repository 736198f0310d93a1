// Goals to reach with the lab of one filter on a photograph or a drawing.

import { range, sum } from "../../arithmetic.js";
import { near, same, text, zeros } from "./numbers.js";

const SIDE = 32;
const SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]];
const LYING = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]];
const AUTOMOBILE = { kernel: SOBEL, bias: 0, image: 11 };
const drawing = (isWhite) => range(SIDE).map((row) => range(SIDE).map((column) => Number(isWhite(row, column))).join(""));
const MIDDLE = 16;
const DOT = drawing((row, column) => row === MIDDLE && column === MIDDLE);
const BAND = drawing((row) => row > 11 && row < 20);

const weights = ({ kernel }) => kernel.flat(2);
const isGrey = ({ kernel }) => !Array.isArray(kernel[0][0]);
const isDrawn = ({ image, drawing: rows }, wanted) => image === "drawing" && String(rows) === String(wanted);

export default [
  {
    id: "shift-the-photograph",
    text: "A filter of 3×3 whose map is the photograph in grey, one pixel further to the left.",
    hints: ["Each cell of the map is one pixel of the photograph, so one weight does the work.", "The cell has to show the pixel on its right."],
    start: AUTOMOBILE,
    is_met: (state) => isGrey(state) && same(weights(state), [0, 0, 0, 0, 0, 1, 0, 0, 0]) && near(state.bias, 0),
  },
  {
    id: "silent-filter",
    text: "A filter that is not 0 everywhere, and that a ReLU silences on every photograph.",
    hints: ["No pixel is below 0.", "The sums must not rise above 0: what does that ask of the weights, and of the bias?"],
    start: AUTOMOBILE,
    is_met: (state) => [...weights(state), state.bias].every((value) => value <= 0) && !zeros(weights(state)),
  },
  {
    id: "colours-only",
    text: "A filter that answers 0 to every grey picture, and not to every coloured one.",
    hints: ["In a grey picture red, green and blue are equal.", "Type rows of nine weights. At each of the nine places, those for red, green and blue add up to 0."],
    start: { ...AUTOMOBILE, kernel: range(3).map((row) => range(3).map((column) => (row === 1 && column === 1 ? [1, 0, 0] : [0, 0, 0]))) },
    is_met: (state) => !isGrey(state) && zeros(state.kernel.flat().map(sum)) && !zeros(weights(state)) && near(state.bias, 0),
  },
  {
    id: "blind-to-the-band",
    text: "A filter, not 0 everywhere, that answers 0 to this white band in every column but the first and the last.",
    hints: ["Along a row, nothing changes here.", "In each row of the filter, the weights add up to 0."],
    start: { kernel: LYING, bias: 0, image: "drawing", drawing: BAND },
    is_met: (state, { output }) => isDrawn(state, BAND) && !zeros(weights(state)) && zeros(output.flatMap((row) => row.slice(1, -1))),
  },
  {
    id: "one-white-pixel",
    text: ({ shown }) => `One pixel of the drawing is white, and around it the rows of the map are ${shown.map(text).join("; ")}. Which filter of 3×3 is it?`,
    hints: ["The cell to the left of the pixel sees it on the right of its window.", "Turn the nine numbers by half a turn."],
    draw: ({ between, pick }) => {
      const numbers = range(8).map(() => between(-3, 3));
      const kernel = [...numbers, numbers[0] + pick([-2, -1, 1, 2])]; // no half turn of itself
      return { kernel, shown: range(3).map((row) => [...kernel].reverse().slice(3 * row, 3 * row + 3)) };
    },
    start: () => ({ kernel: range(3).map(() => [0, 0, 0]), bias: 0, image: "drawing", drawing: DOT }),
    is_met: (state, { output }, { shown }) =>
      isDrawn(state, DOT) && isGrey(state) && near(state.bias, 0) &&
      same(output.slice(MIDDLE - 1, MIDDLE + 2).flatMap((row) => row.slice(MIDDLE - 1, MIDDLE + 2)), shown.flat()),
  },
].map((challenge) => ({ ...challenge, lab: "filter" }));
