// Problems and sheets from a seed, number for number those of cnnbook.practice: the same draws in the same order, the
// same words, its own arithmetic. tests/test_practice.py holds both equal.

import { arrays } from "./arrays.js";
import { openDraws } from "./draws.js";
import { fields } from "./fields.js";
import { parameters } from "./parameters.js";
import { sizes } from "./sizes.js";
import { fill, lines, texts } from "./texts.js";

export const KINDS = Object.keys(texts.kinds);

const draw = { ...sizes, ...parameters, ...fields, ...arrays };

/** Draw a problem; answers are numbers or flat arrays, mistakes a map from the answer as text. */
export function problem(kind, seed, level) {
  const { title, page, variants } = texts.kinds[kind];
  const draws = openDraws(kind, level, seed);
  for (;;) {
    const drawn = draw[kind](draws, level);
    if (!drawn || ![drawn[2]].flat().some(Boolean)) continue;
    const [variant, found, answer, wrong] = drawn;
    const numbers = { ...found, answer };
    const mistakes = new Map();
    for (const [name, value] of Object.entries(wrong)) {
      const key = String(value ?? "");
      if (!key || key === String(answer) || mistakes.has(key)) continue;
      const [where, sentences] = Object.entries(texts.mistakes).find(([, all]) => all[name]);
      mistakes.set(key, [fill(sentences[name], numbers), where]);
    }
    if (mistakes.size < 2) continue;
    // In this order they stand in problems.json.
    const [question, hints, solution] = Object.values(variants[variant]).map((part) => lines(part, numbers));
    return { level, title, page, question: question.join("\n"), hints, solution, answer, mistakes };
  }
}

/** The problems of a sheet, see cnnbook/practice/sheet.py. */
export function sheet(seed, count, level, kinds = KINDS) {
  const draws = openDraws("sheet", seed);
  const [found, questions] = [[], new Set()];
  let round = [];
  while (found.length < count) {
    if (!round.length) round = draws.shuffled(kinds);
    const kind = round.shift();
    const at = level || 1 + Math.floor((3 * found.length) / count);
    let one;
    do one = problem(kind, draws.below(10000), at);
    while (questions.has(one.question));
    questions.add(one.question);
    found.push(one);
  }
  return found;
}
