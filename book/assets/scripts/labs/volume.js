// Lab B: filters on a volume. Everything on the picture is computed here from the state, which is {input, filters, bias,
// stride, padding}, with channels last, as `cnnbook.reference.conv2d` takes them; a filter is an entry of its own, though.

import { conv2d_volume, padding_on_axes, products, range, resolve_padding, seen_on_axes, sum } from "../arithmetic.js";
import * as draw from "./markup.js";
import { optionActions } from "./options.js";
import { keys, list, number, padding, readPadding, readRow, refuse, whole, writePadding } from "./reading.js";

const { button, count, equals, factor, field, frame, hatching, line, segments, stepper, words, write } = draw;

const MOST = { side: 8, channels: 4, filters: 4, stride: 8, padded: 16 };
const FULL = 336; // pixels that a phone has for the planes

// --- the state -------------------------------------------------------------------------------------------------------

const size = (volume) => [volume.length, volume[0].length, volume[0][0].length];
const written = (numbers) => numbers.join("×");

/** A volume of at most 8 × 8 × 4; `depth` names its channels. */
function checkVolume(value, name, depth) {
  const rows = list(value, name, 1, MOST.side, (row) =>
    list(row, `A row of ${name.toLowerCase()}`, 1, MOST.side, (cells) =>
      list(cells, `A cell of ${name.toLowerCase()}`, 1, MOST.channels, (entry) => number(entry, name), [depth, `${depth}s`]),
    ["column", "columns"]), ["row", "rows"]);
  const uneven = (lists) => lists.find((entries) => entries.length !== lists[0].length);
  const row = uneven(rows);
  if (row) refuse(`${name} has rows of ${rows[0].length} and of ${row.length} numbers; all need the same length.`);
  const cells = uneven(rows.flat());
  if (cells) refuse(`${name} has cells of ${rows[0][0].length} and of ${cells.length} ${depth}s; all need the same number.`);
  return rows;
}

function checkPadding(value) {
  if (!Array.isArray(value) || !value.some(Array.isArray)) return padding(value);
  return list(value, "The padding", 2, 2, (sides) =>
    (Array.isArray(sides) ? padding(sides) : refuse("The padding has a number beside a list; use [[top, bottom], [left, right]].")));
}

function check(state) {
  keys(state, ["input", "filters", "bias", "stride", "padding"]);
  const { bias, stride = 1 } = state;
  const input = checkVolume(state.input, "The input", "channel");
  const filters = list(state.filters, "The layer", 1, MOST.filters, (filter, index) =>
    checkVolume(filter, `Filter ${index + 1}`, "slice"), ["filter", "filters"]);
  const channels = size(input)[2];
  filters.forEach((filter, index) => {
    const [height, width, slices] = size(filter);
    if (slices !== channels) {
      refuse(`Filter ${index + 1} has ${count(slices, "slice")} but the input has ${count(channels, "channel")}: a filter is as deep as its input.`);
    }
    const [first] = filters;
    if (height !== first.length || width !== first[0].length) {
      refuse(`Filter ${index + 1} is ${height}×${width} but filter 1 is ${first.length}×${first[0].length}: all filters of a layer have one size.`);
    }
  });
  const biases = list(bias ?? filters.map(() => 0), "The bias", 1, MOST.filters, (entry) => number(entry, "The bias"), ["number", "numbers"]);
  if (biases.length !== filters.length) refuse(`The layer has ${count(filters.length, "filter")} but ${count(biases.length, "bias", "biases")}: each filter has one.`);
  const checked = { input, filters, bias: biases, stride: whole(stride, "The stride", 1, MOST.stride), padding: checkPadding(state.padding ?? 0) };
  const { sides, taps } = sizes(checked);
  ["row", "column"].forEach((axis, index) => {
    const [n, [before, after]] = [size(input)[index], sides[index]];
    const padded = n + before + after;
    if (padded < taps[index]) {
      refuse(
        `The filter has ${count(taps[index], axis)} but the padded input has ${padded} (${n} and padding ${before} + ${after}); ` +
        "make the filter smaller, or pad more.",
      );
    }
    if (padded > MOST.padded) refuse(`With its padding the input has ${count(padded, axis)}; ${MOST.padded} fit here.`);
  });
  return checked;
}

/** Of the filters their `taps`, (rows, columns); of the padding its `sides`; of the outputs the rows and columns they see. */
function sizes({ input, filters, stride, padding }) {
  const [taps, paddings] = [size(filters[0]).slice(0, 2), padding_on_axes(padding)];
  const sides = taps.map((k, axis) => resolve_padding(paddings[axis], size(input)[axis], k, { stride }));
  const [high, wide] = seen_on_axes(input, taps, { stride, padding: sides });
  return { channels: size(input)[2], taps, sides, high, wide };
}

const result = ({ input, filters, bias, stride, padding }) => ({ output: conv2d_volume(input, filters, bias, { stride, padding }) });

