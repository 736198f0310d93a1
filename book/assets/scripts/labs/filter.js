// A lab of one filter on a photograph or a drawing of 32x32 pixels. The state is {kernel, bias, image, drawing}:
// - kernel: (3, 3, 3) as rows, columns, channels, as Keras has it; or (3, 3), which sees the mean of the three channels;
// - image: the number of a sample image (`cnnbook.data.sample`), or "drawing";
// - drawing: 32 texts of 32 digits, 1 where it is white and 0 where it is black; only with image "drawing".
// Pixels are divided by 255 and padded with zeros, as in the book's networks. The result, with five decimals, is
// {output (32, 32), relu (32, 32), pooled (16, 16)}: the map, the map behind a ReLU, and behind max pooling by 2.

import { conv2d, max_pool2d, range, sum } from "../arithmetic.js";
import * as draw from "./markup.js";
import { set } from "./options.js";
import { BLANK, dot, inks, otherInk, paint, readDrawing, stroke } from "./paper.js";
import { mark, picture } from "./png.js";
import { keys, list, number, readRow, refuse, whole } from "./reading.js";
import * as sample from "./sample.js";
import { LIGHTS, shade, SHADES } from "./shades.js";

const { button, cell, count, equals, factor, field, frame, segments, stepper, words, write } = draw;

const SIDE = 32;
const NINTH = range(3).map(() => Array(3).fill(0.111));
const NAMED = {
  edges: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
  blur: NINTH,
  sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
  "Sobel |": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
  "Sobel —": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
};
const CHANNELS = ["red", "green", "blue"];

const isGrey = (kernel) => !Array.isArray(kernel[0][0]);

const isImage = (value, name) => whole(value, name, 0, sample.count() - 1);

function check(state) {
  keys(state, ["kernel", "bias", "image", "drawing"]);
  const three = (value, read) => list(value, "The filter", 3, 3, read);
  const weight = (value) => number(value, "The filter");
  const grey = Array.isArray(state.kernel) && Array.isArray(state.kernel[0]) && isGrey(state.kernel);
  const checked = {
    kernel: three(state.kernel, (row) => three(row, grey ? weight : (channels) => three(channels, weight))),
    bias: number(state.bias ?? 0, "The bias"),
    image: state.image === "drawing" ? "drawing" : isImage(state.image, "The image"),
  };
  if (checked.image !== "drawing") return checked;
  return { ...checked, drawing: readDrawing(state.drawing) };
}

const shades = (map, top) => map.map((row) => row.map((value) => shade(value, top)));

const rounded = (map) => map.map((row) => row.map((value) => Math.round(value * 1e5) / 1e5));

const known = new WeakMap();

/** All that a picture shows: pixels from 0 to 255, the planes that the filter sees, maps; computed once for each state. */
function seenBy(state) {
  if (!known.has(state)) {
    const { kernel, bias, image, drawing } = state;
    const pixels = image === "drawing" ? inks(drawing) : sample.pixels(image);
    const planes = isGrey(kernel)
      ? [pixels.map((row) => row.map((channels) => sum(channels) / 3 / 255))]
      : CHANNELS.map((_, channel) => pixels.map((row) => row.map((channels) => channels[channel] / 255)));
    const slices = isGrey(kernel) ? [kernel] : CHANNELS.map((_, channel) => kernel.map((row) => row.map((weights) => weights[channel])));
    const maps = planes.map((plane, channel) => conv2d(plane, slices[channel], 0, { padding: "same" }));
    const output = maps[0].map((row, y) => row.map((value, x) => maps.slice(1).reduce((total, map) => total + map[y][x], value) + bias));
    const relu = output.map((row) => row.map((value) => Math.max(0, value)));
    const pooled = max_pool2d(relu, 2);
    // At its border the filter sees zeros, and may answer to them more than to anything in the image.
    const top = Math.max(...output.slice(1, -1).flatMap((row) => row.slice(1, -1)).map(Math.abs)) || 1;
    const pictures = { image: pixels, output: shades(output, top), relu: shades(relu, top), pooled: shades(pooled, top) };
    const result = { output: rounded(output), relu: rounded(relu), pooled: rounded(pooled) };
    known.set(state, { planes, slices, maps, output, relu, pooled, pictures, result });
  }
  return known.get(state);
}

