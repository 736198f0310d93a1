// Draw seeds of two recipes and watch the interval of their mean difference. The state is {first, second, seeds}: names of
// recipes, and the numbers of the recorded seeds that were drawn, of which one may be drawn more than once. The recorded
// accuracies and Student's t for 2 to 10 seeds come with the page, in the view's `data`.

import { range, sum } from "../arithmetic.js";
import { openDraws } from "../practice/draws.js";
import * as draw from "./markup.js";
import { keys, list, oneOf, refuse, whole } from "./reading.js";

const { button, count, escape, line, stepper, words, write } = draw;

const [FEWEST, MOST] = [2, 10];
const TRIALS = 1000;
const KEPT = 11; // earlier draws in the picture

let data = { recipes: {}, t: {} };

const recorded = ({ first, second }) => Math.min(...[first, second].map((name) => data.recipes[name].accuracies.length));

function check(state) {
  keys(state, ["first", "second", "seeds"]);
  for (const name of [state.first, state.second]) oneOf(name, "A recipe", Object.keys(data.recipes));
  if (state.first === state.second) refuse("Both recipes are the same, so every difference is 0: choose two.");
  const last = recorded(state) - 1;
  const seeds = list(state.seeds, "The draw", FEWEST, MOST, (seed) => whole(seed, "A seed", 0, last));
  if (new Set(seeds).size < 2) refuse("All seeds of the draw are the same, so nothing says how much seeds differ: draw again.");
  return { first: state.first, second: state.second, seeds };
}

const mean = (values) => sum(values) / values.length;
const differencesOf = ({ first, second }, seeds) =>
  seeds.map((seed) => data.recipes[first].accuracies[seed] - data.recipes[second].accuracies[seed]);

/** The standard deviation, with n − 1. */
function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1));
}

/** Student's interval of the mean, as in `cnnbook.intervals.interval`: the mean and how far it reaches to each side. */
const interval = (values) => ({ mean: mean(values), half: (data.t[values.length] * deviation(values)) / Math.sqrt(values.length) });

/** Whether the interval does not hold the mean of all; rounding must not decide whether it ends there. */
function misses(values, truth) {
  const { mean: middle, half } = interval(values);
  return Math.abs(middle - truth) > half + 1e-9;
}

/** Draw `n` of the `of` seeds, each anew, until at least two differ. */
function drawSeeds(n, of, draws) {
  let seeds;
  do seeds = range(n).map(() => draws.below(of));
  while (new Set(seeds).size < 2);
  return seeds;
}

const everySeed = (state) => range(recorded(state));

let shares = new Map();

/** The share of many draws that miss: the same for all draws of two recipes that are as large, so it is counted once. */
function shareOfMisses(state, truth) {
  const n = state.seeds.length;
  const key = JSON.stringify([state.first, state.second, n]);
  if (!shares.has(key)) {
    const draws = openDraws("misses", n);
    shares.set(key, range(TRIALS).filter(() => misses(differencesOf(state, drawSeeds(n, recorded(state), draws)), truth)).length / TRIALS);
  }
  return shares.get(key);
}

function result(state) {
  const differences = differencesOf(state, state.seeds);
  const truth = mean(differencesOf(state, everySeed(state)));
  const { mean: middle, half } = interval(differences);
  return {
    differences, mean: middle, interval: [middle - half, middle + half], truth, contains: !misses(differences, truth),
    misses: shareOfMisses(state, truth),
  };
}

// --- the picture -----------------------------------------------------------------------------------------------------

const WIDTH = 336;
const signed = (value, digits = 2) => `${value > 0 ? "+" : ""}${write(+value.toFixed(digits))}`;
const dot = (x, y, { filled = true, radius = 3 } = {}) =>
  `<circle cx="${x}" cy="${y}" r="${radius}" style="fill:${filled ? "var(--fig-ink)" : "none"};stroke:var(--fig-${filled ? "ink" : "muted"})"/>`;

/** Whole steps of 1, 2 or 5 that put at most five ticks between two values. */
function ticks(low, high) {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((wide) => wide >= raw);
  return range(Math.floor(high / step) - Math.ceil(low / step) + 1).map((index) => (Math.ceil(low / step) + index) * step);
}

