// A lab on a page of the site: its state stands in the address, ?lab=KIND&state=JSON, and a link opens it.

import { adopt } from "./frame.js";

export function live(lab) {
  const address = new URLSearchParams(location.search);
  document.querySelectorAll(`figure[data-lab="${lab.kind}"]`).forEach((figure, index) => {
    const changed = (state) => {
      const url = new URL(location.href);
      url.search = new URLSearchParams({ lab: lab.kind, state: JSON.stringify(state), ...(index && { number: index }) });
      history.replaceState(null, "", url);
    };
    const host = adopt(lab, figure, { initial: JSON.parse(figure.dataset.state), changed });
    if (address.get("lab") === lab.kind && Number(address.get("number") ?? 0) === index) {
      host.set(parse(address.get("state")));
      figure.scrollIntoView({ block: "nearest" });
    }
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused by the lab, with the text in its sentence
  }
}
