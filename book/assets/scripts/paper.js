// What only paper has, at the end of a page: the solutions, not straight under what they solve, the answers to all questions,
// and what the page cites, which a screen shows beside the line or in a hint. (Reordered by the style sheet, a section breaks
// badly between pages.) In place of links, numbers of pages; at the foot, where the sheet is from. Questions and answers can
// each be printed alone, for a teacher to keep the latter.
import { make } from "./make.js";

let moved = [];

/** Move a node to the end of `target`; in its place stand lines to write on, for code more where the sheet has room. */
function move(node, target, lines = 0, code = false) {
  const place = make("div", { className: lines ? "paper-room" : "", innerHTML: "<i></i>".repeat(code ? 40 : lines) });
  if (code) place.style.setProperty("--lines", lines);
  node.replaceWith(place);
  target.append(node);
  moved.push(() => place.replaceWith(node));
}

/** As many lines as the body of a solution in code has beyond its starter; for one in words two to five, as it is long, or those that
 * an exercise asks for, such as one that is worked out by hand. */
function linesFor(solution, starter) {
  const lines = (box) => box?.querySelector("pre")?.textContent.trimEnd().split("\n") ?? [];
  const given = lines(starter);
  const code = starter && lines(solution).filter((line) => line.startsWith(" ") && !given.includes(line)).length;
  const letters = (parts) => [...solution.querySelectorAll(parts)].reduce((sum, { textContent }) => sum + textContent.length, 0);
  const [, asked] = /\blines-(\d+)/.exec(solution.previousElementSibling.className) ?? [];
  return code || Number(asked) || Math.min(5, Math.max(2, Math.ceil((letters("p, li") - letters(".katex-mathml")) / 100)));
}

/** Add a part with a title to the end of the page. */
function addPart(name, title) {
  const part = make("div", { className: name }, make("h2", { textContent: title }));
  document.querySelector(".bd-article > section").append(part);
  moved.push(() => part.remove());
  return part;
}

/** Add rules for this printing alone. */
function addStyle(rules) {
  const style = make("style", { textContent: rules });
  document.head.append(style);
  moved.push(() => style.remove());
}

/** Give a node data or a class for this printing alone. */
function mark(node, name, value = "") {
  node.setAttribute(name, value);
  moved.push(() => node.removeAttribute(name));
}

/** Give this page, and links to others, the numbers that the pages have in the order of the book. */
function numberPages() {
  const nav = document.querySelector(".bd-sidebar-primary nav .bd-toc-item");
  const pages = [...nav.querySelectorAll("a.internal")].map((link) => link.pathname);
  const own = pages.indexOf(location.pathname) + 1;
  if (own) {
    addStyle(`@page { @bottom-right { content: "§ ${own}: " counter(page) " of " counter(pages) } }`);
    mark(document.querySelector(".bd-article h1"), "data-part", own);
    numberSections(own);
  }
  for (const link of document.querySelectorAll(".bd-article a.internal:not(.word, [data-definition])")) {
    const number = pages.indexOf(link.pathname) + 1;
    if (number && number !== own) mark(link, "data-part", number);
  }
  if (document.querySelector(".hero")) listContents(nav);
}

/** Give the sections of this page, and links to them, the numbers that they have on it, unless they have letters. */
function numberSections(page) {
  const sections = [...document.querySelectorAll(".bd-article > section > section:not(#further-reading)")];
  const titles = sections.map((section) => section.querySelector("h2"));
  if (titles.some((title) => /^.\)/.test(title.textContent))) return;
  for (const [i, title] of titles.entries()) {
    const links = document.querySelectorAll(`.bd-article a[href="#${sections[i].id}"]`);
    for (const node of [title, ...links]) mark(node, "data-part", `${page}.${i + 1}`);
  }
}

/** The pages in their order, which a screen has at the side. */
function listContents(nav) {
  const contents = addPart("paper-contents", "Contents");
  let start = 1;
  for (const { nodeName, textContent, children } of nav.children) {
    const titles = [...children].map((item) => make("li", { textContent: item.textContent }));
    contents.append(nodeName === "UL" ? make("ol", { start }, ...titles) : make("p", { textContent }));
    if (nodeName === "UL") start += titles.length;
  }
}

/** At the foot of each sheet its address, and which version of the book it is from. */
function nameOrigin() {
  const site = new URL("..", document.querySelector(".navbar-brand").href); // a link to the front page, in a folder
  const address = location.protocol === "file:" ? location.pathname.slice(site.pathname.length) : location.host + location.pathname;
  const version = document.querySelector(".version").textContent.split(":")[0];
  const practised = document.querySelector("[data-address]")?.dataset.address ?? ""; // the same sheet for everyone
  const changed = document.querySelector(".last-change time")?.dateTime;
  addStyle(`@page { @bottom-left { content: "${address}${practised} · ${version}${changed ? `, ${changed}` : ""}" } }`);
}

/** The exercises of the page, and its questions. */
const asked = () => ["section > .exercise", "section > .quiz-item:has(.quiz-answer-text)"].map((boxes) => [...document.querySelectorAll(boxes)]);

