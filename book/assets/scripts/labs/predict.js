// A question that a lab asks before it shows a result: the reader's guess is judged as a quiz judges numbers, and a usual
// mistake is told in the sentence of `cnnbook.mistakes`.

import { judge } from "../answers.js";
import { button, escape, write } from "./markup.js";

/**
 * Judge a guess at a prediction of a lab: {right, said, problem}; `said` is HTML. The answer is a number, or a shape, a
 * list; undefined or null where the state has none. `sentences` has those of the mistakes that the lab names.
 */
export function judgeGuess({ answer, mistakes, unit }, shown, text, sentences) {
  const key = { answer: answer(shown), unit };
  const isShape = Array.isArray(key.answer);
  const usual = mistakes.map(([name, value]) => [name, value(shown)]).filter(([, value]) => [value].flat().every(Number.isFinite));
  key.wrong = usual.map(([, value]) => value);
  key.tolerance = [key.answer, ...key.wrong].flat().every(Number.isInteger) ? 0 : 0.005; // labs write two decimals
  const { problem, right, words = "", notes = [] } = judge[isShape ? "shape" : "number"](key, text);
  if (problem) return { problem: true, said: escape(problem) };
  const told = notes.map((note) => sentences[usual[note][0]] ?? escape(usual[note][0]));
  return { right, said: [escape(words), ...told].filter(Boolean).join(" ") };
}

/** The question with its field, or with its answer once that is shown. */
export function questionForm({ question, answer }, shown, { open, typed = "", verdict = "", said = "" }, id) {
  const words = open
    ? `<div class="lab-guess"><label for="${id}-guess">Your guess</label>` +
      `<input type="text" id="${id}-guess" data-guess inputmode="text" autocomplete="off" value="${escape(typed)}">` +
      `${button("check", "Check")}${button("tell", "Show me")}</div>`
    : `<p class="lab-told"><strong>${verdict === "right" ? "✓ Right:" : "It is"} ${[answer(shown)].flat().map((value) => write(value)).join("×")}.</strong></p>`;
  // What is right stands above; a screen reader hears it here.
  const sign = { right: '<span class="quiz-unseen">Right.</span>', wrong: "<strong>✗ Not yet.</strong> ", unread: "" }[verdict];
  return (
    `<div class="lab-predict d-print-none"><p class="lab-question">Before you look: ${question(shown)}</p>${words}` +
    `<p class="lab-verdict" data-verdict="${verdict}" role="status">${sign === undefined ? "" : sign + said}</p></div>`
  );
}
