// The colours of a map's numbers: grey is zero, what is below goes to dark blue, what is above to a light orange. They are
// data, so of both themes.

import { range } from "../arithmetic.js";

const [LOW, GREY, HIGH] = [[8, 40, 96], [128, 128, 128], [255, 214, 140]];
export const ZERO = 127;

/** A palette for `png`. */
export const SHADES = range(2 * ZERO + 1).map((place) => {
  const share = (place - ZERO) / ZERO;
  return GREY.map((grey, index) => Math.round(grey + Math.abs(share) * ((share < 0 ? LOW : HIGH)[index] - grey)));
});

/** The place of a value in the palette; values from -`top` to `top` are told apart. */
export const shade = (value, top) => ZERO + Math.round(ZERO * Math.max(-1, Math.min(1, value / top)));
