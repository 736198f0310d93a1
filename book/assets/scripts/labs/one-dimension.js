// Lab A: a filter slides along a row of cells. Everything on the picture is computed here from the state, which is
// {input, kernel, stride, padding, dilation} as `cnnbook.reference.conv1d` takes them, and perhaps transposed: true.

import { conv1d, conv1d_transpose, kernel_span, range, resolve_padding, seen, sum, transposed_size } from "../arithmetic.js";
import * as draw from "./markup.js";
import { optionActions, set } from "./options.js";
import { keys, list, number, padding, readPadding, readRow, refuse, whole, writePadding } from "./reading.js";

const { CELL, NARROW, button, cell, count, equals, factor, field, frame, line, segments, stepper, words, write } = draw;

const LONGEST = 32;
const NAMES = 13; // pixels for the letters x, w and y
const WIDE = 420; // units that still fit beside the 16.5rem of the controls (lab.css), a little smaller
const PACES = [[1200, "slow"], [500, "fast"]];
const PRESETS = [[1, 0], [2, 0], [4, 0], [1, 1], [4, 1]].map(([stride, padding]) => [{ stride, padding }, `s ${stride}, p ${padding}`]);

function check(state) {
  keys(state, ["input", "kernel", "stride", "padding", "dilation", "transposed"]);
  const { stride = 1, dilation = 1, transposed = false } = state;
  const checked = {
    input: list(state.input, "The row", 1, LONGEST, (value) => number(value, "The row")),
    kernel: list(state.kernel, "The filter", 1, 12, (value) => number(value, "The filter")),
    stride: whole(stride, "The stride", 1, 12),
    padding: padding(state.padding ?? 0),
    dilation: whole(dilation, "The dilation", 1, 8),
  };
  if (typeof transposed !== "boolean") refuse("“transposed” has to be true or false.");
  const { sides, span, n } = sizes(checked);
  if (transposed) {
    const { cut, kept, length } = copies(checked);
    if (kept < 1) refuse(`The padding of ${cut} and more would take away ${length === 1 ? "the only output" : `all ${length} outputs`}: use less.`);
    return { ...checked, transposed };
  }
  const padded = n + sum(sides);
  if (padded < span) {
    // In the words of cnnbook.shapes.
    refuse(
      `The kernel spans ${span} cells (kernel_size ${checked.kernel.length}, dilation ${checked.dilation}) but the padded input ` +
      `has ${padded} (${n} and padding ${sides.join(" + ")}); make the kernel or the dilation smaller, or pad more.`,
    );
  }
  if (padded > 2 * LONGEST) refuse(`With its padding the row has ${padded} cells; ${2 * LONGEST} fit here.`);
  return checked;
}

function sizes({ input, kernel, padding, stride, dilation }) {
  const n = input.length;
  const sides = resolve_padding(padding, n, kernel.length, { stride, dilation });
  return { n, sides, span: kernel_span(kernel.length, dilation), windows: seen(n, kernel.length, { stride, padding: sides, dilation }) };
}

/** Where the copies of a transposed convolution reach: their length, and how many outputs are kept from `cut` on. */
function copies({ input, kernel, stride, padding, dilation }) {
  const options = { stride, padding, dilation };
  const kept = transposed_size(input.length, kernel.length, options);
  const [cut] = resolve_padding(padding, kept, kernel.length, options);
  return { cut, kept, length: Math.max((input.length - 1) * stride + kernel_span(kernel.length, dilation), cut + kept) };
}

function result(state) {
  const { input, kernel, stride, padding, dilation } = state;
  if (state.transposed) return { output: conv1d_transpose(input, kernel, 0, { stride, padding, dilation }), unseen: [] };
  const { n, windows } = sizes(state);
  const touched = new Set(windows.flat());
  return {
    output: conv1d(input, kernel, 0, { stride, padding, dilation }),
    unseen: range(n).filter((index) => !touched.has(index)),
  };
}

// --- the picture -----------------------------------------------------------------------------------------------------

/** Cells of 36 pixels, or smaller ones where more than nine stand in the row. */
const pitch = (columns) => Math.max(22, Math.min(CELL, Math.floor((NARROW - 4 - NAMES) / columns)));

/** One zero on each side more for every two weights, which is what other libraries and papers pad. */
const evenly = (state) => ({ ...state, padding: Math.floor((kernel_span(state.kernel.length, state.dilation) - 1) / 2) });

