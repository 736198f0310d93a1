// Self-checks on a page: answers are judged here, and the words said come from the item's own answer box.

import { judge } from "./answers.js";
import { forgetButton } from "./forget.js";
import { make } from "./make.js";
import { answered, isBack } from "./misses.js";
import { drop, forget, forgetNote, keepNote, lostWords, MISSES, recall } from "./progress.js";

/** Copy a part of the answer box: without ids, which would be there twice, and without buttons that need them. */
function copyOf(element) {
  const copy = element.cloneNode(true);
  for (const inner of copy.querySelectorAll("[id]")) inner.removeAttribute("id");
  for (const button of copy.querySelectorAll("button")) button.remove();
  return copy;
}

class Item {
  constructor(field, changed) {
    this.field = field;
    this.kind = field.dataset.kind;
    this.page = field.dataset.page;
    this.name = `${field.id}:${field.dataset.digest}`;
    this.key = JSON.parse(atob(field.dataset.key));
    this.feedback = field.querySelector(".quiz-feedback");
    this.inputs = [...field.querySelectorAll("input, select")];
    this.changed = changed;
    const button = field.querySelector(".quiz-check");
    button.hidden = false;
    button.addEventListener("click", () => this.check());
    field.addEventListener("input", () => this.clear());
    field.addEventListener("keydown", (event) => {
      // In an open list of partners the key chooses.
      if (event.key !== "Enter" || event.isComposing || event.target.localName !== "input") return;
      event.preventDefault();
      this.check();
    });
    const { given, right } = recall(this.page, this.name);
    this.show(given);
    const isKnown = given === undefined || this.holds(given, right);
    if (!isKnown) drop(this.page, this.name);
    if (!isKnown || this.open) this.show(); // answered anew, without the earlier answer in sight
  }

  /** Whether the controls show this answer, and it is right or wrong as is said of it; else another script wrote it. */
  holds(given, right) {
    const same = JSON.stringify(this.answer) === JSON.stringify(given);
    return same && Boolean(judge[this.kind](this.key, given).right) === right;
  }

  get right() {
    return recall(this.page, this.name).right;
  }

  /** The reader's answer, in the form that `judge` takes. */
  get answer() {
    const { kind, inputs } = this;
    if (kind === "match") return inputs.map((input) => (input.value === "" ? -1 : Number(input.value)));
    if (kind === "number" || kind === "shape") return inputs[0].value;
    return inputs.flatMap((input, index) => (input.checked ? [index] : []));
  }

  /** Put an earlier answer, or none, into the inputs. */
  show(answer) {
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

  /** Say beside the question's number whether it was answered right, today or earlier, or is to be answered again. */
  mark() {
    const state = this.right ? "✓ answered right" : "";
    this.open = this.field.toggleAttribute("data-back", isBack(this.field.id));
    this.field.querySelector(".quiz-state").textContent = this.open ? "↻ back today" : state;
  }

  check() {
    const answer = this.answer;
    const { problem, right, words, notes = [] } = judge[this.kind](this.key, answer);
    this.clear();
    if (problem) {
      this.say("unread", "?", "", problem, []);
      return;
    }
    keepNote(this.page, this.name, { given: answer, right: Boolean(right) });
    this.markInputs(answer, right);
    const found = notes.map((note) => this.field.querySelector(`[data-note~="${note}"]`));
    const shown = [...new Set(found)].filter(Boolean); // cells share remarks
    const parts = shown.map((note) => this.noteOf(note, shown.length > 1 || this.kind === "match"));
    const explanation = this.field.querySelectorAll(".quiz-explanation");
    if (right) this.say("right", "✓", "Right.", words, [...parts, ...[...explanation].map(copyOf)]);
    // What was chosen is right, and something is missing.
    else if (this.inputs.every(({ dataset }) => dataset.verdict !== "wrong")) this.say("unread", "…", "Not all yet.", words, parts);
    else this.say("wrong", "✗", "Not yet.", words, parts);
    const isShown = this.field.querySelector(".quiz-answer[open]");
    answered(this.field.id, right, shown.map(({ dataset }) => dataset.mistake), isShown);
    this.mark();
    this.changed();
  }

  /** Copy a remark; where there are several, each says what it is about. */
  noteOf(note, named) {
    const text = copyOf(note.querySelector(".quiz-note-text"));
    return named ? make("div", {}, copyOf(note.querySelector(".quiz-lead")), text) : text;
  }

  say(verdict, sign, title, words, parts) {
    this.field.dataset.verdict = verdict;
    const symbol = make("span", { className: "quiz-sign", textContent: sign, ariaHidden: true });
    const line = make("p", { className: "quiz-verdict" }, symbol, " ");
    if (title) line.append(make("strong", {}, title), " ");
    line.append(words ?? "");
    this.feedback.replaceChildren(make("div", { className: "quiz-said" }, line, ...parts));
  }
}

function mountItems() {
  const line = make("span");
  const count = () => {
    const right = items.filter((item) => item.right).length;
    line.textContent = `Answered right on this page: ${right} of ${items.length}.${lostWords()}`;
  };
  const items = [...document.querySelectorAll("fieldset.quiz-item")].map((field) => new Item(field, count));
  if (!items.length) return;
  const button = forgetButton("Forget my answers on this page", "Press again to forget them", () => {
    forget(items[0].page);
    for (const item of items) {
      forgetNote(MISSES, item.field.id);
      item.show();
    }
    dispatchEvent(new Event("storage")); // the dots follow as if another tab had done it
    count();
  });
  // A page may stay open until another day, or come back from the browser's memory on one.
  for (const event of ["storage", "pageshow", "visibilitychange"]) {
    addEventListener(event, () => {
      for (const item of items) if (isBack(item.field.id) && !item.open && !document.hidden) item.show();
    });
  }
  count();
  items.at(-1).field.after(make("div", { className: "quiz-progress" }, line, " ", ...button));
}

mountItems();
