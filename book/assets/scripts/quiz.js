// Self-checks on a page: answers are judged here, and the words said come from the item's own answer box.

import { judge } from "./answers.js";
import { forgetButton } from "./forget.js";
import { make } from "./make.js";
import { answered, stateOf } from "./misses.js";
import { drop, forget, forgetNote, keepNote, lostWords, MISSES, recall } from "./progress.js";

/** What stands beside a question's number, by its state; of the others their names. */
const WORDS = { right: "✓ answered right", wrong: "✗ not yet", open: "" };

/** Copy a part of the answer box: without ids, which would be there twice, and without buttons that need them. */
function copyOf(element) {
  const copy = element.cloneNode(true);
  for (const inner of copy.querySelectorAll("[id]")) inner.removeAttribute("id");
  for (const button of copy.querySelectorAll("button")) button.remove();
  return copy;
}

class Item {
  constructor(field) {
    Object.assign(this, field.dataset, { field }); // its `kind`, `page`, `digest` and `key`
    this.name = `${field.id}:${this.digest}`;
    this.key = JSON.parse(atob(this.key));
    this.feedback = field.querySelector(".quiz-feedback");
    this.inputs = [...field.querySelectorAll("input, select")];
    const button = field.querySelector(".quiz-check");
    button.hidden = false;
    button.onclick = () => this.check();
    field.oninput = () => this.clear();
    field.onkeydown = (event) => {
      // In an open list of partners the key chooses.
      if (event.key !== "Enter" || event.isComposing || event.target.localName !== "input") return;
      event.preventDefault();
      this.check();
    };
    this.box = field.querySelector(".quiz-answer");
    this.box.ontoggle = () => (this.seen ||= this.box.open);
    const { given, right } = recall(this.page, this.name);
    this.show(given);
    if (given === undefined) return;
    const isKnown = this.holds(given, right);
    if (!isKnown) drop(this.page, this.name);
    if (!isKnown || this.open) this.show(); // answered anew, without the earlier answer in sight
    else this.markInputs(given, right);
  }

  /** Whether the controls show this answer, and it is right or wrong as is said of it; else another script wrote it. */
  holds(given, right) {
    const { stringify } = JSON;
    return stringify(this.answer) === stringify(given) && Boolean(judge[this.kind](this.key, given).right) === right;
  }

  /** How it was answered, see misses.js. */
  get state() {
    return stateOf(this.page, this.name);
  }

  /** The reader's answer, in the form that `judge` takes. */
  get answer() {
    const { kind, inputs } = this;
    if (kind === "match") return inputs.map((input) => (input.value === "" ? -1 : Number(input.value)));
    if (kind === "number" || kind === "shape") return inputs[0].value;
    return inputs.flatMap((input, index) => (input.checked ? [index] : []));
  }

  /** Put an earlier answer, or none, into the inputs, and the right one out of sight. */
  show(answer) {
    this.box.open = this.seen = false;
    this.inputs.forEach((input, index) => {
      if (this.kind === "match") input.value = answer?.[index] ?? "";
      else if (input.type === "text") input.value = answer ?? "";
      else input.checked = answer?.includes(index) ?? false;
    });
    this.clear();
    this.mark();
  }

  /** Nothing is said of what stands there: it is open until it is checked or put back. */
  clear() {
    this.open = true;
    this.feedback.replaceChildren();
    for (const part of [this.field, ...this.inputs]) {
      delete part.dataset.verdict;
      part.ariaInvalid = null;
    }
  }

  /** Mark what was chosen or typed; a right choice that was not taken is not given away. */
  markInputs(answer, right) {
    const { kind, key } = this;
    this.inputs.forEach((input, index) => {
      const typed = input.type === "text";
      if (!typed && kind !== "match" && !input.checked) return;
      const partRight = typed ? right : kind === "match" ? key.right[index] === answer[index] : key.right.includes(index);
      input.dataset.verdict = partRight ? "right" : "wrong";
      if (typed || kind === "match") input.ariaInvalid = !partRight;
    });
  }

  /** Say beside the question's number how it was answered, today or earlier, or that it is to be answered again. */
  mark() {
    const { state } = this;
    const mark = this.field.querySelector(".quiz-state");
    this.open = state.startsWith("back");
    mark.dataset.verdict = state;
    mark.textContent = WORDS[state] ?? `↻ ${state}`;
  }

  check() {
    const answer = this.answer;
    const { problem, right, words, notes = [] } = judge[this.kind](this.key, answer);
    this.clear();
    if (problem) return this.say("unread", "?", "", problem);
    // An answer after the solution was seen does not count, unless it was right before.
    const isShown = this.seen && this.state !== "right";
    if (!right || !isShown) keepNote(this.page, this.name, { given: answer, right: Boolean(right) });
    this.markInputs(answer, right);
    const found = notes.map((note) => this.field.querySelector(`[data-note~="${note}"]`));
    const shown = [...new Set(found)].filter(Boolean); // cells share remarks
    const parts = shown.map((note) => this.noteOf(note, shown.length > 1 || this.kind === "match"));
    const copies = (part) => [...this.field.querySelectorAll(part)].map(copyOf);
    if (right) this.say("right", "✓", isShown ? "Right, but you had seen the answer: back tomorrow." : "Right.", words, [...parts, ...copies(".quiz-explanation")]);
    // What was chosen is right, and something is missing.
    else if (this.inputs.every(({ dataset }) => dataset.verdict !== "wrong")) this.say("unread", "…", "Not all yet.", words, parts);
    else this.say("wrong", "✗", "Not yet.", words, [...parts, ...copies(".quiz-begun")]);
    answered(this.field.id, right, shown.map(({ dataset }) => dataset.mistake), isShown);
    this.mark();
  }

  /** Copy a remark; where there are several, each says what it is about. */
  noteOf(note, named) {
    const text = copyOf(note.querySelector(".quiz-note-text"));
    return named ? make("div", {}, copyOf(note.querySelector(".quiz-lead")), text) : text;
  }

  say(verdict, sign, title, words, parts = []) {
    this.field.dataset.verdict = verdict;
    const symbol = make("span", { className: "quiz-sign", textContent: sign, ariaHidden: true });
    const line = make("p", { className: "quiz-verdict" }, symbol, " ");
    if (title) line.append(make("strong", {}, title), " ");
    line.append(words ?? "");
    this.feedback.replaceChildren(make("div", { className: "quiz-said" }, line, ...parts));
  }
}

const items = [...document.querySelectorAll("fieldset.quiz-item")].map((field) => new Item(field));
const line = make("span");
const progress = make("div", { className: "quiz-progress" }, line, " ");

function count() {
  const right = items.filter(({ state }) => state === "right").length;
  line.textContent = `Answered right on this page: ${right} of ${items.length}.${lostWords()}`;
  progress.toggleAttribute("data-done", right === items.length); // shows where to go on
}

progress.append(...forgetButton("Forget my answers on this page", "Press again to forget them", () => {
  forget(items[0].page);
  for (const item of items) {
    forgetNote(MISSES, item.field.id);
    item.show();
  }
  dispatchEvent(new Event("storage")); // the dots follow as if another tab had done it
}));
items.at(-1).field.after(progress);
count();
// An answer was noted, here or in another tab. A page may stay open until another day, or come back from the browser's
// memory on one.
for (const event of ["storage", "pageshow", "visibilitychange"]) {
  addEventListener(event, () => {
    if (document.hidden) return;
    for (const item of items) if (!item.open) item.state === "back today" ? item.show() : item.mark();
    count();
  });
}