/** The width of a cell, and where a cell has its left edge; two rows that are compared stand in line. */
function layout(state, { compare }) {
  if (state.transposed) {
    const size = pitch(copies(state).length);
    return { size, width: NAMES + copies(state).length * size, at: (index) => NAMES + index * size };
  }
  const sides = (compare ? [state, evenly(state)] : [state]).map((row) => sizes(row).sides);
  const [before, after] = [0, 1].map((side) => Math.max(...sides.map((zeros) => zeros[side])));
  const columns = before + state.input.length + after;
  const size = pitch(columns);
  return { size, width: NAMES + columns * size, at: (index) => NAMES + (before + index) * size };
}

/** The frame of the window, which glides to its next stop unless a pointer takes it there. */
function frameAtStop({ dragged }, ...place) {
  const svg = frame(...place, { name: "window" });
  return dragged ? svg.replace("lab-moves", "") : svg;
}

function drawRow({ state, view, hidden, still }, top, { size, at }, { quiet = false } = {}) {
  const { input, kernel, dilation } = state;
  const { n, sides: [before, after], span, windows } = sizes(state);
  const { output } = result(state);
  const touched = new Set(windows.flat());
  const hatched = hidden !== "size" && hidden !== "unseen"; // cells never seen answer both questions
  const position = view.position;
  const [mark, place] = [view.hover?.[0], Number(view.hover?.slice(1))];
  const [yWindow, yOut] = [top + size + 22, top + size + 76];
  const tall = 28;
  let svg = words(0, top + 14 + size / 2, "x", { anchor: "start", "font-style": "italic" });
  for (const index of range(before + n + after).map((cell) => cell - before)) {
    const inside = index >= 0 && index < n;
    const kind = hatched && !touched.has(index) ? "unseen" : inside ? "plain" : "padding";
    const isRead = mark === "y" ? windows[place]?.includes(index) : !quiet && windows[position].includes(index);
    svg += words(at(index) + size / 2, top + 6, inside ? String(index) : "pad", { size: 11, fill: "muted" });
    svg += cell(at(index), top + 14, inside ? input[index] : 0, {
      width: size, height: size, kind, fill: isRead && inside ? "output-fill" : "none",
      data: inside && !quiet ? `data-cell="x${index}"` : "",
    });
  }
  if (view.selected?.[0] === "x" && !quiet) svg += frame(at(Number(view.selected.slice(1))) + 2, top + 16, size - 4, size - 4, { stroke: "blue", thick: 2 });
  // Windows that overlap stand below one another.
  const levels = Math.ceil(span / state.stride);
  if (quiet) {
    windows.forEach((window, index) => {
      const [left, right, y] = [at(window[0]) + 3, at(window[0]) + span * size - 3, yWindow - 2 + (index % levels) * 8];
      svg += `<path d="M${left} ${y - 4}V${y}H${right}V${y - 4}" style="fill:none;stroke:var(--fig-orange);stroke-width:2"/>`;
    });
  } else {
    const window = windows[position];
    svg += words(0, yWindow + tall / 2, "w", { anchor: "start", "font-style": "italic" });
    range(span).forEach((step) => {
      const weight = step % dilation ? undefined : step / dilation;
      svg += cell(at(window[0] + step), yWindow, weight === undefined ? "" : kernel[weight], {
        width: size, height: tall, kind: weight === undefined ? "removed" : "plain",
        fill: weight === undefined ? "none" : "filter-fill", data: weight === undefined ? "" : `data-cell="w${weight}"`,
      });
    });
    if (view.selected?.[0] === "w") svg += frame(at(window[Number(view.selected.slice(1))]) + 3, yWindow + 3, size - 6, tall - 6, { stroke: "blue", thick: 2 });
    const middle = at(window[0]) + (span * size) / 2;
    svg += line(middle, yWindow + tall, middle, yOut);
    for (const pin of view.pins.filter((pin) => pin < windows.length)) {
      svg += frame(at(windows[pin][0]), top + 14, span * size, size, { stroke: "muted", thick: 2 });
    }
    svg += frameAtStop(view, at(window[0]), yWindow, span * size, tall);
  }
  const y = quiet ? yWindow + 8 * levels : yOut;
  svg += words(0, y + size / 2, "y", { anchor: "start", "font-style": "italic" });
  output.forEach((value, index) => {
    if (hidden === "size" && index !== position) return;
    const middle = at(windows[index][0]) + (span * size) / 2;
    const open = hidden === "output";
    const later = view.reveal === "visited" && !view.visited.includes(index); // where there are scripts, lab.css hides it until they run
    const lit = mark === "x" ? windows[index].includes(place) : index === position && !quiet;
    const width = Math.min(size, Math.max(size * state.stride, 22));
    svg += cell(middle - width / 2, y, open ? (index === position ? "?" : "·") : later && !still ? "" : value, {
      width, height: size, fill: lit || quiet ? "output-fill" : "none",
      data: quiet ? "" : `data-cell="y${index}"${later && still ? ' class="lab-later"' : ""}`,
    });
    svg += words(middle, y + size + 8, String(index), { size: 11, fill: view.pins.includes(index) ? "orange" : "muted" });
  });
  return { svg, height: y + size + 18 - top };
}

