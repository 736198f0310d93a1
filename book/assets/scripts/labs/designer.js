// Lab C: a stack of layers that computes its own bill. Its state is {input, layers: [{type, ...}]} with Keras' names.

import { drawCone, drawSquare } from "./designer/cone.js";
import predictions from "./designer/predictions.js";
import PRESETS from "./designer/presets.js";
import { MOST_ROWS, check, complete, isSize, measure, result, times } from "./designer/rows.js";
import { writeKeras, writeLayer } from "./designer/write_keras.js";
import * as draw from "./markup.js";
import { Refusal, readRow, refuse } from "./reading.js";

const { button, count, escape, field, segments, stepper, write } = draw;

const [TALL, BROAD] = [36, 60]; // pixels of the largest block
const IMAGE = -1; // the place of the image among the rows

// --- the rows --------------------------------------------------------------------------------------------------------

/** A volume as a block: its height is the side, its width grows with the logarithm of the channels. */
function block(shape, largest) {
  const height = Math.max(3, shape.length > 1 ? (TALL * shape[0]) / largest : 3);
  const width = Math.min(BROAD, 3 + 5 * Math.log2(shape.at(-1)));
  return `<svg class="designer-block" aria-hidden="true" width="${BROAD + 2}" height="${TALL + 2}" viewBox="-1 -1 ${BROAD + 2} ${TALL + 2}">` +
    `<rect y="${(TALL - height) / 2}" width="${width}" height="${height}" style="fill:var(--fig-grey-fill);stroke:var(--fig-muted)"/></svg>`;
}

/** A volume, or a row of numbers, as it is written. */
const volume = (shape) => times(shape.map((size) => size.toLocaleString("en")));

const bar = (value, most, fill, hidden) =>
  `<span class="designer-bill"><span class="designer-bar">` +
  `<span style="background:var(--fig-${fill});width:${hidden || !value ? 0 : Math.max(1, (100 * value) / most)}%"></span></span> ` +
  `<span class="designer-number">${hidden ? "?" : value.toLocaleString("en")}</span></span>`;

/** Both numbers of a pair, or the one that they are. */
const distinct = (pair) => [...new Set(pair)].join(", ");

/** What a row is called, and its arguments in a few words. */
function name(layer) {
  const { type } = layer;
  if (type === "Add") return `Add <small>row ${layer.row + 1}${layer.row < 0 ? ", the image" : ""}</small>`;
  const { kernel_size, pool_size, strides, padding, dilation_rate, groups, filters, units, rate, activation, use_bias } = complete(layer);
  const steps = strides && (pool_size ? String(strides) !== String(pool_size) : Math.max(...strides) > 1);
  const said = [
    filters && `${filters} of ${times(kernel_size)}`, pool_size && times(pool_size), steps && `stride ${distinct(strides)}`,
    padding === "same" && "same", dilation_rate && Math.max(...dilation_rate) > 1 && `dilation ${distinct(dilation_rate)}`,
    groups > 1 && `${groups} groups`, units && count(units, "unit"), rate !== undefined && write(rate, 4),
    activation && activation !== "linear" && activation, use_bias === false && "no bias",
  ];
  return `${type} <small>${said.filter(Boolean).join(", ")}</small>`;
}

const fieldSize = ({ fields }) => times(fields.map(({ size }) => size));
const sees = (row) => (row.whole ? "sees all" : row.fields ? `sees ${fieldSize(row)}` : "");

function row(index, inside, isChosen, kind = "") {
  return `<li class="designer-row ${kind}" data-cell="${index}"${isChosen ? ' aria-current="true"' : ""}>` +
    `<span class="designer-place">${index + 1}</span>${inside}</li>`;
}

// Columns are named once, above them.
const HEAD = '<span class="designer-head">stored</span><span class="designer-head">computed</span>';

/** Whether a prediction asks for something of a row, which is not to be shown. */
const isAsked = ({ state, hidden }, place, what) => hidden === what && place === state.layers.length - 1;

