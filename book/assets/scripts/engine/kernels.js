// The inner loops of a network in plain JavaScript; wasm.js has faster ones for the same names. All work on
// Float32Arrays, sum in double precision and round when they store, so every browser gets the same bits.
//
// A map is read through two tables of offsets: where each window begins, and where each of its cells lies from there.
// So a convolution is a product of matrices without a copy of the windows, and stride and dilation are matters of the
// tables.

/** Add to `start` the product of two matrices: c = start + A·b, with A(i, k) = a[rows[i] + columns[k]]. The rows of b
 *  and c have n numbers; those of `start` are `step` apart, n for a matrix and 0 for one row that serves all. */
export function multiply(a, rows, columns, b, n, start, step, c) {
  const whole = n - (n % 4);
  rows.forEach((row, i) => {
    for (let j = 0; j < whole; j += 4) {
      const from = i * step + j;
      let [s0, s1, s2, s3] = [start[from], start[from + 1], start[from + 2], start[from + 3]];
      for (let k = 0, at = j; k < columns.length; k += 1, at += n) {
        const value = a[row + columns[k]];
        s0 += value * b[at];
        s1 += value * b[at + 1];
        s2 += value * b[at + 2];
        s3 += value * b[at + 3];
      }
      const to = i * n + j;
      c[to] = s0;
      c[to + 1] = s1;
      c[to + 2] = s2;
      c[to + 3] = s3;
    }
    for (let j = whole; j < n; j += 1) {
      let s = start[i * step + j];
      for (let k = 0, at = j; k < columns.length; k += 1, at += n) s += a[row + columns[k]] * b[at];
      c[i * n + j] = s;
    }
  });
}

export function relu(x, length, y) {
  for (let i = 0; i < length; i += 1) y[i] = x[i] > 0 ? x[i] : 0;
}

/** The gradient passes where the output is positive. */
export function reluGradient(y, length, dy, dx) {
  for (let i = 0; i < length; i += 1) if (y[i] > 0) dx[i] += dy[i];
}

/** The largest cell of each window, for each channel. */
export function maxPool(x, starts, cells, channels, y) {
  starts.forEach((start, i) => {
    for (let channel = 0; channel < channels; channel += 1) {
      let largest = -Infinity;
      for (let k = 0; k < cells.length; k += 1) {
        const value = x[start + cells[k] + channel];
        if (value > largest) largest = value;
      }
      y[i * channels + channel] = largest;
    }
  });
}

/** The gradient goes to the first cell of a window that has the largest value. */
export function maxPoolGradient(x, y, dy, starts, cells, channels, dx) {
  starts.forEach((start, i) => {
    for (let channel = 0; channel < channels; channel += 1) {
      const at = i * channels + channel;
      const cell = cells.find((cell) => x[start + cell + channel] === y[at]);
      if (cell !== undefined) dx[start + cell + channel] += dy[at];
    }
  });
}

/** Memory and loops for a network. */
export const plain = () => ({
  floats: (length) => new Float32Array(length),
  table: (values) => Int32Array.from(values),
  multiply, relu, reluGradient, maxPool, maxPoolGradient,
});
