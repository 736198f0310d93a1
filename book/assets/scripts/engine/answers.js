// What an engine is asked, and answers: one network, its training, and what its layers give.

import { plain } from "./kernels.js";
import { createNetwork } from "./network.js";
import { random } from "./random.js";
import { sgd } from "./sgd.js";
import { wasmKernels } from "./wasm.js";

/** The answers of a new engine, by the names of the questions; `kernelsFor` chooses the loops, `exact` asks for plain ones. */
export function openAnswers(kernelsFor = (exact) => (exact ? plain : wasmKernels())) {
  let network;
  let optimizer;
  let draws;
  return {
    /** Make a network for up to `batch` images, and draw its weights; `exact` asks for plain JavaScript. */
    async create(description, { batch, seed = 0, exact = false } = {}) {
      const kernels = await kernelsFor(exact);
      network = createNetwork(description, kernels, { batch });
      optimizer = sgd(network.weights);
      draws = random(seed);
      network.initialise(draws);
    },
    /** Other weights; training begins afresh from them. */
    set(weights) {
      network.set(weights);
      optimizer = sgd(network.weights);
    },
    weights: () => network.weights.slice(),
    forward: (images, count) => network.forward(images, count),
    /** The outputs of some layers in the last `forward`. */
    outputs: (names) => names.map((name) => {
      const { shape, data } = network.output(name);
      return { shape, data: data.slice() };
    }),
    backwardFrom: (classIndex, name) => network.backwardFrom(classIndex, name),
    /** One step of training; the velocity of the momentum stays for the next. */
    step(images, labels, settings) {
      network.forward(images, labels.length, { training: draws });
      const result = network.backward(labels);
      optimizer.step(network.gradients, settings);
      return result;
    },
  };
}
