// Networks in workers, so that the page stays at hand: one for the image that is shown, one for all images of the sample.

import { startEngine } from "../../engine/host.js";

/** Work with a network for up to `batch` images, one work after the other: `work` gets the engine's `ask`. */
function networkIn(batch) {
  let engine, made, given;
  let last = Promise.resolve();
  return (description, weights, work) => {
    const done = last.then(async () => {
      engine ??= (globalThis.bookEngine ?? startEngine)();
      const text = JSON.stringify(description);
      if (text !== made) {
        [made, given] = [];
        await engine.ask("create", description, { batch });
        made = text;
      }
      if (weights !== given) await engine.ask("set", weights);
      given = weights;
      return work(engine.ask);
    });
    last = done.catch(() => {}); // said where it was asked for
    return done;
  };
}

export const CHUNK = 10;
export const withOne = networkIn(1);
export const withMany = networkIn(CHUNK);
