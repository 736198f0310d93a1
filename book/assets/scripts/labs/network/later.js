// What a reader's first deed asks for: the engine, ways to break a network, images of the reader's own. On a page it is a
// script of its own; `main` is what the lab's own script holds.

import { code } from "../markup.js";
import { breakActions, breakControls } from "./breaking.js";
import { readBreak } from "./breaks.js";
import { computer } from "./compute.js";
import { layerOf } from "./description.js";
import { outline } from "./heat.js";
import { closeCamera, isOwn, look, openCamera, readFile } from "./own.js";

/** The same number from Keras. */
const codeLines = ({ network, image, layer, map }, place, [rows]) => [
  "import keras", "from cnnbook import data, experiments", "", `model = experiments.trained_model("${network}")`,
  `inside = keras.Model(model.inputs[0], model.get_layer("${layer}").output)`,
  `maps = inside(data.sample().images[${image}:${image + 1}], training=False)`,
  `float(maps[0${rows > 1 ? `, ${place.join(", ")}` : ""}, ${map}])`,
];

globalThis.bookNetwork = (main) => {
  const { load, countRight, rightOnes, exciting } = computer(main);
  return {
    load, readBreak, isOwn, closeCamera, outline,
    breakControls: ({ state, view }) => breakControls({ state, view, right: rightOnes(state), description: main.networks.describe(state.network) }),
    code: ({ state, view }) => (typeof state.image === "number" && !state.breaks.length
      ? code(codeLines(state, view.place, layerOf(main.networks.describe(state.network), state.layer).shape)) : ""),
    actions: {
      open: () => () => ({}), // what was to be loaded is here
      ...breakActions(main, { countRight }),
      async excite({ state }) {
        const images = await exciting(state);
        return () => ({ view: { exciting: { of: main.mapKey(state), images } } });
      },
      async files({ value: [file] }) {
        const image = file && await readFile(file);
        return () => (image ? { state: { image }, view: { playing: false } } : {});
      },
      async camera({ view: { playing } }) {
        if (!playing) await openCamera();
        return () => ({ view: { playing: !playing, pace: 200 } });
      },
      async tick() {
        const image = look(); // once, although the frame comes back when the answer is here
        return () => ({ state: { image } });
      },
    },
  };
};