function drawRows(shown) {
  const { state, view } = shown;
  const measured = measure(state);
  const { rows, error } = measured;
  const largest = Math.max(state.input[0], 1);
  const most = { parameters: Math.max(1, ...rows.map(({ parameters }) => parameters)), multiply_adds: Math.max(1, ...rows.map(({ multiply_adds }) => multiply_adds)) };
  const items = [row(IMAGE, `${block(state.input, largest)}<span class="designer-name">image</span><span class="designer-shape">${times(state.input)}</span>${HEAD}`, view.row === IMAGE)];
  state.layers.forEach((layer, index) => {
    const measures = rows[index];
    const isChosen = view.row === index;
    const title = `<span class="designer-name">${name(layer)}</span>`;
    if (error && index >= error.index) {
      const said = index === error.index ? '<span class="designer-misfit">does not fit</span>' : ""; // the readout says why
      items.push(row(index, `<span class="designer-block"></span>${title}${said}`, isChosen, index === error.index ? "designer-broken" : "designer-open"));
    } else {
      const isBill = isAsked(shown, index, "parameters");
      items.push(row(index, block(measures.shape, largest) + title +
        `<span class="designer-shape">${volume(measures.shape)}</span>` +
        bar(measures.parameters, most.parameters, "filter-fill", isBill) +
        bar(measures.multiply_adds, most.multiply_adds, "output-fill", isBill) +
        `<span class="designer-sees">${isAsked(shown, index, "field") ? "sees ?" : sees(measures)}</span>`, isChosen));
    }
  });
  if (view.row !== undefined) items.splice(view.row + 2, 0, panel(shown, measured));
  return `<ol class="designer-rows" aria-label="${escape(shown.alt || describe(shown))}">${items.join("")}</ol>`;
}

const describe = ({ state, result }) =>
  `A network of ${count(state.layers.length, "layer")} on ${times(state.input)}: ` +
  (result.error ? result.error : `${count(result.parameters, "parameter")} and ${count(result.multiply_adds, "multiply-add")}.`);

// --- the chosen row --------------------------------------------------------------------------------------------------

/** Usual sides of an image, filters and units. */
const SIZES = [1, 2, 3, 4, 6, 8, 10, 12, 16, 24, 28, 32, 48, 64, 96, 128, 192, 224, 256, 384, 512, 1000, 1024, 2048, 4096];

/** The next usual value above or below. */
function grow(value, step) {
  const [size] = [value].flat();
  return (step > 0 ? SIZES.find((next) => next > size) : SIZES.findLast((next) => next < size)) ?? size;
}
const count_up = (value, step) => Math.max(1, [value].flat()[0] + step);

/** What left and right change of each type: the arguments by name, with their titles and their next values. */
const KNOBS = {
  Conv2D: [["filters", "filters", grow], ["kernel_size", "kernel", count_up], ["strides", "stride", count_up], ["padding", "padding", other], ["dilation_rate", "dilation", count_up]],
  MaxPooling2D: [["pool_size", "window", count_up], ["strides", "stride", count_up], ["padding", "padding", other]],
  Dense: [["units", "units", grow]],
  Dropout: [["rate", "rate", (value, step) => Math.min(0.9, Math.max(0, Math.round(10 * value + step) / 10))]],
  Add: [["row", "adds row", (value, step) => value + step]],
};
KNOBS.AveragePooling2D = KNOBS.MaxPooling2D;
const IMAGE_KNOBS = [["side", "side", grow], ["channels", "channels", count_up]];
function other(value) { return value === "same" ? "valid" : "same"; }

const knobs = ({ layers }, place) => (place === IMAGE ? IMAGE_KNOBS : KNOBS[layers[place]?.type] ?? []);

function valueOf({ input, layers }, place, argument) {
  if (place === IMAGE) return argument === "side" ? input[0] : input.at(-1);
  return complete(layers[place])[argument];
}

function withValue({ input, layers }, place, argument, value) {
  if (place === IMAGE) return { input: argument === "channels" || input.length === 1 ? [...input.slice(0, -1), value] : [value, value, ...input.slice(2)] };
  return { layers: layers.map((layer, index) => (index === place ? { ...layer, [argument]: value } : layer)) };
}

/** A value of a row as it is written and spoken. */
function writeKnob(state, place, argument) {
  const value = valueOf(state, place, argument);
  return argument === "row" ? value + 1 : Array.isArray(value) ? distinct(value) : typeof value === "number" ? write(value) : value;
}

const group = (name, label, ...buttons) =>
  `<div class="lab-group" role="group" aria-label="${name}"><span class="lab-label">${label}</span>${buttons.join("")}</div>`;

