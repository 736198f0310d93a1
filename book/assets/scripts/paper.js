// What only paper has, at the end of a page: what the page cites, which a screen shows beside the line or in a hint; and on
// sheets of their own, which a teacher can keep, the solutions, not straight under what they solve, and the answers to all
// questions. (Reordered by the style sheet, a section breaks badly between pages.) And in place of links, numbers of pages.
let moved = [];

/** Move a node to the end of `target`; in its place stand lines to write on. */
function move(node, target, lines = 0) {
  const place = document.createElement("div");
  place.className = lines ? "paper-room" : "";
  place.innerHTML = "<i></i>".repeat(lines);
  node.replaceWith(place);
  target.append(node);
  moved.push(() => place.replaceWith(node));
}

/** As many lines as a solution has that is code to be written into a starter, and three for one in words. */
function linesFor(solution) {
  const starter = solution.parentElement.querySelector("[data-exercise]");
  const code = starter && solution.querySelector("pre")?.textContent.trimEnd().split("\n").length;
  return code || 3;
}

/** Add a part with a title to the end of the page. */
function addPart(name, title) {
  const part = document.createElement("div");
  part.className = name;
  part.innerHTML = `<h2>${title}</h2>`;
  document.querySelector(".bd-article > section").append(part);
  moved.push(() => part.remove());
  return part;
}

/** Add rules for this printing alone. */
function addStyle(rules) {
  const style = Object.assign(document.createElement("style"), { textContent: rules });
  document.head.append(style);
  moved.push(() => style.remove());
}

/** Give this page, and links to others, the numbers that the pages have in the order of the book. */
function numberPages() {
  const pages = [...document.querySelectorAll(".bd-sidebar-primary nav a.internal")].map((link) => link.pathname);
  const own = pages.indexOf(location.pathname) + 1;
  if (own) addStyle(`@page { @bottom-center { content: "§ ${own}: " counter(page) " of " counter(pages) } }`);
  for (const link of document.querySelectorAll(".bd-article a.internal:not(.word, [data-definition])")) {
    const number = pages.indexOf(link.pathname) + 1;
    if (!number || number === own) continue;
    link.dataset.part = number;
    moved.push(() => delete link.dataset.part);
  }
}

addEventListener("beforeprint", () => {
  if (moved.length) return;
  numberPages();
  // Words that lead to a cell go with it to the next sheet; a longer paragraph would leave too much room behind.
  for (const words of document.querySelectorAll(".bd-article p:not([class]):has(+ div.cell)")) {
    if (words.textContent.length > (words.textContent.endsWith(":") ? 200 : 94)) continue;
    words.className = "leads";
    moved.push(() => words.removeAttribute("class"));
  }
  for (const choices of document.querySelectorAll(".quiz-choices:not(.quiz-cells)")) {
    if ([...choices.children].some((choice) => choice.textContent.trim().length > 46)) continue;
    choices.classList.add("quiz-short"); // two stand side by side
    moved.push(() => choices.classList.remove("quiz-short"));
  }
  const sheet = document.querySelector(".practice-head")?.textContent;
  if (sheet) { // on every page of it
    addStyle(`@page { @top-left { content: "${sheet}"; font: 9pt "Source Sans 3", sans-serif; color: #4a5468 } } @page :first { @top-left { content: none } }`);
  }
  // Read before a solution moves: in the order of the page.
  const cited = new Map([...document.querySelectorAll('a[href*="bibliography.html#"][data-definition]')].map(
    ({ textContent, dataset }) => [textContent, dataset.definition]));
  if (cited.size) {
    const part = addPart("paper-sources", "Sources");
    const place = ([number]) => Number(number);
    for (const [number, words] of [...cited].sort((one, other) => place(one) - place(other)))
      part.append(Object.assign(document.createElement("p"), { textContent: `[${number}] ${words}` }));
  }
  const solutions = document.querySelectorAll("section:has(> .exercise) > .solution");
  if (solutions.length) {
    const part = addPart("paper-solutions", "Solutions");
    for (const solution of solutions) move(solution, part, linesFor(solution));
  }
  const items = document.querySelectorAll("section > .quiz-item:has(.quiz-answer-text)");
  if (items.length > 1) { // a single one stays, on its head
    const part = addPart("paper-answers", "Answers");
    const key = [...items].map((item, i) => { // for marking
      const [partners, right] = [".quiz-partners li", ".quiz-solution strong"].map((parts) =>
        [...item.querySelectorAll(parts)].map(({ textContent }) => textContent));
      if (partners.length) return `${i + 1}: ${right.map((words) => "abcdefgh"[partners.indexOf(words)]).join(" ")}`;
      return `${i + 1}: ${right.join(right.some((words) => words.includes(",")) ? "; " : ", ")}`; // rows of cells have commas
    });
    part.append(Object.assign(document.createElement("p"), { className: "paper-key", textContent: key.join(" · ") }));
    for (const item of items) {
      const answer = document.createElement("div");
      answer.append(item.querySelector(".quiz-name").cloneNode(true));
      move(item.querySelector(".quiz-answer-text"), answer);
      part.append(answer);
    }
  }
});
addEventListener("afterprint", () => {
  for (const back of moved) back();
  moved = [];
});
