// The book's own training of the simple CNN, epoch by epoch: weights in eight bits, see cnnbook/training/epochs.py. The page brings
// the last epoch, which it shows first; a script of the site has them all.

import { range } from "../../arithmetic.js";
import { exp } from "../../engine/exact.js";
import { runScript } from "../site_script.js";

const [SIDE, FILTERS, CLASSES] = [32, 32, 10];
const SIZES = [27 * FILTERS, FILTERS, 256 * FILTERS * CLASSES, CLASSES]; // kernel and bias of the convolution, then of the scores
const SIZE = SIZES.reduce((total, size) => total + size, 0);

let epochs; // {steps, scales (epoch, array), confusion (epoch, class, said)}
let first; // the epoch that the page brings, with its convolution alone

const steps = (text) => Int8Array.from(atob(text), (letter) => letter.charCodeAt());

/** Some of the arrays, one after the other in `values`. */
function scaled(values, scales) {
  let at = 0;
  return scales.map((scale, array) => Float32Array.from(values.subarray(at, (at += SIZES[array])), (step) => step * scale));
}

/** Keep the weights of all epochs, as the site's script and a notebook bring them. */
export function remember({ text, scales, confusion }) {
  epochs = { steps: steps(text), scales, confusion };
}

export function rememberFirst({ epoch, text, scales, confusion }) {
  const [kernel, bias] = scaled(steps(text), scales);
  first = { epoch, kernel, bias, confusion };
}

/** Nothing if they are here, else the promise that they will be. */
export const load = () => (epochs ? undefined
  : runScript("epochs-simple-cnn.js", "The weights of the other epochs").then(() => remember(globalThis.bookEpochs)));

/** The convolution, {kernel, bias}, the dense layer, {scores, offsets}, and the confusion after an epoch; nothing if it is not here. */
export function weightsOf(epoch) {
  if (!epochs) return epoch === first.epoch ? first : undefined;
  const [kernel, bias, scores, offsets] = scaled(epochs.steps.subarray(epoch * SIZE, (epoch + 1) * SIZE), epochs.scales[epoch]);
  return { kernel, bias, scores, offsets, confusion: epochs.confusion[epoch] };
}

/** The maps of an image, rows of [red, green, blue] from 0 to 255, after the ReLU, in the order (row, column, filter). */
export function mapsOf(pixels, { kernel, bias }) {
  const maps = new Float32Array(SIDE * SIDE * FILTERS);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const at = (row * SIDE + column) * FILTERS;
      const cell = maps.subarray(at, at + FILTERS).fill(0);
      for (let tap = 0; tap < 27; tap++) {
        const value = (pixels[row + Math.floor(tap / 9) - 1]?.[column + Math.floor((tap % 9) / 3) - 1]?.[tap % 3] ?? 0) / 255;
        for (let filter = 0; filter < FILTERS; filter++) cell[filter] += value * kernel[tap * FILTERS + filter];
      }
      for (let filter = 0; filter < FILTERS; filter++) cell[filter] = Math.max(0, cell[filter] + bias[filter]);
    }
  }
  return maps;
}

/** The probabilities of the ten classes that follow from an image's maps. */
export function probabilitiesOf(maps, { scores, offsets }) {
  const sums = Float64Array.from(offsets);
  for (let row = 0; row < SIDE / 2; row++) {
    for (let column = 0; column < SIDE / 2; column++) {
      for (let filter = 0; filter < FILTERS; filter++) {
        const corner = (2 * row * SIDE + 2 * column) * FILTERS + filter;
        const window = [0, FILTERS, SIDE * FILTERS, (SIDE + 1) * FILTERS].map((offset) => maps[corner + offset]);
        const pooled = Math.max(...window);
        const at = ((row * SIDE / 2 + column) * FILTERS + filter) * CLASSES;
        if (pooled) for (let label = 0; label < CLASSES; label++) sums[label] += pooled * scores[at + label];
      }
    }
  }
  const largest = Math.max(...sums);
  const powers = range(CLASSES).map((label) => exp(sums[label] - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
