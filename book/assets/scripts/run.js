// Cells that a reader can edit and run in the page. This script only puts buttons and plain fields there; the first deed
// brings the rest: run/later.js, the editor, and Python in a worker.

import { load } from "./load.js";
import { codeFromOther, forgetCode, keepCode, recallCode } from "./progress.js";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

let loading;

/** What later.js offers. The editor comes beside it; where it does not, a plain field stands in. */
const later = () => (loading ??= Promise.all([load("run-later.js"), load("run-editor.js").catch(() => {})])
  .then(() => globalThis.bookRun(book), (error) => {
    loading = undefined;
    throw error;
  }));

/** Do something with what later.js offers; `status` says so where it does not arrive. */
async function attempt(status, act) {
  try {
    await later();
  } catch {
    status.textContent = "The editor could not be loaded: check the connection, then try again. Your text is kept.";
    return;
  }
  act(await later());
}

/** A code cell: its text on the page, and once it was opened its field with bar, status and output. */
class Cell {
  constructor(input) {
    this.input = input;
    this.name = `cell ${Number(input.dataset.run) + 1}`; // so a traceback calls it
    this.code = input.querySelector("pre");
    this.source = this.code.textContent.replace(/\n$/, "");
    this.status = make("span", { className: "run-status", role: "status" });
  }

  get text() {
    return this.field?.value ?? this.source;
  }

  /** Put another text into the field, and into the editor over it. */
  write(text) {
    this.editor?.write(text);
    this.field.value = text;
    this.field.dispatchEvent(new Event("input"));
  }

  /** A plain field in the place of the code, as high as that. */
  putField(text, label) {
    const rows = () => Math.max(this.source.split("\n").length, this.field.value.split("\n").length);
    this.field = make("textarea", { className: "run-field", value: text, spellcheck: false, autocapitalize: "off", wrap: "off" });
    this.field.setAttribute("aria-label", label);
    this.field.rows = rows();
    this.field.addEventListener("input", () => { this.field.rows = rows(); });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) attempt(this.status, (rest) => rest.act(this, "run"));
    });
    this.code.closest("[class*='highlight-']").hidden = true;
    this.input.append(this.field);
  }
}

/** Any cell of a page: one button until it is opened. */
class PageCell extends Cell {
  constructor(input) {
    super(input);
    this.opener = make("button", { type: "button", className: "run-open", textContent: "edit and run" });
    this.opener.addEventListener("click", () => attempt(this.status, (rest) => rest.open(this)));
    input.append(this.opener, this.status);
  }
}

/** A cell that does not run here: a button that says why, and where it does. */
function explain(input) {
  const needs = input.dataset.needs;
  const links = [...document.querySelectorAll(".launch a:not([data-needs-server])")].flatMap((a, at) => [at ? " or " : "", make("a", { href: a.href, download: a.download, textContent: a.textContent.trim() })]);
  const words = make("p", { className: "run-note", hidden: true }, `This cell needs ${needs}, and no browser has that. It runs in: `, ...links, ".");
  const opener = make("button", { type: "button", className: "run-open", textContent: `needs ${needs}` });
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", () => {
    words.hidden = !words.hidden;
    opener.setAttribute("aria-expanded", String(!words.hidden));
  });
  input.append(opener);
  input.after(words);
}

/** The starter of an exercise: its field and its bar are there from the beginning, with what the reader has written. */
class Exercise extends Cell {
  constructor(input) {
    super(input);
    this.exercise = input.dataset.exercise;
    this.putField(this.kept.text || this.source, `Your function ${this.exercise}`);
    this.veil(this.text === this.source);
    this.field.addEventListener("input", () => this.changed());
    // The editor comes with a press, once that has given the field the focus, or the first key; whoever passes with Tab
    // leaves the field as it is.
    const bring = ({ key }) => {
      if (["Tab", "Shift"].includes(key)) return;
      this.veil(false);
      attempt(this.status, (rest) => rest.edit(this));
    };
    for (const event of ["click", "keydown"]) this.field.addEventListener(event, bring);
    this.state = make("span", { className: "run-state" });
    const button = (action, words) => {
      const element = make("button", { type: "button", textContent: words, className: action === "check" ? "quiz-check" : "run-button" });
      element.dataset.run = action;
      if (["check", "run", "hint"].includes(action)) element.dataset.runs = "";
      element.addEventListener("click", () => attempt(this.status, (rest) => rest.act(this, action)));
      return element;
    };
    this.bar = make("div", { className: "run-bar" },
      button("check", "Check"), button("run", "Run"), button("hint", "Hint"),
      button("again", "Start again"), button("download", "Download"), this.state);
    this.said = make("div", { className: "run-said", role: "status" });
    this.input.after(this.bar, make("p", { className: "run-note" }, book.cells.some(({ exercise }) => exercise) ? "" : `${book.note} `, this.status), this.said);
    this.mark();
  }

  /** An untouched starter is seen as the page's own code, in colour and wrapped as that; its field lies over it, unseen. */
  veil(isUntouched) {
    const code = this.code.closest("[class*='highlight-']");
    code.hidden = !isUntouched;
    code.inert = isUntouched;
    this.input.classList.toggle("run-untouched", isUntouched);
  }

  get kept() {
    return recallCode(this.exercise);
  }

  /** Keep the text as it is; an exercise once solved stays so. */
  keep(right = false) {
    const isKept = keepCode(this.exercise, this.text, right || Boolean(this.kept.right));
    this.status.textContent = isKept ? "" : "This browser keeps nothing here (its storage is full or forbidden): download your text before you leave.";
    this.mark();
  }

  /** Another text stands there: what was said of the last is over, and so is a first press that asked for a second. */
  changed() {
    this.veil(false);
    this.said.replaceChildren();
    this.asked = undefined;
    if (!this.isShowing) this.keep();
  }

  /** Show a text that is kept already: two tabs would answer each other without end if each kept it again. */
  show(text) {
    this.isShowing = true;
    this.write(text);
    this.isShowing = false;
    this.mark();
  }

  /** Put the starter back; that the exercise was solved once stays known. */
  startAgain() {
    if (this.kept.right) keepCode(this.exercise, "", true);
    else forgetCode(this.exercise);
    this.show(this.source);
    this.veil(!this.editor);
  }

  mark() {
    this.state.textContent = this.kept.right ? "✓ solved" : "";
  }
}

const settings = document.querySelector("[data-python]")?.dataset.python;
const { note, ...python } = settings ? JSON.parse(settings) : {};
const book = { note, python, cells: [], make };

for (const input of document.querySelectorAll(".cell_input[data-run]")) {
  book.cells.push(new (input.dataset.exercise ? Exercise : PageCell)(input));
}
// Another tab may write the same exercise; what was written last is shown in both.
const exercises = book.cells.filter(({ exercise }) => exercise);
function follow(cell, text) {
  cell.mark();
  if (!text || text === cell.text) return;
  cell.show(text);
  cell.status.textContent = "This text comes from another tab, where you wrote last.";
}
addEventListener("storage", (event) => {
  for (const cell of exercises) follow(cell, codeFromOther(event, cell.exercise));
});
// The page may come back from the browser's memory, which hears nothing meanwhile.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const cell of exercises) follow(cell, cell.kept.text);
});
document.querySelectorAll(".cell_input[data-needs]").forEach(explain);
document.querySelector(".run-open")?.classList.add("run-first"); // the others show themselves to whoever points at their cell
