// The book's own training of the simple CNN, epoch by epoch: weights in eight bits, see cnnbook/training/epochs.py. The page brings
// the last epoch, which it shows first; a script of the site has them all.

import { range } from "../../arithmetic.js";
import { maxPool, multiply, relu } from "../../engine/kernels.js";
import { softmax } from "../../engine/layers.js";
import { padded, windows } from "../../engine/windows.js";
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
  return scales.map((scale, array) => {
    const weights = new Float32Array(values.subarray(at, (at += SIZES[array])));
    for (let i = 0; i < weights.length; i++) weights[i] *= scale;
    return weights;
  });
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
  : runScript("epochs-simple-cnn.js", "The weights of the other epochs", () => {
    remember(globalThis.bookEpochs);
    return epochs;
  }));

/** The convolution, {kernel, bias}, the dense layer, {scores, offsets}, and the confusion after an epoch; nothing if it is not here. */
export function weightsOf(epoch) {
  if (!epochs) return epoch === first.epoch ? first : undefined;
  const [kernel, bias, scores, offsets] = scaled(epochs.steps.subarray(epoch * SIZE, (epoch + 1) * SIZE), epochs.scales[epoch]);
  return { kernel, bias, scores, offsets, confusion: epochs.confusion[epoch] };
}

// The engine's own loops, of the two layers that this network has: the whole engine would make the lab's script too large.
const convolution = windows({ strides: [1, 1], padding: "same" }, [SIDE, SIDE, 3], [3, 3]);
const inputs = convolution.cells.flatMap((cell) => range(3).map((channel) => cell + channel));
const pooling = windows({ strides: [2, 2], padding: "valid" }, [SIDE, SIDE, FILTERS], [2, 2]);

/** The maps of an image, rows of [red, green, blue] from 0 to 255, after the ReLU, in the order (row, column, filter). */
export function mapsOf(pixels, { kernel, bias }) {
  const maps = new Float32Array(SIDE * SIDE * FILTERS);
  const image = padded(Float32Array.from(pixels.flat(2), (value) => value / 255), convolution, new Float32Array(convolution.size));
  multiply(image, convolution.starts, inputs, kernel, FILTERS, bias, 0, maps);
  relu(maps, maps.length, maps);
  return maps;
}

/** The probabilities of the ten classes that follow from an image's maps. */
export function probabilitiesOf(maps, { scores, offsets }) {
  const [pooled, sums] = [new Float32Array(pooling.starts.length * FILTERS), new Float32Array(CLASSES)];
  maxPool(maps, pooling.starts, pooling.cells, FILTERS, pooled);
  multiply(pooled, [0], range(pooled.length), scores, CLASSES, offsets, 0, sums);
  return softmax(sums);
}
