// Goals to reach with the lab of one row.

import { range, sum } from "../../arithmetic.js";
import { count } from "../markup.js";
import { near, same, text, zeros } from "./numbers.js";

const isTyped = ({ padding }) => typeof padding !== "string" || padding === "valid";
const ROW = { input: [2, -1, 0, 3, 1, -2, 1], kernel: [1, 0, -1], stride: 1, padding: 0, dilation: 1 };
const isForward = ({ transposed }) => !transposed;

export default [
  {
    id: "keep-the-length",
    text: "An output as long as the row, with five weights and a stride of 1, and without “same”.",
    hints: ["Each window is four cells longer than its first cell.", "2p = k − 1."],
    start: { ...ROW, kernel: [1, 0, 2, 0, -1] },
    is_met: (state, { output }) =>
      isTyped(state) && state.kernel.length === 5 && state.stride === 1 && output.length === state.input.length,
  },
  {
    id: "one-cell-never-seen",
    text: "Make exactly one cell of the row never seen.",
    hints: ["A stride larger than the filter leaves gaps. So does the end of the row.", "Try a stride of 2 on a row of eight cells."],
    start: ROW,
    is_met: (state, { unseen }) => unseen.length === 1,
  },
  {
    id: "zero-on-flat-rows",
    text: "A filter that gives 0 wherever all the cells below it are equal, and that is not 0 everywhere.",
    hints: ["On a flat row every product has the same cell as a factor. Take it out of the sum.", "The weights have to add up to 0."],
    start: { ...ROW, kernel: [1, 1, 1] },
    is_met: ({ kernel }) => near(sum(kernel), 0) && !zeros(kernel),
  },
  {
    id: "all-seen-with-stride",
    text: "A row of eight, a stride of 2, no padding, and every cell seen.",
    hints: ["The last window has to end at the last cell.", "8 − k has to be even, and the filter at least as long as the stride."],
    start: { ...ROW, input: [2, -1, 0, 3, 1, -2, 1, 4], stride: 2 },
    is_met: ({ input, stride, padding }, { unseen }) =>
      input.length === 8 && stride === 2 && (padding === 0 || padding === "valid" || String(padding) === "0,0") && !unseen.length,
  },
  {
    id: "see-far-with-three",
    text: "A window that spans seven cells, with three weights.",
    hints: ["A dilation puts holes between the weights.", "d(k − 1) + 1 = 7."],
    start: ROW,
    is_met: ({ kernel, dilation }) => kernel.length === 3 && dilation * (kernel.length - 1) + 1 === 7,
  },
  {
    id: "shift-the-row",
    text: "An output that is the row moved by one cell to the right, with a 0 at its beginning.",
    hints: ["The output keeps the row’s length, so there is padding.", "With three weights and one zero on each side, which weight reads the cell to the left?"],
    start: { ...ROW, padding: 1 },
    is_met: ({ input }, { output }) => !zeros(input) && same(output, [0, ...input.slice(0, -1)]),
  },
  {
    id: "find-the-filter",
    text: ({ output }) => `Which three weights give ${text(output)}? Keep the row, the stride of 1 and no padding.`,
    hints: ["Where the row has zeros, an output shows one weight alone.", "The first output is the last weight times the only cell that is not 0; go on from there."],
    draw: ({ between, pick }) => {
      const kernel = [pick([-2, -1, 1, 2]), between(-3, 3), pick([-3, -1, 1, 3])];
      const input = [0, 0, pick([1, -1, 2]), 0, 0, between(1, 4), between(-3, 3)];
      return { kernel, input, output: range(5).map((place) => sum(kernel.map((weight, tap) => weight * input[place + tap]))) };
    },
    start: ({ input }) => ({ ...ROW, input, kernel: [0, 0, 0] }),
    is_met: (state, { output }, drawn) =>
      same(state.input, drawn.input) && state.kernel.length === 3 && state.stride === 1 && same(output, drawn.output),
  },
  {
    id: "hit-the-size",
    text: ({ n, size, stride }) => `${count(size, "output")} from a row of ${n}, with a stride of ${stride}.`,
    hints: ["Filter, padding and dilation are free.", "⌊(n + 2p − k)/s⌋ + 1: how large may n + 2p − k be?"],
    draw: ({ between }) => {
      const [n, stride] = [between(9, 14), between(2, 4)];
      const [kernel_size, padding] = [between(2, 5), between(1, 2)];
      return { n, stride, kernel_size, padding, size: Math.floor((n + 2 * padding - kernel_size) / stride) + 1 };
    },
    // A filter of one weight, so that nothing fits by itself.
    start: ({ n, size, stride }) => ({
      ...ROW, input: range(n).map((index) => (index % 5) - 2), stride, kernel: Math.floor((n - 1) / stride) + 1 === size ? range(n).map(() => 1).slice(0, 12) : [1],
    }),
    is_met: ({ input, stride }, { output }, drawn) =>
      input.length === drawn.n && stride === drawn.stride && output.length === drawn.size,
  },
].map((challenge) => ({ ...challenge, lab: "one-dimension", is_met: (state, ...more) => isForward(state) && challenge.is_met(state, ...more) }));