const result = (state) => seenBy(state).result;

// --- the picture -----------------------------------------------------------------------------------------------------

const ZOOM = 5;
const TOP = 18;
const BIG = SIDE * ZOOM;
const GAP = 12;
const PLACES = { image: [0, TOP], output: [BIG + GAP, TOP], relu: [0, 2 * TOP + BIG + 8], pooled: [BIG + GAP, 2 * TOP + BIG + 8] };

/** After the ReLU nothing is below zero; the photograph has its own colours. */
const PALETTES = { output: SHADES, relu: LIGHTS, pooled: LIGHTS };

const titled = (rows, [x, y], name, title) => words(x, y - 9, title, { anchor: "start", size: 12 }) +
  picture(rows, x, y, BIG, BIG, { name, palette: PALETTES[name] });

/** A frame around pixels of a picture. */
function ring(name, [row, column], size, zoom) {
  const [x, y] = PLACES[name];
  return mark(name, x + column * zoom, y + row * zoom, size * zoom, size * zoom);
}

function drawAll({ state, view, hidden, alt }) {
  const { place: [row, column], weight } = view;
  const { slices, pictures } = seenBy(state);
  const asked = (name, [x, y], title) => words(x, y - 9, title, { anchor: "start", size: 12 }) +
    `<rect data-cell="${name}" x="${x}" y="${y}" width="${BIG}" height="${BIG}" style="fill:transparent;stroke:var(--fig-muted);stroke-dasharray:4 3"/>` + words(x + BIG / 2, y + BIG / 2, "?", { size: 28 });
  const map = (name, title) => (hidden ? asked(name, PLACES[name], title) : titled(pictures[name], PLACES[name], name, title));
  const paper = state.image === "drawing" ? " class=\"lab-paper\"" : "";
  const svg =
    `<g${paper}>${titled(pictures.image, PLACES.image, "image", imageName(state, view))}</g>` +
    map("output", "map: the sums") + map("relu", "after ReLU") + map("pooled", "after max pooling, 16×16") +
    ring("image", [row - 1, column - 1], 3, ZOOM) +
    (hidden ? "" : ring("output", [row, column], 1, ZOOM) + ring("relu", [row, column], 1, ZOOM) + ring("pooled", [row >> 1, column >> 1], 1, 2 * ZOOM));
  const maps = draw.drawing(2 * BIG + GAP + 4, PLACES.relu[1] + BIG + 5, alt || DESCRIPTION, svg);
  return `<div class="lab-maps">${maps}</div><div class="lab-slices">${slices.map((slice, channel) => drawSlice(slice, channel, state, weight)).join("")}</div>`;
}

function drawSlice(slice, channel, { kernel }, weight) {
  const grey = isGrey(kernel);
  const title = grey ? "filter" : CHANNELS[channel];
  const size = 34;
  let svg = words(0, 9, title, { anchor: "start" });
  slice.forEach((row, y) => row.forEach((value, x) => {
    svg += cell(x * size, TOP + y * size, value, {
      width: size, height: size, ...(!grey && { size: 11.5 }), fill: grey ? "filter-fill" : `${title}-fill`, data: `data-cell="w${y},${x},${channel}"`,
    });
  }));
  if (weight?.[2] === channel) svg += frame(weight[1] * size + 3, TOP + weight[0] * size + 3, size - 6, size - 6, { stroke: "blue", thick: 2 });
  const spoken = slice.map((row) => row.map((value) => write(value)).join(", ")).join("; ");
  return draw.drawing(3 * size + 4, TOP + 3 * size + 4, `Weights, ${title}: ${spoken}`, svg);
}

// --- words -----------------------------------------------------------------------------------------------------------

const DESCRIPTION = "A picture of 32 by 32 pixels, the map that the filter makes of it, and the map after ReLU and pooling.";

