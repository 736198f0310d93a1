// The functions that a reader wrote for the exercises, on the page of what a reader has done: which are solved, all of
// them as one file, and the practical's notebook with them inside.

import { recallCode } from "./progress.js";
import { save } from "./save.js";

const button = (words, act) => {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "run-button", textContent: words });
  element.addEventListener("click", act);
  return element;
};

/** The text of all functions, after what they import. */
function joined(rows) {
  const imports = new Set(rows.flatMap(({ dataset }) => dataset.imports.split("\n").filter(Boolean)));
  return [[...imports].join("\n"), ...rows.map(({ dataset }) => recallCode(dataset.exercise).text.trim())].filter(Boolean).join("\n\n\n");
}

/** Put a cell behind the first code cell of a notebook, which sets it up. */
export function withCell(notebook, source) {
  const cells = [...notebook.cells];
  const lines = `# Written for the exercises of the book, and taken along from its pages.\n${source}`.split(/(?<=\n)/);
  cells.splice(cells.findIndex(({ cell_type: type }) => type === "code") + 1, 0, {
    cell_type: "code", execution_count: null, id: "from-the-book", metadata: {}, outputs: [], source: lines,
  });
  return { ...notebook, cells };
}

function mount(overview) {
  const status = Object.assign(document.createElement("p"), { className: "run-note" });
  status.setAttribute("role", "status");
  const all = [...overview.querySelectorAll("[data-exercise]")];
  const written = () => all.filter(({ dataset }) => recallCode(dataset.exercise).text);
  const show = () => {
    for (const row of all) {
      const { text, right } = recallCode(row.dataset.exercise);
      const state = row.querySelector(".run-state");
      state.textContent = right ? "✓ solved" : text ? "begun" : "open";
      state.dataset.right = Boolean(right);
      state.hidden = false;
    }
    bar.hidden = !written().length;
  };
  const download = button("Download all as a file", () => save(`${joined(written())}\n`, "exercises.py", "text/x-python"));
  const carry = button("Put them into the practical's notebook", async () => {
    try {
      const answer = await fetch(document.querySelector('a.download[href$="practical.ipynb"]').href);
      if (!answer.ok) throw new Error(answer.status);
      save(JSON.stringify(withCell(await answer.json(), joined(written())), undefined, 1), "practical.ipynb", "application/x-ipynb+json");
      status.textContent = "Saved as practical.ipynb, with your functions in the second code cell.";
    } catch {
      status.textContent = "The notebook could not be fetched. Download the functions as a file, and paste them into a cell.";
    }
  });
  const bar = Object.assign(document.createElement("div"), { className: "run-bar" });
  bar.append(download, carry);
  overview.append(bar, status);
  show();
  for (const event of ["storage", "pageshow"]) addEventListener(event, show);
}

document.querySelectorAll(".exercise-overview").forEach(mount);
