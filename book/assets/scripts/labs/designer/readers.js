// The readers of pasted networks and typed layers. Few readers of the book paste any, so the lab's page loads this as a
// script of its own when the first text comes; a notebook has it from the start.

import { Refusal, refuse } from "../reading.js";
import { readPython, readRow } from "./read_keras.js";
import { isSummary, readSummary } from "./read_summary.js";

const LONGEST = 50000;
const PYTORCH = /\bnn\.Module\b|\b(Conv[123]d|Linear|(Max|Avg|AdaptiveAvg)Pool2d|BatchNorm2d)(\(|-\d)/;

/** What a text says, or {refused}: the class of refusals is another one in another script. */
const said = (read) => (text) => {
  try {
    if (text.length > LONGEST) refuse(`The text has ${text.length.toLocaleString("en")} characters; up to ${LONGEST.toLocaleString("en")} are read. Paste the network alone.`);
    return read(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: error.message };
  }
};

globalThis.bookReaders = {
  network: said((text) => {
    try {
      return (isSummary(text) ? readSummary : readPython)(text);
    } catch (error) {
      if (!(error instanceof Refusal) || !PYTORCH.test(text)) throw error;
      return refuse('This is PyTorch, and Keras is read here: write layers.Conv2D(32, 3, padding="same") for nn.Conv2d(3, 32, 3, padding=1), ' +
        "layers.Dense(10) for nn.Linear(64, 10), or paste what model.summary() of Keras prints.");
    }
  }),
  layer: said(readRow),
};