function panel(shown, measured) {
  const { state, view, error, id } = shown;
  const place = view.row;
  const steppers = knobs(state, place).map(([argument, title], index) => {
    const value = valueOf(state, place, argument);
    const shown = writeKnob(state, place, argument);
    const control = argument === "padding" ? segments("padding", title, [["valid", "valid"], ["same", "same"]], value) : stepper(`knob${index}`, title, shown);
    // The one that left and right change.
    return `<div class="designer-knob"${index === view.knob ? " data-active" : ""}>${control}</div>`;
  });
  const typed = place === IMAGE ? field("image", "image", times(state.input), error, { id })
    : state.layers[place].type === "Add" ? "" : field("call", "as in Keras", writeLayer(state.layers[place]), error, { id });
  const order = place === IMAGE ? "" : group(`Row ${place + 1}`, "move row", button("move", "▲", { value: -1, name: "Move up" }),
    button("move", "▼", { value: 1, name: "Move down" }), button("remove", "Remove"));
  const found = measured.rows[place];
  const square = state.input.length === 3 && found && !isAsked(shown, place, "field") && (found.whole || found.fields) ? drawSquare(state, found, view.photo) : "";
  const cone = square && found.fields ? drawCone(state, measured, place) : "";
  return `<li class="designer-panel"><div class="lab-controls d-print-none">${steppers.join("")}${order}${typed}</div>` +
    `<div class="designer-field">${square}${cone}</div></li>`;
}

// --- words -----------------------------------------------------------------------------------------------------------

/** How the bill of a row comes about. */
function working(layer, before, { shape, parameters, multiply_adds }) {
  const all = complete(layer);
  const bias = all.use_bias ? " + 1" : "";
  if (layer.type === "Conv2D") {
    const weights = [...all.kernel_size, before.at(-1) / all.groups].join("·");
    return ` (${weights}${bias})·${all.filters} = ${count(parameters, "parameter")}, ${shape.slice(0, 2).join("·")}·${all.filters}·${weights} = ${count(multiply_adds, "multiply-add")}.`;
  }
  if (layer.type === "Dense") {
    return ` (${volume(before.slice(-1))}${bias})·${all.units} = ${count(parameters, "parameter")}, ${count(multiply_adds, "multiply-add")}.`;
  }
  if (layer.type === "BatchNormalization") return ` ${2 + all.center + all.scale}·${shape.at(-1)} = ${count(parameters, "parameter")}, ${2 * shape.at(-1)} of them means and variances.`;
  return " Nothing is stored or multiplied.";
}

function readout(shown) {
  const { state, view, result: found, hidden } = shown;
  const { rows, error } = measure(state);
  const said = found.error ? escape(found.error)
    : hidden === "parameters" ? "? parameters · ? multiply-adds" : `<strong>${count(found.parameters, "parameter")}</strong> · <strong>${count(found.multiply_adds, "multiply-add")}</strong>`;
  const place = view.row;
  const note = !error && view.note?.of === JSON.stringify(state) ? `<p>${escape(view.note.text)}</p>` : "";
  const [argument, title] = knobs(state, place)[view.knob] ?? [];
  const knob = argument ? `, ${title} ${writeKnob(state, place, argument)}` : "";
  let about = `${count(state.layers.length, "layer")} on ${times(state.input)}.`;
  if (place === IMAGE) about = `The image${knob}: ${times(state.input)}.`;
  else if (place !== undefined && rows[place]) {
    const before = rows[place - 1]?.shape ?? state.input;
    const measures = rows[place];
    const seen = isAsked(shown, place, "field") ? "" : measures.whole ? " Sees the whole image." : measures.fields ? ` A cell sees ${fieldSize(measures)} pixels, its neighbour ${count(measures.fields[0].jump, "pixel")} further on.` : "";
    about = `Row ${place + 1}, ${state.layers[place].type}${knob}: ${times(before)} → ${times(measures.shape)}.${isAsked(shown, place, "parameters") ? "" : working(state.layers[place], before, measures)}${seen}`;
  }
  return `<p>${error ? `<span class="designer-misfit">${said}</span>` : said}</p><p>${about}</p>${note}`;
}

const texts = new WeakMap();

/** A preset as the text of its state. */
function textOf(preset) {
  if (!texts.has(preset)) texts.set(preset, JSON.stringify(check(preset)));
  return texts.get(preset);
}

