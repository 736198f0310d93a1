// A lab of gradient descent: the nine weights of one filter learn to make the map that a target makes. The state is
// {input, target, seed, learning_rate, steps}:
// - input: 8 rows of 8 pixels from 0 to 1; target: a filter, 3 rows of 3 weights; both filters are applied without padding;
// - seed: the number of the weights to start from; steps: how many steps have been taken, all with one learning_rate.
// The result is {kernel, loss, gradient} after the last step: the weights, the mean squared difference of the two maps,
// and the slope of the loss for each weight. `descent.js` computes it.

import { conv2d, range, sum } from "../arithmetic.js";
import { openDraws } from "../practice/draws.js";
import { compare, descend } from "./descent.js";
import * as draw from "./markup.js";
import { mark, picture } from "./png.js";
import { exact, keys, list, number, readRow, refuse, whole } from "./reading.js";
import { shade, SHADES } from "./shades.js";

const { button, cell, field, frame, line, segments, stepper, words, write } = draw;

const [SIDE, TAPS] = [8, 3];
const OUT = SIDE - TAPS + 1;
const CELLS = OUT * OUT;
const MOST_STEPS = 200;
const LEARNED = 1e-6; // a loss below which playing stops
const LOST = 1e12; // and one above which it does

const bits = (rows) => rows.map((row) => [...row].map(Number));
const IMAGES = {
  ring: bits(["00000000", "00111100", "01000010", "01000010", "01000010", "01000010", "00111100", "00000000"]),
  noise: openDraws("noise", 1).grid(SIDE, SIDE, 0, 1),
  stripe: bits(Array(SIDE).fill("00110000")),
};
const TARGETS = {
  "Sobel |": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
  "Sobel —": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
  blur: range(TAPS).map(() => Array(TAPS).fill(0.111)),
};
const RATES = [0.1, 0.2, 0.5, 1.5];

/** A number from `least` to `most`. */
const between = (name, least, most) => (value) => {
  const isNumber = typeof value === "number" && !Number.isNaN(value);
  if (!isNumber) return number(value, name); // which refuses it
  return value >= least && value <= most ? value : refuse(`${name} holds ${exact(value)}; use numbers from ${exact(least)} to ${exact(most)}.`);
};
const readPixel = between("The image", 0, 1);
const readWeight = between("The target", -10, 10);
const readRate = between("The learning rate", 0.001, 10);

const square = (value, name, side, read) =>
  list(value, name, side, side, (row) => list(row, `A row of ${name.toLowerCase()}`, side, side, read, ["number", "numbers"]), ["row", "rows"]);

function check(state) {
  keys(state, ["input", "target", "seed", "learning_rate", "steps"]);
  const checked = {
    input: square(state.input ?? IMAGES.ring, "The image", SIDE, readPixel),
    target: square(state.target ?? TARGETS["Sobel |"], "The target", TAPS, readWeight),
    seed: whole(state.seed, "The start", 0, 999),
    learning_rate: readRate(state.learning_rate),
    steps: whole(state.steps, "The number of steps", 0, MOST_STEPS),
  };
  const lost = path(checked).slice(0, checked.steps).findIndex(({ loss }) => loss > LOST);
  if (lost >= 0) refuse(`After ${draw.count(lost, "step")} the loss is above a trillion: go back, and take a smaller learning rate.`);
  return checked;
}

/** The weights to start from: nine numbers from −1 to 1, the same for every reader. */
const startOf = (seed) => openDraws("learning", seed).grid(TAPS, TAPS, -10, 10).map((row) => row.map((tenths) => tenths / 10));

let taken = {};

/** Every point on the way, from the start to where the state stands; kept, so that one step more is one step's work. */
function path({ steps, ...rest }) {
  const { input, target, seed, learning_rate } = rest;
  const name = JSON.stringify(rest);
  const wanted = conv2d(input, target, 0);
  const point = (kernel) => ({ kernel, ...compare(input, kernel, wanted) });
  if (taken.name !== name) taken = { name, points: [point(startOf(seed))] };
  const { points } = taken;
  while (points.length <= steps && points.at(-1).loss <= LOST) points.push(point(descend(points.at(-1).kernel, points.at(-1).gradient, learning_rate)));
  return points.slice(0, steps + 1);
}

const now = (state) => path(state).at(-1);

