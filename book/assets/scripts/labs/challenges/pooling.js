// Goals to reach with the lab of pooling.

import { average_pool2d, max_pool2d, range, seen } from "../../arithmetic.js";
import { same, text } from "./numbers.js";

const SIDE_BY_SIDE = { pool_size: 2, stride: 2, padding: "valid", kind: "max" };
const PLANE = { ...SIDE_BY_SIDE, input: [[0, 2, 0, 0], [2, 1, 1, 1], [2, 0, 0, 2], [0, 2, 0, 2]] };
const blank = (value) => range(4).map((row) => range(4).map((column) => value(row, column)));

/** What both kinds of pooling give, each row by row. */
const both = ({ input, pool_size, ...options }) => [max_pool2d, average_pool2d].map((pool) => pool(input, pool_size, options).flat());
/** How many rows, or columns, no window sees. */
const left = (n, { pool_size, ...options }) => {
  const touched = new Set(seen(n, pool_size, options).flat());
  return range(n).filter((index) => !touched.has(index)).length;
};

export default [
  {
    id: "pool-and-keep-the-size",
    text: "An output as large as the plane, from windows of 3×3 and without “same”.",
    hints: ["With a stride of 2, the output is about half as large.", "With a stride of 1 each side loses two cells. What does a padding of 1 add?"],
    start: PLANE,
    is_met: ({ input, pool_size, padding }, { output }) =>
      pool_size === 3 && typeof padding === "number" && output.length === input.length && output[0].length === input[0].length,
  },
  {
    id: "one-bright-cell-everywhere",
    text: "A plane of zeros but for one bright cell, and at least four outputs, all of them bright.",
    hints: ["Every window has to see the cell, so windows have to overlap.", "On 4×4 cells, windows of 3×3 with a stride of 1: which cells lie in all four?"],
    start: { ...PLANE, input: blank((row, column) => Number(!row && !column)) },
    is_met: ({ input }, { output }) => {
      const bright = input.flat().filter((value) => value);
      return bright.length === 1 && bright[0] > 0 && output.flat().length >= 4 && output.flat().every((value) => value > 0);
    },
  },
  {
    id: "one-row-left-over",
    text: "Exactly one row and one column of the plane that no window sees.",
    hints: ["A window that would stick out is dropped, and with it what only this window would have seen.", "On 4×4 cells: which window, with a stride of 2, fits only once each way?"],
    start: PLANE,
    is_met: (state) => [state.input.length, state.input[0].length].every((n) => left(n, state) === 1),
  },
  {
    id: "max-is-mean",
    text: "A plane whose maximum and mean agree in every window, though not all outputs are equal.",
    hints: ["A mean is as large as the largest cell only if no cell is smaller.", "Fill each window with a number of its own."],
    start: PLANE,
    is_met: (state, { output }) => same(...both(state)) && output.flat().some((value) => value !== output[0][0]),
  },
  {
    id: "find-the-plane",
    text: ({ maxima, means }) =>
      `A plane of 4×4 whose windows of 2×2, side by side, have the maxima ${text(maxima)} and the means ${text(means)}, row by row.`,
    hints: ["A mean of four cells is a quarter of their sum.", "Put its maximum into each window. The other three share what is left of four times the mean."],
    draw: ({ between }) => {
      const windows = range(4).map(() => {
        const largest = between(2, 9);
        return [largest, ...range(3).map(() => between(0, largest))];
      });
      return { windows, maxima: windows.map(([largest]) => largest), means: windows.map((cells) => cells.reduce((total, cell) => total + cell) / 4) };
    },
    start: () => ({ ...PLANE, input: blank(() => 0) }),
    is_met: (state, _, { maxima, means }) => {
      const { input, pool_size, stride } = state;
      const [largest, middle] = both(state);
      return input.length === 4 && input[0].length === 4 && pool_size === 2 && stride === 2 && same(largest, maxima) && same(middle, means);
    },
  },
].map((challenge) => ({ ...challenge, lab: "pooling" }));
