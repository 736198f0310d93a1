// Problems to work out by hand, see sizes.js and cnnbook/practice/arrays.py.

import { floor, max, min, pad, places, range, sum, windows } from "./arithmetic.js";
import { factor, gridText, products, shown } from "./texts.js";

export const arrays = {
  volume_cell(draws, level) {
    const side = 3;
    const [depth, n] = level === 1 ? [2, side] : [3, 4];
    const x = range(depth).map(() => draws.grid(n, n, 0, 3));
    const w = range(depth).map(() => draws.grid(side, side, -1, 1).flat());
    const bias = draws.pick([-3, -2, -1, 1, 2, 3]);
    const [row, column] = [0, 0].map(() => draws.between(0, n - side));
    const [stride, padding] = level === 3 ? [2, 1] : [1, 0];
    // Of each channel the window of one place, if the output has that place.
    const patches = (i, j, s = stride, p = padding) => {
      const size = places(n + 2 * p, side, s);
      const at = i * size + j;
      return min(i, j) < 0 || max(i, j) >= size ? null : x.map((plane) => windows(pad(plane, p, p), side, s)[at]);
    };
    const dots = (found, filter = w) => found.map((patch, c) => sum(patch.map((cell, i) => cell * filter[c][i])));
    const cell = (found, b = bias, filter = w) => found && sum(dots(found, filter)) + b;
    const right = patches(row, column);
    const sums = dots(right);
    const [top, left] = [row * stride, column * stride];
    return [["patch", "walk", "padded"][level - 1], {
      bias, depth, row, column, stride, top, left, bottom: top + side - 1, right: left + side - 1,
      channels: x.map((plane, c) => ({
        c: c + 1,
        x: gridText(plane),
        w: gridText([0, 3, 6].map((i) => w[c].slice(i, i + side))),
        terms: products(w[c], right[c]),
        sum: sums[c],
      })),
      sums: [...sums, bias].map(factor).join(" + "),
    }, cell(right), {
      bias_forgotten: cell(right, 0),
      one_channel: sums[0] + bias,
      bias_each: cell(right, bias * depth),
      flipped: cell(right, bias, w.map((weights) => [...weights].reverse())),
      swapped: cell(patches(column, row)),
      from_one: cell(patches(row - 1, column - 1)),
      padding_forgotten: cell(patches(row, column, stride, 0)),
      stride_forgotten: cell(patches(row, column, 1)),
    }];
  },

  one_dimension(draws, level) {
    const { between } = draws;
    const x = draws.row(level < 3 ? between(5, 7) : between(6, 8), -2, 3);
    const w = draws.row(level < 3 ? 3 : between(2, 3), -1, 2);
    const [stride, padding] = level > 1 ? [between(1, 2), between(1, 2)] : [1, 0];
    const [dilation, bias] = level === 3 ? [2, draws.pick([-2, -1, 1, 2])] : [1, 0];
    const back = [...w].reverse();
    const taps = (p, s, d) => {
      const [z] = pad([x], p, p).slice(p);
      return range(places(z.length, d * (w.length - 1) + 1, s)).map((i) => w.map((_, tap) => z[i * s + tap * d]));
    };
    const right = { b: bias, p: padding, s: stride, d: dilation };
    const row = (change, kernel = w) => {
      const { b, p, s, d } = { ...right, ...change };
      return taps(p, s, d).map((cells) => sum(cells.map((cell, i) => cell * kernel[i])) + b);
    };
    const answer = row();
    if (!w[0] || !back[0] || String(w) === String(back) || answer.length < 2) return;
    return [["plain", "padded", "dilated"][level - 1], {
      x: gridText([x]), w: gridText([w]), n: x.length, kernel: w.length, count: answer.length,
      z: pad([x], padding, padding)[padding], stride, padding, dilation, bias, b: factor(bias),
      span: dilation * (w.length - 1) + 1,
      places: taps(padding, stride, dilation).map((cells, i) =>
        ({ i: i + 1, terms: products(w, cells), value: answer[i] })),
    }, answer, {
      flipped: row({}, back),
      padded: level === 1 ? row({ p: 1 }) : null,
      padding_forgotten: row({ p: 0 }),
      stride_forgotten: row({ s: 1 }),
      dilation_forgotten: row({ d: 1 }),
      bias_forgotten: row({ b: 0 }),
    }];
  },

  pooling(draws, level) {
    const variant = draws.pick([["max", "average"], ["overlap"], ["same"]][level - 1]);
    let [kernel, stride, height, width] = [variant === "same" ? 3 : 2, 2, 4, 4];
    if (level === 2) [kernel, stride, height, width] = draws.pick([[3, 2, 5, 5], [2, 1, 3, 4], [3, 1, 4, 5]]);
    const x = draws.grid(height, width, ...[[0, 9], [0, 30], [-30, -1]][level - 1]);
    if (level === 1)
      for (const [i, j] of [[1, 1], [1, 3], [3, 1], [3, 3]])
        x[i][j] += -(x[i - 1][j - 1] + x[i - 1][j] + x[i][j - 1] + x[i][j]) & 3; // the mean of each block is whole
    const pool = (of, map = x, s = stride) => windows(map, kernel, s).map(of);
    const largest = (cells) => max(...cells);
    const smallest = (cells) => min(...cells);
    const after = variant === "same" ? 1 : 0;
    const outside = pad(x, 0, after, -Infinity);
    const found = windows(outside, kernel, stride).map((cells) => cells.filter((cell) => cell > -Infinity));
    const [sums, largests] = [found.map(sum), found.map(largest)];
    const means = sums.map((total) => total / 4);
    const answer = variant === "average" ? means : largests;
    if (new Set(answer).size < 2 + (level > 1)) return;
    return [variant, {
      x: gridText(x), kernel, stride,
      rows: places(height + after, kernel, stride), columns: places(width + after, kernel, stride),
      places: found.map((cells, i) => ({ i: i + 1, cells: shown(cells), sum: sums[i], value: answer[i] })),
    }, answer, {
      max: { average: means, minimum: pool(smallest), stride_forgotten: pool(largest, x, 1), sum: sums },
      average: { maximum: largests, sum: sums },
      overlap: {
        no_overlap: pool(largest, x, kernel),
        stride_forgotten: pool(largest, x, 1),
        minimum: pool(smallest),
      },
      same: {
        zeros: pool(largest, pad(x, 0, 1)),
        as_valid: pool(largest),
        before: pool(largest, pad(x, 1, 0, -Infinity)),
      },
    }[variant]];
  },
};
