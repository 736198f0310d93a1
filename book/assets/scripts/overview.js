// The labs that a reader has changed, and the challenges that were met, on the page of what a reader has done.

import { markState } from "./labs/challenge_state.js";
import { recallLab } from "./progress.js";

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
    for (const page of overview.querySelectorAll("details")) {
      const [all, met] = ["[data-challenge]", '[data-met="true"]'].map((found) => page.querySelectorAll(found).length);
      page.querySelector(".challenge-count").textContent = `${met} of ${all} met`;
    }
  };
  show();
  for (const event of ["storage", "pageshow"]) addEventListener(event, show);
}

document.querySelectorAll(".lab-overview").forEach(mountOverview);
