// Reads the table that model.summary() prints, of Keras 2 and Keras 3. It tells types, shapes and parameters, and not
// kernels, strides or padding: these are the simplest that give the same shapes and parameters, and each row is checked.

import { refuse } from "../reading.js";
import { MOST_ROWS, TYPES, check, measure, times } from "./rows.js";

export const isSummary = (text) => /Layer \(type\)|Param ?#|^\s*[│|].*\?.*[│|]|\(None,[^)\n]*\)\]?\s*[│|]?\s*[\d,]+\s*([│|]|$)/m.test(text);

const SHAPE = /\[?\((?:None|\d+),[^)]*\)\]?/;
const NO_ROW = /^(Model:|(Trainable|Non-trainable|Optimizer) params|[\s_=━─┏┳┓┡╇┩├┼┤└┴┘+-]*$)/i;

/** Rows {line, words, shape, parameters, sources}; a row may be printed on several lines. */
function tableRows(text) {
  const rows = [];
  let row;
  // Code may stand above the table, and counts below it.
  const lines = text.split("\n");
  const head = lines.findIndex((line) => /Layer \(type\)/.test(line));
  const foot = lines.findIndex((line) => /^\s*Total params/.test(line));
  lines.slice(0, foot < 0 ? undefined : foot).forEach((printed, index) => {
    if (index <= head) return;
    const isBoxed = /[│┃|]/.test(printed);
    if (NO_ROW.test(printed.trim())) { row = undefined; return; }
    const line = printed.replace(/^\s*[│┃|]|[│┃|]\s*$/g, "");
    const cells = isBoxed ? line.split(/[│┃|]/).map((cell) => cell.trim())
      : line.match(/^(.*?)\s+(\[?\((?:None|\d+),[^)]*\)\]?)\s+([\d,]+)(.*)$/)?.slice(1).map((cell) => cell.trim()) ?? [line.trim()];
    if (!row || (cells.length > 1 && /\d|\?/.test(cells[2]) && cells[0])) {
      rows.push(row = { line: index + 1, cells: [] });
    }
    const starts = cells.length > 1 ? cells : /\[\d+\]/.test(cells[0]) ? ["", "", "", cells[0]] : cells;
    starts.forEach((cell, column) => { row.cells[column] = `${row.cells[column] ?? ""}${column ? " " : ""}${cell}`.trim(); });
  });
  return rows;
}

/** The type of a row, whose name old versions cut short: "global_average_pooling2d (Gl". */
function typeOf(words, line) {
  const [, name, printed] = words.match(/^([^(]*?)\s*\(([^)]*)\)?/) ?? refuse(`Line ${line}: “${words}” is no row of a summary; a layer’s name and its type in brackets were expected.`);
  const plain = printed.replace(/\s/g, "");
  if (plain === "InputLayer") return plain;
  if (Object.hasOwn(TYPES, plain)) return plain;
  const started = Object.keys(TYPES).filter((type) => plain && type.startsWith(plain) && name.replaceAll("_", "").toLowerCase().startsWith(type.toLowerCase()));
  return started.length === 1 ? started[0]
    : refuse(`Line ${line}: the layer “${words}” is not one that this lab knows; it knows ${Object.keys(TYPES).join(", ")}.`);
}

function sizes(words, line) {
  const shape = words?.match(SHAPE)?.[0].replace(/[[\]()\s]/g, "").split(",").filter(Boolean).slice(1);
  if (words?.includes("?")) refuse(`Line ${line}: the model is not built, so its summary has no shapes; call model.build((None, 32, 32, 3)) first.`);
  if (!shape?.length || !shape.every((size) => /^\d+$/.test(size))) refuse(`Line ${line}: “${words}” is no shape with numbers, such as (None, 32, 32, 3).`);
  return shape.map(Number);
}

/** Layers of a type that might stand in a row, the simplest first. */
function candidates(type, before, { shape, parameters, row, activation }) {
  const [n, out] = [before[0], shape[0]];
  const channels = before.at(-1);
  const windows = (kernel, name, plain) => {
    const strides = [...new Set([Math.max(1, Math.round(n / out)), Math.floor(n / out), Math.ceil(n / out), 1])].filter((stride) => stride > 0);
    const usual = plain ? ["valid", "same"] : ["same", "valid"];
    return strides.flatMap((step) => usual.map((padding) => ({ type, ...plain, [name]: kernel, strides: step, padding })));
  };
  switch (type) {
    case "Conv2D": {
      const filters = shape.at(-1);
      return [true, false].flatMap((use_bias) => {
        const kernel = Math.sqrt((parameters / filters - use_bias) / channels);
        return Number.isInteger(kernel) && kernel > 0 ? windows(kernel, "kernel_size", null).map((layer) => ({ ...layer, filters, use_bias })) : [];
      });
    }
    case "MaxPooling2D":
    case "AveragePooling2D": {
      const ratio = Math.max(1, Math.floor(n / out));
      return [...new Set([ratio, ratio + 1, 2, 3])].flatMap((size) => [
        { type, pool_size: size }, ...windows(size, "pool_size", {}),
      ]);
    }
    case "Dense": return [true, false].map((use_bias) => ({ type, units: shape.at(-1), use_bias }));
    case "BatchNormalization": return [[true, true], [true, false], [false, false]].map(([center, scale]) => ({ type, center, scale }));
    case "Dropout": return [{ type, rate: 0.5 }];
    case "Activation": return [{ type, activation: activation ?? "relu" }];
    case "Rescaling": return [{ type, scale: 1 / 255 }];
    case "Add": return [{ type, row }];
    default: return [{ type }];
  }
}

