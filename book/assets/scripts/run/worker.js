// Python for the cells of a page, in a worker of its own: Pyodide, the book's module, and what runs a cell. A script of
// the site and no blob: the page's policy lets it be started, and does not bind it, so that Pyodide may come from its CDN.
// The build brings the Python sources as text.

import drawings from "inline_drawings.py";
import keras from "keras_layers.py";
import runner from "runner.py";

const say = (message) => postMessage(message);

let session;

async function start({ pyodide: address, packages, wheel }) {
  say({ progress: "Loading Python…" });
  const { loadPyodide } = await import(`${address}pyodide.mjs`);
  const [pyodide, answer] = await Promise.all([
    loadPyodide({ indexURL: address, packages, env: { HOME: "/home/pyodide", MPLBACKEND: "agg" }, stdout() {}, stderr() {} }),
    fetch(wheel),
  ]);
  const missing = packages.filter((name) => !(name in pyodide.loadedPackages)); // it only warns of those
  if (missing.length) throw new Error(`${missing.join(", ")} did not arrive`);
  if (!answer.ok) throw new Error(`the book's module was not found (${answer.status})`);
  say({ progress: "Loading the book's module…" });
  pyodide.unpackArchive(await answer.arrayBuffer(), "wheel");
  const files = { booksite_runner: runner, booksite_drawings: drawings, booksite_keras: keras };
  for (const [name, text] of Object.entries(files)) pyodide.FS.writeFile(`/home/pyodide/${name}.py`, text);
  pyodide.pyimport("booksite_keras").register();
  session = pyodide.pyimport("booksite_runner").Session(show);
  return pyodide;
}

let shown = say;
const show = (kind, text) => shown({ kind, text });

/** Packages that code imports and that are not there yet; what Pyodide has not is left for Python to say. */
async function bring(pyodide, sources) {
  const messageCallback = (words) => /^Loading/.test(words) && say({ progress: `${words}…` });
  await pyodide.loadPackagesFromImports(sources.join("\n"), { messageCallback, errorCallback() {} });
}

const python = new Promise((resolve, reject) => {
  addEventListener("message", ({ data }) => data.start && start(data.start).then(resolve, reject), { once: true });
});
const fail = (error) => say({ failure: String(error?.message ?? error) });
python.then(() => say({ ready: true }), fail);
// A file of Pyodide's own that breaks off leaves it waiting for ever.
addEventListener("unhandledrejection", ({ reason }) => session || fail(reason));

/** Run cells, of which the last is the one that was asked for; the others say no more than whether they failed. */
async function run({ cells, check }) {
  const pyodide = await python;
  await bring(pyodide, cells.map(({ source }) => source)).catch(() => {});
  const failures = [];
  for (const [at, { name, source }] of cells.entries()) {
    const asked = at === cells.length - 1;
    say({ progress: asked ? "Running…" : "Running the cells above…" });
    shown = asked ? say : () => {};
    const failure = session.run(source, name, asked && check ? check.exercise : "");
    if (failure) failures.push({ name, failure });
  }
  shown = say;
  const failed = failures.some(({ name }) => name === cells.at(-1)?.name);
  return { failures, report: check && !failed ? JSON.parse(session.check(check.exercise, check.hint)) : undefined };
}

addEventListener("message", async ({ data }) => {
  if (!data.run) return;
  try {
    say({ done: await run(data.run) });
  } catch (error) {
    // Not an error of Python's, which are reported: Pyodide itself has failed, as where memory or the stack gave out.
    say({ crash: String(error.message ?? error) });
  }
});
