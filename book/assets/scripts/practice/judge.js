// How a typed answer to a problem is read and judged, see `check` in cnnbook/practice/__init__.py.

import { fill, texts } from "./texts.js";

/** Judge an answer as it was typed: {right, message, page}; `right` is undefined where it is no answer at all. */
export function check({ answer, mistakes, page }, typed) {
  const said = texts.feedback;
  const text = typed.trim().replace(/[−–]/g, "-");
  const row = Array.isArray(answer);
  const grouped = /^[-+]?\d{1,3}([\s,'’]\d{3})+$/.test(text);
  const parts = row
    ? text.replace(/^[[(\s]+|[\])\s]+$/g, "").split(/[\s,;/]+/)
    : [grouped ? text.replace(/[\s,'’]/g, "") : text];
  if (!parts.every((part) => /^[-+]?\d+$/.test(part))) return { message: row ? said.row : said.number };
  const given = parts.map(Number);
  const key = String(given);
  if (key === String(answer)) return { right: true, message: fill(said.right, { answer }) };
  const template = !row || given.length === answer.length ? said.wrong : said.length;
  const wrong = fill(template, { given, count: given.length });
  const [message, where] = mistakes.get(key) || [wrong, page];
  return { right: false, message, page: where };
}
