"""Ten seeds of the lab of training with its defaults, in headless Chromium: what the book says of it.

usage: python benchmarks/browser_training.py [--write]

Opens the built page of the lab, whose site must have images to train on, and trains ten epochs from each seed in its
worker. Prints the accuracy on the 500 test images after one epoch and after ten, and the time until a network passes
the two-layer network's recorded accuracy. With ``--write`` the numbers become the file that the page reads.
"""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/booksite"))

import chromium  # noqa: E402
from built import SITE  # noqa: E402

from cnnbook import experiments, intervals  # noqa: E402
from cnnbook.training import machine  # noqa: E402

PAGE = "book/experiments/simple-cnn.html"
SEEDS, EPOCHS = 10, 10

_LOAD = """
() => new Promise((resolve) => {
  const script = document.createElement("script");
  script.src = `${document.documentElement.dataset.content_root}_static/lab-train-later.js`;
  script.onload = resolve;
  document.head.append(script);
})
"""

#: Trains in the page as its lab does, and gives what each epoch ended with; a report's filters are no JSON.
_TRAIN = """
async ([settings, epochs]) => {
  const steps = Math.ceil(settings.count / settings.batch_size);
  const session = globalThis.session ??= globalThis.bookTrainer();
  await session.train(settings, true, { steps: 0 });
  const run = { seconds: [] };
  const start = performance.now();
  for (let epoch = 0; epoch < epochs; epoch++) {
    const report = await session.train(settings, false, { steps });
    if (report.failed || report.diverged) throw new Error(report.failed ?? "diverged");
    run.seconds.push(Math.round((performance.now() - start) / 10) / 100);
    run.tests = report.curve.map(({ test }) => test);
    run.images_per_second = report.images_per_second;
  }
  return run;
}
"""


def train_all():
    """Give the settings, Chromium's version and a run for each seed."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        tab = browser.new_page()
        tab.goto((SITE / PAGE).as_uri() + '?lab=train&state={"images":"cifar"}')
        figure = tab.wait_for_selector("figure[data-lab=train][data-live]")
        state = json.loads(figure.get_attribute("data-state"))
        if state["images"] != "cifar":
            sys.exit("the site was built without images to train on: run `python -m cnnbook data`, then build it again")
        tab.evaluate(_LOAD)
        settings = {name: state[name] for name in experiments.BROWSER_SETTINGS}
        runs = [tab.evaluate(_TRAIN, [settings | {"seed": seed}, EPOCHS]) for seed in range(SEEDS)]
        version = browser.version
        browser.close()
    return settings, version, runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {experiments.BROWSER_TRAINING.name}")
    options = parser.parse_args()
    settings, version, runs = train_all()
    content = {
        "settings": settings,
        "device": f"{machine.device()}, of which one trains",
        "versions": {"chromium": version},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": runs,
    }
    if options.write:
        experiments.BROWSER_TRAINING.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    for epochs in (1, EPOCHS):
        mean, sd = intervals.mean_sd(100 * run["tests"][epochs] for run in runs)
        print(f"after {epochs} epochs: {mean:.1f} ± {sd:.1f} % of 500 test images ({len(runs)} seeds)")
    seconds = experiments.seconds_to_pass(content)
    mean, sd = intervals.mean_sd(seconds)
    print(f"{len(seconds)} of {len(runs)} pass the two layers, after {mean:.1f} ± {sd:.1f} s ({content['device']})")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
