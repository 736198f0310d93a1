// A lab of pooling: one cell is dragged over the borders of windows, and what the outputs make of it is said. The state
// is {input (rows of numbers), pool_size, stride, padding, kind: "max" or "average"}, options as Keras' pooling layers
// and `cnnbook.reference` take them, the result {output}.

import { average_pool2d, max_pool2d, range, resolve_padding, seen, sum } from "../arithmetic.js";
import * as draw from "./markup.js";
import { keys, list, number, oneOf, padding, readPadding, readRow, refuse, whole, writePadding } from "./reading.js";

const { CELL, NARROW, button, cell, count, equals, field, frame, segments, stepper, words, write } = draw;

const LARGEST = 8;
const POOL = { max: max_pool2d, average: average_pool2d };
const NAMES = { max: "max", average: "mean" };
const GAP = 0.6; // cells between two planes
const TITLE = 18; // pixels above a plane for its name
const SPOT = [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]];

function check(state) {
  keys(state, ["input", "pool_size", "stride", "padding", "kind"]);
  const input = list(state.input, "The plane", 1, LARGEST, (row) =>
    list(row, "A row of the plane", 1, LARGEST, (value) => number(value, "The plane")));
  if (input.some((row) => row.length !== input[0].length)) {
    refuse(`The rows of the plane have ${input.map((row) => row.length).join(", ")} numbers; all need the same.`);
  }
  const pool_size = whole(state.pool_size ?? 2, "The window", 1, LARGEST);
  const checked = {
    input, pool_size,
    stride: whole(state.stride ?? pool_size, "The stride", 1, LARGEST),
    padding: padding(state.padding ?? "valid"),
    kind: oneOf(state.kind ?? "max", "The kind", Object.keys(POOL)),
  };
  if (Array.isArray(checked.padding)) refuse("The padding has two numbers; use valid, same or one number for all four sides.");
  if (checked.padding >= pool_size) {
    refuse(`With a padding of ${checked.padding}, some ${pool_size}×${pool_size} windows would cover padding only: use less than ${pool_size}.`);
  }
  for (const [size, noun] of [[input.length, "rows"], [input[0].length, "columns"]]) {
    const padded = size + sum(resolve_padding(checked.padding, size, pool_size, checked));
    if (padded < pool_size) {
      refuse(`The window has ${pool_size} ${noun} but the padded plane has ${padded}; make the window smaller, or pad more.`);
    }
  }
  return checked;
}

const result = ({ input, pool_size, stride, padding, kind }) => ({ output: POOL[kind](input, pool_size, { stride, padding }) });

const known = new WeakMap();

/** Along rows and along columns: how many there are, the zeros before and after, and the cells that each window sees. */
function axes(state) {
  if (!known.has(state)) {
    const { input, pool_size, ...options } = state;
    known.set(state, [input.length, input[0].length].map((n) => {
      const [before, after] = resolve_padding(options.padding, n, pool_size, options);
      const windows = seen(n, pool_size, options);
      return { n, before, after, windows, touched: new Set(windows.flat()) };
    }));
  }
  return known.get(state);
}

/** The cells in the plane of window (row, column), as [row, column, value]. */
function cells(state, [row, column]) {
  const [down, across] = axes(state);
  return down.windows[row].flatMap((y) => across.windows[column].map((x) => [y, x, state.input[y]?.[x]]))
    .filter(([, , value]) => value !== undefined);
}

/** The first of the largest cells. */
const largest = (some) => some.reduce((best, one) => (one[2] > best[2] ? one : best));

const places = (state) => {
  const [down, across] = axes(state);
  return range(down.windows.length).flatMap((row) => range(across.windows.length).map((column) => [row, column]));
};

const same = (one, other) => one[0] === other[0] && one[1] === other[1];

// --- the picture -----------------------------------------------------------------------------------------------------

function layout(state) {
  const [down, across] = axes(state);
  const [tall, wide] = [down.before + down.n + down.after, across.before + across.n + across.after];
  const columns = across.windows.length;
  const most = (NARROW - 4) / CELL;
  const kinds = wide + 2 * (GAP + columns) <= most ? Object.keys(POOL) : [state.kind];
  const beside = wide + kinds.length * (GAP + columns) <= most;
  const size = Math.min(CELL, Math.floor((NARROW - 4) / Math.max(wide, columns)));
  const inputTop = TITLE;
  const middle = inputTop + (tall - down.windows.length) * size / 2;
  const outputs = kinds.map((kind, index) => ({
    kind,
    left: beside ? (wide + GAP + index * (columns + GAP)) * size : 0,
    top: beside ? middle : inputTop + tall * size + 8 + TITLE,
  }));
  const last = outputs[outputs.length - 1];
  return {
    down, across, size, outputs, inputTop,
    width: Math.max(wide * size, last.left + columns * size) + 4,
    height: Math.max(inputTop + tall * size, last.top + down.windows.length * size) + 4,
    at: (row, column) => [(across.before + column) * size, inputTop + (down.before + row) * size],
  };
}

