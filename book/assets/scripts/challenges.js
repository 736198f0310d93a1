// Challenges below a lab: the one that is chosen is checked whenever the lab shows something new, and stays met.

import { isMet, markState } from "./labs/challenge_state.js";
import { FIRST_SEED, setChallenge } from "./labs/challenges.js";
import { CHALLENGES_MET, keep } from "./progress.js";

/** A seed as the address has it, or the first. */
const readSeed = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : FIRST_SEED);

function mount(section, challenges) {
  const kind = section.dataset.challenges;
  const labs = [...document.querySelectorAll(`figure[data-lab="${kind}"]`)];
  const figure = labs.findLast((lab) => lab.compareDocumentPosition(section) & Node.DOCUMENT_POSITION_FOLLOWING) ?? labs[0];
  if (!figure) return;
  const said = section.querySelector(".challenge-said");
  const items = new Map(challenges.map((challenge) => [challenge.id, { challenge, seed: FIRST_SEED }]));
  const placeOf = (id) => section.querySelector(`[data-challenge="${id}"]`);
  let current; // the challenge that is tried
  let isDone; // it was met since it was chosen

  const count = () => {
    for (const id of items.keys()) {
      const place = placeOf(id);
      markState(place, id);
      place.querySelector(".challenge-buttons").hidden = false;
      place.querySelector("[data-try]").setAttribute("aria-pressed", String(current?.id === id));
    }
    section.querySelector(".challenge-count").textContent = `${[...items.keys()].filter(isMet).length} of ${items.size} met`;
  };

  /** Put a challenge into the address, so that a link of the lab opens it too, or none. */
  function note({ id, isDrawn }, seed) {
    const url = new URL(location.href);
    for (const [name, value] of [["challenge", id], ["seed", isDrawn && String(seed)]]) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    history.replaceState(null, "", url);
  }

  /** Have the lab show the challenge, from its start unless it keeps its state. */
  function tell(isMet, more = {}) {
    const { text, start } = current;
    said.textContent = `${isMet ? "✓ Met" : "Challenge"}: ${text}`;
    figure.dispatchEvent(new CustomEvent("lab-goal", { detail: { text, start, isMet, ...more } }));
  }

  function choose(id, seed, more) {
    const item = items.get(id);
    item.seed = seed;
    current = setChallenge(item.challenge, seed);
    isDone = false;
    placeOf(id).querySelector(".challenge-text").textContent = current.text;
    tell(false, more);
    note(current, seed);
    count();
    figure.scrollIntoView({ block: figure.offsetHeight > innerHeight ? "start" : "nearest" });
  }

  function look() {
    if (isDone || !current?.is_met(JSON.parse(figure.dataset.state), JSON.parse(figure.dataset.result))) return;
    isDone = true;
    keep(CHALLENGES_MET, current.id, "met", true);
    tell(true, { keepsState: true });
    count();
  }

  section.addEventListener("click", ({ target }) => {
    const { dataset } = target;
    const id = target.closest("[data-challenge]")?.dataset.challenge;
    if (dataset.try === undefined && dataset.other === undefined) return;
    const { seed } = items.get(id);
    choose(id, dataset.other === undefined ? seed : seed + 1);
    figure.querySelector(".lab-stage").focus({ preventScroll: true });
  });
  figure.addEventListener("lab-left", () => {
    current = undefined;
    said.textContent = "";
    note({});
    count();
  });
  new MutationObserver(look).observe(figure, { attributeFilter: ["data-state", "data-result"] });

  const address = new URLSearchParams(location.search);
  const namesFigure = address.get("lab") === kind && Number(address.get("number") ?? 0) === labs.indexOf(figure);
  const asked = address.get("challenge");
  if (items.has(asked)) {
    section.querySelector("details").open = true;
    choose(asked, readSeed(address.get("seed")), { isLinked: true, keepsState: namesFigure && address.has("state") });
  }
  count();
  addEventListener("pageshow", count);
}

/** Say that the address names a challenge which the page does not have. */
function sayUnknown(asked) {
  const [section] = document.querySelectorAll("[data-challenges]");
  if (asked === null || !section || document.querySelector(`[data-challenge="${CSS.escape(asked)}"]`)) return;
  const said = section.querySelector(".challenge-said");
  said.className = "lab-message challenge-said";
  said.textContent = `The address names the challenge “${asked.slice(0, 40)}”, which this page does not have; choose one of these.`;
  section.querySelector("details").open = true;
  said.scrollIntoView({ block: "center" });
}

/** Bring the challenges of a kind of lab to life. */
export function live(challenges) {
  document.querySelectorAll(`[data-challenges="${challenges[0].lab}"]`).forEach((section) => mount(section, challenges));
  sayUnknown(new URLSearchParams(location.search).get("challenge"));
}