/** The products of one output, and the sum of each channel. */
function trace({ state: { input, filters, bias }, view: { row, column, filter }, result: { output } }, { high, wide, channels }) {
  const terms = products(input, filters[filter], high[row], wide[column]);
  const sums = range(channels).map((channel) => sum(terms.flatMap((line) => line.map((cells) => cells[channel]))));
  return { terms, sums, bias: bias[filter], total: output[row][column][filter] };
}

/** The products are counted channel by channel; where the one with this number has its weight. */
const weightOf = (index, [height, width]) =>
  ({ i: Math.floor(index / width) % height, j: index % width, channel: Math.floor(index / (height * width)) });

const productOf = ({ i, j, channel }, [height, width]) => (channel * height + i) * width + j;

// --- the picture -----------------------------------------------------------------------------------------------------

/** Red, green and blue where there are three channels, and perhaps one more. */
const nameOf = (channel, channels) => (channels > 2 && channel < 3 ? "RGB"[channel] : String(channel));
const tintOf = (channel, channels) => (channels > 2 && channel < 3 ? ["red", "green", "blue"][channel] : "grey");

/** A number that fits a cell: with fewer decimals where there is little room. */
function brief(value, width) {
  const fits = (text, letter) => text.length * letter + 2 <= width;
  const size = Math.abs(value);
  if (fits(write(value), 5.2)) return write(value);
  return fits(write(value, 1), 4.2) ? write(value, 1)
    : (size < 1e4 ? write(+value.toFixed(size < 10 ? 1 : 0)) : value.toExponential(0).replaceAll("-", "−").replace("+", ""));
}

/**
 * Cells of one size, `width` × `height`, each {x, y, value, data}, with numbers of one size. They share what they look like, which
 * makes the picture a third as large as single cells would: 8 × 8 × 4 numbers have to follow a key at once.
 */
function grid(cells, height, { width = height, fill = "none", ink = "ink", dashes = "", isUnseen = false } = {}) {
  const texts = cells.map(({ value }) => (typeof value === "number" ? brief(value, width) : value));
  const longest = Math.max(1, ...texts.map((text) => text.length));
  const font = +Math.max(7, Math.min(16, height * 0.69, (1.8 * (width - 2)) / longest)).toFixed(1);
  const boxes = cells.map(({ x, y, data }) => `<rect x="${x}" y="${y}" width="${width}" height="${height}"${data ? ` data-cell="${data}"` : ""}/>`);
  const numbers = cells.map(({ x, y }, index) => `<text x="${x + width / 2}" y="${+(y + height / 2 + font * 0.36).toFixed(1)}">${texts[index]}</text>`);
  const colors = `fill:${fill === "none" ? fill : `var(--fig-${fill})`};stroke:var(--fig-muted);stroke-dasharray:${dashes || "none"}`;
  // The ground of the numbers keeps the lines out of them.
  const ground = isUnseen ? ";paint-order:stroke;stroke:var(--fig-grey-fill);stroke-width:4px" : "";
  return `<g pointer-events="all" style="${colors}">${boxes.join("")}</g>${isUnseen && cells.length ? hatching(cells, width, height) : ""}` +
    `<g pointer-events="none" style="color:var(--fig-${ink});fill:var(--fig-${ink});font-size:${font}px;text-anchor:middle${ground}">${numbers.join("")}</g>`;
}

/** The map of the chosen filter, the others behind it, and beside it the sums of the chosen cell added up. */
function drawMap(shown, measures) {
  const { state, view, result: { output }, hidden, alt } = shown;
  const { channels } = measures;
  const { sums, bias, total } = trace(shown, measures);
  const isHidden = hidden === "cell";
  // While its size is asked for, the map is its chosen cell.
  const map = hidden === "size" ? [[output[view.row][view.column]]] : output;
  const [row, column] = hidden === "size" ? [0, 0] : [view.row, view.column];
  const behind = state.filters.length - 1;
  const columns = map[0].length;
  // Up to six columns stand beside the planes on a screen.
  const side = columns > 6 ? Math.max(15, Math.min(30, Math.floor(236 / columns))) : Math.min(44, Math.floor(144 / columns));
  const [width, height, top] = [side * columns, side * map.length, 18 + 4 * behind];
  let svg = words(0, 6, `map of filter ${view.filter + 1}`, { anchor: "start" });
  for (const step of range(behind)) {
    const [x, y] = [4 * (step + 1), top - 4 * (step + 1)];
    svg += line(x, y, x + width, y) + line(x + width, y, x + width, y + height);
  }
  const cells = map.flatMap((row, r) => row.map((values, c) => ({ x: c * side, y: top + r * side, value: isHidden ? "·" : values[view.filter], data: hidden === "size" ? "" : `y${r},${c}` })));
  const chosen = cells[row * columns + column];
  if (isHidden) chosen.value = "?";
  svg += `<rect x="${chosen.x}" y="${chosen.y}" width="${side}" height="${side}" style="fill:var(--fig-output-fill)"/>${grid(cells, side)}`;
  const [left, pitch, wide] = [width + 4 * behind + 12, 23, 44];
  const lines = [
    ...sums.map((value, channel) => [nameOf(channel, channels), isHidden ? "?" : value, `${tintOf(channel, channels)}-fill`]),
    ["bias", bias, "filter-fill", "b"],
    ["=", isHidden ? "?" : total, "output-fill"],
  ];
  lines.forEach(([name, value, fill, data], index) => {
    const y = top + index * pitch + (index === lines.length - 1 ? 5 : 0);
    svg += words(left + 27, y + 10, name, { anchor: "end" });
    svg += grid([{ x: left + 33, y, value, data }], 20, { width: wide, fill });
  });
  const rule = top + (lines.length - 1) * pitch + 1;
  svg += line(left + 6, rule, left + 33 + wide, rule, { stroke: "ink" });
  svg += frame(column * side, top + row * side, side, side, { name: "cell" });
  if (view.selected?.kind === "b") svg += frame(left + 35, top + channels * pitch + 2, wide - 4, 16, { stroke: "blue", thick: 2 });
  return draw.drawing(left + wide + 37, Math.max(top + height, rule + 25) + 4, alt || describe(shown), svg);
}

