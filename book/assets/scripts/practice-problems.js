// Practice problems from a seed, number for number those of cnnbook.practice: the same draws in the same order, the
// same words (problems.json), its own arithmetic. tests/test_practice.py holds both equal.

import texts from "../../../code/cnnbook/practice/problems.json";

export { texts };
export const KINDS = Object.keys(texts.kinds);
export const SEEDS = 2 ** 32;

// --- draws: FNV-1a starts mulberry32, see cnnbook/practice/draws.py ---

export function openDraws(...words) {
  let state = 0x811c9dc5;
  for (const letter of words.join("/")) state = Math.imul(state ^ letter.charCodeAt(), 0x01000193);
  const word = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (count) => {
    let drawn = word();
    while (drawn >= SEEDS - (SEEDS % count)) drawn = word();
    return drawn % count;
  };
  const between = (low, high) => low + below(high - low + 1);
  const pick = (choices) => choices[below(choices.length)];
  const row = (length, low, high) => Array.from({ length }, () => between(low, high));
  const grid = (height, width, low, high) => Array.from({ length: height }, () => row(width, low, high));
  const shuffled = (choices) => {
    const rest = [...choices];
    return choices.map(() => rest.splice(below(rest.length), 1)[0]);
  };
  return { below, between, pick, row, grid, shuffled };
}

// --- texts, see cnnbook/practice/texts.py ---

export function shown(value) {
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "string") return value;
  return String(value).replace("-", "−").replace(/\B(?=(\d{3})+$)/g, ",");
}

const fill = (template, numbers) => template.replace(/\{(\w+)\}/g, (_, name) => shown(numbers[name]));

const lines = (template, numbers) =>
  template.flatMap((line) =>
    Array.isArray(line)
      ? numbers[line[0]].map((entry) => fill(line[1], { ...numbers, ...entry }))
      : fill(line, numbers),
  );

function gridText(rows) {
  const width = Math.max(...rows.flat().map((number) => shown(number).length));
  return rows.map((row) => row.map((number) => shown(number).padStart(width)).join(" ")).join("\n");
}

const factor = (number) => (number < 0 ? `(${shown(number)})` : shown(number));
const products = (weights, cells) => weights.map((weight, i) => `${factor(weight)}·${factor(cells[i])}`).join(" + ");

/** Cut a question into paragraphs, lists of layers and grids of numbers. */
export const blocks = (question) =>
  question.split("\n\n").map((text) => {
    const [first, ...rest] = text.split("\n");
    if (rest.length && rest.every((line) => /^[\d− ]+$/.test(line)))
      return { caption: first, rows: rest.map((line) => line.trim().split(/ +/)) };
    if (!first.startsWith("1. ")) return { text };
    return { items: text.split("\n").map((line) => line.slice(line.indexOf(" ") + 1)) };
  });

// --- arithmetic ---

const { floor, ceil, max, min } = Math;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const range = (length) => Array.from({ length }, (_, i) => i);
const places = (padded, span, stride = 1) => (padded < span ? null : floor((padded - span) / stride) + 1);
const conv = (weights, filters) => (weights + 1) * filters; // weights of one filter; a dense unit counts alike

/** The windows of a map, row after row, each as its list of cells. */
function windows(x, kernel, stride) {
  const [rows, columns] = [x.length, x[0].length].map((n) => range(places(n, kernel, stride) || 0));
  const cells = range(kernel * kernel);
  return rows.flatMap((i) =>
    columns.map((j) => cells.map((c) => x[i * stride + floor(c / kernel)][j * stride + (c % kernel)])),
  );
}

/** Put a border around a map. */
function pad(x, before, after, value = 0) {
  const side = (count) => Array(count).fill(value);
  const row = (count) => range(count).map(() => side(before + x[0].length + after));
  return [...row(before), ...x.map((cells) => [...side(before), ...cells, ...side(after)]), ...row(after)];
}

// --- one function a kind: [variant, numbers, answer, mistakes], or nothing where the draw makes no good problem ---

