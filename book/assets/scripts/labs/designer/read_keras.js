// Reads a network that a reader pastes as Python: Sequential([...]), model.add(...) lines, or a list of layers. Nothing is
// run. What does not concern the network is passed over; a line that does, and is not understood, is refused by its number.

import { count } from "../markup.js";
import { Refusal, refuse } from "../reading.js";
import { TYPES, checkLayer } from "./rows.js";

const ALIASES = {
  MaxPool2D: "MaxPooling2D", AvgPool2D: "AveragePooling2D", GlobalAvgPool2D: "GlobalAveragePooling2D", GlobalMaxPool2D: "GlobalMaxPooling2D",
  Convolution2D: "Conv2D",
};
// Arguments that change none of the lab's numbers.
const HARMLESS = new RegExp(
  "^(name|dtype|trainable|seed|noise_shape|momentum|epsilon|alpha|negative_slope|max_value|threshold|" +
  "(kernel|bias|activity|beta|gamma|moving_mean|moving_variance)_(initializer|regularizer|constraint))$");
const OF_INPUT = ["input_shape", "shape", "input_dim", "batch_input_shape", "batch_shape", "batch_size"];

// --- tokens ----------------------------------------------------------------------------------------------------------

const TOKEN = /([ \t\f\r]+|\\\r?\n)|(#[^\n]*)|(\n)|([rbfu]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|((?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|(\*\*|\/\/|->|[=!<>]=|[-+*\/%@&|^~]=|[^])/giu;

const DEEPEST = 50;
const MOST_ENTRIES = 2000; // of a list with the lists in it, or of a network with those in it

/** Statements of a text: lists of tokens {kind, text, line, column}. Lines within brackets belong together. */
function statements(source) {
  const text = source.replace(/^(?:>>>|\.\.\.) ?/gm, "").replace(/^[ \t]*[%!].*$/gm, "");
  const all = [];
  let [tokens, depth, line, lineStart] = [[], 0, 1, 0];
  const end = () => { if (tokens.length) all.push(tokens); tokens = []; };
  for (const { index, 0: whole, 1: blank, 2: comment, 3: newline, 4: string, 5: number, 6: name } of text.matchAll(TOKEN)) {
    if (newline ? depth <= 0 : whole === ";") { end(); depth = 0; }
    else if (!blank && !comment && !newline) {
      depth += "([{".includes(whole) ? 1 : ")]}".includes(whole) ? -1 : 0;
      if (depth > DEEPEST) refuse(`Line ${line}: more than ${DEEPEST} brackets stand within one another, which is not read.`);
      tokens.push({ kind: string ? "string" : number ? "number" : name ? "name" : "sign", text: whole, line, column: index - lineStart });
    }
    line += whole.split("\n").length - 1;
    if (newline) lineStart = index + 1;
  }
  end();
  return all;
}

// --- values ----------------------------------------------------------------------------------------------------------

/** Something that is not worked out: a name without a value, a call of something else. */
class Unknown { constructor(text, line) { Object.assign(this, { text, line }); } }
class Call { constructor(name, args, named, line) { Object.assign(this, { name, args, named, line }); } }
class Model {
  constructor() { Object.assign(this, { name: "Sequential", layers: [], inside: false }); }
  append(layers, line) {
    for (const layer of layers) {
      if (![Call, Unknown, Model].some((kind) => layer instanceof kind)) {
        refuse(`Line ${line}: ${Array.isArray(layer) ? "a list within the list" : spelled(layer)} stands where a layer was expected.`);
      }
      if (layer instanceof Model) layer.inside = true;
      this.layers.push(...(layer instanceof Model ? layer.layers : [layer]));
      if (this.layers.length > MOST_ENTRIES) refuse(`Line ${line}: a network of more than ${MOST_ENTRIES.toLocaleString("en")} layers is not read.`);
    }
  }
}

/** A value as Python writes it. */
const spelled = (value) =>
  (Array.isArray(value) ? `(${value.map(spelled).join(", ")})`
    : typeof value === "string" ? JSON.stringify(value) : { null: "None", true: "True", false: "False" }[value] ?? String(value));

const SIGNS = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "//": (a, b) => Math.floor(a / b), "**": (a, b) => a ** b,
};
const LONGEST_LIST = 64;
const LEVELS = [["+", "-"], ["*", "/", "//"], ["**"]];
const last = (name) => name.split(".").at(-1);
const typeOf = (name) => ALIASES[last(name)] ?? last(name);
const isLayer = (name) => Object.hasOwn(TYPES, typeOf(name)) || ["Input", "InputLayer"].includes(last(name));