/** Where the parts of a channel stand: all channels side by side, or two in a row where cells would get too small. */
function arrange({ input }, { channels, taps: [height, width], sides: [[top, bottom], [left, right]] }) {
  const [rows, columns] = [top + input.length + bottom, left + input[0].length + right];
  const [start, gap] = [12, 16];
  const room = (across) => Math.floor((FULL - start - gap * (across - 1)) / across);
  const across = channels > 2 && room(channels) / columns < 15.5 ? 2 : channels;
  const wide = Math.min(room(across), Math.max(96, 28 * Math.max(columns, width)));
  const side = Math.floor(Math.min(28, wide / columns, wide / width));
  const tap = Math.floor(Math.max(side, Math.min(24, wide / width)));
  const beside = 2 * tap * width + 20 <= wide;
  const parts = { plane: 16, slices: 16 + rows * side + 24 };
  parts.products = parts.slices + (beside ? 0 : tap * height + 8);
  parts.sum = Math.max(parts.slices, parts.products) + tap * height + 8;
  const tall = parts.sum + 20 + 18;
  const corner = (channel) => [start + (channel % across) * (wide + gap), Math.floor(channel / across) * tall];
  return { side, tap, wide, columns, beside, parts, corner, height: Math.ceil(channels / across) * tall - 14 };
}

function drawPlanes(shown, measures) {
  const { state: { input, filters }, view, hidden } = shown;
  const { channels, taps, sides: [[top], [left]], high, wide } = measures;
  const { side, tap, wide: room, columns, beside, parts, corner, height } = arrange(shown.state, measures);
  const { terms, sums } = trace(shown, measures);
  const [rows, across] = [high[view.row], wide[view.column]];
  const isHidden = hidden === "cell";
  const [seenRows, seenColumns] = [new Set(high.flat()), new Set(wide.flat())];
  const isSeen = (row, column) => hidden === "size" || (seenRows.has(row) && seenColumns.has(column)); // hatching tells the size
  const reach = measures.sides.map(([before, after], axis) => range(before + size(input)[axis] + after).map((index) => index - before));
  const lit = view.hover ?? view.product;
  const mark = lit === undefined ? undefined : weightOf(lit, taps);
  const { selected } = view;
  let [svg, frames, marks] = ["", "", ""];
  const markAt = (x, y, side, stroke = "ink") => { marks += frame(x + 2, y + 2, side - 4, side - 4, { stroke, thick: 2 }); };
  range(channels).forEach((channel) => {
    const [x0, y0] = corner(channel);
    const tint = `${tintOf(channel, channels)}-fill`;
    const plane = (row, column) => [x0 + (room - columns * side) / 2 + (column + left) * side, y0 + parts.plane + (row + top) * side];
    svg += words(x0 + room / 2, y0 + 6, nameOf(channel, channels), { "font-weight": 600 });
    const [padded, unseen, inside] = [[], [], []];
    for (const row of reach[0]) {
      for (const column of reach[1]) {
        const value = input[row]?.[column]?.[channel];
        const isInside = value !== undefined;
        const [x, y] = plane(row, column);
        const place = { x, y, value: value ?? 0, data: isInside ? `x${row},${column},${channel}` : "" };
        (!isSeen(row, column) ? unseen : isInside ? inside : padded).push(place);
      }
    }
    svg += grid(padded, side, { ink: "muted", dashes: "4 3" }) + grid(inside, side, { fill: tint });
    svg += grid(unseen, side, { fill: "grey-fill", isUnseen: true });
    frames += frame(...plane(rows[0], across[0]), side * taps[1], side * taps[0], { name: `window-${channel}` });

    if (corner(channel)[0] === corner(0)[0]) svg += words(x0, y0 + parts.slices - 11, `filter ${view.filter + 1}, ${written(size(filters[0]))}`, { anchor: "start" });
    const both = 2 * tap * taps[1] + 20;
    const grids = beside ? x0 + (room - both) / 2 : x0 + (room - tap * taps[1]) / 2;
    const weight = ({ i, j }) => [grids + j * tap, y0 + parts.slices + i * tap];
    const product = ({ i, j }) => [grids + (beside ? tap * taps[1] + 20 : 0) + j * tap, y0 + parts.products + i * tap];
    svg += words(grids - 8, y0 + parts.slices + (tap * taps[0]) / 2, "×");
    svg += words(product({ i: 0, j: 0 })[0] - (beside ? 10 : 8), y0 + parts.products + (tap * taps[0]) / 2, "=");
    const places = range(taps[0] * taps[1]).map((index) => ({ ...weightOf(index, taps), channel }));
    const cellsOf = (letter, at, value) => places.map((place) => {
      const [x, y] = at(place);
      return { x, y, value: value(place), data: `${letter}${place.i},${place.j},${channel}` };
    });
    svg += grid(cellsOf("w", weight, ({ i, j }) => filters[view.filter][i][j][channel]), tap, { fill: "filter-fill" });
    svg += grid(cellsOf("p", product, ({ i, j }) => (isHidden ? "?" : terms[i][j][channel])), tap, { fill: tint });
    const last = beside ? product({ i: 0, j: 0 })[0] + (tap * taps[1]) / 2 : x0 + room / 2;
    svg += words(last - 28, y0 + parts.sum + 10, "sum", { size: 11, fill: "muted", anchor: "end" });
    svg += grid([{ x: last - 24, y: y0 + parts.sum, value: isHidden ? "?" : sums[channel] }], 20, { width: 48, fill: tint });
    if (mark?.channel === channel) {
      const [row, column] = [rows[mark.i], across[mark.j]];
      markAt(...plane(row, column), side);
      markAt(...weight(mark), tap);
      markAt(...product(mark), tap);
    }
    if (selected?.channel === channel) markAt(...(selected.kind === "x" ? plane(selected.i, selected.j) : weight(selected)), selected.kind === "x" ? side : tap, "blue");
  });
  return draw.drawing(FULL + 4, height, "The planes with their windows, the slices of the filter, its products and their sums.", svg + frames + marks);
}

