"""What an answer costs: the book's trained networks in Keras, in ONNX Runtime and in the browser's engine, in turns.

usage: python benchmarks/inference.py [--rounds 7] [--write]

Each network gets its recorded weights, or is trained if none are kept. It is asked about one image and about a batch:
by Keras and by ONNX Runtime, whose graph has once floats and once eight bits, on all cores; by the engine of the labs
in a worker of headless Chromium, on one. A turn is the mean over repeated answers about the same images, from an array
in memory to probabilities in memory; compilation is not counted. All take turns, so that a busy machine slows all
alike. Then the first three are asked about all test images. With ``--write`` the numbers become the file that *What an
answer costs* reads: let nothing else run. Needs CIFAR-10, and some minutes.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from cnnbook.training import settings

settings.prefer_faster()  # before Keras is imported

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
from onnxruntime import quantization  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from tqdm import tqdm  # noqa: E402

from booksite import scripts  # noqa: E402
from cnnbook import architecture, data, engine, experiments, models  # noqa: E402
from cnnbook.training import budget, speedrun  # noqa: E402
from cnnbook.training.threads import thread_count  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests/booksite")]

import chromium  # noqa: E402

import onnx_graph  # noqa: E402

MEASUREMENT = experiments.INFERENCE
BATCHES, CALIBRATION = MEASUREMENT.settings["batches"], MEASUREMENT.settings["calibration"]
SECONDS = 0.3  # of each turn, or one answer if that takes longer
KEPT = "seconds_per_image"

PAGE = """
import { startEngine } from "./engine/host.js";
const { ask } = startEngine();
globalThis.prepare = async (description, weights, batch) => {
  await ask("create", description, { batch });
  await ask("set", Float32Array.from(weights));
};
globalThis.turn = async (batch, seconds) => {
  const images = Uint8Array.from({ length: batch * 3072 }, (_, i) => (i * 7919) % 251);
  const began = performance.now();
  let count = 0;
  do {
    await ask("forward", images, batch);
    count += batch;
  } while (performance.now() - began < 1000 * seconds);
  return (performance.now() - began) / 1000 / count;
};
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each (default: 7)")
    parser.add_argument("--write", action="store_true", help=f"write {MEASUREMENT.path.name}")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"got --rounds {options.rounds}; expected at least 1")
    images = data.cifar10()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tab = open_engine(stack, folder)
        networks = {recipe.name: measured(recipe, images, folder, tab, options.rounds) for recipe in experiments.ASKED}
    if options.write:
        machine = f"{speedrun.machine_line()}, onnxruntime {onnxruntime.__version__}"
        MEASUREMENT.write({"machine": machine, "rounds": options.rounds, "runs": networks}, __file__)
    for name, ways in networks.items():
        for way, found in ways.items():
            times = ", ".join(f"{1e3 * median:.3f} ms in batches of {n}" for n, median in found[KEPT].items())
            right = f"; {100 * found['test']:.2f} % of the test images" if "test" in found else ""
            print(f"{name:12}{way:24}{found.get('bytes', 0) / 1e3:8.1f} kB  {times}{right}")


def measured(recipe, images, folder, tab, rounds):
    """By the way of asking a network: median seconds for an image by batch, and what it got right, from 0 to 1."""
    if 0 in recipe.keep_weights:
        model = experiments.trained_model(recipe.name)
    else:
        model, progress = budget.train_for(recipe, 0, recipe.epochs, images, per="epochs")
        if progress.stopped:
            sys.exit("stopped; nothing is kept")
    model = architecture.for_images(model, models.IMAGE_SHAPE)
    files = exported(model, images.x_train[:CALIBRATION], folder / recipe.name)
    sessions = {way: session(path) for way, path in files.items()}
    asked = {"Keras": model.predict_on_batch}
    for way, one in sessions.items():
        asked[way] = lambda x, one=one: one.run(None, {"images": x.astype("float32")})[0]
    found = {way: {KEPT: {}} for way in (*asked, "browser")}
    for batch in BATCHES:
        x = images.x_valid[:batch]
        network = engine.describe(model), engine.flat_weights(model).tolist()
        tab.evaluate("network => prepare(...network)", [*network, batch])
        turns = {way: lambda way=way, x=x: seconds_per_image(asked[way], x) for way in asked}
        turns["browser"] = lambda batch=batch: tab.evaluate("options => turn(...options)", [batch, SECONDS])
        times = {way: [] for way in turns}
        for way in turns:
            turns[way]()  # compiled now
        for _, way in tqdm(list(itertools.product(range(rounds), turns)), desc=f"{recipe.name}, {batch}", disable=None):
            times[way].append(turns[way]())
        for way, values in times.items():
            found[way][KEPT][str(batch)] = statistics.median(values)
    for way, ask in asked.items():
        answers = [ask(images.x_test[start : start + 500]) for start in range(0, len(images.x_test), 500)]
        found[way]["test"] = float((np.concatenate(answers).argmax(axis=1) == images.y_test).mean())
    for way, path in files.items():
        found[way]["bytes"] = path.stat().st_size
    return found


def seconds_per_image(ask, x):
    began, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < SECONDS or not count:
        ask(x)
        count += len(x)
    return passed / count


def exported(model, images, path):
    """ONNX files of a network, with floats and with eight bits, whose ranges are those of some training images."""
    by_layer = {}
    for layer in model.layers:
        by_layer[layer.name] = {weight.name: weight.numpy() for weight in layer.weights}
    sizes = {layer.name: layer.input.shape[1:3] for layer in model.layers if hasattr(layer, "padding")}
    files = {"ONNX Runtime": path.with_suffix(".onnx"), "ONNX Runtime, 8 bits": path.with_suffix(".int8.onnx")}
    floats, eight_bits = files.values()
    onnx.save(onnx_graph.make_model(engine.describe(model), by_layer, sizes), floats)
    prepared = path.with_suffix(".prepared.onnx")
    quantization.quant_pre_process(floats, prepared, skip_symbolic_shape=True)
    # Maps without a sign: on processors of the kind x86 ONNX Runtime has fast products for these alone.
    unsigned = quantization.QuantType.QUInt8
    quantization.quantize_static(prepared, eight_bits, Images(images), per_channel=True, activation_type=unsigned)
    return files


class Images(quantization.CalibrationDataReader):
    """Images, one by one, as the quantiser asks for them."""

    def __init__(self, images):
        self.left = iter(images.astype("float32")[:, None])

    def get_next(self):
        image = next(self.left, None)
        return None if image is None else {"images": image}


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count()
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def open_engine(stack, folder):
    (folder / "engine.js").write_text(scripts.join(ROOT, PAGE, "--format=iife", "--minify"), "utf-8")
    (folder / "engine.html").write_text('<!doctype html><script src="engine.js"></script>', "utf-8")
    tab = chromium.launch(stack.enter_context(sync_playwright())).new_page()
    tab.goto((folder / "engine.html").as_uri())
    return tab


if __name__ == "__main__":
    main()
