// The pictures of the lab: the image, the probabilities, maps, filters, and the window behind a cell.

import { range } from "../../arithmetic.js";
import { cell, count, drawing, line, words } from "../markup.js";
import { inks } from "../paper.js";
import { mark, picture } from "../png.js";
import * as sample from "../sample.js";
import { paletteOf, shade } from "../shades.js";
import { answer, best, patchOf } from "./answers.js";
import { cellOf, channelName, mapName, seenBy } from "./cell.js";
import { later, limit, mapKey } from "./state.js";
import { at, patch } from "./windows.js";
import { fixed, share } from "./words.js";

export const BIG = 160;
export const TOP = 18;
export const SHEET = 256;
const ROW = 16; // pixels of a class

const title = (x, text) => words(x, 9, text, { anchor: "start", size: 12 });

const pictures = new WeakMap();

/** A picture that is made once for each `owner`. */
function once(owner, key, make) {
  if (!pictures.has(owner)) pictures.set(owner, new Map());
  const ofOwner = pictures.get(owner);
  if (!ofOwner.has(key)) ofOwner.set(key, make());
  return ofOwner.get(key);
}

/** The largest size of a map's values, for its colours; maps of one cell are told apart from each other. */
function topOf({ shape: [rows, , maps], data }, map) {
  let top = 0;
  for (let i = rows > 1 ? map : 0; i < data.length; i += rows > 1 ? maps : 1) top = Math.max(top, Math.abs(data[i]));
  return top || 1;
}

const mapRows = (output, map) => once(output, map, () => {
  const [rows, columns] = output.shape;
  const top = topOf(output, map);
  return range(rows).map((y) => range(columns).map((x) => shade(at(output, y, x, map), top)));
});

const palette = (output) => once(output, "palette", () => paletteOf(output.data));

export const sheetColumns = (maps) => (maps > 96 ? 16 : maps > 48 ? 12 : Math.min(8, maps));

export const tileOf = (width, maps) => width / Math.max(maps > 3 ? 8 : 3, sheetColumns(maps));

/** All maps of an output, side by side. */
const sheetRows = (output, columns) => once(output, "sheet", () => {
  const [rows, width, maps] = output.shape;
  return range(Math.ceil(maps / columns) * rows).map((y) => range(columns).flatMap((column) => {
    const map = Math.floor(y / rows) * columns + column;
    return map < maps ? mapRows(output, map)[y % rows] : Array(width).fill(shade(0, 1));
  }));
});

const nameOf = ({ image: chosen }, { classes }) => (chosen === "drawing" ? "draw here: white on black" : typeof chosen === "string" ? "your image"
  : [`image ${chosen}`, classes?.[sample.labelOf(chosen)]].filter(Boolean).join(", "));

function drawPhoto(state, view) {
  const { pixels: computed, mean, heat } = answer(state);
  const pixels = view.ahead?.drawing ? inks(view.ahead.drawing) : computed;
  const zoom = BIG / pixels.length;
  const side = zoom * patchOf(pixels.length);
  let over;
  if (state.cover) {
    const [y, x] = (view.ahead?.cover ?? state.cover).map((place) => zoom * place);
    over = `<rect x="${x}" y="${TOP + y}" width="${side}" height="${side}" style="fill:rgb(${mean});pointer-events:none"/>${mark("cover", x, TOP + y, side, side)}`;
  }
  else if (heat) over = later().outline(heat.cells, TOP, BIG);
  else {
    const { left, top, width, height } = seenBy(state, view.place);
    over = mark("field", zoom * left, TOP + zoom * top, zoom * width, zoom * height);
  }
  const paper = state.image === "drawing" && !state.cover ? ` class="lab-paper"` : "";
  return drawing(BIG + 4, TOP + BIG + 4, nameOf(state, view), `<g${paper}>${title(0, nameOf(state, view)) + picture(pixels, 0, TOP, BIG, BIG, { name: "image" })}</g>${over}`);
}

function drawBars(state, { classes = [] }) {
  const { probabilities, before, heat } = answer(state);
  const [left, width] = [70, 62];
  const top = best(probabilities);
  let svg = title(0, before ? "says; orange: before" : "says");
  const all = range(probabilities.length);
  // Of many classes the likeliest.
  const shown = all.length <= 10 ? all : all.sort((one, other) => probabilities[other] - probabilities[one]).slice(0, 10);
  shown.forEach((label, place) => {
    const probability = probabilities[label];
    const y = TOP + place * ROW;
    const name = classes[label] ?? `class ${label}`;
    const isChosen = heat?.of === label;
    svg += `<g data-cell="class ${label}"><rect x="0" y="${y}" width="${BIG + 8}" height="${ROW}" style="fill:${isChosen ? "var(--fig-output-fill)" : "transparent"}"/>` +
      words(left - 5, y + ROW / 2, name.length > 10 ? `${name.slice(0, 7)}…` : name, { anchor: "end", size: 12, ...(label === top && { "font-weight": 650 }) }) +
      `<rect x="${left}" y="${y + 3}" width="${width * probability}" height="${ROW - 6}" style="fill:var(--fig-${label === top ? "ink" : "muted"})"/>` +
      words(BIG + 6, y + ROW / 2, share(probability), { anchor: "end", size: 12 }) +
      (before ? line(left + width * before[label], y + 1, left + width * before[label], y + ROW - 1, { stroke: "orange", "stroke-width": 2 }) : "") + "</g>";
  });
  return drawing(BIG + 12, TOP + BIG + 4, `Probabilities: ${shown.map((label) => `${classes[label] ?? label} ${share(probabilities[label])}`).join(", ")}`, svg);
}

