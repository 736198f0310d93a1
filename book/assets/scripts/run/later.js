// What the first deed on a cell brings: opening it, running it, asking a checker, and showing what comes of it.

import { save } from "../save.js";
import { harmless } from "./harmless.js";
import { Python } from "./python.js";

/** Whether code uses a name that a cell gives at the beginning of a line, in the book's text or the reader's. */
export const uses = (code, { source, text }) => `${source}\n${text}`
  .match(/(?<=^(def|class) )\w+|(?<=^(?! )[\w, ]*)\w+(?=[\w, ]*=[^=])/gm)
  ?.some((name) => code.split(/\W+/).includes(name));

globalThis.bookRun = ({ note, python: settings, cells, make }) => {
  const at = (address) => new URL(address, document.baseURI).href;
  const python = new Python({
    ...settings, core: at(settings.core), wheels: at(settings.wheels), wheel: at(settings.wheel),
    worker: at(`${document.documentElement.dataset.content_root}_static/run-worker.js`),
  });
  const link = (title, address) => make("a", { href: address, textContent: title });
  const pages = new Map([...document.querySelectorAll(".bd-sidebar-primary a.internal")].map((a) => [a.textContent.trim(), a.href.replace("#", "")]));

  /** Add a piece of what a cell gives to its place: a text, a drawing, a table, an error, a note. */
  function add(place, { kind, text }) {
    if (kind === "note") place.append(make("p", { className: "run-remark", textContent: text }));
    else if (kind === "text" || kind === "error") {
      const className = `run-${kind}`;
      let last = place.lastElementChild;
      if (last?.className !== className) place.append(last = make("pre", { tabIndex: 0, className }));
      last.append(text);
    } else place.append(make("div", { className: `output ${kind === "svg" ? "" : "text_html"}` }, ...harmless(text)));
  }

  /** Put the editor over a cell's plain field, which keeps the text in any case. */
  function edit(cell) {
    if (cell.editor || !globalThis.bookEditor) return;
    cell.veil?.(false);
    cell.editor = globalThis.bookEditor(cell.field, {
      run: () => act(cell, "run"), say: (words) => { cell.status.textContent = words; },
    });
  }

  /** The place for what a cell gives now, in that of the recorded output. */
  function placeOf(cell) {
    if (!cell.output) {
      cell.output = make("div", { className: "cell_output run-output" });
      (cell.recorded ?? cell.said ?? cell.below).after(cell.output);
    }
    if (cell.recorded) cell.recorded.hidden = true;
    cell.output.hidden = false;
    return cell.output;
  }

  const isSolution = ({ input }) => input.closest("details.solution");

  /** Whether a cell below may show what another text of this cell led to. */
  const leavesOld = (cell) => cell.text !== cell.source && cells.slice(cells.indexOf(cell) + 1)
    .some((below) => !isSolution(below) && uses(below.text, cell));

  /**
   * The cells above a cell that it may need, and the cell. Not those of a solution, which would put its function over the
   * reader's; and of the other exercises, whose text may be half done, only where it is used.
   */
  function needed(cell) {
    const list = [cell];
    for (const above of cells.slice(0, cells.indexOf(cell)).reverse()) {
      if (isSolution(above) && isSolution(above) !== isSolution(cell)) continue;
      if (!above.exercise || list.some(({ text }) => uses(text, above))) list.unshift(above);
    }
    return list;
  }

  let running;

  /** Say on every button that would run a cell whether it waits; it stays in reach, and says why. */
  function wait(value) {
    for (const { bar } of cells) for (const button of bar?.querySelectorAll("[data-runs]") ?? []) button.ariaDisabled = value;
  }

  /** Run a cell, and ask a checker afterwards; gives its report, or nothing where there is none. */
  async function run(cell, check) {
    const { problem } = python;
    if (problem) {
      cell.status.textContent = problem;
      return undefined;
    }
    running = cell;
    const place = placeOf(cell);
    place.replaceChildren();
    wait(true);
    const stop = make("button", { type: "button", className: "run-button run-stop", textContent: "Stop" });
    stop.addEventListener("click", () => {
      python.stop();
      cell.bar.querySelector("button").focus();
    });
    cell.bar.append(stop);
    // A cell that was put back meanwhile says nothing more.
    const tell = (words) => { if (cell.bar?.contains(stop)) cell.status.textContent = words; };
    try {
      const list = needed(cell).map(({ name, text }) => ({ name, source: text }));
      const { failures, report } = await python.run(list, {
        show: (piece) => add(place, piece), afresh: () => place.replaceChildren(), progress: tell, check, isApart: Boolean(isSolution(cell)),
      });
      const above = failures.filter(({ name }) => name !== cell.name);
      if (above.length) add(place, { kind: "note", text: `A cell above failed: ${above[0].failure}` });
      if (failures.length > above.length) tell("It ended with an error.");
      else {
        const silence = place.childElementCount || check ? "" : ", without output";
        tell(`Done${silence}.${leavesOld(cell) ? " Cells below may show older output." : ""}`);
      }
      return report;
    } catch (error) {
      tell(error.message);
      return undefined;
    } finally {
      running = undefined;
      stop.remove();
      wait(false);
    }
  }

  /** A hint, with the title of a page that it names as a link. */
  function withLinks(text) {
    const [, before, title, after] = text.match(/^(.*)"([^"]+)"(.*)$/s) ?? [];
    return pages.has(title) ? [before, link(title, pages.get(title)), after] : [text];
  }

  function say(cell, { right, cases, sentence, hints = [], page, mistake }) {
    const verdict = make("p", { className: "quiz-verdict" },
      make("span", { className: "quiz-sign", textContent: right ? "✓" : "✗", ariaHidden: "true" }), " ",
      make("strong", { textContent: right ? "Right:" : "Not yet:" }), right ? ` all ${cases} cases.` : ` ${sentence}`);
    const lines = hints.map((hint) => make("p", {}, "Hint: ", ...withLinks(hint)));
    if (page && hints.length > 1) { // the first hint does not tell which mistake it was
      const address = at(`${document.documentElement.dataset.content_root}book/${page}.html`);
      const title = [...pages].find(([, href]) => href === address)?.[0] ?? page;
      lines.push(make("p", {}, "Where it is taught: ", link(title, address)));
    }
    const box = make("div", { className: "quiz-said" }, verdict, ...lines);
    box.dataset.verdict = right ? "right" : "wrong";
    if (mistake) box.dataset.mistake = mistake;
    cell.said.replaceChildren(box);
  }

  async function check(cell, hint) {
    const { text } = cell;
    const report = await run(cell, { exercise: cell.exercise, hint });
    if (!report) return;
    if (cell.text !== text) {
      cell.status.textContent = "You have typed since: check again.";
      return;
    }
    say(cell, report);
    if (report.right) cell.keep(true);
  }

  /** A button that needs a second press: the first only says what it will do. */
  function confirmed(cell, action, words) {
    const again = cell.asked === action;
    cell.asked = again ? undefined : action;
    cell.status.textContent = again ? "" : words;
    return again;
  }

  const actions = {
    run: (cell) => run(cell),
    check: (cell) => {
      cell.hint = 1;
      return check(cell, 1);
    },
    hint: (cell) => {
      cell.hint = Math.min((cell.hint ?? 0) + 1, 3);
      return check(cell, cell.hint);
    },
    again(cell) {
      if (!confirmed(cell, "again", "Press again for the starter; your text is then gone.")) return;
      cell.startAgain();
      if (cell.output) cell.output.hidden = true;
    },
    download: (cell) => save(`${cell.text}\n`, `${cell.exercise}.py`, "text/x-python"),
    back(cell) {
      if (running === cell) python.stop();
      cell.write(cell.source);
      if (cell.recorded) cell.recorded.hidden = false;
      cell.output?.remove();
      cell.editor?.remove();
      cell.status.textContent = "";
      cell.input.append(cell.status);
      for (const part of [cell.field, cell.bar, cell.below]) part.remove();
      cell.code.closest("[class*='highlight-']").hidden = false;
      cell.output = cell.editor = cell.field = cell.bar = undefined;
      cell.opener.hidden = false;
      cell.opener.focus();
    },
  };

  function act(cell, action) {
    if (action !== "again") cell.asked = undefined;
    return actions[action](cell);
  }

  /** Open a cell of the page: its editor, its buttons, and a place for what it gives. */
  function open(cell) {
    cell.putField(cell.source, "Python code of this cell");
    const button = (action, words) => {
      const element = make("button", { type: "button", className: "run-button", textContent: words });
      if (action === "run") element.dataset.runs = "";
      element.addEventListener("click", () => act(cell, action));
      return element;
    };
    cell.recorded = cell.input.closest(".cell").querySelector(".cell_output:not(.run-output)");
    cell.bar = make("div", { className: "run-bar" }, button("run", "Run"), button("back", "Back to what the book shows"));
    cell.below = make("p", { className: "run-note", textContent: note }, " ", cell.status);
    cell.input.after(cell.bar, cell.below);
    cell.opener.hidden = true;
    edit(cell);
    (cell.editor ?? cell.field).focus();
  }

  return { open, edit, act };
};