/** Mark what is to be filled in: two sections, or nearly all of a page. A name can be written there; printed alone, on each sheet. */
function markQuestions(questions, alone) {
  const page = document.querySelector(".bd-article > section");
  const parts = [...page.querySelectorAll(":scope > :is(#exercises, #check-yourself)")];
  const all = questions.some((question) => !parts.some((part) => part.contains(question)));
  for (const part of all ? [page] : parts) mark(part, "data-filled-in");
  if (alone) addStyle("@page { margin-block: 12mm 10mm; @top-right { padding: 0 } @bottom-left { padding: 0 } @bottom-right { padding: 0 } }");
  if (alone === "answers") return addStyle(`@page { @top-left { content: "Answers" } }`);
  const title = page.querySelector("h1").firstChild.textContent;
  if (alone) {
    return addStyle(`@page { @top-right { content: "${title}" } @top-left { content: "Name"; width: 8cm; margin: 4mm 0 2mm; border-bottom: 0.5pt solid #999; vertical-align: bottom } }
      @page :first { @top-right { content: none } }`);
  }
  mark((all ? page : parts[0]).querySelector("h1, h2"), "data-signed");
}

addEventListener("beforeprint", () => {
  if (moved.length) return;
  const alone = document.documentElement.dataset.print;
  numberPages();
  nameOrigin();
  // A figure that is told by its number can follow a little later; a colon or a question alone leads to what comes next.
  for (const box of document.querySelectorAll(".bd-article section > :not(h1, h2, h3) + :is(figure, div.cell)")) {
    if (box.closest(".exercise, .solution")) continue; // its end is a box as well
    const figure = box.matches("figure") ? box : box.querySelector("figure, div:has(> table > caption)");
    if (!figure || figure.querySelector(".designer-row:nth-child(9)")) continue;
    const before = box.previousElementSibling;
    const leads = before.matches("p") && /^(?!.*(Fig\.|Table) \d).*[:?]$/s.test(before.textContent);
    mark(...(leads ? [before, "class", "leads"] : [figure, "data-floats"]));
  }
  // Words that lead to a cell go with it to the next sheet; a longer paragraph would leave too much room behind.
  for (const words of document.querySelectorAll(".bd-article p:not([class]):has(+ div.cell):not(:has(+ * :is(figure, caption)))")) {
    if (words.textContent.length > (words.textContent.endsWith(":") ? 200 : 94)) continue;
    mark(words, "class", "leads");
  }
  for (const choices of document.querySelectorAll(".quiz-choices:not(.quiz-cells)")) {
    if ([...choices.children].some((choice) => choice.textContent.trim().length > (alone ? 38 : 28))) continue;
    choices.classList.add("quiz-short"); // two stand side by side, each on one line
    moved.push(() => choices.classList.remove("quiz-short"));
  }
  const sheet = document.querySelector(".practice-head")?.textContent;
  if (sheet) { // on every page of it
    addStyle(`@page { @top-left { content: "${sheet}"; padding-left: 8mm; font: 9pt "Source Sans 3", sans-serif; color: #4a5468 } } @page :first { @top-left { content: none } }`);
  }
  // Read before a solution moves: in the order of the page.
  const parts = alone === "answers" ? ":is(.solution, .quiz-answer)" : ".bd-article";
  const cited = new Map([...document.querySelectorAll(`${parts} a[href*="bibliography.html#"][data-definition]`)].map(
    ({ textContent, dataset }) => [textContent, dataset.definition]));
  const [exercises, items] = asked();
  if (exercises.length + items.length > 1) markQuestions([...exercises, ...items], alone);
  const solutions = document.querySelectorAll("section:has(> .exercise) > .solution");
  if (solutions.length) {
    const part = addPart("paper-solutions", "Solutions");
    for (const solution of solutions) {
      const starter = solution.parentElement.querySelector("[data-exercise]");
      move(solution, part, linesFor(solution, starter), starter);
    }
  }
  if (items.length > 1) { // a single one stays, on its head
    const part = addPart("paper-answers", "Answers");
    const key = items.map((item, i) => { // for marking
      const [partners, right] = [".quiz-partners li", ".quiz-solution strong"].map((parts) =>
        [...item.querySelectorAll(parts)].map(({ textContent }) => textContent));
      if (partners.length) return `${i + 1}: ${right.map((words) => "abcdefgh"[partners.indexOf(words)]).join(" ")}`;
      return `${i + 1}: ${right.join(right.some((words) => words.includes(",")) ? "; " : ", ")}`; // rows of cells have commas
    });
    part.append(make("p", { className: "paper-key", textContent: key.join(" · ") }));
    for (const item of items) {
      const answer = make("div", {}, item.querySelector(".quiz-name").cloneNode(true));
      move(item.querySelector(".quiz-answer-text"), answer);
      part.append(answer);
    }
  }
  if (cited.size) {
    const part = addPart("paper-sources", "Sources");
    const place = ([number]) => Number(number);
    for (const [number, words] of [...cited].sort((one, other) => place(one) - place(other)))
      part.append(make("p", { textContent: `[${number}] ${words}` }));
  }
});
addEventListener("afterprint", () => {
  for (const back of moved) back();
  moved = [];
  delete document.documentElement.dataset.print;
});

/** A button that prints the questions of the page alone, or its answers. */
const printButton = (part) => make("button", { type: "button", textContent: `the ${part} alone`, onclick() {
  document.documentElement.dataset.print = part;
  print();
} });
if (asked().flat().length > 1) {
  const line = make("p", { className: "prints" }, "Print ", printButton("questions"), " or ", printButton("answers"));
  document.querySelector(".bd-article").append(line);
}
