// Notes which problems of the practice page were missed, and whether those that came back are right now, as the page's own
// script has judged. A problem that was solved before shows its answer, and so does one whose solution was opened.

import { answered, isBack, keepMiss, recallMiss, today } from "./misses.js";
import { solvedAtOnce } from "./schedule.js";

addEventListener("judged", ({ target }) => {
  const { item, verdict, mistake, solved, seen } = target.dataset;
  const isShown = seen !== undefined;
  const isRight = verdict === "right";
  if (isRight ? solved : verdict !== "wrong") return;
  if (isRight && !isShown && !recallMiss(item)) keepMiss(item, solvedAtOnce(today()));
  answered(item, isRight, [mistake], isShown);
  delete target.form.dataset.back;
});

// A link to what is due, or to new problems of a kind, asks by the query of its address.
if (location.search.includes("kinds=")) {
  const card = document.querySelector(".practice-item");
  card.scrollIntoView();
  card.form.toggleAttribute("data-back", isBack(card.dataset.item));
}
