// How a typed answer is read, and how any answer is judged. Nothing here knows of a page, so it also runs in Node.js.

const READABLE = "Write digits: 1728, 1,728 or 0.5.";

const LONGEST = 200;

/** Whether it can be an answer that was kept: as `given` a text, or the numbers of choices, and whether it was `right`. */
export const isAnswer = ({ given, right }) =>
  (typeof given === "string" || (Array.isArray(given) && given.every(Number.isInteger))) && given.length <= LONGEST &&
  typeof right === "boolean";

// What is kept and shown again stays small, and no text takes long to read.
const tooLong = (text) => ({ problem: `Your answer has ${text.length} characters. Write ${LONGEST} at most.` });

/**
 * Read a number as people write it.
 *
 * Groups of three digits may be parted by commas, spaces, apostrophes or underscores. Any other single comma is a
 * decimal comma: 1,728 is one thousand seven hundred twenty-eight, and 0,5 or 1,75 are decimals. A point is always a
 * decimal point.
 *
 * @param {string} text
 * @param {string} [unit] may stand after the number
 * @returns {{value: number, note: string} | {problem: string}} `note` says how a comma was read
 */
export function readNumber(text, unit = "") {
  if (text.length > LONGEST) return tooLong(text);
  let typed = text.trim().replace(/[−–]/g, "-").replace(/^-\s+/, "-").replace(/^\+\s*/, "");
  if (unit && typed.toLowerCase().endsWith(unit.toLowerCase())) typed = typed.slice(0, -unit.length).trim();
  if (!typed) return { problem: "Write a number first." };
  let plain = typed;
  const grouped = typed.match(/^-?[1-9]\d{0,2}([,\s'’_])\d{3}(?:\1\d{3})*(?:\.\d+)?$/);
  if (grouped) plain = typed.replaceAll(grouped[1], "");
  else if (/^-?\d+,\d+$/.test(typed)) plain = typed.replace(",", ".");
  if (!/^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(plain)) {
    return { problem: `“${text.trim()}” cannot be read as a number. ${READABLE}` };
  }
  return { value: Number(plain), note: typed.includes(",") ? `“${typed}” is read as ${plain}.`.replaceAll("-", "−") : "" };
}

/**
 * Read a shape: whole numbers with ×, x, * or commas or spaces between them, in brackets or without.
 *
 * @param {string} text
 * @returns {{value: number[]} | {problem: string}}
 */
export function readShape(text) {
  if (text.length > LONGEST) return tooLong(text);
  const typed = text.trim();
  if (!typed) return { problem: "Write a shape first." };
  const inner = typed.replace(/^\((.*)\)$|^\[(.*)\]$/, "$1$2").trim().replace(/,$/, "");
  const sizes = inner.split(/\s*[x×*,]\s*|\s+/i);
  if (!sizes.every((size) => /^\d+$/.test(size))) {
    return { problem: `“${typed}” cannot be read as a shape. Write it as 5×4×2 or (5, 4, 2).` };
  }
  return { value: sizes.map(Number) };
}

// Rounding of the difference itself must not decide.
const near = (value, target, tolerance) =>
  Math.abs(value - target) <= tolerance * (1 + 1e-9) + 1e-12 * Math.abs(target);

function judgeNumber(key, text) {
  const read = readNumber(text, key.unit);
  if (read.problem) return read;
  const { value, note } = read;
  if (near(value, key.answer, key.tolerance)) return { right: true };
  const apart = key.wrong.map((wrong) => Math.abs(wrong - value));
  const nearest = apart.indexOf(Math.min(...apart));
  if (near(value, key.wrong[nearest], key.tolerance)) return { words: note, notes: [nearest] };
  const whole = [key.answer, ...key.wrong].every(Number.isInteger) && !key.tolerance;
  const nudge =
    whole && value % 1
      ? "The answer is a whole number."
      : `That is too ${value > key.answer ? "large" : "small"}. Work it out once more.`;
  return { words: [note, nudge].filter(Boolean).join(" ") };
}

function judgeShape(key, text) {
  const read = readShape(text);
  if (read.problem) return read;
  const same = (shape) => String(shape) === String(read.value);
  if (same(key.answer)) return { right: true };
  const known = key.wrong.findIndex(same);
  if (known >= 0) return { notes: [known] };
  return read.value.length === key.answer.length
    ? { words: "Work out one axis at a time." }
    : { problem: `Your shape has ${read.value.length} axes, not as many as the answer.` };
}

function judgeChoice(key, chosen) {
  if (!chosen.length) return { problem: "Choose an answer first." };
  return { right: key.right.includes(chosen[0]), notes: chosen };
}

function judgeMultiple(key, chosen) {
  if (!chosen.length) return { problem: "Choose an answer first." };
  const hits = chosen.filter((choice) => key.right.includes(choice));
  const wrong = chosen.filter((choice) => !key.right.includes(choice));
  const missing = key.right.length - hits.length;
  if (!wrong.length && !missing) return { right: true, notes: chosen };
  const words = `${hits.length} of your ${chosen.length} right, ${missing || "nothing"} missing.`;
  return { words, notes: wrong };
}

function judgeMatch(key, chosen) {
  const open = chosen.filter((choice) => choice < 0).length;
  if (open) return { problem: `Choose a partner for each: ${open} missing.` };
  const wrong = key.right.flatMap((partner, side) => (partner === chosen[side] ? [] : [side]));
  if (!wrong.length) return { right: true };
  return { words: `${key.right.length - wrong.length} of ${key.right.length} pairs right.`, notes: wrong };
}

/**
 * Judge a reader's answer by the item's kind: `judge[kind](key, answer)`.
 *
 * The answer is the text of a number or a shape, else a list of choices; a match has one for each side, -1 for none.
 * The result is `{ problem }` when there is nothing to judge, else `{ right, words, notes }`, of which each may be
 * missing: `notes` are the numbers of the remarks to show.
 */
export const judge = {
  choice: judgeChoice,
  multiple: judgeMultiple,
  number: judgeNumber,
  shape: judgeShape,
  match: judgeMatch,
};
