// Data of the site that a lab asks for when it needs them: scripts, since a page from disk may fetch nothing else. The
// build, which draws a lab's first picture, has no page and brings a function of its own.

import { load } from "../load.js";
import { refuse } from "./reading.js";

/**
 * Run a script of the site; `what` begins the sentence that says it could not be had. `take` gives what the script has brought: a
 * browser runs an empty or cut file, or the page of a portal, without a word.
 */
export const runScript = (name, what, take) => (globalThis.bookScript ? Promise.resolve(globalThis.bookScript(name)) : load(name)).then(take).then((brought) => brought ?? Promise.reject()).catch(() => refuse(`${what} could not be loaded: check the connection, then try again.`));
