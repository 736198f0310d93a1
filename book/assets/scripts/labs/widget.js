// A lab in a live notebook, through anywidget: its state is the widget's.

import { adopt, body } from "./frame.js";

export const render = (labs) => ({ model, el }) => {
  const lab = labs.find(({ kind }) => kind === model.get("kind"));
  const figure = document.createElement("figure");
  figure.id = `lab-${Math.random().toString(36).slice(2)}`;
  figure.className = "lab";
  figure.dataset.lab = lab.kind;
  figure.innerHTML = `<div class="lab-body">${body(lab, lab.check(model.get("state")), lab.view, { id: figure.id })}</div>`;
  el.append(figure);
  const changed = (state) => {
    model.set("state", state);
    model.save_changes();
  };
  const host = adopt(lab, figure, { initial: model.get("state"), changed });
  const moved = () => {
    if (JSON.stringify(model.get("state")) !== JSON.stringify(host.state)) host.set(model.get("state"));
  };
  model.on("change:state", moved);
  return () => model.off("change:state", moved);
};