function drawAll(shown) {
  const measures = sizes(shown.state);
  return drawMap(shown, measures) + drawPlanes(shown, measures);
}

// --- words -----------------------------------------------------------------------------------------------------------

function describe({ state, view, result: { output } }) {
  const rows = output.map((row) => row.map((cells) => write(cells[view.filter])).join(", "));
  return `The map of filter ${view.filter + 1}, row by row: ${rows.join("; ")}. Chosen is row ${view.row}, column ${view.column}. ` +
    `The input is ${written(size(state.input))}.`;
}

const tinted = (channel, channels, text, look = "") => `<span class="lab-tint ${look}" style="background:var(--fig-${tintOf(channel, channels)}-fill)">${text}</span>`;

/** What is lit, chosen, or shown. */
function remark({ state, view, result: { output }, hidden }, { channels, taps, high, wide }, { terms }) {
  const { selected } = view;
  if (selected) {
    const { i, j, channel, kind } = selected;
    if (kind === "b") return `Chosen: the bias of filter ${view.filter + 1}.`;
    return `Chosen: ${kind === "x" ? "cell" : "weight"} ${nameOf(channel, channels)}, row ${i}, column ${j}.`;
  }
  const lit = view.hover ?? view.product;
  if (lit === undefined) {
    const unseen = [0, 1].some((axis) => new Set([high, wide][axis].flat()).size < size(state.input)[axis]);
    const sides = hidden === "size" ? "?×?." : `${output.length}×${output[0].length}.${unseen ? " Hatched cells are never seen." : ""}`;
    return `Row ${view.row}, column ${view.column} of filter ${view.filter + 1}’s map, which is ${sides}`;
  }
  const { i, j, channel } = weightOf(lit, taps);
  const value = state.input[high[view.row][i]]?.[wide[view.column][j]]?.[channel];
  return `Product ${lit + 1} of ${channels * taps[0] * taps[1]}, ${nameOf(channel, channels)}: <span class="lab-weight">${factor(state.filters[view.filter][i][j][channel])}</span>·` +
    `${value === undefined ? "0 of the padding" : factor(value)} ${equals(state.filters[view.filter][i][j][channel], value ?? 0, terms[i][j][channel])} ${hidden === "cell" ? "?" : write(terms[i][j][channel])}.`;
}

