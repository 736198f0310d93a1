// The tools: look, cover, Grad-CAM; and the pen.

import { BLANK, dot, paint } from "../paper.js";
import { refuse } from "../reading.js";
import { inputsOf, layerOf } from "./description.js";

/** Why a layer has no Grad-CAM: a shortcut leads past it, so that its maps alone do not decide, or it has no maps. */
export function camProblem(description, name) {
  const { layers } = description;
  const placeOf = (one) => layers.findIndex((layer) => layer.name === one);
  const place = placeOf(name);
  if (layers[place].shape[0] === 1) return `The layer ${name} has no maps, so Grad-CAM has no places to mark: take a layer before it.`;
  const isPassed = layers.slice(place + 1).some((layer) => inputsOf(description, layer.name).some((input) => placeOf(input) < place));
  return isPassed && `A shortcut leads past the layer ${name}, so its maps alone do not decide: take one after the addition.`;
}

export function checkCam(description, name) {
  const problem = camProblem(description, name);
  if (problem) refuse(problem);
}

export function toolActions({ toLayer, layersOf, networks, seenBy, toolOf }) {
  /** The layer that Grad-CAM begins with: the one that is shown, else the last of at least 8×8 cells, else the last. */
  function layerForCam({ network, layer }) {
    const description = networks.describe(network);
    const fit = layersOf(network).filter(({ name }) => !camProblem(description, name));
    const wide = fit.filter(({ shape }) => shape[0] >= 8);
    return (fit.find(({ name }) => name === layer) ?? [...fit, ...wide].pop() ?? layerOf(description, layer)).name;
  }

  function change(state, tool, { cover }) {
    const without = { cover: undefined, cam: undefined };
    const side = networks.describe(state.network).input[0];
    if (tool === "cover") return { ...without, cover: cover ?? Array(2).fill(Math.floor(0.375 * side)) }; // in the middle
    return tool === "look" ? without : { ...without, ...toLayer(state, layerForCam(state)), cam: "predicted" };
  }

  return {
    tool: async ({ value }) => ({ state, view }) => ({ state: change(state, value, view) }),
    async nextTool({ state: before }) {
      const next = { look: "cover", cover: "cam", cam: "look" }[toolOf(before)];
      return ({ state, view }) => ({ state: change(state, next, view) });
    },
    clear: ({ state }) => (state.image === "drawing" ? { state: { drawing: BLANK } } : {}),
    paint: ({ ahead, value }) => ({ state: paint({ state: ahead, value }).state ?? {} }),
    pen({ ahead: state, view: { place } }) {
      const { left, top, width, height } = seenBy(state, place);
      return { state: dot({ state, view: { place: [top + (height >> 1), left + (width >> 1)] } }).state ?? {} };
    },
  };
}
