// How a typed answer to a problem is read and judged, see `check` in cnnbook/practice/__init__.py.

import { fill, texts } from "./texts.js";

/** Judge an answer as it was typed: {right, sentence, page, mistake, given}; `right` is undefined where it cannot be read.
 *  `about` is that of mistakes.js. */
export function check({ answer, mistakes, page }, typed, about) {
  const words = texts.feedback;
  const text = typed.trim().replace(/[−–]/g, "-");
  const row = Array.isArray(answer);
  const parts = row
    ? (text.match(/[^\s,;/()[\]]+/g) ?? [""])
    : [text.replace(/(\d)[\s,'’](?=\d{3}\b)/g, "$1")]; // 1,728
  if (!parts.every((part) => /^[-+]?\d{1,15}$/.test(part))) return { sentence: row ? words.row : words.number };
  const value = parts.map(Number);
  const key = String(value);
  if (key === String(answer)) return { right: true, sentence: fill(words.right, { answer }) };
  const template = !row || value.length === answer.length ? words.wrong : words.length;
  const wrong = fill(template, { answer: value, count: value.length });
  const mistake = mistakes.get(key);
  return { right: false, ...(mistake ? about(mistake) : { sentence: wrong, page }), mistake: mistake ?? "other", given: value };
}
