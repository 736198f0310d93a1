// A lab of a whole network of the book, on one image: class probabilities, every map of every layer, and how a cell of a
// map comes about. The state is {network, image, layer, map}, and where the reader wants them
// - drawing: 32 texts of 32 digits, with the image "drawing"; an image of the reader's own is "own 1", which no link holds;
// - cover: [row, column] of a patch, a quarter as wide as the image, in the image's mean colour; or cam: a class or "predicted", for Grad-CAM at the layer;
// - breaks: what was done to the network or its images, as in network/breaks.js.
// The result is {probabilities}, with five decimals. What computes it, in a worker, comes with a reader's first deed
// (network/later.js), as the weights do.

import { range } from "../arithmetic.js";
import { button, escape, field, segments, stepper } from "./markup.js";
import { answer, patchOf, unpack } from "./network/answers.js";
import { cellOf } from "./network/cell.js";
import { layerOf } from "./network/description.js";
import * as networks from "./network/networks.js";
import { drawAll } from "./network/picture.js";
import { point } from "./network/point.js";
import { check, fetchLater, later, layersOf, limit, mapsOf, sideOf, toLayer, toolOf } from "./network/state.js";
import { readout } from "./network/words.js";
import { BLANK } from "./paper.js";
import { readRow } from "./reading.js";
import * as sample from "./sample.js";

const rounded = (values) => values.map((value) => Math.round(value * 1e5) / 1e5);
const result = (state) => ({ probabilities: rounded(answer(state).probabilities) });

// --- controls --------------------------------------------------------------------------------------------------------

const TOOLS = [["look", "look"], ["cover", "cover"], ["cam", "Grad-CAM"]];

function layerChoice(state, id) {
  const options = layersOf(state.network).map(({ name, shape: [rows, columns, maps] }) =>
    `<option value="${escape(name)}"${name === state.layer ? " selected" : ""}>${escape(name)} · ${rows}×${columns}×${maps}</option>`);
  return `<div class="lab-group"><label class="lab-label" for="${id}-layer">layer</label><select id="${id}-layer" data-action="layer">${options.join("")}</select></div>`;
}

function controls({ state, view, error, id }) {
  const isDrawing = state.image === "drawing";
  const { channel } = cellOf(state, view);
  return (
    segments("network", "network", networks.named(), state.network) +
    stepper("next", "image", typeof state.image === "number" ? state.image : "–") +
    layerChoice(state, id) + stepper("map", "map", state.map) + (channel === undefined ? "" : stepper("channel", "channel", channel)) +
    segments("tool", "tool", TOOLS, toolOf(state)) +
    `<div class="lab-group">${button("excite", "Images that excite this map most")}</div>` +
    `<details class="lab-more"><summary>Your own image, a drawing, code</summary><div class="lab-controls">` +
    field("files", "a file; or paste or drop an image. It stays here: nothing is sent.", "", error, { id, make: (attributes) => `<input type="file" ${attributes}>` }) +
    `<div class="lab-group">${button("camera", view.playing ? "Keep this picture" : "Camera", { pressed: Boolean(view.playing) })}</div>` +
    (sideOf(state.network) === BLANK.length ? `<div class="lab-group">${button("draw", "Draw", { pressed: isDrawing })}${button("clear", "Clear", { disabled: !isDrawing })}</div>` : "") +
    field("image", `image of the sample, 0 to ${sample.count() - 1}`, typeof state.image === "number" ? state.image : "", error, { id }) +
    `</div>${later()?.code({ state, view }) ?? ""}</details>` +
    `<details class="lab-more"><summary>Break it</summary><div class="lab-controls">${later()?.breakControls({ state, view }) ?? button("open", "Show the ways to break it")}</div></details>`
  );
}

// --- what the reader does --------------------------------------------------------------------------------------------

const around = (value, size) => (value + size) % size;
function move({ state, ahead, view: { place }, value: [down, across] }) {
  const free = sideOf(state.network) - patchOf(sideOf(state.network));
  if (ahead.cover) return { state: { cover: [limit(ahead.cover[0] + down, free), limit(ahead.cover[1] + across, free)] } };
  return { view: { place: [place[0] + down, place[1] + across] } };
}

function nextLayer({ state, value }) {
  const names = layersOf(state.network).map(({ name }) => name);
  return { state: toLayer(state, names[limit(names.indexOf(state.layer) + value, names.length - 1)]) };
}

const toPhotograph = ({ photograph }) => ({ image: photograph });

const LATER = ["tool", "nextTool", "excite", "files", "camera", "tick", "open", "breaking", "amount", "way", "rows", "columns", "guess", "undo", "repair", "clear", "paint", "pen"];
/** Do what comes later: at once if it is here. */
const withLater = (name) => (doing) => (later() ? later().actions[name](doing) : fetchLater().then(({ actions }) => actions[name]));
/** Another image than the camera's. */
const still = (image) => ({ state: image, view: { playing: false } });

const actions = {
  move,
  to: ({ value }) => ({ view: { place: value } }),
  network: ({ state, value }) => ({ state: { network: value, layer: undefined, map: 0, cam: undefined, breaks: [] }, view: { verdict: "" } }),
  next: ({ state, view: shown, value }) => still(typeof state.image === "number" ? { image: around(state.image + value, sample.count()) } : toPhotograph(shown)),
  image: ({ value }) => still({ image: typeof value === "string" ? readRow(value, "The image")[0] : value }),
  layer: ({ state, value }) => ({ state: toLayer(state, value) }),
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
  ...Object.fromEntries(LATER.map((name) => [name, withLater(name)])),
  stop: () => ({ view: { playing: false } }),
  draw: ({ state, view: shown }) => still(state.image === "drawing" ? toPhotograph(shown) : { image: "drawing", drawing: shown.paper, cover: undefined }),
};

export default {
  kind: "network",
  title: "Look inside",
  help: "Arrows move the framed cell or the cover, brackets change the image, comma and full stop the map, less and greater the layer, C the channel, Space the tool, a digit the class of Grad-CAM, D draws a dot, R resets, Escape leaves.",
  view: { place: [16, 16], photograph: 0, paper: BLANK },
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
  isPrivate: ({ image }) => /^own/.test(image),
  actions,
  point,
  /** Where the cover goes and what is drawn is seen at once; the numbers follow. */
  leads: ({ cover, drawing }, state) => Boolean(cover ? state.cover : drawing && state.drawing),
  load: (state) => (answer(state)?.outputs[state.layer] ? undefined : fetchLater().then(({ load }) => load(check(state)))),
  /** What comes with the page: descriptions, sample images, and what its first picture needs. */
  receive({ networks: descriptions = {}, weights, single, images = {}, set, first }) {
    sample.remember(images);
    if (set) sample.replace(set);
    networks.remember(descriptions, weights, single);
    if (first) unpack(first);
  },
  /** The figure is gone; its view does not play any more. */
  stop: () => later()?.stop(),
  fit(state, shown) {
    if (!shown.playing) later()?.closeCamera();
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