function drawAll({ state, view, hidden, alt }) {
  const { down, across, size, outputs, inputTop, width, height, at } = layout(state);
  const { bright, window } = view;
  const winners = state.kind === "max" && !hidden ? places(state).map((place) => largest(cells(state, place))) : [];
  const isSeen = (row, column) => down.touched.has(row) && across.touched.has(column);
  const isInside = (row, column) => row >= 0 && row < down.n && column >= 0 && column < across.n;
  const inWindow = cells(state, window);
  let svg = words((across.before + across.n / 2) * size, inputTop - 10, "input");
  for (const row of range(down.before + down.n + down.after).map((index) => index - down.before)) {
    for (const column of range(across.before + across.n + across.after).map((index) => index - across.before)) {
      const inside = isInside(row, column);
      const wins = winners.some((winner) => same(winner, [row, column]));
      const counts = state.kind === "average" && inWindow.some((one) => same(one, [row, column]));
      svg += cell(...at(row, column), inside ? state.input[row][column] : state.kind === "max" ? "−∞" : "", {
        width: size, height: size,
        kind: !isSeen(row, column) ? "unseen" : inside ? "plain" : "padding",
        fill: wins || counts ? "output-fill" : "none",
        ...(wins && { "font-weight": 700 }),
        data: inside ? `data-cell="x${row},${column}"` : "",
      });
    }
  }
  // Windows that overlap would hide one another: then only the chosen one is framed.
  const box = state.pool_size * size;
  const corner = ([row, column]) => at(down.windows[row][0], across.windows[column][0]);
  if (state.stride >= state.pool_size) {
    for (const place of places(state)) svg += frame(...corner(place), box, box, { stroke: "muted", thick: 2 });
  }
  svg += frame(...corner(window), box, box, { name: "window", stroke: "ink" });
  const [x, y] = at(...bright.place);
  svg += frame(x + 4, y + 4, size - 8, size - 8, { name: "bright" });
  for (const { kind, left, top } of outputs) {
    const values = kind === state.kind ? result(state).output : result({ ...state, kind }).output;
    svg += words(left + across.windows.length * size / 2, top - 10, NAMES[kind], kind === state.kind ? { "font-weight": 700 } : { fill: "muted" });
    values.forEach((row, index) => row.forEach((value, column) => {
      svg += cell(left + column * size, top + index * size, hidden ? "?" : value, {
        width: size, height: size, fill: kind === state.kind ? "output-fill" : "none", data: `data-cell="${kind} ${index},${column}"`,
      });
    }));
    svg += frame(left + window[1] * size, top + window[0] * size, size, size, kind === state.kind ? { name: "output", stroke: "ink" } : { stroke: "muted", thick: 1 });
  }
  return draw.drawing(width, height, alt || describe(state), svg);
}

// --- words -----------------------------------------------------------------------------------------------------------

const describe = (state) =>
  `A plane of ${state.input.length} by ${state.input[0].length} cells, its windows, and the ` +
  `${NAMES[state.kind]} of each: ${result(state).output.flat().map((value) => write(value)).join(", ")}.`;

const place = ([row, column]) => `(${row}, ${column})`;

function windowWords({ state, view: { window }, result: { output }, hidden }) {
  const some = cells(state, window);
  const answer = `<span class="lab-output">${hidden ? "?" : write(output[window[0]][window[1]])}</span>`;
  const values = some.map(([, , value]) => write(value));
  const [shown, left] = [values.slice(0, 16), values.length - 16];
  const listed = (between) => shown.join(between) + (left > 0 ? ` and ${left} more` : "");
  if (state.kind === "average") return `Window ${place(window)}: (${listed(" + ").replace(/\+ −/g, "− ")}) / ${hidden ? "?" : some.length} ${equals(some.map(([, , value]) => value), output[window[0]][window[1]])} ${answer}`;
  const most = largest(some);
  const ties = some.filter(([, , value]) => value === most[2]).length;
  return `Window ${place(window)}: max(${listed(", ")}) = ${answer}${ties > 1 ? `, the first of ${ties} equal cells` : ""}`;
}

