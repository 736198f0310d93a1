// The practice page: draws a sheet of problems from the seed in the address, checks answers, gives hints.
// Without this script the element keeps what the page put into it.

import { markDot } from "./dots.js";
import { load } from "./load.js";
import { openDraws, SEEDS } from "./practice/draws.js";
import { shown } from "./practice/fill.js";
import { KINDS, sheet } from "./practice/problems.js";
import { blocks, texts } from "./practice/texts.js";
import { forgetNote, keepNote, lostWords, PRACTICE, recallNote, recallOrDrop } from "./progress.js";

const MOST = 40; // problems of a sheet, as in cnnbook/practice/sheet.py
const LEVELS = ["rising", 1, 2, 3];
const LAST = ["sheet", "last"]; // where the sheet is kept
const NAMES = ["seed", "count", "level", "kinds"]; // of what an address asks for

const WAYS = ["missed", "hinted", "seen"]; // of a problem that was not solved at the first try
const SOLVED = "✓ solved";
const SEEN = "with the solution"; // which does not count, and comes back tomorrow

let loading;

/** What practice/later.js offers: how answers are judged, what is said about mistakes and at the end, and pictures. */
const later = () => (loading ??= load("practice-later.js").catch(() => {}).then(() => globalThis.bookPractice ?? (loading = undefined)));

const newSeed = () => Math.floor(Math.random() * 10000);

/** Whether a part of an address may ask for a sheet; the other hashes are places on the page. */
const isSheet = (part) => part.includes("=");

