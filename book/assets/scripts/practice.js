// The practice page: draws a sheet of problems from the seed in the address, checks answers, gives hints.
// Without this script the element keeps what the page put into it.

import { openDraws, SEEDS } from "./practice/draws.js";
import { check } from "./practice/judge.js";
import { KINDS, sheet } from "./practice/problems.js";
import { blocks, shown, texts } from "./practice/texts.js";
import { drop, keep, lostWords, PRACTICE, recall } from "./progress.js";

const MOST = 40; // problems of a sheet, as in cnnbook/practice/sheet.py
const LEVELS = ["rising", 1, 2, 3];
const NAMES = ["seed", "count", "level", "kinds"]; // of what an address asks for

const SOLVED = " ✓ solved";

const newSeed = () => Math.floor(Math.random() * 10000);

/** Whether a part of an address may ask for a sheet; the other hashes are places on the page. */
const isSheet = (part) => part.includes("=");

/** Make an element; properties that are no properties of the DOM become attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    name in element ? (element[name] = value) : element.setAttribute(name, value);
  element.append(...children.flat());
  return element;
}

/** Make an element around text and other elements. */
const wrap = (tag, ...children) => make(tag, {}, ...children);

const button = (words, onclick) => make("button", { type: "button", onclick }, words);

/** Text with what stands in backticks as code. */
const rich = (text) => text.split("`").map((part, i) => (i % 2 ? wrap("code", part) : part));

/** What opens when it is asked for. */
const fold = (title, ...content) =>
  make("details", { className: "practice-fold" }, wrap("summary", title), content);

const steps = (all) => wrap("ol", all.map((step) => wrap("li", rich(step))));

/** The words of a question, which name the group of controls below them, and its grids, which come last. */
function drawn(question, id) {
  const words = make("div", { id });
  const grids = make("div", { className: "practice-grids" });
  for (const { text, items, caption, rows } of blocks(question)) {
    if (rows) {
      const body = rows.map((row) => wrap("tr", row.map((cell) => wrap("td", cell))));
      grids.append(wrap("table", wrap("caption", caption), wrap("tbody", body)));
    } else words.append(items ? steps(items) : wrap("p", rich(text)));
  }
  return [words, grids];
}

function item(problem, number, count, solved) {
  const ids = ["title", "question"].map((name) => `practice-${name}-${number}`);
  const feedback = make("div", { className: "practice-feedback", "aria-live": "polite" });
  const several = Array.isArray(problem.answer);
  // What was said belongs to another answer.
  const clear = () => {
    feedback.replaceChildren();
    input.removeAttribute("aria-invalid");
  };
  const input = make("input", { type: "text", autocomplete: "off", size: several ? 18 : 10, oninput: clear });
  // A problem that is worded or drawn otherwise in another edition of the book is another problem.
  const name = `${problem.level}:${openDraws(problem.question).below(SEEDS)}`;
  const written = shown(problem.answer);
  const { given } = recall(PRACTICE, name);
  if (given === written) input.value = given;
  else if (given !== undefined) drop(PRACTICE, name);
  const mark = make("span", { className: "practice-mark" }, input.value && SOLVED);
  const hints = problem.hints.map((hint) => wrap("p", rich(hint)));

  const judge = (event) => {
    event.preventDefault();
    const { right, sentence, page } = check(problem, input.value);
    const link = page ? [" See ", make("a", { href: `../${page}.html` }, texts.pages[page]), "."] : [];
    const [className, sign] = right ? ["right", "✓ "] : right === false ? ["wrong", "✗ Not yet. "] : ["", ""];
    feedback.replaceChildren(make("p", { className }, sign, rich(sentence), link));
    input.setAttribute("aria-invalid", !right);
    if (right) {
      mark.textContent = SOLVED;
      keep(PRACTICE, name, written, true);
      solved();
    }
  };

  return wrap("li", make("form", { onsubmit: judge },
    make("fieldset", { "aria-labelledby": ids.join(" ") },
      make("legend", { id: ids[0] }, `Problem ${number} of ${count}: ${problem.title}, level ${problem.level}`, mark),
      drawn(problem.question, ids[1]),
      make("div", { className: "practice-row" },
        wrap("label", several ? "Your answer, with commas: " : "Your answer: ", input),
        wrap("button", "Check")),
      feedback, fold("Hint", hints[0], fold("Next hint", hints[1])),
      fold("Show the solution", steps(problem.solution), wrap("p", `Answer: ${written}`)))));
}

