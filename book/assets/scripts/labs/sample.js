// The book's sample images. A page holds the one that it shows first; the others come ten at a time, as a script, since
// a page from disk may fetch nothing.

import { range } from "../arithmetic.js";
import { runScript } from "./site_script.js";

const SIDE = 32;
export const COUNT = 100;
const PER_FILE = 10;
const images = new Map();

/** Keep images, by their number; each is the text of its bytes, in the order (row, column, channel), in base 64. */
export function remember(texts) {
  for (const [index, text] of Object.entries(texts)) {
    const bytes = atob(text);
    const at = (row, column) => [0, 1, 2].map((channel) => bytes.charCodeAt((row * SIDE + column) * 3 + channel));
    images.set(Number(index), range(SIDE).map((row) => range(SIDE).map((column) => at(row, column))));
  }
}

/** An image that is here, as rows of [red, green, blue] from 0 to 255. */
export const pixels = (index) => images.get(index);

/** Nothing if an image is here, else the promise that it will be. */
export const load = (index) => (images.has(index) ? undefined
  : runScript(`sample-${Math.floor(index / PER_FILE)}.js`, `Image ${index}`).then(() => remember(globalThis.bookSample)));

/** The promise that all images are here. */
export const loadAll = () => Promise.all(range(COUNT / PER_FILE).map((file) => load(file * PER_FILE + PER_FILE - 1)));
