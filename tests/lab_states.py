"""Ask the labs what they show for a state, through Node.js."""

import html
import re

import javascript
from cnnbook import data

CASES = 1000
PROGRAM = """
import labs from "./labs/all.js";
import { Refusal } from "./labs/reading.js";
const output = ([kind, states]) => {
  const lab = labs.find((lab) => lab.kind === kind);
  return states.map((state) => {
    try {
      return lab.result(lab.check(state));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { error: error.message };
    }
  });
};
"""


def results(kind, states):
    """What a lab shows for each state: its result, or the sentence with which it refuses the state."""
    return javascript.run(PROGRAM, [kind, states])


COPIED = """
import labs from "./labs/all.js";
import { remember } from "./labs/sample.js";
const output = ([kind, states, images]) => {
  remember(images);
  const lab = labs.find((lab) => lab.kind === kind);
  return states.map((state) => {
    const checked = lab.check(state);
    const view = lab.fit(checked, lab.view, true);
    return [lab.result(checked), lab.controls({ state: checked, view, id: "lab" })];
  });
};
"""


def copied(kind, states, images=()):
    """What a lab shows for each state, with the code that it offers to copy; `images` are sample images at hand."""
    shown = javascript.run(COPIED, [kind, states, data.sample_texts(images)])
    return [
        (result, html.unescape(re.search(r"<pre><code>(.*?)</code></pre>", controls, re.DOTALL)[1]))
        for result, controls in shown
    ]


def draw_padding(random):
    return ["valid", "same", int(random.integers(0, 4)), random.integers(0, 4, 2).tolist()][random.integers(4)]
