// The words of the problems: templates from problems.json, filled with numbers, see cnnbook/practice/texts.py.

import texts from "../../../../code/cnnbook/practice/problems.json";
import { fill, shown } from "./fill.js";

export { texts };

export const lines = (template, numbers) =>
  template.flatMap((line) =>
    Array.isArray(line)
      ? numbers[line[0]].map((entry) => fill(line[1], { ...numbers, ...entry }))
      : fill(line, numbers),
  );

/** Rows of numbers below each other; the page makes a table of them, so nothing is aligned. */
export const gridText = (rows) => rows.map((row) => row.map(shown).join(" ")).join("\n");

export const factor = (number) => (number < 0 ? `(${shown(number)})` : shown(number));
/** The sum of products as it is written; a cell of the padding is 0. */
export const products = (weights, cells) =>
  weights.map((weight, i) => `${factor(weight)}·${factor(cells[i] ?? 0)}`).join(" + ");

/** Cut a question into paragraphs, lists of layers and grids of numbers. */
export const blocks = (question) =>
  question.split("\n\n").map((text) => {
    const [first, ...rest] = text.split("\n");
    if (rest.length && rest.every((line) => /^[\d− ]+$/.test(line)))
      return { caption: first, rows: rest.map((line) => line.split(" ")) };
    if (!first.startsWith("1. ")) return { text };
    return { items: text.split("\n").map((line) => line.slice(line.indexOf(" ") + 1)) };
  });
