// Python as the page's script sees it: one worker, started by the first deed, ended and started again by `stop`.

/** What keeps the worker from being started, in one sentence; empty where nothing does. */
const obstacle = () => location.protocol === "file:"
  ? "A browser runs no Python in a page that was opened from disk. In the folder of the book type make serve, and open the address that it prints."
  : "";

const failed = (words, origin) =>
  `Python could not be loaded from ${origin} (${words}). Check the connection, then press the button again: your text is kept.`;

export class Python {
  /** `settings` are the addresses of Pyodide, the module and the worker, and the packages that the page needs. */
  constructor(settings) {
    this.settings = settings;
    this.state = "off"; // then starting, ready, running
  }

  start() {
    if (this.worker) return;
    const { worker, origin, ...start } = this.settings;
    this.ran = new Map();
    this.state = "starting";
    this.worker = new Worker(worker, { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      const give = (words) => {
        this.end();
        reject(new Error(words));
      };
      this.worker.onerror = ({ message }) => give(failed(message ?? "its script did not arrive", origin));
      this.worker.onmessage = ({ data }) => {
        if (data.failure !== undefined) give(failed(data.failure, origin));
        else if (data.ready) resolve();
        else this.heard(data);
      };
    });
    this.ready.then(() => { if (this.state === "starting") this.state = "ready"; }, () => {});
    this.worker.postMessage({ start });
  }

  /** A message about the cell that runs. */
  heard(data) {
    const { running } = this;
    if (data.progress) this.onprogress?.(data.progress);
    else if (data.kind) running?.show(data);
    else if (data.done) running?.resolve(data.done);
    else if (data.crash !== undefined) {
      this.restart();
      running?.reject(new Error(`Python itself gave up (${data.crash}) and is starting again: your text is kept.`));
    }
  }

  /**
   * Run the last of `cells`, each `{ name, source }`, and before it those that have not run as they are now. `show` gets
   * what it gives, piece by piece; `check` asks a checker afterwards.
   */
  async run(cells, show, check) {
    const problem = obstacle();
    if (problem) throw new Error(problem);
    if (this.running) throw new Error("Another cell is running: stop it first.");
    const result = new Promise((resolve, reject) => { this.running = { show, resolve, reject }; });
    try {
      this.start();
      await Promise.race([this.ready, result]); // which ends first only if it was stopped
      const due = cells.filter(({ name, source }, at) => at === cells.length - 1 || this.ran.get(name) !== source);
      for (const { name, source } of due) this.ran.set(name, source);
      this.state = "running";
      this.worker.postMessage({ run: { cells: due, check } });
      return await result;
    } finally {
      this.running = undefined;
      if (this.state === "running") this.state = "ready";
    }
  }

  end() {
    this.worker?.terminate();
    this.worker = undefined;
    this.state = "off";
  }

  restart() {
    this.end();
    this.start();
    this.ready.catch(() => {}); // said when a cell is run
  }

  /** End what runs; the names of all cells are forgotten, and Python starts again from the browser's cache. */
  stop() {
    const { running } = this;
    if (!running) return;
    this.restart();
    running.reject(new Error("Stopped. Python is starting again; the cells above run anew with the next."));
  }
}