function drawTransposed({ state, view }, { size, at }) {
  const { input, kernel, stride, dilation } = state;
  const { output } = result(state);
  const { cut, length: total } = copies(state);
  const [tall, top] = [26, 14 + size + 12];
  let svg = words(0, 14 + size / 2, "x", { anchor: "start", "font-style": "italic" });
  input.forEach((value, index) => {
    const middle = at(index * stride) + (kernel_span(kernel.length, dilation) * size) / 2;
    svg += words(middle, 6, String(index), { size: 11, fill: "muted" }) + line(middle, 14 + size, middle, top + index * (tall + 4));
    svg += cell(middle - size / 2, 14, value, { width: size, height: size, fill: index === view.position ? "output-fill" : "none", data: `data-cell="x${index}"` });
  });
  input.forEach((value, index) => {
    kernel.forEach((weight, tap) => {
      svg += cell(at(index * stride + tap * dilation), top + index * (tall + 4), value * weight, { width: size, height: tall, fill: "filter-fill" });
    });
  });
  svg += frameAtStop(view, at(view.position * stride), top + view.position * (tall + 4), kernel_span(kernel.length, dilation) * size, tall);
  const y = top + input.length * (tall + 4) + 8;
  svg += words(0, y + size / 2, "y", { anchor: "start", "font-style": "italic" });
  range(total).forEach((index) => {
    const kept = index >= cut && index < cut + output.length;
    svg += cell(at(index), y, kept ? output[index - cut] : "", { width: size, height: size, kind: kept ? "plain" : "removed", fill: kept ? "output-fill" : "none" });
    if (kept) svg += words(at(index) + size / 2, y + size + 8, String(index - cut), { size: 11, fill: "muted" });
  });
  return { svg, height: y + size + 18 };
}

function drawAll(shown) {
  const { state, view, alt } = shown;
  const place = layout(state, view);
  // A row too long to stand beside the controls has them below it, see lab.css.
  const whole = (height, svg) => draw.drawing(place.width + 4, height, alt || describe(shown), svg)
    .replace('"drawing', place.width > WIDE ? '"drawing lab-wide' : '"drawing');
  if (state.transposed || !view.compare) {
    const { svg, height } = state.transposed ? drawTransposed(shown, place) : drawRow(shown, 0, place);
    return whole(height, svg);
  }
  const [[before, after], [zeros]] = [state, evenly(state)].map((row) => sizes(row).sides);
  const title = (top, text) => words(0, top, text, { anchor: "start", "font-weight": 600 });
  const first = drawRow(shown, 20, place);
  const below = first.height + 42;
  const second = drawRow({ ...shown, state: evenly(state), view: { ...view, pins: [] } }, below, place, { quiet: true });
  const named = typeof state.padding === "string" ? `${state.padding}: ` : "";
  return whole(
    below + second.height,
    title(6, `${named}${before} before, ${after} after`) + first.svg + title(below - 14, `${zeros} on each side`) + second.svg,
  );
}

// --- words -----------------------------------------------------------------------------------------------------------

const describe = ({ state, result }) =>
  `A row of ${count(state.input.length, "cell")}, a filter of ${count(state.kernel.length, "weight")} below it, and the ` +
  `${count(result.output.length, "output")} ${result.output.map((value) => write(value)).join(", ")}.`;

