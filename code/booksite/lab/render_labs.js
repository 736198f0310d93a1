// One lab per line of standard input, as JSON; its first picture per line of standard output: {body, state, result} or
// {error}. Ends when its input ends. esbuild joins it with the labs.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { runInThisContext } from "node:vm";
import labs from "./labs/all.js";
import { challengeList } from "./labs/challenge_list.js";
import { FIRST_SEED, setChallenge } from "./labs/challenges.js";
import all from "./labs/challenges/all.js";
import { body } from "./labs/frame.js";
import { engineInProcess } from "./labs/network/in_process.js";
import "./labs/network/later.js";
import { portable as portableNetwork } from "./labs/network/portable.js";

globalThis.bookEngine = engineInProcess;

/** By the kind of a lab: what a page brings for its first picture, where the state takes more. */
const portable = { network: portableNetwork };

async function answer(line) {
  const { challenges, kind, state, view, id, alt, predict, scripts } = JSON.parse(line);
  globalThis.bookScript = (name) => runInThisContext(readFileSync(`${scripts}/${name}`, "utf8"));
  if (challenges) {
    const ofLab = all.filter((challenge) => challenge.lab === challenges);
    const texts = ofLab.map((challenge) => setChallenge(challenge, FIRST_SEED));
    return { body: challengeList(ofLab), challenges: texts.map(({ id: name, text }) => [name, text]) };
  }
  const lab = labs.find((lab) => lab.kind === kind);
  if (!lab) return { error: `unknown lab \`${kind}\`; use ${labs.map(({ kind }) => kind).join(", ")}.` };
  const prediction = predict && lab.predictions?.[predict];
  if (predict && !prediction) {
    return { error: `unknown prediction \`${predict}\`; use ${Object.keys(lab.predictions ?? {}).join(", ") || "none"}.` };
  }
  // The page as it is built shows the answer; only a script can ask first.
  const guess = predict && { name: predict, open: true };
  try {
    lab.receive?.(view);
    const checked = lab.check(state);
    await lab.load?.(checked);
    const shown = lab.fit(checked, { ...lab.view, ...view }, false);
    return {
      body: body(lab, checked, shown, { id, alt, guess, still: true }), state: checked, result: lab.result(checked, shown),
      first: portable[kind]?.(checked),
      mistakes: prediction ? prediction.mistakes.map(([name]) => name).filter((name) => !name.includes(" ")) : [],
    };
  } catch (error) {
    return { error: error.message };
  }
}

createInterface({ input: process.stdin })
  .on("line", async (line) => process.stdout.write(JSON.stringify(await answer(line)) + "\n"));
