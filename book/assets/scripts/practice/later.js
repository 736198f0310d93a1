// What the practice page needs from the first answer on: what is said about mistakes and at the end, and the pictures.

import { make } from "../make.js";
import { about } from "./mistakes.js";
import { picture } from "./picture.js";
import { summary, weak } from "./summary.js";

/** An element of a class around HTML, which holds numbers and the book's own words alone; nothing of nothing. */
const around = (className, html) => html && make("div", { className, innerHTML: html });

globalThis.bookPractice = {
  about, weak,
  picture: (...what) => around("practice-picture", picture(...what)),
  summary: (problems) => around("", summary(problems)),
};
