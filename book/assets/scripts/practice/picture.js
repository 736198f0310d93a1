// The picture of a problem's solution, drawn with its own numbers as the pages draw theirs. No wider than a phone shows.
// After a wrong answer it is shown without the answer: with what the reader has given, each number marked, or how it begins.

import { conv2d, kernel_span, range, resolve_padding, seen, windows } from "../arithmetic.js";
import { cell, count, drawing, frame, hatching, line, NARROW, words, write } from "../labs/markup.js";

const { floor, max, min } = Math;
const LEFT = 22; // for the names of rows
const ROOM = NARROW - 4;
const LEVELS = 4; // of brackets that overlap

const written = (number) => number.toLocaleString("en");
const label = (y, text) => words(0, y, text, { anchor: "start", "font-style": "italic" });
const note = (y, text, x = 0) => words(x, y, text, { anchor: "start", size: 13, fill: "muted" });

/** An output, or what a reader has given for it, framed where that is wrong. */
function output(x, y, { answer, given }, i, width, height) {
  const value = (given ?? answer)[i];
  const mark = value === answer[i] ? "" : frame(x + 1, y + 1, width - 2, height - 2, { stroke: "red", thick: 2 });
  return cell(x, y, value, { width, height, fill: mark ? "none" : "output-fill" }) + mark;
}

/** A row of numbers, below it the window of each output, and below those the outputs. */
function row({ row: x, kernel, stride, padding, dilation, bias }, problem) {
  const [span, places] = [kernel_span(kernel.length, dilation), seen(x.length, kernel.length, { stride, padding, dilation })];
  const size = min(30, floor((ROOM - LEFT) / (x.length + 2 * padding)));
  const at = (index) => LEFT + (index + padding) * size;
  let [svg, y] = [label(size / 2, "x"), size + 8];
  for (const index of range(x.length + 2 * padding).map((place) => place - padding)) {
    const isInside = index in x;
    svg += cell(at(index), 0, isInside ? x[index] : 0, { width: size, height: size, kind: isInside ? "plain" : "padding" });
  }
  svg += label(y + 12, "w");
  for (const cells of places) {
    for (const step of range(span)) {
      const isGap = step % dilation;
      const look = isGap ? { kind: "removed" } : { fill: "filter-fill" };
      svg += cell(at(cells[0] + step), y, isGap ? "" : kernel[step / dilation], { width: size, height: 24, ...look });
    }
    y += 28;
  }
  svg += label(y + 4 + size / 2, "y");
  places.forEach((cells, i) => {
    const width = min(size, size * stride);
    svg += output(at(cells[0]) + (span * size - width) / 2, y + 4, problem, i, width, size);
  });
  y += size + 4;
  if (bias) svg += note((y += 22) - 8, `The bias ${write(bias)} is in each output.`);
  return [y, "The row, the window of each output below it, and the outputs.", svg];
}

/** A plane of numbers with zeros around it. */
function plane(x, left, top, size, [before, after], fillOf = () => "none") {
  const [height, width] = [x.length, x[0].length];
  return range(before + height + after).flatMap((i) => range(before + width + after).map((j) => {
    const [row, column] = [i - before, j - before];
    const value = x[row]?.[column];
    const look = value === undefined ? { kind: "padding" } : { fill: fillOf(row, column) };
    return cell(left + j * size, top + i * size, value ?? 0, { width: size, height: size, ...look });
  })).join("");
}

