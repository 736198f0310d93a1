// Break it: what the reader chooses, guesses and is told.

import { button, escape, segments, stepper } from "../markup.js";
import { BREAKS, FLIPS, MOST_SHIFT, NOISE, sourceOf } from "./breaks.js";

/** What may become of the right ones among `all` images. */
function guessesOf(all) {
  const [near, few] = [Math.ceil(0.03 * all), Math.round(0.2 * all)];
  return {
    same: { label: `as many, ±${near}`, holds: (before, after) => Math.abs(after - before) <= near },
    fewer: { label: "fewer", holds: (before, after) => after < before - near && after > few },
    few: { label: `${few} or fewer`, holds: (before, after) => after < before - near && after <= few },
    more: { label: "more", holds: (before, after) => after > before + near },
  };
}

const CHOSEN = { breaking: "filter", amount: 0.5, way: FLIPS[0], rows: 0, columns: 4 };

/** The break that the controls have set. */
function chosenBreak({ layer: shown, map }, view, description) {
  const { breaking, amount, way, rows, columns } = { ...CHOSEN, ...view };
  const layer = ["filter", "bias"].includes(breaking) ? sourceOf(description, breaking, shown) : undefined;
  const settings = { filter: { layer, map }, bias: { layer, map }, noise: { amount }, flip: { way }, shift: { rows, columns } };
  return { kind: breaking, ...settings[breaking] };
}

function pageOf([page, label, text]) {
  const root = globalThis.document?.documentElement.dataset.content_root;
  return root === undefined ? `“${text}” in the book` : `<a href="${root}book/${page}.html#${label}">${text}</a>`;
}

export function breakControls({ state, view, right, all, description }) {
  const { amount, way, rows, columns, isOwn } = { ...CHOSEN, ...view };
  const images = isOwn ? "images" : "sample images";
  const broken = chosenBreak(state, view, description);
  const { question, page } = BREAKS[broken.kind];
  const settings = {
    noise: () => segments("amount", "noise", NOISE, amount),
    flip: () => segments("way", "flip", FLIPS.map((flip) => [flip, flip]), way),
    shift: () => stepper("rows", "rows down", rows) + stepper("columns", "columns right", columns),
  };
  const done = state.breaks.map(({ kind }) => BREAKS[kind].label).join(", ");
  const guesses = Object.entries(guessesOf(all)).map(([value, { label }]) => button("guess", label, { value, name: `Guess: ${label}` }));
  return (
    segments("breaking", "break", Object.entries(BREAKS).map(([kind, { label }]) => [kind, label]), broken.kind) + (settings[broken.kind]?.() ?? "") +
    `<div class="network-break"><p>${escape(question(broken))} See ${pageOf(page)}.</p>` +
    `<p>${right === undefined ? `How many of the ${all} ${images} will be right then, compared with now?` : `Now ${right} of the ${all} ${images} are right. And then?`} Guess, and it is done:</p>` +
    `<div class="lab-group" role="group" aria-label="Your guess">${guesses.join("")}</div><p role="status">${escape(view.verdict ?? "")}</p></div>` +
    `<div class="lab-group">${done && `<span class="lab-label">Broken: ${escape(done)}</span>`}${button("undo", "Undo", { disabled: !done })}${button("repair", "Repair all", { disabled: !done })}</div>`
  );
}

const view = (name) => ({ value }) => ({ view: { [name]: value, verdict: "" } });
const step = (name) => ({ view: shown, value }) =>
  ({ view: { [name]: Math.max(-MOST_SHIFT, Math.min(MOST_SHIFT, (shown[name] ?? CHOSEN[name]) + value)), verdict: "" } });

const isSameNetwork = (...states) => new Set(states.map(({ network, breaks }) => JSON.stringify([network, breaks]))).size === 1;

export const breakActions = ({ check, networks, sample }, { countRight }) => ({
  breaking: view("breaking"),
  amount: view("amount"),
  way: view("way"),
  rows: step("rows"),
  columns: step("columns"),
  /** Take the reader's guess, break the network, and say what came of it. */
  async guess({ state, view: shown, value, figure }) {
    const checked = check({ ...state, breaks: [...state.breaks, chosenBreak(state, shown, networks.describe(state.network))] });
    const [before, after] = [await countRight(state, figure), await countRight(checked, figure)];
    const all = sample.count();
    const verdict = `${guessesOf(all)[value].holds(before, after) ? "✓ Right" : "✗ Not so"}: ${after} of the ${all} images are right now, ${before} were before.`;
    // Of a network that the reader has left or changed while it was counted, nothing is told.
    return ({ state: now }) => (isSameNetwork(now, state) ? { state: { breaks: checked.breaks }, view: { verdict } } : {});
  },
  undo: ({ state }) => ({ state: { breaks: state.breaks.slice(0, -1) }, view: { verdict: "" } }),
  repair: () => ({ state: { breaks: [] }, view: { verdict: "" } }),
});
