// Train a network: watch how the book's simple CNN was trained, or train a small network here. The state is
// - mode: "recorded", of which `epoch` (0 to 10) and `image`, the number of a sample image, are shown; or "train";
// - images ("cifar" or "shapes"), count (how many to train on), seed, learning_rate, batch_size, filters, kernel_size,
//   convolutions (1 or 2) and flips: what is trained, and on what.
// The result is {epoch, step, loss, accuracy, images_per_second}, and null where there is none yet. Recorded loss and accuracy
// are those of the validation images; of a training here they are the latest of the training images and, under
// `test_accuracy`, what the network got right of the test images after the last whole epoch. What has been trained so far
// stands in the view, as `run`; the network itself is with the engine's worker.

import { range } from "../arithmetic.js";
import * as draw from "./markup.js";
import { set } from "./options.js";
import { keys, number, oneOf, readRow, refuse, whole } from "./reading.js";
import * as sample from "./sample.js";
import { runScript } from "./site_script.js";
import * as pictures from "./train/pictures.js";
import * as recorded from "./train/recorded.js";
import { CLASSES, PIXELS, SIDE, TESTED } from "./train/training.js";

const { button, count, field, segments, stepper, write } = draw;

const EPOCHS = 10; // of the recorded run; and how many are trained here until the lab waits
const STEPS_AN_EPOCH = 352; // of the recorded run: 45,000 images, 128 at a time
const LONGEST = 200; // epochs
const SLICE = 200; // milliseconds of training between two pictures
const RATES = [1e-5, 1];
const ABOUT_THE_SAME = 0.03; // the standard deviation of a difference on 500 images

const SHAPES = ["disc", "ring", "square", "frame", "triangle", "plus", "cross", "rows", "columns", "checks"];
const CHOICES = { images: ["cifar", "shapes"], batch_size: [8, 16, 32, 64, 128], filters: [4, 8, 16, 32], kernel_size: [3, 5, 7], convolutions: [1, 2] };
const DEFAULTS = { count: 2000, seed: 0, learning_rate: 0.01, batch_size: 32, filters: 32, kernel_size: 3, convolutions: 1, flips: true };
const NAMED = {
  images: "images", count: "training images", seed: "seed", learning_rate: "learning rate", batch_size: "batch size", filters: "filters",
  kernel_size: "kernel size", convolutions: "convolutions", flips: "flips",
};

let page = { training: [], classes: [] }; // what came with the page

function check(state) {
  keys(state, ["mode", "epoch", "image", "images", ...Object.keys(DEFAULTS)]);
  if (!Object.keys(state).length) refuse("The state is empty; give at least its mode, recorded or train.");
  const { mode, epoch = EPOCHS, image = 11, ...settings } = state;
  const { images = page.training.length ? "cifar" : "shapes", ...given } = { ...DEFAULTS, ...settings };
  const rate = number(given.learning_rate, "The learning rate");
  if (rate < RATES[0] || rate > RATES[1]) refuse(`The learning rate is ${write(rate, 9)}; use a number from 0.00001 to 1.`);
  const chosen = (name, choices = CHOICES[name], value = given[name]) => oneOf(value, `The setting “${NAMED[name]}”`, choices);
  if (images === "cifar" && !page.training.length) refuse("This copy of the book was built without images of CIFAR-10 to train on; train on shapes.");
  return {
    mode: oneOf(mode ?? (Object.keys(settings).length ? "train" : "recorded"), "The mode", ["recorded", "train"]),
    epoch: whole(epoch, "The epoch", 0, EPOCHS),
    image: whole(image, "The image", 0, sample.count() - 1),
    images: chosen("images", CHOICES.images, images),
    count: chosen("count", images === "cifar" ? page.training : [2000, 10000]),
    seed: whole(given.seed, "The seed", 0, 9999),
    learning_rate: rate,
    batch_size: chosen("batch_size"),
    filters: chosen("filters"),
    kernel_size: chosen("kernel_size"),
    convolutions: chosen("convolutions"),
    flips: chosen("flips", [true, false]),
  };
}

/** What a run depends on. */
const settingsOf = (state) => Object.fromEntries(Object.keys(NAMED).map((name) => [name, state[name]]));
const isOf = (run, state) => JSON.stringify(run.settings) === JSON.stringify(settingsOf(state));

