// What the lab of training draws: curves, filters, maps, images with what was said of them, and a table of confusions.

import { range } from "../../arithmetic.js";
import * as draw from "../markup.js";
import { picture } from "../png.js";
import { LIGHTS, ZERO } from "../shades.js";

const { escape, line, words, write } = draw;

const WIDTH = 316;
// Number and sign stay on one line, as in the text of the pages.
export const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

// --- curves ----------------------------------------------------------------------------------------------------------

const LOOKS = {
  training: { stroke: "blue", "stroke-width": 2, "stroke-dasharray": "5 3" },
  tested: { stroke: "orange", "stroke-width": 2 },
  before: { stroke: "muted", "stroke-width": 1.5 },
};
/** The chart: its left and right edge, then top and bottom of the accuracies and of the losses. */
export const CHART = { left: 36, right: 262 };
const PANELS = { accuracy: [36, 146], loss: [182, 230] };

const path = (points, look) => {
  const style = Object.entries({ fill: "none", ...look, stroke: `var(--fig-${look.stroke})` }).map(([name, value]) => `${name}:${value}`).join(";");
  const places = points.map((point) => point.map((value) => +value.toFixed(1)));
  // A line of one point would not be seen.
  if (points.length === 1) return `<circle cx="${places[0][0]}" cy="${places[0][1]}" r="2.5" style="fill:var(--fig-${look.stroke})"/>`;
  return points.length ? `<polyline points="${places.map((place) => place.join(",")).join(" ")}" style="${style}"/>` : "";
};

/**
 * Accuracy and loss by epoch. `series` are {name, look, accuracy, loss}, lists of [epoch, value]; `last` is the epoch at the
 * right edge, `mark` one that is marked, `baseline` a share with its words.
 */
export function curves({ series, last, mark, baseline, alt, title }) {
  const x = (epoch) => CHART.left + (epoch / last) * (CHART.right - CHART.left);
  const highest = Math.max(3, ...series.flatMap(({ loss }) => loss.map(([, value]) => value)));
  let svg = words(0, 6, title, { anchor: "start", size: 12 });
  // No higher than the curves need, in steps that seldom change while they grow.
  const best = Math.max(0.6, baseline?.share ?? 0, ...series.flatMap(({ accuracy }) => accuracy.map(([, value]) => value)));
  const share = Math.ceil(5 * best) / 5;
  for (const [what, most, ticks] of [["accuracy", share, [0, share / 2, share]], ["loss", highest, [0, Math.floor(highest)]]]) {
    const [top, bottom] = PANELS[what];
    const y = (value) => bottom - (Math.min(value, most) / most) * (bottom - top);
    for (const tick of ticks) {
      svg += line(CHART.left, y(tick), CHART.right, y(tick), { stroke: "grid", "stroke-width": 0.5 }) +
        words(CHART.left - 4, y(tick), what === "loss" ? write(tick) : `${Math.round(100 * tick)}\u00a0%`, { size: 11, fill: "muted", anchor: "end" });
    }
    svg += words(0, top - 13, what, { size: 11, anchor: "start" });
    if (baseline && what === "accuracy") {
      const height = y(baseline.share);
      svg += line(CHART.left, height, CHART.right, height, { stroke: "ink", "stroke-width": 1, "stroke-dasharray": "1 3" }) +
        words(CHART.right - 6, height + 8, baseline.words, { size: 11, fill: "muted", anchor: "end" });
    }
    const ends = [];
    for (const { name, look, [what]: points } of series) {
      svg += path(points.map(([epoch, value]) => [x(epoch), y(value)]), LOOKS[look]);
      const end = points[points.length - 1];
      if (end && what === "accuracy") ends.push({ name, at: x(end[0]) + 6, y: y(end[1]), fill: LOOKS[look].stroke });
    }
    // Names stand at the ends of their curves, and not on each other.
    ends.sort((one, other) => one.y - other.y).forEach((end, index) => {
      if (index) end.y = Math.max(end.y, ends[index - 1].y + 12);
      svg += words(end.at, end.y, end.name, { size: 11, fill: end.fill, anchor: "start" });
    });
  }
  const bottom = PANELS.loss[1];
  const step = Math.ceil(last / 10);
  for (const epoch of range(Math.floor(last / step) + 1).map((index) => index * step)) {
    svg += words(x(epoch), bottom + 9, write(epoch), { size: 11, fill: "muted" });
  }
  svg += words(CHART.right + 10, bottom + 9, "epoch", { size: 11, fill: "muted", anchor: "start" });
  if (mark !== undefined) svg += line(x(mark), PANELS.accuracy[0], x(mark), bottom, { stroke: "ink", "stroke-width": 2.5 });
  const hold = `<rect data-cell="curves" x="${CHART.left - 12}" y="14" width="${CHART.right - CHART.left + 24}" height="${bottom - 4}" style="fill:transparent"/>`;
  return draw.drawing(WIDTH + 4, bottom + 18, alt, svg + (mark === undefined ? "" : hold));
}

// --- filters and maps ------------------------------------------------------------------------------------------------

const PITCH = 40;
const ACROSS = 8;
const place = (index) => [(index % ACROSS) * PITCH, 16 + Math.floor(index / ACROSS) * PITCH];

