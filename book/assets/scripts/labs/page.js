// A lab on a page of the site: its state stands in the address, ?lab=KIND&state=JSON, and a link opens it. What a reader
// has changed is kept, for the page that lists it.

import { keep, keepLab, recall } from "../progress.js";
import { adopt } from "./frame.js";

export function live(lab) {
  const address = new URLSearchParams(location.search);
  document.querySelectorAll(`figure[data-lab="${lab.kind}"]`).forEach((figure, index) => {
    const changed = (state) => {
      const url = new URL(location.href);
      const text = JSON.stringify(state);
      url.searchParams.set("lab", lab.kind);
      url.searchParams.set("state", text);
      if (index) url.searchParams.set("number", index);
      else url.searchParams.delete("number");
      history.replaceState(null, "", url);
      keepLab(figure.dataset.page, figure.id, text === first ? undefined : state);
    };
    const host = adopt(lab, figure, { initial: JSON.parse(figure.dataset.state), changed, guess: guessOf(figure) });
    const first = figure.dataset.state;
    // A challenge brings a state of its own.
    figure.addEventListener("lab-state", ({ detail }) => {
      host.set(detail);
      changed(host.state);
    });
    if (address.get("lab") === lab.kind && Number(address.get("number") ?? 0) === index) {
      host.set(parse(address.get("state")));
      figure.scrollIntoView({ block: "nearest" });
    }
  });
}

/** The prediction that a figure asks for, until it was answered once. */
function guessOf({ id, dataset: { page, predict } }) {
  if (!predict) return undefined;
  const item = `${id}:predict`;
  const { given, right } = recall(page, item);
  const told = (guess) => keep(page, item, guess, Boolean(guess));
  return { ...JSON.parse(predict), open: given === undefined, verdict: right ? "right" : "", told };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused by the lab, with the text in its sentence
  }
}
