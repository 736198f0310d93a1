"""Time from an input to the picture for every lab of the built site, in headless Chromium.

usage: python benchmarks/labs.py [ACTIONS]

Presses buttons of a lab at random (seeded), or arrow keys on its stage, and takes the time of the script together with
the layout that follows. Prints median and 95th percentile of each lab; exit code 1 if one needs more than a frame of a
screen with 60 pictures a second.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/booksite"))

import chromium  # noqa: E402
from built import SITE, built_pages  # noqa: E402

FRAME = 1000 / 60  # milliseconds
ACTIONS = int(sys.argv[1]) if sys.argv[1:] else 200

_ACT = """
([figure, choice]) => {
  const buttons = [...figure.querySelectorAll(".lab-controls button:not([data-action=copy], [data-action=play])")];
  const stage = figure.querySelector(".lab-stage");
  const key = ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"][choice % 4];
  const began = performance.now();
  if (choice % 2 && buttons.length) buttons[choice % buttons.length].click();
  else stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  stage.getBoundingClientRect();
  return performance.now() - began;
}
"""


def times(tab, figure):
    """Milliseconds of each action on a lab."""
    draw = random.Random(0)
    return [tab.evaluate(_ACT, [figure, draw.randrange(10_000)]) for _ in range(ACTIONS)]


def main():
    late = False
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for page in built_pages():
            tab = browser.new_page()
            tab.goto((SITE / page).as_uri())
            for figure in tab.query_selector_all("figure[data-lab]"):
                taken = times(tab, figure)
                late |= np.percentile(taken, 95) > FRAME
                name = f"{figure.get_attribute('data-lab')} on {page}"
                print(f"{name:60} median {np.median(taken):5.1f} ms, 95 % within {np.percentile(taken, 95):5.1f} ms")
                assert json.loads(figure.get_attribute("data-result"))
            tab.close()
        browser.close()
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
