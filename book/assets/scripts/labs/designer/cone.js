// What one cell of a map sees: its square on the image, and along one axis the cells that it depends on, row by row.

import { range } from "../../arithmetic.js";
import * as draw from "../markup.js";
import { complete } from "./rows.js";

const { NARROW, count, escape, frame, words } = draw;
const [LEVEL, LEFT, RIGHT] = [30, 84, 40]; // pixels: from row to row, for names, for counts
const MOST_CELLS = 28;

const short = (number) => +number.toFixed(2);

/** The rows that reach further than one cell, from the image to `chosen`, with the cells that count for the middle cell of it. */
function levels({ input, layers }, { rows, input: image }, chosen) {
  const found = range(chosen + 1)
    .filter((index) => index === chosen || rows[index].axes)
    .map((index) => ({ index, layer: layers[index], n: rows[index].shape[0], ...rows[index].fields[0] }));
  const all = [{ index: -1, n: input[0], ...image.fields[0] }, ...found];
  const middle = Math.floor((rows[chosen].shape[0] - 1) / 2);
  let cells = [middle, middle];
  for (const [place, level] of [...all.entries()].reverse()) {
    level.cells = cells;
    if (!place) break;
    level.window = windowOf(level.layer, rows[level.index]);
    const { before, stride, span } = level.window;
    cells = [cells[0] * stride - before, cells[1] * stride - before + span - 1];
  }
  return all;
}

/** The window of a layer along the first axis; one cell where there is none. */
function windowOf(layer, { axes: [{ before, span, stride }] = [{ before: 0, span: 1, stride: 1 }] }) {
  const { kernel_size, pool_size, dilation_rate } = complete(layer);
  return { size: (kernel_size ?? pool_size)?.[0] ?? 1, dilation: dilation_rate?.[0] ?? 1, before, span, stride };
}

/** Along one axis: the cell on top, the image below. */
export function drawCone(state, measured, chosen) {
  const all = levels(state, measured, chosen).reverse();
  const [{ cells: [first, last] }] = all.slice(-1);
  const unit = Math.min(22, (NARROW - LEFT - RIGHT - 8) / (last - first + 1));
  const middle = LEFT + (NARROW - LEFT - RIGHT) / 2;
  const at = (level, cell) => middle + (level.start + cell * level.jump + level.size / 2 - (first + last + 1) / 2) * unit;
  // One path for each look: hundreds of cells and lines are drawn anew with each key.
  let [lines, cells, zeros, svg] = ["", "", "", ""];
  const join = (x, y, x2, y2) => { lines += `M${short(x)} ${y}L${short(x2)} ${y2}`; };
  const box = (x, y, width) => `M${short(x)} ${y}h${short(width)}v14h${short(-width)}z`;
  all.forEach((level, depth) => {
    const y = depth * LEVEL + 4;
    const [low, high] = level.cells;
    const number = high - low + 1;
    const width = Math.max(2, Math.min(18, level.jump * unit - 2));
    const next = all[depth + 1];
    svg += words(0, y + 7, level.index < 0 ? "image" : `${level.index + 1} ${SHORT[level.layer.type] ?? level.layer.type}`, { anchor: "start", size: 12, fill: "muted" });
    svg += words(NARROW - 4, y + 7, String(number), { anchor: "end", size: 12, fill: "muted" });
    if (number > MOST_CELLS || level.jump * unit < 5) {
      const [from, to] = [at(level, low) - (level.jump * unit) / 2, at(level, high) + (level.jump * unit) / 2];
      cells += box(from, y, Math.max(2, to - from));
      if (next) {
        join(from, y + 14, at(next, next.cells[0]), y + LEVEL);
        join(to, y + 14, at(next, next.cells[1]), y + LEVEL);
      }
      return;
    }
    for (const cell of range(number).map((step) => low + step)) {
      const drawn = box(at(level, cell) - width / 2, y, width);
      if (cell < 0 || cell >= level.n) zeros += drawn;
      else cells += drawn;
      if (!next) continue;
      const { size, stride, dilation, before } = level.window;
      for (const tap of range(size)) join(at(level, cell), y + 14, at(next, cell * stride - before + tap * dilation), y + LEVEL);
    }
  });
  const alt = `Along one axis, one cell of row ${chosen + 1} depends on ${all.slice(1).map(({ index, cells: [low, high] }) => `${count(high - low + 1, "cell")} of ${index < 0 ? "the image" : `row ${index + 1}`}`).join(", ")}.`;
  const path = (d, fill, more = "") => (d ? `<path d="${d}" style="fill:${fill};stroke:var(--fig-muted);${more}"/>` : "");
  return draw.drawing(NARROW, all.length * LEVEL, alt,
    path(lines, "none", "stroke-width:0.7") + path(cells, "var(--fig-output-fill)") + path(zeros, "none", "stroke-dasharray:2 2") + svg);
}

const SHORT = { Conv2D: "convolution", MaxPooling2D: "max pooling", AveragePooling2D: "mean pooling", BatchNormalization: "norm" };

const SIDE = 112;

/** The square that the middle cell sees, on the photograph `photo` or on a plain ground. */
export function drawSquare({ input: [high, wide] }, row, photo) {
  const scale = SIDE / Math.max(high, wide);
  const [width, height] = [wide * scale, high * scale];
  const ground = photo
    ? `<image width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${escape(photo)}"/>`
    : `<rect width="${width}" height="${height}" style="fill:var(--fig-grey-fill)"/>`;
  const [top, left] = row.whole ? [0, 0] : row.fields.map(({ start, jump }, axis) => (start + Math.floor((row.shape[axis] - 1) / 2) * jump) * scale);
  const [tall, broad] = row.whole ? [height, width] : row.fields.map(({ size }) => size * scale);
  // What reaches beyond the image is padding: it is cut off, and the frame with it.
  const alt = row.whole ? "The whole image is seen." : `A square of ${row.fields.map(({ size }) => size).join(" by ")} pixels on an image of ${high} by ${wide}.`;
  return `<svg class="designer-square" role="img" aria-label="${alt}" width="${SIDE + 4}" height="${SIDE + 4}" viewBox="-2 -2 ${SIDE + 4} ${SIDE + 4}">${ground}${frame(left, top, broad, tall)}</svg>`;
}