function drawMap(state, view) {
  const output = answer(state).outputs[state.layer];
  const [rows, columns] = output.shape;
  const [row, column] = view.place;
  const [width, height] = [BIG / columns, BIG / rows];
  const name = `${mapName(state, view)}, layer ${state.layer}`;
  return drawing(BIG + 4, TOP + BIG + 4, name, title(0, name) +
    picture(mapRows(output, state.map), 0, TOP, BIG, BIG, { name: "map", palette: palette(output) }) + mark("cell", column * width, TOP + row * height, width, height));
}

/** Tiles of equal size with a frame around the chosen one. */
function drawSheet(output, chosen, name, heading, width) {
  const maps = output.shape[2];
  const across = sheetColumns(maps);
  const side = tileOf(width, maps);
  const down = Math.ceil(maps / across);
  const [x, y] = [(chosen % across) * side, TOP + Math.floor(chosen / across) * side];
  const tiles = picture(sheetRows(output, across), 0, TOP, across * side, down * side, { name, palette: palette(output) });
  const rest = maps % across; // in the last row; behind it there is nothing
  const none = rest ? `<rect x="${rest * side}" y="${TOP + (down - 1) * side}" width="${(across - rest) * side}" height="${side}" style="fill:var(--paper)"/>` : "";
  // Gaps, so that neighbours do not read as one.
  const gaps = `<path d="${range(down).map((i) => `M0 ${TOP + i * side}h${width}`).join("")}${range(across).map((i) => `M${i * side} ${TOP}v${down * side}`).join("")}" style="stroke:var(--paper);stroke-width:3"/>`;
  return drawing(width + 4, TOP + down * side + 4, heading, title(0, heading) + tiles + gaps + none + mark(name, x + 1, y + 1, side - 2, side - 2));
}

function grid(rows, left, side, fill, heading) {
  // Three digits fit, four into larger cells.
  const digits = limit((rows.length > 3 ? 2 : 3) - Math.max(...rows.flat().map((value = 0) => String(Math.trunc(Math.abs(value))).length)), 2);
  const cells = rows.map((row, y) => row.map((value, x) => cell(left + x * side, TOP + y * side, fixed(value ?? 0, digits), {
    width: side, height: side, size: Math.min(11.5, side / 2.7), ...(value === undefined ? { kind: "padding" } : { fill }),
  })).join("")).join("");
  return words(left, 9, heading, { anchor: "start", size: 12 }) + cells;
}

/** The window behind a cell: numbers below it, weights, and their products. */
function drawWindow(state, view) {
  const { inputs: [input], cell: { places, kernel, patch: pooled }, channel, layer } = cellOf(state, view);
  if (layer.type === "Dense" || !places) return "";
  const side = Math.max(11, Math.min(34, Math.floor(94 / places[0].length)));
  const width = side * places[0].length;
  const height = TOP + side * places.length + 4;
  if (pooled) return drawing(width + 90, height, "The window", grid(pooled, 0, side, "none", `window of map ${state.map}`));
  const name = channelName(input.shape[2], channel);
  const tint = input.shape[2] === 3 ? `${name}-fill` : "none";
  const [values, weights] = [patch(input, places, channel), kernel(channel)];
  const products = values.map((row, y) => row.map((value, x) => (value ?? 0) * weights[y][x]));
  const sign = (text, place) => words(place * (width + 18) - 9, TOP + height / 2 - 12, text);
  return drawing(3 * width + 40, height, `The window in ${name}: numbers, weights, products`,
    grid(values, 0, side, tint, name) + sign("×", 1) + grid(weights, width + 18, side, "filter-fill", "filter") +
    sign("=", 2) + grid(products, 2 * (width + 18), side, "none", "products"));
}

/** The slices of the chosen filter, one for each channel; a touch chooses one. */
function drawFilter(state, view) {
  const { cell: { places, kernel, sums }, own, channel, layer } = cellOf(state, view);
  if (!kernel || layer.type === "Dense" || sums.length < 2) return "";
  const [rows, columns] = [places.length, places[0].length];
  const output = once(own.kernel, `filter ${state.map}`, () => {
    const data = new Float32Array(rows * columns * sums.length);
    range(sums.length).forEach((slice) => kernel(slice).forEach((row, y) => row.forEach((weight, x) => {
      data[(y * columns + x) * sums.length + slice] = weight;
    })));
    return { shape: [rows, columns, sums.length], data };
  });
  return drawSheet(output, channel, "slice", `filter ${state.map}: ${count(sums.length, "slice")}`, BIG);
}

export function drawAll({ state, view }) {
  const output = answer(state).outputs[state.layer];
  const [rows, columns, maps] = output.shape;
  return drawPhoto(state, view) + drawBars(state, view) + drawMap(state, view) + drawFilter(state, view) +
    drawSheet(output, state.map, "sheet", `${state.layer}: ${count(maps, "map")} of ${rows}×${columns}`, SHEET) +
    drawWindow(state, view) + (view.exciting?.of === mapKey(state) ? later().drawExciting({ state, view }) : "");
}