const imageName = ({ image, drawing }, { classes }) =>
  (image === "drawing" ? (isSame(drawing, BLANK) ? "draw here" : "your drawing") : `image ${image}${classes ? `, ${classes[Math.floor(image / 10)]}` : ""}`);

function readout({ state, view: { place: [row, column], weight }, hidden }) {
  const { planes, slices, maps, output, relu, pooled } = seenBy(state);
  const bias = state.bias ? ` ${state.bias < 0 ? "−" : "+"} bias ${write(Math.abs(state.bias))}` : "";
  let terms, numbers;
  if (isGrey(state.kernel)) {
    const patch = range(9).map((tap) => [Math.floor(tap / 3), tap % 3]).filter(([y, x]) => slices[0][y][x])
      .map(([y, x]) => [slices[0][y][x], planes[0][row + y - 1]?.[column + x - 1] ?? 0]);
    numbers = patch.flat();
    terms = patch.map(([tap, pixel]) => `<span class="lab-weight">${factor(tap)}</span>·${write(pixel)}`).join(" + ") || "0";
  } else {
    numbers = maps.map((map) => map[row][column]);
    terms = numbers.map((value, channel) => `${CHANNELS[channel]} ${factor(value)}`).join(" + ");
  }
  const sign = equals(numbers, state.bias, output[row][column]);
  const sums = isGrey(state.kernel) ? "" : "27 products, nine for each channel: ";
  const after = hidden ? "?" : write(relu[row][column]);
  return `<p class="lab-sum">Cell (${row}, ${column}): ${sums}${terms}${bias} ${sign} <span class="lab-output">${hidden ? "?" : write(output[row][column])}</span></p>` +
    `<p>${weight ? `${weightWords(state, weight)} ` : ""}After ReLU ${after}; the largest of its four is ${hidden ? "?" : write(pooled[row >> 1][column >> 1])}.</p>`;
}

const weightAt = (kernel, [y, x, channel]) => [kernel[y][x]].flat()[channel];

/** The weight that plus and minus change. */
const weightWords = ({ kernel }, weight) =>
  `The ${isGrey(kernel) ? "" : `${CHANNELS[weight[2]]} `}weight in row ${weight[0]}, column ${weight[1]} is ${write(weightAt(kernel, weight), 6)}.`;

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The learned filter of a number; weights come as Keras has them, (3, 3, 3, filters). */
const learnedFilter = ({ learned: { kernel, bias } }, index) => ({
  kernel: kernel.map((row) => row.map((channels) => channels.map((filters) => filters[index]))), bias: bias[index],
});

/** Whether the filter is the learned one of the number that stands in the view. */
const isLearned = ({ kernel, bias }, view) => isSame(learnedFilter(view, view.filter), { kernel, bias });

function controls({ state, view, error, id }) {
  const { kernel, bias, image } = state;
  const name = Object.keys(NAMED).find((name) => bias === 0 && isSame(NAMED[name], kernel));
  const isDrawing = image === "drawing";
  const rows = isGrey(kernel) ? kernel : kernel.map((row) => row.flat());
  return (
    segments("named", "filter", Object.keys(NAMED).map((name) => [name, name]), name) +
    (view.learned ? stepper("learned", "learned filter", isLearned(state, view) ? view.filter : "–") : "") +
    draw.touched("weight", view.weight && weightAt(kernel, view.weight)) +
    stepper("next", "image", isDrawing ? view.photograph : image) +
    `<div class="lab-group">${button("draw", "Draw", { pressed: isDrawing })}${button("clear", "Clear", { disabled: !isDrawing })}</div>` +
    `<details class="lab-more"><summary>Your own numbers, code</summary><div class="lab-controls">` +
    field("kernel", "filter: three rows of three weights, or of nine: red, green, blue of each cell in turn",
      rows.map((row) => row.map((value) => write(value, 6)).join(" ")).join("\n"), error, { id, rows: 3 }) +
    field("bias", "bias", write(bias, 6), error, { id }) +
    field("image", "image, 0 to 99", isDrawing ? "" : image, error, { id }) +
    `</div>${draw.code(codeLines(state))}</details>`
  );
}