const draw = {
  output_size(draws, level) {
    const { between } = draws;
    if (level === 1) {
      const n = between(6, 40);
      const kernel = between(2, 6);
      const steps = n - kernel;
      return ["plain", { n, kernel, steps }, steps + 1, { no_plus_one: steps, kept: n }];
    }
    const variant = level === 2 ? "strided" : draws.pick(["dilated", "same", "pooled"]);
    const n = between(12, 64);
    const kernel = between(2, 7);
    const stride = between(2, 4);
    if (variant === "same") {
      const mistakes = { floor: floor(n / stride), same_keeps: n, as_valid: places(n, kernel, stride) };
      return [variant, { n, kernel, stride }, ceil(n / stride), mistakes];
    }
    const padding = between(0, 3);
    const padded = n + 2 * padding;
    const numbers = { n, kernel, stride, padding, padded };
    if (2 * padding > kernel) return;
    if (variant === "pooled") {
      const first = places(padded, kernel, stride);
      const pool = (size) => floor(size / 2);
      return [variant, { ...numbers, first }, pool(first), {
        pool_forgotten: first,
        ceil: ceil((ceil((padded - kernel) / stride) - 1) / 2) + 1,
        no_plus_one: pool(first - 3),
        padding_forgotten: pool(places(n, kernel, stride)),
      }];
    }
    const dilation = variant === "dilated" ? between(2, 3) : 1;
    const span = dilation * (kernel - 1) + 1;
    const room = padded - span;
    if (room < stride) return;
    const steps = floor(room / stride);
    return [variant, { ...numbers, dilation, span, room, steps }, steps + 1, {
      no_plus_one: steps,
      ceil: ceil(room / stride) + 1,
      ...(variant === "dilated" && {
        dilation_forgotten: places(padded, kernel, stride),
        span_product: places(padded, dilation * kernel, stride),
        dilation_zero: places(padded, (dilation + 1) * (kernel - 1) + 1, stride),
      }),
      padding_once: places(n + padding, span, stride),
      padding_forgotten: places(n, span, stride),
      stride_forgotten: places(padded, span),
    }];
  },

  padding_for_size(draws, level) {
    const { between } = draws;
    const variant = ["keep", "wanted", level === 3 && draws.pick(["strided", "dilated"])][level - 1];
    const n = between(8, 64);
    if (variant === "keep" || variant === "dilated") {
      const kernel = draws.pick([3, 5, 7, 9, 11]);
      const dilation = variant === "dilated" ? between(2, 4) : 1;
      const total = dilation * (kernel - 1);
      if (total >= n) return;
      return [variant, { n, kernel, dilation, span: total + 1, total }, total / 2, variant === "keep"
        ? { total, rounded: (kernel + 1) / 2, kept: 0 }
        : { dilation_forgotten: (kernel - 1) / 2, total, span_product: floor((dilation * kernel) / 2) }];
    }
    const kernel = between(3, 9);
    const stride = variant === "strided" ? between(2, 3) : 1;
    const padding = between(1, 4);
    if (padding >= kernel || n < kernel) return;
    const size = places(n + 2 * padding, kernel, stride);
    const padded = (size - 1) * stride + kernel;
    const total = padded - n;
    if (total < 1 || size < 3) return;
    const unstrided = size - 1 + kernel - n;
    return [variant, { n, kernel, stride, size, steps: size - 1, padded, total }, ceil(total / 2), variant === "wanted"
      ? { total, half_step: floor(total / 2) + 1, difference: Math.abs(size - n) }
      : {
          total,
          rounded_down: floor(total / 2),
          steps: ceil((total + stride) / 2),
          stride_forgotten: unstrided < 0 ? null : ceil(unstrided / 2),
        }];
  },

  parameters(draws, level) {
    const { between, pick } = draws;
    const variant = pick([["conv"], ["dense", "plain"], ["grouped", "stack", "network"]][level - 1]);
    // One layer: the weights of one filter or unit, and how many of them.
    const layer = (numbers, weights, filters, mistakes, unit = "filter") => [
      variant,
      { ...numbers, filters, weights, each: weights + 1, unit },
      conv(weights, filters),
      { no_bias: weights * filters, ...mistakes, bias_once: weights * filters + 1 },
    ];
    // Two layers.
    const both = (numbers, one, two, mistakes, unit = "filter") =>
      [variant, { ...numbers, one, two, unit }, one + two, mistakes];
    if (variant === "conv") {
      const n = pick([28, 32, 64, 96]);
      const channels = between(2, 4);
      const kernel = between(2, 5);
      const filters = between(4, 16);
      const area = kernel * kernel;
      return layer({ n, channels, kernel }, area * channels, filters, {
        one_channel: conv(area, filters),
        bias_each: (area + 1) * channels * filters,
        kernel_once: conv(kernel * channels, filters),
      });
    }
    if (variant === "dense") {
      const n = between(3, 8);
      const channels = pick([4, 8, 16, 32]);
      const units = between(5, 20);
      const flat = n * n * channels;
      return layer({ n, channels, units, flat }, flat, units, { channels_forgotten: conv(n * n, units) }, "unit");
    }
    if (variant === "plain") {
      const height = between(1, 5);
      const width = between(2, 7);
      const channels = pick([3, 6, 8, 12]);
      const filters = pick([8, 12, 16, 24]);
      const weights = height * width * channels;
      const mistakes = { bias_added: conv(weights, filters), one_channel: height * width * filters };
      return [variant, { height, width, channels, filters, weights }, weights * filters, mistakes];
    }
    if (variant === "grouped") {
      const kernel = pick([3, 5]);
      const groups = pick([2, 4, 8]);
      const part = between(1, 4);
      const filters = groups * between(1, 4);
      const weights = kernel * kernel * part;
      return layer({ kernel, groups, channels: groups * part, part }, weights, filters, {
        groups_forgotten: conv(weights * groups, filters),
        groups_twice: conv(weights, filters / groups),
        bias_group: weights * filters + groups,
      });
    }
    const channels = pick([2, 3, 4]);
    const kernel = pick([3, 5]);
    const area = kernel * kernel;
    if (variant === "stack") {
      const first = pick([6, 8, 10, 16]);
      const second = pick([6, 8, 12, 20]);
      const one = conv(area * channels, first);
      const two = conv(area * first, second);
      return both({ channels, kernel, first, second }, one, two, {
        second_sees_input: one + conv(area * channels, second),
        no_bias: one + two - first - second,
        second_only: two,
      });
    }
    const half = between(3, 16);
    const filters = pick([4, 8, 16]);
    const units = pick([2, 5, 10]);
    const flat = half * half * filters;
    const one = conv(area * channels, filters);
    const two = conv(flat, units);
    return both({ n: 2 * half, channels, kernel, filters, units, half, flat }, one, two, {
      pool_forgotten: one + conv(4 * flat, units),
      pool_one_axis: one + conv(2 * flat, units),
      no_bias: one + two - filters - units,
    }, "filter and each unit");
  },

  receptive_field(draws, level) {
    const { between, pick } = draws;
    const [convolution, pooling] = texts.kinds.receptive_field.words;
    const layers = range(level === 1 ? between(2, 4) : between(3, 4)).map((i) => {
      if (draws.below(3) === 0 && level > 1) return { i: i + 1, what: pooling, kernel: 2, stride: 2, dilation: 1 };
      const kernel = pick(level === 1 ? [3, 5, 7] : [2, 3, 5]);
      const stride = level > 1 ? between(1, 2) : 1;
      return { i: i + 1, what: convolution, kernel, stride, dilation: level > 2 ? between(1, 3) : 1 };
    });
    if (level > 1 && layers.slice(0, -1).every((layer) => layer.stride === 1)) return;
    if (level > 2 && layers.every((layer) => layer.dilation === 1)) return;
    // The field, if a layer with kernel k, dilation d and stride s that finds the jump j adds `gain` to it.
    const field = (gain) => {
      let [size, jump] = [1, 1];
      for (const layer of layers) {
        const { kernel, stride, dilation } = layer;
        layer.found = jump;
        size += layer.gain = gain(kernel, dilation, jump, stride);
        layer.size = size;
        layer.jump = jump *= stride;
      }
      return size;
    };
    const mistakes = {
      own_stride: field((k, d, j, s) => d * (k - 1) * j * s),
      strides_forgotten: field((k, d) => d * (k - 1)),
      dilation_forgotten: field((k, d, j) => (k - 1) * j),
      span_product: field((k, d, j) => (d * k - 1) * j),
      kernels_added: field((k) => k) - 1,
    };
    const { kernel, dilation } = layers[layers.length - 1];
    const answer = field((k, d, j) => d * (k - 1) * j);
    return [["plain", "strided", "dilated"][level - 1], { layers }, answer, {
      ...mistakes,
      start_forgotten: answer - 1,
      last: dilation * (kernel - 1) + 1,
    }];
  },

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
      return range(places(z.length, d * (w.length - 1) + 1, s) || 0).map((i) => w.map((_, tap) => z[i * s + tap * d]));
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
      ...(level === 1 && { padded: row({ p: 1 }) }),
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
      max: () => ({ average: means, minimum: pool(smallest), stride_forgotten: pool(largest, x, 1), sum: sums }),
      average: () => ({ maximum: largests, sum: sums }),
      overlap: () => ({
        no_overlap: pool(largest, x, kernel),
        stride_forgotten: pool(largest, x, 1),
        minimum: pool(smallest),
      }),
      same: () => ({
        zeros: pool(largest, pad(x, 0, 1)),
        as_valid: pool(largest),
        before: pool(largest, pad(x, 1, 0, -Infinity)),
      }),
    }[variant]()];
  },

  transposed_convolution(draws, level) {
    const { between } = draws;
    const variant = draws.pick([["plain"], ["same", "padded"], ["full"]][level - 1]);
    const n = between(3, 24);
    const kernel = between(2, 7);
    const stride = between(2, 4);
    if (kernel < stride) return;
    const start = (n - 1) * stride;
    const numbers = { n, kernel, stride, span: kernel, steps: n - 1, start };
    if (level === 1 || variant === "same")
      return [variant, numbers, level === 1 ? start + kernel : n * stride, {
        times: n * stride,
        as_valid: start + kernel,
        n_steps: n * stride + kernel,
        forward: level === 1 ? places(n, kernel, stride) : ceil(n / stride),
        kernel_forgotten: start,
      }];
    const padding = between(1, 3);
    const [dilation, extra] = level === 3 ? [between(2, 3), between(1, stride - 1)] : [1, 0];
    const span = dilation * (kernel - 1) + 1;
    const cut = 2 * padding;
    if (cut >= span) return;
    const full = start + span;
    const answer = full - cut + extra;
    return [variant, { ...numbers, padding, dilation, extra, span, full, cut }, answer, {
      padding_forgotten: answer + cut,
      padding_added: answer + 2 * cut,
      padding_once: answer + padding,
      n_steps: answer + stride,
      extra_forgotten: answer - extra,
      dilation_forgotten: answer - span + kernel,
      span_product: answer + dilation - 1,
    }];
  },
};