function sizeFormula(state, hidden) {
  const { n, sides: [before, after], span, windows } = sizes(state);
  const padded = before === after ? (before ? ` + 2·${before}` : "") : ` + ${before} + ${after}`;
  return `⌊(${n}${padded} − ${span})/${state.stride}⌋ + 1 = ${hidden === "size" ? "? outputs" : count(windows.length, "output")}`;
}

function unseenWords({ state, hidden, result: { unseen } }) {
  if (hidden === "size") return "";
  if (hidden === "unseen") return "? of its cells are never seen.";
  const { n, sides: [before, after], windows } = sizes(state);
  const touched = new Set(windows.flat());
  const pads = range(before + after).filter((pad) => !touched.has(pad < before ? pad - before : n + pad - before)).length;
  const cells = unseen.map((index) => `<i>x</i><sub>${index}</sub>`);
  const listed = cells.length > 6 ? `${cells.slice(0, 5).join(", ")} and ${cells.length - 5} more` : cells.join(", ").replace(/, ([^,]*)$/, " and $1");
  const zeros = pads ? `${listed ? " and " : ""}${count(pads, "zero")} of the padding` : "";
  return listed || zeros ? `${listed}${zeros} ${unseen.length + pads === 1 ? "is" : "are"} never seen.` : "Every cell is seen.";
}

function readout(shown) {
  const { state, view, result: { output }, hidden } = shown;
  if (state.transposed) {
    const { input, kernel, stride } = state;
    const value = input[view.position];
    const places = kernel.map((_, tap) => view.position * stride + tap * state.dilation - copies(state).cut);
    const kept = places.filter((place) => place >= 0 && place < output.length);
    const goes = `${kept.length ? `added to ${kept.map((place) => `<i>y</i><sub>${place}</sub>`).join(", ")}` : "added to no output"}${
      kept.length < places.length ? `; the padding cuts ${places.length - kept.length} off` : ""}`;
    return `<p class="lab-sum"><i>x</i><sub>${view.position}</sub> · <i>w</i> ${equals(value, kernel, kernel.map((weight) => value * weight))} ${kernel.map((weight) => write(value * weight)).join(", ")}, ${goes}</p>` +
      `<p>(${input.length} − 1)·${stride} + ${kernel_span(kernel.length, state.dilation)} = ${count(copies(state).length, "output")}${output.length < copies(state).length ? `, of which ${output.length} ${output.length === 1 ? "is" : "are"} kept` : ""}. Where copies overlap, they are added up.</p>`;
  }
  const { windows } = sizes(state);
  const isOpen = hidden === "output";
  const terms = (index) => windows[index].map((place, tap) => `<span class="lab-weight">${factor(state.kernel[tap])}</span>·${factor(state.input[place] ?? 0)}`).join(" + ");
  const sign = (index) => equals(state.kernel, windows[index].map((place) => state.input[place] ?? 0), output[index]);
  const sentence = (index, open) => `<p class="lab-sum"><i>y</i><sub>${index}</sub> = ${terms(index)} ${sign(index)} <span class="lab-output">${open ? "?" : write(output[index])}</span></p>`;
  const pins = view.pins.filter((pin) => pin < output.length && pin !== view.position).map((pin) => sentence(pin, isOpen)).join("");
  const { hover } = view;
  const readers = hover?.[0] === "x" ? range(output.length).filter((index) => windows[index].includes(Number(hover.slice(1)))) : [];
  // On the front page the formula comes too early, and so does the good news that all is seen.
  const size = view.small ? count(output.length, "output") : sizeFormula(state, hidden);
  const back = hover?.[0] !== "x" ? `${size}. ${view.small && !shown.result.unseen.length ? "" : unseenWords(shown)}`
    : `<i>x</i><sub>${hover.slice(1)}</sub> is read by ${readers.length ? readers.map((index) => `<i>y</i><sub>${index}</sub>`).join(", ") : "no output"}.`;
  const [row, place] = [view.selected?.[0], view.selected?.slice(1)];
  const chosen = row ? `Chosen: <i>${row}</i><sub>${place}</sub>. ` : "";
  const done = view.reveal === "visited" && range(output.length).every((index) => view.visited.includes(index));
  return `${pins}${sentence(view.position, isOpen)}<p>${done ? "<strong>That is a convolution.</strong> " : ""}${chosen}${back}</p>`;
}

