// A dot that stands for a question, by what this browser keeps of it.

import { markDot } from "./dots.js";
import { stateOf } from "./misses.js";

export const labelOf = (dot) => dot.dataset.item.split(":")[0];

/** Show the state of the question of `page` that a dot leads to. */
export const markQuestion = (dot, page) => markDot(dot, `Question ${dot.dataset.number}`, stateOf(page, dot.dataset.item));