function readout(shown) {
  const { state: { input, filters }, view, hidden } = shown;
  const measures = sizes(shown.state);
  const { channels, taps, high, wide } = measures;
  const traced = trace(shown, measures);
  const { sums, bias, total } = traced;
  const lit = view.hover ?? view.product;
  const isHidden = hidden === "cell";
  const said = (value) => (isHidden ? "?" : factor(value));
  const term = (i, j, channel) => {
    const value = input[high[view.row][i]]?.[wide[view.column][j]]?.[channel] ?? 0;
    const text = `<span class="lab-weight">${factor(filters[view.filter][i][j][channel])}</span>·${factor(value)}`;
    return productOf({ i, j, channel }, taps) === lit ? `<span class="lab-lit">${text}</span>` : text;
  };
  const number = taps[0] * taps[1];
  const numbersOf = (channel) => high[view.row].flatMap((row, i) => wide[view.column].flatMap((column, j) =>
    [filters[view.filter][i][j][channel], input[row]?.[column]?.[channel] ?? 0]));
  const channelLine = (value, channel) => {
    const products = number > 4 ? count(number, "product") : range(number).map((index) => term(Math.floor(index / taps[1]), index % taps[1], channel)).join(" + ");
    return `<p>${nameOf(channel, channels)}: ${products}${number > 4 ? ", together " : ` ${equals(numbersOf(channel), value)} `}${tinted(channel, channels, isHidden ? "?" : write(value))}</p>`;
  };
  return `<p class="lab-sum">${sums.map((value, channel) => tinted(channel, channels, said(value))).join(" + ")} + bias ` +
    `<span class="lab-weight">${factor(bias)}</span> ${equals(sums, bias, total)} <span class="lab-output">${isHidden ? "?" : write(total)}</span></p>` +
    `${sums.map(channelLine).join("")}<p>${remark(shown, measures, traced)}</p>`;
}

/** The same in Keras and in the book's own module, to run as it is. */
function codeLines({ input, filters, bias, stride, padding }) {
  const list = (values) => JSON.stringify(values).replaceAll(",", ", ");
  const { taps, sides } = sizes({ input, filters, bias, stride, padding });
  const named = typeof padding === "string";
  const pairs = `(${sides.map((pair) => `(${pair.join(", ")})`).join(", ")})`;
  const layers = named || !sum(sides.flat()) ? [] : [`x = keras.layers.ZeroPadding2D(${pairs})(x)`];
  return [
    "import keras", "import numpy as np", "from cnnbook import reference", "",
    `volume = np.array([${list(input)}], float)  # (batch, rows, columns, channels)`,
    `filters = np.array(${list(filters)}, float)`,
    "kernel = np.moveaxis(filters, 0, -1)  # (rows, columns, channels, filters)",
    `bias = np.array(${list(bias)}, float)`, "",
    'x = volume.astype("float32")', ...layers,
    `layer = keras.layers.Conv2D(${filters.length}, (${taps.join(", ")}), strides=${stride}, padding="${named ? padding : "valid"}")`,
    "layer.build(x.shape)", "layer.set_weights([kernel, bias])", "maps = layer(x)[0]", "",
    "# the same with the book's own module",
    `ours = reference.conv2d(volume, kernel, bias, stride=${stride}, padding=${named ? `"${padding}"` : pairs})[0]`,
  ];
}

// --- what is typed ---------------------------------------------------------------------------------------------------

const plain = (value) => String(value).replaceAll("-", "−");
const writeVolume = (volume) =>
  range(size(volume)[2]).map((channel) => volume.map((row) => row.map((cells) => plain(cells[channel])).join(" ")).join("\n")).join("\n\n");

/**
 * The planes of a volume, as rows of numbers with an empty line between two planes. A table out of a spreadsheet may
 * have them side by side, with an empty column between two.
 */
function readVolume(text, name) {
  const blocks = text.replace(/[[\]()]/g, " ").replaceAll("\r", "").split(/\n\s*\n/).filter((block) => block.trim());
  const planes = blocks.flatMap((block) => {
    const lines = block.split("\n").filter((row) => row.trim());
    return block.includes("\t") ? readTable(lines, name) : [lines.map((row) => readRow(row.replace(/[,;]\s*$/, ""), name))];
  });
  if (!planes.length) refuse(`${name} is empty: type rows of numbers, with an empty line between two planes.`);
  const [first] = planes;
  planes.forEach((plane, index) => {
    const row = plane.find((row) => row.length !== first[0].length);
    if (row) refuse(`Plane ${index} of ${name.toLowerCase()} has a row of ${count(row.length, "number")}, the first row has ${first[0].length}: all need the same length.`);
    if (plane.length !== first.length) refuse(`Plane ${index} of ${name.toLowerCase()} has ${count(plane.length, "row")}, plane 0 has ${first.length}: all need the same number.`);
  });
  return first.map((row, r) => row.map((_, c) => planes.map((plane) => plane[r][c])));
}

