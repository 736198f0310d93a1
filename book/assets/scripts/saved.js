// The two files of the page of what a reader has done: all of it, to read again here or in another browser, and what a
// teacher gets. Nothing here knows of a page, so it also runs in Node.js; cnnbook/handin/class_report.py reads the second.

import { isAnswer } from "./answers.js";
import { isMiss } from "./schedule.js";

const VERSION = 1;
const [ALL, CLASS] = ["cnnbook answers", "cnnbook class"];

/** More than anybody answers, in bytes. */
export const LARGEST = 2_000_000;

/** Whether it is the random number by which a teacher knows files of one browser. */
export const isStudent = (id) => typeof id === "string" && /^[0-9a-f]{16}$/.test(id);

/** The text of the file with everything, of which `answers` and `misses` are objects. */
export const textOfAll = (student, answers, misses, saved) =>
  `${JSON.stringify({ file: ALL, version: VERSION, student, saved, answers, misses }, undefined, 1)}\n`;

/** The text of the file for a teacher: for each item, a line with the mistakes that were made in it. */
export function textForClass(student, name, saved, mistakes) {
  const head = { file: CLASS, version: VERSION, student, ...(name && { name }), saved };
  const lines = (object, indent) =>
    Object.entries(object).map(([key, value]) => `${indent}${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(",\n");
  return `{\n${lines(head, "  ")},\n  "items": {\n${lines(mistakes, "    ")}\n  }\n}\n`;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value has the form that `check` asks for, which may throw at another. */
function holds(check, value) {
  try {
    return check(value);
  } catch {
    return false;
  }
}

/**
 * Read the text of a file with everything.
 *
 * @param {(key: string, answer: object) => boolean} isAsked whether this edition of the book asks what was answered
 * @param {(item: string) => boolean} isItem whether it has an item that was missed
 * @returns {{problem: string} | {student?: string, answers: [string, object][], misses: [string, object][],
 *   left: number}} `left` counts what this edition does not know; files of earlier editions have no `student`
 */
export function readAll(text, isAsked, isItem) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    // Said below, as of other files.
  }
  const refuse = (problem) => ({ problem });
  if (content?.file === CLASS) return refuse("This is the file for a teacher; choose one that “Save all as a file” has made.");
  if (content?.file !== ALL) return refuse("This is not a file that “Save all as a file” has made.");
  if (content.version !== VERSION) return refuse("This file is from another edition of the book, which writes it in another way.");
  const { student } = content;
  if (student !== undefined && !isStudent(student)) return refuse("This file is damaged: “student” in it cannot be read.");
  const read = { student, left: 0 };
  for (const [part, check, isKnown] of [["answers", isAnswer, isAsked], ["misses", isMiss, isItem]]) {
    if (!isObject(content[part])) return refuse(`This file is damaged: it has no “${part}”.`);
    const entries = Object.entries(content[part]);
    const broken = entries.find(([, value]) => !holds(check, value));
    if (broken) return refuse(`This file is damaged: “${broken[0].slice(0, 80)}” in it cannot be read.`);
    read[part] = entries.filter(([key, value]) => isKnown(key, value));
    read.left += entries.length - read[part].length;
  }
  return read;
}
