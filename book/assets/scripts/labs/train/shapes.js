// Ten classes of coloured shapes on coloured ground, drawn from a seed: images to train on that every copy of the page has.
// Place, size and both colours are drawn, so no single pixel tells the class: edges and corners do, wherever they are.
// Only sums, products and roots, which every browser rounds alike: the same seed gives the same pixels everywhere.

import { openDraws } from "../../practice/draws.js";

export const SIDE = 32;

const { abs, floor, max, min, sqrt } = Math;
const box = (x, y, r) => max(abs(x), abs(y)) - r;
const stripe = (x, wide) => abs(x - (2 * wide) * floor(x / (2 * wide)) - wide) - wide / 2;
const turned = (x, y) => [(x + y) / sqrt(2), (x - y) / sqrt(2)];
const bars = (x, y, wide, r) => max(min(abs(x), abs(y)) - wide, box(x, y, r));

// How far a point lies outside of each shape; inside it is negative. `r` is the shape's size, `wide` the width of its lines.
const OUTSIDE = [
  (x, y, r) => sqrt(x * x + y * y) - r,
  (x, y, r, wide) => abs(sqrt(x * x + y * y) - r + wide) - wide,
  (x, y, r) => box(x, y, r * 0.9),
  (x, y, r, wide) => abs(box(x, y, r - wide)) - wide,
  (x, y, r) => max(y - r * 0.8, (abs(x) * 1.8 - y - r) / 2),
  (x, y, r, wide) => bars(x, y, wide * 1.3, r),
  (x, y, r, wide) => bars(...turned(x, y), wide * 1.3, r),
  (x, y, r, wide) => max(box(x, y, r), stripe(y, wide * 1.6)),
  (x, y, r, wide) => max(box(x, y, r), stripe(x, wide * 1.6)),
  (x, y, r, wide) => max(box(x, y, r), stripe(x, wide * 1.6) * stripe(y, wide * 1.6)),
];

const NOISE = 12; // each number of a pixel is off by at most so much

/** `count` images as bytes in the order (image, row, column, channel); the class of each is its number modulo ten. */
export function drawShapes(count, seed = 0) {
  const draws = openDraws("shapes", seed);
  const images = new Uint8Array(count * SIDE * SIDE * 3);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const outside = OUTSIDE[index % OUTSIDE.length];
    const r = draws.between(45, 80) / 10;
    const wide = draws.between(12, 18) / 10;
    const [x0, y0] = [0, 1].map(() => draws.between(floor(r), SIDE - 1 - floor(r)));
    const ground = draws.row(3, 10, 110);
    const ink = draws.row(3, 130, 245);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const share = max(0, min(1, 0.5 - outside(x - x0, y - y0, r, wide)));
        const noise = draws.below(2 ** 24);
        for (let channel = 0; channel < 3; channel++) {
          const off = ((noise >> (8 * channel)) & 255) % (2 * NOISE + 1) - NOISE;
          images[at++] = max(0, min(255, ground[channel] + share * (ink[channel] - ground[channel]) + off));
        }
      }
    }
  }
  return images;
}
