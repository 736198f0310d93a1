// The frame that all labs share: title, stage, one sentence, controls. A lab is an object of functions (see
// one-dimension.js); what it shows is text computed from its state, so the build and the browser draw the same picture.

import { button, escape } from "./markup.js";
import { judgeGuess, questionForm } from "./predict.js";
import { Refusal } from "./reading.js";

/**
 * The inside of a lab's figure, without its caption. `view` is what the reader does with the picture (where the window
 * stands); `error` is {action, text, typed} of the last input that was refused; `guess` is {name, open, ...} of the
 * prediction that the lab asks for, and `hidden` its name while its answer is not to be shown; `goal` is the challenge
 * that is tried, {text, isMet}; a `still` picture, without a script or on paper, hides no answer.
 */
export const body = (lab, state, view, options) => parts(lab, state, view, options).join("");

/** What the keys do on the stage of a lab. */
const helpOf = (lab, view) => (typeof lab.help === "function" ? lab.help(view) : lab.help);

/** The elements of the body; as many in every state. */
function parts(lab, state, view, options = {}) {
  const { id = "lab", alt = "", error, guess, goal, hidden, still = false, isLinked = true, result = lab.result(state, view) } = options;
  const words = hidden ? `${lab.title}: guess before you see the result.` : alt;
  const shown = { state, view, result, error, id, hidden, still, alt: words };
  const message = error && !lab.fields.includes(error.action)
    ? `<p class="lab-message" role="alert">${escape(error.text)}</p>` : "";
  return [
    `<div class="lab-head"><span class="lab-name">Lab</span><span class="lab-title">${escape(lab.title)}</span>` +
    `<span class="lab-buttons d-print-none">${button("keys", "Keys", { expanded: Boolean(view.keys) })}` +
    `${isLinked ? button("share", "Copy link") : ""}${button("reset", "Reset")}</span>` +
    `${view.keys ? `<p class="lab-keys d-print-none">${helpOf(lab, view)}</p>` : ""}</div>`,
    `<div class="lab-asks">${goal ? goalLine(goal) : guess ? questionForm(lab.predictions[guess.name], shown, guess, id) : ""}</div>`,
    `<div class="lab-stage">${lab.draw(shown)}</div>`,
    `<div class="lab-readout">${lab.readout(shown)}</div>`,
    `<div>${message}</div>`,
    `<div class="lab-controls d-print-none">${lab.controls(shown)}</div>`,
  ];
}

const goalLine = ({ text, isMet }) =>
  `<div class="lab-goal d-print-none" data-met="${isMet}"><p><strong>${isMet ? "✓ Met:" : "Challenge:"}</strong> ${escape(text)}</p>` +
  `${button("leave", "Back to my numbers")}</div>`;

// What a reader has typed or chosen, and the markup does not show.
const CHOSEN = "input, textarea, select";

/** Make the children of `old` those of `wanted`, keeping the nodes that stay: a frame can glide, a field keeps its focus. */
function morph(old, wanted, hasFields = wanted.querySelector(CHOSEN)) {
  const children = [...wanted.childNodes];
  children.forEach((child, index) => {
    const kept = old.childNodes[index];
    if (!kept) old.append(child);
    else if (kept.nodeName !== child.nodeName || isOtherGroup(kept, child)) kept.replaceWith(child);
    else if (child.nodeType === Node.TEXT_NODE) {
      if (kept.data !== child.data) kept.data = child.data;
    } else if (!kept.isEqualNode(child) || (hasFields && (kept.matches(CHOSEN) || kept.querySelector(CHOSEN)))) {
      for (const { name, value } of child.attributes) if (kept.getAttribute(name) !== value) kept.setAttribute(name, value);
      for (const { name } of [...kept.attributes]) {
        if (!child.hasAttribute(name) && !isLive(kept, name)) kept.removeAttribute(name);
      }
      const { value } = child; // as long as it has its children
      morph(kept, child, hasFields);
      const isTyping = kept.matches("input, textarea") && kept === kept.ownerDocument.activeElement;
      if (kept.matches(CHOSEN) && !isTyping) kept.value = value;
    }
  });
  while (old.childNodes.length > children.length) old.lastChild.remove();
}