/** A map, in it the cell that each window gives, and the pooled map. */
function pooled({ map: x, kernel_size, stride, padding, rows, columns }, problem) {
  const { answer, variant, given } = problem;
  const [size, isMax] = [30, variant !== "average" && !given];
  const [height, width] = [x.length, x[0].length];
  const after = padding === "same" ? resolve_padding("same", width, kernel_size, { stride })[1] : 0;
  const chosen = new Set();
  const stops = [height, width].map((n) => seen(n, kernel_size, { stride, padding }));
  stops[0].forEach((down, i) => stops[1].forEach((across, j) => {
    const inside = down.flatMap((r) => across.map((c) => [r, c])).filter(([r, c]) => x[r]?.[c] !== undefined);
    const first = inside.find(([r, c]) => x[r][c] === answer[i * columns + j]);
    if (isMax && first) chosen.add(String(first));
  }));
  let svg = plane(x, 0, 0, size, [0, 0], (...place) => (chosen.has(String(place)) ? "output-fill" : "none"));
  const far = width * size;
  stops[0].forEach((down, i) => stops[1].forEach((across, j) => {
    // Frames that overlap would hide each other: all of them where they do not, else the first.
    if (stride < kernel_size && i + j) return;
    const [tall, wide] = [min(kernel_size, height - down[0]), min(kernel_size, width - across[0])];
    svg += frame(across[0] * size, down[0] * size, wide * size, tall * size);
  }));
  const left = far + 50;
  svg += `<path d="M${far + 12} ${(height * size) / 2}H${left - 14}m-6 -4l6 4l-6 4" style="fill:none;stroke:var(--fig-muted)"/>`;
  range(rows).forEach((i) => range(columns).forEach((j) => {
    svg += output(left + j * size, i * size, problem, i * columns + j, size, size);
  }));
  const said = after && isMax ? note(height * size + 14, "What lies outside never wins.") : "";
  return [height * size + (said ? 24 : 0), `The map${isMax ? " with the cells that win" : ""}, and the pooled map.`, svg + said];
}

/** The window in each channel, the filter's slice below it, and their sum. */
function volume({ planes, filter, padding, top, left, bias, row: place, column, stride }, { answer, given }) {
  const tints = ["red-fill", "green-fill", "blue-fill"];
  const [side, n] = [filter[0].length, planes[0].length + 2 * padding];
  const size = min(24, floor((ROOM - 14 * (planes.length - 1)) / (n * planes.length)));
  const pitch = n * size + 14;
  let svg = "";
  planes.forEach((x, c) => {
    const start = c * pitch;
    svg += plane(x, start, 0, size, [padding, padding], () => tints[c]);
    svg += frame(start + left * size, top * size, side * size, side * size);
    svg += plane(filter[c], start + left * size, (n + 1) * size, size, [0, 0], () => "filter-fill");
    const sum = conv2d(x, filter[c], 0, { stride, padding })[place][column];
    svg += words(start + (left + side / 2) * size, (n + side + 1) * size + 14, `sum ${given ? "?" : write(sum)}`);
  });
  const y = (n + side + 1) * size + 40;
  const total = `bias ${write(bias)}, together ${given ? "?" : write(answer)}`;
  return [y + 8, "The window in each channel, the filter below it, and the sums.", svg + words(0, y, total, { anchor: "start", "font-weight": 600 })];
}

/** What one cell of the last layer reads of each layer below it, down to the input. */
function cone({ layers: all }, { given }) {
  const below = given ? all.length - 1 : 0; // layers that the reader goes on with
  const layers = all.slice(below);
  const reads = [[0]];
  for (const { kernel_size, stride, dilation } of [...layers].reverse()) {
    const cells = reads[0].flatMap((cell) => range(kernel_size).map((tap) => cell * stride + tap * dilation));
    reads.unshift([...new Set(cells)].sort((a, b) => a - b));
  }
  const size = reads[0][reads[0].length - 1] + 1;
  const unit = min(26, ROOM / size);
  let [svg, y, middle, jump] = ["", 0, unit / 2, unit];
  const rows = reads.map((cells, i) => {
    if (i) {
      const { kernel_size, stride, dilation } = layers[i - 1];
      middle += ((kernel_size - 1) * dilation * jump) / 2;
      jump *= stride;
    }
    return { cells, middle, jump, label: i + below ? `after layer ${i + below}` : "input" };
  });
  for (const { cells, middle: first, jump: apart, label } of rows.reverse()) {
    const width = max(1, min(apart, 26) - (unit > 3 || apart > 3 ? 1 : 0));
    const all = cells[cells.length - 1] + 1;
    svg += note(y + 6, `${label}: ${all} ${all === 1 ? "cell" : cells.length < all ? `cells, ${cells.length} of them read` : "cells"}`);
    for (const index of cells) {
      svg += `<rect x="${first + index * apart - width / 2}" y="${y + 17}" width="${width}" height="16" style="fill:var(--fig-output-fill);stroke:var(--fig-orange);stroke-width:${width > 4 ? 1 : 0.4}"/>`;
    }
    y += 46;
  }
  return [y - 8, "The cells that one cell of the last layer reads, layer by layer down to the input.", svg];
}

