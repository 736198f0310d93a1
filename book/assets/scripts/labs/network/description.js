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

/** Why a layer has no Grad-CAM: a shortcut leads past it, so that its maps alone do not decide, or it has no maps. */
export function camProblem(description, name) {
  const { layers } = description;
  const placeOf = (one) => layers.findIndex((layer) => layer.name === one);
  const place = placeOf(name);
  if (layers[place].shape[0] === 1) return `The layer ${name} has no maps, so Grad-CAM has no places to mark: take a layer before it.`;
  const isPassed = layers.slice(place + 1).some((layer) => inputsOf(description, layer.name).some((input) => placeOf(input) < place));
  return isPassed && `A shortcut leads past the layer ${name}, so its maps alone do not decide: take one after the addition.`;
}
