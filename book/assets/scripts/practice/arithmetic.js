// Convolution arithmetic for the problems: the browser's own, where Python asks cnnbook.shapes and cnnbook.reference.

export const { ceil, floor, max, min } = Math;
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
/** Count from 0; no length is none. */
export const range = (length) => Array.from({ length }, (_, i) => i);
export const places = (padded, span, stride = 1) => (padded < span ? null : floor((padded - span) / stride) + 1);

/** The windows of a map, row after row, each as its list of cells. */
export function windows(x, kernel, stride) {
  const [rows, columns] = [x.length, x[0].length].map((n) => range(places(n, kernel, stride)));
  const cells = range(kernel * kernel);
  return rows.flatMap((i) =>
    columns.map((j) => cells.map((c) => x[i * stride + floor(c / kernel)][j * stride + (c % kernel)])),
  );
}

/** Put a border around a map. */
export function pad(x, before, after, value = 0) {
  const side = (count) => Array(count).fill(value);
  const row = (count) => range(count).map(() => side(before + x[0].length + after));
  return [...row(before), ...x.map((cells) => [...side(before), ...cells, ...side(after)]), ...row(after)];
}
