// The rows of a network: which layers there are, with Keras' names for their arguments, and what each of them makes of a
// volume. Parameters, multiply-adds and receptive fields mean what `cnnbook.architecture` and `cnnbook.shapes` mean.

import { conv_parameters, kernel_span, resolve_padding } from "../../arithmetic.js";
import { count } from "../markup.js";
import { exact, keys, list, oneOf, refuse, whole } from "../reading.js";

export const MOST_ROWS = 40;
const LARGEST_SIDE = 4096;
const MOST_CHANNELS = 65536;

// --- arguments -------------------------------------------------------------------------------------------------------

const ACTIVATIONS = ("celu elu exponential gelu hard_sigmoid hard_silu hard_swish leaky_relu linear log_softmax mish relu " +
  "relu6 selu sigmoid silu softmax softplus softsign swish tanh").split(" ");

const amount = (value, name) => whole(value, name, 1, MOST_CHANNELS);
const among = (values) => (value, name) => oneOf(value, name, values);

/** A whole number for height and width, or one for each. */
function sides(value, name) {
  if (!Array.isArray(value)) return whole(value, name, 1, LARGEST_SIDE);
  const [high, wide] = list(value, name, 2, 2, (side) => whole(side, name, 1, LARGEST_SIDE));
  return high === wide ? high : [high, wide];
}

const real = (least, most) => (value, name) =>
  Number.isFinite(value) && value >= least && value <= most ? value
    : refuse(`${name} is ${JSON.stringify(value)}; use a number from ${exact(least)} to ${exact(most)}.`);

const padding = [among(["valid", "same"]), "valid"];
const activation = [among(ACTIVATIONS), "linear"];
const flag = [among([true, false]), true];
const AS_POOL_SIZE = null; // Keras' own default for strides
const pooling = { keys: { pool_size: [sides, 2], strides: [sides, AS_POOL_SIZE], padding }, positional: 3 };

/** Each type's arguments by name, as [reader, default], or [reader] where one is needed; the first `positional` need no name. */
export const TYPES = {
  Conv2D: {
    keys: { filters: [amount], kernel_size: [sides], strides: [sides, 1], padding, dilation_rate: [sides, 1], groups: [amount, 1], activation, use_bias: flag },
    positional: 4,
  },
  MaxPooling2D: pooling,
  AveragePooling2D: pooling,
  GlobalAveragePooling2D: { keys: {}, positional: 0 },
  GlobalMaxPooling2D: { keys: {}, positional: 0 },
  Flatten: { keys: {}, positional: 0 },
  Dense: { keys: { units: [amount], activation, use_bias: flag }, positional: 3 },
  BatchNormalization: { keys: { center: flag, scale: flag }, positional: 0 },
  Dropout: { keys: { rate: [real(0, 1)] }, positional: 1 },
  ReLU: { keys: {}, positional: 0 },
  LeakyReLU: { keys: {}, positional: 0 },
  Softmax: { keys: {}, positional: 0 },
  Activation: { keys: { activation: [activation[0]] }, positional: 1 },
  Rescaling: { keys: { scale: [real(-1e6, 1e6)], offset: [real(-1e6, 1e6), 0] }, positional: 2 },
  Add: { keys: { row: [(value, name) => whole(value, name, -1, MOST_ROWS)] }, positional: 0 },
};

const KNOWN = Object.keys(TYPES).join(", ");

/** A layer with Keras' defaults left out; `name` begins the sentence that refuses it. */
export function checkLayer(layer, name) {
  if (typeof layer !== "object" || layer === null || Array.isArray(layer)) refuse(`${name} is ${JSON.stringify(layer)}; a layer such as {"type": "Flatten"} is needed.`);
  const { type, ...given } = layer;
  if (typeof type !== "string" || !Object.hasOwn(TYPES, type)) refuse(`${name} is of type ${JSON.stringify(type)}, which this lab does not know; it knows ${KNOWN}.`);
  const known = TYPES[type].keys;
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(known, key));
  if (unknown !== undefined) refuse(`${name}, ${type}, has the argument “${unknown}”, which this lab does not know there${Object.keys(known).length ? `; it knows ${Object.keys(known).join(", ")}` : ""}.`);
  const checked = { type };
  for (const [key, [read, preset]] of Object.entries(known)) {
    const usual = preset === AS_POOL_SIZE ? checked.pool_size ?? known.pool_size[1] : preset;
    const value = given[key] ?? usual;
    if (value === undefined) refuse(`${name}, ${type}, has no ${key}.`);
    const clean = read(value, `${name}, ${type}: ${key}`);
    if (String(clean) !== String(usual)) checked[key] = clean;
  }
  return checked;
}

