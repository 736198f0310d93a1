// The networks that the lab knows. What they are made of comes with the page; their weights are a script of the site each,
// which is loaded when a reader asks for it.

import { runScript } from "../site_script.js";

const networks = new Map();

/** Half-precision numbers in base 64, as they are recorded, low byte first. */
export function halves(text) {
  const bytes = atob(text);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const bits = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
    return bits >> 15 ? -size : size;
  });
}

/** Keep descriptions, by name; and weights in base 64, where they come along, in half precision unless they are `single`. */
export function remember(descriptions, weights = {}, single = {}) {
  for (const [name, description] of Object.entries(descriptions)) if (!networks.has(name)) networks.set(name, { description });
  for (const [name, text] of Object.entries(weights)) Object.assign(networks.get(name), { text, weights: halves(text) });
  for (const [name, text] of Object.entries(single)) networks.get(name).weights = new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt()).buffer);
}

const TITLES = { "simple-cnn": "simple CNN", "deeper-5": "CNN 5" };
export const names = () => [...networks.keys()];
/** The name of each network, and what the book calls it. */
export const named = () => names().map((name) => [name, TITLES[name] ?? name]);
export const describe = (name) => networks.get(name).description;
/** The weights in base 64, where they came so. */
export const textOf = (name) => networks.get(name).text;
export const weightsOf = (name) => networks.get(name).weights;

/** Nothing if a network's weights are here, else the promise that they will be. */
export const load = (name) => (weightsOf(name) ? undefined
  : runScript(`network-${name}.js`, `The weights of ${name}`, () => {
    remember({}, globalThis.bookWeights);
    return weightsOf(name);
  }));
