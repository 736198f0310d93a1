// Goals to reach with the designer of networks.

import { kernel_span } from "../../arithmetic.js";
import { count } from "../markup.js";

const convolution = (filters, kernel_size, more = {}) => ({ type: "Conv2D", filters, kernel_size, ...more });
const PHOTO = [32, 32, 3];
const WINDOWS = ["Conv2D", "MaxPooling2D", "AveragePooling2D"]; // global pooling is as wide as its map
/** How far a layer's window reaches along its wider axis; holes between its weights count. */
const reach = ({ kernel_size, pool_size = 2, dilation_rate = 1 }) =>
  Math.max(...[0, 1].map((axis) => kernel_span([kernel_size ?? pool_size].flat().at(-axis), [dilation_rate].flat().at(-axis))));
const whole = ({ layers }) => layers.length > 0 && layers.every(({ shape }) => shape);

export default [
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