function changeWords({ state, view: { bright, moved }, result: { output }, hidden }) {
  const readers = places(state).filter((window) => cells(state, window).some((one) => same(one, bright.place)));
  const sight = readers.length ? `${count(readers.length, "window")} ${readers.length === 1 ? "sees" : "see"}` : "No window sees";
  const here = `${sight} the cell at ${place(bright.place)}<span class="with-scripts">, which can be dragged</span>.`;
  if (!moved || hidden) return here;
  const changes = places(state).filter(([row, column]) => moved.output[row]?.[column] !== output[row][column]);
  const list = changes.slice(0, 2).map(([row, column]) =>
    `${place([row, column])} from ${write(moved.output[row][column])} to ${write(output[row][column])}`);
  const step = `Moved from ${place(moved.from)} to ${place(bright.place)}: `;
  if (!changes.length) return `${step}no output changes.`;
  return `${step}${count(changes.length, "output")} ${changes.length === 1 ? "changes" : "change"}, ${list.join(", ")}${changes.length > 2 ? ` and ${changes.length - 2} more` : ""}.`;
}

const readout = (shown) => `<p class="lab-sum">${windowWords(shown)}</p><p>${changeWords(shown)}</p>`;

function controls({ state, view, error, id }) {
  const { input, pool_size, stride, padding, kind } = state;
  const sides = ["valid", "same", ...(typeof padding === "number" ? [padding] : [])];
  return (
    segments("kind", "kind", [["max", "max"], ["average", "mean"]], kind) +
    stepper("size", "window", `${pool_size}×${pool_size}`) +
    segments("stride", "stride", [1, 2, 3], stride) +
    segments("padding", "padding", sides.map((side) => [side, writePadding(side)]), padding) +
    stepper("value", "cell", write(input[view.bright.place[0]][view.bright.place[1]])) +
    `<div class="lab-group">${button("spot", "One bright cell")}</div>` +
    `<details class="lab-more"><summary>Your own plane, padding, code</summary><div class="lab-controls">` +
    field("input", "plane, a row on each line", input.map((row) => row.map((value) => write(value, 6)).join(" ")).join("\n"), error, { id, rows: 4 }) +
    field("sides", "padding", writePadding(padding), error, { id }) +
    `</div>${draw.code(codeLines(state))}</details>`
  );
}

/** The same call in Keras and in the book's own module. */
function codeLines({ input, pool_size, stride, padding, kind }) {
  const named = typeof padding === "string" ? padding : "valid";
  const layer = `keras.layers.${kind === "max" ? "Max" : "Average"}Pooling2D(${pool_size}, strides=${stride}, padding="${named}")`;
  const hasLayer = typeof padding === "string" || padding === 0;
  const keras = hasLayer ? layer : `# Keras' pooling takes "valid" or "same"; a padding of ${padding} has the book's own module alone`;
  return [
    ...(hasLayer ? ["import keras"] : []), "import numpy as np", "from cnnbook import reference", "",
    keras, "# the same with the book's own module", `x = np.array(${JSON.stringify(input)})`,
    `y = reference.${kind}_pool2d(x[None, ..., None], ${pool_size}, stride=${stride}, padding=${JSON.stringify(padding)})`,
  ];
}

// --- what the reader does --------------------------------------------------------------------------------------------

/** Put the bright cell elsewhere; where it was, the number that it had covered comes back. */
function moveTo({ state, view: { bright }, result, value: [row, column] }) {
  const to = [Math.max(0, Math.min(state.input.length - 1, row)), Math.max(0, Math.min(state.input[0].length - 1, column))];
  if (same(to, bright.place)) return {};
  const input = state.input.map((cells) => [...cells]);
  const [y, x] = bright.place;
  input[y][x] = bright.under;
  const under = input[to[0]][to[1]];
  input[to[0]][to[1]] = bright.value;
  return { state: { input }, view: { bright: { ...bright, place: to, under }, picked: false, moved: { from: bright.place, output: result.output } } };
}

const set = (name) => ({ value }) => ({ state: { [name]: value }, view: { moved: undefined } });

function changeValue({ state, view: { bright }, value }) {
  const [y, x] = bright.place;
  const input = state.input.map((row) => [...row]);
  input[y][x] += value;
  return { state: { input }, view: { bright: { ...bright, value: input[y][x] }, moved: undefined } };
}

