// Training a small network on images, batch by batch. The steps are the engine's; here is what they are given. All that is drawn
// comes from the seed, so the same settings on the same images give the same run.

import { range, sum } from "../../arithmetic.js";
import { random } from "../../engine/random.js";

export const SIDE = 32;
export const PIXELS = SIDE * SIDE * 3;
export const CLASSES = 10;
export const TESTED = 500; // images, before those to train on
const MOMENTUM = 0.9;
const RECENT = 500; // images whose mean is the training's latest loss and accuracy
const LARGEST_LOSS = 20; // of a batch; whoever guesses has 2.3

/** The network of a lab's settings: one or two convolutions, each with a ReLU and max pooling, then a dense layer. */
export function describe({ convolutions, filters, kernel_size }) {
  const blocks = range(convolutions).flatMap((index) => [
    { name: `conv${index}`, type: "Conv2D", filters, kernel_size: [kernel_size, kernel_size], strides: [1, 1], padding: "same", use_bias: true },
    { name: `relu${index}`, type: "ReLU" },
    { name: `pool${index}`, type: "MaxPooling2D", pool_size: [2, 2], strides: [2, 2], padding: "valid" },
  ]);
  return {
    input: [SIDE, SIDE, 3],
    layers: [
      { name: "rescale", type: "Rescaling", scale: 1 / 127.5, offset: -1 }, ...blocks, { name: "flatten", type: "Flatten" },
      { name: "scores", type: "Dense", units: CLASSES, use_bias: true, activation: "softmax" },
    ],
  };
}

/** Copy an image, as it is or mirrored from left to right. */
export function copy(image, into, mirrored) {
  for (let from = 0; from < PIXELS; from += 3) {
    const column = (from / 3) % SIDE;
    const to = mirrored ? from + 3 * (SIDE - 1 - 2 * column) : from;
    for (let channel = 0; channel < 3; channel++) into[to + channel] = image[from + channel];
  }
}

const mean = (batches, what) => sum(batches.map((batch) => batch[what])) / sum(batches.map(({ number }) => number));

/**
 * Begin to train a network of these `settings`: `{seed, learning_rate, batch_size, flips}` and those of `describe`.
 * `images` are bytes in the order (image, row, column, channel), and the class of each is its number modulo ten: first those
 * to test with, then those to train on. `ask` asks the engine, see engine/host.js.
 */
export async function startTraining(ask, images, settings) {
  const { seed, learning_rate: learningRate, batch_size: size, flips } = settings;
  await ask("create", describe(settings), { batch: size, seed });
  const count = images.length / PIXELS - TESTED;
  const draws = random(seed);
  const order = range(count).map((index) => TESTED + index);
  const curve = [{}]; // at the start, and after each epoch: {loss, accuracy, test}
  const said = []; // of the first test images, one of each class
  let weights = await ask("weights"); // as they were when training was last seen to be fine
  let confusion;
  let [recent, ofEpoch] = [[], []]; // batches: {loss, correct, number}
  let [step, place, seen, busy] = [0, 0, 0, 0];

  const image = (index, number = 1) => images.subarray(index * PIXELS, (index + number) * PIXELS);

  /** Say a class for every test image; `confusion` has a row for each class, and a column for what was said. */
  async function test() {
    confusion = range(CLASSES).map(() => Array(CLASSES).fill(0));
    for (let at = 0; at < TESTED; at += size) {
      const number = Math.min(size, TESTED - at);
      const outputs = await ask("forward", image(at, number).slice(), number);
      for (let i = at; i < at + number; i++) {
        const scores = outputs.subarray((i - at) * CLASSES, (i - at + 1) * CLASSES);
        const best = scores.indexOf(Math.max(...scores));
        if (i < CLASSES) said[i] = best;
        confusion[i % CLASSES][best]++;
      }
    }
    curve[curve.length - 1].test = sum(confusion.map((row, label) => row[label])) / TESTED;
  }

  await test();

  /** Train on the next batch; gives its loss. */
  async function trainBatch() {
    if (place === 0) draws.shuffle(order);
    const number = Math.min(size, count - place);
    const batch = new Uint8Array(number * PIXELS);
    const chosen = order.slice(place, place + number);
    chosen.forEach((index, i) => copy(image(index), batch.subarray(i * PIXELS), flips && draws.below(2) === 1));
    const before = performance.now();
    const { loss, correct } = await ask("step", batch, Uint8Array.from(chosen, (index) => index % CLASSES), { learningRate, momentum: MOMENTUM });
    busy += performance.now() - before;
    if (!(loss < LARGEST_LOSS)) return loss;
    const done = { loss: loss * number, correct, number };
    recent = [...recent, done].slice(-Math.ceil(RECENT / size));
    ofEpoch.push(done);
    [step, seen, place] = [step + 1, seen + number, (place + number) % count];
    if (place === 0) {
      curve.push({ loss: mean(ofEpoch, "loss"), accuracy: mean(ofEpoch, "correct") });
      ofEpoch = [];
      await test();
    }
    return loss;
  }

  return {
    /** Train for some steps or milliseconds, or until so many epochs are done; where it diverges, go back to the weights of the last report. */
    async train({ steps = Infinity, milliseconds = Infinity, epochs = Infinity }) {
      const end = performance.now() + milliseconds;
      for (let count = 0; count < steps && curve.length <= epochs && performance.now() < end; count++) {
        const loss = await trainBatch();
        if (!(loss < LARGEST_LOSS)) {
          await ask("set", weights);
          return { ...this.report(), diverged: true };
        }
      }
      weights = await ask("weights");
      return this.report();
    },
    /** Where training stands, as plain data; the filters are those of the first convolution, as Keras has them. */
    report() {
      const { filters, kernel_size } = settings;
      const kernels = kernel_size * kernel_size * 3 * filters;
      return {
        step, epoch: curve.length - 1, curve: [...curve], confusion, said: [...said],
        kernel: weights.subarray(0, kernels),
        loss: recent.length ? mean(recent, "loss") : null, accuracy: recent.length ? mean(recent, "correct") : null,
        images_per_second: busy ? Math.round((1000 * seen) / busy) : null,
      };
    },
  };
}
