// The engine where there is no worker: in the process that builds a page, and in tests.

import { openAnswers } from "../../engine/answers.js";
import { plain } from "../../engine/kernels.js";

export function engineInProcess(kernels = plain) {
  const answers = openAnswers(() => kernels);
  return { ask: async (name, ...values) => answers[name](...values), stop() {} };
}
