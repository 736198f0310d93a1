// What the designer asks before it tells, both of the last row: what it stores, and how far one of its cells sees.

import { sum } from "../../arithmetic.js";
import { complete, measure } from "./rows.js";

/** A count of the last row's parameters: from the weights of a filter or a unit, its cells, and how many there are. */
const countBy = (take) => ({ state }) => {
  const { rows, input } = measure(state);
  const { kernel_size: [high, wide] = [1, 1], units, filters = units, groups = 1 } = complete(state.layers.at(-1));
  return take({ weights: high * wide * [input, ...rows].at(-2).shape.at(-1) / groups, cells: high * wide, filters, groups });
};

/** A field counted in another way, from the spans and strides along an axis, in the order of the layers. */
const fieldBy = (take) => ({ state }) => take(measure(state).rows.flatMap(({ axes }) => (axes ? [axes[0]] : [])));

const about = (start, end) => ({ state: { layers } }) => `how many ${start} row ${layers.length}, ${layers.at(-1).type}, ${end}?`;
const fieldOf = ({ result: { layers } }) => layers && [layers.at(-1).receptive_field].flat()[0];

export default {
  parameters: {
    question: about("parameters does", "have"),
    answer: ({ result: { layers } }) => layers?.at(-1).parameters,
    unit: "parameters",
    mistakes: [
      ["groups-forgotten", countBy(({ weights, groups, filters }) => (weights * groups + 1) * filters)],
      ["filters-divided", countBy(({ weights, groups, filters }) => (weights + 1) * filters / groups)],
      ["bias-forgotten", countBy(({ weights, filters }) => weights * filters)],
      ["one-bias-per-layer", countBy(({ weights, filters }) => weights * filters + 1)],
      ["one-bias-per-group", countBy(({ weights, filters, groups }) => weights * filters + groups)],
      ["one-filter", countBy(({ weights }) => weights + 1)],
      ["one-channel", countBy(({ cells, filters }) => (cells + 1) * filters)],
    ],
  },
  field: {
    question: about("pixels does a cell of", "see along one side"),
    answer: fieldOf,
    mistakes: [
      ["kernels-added", fieldBy((windows) => sum(windows.map(({ span }) => span)))],
      ["last-layer-field", fieldBy((windows) => windows.at(-1)?.span)],
      ["strides-forgotten", fieldBy((windows) => 1 + sum(windows.map(({ span }) => span - 1)))],
      ["input-cell-forgotten", (shown) => fieldOf(shown) - 1],
      ["stride-too-early", fieldBy((windows) => windows.reduce(([size, jump], { span, stride }) =>
        [size + (span - 1) * jump * stride, jump * stride], [1, 1])[0])],
    ],
  },
};
