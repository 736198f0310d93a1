// The list of a lab's challenges as text: what the build puts into the page, and what the script refills for another seed.

import { CHALLENGES, setChallenge } from "./challenges.js";
import { escape } from "./markup.js";

export const FIRST_SEED = 1;

const hintFolds = ([hint, ...rest], word = "Hint") =>
  `<details class="challenge-hint"><summary>${word}</summary><p>${escape(hint)}</p>${rest.length ? hintFolds(rest, "Next hint") : ""}</details>`;

/** One challenge; its buttons are hidden until a script can do what they say. */
export function challengeItem({ id, text, hints, isDrawn }) {
  return (
    `<li data-challenge="${id}"><p><span class="challenge-text">${escape(text)}</span> <span class="challenge-state d-print-none" hidden>open</span></p>` +
    `<div class="challenge-buttons d-print-none" hidden><button type="button" data-try aria-pressed="false">Try it</button>` +
    `${isDrawn ? '<button type="button" data-other>Another one</button>' : ""}</div>${hintFolds(hints)}</li>`
  );
}

export const challengesOf = (lab) => CHALLENGES.filter((challenge) => challenge.lab === lab);

/** The inside of the section of a lab's challenges. */
export const challengeList = (lab) =>
  `<p class="challenge-said quiz-unseen" role="status"></p>` + // for screen readers: the lab shows the same
  `<details class="challenge-fold"><summary>Challenges <span class="challenge-count d-print-none"></span></summary>` +
  `<ol>${challengesOf(lab).map((challenge) => challengeItem(setChallenge(challenge, FIRST_SEED))).join("")}</ol></details>`;
