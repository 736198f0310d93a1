// Windows on the outputs of layers, and their sums, where no engine is needed. An output is {shape: [rows, columns, channels],
// data}; units count as maps of one cell.

import { range, same_padding } from "../../arithmetic.js";

/** Where the windows of a layer begin: rows or columns before the input's first. */
export const before = (layer, size, axis) => {
  const length = (layer.kernel_size ?? layer.pool_size)[axis];
  const options = { stride: layer.strides[axis], dilation: layer.dilation_rate?.[axis] ?? 1 };
  return layer.padding === "same" ? same_padding(size, length, options)[0] : 0;
};

/** The places of a window, as rows of [row, column], those of padding too. */
function windowOf(layer, [rows, columns], [row, column]) {
  const [height, width] = layer.kernel_size ?? layer.pool_size;
  const [top, left] = [row * layer.strides[0] - before(layer, rows, 0), column * layer.strides[1] - before(layer, columns, 1)];
  const [down, across] = layer.dilation_rate ?? [1, 1];
  return range(height).map((y) => range(width).map((x) => [top + y * down, left + x * across]));
}

export const at = ({ shape: [rows, columns, channels], data }, row, column, channel) =>
  (row < 0 || column < 0 || row >= rows || column >= columns ? undefined : data[(row * columns + column) * channels + channel]);

/** The values under a window in one channel; undefined where there is padding. */
export const patch = (input, places, channel) => places.map((row) => row.map(([y, x]) => at(input, y, x, channel)));

/** Where the cells lie that a cell of a layer is computed from: a window, or all. */
export function placesOf(layer, [rows, columns], place) {
  if (layer.type === "Dense" || layer.type.startsWith("Global")) return range(rows).map((y) => range(columns).map((x) => [y, x]));
  return layer.strides && windowOf(layer, [rows, columns], place);
}

/** The sums of all filters in one cell. */
export function sumsOf({ shape: [rows, columns, channels], data }, places, { kernel, bias }, filters) {
  const sums = new Float64Array(filters);
  if (bias) sums.set(bias);
  places.flat().forEach(([y, x], tap) => {
    if (y < 0 || x < 0 || y >= rows || x >= columns) return;
    for (let channel = 0; channel < channels; channel++) {
      const value = data[(y * columns + x) * channels + channel];
      const from = (tap * channels + channel) * filters;
      if (value) for (let map = 0; map < filters; map++) sums[map] += value * kernel[from + map];
    }
  });
  return sums;
}

/** An output of some shape, from the numbers that `compute` gives for each place. */
export function eachCell([rows, columns, channels], compute) {
  const data = new Float32Array(rows * columns * channels);
  range(rows).forEach((row) => range(columns).forEach((column) => data.set(compute([row, column]), (row * columns + column) * channels)));
  return { shape: [rows, columns, channels], data };
}
