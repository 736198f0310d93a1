// Goals to reach with the lab of volumes.

import { range, sum } from "../../arithmetic.js";
import { near, same, zeros } from "./numbers.js";

const grid = (rows, columns, channels, value = () => 0) =>
  range(rows).map((row) => range(columns).map((column) => range(channels).map((channel) => value(row, column, channel))));
const IMAGE = (side, channels) => grid(side, side, channels, (row, column, channel) => (row * 2 + column * column + channel) % 4);
const volume = (side, channels, taps, changes = {}) => ({
  input: IMAGE(side, channels), filters: [grid(taps, taps, channels, (row, column) => (row + column) % 2)], bias: [0], stride: 1, padding: 0, ...changes,
});
const weights = (filter) => filter.flat(2);
/** Map number `index` of the output, row by row. */
const map = (output, index = 0) => output.map((row) => row.map((cell) => cell[index])).flat();
const sizeOf = (maps) => [maps.length, maps[0]?.length ?? 0];

export default [
  {
    id: "five-of-seven",
    text: "A map of 5×5 from an image of 7×7, with a stride of 1.",
    hints: ["Each side loses k − 1 cells, and gains 2p.", "Try a filter of 3×3."],
    start: volume(7, 1, 2),
    is_met: ({ input, stride }, { output }) => same(sizeOf(input), [7, 7]) && stride === 1 && same(sizeOf(output), [5, 5]),
  },
  {
    id: "blind-to-flat",
    text: "A filter that gives 0 on every patch of one colour, whatever the colour, and is not 0 everywhere. No bias.",
    hints: ["Each channel has one value all over such a patch, and the three may differ.", "In every channel, the weights of the slice have to add up to 0."],
    start: volume(5, 3, 3),
    is_met: ({ filters: [filter], bias }) => {
      const slices = filter[0][0].map((_, channel) => sum(filter.flat().map((cell) => cell[channel])));
      return zeros(slices) && !zeros(weights(filter)) && near(bias[0], 0);
    },
  },
  {
    id: "copy-one-channel",
    text: "A map that is the first channel of the image, cell by cell, in its full size.",
    hints: ["One weight does the work; all others are 0.", "With 3×3 weights, pad 1 and set the middle weight of the first slice to 1."],
    start: volume(4, 3, 3),
    is_met: ({ input }, { output }) => {
      const [first, second] = [map(input), map(input, 1)];
      return same(sizeOf(output), sizeOf(input)) && same(map(output), first) && !zeros(first) && !same(first, second);
    },
  },
  {
    id: "five-everywhere",
    text: "A first map that is 5 in every cell, whatever the image.",
    hints: ["“Whatever the image” means that no cell may count.", "What is added once to every sum?"],
    start: volume(4, 2, 2),
    is_met: ({ filters: [filter], bias }, { output }) => zeros(weights(filter)) && near(bias[0], 5) && output.length > 0,
  },
  {
    id: "mean-of-the-patch",
    text: "A first map whose cells are the means of the patches of 2×2 below them, from an image of one channel.",
    hints: ["A mean is a sum of products as well.", "Each of the four cells counts a quarter."],
    start: volume(5, 1, 2),
    is_met: ({ input, filters: [filter], bias }) =>
      input[0][0].length === 1 && same(sizeOf(filter), [2, 2]) && same(weights(filter), [0.25, 0.25, 0.25, 0.25]) && near(bias[0], 0),
  },
  {
    id: "hit-the-map",
    text: ({ n, size, stride }) => `A map of ${size}×${size} from an image of ${n}×${n}, with a stride of ${stride}.`,
    hints: ["The filter’s size and the padding are free.", "⌊(n + 2p − k)/s⌋ + 1, the same on both axes."],
    draw: ({ between }) => {
      const [n, stride, taps, padding] = [between(5, 8), between(1, 3), between(2, 3), between(0, 1)];
      return { n, stride, taps, padding, size: Math.floor((n + 2 * padding - taps) / stride) + 1 };
    },
    start: ({ n, size, stride }) => volume(n, 1, Math.floor((n - 1) / stride) + 1 === size ? n : 1, { stride }),
    is_met: ({ input, stride }, { output }, drawn) =>
      same(sizeOf(input), [drawn.n, drawn.n]) && stride === drawn.stride && same(sizeOf(output), [drawn.size, drawn.size]),
  },
].map((challenge) => ({ ...challenge, lab: "volume" }));