/** The same map from the book's own module. */
function codeLines({ kernel, bias, image, drawing }) {
  const pixels = image === "drawing" ? `np.array([list(row) for row in ${JSON.stringify(drawing)}], float)[..., None]` : `data.sample().images[${image}] / 255`;
  const channels = isGrey(kernel) ? [`x = x.mean(axis=-1, keepdims=True)`] : image === "drawing" ? ["x = x.repeat(3, axis=-1)"] : [];
  const shape = isGrey(kernel) ? "[..., None, None]" : "[..., None]";
  return [
    "import numpy as np", `from cnnbook import ${image === "drawing" ? "" : "data, "}reference`, "", `x = ${pixels}`, ...channels, `kernel = np.array(${JSON.stringify(kernel)})${shape}`,
    `output = reference.conv2d(x[None], kernel, np.array([${bias}]), padding="same")`,
    "pooled = reference.max_pool2d(reference.relu(output))",
  ];
}

// --- what the reader does --------------------------------------------------------------------------------------------

const inside = (value) => Math.max(0, Math.min(SIDE - 1, value));
const around = (value, size) => (value + size) % size;

function readKernel(text) {
  const rows = text.trim().split(/\s*\n\s*/).map((line) => readRow(line, "The filter"));
  if (rows.length !== 3) refuse(`The filter has ${count(rows.length, "row")}; type three, of three or of nine weights.`);
  for (const row of rows) {
    if (row.length !== 3 && row.length !== 9) refuse(`The filter has a row of ${count(row.length, "weight")}; type three, or nine for a filter that sees colours.`);
  }
  if (rows.some((row) => row.length !== rows[0].length)) refuse("The filter has rows of three and rows of nine weights; type all alike.");
  return rows[0].length === 3 ? rows : rows.map((row) => range(3).map((x) => row.slice(3 * x, 3 * x + 3)));
}

function readOne(text, name, read) {
  const [value, ...more] = readRow(text, name, read);
  return more.length ? refuse(`${name} has ${more.length + 1} numbers; one is needed.`) : value;
}

/** Change the weight that was touched, in steps that suit its filter. */
function change({ state: { kernel }, view: { weight }, value }) {
  if (!weight) return refuse("Touch a weight first, or press W; this changes it.");
  const [y, x, channel] = weight;
  const step = (old) => Math.round((old + value * (isGrey(kernel) ? 1 : 0.1)) * 1e6) / 1e6;
  const changed = (old) => (isGrey(kernel) ? step(old) : old.map((part, index) => (index === channel ? step(part) : part)));
  return { state: { kernel: kernel.map((row, j) => row.map((old, i) => (j === y && i === x ? changed(old) : old))) } };
}

/** The weight after the one that was touched, in reading order. */
function nextWeight({ state: { kernel }, view: { weight } }) {
  const channels = isGrey(kernel) ? 1 : 3;
  const place = weight ? (weight[2] * 9 + weight[0] * 3 + weight[1] + 1) % (9 * channels) : 0;
  return { view: { weight: [Math.floor((place % 9) / 3), place % 3, Math.floor(place / 9)] } };
}

const actions = {
  move: ({ view: { place: [row, column] }, value: [down, across] }) => ({ view: { place: [inside(row + down), inside(column + across)] } }),
  to: ({ value }) => ({ view: { place: value } }),
  weight: ({ value }) => ({ view: { weight: value } }),
  nextWeight,
  change,
  named: ({ value }) => ({ state: { kernel: NAMED[value], bias: 0 } }),
  learned: ({ state, view, value }) => {
    // The first touch shows the filter of the number that stands there.
    const filter = isLearned(state, view) ? around(view.filter + value, view.learned.bias.length) : view.filter;
    return { state: learnedFilter(view, filter), view: { filter } };
  },
  next: ({ state: { image }, view, value }) => ({ state: { image: image === "drawing" ? view.photograph : around(image + value, sample.count()) } }),
  draw: ({ state: { image }, view }) => ({ state: image === "drawing" ? { image: view.photograph } : { image: "drawing", drawing: view.paper } }),
  clear: ({ state: { image } }) => (image === "drawing" ? { state: { drawing: BLANK } } : {}),
  paint,
  dot,
  kernel: ({ value }) => ({ state: { kernel: readKernel(value) } }),
  bias: ({ value }) => ({ state: { bias: readOne(value, "The bias") } }),
  image: ({ value }) => ({ state: { image: readOne(value, "The image", isImage) } }),
};

