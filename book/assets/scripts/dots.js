// A question as a dot. Its state is said three times: by a colour, by a sign, both in quiz.css, and in words.

const WORDS = { right: "answered right", wrong: "not yet right" };

/** Show the state of a question, a key of `WORDS`, "open", "back today", "back tomorrow" or "with the solution"; `name` is such as "Question 3". */
export function markDot(dot, name, verdict) {
  dot.dataset.verdict = verdict;
  dot.setAttribute("aria-label", `${name}, ${WORDS[verdict] ?? verdict}`);
}
