// Notes which problems of the practice page were missed, and whether those that came back are right now. The page's own
// script has judged an answer before its form's event arrives here. A problem that was solved before shows its answer.

import { answered } from "./misses.js";

addEventListener("submit", ({ target }) => {
  const { item, verdict, mistake, solved } = target.querySelector(".practice-item")?.dataset ?? {};
  if (verdict === "wrong" || (verdict === "right" && !solved)) answered(item, verdict === "right", [mistake]);
});
