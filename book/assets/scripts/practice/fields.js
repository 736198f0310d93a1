// Problems about receptive fields, see sizes.js and cnnbook/practice/fields.py.

import { kernel_span, range, receptive_fields, sum } from "../arithmetic.js";
import { texts } from "./texts.js";

export const fields = {
  receptive_field({ below, between, pick }, level) {
    const [convolution, pooling] = texts.kinds.receptive_field.words;
    const layers = range(level === 1 ? between(2, 4) : between(3, 4)).map((i) => {
      if (below(3) === 0 && level > 1) return { i: i + 1, what: pooling, kernel_size: 2, stride: 2, dilation: 1 };
      return {
        i: i + 1,
        what: convolution,
        kernel_size: pick(level === 1 ? [3, 5, 7] : [2, 3, 5]),
        stride: level > 1 ? between(1, 2) : 1,
        dilation: level > 2 ? between(1, 3) : 1,
      };
    });
    if (level > 1 && layers.slice(0, -1).every((layer) => layer.stride < 2)) return;
    if (level > 2 && layers.every((layer) => layer.dilation < 2)) return;
    const behind = [{ size: 1, jump: 1 }, ...receptive_fields(layers)];
    const entries = layers.map((layer, i) => {
      const [before, after] = behind.slice(i);
      return { ...layer, ...after, jump_before: before.jump, gain: after.size - before.size };
    });
    const field = (change, stack = layers) =>
      receptive_fields(stack.map((layer, i) => ({ ...layer, ...change(layer, i) }))).pop().size;
    const { kernel_size, dilation, size } = entries[layers.length - 1];
    return [["plain", "strided", "dilated"][level - 1], { layers: entries }, size, {
      "stride-too-early": field((_, i) => ({ stride: layers[i]?.stride }), [{ kernel_size: 1 }, ...layers]),
      "strides-forgotten": field(() => ({ stride: 1 })),
      "dilation-forgotten": field(() => ({ dilation: 1 })),
      "span-product": field((layer) => ({ kernel_size: layer.kernel_size * layer.dilation, dilation: 1 })),
      "kernels-added": sum(layers.map((layer) => layer.kernel_size)),
      "input-cell-forgotten": size - 1,
      "last-layer-field": kernel_span(kernel_size, dilation),
    }];
  },
};
