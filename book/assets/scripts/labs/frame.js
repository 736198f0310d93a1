// The frame that all labs share: title, stage, one sentence, controls. A lab is an object of functions (see
// one-dimension.js); what it shows is text computed from its state, so the build and the browser draw the same picture.

import { button, escape } from "./markup.js";
import { Refusal } from "./reading.js";

/**
 * The inside of a lab's figure, without its caption. `view` is what the reader does with the picture (where the window
 * stands); `error` is {action, text, typed} of the last input that was refused.
 */
export function body(lab, state, view, { id = "lab", alt = "", error } = {}) {
  const result = lab.result(state);
  const shown = { state, view, result, error, id, alt };
  const message = error && !lab.fields.includes(error.action)
    ? `<p class="lab-message" role="alert">${escape(error.text)}</p>` : "";
  return (
    `<div class="lab-head"><span class="lab-name">Lab</span><span class="lab-title">${escape(lab.title)}</span>` +
    `<span class="lab-buttons d-print-none">${button("share", "Copy link")}${button("reset", "Reset")}</span></div>` +
    `<div class="lab-stage" data-keys="${escape(lab.help)}">${lab.draw(shown)}</div>` +
    `<div class="lab-readout" aria-live="polite">${lab.readout(shown)}</div>${message}` +
    `<div class="lab-controls d-print-none">${lab.controls(shown)}</div>`
  );
}

// What holds a text that its markup does not show.
const TYPED = "input, textarea";

/** Make the children of `old` those of `wanted`, keeping the nodes that stay: a frame can glide, a field keeps its focus. */
function morph(old, wanted) {
  wanted.childNodes.forEach((child, index) => {
    const kept = old.childNodes[index];
    if (!kept) old.append(child.cloneNode(true));
    else if (kept.nodeName !== child.nodeName) kept.replaceWith(child.cloneNode(true));
    else if (child.nodeType === Node.TEXT_NODE) {
      if (kept.data !== child.data) kept.data = child.data;
    } else if (!kept.isEqualNode(child) || kept.matches(TYPED) || kept.querySelector(TYPED)) {
      for (const { name, value } of child.attributes) if (kept.getAttribute(name) !== value) kept.setAttribute(name, value);
      for (const { name } of [...kept.attributes]) {
        if (!child.hasAttribute(name) && !LIVE.has(name)) kept.removeAttribute(name);
      }
      morph(kept, child);
      if (kept.matches(TYPED) && kept !== kept.ownerDocument.activeElement) {
        kept.value = child.getAttribute("value") ?? child.textContent;
      }
    }
  });
  while (old.childNodes.length > wanted.childNodes.length) old.lastChild.remove();
}

// Attributes that the script or the reader sets and the text does not have.
const LIVE = new Set(["tabindex", "role", "aria-roledescription", "aria-label", "open"]);

/**
 * Bring a lab's figure to life: `figure` has the text of `body` in an element of class lab-body. `changed` is called
 * with each new state. Gives functions that set a state and read it.
 */
export function adopt(lab, figure, { initial, changed = () => {} }) {
  const place = figure.querySelector(".lab-body");
  const template = document.createElement("template");
  const alt = place.querySelector("svg")?.getAttribute("aria-label") ?? "";
  const first = { state: lab.check(initial), view: { ...lab.view, ...JSON.parse(figure.dataset.view ?? "{}") } };
  let { state, view } = first;
  let error, timer;

  function show() {
    template.innerHTML = body(lab, state, view, { id: figure.id, alt, error });
    morph(place, template.content);
    const stage = place.querySelector(".lab-stage");
    if (stage.tabIndex !== 0) {
      stage.tabIndex = 0;
      stage.setAttribute("role", "application");
      stage.setAttribute("aria-label", `${lab.title}. ${lab.help}`);
    }
    figure.dataset.state = JSON.stringify(state);
    figure.dataset.result = JSON.stringify(lab.result(state));
    clearTimeout(timer);
    if (view.playing) timer = setTimeout(() => act("tick"), view.pace);
  }

  /** Do what an action asks for: `lab.actions` gives changes of state and view, or refuses. */
  function act(action, value, typed) {
    const deed = action === "reset" ? () => first : lab.actions[action];
    if (!deed) return;
    try {
      const { state: newState, view: newView, choose } = deed({ state, view, result: lab.result(state), value, figure }) ?? {};
      const candidate = newState ? lab.check({ ...(action === "reset" ? {} : state), ...newState }) : state;
      const isNew = JSON.stringify(candidate) !== JSON.stringify(state);
      state = candidate;
      view = lab.fit(state, action === "reset" ? first.view : { ...view, ...newView }, isNew);
      error = undefined;
      show();
      if (isNew) changed(state);
      if (choose) place.querySelector(choose)?.focus();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      error = { action, text: refusal.message, typed };
      show();
    }
  }

  place.addEventListener("click", (event) => {
    const control = event.target.closest("button[data-action]");
    if (!control && event.target.closest(".lab-stage")) point(event, "click");
    if (!control) return;
    const { action, value } = control.dataset;
    if (action === "copy") copy(control, control.previousElementSibling.textContent);
    else if (action === "share") {
      changed(state);
      copy(control, location.href);
    } else act(action, value === undefined ? undefined : JSON.parse(value));
  });
  place.addEventListener("change", (event) => {
    const { action } = event.target.dataset;
    if (action) act(action, event.target.value, event.target.value);
  });
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || !event.target.matches(".lab-stage")) return;
    const key = event.altKey ? lab.keys[`Alt+${event.key}`] : lab.keys[event.key] ?? FRAME_KEYS[event.key];
    if (event.key === "Escape") event.target.blur();
    if (!key) return;
    event.preventDefault();
    const [action, value] = [key].flat();
    act(action, value);
  });
  // Touch that drags across belongs to the lab, up and down to the page: `touch-action: pan-y` in the style sheet.
  let held = null;
  const point = (event, phase) => {
    const svg = place.querySelector(".lab-stage svg");
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const target = event.target.closest?.("[data-cell]")?.dataset.cell;
    const deed = lab.point({ state, view, phase, x: spot.x, y: spot.y, target, held });
    if (!deed) return;
    held = deed.held ?? held;
    if (deed.action) act(deed.action, deed.value);
  };
  place.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest(".lab-stage");
    if (!stage || event.button > 0) return;
    held = null;
    stage.focus({ preventScroll: true });
    point(event, "down");
    if (held) stage.setPointerCapture(event.pointerId);
  });
  place.addEventListener("pointermove", (event) => {
    if (event.target.closest(".lab-stage")) point(event, held ? "drag" : "hover");
  });
  for (const end of ["pointerup", "pointercancel"]) place.addEventListener(end, () => { held = null; });
  document.addEventListener("visibilitychange", () => { if (document.hidden && view.playing) act("stop"); });

  /** Put a text on the clipboard, and say on the button whether the browser let us. */
  async function copy(control, text) {
    const label = control.textContent;
    try {
      await navigator.clipboard.writeText(text);
      control.textContent = "Copied";
    } catch {
      control.textContent = "Not allowed here";
    }
    setTimeout(() => { control.textContent = label; }, 2000);
  }

  figure.dataset.live = "";
  show();
  return {
    get state() { return state; },
    /** Show another state; one that is refused is said, and changes nothing. */
    set(newState) {
      try {
        state = lab.check(newState);
        view = lab.fit(state, view, true);
        error = undefined;
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        error = { action: "address", text: `This link cannot be shown: ${refusal.message} The lab stays as it is.` };
      }
      show();
    },
  };
}

const FRAME_KEYS = { r: "reset", R: "reset" };
