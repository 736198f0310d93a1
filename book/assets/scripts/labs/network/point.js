// What a pointer does on the pictures.

import { otherInk, stroke } from "../paper.js";
import { answer, patchOf } from "./answers.js";
import { cellOf, fieldsOf } from "./cell.js";
import { BIG, SHEET, sheetColumns, tileOf, TOP } from "./picture.js";
import { limit, sideOf } from "./state.js";

export function point({ state, ahead, view: shown, phase, x, y, target, held }) {
  const name = held?.name ?? target;
  if (!name) return undefined;
  if (phase === "click") return undefined; // what was pressed has been done
  const output = answer(state).outputs[state.layer];
  const [rows, columns, maps] = output.shape;
  const grip = phase === "down" ? { held: { name } } : {};
  if (name === "map") {
    const place = [limit(Math.floor((y - TOP) * rows / BIG), rows - 1), limit(Math.floor(x * columns / BIG), columns - 1)];
    return { ...(String(place) !== String(shown.place) && { action: "to", value: place }), ...grip };
  }
  const side = sideOf(state.network);
  const pixel = [limit(Math.floor((y - TOP) * side / BIG), side - 1), limit(Math.floor(x * side / BIG), side - 1)];
  if (name === "image" && state.cover && phase !== "hover") {
    const cover = pixel.map((place) => limit(place - (patchOf(side) >> 1), side - patchOf(side)));
    return { ...(String(cover) !== String(ahead.cover) && { action: "cover", value: cover }), ...grip };
  }
  if (name === "image" && state.image === "drawing" && phase !== "hover") {
    if (phase === "down") {
      const ink = otherInk(ahead, pixel);
      return { action: "paint", value: { cells: [pixel], ink }, held: { name, ink, cells: [pixel] } };
    }
    // The whole stroke, since what lies between may not have been computed.
    const { ink, cells: [...cells] } = held;
    cells.push(...stroke(cells[cells.length - 1], pixel));
    return cells.length > held.cells.length ? { action: "paint", value: { cells, ink }, held: { name, ink, cells } } : undefined;
  }
  if (phase !== "down") return undefined;
  if (name === "image" && state.cam === undefined && rows > 1) {
    // The cell whose window lies around the pixel.
    const { start, end, jump } = fieldsOf(state.network)[state.layer];
    return { action: "to", value: pixel.map((place) => Math.round((place - (start + end - 1) / 2) / jump)) };
  }
  if (name === "sheet" || name === "slice") {
    const tiles = name === "sheet" ? maps : cellOf(state, shown).cell.sums.length;
    const across = sheetColumns(tiles);
    const side = tileOf(name === "slice" ? BIG : SHEET, tiles);
    const tile = Math.floor((y - TOP) / side) * across + Math.floor(x / side);
    return tile < tiles ? { action: name === "sheet" ? "toMap" : "toChannel", value: tile } : undefined;
  }
  const [kind, number] = name.split(" ");
  if (kind === "class") return { action: "explain", value: Number(number) };
  if (kind === "excites") return { action: "image", value: Number(number) };
  return undefined;
}
