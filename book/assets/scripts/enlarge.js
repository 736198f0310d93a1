// A press on a grid of images, or on the button below it, shows the same drawing as large as the window allows.

let dialog, stage, caption, opener;

for (const image of document.querySelectorAll("svg.drawing:not(.narrow) image")) prepare(image.closest("svg"));

function prepare(wide) {
  if (wide.closest(".enlarges, .lab-stage")) return; // a lab answers to a press itself
  const grid = Object.assign(document.createElement("div"), { className: "enlarges" });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "enlarge" });
  const number = wide.closest("figure")?.querySelector(".caption-number")?.textContent.trim();
  button.setAttribute("aria-label", number ? `enlarge ${number}` : "enlarge the images");
  const drawings = [wide, wide.nextElementSibling].filter((drawing) => drawing?.matches("svg.drawing"));
  wide.before(grid);
  grid.append(...drawings, button);
  grid.addEventListener("click", () => show(drawings.find((drawing) => drawing.getClientRects().length), button));
}

function show(drawing, button) {
  if (!dialog) makeDialog();
  opener = button;
  dialog.setAttribute("aria-label", button.getAttribute("aria-label").replace("enlarge", "enlarged:"));
  const copy = drawing.cloneNode(true);
  copy.querySelector("defs")?.remove(); // it uses those of the page
  const { width, height } = drawing.viewBox.baseVal;
  const zoom = largestZoom(drawing, (innerWidth - 48) / width, (innerHeight - 150) / height);
  copy.setAttribute("width", zoom * width);
  copy.setAttribute("height", zoom * height);
  stage.replaceChildren(copy);
  caption.textContent = button.closest("figure")?.querySelector("figcaption .caption-text")?.textContent ?? "";
  dialog.showModal();
}

// Every image is enlarged by a whole number; where nothing larger fits, twice, and the dialog scrolls.
function largestZoom(drawing, ...fits) {
  const scales = [...drawing.querySelectorAll("use")].map((use) => use.transform.baseVal.consolidate().matrix.a);
  const step = 1 / scales.map(Math.round).reduce(commonDivisor);
  const zoom = Math.floor(Math.min(...fits) / step) * step;
  return zoom > 1 ? zoom : 2;
}

function commonDivisor(a, b) {
  return b ? commonDivisor(b, a % b) : a;
}

function makeDialog() {
  dialog = Object.assign(document.createElement("dialog"), { className: "enlarged" });
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
  stage = document.createElement("div");
  caption = document.createElement("p");
  dialog.append(close, stage, caption);
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (press) => press.target === dialog && dialog.close());
  dialog.addEventListener("close", () => opener.focus({ preventScroll: true }));
}
