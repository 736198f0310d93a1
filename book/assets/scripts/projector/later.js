// The projector: each figure, cell and question of the page alone on the screen, as large as it fits. What is shown is the
// page's own element, which keeps what a lab shows and what was typed; it goes back to its place.

import { make } from "../make.js";
import styles from "./projector.css";

const SHOWN = "figure, div.cell, fieldset.quiz-item";
const LARGEST = 3;

// Where arrow keys belong to what has the focus.
const OWN_ARROWS = ".lab-stage, input, select, textarea, [contenteditable]";

let dialog, screen, words, buttons, screens, number, place;

const title = () => [...document.querySelector("h1").childNodes].map((part) => (part.matches?.(".headerlink") ? "" : part.textContent)).join("");

/** What has a screen of its own: not what stands in another, is folded, or is a fold and nothing else. */
const findScreens = () =>
  [...document.querySelectorAll("article :is(" + SHOWN + ")")].filter(
    (part) => !part.parentElement.closest(`${SHOWN}, details:not([open])`) && part.offsetHeight && !part.querySelector(":scope > details.setup"),
  );

function makeDialog() {
  document.head.append(make("style", {}, styles));
  screen = make("div", { className: "projector-screen" });
  words = make("p", { role: "status" });
  buttons = [
    make("button", { type: "button", ariaLabel: "Previous", onclick: () => show(number - 1) }, "‹"),
    make("button", { type: "button", ariaLabel: "Next", onclick: () => show(number + 1) }, "›"),
  ];
  const close = make("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const bar = make("div", { className: "projector-bar" }, buttons[0], words, buttons[1], close);
  dialog = make("dialog", { className: "projector bd-article", ariaLabel: "Projector" }, screen, bar);
  document.body.append(dialog);
  dialog.addEventListener("keydown", press);
  dialog.addEventListener("close", leave);
  addEventListener("resize", () => dialog.open && fit());
}

function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (direction && event.target.closest(".projector-bar")) {
    event.preventDefault(); // what is taller than the screen moves under the bar, which has the focus
    screen.scrollBy(0, direction * screen.clientHeight / 4);
  }
  const to = { PageDown: number + 1, PageUp: number - 1, ArrowRight: number + 1, ArrowLeft: number - 1, Home: 0, End: screens.length - 1 }[event.key];
  if (to === undefined || (!event.key.startsWith("Page") && event.target.closest(OWN_ARROWS))) return;
  event.preventDefault();
  show(to);
}

/** Name the screen in the address, which opens it again. */
function setAddress(present) {
  const url = new URL(location.href);
  if (present) url.searchParams.set("present", present);
  else url.searchParams.delete("present");
  history.replaceState(null, "", url);
}

function show(to) {
  if (!screens[to]) return;
  putBack();
  number = to;
  place = document.createComment("shown on the projector");
  screens[number].replaceWith(place);
  screen.replaceChildren(screens[number]);
  words.textContent = `${number + 1} of ${screens.length} · ${title()}`;
  buttons.forEach((button, end) => (button.ariaDisabled = number === end * (screens.length - 1)));
  setAddress(number + 1);
  fit();
  screen.scrollTop = 0;
}

/** Everything on the screen is measured in the size of the page's letters: take the largest that fits. */
function fit() {
  const root = document.documentElement;
  const fits = (size) => {
    root.style.fontSize = `${100 * size}%`;
    return screen.scrollHeight <= screen.clientHeight && screen.scrollWidth <= screen.clientWidth;
  };
  let [small, large] = [1, LARGEST];
  for (let step = 0; step < 6; step++) {
    const middle = (small + large) / 2;
    if (fits(middle)) small = middle;
    else large = middle;
  }
  fits(small);
}

function putBack() {
  place?.replaceWith(screens[number]);
  place = undefined;
}

function leave() {
  const shown = screens[number];
  putBack();
  document.documentElement.style.fontSize = "";
  document.documentElement.classList.remove("presents");
  setAddress();
  shown.scrollIntoView({ block: "center" });
}

screens = findScreens();
if (screens.length) {
  makeDialog();
  const asked = Number(new URLSearchParams(location.search).get("present")) - 1;
  const seen = screens.findIndex((part) => part.getBoundingClientRect().bottom > 0);
  document.documentElement.classList.add("presents");
  dialog.showModal();
  buttons[1].focus();
  show(screens[asked] ? asked : Math.max(seen, 0));
}
