// How much is due today: in the sidebar, beside the page that lists it, and below an answer to what was due, as a way on.

import { make } from "./make.js";
import { isBack } from "./misses.js";
import { keptItems, MISSES } from "./progress.js";

const link = document.querySelector('.bd-links a[href$="your-answers.html"]');
const badge = make("span", { className: "due-today" });
let waiting = [];

function show() {
  const due = keptItems(MISSES).filter(isBack);
  badge.textContent = due.length ? ` ${due.length} due today` : "";
  for (const item of waiting.filter((item) => !due.includes(item))) {
    const place = document.querySelector(`:is([id="${item}"], [data-item="${item}"]) .quiz-said`);
    const words = `${due.length || "Nothing"} more due today`;
    place?.append(make("p", {}, make("a", { href: link.href }, words)));
  }
  waiting = due;
}

if (link) {
  link.append(badge);
  show();
  for (const event of ["storage", "pageshow", "visibilitychange"]) addEventListener(event, show);
}
