// Networks in workers, so that the page stays at hand: one for the image that is shown, one for all images of the sample.

import { startEngine } from "../engine_script.js";

/**
 * Networks for up to `batch` images in an engine of their own. `use` lets `work` have the engine's `ask`, one work after the
 * other; after a failure the next one starts another engine. `stop` ends the engine when its work is done.
 */
function networkIn(batch) {
  let engine, description, weights;
  let last = Promise.resolve();
  const end = () => {
    engine?.stop();
    [engine, description, weights] = [];
  };
  return {
    use(wantedDescription, wantedWeights, work) {
      const done = last.then(async () => {
        engine ??= await startEngine();
        const text = JSON.stringify(wantedDescription);
        if (text !== description) {
          weights = undefined;
          await engine.ask("create", wantedDescription, { batch });
          description = text;
        }
        if (wantedWeights !== weights) await engine.ask("set", wantedWeights);
        weights = wantedWeights;
        return work(engine.ask);
      });
      last = done.catch(end); // said where it was asked for
      return done;
    },
    stop() {
      last = last.then(end);
    },
  };
}

export const CHUNK = 10;
const [single, many] = [networkIn(1), networkIn(CHUNK)];
export const withOne = single.use;
export const withMany = many.use;

export function stopEngines() {
  single.stop();
  many.stop();
}
