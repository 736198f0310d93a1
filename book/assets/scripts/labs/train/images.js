// Images of CIFAR-10 to train on, which a page loads when a reader starts: scripts of the site with pictures that hold many images
// side by side, see booksite/lab/training_images.py.

import { refuse } from "../reading.js";
import { runScript } from "../site_script.js";
import { PIXELS, SIDE, TESTED } from "./training.js";

const SPRITES = { 2000: ["training-images-0.js"], 10000: ["training-images-0.js", "training-images-1.js"] };
const WHAT = "The images to train on";
const FARTHEST = 0.5; // how far the mean of all numbers may be from what it was at the build

const known = new Map();

/** The bytes of a picture's images, in the order (image, row, column, channel). */
export async function decode({ picture, columns, mean }) {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const rows = image.height / SIDE;
  const bytes = new Uint8Array(columns * rows * PIXELS);
  let [at, total] = [0, 0];
  for (let index = 0; index < columns * rows; index++) {
    const corner = Math.floor(index / columns) * SIDE * image.width + (index % columns) * SIDE;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const from = 4 * (corner + y * image.width + x);
        for (let channel = 0; channel < 3; channel++, at++) total += bytes[at] = data[from + channel];
      }
    }
  }
  if (Math.abs(total / at - mean) > FARTHEST) {
    refuse("This browser changes what a page reads of a picture, to protect you from being recognised, so the photographs cannot be trained on: allow it for this page, or train on shapes.");
  }
  return bytes;
}

async function load(name) {
  if (!known.has(name)) {
    globalThis.bookTraining = undefined; // another picture
    known.set(name, await decode(await runScript(name, WHAT, () => globalThis.bookTraining)));
  }
  return known.get(name);
}

/** The test images, then `count` to train on, as `startTraining` takes them. */
export async function loadImages(count) {
  const parts = [];
  for (const name of SPRITES[count]) parts.push(await load(name));
  const all = new Uint8Array((TESTED + count) * PIXELS);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
