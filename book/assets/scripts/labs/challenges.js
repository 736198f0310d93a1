// Goals to reach with a lab: a list for each in `challenges`, which its page loads. A challenge is {id, lab, text, hints,
// start, is_met}; one that is drawn from a seed has `draw` as well, which gives the numbers that text, start and is_met get
// last. States and results are those of the labs' contract.

import { openDraws } from "../practice/draws.js";

export const FIRST_SEED = 1;

/** A challenge as it is set, its words, its start and its goal; the seed counts for those that are drawn. */
export function setChallenge(challenge, seed) {
  const drawn = challenge.draw?.(openDraws("challenge", challenge.id, seed));
  const { id, lab, hints } = challenge;
  return {
    id, lab, hints, isDrawn: Boolean(drawn),
    text: drawn ? challenge.text(drawn) : challenge.text,
    start: drawn ? challenge.start(drawn) : challenge.start,
    /** Whether a lab's state and result meet it; one that shows an error does not. */
    is_met: (state, result) => !result.error && Boolean(challenge.is_met(state, result, drawn)),
    drawn,
  };
}
