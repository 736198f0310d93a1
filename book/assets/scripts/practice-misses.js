// Notes which problems of the practice page were missed, and whether those that came back are right now. The page's own
// script has judged an answer before its form's event arrives here.

import { answered } from "./misses.js";

addEventListener("submit", ({ target }) => {
  const { item, verdict, mistake } = target.querySelector(".practice-item")?.dataset ?? {};
  if (verdict === "right" || verdict === "wrong") answered(item, verdict === "right", [mistake]);
});
