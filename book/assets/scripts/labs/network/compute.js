// Find the answers to states with the engine, for the image that is shown or for all images of the sample. `main` is what the
// lab's own script holds: its networks, images and answers.

import { range } from "../../arithmetic.js";
import { loadEngine } from "../engine_script.js";
import { inks } from "../paper.js";
import { refuse } from "../reading.js";
import { breakNetwork, breakPixels } from "./breaks.js";
import { patchOf } from "./answers.js";
import { CHUNK, withMany, withOne } from "./engine.js";
import { heatOf } from "./heat.js";
import { ownPixels } from "./own.js";

const MOST_SHOWN = 6;

/** The mean colour of an image, rounded down as the page does. */
function meanOf(pixels) {
  const all = pixels.flat();
  return range(3).map((channel) => Math.floor(all.reduce((sum, pixel) => sum + pixel[channel], 0) / all.length));
}

/** A patch of an image in a colour. */
function covered(pixels, [top, left], color) {
  const side = patchOf(pixels.length);
  const isUnder = (y, x) => y >= top && y < top + side && x >= left && x < left + side;
  return pixels.map((row, y) => row.map((pixel, x) => (isUnder(y, x) ? color : pixel)));
}

/** An output as maps: units are maps of one cell. */
const asMaps = ({ shape, data }) => ({ shape: shape.length === 3 ? shape : [1, 1, shape[0]], data });

export function computer({ answer, best, flat, keep, keyOf, networks, sample }) {
  /** What a state is compared with: without its cover, or else without its breaks. */
  const beforeOf = ({ network, image, drawing, layer, map, cover, breaks }) => ({ network, image, drawing, layer, map, breaks: cover ? breaks : [] });

  const original = ({ image, drawing }) => (image === "drawing" ? inks(drawing) : typeof image === "number" ? sample.pixels(image) : ownPixels(image));

  async function compute(state) {
    await Promise.all([loadEngine(), typeof state.image === "number" && sample.load(state.image), networks.load(state.network)]);
    const isChanged = state.cover || state.breaks.length;
    const before = isChanged ? (answer(beforeOf(state)) ?? await compute(beforeOf(state))).probabilities : undefined;
    const pixels = breakPixels(original(state), state.breaks);
    const mean = state.cover && meanOf(pixels);
    const { description, weights } = breakNetwork(networks.describe(state.network), networks.weightsOf(state.network), state.breaks);
    const numbers = flat(state.cover ? covered(pixels, state.cover, mean) : pixels, description);
    const { probabilities, outputs, heat } = await withOne(description, weights, async (ask) => {
      const probabilities = await ask("forward", numbers, 1);
      if (!probabilities.every(Number.isFinite)) refuse("The network gives no probabilities here, since a number in it is too large or not a number" + (isChanged ? "; undo the last change." : "."));
      const names = description.layers.map(({ name }) => name);
      const outputs = Object.fromEntries((await ask("outputs", names)).map((output, i) => [names[i], asMaps(output)]));
      if (state.cam === undefined) return { probabilities, outputs };
      const of = state.cam === "predicted" ? best([...probabilities]) : state.cam;
      return { probabilities, outputs, heat: { of, cells: heatOf(outputs[state.layer], (await ask("backwardFrom", of, state.layer)).data) } };
    });
    outputs.image = { shape: description.input, data: numbers };
    return keep(state, { pixels, mean, probabilities: [...probabilities], outputs, description, weights, before, heat });
  }

  let waiting = Promise.resolve();
  let newest;
  const asked = new Map();

  /**
   * Nothing if a state can be shown, else the promise that it can be. Of the states that wait for their turn the one that was
   * asked for last is computed; a reader who drags is past the others, and their promises stay open.
   */
  function load(state) {
    if (answer(state)?.outputs[state.layer]) return undefined; // the page's first picture has no other layers
    const key = keyOf(state);
    newest = key;
    if (!asked.has(key)) {
      asked.set(key, new Promise((resolve, reject) => {
        waiting = waiting.then(() => {
          if (newest === key) return compute(state).then(resolve, reject).finally(() => asked.delete(key));
          return asked.delete(key);
        });
      }));
    }
    return asked.get(key);
  }

  /**
   * Let `read` have the probabilities of the sample's images after the breaks, ten at a time, and what a layer gives. A hidden
   * tab waits, and where the figure is gone nothing goes on.
   */
  async function eachChunk({ network, breaks }, figure, layer, read) {
    await Promise.all([sample.loadAll(), networks.load(network)]);
    const { description, weights } = breakNetwork(networks.describe(network), networks.weightsOf(network), breaks);
    for (let first = 0; first < sample.count(); first += CHUNK) {
      if (globalThis.document?.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
      if (figure?.isConnected === false) await new Promise(() => {});
      const count = Math.min(CHUNK, sample.count() - first);
      const images = range(count).map((index) => breakPixels(sample.pixels(first + index), breaks));
      await withMany(description, weights, async (ask) => {
        const probabilities = await ask("forward", flat(images.flat(), description), count);
        read(first, count, probabilities, layer && (await ask("outputs", [layer]))[0]);
      });
    }
  }

  const counts = new Map();

  /** How many of the sample's images are put into their class. */
  async function countRight({ network, breaks }, figure) {
    const key = JSON.stringify([network, breaks]);
    if (!counts.has(key)) {
      let right = 0;
      await eachChunk({ network, breaks }, figure, undefined, (first, count, probabilities) => {
        const classes = probabilities.length / count;
        for (let i = 0; i < count; i++) right += best([...probabilities.subarray(i * classes, (i + 1) * classes)]) === sample.labelOf(first + i);
      });
      counts.set(key, right);
    }
    return counts.get(key);
  }

  const rightOnes = ({ network, breaks }) => counts.get(JSON.stringify([network, breaks]));

  /** The images that excite a map most: [{image, value}, ...], the strongest first. */
  async function exciting(state, figure) {
    const strongest = [];
    await eachChunk(state, figure, state.layer, (first, count, _, output) => {
      const { shape: [rows, columns, channels], data } = asMaps(output);
      const size = rows * columns * channels;
      for (let i = 0; i < count; i++) {
        let value = -Infinity;
        for (let cell = state.map; cell < size; cell += channels) value = Math.max(value, data[i * size + cell]);
        strongest.push({ image: first + i, value });
      }
    });
    return strongest.sort((one, other) => other.value - one.value).slice(0, MOST_SHOWN);
  }

  return { load, countRight, rightOnes, exciting };
}