/** The tables that empty columns part; a comma in a cell is a decimal comma. */
function readTable(lines, name) {
  const rows = lines.map((row) => row.split("\t").map((word) => word.trim().replace(",", ".")));
  const used = range(Math.max(...rows.map((row) => row.length))).map((column) => rows.some((row) => row[column]));
  const starts = range(used.length).filter((column) => used[column] && !used[column - 1]);
  return starts.map((start) => {
    const end = used.indexOf(false, start);
    return rows.map((row) => range((end < 0 ? used.length : end) - start).flatMap((step) => {
      if (!row[start + step]) refuse(`${name} has an empty cell in a table: fill it, or paste the numbers without it.`);
      return readRow(row[start + step], name);
    }));
  });
}

/** A volume of another size, with zeros where there was nothing. */
const resize = (volume, [rows, columns, channels]) =>
  range(rows).map((row) => range(columns).map((column) => range(channels).map((channel) => volume[row]?.[column]?.[channel] ?? 0)));

function controls({ state, view, error, id }) {
  const { input, filters, bias, stride, padding } = state;
  const typed = Array.isArray(padding) || padding > 2;
  const sides = writePadding(typed ? [padding].flat(2) : padding);
  const paddings = [0, 1, 2, ["same", "same"], ...(typed ? [[padding, sides]] : [])];
  const rows = (volume) => Math.min(15, (volume.length + 1) * size(volume)[2] - 1);
  const [high, wide, channels] = size(input);
  return (
    segments("filter", "filter", filters.map((_, index) => [index, String(index + 1)]), view.filter) +
    segments("stride", "stride", [1, 2, 3], stride) +
    segments("padding", "padding", paddings, padding === "valid" ? 0 : padding) +
    draw.touched("number", valueOf(state, view)) +
    `<div class="lab-group">${button("random", "Random")}</div>` +
    `<details class="lab-more"><summary>Your own numbers, sizes, code</summary><div class="lab-controls">` +
    field("input", "planes, an empty line between two; paste a table", writeVolume(input), error, { id, rows: rows(input) }) +
    field("slices", `slices of filter ${view.filter + 1}`, writeVolume(filters[view.filter]), error, { id, rows: rows(filters[0]) }) +
    field("bias", "bias of each filter", bias.map(plain).join(" "), error, { id }) +
    field("sides", "padding: a number, or top, bottom, left, right", sides, error, { id }) +
    stepper("rows", "rows", high) + stepper("columns", "columns", wide) + stepper("channels", "channels", channels) +
    stepper("count", "filters", filters.length) + stepper("taps", "filter size", written(size(filters[0]).slice(0, 2))) +
    `</div>${draw.code(codeLines(state))}</details>`
  );
}

// --- what the reader does --------------------------------------------------------------------------------------------

const clamp = (value, last) => Math.max(0, Math.min(last, value));

/** The number that was touched, if any. */
function valueOf({ input, filters, bias }, { selected, filter }) {
  if (!selected) return undefined;
  const { kind, i, j, channel } = selected;
  return kind === "b" ? bias[filter] : (kind === "x" ? input : filters[filter])[i]?.[j]?.[channel];
}

const replace = (volume, { i, j, channel }, value) =>
  volume.map((row, r) => row.map((cells, c) => cells.map((old, k) => (r === i && c === j && k === channel ? value : old))));
const withFilter = (filters, index, filter) => filters.map((old, place) => (place === index ? filter : old));

function change({ state, view, value }) {
  const { input, filters, bias } = state;
  const { selected, filter } = view;
  if (!selected) return refuse("Touch a cell, a weight or the bias first; this changes it.");
  const next = valueOf(state, view) + value;
  if (selected.kind === "b") return { state: { bias: withFilter(bias, filter, next) } };
  if (selected.kind === "x") return { state: { input: replace(input, selected, next) } };
  return { state: { filters: withFilter(filters, filter, replace(filters[filter], selected, next)) } };
}

/** The weight of a product, or the cell that it multiplies; none in the padding. */
function part(kind, state, view, index) {
  const { taps, high, wide } = sizes(state);
  const { i, j, channel } = weightOf(index, taps);
  const place = kind === "w" ? { i, j } : { i: high[view.row][i], j: wide[view.column][j] };
  const selected = { kind, ...place, channel };
  return valueOf(state, { ...view, selected }) === undefined ? undefined : selected;
}

function walk({ state, view }, place) {
  const { taps, channels } = sizes(state);
  const product = clamp(place, channels * taps[0] * taps[1] - 1);
  return { view: { product, selected: view.selected && view.selected.kind !== "b" ? part(view.selected.kind, state, view, product) : undefined } };
}

/** Arrows change what was touched, walk through the products, or move on the map. */
function arrow({ state, view, value: [down, right] }) {
  if (view.selected && down) return change({ state, view, value: -down });
  const { taps, high, wide } = sizes(state);
  if (view.product !== undefined) return walk({ state, view }, view.product + right + down * taps[1]);
  return { view: { row: clamp(view.row + down, high.length - 1), column: clamp(view.column + right, wide.length - 1) } };
}

