// The labs in a live notebook, through anywidget: the state of a lab is the widget's.

import css from "../../lab.css";
import "../engine/shared.js";
import labs from "./all.js";
import { adopt, body } from "./frame.js";
import "./network/later.js";
import { Refusal } from "./reading.js";
import "./train/later.js";

// The colours of the site's pages are Jupyter's here, and the site's own where there is no Jupyter; those of drawings come with the widget.
const COLORS = `figure.lab { --ink: var(--jp-content-font-color1, #1d2433); --ink-soft: var(--jp-content-font-color2, #566171);
  --paper: var(--jp-layout-color0, #fff); --code-paper: var(--jp-layout-color1, #f6f6f6); --line: var(--jp-border-color2, #ccc);
  --accent: #b4431a; --accent-strong: #8e3412; --accent-soft: #fbe9e1; --blue: #175a96; color: var(--ink); margin: 0.5rem; }
  body[data-jp-theme-light="false"] figure.lab { --ink: var(--jp-content-font-color1, #e6e8ee); --ink-soft: var(--jp-content-font-color2, #aab2c2);
  --paper: var(--jp-layout-color0, #14181f); --code-paper: var(--jp-layout-color1, #1a2029); --line: var(--jp-border-color2, #364050); --accent: #ff9a6e; --accent-strong: #ff9a6e; --accent-soft: #3a2018; --blue: #85c1f5; }`;

async function render({ model, el }) {
  const kind = model.get("kind");
  const lab = labs.find((lab) => lab.kind === kind);
  const style = document.createElement("style");
  style.textContent = `${model.get("colors")} ${COLORS} ${css}`;
  const figure = document.createElement("figure");
  figure.id = `lab-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  figure.className = "lab";
  figure.dataset.lab = kind;
  const view = { ...lab.view, ...model.get("view") };
  lab.receive?.(view);
  let initial;
  try {
    initial = lab.check(model.get("state"));
    await lab.load?.(initial);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    el.textContent = `This state cannot be shown: ${refusal.message}`;
    return undefined;
  }
  const shown = lab.fit(initial, view, false);
  figure.innerHTML = `<div class="lab-body">${body(lab, initial, shown, { id: figure.id, isLinked: false })}</div>`;
  el.append(style, figure);
  const changed = (state) => {
    model.set("state", state);
    model.save_changes();
  };
  const host = adopt(lab, figure, { initial, view, changed });
  const moved = () => {
    if (JSON.stringify(model.get("state")) !== JSON.stringify(host.state)) host.set(model.get("state"), "state");
  };
  model.on("change:state", moved);
  return () => {
    model.off("change:state", moved);
    host.stop();
  };
}

export default { render };
