// What the labs draw with: numbers, cells, frames and controls, as text. The same text is the picture that the build
// puts into the page and the one that the script keeps up to date.

/** Pixels of a cell in a row, and the widest that a phone shows whole. */
export const CELL = 36;
export const NARROW = 340;

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escape = (text) => String(text).replace(/[&<>"]/g, (letter) => ENTITIES[letter]);

/** A number as pages write it: at most `digits` decimals, none needless, a true minus; very large ones with an exponent. */
export function write(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size >= 1e6 || (size && size < 10 ** -digits / 2) ? value.toExponential(1) : String(+value.toFixed(digits));
  return text.replaceAll("-", "−");
}

/** A number inside of a product: negative ones in brackets. */
export const factor = (value) => (value < 0 ? `(${write(value)})` : write(value));

/** The sign between an expression and its value: rounded numbers need not add up to what is shown. */
export const equals = (...values) =>
  (values.flat().every((value) => Math.abs(value - Number(write(value).replaceAll("−", "-"))) < 1e-9) ? "=" : "≈");

/** A count with its noun. */
export const count = (number, singular, plural = `${singular}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? singular : plural}`;

const style = (looks) => Object.entries(looks).map(([name, value]) => `${name}:${value}`).join(";");
// A colour is a role, which has its own value in the dark theme; only what lies on a photograph stays as it is.
const color = (name) => (name === "none" || name.startsWith("#") ? name : `var(--fig-${name})`);

/** Words of a drawing, centred at (x, y) unless `anchor` says otherwise; sizes are pixels. */
export function words(x, y, text, { size = 13, fill = "ink", anchor = "middle", ...more } = {}) {
  const looks = { fill: color(fill), "font-size": `${size}px`, "text-anchor": anchor, ...more };
  return `<text x="${x}" y="${y + size * 0.36}" style="${style(looks)}">${escape(text)}</text>`;
}

// Letters of the page's face at 16 px are about this wide.
const LETTER = 8.4;

/** One cell with a number or a text; `kind` is plain, padding, unseen or removed, `data` names it for the script. */
export function cell(x, y, value, { width = CELL, height = CELL, fill = "none", kind = "plain", data = "", ...more } = {}) {
  const text = typeof value === "number" ? write(value) : value;
  const size = Math.max(7, Math.min(16, 16 * (width - 4) / (LETTER * text.length), height * 0.62));
  const dashes = { padding: "4 3", removed: "1 3" }[kind];
  const looks = { fill: color(kind === "unseen" ? "grey-fill" : fill), stroke: color("muted"), "stroke-width": 1 };
  if (dashes) looks["stroke-dasharray"] = dashes;
  const box = (look) => `<rect x="${x}" y="${y}" width="${width}" height="${height}" style="${style(look)}"/>`;
  const hatch = kind === "unseen" ? hatching([{ x, y }], width, height) : "";
  const ink = { size, fill: kind === "padding" ? "muted" : "ink", ...more };
  // The ground of the words keeps the lines out of the number.
  if (hatch) Object.assign(ink, { "paint-order": "stroke", stroke: color("grey-fill"), "stroke-width": "4px" });
  return `<g${data && ` ${data}`}>${box(looks)}${hatch}${words(x + width / 2, y + height / 2, text, ink)}</g>`;
}

/** The lines over cells that are never seen. */
export function hatching(cells, width, height) {
  let path = "";
  for (const { x, y } of cells) {
    for (let start = 6; start < width + height; start += 7) {
      const [left, right] = [Math.max(0, start - height), Math.min(width, start)];
      path += `M${x + left} ${y + start - left}L${x + right} ${y + start - right}`;
    }
  }
  return `<path d="${path}" style="${style({ stroke: color("muted"), "stroke-width": 0.6, fill: "none" })}"/>`;
}

/** The frame of a window; one with a `name` moves to its next place. */
export function frame(x, y, width, height, { name = "", stroke = "orange", thick = 2.5 } = {}) {
  const looks = { fill: "none", stroke: color(stroke), "stroke-width": thick };
  const place = `style="transform:translate(${x}px,${y}px);${style(looks)}"`;
  return `<rect${name && ` class="lab-moves" data-name="${name}"`} width="${width}" height="${height}" ${place}/>`;
}

export const line = (x1, y1, x2, y2, { stroke = "muted", ...more } = {}) =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" style="${style({ stroke: color(stroke), ...more })}"/>`;

/** A whole drawing; `alt` says what is to be seen. */
export const drawing = (width, height, alt, body) =>
  `<svg class="drawing" role="img" aria-label="${escape(alt)}" width="${width}" height="${height}" ` +
  `viewBox="-2 -2 ${width} ${height}" style="--width:${width}">${body}</svg>`;

// --- controls --------------------------------------------------------------------------------------------------------

/** A button that does `action`; `pressed` is for one of several that are on or off. */
export function button(action, label, { value, pressed, expanded, name, disabled } = {}) {
  const attributes = [
    value === undefined ? "" : ` data-value="${escape(JSON.stringify(value))}"`,
    pressed === undefined ? "" : ` aria-pressed="${pressed}"`,
    expanded === undefined ? "" : ` aria-expanded="${expanded}"`,
    name ? ` aria-label="${escape(name)}"` : "",
    disabled ? " disabled" : "",
  ];
  return `<button type="button" data-action="${action}"${attributes.join("")}>${escape(label)}</button>`;
}

/** Some values of which one is chosen; a value may come with its label, as [value, label]. */
export function segments(action, title, values, chosen) {
  const buttons = values.map((entry) => {
    const [value, label] = Array.isArray(entry) ? entry : [entry, write(entry)];
    const pressed = JSON.stringify(value) === JSON.stringify(chosen);
    return button(action, label, { value, pressed, name: `${title} ${label}` });
  });
  return `<div class="lab-group" role="group" aria-label="${title}"><span class="lab-label">${title}</span>${buttons.join("")}</div>`;
}

/** − value +; the action gets the change, −1 or 1. */
export const stepper = (action, title, shown) =>
  `<div class="lab-group" role="group" aria-label="${title}"><span class="lab-label">${title}</span>` +
  button(action, "−", { value: -1, name: `${title}: less` }) +
  `<output>${escape(shown)}</output>${button(action, "+", { value: 1, name: `${title}: more` })}</div>`;

/** − value + for the number that a reader has touched; until then, the sentence that says so. */
export const touched = (noun, value) =>
  (value === undefined
    ? `<div class="lab-group"><span class="lab-label">Touch a ${noun} to change it.</span></div>`
    : stepper("change", `touched ${noun}`, write(value)));

/** A field to type in, or an element made of the attributes that `make` gets, with the message that its last input has brought, if any. */
export function field(action, title, value, error, { rows = 1, id, make } = {}) {
  const failed = error?.action === action;
  const attributes = `id="${id}-${action}" data-action="${action}"` +
    (failed ? ` aria-invalid="true" aria-describedby="${id}-${action}-message"` : "");
  const typed = `${attributes} autocomplete="off" autocapitalize="off" spellcheck="false"`;
  const shown = escape(failed && error.typed !== undefined ? error.typed : value);
  const box = make ? make(attributes) : rows === 1 ? `<input type="text" ${typed} value="${shown}">` : `<textarea ${typed} rows="${rows}">${shown}</textarea>`;
  return `<div class="lab-field"><label for="${id}-${action}">${title}</label>${box}` +
    `${failed ? `<p class="lab-message" id="${id}-${action}-message" role="alert">${escape(error.text)}</p>` : ""}</div>`;
}

/** Lines of code to copy. */
export const code = (lines) =>
  `<div class="lab-code"><pre><code>${escape(lines.join("\n"))}</code></pre>${button("copy", "Copy", { name: "Copy the code" })}</div>`;
