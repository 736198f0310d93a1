// How one cell of a layer comes about: what the lab tells, and enough to compute the maps of a few layers without the
// engine. See windows.js for outputs.

import { range } from "../../arithmetic.js";
import { at, before, eachCell, patch, placesOf, sumsOf } from "./windows.js";

/** Add up the products of a dense layer or of a convolution, channel by channel. */
function products(input, places, kernel, filters, map) {
  const [, , channels] = input.shape;
  const sums = new Float64Array(channels);
  places.flat().forEach(([y, x], tap) => {
    for (let channel = 0; channel < channels; channel++) {
      sums[channel] += (at(input, y, x, channel) ?? 0) * kernel[(tap * channels + channel) * filters + map];
    }
  });
  return sums;
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

const isSum = ({ type }) => type === "Conv2D" || type === "Dense";

/** What each type of layer makes of its inputs in one cell; a convolution and a dense layer as a sum. */
const TYPES = {
  Rescaling: ({ scale = 1, offset = 0 }, [x]) => ({ terms: { x, scale, offset }, value: x * scale + offset }),
  Normalization: ({ mean, variance }, [x], _, map) =>
    ({ terms: { x, mean: mean[map], variance: variance[map] }, value: (x - mean[map]) / Math.max(Math.sqrt(variance[map]), 1e-7) }),
  BatchNormalization: ({ epsilon }, [x], weights, map) => {
    const terms = { x, epsilon };
    for (const name of ["gamma", "beta", "moving_mean", "moving_variance"]) terms[name] = weights[name]?.[map] ?? (name === "gamma" ? 1 : 0);
    return { terms, value: (x - terms.moving_mean) / Math.sqrt(terms.moving_variance + epsilon) * terms.gamma + terms.beta };
  },
  ReLU: (_, [x]) => ({ terms: { x }, value: Math.max(0, x) }),
  Add: (_, values) => ({ terms: { values }, value: total(values) }),
};

/**
 * One cell of a layer: its `value`, before an activation of its own; `places`, `sums` of the channels and `bias` of a sum
 * of products; `patch` of a pooling window; `terms` of what is computed cell by cell. `inputs` are outputs of layers,
 * `weights` the layer's own by name.
 */
export function explain(layer, inputs, weights, map, [row, column], places = placesOf(layer, inputs[0].shape, [row, column])) {
  const [input] = inputs;
  if (isSum(layer)) {
    const filters = layer.filters ?? layer.units;
    const sums = products(input, places, weights.kernel, filters, map);
    const bias = weights.bias?.[map];
    return { places, sums, bias, value: total(sums) + (bias ?? 0), kernel: (channel) => slice(weights.kernel, places, input.shape[2], filters, channel, map) };
  }
  if (layer.type.includes("Pooling")) {
    const cells = patch(input, places, map);
    const inside = cells.flat().filter((value) => value !== undefined);
    return { places, patch: cells, value: /Max/.test(layer.type) ? Math.max(...inside) : total(inside) / inside.length };
  }
  const compute = TYPES[layer.type];
  const values = inputs.map((output) => at(output, row, column, map));
  return compute ? compute(layer, values, weights, map) : { terms: { x: values[0] }, value: values[0] };
}

/** The weights of one filter in one channel, as rows. */
const slice = (kernel, places, channels, filters, channel, map) => {
  const width = places[0].length;
  return places.map((row, y) => row.map((_, x) => kernel[((y * width + x) * channels + channel) * filters + map]));
};

/** All maps of a layer, cell by cell: for the few layers of a page's first picture. */
export const maps = (layer, inputs, weights, shape) => eachCell(shape, (place) => {
  const places = placesOf(layer, inputs[0].shape, place);
  if (isSum(layer)) return sumsOf(inputs[0], places, weights, shape[2]);
  return range(shape[2]).map((map) => explain(layer, inputs, weights, map, place, places).value);
});

/** What the first cell of each layer sees of the image, from `start` to before `end`, and how far the next one is. */
export function fields({ input, layers }) {
  const known = { image: { start: 0, end: 1, jump: 1, rows: input[0] } };
  let previous = "image";
  for (const layer of layers) {
    const inputs = (layer.inputs ?? [previous]).map((name) => known[name]);
    let [start, end, { jump, rows }] = [Math.min(...inputs.map((field) => field.start)), Math.max(...inputs.map((field) => field.end)), inputs[0]];
    const length = (layer.kernel_size ?? layer.pool_size)?.[0];
    if (layer.shape[0] === 1 && !length) [start, end] = [-Infinity, Infinity]; // units see all
    else if (length) {
      const outside = before(layer, rows, 0) * jump;
      [start, end] = [start - outside, end - outside + (length - 1) * (layer.dilation_rate?.[0] ?? 1) * jump];
      jump *= layer.strides[0];
    }
    known[layer.name] = { start, end, jump, rows: layer.shape[0] };
    previous = layer.name;
  }
  return known;
}
