// A button that asks for a second press: what it does cannot be taken back.

import { make } from "./make.js";

/** The button, and the place where it says what is to be done or was done. */
export function forgetButton(words, again, act) {
  const button = make("button", { type: "button", className: "quiz-forget", textContent: words });
  const status = make("span", { className: "quiz-forgotten", role: "status" });
  let armed = false;
  const arm = (value) => {
    armed = value;
    button.textContent = armed ? again : words;
  };
  button.addEventListener("click", () => {
    if (armed) act();
    status.textContent = armed ? "Forgotten." : `${again}.`;
    arm(!armed);
  });
  for (const event of ["blur", "keydown"]) {
    button.addEventListener(event, ({ key }) => {
      if (!armed || (key && key !== "Escape")) return;
      arm(false);
      status.textContent = "";
    });
  }
  return [button, status];
}
