// What a reader's first deed asks for: the engine, ways to break a network, images of the reader's own. On a page it is a
// script of its own; `main` is what the lab's own script holds.

import { code, drawing, words, write } from "../markup.js";
import { picture } from "../png.js";
import { breakActions, breakControls } from "./breaking.js";
import { readBreak } from "./breaks.js";
import { computer } from "./compute.js";
import { layerOf } from "./description.js";
import { stopEngines } from "./engine.js";
import { outline } from "./heat.js";
import { closeCamera, isOwn, look, openCamera, readFile } from "./own.js";
import { checkCam, toolActions } from "./tools.js";

/** The same number from Keras. */
const codeLines = ({ network, image, layer, map }, place, [rows]) => [
  "import keras", "from cnnbook import data, experiments", "", `model = experiments.trained_model("${network}")`,
  `inside = keras.Model(model.inputs[0], model.get_layer("${layer}").output)`,
  `maps = inside(data.sample().images[${image}:${image + 1}], training=False)`,
  `float(maps[0${rows > 1 ? `, ${place.join(", ")}` : ""}, ${map}])`,
];

/** The images that excite a map most, with the map's largest value in each. */
function drawExciting({ layer, map }, images, { sample }) {
  const [side, top] = [50, 18];
  const svg = images.map(({ image: number, value }, i) =>
    picture(sample.pixels(number), i * (side + 6), top, side, side, { name: `excites ${number}` }) +
    words(i * (side + 6) + side / 2, top + side + 10, write(value, 3), { size: 12 })).join("");
  const name = `excite map ${map} of layer ${layer} most, with their largest value`;
  return drawing(6 * (side + 6), top + side + 22, `The images that ${name}`, words(0, 9, name, { anchor: "start", size: 12 }) + svg);
}

globalThis.bookNetwork = (main) => {
  const { load, countRight, rightOnes, exciting } = computer(main);
  let newestFile;
  const sideOf = ({ network }) => main.networks.describe(network).input[0];
  return {
    load, checkCam, readBreak, isOwn, closeCamera, outline,
    stop() {
      closeCamera();
      stopEngines();
    },
    breakControls: ({ state, view }) => (main.sample.labelOf(0) ?? -1) < 0 ? "<p>These images have no labels, so that the right ones cannot be counted.</p>" : breakControls({ state, view, right: rightOnes(state), all: main.sample.count(), description: main.networks.describe(state.network) }),
    drawExciting: ({ state, view }) => drawExciting(state, view.exciting.images, main),
    code: ({ state, view }) => (typeof state.image === "number" && !state.breaks.length && !view.isOwn
      ? code(codeLines(state, view.place, layerOf(main.networks.describe(state.network), state.layer).shape)) : ""),
    actions: {
      open: async () => () => ({}), // what was to be loaded is here
      ...toolActions(main),
      ...breakActions(main, { countRight }),
      async excite({ state, figure }) {
        const images = await exciting(state, figure);
        return () => ({ view: { exciting: { of: main.mapKey(state), images } } });
      },
      async files({ state, value: [file] }) {
        newestFile = file;
        const image = file && await readFile(file, sideOf(state), state.image);
        return () => (image && file === newestFile ? { state: { image }, view: { playing: false } } : {});
      },
      async camera({ view: { playing } }) {
        if (!playing) await openCamera();
        return () => ({ view: { playing: !playing, pace: 200 } });
      },
      async tick({ state }) {
        const image = look(sideOf(state), state.image); // once, although the frame comes back when the answer is here
        return () => ({ state: { image } });
      },
    },
  };
};
