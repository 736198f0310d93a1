// The list of a lab's challenges as text, which the build puts into the page.

import { FIRST_SEED, setChallenge } from "./challenges.js";
import { escape } from "./markup.js";

const hintFolds = ([hint, ...rest], word = "Hint") =>
  `<details class="challenge-hint"><summary>${word}</summary><p>${escape(hint)}</p>${rest.length ? hintFolds(rest, "Next hint") : ""}</details>`;

/** A challenge; its buttons are hidden until a script can do what they say. */
function challengeItem({ id, text, hints, isDrawn }) {
  return (
    `<li data-challenge="${id}"><p><span class="challenge-text">${escape(text)}</span> <span class="challenge-state d-print-none" hidden>open</span></p>` +
    `<div class="challenge-buttons d-print-none" hidden><button type="button" data-try aria-pressed="false">Try it</button>` +
    `${isDrawn ? '<button type="button" data-other>Another one</button>' : ""}</div>${hintFolds(hints)}</li>`
  );
}

/** The inside of the section of a lab's challenges. */
export const challengeList = (challenges) =>
  `<p class="challenge-said quiz-unseen" role="status"></p>` + // for screen readers: the lab shows the same
  `<details class="challenge-fold"><summary>Challenges <span class="challenge-count d-print-none"></span></summary>` +
  `<ol>${challenges.map((challenge) => challengeItem(setChallenge(challenge, FIRST_SEED))).join("")}</ol></details>`;
