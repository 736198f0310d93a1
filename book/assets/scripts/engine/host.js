// Networks in a worker, so that a page stays quick while one computes. The build gives the worker's script as a text: a
// page from disk can load none.

import text from "worker.txt";
import { Refusal } from "../labs/reading.js";

const NOT_ALLOWED = "this page does not allow workers";

/** Start a worker: `ask` gives a promise of what answers.js says, in the order of the questions, or refuses; `stop` ends it,
 *  and what was asked and not answered stays so. */
export function startEngine() {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const failed = (reason) => new Refusal(`The network cannot be computed: ${reason}.`);
  let worker;
  try {
    worker = new Worker(address);
  } catch {
    throw failed(NOT_ALLOWED);
  }
  const waiting = new Map();
  let asked = 0;
  let failure;
  worker.onmessage = ({ data: { number, result, error, isRefusal } }) => {
    const { resolve, reject } = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) resolve(result);
    else reject(isRefusal ? new Refusal(error) : failed(error));
  };
  // Without a message where the page's policy forbids the worker.
  worker.onerror = ({ message = NOT_ALLOWED }) => {
    failure = failed(message);
    waiting.forEach(({ reject }) => reject(failure));
  };
  return {
    ask: (name, ...values) => new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      asked += 1;
      waiting.set(asked, { resolve, reject });
      return worker.postMessage({ number: asked, name, values });
    }),
    stop() {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
}