/** A cell under the pointer is the chosen one; on a drawing the pointer paints. */
function point({ state, view, phase, x, y, target, held }) {
  if (phase === "click") return undefined; // what was pressed has been done
  if (target?.startsWith("w")) return phase === "down" ? { action: "weight", value: target.slice(1).split(",").map(Number) } : undefined;
  const name = held?.name ?? target;
  if (!PLACES[name]) return undefined;
  const [left, top] = PLACES[name];
  const place = [inside(Math.floor((y - top) / ZOOM)), inside(Math.floor((x - left) / ZOOM))];
  const isThere = isSame(place, view.place);
  if (name === "image" && state.image === "drawing" && phase !== "hover") {
    if (phase === "down") {
      const ink = otherInk(state, place);
      return { action: "paint", value: { cells: [place], ink }, held: { name, ink } };
    }
    return isThere ? undefined : { action: "paint", value: { cells: stroke(view.place, place), ink: held.ink } };
  }
  return { ...(!isThere && { action: "to", value: place }), ...(phase === "down" && { held: { name } }) };
}

// --- what it asks before it tells ------------------------------------------------------------------------------------

const weightsOf = ({ kernel }) => kernel.flat(2);

const predictions = {
  white: {
    question: () => "what does this filter answer where the image is white all over? White is 1 after the division by 255.",
    answer: ({ state }) => sum(weightsOf(state)) + state.bias,
    mistakes: [
      ["You left out the signs of the weights.", ({ state }) => sum(weightsOf(state).map(Math.abs)) + state.bias],
      ["bias-forgotten", ({ state }) => sum(weightsOf(state))],
      ["You added up the white cells alone. Each is multiplied by its weight first.", ({ state }) => weightsOf(state).length],
      ["You added up the positive weights alone; the negative ones count as well.", ({ state }) => sum(weightsOf(state).filter((weight) => weight > 0)) + state.bias],
      ["mean-for-sum", ({ state }) => sum(weightsOf(state)) / weightsOf(state).length + state.bias],
    ],
  },
};

export default {
  kind: "filter",
  title: "Filter a photograph",
  help: "Arrows move the framed cell, Home and End jump in its row, W chooses a weight, plus and minus change it, brackets change the image, Space paints on a drawing, R resets, Escape leaves.",
  view: { place: [16, 16], filter: 0, photograph: 0, paper: BLANK },
  fields: ["kernel", "bias", "image"],
  keys: {
    ArrowUp: ["move", [-1, 0]], ArrowDown: ["move", [1, 0]], ArrowLeft: ["move", [0, -1]], ArrowRight: ["move", [0, 1]],
    Home: ["move", [0, -SIDE]], End: ["move", [0, SIDE]], "[": ["next", -1], "]": ["next", 1],
    w: "nextWeight", W: "nextWeight", "+": ["change", 1], "-": ["change", -1], " ": "dot",
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  predictions,
  point,
  /** What comes with the page: sample images; names of classes and learned filters stay in the view. */
  receive: ({ images = {} }) => sample.remember(images),
  load: ({ image }) => (image === "drawing" ? undefined : sample.load(image)),
  fit: (state, view) => ({
    ...view,
    weight: view.weight && view.weight[2] < (isGrey(state.kernel) ? 1 : 3) ? view.weight : undefined,
    ...(state.image === "drawing" ? { paper: state.drawing } : { photograph: state.image }),
  }),
};