/** Make an element; a text is its class, and properties that are no properties of the DOM become attributes. */
function make(tag, properties, ...children) {
  if (typeof properties === "string") properties = { className: properties };
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
  make("details", "practice-fold", wrap("summary", title), make("div", "quiz-answer-text", content));

const steps = (all) => wrap("ol", all.map((step) => wrap("li", rich(step))));

/** The words of a question, which name the group of controls below them, and its grids, which come last. */
function drawn(question, id) {
  const words = make("div", { id });
  const grids = make("div", "practice-grids");
  for (const { text, items, caption, rows } of blocks(question)) {
    if (rows) {
      const body = rows.map((row) => wrap("tr", row.map((cell) => wrap("td", cell))));
      // The channels of an image have colours, and each a line of its own; a filter has one colour.
      const channel = caption.match(/channel (\d)/)?.[1] ?? "";
      grids.append(make("table", { "data-channel": /^Filter|Kernel/.test(caption) ? "filter" : channel }, wrap("caption", caption), wrap("tbody", body)));
    } else words.append(items ? steps(items) : wrap("p", rich(text)));
  }
  return [words, grids];
}

/** Whether it can be a sheet as it was left: its `address`, and texts of its `cards` by the names of their problems. */
const isLeft = ({ address, cards }) =>
  [address, ...Object.values(cards).flatMap(Object.values)].every((value) => typeof value === "string");

/**
 * A problem as the card of a question; `judged` hears each verdict, and at once an earlier one, and says what comes next;
 * `go` goes there. `cards` has what is kept of problems: the answer `given`, its `verdict`, and ways that were taken;
 * `save` keeps it.
 */
function item(problem, number, count, cards, save, judged, go) {
  const ids = ["title", "question", "answer"].map((name) => `practice-${name}-${number}`);
  const feedback = make("div", { className: "quiz-feedback", "aria-live": "polite" });
  const several = Array.isArray(problem.answer);
  // What was said belongs to another answer.
  const clear = () => {
    feedback.replaceChildren();
    input.removeAttribute("aria-invalid");
    checks.textContent = "Check";
    for (const element of [card, input]) delete element.dataset.verdict;
  };
  // What a browser fills in again when the page comes back, it does after this script, and says nothing of it.
  const input = make("input", {
    autocomplete: "off", type: "text", id: ids[2], oninput: clear, size: several ? 32 : 12,
    inputMode: several || /volume/.test(problem.kind) ? "text" : "numeric", // a minus sign is on one of them alone
  });
  // A problem that is worded or drawn otherwise in another edition of the book is another problem.
  const name = `${problem.level}:${openDraws(problem.question).below(SEEDS)}`;
  const written = shown(problem.answer);
  const { given: solved } = recallOrDrop(PRACTICE, name, ({ given, right }) => right && given === written);
  const past = (cards[name] = { ...cards[name] });
  input.value = solved ?? past.given ?? "";
  const mark = make("span", "quiz-state", solved ? SOLVED : past.verdict === SEEN ? SEEN : "");
  if (input.value) judged(input.dataset.verdict = solved ? "right" : mark.textContent || "wrong");
  const hints = problem.hints.map((hint) => wrap("p", rich(hint)));

  /** Put the picture of the solution, or of a wrong answer, at the end of `box`, once. */
  const show = async (box, given) => {
    const drawing = await (await later())?.picture(problem, given);
    if (drawing && !box.querySelector("svg")) box.append(drawing);
  };

  const judge = async (event) => {
    event.preventDefault();
    if (card.dataset.verdict === "right") return go();
    const text = input.value;
    const rest = await later();
    if (text !== input.value) return; // who types on is not done
    if (!rest) return feedback.replaceChildren(wrap("p", "Your answer cannot be checked yet: the page could not load all of itself. Check the connection, then try again."));
    const { right, sentence, page, mistake, given } = rest.check(problem, text, texts.feedback);
    const [verdict, sign, title] =
      right === false ? ["wrong", "✗", "Not yet."] : right ? ["right", "✓", sentence] : ["unread", "?", sentence];
    card.dataset.verdict = input.dataset.verdict = verdict;
    card.dataset.mistake = mistake;
    card.dataset.solved = mark.textContent; // before this answer
    feedback.replaceChildren(make("div", "quiz-said",
      make("p", "quiz-verdict", make("span", "quiz-sign", sign), " ", wrap(right === undefined ? "span" : "strong", title)),
      page ? wrap("p", rich(sentence), " See ", make("a", { href: `../${page}.html` }, texts.pages[page]), ".") : []));
    input.setAttribute("aria-invalid", !right);
    const isSeen = right && "seen" in card.dataset;
    if (right) {
      mark.textContent ||= isSeen ? SEEN : SOLVED;
      if (!isSeen) keepNote(PRACTICE, name, { given: written, right });
    } else if (given) note("missed");
    const then = judged(isSeen ? SEEN : verdict);
    if (isSeen || right === false) Object.assign(past, { given: text, verdict: isSeen ? SEEN : verdict });
    save();
    if (right) checks.textContent = then;
    card.dispatchEvent(new Event("judged", { bubbles: true }));
    if (right !== undefined) await show(feedback.firstChild, given);
    feedback.scrollIntoView({ block: "nearest" });
  };

  // A second click or a key held down is no second answer, which would lead on before the first is read.
  const checks = make("button", { className: "quiz-check", onclick: (event) => { if (event.detail > 1) event.preventDefault(); } }, "Check");
  input.onkeydown = (event) => { if (event.repeat && event.key === "Enter") event.preventDefault(); };
  const solution = fold("Show the solution", steps(problem.solution), wrap("p", `Answer: ${written}`));
  const hint = fold("Hint", hints[0], fold("Next hint", hints[1]));
  const note = (way) => {
    if (!mark.textContent) card.dataset[way] = past[way] = "";
    save();
  };
  hint.ontoggle = () => note("hinted");
  solution.ontoggle = () => {
    note("seen");
    show(solution.lastChild);
  };
  const card = make("fieldset", { className: "practice-item", "data-item": `${problem.kind}:${problem.level}`, "aria-labelledby": `${ids[0]} ${ids[1]}` },
    make("legend", { id: ids[0] }, make("span", "quiz-name", `Problem ${number} of ${count}`),
      ` · ${problem.title}, level ${problem.level} `, mark),
    drawn(problem.question, ids[1]),
    make("div", "quiz-field",
      make("label", { htmlFor: ids[2] }, "Your answer ",
        make("span", "quiz-hint", several ? "Such as 3, 1." : "A whole number.")),
      make("div", "quiz-row", input, checks)),
    feedback, hint, solution);
  for (const way of WAYS) if (way in past) card.dataset[way] = "";
  if (solved) card.dataset.early = "";
  return wrap("li", make("form", { onsubmit: judge }, card));
}

function mount(root) {
  const boxes = KINDS.map((kind) => make("input", { type: "checkbox", value: kind }));
  const level = wrap("select", LEVELS.map((name, value) => make("option", { value }, name)));
  const count = make("input", { type: "number", required: true, min: 1, max: MOST });
  const seed = make("input", { type: "number", required: true, min: 0, max: SEEDS - 1 });
  const single = make("input", { type: "checkbox", checked: true, onchange: () => turn(current) });
  const copy = button("Copy link", async () => {
    const link = location.href.split(/[?#]/)[0] + address();
    // A browser may refuse, and has no clipboard for scripts where a page comes by http.
    const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    status.textContent = copied ? "The link is copied." : `Copy this link: ${link}`;
  });
  const status = make("p", { role: "status" });
  const list = make("ol", "practice-list");
  const head = make("p", "practice-head");
  const dots = make("div", { className: "quiz-dots", role: "radiogroup", "aria-label": "Problem shown" });
  const pages = make("div", "practice-row",
    button("Previous problem", () => turn(current - 1, true)), button("Next problem", () => turn(current + 1, true)));
  let [current, left, refused, problems] = [0, "", [], []];
  let kept = recallNote(...LAST, isLeft) ?? {}; // the sheet as it was left

  const chosen = () => KINDS.filter((_, i) => boxes[i].checked);
  const address = () => {
    const kinds = chosen();
    const few = kinds.length < KINDS.length ? `&kinds=${kinds}` : "";
    return `#seed=${+seed.value}&count=${+count.value}${+level.value ? `&level=${level.value}` : ""}${few}`;
  };

  /** Set the controls to what the address asks for, and note what no sheet has. */
  function read() {
    const part = [location.hash, location.search].find(isSheet);
    const asked = new URLSearchParams((part ?? kept.address)?.slice(1));
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
    left = "";
    if (part) return;
    refused = [];
    if (kept.address === address()) left = "This is where you left off. ";
  }

  function say() {
    const note = refused.length ? `The address asks for ${refused.join(", ")}, which no sheet has. ` : "";
    const solved = dots.querySelectorAll("[data-verdict=right]").length;
    status.textContent = `${left}${note}Sheet ${seed.value}: ${solved} of ${dots.childElementCount} solved.${lostWords()}`;
  }

  /** Show a problem, and with `answer` start to answer it. */
  function turn(to, answer) {
    current = to;
    const [previous, next] = pages.children;
    previous.disabled = current === 0;
    next.disabled = current === dots.childElementCount - 1;
    [...list.children].forEach((element, i) => (element.hidden = single.checked && i !== current));
    pages.hidden = dots.hidden = !single.checked;
    dots.children[current].checked = true;
    if (!answer) return;
    // The question is seen whole, whatever was open below the last.
    (single.checked ? dots : list.children[current]).scrollIntoView();
    list.children[current].querySelector("input").focus({ preventScroll: true });
  }

  /** The problems that wait for an answer. */
  const open = () => [...dots.children].flatMap(({ dataset }, i) => (/open|wrong/.test(dataset.verdict) ? i : []));

  /** Note a verdict on problem `i`; what is solved stays so. Say where the reader goes next. */
  function note(i, verdict) {
    const dot = dots.children[i];
    if (verdict !== "unread" && dot.dataset.verdict !== "right") markDot(dot, `Problem ${i + 1}`, verdict);
    say();
    return open().length ? "Next problem" : "How it went";
  }

  /** Keep the sheet until it is done; not one that a link asks for by a query, such as a single problem that is due. */
  function save() {
    left = "";
    say();
    if (isSheet(location.search)) return;
    if (open().length) keepNote(...LAST, kept);
    else forgetNote(...LAST);
  }

  /** Go to the next problem that waits, after the last to the first that was missed, and then to the end. */
  async function advance(i) {
    const waiting = open();
    if (waiting.length) return turn(waiting.find((place) => place > i) ?? waiting[0], true);
    const { summary, weak } = await later();
    const all = [...list.children].map((one, i) =>
      ({ ...problems[i], about: texts.pages[problems[i].page], ...one.querySelector("fieldset").dataset }));
    const again = () => {
      for (const box of boxes) box.checked = weak(all).includes(box.value);
      renew();
    };
    end.replaceChildren(summary(all), make("div", "practice-row", button("New problems", renew), weak(all).length ? button("More of what was hard", again) : []));
    end.focus();
  }

  function show() {
    end.replaceChildren();
    problems = sheet(+seed.value, +count.value, +level.value, chosen());
    dots.replaceChildren(...problems.map((_, i) =>
      make("input", { type: "radio", name: "dot", className: "quiz-dot", "data-number": i + 1, onchange: () => turn(i) })));
    problems.forEach((_, i) => note(i, "open"));
    const cards = kept.address === address() ? { ...kept.cards } : {};
    kept = { address: address(), cards };
    list.replaceChildren(...problems.map((problem, i) =>
      item(problem, i + 1, problems.length, cards, save, (verdict) => note(i, verdict), () => advance(i))));
    say(); // what was kept may have been dropped
    head.textContent = `Sheet ${seed.value}`;
    root.dataset.address = address(); // for paper
    if (!location.hash || isSheet(location.hash)) location.replace(address());
    turn(open()[0] ?? 0);
  }

  function renew() {
    seed.value = newSeed();
    const isFit = form.checkValidity() && chosen().length;
    form.requestSubmit();
    if (isFit) turn(0, true);
  }
  const end = make("div", { className: "practice-end", tabIndex: -1 });
  const fresh = button("New problems", renew);
  const form = make("form", { autocomplete: "off", onsubmit: (event) => {
    event.preventDefault();
    [left, refused] = ["", []];
    if (chosen().length) {
      location.hash = address();
      show();
    } else status.textContent = "Choose at least one kind of problem.";
  } },
    wrap("fieldset", wrap("legend", "Kinds of problem"),
      boxes.map((box) => wrap("label", box, " ", texts.kinds[box.value].title))),
    make("div", "practice-row",
      wrap("label", "Level ", level),
      wrap("label", "Problems ", count),
      wrap("label", "Sheet number ", seed)),
    make("div", "practice-row",
      wrap("button", "Show this sheet"), wrap("label", single, " One at a time")));
  const settings = make("details", "practice-settings", wrap("summary", "Choose the problems"), form);
  // A browser shows what is wrong with a value where it can be seen.
  form.addEventListener("invalid", () => (settings.open = true), true);

  addEventListener("hashchange", () => {
    if (isSheet(location.hash) && location.hash !== address()) read(), show();
  });
  const bar = make("div", "practice-row", status, fresh, copy);
  root.replaceChildren(dots, head, list, end, pages, bar, settings);
  list.addEventListener("focusin", later, { once: true });
  addEventListener("pageshow", () => turn(current)); // a browser may have checked another dot
  read();
  show();
}

for (const root of document.querySelectorAll("[data-practice]")) mount(root);
