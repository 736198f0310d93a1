// The arithmetic of cnnbook.shapes and cnnbook.reference for the browser, under the same names and with the same
// options, which hold for both axes of a map; only a volume's padding may be one pair for each axis. Rows and maps are
// lists of one channel of one example, and a kernel is one filter; a volume has channels. Nothing is checked here, and a
// kernel that does not fit has no outputs. tests/test_browser_arithmetic.py holds these functions against those of Python.

const { ceil, floor, max } = Math;

/** Count from 0. */
export const range = (length) => Array.from({ length }, (_, i) => i);
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

export const kernel_span = (kernel_size, dilation = 1) => dilation * (kernel_size - 1) + 1;

export function same_padding(n, kernel_size, { stride = 1, dilation = 1 } = {}) {
  const total = max((ceil(n / stride) - 1) * stride + kernel_span(kernel_size, dilation) - n, 0);
  return [floor(total / 2), ceil(total / 2)];
}

export function resolve_padding(padding, n, kernel_size, options) {
  if (padding === "same") return same_padding(n, kernel_size, options);
  if (padding === "valid") return [0, 0];
  return Array.isArray(padding) ? padding : [padding, padding];
}

/** For each output the input cells it reads; those below 0 or from n on are padding. */
export function seen(n, kernel_size, options = {}) {
  const { stride = 1, padding = "valid", dilation = 1 } = options;
  const [before, after] = resolve_padding(padding, n, kernel_size, options);
  const last = before + n + after - kernel_span(kernel_size, dilation);
  return range(max(floor(last / stride) + 1, 0)).map((output) =>
    range(kernel_size).map((tap) => output * stride - before + tap * dilation));
}

export const output_size = (...sizes) => seen(...sizes).length;

/** Output padding only with padding in numbers, as in PyTorch. */
export function transposed_size(n, kernel_size, options = {}) {
  const { stride = 1, padding = "valid", dilation = 1, output_padding = 0 } = options;
  const span = kernel_span(kernel_size, dilation);
  const start = (n - 1) * stride;
  if (padding === "same") return start + stride;
  if (padding === "valid") return start + max(span, stride);
  return start + span - sum(resolve_padding(padding)) + output_padding;
}

/** Weights and biases of a convolution; a number is a square kernel, a list has one size for each axis. */
export function conv_parameters(kernel_size, channels_in, filters, { bias = true, groups = 1 } = {}) {
  const sizes = Array.isArray(kernel_size) ? kernel_size : [kernel_size, kernel_size];
  return (sizes.reduce((cells, size) => cells * size) * (channels_in / groups) + bias) * filters;
}

/** Weights and biases of a dense layer. */
export const dense_parameters = (units_in, units) => (units_in + 1) * units;

/** Size and jump behind each of the layers {kernel_size, stride, dilation}; without padding, which changes neither. */
export function receptive_fields(layers) {
  let [size, jump] = [1, 1];
  return layers.map(({ kernel_size, stride = 1, dilation = 1 }) => {
    size += (kernel_span(kernel_size, dilation) - 1) * jump;
    jump *= stride;
    return { size, jump };
  });
}

/** The cells that each output of a map reads, row by row; undefined in the padding. */
export function windows(x, [height, width], options) {
  const wide = seen(x[0].length, width, options);
  return seen(x.length, height, options).map((rows) => wide.map((columns) =>
    rows.flatMap((row) => columns.map((column) => x[row]?.[column]))));
}

const dot = (cells, weights) => sum(cells.map((cell = 0, i) => cell * weights[i]));

export const conv1d = (x, kernel, bias, options) =>
  seen(x.length, kernel.length, options).map((cells) => dot(cells.map((cell) => x[cell]), kernel) + bias);

/** Without a list for each window: a lab does this for whole images while a reader moves the pointer. */
export function conv2d(x, kernel, bias, options) {
  const wide = seen(x[0].length, kernel[0].length, options);
  return seen(x.length, kernel.length, options).map((rows) => wide.map((columns) => rows.reduce((total, row, i) =>
    columns.reduce((total, column, j) => total + (x[row]?.[column] ?? 0) * kernel[i][j], total), bias)));
}

/** The padding of rows and of columns. */
export const padding_on_axes = (padding) => (Array.isArray(padding?.[0]) ? padding : [padding, padding]);

/** For each row of a volume's outputs the rows that it reads, and the same for the columns. */
export function seen_on_axes(x, sizes, options = {}) {
  const paddings = padding_on_axes(options.padding);
  return [x, x[0]].map(({ length }, axis) => seen(length, sizes[axis], { ...options, padding: paddings[axis] }));
}

/** What a filter, (rows, columns, channels), makes of the rows and columns of a volume that one output reads. */
export const products = (volume, filter, rows, columns) =>
  filter.map((taps, i) => taps.map((weights, j) => {
    const cells = volume[rows[i]]?.[columns[j]];
    return weights.map((weight, channel) => (cells ? weight * cells[channel] : 0));
  }));

/** A volume, (rows, columns, channels), and some filters with a bias each give one, (rows, columns, filters). */
export function conv2d_volume(volume, filters, bias, options) {
  const [high, wide] = seen_on_axes(volume, [filters[0].length, filters[0][0].length], options);
  return high.map((rows) => wide.map((columns) =>
    filters.map((filter, i) => sum(products(volume, filter, rows, columns).flat(2)) + bias[i])));
}

const pool = (reduce) => (x, kernel_size, options) =>
  windows(x, [kernel_size, kernel_size], { stride: kernel_size, ...options }).map((row) =>
    row.map((cells) => reduce(cells.filter((cell) => cell !== undefined))));

export const max_pool2d = /* @__PURE__ */ pool((cells) => max(...cells));
export const average_pool2d = /* @__PURE__ */ pool((cells) => sum(cells) / cells.length);

/** Each input adds a copy of the kernel, times itself, `stride` further on; padding takes cells away at the ends. */
export function conv1d_transpose(x, kernel, bias, options = {}) {
  const { stride = 1, padding = "valid", dilation = 1 } = options;
  const size = transposed_size(x.length, kernel.length, options);
  const [before] = resolve_padding(padding, size, kernel.length, { stride, dilation });
  const y = Array(size).fill(bias);
  x.forEach((cell, i) => kernel.forEach((weight, tap) => {
    const place = i * stride + tap * dilation - before;
    if (place >= 0 && place < size) y[place] += cell * weight;
  }));
  return y;
}