function controls({ state, view, error, id }) {
  const now = JSON.stringify(state);
  const presets = Object.entries({ ...view.presets, ...PRESETS }).map(([label, preset]) => button("preset", label, { value: label, pressed: textOf(preset) === now }));
  const adds = ["Conv2D", "MaxPooling2D", "ReLU", "BatchNormalization", "Dropout", "Add", "GlobalAveragePooling2D", "Flatten", "Dense"];
  return group("Choose a row", "choose row", button("go", "▲", { value: -1, name: "Row above" }), button("go", "▼", { value: 1, name: "Row below" })) +
    group("Add a layer", "+ layer", ...adds.map((type) => button("add", type, { value: type, name: `Add ${type}` }))) +
    group("Presets", "network", ...presets) +
    `<details class="lab-more"><summary>Copy as Keras, paste Keras</summary>${draw.code(writeKeras(state))}` +
    `${field("keras", "paste keras.Sequential([...]), model.add(...) lines, or what model.summary() prints", "", error, { rows: 5, id })}` +
    `<p>${button("submit", "Read it", { value: "keras" })}</p></details>`;
}

// --- what the reader does --------------------------------------------------------------------------------------------

const LAYERS = {
  Conv2D: { filters: 32, kernel_size: 3, padding: "same" }, Dense: { units: 10 }, Dropout: { rate: 0.2 },
};

/** Layers in another order or number; `from[index]` is the old place of each, or undefined for a new one. */
function rearranged({ layers }, from, fresh) {
  const places = new Map(from.map((old, index) => [old, index]));
  return from.map((old, index) => {
    const layer = old === undefined ? fresh : layers[old];
    if (layer.type !== "Add" || old === undefined || layer.row < 0) return layer;
    // A row that is gone, or that now comes later, gives way to the one above.
    const row = places.get(layer.row) ?? places.get(layer.row - 1) ?? IMAGE;
    return { ...layer, row: Math.min(row, index - 1) };
  });
}

function add({ state, view, value: type }) {
  const place = view.row === undefined ? state.layers.length : view.row + 1;
  const fresh = { type, ...LAYERS[type] };
  if (type === "Add") {
    const { rows, input } = measure(state);
    const shape = String((rows[place - 1] ?? input).shape);
    const same = rows.findLastIndex((row, index) => index < place - 1 && String(row.shape) === shape);
    if (same < 0) refuse(`Add needs an earlier row with the shape ${times(shape.split(","))}, and there is none; choose another place.`);
    fresh.row = same;
  }
  if (state.layers.length === MOST_ROWS) refuse(`This lab holds up to ${MOST_ROWS} layers; remove one first.`);
  const from = [...state.layers.keys()];
  from.splice(place, 0, undefined);
  return { state: { layers: rearranged(state, from, fresh) }, view: { row: place, knob: 0 } };
}

function move({ state, view, value, figure }) {
  const to = view.row + value;
  if (!(view.row >= 0) || to < 0 || to >= state.layers.length) return {};
  const from = [...state.layers.keys()];
  from.splice(to, 0, ...from.splice(view.row, 1));
  const choose = figure.querySelector(".lab-stage:focus") ? undefined : `[data-action="move"][data-value="${value}"]`;
  return { state: { layers: rearranged(state, from) }, view: { row: to }, choose };
}

function remove({ state, view, figure }) {
  if (!(view.row >= 0)) return {};
  if (state.layers.length === 1) refuse("A network has at least one layer; add another first.");
  const from = [...state.layers.keys()].filter((index) => index !== view.row);
  const choose = figure.querySelector(".lab-stage:focus") ? undefined : '[data-action="go"]';
  return { state: { layers: rearranged(state, from) }, view: { row: Math.min(view.row, from.length - 1), knob: 0 }, choose };
}

const turn = (number) => ({ state, view, value }) => {
  const knob = knobs(state, view.row)[number];
  if (!knob) return {};
  const [argument, , next] = knob;
  return { state: withValue(state, view.row, argument, next(valueOf(state, view.row, argument), value)), view: { knob: number } };
};

function go(place) {
  return ({ state, view, value }) => {
    const last = state.layers.length - 1;
    const wanted = place ? place(view.row, last) : view.row === undefined ? (value > 0 ? IMAGE : last) : view.row + value;
    return { view: { row: Math.max(IMAGE, Math.min(last, wanted)), knob: 0 } };
  };
}