function result(state) {
  const { kernel, loss, gradient } = now(state);
  return { kernel, loss, gradient };
}

/** For each cell of the map the pixel below a weight, and its product with the difference. */
function productsOf({ input }, difference, [i, j]) {
  return difference.map((row, y) => row.map((value, x) => ({ value, pixel: input[y + i][x + j], product: value * input[y + i][x + j] })));
}

// --- the picture -----------------------------------------------------------------------------------------------------

const WIDTH = 336;
const TOP = 20;
const [SMALL, BIG, TAP] = [15, 27, 34]; // pixels of a cell
const RIGHT = WIDTH - OUT * BIG;
const SECOND = TOP + SIDE * SMALL + 8 + TOP;
const CURVE = { top: SECOND + OUT * BIG + 14 + TOP, height: 62, left: 40 };

/** A number in at most five letters. */
function short(value) {
  const texts = (Math.abs(value) < 10 ? [2, 1, 0] : [1, 0]).map((digits) => write(value, digits));
  return texts.find((text) => text.length <= 5) ?? (Math.abs(value) < 1 ? "0" : value.toExponential(0).replace("e+", "e").replaceAll("-", "−"));
}

/** The colours of a map's values; a palette would be larger than so small a picture. */
const shades = (map, top) => map.map((row) => row.map((value) => SHADES[shade(value, top)]));

const colored = (rows, x, side, name, title) =>
  words(x, TOP - 9, title, { anchor: "start", size: 12 }) +
  picture(rows, x, TOP, side, side, { name });

/** A plane of numbers; those of `unused` cells step back. */
const numbered = (rows, x, y, size, { title, data, fill = "none", unused = () => false }) =>
  words(x, y - 9, title, { anchor: "start", size: 12 }) +
  rows.map((row, i) => row.map((value, j) => cell(x + j * size, y + i * size, short(value), {
    width: size, height: size, fill: unused(i, j) ? "none" : fill, size: size === TAP ? 11.5 : 11, data: data ? `data-cell="${data}${i},${j}"` : "",
    ...(unused(i, j) && { opacity: 0.6 }), ...(short(value).length > 4 && { "letter-spacing": "-0.3px" }),
  })).join("")).join("");

/** The loss of each step; each line across is a tenth of the one above. */
function curve(losses, earlier) {
  const { top, height, left } = CURVE;
  const power = (loss) => Math.max(-9, Math.log10(loss));
  const every = [...losses, ...earlier].map(power);
  const high = Math.ceil(Math.max(...every));
  const low = Math.min(high - 3, Math.floor(Math.min(...every)));
  const last = Math.max(20, losses.length - 1, earlier.length - 1);
  const at = (loss, step) => [left + (step / last) * (WIDTH - left - 6), top + ((high - power(loss)) / (high - low)) * height];
  const way = (values, looks) => `<polyline points="${values.map((loss, step) => at(loss, step).map((place) => place.toFixed(1)).join(",")).join(" ")}" style="fill:none;${looks}"/>`;
  const apart = Math.ceil((high - low) / 3);
  const marks = range(Math.floor((high - low) / apart) + 1).map((index) => {
    const y = top + ((index * apart) / (high - low)) * height;
    return line(left, y, WIDTH, y, { stroke: "grid", "stroke-width": 0.5 }) + words(left - 5, y, write(10 ** (high - index * apart), 3), { anchor: "end", size: 11, fill: "muted" });
  });
  const [x, y] = at(losses.at(-1), losses.length - 1);
  return words(0, top - 17, `loss after each step${earlier.length ? "; dashed: before the change" : ""}`, { anchor: "start", size: 12 }) + marks.join("") +
    words(left, top + height + 10, "0", { size: 11, fill: "muted" }) + words(WIDTH, top + height + 10, `step ${last}`, { size: 11, fill: "muted", anchor: "end" }) +
    (earlier.length ? way(earlier, "stroke:var(--fig-muted);stroke-dasharray:4 3") : "") + way(losses, "stroke:var(--fig-blue);stroke-width:2") +
    `<circle cx="${x}" cy="${y}" r="4" style="fill:var(--fig-blue)"/>`;
}

