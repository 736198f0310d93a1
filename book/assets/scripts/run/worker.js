// Python for the cells of a page, in a worker of its own: Pyodide, the book's module, and what runs a cell. A script of
// the site and no blob: the page's policy lets it be started, and does not bind it, so that Pyodide may come from its CDN.
// The build brings the Python sources as text.

import drawings from "inline_drawings.py";
import keras from "keras_layers.py";
import runner from "runner.py";

const say = (message) => postMessage(message);

let session;

const FILES = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/**
 * From now on the browser refuses a file that is not, byte for byte, the one that the book was built with, and one that
 * does not arrive is told of: Pyodide would wait for it for ever.
 */
function verify(core, digests) {
  const { fetch } = globalThis;
  const integrity = Object.fromEntries(digests.map((digest, at) => [core + FILES[at], digest]));
  globalThis.fetch = async (file, options) => {
    try {
      return await fetch(file, { ...options, ...(file in integrity && { integrity: integrity[file] }) });
    } catch (error) {
      if (!session) fail(error);
      throw error;
    }
  };
}

/** Import a module that `fetch` brings: an `import` would verify nothing. */
async function bringModule(file) {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file} was not found (${answer.status})`);
  const address = URL.createObjectURL(new Blob([await answer.text()], { type: "text/javascript" }));
  return import(address).finally(() => URL.revokeObjectURL(address));
}

async function start({ core, wheels, integrity, packages, wheel }) {
  verify(core, integrity);
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all(FILES.slice(0, 2).map((name) => bringModule(core + name)));
  const [pyodide, answer] = await Promise.all([
    loadPyodide({
      indexURL: core, packageBaseUrl: wheels, createPyodideModule, packages,
      env: { HOME: "/home/pyodide", MPLBACKEND: "agg" }, stdin() {}, stdout() {}, stderr() {},
    }),
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

let shown;
const show = (kind, text) => shown({ kind, text });

/** Packages that code imports and that are not there yet, as a list; what Pyodide has not is left for Python to say. */
function bring(pyodide, code) {
  const messageCallback = (words) => /^Loading/.test(words) && say({ progress: `${words}…` });
  return pyodide.loadPackagesFromImports(code, { messageCallback, errorCallback() {} }).catch(() => []);
}

const ENDS = ["error", "note"];

/** Run a cell; gives the error that ended it, or nothing, and whether a package that it lacked is there now. */
async function runCell(pyodide, { name, source }, afresh, tell, mayBring) {
  const ending = [];
  shown = (piece) => (ENDS.includes(piece.kind) ? ending.push(piece) : tell(piece));
  const failure = session.run(source, name, afresh);
  const isBrought = mayBring && session.absent && (await bring(pyodide, `import ${session.absent}`)).length > 0;
  if (!isBrought) ending.forEach(tell);
  return { failure, isBrought };
}

const python = new Promise((resolve, reject) => {
  addEventListener("message", ({ data }) => data.start && start(data.start).then(resolve, reject), { once: true });
});
const fail = (error) => say({ failure: String(error?.message ?? error) });
python.then(() => say({ ready: true }), fail);
// So does a file that breaks off.
addEventListener("unhandledrejection", ({ reason }) => session || fail(reason));

/** How often a function of the book's module may lack another package. */
const MOST_BROUGHT = 5;

/**
 * Run cells, of which the last is the one that was asked for; the others say no more than whether they failed. Where one
 * lacks a package, it may have done half of its work by then: all begin again, with no names and with the cells `above`,
 * which ran before.
 */
async function run({ above, cells, check }) {
  const pyodide = await python;
  await bring(pyodide, cells.map(({ source }) => source).join("\n"));
  const asked = cells.at(-1);
  const failures = [];
  for (let list = cells, at = 0, brought = 0; at < list.length; at++) {
    const cell = list[at];
    const isAsked = cell === asked;
    say({ progress: isAsked ? "Running…" : "Running the cells above…" });
    const { failure, isBrought } = await runCell(
      pyodide, cell, isAsked && check ? check.exercise : "", isAsked ? say : () => {}, brought < MOST_BROUGHT);
    if (isBrought) {
      session.forget();
      say({ afresh: true });
      failures.length = 0;
      [list, at, brought] = [[...above, ...cells], -1, brought + 1];
    } else if (failure) failures.push({ name: cell.name, failure });
  }
  const failed = failures.some(({ name }) => name === asked.name);
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
