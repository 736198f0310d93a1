// Problems about receptive fields, see sizes.js and cnnbook/practice/fields.py.

import { range } from "./arithmetic.js";
import { texts } from "./texts.js";

export const fields = {
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
};