const entriesOf = new WeakMap();

function parser(tokens, values) {
  let at = 0;
  const line = () => (tokens[at] ?? tokens.at(-1)).line;
  const fail = (sentence) => refuse(`Line ${line()}: ${sentence}`);
  const next = (text) => tokens[at]?.kind === "sign" && tokens[at].text === text && ++at;
  const expect = (text) => next(text) || fail(tokens[at] ? `“${tokens[at].text}” stands where “${text}” was expected.` : `“${text}” is missing.`);

  function operation(level = 0) {
    if (level === LEVELS.length) return unary();
    const place = line();
    let left = operation(level + 1);
    for (;;) {
      const sign = LEVELS[level].find(next);
      if (!sign) return left;
      left = combine(sign, left, operation(level + 1), place);
    }
  }
  function combine(sign, left, right, place) {
    if ([left, right].every((side) => typeof side === "number")) return SIGNS[sign](left, right);
    const both = [left, right].filter(Array.isArray);
    if (sign === "+" && both.length === 2) return bounded(left.length + right.length, place) && listOf([...left, ...right], place);
    const times = [left, right].find(Number.isInteger);
    if (sign !== "*" || both.length !== 1 || times === undefined) return new Unknown("…", place);
    if (times < 0) refuse(`Line ${place}: a list times ${times} is not read; use a whole number from 0.`.replace("-", "−"));
    return bounded(both[0].length * times, place) && listOf(Array(times).fill(both[0]).flat(), place);
  }
  /** A list, unless those within it have too many entries together. */
  function listOf(items, place) {
    const entries = items.reduce((total, item) => total + (entriesOf.get(item) ?? 1), 0);
    if (entries > MOST_ENTRIES) refuse(`Line ${place}: lists with more than ${MOST_ENTRIES.toLocaleString("en")} entries within one another are not read.`);
    entriesOf.set(items, entries);
    return items;
  }
  const bounded = (length, place) =>
    length <= LONGEST_LIST || refuse(`Line ${place}: a list of ${length.toLocaleString("en")} entries is not read; use up to ${LONGEST_LIST}.`);
  function unary() {
    const place = line();
    if (next("-")) {
      const value = unary();
      return typeof value === "number" ? -value : new Unknown("…", place);
    }
    return postfix();
  }
  function several(close) {
    const items = [];
    while (!next(close)) {
      items.push(operation());
      if (tokens[at]?.text === "for") fail("a list that is computed by “for” is not read; write its layers out.");
      if (!next(",")) { expect(close); items.closed = true; break; }
    }
    return items;
  }
  function atom() {
    const token = tokens[at++] ?? fail("the line ends too early.");
    if (token.kind === "string") return token.text.replace(/^[rbfu]*("""|'''|"|')|("""|'''|"|')$/gi, "");
    if (token.kind === "number") return Number(token.text.replaceAll("_", ""));
    if (token.text === "(") {
      const items = several(")");
      return items.length === 1 && items.closed ? items[0] : listOf([...items], token.line);
    }
    if (token.text === "[") return listOf([...several("]")], token.line);
    if (token.kind === "name" && token.text !== "lambda") {
      let name = token.text;
      while (tokens[at]?.text === "." && tokens[at + 1]?.kind === "name") { name += `.${tokens[at + 1].text}`; at += 2; }
      const constant = { True: true, False: false, None: null }[name];
      return constant !== undefined ? constant : values.has(name) ? values.get(name) : new Unknown(name, token.line);
    }
    at -= 1;
    return fail(`“${token.text}” is not understood here.`);
  }
  function postfix() {
    let value = atom();
    for (;;) {
      const place = line();
      if (next("(")) {
        const [args, named] = [[], {}];
        while (!next(")")) {
          if (tokens[at]?.text === "*" || tokens[at]?.text === "**") fail("arguments with * or ** are not read; write them out.");
          if (tokens[at]?.kind === "name" && tokens[at + 1]?.text === "=") {
            const name = tokens[at].text;
            at += 2;
            named[name] = operation();
          } else args.push(operation());
          if (!next(",")) { expect(")"); break; }
        }
        if (value instanceof Call && isLayer(value.name)) {
          refuse(`Line ${place}: ${value.name}(…)(…) is the functional style, which is not read; paste keras.Sequential([...]), model.add(...) lines, or what model.summary() prints.`);
        }
        value = value instanceof Unknown ? call(value.text, args, named, place) : new Unknown("…", place);
      } else if (next("[")) {
        const begin = at;
        for (let depth = 1; depth && at < tokens.length; at += 1) depth += tokens[at].text === "[" ? 1 : tokens[at].text === "]" ? -1 : 0;
        if (tokens.slice(begin, at).some(({ text }) => text === ":")) {
          value = new Unknown(`${value?.text ?? "…"}[…]`, place);
          continue;
        }
        at = begin;
        const [index] = several("]");
        const entry = Array.isArray(value) && Number.isInteger(index) ? value.at(index) : undefined;
        value = entry === undefined ? new Unknown("…", place) : entry;
      } else if (tokens[at]?.text === "." && tokens[at + 1]?.kind === "name") {
        value = new Unknown(`….${tokens[at + 1].text}`, place);
        at += 2;
      } else return value;
    }
  }
  function call(name, args, named, line) {
    if (last(name) === "tuple" || last(name) === "list" || last(name) === "int") return args[0] ?? new Unknown(`${name}(…)`, line);
    if (name === "len" && Array.isArray(args[0]) && known(args[0])) return args[0].length;
    if (last(name) !== "Sequential") return new Call(name, args, named, line);
    const model = new Model();
    const layers = args[0] ?? named.layers ?? [];
    if (!Array.isArray(layers)) refuse(`Line ${line}: Sequential needs a list of layers in brackets.`);
    model.append(layers, line);
    return model;
  }
  return { operation, next, listOf, rest: () => tokens.slice(at), done: () => at >= tokens.length };
}

// --- layers ----------------------------------------------------------------------------------------------------------

/** The arguments of a call by their names. */
function argumentsOf({ name, args, named, line }, positional) {
  if (args.length > positional.length) {
    refuse(`Line ${line}: ${last(name)} gets ${count(args.length, "value")} without a name, and ${positional.length ? `the lab reads ${positional.join(", ")} so` : "none is read"}; give the others their names.`);
  }
  return { ...Object.fromEntries(args.map((value, index) => [positional[index], value])), ...named };
}

const known = (value) => (Array.isArray(value) ? value.every(known) : !(value instanceof Unknown || value instanceof Call || value instanceof Model));
const textOf = (value) => (Array.isArray(value) ? textOf(value.find((entry) => !known(entry))) : value.text ?? `${value.name}(…)`);

function readShape(given, line) {
  const { batch_size: _, ...shapes } = given;
  const [key, value] = Object.entries(shapes)[0] ?? [];
  if (key === undefined) return undefined;
  if (!known(value)) refuse(`Line ${line}: “${textOf(value)}” has no value in this text; write the input’s shape in numbers, such as (32, 32, 3).`);
  const shape = key.startsWith("batch") ? value?.slice?.(1) : [value].flat();
  if (!Array.isArray(shape) || !shape.every(Number.isInteger)) refuse(`Line ${line}: ${key}=${spelled(value)} leaves a size open; write numbers, such as (32, 32, 3).`);
  return shape;
}

/** A layer of the lab, what it says about the input's shape, and the arguments that were left out. */
function readLayer(value) {
  if (value instanceof Unknown) refuse(`Line ${value.line}: “${value.text}” is used as a layer, but has no value in this text.`);
  const { line } = value;
  const type = typeOf(value.name);
  if (type === "Input" || type === "InputLayer") {
    return { shape: readShape(argumentsOf(value, [type === "Input" ? "shape" : "input_shape"]), line) };
  }
  if (!Object.hasOwn(TYPES, type)) refuse(`Line ${line}: ${value.name} is no layer that this lab knows; it knows ${Object.keys(TYPES).join(", ")}.`);
  if (type === "Add") refuse(`Line ${line}: Add needs two inputs, so it cannot stand in a Sequential; add it with the lab’s own buttons.`);
  const arguments_ = TYPES[type].keys;
  const layer = { type };
  const [left, input] = [[], {}];
  for (const [name, given] of Object.entries(argumentsOf(value, Object.keys(arguments_).slice(0, TYPES[type].positional)))) {
    if (OF_INPUT.includes(name)) input[name] = given;
    else if (name === "data_format" || name === "axis") {
      if (given === "channels_first" || given === 1) refuse(`Line ${line}: ${type} has its channels first (${name}=${spelled(given)}); this lab reads networks with channels last.`);
    } else if (Object.hasOwn(arguments_, name)) {
      // A function such as tf.nn.relu or keras.activations.relu is named after what it computes.
      const plain = name === "activation" && given instanceof Unknown ? last(given.text) : given;
      if (!known(plain)) refuse(`Line ${line}: “${textOf(plain)}” has no value in this text; write ${type}’s ${name} as a number or a word.`);
      layer[name] = plain;
    } else if (HARMLESS.test(name)) left.push(name);
    else refuse(`Line ${line}: ${type} has the argument “${name}”, which this lab does not know.`);
  }
  if (typeof layer.padding === "string") layer.padding = layer.padding.toLowerCase();
  return { layer: checkLayer(layer, `Line ${line}`), shape: readShape(input, line), left };
}

/** One layer as it is typed, such as Conv2D(32, 3, padding="same"). */
export function readRow(text) {
  const isNone = () => refuse("Type one layer as in Keras, such as Conv2D(32, 3, padding=\"same\").");
  const [tokens, more] = statements(text);
  if (!tokens || more) isNone();
  const reader = parser(tokens, new Map());
  const value = reader.operation();
  if (!reader.done()) refuse(`“${reader.rest()[0].text}” is not understood after the layer.`);
  if (!(value instanceof Call || value instanceof Unknown)) isNone();
  return readLayer(value).layer;
}

// --- statements ------------------------------------------------------------------------------------------------------

const NETWORK = new RegExp(`\\b(Sequential|Model|Input|InputLayer|layers|add|pop|${[...Object.keys(TYPES), ...Object.keys(ALIASES)].filter((type) => type !== "Add").join("|")})\\b`);
const PASSED = new Set(["import", "from", "def", "with", "@", "pass", "assert", "del", "global"]);
const FLOW = new Set(["for", "while", "if", "elif", "else", "try", "except", "finally", "class"]);

/** A network {input, layers, left} from Python text; `input` is undefined where the text does not say it. */
export function readPython(text) {
  const values = new Map();
  const models = new Set();
  const loose = new Model();
  let input, flow;

  function read(tokens) {
    const targets = [];
    let rest = tokens;
    for (let depth = 0, index = 0; index < rest.length; index += 1) {
      depth += "([{".includes(rest[index].text) ? 1 : ")]}".includes(rest[index].text) ? -1 : 0;
      if (!depth && rest[index].text === "=") {
        const names = rest.slice(0, index).filter(({ text }) => !"(),".includes(text));
        if (names.every(({ kind }) => kind === "name")) targets.push(names.map((token) => token.text));
        rest = rest.slice(index + 1);
        index = -1;
      }
    }
    // What stands behind `if` or `for` may or may not happen.
    for (const name of targets.flat()) values.set(name, new Unknown(name, tokens[0].line));
    if (flow || !rest.length) return;
    const reader = parser(rest, values);
    const items = [reader.operation()];
    while (reader.next(",")) if (!reader.done()) items.push(reader.operation());
    if (!reader.done()) refuse(`Line ${reader.rest()[0].line}: “${reader.rest()[0].text}” is not understood.`);
    const value = items.length > 1 ? reader.listOf(items, tokens[0].line) : items[0];
    for (const names of targets) {
      if (names.length === 1) values.set(names[0], value);
      else if (Array.isArray(value)) names.slice(0, value.length).forEach((name, index) => values.set(name, value[index]));
    }
    if (value instanceof Model) models.add(value);
    else if (rest.length === tokens.length) [value].flat().forEach(deed);
  }

  function deed(call) {
    if (!(call instanceof Call)) return;
    const owner = values.get(call.name.split(".").slice(0, -1).join("."));
    const method = last(call.name);
    if (isLayer(call.name)) loose.append([call], call.line);
    else if (method === "add") {
      const layer = call.args[0] ?? call.named.layer ?? refuse(`Line ${call.line}: ${call.name}() has no layer in its brackets; write one there.`);
      (owner instanceof Model ? owner : loose).append([layer], call.line);
    } else if (!(owner instanceof Model)) return;
    else if (method === "pop") refuse(`Line ${call.line}: ${call.name}() is not read; leave the layer out.`);
    else if (method === "build") input ??= readShape({ batch_shape: call.args[0] ?? call.named.input_shape }, call.line);
  }

  for (const tokens of statements(text)) {
    const [{ text: first, line, column }] = tokens;
    const words = tokens.map((token) => (token.kind === "string" ? '""' : token.text)).join(" ");
    const concerns = NETWORK.test(words);
    if (flow && column <= flow.column) flow = undefined;
    if (FLOW.has(first) && !words.startsWith("if __name__")) flow ??= { first, line, column };
    if (flow && concerns) refuse(`Line ${line}: “${flow.first}” in line ${flow.line} decides about it, which is not read; write the layers out, one after another.`);
    if (first === "def") for (const { kind, text: name } of tokens) if (kind === "name") values.set(name, new Unknown(name, line));
    if (PASSED.has(first) || FLOW.has(first)) continue;
    try {
      read(first === "return" ? tokens.slice(1) : tokens);
    } catch (error) {
      // A line about data or training may hold anything.
      if (!(error instanceof Refusal) || concerns) throw error;
    }
  }

  const networks = [...models, loose].filter(({ layers, inside }) => layers.length && !inside);
  if (!networks.length) refuse("No network was found: paste keras.Sequential([...]), model.add(...) lines, or what model.summary() prints.");
  if (networks.length > 1) refuse(`The text has ${networks.length} networks; paste one of them.`);
  const found = networks[0].layers.map(readLayer);
  const first = found.findIndex(({ layer }) => layer);
  input = found.slice(0, first + 1).find(({ shape }) => shape)?.shape ?? input;
  if (first < 0) refuse("The network has no layers behind its input.");
  return {
    input,
    layers: found.filter(({ layer }) => layer).map(({ layer }) => layer),
    left: [...new Set(found.flatMap(({ left = [] }) => left))],
  };
}
