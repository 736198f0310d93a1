// A dot that stands for a question, by what this browser keeps of it.

import { markDot } from "./dots.js";
import { isBack } from "./misses.js";
import { recall } from "./progress.js";

export const labelOf = (dot) => dot.dataset.item.split(":")[0];

/** Show the state of the question of `page` that a dot leads to. */
export function markQuestion(dot, page) {
  const { given, right } = recall(page, dot.dataset.item);
  const verdict = isBack(labelOf(dot)) ? "back today" : right ? "right" : given == null ? "open" : "wrong";
  markDot(dot, `Question ${dot.dataset.number}`, verdict);
}
