// How a typed answer to a problem is read and judged, see `check` in cnnbook/practice/__init__.py.

import { range } from "../arithmetic.js";
import { about } from "./mistakes.js";
import { fill } from "./fill.js";

/** Judge an answer as it was typed: {right, sentence, page, mistake, given}; `right` is undefined where it cannot be read.
 *  `words` are those of the feedback in problems.json. */
export function check({ answer, mistakes, page }, typed, words) {
  const text = typed.trim().replace(/[−–]/g, "-");
  const row = Array.isArray(answer);
  const parts = row
    ? (text.match(/[^\s,;/()[\]]+/g) ?? [""])
    : [text.replace(/\s[a-z]+$/i, "").replace(/(\d)[\s,'’](?=\d{3}\b)/g, "$1")]; // 1,728 parameters
  if (!parts.every((part) => /^[-+]?\d{1,15}$/.test(part))) return { sentence: row ? words.row : words.number };
  const value = parts.map(Number);
  const key = String(value);
  if (key === String(answer)) return { right: true, sentence: fill(words.right, { answer }) };
  const misses = row ? range(value.length).filter((i) => value[i] !== answer[i]) : [];
  const template = !row ? words[value[0] < answer ? "small" : "large"] : value.length === answer.length ? words.some : words.length;
  const wrong = fill(template, { answer: value, count: value.length, right: value.length - misses.length, first: misses[0] + 1 });
  const mistake = mistakes.get(key);
  return { right: false, ...(mistake ? about(mistake) : { sentence: wrong, page }), mistake: mistake ?? "other", given: value };
}
