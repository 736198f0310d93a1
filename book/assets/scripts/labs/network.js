// A lab of a whole network of the book, on one image: class probabilities, every map of every layer, and how a cell of a
// map comes about. The state is {network, image, layer, map}, and where the reader wants them
// - drawing: 32 texts of 32 digits, with the image "drawing"; an image of the reader's own is "own 1", which no link holds;
// - cover: [row, column] of a patch, a quarter as wide as the image, in the image's mean colour; or cam: a class or "predicted", for Grad-CAM at the layer;
// - breaks: what was done to the network or its images, as in network/breaks.js.
// The result is {probabilities}, with five decimals. What computes it, in a worker, comes with a reader's first deed
// (network/later.js), as the weights do.

import { range } from "../arithmetic.js";
import * as draw from "./markup.js";
import { answer, best, flat, keep, keyOf, patchOf, portable, unpack } from "./network/answers.js";
import { at, explain, fields, patch } from "./network/cells.js";
import { inputsOf, layerOf, partsOf } from "./network/description.js";
import * as networks from "./network/networks.js";
import { BLANK, dot, otherInk, paint, readDrawing, stroke } from "./paper.js";
import { png } from "./png.js";
import { keys, list, oneOf, readRow, refuse, whole } from "./reading.js";
import * as sample from "./sample.js";
import { shade, SHADES } from "./shades.js";
import { runScript } from "./site_script.js";

const { button, cell, count, escape, field, frame, line, segments, stepper, words, write } = draw;

const MOST_BREAKS = 8;
const CHANNELS = ["red", "green", "blue"];
// What these layers give is what they get, in another order or in none.
const UNSEEN = ["Flatten", "Dropout"];

let opened;

/** What comes later, once it is here: the lab then has its actions too. */
function later() {
  if (!opened && globalThis.bookNetwork) {
    opened = globalThis.bookNetwork({ answer, best, check, chooseLayer, flat, image, keep, keyOf, layersOf, mapKey, networks, sample, title, toolOf });
    Object.assign(actions, opened.actions);
  }
  return opened;
}

/** The promise of it. */
const fetchLater = async () => later() ?? (await runScript("lab-network-later.js", "The engine"), later());

// --- the state -------------------------------------------------------------------------------------------------------

const layersOf = (network) => networks.describe(network).layers.filter(({ type }) => !UNSEEN.includes(type));

const sideOf = (network) => networks.describe(network).input[0];

function readImage(image) {
  if (image === "drawing" || later()?.isOwn(image)) return image;
  if (/^own \d+$/.test(image)) return refuse("It names an image that stays on its reader’s machine; choose one of your own below.");
  return whole(image, "The image", 0, sample.count() - 1);
}

function check(state) {
  keys(state, ["network", "image", "drawing", "layer", "map", "cover", "cam", "breaks"]);
  const network = oneOf(state.network, "The network", networks.names());
  const description = networks.describe(network);
  const shown = layersOf(network);
  const first = shown.find(({ type }) => type === "ReLU") ?? shown[0];
  const layer = oneOf(state.layer ?? first.name, "The layer", shown.map(({ name }) => name));
  const maps = layerOf(description, layer).shape[2];
  const classes = description.layers[description.layers.length - 1].shape[2];
  const checked = { network, image: readImage(state.image), layer, map: whole(state.map ?? 0, "The map", 0, maps - 1) };
  const free = sideOf(network) - patchOf(sideOf(network));
  if (checked.image === "drawing") checked.drawing = readDrawing(state.drawing);
  checked.breaks = list(state.breaks ?? [], "The list of breaks", 0, MOST_BREAKS, (broken) => (later() ? later().readBreak(broken, description) : broken));
  if (state.cover !== undefined) {
    checked.cover = list(state.cover, "The cover", 2, 2, (place) => whole(place, "The cover", 0, free));
  } else if (state.cam !== undefined) {
    checked.cam = state.cam === "predicted" ? state.cam : whole(state.cam, "The class", 0, classes - 1);
    later()?.checkCam(description, layer);
  }
  return checked;
}

const rounded = (values) => values.map((value) => Math.round(value * 1e5) / 1e5);
const result = (state) => ({ probabilities: rounded(answer(state).probabilities) });

