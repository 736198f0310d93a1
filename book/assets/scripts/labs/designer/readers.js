// The readers of pasted networks and typed layers. Few readers of the book paste any, so the lab's page loads this as a
// script of its own when the first text comes; a notebook has it from the start.

import { Refusal, refuse } from "../reading.js";
import { readPython, readRow } from "./read_keras.js";
import { isSummary, readSummary } from "./read_summary.js";

const LONGEST = 50000;

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
  network: said((text) => (isSummary(text) ? readSummary : readPython)(text)),
  layer: said(readRow),
};