function drawAll({ state, view: { weight: [i, j], earlier }, alt }) {
  const { input, target } = state;
  const { kernel, map, difference, gradient } = now(state);
  const wanted = conv2d(input, target, 0);
  const top = Math.max(...wanted.flat().map(Math.abs)) || 1;
  const grey = input.map((row) => row.map((value) => Array(3).fill(Math.round(255 * value))));
  const products = productsOf(state, difference, [i, j]);
  const small = OUT * SMALL;
  const [targetLeft, mapLeft] = [SIDE * SMALL + 18, WIDTH - small];
  const svg =
    colored(grey, 0, SIDE * SMALL, "image", "image x") +
    colored(shades(wanted, top), targetLeft, small, "wanted", "target map t") + colored(shades(map, top), mapLeft, small, "map", "filter’s map y") +
    mark("below", j * SMALL, TOP + i * SMALL, small, small) +
    numbered(difference, 0, SECOND, BIG, { title: "difference y − t" }) +
    numbered(products.map((row) => row.map(({ product }) => product)), RIGHT, SECOND, BIG, {
      title: "times the framed pixels", fill: "output-fill", unused: (y, x) => !products[y][x].pixel,
    }) +
    curve(path(state).map(({ loss }) => loss), earlier);
  const maps = draw.drawing(WIDTH + 4, CURVE.top + CURVE.height + 22, alt || describe(state, [i, j]), svg);
  const slices = [["filter w", kernel, "w", "filter-fill"], ["gradient", gradient, "g", "none"], ["target’s filter", target, "", "none"]];
  return `<div class="lab-maps">${maps}</div><div class="lab-slices">${slices.map((slice) => drawSlice(slice, [i, j])).join("")}</div>`;
}

function drawSlice([title, rows, data, fill], [i, j]) {
  const svg = numbered(rows, 0, TOP, TAP, { title, data, fill }) +
    (data ? frame(j * TAP + 3, TOP + i * TAP + 3, TAP - 6, TAP - 6, { stroke: "blue", thick: 2 }) : "");
  const spoken = rows.map((row) => row.map((value) => write(value, 3)).join(", ")).join("; ");
  return draw.drawing(TAPS * TAP + 4, TOP + TAPS * TAP + 4, `${title}: ${spoken}`, svg);
}

// --- words -----------------------------------------------------------------------------------------------------------

const describe = (state, weight) =>
  `An image of ${SIDE} by ${SIDE} pixels, the maps of the target and of the filter, their difference, and its products with the pixels ` +
  `below weight ${place(weight)}. The loss of ${draw.count(state.steps + 1, "point")}, at last ${write(now(state).loss, 4)}.`;

const place = ([i, j]) => `(${i}, ${j})`;
/** The sign between numbers that are shown with three decimals. */
const equals = (...values) => (values.every((value) => Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6) ? "=" : "≈");
const inBrackets = (value) => (value < 0 ? `(${write(value, 3)})` : write(value, 3));

/** What the last step has done to the loss, and where that has led. */
function verdict(state) {
  const points = path(state);
  const { loss, kernel } = points.at(-1);
  const before = points.at(-2)?.loss;
  if (before < loss) return `, up from ${write(before, 4)}: <strong>this learning rate is too large</strong>.`;
  const step = before === undefined ? "" : `, down from ${write(before, 4)}`;
  if (loss >= LEARNED) return `${step}.`;
  const isLearned = kernel.flat().every((weight, index) => Math.abs(weight - state.target.flat()[index]) < 0.05);
  return `${step}: ${isLearned ? "the filter is learned." : "<strong>the maps agree, the filters do not</strong>. This image cannot tell them apart."}`;
}

function readout({ state, view: { weight: [i, j] }, hidden }) {
  const { kernel, gradient, loss, difference } = now(state);
  const [old, slope] = [kernel[i][j], gradient[i][j]];
  const next = old - state.learning_rate * slope;
  const total = sum(productsOf(state, difference, [i, j]).flat().map(({ product }) => product));
  return (
    `<p class="lab-sum">Weight ${place([i, j])}: gradient = 2/${CELLS} · the sum of ${CELLS} products = 2/${CELLS} · ${inBrackets(total)} ${equals(total, slope)} <strong>${write(slope, 3)}</strong></p>` +
    `<p>Next: weight − rate · gradient = <span class="lab-weight">${write(old, 3)}</span> − ${write(state.learning_rate, 3)} · ${inBrackets(slope)} ` +
    `${equals(old, slope, next)} <span class="lab-weight">${hidden ? "?" : write(next, 3)}</span></p>` +
    `<p>After step ${state.steps} the loss is <strong>${write(loss, 4)}</strong>${verdict(state)}</p>`
  );
}