function result(state, { run } = {}) {
  if (state.mode === "recorded") {
    const { val_loss: losses, val_accuracy: accuracies } = page.recorded.history;
    const of = (values) => values[state.epoch - 1] ?? null;
    return { epoch: state.epoch, step: state.epoch * STEPS_AN_EPOCH, loss: of(losses), accuracy: of(accuracies), images_per_second: null };
  }
  const { epoch = 0, step = 0, loss = null, accuracy = null, images_per_second = null } = run ?? {};
  return { epoch, step, loss, accuracy, test_accuracy: run?.curve[epoch].test ?? null, images_per_second };
}

// --- the picture -----------------------------------------------------------------------------------------------------

const { percent } = pictures;
const many = (number) => number.toLocaleString("en");
const seenMaps = new WeakMap();

/** The maps of the state's image, and what follows from them; computed once for each state. */
function lookedAt(state) {
  if (!seenMaps.has(state)) {
    const weights = recorded.weightsOf(state.epoch);
    const maps = recorded.mapsOf(sample.pixels(state.image), weights);
    const probabilities = weights.scores ? recorded.probabilitiesOf(maps, weights) : page.recorded.probabilities;
    seenMaps.set(state, { weights, maps, probabilities });
  }
  return seenMaps.get(state);
}

function drawRecorded({ state, alt }) {
  const { history, words } = page.recorded;
  const { weights, maps, probabilities } = lookedAt(state);
  const after = state.epoch ? `after ${count(state.epoch, "epoch")}` : "before the first step";
  const label = sample.labelOf(state.image);
  const by = (values) => values.map((value, index) => [index + 1, value]);
  const series = [
    { name: "training", look: "training", accuracy: by(history.accuracy), loss: by(history.loss) },
    { name: "validation", look: "tested", accuracy: by(history.val_accuracy), loss: by(history.val_loss) },
  ];
  return pictures.curves({
    series, last: EPOCHS, mark: state.epoch, baseline: baseline(), title: words,
    alt: alt || `Accuracy and loss of ten epochs, with a line at epoch ${state.epoch}.`,
  }) + pictures.filters({ kernel: weights.kernel, count: 32, size: 3, title: `the 32 filters ${after}` }) +
    pictures.says({
      pixels: sample.pixels(state.image), label, classes: page.classes, probabilities, title: `image ${state.image}, ${page.classes[label]}, and what the network says`,
    }) + pictures.maps({ maps, count: 32, side: SIDE, title: "what each filter makes of it, after the ReLU" });
}

const baseline = () => ({ share: page.recorded.baseline, words: `two layers: ${percent(page.recorded.baseline)}` });

const rowsOf = new WeakMap();

/** The first test images, one of each class, as rows of pixels. */
function firstImages(bytes) {
  if (!rowsOf.has(bytes)) {
    const pixel = (at) => [bytes[at], bytes[at + 1], bytes[at + 2]];
    rowsOf.set(bytes, range(CLASSES).map((index) => range(SIDE).map((row) => range(SIDE).map((column) => pixel(index * PIXELS + (row * SIDE + column) * 3)))));
  }
  return rowsOf.get(bytes);
}

const classesOf = ({ images }) => (images === "shapes" ? SHAPES : page.classes);

function drawTraining({ state, view, alt }) {
  const { run, before } = view;
  const by = (curve, what) => curve.map((entry, epoch) => [epoch, entry[what]]).filter(([, value]) => value !== undefined);
  const series = [
    ...(before ? [{ name: "before", look: "before", accuracy: by(before.curve, "test"), loss: by(before.curve, "loss") }] : []),
    ...(run ? [
      { name: "training", look: "training", accuracy: by(run.curve, "accuracy"), loss: by(run.curve, "loss") },
      { name: "test", look: "tested", accuracy: by(run.curve, "test"), loss: [] },
    ] : []),
  ];
  const last = Math.max(EPOCHS, run?.epoch ?? 0, before?.epoch ?? 0);
  // Until there is another network, that of the run before is in sight, so that nothing below it moves.
  const network = run ?? before;
  const { filters, kernel_size: size, images } = network?.settings ?? state;
  const after = !run ? "of the run before" : run.step ? `after ${count(run.step, "step")}` : "before the first step";
  return pictures.curves({
    series, last, ...(state.images === "cifar" && { baseline: baseline() }), title: `trained here on ${many(state.count)} images`,
    alt: alt || `Accuracy and loss by epoch, of ${run ? count(run.epoch, "epoch") : "no epoch yet"}.`,
  }) + (network ? pictures.filters({ kernel: network.kernel, count: filters, size, title: `the ${filters} filters ${after}` }) +
    pictures.examples({ images: firstImages(network.examples), classes: classesOf({ images }), said: network.said, title: run ? "test images, and what the network says" : "what the network before said of test images" }) : "");
}

