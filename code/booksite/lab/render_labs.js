// One lab per line of standard input, as JSON; its first picture per line of standard output: {body, state, result} or
// {error}. Ends when its input ends. esbuild joins it with the labs.

import { createInterface } from "node:readline";
import labs from "./labs/all.js";
import { body } from "./labs/frame.js";

function answer(line) {
  const { kind, state, view, id, alt } = JSON.parse(line);
  const lab = labs.find((lab) => lab.kind === kind);
  if (!lab) return { error: `unknown lab \`${kind}\`; use ${labs.map(({ kind }) => kind).join(", ")}.` };
  try {
    lab.receive?.(view);
    const checked = lab.check(state);
    const shown = lab.fit(checked, { ...lab.view, ...view }, false);
    return { body: body(lab, checked, shown, { id, alt, still: true }), state: checked, result: lab.result(checked) };
  } catch (error) {
    return { error: error.message };
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => process.stdout.write(JSON.stringify(answer(line)) + "\n"));
