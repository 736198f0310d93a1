// What a reader has answered, kept in this browser and nowhere else. Where the browser keeps nothing (a private window,
// a setting), it is remembered until the page is closed. Any script of this origin may write there, so what is read is
// checked.

import { isAnswer } from "./answers.js";

// Sites of one origin, and all copies on one disk, share a storage: each keeps its answers under the address of its own
// root, which no longer path can begin with, since no path holds a blank.
const PREFIX = `cnnbook-quiz:${new URL(document.documentElement.dataset.content_root ?? ".", location).pathname} `;
// What the browser's storage does not take, or has in an older state.
const memory = new Map();
let lost = false;

/** The page under which solved practice problems are kept. */
export const PRACTICE = "practice";

/** The page under which the challenges that were met are kept. */
export const CHALLENGES_MET = "challenges";

/** The page under which the items that were missed are kept, see misses.js. */
export const MISSES = "misses";

/** The page under which the name of this browser in files for a teacher is kept. */
export const STUDENT = "student";

// A state of a lab holds a volume of numbers, or a network of many layers.
const LONGEST_STATE = 20_000;

/** Use the browser's storage, which may throw at any touch; undefined then. */
function attempt(use) {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

const keyOf = (page, item) => `${PREFIX}${page}#${item}`;

const read = (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key));

/** Keep a text; gives whether the browser keeps it. */
function write(key, text) {
  memory.set(key, text);
  return attempt((storage) => {
    storage.setItem(key, text);
    return memory.delete(key);
  });
}

/** Keep what a script notes of an item; gives whether the browser keeps it. */
export const keepNote = (page, item, note) => write(keyOf(page, item), JSON.stringify(note));

/** What is noted of an item, if it has the form that its script gives it. */
export function recallNote(page, item, isNote) {
  try {
    const note = JSON.parse(read(keyOf(page, item)));
    if (isNote(note)) return note;
  } catch {
    // Nothing is kept, or no JSON.
  }
  return undefined;
}

export const forgetNote = (page, item) => remove(keyOf(page, item));

/** The same, or an empty object; anything else that stands there is dropped. */
export const recallOrDrop = (page, item, isNote) =>
  recallNote(page, item, isNote) ?? (read(keyOf(page, item)) == null ? {} : drop(page, item));

/**
 * Give what is kept of an item, or an empty object: the answer `given`, and whether it was `right`. `item` is its label
 * and digest.
 */
export const recall = (page, item) => recallOrDrop(page, item, isAnswer);

function remove(key) {
  memory.delete(key);
  attempt((storage) => storage.removeItem(key));
}

/** Forget what is no answer to the item. */
export function drop(page, item) {
  lost = true;
  remove(keyOf(page, item));
  return {};
}

/** Say so, if anything was dropped since the page was opened. */
export const lostWords = () =>
  lost ? " Answers that could not be read were dropped: give them again." : "";

/** Keep what was met or predicted; an item once right stays so. */
export function keep(page, item, given, right) {
  if (right || !recall(page, item).right) keepNote(page, item, { given, right });
}

/** Keep the state in which a reader has left a lab, or forget it. */
export function keepLab(page, figure, state) {
  const key = keyOf(page, `lab:${figure}`);
  const text = JSON.stringify(state);
  if (text === undefined || text.length > LONGEST_STATE) remove(key);
  else write(key, text);
}

/** The state in which a reader has left a lab, if any; the lab itself checks it. */
export function recallLab(page, figure) {
  const text = read(keyOf(page, `lab:${figure}`));
  try {
    const state = JSON.parse(text);
    if (typeof state === "object" && state !== null && text.length <= LONGEST_STATE) return state;
  } catch {
    // Nothing is kept, or no JSON.
  }
  return undefined;
}

/** The page under which the functions of the coding exercises are kept. */
export const EXERCISES = "exercises";

// A page of a program; more than anybody types here.
const LONGEST_CODE = 100_000;

/** Keep what a reader has written for an exercise, and whether its checker was satisfied; gives whether the browser
 *  keeps it, too. */
export function keepCode(exercise, text, right) {
  const key = keyOf(EXERCISES, exercise);
  const content = JSON.stringify({ text, right });
  if (text.length <= LONGEST_CODE) return write(key, content) ?? false;
  memory.set(key, content);
  return false;
}

/** What a reader has written for an exercise as `{ text, right }`, or an empty object. */
export function recallCode(exercise) {
  const key = keyOf(EXERCISES, exercise);
  try {
    const { text, right } = JSON.parse(read(key));
    const isShort = memory.has(key) || text.length <= LONGEST_CODE;
    if (typeof text === "string" && isShort && typeof right === "boolean") return { text, right };
  } catch {
    // Nothing is kept, or no JSON.
  }
  return {};
}

/** What another tab has just written for an exercise, by an event of the storage; it is newer than what is here. */
export function codeFromOther({ key, newValue }, exercise) {
  if (key !== keyOf(EXERCISES, exercise) || !newValue) return undefined;
  memory.delete(key);
  return recallCode(exercise).text;
}

/** Forget what a reader has written for an exercise. */
export const forgetCode = (exercise) => remove(keyOf(EXERCISES, exercise));

/** What is kept under keys with this beginning, without it. */
function kept(start) {
  const stored = attempt(Object.keys) ?? [];
  const keys = [...new Set([...stored, ...memory.keys()])];
  return keys.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
}

/** The items of a page of which something is kept, also earlier versions. */
export const keptItems = (page) => kept(keyOf(page, ""));

/** Forget all answers on a page, also those to earlier versions of its items; without a page, all of the book. */
export function forget(page) {
  const start = page === undefined ? PREFIX : keyOf(page, "");
  for (const rest of kept(start)) remove(start + rest);
}
