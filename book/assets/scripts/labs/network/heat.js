// Grad-CAM as on the page of the lab.

import { range } from "../../arithmetic.js";

/** Each map times the mean of its gradient, added up, without what is below 0; as rows. */
export function heatOf({ shape: [rows, columns, channels], data }, gradient) {
  const slopes = new Float64Array(channels);
  gradient.forEach((slope, i) => { slopes[i % channels] += slope / (rows * columns); });
  return range(rows).map((y) => range(columns).map((x) =>
    Math.max(0, slopes.reduce((sum, slope, channel) => sum + slope * data[(y * columns + x) * channels + channel], 0))));
}

/** The border of the cells that are at least half as high as the highest, on a picture of `size` that begins at `top`. */
export function outline(cells, top, size) {
  const half = Math.max(...cells.flat()) / 2;
  if (!half) return "";
  const side = size / cells.length;
  const isHot = (y, x) => (cells[y]?.[x] ?? -1) >= half;
  let path = "";
  for (let y = 0; y <= cells.length; y++) {
    for (let x = 0; x <= cells[0].length; x++) {
      if (isHot(y, x) !== isHot(y - 1, x)) path += `M${x * side} ${top + y * side}h${side}`;
      if (isHot(y, x) !== isHot(y, x - 1)) path += `M${x * side} ${top + y * side}v${side}`;
    }
  }
  const look = "fill:none;stroke-linecap:round;stroke";
  return `<path d="${path}" style="${look}:#fff;stroke-width:4.5"/><path d="${path}" data-name="heat" style="${look}:#b4431a;stroke-width:2.5"/>`;
}
