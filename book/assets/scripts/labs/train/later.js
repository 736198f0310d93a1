// What trains behind a figure: a worker that is there from the first training on, and the images it was given. It computes only
// while it is asked to, so a page that nobody looks at computes nothing. On a page it is a script of its own, that a reader's first
// start brings.

import { startEngine } from "../engine_script.js";
import { Refusal } from "../reading.js";
import { loadImages } from "./images.js";
import { drawShapes } from "./shapes.js";
import { CLASSES, PIXELS, startTraining, TESTED } from "./training.js";

/** A session, whose `train` gives the promise of a report, or of {failed} with a sentence; one question after the other. */
function openSession() {
  let engine, training, examples;
  let last = Promise.resolve();
  const end = () => {
    engine?.stop();
    engine = training = undefined;
  };

  async function train(settings, isNew, what) {
    engine ??= await startEngine();
    if (isNew || !training) {
      training = undefined;
      const images = settings.images === "shapes" ? drawShapes(TESTED + settings.count) : await loadImages(settings.count);
      examples = images.slice(0, CLASSES * PIXELS);
      training = await startTraining(engine.ask, images, settings);
    }
    return { ...(await training.train(what)), examples };
  }

  // After a failure the next start begins with another worker.
  const refused = (error) => {
    end();
    if (error instanceof Refusal) return { failed: error.message };
    throw error;
  };

  return {
    train(...asked) {
      const report = last.then(() => train(...asked)).catch(refused);
      last = report.catch(() => {}); // said where it was asked for
      return report;
    },
    /** End the worker when its work is done. */
    stop() {
      last = last.then(end);
    },
  };
}

globalThis.bookTrainer = openSession;
