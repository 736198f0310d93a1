// Gradient descent on the weights of one filter, on one channel and without padding: all of it, in less than a kilobyte.

import { conv2d, sum } from "../arithmetic.js";

/**
 * What a filter makes of `input` beside the `wanted` map: the {map, difference, loss, gradient}. The loss is the mean of
 * the squared differences. A weight adds to each cell of the map its pixel times itself, so its slope is a sum over the
 * cells, of the difference times the pixel: the image filtered with the differences.
 */
export function compare(input, kernel, wanted) {
  const map = conv2d(input, kernel, 0);
  const difference = map.map((row, y) => row.map((value, x) => value - wanted[y][x]));
  const cells = difference.flat();
  return {
    map, difference,
    loss: sum(cells.map((value) => value * value)) / cells.length,
    gradient: conv2d(input, difference, 0).map((row) => row.map((total) => (2 / cells.length) * total)),
  };
}

/** The weights after a step against the gradient. */
export const descend = (kernel, gradient, learning_rate) =>
  kernel.map((row, i) => row.map((weight, j) => weight - learning_rate * gradient[i][j]));