/** A side or the channels of the image. */
export const isSize = (size, name) => whole(size, name, 1, MOST_CHANNELS);

export function check(state) {
  keys(state, ["input", "layers"]);
  const input = list(state.input, "The input", 1, 3, (size) => isSize(size, "The input"));
  if (input.length === 3) input.slice(0, 2).forEach((side) => whole(side, "The image’s side", 1, LARGEST_SIDE));
  const { layers } = state;
  if (!Array.isArray(layers)) refuse(`The layers are ${JSON.stringify(layers)}; a list is needed.`);
  if (!layers.length || layers.length > MOST_ROWS) refuse(`The network has ${layers.length} layers; this lab holds 1 to ${MOST_ROWS}.`);
  const checked = layers.map((layer, index) => checkLayer(layer, `Row ${index + 1}`));
  checked.forEach(({ row }, index) => {
    if (row >= index) refuse(`Row ${index + 1}, Add, adds row ${row + 1}, which does not come before it; choose a row from 0, the image, to ${index}.`);
  });
  return { input, layers: checked };
}

/** A layer with all its arguments; sizes as [high, wide]. */
export function complete(layer) {
  const all = Object.fromEntries(Object.entries(TYPES[layer.type].keys).map(([key, [, preset]]) => [key, layer[key] ?? preset]));
  if (all.strides === AS_POOL_SIZE) all.strides = all.pool_size;
  for (const key of ["kernel_size", "pool_size", "strides", "dilation_rate"]) if (Number.isInteger(all[key])) all[key] = [all[key], all[key]];
  return all;
}

// --- what a row does to a volume -------------------------------------------------------------------------------------

export const times = (shape) => shape.join("×");
const product = (sizes) => sizes.reduce((total, size) => total * size, 1);

/** A row that does not fit, in one sentence. */
class Misfit extends Error {}
const misfit = (sentence) => { throw new Misfit(sentence); };

/** What a cell behind a window sees, along one axis, if the cells before it see `field`. */
const through = ({ size, jump, start }, span, stride, before) =>
  ({ size: size + (span - 1) * jump, jump: jump * stride, start: start - before * jump });

/** Slide a window along one side of the volume: its new size, and what is padded before it. */
function slide(n, window, axis, dilation, what) {
  const options = { stride: window.strides[axis], dilation };
  const size = (window.kernel_size ?? window.pool_size)[axis];
  const span = kernel_span(size, dilation);
  const [before, after] = resolve_padding(window.padding, n, size, options);
  if (n + before + after < span) {
    const fits = Math.floor((n - 1) / dilation) + 1;
    // In the words of cnnbook.shapes.
    misfit(
      `the kernel spans ${span} cells (kernel_size ${size}, dilation ${dilation}) but the padded input has ${n} (${n} and padding ` +
      `${before} + ${after}); make the kernel or the dilation smaller, or pad more. Here a ${what} of up to ${fits} fits, or padding "same".`,
    );
  }
  return { n: Math.floor((n + before + after - span) / options.stride) + 1, before, span, stride: options.stride };
}

function window2d(layer, { shape, fields }, what) {
  if (shape.length !== 3) {
    misfit(`${layer.type} needs height, width and channels but gets ${times(shape)}; put it before the row that flattens, or use Dense here.`);
  }
  const all = complete(layer);
  const axes = [0, 1].map((axis) => slide(shape[axis], all, axis, all.dilation_rate?.[axis] ?? 1, what));
  return {
    all,
    shape: axes.map(({ n }) => n),
    fields: fields && fields.map((field, axis) => through(field, axes[axis].span, axes[axis].stride, axes[axis].before)),
    axes,
  };
}

function convolution(layer, volume) {
  const channels = volume.shape[2];
  const { filters, kernel_size, strides, dilation_rate, groups, use_bias } = complete(layer);
  if (Math.max(...strides) > 1 && Math.max(...dilation_rate) > 1) misfit("Keras takes no stride above 1 together with a dilation above 1; set one of the two to 1.");
  const { shape, fields, axes } = window2d(layer, volume, "kernel_size");
  if (channels % groups || filters % groups) {
    misfit(`${count(channels, "input channel")} and ${count(filters, "filter")} cannot be split into ${groups} equal groups; choose groups that divide both.`);
  }
  return {
    shape: [...shape, filters], fields, axes,
    parameters: conv_parameters(kernel_size, channels, filters, { bias: use_bias, groups }),
    multiply_adds: product(shape) * product(kernel_size) * (channels / groups) * filters,
  };
}

