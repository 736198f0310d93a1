// Notes which problems of the practice page were missed, and whether those that came back are right now. The page's own
// script has judged an answer before its form's event arrives here. A problem that was solved before shows its answer.

import { answered, isBack, keepMiss, recallMiss, today } from "./misses.js";
import { solvedAtOnce } from "./schedule.js";

addEventListener("submit", ({ target }) => {
  const { item, verdict, mistake, solved } = target.querySelector(".practice-item")?.dataset ?? {};
  const isShown = target.querySelector(".practice-item > [open]:last-child");
  const isRight = verdict === "right";
  if (isRight ? solved : verdict !== "wrong") return;
  if (isRight && !isShown && !recallMiss(item)) keepMiss(item, solvedAtOnce(today()));
  answered(item, isRight, [mistake], isShown);
  delete target.dataset.back;
});

// A link to what is due asks by the query of its address.
if (location.search.includes("kinds=")) {
  const card = document.querySelector(".practice-item");
  card.scrollIntoView();
  card.form.toggleAttribute("data-back", isBack(card.dataset.item));
}
