// Challenges below a lab: the one that is chosen is checked whenever the lab shows something new, and stays met. And the
// list of labs and challenges on the page of what a reader has done.

import { challengesOf, FIRST_SEED } from "./labs/challenge_list.js";
import { setChallenge } from "./labs/challenges.js";
import { CHALLENGES_MET, keep, recall, recallLab } from "./progress.js";

const isMet = (id) => Boolean(recall(CHALLENGES_MET, id).right);

function markState(place, id) {
  const state = place.querySelector(".challenge-state");
  state.textContent = isMet(id) ? "✓ met" : "open";
  state.dataset.met = isMet(id);
  state.hidden = false;
}

/** A seed as the address has it, or the first. */
const readSeed = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : FIRST_SEED);

function mount(section) {
  const kind = section.dataset.challenges;
  const labs = [...document.querySelectorAll(`figure[data-lab="${kind}"]`)];
  const figure = labs.findLast((lab) => lab.compareDocumentPosition(section) & Node.DOCUMENT_POSITION_FOLLOWING) ?? labs[0];
  if (!figure) return;
  const said = section.querySelector(".challenge-said");
  const items = new Map(challengesOf(kind).map((challenge) => [challenge.id, { challenge, seed: FIRST_SEED }]));
  const placeOf = (id) => section.querySelector(`[data-challenge="${id}"]`);
  let current;

  const count = () => {
    for (const id of items.keys()) {
      const place = placeOf(id);
      markState(place, id);
      place.querySelector(".challenge-buttons").hidden = false;
      place.querySelector("[data-try]").setAttribute("aria-pressed", String(current?.id === id));
    }
    section.querySelector(".challenge-count").textContent = `${[...items.keys()].filter(isMet).length} of ${items.size} met`;
  };

  /** Put a challenge into the address, so that a link of the lab opens it too. */
  function note({ id, isDrawn }, seed) {
    const url = new URL(location.href);
    url.searchParams.set("challenge", id);
    if (isDrawn) url.searchParams.set("seed", seed);
    else url.searchParams.delete("seed");
    history.replaceState(null, "", url);
  }

  function choose(id, seed, { keepsState = false } = {}) {
    const item = items.get(id);
    item.seed = seed;
    current = setChallenge(item.challenge, seed);
    placeOf(id).querySelector(".challenge-text").textContent = current.text;
    said.textContent = `Challenge: ${current.text}`;
    if (!keepsState) figure.dispatchEvent(new CustomEvent("lab-state", { detail: current.start }));
    note(current, seed);
    count();
  }

  section.addEventListener("click", ({ target }) => {
    const { dataset } = target;
    const id = target.closest("[data-challenge]")?.dataset.challenge;
    if (dataset.try === undefined && dataset.other === undefined) return;
    const { seed } = items.get(id);
    choose(id, dataset.other === undefined ? seed : seed + 1);
    figure.scrollIntoView({ block: "nearest" });
  });

  new MutationObserver(() => {
    if (!current?.is_met(JSON.parse(figure.dataset.state), JSON.parse(figure.dataset.result))) return;
    keep(CHALLENGES_MET, current.id, "met", true);
    said.textContent = `✓ Met: ${current.text}`;
    count();
  }).observe(figure, { attributeFilter: ["data-state", "data-result"] });

  const address = new URLSearchParams(location.search);
  const namesFigure = address.get("lab") === kind && Number(address.get("number") ?? 0) === labs.indexOf(figure);
  const asked = address.get("challenge");
  if (items.has(asked)) {
    section.querySelector("details").open = true;
    choose(asked, readSeed(address.get("seed")), { keepsState: namesFigure && address.has("state") });
    figure.scrollIntoView({ block: "nearest" });
  }
  count();
  addEventListener("pageshow", count);
}

function mountOverview(overview) {
  const show = () => {
    for (const row of overview.querySelectorAll("[data-figure]")) {
      const { page, figure, kind, number } = row.dataset;
      const state = recallLab(page, figure);
      row.hidden = state === undefined;
      if (row.hidden) continue;
      const link = row.querySelector("a");
      const address = link.dataset.page;
      link.href = `${address}?${new URLSearchParams({ lab: kind, state: JSON.stringify(state), ...(number !== "0" && { number }) })}#${figure}`;
    }
    const changed = [...overview.querySelectorAll("[data-figure]")].some((row) => !row.hidden);
    overview.querySelector(".lab-unchanged").hidden = changed;
    for (const place of overview.querySelectorAll("[data-challenge]")) markState(place, place.dataset.challenge);
  };
  show();
  for (const event of ["storage", "pageshow"]) addEventListener(event, show);
}

document.querySelectorAll("[data-challenges]").forEach(mount);
document.querySelectorAll(".lab-overview").forEach(mountOverview);