function axis(low, high, top, bottom, write_tick) {
  const x = (value) => 6 + ((value - low) / (high - low)) * (WIDTH - 12);
  const marks = ticks(low, high).map((tick) =>
    line(x(tick), top, x(tick), bottom, { stroke: "grid", "stroke-width": 0.5 }) +
    words(x(tick), bottom + 8, write_tick(tick), { size: 11, fill: "muted" }));
  return { x, svg: marks.join("") };
}

function drawAll({ state, view, result: { truth, contains }, alt }) {
  const pair = [state.first, state.second].map((name) => data.recipes[name]);
  const all = pair.flatMap(({ accuracies }) => accuracies);
  const margin = (Math.max(...all) - Math.min(...all)) * 0.06;
  const top = axis(Math.min(...all) - margin, Math.max(...all) + margin, 16, 108, (tick) => write(tick, 1));
  let svg = top.svg;
  const rows = [36, 80];
  for (const seed of everySeed(state)) {
    const drawn = state.seeds.includes(seed);
    const ends = pair.map(({ accuracies }, row) => [top.x(accuracies[seed]), rows[row]]);
    if (drawn) svg += line(...ends[0], ...ends[1], { stroke: "muted", "stroke-width": 1 });
    svg += ends.map(([x, y]) => dot(x, y, { filled: drawn })).join("");
  }
  svg += pair.map(({ words: name }, row) => words(0, rows[row] + (row ? 14 : -19), name, { anchor: "start", "font-weight": 600 })).join("");
  svg += words(WIDTH, 138, "test accuracy (%); each line is a seed that was drawn", { size: 11, fill: "muted", anchor: "end" });

  const reach = Math.max(4 * deviation(differencesOf(state, everySeed(state))), 0.01);
  const history = [...view.history, state.seeds];
  const [head, bottom] = [172, 200 + KEPT * 9 + 22];
  const low = axis(truth - reach, truth + reach, head, bottom, (tick) => signed(tick, 2));
  svg += words(0, head - 12, `${pair[0].words} − ${pair[1].words}`, { anchor: "start", "font-weight": 600 }) + low.svg;
  const middle = low.x(truth);
  svg += line(middle, head, middle, bottom, { stroke: "ink", "stroke-width": 1, "stroke-dasharray": "4 3" });
  const bar = (seeds, y, isNow) => {
    const differences = differencesOf(state, seeds);
    const { mean: center, half } = interval(differences);
    const isMiss = misses(differences, truth);
    const ends = [center - half, center + half].map(low.x);
    const [left, right] = ends.map((end) => Math.max(2, Math.min(WIDTH - 2, end)));
    const stroke = isMiss ? "red" : isNow ? "ink" : "muted";
    const half_height = isNow ? 6 : 2;
    // A bar that goes on beyond the picture ends in an arrow.
    const arrow = (x, back) => `<path d="M${x + back} ${y - half_height}L${x} ${y}l${back} ${half_height}" style="fill:none;stroke:var(--fig-${stroke});stroke-width:1.5"/>`;
    const arrows = (ends[0] < left ? arrow(left, 5) : "") + (ends[1] > right ? arrow(right, -5) : "");
    const cross = isMiss ? words(right > WIDTH - 16 ? left - 9 : right + 9, y, "✗", { size: 11, fill: "red" }) : "";
    return line(left, y, Math.max(right, left + 1), y, { stroke, "stroke-width": 2 * half_height, opacity: 0.5 }) +
      line(low.x(center), y - half_height - 2, low.x(center), y + half_height + 2, { stroke, "stroke-width": isNow ? 2.5 : 1 }) + arrows + cross;
  };
  const earlier = history.slice(0, -1).slice(-KEPT);
  earlier.forEach((seeds, index) => { svg += bar(seeds, head + 12 + (KEPT - earlier.length + index) * 9, false); });
  const now = bottom - 14;
  svg += bar(state.seeds, now, true);
  differencesOf(state, state.seeds).forEach((value, index, values) => {
    const above = values.slice(0, index).filter((other) => other === value).length;
    svg += dot(low.x(value), now - above * 6);
  });
  svg += words(WIDTH, bottom + 25, "difference (points); bar: 95\u00a0% interval, dashed: mean of all", { size: 11, fill: "muted", anchor: "end" });
  return draw.drawing(WIDTH + 4, bottom + 34, alt || `The interval of ${count(state.seeds.length, "seed")} ${contains ? "holds" : "misses"} the mean of all.`, svg);
}

