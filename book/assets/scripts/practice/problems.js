// Problems and sheets from a seed, number for number those of cnnbook.practice: the same draws in the same order and the
// same words. tests/test_practice.py holds both equal.

import { arrays } from "./arrays.js";
import { openDraws } from "./draws.js";
import { fields } from "./fields.js";
import { parameters } from "./parameters.js";
import { sizes } from "./sizes.js";
import { lines, texts } from "./texts.js";

export const KINDS = Object.keys(texts.kinds);

const draw = { ...sizes, ...parameters, ...fields, ...arrays };

/** Draw a problem; answers are numbers or flat arrays, mistakes a map from the answer as text to a name, and numbers
 *  what its words and its picture are filled with. */
export function problem(kind, seed, level) {
  const { title, page, variants } = texts.kinds[kind];
  const draws = openDraws(kind, level, seed);
  for (;;) {
    const drawn = draw[kind](draws, level);
    if (!drawn || ![drawn[2]].flat().some(Boolean)) continue;
    const [variant, numbers, answer, wrong] = drawn;
    const mistakes = new Map();
    for (const [name, value] of Object.entries(wrong)) {
      const key = String(value ?? NaN); // no answer at all
      if (!key || key === "NaN" || key === String(answer) || mistakes.has(key)) continue;
      mistakes.set(key, name);
    }
    if (mistakes.size < 2) continue;
    // In this order they stand in problems.json.
    const [question, hints, solution] = Object.values(variants[variant]).map((part) =>
      lines(part, { ...numbers, answer }));
    return { kind, level, title, page, question: question.join("\n"), hints, solution, answer, mistakes, numbers, variant };
  }
}

/** The problems of a sheet, see cnnbook/practice/sheet.py. */
export function sheet(seed, count, level, kinds) {
  const draws = openDraws("sheet", seed);
  const [problems, questions] = [[], new Set()];
  let round = [];
  while (problems.length < count) {
    if (!round.length) round = draws.shuffled(kinds);
    const kind = round.shift();
    const rising = 1 + Math.floor((3 * problems.length) / count);
    let drawn;
    do drawn = problem(kind, draws.below(10000), level || rising);
    while (questions.has(drawn.question));
    questions.add(drawn.question);
    problems.push(drawn);
  }
  return problems;
}