/** A group of a drawing holds nothing that glides: with more or fewer cells it is sooner put in place than changed cell by cell. */
const isOtherGroup = (kept, child) => kept.nodeName === "g" && kept.childElementCount !== child.childElementCount;

/** Whether the script or the reader sets an attribute, and the text does not have it. */
const isLive = (node, name) =>
  node.matches(".lab-stage") ? ["tabindex", "role", "aria-label"].includes(name) : name === "open" && node.matches("details");

/**
 * Bring a lab's figure to life: `figure` has the text of `body` in an element of class lab-body. `lab` has received what
 * the page brings, and `view` begins with it; what comes later, when a state needs it, `lab.load` gives as a promise. A
 * change that `lab.leads` is drawn at once, as the view's `ahead`, and what it leads to follows.
 * `changed` is called with each new state; `link` gives the address of the state that is shown, where there is one. `guess`
 * is {name, sentences, open, told} of a prediction to ask for; `left` is called when a reader leaves a challenge. Gives
 * functions that set a state, read it, set or clear a challenge, and stop all.
 */
export function adopt(lab, figure, { initial, view: beginning, changed = () => {}, link, guess, left }) {
  const place = figure.querySelector(".lab-body");
  const template = document.createElement("template");
  const alt = place.querySelector(".lab-stage [aria-label]")?.getAttribute("aria-label") ?? "";
  const first = { state: lab.check(initial) };
  first.view = lab.fit(first.state, beginning, false);
  let { state, view } = first;
  let error, timer, asked, printing, goal;
  let ahead; // what of a state that is on its way is drawn already
  let result = lab.result(state, view);
  let texts = [];
  const firstText = JSON.stringify(state);
  let resets = 0; // what a deed brings after a later reset, or another state from outside, is dropped
  const stopped = new AbortController();
  const { signal } = stopped;

  const read = () => ({ state, view, result });
  const prediction = lab.predictions?.[guess?.name];
  /** The prediction's question and its answer, in one text. */
  const question = () => prediction.question(read()) + prediction.answer(read());
  if (guess && !guess.open) guess.about = question();

  function show() {
    // A challenge comes first, and what has no answer is not asked.
    const isAsking = prediction && !goal && (prediction.answer(read()) ?? undefined) !== undefined;
    const hidden = isAsking && guess.open && !printing ? guess.name : undefined;
    if (isAsking && guess.open) {
      // What was said belongs to the question as it was.
      if (question() !== asked) Object.assign(guess, { typed: "", verdict: "" });
      else guess.typed = place.querySelector("[data-guess]")?.value ?? guess.typed;
      asked = question();
    }
    // A part with the same text stays as it is, which halves the time from an input to the picture.
    const before = texts;
    // What is right for one state says nothing of another.
    const said = isAsking ? { ...guess, ...(!guess.open && guess.about !== question() && { verdict: "" }) } : undefined;
    const words = JSON.stringify(state) === firstText ? alt : ""; // the page's words for the picture that it begins with
    texts = parts(lab, state, { ...view, ahead }, { id: figure.id, alt: words, error, guess: said, goal, hidden, still: printing, isLinked: Boolean(link), result });
    // What plays is seen; where it stops is said.
    place.querySelector(".lab-readout").setAttribute("aria-live", view.playing ? "off" : "polite");
    texts.forEach((text, index) => {
      if (text === before[index]) return;
      template.innerHTML = text;
      morph(place.children[index], template.content.firstChild);
    });
    const stage = place.querySelector(".lab-stage");
    if (stage.tabIndex !== 0) {
      stage.tabIndex = 0;
      stage.setAttribute("role", "application");
      stage.setAttribute("aria-label", `${lab.title}. ${helpOf(lab, view)}`);
    }
    place.ariaBusy = null;
    figure.dataset.state = JSON.stringify(state);
    figure.dataset.result = JSON.stringify(result);
    clearTimeout(timer);
    if (view.playing) timer = setTimeout(() => act("tick"), view.pace);
  }

  const frameActions = { reset: () => ({ state: goal?.start ?? first.state }), keys: (shown) => ({ view: { keys: !shown.view.keys } }) };

  /** Do what an action asks for: `lab.actions` gives changes of state and view, or a promise of a deed that does, or refuses. */
  function act(action, value, typed, deed = frameActions[action] ?? lab.actions[action]) {
    if (!deed) return;
    const refused = (refusal) => refuse(refusal, { action, text: refusal.message, typed });
    try {
      const coming = { ...state, ...ahead };
      const done = deed({ state, ahead: coming, view, result, value, figure }) ?? {};
      if (action === "reset") resets += 1;
      if (done instanceof Promise) return wait(done, (later) => act(action, value, typed, later), refused);
      const { state: newState, view: newView, choose } = done;
      const candidate = newState ? lab.check({ ...(action === "reset" ? {} : coming), ...newState }) : state;
      const loading = lab.load?.(candidate);
      if (loading && newState && lab.leads?.(newState, state)) {
        ahead = newState;
        show();
        // What comes when there is newer is shown too, and the newer stays ahead.
        const arrived = () => (ahead === newState ? { state: newState } : ahead && { state: newState, isPassed: true });
        return wait(loading, () => act(action, value, typed, arrived), refused);
      }
      if (loading) return wait(loading, () => act(action, value, typed, deed), refused);
      if (newState && !done.isPassed) ahead = undefined;
      const isNew = JSON.stringify(candidate) !== JSON.stringify(state);
      if (isNew) state = candidate;
      const { run } = view;
      view = lab.fit(state, action === "reset" ? first.view : { ...view, ...newView }, isNew);
      // What a lab computes step by step stands in the view.
      if (isNew || view.run !== run) result = lab.result(state, view);
      error = undefined;
      show();
      if (isNew && held) moved = true;
      else if (isNew) changed(state);
      if (choose) place.querySelector(choose)?.focus();
    } catch (refusal) {
      refused(refusal);
    }
    return undefined;
  }

  /** Go on when a promise is kept, or refuse; after a reset or another state from outside it changes nothing any more. */
  function wait(promise, goOn, refused) {
    const asked = resets;
    const unlessLate = (step) => (result) => (asked === resets ? step(result) : act("late", undefined, undefined, () => ({})));
    place.ariaBusy = "true"; // until something is shown
    promise.then(unlessLate(goOn), unlessLate(refused));
  }

  /** Judge the guess that was typed, or give the answer without one. */
  function answer(isGuess) {
    const typed = place.querySelector("[data-guess]").value;
    const { right, problem, said } = isGuess ? judgeGuess(prediction, read(), typed, guess.sentences) : {};
    Object.assign(guess, { typed, said, open: isGuess && !right, verdict: right ? "right" : problem ? "unread" : isGuess ? "wrong" : "" });
    if (!guess.open) {
      guess.about = question();
      guess.told(right ? typed : "");
    }
    show();
    if (!guess.open) focusStage();
  }

  const focusStage = () => place.querySelector(".lab-stage").focus({ preventScroll: true });

  /** Say why something was refused; what is no refusal is a mistake of ours. */
  function refuse(refusal, said) {
    place.ariaBusy = null;
    ahead = undefined;
    if (!(refusal instanceof Refusal)) throw refusal;
    error = said;
    show();
  }

  place.addEventListener("click", (event) => {
    const control = event.target.closest("button[data-action]");
    if (!control && event.target.closest(".lab-stage")) point(event, "click");
    if (!control) return;
    const { action, value } = control.dataset;
    if (action === "check" || action === "tell") return answer(action === "check");
    if (action === "leave") {
      left();
      return focusStage();
    }
    if (action === "submit") {
      const name = JSON.parse(value);
      const { value: typed } = place.querySelector(`[data-action="${name}"]`);
      act(name, typed.trim() ? typed : undefined, typed);
    } else if (action === "copy") copy(control, control.previousElementSibling.textContent);
    else if (action === "share" && lab.isPrivate?.(state)) {
      error = { action, text: "Your image stays here, so that a link cannot show it." };
      show();
    } else if (action === "share") copy(control, link(state));
    else act(action, value === undefined ? undefined : JSON.parse(value));
  });
  place.addEventListener("change", (event) => {
    const { dataset: { action }, value, files } = event.target;
    texts = []; // a choice that is refused is set back, although the text of the controls stays the same
    if (action) act(action, files ?? value, value);
  });
  // Files may be pasted or dropped on a lab that takes them.
  if (lab.actions.files) {
    for (const kind of ["paste", "dragover", "drop"]) {
      place.addEventListener(kind, (event) => {
        const { files, types } = event.clipboardData ?? event.dataTransfer;
        if (!types.includes("Files")) return;
        event.preventDefault();
        if (files.length) act("files", [...files]);
      });
    }
  }
  place.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-guess]") && !event.isComposing) return answer(true);
    if (event.ctrlKey || event.metaKey || !event.target.matches(".lab-stage")) return;
    const key = event.altKey ? lab.keys[`Alt+${event.key}`] : lab.keys[event.key] ?? FRAME_KEYS[event.key];
    // Escape leaves what the reader has gone into, then the stage.
    if (event.key === "Escape" && !lab.isInside?.(view)) event.target.blur();
    else if (key) {
      event.preventDefault();
      const [action, value] = [key].flat();
      act(action, value);
    }
  });
  // Touch that drags across belongs to the lab, up and down to the page: `touch-action: pan-y` in the style sheet.
  // While something is held the pointer belongs to the drawing that it began on, and the address waits until it is let go.
  let held = null;
  let moved = false;
  let svg;
  const point = (event, phase) => {
    if (!held) svg = event.target.closest?.("svg") ?? place.querySelector(".lab-stage svg");
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const target = event.target.closest?.("[data-cell]")?.dataset.cell;
    const deed = lab.point({ state, ahead: { ...state, ...ahead }, view, phase, x: spot.x, y: spot.y, target, held });
    if (!deed) return;
    held = deed.held ?? held;
    if (deed.action) act(deed.action, deed.value);
  };
  place.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest(".lab-stage");
    if (!stage || event.button > 0) return;
    held = null;
    point(event, "down");
    if (held) stage.setPointerCapture(event.pointerId);
  });
  place.addEventListener("pointermove", (event) => {
    if (event.target.closest(".lab-stage")) point(event, held ? "drag" : "hover");
  });
  for (const end of ["pointerup", "pointercancel"]) {
    place.addEventListener(end, () => {
      held = null;
      if (moved) changed(state);
      moved = false;
    });
  }
  // Paper has no field to guess in, and nothing comes later.
  for (const [moment, value] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(moment, () => {
      printing = value;
      show();
    }, { signal });
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden && view.playing) act("stop"); }, { signal });

  const labels = new WeakMap();

  /** Put a text on the clipboard, and say on the button whether the browser let us. */
  async function copy(control, text) {
    if (!labels.has(control)) labels.set(control, control.textContent);
    try {
      await navigator.clipboard.writeText(text);
      control.textContent = "Copied";
    } catch {
      control.textContent = "Not allowed here";
    }
    setTimeout(() => { control.textContent = labels.get(control); }, 2000);
  }

  figure.dataset.live = "";
  show();
  return {
    get state() { return state; },
    /** Show another state; one that is refused is said, and changes nothing. */
    set(newState, what = "link") {
      const refused = (refusal) =>
        refuse(refusal, { action: "address", text: `This ${what} cannot be shown: ${refusal.message} The lab stays as it is.` });
      try {
        const candidate = lab.check(newState);
        const loading = lab.load?.(candidate);
        resets += 1;
        if (loading) {
          wait(loading, () => this.set(newState, what), refused);
          return;
        }
        state = candidate;
        ahead = undefined;
        view = lab.fit(state, view, true);
        result = lab.result(state, view);
        error = undefined;
        show();
      } catch (refusal) {
        refused(refusal);
      }
    },
    /** The challenge that is tried, {text, start, isMet}, whose start is what Reset brings back; or none. */
    aim(newGoal) {
      goal = newGoal;
      show();
    },
    stop() {
      stopped.abort();
      clearTimeout(timer);
      resets += 1;
      view = { ...view, playing: false };
      lab.stop?.(figure);
    },
  };
}

const FRAME_KEYS = { r: "reset", R: "reset" };
