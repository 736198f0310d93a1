"""Time a training step of the simple CNN in the browser's engine, beside other libraries and Keras, in one run.

The engine runs in Node.js and in a worker of headless Chromium, each on one core, with WebAssembly and in plain
JavaScript; jax-js and TensorFlow.js run in Node.js on one core, and `keras.Model.fit` on two. All take turns, so that a
busy machine slows all of them alike. TensorFlow.js has no gradient of a convolution for WebAssembly; its forward pass
alone is there too. Then the forward pass of one image is timed in the worker, of the simple CNN and of deeper-5.

    python benchmarks/engine.py [--rounds N]

Needs npm and a network: the other libraries are installed into a temporary folder. Exit code 0 if every goal is met.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before the import of Keras; TensorFlow greets on stderr

import keras
import numpy as np
import psutil
from playwright.sync_api import sync_playwright
from tqdm import tqdm

from booksite import scripts
from booksite.json_process import JsonProcess
from cnnbook import engine, experiments, models

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/booksite"))

import chromium  # noqa: E402

PEERS = (
    "@jax-js/jax@0.1.25",
    *(f"@tensorflow/tfjs-{part}@4.22.0" for part in ("core", "layers", "backend-cpu", "backend-wasm")),
)
BATCHES = (32, 128)
SECONDS = 0.5  # of each turn, or one step if that takes longer
IMAGES_PER_CPU_SECOND = 1_500
TIMES_PLAIN = 2
TIMES_JAX = 20
FORWARD = {"simple-cnn": 20, "deeper-5": 150}  # milliseconds, for 95 of 100 images
SETTINGS = {"learningRate": 0.01, "momentum": 0.9}

# One turn: steps of training through the same questions that a lab asks.
TURN = """
async function turn(ask, { description, batch, seconds, exact, settings }) {
  const images = Uint8Array.from({ length: batch * 3072 }, (_, i) => (i * 7919) % 251);
  const labels = Array.from({ length: batch }, (_, i) => i % 10);
  await ask("create", description, { batch, exact });
  await ask("step", images, labels, settings); // compiled now
  const [began, used] = [performance.now(), globalThis.process?.cpuUsage()];
  let count = 0;
  do {
    await ask("step", images, labels, settings);
    count += batch;
  } while (performance.now() - began < 1000 * seconds);
  const { user = 0, system = 0 } = globalThis.process?.cpuUsage(used) ?? {};
  return { images: count, seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
}
"""
NODE = (
    TURN
    + """
import { createInterface } from "node:readline";
import { openAnswers } from "./engine/answers.js";
const answers = openAnswers();
const ask = async (name, ...values) => answers[name](...values);
(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await turn(ask, JSON.parse(line))));
  }
})();
"""
)
PAGE = (
    TURN
    + """
import { startEngine } from "./engine/host.js";
const { ask } = startEngine();
globalThis.turn = (options) => turn(ask, options);
globalThis.forward = async (description, times) => {
  await ask("create", description, { batch: 1 });
  const taken = [];
  for (let i = 0; i < times; i += 1) {
    const began = performance.now();
    await ask("forward", Uint8Array.from({ length: 3072 }, (_, cell) => (cell * 7919 + i) % 251), 1);
    taken.push(performance.now() - began);
  }
  return taken;
};
"""
)


@contextmanager
def one_core():
    """Let everything that starts in here run on one core, where the system can say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def node_process(stack, *command):
    process = JsonProcess(["node", *command])
    stack.callback(process.close)
    return process.ask


def start_peers(stack, folder):
    """Install the other libraries and start a process for each; gives functions from a batch size to a turn."""
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, *PEERS]
    subprocess.run(command, check=True)
    program = Path(folder, "peers.mjs")
    program.write_text(Path(__file__).with_name("engine_peers.mjs").read_text("utf-8"), "utf-8")
    names = ("jax-js", "tfjs-cpu", "tfjs-wasm", "tfjs-wasm-forward")
    return {name: peer_turn(node_process(stack, program, name)) for name in names}


def peer_turn(ask):
    ask({"batch": 2, "seconds": 0})  # loads and compiles
    return lambda batch: ask({"batch": batch, "seconds": SECONDS})