const drawAll = (shown) => (shown.state.mode === "recorded" ? drawRecorded(shown) : drawTraining(shown));

// --- words -----------------------------------------------------------------------------------------------------------

function readRecorded({ epoch }) {
  const { history: { accuracy, loss, val_accuracy: right, val_loss: of }, first } = page.recorded;
  if (!epoch) return `<p class="lab-sum">Before the first step the network guesses: <span class="lab-output">${percent(first)}</span> of the 5,000 validation images.</p><p>Go on an epoch at a time, or drag the line.</p>`;
  const at = epoch - 1;
  return `<p class="lab-sum">After epoch ${epoch}: <span class="lab-output">${percent(right[at])}</span> of the 5,000 validation images are right, ` +
    `and ${percent(accuracy[at])} of the 45,000 training images were.</p><p>Loss ${write(of[at])} and ${write(loss[at])}.</p>`;
}

/** What differs from the run before, in words. */
const changed = (before, settings) => Object.keys(NAMED).filter((name) => before[name] !== settings[name])
  .map((name) => `${NAMED[name]} ${said(before[name])} → ${said(settings[name])}`).join(", ");
const said = (value) => (Number.isInteger(value) ? many(value) : typeof value === "number" ? write(value, 5) : { true: "on", false: "off", cifar: "CIFAR-10" }[value] ?? value);

const GUESSES = { lower: "lower", same: "about the same", higher: "higher" };

/** The run before and this one after as many epochs, if both have one: {epochs, now, then, verdict}. */
function compared({ run, before }) {
  const epochs = Math.min(run?.epoch ?? 0, before?.epoch ?? 0);
  if (!epochs || run.settings.images !== before.settings.images) return undefined;
  const [now, then] = [run, before].map(({ curve }) => curve[epochs].test);
  const verdict = Math.abs(now - then) < ABOUT_THE_SAME ? "same" : now > then ? "higher" : "lower";
  return { epochs, now, then, verdict };
}

function readTraining(state, view) {
  const { run, before, guess, failed, playing } = view;
  const tell = (first, second = "") => `<p class="lab-sum">${first}</p><p>${second}</p>`;
  if (failed) return `<p class="lab-message" role="alert">${draw.escape(failed)}</p>`;
  if (!run) {
    if (playing) return tell(state.images === "cifar" ? "Loading the images…" : "Drawing the images…");
    const change = before && changed(before.settings, settingsOf(state));
    const again = before ? `The run before got ${percent(before.curve[before.epoch].test)} right after ${count(before.epoch, "epoch")}${change ? `; changed: ${change}` : ""}.` : "";
    return tell(`Nothing is trained yet. Start trains ${EPOCHS} epochs of ${many(state.count)} ${state.images === "shapes" ? "drawn shapes" : "images"}.`, again);
  }
  if (run.diverged) {
    return `<p class="lab-message" role="alert">Training diverges at step ${run.step}: with a learning rate of ${write(state.learning_rate, 5)} the loss grows beyond all bounds. ` +
      "The network is as it was when it was last drawn. Choose a smaller rate.</p>";
  }
  const { epoch, step, curve, loss, accuracy, images_per_second: speed } = run;
  const tested = curve[epoch].test;
  const first = `Epoch ${epoch}, step ${step}: <span class="lab-output">${percent(tested)}</span> of ${TESTED} test images right` +
    (step ? `, ${percent(accuracy)} of the latest training images, loss ${write(loss)}; ${many(speed)} images a second.` : ".");
  const pair = compared(view);
  const passed = state.images === "cifar" ? curve.findIndex(({ test }) => test > page.recorded.baseline) : -1;
  const words = [];
  if (pair) {
    const told = guess && (guess === pair.verdict ? "✓ As you predicted" : `✗ You predicted ${GUESSES[guess]}`);
    words.push(`${told ? `${told}: after` : "After"} ${count(pair.epochs, "epoch")} it is ${percent(pair.now)}, against ${percent(pair.then)} before: ${GUESSES[pair.verdict]}.`);
  }
  if (passed > 0) words.push(`Past the two layers after ${count(passed, "epoch")}.`);
  return tell(first, words.join(" "));
}

