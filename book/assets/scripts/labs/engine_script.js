// The engine comes as a script of the site when a lab first needs it. Where there are no workers, in the build and in
// tests, another one is in its place.

import { runScript } from "./site_script.js";

/** Nothing if the engine is here, else the promise that it will be. */
export const loadEngine = () => (globalThis.bookEngine ? undefined : runScript("lab-engine.js", "The engine", () => globalThis.bookEngine));

/** The promise of an engine that has started, see engine/host.js. */
export async function startEngine() {
  await loadEngine();
  return globalThis.bookEngine();
}
