// What a network's description says. A layer of the lab's has its output's `shape`, and its `weights` as [[name, count], ...]
// in the order in which Keras has them (cnnbook.engine.describe_inside).

export const layerOf = (description, name) => description.layers.find((layer) => layer.name === name);

/** Where the weights of each layer lie in the row of all: {layer: {name: [start, end]}}. */
function spans({ layers }) {
  let end = 0;
  return Object.fromEntries(layers.map(({ name, weights = [] }) =>
    [name, Object.fromEntries(weights.map(([part, count]) => [part, [end, end += count]]))]));
}

/** The weights of one layer by name, as views of the row of all. */
export const partsOf = (description, weights, layer) =>
  Object.fromEntries(Object.entries(spans(description)[layer]).map(([part, [start, end]]) => [part, weights.subarray(start, end)]));

/** The names of the outputs that go into a layer. */
export function inputsOf({ layers }, name) {
  const place = layers.findIndex((layer) => layer.name === name);
  return layers[place].inputs ?? [layers[place - 1]?.name ?? "image"];
}