function pool(layer, volume) {
  const { shape, fields, axes } = window2d(layer, volume, "pool_size");
  return { shape: [...shape, volume.shape[2]], fields, axes };
}

function globalPool(layer, { shape }) {
  if (shape.length !== 3) misfit(`${layer.type} needs height, width and channels but gets ${times(shape)}; leave it out here.`);
  return { shape: [shape[2]], fields: null, whole: true };
}

function dense(layer, { shape, fields, whole: all }) {
  const { units, use_bias } = complete(layer);
  const [places, units_in] = [shape.slice(0, -1), shape.at(-1)];
  return {
    shape: [...places, units], fields, whole: all || !fields,
    parameters: (units_in + use_bias) * units,
    multiply_adds: product(places) * units_in * units,
  };
}

function norm(layer, volume) {
  const { center, scale } = complete(layer);
  return { ...volume, parameters: (2 + center + scale) * volume.shape.at(-1) };
}

function add(layer, volume, { input, rows }) {
  const other = layer.row < 0 ? input : rows[layer.row];
  if (String(other.shape) !== String(volume.shape)) {
    const same = rows.findLastIndex(({ shape }, index) => index < rows.length - 1 && String(shape) === String(volume.shape));
    misfit(
      `row ${layer.row + 1} gives ${times(other.shape)} and the row above ${times(volume.shape)}, and only volumes of the same shape can be added; ` +
      (same < 0 ? "no earlier row has this shape." : `row ${same + 1} would fit.`),
    );
  }
  // What both paths see together; paths with other steps have no single field.
  const fields = volume.fields && other.fields && volume.fields.every(({ jump }, axis) => jump === other.fields[axis].jump)
    ? volume.fields.map((field, axis) => {
      const start = Math.min(field.start, other.fields[axis].start);
      const end = Math.max(...[field, other.fields[axis]].map((one) => one.start + one.size));
      return { size: end - start, jump: field.jump, start };
    }) : null;
  return { ...volume, fields, whole: volume.whole || other.whole };
}

const flatten = (layer, { shape, fields, whole: all }) => ({ shape: [product(shape)], fields: shape.length === 1 ? fields : null, whole: all });

const DEEDS = {
  Conv2D: convolution, MaxPooling2D: pool, AveragePooling2D: pool, GlobalAveragePooling2D: globalPool, GlobalMaxPooling2D: globalPool,
  Flatten: flatten, Dense: dense, BatchNormalization: norm, Add: add,
};

const fieldOf = (fields) => (!fields ? null : fields[0].size === fields[1].size ? fields[0].size : fields.map(({ size }) => size));

const measured = new WeakMap();

/** The volume, the bill and the field behind each row, up to one that does not fit: then `error` has its index and a sentence. */
export function measure(state) {
  if (!measured.has(state)) measured.set(state, follow(state));
  return measured.get(state);
}

function follow({ input, layers }) {
  const pixel = { size: 1, jump: 1, start: 0 };
  const start = { shape: input, fields: input.length === 3 ? [pixel, pixel] : null, whole: false };
  const rows = [];
  const bill = { parameters: 0, multiply_adds: 0 };
  for (const [index, layer] of layers.entries()) {
    const { shape, fields, whole } = rows.at(-1) ?? start;
    const volume = { shape, fields, whole };
    try {
      const row = { parameters: 0, multiply_adds: 0, ...(DEEDS[layer.type]?.(layer, volume, { input: start, rows }) ?? volume) };
      row.receptive_field = fieldOf(row.fields);
      for (const name of Object.keys(bill)) bill[name] += row[name];
      if (![...row.shape, ...Object.values(bill)].every(Number.isSafeInteger)) {
        misfit("the counts pass 9,007,199,254,740,991, up to where a browser is exact; make the network smaller.");
      }
      rows.push(row);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      return { input: start, rows, error: { index, text: error.message } };
    }
  }
  return { input: start, rows, bill };
}

/** What the lab shows, as its contract has it. */
export function result(state) {
  const { rows, error, bill } = measure(state);
  if (error) return { error: `Row ${error.index + 1}, ${state.layers[error.index].type}: ${error.text}` };
  return {
    layers: rows.map(({ shape, parameters, multiply_adds, receptive_field }) => ({ shape, parameters, multiply_adds, receptive_field })),
    ...bill,
  };
}
