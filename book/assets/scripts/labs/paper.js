// A drawing of 32x32 pixels that a reader makes: 32 texts of 32 digits, 1 where it is white and 0 where it is black. It
// is the `drawing` of a state whose `image` is "drawing"; the pen stands at the view's `place`.

import { range } from "../arithmetic.js";
import { list, refuse } from "./reading.js";

const SIDE = 32;
export const BLANK = range(SIDE).map(() => "0".repeat(SIDE));

export const readDrawing = (drawing = BLANK) => list(drawing, "The drawing", SIDE, SIDE, (row) =>
  typeof row === "string" && /^[01]{32}$/.test(row) ? row : refuse("The drawing has a row that is not 32 digits, each 0 or 1."));

/** A drawing as rows of [red, green, blue], from 0 to 255. */
export const inks = (drawing) => drawing.map((row) => [...row].map((digit) => Array(3).fill(255 * digit)));

export const otherInk = ({ drawing }, [y, x]) => (drawing[y][x] === "1" ? "0" : "1");

/** The cells on the way from one to another. */
export function stroke([y, x], to) {
  const steps = Math.max(Math.abs(to[0] - y), Math.abs(to[1] - x));
  return range(steps).map((step) => [y + Math.round((to[0] - y) * (step + 1) / steps), x + Math.round((to[1] - x) * (step + 1) / steps)]);
}

export function paint({ state: { image, drawing }, value: { cells, ink } }) {
  if (image !== "drawing") return {};
  const rows = drawing.map((row) => [...row]);
  for (const [y, x] of cells) rows[y][x] = ink;
  return { state: { drawing: rows.map((row) => row.join("")) }, view: { place: cells[cells.length - 1] } };
}

/** Change the pixel where the pen stands. */
export const dot = ({ state, view: { place } }) =>
  (state.image === "drawing" ? paint({ state, value: { cells: [place], ink: otherInk(state, place) } }) : {});
