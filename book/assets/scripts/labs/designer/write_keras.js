// A network as Keras code that runs as it is.

import { range } from "../../arithmetic.js";
import { TYPES } from "./rows.js";

const python = (value) =>
  typeof value === "boolean" ? (value ? "True" : "False")
    : Array.isArray(value) ? `(${value.map(python).join(", ")}${value.length === 1 ? "," : ""})`
      : typeof value === "string" ? `"${value}"`
        : value > 0 && value < 1 && Number.isInteger(1 / value) && 1 / value > 100 ? `1 / ${1 / value}` : String(value);

/** The call that makes a layer, as one types it: Conv2D(32, 3, padding="same"). */
export function writeLayer({ type, ...given }) {
  // Values that may go without a name, up to the first that is left out; those that Keras has as defaults are.
  const names = Object.keys(TYPES[type].keys);
  const needed = names.filter((name) => TYPES[type].keys[name].length === 1 || name === "pool_size");
  const named = names.filter((name) => !needed.includes(name) && given[name] !== undefined);
  const values = needed.map((name) => python(given[name] ?? TYPES[type].keys[name][1]));
  return `${type}(${[...values, ...named.map((name) => `${name}=${python(given[name])}`)].join(", ")})`;
}

export function writeKeras({ input, layers }) {
  const head = ["import keras", "from keras import layers", ""];
  if (!layers.some(({ type }) => type === "Add")) {
    const rows = layers.map((layer) => `        layers.${writeLayer(layer)},`);
    return [...head, "model = keras.Sequential(", "    [", `        keras.Input(${python(input)}),`, ...rows, "    ]", ")", "model.summary()"];
  }
  const name = (row) => (row < 0 ? "image" : `x${row + 1}`);
  const added = new Set(layers.filter(({ type }) => type === "Add").map(({ row }) => row));
  let last = "image";
  const rows = range(layers.length).map((index) => {
    const layer = layers[index];
    const call = layer.type === "Add" ? `layers.Add()([${last}, ${name(layer.row)}])` : `layers.${writeLayer(layer)}(${last})`;
    last = added.has(index) ? name(index) : "x";
    return `${last} = ${call}`;
  });
  return [...head, `image = keras.Input(${python(input)})`, ...rows, `model = keras.Model(image, ${last})`, "model.summary()"];
}
