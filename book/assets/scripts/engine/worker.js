// What runs in the worker that host.js starts: it gives the engine's answers.

import { Refusal } from "../labs/reading.js";
import { openAnswers } from "./answers.js";

const answers = openAnswers();

globalThis.onmessage = async ({ data: { number, name, values } }) => {
  try {
    postMessage({ number, result: await answers[name](...values) });
  } catch (error) {
    postMessage({ number, error: error.message, isRefusal: error instanceof Refusal });
  }
};
