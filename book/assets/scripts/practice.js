// The practice page: draws a sheet of problems from the seed in the address, checks answers, gives hints.
// Without this script the element keeps what the page put into it.

import { SEEDS } from "./practice/draws.js";
import { check } from "./practice/judge.js";
import { KINDS, sheet } from "./practice/problems.js";
import { blocks, shown, texts } from "./practice/texts.js";

const MOST = 40; // problems of a sheet, as in cnnbook/practice/sheet.py
const LEVELS = ["rising", 1, 2, 3];

const newSeed = () => Math.floor(Math.random() * 10000);

/** Make an element; properties that are no properties of the DOM become attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    name in element ? (element[name] = value) : element.setAttribute(name, value);
  element.append(...children.flat());
  return element;
}

const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });

/** Text with what stands in backticks as code. */
const rich = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", { textContent: part }) : part));

/** What opens when it is asked for. */
const fold = (title, ...content) =>
  make("details", { className: "practice-fold" }, make("summary", { textContent: title }), content);

const steps = (all) => make("ol", {}, all.map((step) => make("li", {}, rich(step))));

/** The words of a question, which name the group of controls below them, and its grids, which come last. */
function drawn(question, id) {
  const words = make("div", { id });
  const grids = make("div", { className: "practice-grids" });
  for (const { text, items, caption, rows } of blocks(question)) {
    const cells = (row) => row.map((cell) => make("td", { textContent: cell }));
    if (rows) {
      const body = make("tbody", {}, rows.map((row) => make("tr", {}, cells(row))));
      grids.append(make("table", {}, make("caption", { textContent: caption }), body));
    } else words.append(items ? steps(items) : make("p", {}, rich(text)));
  }
  return [words, grids];
}

function item(problem, number, count, solved) {
  const ids = ["title", "question"].map((name) => `practice-${name}-${number}`);
  const feedback = make("div", { className: "practice-feedback", "aria-live": "polite" });
  const row = Array.isArray(problem.answer);
  // What was said belongs to another answer.
  const clear = () => {
    feedback.replaceChildren();
    input.removeAttribute("aria-invalid");
  };
  const input = make("input", { type: "text", autocomplete: "off", size: row ? 18 : 10, oninput: clear });
  const mark = make("span", { className: "practice-mark" });
  const hints = problem.hints.map((hint) => make("p", {}, rich(hint)));
  const answer = make("p", {}, `Answer: ${shown(problem.answer)}`);

  const judge = (event) => {
    event.preventDefault();
    const { right, message, page } = check(problem, input.value);
    const link = page ? [" See ", make("a", { href: `../${page}.html`, textContent: texts.pages[page] }), "."] : [];
    const [className, sign] = right ? ["right", "✓ "] : right === false ? ["wrong", "✗ Not yet. "] : ["", ""];
    feedback.replaceChildren(make("p", { className }, sign, rich(message), link));
    input.setAttribute("aria-invalid", !right);
    if (right) {
      mark.textContent = " ✓ solved";
      solved(number);
    }
  };

  return make("li", {}, make("form", { noValidate: true, onsubmit: judge },
    make("fieldset", { "aria-labelledby": ids.join(" ") },
      make("legend", { id: ids[0] }, `Problem ${number} of ${count}: ${problem.title}, level ${problem.level}`, mark),
      drawn(problem.question, ids[1]),
      make("div", { className: "practice-row" },
        make("label", {}, row ? "Your answer, with commas: " : "Your answer: ", input),
        make("button", { textContent: "Check" })),
      feedback, fold("Hint", hints[0], fold("Next hint", hints[1])),
      fold("Show the solution", steps(problem.solution), answer))));
}