function readout({ state, view, result: { mean: middle, interval: ends, truth, contains, misses: share } }) {
  const n = state.seeds.length;
  const pictured = [...view.history, state.seeds];
  const missed = pictured.filter((seeds) => misses(differencesOf(state, seeds), truth)).length;
  const shown = `${signed(middle)} [${ends.map((end) => signed(end)).join(", ")}]`;
  return (
    `<p class="lab-sum">${n} seeds: <span class="lab-output">${shown}</span> points, with t&nbsp;=&nbsp;${write(data.t[n], 3)}</p>` +
    `<p>${contains ? "It holds" : "<strong>It misses</strong>"} the mean of all ${recorded(state)}, ${signed(truth)}. ` +
    `${pictured.length > 1 ? `Of the ${pictured.length} draws in the picture, ${missed || "none"} ${missed === 1 ? "misses" : "miss"} it. ` : ""}` +
    `Of ${TRIALS.toLocaleString("en")} draws of ${n}, ${write(100 * share, 1)} % miss it; from a bell curve it would be 5 %, these are ${recorded(state)} recorded values.</p>`
  );
}

function controls({ state, error, id }) {
  const choice = (action, title) => {
    // A choice that was refused stands beside its message, as in a field.
    const failed = error?.action === action;
    const chosen = failed ? error.typed : state[action];
    const said = failed ? `<p class="lab-message" id="${id}-${action}-message" role="alert">${escape(error.text)}</p>` : "";
    const look = failed ? ` aria-invalid="true" aria-describedby="${id}-${action}-message"` : "";
    const options = Object.entries(data.recipes).map(([name, { words: text }]) =>
      `<option value="${escape(name)}"${chosen === name ? " selected" : ""}>${escape(text)}</option>`);
    return `<div class="lab-field"><label for="${id}-${action}">${title}</label><select id="${id}-${action}" data-action="${action}"${look}>${options.join("")}</select>${said}</div>`;
  };
  return (
    `<div class="lab-group" role="group" aria-label="Draw">${button("draw", "Draw again", { value: 1 })}${button("draw", "Draw 12 times", { value: 12 })}</div>` +
    stepper("more", "seeds", state.seeds.length) +
    `<div class="lab-controls lab-more">${choice("first", "recipe")}${choice("second", "minus")}</div>`
  );
}

// --- what the reader does --------------------------------------------------------------------------------------------

/** The `number`-th draw of `n` seeds: the same for every reader. */
const numbered = (state, n, number) => drawSeeds(n, recorded(state), openDraws("seeds", n, number));

/** The picture begins with as many draws as it holds. */
const fill = (state, view) =>
  (view.drawn ? view : { ...view, drawn: KEPT + 1, history: range(KEPT).map((index) => numbered(state, state.seeds.length, index + 1)) });

const actions = {
  draw({ state, view, value }) {
    const drawn = range(value).map((index) => numbered(state, state.seeds.length, view.drawn + index));
    return { state: { seeds: drawn.at(-1) }, view: { drawn: view.drawn + value, history: [...view.history, state.seeds, ...drawn.slice(0, -1)].slice(-KEPT) } };
  },
  more: ({ state, value }) => actions.number({ state, value: state.seeds.length + value }),
  number({ state, value }) {
    const n = whole(value, "The number of seeds", FEWEST, MOST);
    return { state: { seeds: numbered(state, n, 0) }, view: { drawn: 0, history: [] } };
  },
  first: ({ value }) => ({ state: { first: value } }),
  second: ({ value }) => ({ state: { second: value } }),
};

export default {
  kind: "seeds",
  title: "Draw seeds",
  help: "Right draws again, up and down change the number of seeds, Home and End take 2 and 10, R resets, Escape leaves.",
  view: { drawn: 0, history: [] },
  fields: ["first", "second"],
  keys: {
    ArrowRight: ["draw", 1], " ": ["draw", 1], ArrowUp: ["more", 1], ArrowDown: ["more", -1],
    Home: ["number", FEWEST], End: ["number", MOST],
  },
  /** Take over what the page brings with it. */
  receive(view) {
    if (!view?.data) return;
    data = view.data;
    shares = new Map();
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  point: () => undefined,
  fit: fill,
};
