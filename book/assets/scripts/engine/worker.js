// What runs in the worker: a network, and the answers to what host.js asks of it.

import { Refusal } from "../labs/reading.js";
import { createNetwork } from "./network.js";
import { plain } from "./kernels.js";
import { random } from "./random.js";
import { sgd } from "./sgd.js";
import { wasmKernels } from "./wasm.js";

let network;
let optimizer;
let draws;

export const answers = {
  /** Make a network for up to `batch` images; `exact` asks for plain JavaScript, whose bits are the same everywhere. */
  async create(description, { batch, seed = 0, exact = false } = {}) {
    const kernels = exact ? plain : await wasmKernels();
    network = createNetwork(description, kernels, { batch });
    optimizer = undefined;
    draws = random(seed);
    network.initialise(draws);
    return { isWasm: kernels !== plain, parameters: network.weights.length };
  },
  set: (weights) => network.set(weights),
  weights: () => network.weights.slice(),
  forward: (images, count) => network.forward(images, count),
  /** The outputs of some layers in the last `forward`. */
  outputs: (names) => names.map((name) => {
    const { shape, data } = network.output(name);
    return { shape, data: data.slice() };
  }),
  backwardFrom: (classIndex, name) => network.backwardFrom(classIndex, name),
  /** One step of training; the velocity of the momentum stays for the next. */
  step(images, labels, { learningRate, momentum }) {
    optimizer ??= sgd(network.weights);
    network.forward(images, labels.length, { training: draws });
    const result = network.backward(labels);
    optimizer.step(network.gradients, { learningRate, momentum });
    return result;
  },
};

globalThis.onmessage = async ({ data: { number, name, values } }) => {
  try {
    postMessage({ number, result: await answers[name](...values) });
  } catch (error) {
    postMessage({ number, error: error.message, isRefusal: error instanceof Refusal });
  }
};
