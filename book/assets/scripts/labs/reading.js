// What a reader types, or an address brings: read, or refused in one sentence with what was got and what is needed.

import { count, write } from "./markup.js";

/** A sentence for the reader; one of another script of ours is one too. */
export class Refusal extends Error {
  name = "Refusal";

  static [Symbol.hasInstance](error) {
    return error?.name === "Refusal";
  }
}

export function refuse(sentence) {
  throw new Refusal(sentence);
}

const LARGEST = 1e6;
const WIDEST = 16; // cells of padding
const shown = (value) => {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
};

/** A number as it was given, not rounded: 2.001, 1,000,000,000. */
export const exact = (value) =>
  (Number.isSafeInteger(value) ? value.toLocaleString("en") : Number.isFinite(value) ? String(value) : write(value)).replaceAll("-", "−");

/** A whole number from `least` to `most`; `name` begins the sentence that refuses another. */
export function whole(value, name, least, most) {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  return refuse(`${name} is ${typeof value === "number" ? exact(value) : shown(value)}; use a whole number from ${exact(least)} to ${exact(most)}.`);
}

/** A number that a cell can hold. */
export function number(value, name) {
  if (typeof value !== "number" || Number.isNaN(value)) return refuse(`${name} holds ${shown(value)}, which is not a number.`);
  if (Math.abs(value) > LARGEST) return refuse(`${name} holds ${exact(value)}; numbers up to a million fit.`);
  return value;
}

/** One of `values`. */
export function oneOf(value, name, values) {
  return values.includes(value) ? value : refuse(`${name} is ${shown(value)}; use one of ${values.join(", ")}.`);
}

/** A list of `least` to `most` values, each read by `read`; `nouns` say what it is a list of. */
export function list(value, name, least, most, read, nouns = ["entry", "entries"]) {
  if (!Array.isArray(value)) return refuse(`${name} is ${shown(value)}; a list is needed.`);
  if (value.length < least || value.length > most) {
    return refuse(`${name} has ${value.length} ${nouns[value.length === 1 ? 0 : 1]}; ${least === most ? least : `${least} to ${most}`} fit here.`);
  }
  return value.map(read);
}

/** Only the keys of `known`. */
export function keys(state, known) {
  if (typeof state !== "object" || state === null || Array.isArray(state)) refuse(`The state is ${shown(state)}; an object is needed.`);
  const unknown = Object.keys(state).find((key) => !known.includes(key));
  if (unknown !== undefined) refuse(`The state has ${shown(unknown)}, which this lab does not know; it knows ${known.join(", ")}.`);
}

/** Numbers as people type a row: with blanks, commas or semicolons between them; `read` says which fit. */
export function readRow(text, name, read = number) {
  const typed = text.trim().replace(/[−–]/g, "-").replace(/^[[(]|[\])]$/g, "");
  if (!typed) return refuse(`${name} is empty: type numbers with blanks between them, such as 2 −1 0.`);
  return typed.split(/\s*[,;]\s*|\s+/).map((word) => {
    if (word === "") return refuse(`${name} has an empty place between two commas: type a number there, or leave one comma out.`);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return refuse(`${name} has ${shown(word)}, which is not a number: type numbers such as 2 −1 0.5.`);
    return read(Number(word), name);
  });
}

const isSide = (value) => whole(value, "The padding", 0, WIDEST);

/** Padding as `cnnbook.shapes` takes it: "valid", "same", a whole number, or one for each side. */
export function padding(value) {
  if (value === "valid" || value === "same") return value;
  if (Array.isArray(value)) return list(value, "The padding", 2, 2, isSide);
  if (typeof value === "string") return refuse(`The padding is ${shown(value)}; use valid, same, a number, or two numbers.`);
  return isSide(value);
}

/** The padding that a key changes to: none, 1, 2, same, and none again. */
export const nextPadding = (value) => ({ 0: 1, valid: 1, 1: 2, 2: "same" })[value] ?? 0;

export const writePadding = (value) => (Array.isArray(value) ? value.join(", ") : String(value));

/** Padding as it is typed: a word, or as many numbers as one of `fits`, which `needed` says in words. */
export function readPadding(text, fits = [1, 2], needed = "one for both sides, or two: before, after") {
  const typed = text.trim().toLowerCase();
  if (/^[a-z]/.test(typed)) return padding(typed);
  const sides = readRow(text, "The padding", isSide);
  if (!fits.includes(sides.length)) refuse(`The padding has ${count(sides.length, "number")}; type ${needed}.`);
  return sides.length === 4 ? [sides.slice(0, 2), sides.slice(2)] : sides.length === 1 ? sides[0] : sides;
}
