// What the lab says of a cell, and of what the network says.

import { range } from "../../arithmetic.js";
import { count, escape, write } from "../markup.js";
import { answer, best } from "./answers.js";
import { cellOf, channelName, mapName } from "./cell.js";

/** Numbers of a network: always as many decimals, so that small ones do not turn into powers of ten. */
export const fixed = (value, digits) => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");
export const small = (value) => fixed(value, 3);
export const share = (value) => fixed(value, 2);

const bracketed = (value) => (value < 0 ? `(${small(value)})` : small(value));

/** How a cell comes about, as a sum or a formula. */
function sumOrFormula(state, view) {
  const { layer, inputs: [input], cell: { sums, bias, terms, patch: pooled, value, places }, channel, steps } = cellOf(state, view);
  if (sums) {
    const name = channelName(input.shape[2], channel);
    const products = layer.type === "Dense" ? input.data.length : sums.length * places.flat().length;
    return `${count(products, "product")}${bias === undefined ? "" : ` ${bias < 0 ? "−" : "+"} bias ${small(Math.abs(bias))}`}; ${name} adds <span class="lab-weight">${small(sums[channel])}</span>` +
      (steps.length ? `; the sum is ${small(value)}` : " → ") +
      steps.map(({ step, value: next }, i) => `, ${step} → ${i < steps.length - 1 ? small(next) : ""}`).join("");
  }
  if (pooled) {
    const inside = pooled.flat().filter((one) => one !== undefined);
    return `${/Max/.test(layer.type) ? "the largest" : "the mean"} of ${inside.length <= 9 ? inside.map(small).join(", ") : `${inside.length} cells`} → `;
  }
  const { x } = terms;
  const formulas = {
    ReLU: () => `max(0, ${small(x)})`,
    Add: () => terms.values.map(bracketed).join(" + "),
    Rescaling: () => `${small(x)} · ${write(terms.scale, 5)}${terms.offset ? ` ${terms.offset < 0 ? "−" : "+"} ${write(Math.abs(terms.offset), 5)}` : ""}`,
    Normalization: () => `(${small(x)} − ${small(terms.mean)}) / √${small(terms.variance)}`,
    BatchNormalization: () => `(${bracketed(x)} − ${bracketed(terms.moving_mean)}) / √(${small(terms.moving_variance)} + ${write(terms.epsilon, 6)}) · ${bracketed(terms.gamma)} + ${bracketed(terms.beta)}`,
  };
  return `${formulas[layer.type]?.() ?? small(x)} = `;
}

function says(state, { classes }) {
  const { probabilities, before, heat } = answer(state);
  const name = (label) => escape(classes?.[label] ?? `class ${label}`);
  const top = best(probabilities);
  if (state.cover) {
    const was = best(before);
    return `Covered, ${name(was)} goes from ${share(before[was])} to ${share(probabilities[was])}${top === was ? "" : `; now it says ${name(top)}, ${share(probabilities[top])}`}.`;
  }
  if (heat) return `The outline marks where ${escape(state.layer)} speaks for ${name(heat.of)}; a class can be chosen among the bars.`;
  const order = range(probabilities.length).sort((one, other) => probabilities[other] - probabilities[one]).slice(0, 3);
  return `It says ${order.map((label) => `${name(label)} ${share(probabilities[label])}`).join(", ")}.`;
}

export function readout({ state, view }) {
  const { shown } = cellOf(state, view);
  return `<p class="lab-sum">${escape(mapName(state, view))}, cell (${view.place.join(", ")}): ${sumOrFormula(state, view)} <span class="lab-output">${small(shown)}</span></p><p>${says(state, view)}</p>`;
}