function mount(root) {
  const boxes = KINDS.map((kind) => make("input", { type: "checkbox", value: kind }));
  const required = { required: true };
  const level = make("select", {}, LEVELS.map((name, value) => make("option", { value }, name)));
  const count = make("input", { ...required, type: "number", min: 1, max: MOST });
  const seed = make("input", { ...required, type: "number", min: 0, max: SEEDS - 1 });
  const single = make("input", { type: "checkbox", onchange: () => turn(0) });
  const link = make("input", { readOnly: true, onfocus: () => link.select() });
  // What is asynchronous and newer is missing where a page comes by http.
  const copy = button("Copy link", () => {
    link.focus();
    if (document.execCommand("copy")) {
      copy.focus();
      status.textContent = "The link is copied.";
    } else status.textContent = "The link is selected: copy it with the keyboard or the menu.";
  });
  const status = make("p", { role: "status" });
  const list = make("ol", { className: "practice-list" });
  const head = make("p", { className: "practice-head" });
  const pages = make("div", { className: "practice-row" },
    button("Previous problem", () => turn(-1)), button("Next problem", () => turn(1)));
  let [current, refused] = [0, []];

  const chosen = () => KINDS.filter((_, i) => boxes[i].checked);
  const address = () => {
    const kinds = chosen();
    const few = kinds.length < KINDS.length ? `&kinds=${kinds}` : "";
    return `#seed=${+seed.value}&count=${+count.value}${+level.value ? `&level=${level.value}` : ""}${few}`;
  };

  /** Set the controls to what the address asks for, and note what no sheet has. */
  function read() {
    const asked = new URLSearchParams([location.hash, location.search].find(isSheet)?.slice(1));
    refused = [];
    const refuse = (name, value) => refused.push(`${name}=${value}`.slice(0, 40));
    for (const [name, control, usual] of [["seed", seed, newSeed()], ["count", count, 10], ["level", level, 0]]) {
      control.value = asked.get(name) ?? usual;
      if (control.value && control.validity.valid) continue; // a level that is none leaves the list empty
      refuse(name, asked.get(name));
      control.value = usual;
    }
    const kinds = asked.get("kinds")?.split(",") ?? KINDS;
    const unknown = kinds.filter((kind) => !KINDS.includes(kind));
    if (unknown.length) refuse("kinds", unknown);
    for (const box of boxes) box.checked = unknown.length === kinds.length || kinds.includes(box.value);
    [...asked].forEach(([name, value], i, all) => {
      if (!NAMES.includes(name) || all.findIndex(([first]) => first === name) < i) refuse(name, value);
    });
  }

  function say() {
    const note = refused.length ? `The address asks for ${refused.join(", ")}, which no sheet has. ` : "";
    const solved = list.querySelectorAll(".practice-mark:not(:empty)").length;
    status.textContent = `${note}Sheet ${seed.value}: ${solved} of ${list.childElementCount} solved.${lostWords()}`;
  }

  function turn(by) {
    current += by;
    const [previous, next] = pages.children;
    previous.disabled = current === 0;
    next.disabled = current === list.childElementCount - 1;
    [...list.children].forEach((element, i) => (element.hidden = single.checked && i !== current));
    pages.hidden = !single.checked;
    if (by) list.children[current].querySelector("input").focus();
  }

  function show() {
    current = 0;
    const problems = sheet(+seed.value, +count.value, +level.value, chosen());
    list.replaceChildren(...problems.map((problem, i) => item(problem, i + 1, problems.length, say)));
    head.textContent = `Sheet ${seed.value}`;
    link.value = location.href.split(/[?#]/)[0] + address();
    if (!location.hash || isSheet(location.hash)) location.replace(address());
    turn(0);
    say();
  }

  const fresh = button("New problems", () => {
    seed.value = newSeed();
    form.requestSubmit();
  });
  const form = make("form", { className: "practice-settings", onsubmit: (event) => {
    event.preventDefault();
    refused = [];
    if (chosen().length) {
      location.hash = address();
      show();
    } else status.textContent = "Choose at least one kind of problem.";
  } },
    wrap("fieldset", wrap("legend", "Kinds of problem"),
      boxes.map((box) => wrap("label", box, " ", texts.kinds[box.value].title))),
    make("div", { className: "practice-row" },
      wrap("label", "Level ", level),
      wrap("label", "Problems ", count),
      wrap("label", "Sheet number ", seed)),
    make("div", { className: "practice-row" },
      wrap("button", "Show this sheet"), fresh, wrap("label", single, " One at a time")),
    make("div", { className: "practice-link" }, wrap("label", "Link to this sheet ", link), copy));

  addEventListener("hashchange", () => {
    if (isSheet(location.hash) && location.hash !== address()) read(), show();
  });
  root.replaceChildren(form, status, head, list, pages);
  read();
  show();
}

for (const root of document.querySelectorAll("[data-practice]")) mount(root);