// --- the picture -----------------------------------------------------------------------------------------------------

const BIG = 160;
const TOP = 18;
const SHEET = 256;
const ROW = 16; // pixels of a class

/** Numbers of a network: always as many decimals, so that small ones do not turn into powers of ten. */
const fixed = (value, digits) => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");
const small = (value) => fixed(value, 3);
const share = (value) => fixed(value, 2);

const title = (x, text) => words(x, 9, text, { anchor: "start", size: 12 });

const image = (rows, x, y, width, height, palette, name) =>
  `<image data-cell="${name}" x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${png(rows, palette)}"/>`;

/** A frame on a picture, on a white ground, so that it is seen on any. */
function mark(name, x, y, width, height) {
  const box = [x - 2, y - 2, width + 4, height + 4];
  return frame(...box, { name: `${name}-ground`, stroke: "#fff", thick: 4.5 }) + frame(...box, { name, stroke: "#b4431a" });
}

const pictures = new WeakMap();

/** A picture that is made once for each `owner`. */
function once(owner, key, make) {
  if (!pictures.has(owner)) pictures.set(owner, new Map());
  const made = pictures.get(owner);
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

/** The largest size of a map's values, for its colours. */
function topOf({ shape, data }, map) {
  let top = 0;
  for (let i = map; i < data.length; i += shape[2]) top = Math.max(top, Math.abs(data[i]));
  return top || 1;
}

const mapRows = (output, map) => once(output, map, () => {
  const [rows, columns] = output.shape;
  const top = topOf(output, map);
  return range(rows).map((y) => range(columns).map((x) => shade(at(output, y, x, map), top)));
});

const sheetColumns = (maps) => (maps > 96 ? 16 : maps > 48 ? 12 : Math.min(8, maps));

const tileOf = (width, maps) => width / Math.max(maps > 3 ? 8 : 3, sheetColumns(maps));

/** All maps of an output, side by side. */
const sheetRows = (output, columns) => once(output, "sheet", () => {
  const [rows, width, maps] = output.shape;
  return range(Math.ceil(maps / columns) * rows).map((y) => range(columns).flatMap((column) => {
    const map = Math.floor(y / rows) * columns + column;
    return map < maps ? mapRows(output, map)[y % rows] : Array(width).fill(shade(0, 1));
  }));
});

const nameOf = ({ image: chosen }, { classes }) => (chosen === "drawing" ? "your drawing" : typeof chosen === "string" ? "your image"
  : `image ${chosen}${classes?.[sample.labelOf(chosen)] ? `, ${classes[sample.labelOf(chosen)]}` : ""}`);

const fieldsOf = (network) => once(networks.describe(network), "fields", () => fields(networks.describe(network)));

/** What a cell sees of the image: {left, top, width, height} in pixels, cut off at the image's border. */
function seenBy({ network, layer }, [row, column]) {
  const { start, end, jump } = fieldsOf(network)[layer];
  const cut = (place) => [Math.max(0, start + place * jump), Math.min(sideOf(network), end + place * jump)];
  const [[top, bottom], [left, right]] = [cut(row), cut(column)];
  return { left, top, width: right - left, height: bottom - top };
}

function drawPhoto(state, view) {
  const { pixels, heat } = answer(state);
  const zoom = BIG / pixels.length;
  const side = zoom * patchOf(pixels.length);
  let over;
  if (state.cover) over = mark("cover", zoom * state.cover[1], TOP + zoom * state.cover[0], side, side);
  else if (heat) over = later().outline(heat.cells, TOP, BIG);
  else {
    const { left, top, width, height } = seenBy(state, view.place);
    over = mark("field", zoom * left, TOP + zoom * top, zoom * width, zoom * height);
  }
  const paper = state.image === "drawing" && !state.cover ? ` class="lab-paper"` : "";
  return draw.drawing(BIG + 4, TOP + BIG + 4, nameOf(state, view), `<g${paper}>${title(0, nameOf(state, view)) + image(pixels, 0, TOP, BIG, BIG, undefined, "image")}</g>${over}`);
}

function drawBars(state, { classes = [] }) {
  const { probabilities, before, heat } = answer(state);
  const [left, width] = [70, 62];
  const top = best(probabilities);
  let svg = title(0, "says");
  const all = range(probabilities.length);
  // Of many classes the likeliest.
  const shown = all.length <= 10 ? all : all.sort((one, other) => probabilities[other] - probabilities[one]).slice(0, 10);
  shown.forEach((label, place) => {
    const probability = probabilities[label];
    const y = TOP + place * ROW;
    const name = classes[label] ?? `class ${label}`;
    const isChosen = heat?.of === label;
    svg += `<g data-cell="class ${label}"><rect x="0" y="${y}" width="${BIG + 8}" height="${ROW}" style="fill:${isChosen ? "var(--fig-output-fill)" : "transparent"}"/>` +
      words(left - 5, y + ROW / 2, name, { anchor: "end", size: 12, ...(label === top && { "font-weight": 650 }) }) +
      `<rect x="${left}" y="${y + 3}" width="${width * probability}" height="${ROW - 6}" style="fill:var(--fig-${label === top ? "ink" : "muted"})"/>` +
      words(BIG + 6, y + ROW / 2, share(probability), { anchor: "end", size: 12 }) +
      (before ? line(left + width * before[label], y + 1, left + width * before[label], y + ROW - 1, { stroke: "orange", "stroke-width": 2 }) : "") + "</g>";
  });
  return draw.drawing(BIG + 12, TOP + BIG + 4, `Probabilities: ${shown.map((label) => `${classes[label] ?? label} ${share(probabilities[label])}`).join(", ")}`, svg);
}

const mapName = ({ network, layer, map }, { classes }) => {
  const { layers } = networks.describe(network);
  return layers[layers.length - 1].name === layer ? classes?.[map] ?? `class ${map}` : `map ${map}`;
};

function drawMap(state, view) {
  const output = answer(state).outputs[state.layer];
  const [rows, columns] = output.shape;
  const [row, column] = view.place;
  const [width, height] = [BIG / columns, BIG / rows];
  const name = `${mapName(state, view)} of ${state.layer}`;
  return draw.drawing(BIG + 4, TOP + BIG + 4, name, title(0, name) +
    image(mapRows(output, state.map), 0, TOP, BIG, BIG, SHADES, "map") + mark("cell", column * width, TOP + row * height, width, height));
}

/** Tiles of equal size with a frame around the chosen one. */
function drawSheet(output, chosen, name, heading, width) {
  const maps = output.shape[2];
  const across = sheetColumns(maps);
  const side = tileOf(width, maps);
  const down = Math.ceil(maps / across);
  const [x, y] = [(chosen % across) * side, TOP + Math.floor(chosen / across) * side];
  const picture = image(sheetRows(output, across), 0, TOP, across * side, down * side, SHADES, name);
  const cut = (horizontal, i) => (horizontal ? `M0 ${TOP + i * side}h${across * side}` : `M${i * side} ${TOP}v${down * side}`);
  const lines = `<path d="${range(down + 1).map((i) => cut(true, i)).join("")}${range(across + 1).map((i) => cut(false, i)).join("")}" style="stroke:#fff;stroke-width:0.8"/>`;
  return draw.drawing(width + 4, TOP + down * side + 4, heading, title(0, heading) + picture + lines + mark(name, x + 1, y + 1, side - 2, side - 2));
}

// These layers take one number and give one: behind a sum of products they are told with it.
const NAMES = { BatchNormalization: "batch normalisation", ReLU: "ReLU", Softmax: "softmax", relu: "ReLU", softmax: "softmax" };
const stepOf = ({ type, activation }) => NAMES[type === "Activation" ? activation : type];

/**
 * The cell that is looked at. `layer` is the sum of products that it comes from, if only `steps` lie between, else its own;
 * `inputs` and `own` weights are that layer's, `cell` how its cell comes about.
 */
function cellOf(state, view) {
  const { description, weights, outputs } = answer(state);
  const valueIn = (name) => at(outputs[name], ...view.place, state.map);
  const explained = (name) => {
    const layer = layerOf(description, name);
    const inputs = inputsOf(description, name).map((input) => outputs[input]);
    const own = partsOf(description, weights, name);
    return { layer, inputs, own, cell: explain(layer, inputs, own, state.map, view.place), shown: valueIn(state.layer), steps: [] };
  };
  const steps = [];
  let name = state.layer;
  let layer = layerOf(description, name);
  for (; layer && stepOf(layer); layer = layerOf(description, name)) {
    steps.unshift({ step: stepOf(layer), value: valueIn(name) });
    [name] = inputsOf(description, name);
  }
  if (!layer) return explained(state.layer);
  if (NAMES[layer.activation]) steps.unshift({ step: NAMES[layer.activation], value: valueIn(name) });
  const found = { ...explained(name), steps };
  const { cell: { sums } } = found;
  if (!sums) return explained(state.layer);
  // What a reader has not chosen is the channel that adds most.
  const largest = sums.reduce((best, sum, channel) => (Math.abs(sum) > Math.abs(sums[best]) ? channel : best), 0);
  return { ...found, channel: Math.min(view.channel ?? largest, sums.length - 1) };
}

const channelName = (channels, channel) => (channels === 3 ? CHANNELS[channel] : `channel ${channel}`);

function grid(rows, left, side, fill, heading) {
  const cells = rows.map((row, y) => row.map((value, x) => cell(left + x * side, TOP + y * side, fixed(value ?? 0, rows.length > 3 ? 1 : 2), {
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
  if (pooled) return draw.drawing(width + 90, height, "The window", grid(pooled, 0, side, "none", `window of map ${state.map}`));
  const name = channelName(input.shape[2], channel);
  const tint = input.shape[2] === 3 ? `${name}-fill` : "none";
  const [values, weights] = [patch(input, places, channel), kernel(channel)];
  const products = values.map((row, y) => row.map((value, x) => (value ?? 0) * weights[y][x]));
  const sign = (text, place) => words(place * (width + 18) - 9, TOP + height / 2 - 12, text);
  return draw.drawing(3 * width + 40, height, `The window in ${name}: numbers, weights, products`,
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
    const top = range(sums.length).map((one) => kernel(one));
    top.forEach((slice, one) => slice.forEach((row, y) => row.forEach((value, x) => { data[(y * columns + x) * sums.length + one] = value; })));
    return { shape: [rows, columns, sums.length], data };
  });
  return drawSheet(output, channel, "slice", `filter ${state.map}: ${count(sums.length, "slice")}`, BIG);
}

const mapKey = ({ network, breaks, layer, map }) => JSON.stringify([network, breaks, layer, map]);

function drawAll({ state, view }) {
  const output = answer(state).outputs[state.layer];
  const [rows, columns, maps] = output.shape;
  return drawPhoto(state, view) + drawBars(state, view) + drawMap(state, view) + drawFilter(state, view) +
    drawSheet(output, state.map, "sheet", `${state.layer}: ${count(maps, "map")} of ${rows}×${columns}`, SHEET) +
    drawWindow(state, view) + (view.exciting?.of === mapKey(state) ? later().drawExciting({ state, view }) : "");
}

// --- words -----------------------------------------------------------------------------------------------------------

const bracketed = (value) => (value < 0 ? `(${small(value)})` : small(value));

/** How a cell comes about, as a sum or a formula. */
function told(state, view) {
  const { layer, inputs: [input], cell: { sums, bias, terms, patch: pooled, value, places }, channel, steps } = cellOf(state, view);
  if (sums) {
    const name = channelName(input.shape[2], channel);
    const products = layer.type === "Dense" ? input.data.length : sums.length * places.flat().length;
    return `${count(products, "product")}${bias === undefined ? "" : ` ${bias < 0 ? "−" : "+"} bias ${small(Math.abs(bias))}`}; ${name} adds <span class="lab-weight">${small(sums[channel])}</span>` +
      (steps.length ? `; the sum is ${small(value)}` : " → ") +
      steps.map(({ step, value: next }, i) => `, ${step} → ${i < steps.length - 1 ? small(next) : ""}`).join("");
  }
  if (pooled) {
    const inside = pooled.flat().filter((one) => one !== undefined);
    return `${layer.type.startsWith("Max") ? "the largest" : "the mean"} of ${inside.length <= 9 ? inside.map(small).join(", ") : `${inside.length} cells`} → `;
  }
  const { x } = terms;
  const formulas = {
    ReLU: () => `max(0, ${small(x)})`,
    Add: () => terms.values.map(bracketed).join(" + "),
    Rescaling: () => `${small(x)} · ${write(terms.scale, 5)}${terms.offset ? ` ${terms.offset < 0 ? "−" : "+"} ${write(Math.abs(terms.offset), 5)}` : ""}`,
    Normalization: () => `(${small(x)} − ${small(terms.mean)}) / √${small(terms.variance)}`,
    BatchNormalization: () => `(${bracketed(x)} − ${bracketed(terms.moving_mean)}) / √(${small(terms.moving_variance)} + ${write(terms.epsilon, 6)}) · ${bracketed(terms.gamma)} + ${bracketed(terms.beta)}`,
  };
  return `${formulas[layer.type]?.() ?? small(x)} = `;
}

function says(state, { classes }) {
  const { probabilities, before, heat } = answer(state);
  const name = (label) => escape(classes?.[label] ?? `class ${label}`);
  const top = best(probabilities);
  if (state.cover) {
    const was = best(before);
    return `Covered, ${name(was)} goes from ${share(before[was])} to ${share(probabilities[was])}${top === was ? "" : `; now it says ${name(top)}, ${share(probabilities[top])}`}.`;
  }
  if (heat) return `The outline marks where ${escape(state.layer)} speaks for ${name(heat.of)}; a class can be chosen among the bars.`;
  const order = range(probabilities.length).sort((one, other) => probabilities[other] - probabilities[one]).slice(0, 3);
  return `It says ${order.map((label) => `${name(label)} ${share(probabilities[label])}`).join(", ")}.`;
}

function readout({ state, view }) {
  const { shown } = cellOf(state, view);
  return `<p class="lab-sum">${escape(mapName(state, view))}, cell (${view.place.join(", ")}): ${told(state, view)} <span class="lab-output">${small(shown)}</span></p><p>${says(state, view)}</p>`;
}

// --- controls --------------------------------------------------------------------------------------------------------

const TOOLS = [["look", "look"], ["cover", "cover"], ["cam", "Grad-CAM"]];
const toolOf = ({ cover, cam }) => (cover ? "cover" : cam === undefined ? "look" : "cam");

function layerChoice(state, id) {
  const options = layersOf(state.network).map(({ name, shape: [rows, columns, maps] }) =>
    `<option value="${escape(name)}"${name === state.layer ? " selected" : ""}>${escape(name)} · ${rows}×${columns}×${maps}</option>`);
  return `<div class="lab-group"><label class="lab-label" for="${id}-layer">layer</label><select id="${id}-layer" data-action="layer">${options.join("")}</select></div>`;
}

function controls({ state, view, error, id }) {
  const isDrawing = state.image === "drawing";
  const { channel } = cellOf(state, view);
  return (
    segments("network", "network", networks.names().map((name) => [name, name]), state.network) +
    stepper("next", "image", typeof state.image === "number" ? state.image : view.photograph) +
    layerChoice(state, id) + stepper("map", "map", state.map) + (channel === undefined ? "" : stepper("channel", "channel", channel)) +
    segments("tool", "tool", TOOLS, toolOf(state)) +
    `<div class="lab-group">${button("excite", "Images that excite this map most")}</div>` +
    `<details class="lab-more"><summary>Your own image, a drawing, code</summary><div class="lab-controls">` +
    field("files", "a file; or paste an image, or drop one. It stays on this machine: nothing is sent.", "", error, { id, make: (attributes) => `<input type="file" ${attributes}>` }) +
    `<div class="lab-group">${button("camera", view.playing ? "Keep this picture" : "Camera", { pressed: Boolean(view.playing) })}</div>` +
    (sideOf(state.network) === BLANK.length ? `<div class="lab-group">${button("draw", "Draw", { pressed: isDrawing })}${button("clear", "Clear", { disabled: !isDrawing })}</div>` : "") +
    field("image", `image of the sample, 0 to ${sample.count() - 1}`, typeof state.image === "number" ? state.image : "", error, { id }) +
    `</div>${later()?.code({ state, view }) ?? ""}</details>` +
    `<details class="lab-more"><summary>Break it</summary><div class="lab-controls">${later()?.breakControls({ state, view }) ?? button("open", "Show the ways to break it")}</div></details>`
  );
}

// --- what the reader does --------------------------------------------------------------------------------------------

const around = (value, size) => (value + size) % size;
const limit = (value, most) => Math.max(0, Math.min(most, value));

const mapsOf = ({ network, layer }) => layerOf(networks.describe(network), layer).shape[2];

function move({ state, view: { place }, value: [down, across] }) {
  const free = sideOf(state.network) - patchOf(sideOf(state.network));
  if (state.cover) return { state: { cover: [limit(state.cover[0] + down, free), limit(state.cover[1] + across, free)] } };
  return { view: { place: [place[0] + down, place[1] + across] } };
}

function nextLayer({ state, value }) {
  const names = layersOf(state.network).map(({ name }) => name);
  return chooseLayer({ state, value: names[limit(names.indexOf(state.layer) + value, names.length - 1)] });
}

const chooseLayer = ({ state: { network, map }, value }) => ({ state: { layer: value, map: Math.min(map, mapsOf({ network, layer: value }) - 1) } });

const toPhotograph = ({ photograph }) => ({ image: photograph });
/** Do what comes later. */
const withLater = (name) => async (doing) => (await fetchLater()).actions[name](doing);

const actions = {
  move,
  to: ({ value }) => ({ view: { place: value } }),
  network: ({ state, value }) => ({ state: { network: value, layer: undefined, map: 0, cam: undefined, breaks: [] } }),
  next: ({ state, view: { photograph }, value }) => ({ state: { image: typeof state.image === "number" ? around(state.image + value, sample.count()) : photograph } }),
  image: ({ value }) => ({ state: { image: typeof value === "string" ? readRow(value, "The image")[0] : value } }),
  layer: chooseLayer,
  nextLayer,
  map: ({ state, value }) => ({ state: { map: around(state.map + value, mapsOf(state)) } }),
  toMap: ({ value }) => ({ state: { map: value } }),
  channel({ state, view: shown, value }) {
    const { channel, cell: { sums } } = cellOf(state, shown);
    return sums ? { view: { channel: around(channel + value, sums.length) } } : {};
  },
  toChannel: ({ value }) => ({ view: { channel: value } }),
  cover: ({ value }) => ({ state: { cover: value } }),
  explain: ({ state, value }) => (state.cam === undefined ? {} : { state: { cam: value } }),
  ...Object.fromEntries(["tool", "nextTool", "excite", "files", "camera", "open"].map((name) => [name, withLater(name)])),
  stop: () => ({ view: { playing: false } }),
  draw: ({ state, view: shown }) => ({ state: state.image === "drawing" ? toPhotograph(shown) : { image: "drawing", drawing: shown.paper, cover: undefined } }),
  clear: ({ state }) => (state.image === "drawing" ? { state: { drawing: BLANK } } : {}),
  paint: (doing) => ({ state: paint(doing).state ?? {} }),
  pen: ({ state, view: shown }) => {
    const { left, top, width, height } = seenBy(state, shown.place);
    return { state: dot({ state, view: { place: [top + (height >> 1), left + (width >> 1)] } }).state ?? {} };
  },
};

function point({ state, view: shown, phase, x, y, target, held }) {
  const name = held?.name ?? target;
  if (!name) return undefined;
  if (phase === "click") return undefined; // what was pressed has been done
  const output = answer(state).outputs[state.layer];
  const [rows, columns, maps] = output.shape;
  const grip = phase === "down" ? { held: { name } } : {};
  if (name === "map") {
    const place = [limit(Math.floor((y - TOP) * rows / BIG), rows - 1), limit(Math.floor(x * columns / BIG), columns - 1)];
    return { ...(String(place) !== String(shown.place) && { action: "to", value: place }), ...grip };
  }
  const side = sideOf(state.network);
  const pixel = [limit(Math.floor((y - TOP) * side / BIG), side - 1), limit(Math.floor(x * side / BIG), side - 1)];
  if (name === "image" && state.cover && phase !== "hover") {
    const cover = pixel.map((place) => limit(place - (patchOf(side) >> 1), side - patchOf(side)));
    return { ...(String(cover) !== String(state.cover) && { action: "cover", value: cover }), ...grip };
  }
  if (name === "image" && state.image === "drawing" && phase !== "hover") {
    if (phase === "down") {
      const ink = otherInk(state, pixel);
      return { action: "paint", value: { cells: [pixel], ink }, held: { name, ink, cells: [pixel] } };
    }
    // The whole stroke, since what lies between may not have been computed.
    const { ink, cells: [...cells] } = held;
    cells.push(...stroke(cells[cells.length - 1], pixel));
    return cells.length > held.cells.length ? { action: "paint", value: { cells, ink }, held: { name, ink, cells } } : undefined;
  }
  if (phase !== "down") return undefined;
  if (name === "image" && state.cam === undefined && rows > 1) {
    // The cell whose window lies around the pixel.
    const { start, end, jump } = fieldsOf(state.network)[state.layer];
    return { action: "to", value: pixel.map((place) => Math.round((place - (start + end - 1) / 2) / jump)) };
  }
  if (name === "sheet" || name === "slice") {
    const tiles = name === "sheet" ? maps : cellOf(state, shown).cell.sums.length;
    const across = sheetColumns(tiles);
    const side = tileOf(name === "slice" ? BIG : SHEET, tiles);
    const tile = Math.floor((y - TOP) / side) * across + Math.floor(x / side);
    return tile < tiles ? { action: name === "sheet" ? "toMap" : "toChannel", value: tile } : undefined;
  }
  const [kind, number] = name.split(" ");
  if (kind === "class") return { action: "explain", value: Number(number) };
  if (kind === "excites") return { action: "image", value: Number(number) };
  return undefined;
}

export default {
  kind: "network",
  title: "Look inside",
  help: "Arrows move the framed cell or the cover, brackets change the image, comma and full stop the map, less and greater the layer, C the channel, Space the tool, a digit the class of Grad-CAM, D draws a dot, R resets, Escape leaves.",
  view: { place: [16, 16], photograph: 0, paper: BLANK, },
  fields: ["files", "image"],
  keys: {
    ArrowUp: ["move", [-1, 0]], ArrowDown: ["move", [1, 0]], ArrowLeft: ["move", [0, -1]], ArrowRight: ["move", [0, 1]],
    Home: ["move", [0, -999]], End: ["move", [0, 999]], "[": ["next", -1], "]": ["next", 1], ",": ["map", -1], ".": ["map", 1],
    "<": ["nextLayer", -1], ">": ["nextLayer", 1], c: ["channel", 1], C: ["channel", -1], " ": "nextTool", d: "pen",
    ...Object.fromEntries(range(10).map((label) => [label, ["explain", label]])),
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  point,
  load: (state) => (answer(state)?.outputs[state.layer] ? undefined : fetchLater().then(({ load }) => load(check(state)))),
  portable,
  /** What comes with the page: descriptions, sample images, and what its first picture needs. */
  receive({ networks: descriptions = {}, weights, single, images = {}, set, first }) {
    sample.remember(images);
    if (set) sample.replace(set);
    networks.remember(descriptions, weights, single);
    if (first) unpack(first);
  },
  /** The figure is gone; its view does not play any more. */
  stop: () => opened?.stop(),
  fit(state, shown) {
    if (!shown.playing) opened?.closeCamera();
    const [rows, columns] = layerOf(networks.describe(state.network), state.layer).shape;
    const side = shown.side ?? rows;
    const scaled = shown.place.map((place) => Math.floor(place * rows / side));
    return {
      ...shown, side: rows, place: [limit(scaled[0], rows - 1), limit(scaled[1], columns - 1)],
      ...(typeof state.image === "number" && { photograph: state.image }),
      ...(state.image === "drawing" && { paper: state.drawing }),
      ...(state.cover && { cover: state.cover }),
    };
  },
};
