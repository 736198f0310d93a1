// Where the windows of convolutions and poolings lie on maps, as tables of offsets, and how maps are padded for them.

import { kernel_span, range, resolve_padding, seen } from "../arithmetic.js";
import { refuse } from "../labs/reading.js";

export const size = (shape) => shape.reduce((cells, length) => cells * length, 1);
/** One of the images that lie in an array one after the other. */
export const image = (array, index, length) => array.subarray(index * length, (index + 1) * length);
export const repeat = (value, length) => range(length).map(() => value);

/** Offsets of the cells of a grid, the last axis running fastest: grid([2, 3], [10, 1]) is 0, 1, 2, 10, 11, 12. */
export const grid = (counts, steps) => counts.reduce(
  (offsets, count, axis) => offsets.flatMap((offset) => range(count).map((i) => offset + i * steps[axis])), [0]);

function needsMaps({ name, type }, shape) {
  if (shape.length === 3) return;
  refuse(`The layer ${name}, a ${type}, needs maps (rows, columns, channels); it gets a row of ${shape[0]} units.`);
}

/** Where the windows of a kernel lie on a map, and how the map is padded for them. */
export function windows(layer, shape, kernelSize) {
  needsMaps(layer, shape);
  const [height, width, channels] = shape;
  const { strides, padding, dilation_rate: dilation = [1, 1] } = layer;
  const [down, across] = [height, width].map((n, axis) => {
    const options = { stride: strides[axis], dilation: dilation[axis], padding };
    const [before, after] = resolve_padding(padding, n, kernelSize[axis], options);
    const span = kernel_span(kernelSize[axis], dilation[axis]);
    const inputs = seen(n, kernelSize[axis], options);
    const length = before + n + after;
    if (!inputs.length) {
      refuse(`The kernel of the layer ${layer.name} spans ${span} cells but the padded input has ${length}.`);
    }
    const inside = inputs.map((cells) => cells.filter((cell) => cell >= 0 && cell < n).length);
    return { n, before, length, span, inside, count: inputs.length };
  });
  const row = across.length * channels;
  return {
    down, across, channels, strides, dilation,
    isPadded: down.length > height || across.length > width,
    size: down.length * row, // of the padded map
    starts: grid([down.count, across.count], [strides[0] * row, strides[1] * channels]),
    cells: grid(kernelSize, [dilation[0] * row, dilation[1] * channels]),
  };
}

/** Call `copy` with where each row of a map begins, there and in the padded map, and how many numbers it has. */
function eachRow({ down, across, channels }, copy) {
  const length = across.n * channels;
  for (let row = 0; row < down.n; row += 1) {
    copy(row * length, ((row + down.before) * across.length + across.before) * channels, length);
  }
}

/** Memory for a padded map, full of `fill`; none where nothing is padded. */
export const roomFor = ({ isPadded, size }, { floats }, fill = 0) => isPadded && floats(size).fill(fill);

/** The map itself where nothing is padded, else a copy in the middle of `room`. */
export function padded(map, view, room) {
  if (room) eachRow(view, (from, to, length) => room.set(map.subarray(from, from + length), to));
  return room || map;
}

/** Let `add` add to the gradient of a padded map, and take what belongs to the map itself. */
export function addInside(dx, view, room, add) {
  add(room ? room.fill(0) : dx);
  if (room) {
    eachRow(view, (to, from, length) => {
      for (let i = 0; i < length; i += 1) dx[to + i] += room[from + i];
    });
  }
}