/** Load the readers; a notebook has them from the start. */
const loadReaders = () => new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = `${document.documentElement.dataset.content_root}_static/lab-designer-readers.js`;
  script.onload = resolve;
  script.onerror = () => reject(new Refusal("The script that reads Keras could not be loaded; check the connection, then try again."));
  document.head.append(script);
});

/**
 * An action that needs the readers. `deed` gets what is shown once they are there, and what was shown when it was asked
 * for: the first time their script is loaded, and meanwhile one can go on.
 */
const reading = (deed) => (asked) =>
  (globalThis.bookReaders ? deed(asked, asked) : loadReaders().then(() => (now) => deed(now, asked)));

function read(reader, text) {
  const found = globalThis.bookReaders[reader](text);
  return found.refused ? refuse(found.refused) : found;
}

/** A pasted network, and what could not be kept. */
const paste = reading(({ state, value }) => {
  const network = read("network", value);
  const clean = check({ input: network.input ?? state.input, layers: network.layers });
  const said = [
    `Read: ${count(clean.layers.length, "layer")}.`,
    network.input ? "" : `The text has no input shape; ${times(clean.input)} stays.`,
    network.left.length ? `Left out, since no number here depends on it: ${network.left.join(", ")}.` : "",
    network.guessed ? `A summary does not print ${network.hasInput ? "" : "the input, "}kernels, strides, padding, activations and rates; these are the simplest that give its numbers.` : "",
  ];
  return { state: clean, view: { row: undefined, note: { of: JSON.stringify(clean), isNew: true, text: said.filter(Boolean).join(" ") } } };
});

const retype = reading(({ state }, asked) => {
  if (state !== asked.state) refuse("The network was changed meanwhile; type the layer again.");
  const layer = read("layer", asked.value);
  return { state: { layers: state.layers.map((old, index) => (index === asked.view.row ? layer : old)) } };
});

const actions = {
  add, move, remove, go: go(),
  first: go(() => IMAGE),
  last: go((_, last) => last),
  choose: ({ view, value }) => ({ view: { row: view.row === value ? undefined : value, knob: 0 } }),
  change: ({ view, ...shown }) => turn(view.knob)({ view, ...shown }),
  nextKnob: ({ state, view }) => ({ view: { knob: (view.knob + 1) % Math.max(1, knobs(state, view.row).length) } }),
  ...Object.fromEntries([0, 1, 2, 3, 4].map((number) => [`knob${number}`, turn(number)])),
  padding: ({ state, view, value }) => ({ state: withValue(state, view.row, "padding", value) }),
  call: retype,
  image: ({ value }) => ({ state: { input: readRow(value.replace(/[×x*]/gi, " "), "The image", isSize) } }),
  preset: ({ view, value }) => ({ state: { ...view.presets, ...PRESETS }[value], view: { row: undefined } }),
  // Leaving the field reads what is in it, and so does the button, which has nothing to read after that.
  keras({ state, view, value, ...shown }) {
    if (value?.trim()) return paste({ state, view, value, ...shown });
    const isRead = value === "" || (view.note?.isNew && view.note.of === JSON.stringify(state));
    return isRead ? { view: { note: view.note && { ...view.note, isNew: false } } } : refuse("There is nothing to read: paste the code of a network in Keras, or what model.summary() prints.");
  },
};

export default {
  kind: "designer",
  title: "Design a network",
  help: "Up and down choose a row, left and right change its value, Enter goes to its next value, Delete removes it, Alt with up and down moves it, Home and End jump, R resets, Escape leaves.",
  view: { row: undefined, knob: 0, presets: {}, photo: "" },
  fields: ["call", "image", "keras"],
  keys: {
    ArrowUp: ["go", -1], ArrowDown: ["go", 1], ArrowLeft: ["change", -1], ArrowRight: ["change", 1], Home: "first", End: "last",
    Enter: "nextKnob", Delete: "remove", "Alt+ArrowUp": ["move", -1], "Alt+ArrowDown": ["move", 1],
  },
  check,
  result,
  draw: drawRows,
  readout,
  controls,
  actions,
  predictions,
  /** A row that is tapped opens; tapped again, it closes. */
  point: ({ phase, target }) => (phase === "click" && target !== undefined ? { action: "choose", value: Number(target) } : undefined),
  /** The chosen row stays as long as it is there. */
  fit: (state, view) => ({ ...view, row: view.row === undefined ? undefined : Math.min(view.row, state.layers.length - 1) }),
};
