// The cell that is looked at: what it sees of the image, and how it comes about.

import { fields, explain } from "./cells.js";
import { answer } from "./answers.js";
import { inputsOf, layerOf, partsOf } from "./description.js";
import { describe } from "./networks.js";
import { at } from "./windows.js";

const CHANNELS = ["red", "green", "blue"];

export const channelName = (channels, channel) => (channels === 3 ? CHANNELS[channel] : `channel ${channel}`);

export const mapName = ({ network, layer, map }, { classes }) => {
  const { layers } = describe(network);
  return layers[layers.length - 1].name === layer ? classes?.[map] ?? `class ${map}` : `map ${map}`;
};

const known = new WeakMap();

/** The fields of a network's layers on the image, see cells.js. */
export function fieldsOf(network) {
  const description = describe(network);
  if (!known.has(description)) known.set(description, fields(description));
  return known.get(description);
}

/** What a cell sees of the image: {left, top, width, height} in pixels, cut off at the image's border. */
export function seenBy({ network, layer }, [row, column]) {
  const { start, end, jump } = fieldsOf(network)[layer];
  const cut = (place) => [Math.max(0, start + place * jump), Math.min(describe(network).input[0], end + place * jump)];
  const [[top, bottom], [left, right]] = [cut(row), cut(column)];
  return { left, top, width: right - left, height: bottom - top };
}

// These layers take one number and give one: behind a sum of products they are told with it.
const NAMES = { BatchNormalization: "batch normalisation", ReLU: "ReLU", Softmax: "softmax", relu: "ReLU", softmax: "softmax" };
const stepOf = ({ type, activation }) => NAMES[type === "Activation" ? activation : type];

/**
 * The cell that is looked at. `layer` is the sum of products that it comes from, if only `steps` lie between, else its own;
 * `inputs` and `own` weights are that layer's, `cell` how its cell comes about.
 */
export function cellOf(state, view) {
  const { description, weights, outputs } = answer(state);
  const valueIn = (name) => at(outputs[name], ...view.place, state.map);
  const explained = (name) => {
    const layer = layerOf(description, name);
    const inputs = inputsOf(description, name).map((input) => outputs[input]);
    const own = partsOf(description, weights, name);
    return { layer, inputs, own, cell: explain(layer, inputs, own, state.map, view.place), shown: valueIn(state.layer), steps: [] };
  };
  const steps = [];
  let name = state.layer;
  let layer = layerOf(description, name);
  for (; layer && stepOf(layer); layer = layerOf(description, name)) {
    steps.unshift({ step: stepOf(layer), value: valueIn(name) });
    [name] = inputsOf(description, name);
  }
  if (!layer) return explained(state.layer);
  if (NAMES[layer.activation]) steps.unshift({ step: NAMES[layer.activation], value: valueIn(name) });
  const explanation = { ...explained(name), steps };
  const { cell: { sums } } = explanation;
  if (!sums) return explained(state.layer);
  // What a reader has not chosen is the channel that adds most.
  const largest = sums.reduce((best, sum, channel) => (Math.abs(sum) > Math.abs(sums[best]) ? channel : best), 0);
  return { ...explanation, channel: Math.min(view.channel ?? largest, sums.length - 1) };
}
