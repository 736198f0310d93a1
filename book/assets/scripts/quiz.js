// Self-checks on a page: answers are judged here, and the words said come from the item's own answer box.

import { judge } from "./answers.js";
import { forgetButton } from "./forget.js";
import { make } from "./make.js";
import { answered, isBack } from "./misses.js";
import { drop, forget, forgetNote, keep, lostWords, MISSES, recall } from "./progress.js";

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
    this.inputs = [...field.querySelectorAll(":is(.quiz-choice, .quiz-field) input, .quiz-pair select")];
    this.changed = changed;
    const button = field.querySelector(".quiz-check");
    button.hidden = false;
    button.addEventListener("click", () => this.check());
    for (const input of this.inputs) {
      input.addEventListener("input", () => this.clear());
      // In an open list of partners the key chooses.
      if (this.kind === "match") continue;
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.check();
      });
    }
    const { given, right } = recall(this.page, this.name);
    this.show(given);
    if (given !== undefined && !this.holds(given, right)) {
      drop(this.page, this.name);
      this.show();
    } else if (isBack(field.id)) this.show(); // answered anew, without the earlier answer in sight
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

  clear() {
    this.feedback.replaceChildren();
    for (const { dataset } of [this.field, ...this.inputs]) delete dataset.verdict;
    for (const input of this.inputs) input.removeAttribute("aria-invalid");
  }

  /** Mark what was chosen or typed; a right choice that was not taken is not given away. */
  markInputs(answer, right) {
    const { kind, key } = this;
    this.inputs.forEach((input, index) => {
      const typed = input.type === "text";
      if (!typed && kind !== "match" && !input.checked) return;
      const partRight = typed ? right : kind === "match" ? key.right[index] === answer[index] : key.right.includes(index);
      input.dataset.verdict = partRight ? "right" : "wrong";
      if (typed || kind === "match") input.setAttribute("aria-invalid", !partRight);
    });
  }

  /** Say beside the question's number whether it was answered right, today or earlier, or is to be answered again. */
  mark() {
    const state = this.right ? "✓ answered right" : "";
    this.field.querySelector(".quiz-state").textContent = isBack(this.field.id) ? "↻ back today" : state;
  }

  check() {
    const answer = this.answer;
    const { problem, right, words, notes = [] } = judge[this.kind](this.key, answer);
    if (problem) {
      this.clear();
      this.say("unread", "?", "", problem, []);
      return;
    }
    keep(this.page, this.name, answer, Boolean(right));
    this.clear();
    this.markInputs(answer, right);
    const shown = notes.map((note) => this.field.querySelector(`[data-note="${note}"]`)).filter(Boolean);
    answered(this.field.id, right, shown.map(({ dataset }) => dataset.mistake));
    const explanation = right ? [...this.field.querySelectorAll(".quiz-explanation")] : [];
    const parts = shown.map((note) => this.noteOf(note, shown.length > 1 || this.kind === "match"));
    if (right) this.say("right", "✓", "Right.", words, [...parts, ...explanation.map(copyOf)]);
    else this.say("wrong", "✗", "Not yet.", words, parts);
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
    const symbol = make("span", { className: "quiz-sign", textContent: sign });
    symbol.setAttribute("aria-hidden", "true");
    const line = make("p", { className: "quiz-verdict" }, symbol, " ");
    if (title) line.append(make("strong", { textContent: title }), " ");
    line.append(words ?? "");
    this.feedback.replaceChildren(make("div", { className: "quiz-said" }, line, ...parts));
  }
}

function mountItems() {
  const line = make("span", { className: "quiz-count-line" });
  const items = [];
  const count = () => {
    const right = items.filter((item) => item.right).length;
    const words =
      items.length === 1
        ? `The question on this page is ${right ? "" : "not yet "}answered right.`
        : `${right} of the ${items.length} questions on this page answered right.`;
    line.textContent = words + lostWords();
  };
  for (const field of document.querySelectorAll("fieldset.quiz-item")) items.push(new Item(field, count));
  if (!items.length) return;
  const button = forgetButton("Forget my answers on this page", "Press again to forget them", () => {
    forget(items[0].page);
    for (const item of items) {
      forgetNote(MISSES, item.field.id);
      item.show();
    }
    count();
  });
  count();
  items.at(-1).field.after(make("div", { className: "quiz-progress" }, line, " ", ...button));
}

/** Paper opens no disclosure: all are open while the page is printed. */
function openForPrint() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.quiz-answer:not([open])")];
    for (const box of opened) box.open = true;
  });
  addEventListener("afterprint", () => {
    for (const box of opened) box.open = false;
  });
}

mountItems();
openForPrint();
