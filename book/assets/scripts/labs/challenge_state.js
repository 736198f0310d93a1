// Whether a reader has met a challenge, as it is kept in this browser.

import { CHALLENGES_MET, recall } from "../progress.js";

export const isMet = (id) => Boolean(recall(CHALLENGES_MET, id).right);

/** Say in the place of a challenge whether it is met. */
export function markState(place, id) {
  const state = place.querySelector(".challenge-state");
  state.textContent = isMet(id) ? "✓ met" : "open";
  state.dataset.met = isMet(id);
  state.hidden = false;
}