/** Draw a problem; answers are numbers or flat arrays, mistakes a map from the answer as text. */
export function problem(kind, seed, level) {
  const { title, page, variants } = texts.kinds[kind];
  const draws = openDraws(kind, level, seed);
  for (;;) {
    const drawn = draw[kind](draws, level);
    if (!drawn || ![drawn[2]].flat().some(Boolean)) continue;
    const [variant, found, answer, wrong] = drawn;
    const numbers = { ...found, answer };
    const mistakes = new Map();
    for (const [name, value] of Object.entries(wrong)) {
      const key = String(value ?? "");
      if (key === "" || key === String(answer) || mistakes.has(key)) continue;
      const [where, sentences] = Object.entries(texts.mistakes).find(([, all]) => all[name]);
      mistakes.set(key, [fill(sentences[name], numbers), where]);
    }
    if (mistakes.size < 2) continue;
    const parts = ["question", "hints", "solution"].map((part) => lines(variants[variant][part], numbers));
    const [question, hints, solution] = parts;
    return { kind, seed, level, title, page, question: question.join("\n"), hints, solution, answer, mistakes };
  }
}

/** The problems of a sheet, see cnnbook/practice/sheet.py. */
export function sheet(seed, count, level, kinds = KINDS) {
  const draws = openDraws("sheet", seed);
  const [found, questions] = [[], new Set()];
  let round = [];
  for (let i = 0; i < count; i++) {
    if (!round.length) round = draws.shuffled(kinds);
    const kind = round.shift();
    const at = level || 1 + floor((3 * i) / count);
    let one;
    for (let tries = 0; tries < 20 && (!one || questions.has(one.question)); tries++)
      one = problem(kind, draws.below(10000), at);
    questions.add(one.question);
    found.push(one);
  }
  return found;
}

/** Judge an answer as it was typed: {right, message, page}; `right` is undefined where it is no answer at all. */
export function check({ answer, mistakes, page }, typed) {
  const said = texts.feedback;
  const text = typed.trim().replace(/[−–]/g, "-");
  let given;
  if (Array.isArray(answer)) {
    given = text.replace(/^[[(\s]+|[\])\s]+$/g, "").split(/[\s,;/]+/);
    if (!given.every((part) => /^[-+]?\d+$/.test(part))) return { message: said.row };
    given = given.map(Number);
  } else {
    if (!/^[-+]?(\d+|\d{1,3}([\s,'’]\d{3})+)$/.test(text)) return { message: said.number };
    given = [Number(text.replace(/[^\d-]/g, ""))];
  }
  const key = String(given);
  if (key === String(answer)) return { right: true, message: fill(said.right, { answer }) };
  const template = given.length === [answer].flat().length ? said.wrong : said.length;
  const wrong = fill(template, { given, count: given.length });
  const [message, where] = mistakes.get(key) || [wrong, page];
  return { right: false, message, page: where };
}