/** The filters of a first convolution as tiny colour images, grey for zero, each scaled on its own. */
export function filters({ kernel, count, size, title }) {
  const tile = Math.floor(36 / size) * size;
  let svg = words(0, 6, title, { anchor: "start", size: 12 });
  for (let filter = 0; filter < count; filter++) {
    const weight = (tap) => kernel[tap * count + filter];
    const top = Math.max(...range(size * size * 3).map((tap) => Math.abs(weight(tap)))) || 1;
    const rows = range(size).map((row) => range(size).map((column) =>
      range(3).map((channel) => Math.round(127.5 + 127.5 * weight((row * size + column) * 3 + channel) / top))));
    svg += picture(rows, ...place(filter), tile, tile);
  }
  return draw.drawing(WIDTH + 4, place(count - 1)[1] + PITCH, `${title}: ${count} tiny colour images.`, svg);
}

// Few tones, for the page holds the maps as they are drawn first, and half of what they weighed was in differences that no
// one sees.
const TONES = 15;
const tone = (share) => ZERO + Math.round((Math.round(TONES * share) / TONES) * ZERO);
const BETWEEN = tone(0.5); // a line that is seen between black maps, on light and on dark pages

/** The maps of an image after the ReLU, (row, column, filter), in one picture; each is scaled by its own largest value. */
export function maps({ maps: values, count, side, title }) {
  const pitch = side + 1;
  const down = Math.ceil(count / ACROSS);
  const rows = range(down * pitch - 1).map(() => Array(ACROSS * pitch - 1).fill(BETWEEN));
  const tops = Array(count).fill(0);
  values.forEach((value, at) => { if (value > tops[at % count]) tops[at % count] = value; });
  for (let filter = 0; filter < count; filter++) {
    const top = tops[filter] || 1;
    const [y, x] = [Math.floor(filter / ACROSS) * pitch, (filter % ACROSS) * pitch];
    for (let at = 0; at < side * side; at++) {
      rows[y + Math.floor(at / side)][x + (at % side)] = tone(values[at * count + filter] / top);
    }
  }
  return draw.drawing(WIDTH + 4, 16 + rows.length + 4, `${title}.`, words(0, 6, title, { anchor: "start", size: 12 }) + picture(rows, 0, 16, rows[0].length, rows.length, { palette: LIGHTS }));
}

// --- images and what is said of them ---------------------------------------------------------------------------------

/** A photograph, and what the network says of it: a bar for each class. */
export function says({ pixels, label, classes, probabilities, title }) {
  const size = 128;
  let svg = words(0, 6, title, { anchor: "start", size: 12 }) + picture(pixels, 0, 18, size, size);
  const best = probabilities && probabilities.indexOf(Math.max(...probabilities));
  classes.forEach((name, index) => {
    const y = 18 + index * 15 + 6;
    svg += words(202, y, name, { size: 11, anchor: "end", ...(index === label && { "font-weight": 700 }) });
    if (!probabilities) return;
    const fill = index === label ? "green" : index === best ? "red" : "muted";
    svg += `<rect x="207" y="${y - 5}" width="${+(66 * probabilities[index]).toFixed(1)}" height="10" style="fill:var(--fig-${fill})"/>` +
      words(211 + 66 * probabilities[index], y, percent(probabilities[index]), { size: 11, anchor: "start", fill: "muted" });
  });
  const words_ = probabilities ? `; the network says ${classes[best]}, ${percent(probabilities[best])}` : "";
  return draw.drawing(WIDTH + 4, 18 + 150 + 4, `${title}${words_}.`, svg);
}

/** An image of each class, and what the network says of it. */
export function examples({ images, classes, said, title }) {
  const size = 64;
  let svg = words(0, 6, title, { anchor: "start", size: 12 });
  images.forEach((pixels, index) => {
    const [x, y] = [(index % 5) * size - 2, 18 + Math.floor(index / 5) * (size + 20)];
    const right = said[index] === index;
    svg += picture(pixels, x, y, size, size) +
      words(x + size / 2, y + size + 9, `${right ? "✓" : "✗"} ${classes[said[index]]}`, { size: 11, fill: right ? "green" : "red" });
  });
  const spoken = classes.map((name, index) => `${name}: ${classes[said[index]]}`).join(", ");
  return draw.drawing(WIDTH + 4, 18 + 2 * (size + 20), `${title}: ${spoken}.`, svg);
}

/** How often each class, a row, was said to be each class, a column; the stronger the red, the more often the mistake. */
export function confusion({ counts, classes, title }) {
  const [cell, left, top] = [24, 74, 82];
  const most = Math.max(1, ...counts.flatMap((row, label) => row.filter((_, said) => said !== label)));
  let svg = words(0, 6, title, { anchor: "start", size: 12 });
  classes.forEach((name, label) => {
    svg += words(left - 5, top + (label + 0.5) * cell, name, { size: 11, anchor: "end" });
    const x = left + (label + 0.5) * cell;
    svg += `<text transform="translate(${x + 4} ${top - 5}) rotate(-90)" style="fill:var(--fig-ink);font-size:11px">${escape(name)}</text>`;
    counts[label].forEach((count, said) => {
      const [x0, y0] = [left + said * cell, top + label * cell];
      const right = said === label;
      const look = right ? "fill:none;stroke:var(--fig-ink)" : `fill:var(--fig-red);fill-opacity:${+(0.4 * count / most).toFixed(2)};stroke:var(--fig-grid)`;
      svg += `<rect x="${x0}" y="${y0}" width="${cell}" height="${cell}" style="${look};stroke-width:${right ? 1.5 : 0.5}"/>` +
        (count ? words(x0 + cell / 2, y0 + cell / 2, write(count), { size: 11 }) : "");
    });
  });
  return draw.drawing(left + 10 * cell + 6, top + 10 * cell + 4, `${title}. Rows are classes, columns what was said.`, svg);
}
