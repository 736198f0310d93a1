// The page of what a reader has done: every question as a dot, what comes back today, what is still weak, and both files.

import mistakes from "../../../code/cnnbook/mistakes.json";
import { isAnswer } from "./answers.js";
import { forgetButton } from "./forget.js";
import { make } from "./make.js";
import { keepMiss, recallMiss, today } from "./misses.js";
import {
  CHALLENGES_MET, forget, keepNote, keptItems, lostWords, MISSES, PRACTICE, recall, recallNote, STUDENT,
} from "./progress.js";
import { labelOf, markQuestion } from "./question-dots.js";
import { save } from "./save.js";
import { isStudent, LARGEST, readAll, textForClass, textOfAll } from "./saved.js";
import { dueOn, INTERVALS, isDone, isDue, merge } from "./schedule.js";

const JSON_TYPE = "application/json";
const PAGES = Object.values(mistakes).flatMap(Object.entries); // [page that teaches it, { mistake: sentence }]

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
const plainDay = (day) => new Date(`${day}T12:00`).toLocaleDateString("en", { day: "numeric", month: "long" });
const rich = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
const button = (words, onclick) =>
  make("button", { type: "button", className: "run-button", textContent: words, onclick });

function mount(overview) {
  const line = make("span");
  const again = "Press again to forget all, and functions you wrote";
  const forgetting = forgetButton("Forget all my answers", again, () => {
    forget();
    dispatchEvent(new Event("storage")); // the other lists of the page follow as if another tab had done it
  });
  overview.append(make("div", { className: "quiz-progress" }, line, ...forgetting));
  const dots = [...overview.querySelectorAll(".quiz-dot")];
  const pageOf = (dot) => dot.closest("tr").dataset.page;
  const linkOf = (row) => row.querySelector("th a");
  const part = (name) => document.querySelector(`[data-review="${name}"]`);

  /** What may come back, by its id: where a reader answers it, and what it asks for. */
  const items = new Map(dots.map((dot) => {
    const name = `Question ${dot.dataset.number} of ${linkOf(dot.closest("tr")).textContent}`;
    return [labelOf(dot), { href: dot.href, name, tests: dot.dataset.tests }];
  }));
  for (const row of overview.querySelectorAll("[data-kinds]"))
    for (const [kind, title] of Object.entries(JSON.parse(row.dataset.kinds)))
      for (const level of [1, 2, 3]) {
        const sheet = `?seed=${Math.floor(Math.random() * 10000)}&count=1&level=${level}&kinds=${kind}`;
        const tests = `${title}, level ${level}`;
        items.set(`${kind}:${level}`, { href: linkOf(row).href + sheet, name: "A new problem", tests });
      }

  const misses = () => [...items].flatMap(([id, item]) => {
    const miss = recallMiss(id);
    return miss ? [{ id, ...item, ...miss }] : [];
  });

  function countRight() {
    for (const dot of dots) markQuestion(dot, pageOf(dot));
    for (const cell of overview.querySelectorAll("td.quiz-count")) {
      const counted = (cell.closest("tbody tr") ?? overview).querySelectorAll(".quiz-dot");
      const all = counted.length;
      const are = (state) => [...counted].filter(({ dataset }) => dataset.verdict === state).length;
      cell.textContent = are("open") < all ? `${are("right")} of ${all} right` : count(all, "question");
    }
    const solved = overview.querySelector(".quiz-solved");
    if (solved) solved.textContent = `${keptItems(PRACTICE).filter((name) => recall(PRACTICE, name).right).length} solved`;
    for (const cell of overview.querySelectorAll(".quiz-count, .quiz-solved")) cell.hidden = false;
    line.textContent = lostWords();
  }

  const invitation = part("due")?.innerHTML;

  function showDue(all) {
    if (dots.every(({ dataset }) => dataset.verdict === "open") && !all.length) return void (part("due").innerHTML = invitation);
    const due = all.filter((miss) => isDue(miss, today()));
    const later = all.filter((miss) => !due.includes(miss) && !isDone(miss)).map(dueOn).sort();
    const done = all.filter((miss) => isDone(miss) && miss.wrong.length).length;
    const next = later.filter((day) => day === later[0]).length;
    const words = [
      `${due.length || "Nothing"} due today`,
      next && `${next} on ${plainDay(later[0])}`,
      later.length > next && `${later.length - next} later`,
      done && `${done} done`,
    ];
    const rows = due.map(({ href, name, tests }) => make("li", {}, make("a", { href }, name), `: ${tests}`));
    const line = make("p", {}, `${words.filter(Boolean).join("; ")}.`);
    part("due").replaceChildren(line, ...(rows.length ? [make("ul", {}, ...rows)] : []));
  }

  /** What is said about a mistake, and a link to where it is taught; nothing about one without a usual name. */
  function wordsOf(mistake) {
    const [page, sentences] = PAGES.find(([, all]) => Object.hasOwn(all, mistake)) ?? [];
    const row = overview.querySelector(`[data-page="book/${page}"]`);
    if (!row) return [];
    const { href, textContent } = linkOf(row);
    return [" ", ...rich(sentences[mistake]), " See ", make("a", { href }, textContent), "."];
  }

  function showWeak(all) {
    const weak = all.filter((miss) => !isDone(miss)).sort((a, b) => a.step - b.step || b.wrong.length - a.wrong.length);
    const rows = weak.map((miss) => {
      const day = isDue(miss, today()) ? "today" : `on ${plainDay(dueOn(miss))}`;
      const state = `: ${miss.tests}. Right ${miss.step} of ${INTERVALS.length}, back ${day}.`;
      return make("li", {}, make("a", { href: miss.href }, miss.name), state, ...miss.wrong.flatMap(wordsOf));
    });
    part("weak").replaceChildren(rows.length ? make("ul", {}, ...rows) : make("p", {}, "Nothing waits."));
  }

  /** Every answer that this edition asks for, by its page and item. */
  const answers = () => {
    const places = [
      ...dots.map((dot) => [pageOf(dot), dot.dataset.item]),
      ...[PRACTICE, CHALLENGES_MET].flatMap((page) => keptItems(page).map((item) => [page, item])),
    ];
    const kept = places.map(([page, item]) => [`${page}#${item}`, recallNote(page, item, isAnswer)]);
    return Object.fromEntries(kept.filter(([, answer]) => answer));
  };

  function isAsked(key, { right }) {
    const [page, item, more] = key.split("#");
    if (more !== undefined) return false;
    if (page === PRACTICE) return right && /^[123]:\d{1,10}$/.test(item);
    if (page === CHALLENGES_MET)
      return [...document.querySelectorAll("[data-challenge]")].some(({ dataset }) => dataset.challenge === item);
    return dots.some((dot) => pageOf(dot) === page && dot.dataset.item === item);
  }

  /** Add what a file holds; what is here stays, unless the file has it right, or a later day. */
  function add(read) {
    let [fresh, changed, isKept] = [0, 0, true];
    for (const [key, answer] of read.answers) {
      const place = key.split("#");
      const mine = recall(...place);
      if (mine.right || (mine.given !== undefined && !answer.right)) continue;
      isKept = keepNote(...place, { given: answer.given, right: answer.right }) && isKept;
      fresh += 1;
    }
    for (const [id, miss] of read.misses) {
      const mine = recallMiss(id);
      const both = merge(mine, miss);
      if (JSON.stringify(both) === JSON.stringify(mine)) continue;
      isKept = keepMiss(id, both) && isKept;
      changed += both.wrong.length > 0;
    }
    if (read.student && !knownStudent()) isKept = keepNote(STUDENT, "id", read.student) && isKept;
    dispatchEvent(new Event("storage"));
    return [
      fresh + changed
        ? `${count(fresh, "answer")} and ${count(changed, "missed item")} of the file count now, and what was here stayed.`
        : "The file adds no answers.",
      read.left && `${count(read.left, "entry", "entries")} on what this edition does not ask stayed out.`,
      isKept ? "" : "This browser keeps no more: it counts until the page is closed.",
    ].filter(Boolean).join(" ");
  }

  async function read(file) {
    const unchanged = (words) => `${file.name}: ${words} Nothing was changed.`;
    if (file.size > LARGEST) return unchanged(`The file has ${(file.size / 1e6).toFixed(1)} MB; at most ${LARGEST / 1e6} are read.`);
    const content = await file.text().catch(() => undefined);
    if (content === undefined) return unchanged("It cannot be opened.");
    const { problem, ...rest } = readAll(content, isAsked, (id) => items.has(id));
    return problem ? unchanged(problem) : add(rest);
  }

  function mountFile(root) {
    const status = make("p", { className: "run-note", role: "status" });
    const input = make("input", { type: "file", accept: `.json,${JSON_TYPE}`, onchange: async () => {
      if (input.files.length) status.textContent = await read(input.files[0]);
      input.value = ""; // the same file may be chosen again
    } });
    const saving = button("Save all as a file", () => {
      const kept = Object.fromEntries(keptItems(MISSES).map((id) => [id, recallMiss(id)]).filter(([, miss]) => miss));
      save(textOfAll(student(), answers(), kept, new Date().toISOString()), `cnnbook-answers-${today()}.json`, JSON_TYPE);
    });
    root.replaceChildren(make("div", { className: "run-bar" }, saving, make("label", {}, "Add a saved file ", input)), status);
  }

  const knownStudent = () => recallNote(STUDENT, "id", isStudent);

  /** A random name, so that a newer file of the same browser is known for that. */
  function student() {
    const kept = knownStudent();
    if (kept) return kept;
    const bytes = [...crypto.getRandomValues(new Uint8Array(8))];
    const id = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    keepNote(STUDENT, "id", id);
    return id;
  }

  function textOfClass(name) {
    const made = Object.fromEntries(misses().map((miss) => [miss.id, isDone(miss) ? [] : miss.wrong]));
    for (const dot of dots) {
      const { given, right } = recall(pageOf(dot), dot.dataset.item);
      if (given !== undefined) made[labelOf(dot)] ??= right ? [] : ["other"];
    }
    return textForClass(student(), name.trim(), new Date().toISOString(), made);
  }

  /** Give what writes the file anew where a reader has it open. */
  function mountClass(root) {
    const text = make("pre", { tabIndex: 0, className: "review-text" });
    text.setAttribute("role", "region");
    text.setAttribute("aria-label", "The file");
    const write = () => (text.textContent = textOfClass(name.value));
    const name = make("input", { id: "review-name", type: "text", maxLength: 80, autocomplete: "name", oninput: write });
    const saving = button("Save this file", () =>
      save(write(), `cnnbook-class-${student().slice(0, 6)}.json`, JSON_TYPE));
    const rewrite = () => fold.open && write();
    const fold = make("details", { className: "quiz-answer", ontoggle: rewrite },
      make("summary", {}, "Show the file"),
      make("div", { className: "quiz-row" }, make("label", { htmlFor: name.id }, "Your name, if you want it there"), name),
      text, make("p", { className: "run-note" }, "It holds letters you chose and wrong numbers a question recognises."),
      make("div", { className: "run-bar" }, saving));
    root.replaceChildren(fold);
    return rewrite;
  }

  const rewrite = part("class") && mountClass(part("class"));
  const show = () => {
    countRight();
    if (!part("due")) return;
    const all = misses();
    showDue(all);
    showWeak(all);
    rewrite?.();
  };
  show();
  if (part("file")) mountFile(part("file"));
  // Another tab may answer, the page may come back from the browser's memory, and a new day may have begun.
  for (const event of ["storage", "pageshow", "visibilitychange"]) addEventListener(event, () => document.hidden || show());
}

document.querySelectorAll(".quiz-overview").forEach(mount);