const actions = {
  move: ({ value: [down, across], ...shown }) => {
    const [row, column] = shown.view.bright.place;
    return moveTo({ ...shown, value: [row + down, column + across] });
  },
  to: moveTo,
  choose: ({ state, value: [row, column] }) => ({
    view: { bright: { place: [row, column], value: state.input[row][column], under: 0 }, picked: false, moved: undefined },
  }),
  window: ({ value: { kind, place } }) => ({ state: { kind }, view: { window: place, picked: true, moved: undefined } }),
  kind: set("kind"),
  other: ({ state }) => ({ state: { kind: state.kind === "max" ? "average" : "max" }, view: { moved: undefined } }),
  size: ({ state, value }) => ({ state: { pool_size: state.pool_size + value }, view: { moved: undefined } }),
  stride: set("stride"),
  padding: set("padding"),
  value: changeValue,
  spot: () => ({ state: { input: SPOT }, view: { moved: undefined } }),
  input: ({ value }) => ({ state: { input: value.trim().split(/\s*\n\s*/).map((line) => readRow(line, "A row of the plane")) }, view: { moved: undefined } }),
  sides: ({ value }) => ({ state: { padding: readPadding(value, [1], "one for all four sides") }, view: { moved: undefined } }),
};

const numbers = (text) => text.split(",").map(Number);

/** A touched cell is the one that can be dragged from then on; an output shows its window. */
function point({ state, view, phase, x, y, target, held }) {
  if (phase === "down" && target) {
    const [kind, where] = target.startsWith("x") ? ["x", target.slice(1)] : target.split(" ");
    const chosen = numbers(where);
    if (kind !== "x") return { action: "window", value: { kind, place: chosen } };
    return same(chosen, view.bright.place) ? { held: true } : { action: "choose", value: chosen, held: true };
  }
  if (phase === "drag" && held) {
    const { size, inputTop, down, across } = layout(state);
    const to = [Math.floor((y - inputTop) / size) - down.before, Math.floor(x / size) - across.before];
    return { action: "to", value: to };
  }
  return undefined;
}

// --- what it asks before it tells ------------------------------------------------------------------------------------

/** What a usual mistake makes of the values in the chosen window, and of the whole window's size. */
const valueBy = (take) => ({ state, view }) => take(cells(state, view.window).map(([, , value]) => value), state);

const predictions = {
  output: {
    question: ({ state, view }) => `what is the ${NAMES[state.kind]} of the window in row ${view.window[0]}, column ${view.window[1]}, counted from 0?`,
    answer: ({ view: { window: [row, column] }, result: { output } }) => output[row][column],
    mistakes: [
      ["max-for-average", valueBy((values, { kind }) => (kind === "average" ? Math.max(...values) : NaN))],
      ["average-for-max", valueBy((values, { kind }) => (kind === "max" ? sum(values) / values.length : NaN))],
      ["min-for-max", valueBy((values, { kind }) => (kind === "max" ? Math.min(...values) : NaN))],
      ["You divided by all cells of the window. Keras divides by those that are in the plane.", valueBy((values, { pool_size }) => sum(values) / pool_size ** 2)],
      ["sum-of-window", valueBy(sum)],
      ["first-cell-of-window", valueBy(([first]) => first)],
      ["padding-wins", valueBy((values, { kind }) => (kind === "max" && Math.max(...values) < 0 ? 0 : NaN))],
      ["moved-by-window", ({ state, view: { window: [row, column] } }) => result({ ...state, stride: state.pool_size }).output[row]?.[column] ?? NaN],
    ],
  },
};

export default {
  kind: "pooling",
  title: "Drag a bright cell",
  help: "Arrows move the framed cell, Home and End jump in its row, plus and minus change its value, M changes between max and mean, R resets, Escape leaves.",
  view: {},
  fields: ["input", "sides"],
  keys: {
    ArrowUp: ["move", [-1, 0]], ArrowDown: ["move", [1, 0]], ArrowLeft: ["move", [0, -1]], ArrowRight: ["move", [0, 1]],
    Home: ["move", [0, -LARGEST]], End: ["move", [0, LARGEST]], "+": ["value", 1], "-": ["value", -1], m: "other", M: "other",
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  predictions,
  point,
  /** The dragged cell, unless it is another plane's: then the largest. The window that was picked, or one that sees the cell. */
  fit(state, view) {
    const every = state.input.flatMap((row, y) => row.map((value, x) => [y, x, value]));
    const [y, x, value] = largest(every);
    const stays = view.bright && state.input[view.bright.place[0]]?.[view.bright.place[1]] === view.bright.value;
    const bright = stays ? view.bright : { place: [y, x], value, under: 0 };
    const all = places(state);
    const sees = (window) => cells(state, window).some((one) => same(one, bright.place));
    const isThere = view.window && all.some((window) => same(window, view.window));
    const window = isThere && (view.picked || sees(view.window)) ? view.window : all.find(sees) ?? all[0];
    return { ...view, bright, window, moved: stays ? view.moved : undefined };
  },
};
