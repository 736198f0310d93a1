// The engine where there is no worker: in the process that builds a page, and in tests. See engine/worker.js.

import { plain } from "../../engine/kernels.js";
import { createNetwork } from "../../engine/network.js";

export function engineInProcess(kernels = plain) {
  let network;
  const answers = {
    create: (description, { batch }) => { network = createNetwork(description, kernels, { batch }); },
    set: (weights) => network.set(weights),
    forward: (images, count) => network.forward(images, count),
    outputs: (names) => names.map((name) => {
      const { shape, data } = network.output(name);
      return { shape, data: data.slice() };
    }),
    backwardFrom: (classIndex, name) => network.backwardFrom(classIndex, name),
  };
  return { ask: async (name, ...values) => answers[name](...values) };
}