const readout = ({ state, view }) => (state.mode === "recorded" ? readRecorded(state) : readTraining(state, view));

function controls({ state, view, error, id }) {
  const { playing, run, before, guess } = view;
  const isRecorded = state.mode === "recorded";
  const modes = segments("mode", "watch or train", [["recorded", "The recorded training"], ["train", "Train here"]], state.mode);
  const play = playing ? button("pause", "Pause") : button("start", isRecorded ? "Play" : "Start");
  if (isRecorded) {
    return modes + `<div class="lab-group">${play}</div>` + stepper("forward", "epoch", state.epoch) + stepper("next", "image", state.image) +
      table({ counts: recorded.weightsOf(state.epoch).confusion, classes: page.classes, title: `5,000 validation images after epoch ${state.epoch}` });
  }
  const choose = (name, values = CHOICES[name]) => segments(name, NAMED[name], values.map((value) => [value, said(value)]), state[name]);
  const asks = before && !run?.epoch && changed(before.settings, settingsOf(state));
  return modes +
    `<div class="lab-group" role="group" aria-label="Training">${play}${button("step", "One step")}${button("again", "Same weights again")}</div>` +
    (page.training.length ? choose("images") : "") + (state.images === "cifar" && page.training.length > 1 ? choose("count", page.training) : "") +
    choose("batch_size") + choose("filters") + choose("kernel_size") + choose("convolutions") + choose("flips", [true, false]) +
    stepper("otherSeed", "seed", state.seed) +
    `<div class="lab-controls">${field("learning_rate", "learning rate, 0.00001 to 1", write(state.learning_rate, 6), error, { id })}</div>` +
    // Below what is changed, which does not move then.
    (asks ? `<div class="lab-group train-asks" role="group" aria-label="Your prediction"><span class="lab-label">With this change, ${draw.escape(asks)}, the test accuracy will be</span>` +
      `${Object.entries(GUESSES).map(([value, words]) => button("guess", words, { value, pressed: guess === value })).join("")}</div>` : "") +
    (run ? table({ counts: run.confusion, classes: classesOf(state), title: `${TESTED} test images after epoch ${run.epoch}` }) : "");
}

const table = (shown) => `<details class="lab-more"><summary>Which classes are mixed up</summary>${pictures.confusion(shown)}</details>`;

// --- what the reader does --------------------------------------------------------------------------------------------

const sessions = new WeakMap();
const slices = new WeakMap(); // of each figure: the promise of the slice of training that it waits for

/** The figure's session: what trains, in a worker. */
async function sessionOf(figure) {
  if (!globalThis.bookTrainer) await runScript("lab-train-later.js", "The engine", () => globalThis.bookTrainer);
  if (!sessions.has(figure)) sessions.set(figure, globalThis.bookTrainer());
  return sessions.get(figure);
}

/** Ask the session of a figure to begin or to go on; gives what then becomes of the view. */
async function train({ state, view, figure }, what) {
  const settings = settingsOf(state);
  let report;
  try {
    report = await (await sessionOf(figure)).train(settings, !view.run || !isOf(view.run, state), what);
  } catch (error) {
    report = { failed: `The training has stopped: ${error.message}` };
  }
  return ({ view: now }) => {
    if (now.run !== view.run) return {}; // begun again in between
    if (report.failed) return { view: { playing: false, failed: report.failed } };
    const isDone = report.diverged || report.epoch >= now.until;
    return { view: { run: { ...report, settings }, failed: undefined, ...(isDone && { playing: false }) } };
  };
}

/** Train, unless the figure's last question has no answer yet: then wait for that. */
function ask(now, what) {
  const { figure } = now;
  if (!slices.has(figure)) slices.set(figure, train(now, what).finally(() => slices.delete(figure)));
  return slices.get(figure);
}

const clear = { failed: undefined };