/** A bracket over each place of a kernel, in steps where they overlap; of many, the first three and the last. */
function brackets(starts, span, unit, y, levels, up, first) {
  if (first) starts = starts.slice(0, max(1, min(3, starts.length - 1))); // never all of several
  const last = starts.length - 1;
  const isShort = last > 15 || (last > levels && levels === LEVELS);
  const dots = isShort && (starts[last] - starts[2] - span) * unit > 20 ? words(((starts[2] + starts[last] + span) * unit) / 2, y - 1, "…", { fill: "muted" }) : "";
  return dots + starts.map((start, i) => {
    if (isShort && i > 2 && i < last) return "";
    const low = y + (i % levels) * 7;
    return `<path d="M${start * unit + 1} ${low + up}V${low}H${(start + span) * unit - 1}V${low + up}" style="fill:none;stroke:var(--fig-orange);stroke-width:1.5"/>`;
  }).join("");
}

/** All places of a kernel along `n` cells with zeros at both sides; what no place covers is hatched. */
function slots(n, kernel_size, { stride, dilation, sides: [before, after] }, y = 0, begins) {
  const places = seen(n, kernel_size, { stride, dilation, padding: [before, after] });
  const [total, span] = [before + n + after, kernel_span(kernel_size, dilation)];
  const unit = min(24, ROOM / total);
  const at = (index) => (index + before) * unit;
  const touched = places.length ? places[places.length - 1][0] + span : 0;
  let svg = `<rect x="${at(0)}" y="${y}" width="${n * unit}" height="16" style="fill:none;stroke:var(--fig-muted)"/>`;
  for (const index of range(total - 1).map((place) => place + 1 - before)) svg += line(at(index), y, at(index), y + 16, { stroke: "grid" });
  for (const [start, length] of [[-before, before], [n, after]]) {
    if (length) svg += `<rect x="${at(start)}" y="${y}" width="${length * unit}" height="16" style="fill:none;stroke:var(--fig-muted);stroke-dasharray:4 3"/>`;
  }
  const left = begins ? 0 : n + after - touched;
  if (left > 0) svg += hatching([{ x: at(touched), y }], left * unit, 16);
  const levels = min(LEVELS, Math.ceil(span / stride));
  svg += brackets(places.map(([first]) => first + before), span, unit, y + 24, levels, -4, begins);
  y += 24 + levels * 7;
  const zeros = before + after ? `, ${before === after ? `${count(before, "zero")} on each side` : `${before} and ${after} zeros at the ends`}` : "";
  svg += note(y + 8, `${n} cells${zeros}: ${begins ? "so the windows begin" : count(places.length, "window")}${left > 0 ? `, ${left} left over` : ""}`);
  return [y + 18, svg, places.length];
}

function along(numbers, { variant, answer, kind, given }) {
  const { n, kernel_size, stride = 1, dilation = 1 } = numbers;
  const tried = kind === "padding_for_size"; // of a wrong padding, what it makes of the row
  const padding = tried ? (given ?? [answer])[0] : variant === "same" ? "same" : numbers.padding ?? 0;
  const sides = resolve_padding(padding, n, kernel_size, { stride, dilation });
  let [height, svg, first] = slots(n, kernel_size, { stride, dilation, sides }, 0, given && !tried);
  if (variant === "pooled" && !given) {
    const [more, below] = slots(first, 2, { stride: 2, dilation: 1, sides: [0, 0] }, height + 12);
    [height, svg] = [more, svg + below];
  }
  return [height, "Every window of the kernel along the cells.", svg];
}

