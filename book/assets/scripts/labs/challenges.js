// Goals to reach with a lab. A challenge is {id, lab, text, hints, start, is_met}; one that is drawn from a seed has `draw`
// as well, which gives the numbers that text, start and is_met get last. States and results are those of the labs' contract.

import { kernel_span, range, sum } from "../arithmetic.js";
import { openDraws } from "../practice/draws.js";
import { count } from "./markup.js";

const near = (left, right) => Math.abs(left - right) < 1e-9;
const same = (left, right) => left.length === right.length && left.every((value, index) => near(value, right[index]));
const zeros = (values) => values.every((value) => near(value, 0));
const text = (values) => values.join(", ").replaceAll("-", "−");
const isTyped = ({ padding }) => typeof padding !== "string" || padding === "valid";

// --- one row ---------------------------------------------------------------------------------------------------------

const ROW = { input: [2, -1, 0, 3, 1, -2, 1], kernel: [1, 0, -1], stride: 1, padding: 0, dilation: 1 };
const isForward = ({ transposed }) => !transposed;

const one_dimension = [
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

// --- a volume --------------------------------------------------------------------------------------------------------

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

const volumes = [
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

// --- a network -------------------------------------------------------------------------------------------------------

const convolution = (filters, kernel_size, more = {}) => ({ type: "Conv2D", filters, kernel_size, ...more });
const PHOTO = [32, 32, 3];
const WINDOWS = ["Conv2D", "MaxPooling2D", "AveragePooling2D"]; // global pooling is as wide as its map
/** How far a layer's window reaches along its wider axis; holes between its weights count. */
const reach = ({ kernel_size, pool_size = 2, dilation_rate = 1 }) =>
  Math.max(...[0, 1].map((axis) => kernel_span([kernel_size ?? pool_size].flat().at(-axis), [dilation_rate].flat().at(-axis))));
const whole = ({ layers }) => layers.length > 0 && layers.every(({ shape }) => shape);

const networks = [
  {
    id: "parameters-896",
    text: "A layer with exactly 896 parameters.",
    hints: ["A filter of 3×3 on three channels has 27 weights and a bias.", "896 = 28 · 32."],
    start: { input: PHOTO, layers: [convolution(8, 5, { padding: "same" })] },
    is_met: (state, { layers }) => layers.some(({ parameters }) => parameters === 896),
  },
  {
    id: "field-of-13",
    text: "A receptive field of 13 with three layers, none of them wider than 5.",
    hints: ["Start from one cell. Each layer adds k − 1 times the jump before it.", "With a stride of 1 throughout, three layers have to add 12."],
    start: { input: PHOTO, layers: [convolution(8, 3), convolution(8, 3), convolution(8, 3)] },
    is_met: (state, { layers }) =>
      state.layers.length === 3 && state.layers.every((layer) => WINDOWS.includes(layer.type) && reach(layer) <= 5) &&
      [layers[2].receptive_field].flat().every((field) => field === 13),
  },
  {
    id: "ten-scores-for-little",
    text: "Ten outputs for a photograph of 32×32, with fewer than 1,000 parameters in all.",
    hints: ["A dense layer on a flattened map costs thousands. What makes one number of a whole map?", "Ten filters, then a global average."],
    start: { input: PHOTO, layers: [convolution(32, 3, { padding: "same" }), { type: "MaxPooling2D" }, { type: "Flatten" }, { type: "Dense", units: 10 }] },
    is_met: (state, result) =>
      String(state.input) === String(PHOTO) && whole(result) && result.parameters < 1000 && result.parameters > 0 && String(result.layers.at(-1).shape) === "10",
  },
  {
    id: "small-without-pooling",
    text: "From 32×32 to 8×8 without any pooling, in two layers.",
    hints: ["A convolution may take larger steps.", "Halve twice: a stride of 2 and “same”."],
    start: { input: PHOTO, layers: [convolution(8, 3, { padding: "same" }), convolution(8, 3, { padding: "same" })] },
    is_met: (state, { layers }) =>
      String(state.input) === String(PHOTO) && state.layers.length === 2 && state.layers.every(({ type }) => type === "Conv2D") && String(layers[1].shape.slice(0, 2)) === "8,8",
  },
  {
    id: "quarter-of-the-work",
    text: "Keep the shapes 16×16×16 and 16×16×32 with less than a quarter of the multiply-adds.",
    hints: ["Which layer does the most? Look at its bar.", "A filter of 1×1 does a ninth of what 3×3 does."],
    start: { input: [16, 16, 3], layers: [convolution(16, 3, { padding: "same" }), convolution(32, 3, { padding: "same" })] },
    is_met: (state, result) =>
      String(state.input) === "16,16,3" && state.layers.length === 2 && String(result.layers.map(({ shape }) => shape.join("×"))) === "16×16×16,16×16×32" &&
      result.multiply_adds < (16 * 16 * 9 * (3 * 16 + 16 * 32)) / 4,
  },
  {
    id: "hit-the-parameters",
    text: ({ channels, parameters }) => `One convolution with exactly ${parameters.toLocaleString("en")} parameters on ${count(channels, "channel")}.`,
    hints: ["(k · k · channels + 1) · filters.", "Try each kernel: which k · k · channels + 1 divides the number?"],
    draw: ({ between, pick }) => {
      const [channels, kernel_size, filters] = [pick([1, 2, 3, 4]), between(2, 5), between(6, 40)];
      return { channels, kernel_size, filters, parameters: (kernel_size ** 2 * channels + 1) * filters };
    },
    start: ({ channels }) => ({ input: [32, 32, channels], layers: [convolution(1, 1)] }),
    is_met: (state, { layers }, drawn) =>
      state.input.at(-1) === drawn.channels && state.layers.length === 1 && state.layers[0].type === "Conv2D" && layers[0].parameters === drawn.parameters,
  },
].map((challenge) => ({ ...challenge, lab: "designer" }));

// --- a filter that learns -------------------------------------------------------------------------------------------

const SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]];
const bits = (rows) => rows.map((row) => [...row].map(Number));
const RING = bits(["00000000", "00111100", "01000010", "01000010", "01000010", "01000010", "00111100", "00000000"]);
const LESSON = { input: RING, target: SOBEL, seed: 1, learning_rate: 0.5, steps: 0 };
const isSobel = ({ target }) => same(target.flat(), SOBEL.flat());

const learners = [
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

export const CHALLENGES = [...one_dimension, ...volumes, ...networks, ...learners];

/** A challenge as it is set, its words, its start and its goal; the seed counts for those that are drawn. */
export function setChallenge(challenge, seed) {
  const drawn = challenge.draw?.(openDraws("challenge", challenge.id, seed));
  const { id, lab, hints } = challenge;
  return {
    id, lab, hints, isDrawn: Boolean(drawn),
    text: drawn ? challenge.text(drawn) : challenge.text,
    start: drawn ? challenge.start(drawn) : challenge.start,
    /** Whether a lab's state and result meet it; one that shows an error does not. */
    is_met: (state, result) => !result.error && Boolean(challenge.is_met(state, result, drawn)),
    drawn,
  };
}