const USUAL_SIDES = [28, 32, 48, 64, 96, 100, 128, 150, 160, 180, 200, 224, 227, 256, 299, 300, 320, 512];

/** Inputs that the first row might have had, the most usual first: a Sequential's summary does not say it. */
function inputs(type, { shape, parameters }) {
  if (type === "Dense") return [true, false].map((bias) => [...shape.slice(0, -1), parameters / shape.at(-1) - bias]).filter((input) => input.every(Number.isInteger));
  if (type === "MaxPooling2D" || type === "AveragePooling2D") return [[shape[0] * 2, shape[1] * 2, shape[2]]];
  if (type !== "Conv2D") return [shape];
  const found = [];
  for (const bias of [1, 0]) for (const channels of [3, 1, 4, 2]) {
    const kernel = Math.sqrt((parameters / shape[2] - bias) / channels);
    if (!Number.isInteger(kernel) || kernel < 1) continue;
    const grown = shape.slice(0, 2).map((side) => side + kernel - 1);
    const sides = [shape.slice(0, 2), grown, shape.slice(0, 2).map((side) => side * 2), grown.map((_, axis) => (shape[axis] - 1) * 2 + kernel), shape.slice(0, 2).map((side) => side * 4)];
    const ranked = [...sides.filter(([high]) => USUAL_SIDES.includes(high)), ...sides];
    found.push(...ranked.map((side) => [...side, channels]));
  }
  return found;
}

/** A network {input, layers, left} from a summary. */
export function readSummary(text) {
  const rows = tableRows(text).map(({ line, cells: [words, shape, parameters, sources] }) => {
    if (shape === undefined) refuse(`Line ${line}: “${words}” is no row of a summary: a name, a type, a shape and a number of parameters were expected.`);
    return {
      line, type: typeOf(words, line), name: words.match(/^[^\s(]*/)[0], shape: sizes(shape, line), sources: [...(sources ?? "").matchAll(/([\w/.-]+?)\[\d+\]/g)].map(([, name]) => name),
      parameters: Number(parameters?.match(/^[\d,]+/)?.[0].replaceAll(",", "") ?? refuse(`Line ${line}: the number of parameters is missing.`)),
    };
  });
  const hasInput = rows[0]?.type === "InputLayer";
  const body = rows.slice(hasInput);
  if (!body.length) refuse("The summary has no layers.");
  if (body.length > MOST_ROWS) refuse(`The network has ${body.length} layers; this lab holds 1 to ${MOST_ROWS}.`);
  const nested = body.find(({ type }) => type === "InputLayer");
  if (nested) refuse(`Line ${nested.line}: a second input is not read.`);

  const names = body.map(({ name }) => name);
  body.forEach((row, index) => {
    const [above] = [names[index - 1] ?? rows[0].name];
    const others = row.sources.filter((name) => name !== above);
    if (row.type !== "Add" ? others.length : row.sources.length !== 2 || others.length > 1) {
      refuse(row.type === "Add" && !row.sources.length ? `Line ${row.line}: the summary does not say what Add adds; its column “Connected to” is needed.`
        : `Line ${row.line}: the layer takes its input from ${row.sources.join(" and ")}; only Add may, with the row above as one of two.`);
    }
    if (row.type === "Add") row.row = others.length ? names.indexOf(others[0]) : index - 1;
    // Names such as relu1 or softmax say what an Activation does.
    row.activation = row.type === "Activation" ? row.name.match(/softmax|sigmoid|tanh|relu/)?.[0] : undefined;
  });

  /** Follow the table from one input; gives the layers, or the first row that has none. */
  function follow(input) {
    const layers = [];
    for (const row of body) {
      const before = layers.length ? measure({ input, layers }).rows.at(-1).shape : input;
      const layer = candidates(row.type, before, row).find((candidate) => {
        const { rows: measured, error } = measure({ input, layers: [...layers, candidate] });
        return !error && String(measured.at(-1).shape) === String(row.shape) && measured.at(-1).parameters === row.parameters;
      });
      if (!layer) return { layers, stuck: row };
      layers.push(layer);
    }
    return { layers };
  }

  const starts = hasInput ? [rows[0].shape] : inputs(body[0].type, body[0]);
  const tries = starts.map((input) => ({ input, ...follow(input) }));
  const best = tries.find(({ stuck }) => !stuck) ?? tries.reduce((left, right) => (right.layers.length > left.layers.length ? right : left), { layers: [], stuck: body[0] });
  if (best.stuck) {
    const { line, type, shape, parameters } = best.stuck;
    refuse(`Line ${line}: no ${type} with a square kernel gives ${times(shape)} and ${parameters.toLocaleString("en")} parameters here; paste the code of the network instead.`);
  }
  const clean = check({ input: best.input, layers: best.layers });
  return { ...clean, left: [], guessed: true, hasInput };
}