/** The copies of a kernel that a transposed convolution lays, and what is cut away. */
function copies({ n, kernel_size, stride, padding = 0, dilation = 1 }, { variant, answer, given }) {
  const span = kernel_span(kernel_size, dilation);
  const full = (n - 1) * stride + span;
  const before = variant === "same" ? floor((full - answer) / 2) : padding;
  const unit = min(24, ROOM / max(full, before + answer));
  const levels = min(LEVELS, Math.ceil(span / stride));
  let svg = brackets(range(n).map((i) => i * stride), span, unit, 4, levels, 4, given);
  const y = 12 + levels * 7;
  // Of a wrong answer the cells below the copies that are drawn.
  for (const index of range(given ? max(0, min(2, n - 2)) * stride + span : max(full, before + answer))) {
    const isKept = !given && index >= before && index < before + answer;
    svg += `<rect x="${index * unit}" y="${y}" width="${unit}" height="16" style="fill:${isKept ? "var(--fig-output-fill)" : "none"};stroke:var(--fig-muted);stroke-width:0.6${isKept ? "" : ";stroke-dasharray:2 2"}"/>`;
  }
  if (given) return [y + 38, "The first copies of the kernel.", svg + note(y + 28, `So the ${n} copies begin.`)];
  const added = max(0, before + answer - full);
  svg += note(y + 28, `${n} copies over ${full} cells: ${answer - added} stay${added ? `; ${added} more ${added === 1 ? "is" : "are"} added: ${answer}` : ""}`);
  return [y + 38, "The copies of the kernel, and the cells that stay.", svg];
}

/** One filter or unit with its bias, and how many of them there are; the drawing is cut short where it would be long. */
function weights(given, y, [height, width, depth], bias, count, noun, total) {
  const [size, planes] = [14, min(depth, 4)];
  const columns = min(width, 10);
  let svg = "";
  for (const back of range(planes).reverse()) {
    for (const i of range(height)) for (const j of range(columns))
      svg += cell(back * 6 + j * size, y + (planes - 1 - back) * 6 + i * size, "", { width: size, height: size, fill: "filter-fill" });
  }
  const [right, low] = [(planes - 1) * 6 + columns * size, (planes - 1) * 6 + height * size];
  if (columns < width || planes < depth) svg += note(y + 7, "…", right + 4);
  if (bias) svg += note(y + low - 7, "+", right + 18) + cell(right + 32, y + low - size, "", { width: size, height: size, fill: "filter-fill" });
  const product = height * depth === 1 ? written(width) : `${height}·${width}·${depth}`;
  svg += words(0, y + low + 16, given ? `one of ${count} ${noun}` : `(${product}${bias ? " + 1" : ""}) · ${count} ${noun} = ${written(total)}`, { anchor: "start" });
  return [y + low + 34, svg];
}

/** What a layer stores, or each of two. */
function parameters({ kernel_size: k, height, width, channels, part, filters, first, second, flat, units, first_layer, second_layer }, { variant, answer, given }) {
  const rows = {
    conv: [[[k, k, channels], 1, filters, "filters", answer]],
    dense: [[[1, flat, 1], 1, units, "units", answer]],
    plain: [[[height, width, channels], 0, filters, "filters", answer]],
    grouped: [[[k, k, part], 1, filters, "filters", answer]],
    stack: [[[k, k, channels], 1, first, "filters", first_layer], [[k, k, first], 1, second, "filters", second_layer]],
    network: [[[k, k, channels], 1, filters, "filters", first_layer], [[1, flat, 1], 1, units, "units", second_layer]],
  }[variant];
  let [y, svg] = [0, ""];
  for (const each of rows) {
    const [below, drawn] = weights(given, y, ...each);
    [y, svg] = [below, svg + drawn];
  }
  if (rows.length > 1 && !given) svg += words(0, (y += 14) - 10, [`${written(first_layer)} + ${written(second_layer)}`, written(answer)].join(" = "), { anchor: "start", "font-weight": 600 });
  return [y - 4, "One filter or unit of each layer, and how many there are.", svg];
}

const draw = {
  one_dimension: row, pooling: pooled, volume_cell: volume, receptive_field: cone, parameters,
  output_size: along, padding_for_size: along, transposed_convolution: copies,
};

/** The picture of a problem as SVG: of its solution, or of the wrong answer that was given; nothing where there is none. */
export function picture(problem, given) {
  const { kind, answer, numbers } = problem;
  const isDrawn = kind === "padding_for_size" ? range(40).includes(given?.[0])
    : kind === "receptive_field" ? numbers.layers.length > 1 : given?.length === (answer.length ?? 1);
  if (given && !isDrawn) return "";
  const [height, alt, svg] = draw[kind](numbers, { ...problem, given });
  const wrong = given?.length > 1 ? given.flatMap((value, i) => (value === answer[i] ? [] : i + 1)) : [];
  return drawing(NARROW, height + 4, wrong.length ? `${alt} Not right: number ${wrong.join(", ")}.` : alt, svg);
}

globalThis.bookPicture = picture; // for practice/later.js
