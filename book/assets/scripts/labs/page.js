// A lab on a page of the site: its state stands in the address, ?lab=KIND&state=JSON, and a link opens it. What a reader
// has changed is kept, for the page that lists it.

import { keep, keepLab, recall, recallLab } from "../progress.js";
import { adopt } from "./frame.js";

// Browsers refuse an address that changes all the time, as it would while an arrow key is held.
const PAUSE = 350; // milliseconds
let changedAt = -PAUSE;
let waiting;

function setAddress(address) {
  clearTimeout(waiting);
  const left = changedAt + PAUSE - performance.now();
  if (left > 0) waiting = setTimeout(setAddress, left, address);
  else {
    changedAt = performance.now();
    history.replaceState(null, "", address());
  }
}

export function live(lab) {
  const address = new URLSearchParams(location.search);
  document.querySelectorAll(`figure[data-lab="${lab.kind}"]`).forEach((figure, index) => {
    const link = (state) => {
      const url = new URL(location.href);
      url.searchParams.set("lab", lab.kind);
      url.searchParams.set("state", JSON.stringify(state));
      if (index) url.searchParams.set("number", index);
      else url.searchParams.delete("number");
      return url.href;
    };
    let own; // the reader's numbers, while a challenge is tried, which has its own
    const changed = (state) => {
      if (lab.isPrivate?.(state)) return; // the address stays one that can be opened again
      if (!own) keepLab(figure.dataset.page, figure.id, JSON.stringify(state) === first ? undefined : state);
      setAddress(() => link(state));
    };
    const left = () => {
      host.set(own);
      host.aim();
      own = undefined;
      changed(host.state);
      figure.dispatchEvent(new Event("lab-left"));
    };
    const initial = JSON.parse(figure.dataset.state);
    const view = { ...lab.view, ...JSON.parse(figure.dataset.view ?? "{}") };
    lab.receive?.(view);
    const host = adopt(lab, figure, { initial, view, changed, link, left, guess: guessOf(figure) });
    const first = figure.dataset.state;
    // A challenge begins, or is met; one that a link opens may have the link's state.
    figure.addEventListener("lab-goal", ({ detail: { isLinked, keepsState, ...goal } }) => {
      own ??= isLinked ? recallLab(figure.dataset.page, figure.id) ?? JSON.parse(first) : host.state;
      host.aim(goal);
      if (!keepsState) {
        host.set(goal.start);
        changed(host.state);
      }
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
