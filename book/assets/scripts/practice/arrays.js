// Problems to work out by hand, see sizes.js and cnnbook/practice/arrays.py.

import { average_pool2d, conv1d, conv2d, kernel_span, max_pool2d, range, seen, sum, windows } from "../arithmetic.js";
import { shown } from "./fill.js";
import { factor, gridText, products } from "./texts.js";

const reversed = (list) => [...list].reverse();

export const arrays = {
  volume_cell(draws, level) {
    const side = 3;
    const [depth, n] = level === 1 ? [2, side] : [3, 4];
    // One plane a channel, as it stands on paper.
    const x = range(depth).map(() => draws.grid(n, n, 0, 3));
    const w = range(depth).map(() => draws.grid(side, side, -1, 1));
    const bias = draws.pick([-3, -2, -1, 1, 2, 3]);
    const [row, column] = [0, 0].map(() => draws.between(0, n - side));
    const [stride, padding] = level === 3 ? [2, 1] : [1, 0];
    const options = { stride, padding };
    // The sum of each channel, where the output has such a place.
    const channels = ({ i = row, j = column, filter = w, ...change } = {}) =>
      x.map((plane, c) => conv2d(plane, filter[c], 0, { ...options, ...change })[i]?.[j]);
    const cell = (change, b = bias) => sum([...channels(change), b]);
    const sums = channels();
    const [top, left] = [row * stride, column * stride];
    return [["patch", "walk", "padded"][level - 1], {
      planes: x, filter: w, padding, bias, depth, row, column, stride, top, left, bottom: top + side - 1, right: left + side - 1,
      channels: x.map((plane, c) => ({
        c: c + 1,
        x: gridText(plane),
        w: gridText(w[c]),
        terms: products(w[c].flat(), windows(plane, [side, side], options)[row][column]),
        sum: sums[c],
      })),
      sums: [...sums, bias].map(factor).join(" + "),
    }, cell(), {
      "bias-forgotten": cell({}, 0),
      "one-channel": sums[0] + bias,
      "one-bias-per-channel": cell({}, bias * depth),
      "flipped-kernel": cell({ filter: w.map((plane) => reversed(plane).map(reversed)) }),
      "place-swapped": cell({ i: column, j: row }),
      "from-one": cell({ i: row - 1, j: column - 1 }),
      "padding-forgotten": cell({ padding: 0 }),
      "stride-forgotten": cell({ stride: 1 }),
    }];
  },

  one_dimension(draws, level) {
    const { between } = draws;
    const x = draws.row(level < 3 ? between(5, 7) : between(6, 8), -2, 3);
    const w = draws.row(level < 3 ? 3 : between(2, 3), -1, 2);
    const [stride, padding] = level > 1 ? [between(1, 2), between(1, 2)] : [1, 0];
    const [dilation, bias] = level === 3 ? [2, draws.pick([-2, -1, 1, 2])] : [1, 0];
    const options = { stride, padding, dilation };
    const row = (change, kernel = w, b = bias) => conv1d(x, kernel, b, { ...options, ...change });
    const answer = row();
    const back = reversed(w);
    if (!w[0] || !back[0] || String(w) === String(back) || answer.length < 2) return;
    const zeros = Array(padding).fill(0);
    return [["plain", "padded", "dilated"][level - 1], {
      row: x, kernel: w, x: gridText([x]), w: gridText([w]), n: x.length, kernel_size: w.length, count: answer.length,
      z: [...zeros, ...x, ...zeros], ...options, bias, b: factor(bias), span: kernel_span(w.length, dilation),
      places: seen(x.length, w.length, options).map((cells, i) =>
        ({ i: i + 1, terms: products(w, cells.map((cell) => x[cell])), value: answer[i] })),
    }, answer, {
      "flipped-kernel": row({}, back),
      "padding-unwanted": level === 1 ? row({ padding: 1 }) : null,
      "padding-forgotten": row({ padding: 0 }),
      "stride-forgotten": row({ stride: 1 }),
      "dilation-forgotten": row({ dilation: 1 }),
      "bias-forgotten": row({}, w, 0),
    }];
  },

  pooling(draws, level) {
    const variant = draws.pick([["max", "average"], ["overlap"], ["same"]][level - 1]);
    let [kernel_size, stride, height, width] = [variant === "same" ? 3 : 2, 2, 4, 4];
    if (level === 2) [kernel_size, stride, height, width] = draws.pick([[3, 2, 5, 5], [2, 1, 3, 4], [3, 1, 4, 5]]);
    const x = draws.grid(height, width, ...[[0, 9], [0, 30], [-30, -1]][level - 1]);
    if (level === 1)
      for (const [i, j] of [[1, 1], [1, 3], [3, 1], [3, 3]])
        x[i][j] += -(x[i - 1][j - 1] + x[i - 1][j] + x[i][j - 1] + x[i][j]) & 3; // the mean of each block is whole
    const options = { stride, padding: variant === "same" ? "same" : 0 };
    const pool = (change, pooled = max_pool2d) => pooled(x, kernel_size, { ...options, ...change }).flat();
    const rows = windows(x, [kernel_size, kernel_size], options);
    const places = rows.flat().map((cells) => cells.flatMap((cell) => cell ?? []));
    const [sums, largest, means] = [places.map(sum), pool(), pool({}, average_pool2d)];
    const smallest = places.map((cells) => Math.min(...cells));
    const answer = variant === "average" ? means : largest;
    if (new Set(answer).size < 2 + (level > 1)) return;
    return [variant, {
      map: x, ...options, x: gridText(x), kernel_size, stride, rows: rows.length, columns: rows[0].length,
      places: places.map((cells, i) => ({ i: i + 1, cells: shown(cells), sum: sums[i], value: answer[i] })),
    }, answer, {
      max: {
        "average-for-max": means,
        "min-for-max": smallest,
        "stride-forgotten": pool({ stride: 1 }),
        "sum-of-window": sums,
      },
      average: { "max-for-average": largest, "sum-of-window": sums },
      overlap: {
        "moved-by-window": pool({ stride: kernel_size }),
        "stride-forgotten": pool({ stride: 1 }),
        "min-for-max": smallest,
      },
      same: {
        // All cells are negative, so that any zero wins.
        "padding-wins": answer.map((cell, i) => (places[i].length < kernel_size * kernel_size ? 0 : cell)),
        "same-as-valid": pool({ padding: "valid" }),
        "same-pads-before": pool({ padding: [1, 0] }),
      },
    }[variant]];
  },
};