/** Into the products, then to the weight of the one that is lit, then to its cell, and back. */
function enter({ state, view }) {
  if (view.product === undefined) return walk({ state, view: {} }, 0);
  const next = { undefined: "w", w: "x" }[view.selected?.kind];
  return { view: { selected: next && part(next, state, view, view.product) } };
}

function touch({ state, view, value }) {
  if (value === "b") return { view: { selected: { kind: "b" }, product: undefined } };
  const [i, j, channel] = value.slice(1).split(",").map(Number);
  if (value[0] === "y") return { view: { row: i, column: j, selected: undefined, product: undefined } };
  const product = productOver(value, state, view);
  if (value[0] === "p") return { view: { product, selected: undefined } };
  return { view: { selected: { kind: value[0], i, j, channel }, product } };
}

/** The number of the product that a weight, a product or a cell of the window belongs to. */
function productOver(target, state, view) {
  if (!/^[xwp]/.test(target ?? "")) return undefined;
  const { taps, high, wide } = sizes(state);
  const [i, j, channel] = target.slice(1).split(",").map(Number);
  const place = target[0] === "x" ? [high[view.row].indexOf(i), wide[view.column].indexOf(j)] : [i, j];
  return place.includes(-1) ? undefined : productOf({ i: place[0], j: place[1], channel }, taps);
}

function reshape({ input, filters }, change) {
  const [[rows, columns, channels], [high, wide]] = [size(input), size(filters[0])];
  const to = { rows, columns, channels, high, wide, ...change };
  if (to.high < 1 || to.wide < 1) refuse("A filter has at least one row and one column.");
  return {
    state: {
      input: resize(input, [to.rows, to.columns, to.channels]),
      filters: filters.map((filter) => resize(filter, [to.high, to.wide, to.channels])),
    },
  };
}

const random = (low, high) => low + Math.floor(Math.random() * (high - low + 1));
const filled = (volume, low, high) => volume.map((row) => row.map((cells) => cells.map(() => random(low, high))));

const actions = {
  arrow,
  enter,
  out: ({ view }) => ({ view: view.selected ? { selected: undefined } : { product: undefined } }),
  home: ({ state, view }) => (view.product === undefined ? { view: { row: 0, column: 0 } } : walk({ state, view }, 0)),
  end: ({ state, view }) => (view.product === undefined ? { view: { row: Infinity, column: Infinity } } : walk({ state, view }, Infinity)),
  touch,
  hover: ({ value }) => ({ view: { hover: value } }),
  filter: ({ state, value }) => (value < state.filters.length ? { view: { filter: value } } : {}),
  change,
  ...optionActions,
  random: ({ state: { input, filters, bias } }) => ({
    state: { input: filled(input, 0, 2), filters: filters.map((filter) => filled(filter, -1, 1)), bias: bias.map(() => random(-1, 1)) },
  }),
  rows: ({ state, value }) => reshape(state, { rows: state.input.length + value }),
  columns: ({ state, value }) => reshape(state, { columns: state.input[0].length + value }),
  channels: ({ state, value }) => reshape(state, { channels: size(state.input)[2] + value }),
  taps: ({ state, value }) => reshape(state, { high: state.filters[0].length + value, wide: state.filters[0][0].length + value }),
  count: ({ state: { filters, bias }, value }) => ({
    state: value < 0
      ? { filters: filters.slice(0, -1), bias: bias.slice(0, -1) }
      : { filters: [...filters, resize([], size(filters[0]))], bias: [...bias, 0] },
  }),
  input: ({ state: { filters }, value }) => {
    const input = readVolume(value, "The input");
    const [high, wide] = size(filters[0]);
    return { state: { input, filters: filters.map((filter) => resize(filter, [high, wide, size(input)[2]])) } };
  },
  slices: ({ state: { filters }, view, value }) => {
    const filter = readVolume(value, `Filter ${view.filter + 1}`);
    const [high, wide] = size(filter);
    return { state: { filters: withFilter(filters.map((old) => resize(old, [high, wide, size(old)[2]])), view.filter, filter) } };
  },
  bias: ({ value }) => ({ state: { bias: readRow(value, "The bias") } }),
  sides: ({ value }) => ({
    state: { padding: readPadding(value, [1, 2, 4], "one for every side, two for before and after, or four: top, bottom, left, right") },
  }),
};

function point({ state, view, phase, target }) {
  if (phase === "down") return target && { action: "touch", value: target };
  const over = productOver(target, state, view);
  return phase === "hover" && over !== view.hover ? { action: "hover", value: over } : undefined;
}

// --- what it asks before it tells ------------------------------------------------------------------------------------

/** What the chosen cell, {sums, bias, total}, becomes by a usual mistake. */
const traced = (change) => (shown) => change(trace(shown, sizes(shown.state)), shown);
/** The chosen cell of a layer, or of a view, with something changed; none, where that has no such cell. */
const cellWith = (change) => ({ state, view }) => {
  const changed = { ...state, ...view, ...change(state, view) };
  const { row, column, filter } = changed;
  return conv2d_volume(changed.input, changed.filters, changed.bias, changed)[row]?.[column]?.[filter] ?? NaN;
};
const absolute = (volume) => volume.map((row) => row.map((cells) => cells.map(Math.abs)));
const flipped = (filter) => [...filter].reverse().map((row) => [...row].reverse());

