"""Ask the labs what they show for a state, through Node.js."""

import javascript

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


def draw_padding(random):
    return ["valid", "same", int(random.integers(0, 4)), random.integers(0, 4, 2).tolist()][random.integers(4)]
