// The state of the lab: read, or refused; and what comes later with a reader's first deed (later.js), which needs it.

import { list, keys, oneOf, refuse, whole } from "../reading.js";
import { readDrawing } from "../paper.js";
import * as sample from "../sample.js";
import { runScript } from "../site_script.js";
import { answer, best, flat, keep, keyOf, patchOf } from "./answers.js";
import { seenBy } from "./cell.js";
import { layerOf } from "./description.js";
import * as networks from "./networks.js";

const MOST_BREAKS = 8;
// What these layers give is what they get, in another order or in none.
const UNSEEN = ["Flatten", "Dropout"];

export const layersOf = (network) => networks.describe(network).layers.filter(({ type }) => !UNSEEN.includes(type));
export const sideOf = (network) => networks.describe(network).input[0];
export const mapsOf = ({ network, layer }) => layerOf(networks.describe(network), layer).shape[2];

export const limit = (value, most) => Math.max(0, Math.min(most, value));

/** The change to another layer, whose maps may be fewer. */
export const toLayer = ({ network, map }, layer) => ({ layer, map: limit(map, mapsOf({ network, layer }) - 1) });

/** What a map depends on, for all images. */
export const mapKey = ({ network, breaks, layer, map }) => JSON.stringify([network, breaks, layer, map]);

export const toolOf = ({ cover, cam }) => (cover ? "cover" : cam === undefined ? "look" : "cam");

let opened;

/** What comes later, once it is here. */
export function later() {
  opened ??= globalThis.bookNetwork?.({ answer, best, check, flat, keep, keyOf, layersOf, mapKey, networks, sample, seenBy, toLayer, toolOf });
  return opened;
}

/** The promise of it. */
export const fetchLater = async () => later() ?? runScript("lab-network-later.js", "The engine", later);

function readImage(image) {
  if (image === "drawing" || later()?.isOwn(image)) return image;
  if (/^own \d+$/.test(image)) return refuse("It names an image that stays on its reader’s machine; choose one of your own below.");
  return whole(image, "The image", 0, sample.count() - 1);
}

export function check(state) {
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
    if (state.cam !== undefined) refuse("The state has a cover and a cam; give one of them.");
    checked.cover = list(state.cover, "The cover", 2, 2, (place) => whole(place, "The cover", 0, free));
  } else if (state.cam !== undefined) {
    checked.cam = state.cam === "predicted" ? state.cam : whole(state.cam, "The class", 0, classes - 1);
    later()?.checkCam(description, layer);
  }
  return checked;
}