/** The size of the output with something changed. */
const sizeWith = (change) => ({ state }) => {
  const changed = { ...state, ...change(sizes(state)) };
  const { high, wide } = sizes(changed);
  return high.length && wide.length ? [high.length, wide.length, state.filters.length] : [NaN];
};
/** The size where the steps from the first window to the last are counted in another way. */
const sizeBy = (count) => ({ state }) => {
  const { sides, taps } = sizes(state);
  return [...taps.map((k, axis) => count((size(state.input)[axis] + sum(sides[axis]) - k) / state.stride)), state.filters.length];
};

const predictions = {
  cell: {
    question: ({ view }) => `what is the cell in row ${view.row}, column ${view.column} of filter ${view.filter + 1}’s map, counted from 0?`,
    answer: traced(({ total }) => total),
    mistakes: [
      ["bias-forgotten", traced(({ sums }) => sum(sums))],
      ["one-bias-per-channel", traced(({ sums, bias }) => sum(sums) + sums.length * bias)],
      ["bias-subtracted", traced(({ sums, bias }) => sum(sums) - bias)],
      ["channel-alone", traced(({ sums: [first], bias }) => first + bias)],
      ["flipped-kernel", cellWith(({ filters }) => ({ filters: filters.map(flipped) }))],
      ["place-swapped", cellWith((_, { row, column }) => ({ row: column, column: row }))],
      ["other-filter", cellWith(({ filters }, { filter }) => ({ filter: filter ? 0 : filters.length - 1 }))],
      ["sign-forgotten", cellWith(({ input, filters }) => ({ input: absolute(input), filters: filters.map(absolute) }))],
      ["from-one", cellWith((_, { row, column }) => ({ row: row - 1, column: column - 1 }))],
    ],
  },
  size: {
    question: ({ state: { filters, stride } }) => `how large is the output of ${count(filters.length, "filter")} of ${written(size(filters[0]))} with a stride of ${stride}? Height × width × depth, such as 5×4×2.`,
    answer: ({ result: { output } }) => size(output),
    mistakes: [
      ["depth-of-input", ({ state, result: { output } }) => [...size(output).slice(0, 2), size(state.input)[2]]],
      ["map-per-channel", ({ state: { input, filters }, result: { output } }) => [...size(output).slice(0, 2), size(input)[2] * filters.length]],
      ["channels-first", ({ state: { filters }, result: { output } }) => [filters.length, ...size(output).slice(0, 2)]],
      ["depth-forgotten", ({ result: { output } }) => size(output).slice(0, 2)],
      ["plus-one-forgotten", sizeBy(Math.floor)],
      ["rounded-up", sizeBy((steps) => Math.ceil(steps) + 1)],
      ["padding-once", sizeWith(({ sides }) => ({ padding: sides.map(([before]) => [before, 0]) }))],
      ["padding-forgotten", sizeWith(() => ({ padding: 0 }))],
      ["stride-forgotten", sizeWith(() => ({ stride: 1 }))],
      ["size-kept-unpadded", ({ state: { input, filters } }) => [...size(input).slice(0, 2), filters.length]],
    ],
  },
};

export default {
  kind: "volume",
  title: "Take a cell apart",
  help: "Arrows move on the map, 1 to 4 choose the filter, plus and minus change the stride, P the padding. Enter goes into the products, where arrows walk, and on to a weight and a cell, which up and down change. Escape goes back out, R resets.",
  view: { row: 0, column: 0, filter: 0 },
  fields: ["input", "slices", "bias", "sides"],
  keys: {
    ArrowRight: ["arrow", [0, 1]], ArrowLeft: ["arrow", [0, -1]], ArrowDown: ["arrow", [1, 0]], ArrowUp: ["arrow", [-1, 0]],
    Home: "home", End: "end", Enter: "enter", Escape: "out", "+": "faster", "-": "slower", p: "pad", P: "pad",
    1: ["filter", 0], 2: ["filter", 1], 3: ["filter", 2], 4: ["filter", 3],
  },
  isInside: ({ product, selected }) => product !== undefined || selected !== undefined,
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  predictions,
  point,
  /** What of the view still holds for a state. */
  fit(state, view, isNew) {
    const { high, wide, taps, channels } = sizes(state);
    const placed = {
      ...view, row: clamp(view.row, high.length - 1), column: clamp(view.column, wide.length - 1), filter: clamp(view.filter, state.filters.length - 1),
      product: view.product < channels * taps[0] * taps[1] ? view.product : undefined,
      ...(isNew && { hover: undefined }),
    };
    return { ...placed, selected: valueOf(state, placed) === undefined ? undefined : view.selected };
  },
};