/** The sum that makes a gradient, with each product. */
function sumWords(state, weight) {
  const cells = productsOf(state, now(state).difference, weight).flat();
  const lit = cells.filter(({ pixel }) => pixel);
  const slope = (2 / CELLS) * sum(cells.map(({ product }) => product));
  const shown = lit.map(({ value, pixel }) => `${inBrackets(value)}·${write(pixel, 3)}`).join(" + ") || "0";
  return `2/${CELLS} · (${shown}) ${equals(slope, ...lit.map(({ value }) => value))} ${write(slope, 3)}${lit.length === CELLS ? "" : "; where the pixel is 0, so is the product."}`;
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const nameOf = (known, value) => Object.keys(known).find((name) => isSame(known[name], value));
const named = (known) => Object.keys(known).map((name) => [name, name]);
const typed = (rows) => rows.map((row) => row.map((value) => write(value, 6)).join(" ")).join("\n");

function controls({ state, view, error, id }) {
  const { input, target, seed, learning_rate, steps } = state;
  return (
    `<div class="lab-group" role="group" aria-label="Steps">${button("step", "◂", { value: -1, name: "Back", disabled: !steps })}` +
    `${button("step", "▸", { value: 1, name: "Step" })}${button(view.playing ? "stop" : "play", view.playing ? "Pause" : "Play")}</div>` +
    segments("learning_rate", "learning rate", RATES, learning_rate) +
    segments("target", "target", named(TARGETS), nameOf(TARGETS, target)) +
    segments("input", "image", named(IMAGES), nameOf(IMAGES, input)) +
    stepper("seed", "start", seed) +
    `<details class="lab-more"><summary>The sum, product by product</summary><p>Weight ${place(view.weight)}: ${sumWords(state, view.weight)}</p></details>` +
    `<details class="lab-more"><summary>Your own numbers, code</summary><div class="lab-controls">` +
    field("ownTarget", "target: three rows of three weights", typed(target), error, { id, rows: 3 }) +
    field("ownInput", "image: eight rows of eight pixels, 0 to 1", typed(input), error, { id, rows: 8 }) +
    field("ownRate", "learning rate", write(learning_rate, 6), error, { id }) +
    `</div>${draw.code(codeLines(state))}</details>`
  );
}

/** The same steps in Keras. */
const codeLines = ({ input, target, seed, learning_rate, steps }) => [
  "import keras", "import numpy as np", "from cnnbook import reference", "",
  `x = np.array(${JSON.stringify(input)})[None, ..., None]`,
  `target = np.array(${JSON.stringify(target)})[..., None, None]`,
  `start = np.array(${JSON.stringify(startOf(seed))})[..., None, None]`, "",
  "layer = keras.layers.Conv2D(1, 3, use_bias=False)",
  "model = keras.Sequential([keras.Input(x.shape[1:]), layer])",
  "layer.set_weights([start])",
  `model.compile(keras.optimizers.SGD(${learning_rate}), loss="mse")`,
  `model.fit(x, reference.conv2d(x, target), epochs=${steps}, verbose=0)`,
  "kernel = layer.get_weights()[0][..., 0, 0]",
];

// --- what the reader does --------------------------------------------------------------------------------------------

/** What is learned anew keeps the curve of what was learned before. */
const restart = (read) => (shown) => ({
  state: { ...read(shown), steps: 0 },
  view: { playing: false, ...(shown.state.steps && { earlier: path(shown.state).map(({ loss }) => loss) }) },
});

const isOver = (state) => state.steps === MOST_STEPS || now(state).loss > LOST || now(state).loss < LEARNED;

function readSquare(text, name, side, read) {
  const rows = text.trim().split(/\s*\n\s*/).map((row) => readRow(row, name, read));
  return rows.length === side && rows.every((row) => row.length === side) ? rows
    : refuse(`${name} has ${draw.count(rows.length, "row")} of ${[...new Set(rows.map((row) => row.length))].join(" and ")} numbers; type ${side} rows of ${side}.`);
}

const around = (value) => (value + TAPS) % TAPS;

const actions = {
  step: ({ state: { steps }, value }) => ({ state: { steps: Math.max(0, steps + value) }, view: { playing: false } }),
  begin: () => ({ state: { steps: 0 }, view: { playing: false } }),
  tick: ({ state }) => (isOver(state) ? { view: { playing: false } } : { state: { steps: state.steps + 1 } }),
  play: ({ state }) => ({ ...(isOver(state) && { state: { steps: 0 } }), view: { playing: true } }),
  stop: () => ({ view: { playing: false } }),
  toggle: ({ view: { playing }, ...shown }) => (playing ? actions.stop() : actions.play(shown)),
  move: ({ view: { weight: [i, j] }, value: [down, across] }) => ({ view: { weight: [around(i + down), around(j + across)] } }),
  weight: ({ value }) => ({ view: { weight: value } }),
  learning_rate: restart(({ value }) => ({ learning_rate: value })),
  target: restart(({ value }) => ({ target: TARGETS[value] })),
  input: restart(({ value }) => ({ input: IMAGES[value] })),
  seed: restart(({ state: { seed }, value }) => ({ seed: seed + value })),
  ownTarget: restart(({ value }) => ({ target: readSquare(value, "The target", TAPS, readWeight) })),
  ownInput: restart(({ value }) => ({ input: readSquare(value, "The image", SIDE, readPixel) })),
  ownRate: restart(({ value }) => {
    const [learning_rate, ...more] = readRow(value, "The learning rate", readRate);
    return more.length ? refuse(`The learning rate has ${more.length + 1} numbers; one is needed.`) : { learning_rate };
  }),
  pixel: restart(({ state: { input }, value: [y, x] }) => ({
    input: input.map((row, i) => row.map((old, j) => (i === y && j === x ? Number(old < 0.5) : old))),
  })),
};

/** A weight that is touched is the chosen one; a pixel turns from black to white and back. */
function point({ phase, x, y, target }) {
  if (phase !== "click") return undefined; // a finger that scrolls the page changes nothing
  if (target === "image") {
    const inside = (value) => Math.max(0, Math.min(SIDE - 1, Math.floor(value / SMALL)));
    return { action: "pixel", value: [inside(y - TOP), inside(x)] };
  }
  return /^[wg]\d/.test(target ?? "") ? { action: "weight", value: target.slice(1).split(",").map(Number) } : undefined;
}

// --- what it asks before it tells ------------------------------------------------------------------------------------

/** What comes of the weight that is chosen, its gradient and the learning rate. */
const ofStep = (combine) => ({ state, view: { weight: [i, j] }, result: { kernel, gradient } }) =>
  combine(kernel[i][j], gradient[i][j], state.learning_rate);

const predictions = {
  next: {
    question: (shown) => `Weight ${place(shown.view.weight)} is ${ofStep((weight) => write(weight, 3))(shown)}, its gradient ` +
      `${ofStep((_, gradient) => write(gradient, 3))(shown)}, the learning rate ${write(shown.state.learning_rate, 3)}. What is the weight after one step?`,
    answer: ofStep((weight, gradient, rate) => weight - rate * gradient),
    unit: "",
    mistakes: [
      ["You went up: a step goes against the gradient, so take the product off.", ofStep((weight, gradient, rate) => weight + rate * gradient)],
      ["You left the learning rate out. It scales the gradient first.", ofStep((weight, gradient) => weight - gradient)],
      ["That is the change alone. Add it to the weight.", ofStep((_, gradient, rate) => -rate * gradient)],
      ["That is the change alone, and in the wrong direction. Take it off the weight.", ofStep((_, gradient, rate) => rate * gradient)],
      ["You took the gradient for the new weight. It says how steep the loss is there.", ofStep((_, gradient) => gradient)],
    ],
  },
};

export default {
  kind: "learning",
  title: "Let a filter learn",
  help: "Arrows choose a weight, plus and minus step forth and back, Home goes to the start, Space plays, R resets, Escape leaves.",
  view: { weight: [1, 0], earlier: [], playing: false, pace: 250 },
  fields: ["ownTarget", "ownInput", "ownRate"],
  keys: {
    ArrowUp: ["move", [-1, 0]], ArrowDown: ["move", [1, 0]], ArrowLeft: ["move", [0, -1]], ArrowRight: ["move", [0, 1]],
    "+": ["step", 1], "-": ["step", -1], Home: "begin", " ": "toggle",
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  predictions,
  point,
  fit: (state, view) => view,
};
