// The colours of a map's numbers: grey is zero, what is below goes to dark blue, what is above to a light orange. A map that
// holds nothing below zero goes from black to white. They are data, so of both themes; `cnnbook.plotting` has the same.

import { range } from "../arithmetic.js";

const [LOW, GREY, HIGH] = [[8, 40, 96], [128, 128, 128], [255, 214, 140]];
export const ZERO = 127;

/** Palettes for `png`. */
export const SHADES = range(2 * ZERO + 1).map((place) => {
  const share = (place - ZERO) / ZERO;
  return GREY.map((grey, index) => Math.round(grey + Math.abs(share) * ((share < 0 ? LOW : HIGH)[index] - grey)));
});

export const LIGHTS = SHADES.map((_, place) => Array(3).fill(Math.round((255 * Math.max(0, place - ZERO)) / ZERO)));

/** The palette for some numbers. */
export const paletteOf = (numbers) => (numbers.every((value) => value >= 0) ? LIGHTS : SHADES);

/** The place of a value in the palette; values from -`top` to `top` are told apart. */
export const shade = (value, top) => ZERO + Math.round(ZERO * Math.max(-1, Math.min(1, value / top)));
