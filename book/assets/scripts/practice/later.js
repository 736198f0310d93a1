// What the practice page needs from the first answer on: how it is judged, what is said about mistakes and at the end. It
// brings pictures.

import { load } from "../load.js";
import { make } from "../make.js";
import { check } from "./judge.js";
import { summary, weak } from "./summary.js";

/** An element of a class around HTML, which holds numbers and the book's own words alone; nothing of nothing. */
const around = (className, html) => html && make("div", { className, innerHTML: html });

/** The script that draws; an answer is judged without it, too. */
let drawing;
const draws = () => (drawing ??= load("practice-picture.js").catch(() => (drawing = undefined)));

globalThis.bookPractice = {
  check, weak,
  picture: async (...what) => {
    await draws();
    return around("practice-picture", globalThis.bookPicture?.(...what));
  },
  summary: (problems) => around("", summary(problems)),
};