/** The same call in Keras, which knows no stride together with a dilation, and in the book's own module. */
function codeLines({ input, kernel, stride, padding, dilation, transposed }) {
  const texts = (values) => `[${values.join(", ")}]`;
  const options = [`strides=${stride}`, ...(dilation > 1 ? [`dilation_rate=${dilation}`] : [])];
  const named = padding === "same" || padding === "valid" ? `"${padding}"` : '"valid"';
  const { sides: [before, padded], n } = sizes({ input, kernel, stride, padding, dilation });
  // Keras' transposed layer is as long as padding "valid" makes it, with zeros where the stride passes the kernel.
  const long = (padding) => transposed_size(n, kernel.length, { stride, padding, dilation });
  const after = transposed ? long("valid") - long(padding) - before : padded;
  const isTyped = typeof padding !== "string" && before + after > 0;
  const layer = transposed ? "Conv1DTranspose" : "Conv1D";
  const convolve = `keras.layers.${layer}(1, ${kernel.length}, ${options.join(", ")}, padding=${named}, use_bias=False)`;
  const around = `keras.layers.${transposed ? "Cropping1D" : "ZeroPadding1D"}((${before}, ${after}))`;
  const hasLayer = stride === 1 || dilation === 1;
  const steps = !hasLayer ? [`# Keras' ${layer} takes no strides > 1 with a dilation_rate > 1; the book's own module does`]
    : [...(!isTyped ? [convolve] : transposed ? [convolve, around] : [around, convolve]), "# the same with the book's own module"];
  const ours = typeof padding === "string" ? `"${padding}"` : Array.isArray(padding) ? `(${padding.join(", ")})` : padding;
  // A transposed row is a plane of one column.
  const call = transposed
    ? `conv2d_transpose(x[None, :, None, None], w[:, None, None, None], stride=(${stride}, 1), ` +
      `padding=${typeof padding === "string" ? ours : `(${ours}, 0)`}, dilation=(${dilation}, 1))`
    : `conv1d(x[None, :, None], w[:, None, None], stride=${stride}, padding=${ours}, dilation=${dilation})`;
  return [
    ...(hasLayer ? ["import keras"] : []), "import numpy as np", "from cnnbook import reference", "",
    ...steps, `x, w = np.array(${texts(input)}), np.array(${texts(kernel)})`, `y = reference.${call}`,
  ];
}

function controls({ state, view, error, id }) {
  const { stride, padding, dilation, kernel, input, transposed } = state;
  const typed = Array.isArray(padding) || padding > 2;
  const paddings = [0, 1, 2, ["same", "same"], ...(typed ? [[padding, writePadding(padding)]] : [])];
  const dilations = segments("dilation", "dilation", [1, 2, 3], dilation);
  const moves = `<div class="lab-group" role="group" aria-label="Move the window">${button("step", "◂", { value: -1, name: "Back" })}` +
    `${button("step", "▸", { value: 1, name: "Step" })}${button(view.playing ? "stop" : "play", view.playing ? "Pause" : "Play")}` +
    `${transposed || view.small ? "" : button("pin", view.pins.includes(view.position) ? "Unpin" : "Pin")}</div>`;
  if (view.small) return moves + segments("stride", "stride", [1, 2, 4], stride);
  return (
    moves +
    segments("stride", "stride", [1, 2, 3, 4], stride) +
    segments("padding", "padding", paddings, padding === "valid" ? 0 : padding) +
    stepper("length", "kernel", kernel.length) +
    (transposed ? "" : draw.touched("number", chosenValue(state, view))) +
    (view.dilated ? dilations : "") +
    `<details class="lab-more"><summary>Your own numbers, dilation, code</summary><div class="lab-controls">` +
    field("input", "row x", input.map((value) => write(value, 6)).join(" "), error, { id }) +
    field("kernel", "filter w", kernel.map((value) => write(value, 6)).join(" "), error, { id }) +
    field("sides", "padding: a number, or left, right", writePadding(padding), error, { id }) +
    (view.dilated ? "" : dilations) +
    segments("pace", "speed", PACES, view.pace) +
    (transposed ? "" : segments("preset", "the practical's", PRESETS, typeof padding === "number" ? { stride, padding } : null)) +
    `</div>${draw.code(codeLines(state))}</details>`
  );
}

// --- what the reader does --------------------------------------------------------------------------------------------