const actions = {
  mode: ({ value }) => ({ state: { mode: value }, view: { playing: false, ...clear } }),
  start({ state, view }) {
    const { run } = view;
    if (state.mode === "recorded") return { state: state.epoch === EPOCHS ? { epoch: 0 } : {}, view: { playing: true, pace: 600 } };
    const from = run?.epoch ?? 0;
    if (run?.diverged) return actions.again({ view });
    if (from >= LONGEST) refuse(`The network has been trained for ${LONGEST} epochs; change something, or start from the same weights again.`);
    return { view: { playing: true, pace: 0, until: from - (from % EPOCHS) + EPOCHS, ...clear } };
  },
  pause: () => ({ view: { playing: false } }),
  stop: () => ({ view: { playing: false } }),
  toggle: (now) => (now.view.playing ? actions.pause() : actions.start(now)),
  tick({ state, view, figure }) {
    if (state.mode === "train") return ask({ state, view, figure }, { milliseconds: SLICE, epochs: view.until });
    const epoch = Math.min(EPOCHS, state.epoch + 1); // a reader may have gone to the end meanwhile
    return { state: { epoch }, view: { playing: epoch < EPOCHS } };
  },
  // Whoever steps while it plays wants it to stand.
  step: (now) => (now.view.playing ? actions.pause() : slices.has(now.figure) ? {} : ask(now, { steps: 1 })),
  again({ view: { run, before } }) {
    if (!run) refuse("Nothing is trained yet: Start begins.");
    return { view: { before: run.epoch ? run : before, run: undefined, guess: undefined, playing: true, pace: 0, until: EPOCHS, ...clear } };
  },
  guess: ({ value }) => ({ view: { guess: value } }),
  forward({ state, view, value, figure }) {
    if (state.mode === "train") return value > 0 ? actions.step({ state, view, figure }) : {};
    return { state: { epoch: Math.max(0, Math.min(EPOCHS, state.epoch + value)) } };
  },
  epoch: ({ state, value }) => (state.mode === "recorded" ? { state: { epoch: value } } : {}),
  next: ({ state, value }) => (state.mode === "recorded" ? { state: { image: (state.image + value + sample.count()) % sample.count() } } : {}),
  otherSeed: ({ state, value }) => ({ state: { seed: state.seed + value } }),
  learning_rate({ value }) {
    if (!value.trim()) refuse("The learning rate is empty; type a number from 0.00001 to 1.");
    const [rate, ...more] = readRow(value, "The learning rate");
    return more.length ? refuse(`The learning rate has ${more.length + 1} numbers; type one, with a decimal point, such as 0.01.`) : { state: { learning_rate: rate } };
  },
  ...Object.fromEntries(["images", "count", "batch_size", "filters", "kernel_size", "convolutions", "flips"].map((name) => [name, set(name)])),
};

/** The line of the epoch follows the pointer. */
function point({ state, phase, x, target, held }) {
  if (state.mode !== "recorded" || (held?.name ?? target) !== "curves" || phase === "hover" || phase === "click") return undefined;
  const { left, right } = pictures.CHART;
  const epoch = Math.max(0, Math.min(EPOCHS, Math.round((EPOCHS * (x - left)) / (right - left))));
  return { ...(epoch !== state.epoch && { action: "epoch", value: epoch }), ...(phase === "down" && { held: { name: "curves" } }) };
}

export default {
  kind: "train",
  title: "Train a network",
  help: "In the recorded training left and right change the epoch, Home and End go to its ends, brackets change the image, Space plays. In a training of your own Space starts and pauses, right is one step. R resets, Escape leaves.",
  view: {},
  fields: ["learning_rate"],
  settings: Object.keys(NAMED),
  keys: {
    ArrowLeft: ["forward", -1], ArrowRight: ["forward", 1], Home: ["epoch", 0], End: ["epoch", EPOCHS],
    "[": ["next", -1], "]": ["next", 1], " ": "toggle",
  },
  check,
  result,
  draw: drawAll,
  readout,
  controls,
  actions,
  point,
  /** What comes with the page: the recorded run, sample images, names of classes, and how many images there are to train on. */
  receive(view) {
    page = { training: [], ...view };
    sample.remember(view.images ?? {});
    recorded.rememberFirst(view.recorded);
    if (view.epochs) recorded.remember(view.epochs);
  },
  /** The figure is gone. */
  stop: (figure) => sessions.get(figure)?.stop(),
  /** In the recorded training another epoch or image needs all weights. */
  load: ({ mode, epoch, image }) => {
    if (mode !== "recorded" || (epoch === page.recorded.epoch && image === page.recorded.image)) return undefined;
    const needed = [recorded.load(), sample.load(image)].filter(Boolean);
    return needed.length ? Promise.all(needed) : undefined;
  },
  /** A run of other settings is the one before. */
  fit(state, view) {
    if (!view.run || isOf(view.run, state)) return view;
    const before = view.run.epoch ? view.run : view.before;
    return { ...view, run: undefined, before, guess: undefined, playing: false, failed: undefined };
  },
};
