// What a reader does with the options of a convolution: actions of every lab that has a stride and a padding.

import { nextPadding } from "./reading.js";

/** The action that takes a value into the state. */
export const set = (name) => ({ value }) => ({ state: { [name]: value } });

export const optionActions = {
  faster: ({ state }) => ({ state: { stride: state.stride + 1 } }),
  slower: ({ state }) => ({ state: { stride: state.stride - 1 } }),
  pad: ({ state }) => ({ state: { padding: nextPadding(state.padding) } }),
  stride: set("stride"),
  padding: set("padding"),
};
