// The book's sample images. A page holds the one that it shows first; the others come ten at a time, as a script, since
// a page from disk may fetch nothing. Another set of images may take their place.

import { range } from "../arithmetic.js";
import { runScript } from "./site_script.js";

const PER_FILE = 10;
const images = new Map();
const files = new Map();

let [rows, columns] = [32, 32];
let labels = range(100).map((index) => Math.floor(index / 10));

export const count = () => labels.length;
/** The class of an image, if it is known. */
export const labelOf = (index) => labels[index];

/** Keep images, by their number; each is the text of its bytes, in the order (row, column, channel), in base 64. */
export function remember(texts) {
  for (const [index, text] of Object.entries(texts)) {
    const bytes = atob(text);
    const at = (row, column) => [0, 1, 2].map((channel) => bytes.charCodeAt((row * columns + column) * 3 + channel));
    images.set(Number(index), range(rows).map((row) => range(columns).map((column) => at(row, column))));
  }
}

/** Put other images in the place of the sample, all of one `size`, [rows, columns]. */
export function replace(set) {
  ({ labels, size: [rows, columns] } = set);
  images.clear();
  remember(set.images);
}

/** An image that is here, as rows of [red, green, blue] from 0 to 255. */
export const pixels = (index) => images.get(index);

/** Nothing if an image is here, else the promise that it will be. */
export function load(index) {
  if (images.has(index)) return undefined;
  const file = Math.floor(index / PER_FILE);
  if (!files.has(file)) {
    const coming = runScript(`sample-${file}.js`, `Image ${index}`, () => {
      remember(globalThis.bookSample);
      return images.get(index);
    });
    files.set(file, coming.finally(() => files.delete(file))); // what did not come may be asked for again
  }
  return files.get(file);
}

/** The promise that all images are here. */
export const loadAll = () => Promise.all(range(count()).map(load));