const stops = (state) => (state.transposed ? state.input.length : sizes(state).windows.length);
const goTo = (position) => ({ state, view }) => {
  const last = stops(state) - 1;
  const place = Math.max(0, Math.min(last, typeof position === "function" ? position(view.position, last) : position));
  return { view: { position: place, visited: [...new Set([...view.visited, place])], dragged: false } };
};

/** Where the chosen number stands: the name of its row, and its place there. */
const chosenPlace = ({ selected }) => (selected ? [selected[0] === "x" ? "input" : "kernel", Number(selected.slice(1))] : []);

function chosenValue(state, view) {
  const [row, place] = chosenPlace(view);
  return state[row]?.[place];
}

function change({ state, view, value }) {
  const [row, place] = chosenPlace(view);
  if (!row) return view.small || state.transposed ? {} : refuse("Touch a cell or a weight first, or press Enter; this changes it.");
  return { state: { [row]: state[row].map((old, index) => (index === place ? old + value : old)) } };
}

/** The next cell of the window, then the next weight, then none: what up and down change. */
function choose({ state, view }) {
  if (state.transposed) return {};
  const cells = sizes(state).windows[view.position].filter((index) => index >= 0 && index < state.input.length);
  const targets = [...cells.map((index) => `x${index}`), ...state.kernel.map((_, tap) => `w${tap}`)];
  return { view: { selected: targets[targets.indexOf(view.selected) + 1] } };
}

/** In the small lab an option without a button has no key either. */
const unlessSmall = (deed) => (shown) => (shown.view.small ? {} : deed(shown));

const actions = {
  choose,
  step: ({ value, ...shown }) => goTo((place) => place + value)(shown),
  to: ({ value, ...shown }) => goTo(value)(shown),
  end: goTo((_, last) => last),
  drag: ({ value, ...shown }) => ({ view: { ...goTo(value)(shown).view, dragged: true } }),
  tick: ({ state, view }) => (view.position === stops(state) - 1 ? { view: { playing: false } } : goTo((place) => place + 1)({ state, view })),
  play: ({ state, view }) => {
    const start = view.position === stops(state) - 1 ? goTo(0)({ state, view }).view : {};
    return { view: { ...start, playing: true } };
  },
  stop: () => ({ view: { playing: false } }),
  pace: ({ value }) => ({ view: { pace: value } }),
  pin: ({ view: { pins, position } }) => ({
    view: { pins: pins.includes(position) ? pins.filter((pin) => pin !== position) : [...pins.slice(-2), position] },
  }),
  hover: ({ value }) => ({ view: { hover: value } }),
  select: ({ value }) => ({ view: { selected: value } }),
  change,
  ...optionActions,
  ...Object.fromEntries(["faster", "slower", "pad"].map((name) => [name, unlessSmall(optionActions[name])])),
  dilation: set("dilation"),
  preset: ({ value }) => ({ state: { ...value, dilation: 1 } }),
  length: ({ state: { kernel }, value }) => ({ state: { kernel: value < 0 ? kernel.slice(0, -1) : [...kernel, 1] } }),
  input: ({ value }) => ({ state: { input: readRow(value, "The row") } }),
  kernel: ({ value }) => ({ state: { kernel: readRow(value, "The filter") } }),
  sides: ({ value }) => ({ state: { padding: readPadding(value) } }),
};

/** Dragging moves the window to the nearest stop; a cell that is touched is chosen, and ↑ ↓ change it. */
function point({ state, view, phase, x, target, held }) {
  if (phase === "hover") {
    const over = /^[xy]/.test(target ?? "") ? target : undefined;
    return over === view.hover || state.transposed ? undefined : { action: "hover", value: over };
  }
  if (phase === "down") {
    if (target?.[0] === "y") return { action: "to", value: Number(target.slice(1)) };
    const deed = target && !state.transposed ? { action: "select", value: target } : {};
    return { ...deed, held: { x } };
  }
  if (phase === "drag" && held && Math.abs(x - held.x) > 4) {
    const { size, at } = layout(state, view);
    const { span, windows, n } = sizes(state);
    const starts = state.transposed ? range(n).map((index) => index * state.stride) : windows.map((window) => window[0]);
    const apart = starts.map((start) => Math.abs(at(start) + (span * size) / 2 - x));
    const place = apart.indexOf(Math.min(...apart));
    return place === view.position ? undefined : { action: "drag", value: place };
  }
  return undefined;
}

// --- what it asks before it tells ------------------------------------------------------------------------------------