def start_engine(stack, folder, description):
    """The engine in Node.js and in Chromium, with WebAssembly and without."""
    program = Path(folder, "engine.cjs")
    program.write_text(scripts.join(ROOT, NODE, "--platform=node", "--format=cjs"), "utf-8")
    Path(folder, "engine.js").write_text(scripts.join(ROOT, PAGE, "--format=iife", "--minify"), "utf-8")
    Path(folder, "engine.html").write_text('<!doctype html><script src="engine.js"></script>', "utf-8")
    browser = chromium.launch(stack.enter_context(sync_playwright()))
    tab = browser.new_page()
    tab.goto(Path(folder, "engine.html").as_uri())

    def in_chromium(options):
        renderers = [child for child in psutil.Process().children(recursive=True) if "renderer" in str(child.cmdline())]
        used = [sum(child.cpu_times()[:2]) for child in renderers]
        result = tab.evaluate("options => turn(options)", options)
        return result | {"cpu": sum(sum(child.cpu_times()[:2]) for child in renderers) - sum(used)}

    def turn(ask, exact):
        options = {"description": description, "seconds": SECONDS, "exact": exact, "settings": SETTINGS}
        return lambda batch: ask({**options, "batch": batch})

    in_node = node_process(stack, program)
    contestants = {
        "engine, Node": turn(in_node, exact=False),
        "engine, Chromium": turn(in_chromium, exact=False),
        "engine, Node, plain": turn(in_node, exact=True),
        "engine, Chromium, plain": turn(in_chromium, exact=True),
    }
    return contestants, tab


def keras_turn(batch):
    """An epoch of `fit`; the first one has compiled it."""
    images = np.zeros((2048, 32, 32, 3), "float32")
    labels = np.arange(len(images)) % 10
    began, used = time.perf_counter(), time.process_time()
    _MODEL.fit(images, labels, batch_size=batch, verbose=0)
    return {"images": len(images), "seconds": time.perf_counter() - began, "cpu": time.process_time() - used}


_MODEL = models.simple_cnn()


def measure(contestants, rounds):
    """Turns of every contestant at every batch size, in turn; whoever cannot train says why, once."""
    turns = {(name, batch): [] for name in contestants for batch in BATCHES}
    for _ in tqdm(range(rounds), desc="rounds", disable=None):
        for (name, batch), results in turns.items():
            if not (results and "error" in results[0]):
                results.append(contestants[name](batch))
    return turns


def rates(turns, key, unit):
    """Images per second of each turn."""
    return [turn["images"] / turn[unit] for turn in turns[key]]


def spread(values):
    return f"{statistics.median(values):>9,.0f}{min(values):>9,.0f}{max(values):>9,.0f}"


def show(turns):
    print(f"\n{'images per second':<28}{'batch':>6}{'median':>9}{'min':>9}{'max':>9}   per CPU second")
    for (name, batch), results in turns.items():
        if "error" in results[0]:
            print(f"{name:<28}{batch:>6}  {results[0]['error']}")
        else:
            key = (name, batch)
            print(f"{name:<28}{batch:>6}{spread(rates(turns, key, 'seconds'))}{spread(rates(turns, key, 'cpu'))}")


def goals(turns, forward):
    """Each goal: what was measured, and whether it is met."""
    for place in ("Node", "Chromium"):
        for batch in BATCHES:
            ours = statistics.median(rates(turns, (f"engine, {place}", batch), "cpu"))
            plain = statistics.median(rates(turns, (f"engine, {place}, plain", batch), "cpu"))
            text = (
                f"{place}, batch {batch}: {ours:,.0f} images per CPU second, {ours / plain:.1f} times plain JavaScript"
            )
            yield text, ours >= IMAGES_PER_CPU_SECOND or ours >= TIMES_PLAIN * plain
            times = ours / statistics.median(rates(turns, ("jax-js", batch), "cpu"))
            yield f"{place}, batch {batch}: {times:.0f} times jax-js", times >= TIMES_JAX
    for name, taken in forward.items():
        late = np.percentile(taken, 95)
        text = f"forward of {name} in the worker: median {np.median(taken):.1f} ms, 95 % within {late:.1f} ms"
        yield text, late < FORWARD[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant (default: 5)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds must be at least 1; got {arguments.rounds}")

    _MODEL.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy")
    for batch in BATCHES:
        keras_turn(batch)
    described = {
        name: engine.describe(getattr(models, recipe.builder)(**recipe.arguments))
        for name in FORWARD
        for recipe in [experiments.RECIPES[name]]
    }
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        with one_core():
            contestants, tab = start_engine(stack, folder, described["simple-cnn"])
            contestants |= start_peers(stack, folder)
        contestants["keras.Model.fit, 2 cores"] = keras_turn
        turns = measure(contestants, arguments.rounds)
        forward = {
            name: tab.evaluate("([description, times]) => forward(description, times)", [description, 200])
            for name, description in described.items()
        }
    show(turns)
    met = True
    for text, is_met in goals(turns, forward):
        print(f"{'met   ' if is_met else 'MISSED'} {text}")
        met &= is_met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
