// Python as the page's script sees it: one worker, started by the first deed, ended and started again by `stop`.

/** What keeps the worker from being started, in one sentence; empty where nothing does. */
const obstacle = () => location.protocol === "file:"
  ? "A page from disk runs no Python: type make serve in the book's folder, and open the address it prints."
  : "";

const failed = (words, origin) =>
  `Python could not be loaded from ${origin} (${words}). Check the connection, then press again: your text is kept.`;

export class Python {
  /** `settings` are the addresses of Pyodide, the module and the worker, and the packages that the page needs. */
  constructor(settings) {
    this.settings = settings;
  }

  start() {
    if (this.worker) return;
    const { worker, origin, ...start } = this.settings;
    this.isReady = false;
    this.ran = []; // the cells above the last that ran, and that one, as they were then
    this.worker = new Worker(worker, { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      const give = (words) => {
        this.end();
        const error = new Error(words);
        reject(error);
        this.running?.reject(error); // the worker may also break off later
      };
      this.worker.onerror = ({ message }) => give(failed(message ?? "its script did not arrive", origin));
      this.worker.onmessage = ({ data }) => {
        if (data.failure !== undefined) give(failed(data.failure, origin));
        else if (data.ready) resolve(this.isReady = true);
        else this.heard(data);
      };
    });
    this.ready.catch(() => {}); // said when a cell is run
    this.worker.postMessage({ start });
  }

  /** A message about the cell that runs. */
  heard(data) {
    const { running } = this;
    if (data.progress) running?.progress(data.progress);
    else if (data.kind) running?.show(data);
    else if (data.afresh) running?.afresh();
    else if (data.done) running?.resolve(data.done);
    else if (data.crash !== undefined) {
      this.restart();
      running?.reject(new Error(`Python gave up (${data.crash}) and starts again: your text is kept.`));
    }
  }

  /** Why no cell can be run now, in one sentence; empty where one can. */
  get problem() {
    return obstacle() || (this.running ? "Another cell is running: stop it first." : "");
  }

  /**
   * Run the last of `cells`, each `{ name, source }`, and of those before it all from the first on that has not run as
   * it is now. `show` gets what the last gives, piece by piece, `afresh` is called where all of that is void, and `progress` gets
   * what is being done; `check` asks a checker afterwards. After a cell that `isApart`, as one of a solution, all others run anew.
   */
  async run(cells, { show, afresh, progress, check, isApart }) {
    const result = new Promise((resolve, reject) => { this.running = { show, afresh, progress, resolve, reject }; });
    try {
      this.start();
      if (!this.isReady) progress("Loading Python…"); // also where a stop has begun that already
      await Promise.race([this.ready, result]); // which ends first only if it was stopped
      const from = cells.findIndex((cell, at) =>
        cell === cells.at(-1) || this.ran[at]?.name !== cell.name || this.ran[at].source !== cell.source);
      this.worker.postMessage({ run: { above: cells.slice(0, from), cells: cells.slice(from), check } });
      const given = await result;
      this.ran = isApart ? [] : cells.map((cell) => !given.failures.some(({ name }) => name === cell.name) && cell);
      return given;
    } finally {
      this.running = undefined;
    }
  }

  end() {
    // A sleeping worker ends late and then reports an error, which must not reach the next one.
    const { worker } = this;
    worker.onerror = worker.onmessage = undefined;
    this.worker = undefined;
    worker.terminate();
  }

  restart() {
    this.end();
    this.start();
  }

  /** End what runs; the names of all cells are forgotten, and Python starts again from the browser's cache. */
  stop() {
    const { running } = this;
    if (!running) return;
    this.restart();
    running.reject(new Error("Stopped. Python starts again, and with the next cell those above."));
  }
}