/** How many outputs the state would have with something changed; of a kernel that does not fit, none. */
const countWith = (change) => ({ state }) => {
  const { input, kernel, ...options } = { ...state, ...change(state) };
  return seen(input.length, kernel.length, options).length || NaN;
};
const steps = ({ state }) => {
  const { n, sides: around, span } = sizes(state);
  return (n + sum(around) - span) / state.stride;
};
const valueOf = (change) => ({ state, view }) => {
  const { input, kernel, ...options } = { ...state, ...change(state) };
  return conv1d(input, kernel, 0, options)[view.position];
};
const padsUnseen = ({ state }) => {
  const { n, sides: [before, after], windows } = sizes(state);
  const touched = new Set(windows.flat());
  return range(before + n + after).filter((cell) => !touched.has(cell - before)).length;
};

/** A transposed convolution asks for nothing. */
const ofConvolution = (answer) => (shown) => (shown.state.transposed ? undefined : answer(shown));

const predictions = {
  size: {
    question: ({ state }) => `how many outputs does the filter give with a stride of ${state.stride}?`,
    answer: ofConvolution(({ result }) => result.output.length),
    unit: "outputs",
    mistakes: [
      ["plus-one-forgotten", (shown) => Math.floor(steps(shown))],
      ["rounded-up", (shown) => Math.ceil(steps(shown)) + 1],
      ["padding-once", countWith(({ padding }) => ({ padding: [padding, 0] }))],
      ["padding-forgotten", countWith(() => ({ padding: 0 }))],
      ["stride-forgotten", countWith(() => ({ stride: 1 }))],
      ["size-kept-unpadded", ({ state }) => state.input.length],
    ],
  },
  unseen: {
    question: () => "how many cells of the row does no output see?",
    answer: ofConvolution(({ result }) => result.unseen.length),
    unit: "cells",
    mistakes: [
      ["You counted every cell as seen. Lay the windows down one by one: a stride larger than the filter leaves gaps between them.", () => 0],
      ["You counted the zeros of the padding as well. They are no cells of the row.", padsUnseen],
      ["You counted the outputs. Count the cells that lie under none of their windows.", ({ result }) => result.output.length],
      ["You counted the cells that are seen.", ({ state, result }) => state.input.length - result.unseen.length],
    ],
  },
  output: {
    question: ({ view }) => `what is output ${view.position}, counted from 0?`,
    answer: ofConvolution(({ view, result }) => result.output[view.position]),
    unit: "",
    mistakes: [
      ["flipped-kernel", valueOf(({ kernel }) => ({ kernel: [...kernel].reverse() }))],
      ["stride-forgotten", valueOf(() => ({ stride: 1 }))],
      ["padding-forgotten", valueOf(() => ({ padding: 0 }))],
      ["dilation-forgotten", valueOf(() => ({ dilation: 1 }))],
      ["dilation-skips-d", valueOf(({ dilation }) => ({ dilation: dilation + 1 }))],
      ["mean-for-sum", ({ state, view, result }) => result.output[view.position] / state.kernel.length],
      ["sign-forgotten", valueOf(({ input, kernel }) => ({ input: input.map(Math.abs), kernel: kernel.map(Math.abs) }))],
    ],
  },
};

export default {
  kind: "one-dimension",
  title: "Slide the filter",
  help: ({ small }) => `Left and right move the window, Home and End jump, ${small ? "" : "plus and minus change the stride, P the padding, "}Enter chooses a cell or a weight, which up and down change, Space plays, R resets, Escape leaves.`,
  view: { position: 0, reveal: "all", visited: [0], pins: [], compare: false, dilated: false, small: false, playing: false, pace: 1200 },
  fields: ["input", "kernel", "sides"],
  keys: {
    ArrowRight: ["step", 1], ArrowLeft: ["step", -1], Home: ["to", 0], End: "end", ArrowUp: ["change", 1], ArrowDown: ["change", -1],
    Enter: "choose", "+": "faster", "-": "slower", p: "pad", P: "pad", " ": "play",
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  predictions,
  point,
  /** What of the view still holds for a state. */
  fit(state, view, isNew) {
    const last = stops(state) - 1;
    const position = Math.min(view.position, last);
    const selected = chosenValue(state, view) === undefined ? undefined : view.selected;
    return { ...view, position, selected, ...(isNew && { hover: undefined, visited: [position] }) };
  },
};