function mount(root) {
  const boxes = KINDS.map((kind) => make("input", { type: "checkbox", value: kind }));
  const required = { required: true };
  const level = make("select", required, LEVELS.map((name, value) => make("option", { value, textContent: name })));
  const count = make("input", { ...required, type: "number", min: 1, max: MOST });
  const seed = make("input", { ...required, type: "number", min: 0, max: SEEDS - 1 });
  const single = make("input", { type: "checkbox", onchange: () => turn(0) });
  const link = make("input", { readOnly: true, onfocus: () => link.select() });
  const status = make("p", { role: "status" });
  const list = make("ol", { className: "practice-list" });
  const head = make("p", { className: "practice-head" });
  const pages = make("div", { className: "practice-row" },
    button("Previous problem", () => turn(-1)), button("Next problem", () => turn(1)));
  let [current, done, odd] = [0, new Set(), []];

  const chosen = () => KINDS.filter((_, i) => boxes[i].checked);
  const address = () => {
    const kinds = chosen();
    const few = kinds.length < KINDS.length ? `&kinds=${kinds}` : "";
    return `#seed=${+seed.value}&count=${+count.value}${+level.value ? `&level=${level.value}` : ""}${few}`;
  };

  /** Set the controls to what an address asks for, and note what no sheet has; false where it names no sheet. */
  function read(text) {
    const asked = new URLSearchParams(text.slice(1));
    odd = [];
    for (const [name, control, usual] of [["seed", seed, newSeed()], ["count", count, 10], ["level", level, 0]]) {
      control.value = asked.get(name) ?? usual;
      if (control.validity.valid) continue;
      odd.push(`${name}=${asked.get(name)}`);
      control.value = usual;
    }
    const kinds = asked.get("kinds")?.split(",") ?? KINDS;
    const unknown = kinds.filter((kind) => !KINDS.includes(kind));
    if (unknown.length) odd.push(`kinds=${unknown}`);
    for (const box of boxes) box.checked = unknown.length === kinds.length || kinds.includes(box.value);
    return asked.has("seed");
  }

  function say() {
    const note = odd.length ? `The address asks for ${odd.join(", ")}, which no sheet has. ` : "";
    status.textContent = `${note}Sheet ${seed.value}: ${done.size} of ${list.childElementCount} solved.`;
  }

  function turn(by) {
    current = Math.max(0, Math.min(list.childElementCount - 1, current + by));
    [...list.children].forEach((one, i) => (one.hidden = single.checked && i !== current));
    pages.hidden = !single.checked;
    if (by) list.children[current].querySelector("input").focus();
  }

  function show() {
    [current, done] = [0, new Set()];
    const problems = sheet(+seed.value, +count.value, +level.value, chosen());
    list.replaceChildren(...problems.map((one, i) => item(one, i + 1, problems.length, (n) => (done.add(n), say()))));
    head.textContent = `Sheet ${seed.value}`;
    link.value = location.href.split(/[?#]/)[0] + address();
    if (!location.hash || location.hash.includes("seed=")) location.replace(address());
    turn(0);
    say();
  }

  const fresh = button("New problems", () => {
    seed.value = newSeed();
    form.requestSubmit();
  });
  const form = make("form", { className: "practice-settings", onsubmit: (event) => {
    event.preventDefault();
    odd = [];
    if (chosen().length) {
      location.hash = address();
      show();
    } else status.textContent = "Choose at least one kind of problem.";
  } },
    make("fieldset", {}, make("legend", { textContent: "Kinds of problem" }),
      boxes.map((box) => make("label", {}, box, " ", texts.kinds[box.value].title))),
    make("div", { className: "practice-row" },
      make("label", {}, "Level ", level),
      make("label", {}, "Problems ", count),
      make("label", {}, "Sheet number ", seed)),
    make("div", { className: "practice-row" },
      make("button", { textContent: "Show this sheet" }), fresh, make("label", {}, single, " One at a time")),
    make("label", { className: "practice-link" }, "Link to this sheet ", link));

  addEventListener("hashchange", () => {
    if (location.hash.includes("seed=") && location.hash !== address()) read(location.hash), show();
  });
  root.replaceChildren(form, status, head, list, pages);
  read(location.hash) || read(location.search);
  show();
}

for (const root of document.querySelectorAll("[data-practice]")) mount(root);
